'use strict';
// Exceptions where nothing of the program's is below: in microtasks, finalization callbacks, the engine's own calls back.
// Each is reported there and then; today's other calls see nothing of it. Expectations are Node's: this file runs there too.
const { test, assert, temporaryDirectory, writeTree } = require('./harness');
const { spawn, spawnSync } = require('child_process');
const { once } = require('events');
const path = require('path');

/** Runs a program that prints what it sees. @returns {{out: string, status: number}} */
function run(text, name = 'a.js') {
  const folder = writeTree(temporaryDirectory(), { [name]: `process.on('uncaughtException', (e) => console.log('uncaught', e.message));\n${text}` });
  const { stdout, status } = spawnSync(process.execPath, ['--expose-gc', path.join(folder, name)], { encoding: 'utf8' });
  return { out: stdout.trim().split('\n').join('|'), status };
}

test('every microtask that throws is reported, and the next one runs', () => {
  const { out, status } = run(`
    queueMicrotask(() => { throw new Error('A'); });
    queueMicrotask(() => { throw new Error('B'); });
    queueMicrotask(() => console.log('third'));
    Promise.resolve().then(() => console.log('then'));
    process.nextTick(() => console.log('tick'));
  `);
  assert.strictEqual(out, 'tick|uncaught A|uncaught B|third|then');
  assert.strictEqual(status, 0);
});

test('a microtask that nobody takes the exception of ends the process before the next one', () => {
  const folder = writeTree(temporaryDirectory(), { 'a.js': `
    queueMicrotask(() => { throw new Error('A'); });
    queueMicrotask(() => console.log('second'));` });
  const { stdout, stderr, status } = spawnSync(process.execPath, [path.join(folder, 'a.js')], { encoding: 'utf8' });
  assert.strictEqual(stdout, '');
  assert.match(stderr, /Error: A/);
  assert.strictEqual(status, 1);
});

test('finalization callbacks: reported, each of them, and not in the calls that follow', () => {
  const { out } = run(`
    let reported = 0;
    process.on('uncaughtException', () => { reported++; });
    const seen = new FinalizationRegistry((n) => { throw new Error('finalizer'); });
    (() => { for (let i = 0; i < 3; i++) seen.register({}, i); })();
    setTimeout(() => {
      globalThis.gc();
      (function turn() {
        require('fs').existsSync('/');
        structuredClone({ a: 1 });
        if (reported < 3) setImmediate(turn);
        else console.log('innocent');
      })();
    }, 1);
  `);
  assert.strictEqual(out, 'uncaught finalizer|uncaught finalizer|uncaught finalizer|innocent');
});

test('a listener of multipleResolves does not throw out of resolve', () => {
  const { out } = run(`
    process.on('multipleResolves', () => { throw new Error('multiple'); });
    new Promise((resolve) => { resolve(1); resolve(2); });
    console.log('innocent');
    setTimeout(() => console.log('timer'), 1);
  `);
  assert.strictEqual(out, 'innocent|uncaught multiple|timer');
});

test('import.meta at the end of the stack throws where it stands, and works later', () => {
  const { out, status } = run(`
    function deep() { try { deep(); } catch (error) { try { import.meta.url; } catch { /* no room */ } throw error; } }
    try { deep(); } catch (error) { console.log(error.constructor.name); }
    console.log(typeof import.meta.url);
  `, 'a.mjs');
  assert.strictEqual(out, 'RangeError|string');
  assert.strictEqual(status, 0);
});

test('promises rejected at the end of the stack disturb no later call', () => {
  const { out, status } = run(`
    let left = 3;
    function deep() {
      try { deep(); } catch (error) {
        if (left-- > 0) Promise.reject(error).catch(() => {});
        throw error;
      }
    }
    try { deep(); } catch (error) { console.log(error.constructor.name); }
    structuredClone({ a: 1 });
    require('fs').existsSync('/');
    console.log('innocent');
  `);
  assert.strictEqual(out, 'RangeError|innocent');
  assert.strictEqual(status, 0);
});

// ---- the last answers of a process --------------------------------------------------------------------------------

const endings = {
  throw: "throw new Error('crash')",
  reject: "Promise.reject(new Error('crash'))",
  exit: 'process.exit(3)',
  abort: 'process.abort()',
  'lack of memory': 'const kept = []; for (;;) kept.push(new Array(1e6).fill(1.5))',
};
for (const [name, code] of Object.entries(endings)) {
  test(`a response that ended in the turn of the ${name} arrives`, async () => {
    const folder = writeTree(temporaryDirectory(), { 'a.js': `
      const server = require('http').createServer((request, response) => {
        response.end('the last answer');
        ${code};
      });
      server.listen(0, '127.0.0.1', () => console.log(server.address().port));` });
    const child = spawn(process.execPath, ['--max-old-space-size=64', path.join(folder, 'a.js')], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [port] = await once(child.stdout, 'data');
    const ended = once(child, 'exit');
    const response = await fetch(`http://127.0.0.1:${Number(port)}/`);
    assert.strictEqual(await response.text(), 'the last answer');
    const [status, signal] = await ended;
    assert.ok(status !== 0 || signal !== null);
  });
}
