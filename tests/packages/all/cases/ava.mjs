import fs from 'node:fs';
import { spawnSync } from 'node:child_process';
fs.writeFileSync('package.json', '{"type":"module"}'); fs.writeFileSync('test.js', 'import test from "ava";test("passes",t=>t.deepEqual([1],[1]));test("fails",async t=>{t.is(await 1,2)});');
for (const extra of [['--no-worker-threads'], []]) { const r = spawnSync(process.execPath, ['node_modules/ava/entrypoints/cli.mjs', '--tap', ...extra], { encoding: 'utf8' }); console.log(r.status, r.stdout.replace(/ - .*?›/g, ' -'), r.stderr); }
