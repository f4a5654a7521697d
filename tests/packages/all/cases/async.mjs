import async from 'async';
const seen = [];
await async.eachLimit([1, 2, 3, 4], 2, async (n) => { await null; seen.push(n); });
const queue = async.queue(async (n) => { seen.push('q' + n); }, 1);
queue.push([1, 2]); await queue.drain();
console.log(seen, await async.mapValues({ a: 1 }, async (v) => v + 1));
async.waterfall([(cb) => cb(null, 1), (n, cb) => setImmediate(cb, new Error('w' + n))], (e) => console.log(e.message));
