import fs from 'node:fs';
import { spawnSync } from 'node:child_process';
fs.writeFileSync('a.js', 'function used() { return 1 }\nfunction never() {\n  return 2\n}\nconsole.log(used())\n');
const r = spawnSync(process.execPath, ['node_modules/c8/bin/c8.js', process.execPath, 'a.js'], { encoding: 'utf8' }); console.log(r.status, r.stdout, r.stderr);
