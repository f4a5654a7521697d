'use strict';
const { test, assert } = require('./harness');
const { PassThrough } = require('stream');
const readline = require('readline');

function terminal(options = {}) {
  const input = new PassThrough();
  const output = new PassThrough();
  const rl = readline.createInterface({ input, output, terminal: true, ...options });
  return { rl, input, output };
}

test('keys are parsed, also in halves', () => {
  const { rl, input } = terminal();
  const keys = [];
  input.on('keypress', (text, key) => keys.push([key.name, key.ctrl, key.meta, key.shift, key.code]));
  for (const part of ['\x1b[1;5C', '\x1b', '[A', '\x1bb', '\x1b[Z', '\x01']) input.write(part);
  assert.deepStrictEqual(keys, [
    ['right', true, false, false, '[C'], ['up', false, false, false, '[A'], ['b', false, true, false, undefined],
    ['tab', false, false, true, '[Z'], ['a', true, false, false, undefined],
  ]);
  rl.close();
});

test('words, kill ring, undo and redo', () => {
  const { rl } = terminal();
  rl.write('one two three');
  rl.write(null, { ctrl: true, name: 'w' });
  assert.strictEqual(rl.line, 'one two ');
  rl.write(null, { meta: true, name: 'b' });
  rl.write(null, { ctrl: true, name: 'k' });
  assert.strictEqual(rl.line, 'one ');
  rl.write(null, { ctrl: true, name: 'y' });
  assert.strictEqual(rl.line, 'one two ');
  rl.write('', { sequence: '\x1f' });
  assert.strictEqual(rl.line, 'one ');
  rl.write('', { sequence: '\x1e' });
  assert.strictEqual(rl.line, 'one two ');
  rl.close();
});

test('a cursor stands where wide characters put it', () => {
  const { rl } = terminal({ prompt: '' });
  rl.write('\u4e2da');
  assert.deepStrictEqual(rl.getCursorPos(), { rows: 0, cols: 3 });
  rl.close();
});

test('history: duplicates go, the event tells, Up searches by the beginning', () => {
  const { rl } = terminal({ removeHistoryDuplicates: true });
  const told = [];
  rl.on('history', (history) => told.push([...history]));
  for (const line of ['abc', 'xyz', 'abc']) rl.write(`${line}\n`);
  assert.deepStrictEqual(told, [['abc'], ['xyz', 'abc'], ['abc', 'xyz']]);
  rl.write('x');
  rl.write(null, { name: 'up' });
  assert.strictEqual(rl.line, 'xyz');
  rl.close();
});

test('a closed interface refuses', () => {
  const { rl } = terminal();
  rl.close();
  for (const name of ['pause', 'resume', 'prompt', 'write', 'question']) {
    assert.throws(() => rl[name]('x', () => {}), { code: 'ERR_USE_AFTER_CLOSE' }, name);
  }
});

test('repl: values, several lines, errors', async () => {
  const repl = require('repl');
  const input = new PassThrough();
  const output = new PassThrough();
  let text = '';
  output.on('data', (data) => { text += data; });
  const server = repl.start({ prompt: '', input, output });
  input.write('1 + 1\n_ + 1\n({\na: 1 })\nlet [p, q] = [1, 2]\np + q\nlet x y\nthrow new Error("no")\n_error.message\n');
  input.end();
  await new Promise((resolve) => { server.on('exit', resolve); });
  assert.strictEqual(text, "2\n3\n| { a: 1 }\nundefined\n3\nlet x y\n      ^\n\nUncaught SyntaxError: Unexpected identifier 'y'\n" +
    "Uncaught Error: no\n'no'\n");
});

test('repl: completes names and properties without calling getters', () => {
  const repl = require('repl');
  const server = repl.start({ prompt: '', input: new PassThrough(), output: new PassThrough() });
  const complete = (line) => {
    let found;
    server.complete(line, (error, [names]) => { found = names; });
    return found;
  };
  server.write('const own = { inner: { deep: 1 }, get trap() { throw 1 } }\n');
  assert.deepStrictEqual(complete('ow'), ['own']);
  assert.deepStrictEqual(complete('own.inner.d'), ['own.inner.deep']);
  assert.deepStrictEqual(complete('own.trap.'), []);
  assert.deepStrictEqual(complete('console.lo'), ['console.log']);
  server.close();
});
