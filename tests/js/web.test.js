'use strict';
const { test, assert } = require('./harness');

test('EventTarget calls listeners once per registration, in order, with once, signal and handleEvent', () => {
  const target = new EventTarget();
  const seen = [];
  const a = () => seen.push('a');
  target.addEventListener('x', a);
  target.addEventListener('x', a);
  target.addEventListener('x', { handleEvent(event) { seen.push(`h${event.type}${this !== target}`); } });
  target.addEventListener('x', () => seen.push('once'), { once: true });
  const controller = new AbortController();
  target.addEventListener('x', () => seen.push('signal'), { signal: controller.signal });
  assert.strictEqual(target.dispatchEvent(new Event('x')), true);
  controller.abort();
  target.dispatchEvent(new Event('x'));
  assert.deepStrictEqual(seen, ['a', 'hxtrue', 'once', 'signal', 'a', 'hxtrue']);
  target.addEventListener('y', (event) => event.preventDefault());
  assert.strictEqual(target.dispatchEvent(new Event('y', { cancelable: true })), false);
  target.addEventListener('z', (event) => event.stopImmediatePropagation());
  target.addEventListener('z', () => assert.fail());
  target.dispatchEvent(new CustomEvent('z', { detail: 5 }));
  assert.strictEqual(new CustomEvent('z', { detail: 5 }).detail, 5);
});

test('AbortController, AbortSignal.abort, any and timeout', async () => {
  const controller = new AbortController();
  let event;
  controller.signal.onabort = (e) => { event = e; };
  const any = AbortSignal.any([controller.signal, new AbortController().signal]);
  controller.abort();
  assert.strictEqual(event.type, 'abort');
  assert.ok(any.aborted && controller.signal.aborted);
  assert.deepStrictEqual([any.reason.name, any.reason.code], ['AbortError', 20]);
  assert.throws(() => AbortSignal.abort('why').throwIfAborted(), (reason) => reason === 'why');
  const timeout = AbortSignal.timeout(5);
  const keep = setTimeout(() => {}, 1000);
  await new Promise((resolve) => timeout.addEventListener('abort', resolve));
  clearTimeout(keep);
  assert.strictEqual(timeout.reason.name, 'TimeoutError');
  assert.throws(() => new AbortSignal(), { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
});

test('DOMException', () => {
  const error = new DOMException('m', 'NotFoundError');
  assert.ok(error instanceof Error && error instanceof DOMException);
  assert.deepStrictEqual([error.name, error.message, error.code, DOMException.ABORT_ERR], ['NotFoundError', 'm', 8, 20]);
  assert.strictEqual(Object.prototype.toString.call(error), '[object DOMException]');
});

test('TextEncoder and TextDecoder', () => {
  assert.deepStrictEqual([...new TextEncoder().encode('\u20ac')], [0xe2, 0x82, 0xac]);
  assert.deepStrictEqual(new TextEncoder().encodeInto('a\u20acb', new Uint8Array(3)), { read: 1, written: 1 });
  assert.strictEqual(new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff])), 'a\ufffd');
  assert.strictEqual(new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61])), '\ufeffa');
  assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff])), { code: 'ERR_ENCODING_INVALID_ENCODED_DATA' });
  const decoder = new TextDecoder();
  assert.strictEqual(decoder.decode(new Uint8Array([0xe2, 0x82]), { stream: true }), '');
  assert.strictEqual(decoder.decode(new Uint8Array([0xac]), { stream: true }) + decoder.decode(), '\u20ac');
  assert.strictEqual(new TextDecoder('utf-16le').decode(new Uint8Array([0x61, 0, 0x3d, 0xd8])), 'a\ufffd');
  assert.strictEqual(new TextDecoder('latin1').encoding, 'windows-1252');
  assert.strictEqual(new TextDecoder('latin1').decode(new Uint8Array([0x80, 0xe9])), '\u20ac\u00e9');
  assert.throws(() => new TextDecoder('nope'), { name: 'RangeError', code: 'ERR_ENCODING_NOT_SUPPORTED' });
});

test('structuredClone copies, transfers and refuses', () => {
  const original = { date: new Date(5), map: new Map([[1, new Set(['x'])]]), re: /a/g, big: 1n, bytes: new Uint8Array([1, 2]), err: new RangeError('r'), nested: [undefined, null] };
  original.self = original;
  const copy = structuredClone(original);
  assert.notStrictEqual(copy, original);
  assert.strictEqual(copy.self, copy);
  assert.deepStrictEqual([copy.date, copy.map, copy.re, copy.big, copy.bytes, copy.nested], [original.date, original.map, original.re, 1n, original.bytes, [undefined, null]]);
  assert.ok(copy.err instanceof RangeError && copy.err.message === 'r');
  const memory = new ArrayBuffer(8);
  const moved = structuredClone({ memory }, { transfer: [memory] });
  assert.deepStrictEqual([memory.byteLength, moved.memory.byteLength], [0, 8]);
  assert.throws(() => structuredClone(() => {}), { name: 'DataCloneError', code: 25 });
  assert.throws(() => structuredClone({ s: Symbol('x') }), { name: 'DataCloneError' });
});

test('MessageChannel delivers copies in order', async () => {
  const { port1, port2 } = new MessageChannel();
  const seen = [];
  const done = new Promise((resolve) => {
    port2.onmessage = (event) => {
      seen.push(event.data);
      if (seen.length === 2) resolve();
    };
  });
  const message = { a: 1 };
  port1.postMessage(message);
  message.a = 2;
  port1.postMessage('second');
  await done;
  assert.deepStrictEqual(seen, [{ a: 1 }, 'second']);
  port1.close();
});

test('web streams: read, transform, tee, pipe, encode, async iteration', async () => {
  const upper = new TransformStream({ transform(chunk, controller) { controller.enqueue(chunk.toUpperCase()); } });
  const source = new ReadableStream({ start(controller) { controller.enqueue('a'); controller.enqueue('b'); controller.close(); } });
  const out = [];
  for await (const chunk of source.pipeThrough(upper)) out.push(chunk);
  assert.deepStrictEqual(out, ['A', 'B']);
  const [one, two] = new ReadableStream({ start(c) { c.enqueue(1); c.close(); } }).tee();
  assert.deepStrictEqual([(await one.getReader().read()).value, (await two.getReader().read()).value], [1, 1]);
  const text = new ReadableStream({ start(c) { c.enqueue('\u20ac'); c.close(); } }).pipeThrough(new TextEncoderStream()).pipeThrough(new TextDecoderStream());
  assert.strictEqual((await text.getReader().read()).value, '\u20ac');
});

test('performance measures', async () => {
  const before = performance.now();
  assert.ok(before > 0 && Math.abs(performance.timeOrigin + before - Date.now()) < 1000);
  performance.mark('a');
  performance.mark('b');
  const measure = performance.measure('ab', 'a', 'b');
  assert.ok(measure.duration >= 0 && measure.entryType === 'measure');
  assert.deepStrictEqual(performance.getEntriesByName('a').length, 1);
  const { PerformanceObserver } = require('perf_hooks');
  const names = await new Promise((resolve) => {
    new PerformanceObserver((list, observer) => {
      observer.disconnect();
      resolve(list.getEntries().map((entry) => entry.name));
    }).observe({ entryTypes: ['mark'] });
    performance.mark('c');
  });
  assert.deepStrictEqual(names, ['c']);
});

test('globals have the right names and attributes', () => {
  for (const name of ['URL', 'URLSearchParams', 'AbortController', 'Event', 'EventTarget', 'TextDecoder', 'Blob', 'ReadableStream', 'MessageChannel', 'Headers', 'Response']) {
    assert.strictEqual(globalThis[name].name, name);
    assert.strictEqual(Object.getOwnPropertyDescriptor(globalThis, name).enumerable, false, name);
  }
  assert.ok(Object.keys(globalThis).includes('structuredClone'));
  assert.strictEqual(Object.keys(globalThis).some((name) => name.startsWith('_')), false);
});
