import fs from 'node:fs';
import { rimraf, rimrafSync } from 'rimraf';
fs.mkdirSync('d/e/f', { recursive: true }); fs.writeFileSync('d/e/f/g', ''); fs.mkdirSync('h');
console.log(await rimraf('d'), rimrafSync('h'), fs.readdirSync('.'), await rimraf('nothing'));
