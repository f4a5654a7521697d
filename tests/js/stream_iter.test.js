'use strict';
// node:stream/iter, in a process that was given the option.
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const { test } = require('./harness');

/** Runs the text of an async function on this program. */
function run(body, flags = ['--experimental-stream-iter', '--no-warnings']) {
  const text = `(${body})().catch((error) => { console.error(error); process.exitCode = 1; });`;
  return spawnSync(process.execPath, [...flags, '-e', text], { encoding: 'utf8' });
}
function ends(body) {
  const { stderr, status } = run(body);
  assert.strictEqual(stderr, '');
  assert.strictEqual(status, 0);
}

test('it is there with its option only', () => {
  const { stderr, status } = run(async () => require('node:stream/iter'), []);
  assert.notStrictEqual(status, 0);
  assert.match(stderr, /No such built-in module: node:stream\/iter/);
  assert.ok(!require('node:module').builtinModules.includes('stream/iter'));
});

test('sources, transforms, consumers', () => {
  ends(async () => {
    const { from, pull, text, bytesSync, fromSync, pipeTo } = require('stream/iter');
    const assert = require('assert');
    const upper = (chunks) => chunks && chunks.map((one) => new TextDecoder().decode(one).toUpperCase());
    assert.strictEqual(await text(pull(from(['a', ['b', Promise.resolve('c')].slice(0, 1)]), upper)), 'AB');
    const end = { *transform(source) { for (const batch of source) yield batch ?? '!'; } };
    const { pullSync } = require('stream/iter');
    assert.deepStrictEqual([...bytesSync(pullSync(fromSync('x'), end))], [120, 33]);
    const written = [];
    assert.strictEqual(await pipeTo('hello', { write: (chunk) => void written.push(...chunk) }), 5);
    assert.strictEqual(Buffer.from(written).toString(), 'hello');
    await assert.rejects(text(from('hello'), { limit: 3 }), { code: 'ERR_OUT_OF_RANGE' });
  });
});

test('push: the budget holds writes back, and one that nobody awaits too many', () => {
  ends(async () => {
    const { push, ondrain, text } = require('stream/iter');
    const assert = require('assert');
    const { writer, readable } = push({ budget: 16384 });
    const chunk = Buffer.alloc(16384, 'a');
    assert.strictEqual(writer.writeSync(chunk), true);
    assert.strictEqual(writer.canWrite, false);
    const waits = writer.write('b');
    await assert.rejects(writer.write('c'), { code: 'ERR_INVALID_STATE', name: 'RangeError' });
    const drained = ondrain(writer);
    const all = text(readable);
    await waits;
    assert.strictEqual(await drained, true);
    assert.strictEqual(await writer.end(), 16385);
    assert.strictEqual((await all).length, 16385);
    assert.strictEqual(writer.canWrite, null);
  });
});

test('broadcast and share: each reader has all of it', () => {
  ends(async () => {
    const { broadcast, share, from, text } = require('stream/iter');
    const assert = require('assert');
    const { writer, broadcast: channel } = broadcast();
    const readers = [text(channel.push()), text(channel.push())];
    await writer.write('one');
    await writer.end();
    assert.deepStrictEqual(await Promise.all(readers), ['one', 'one']);
    const shared = share(from(['a', 'b']));
    assert.deepStrictEqual(await Promise.all([text(shared.pull()), text(shared.pull())]), ['ab', 'ab']);
  });
});

test('classic streams and compression', () => {
  ends(async () => {
    const { Readable, PassThrough } = require('stream');
    const { from, pull, text, toReadable, toWritable, fromWritable, pipeTo, push } = require('stream/iter');
    const { compressGzip, decompressGzip } = require('zlib/iter');
    const assert = require('assert');
    const packed = pull(from(Readable.from(['hello ', 'world'])), compressGzip());
    const plain = toReadable(pull(packed, decompressGzip()));
    let out = '';
    for await (const chunk of plain) out += chunk;
    assert.strictEqual(out, 'hello world');
    const sink = new PassThrough();
    const reading = text(from(sink));
    await pipeTo('into a classic one', fromWritable(sink, { backpressure: 'unbounded' }));
    assert.strictEqual(await reading, 'into a classic one');
    const { writer, readable } = push();
    toWritable(writer).end('through');
    assert.strictEqual(await text(readable), 'through');
  });
});
