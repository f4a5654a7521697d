'use strict';
// Between node:stream and node:stream/iter. The classes of node:stream are given by the face (node/stream/iter.js).

const {
  AbortError,
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_STATE },
} = require('../errors');
const { validateInteger, validateObject, validateOneOf } = require('../validators');
const {
  byteLength, checkOptions, flatten, from, fromSync, hasMethod, isAsyncIterable, isChunk, isIterable, markNormalized,
  onAbort, symbols, toBytes,
} = require('./bytes');

const READS = 16; // chunks of one batch

const sources = new WeakMap();
const writers = new WeakMap(); // stream -> policy -> writer

/** What has come, as batches. */
async function* batchesOfReadable(readable) {
  let wake = Promise.withResolvers();
  let over;
  const listeners = {
    readable: () => wake.resolve(),
    end: () => ((over ??= {}), wake.resolve()),
    error: (error) => ((over ??= { error }), wake.resolve()),
    close: () => ((over ??= readable.readableEnded === false ? { error: new AbortError() } : {}), wake.resolve()),
  };
  for (const [name, listener] of Object.entries(listeners)) readable.on(name, listener);
  try {
    for (;;) {
      const batch = [];
      // A source that always has more would fill a batch for ever.
      for (let chunk; batch.length < READS && (chunk = readable.read() ?? null) !== null; ) {
        if (typeof chunk === 'string') batch.push(Buffer.from(chunk, readable.readableEncoding ?? 'utf8'));
        else batch.push(...(isChunk(chunk) ? [toBytes(chunk)] : flatten(chunk)));
      }
      if (batch.length > 0) yield batch;
      else if (over !== undefined && 'error' in over) throw over.error;
      else if (readable.errored) throw readable.errored;
      else if (over !== undefined || readable.readableEnded || readable.destroyed) return;
      else {
        await wake.promise;
        wake = Promise.withResolvers();
      }
    }
  } finally {
    for (const [name, listener] of Object.entries(listeners)) readable.off(name, listener);
    if (!readable.destroyed) {
      readable.on('error', () => {});
      readable.destroy?.();
    }
  }
}

/** stream.Readable.prototype[toAsyncStreamable]. @returns {AsyncIterable<Uint8Array[]> & {stream: object}} */
function streamOf(readable) {
  const iterator = batchesOfReadable(readable);
  return markNormalized({ stream: readable, [Symbol.asyncIterator]: () => iterator });
}

/** Node documentation: fromReadable(readable). @returns {AsyncIterable<Uint8Array[]>} */
function fromReadable(readable) {
  if (readable === null || typeof readable !== 'object')
    throw new ERR_INVALID_ARG_TYPE('readable', 'Readable', readable);
  const known = sources.get(readable);
  if (known !== undefined) return known;
  const own = hasMethod(readable, symbols.toAsyncStreamable);
  if (!own && !['read', 'on', 'off'].every((name) => hasMethod(readable, name))) {
    throw new ERR_INVALID_ARG_TYPE('readable', 'Readable', readable);
  }
  const source = own ? readable[symbols.toAsyncStreamable]() : streamOf(readable);
  sources.set(readable, source);
  return source;
}

function checkedBytes(chunk) {
  if (!isChunk(chunk)) throw new ERR_INVALID_ARG_TYPE('chunk', ['string', 'Uint8Array'], chunk);
  return toBytes(chunk);
}

/** A classic Writable as a Writer. */
class ClassicWriter {
  #stream;
  #policy;
  #total = 0;
  #drain = null;
  #waiting = 0;
  #error = undefined;
  #ending = null;

  constructor(stream, policy) {
    this.#stream = stream;
    this.#policy = policy;
    stream.on('drain', () => this.#wake(true));
    stream.on('error', (error) => {
      this.#error ??= { error };
      this.#wake(false);
    });
    stream.on('close', () => this.#wake(false));
  }

  #wake(value) {
    this.#drain?.resolve(value);
    this.#drain = null;
  }
  get #isOpen() {
    const stream = this.#stream;
    if (this.#ending !== null || this.#error !== undefined) return false;
    return !stream.destroyed && !stream.writableEnded && stream.writable !== false;
  }
  get #isFull() {
    const { writableLength = 0, writableHighWaterMark = 16384, writableNeedDrain } = this.#stream;
    return writableNeedDrain ?? writableLength >= writableHighWaterMark;
  }
  get canWrite() {
    return this.#isOpen ? !this.#isFull : null;
  }

  async #write(list) {
    const chunks = list.map(checkedBytes);
    if (!this.#isOpen)
      throw this.#error?.error ?? this.#stream.errored ?? new ERR_INVALID_STATE.TypeError('Writer is closed');
    while (this.#isFull) {
      if (this.#policy === 'drop-newest') return;
      if (this.#policy === 'strict') throw new ERR_INVALID_STATE.RangeError('Backpressure violation: buffer is full');
      this.#waiting++;
      const drain = (this.#drain ??= Promise.withResolvers());
      await drain.promise.finally(() => this.#waiting--);
      if (!this.#isOpen) throw this.#error?.error ?? new ERR_INVALID_STATE.TypeError('Writer is closed');
    }
    const stream = this.#stream;
    if (chunks.length > 1) stream.cork?.();
    let full = false;
    for (const chunk of chunks) full = stream.write(chunk) === false;
    if (chunks.length > 1) stream.uncork?.();
    this.#total += byteLength(chunks);
    if (full && this.#policy === 'unbounded') {
      const drain = (this.#drain ??= Promise.withResolvers());
      if (!this.#isFull) this.#wake(true);
      await drain.promise;
      if (this.#error !== undefined) throw this.#error.error;
    }
  }

  write(chunk, options = undefined) {
    checkOptions(options);
    return this.#write([chunk]);
  }
  writev(chunks, options = undefined) {
    checkOptions(options);
    if (!Array.isArray(chunks)) throw new ERR_INVALID_ARG_TYPE('chunks', 'Array', chunks);
    return this.#write(chunks.map(checkedBytes));
  }
  writeSync() {
    return false;
  }
  writevSync() {
    return false;
  }
  endSync() {
    return -1;
  }
  end(options = undefined) {
    checkOptions(options);
    if (this.#error !== undefined) return Promise.reject(this.#error.error);
    this.#ending ??= new Promise((resolve, reject) => {
      const stream = this.#stream;
      if (stream.writableFinished) return resolve(this.#total);
      if (stream.destroyed) return reject(stream.errored ?? new ERR_INVALID_STATE.TypeError('Writable is destroyed'));
      stream.on('error', reject);
      stream.on('finish', () => resolve(this.#total));
      stream.on('close', () => (stream.writableFinished === false ? reject(new AbortError()) : resolve(this.#total)));
      if (!stream.writableEnded) stream.end();
    });
    return this.#ending;
  }
  fail(reason) {
    if (this.#error !== undefined) return;
    this.#error = { error: reason ?? new ERR_INVALID_STATE.TypeError('Failed') };
    this.#stream.destroy?.(this.#error.error);
    this.#wake(false);
  }
  [symbols.drainableProtocol]() {
    if (!this.#isOpen) return null;
    if (!this.#isFull) return Promise.resolve(true);
    return (this.#drain ??= Promise.withResolvers()).promise;
  }
  [Symbol.dispose]() {
    this.fail(new AbortError());
  }
  async [Symbol.asyncDispose]() {
    this.fail(new AbortError());
  }
}

/** Node documentation: fromWritable(writable[, options]). @returns {ClassicWriter} */
function fromWritable(writable, options = {}) {
  if (!hasMethod(writable, 'write') || !hasMethod(writable, 'on'))
    throw new ERR_INVALID_ARG_TYPE('writable', 'Writable', writable);
  validateObject(options, 'options');
  const { backpressure = 'strict' } = options;
  validateOneOf(backpressure, 'options.backpressure', ['strict', 'unbounded', 'drop-newest']);
  if (writable.writableObjectMode) throw new ERR_INVALID_STATE('Cannot create a Writer from an object-mode Writable');
  if (!writers.has(writable)) writers.set(writable, new Map());
  const known = writers.get(writable);
  if (!known.has(backpressure)) known.set(backpressure, new ClassicWriter(writable, backpressure));
  return known.get(backpressure);
}

function checkReadableOptions(options) {
  const { highWaterMark = 65536, signal } = checkOptions(options);
  validateInteger(highWaterMark, 'options.highWaterMark', 0);
  return { highWaterMark, signal };
}

/** Node documentation: toReadable(source[, options]). @param {typeof import('stream').Readable} Readable */
function toReadable(Readable, source, options = undefined) {
  if (!isAsyncIterable(source)) throw new ERR_INVALID_ARG_TYPE('source', 'AsyncIterable', source);
  const { highWaterMark, signal } = checkReadableOptions(options);
  const iterator = from(source)[Symbol.asyncIterator]();
  let left = [];
  let reading = false;
  let over = false;
  const readable = new Readable({
    highWaterMark,
    async read() {
      if (reading) return;
      reading = true;
      try {
        for (;;) {
          while (left.length > 0) if (!readable.push(left.shift())) return;
          if (readable.destroyed) return;
          const { done, value } = await iterator.next();
          if (done) {
            over = true;
            readable.push(null);
            return;
          }
          left = [...value];
        }
      } catch (error) {
        over = true;
        readable.destroy(error);
      } finally {
        reading = false;
      }
    },
    destroy(error, callback) {
      stop();
      if (over) return callback(error);
      over = true;
      Promise.resolve(iterator.return?.()).then(() => callback(error), (failure) => callback(error ?? failure));
    },
  });
  const abort = (reason) => readable.destroy(new AbortError(undefined, { cause: reason }));
  const stop = onAbort(signal, abort);
  if (signal?.aborted) abort(signal.reason);
  return readable;
}

/** Node documentation: toReadableSync(source[, options]). @param {typeof import('stream').Readable} Readable */
function toReadableSync(Readable, source, options = undefined) {
  if (!isIterable(source)) throw new ERR_INVALID_ARG_TYPE('source', 'Iterable', source);
  const { highWaterMark } = checkReadableOptions(options);
  const iterator = fromSync(source)[Symbol.iterator]();
  let left = [];
  return new Readable({
    highWaterMark,
    read() {
      for (;;) {
        while (left.length > 0) if (!this.push(left.shift())) return;
        const { done, value } = iterator.next();
        if (done) return void this.push(null);
        left = [...value];
      }
    },
    destroy(error, callback) {
      try {
        iterator.return?.();
        callback(error);
      } catch (failure) {
        callback(error ?? failure);
      }
    },
  });
}

/** Node documentation: toWritable(writer). @param {typeof import('stream').Writable} Writable */
function toWritable(Writable, writer) {
  if (!hasMethod(writer, 'write')) throw new ERR_INVALID_ARG_TYPE('writer', 'Writer', writer);
  /** The synchronous way where it is accepted, else the other. */
  const attempt = (now, later, callback) => {
    try {
      if (now()) return queueMicrotask(callback);
      Promise.resolve(later()).then(() => callback(), callback);
    } catch (error) {
      queueMicrotask(() => callback(error));
    }
  };
  const write = (chunk, callback) => {
    const now = () => hasMethod(writer, 'writeSync') && writer.writeSync(chunk) !== false;
    attempt(now, () => writer.write(chunk), callback);
  };
  const writable = new Writable({
    highWaterMark: Number.MAX_SAFE_INTEGER,
    write: (chunk, encoding, callback) => write(chunk, callback),
    writev: hasMethod(writer, 'writev') || hasMethod(writer, 'writevSync') ? (entries, callback) => {
      const chunks = entries.map(({ chunk }) => chunk);
      const each = async () => {
        for (const chunk of chunks) await writer.write(chunk);
      };
      attempt(() => hasMethod(writer, 'writevSync') && writer.writevSync(chunks) !== false,
        () => (hasMethod(writer, 'writev') ? writer.writev(chunks) : each()), callback);
    } : undefined,
    final(callback) {
      attempt(() => (hasMethod(writer, 'endSync') ? writer.endSync() >= 0 : !hasMethod(writer, 'end')),
        () => (hasMethod(writer, 'end') ? writer.end() : undefined), callback);
    },
    destroy(error, callback) {
      if (error && hasMethod(writer, 'fail')) writer.fail(error);
      callback(error);
    },
  });
  // The writer's errors come to the callbacks, as on Node.
  return writable.on('error', () => {});
}

module.exports = { fromReadable, fromWritable, streamOf, toReadable, toReadableSync, toWritable };
