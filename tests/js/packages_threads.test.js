'use strict';
// npm packages that live on node:worker_threads, unmodified: pools (piscina, workerpool) and pino's transports.
const { test, assert } = require('./harness');
const { spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const made = fs.mkdtempSync(path.join(os.tmpdir(), 'jsd-pools-'));
process.on('exit', () => fs.rmSync(made, { recursive: true, force: true }));

function file(name, text) {
  const where = path.join(made, name);
  fs.writeFileSync(where, text);
  return where;
}

test('piscina spreads tasks over threads, moves buffers, takes one back', async () => {
  const { Piscina } = require('piscina');
  const filename = file('square.cjs', `const { threadId } = require('worker_threads');
    module.exports = ({ n, spin }) => { if (spin) for (;;); return { square: n * n, threadId }; };`);
  const pool = new Piscina({ filename, minThreads: 2, maxThreads: 2 });
  const results = await Promise.all(Array.from({ length: 20 }, (_, n) => pool.run({ n })));
  assert.deepEqual(results.map(({ square }) => square), Array.from({ length: 20 }, (_, n) => n * n));
  assert.ok(results.every(({ threadId }) => threadId > 0));
  const controller = new AbortController();
  const busy = pool.run({ spin: true }, { signal: controller.signal });
  controller.abort();
  await assert.rejects(busy, { name: 'AbortError' });
  assert.equal((await pool.run({ n: 7 })).square, 49);
  await pool.destroy();
});

test('workerpool runs functions and worker files in threads, and ends what takes too long', async () => {
  const workerpool = require('workerpool');
  const pool = workerpool.pool({ workerType: 'thread', maxWorkers: 2 });
  assert.equal(await pool.exec((a, b) => a + b, [2, 3]), 5);
  await assert.rejects(pool.exec(() => { throw new RangeError('no'); }), { message: 'no' });
  await assert.rejects(pool.exec(() => { for (;;); }).timeout(200), { name: 'TimeoutError' });
  assert.equal(await pool.exec((a) => a * 2, [21]), 42);
  await pool.terminate();
});

test('pino writes through two transports, also before process.exit', () => {
  for (const end of ['', 'process.exit(0);']) {
    const log = path.join(made, `log${end.length}`);
    const program = file('log.cjs', `const pino = require('pino');
      const log = pino(pino.transport({ targets: [
        { target: 'pino/file', options: { destination: ${JSON.stringify(log)} } }, { target: 'pino/file', options: { destination: 1 } }] }));
      log.info({ a: 1 }, 'first');
      log.error('last');
      ${end}`);
    const { stdout, stderr, status } = spawnSync(process.execPath, [program], {
      encoding: 'utf8', env: { ...process.env, NODE_PATH: path.join(__dirname, '../packages/node_modules') },
    });
    assert.equal(status, 0, stderr);
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line).msg);
    assert.deepEqual(lines, ['first', 'last']);
    assert.equal(fs.readFileSync(log, 'utf8'), stdout);
  }
});
