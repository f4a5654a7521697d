'use strict';
const { test, assert, deferred, counted, temporaryDirectory, writeTree } = require('./harness');
const fs = require('fs');

test('a synchronous test passes', () => assert.strictEqual(1, 1));
test('an asynchronous test is waited for', async () => {
  const { promise, resolve } = deferred();
  setTimeout(resolve, 1, 5);
  assert.strictEqual(await promise, 5);
});
test('counted counts', () => {
  const f = counted((x) => x + 1);
  assert.strictEqual(f(1), 2);
  assert.strictEqual(f.calls, 1);
});
test('trees of files are written', () => {
  const directory = writeTree(temporaryDirectory(), { 'a/b.txt': 'x' });
  assert.strictEqual(fs.readFileSync(`${directory}/a/b.txt`, 'utf8'), 'x');
});
