import fs from 'node:fs';
import { mkdirp, mkdirpSync } from 'mkdirp';
fs.writeFileSync('file', '');
console.log((await mkdirp('a/b/c')) === process.cwd() + '/a', mkdirpSync('a/b'), fs.readdirSync('a'));
await mkdirp('file/x').catch((e) => console.log(e.code));
