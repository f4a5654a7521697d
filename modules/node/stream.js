'use strict';
// node:stream: npm's readable-stream (Node's streams as a library) on our buffer, events and errors, with Node 24's default
// buffer size and additions, and the bridges to web streams. What is changed within the library: modules/patches.mjs.

const Stream = require('readable-stream/lib/stream.js');

const context = require('../internal/async_context');
const ids = require('../internal/async_ids');
const {
  AbortError,
  codes: { ERR_INVALID_ARG_VALUE, ERR_STREAM_ITER_MISSING_FLAG },
} = require('../internal/errors');
const { validateAbortSignal, validateObject } = require('../internal/validators');

Stream.setDefaultHighWaterMark(false, 64 * 1024);

/** @returns {[Duplex, Duplex]} what is written to one is read from the other */
Stream.duplexPair = function duplexPair(options) {
  const side = () => {
    let pending = null; // callback of a write that the other side has not taken
    const stream = new Stream.Duplex({
      ...options,
      read() {
        const callback = pending;
        pending = null;
        callback?.();
      },
      write(chunk, encoding, callback) {
        if (chunk.length === 0) process.nextTick(callback);
        else stream.other.take(chunk, callback);
      },
      final(callback) {
        stream.other.on('end', callback);
        stream.other.push(null);
      },
    });
    stream.take = (chunk, callback) => {
      pending = callback;
      stream.push(chunk);
    };
    return stream;
  };
  const [one, two] = [side(), side()];
  for (const [stream, other] of [[one, two], [two, one]]) Object.defineProperty(stream, 'other', { value: other });
  return [one, two];
};
const { finished } = Stream;
/** Node documentation: stream.finished(stream[, options], callback). The callback runs in the context of this call. */
function finishedHere(stream, options, callback) {
  if (typeof options === 'function') [options, callback] = [undefined, options];
  if (typeof callback === 'function' && (context.inUse() || ids.hooked())) {
    callback = new (require('./async_hooks').AsyncResource)('STREAM_END_OF_STREAM').bind(callback);
  }
  return finished(stream, options, callback);
}
Object.defineProperty(finishedHere, 'name', { value: 'eos' });
Object.defineProperty(finishedHere, Symbol.for('nodejs.util.promisify.custom'), {
  enumerable: true,
  get: () => Stream.promises.finished,
});
Stream.finished = finishedHere;
// Chunks are any views of bytes.
Stream._isUint8Array = ArrayBuffer.isView;
Stream._isArrayBufferView = ArrayBuffer.isView;

const bridge = () => require('../internal/web_stream_bridge');
const { Readable, Writable, Duplex } = Stream;
Readable.fromWeb = (stream, options) => bridge().readableFromWeb(stream, options);
Readable.toWeb = (stream, options) => bridge().readableToWeb(stream, options);
Writable.fromWeb = (stream, options) => bridge().writableFromWeb(stream, options);
Writable.toWeb = (stream) => bridge().writableToWeb(stream);
Duplex.fromWeb = (pair, options) => bridge().duplexFromWeb(pair, options);
Duplex.toWeb = (stream, options) => bridge().duplexToWeb(stream, options);
Duplex.prototype.destroy = Writable.prototype.destroy; // which tells the writes that wait

/** Node documentation: writable[Symbol.asyncDispose](). Destroys what is not finished and resolves when it is closed. */
Object.defineProperty(Writable.prototype, Symbol.asyncDispose, {
  async value() {
    let error = null;
    if (!this.destroyed) {
      error = this.writableFinished ? null : new AbortError();
      this.destroy(error);
    }
    return new Promise((resolve, reject) => {
      finished(this, (failure) => (failure && failure !== error ? reject(failure) : resolve(null)));
    });
  },
  writable: true,
  enumerable: false,
  configurable: true,
});

/** Node documentation: readable.compose(stream[, options]). @returns {Duplex} */
function compose(stream, options) {
  if (options !== undefined && options !== null) validateObject(options, 'options');
  if (options?.signal !== undefined && options?.signal !== null) validateAbortSignal(options.signal, 'options.signal');
  if (typeof stream?.pipe === 'function' && Stream.isWritable(stream) === false) {
    throw new ERR_INVALID_ARG_VALUE('stream', stream, 'must be writable');
  }
  const composed = Stream.compose(this, stream);
  if (options?.signal) Stream.addAbortSignal(options.signal, composed);
  return composed;
}
Object.defineProperty(Readable.prototype, 'compose', { value: compose, writable: true, configurable: true });

/** Node documentation: Stream.toAsyncStreamable, what node:stream/iter reads a Readable by. */
Object.defineProperty(Readable.prototype, Symbol.for('Stream.toAsyncStreamable'), {
  value() {
    if (!require('../internal/cli_settings').has('--experimental-stream-iter')) throw new ERR_STREAM_ITER_MISSING_FLAG();
    return require('../internal/stream_iter/classic').streamOf(this);
  },
  writable: true,
  enumerable: false,
  configurable: true,
});

Object.defineProperty(Stream, 'promises', { configurable: true, enumerable: true, get: () => require('./stream/promises') });

module.exports = Stream;
