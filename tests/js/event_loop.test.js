'use strict';
// The event loop's order, rejections and uncaught exceptions, timers, AsyncLocalStorage (Node documentation: "The
// Node.js Event Loop", process events, async_context).
const { test, assert, temporaryDirectory, writeTree } = require('./harness');
const fs = require('fs');
const path = require('path');
const { spawnSync } = require('child_process');
const { AsyncLocalStorage, AsyncResource } = require('async_hooks');

function run(code) {
  const top = writeTree(temporaryDirectory(), { 'a.js': code });
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [path.join(top, 'a.js')], { encoding: 'utf8' });
  return { code: status ?? signal, out: stdout, err: stderr, file: path.join(top, 'a.js') };
}
const lines = (...list) => `${list.join('\n')}\n`;

test('script, nextTick, microtasks, timers, immediates', () => {
  const { out } = run(`
    setTimeout(() => console.log('timeout'), 1);
    Promise.resolve().then(() => { console.log('micro 1'); process.nextTick(() => console.log('tick from micro')); })
      .then(() => console.log('micro 2'));
    process.nextTick(() => { console.log('tick 1'); Promise.resolve().then(() => console.log('micro from tick')); });
    process.nextTick(() => console.log('tick 2'));
    queueMicrotask(() => console.log('queued'));
    console.log('script');
    const end = Date.now() + 5; while (Date.now() < end);
    setImmediate(() => console.log('immediate'));`);
  assert.strictEqual(out, lines('script', 'tick 1', 'tick 2', 'micro 1', 'queued', 'micro from tick', 'micro 2', 'tick from micro', 'timeout',
    'immediate'));
});

test('after I/O an immediate runs before a timer', () => {
  const { out } = run(`require('fs').readFile(__filename, () => {
    setTimeout(() => console.log('timeout'), 0); setImmediate(() => console.log('immediate')); });`);
  assert.strictEqual(out, lines('immediate', 'timeout'));
});

test('ticks and microtasks run between two timers and between two immediates', () => {
  const { out } = run(`for (const start of [setTimeout, setImmediate]) for (const n of [1, 2]) start(() => {
    console.log(n); process.nextTick(() => console.log('tick', n)); Promise.resolve().then(() => console.log('micro', n)); });`);
  const one = ['1', 'tick 1', 'micro 1', '2', 'tick 2', 'micro 2'];
  assert.strictEqual(out, lines(...one, ...one));
});

test('an immediate queued by an immediate waits for the next turn', () => {
  const { out } = run(`setImmediate(() => { console.log('a'); setImmediate(() => console.log('c')); });
    setImmediate(() => console.log('b'));`);
  assert.strictEqual(out, lines('a', 'b', 'c'));
});

test('an uncaught exception: source line, caret, stack, exit code 1', () => {
  const { code, err, file } = run('function f() {\n  throw new TypeError(\'bad\');\n}\nf();\n');
  assert.strictEqual(code, 1);
  assert.ok(err.startsWith(`${file}:2\n  throw new TypeError('bad');\n  ^\n\nTypeError: bad\n    at f (${file}:2:9)\n`), err);
});

test("an exception's other timers and immediates still run when it is handled", () => {
  const { code, out } = run(`process.on('uncaughtException', (error, origin) => console.log(error.message, origin));
    setTimeout(() => { throw new Error('one'); }, 1); setTimeout(() => console.log('two'), 1);
    setImmediate(() => { throw new Error('three'); }); setImmediate(() => console.log('four'));
    process.nextTick(() => { throw new Error('five'); }); process.nextTick(() => console.log('six'));`);
  assert.strictEqual(code, 0);
  assert.deepStrictEqual(out.trim().split('\n').sort(), ['five uncaughtException', 'four', 'one uncaughtException', 'six',
    'three uncaughtException', 'two']);
});

test('uncaughtExceptionMonitor sees it and the process ends; a handler that throws is exit code 7', () => {
  const first = run("process.on('uncaughtExceptionMonitor', (e, o) => console.log(e.message, o)); throw new Error('x');");
  assert.deepStrictEqual([first.code, first.out], [1, 'x uncaughtException\n']);
  assert.strictEqual(run("process.on('uncaughtException', () => { throw new Error('y'); }); throw new Error('x');").code, 7);
});

test('an unhandled rejection ends the process with 1 and its stack', () => {
  const { code, err } = run("Promise.reject(new Error('nobody'));");
  assert.strictEqual(code, 1);
  assert.match(err, /Error: nobody\n {4}at /);
  const other = run('Promise.reject(5);');
  assert.strictEqual(other.code, 1);
  assert.match(other.err, /ERR_UNHANDLED_REJECTION/);
  assert.match(other.err, /The promise rejected with the reason "5"/);
});

test("'unhandledRejection' and 'rejectionHandled'; a handler added in time is none", () => {
  const { code, out } = run(`process.on('unhandledRejection', (reason, p) => console.log('unhandled', reason, p instanceof Promise));
    process.on('rejectionHandled', () => console.log('handled'));
    const p = Promise.reject(1); setTimeout(() => p.catch(() => {}), 1);
    const q = Promise.reject(2); process.nextTick(() => q.catch(() => {}));`);
  assert.deepStrictEqual([code, out], [0, lines('unhandled 1 true', 'handled')]);
});

test("'beforeExit' may start work again; 'exit' gets the code", () => {
  const { code, out } = run(`let n = 0; process.on('beforeExit', (c) => { console.log('before', c); if (n++ === 0) setTimeout(() => {}, 1); });
    process.on('exit', (c) => { console.log('exit', c); process.exitCode = 9; }); process.exitCode = 3;`);
  assert.deepStrictEqual([code, out], [9, lines('before 3', 'before 3', 'exit 3')]);
  assert.deepStrictEqual(run("process.on('exit', (c) => console.log(c)); process.exit(4); console.log('never');").out, '4\n');
});

test('timers: order by time, clear, interval, refresh, unref, arguments', async () => {
  const seen = [];
  setTimeout(() => seen.push('b'), 20);
  setTimeout((...args) => seen.push(`a${args}`), 5, 1, 2);
  const cleared = setTimeout(() => seen.push('never'), 1);
  clearTimeout(cleared);
  const byNumber = setTimeout(() => seen.push('never'), 1);
  clearTimeout(+byNumber);
  let count = 0;
  await new Promise((resolve) => {
    const interval = setInterval(() => { if (++count === 3) { clearInterval(interval); resolve(); } }, 2);
  });
  await new Promise((resolve) => { setTimeout(resolve, 40); });
  assert.deepStrictEqual(seen, ['a1,2', 'b']);
  const timer = setTimeout(() => {}, 1000);
  assert.strictEqual(timer.hasRef(), true);
  assert.strictEqual(timer.unref().hasRef(), false);
  assert.strictEqual(timer.ref().hasRef(), true);
  assert.strictEqual(timer.refresh(), timer);
  clearTimeout(timer);
  const start = process.hrtime.bigint();
  await require('timers/promises').setTimeout(30);
  assert.ok(process.hrtime.bigint() - start >= 28000000n);
  assert.strictEqual(run('setTimeout(() => console.log("never"), 100000).unref(); setInterval(() => {}, 100000).unref();').out, '');
});

test('AsyncLocalStorage follows promises, timers, ticks, immediates and callbacks', async () => {
  const storage = new AsyncLocalStorage();
  const other = new AsyncLocalStorage();
  assert.strictEqual(storage.getStore(), undefined);
  const got = await storage.run('s', () => other.run('o', async () => {
    const results = [storage.getStore()];
    await null;
    results.push(storage.getStore());
    await new Promise((resolve) => { setTimeout(() => { results.push(storage.getStore()); resolve(); }, 1); });
    await new Promise((resolve) => { process.nextTick(() => { results.push(storage.getStore()); resolve(); }); });
    await new Promise((resolve) => { setImmediate(() => { results.push(storage.getStore()); resolve(); }); });
    await new Promise((resolve) => { fs.stat('/', () => { results.push(storage.getStore()); resolve(); }); });
    await new Promise((resolve) => { fs.readFile(__filename, () => { results.push(storage.getStore()); resolve(); }); });
    queueMicrotask(() => results.push(storage.getStore()));
    await null;
    results.push(other.getStore(), storage.exit(() => storage.getStore()));
    return results;
  }));
  assert.deepStrictEqual(got, ['s', 's', 's', 's', 's', 's', 's', 's', 'o', undefined]);
  assert.strictEqual(storage.getStore(), undefined);
  const resource = storage.run('kept', () => new AsyncResource('test'));
  assert.strictEqual(resource.runInAsyncScope(() => storage.getStore()), 'kept');
  const bound = storage.run('bound', () => AsyncResource.bind(() => storage.getStore()));
  assert.strictEqual(bound(), 'bound');
  const snapshot = storage.run('snap', () => AsyncLocalStorage.snapshot());
  assert.strictEqual(snapshot(() => storage.getStore()), 'snap');
});
