'use strict';
// threads.js: node:worker_threads on the program that runs this, one line: milliseconds from `new Worker` to its first
// message (median and smallest of 15, one at a time), CPU milliseconds for each such thread's whole life, round trips of a
// small object per second, MB/s of 1 MB Buffers that are copied there and back, small messages per second one way.
const { Worker } = require('worker_threads');

const STARTS = 15;
const TRIPS = 10000;
const COPIES = 100;
const MESSAGES = 100000;
const small = { id: 1, text: 'hello' };
const seconds = (from) => (performance.now() - from) / 1000;

async function starts() {
  const times = [];
  const before = process.cpuUsage();
  for (let i = 0; i < STARTS; i++) {
    const from = performance.now();
    const worker = new Worker('require("worker_threads").parentPort.postMessage(1)', { eval: true });
    await new Promise((resolve) => { worker.once('message', resolve); });
    times.push(performance.now() - from);
    await new Promise((resolve) => { worker.once('exit', resolve); });
  }
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  return [times[STARTS >> 1], times[0], (user + system) / 1000 / STARTS];
}

async function main() {
  const [median, least, cpu] = await starts();
  const worker = new Worker('const { parentPort: p } = require("worker_threads"); p.on("message", (m) => p.postMessage(m))',
    { eval: true });
  const ask = (value) => new Promise((resolve) => {
    worker.once('message', resolve);
    worker.postMessage(value);
  });
  for (let i = 0; i < 1000; i++) await ask(i);
  let from = performance.now();
  for (let i = 0; i < TRIPS; i++) await ask(small);
  const trips = TRIPS / seconds(from);
  const block = Buffer.alloc(1 << 20);
  from = performance.now();
  for (let i = 0; i < COPIES; i++) await ask(block);
  const copied = (COPIES * 2) / seconds(from);
  from = performance.now();
  await new Promise((resolve) => {
    let left = MESSAGES;
    worker.on('message', () => { if (--left === 0) resolve(); });
    for (let i = 0; i < MESSAGES; i++) worker.postMessage(small);
  });
  const messages = MESSAGES / seconds(from);
  console.log(`start ${median.toFixed(1)} [${least.toFixed(1)}] ms, ${cpu.toFixed(1)} ms CPU; ${Math.round(trips)} round trips/s; ` +
    `${Math.round(copied)} MB/s; ${Math.round(messages)} messages/s echoed`);
  await worker.terminate();
}

main();
