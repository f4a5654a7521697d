'use strict';
const { test, assert } = require('./harness');
const EventEmitter = require('events');
const { once, on } = EventEmitter;

test('listeners run in order, with this and all arguments', () => {
  const emitter = new EventEmitter();
  const seen = [];
  emitter.on('x', function (...args) { seen.push([this === emitter, ...args]); });
  emitter.prependListener('x', () => seen.push('first'));
  assert.strictEqual(emitter.emit('x', 1, 2, 3, 4, 5), true);
  assert.strictEqual(emitter.emit('y'), false);
  assert.deepStrictEqual(seen, ['first', [true, 1, 2, 3, 4, 5]]);
});

test('once fires once, also when removed by its original function', () => {
  const emitter = new EventEmitter();
  let count = 0;
  const listener = () => count++;
  emitter.once('x', listener);
  emitter.emit('x');
  emitter.emit('x');
  emitter.once('x', listener);
  assert.strictEqual(emitter.listeners('x')[0], listener);
  assert.strictEqual(emitter.rawListeners('x')[0].listener, listener);
  emitter.off('x', listener);
  emitter.emit('x');
  assert.strictEqual(count, 1);
  assert.deepStrictEqual(emitter.eventNames(), []);
});

test('a listener removed during emit still runs in that emit', () => {
  const emitter = new EventEmitter();
  const seen = [];
  const b = () => seen.push('b');
  emitter.on('x', () => { seen.push('a'); emitter.removeListener('x', b); });
  emitter.on('x', b);
  emitter.emit('x');
  emitter.emit('x');
  assert.deepStrictEqual(seen, ['a', 'b', 'a']);
});

test('an unhandled error event throws the error, or ERR_UNHANDLED_ERROR', () => {
  const emitter = new EventEmitter();
  const error = new Error('boom');
  assert.throws(() => emitter.emit('error', error), (thrown) => thrown === error);
  assert.throws(() => emitter.emit('error', { a: 1 }), { code: 'ERR_UNHANDLED_ERROR', message: 'Unhandled error. ({ a: 1 })', context: { a: 1 } });
  const seen = [];
  emitter.on(EventEmitter.errorMonitor, (e) => seen.push(e));
  assert.throws(() => emitter.emit('error', error));
  assert.deepStrictEqual(seen, [error]);
});

test('newListener and removeListener are announced', () => {
  const emitter = new EventEmitter();
  const seen = [];
  emitter.on('newListener', (type, fn) => seen.push(['new', type, fn.name]));
  emitter.on('removeListener', (type, fn) => seen.push(['gone', type, fn.name]));
  function handler() {}
  emitter.once('x', handler);
  emitter.emit('x');
  emitter.on('y', handler);
  emitter.removeAllListeners('y');
  assert.deepStrictEqual(seen, [['new', 'removeListener', ''], ['new', 'x', 'handler'], ['gone', 'x', 'handler'], ['new', 'y', 'handler'], ['gone', 'y', 'handler']]);
  emitter.removeAllListeners();
  assert.strictEqual(emitter.listenerCount('newListener'), 0);
});

test('bad listeners are refused with ERR_INVALID_ARG_TYPE', () => {
  assert.throws(() => new EventEmitter().on('x', 'no'), {
    name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: 'The "listener" argument must be of type function. Received type string (\'no\')',
  });
  assert.throws(() => new EventEmitter().setMaxListeners(-1), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
});

test('too many listeners warn once', async () => {
  const emitter = new EventEmitter();
  const warned = once(process, 'warning');
  for (let i = 0; i < 12; i++) emitter.on('leak', () => {});
  const [warning] = await warned;
  assert.strictEqual(warning.name, 'MaxListenersExceededWarning');
  assert.strictEqual(warning.count, 11);
  assert.match(warning.message, /^Possible EventEmitter memory leak detected\. 11 leak listeners added to \[EventEmitter\]\./);
});

test('events.once resolves with the arguments and rejects on error or abort', async () => {
  const emitter = new EventEmitter();
  setImmediate(() => emitter.emit('x', 1, 2));
  assert.deepStrictEqual(await once(emitter, 'x'), [1, 2]);
  setImmediate(() => emitter.emit('error', new Error('no')));
  await assert.rejects(once(emitter, 'x'), /no/);
  const controller = new AbortController();
  const waiting = once(emitter, 'x', { signal: controller.signal });
  controller.abort();
  await assert.rejects(waiting, { name: 'AbortError', code: 'ABORT_ERR' });
  assert.strictEqual(emitter.listenerCount('x'), 0);
  const target = new EventTarget();
  setImmediate(() => target.dispatchEvent(new Event('hi')));
  assert.strictEqual((await once(target, 'hi'))[0].type, 'hi');
});

test('events.on iterates, and ends on a close event', async () => {
  const emitter = new EventEmitter();
  setImmediate(() => { emitter.emit('x', 1); emitter.emit('x', 2); emitter.emit('end'); });
  const seen = [];
  for await (const [value] of on(emitter, 'x', { close: ['end'] })) seen.push(value);
  assert.deepStrictEqual(seen, [1, 2]);
});

test('captureRejections sends rejections to error', async () => {
  const emitter = new EventEmitter({ captureRejections: true });
  emitter.on('x', async () => { throw new Error('async'); });
  const failed = once(emitter, 'error');
  emitter.emit('x');
  assert.strictEqual((await failed)[0].message, 'async');
});

test('subclasses, util.inherits and Object.create emitters work', () => {
  function Old() { EventEmitter.call(this); }
  require('util').inherits(Old, EventEmitter);
  const old = new Old();
  let got;
  old.on('x', (v) => { got = v; });
  old.emit('x', 3);
  assert.strictEqual(got, 3);
  assert.strictEqual(Old.super_, EventEmitter);
  const bare = Object.create(EventEmitter.prototype);
  bare.on('x', (v) => { got = v; });
  bare.emit('x', 4);
  assert.strictEqual(got, 4);
  const mixed = Object.assign({}, EventEmitter.prototype);
  mixed.on('y', () => { got = 5; });
  mixed.emit('y');
  assert.strictEqual(got, 5);
});

test('getEventListeners, listenerCount and symbols', () => {
  const emitter = new EventEmitter();
  const symbol = Symbol('s');
  const f = () => {};
  emitter.on(symbol, f);
  assert.deepStrictEqual(EventEmitter.getEventListeners(emitter, symbol), [f]);
  assert.deepStrictEqual(emitter.eventNames(), [symbol]);
  assert.strictEqual(emitter.listenerCount(symbol, f), 1);
  assert.strictEqual(emitter.listenerCount(symbol, () => {}), 0);
  const target = new EventTarget();
  target.addEventListener('x', f);
  assert.deepStrictEqual(EventEmitter.getEventListeners(target, 'x'), [f]);
});
