import fs from 'node:fs';
import { spawnSync } from 'node:child_process';
fs.writeFileSync('m.ts', 'enum E { A = 7 }\nexport const v: number = E.A'); fs.writeFileSync('main.mts', 'import { v } from "./m.js"; console.log("esm", v, await Promise.resolve(1))');
fs.writeFileSync('c.cts', 'import m = require("./m"); console.log("cjs", m.v)'); fs.writeFileSync('j.tsx', 'const React = { createElement: (...a: any[]) => a };\nconsole.log(<a href="x">t</a>)');
for (const f of ['main.mts', 'c.cts', 'j.tsx']) { const r = spawnSync(process.execPath, ['--import', 'tsx', f], { encoding: 'utf8' }); console.log(f, r.status, r.stdout, r.stderr.split('\n').slice(0, 5)); }
