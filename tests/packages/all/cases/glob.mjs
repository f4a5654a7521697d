import fs from 'node:fs';
import { glob, globSync } from 'glob';
fs.mkdirSync('a/b', { recursive: true }); for (const f of ['a/1.js', 'a/b/2.js', 'a/b/3.txt', 'a/.x.js']) fs.writeFileSync(f, '');
console.log((await glob('a/**/*.js')).sort(), globSync('**/*.txt', { posix: true }), (await glob('a/*', { withFileTypes: true })).map((d) => [d.name, d.isDirectory()]).sort());
