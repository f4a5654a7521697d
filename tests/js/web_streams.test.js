'use strict';
// What Node adds to web streams, every encoding of TextDecoder, and signals.
const assert = require('node:assert');
const { test } = require('./harness');
const { inspect } = require('node:util');
const stream = require('node:stream');

test('finished and addAbortSignal know web streams', async () => {
  const finished = (one) => new Promise((resolve) => stream.finished(one, resolve));
  const given = new ReadableStream({
    start(controller) {
      controller.enqueue('a');
      controller.close();
    },
  });
  const over = finished(given);
  for await (const chunk of given) assert.strictEqual(chunk, 'a');
  assert.strictEqual(await over, undefined);

  let failing;
  const writable = new WritableStream({ start: (controller) => (failing = controller) });
  const failed = finished(writable);
  failing.error(new Error('broken'));
  assert.strictEqual((await failed).message, 'broken');

  const controller = new AbortController();
  const endless = stream.addAbortSignal(controller.signal, new ReadableStream());
  const reading = endless.getReader().read();
  controller.abort();
  await assert.rejects(reading, { name: 'AbortError' });
});

test('web streams are printed as Node prints them, and their errors have codes', () => {
  const readable = new ReadableStream({ type: 'bytes' });
  assert.strictEqual(inspect(readable), "ReadableStream { locked: false, state: 'readable', supportsBYOB: true }");
  assert.strictEqual(inspect(new WritableStream()), "WritableStream { locked: false, state: 'writable' }");
  readable.getReader();
  assert.throws(() => readable.getReader(), { code: 'ERR_INVALID_STATE', constructor: TypeError });
  assert.throws(() => ReadableStream.prototype.getReader.call({}), { code: 'ERR_INVALID_THIS' });
  assert.throws(() => ReadableStream.from({}), { code: 'ERR_ARG_NOT_ITERABLE' });
});

test('Readable.toWeb gives byte streams to readers with buffers of their own', async () => {
  const source = stream.Readable.from([Buffer.from('hello')], { objectMode: false });
  const reader = stream.Readable.toWeb(source, { type: 'bytes' }).getReader({ mode: 'byob' });
  const { value } = await reader.read(new Uint8Array(5), { min: 5 });
  assert.strictEqual(Buffer.from(value).toString(), 'hello');
  assert.strictEqual((await reader.read(new Uint8Array(5))).done, true);
  assert.throws(() => stream.Readable.toWeb(stream.Readable.from([]), { type: 'x' }), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('a chunk that is none fails both ends of a CompressionStream', async () => {
  const { readable, writable } = new CompressionStream('gzip');
  const reading = readable.getReader().read();
  await assert.rejects(writable.getWriter().write(3), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(reading, { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => new CompressionStream('toString'), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('a transform stream cannot be transferred together with its ends', () => {
  const pair = new TransformStream();
  const transfer = [pair, pair.readable];
  assert.throws(() => structuredClone(transfer, { transfer }), { name: 'DataCloneError' });
});

test('TextDecoder: legacy encodings', () => {
  const decode = (label, bytes, options) => new TextDecoder(label, options).decode(Uint8Array.from(bytes));
  assert.strictEqual(decode('koi8-u', [0xae, 0xbe, 0xc1]), '\u045e\u040e\u0430');
  assert.strictEqual(decode('iso-8859-16', [0xa4, 0xff]), '\u20ac\u00ff');
  assert.strictEqual(decode('windows-1253', [0xaa]), '\ufffd');
  assert.strictEqual(decode('macintosh', [0xf0]), '\uf8ff');
  assert.strictEqual(decode('x-user-defined', [0x80, 0x41]), '\uf780A');
  assert.strictEqual(decode('shift_jis', [0x82, 0xa0]), '\u3042');
  assert.strictEqual(decode(' GBK ', [0x81, 0x30, 0x81, 0x30]), '\u0080');
  assert.strictEqual(decode('euc-jp', [0xff, 0x41]), '\ufffdA');
  assert.throws(() => decode('windows-1253', [0xaa], { fatal: true }), { code: 'ERR_ENCODING_INVALID_ENCODED_DATA' });
  assert.throws(() => new TextDecoder('hz-gb-2312'), { code: 'ERR_ENCODING_NOT_SUPPORTED', constructor: RangeError });
  const big5 = new TextDecoder('big5');
  assert.strictEqual(big5.decode(Uint8Array.of(0xa7), { stream: true }) + big5.decode(Uint8Array.of(0xda)), '\u6211');
});

test('a passive listener cancels nothing', () => {
  const target = new EventTarget();
  target.addEventListener('x', (event) => event.preventDefault(), { passive: true });
  assert.strictEqual(target.dispatchEvent(new Event('x', { cancelable: true })), true);
  target.addEventListener('x', (event) => event.preventDefault());
  assert.strictEqual(target.dispatchEvent(new Event('x', { cancelable: true })), false);
  assert.strictEqual(Object.getOwnPropertyDescriptor(Event, 'AT_TARGET').writable, false);
});

test('a transferred AbortSignal follows the one that stayed', async () => {
  const { transferableAbortController } = require('node:util');
  const controller = transferableAbortController();
  const { port1, port2 } = new MessageChannel();
  const arrived = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
  port2.postMessage(controller.signal, [controller.signal]);
  const signal = await arrived;
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
  controller.abort('enough');
  await aborted;
  assert.strictEqual(signal.reason, 'enough');
  port1.close();
});
