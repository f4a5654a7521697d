'use strict';
const { test, assert } = require('./harness');
const stream = require('stream');
const { Readable, Writable, Duplex, Transform, PassThrough, pipeline, finished, promises } = stream;

test('the module is the Stream class with its parts', () => {
  assert.strictEqual(typeof stream, 'function');
  assert.strictEqual(stream.Stream, stream);
  assert.strictEqual(require('stream/promises'), promises);
  assert.strictEqual(stream.getDefaultHighWaterMark(false), Number(process.versions.node.split('.')[0]) >= 22 ? 65536 : stream.getDefaultHighWaterMark(false));
  assert.strictEqual(stream.getDefaultHighWaterMark(true), 16);
  assert.ok(new Readable() instanceof require('events') && new Readable() instanceof stream);
  assert.ok(new Duplex() instanceof Writable);
});

test('pipeline moves data with backpressure and reports errors', async () => {
  const chunks = [];
  let waiting = 0;
  await promises.pipeline(Readable.from(['a', 'b', 'c']), new Transform({ transform(chunk, _, callback) { callback(null, `${chunk}`.toUpperCase()); } }),
                          new Writable({ highWaterMark: 1, write(chunk, _, callback) { waiting++; chunks.push(`${chunk}`); setImmediate(callback); } }));
  assert.deepStrictEqual([chunks, waiting], [['A', 'B', 'C'], 3]);
  await assert.rejects(promises.pipeline(Readable.from(['x']), new Transform({ transform(chunk, _, callback) { callback(new Error('broken')); } }), new PassThrough()), /broken/);
  await new Promise((resolve) => pipeline(Readable.from([]), new PassThrough().resume(), (error) => {
    assert.strictEqual(error, undefined);
    resolve();
  }));
});

test('finished notices a premature close', async () => {
  const readable = new Readable({ read() {} });
  const result = new Promise((resolve) => finished(readable, resolve));
  readable.destroy();
  assert.strictEqual((await result).code, 'ERR_STREAM_PREMATURE_CLOSE');
});

test('streams iterate, abort and compose', async () => {
  const out = [];
  for await (const value of Readable.from([1, 2, 3]).filter((x) => x > 1).map((x) => x * 2)) out.push(value);
  assert.deepStrictEqual(out, [4, 6]);
  assert.deepStrictEqual(await Readable.from([1, 2]).toArray(), [1, 2]);
  const controller = new AbortController();
  const readable = stream.addAbortSignal(controller.signal, new Readable({ read() {} }));
  const failed = new Promise((resolve) => readable.on('error', resolve));
  controller.abort();
  assert.strictEqual((await failed).name, 'AbortError');
});

test('writes after end fail with ERR_STREAM_WRITE_AFTER_END', async () => {
  const writable = new Writable({ write(chunk, _, callback) { callback(); } });
  writable.end();
  const failed = new Promise((resolve) => writable.on('error', resolve));
  writable.write('x');
  assert.strictEqual((await failed).code, 'ERR_STREAM_WRITE_AFTER_END');
});

test('bridges to web streams', async () => {
  const consumers = require('stream/consumers');
  const web = new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode('web')); c.close(); } });
  assert.strictEqual(await consumers.text(Readable.fromWeb(web)), 'web');
  assert.strictEqual(await consumers.text(Readable.toWeb(Readable.from([Buffer.from('no'), Buffer.from('de')], { objectMode: false }))), 'node');
  const seen = [];
  const writer = Writable.toWeb(new Writable({ write(chunk, _, callback) { seen.push(`${chunk}`); callback(); } })).getWriter();
  await writer.write('a');
  await writer.close();
  assert.deepStrictEqual(seen, ['a']);
  assert.deepStrictEqual(await consumers.json(Readable.from(['{"a":', '1}'])), { a: 1 });
});

test('StringDecoder keeps incomplete characters', () => {
  const { StringDecoder } = require('string_decoder');
  const decoder = new StringDecoder('utf8');
  const bytes = Buffer.from('\u20ac\u{1f600}\u00e9');
  let text = '';
  for (const byte of bytes) text += decoder.write(Buffer.from([byte]));
  assert.strictEqual(text + decoder.end(), '\u20ac\u{1f600}\u00e9');
  assert.strictEqual(decoder.write(Buffer.from([0xe2, 0x82])), '');
  assert.strictEqual(decoder.end(), '\ufffd');
  const base64 = new StringDecoder('base64');
  assert.strictEqual(base64.write(Buffer.from('a')) + base64.write(Buffer.from('bcd')) + base64.end(), Buffer.from('abcd').toString('base64'));
  const utf16 = new StringDecoder('utf16le');
  assert.strictEqual(utf16.write(Buffer.from([0x3d])) + utf16.write(Buffer.from([0xd8, 0x4d])) + utf16.write(Buffer.from([0xdc])), '\ud83d\udc4d');
});

test('setEncoding on a readable', async () => {
  const readable = new Readable({ read() {} });
  readable.setEncoding('utf8');
  readable.push(Buffer.from([0xe2]));
  readable.push(Buffer.from([0x82, 0xac]));
  readable.push(null);
  let text = '';
  for await (const chunk of readable) text += chunk;
  assert.strictEqual(text, '\u20ac');
});

test('chunks, encodings and callbacks as Node 24 has them', async () => {
  const seen = [];
  const sink = (options) => new Writable({ ...options, write(chunk, encoding, callback) { seen.push([chunk, encoding]); callback(); } });
  assert.throws(() => new Readable({ defaultEncoding: 'none' }), { code: 'ERR_UNKNOWN_ENCODING' });
  assert.throws(() => sink({ defaultEncoding: 'none' }), { code: 'ERR_UNKNOWN_ENCODING' });
  assert.throws(() => sink().write('a', 'buffer'), { code: 'ERR_UNKNOWN_ENCODING' });
  assert.throws(() => sink().write({}), { code: 'ERR_INVALID_ARG_TYPE', constructor: TypeError });
  sink({ objectMode: true }).write('a');
  sink().write(new Uint16Array([1]));
  assert.deepStrictEqual(seen, [['a', undefined], [Buffer.from([1, 0]), 'buffer']]);
  assert.deepStrictEqual(await new Promise((resolve) => sink().write('a', (...given) => resolve(given))), [null]);
  assert.deepStrictEqual(await new Promise((resolve) => sink().end((...given) => resolve(given))), [null]);
  const reader = new Readable({ read() {} });
  reader.push(Buffer.from([0xf0]));
  reader.push(null);
  reader.setEncoding('utf8');
  assert.deepStrictEqual(await reader.toArray(), ['\ufffd']);
});

test('who destroys whom', async () => {
  const duplex = new Duplex({ read() {}, write() {} });
  duplex.cork();
  const failed = new Promise((resolve) => duplex.write('a', resolve));
  duplex.destroy();
  assert.strictEqual((await failed).code, 'ERR_STREAM_DESTROYED');

  const half = new Duplex({ read() { this.push('a'); this.push(null); }, write(chunk, encoding, callback) { callback(); } });
  for await (const chunk of half) assert.strictEqual(`${chunk}`, 'a');
  assert.strictEqual(half.destroyed, false);

  const readable = new Readable({ read() {} });
  const writable = new Writable({ write() {} });
  Duplex.from({ readable, writable }).on('error', () => {});
  const heard = new Promise((resolve) => writable.on('error', resolve));
  readable.destroy(new Error('broken'));
  assert.strictEqual((await heard).message, 'broken');

  const picky = new PassThrough();
  const refused = new Promise((resolve) => picky.on('error', resolve));
  Readable.from([{}]).pipe(picky);
  assert.strictEqual((await refused).code, 'ERR_INVALID_ARG_TYPE');

  const open = new Writable({ write() {} });
  await open[Symbol.asyncDispose]();
  assert.ok(open.destroyed);
});
