'use strict';
// What node:stream/iter takes for bytes, and how whatever a program gives becomes batches: arrays of Uint8Arrays.
// https://nodejs.org/docs/latest-v24.x/api/stream_iter.html

const {
  codes: { ERR_INVALID_ARG_TYPE },
} = require('../errors');
const { isAnyArrayBuffer, isUint8Array } = require('../types');
const { validateAbortSignal, validateObject } = require('../validators');

const symbols = {
  toStreamable: Symbol.for('Stream.toStreamable'),
  toAsyncStreamable: Symbol.for('Stream.toAsyncStreamable'),
  broadcastProtocol: Symbol.for('Stream.broadcastProtocol'),
  shareProtocol: Symbol.for('Stream.shareProtocol'),
  shareSyncProtocol: Symbol.for('Stream.shareSyncProtocol'),
  drainableProtocol: Symbol.for('Stream.drainableProtocol'),
};
const { toStreamable, toAsyncStreamable } = symbols;

/** Chunks of a source that yields one at a time are gathered into batches of so many. */
const BATCH = 128;

const isChunk = (value) => typeof value === 'string' || ArrayBuffer.isView(value) || isAnyArrayBuffer(value);
const hasMethod = (value, name) => value !== null && value !== undefined && typeof value[name] === 'function';
const isIterable = (value) => typeof value !== 'string' && hasMethod(value, Symbol.iterator);
const isAsyncIterable = (value) => hasMethod(value, Symbol.asyncIterator);
const isThenable = (value) => typeof value === 'object' && hasMethod(value, 'then');
const isBatch = (value) => Array.isArray(value) && value.every(isUint8Array);

const encoder = new TextEncoder();

/** @param {string|ArrayBuffer|SharedArrayBuffer|ArrayBufferView} chunk @returns {Uint8Array} on the same memory */
function toBytes(chunk) {
  if (typeof chunk === 'string') return encoder.encode(chunk);
  if (isUint8Array(chunk)) return chunk;
  if (isAnyArrayBuffer(chunk)) return new Uint8Array(chunk);
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

const refuse = (name, value) =>
  new ERR_INVALID_ARG_TYPE(name, ['string', 'ArrayBuffer', 'ArrayBufferView', 'Iterable', 'AsyncIterable'], value);

/** The chunks of a value, however deep. @returns {Iterable<Uint8Array>} */
function* flatten(value) {
  if (isChunk(value)) yield toBytes(value);
  else if (hasMethod(value, toStreamable)) yield* flatten(value[toStreamable]());
  else if (isIterable(value)) for (const one of value) yield* flatten(one);
  else throw refuse('value', value);
}

/** @returns {AsyncIterable<Uint8Array>} */
async function* flattenAsync(value) {
  if (isThenable(value)) value = await value;
  if (isChunk(value)) yield toBytes(value);
  else if (hasMethod(value, toAsyncStreamable)) yield* flattenAsync(await value[toAsyncStreamable]());
  else if (hasMethod(value, toStreamable)) yield* flattenAsync(value[toStreamable]());
  else if (isAsyncIterable(value)) for await (const one of value) yield* flattenAsync(one);
  else if (isIterable(value)) for (const one of value) yield* flattenAsync(one);
  else throw refuse('value', value);
}

function* slices(chunks) {
  if (chunks.length <= BATCH) yield chunks;
  else for (let at = 0; at < chunks.length; at += BATCH) yield chunks.slice(at, at + BATCH);
}

/** Batches of a sync source: its own ones as they are, single chunks gathered. */
function* batchesOf(source, size = BATCH) {
  let batch = [];
  for (const value of source) {
    if (isBatch(value)) {
      if (batch.length > 0) yield batch;
      batch = [];
      if (value.length > 0) yield value;
      continue;
    }
    for (const chunk of flatten(value)) batch.push(chunk);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** As batchesOf; promises among the values are awaited. */
async function* batchesOfAwaited(source, size) {
  let batch = [];
  for (let value of source) {
    if (isThenable(value)) value = await value;
    if (isBatch(value)) {
      if (batch.length > 0) yield batch;
      batch = [];
      if (value.length > 0) yield value;
      continue;
    }
    for (const chunk of flatten(value)) batch.push(chunk);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** What a source or a transform yields, as one batch; undefined for nothing. */
async function batchOfAsync(value) {
  if (isUint8Array(value)) return [value];
  if (isBatch(value)) return value.length > 0 ? value : undefined;
  const batch = [];
  for await (const chunk of flattenAsync(value)) batch.push(chunk);
  return batch.length > 0 ? batch : undefined;
}

async function* batchesOfAsync(source) {
  for await (const value of source) {
    const batch = await batchOfAsync(value);
    if (batch !== undefined) yield batch;
  }
}

/** Iterables whose batches need no look any more. */
const normalized = new WeakSet();

/** @template {object} T @param {T} iterable of batches @returns {T} */
function markNormalized(iterable) {
  normalized.add(iterable);
  return iterable;
}

const asyncIterable = (start) => markNormalized({ __proto__: null, [Symbol.asyncIterator]: start });
const syncIterable = (start) => ({ __proto__: null, [Symbol.iterator]: start });

/**
 * Node documentation: from(input).
 * @param {number} [size] of batches that are gathered
 * @returns {AsyncIterable<Uint8Array[]>}
 */
function from(input, size = BATCH) {
  if (isChunk(input)) {
    const bytes = toBytes(input);
    return asyncIterable(async function* single() {
      if (bytes.byteLength > 0) yield [bytes];
    });
  }
  if (normalized.has(input)) return input;
  if (hasMethod(input, toAsyncStreamable)) {
    const made = input[toAsyncStreamable]();
    if (!isThenable(made)) return from(made, size);
    return asyncIterable(async function* converted() {
      yield* from(await made, size)[Symbol.asyncIterator]();
    });
  }
  if (hasMethod(input, toStreamable)) return from(input[toStreamable](), size);
  if (isAsyncIterable(input)) return asyncIterable(() => batchesOfAsync(input));
  if (isBatch(input) && input.length > 0) {
    return asyncIterable(async function* batch() {
      yield* slices(input);
    });
  }
  if (isIterable(input)) return asyncIterable(() => batchesOfAwaited(input, size));
  throw refuse('input', input);
}

/** Node documentation: fromSync(input). @returns {Iterable<Uint8Array[]>} */
function fromSync(input) {
  if (isChunk(input)) {
    const bytes = toBytes(input);
    return syncIterable(function* single() {
      if (bytes.byteLength > 0) yield [bytes];
    });
  }
  if (hasMethod(input, toStreamable)) return fromSync(input[toStreamable]());
  if (isBatch(input) && input.length > 0) {
    return syncIterable(() => slices(input));
  }
  if (isIterable(input)) return syncIterable(() => batchesOf(input));
  throw refuse('input', input);
}

const byteLength = (batch) => batch.reduce((sum, chunk) => sum + chunk.byteLength, 0);

const isTransform = (value) =>
  typeof value === 'function' || (typeof value === 'object' && hasMethod(value, 'transform'));

/**
 * Transforms, then perhaps options.
 * @returns {{transforms: (Function|object)[], options: object}}
 */
function splitArguments(list) {
  const last = list.at(-1);
  const given = last !== null && typeof last === 'object' && !isTransform(last);
  const transforms = given ? list.slice(0, -1) : list.slice();
  if (transforms.at(-1) === undefined) transforms.pop();
  transforms.forEach((one, i) => {
    if (!isTransform(one))
      throw new ERR_INVALID_ARG_TYPE(`transforms[${i}]`, ['Function', 'Object with transform()'], one);
  });
  return { transforms, options: given ? checkOptions(last) : {} };
}

/** @param {{signal?: AbortSignal}} [options] @returns {object} */
function checkOptions(options) {
  if (options === undefined) return {};
  validateObject(options, 'options');
  if (options.signal !== undefined) validateAbortSignal(options.signal, 'options.signal');
  return options;
}

/** Runs `listener` when a signal aborts. @returns {() => void} stops listening */
function onAbort(signal, listener) {
  if (signal === undefined) return () => {};
  const heard = () => listener(signal.reason);
  signal.addEventListener('abort', heard, { once: true });
  return () => signal.removeEventListener('abort', heard);
}

/** Iterates, and stops waiting at once when the signal aborts: the source is told to end. */
async function* abortable(iterable, signal) {
  if (signal === undefined) return yield* iterable;
  signal.throwIfAborted();
  const iterator = iterable[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers();
  aborted.promise.catch(() => {});
  const stop = onAbort(signal, aborted.reject);
  let over = false;
  try {
    for (;;) {
      const { done, value } = await Promise.race([aborted.promise, iterator.next()]);
      signal.throwIfAborted();
      if (done) {
        over = true;
        return;
      }
      yield value;
      signal.throwIfAborted();
    }
  } finally {
    stop();
    const closing = over ? undefined : iterator.return?.();
    closing?.catch?.(() => {});
  }
}

module.exports = {
  abortable, asyncIterable, batchOfAsync, batchesOf, byteLength, checkOptions, flatten, from, fromSync, hasMethod,
  isAsyncIterable, isBatch, isChunk, isIterable, isThenable, markNormalized, onAbort, splitArguments, symbols, syncIterable,
  toBytes,
};
