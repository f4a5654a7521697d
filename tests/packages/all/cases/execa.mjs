import { execa, execaSync, $, execaNode } from 'execa';
import fs from 'node:fs';
console.log((await execa('echo', ['a b'])).stdout, execaSync('cat', { input: 'in' }).stdout, (await $`printf ${'x y'}`.pipe`cat`).stdout);
await execa('sh', ['-c', 'echo err >&2; exit 3']).catch((e) => console.log(e.exitCode, e.stderr, e.shortMessage)); await execa('none-such').catch((e) => console.log(e.code)); await execa('sleep', ['5'], { timeout: 50 }).catch((e) => console.log(e.timedOut, e.signal));
for await (const l of execa('printf', ['1\\n2\\n'])) console.log(l); console.log((await execa({ lines: true, stdout: ['pipe', { file: 'o' }] })`printf a\\nb`).stdout, fs.readFileSync('o', 'utf8'));
fs.writeFileSync('c.mjs', 'import { sendMessage, getOneMessage } from "execa"; await sendMessage("ready"); const m = await getOneMessage(); await sendMessage({ got: m });');
const child = execaNode('./c.mjs', { nodePath: process.execPath }); console.log(await child.getOneMessage()); const next = child.getOneMessage(); await child.sendMessage('m'); console.log(await next); console.log((await child).exitCode);
