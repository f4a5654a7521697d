'use strict';
const { test, assert } = require('./harness');
const { Readable, Writable, PassThrough } = require('stream');

test('path: posix and win32', () => {
  const path = require('path');
  assert.strictEqual(path, path.posix);
  assert.deepStrictEqual([path.join('/a', '..', 'b', './c'), path.resolve('/a', 'b', '../c'), path.relative('/a/b/c', '/a/d'), path.normalize('/a//b/../c/.'), path.extname('.x.js'), path.basename('/a/b.html', '.html'), path.dirname('/a/b/')],
                         ['/b/c', '/a/c', '../../d', '/a/c', '.js', 'b', '/a']);
  assert.deepStrictEqual(path.parse('/home/u/file.txt'), { root: '/', dir: '/home/u', base: 'file.txt', ext: '.txt', name: 'file' });
  assert.strictEqual(path.format({ dir: '/a', name: 'b', ext: 'c' }), '/a/b.c');
  const { win32 } = path;
  assert.deepStrictEqual([win32.join('C:\\a', '..', 'b'), win32.resolve('C:\\a', '\\b'), win32.relative('C:\\a\\b', 'C:\\a\\c'), win32.normalize('C:/a//b'), win32.parse('C:\\p\\f.t').root, win32.isAbsolute('C:/')],
                         ['C:\\b', 'C:\\b', '..\\c', 'C:\\a\\b', 'C:\\', true]);
  assert.throws(() => path.join(1), { code: 'ERR_INVALID_ARG_TYPE' });
});

function capture() {
  let text = '';
  const sink = new Writable({ write(chunk, _, callback) { text += chunk; callback(); } });
  return { sink, text: () => text };
}

test('Console writes, groups, counts and draws tables', () => {
  const out = capture();
  const err = capture();
  const own = new console.Console({ stdout: out.sink, stderr: err.sink });
  own.log('%s-%d', 'a', 1, { b: 2 });
  own.group('G');
  own.log('in\nside');
  own.groupEnd();
  own.count();
  own.count();
  own.error('bad');
  own.assert(false, 'no %s', 'way');
  own.table([{ a: 1, b: 'x' }, { a: 2 }]);
  own.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 });
  assert.strictEqual(out.text(), [
    'a-1 { b: 2 }', 'G', '  in', '  side', 'default: 1', 'default: 2',
    '┌─────────┬───┬─────┐', '│ (index) │ a │ b   │', '├─────────┼───┼─────┤', "│ 0       │ 1 │ 'x' │", '│ 1       │ 2 │     │', '└─────────┴───┴─────┘',
    '{ a: [Object] }', ''].join('\n'));
  assert.strictEqual(err.text(), 'bad\nAssertion failed: no way\n');
  assert.match(require('util').inspect(console), /^Object \[console\] \{/);
});

test('diagnostics channels', () => {
  const channels = require('diagnostics_channel');
  const channel = channels.channel('test');
  const seen = [];
  const listener = (message, name) => seen.push([message, name]);
  assert.strictEqual(channel.hasSubscribers, false);
  channel.publish('nobody');
  channels.subscribe('test', listener);
  channel.publish('hello');
  assert.ok(channels.hasSubscribers('test') && channels.unsubscribe('test', listener));
  channel.publish('gone');
  assert.deepStrictEqual(seen, [['hello', 'test']]);
  const tracing = channels.tracingChannel('work');
  const events = [];
  tracing.subscribe({ start: () => events.push('start'), end: (context) => events.push(`end ${context.result}`), error: () => events.push('error') });
  assert.strictEqual(tracing.traceSync((x) => x + 1, {}, null, 1), 2);
  assert.throws(() => tracing.traceSync(() => { throw new Error('x'); }));
  assert.deepStrictEqual(events, ['start', 'end 2', 'start', 'error', 'end undefined']);
});

test('readline reads lines, asks questions, iterates', async () => {
  const readline = require('readline');
  const lines = [];
  for await (const line of readline.createInterface({ input: Readable.from(['a\nb', 'c\r\n', '\nlast']) })) lines.push(line);
  assert.deepStrictEqual(lines, ['a', 'bc', '', 'last']);
  const input = new PassThrough();
  const out = capture();
  const rl = require('readline/promises').createInterface({ input, output: out.sink });
  const answer = rl.question('name? ');
  input.write('joe\n');
  assert.strictEqual(await answer, 'joe');
  assert.strictEqual(out.text(), 'name? ');
  const closed = require('events').once(rl, 'close');
  rl.close();
  await closed;
});

test('v8: serialize and statistics', () => {
  const v8 = require('v8');
  const value = { a: [1, new Map([['x', new Date(3)]])], b: undefined };
  assert.deepStrictEqual(v8.deserialize(v8.serialize(value)), value);
  assert.ok(v8.getHeapStatistics().used_heap_size > 100000);
});

test('punycode', () => {
  const punycode = require('punycode');
  assert.strictEqual(punycode.encode('ma\u00f1ana'), 'maana-pta');
  assert.strictEqual(punycode.decode('maana-pta'), 'ma\u00f1ana');
  assert.strictEqual(punycode.toASCII('ma\u00f1ana.com'), 'xn--maana-pta.com');
  assert.strictEqual(punycode.toUnicode('xn--maana-pta.com'), 'ma\u00f1ana.com');
});

test('path: above the root, and rows of separators', () => {
  const path = require('path');
  for (const [name, dirname, base, ext] of [['/..', '/', '..', '.'], ['/../', '/', '..', '.'], ['/a/..', '/a', '..', ''], ['..', '.', '..', '']]) {
    assert.strictEqual(path.dirname(name), dirname);
    assert.strictEqual(path.basename(name), base);
    assert.strictEqual(path.parse(name).ext, ext, name);
    assert.strictEqual(path.extname(name), '');
  }
  assert.deepStrictEqual(['a//b', '/..//b', '/a//', '//a', '///a', 'a///b'].map(path.dirname), ['a/', '/../', '/', '//', '//', 'a//']);
  assert.deepStrictEqual([path.join('/..', 'a'), path.join('/../..', '..', 'b'), path.join('/', '..'), path.join('..', '/..')], ['/a', '/b', '/', '../..']);
  assert.strictEqual(path.win32.relative('\\x', '\\b'), '\\b');
  assert.strictEqual(path.win32.dirname('C:\\a\\\\b'), 'C:\\a\\');
});

test('the pool that small buffers are cut from cannot be transferred', () => {
  const small = Buffer.from('small');
  const other = Buffer.from('other');
  assert.throws(() => structuredClone(small, { transfer: [small.buffer] }), { name: 'DataCloneError', code: 25 });
  assert.strictEqual(`${small} ${other}`, 'small other');
  const { markAsUntransferable, isMarkedAsUntransferable, MessageChannel } = require('worker_threads');
  const marked = new ArrayBuffer(8);
  assert.strictEqual(isMarkedAsUntransferable(marked), false);
  markAsUntransferable(marked);
  assert.strictEqual(isMarkedAsUntransferable(marked), true);
  const { port1, port2 } = new MessageChannel();
  assert.throws(() => port1.postMessage(marked, [marked]), { name: 'DataCloneError' });
  assert.strictEqual(marked.byteLength, 8);
  port1.close();
  port2.close();
});
