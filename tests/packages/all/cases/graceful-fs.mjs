import fs from 'graceful-fs';
import real from 'node:fs';
await Promise.all(Array.from({ length: 200 }, (_, i) => new Promise((ok, bad) => fs.writeFile(`f${i}`, String(i), (e) => e ? bad(e) : ok()))));
console.log(fs.readdirSync('.').length, fs.constants === real.constants, await new Promise((r) => fs.readFile('f7', 'utf8', (e, t) => r(t))));
fs.createReadStream('f100').setEncoding('utf8').on('data', console.log).on('close', () => fs.rename('f1', 'g1', (e) => console.log(e)));
const copy = { ...real }; fs.gracefulify(copy); copy.stat('none', (e) => console.log(e.code));
