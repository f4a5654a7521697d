import Bluebird from 'bluebird';
import fs from 'node:fs';
Bluebird.config({ longStackTraces: true, warnings: false });
const fsp = Bluebird.promisifyAll({ ...fs });
await fsp.writeFileAsync('f', 'text');
console.log(await fsp.readFileAsync('f', 'utf8'), await Bluebird.map([1, 2, 3], (n) => Bluebird.delay(1, n * 2), { concurrency: 2 }));
await Bluebird.delay(1000).timeout(5).catch(Bluebird.TimeoutError, (e) => console.log(e.name, e.message));
const p = Bluebird.reject(new Error('late')); process.once('unhandledRejection', (e) => console.log('unhandled', e.message)); await Bluebird.delay(5);
