'use strict';
// Consumers and utilities of node:stream/iter.

const {
  codes: { ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE },
} = require('../errors');
const { isSharedArrayBuffer } = require('../types');
const { validateFunction, validateInteger, validateString } = require('../validators');
const {
  abortable, asyncIterable, checkOptions, from, fromSync, hasMethod, isChunk, onAbort, symbols,
} = require('./bytes');

function checkConsumer(options) {
  options = checkOptions(options);
  if (options.limit !== undefined) validateInteger(options.limit, 'options.limit', 0);
  return options;
}

/** @returns {(batch: Uint8Array[]) => void} gathers into `chunks` */
function gather(chunks, limit = Infinity) {
  let total = 0;
  return (batch) => {
    for (const chunk of batch) {
      total += chunk.byteLength;
      if (total > limit) throw new ERR_OUT_OF_RANGE('totalBytes', `<= ${limit}`, total);
      chunks.push(chunk);
    }
  };
}

async function collect(source, options) {
  const chunks = [];
  const add = gather(chunks, options.limit);
  for await (const batch of abortable(from(source), options.signal)) add(batch);
  return chunks;
}
function collectSync(source, options) {
  const chunks = [];
  const add = gather(chunks, options.limit);
  for (const batch of fromSync(source)) add(batch);
  return chunks;
}

/** A single chunk is given as it is. */
function join(chunks) {
  if (chunks.length === 1) return isSharedArrayBuffer(chunks[0].buffer) ? new Uint8Array(chunks[0]) : chunks[0];
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.byteLength;
  }
  return out;
}

function bufferOf(chunks) {
  const bytes = join(chunks);
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteOffset === 0 && byteLength === buffer.byteLength) return buffer;
  return buffer.slice(byteOffset, byteOffset + byteLength);
}

function checkText(options) {
  options = checkConsumer(options);
  const { encoding = 'utf-8' } = options;
  validateString(encoding, 'options.encoding');
  try {
    return { options, decoder: new TextDecoder(encoding, { fatal: true }) };
  } catch {
    throw new ERR_INVALID_ARG_VALUE.RangeError('options.encoding', encoding);
  }
}

function decode(chunks, decoder) {
  let out = '';
  for (const chunk of chunks) out += decoder.decode(chunk, { stream: true });
  return out + decoder.decode();
}

/** Node documentation: array(source[, options]). @returns {Promise<Uint8Array[]>} */
const array = async (source, options) => collect(source, checkConsumer(options));
const arraySync = (source, options) => collectSync(source, checkConsumer(options));
/** @returns {Promise<Uint8Array>} */
const bytes = async (source, options) => join(await collect(source, checkConsumer(options)));
const bytesSync = (source, options) => join(collectSync(source, checkConsumer(options)));
/** @returns {Promise<ArrayBuffer>} */
const arrayBuffer = async (source, options) => bufferOf(await collect(source, checkConsumer(options)));
const arrayBufferSync = (source, options) => bufferOf(collectSync(source, checkConsumer(options)));
/** @returns {Promise<string>} */
async function text(source, given) {
  const { options, decoder } = checkText(given);
  return decode(await collect(source, options), decoder);
}
function textSync(source, given) {
  const { options, decoder } = checkText(given);
  return decode(collectSync(source, options), decoder);
}

/** Node documentation: merge(...sources[, options]). Batches in the order in which they come. */
function merge(...list) {
  const last = list.at(-1);
  const methods = [Symbol.iterator, Symbol.asyncIterator, symbols.toStreamable, symbols.toAsyncStreamable];
  const isSource = (value) => isChunk(value) || methods.some((name) => hasMethod(value, name));
  const given = list.length > 0 && last !== null && typeof last === 'object' && !isSource(last);
  const options = given ? checkOptions(last) : {};
  const sources = (given ? list.slice(0, -1) : list).map((one) => from(one));
  return asyncIterable(() => merged(sources, options.signal));
}

function suppress(error, suppressed) {
  return new SuppressedError(error, suppressed, 'An error was suppressed during cleanup');
}

async function* merged(sources, signal) {
  signal?.throwIfAborted();
  const iterators = new Map();
  const ready = [];
  let wake = Promise.withResolvers();
  const advance = (iterator) => {
    const add = (entry) => {
      ready.push(entry);
      wake.resolve();
    };
    iterator.next().then((result) => add({ iterator, ...result }), (error) => add({ iterator, error, failed: true }));
  };
  for (const source of sources) {
    const iterator = source[Symbol.asyncIterator]();
    iterators.set(iterator, true);
    advance(iterator);
  }
  let failure;
  const stop = onAbort(signal, (error) => {
    failure = { error, waits: false };
    wake.promise.catch(() => {});
    wake.reject(error);
  });
  try {
    while (iterators.size > 0) {
      while (ready.length > 0) {
        const { iterator, done, value, failed, error } = ready.shift();
        if (done || failed) iterators.delete(iterator);
        if (failed) throw error;
        if (done) continue;
        yield value;
        signal?.throwIfAborted();
        advance(iterator);
      }
      if (iterators.size === 0) return;
      await wake.promise;
      wake = Promise.withResolvers();
    }
  } catch (error) {
    failure ??= { error, waits: true };
    throw error;
  } finally {
    stop();
    const closings = Array.from(iterators.keys(), (iterator) => iterator.return?.());
    // A source that is asked to end while it waits may never answer.
    const settled = failure?.waits === false ? [] : await Promise.allSettled(closings);
    const bad = settled.find(({ status }) => status === 'rejected');
    // eslint-disable-next-line no-unsafe-finally
    if (bad !== undefined) throw failure === undefined ? bad.reason : suppress(failure.error, bad.reason);
  }
}

/** Node documentation: tap(callback). @returns {Function} a transform that changes nothing */
function tap(callback) {
  validateFunction(callback, 'callback');
  return async (chunks, options) => {
    await callback(chunks, options);
    return chunks;
  };
}
function tapSync(callback) {
  validateFunction(callback, 'callback');
  return (chunks) => {
    callback(chunks);
    return chunks;
  };
}

/** Node documentation: ondrain(drainable). @returns {Promise<boolean> | null} */
function ondrain(drainable) {
  if (typeof drainable !== 'object' || !hasMethod(drainable, symbols.drainableProtocol)) return null;
  return drainable[symbols.drainableProtocol]();
}

module.exports = {
  array, arrayBuffer, arrayBufferSync, arraySync, bytes, bytesSync, merge, ondrain, tap, tapSync, text, textSync,
};
