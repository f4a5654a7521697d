'use strict';
// node:stream: npm's readable-stream (Node's streams as a library) on our buffer, events and errors, with Node 22's default
// buffer size and the bridges to web streams.

const Stream = require('readable-stream/lib/stream.js');

const context = require('../internal/async_context');
const ids = require('../internal/async_ids');

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
Stream.finished = finishedHere;
Stream._isArrayBufferView = ArrayBuffer.isView;

const bridge = () => require('../internal/web_stream_bridge');
const { Readable, Writable, Duplex } = Stream;
Readable.fromWeb = (stream, options) => bridge().readableFromWeb(stream, options);
Readable.toWeb = (stream, options) => bridge().readableToWeb(stream, options);
Writable.fromWeb = (stream, options) => bridge().writableFromWeb(stream, options);
Writable.toWeb = (stream) => bridge().writableToWeb(stream);
Duplex.fromWeb = (pair, options) => bridge().duplexFromWeb(pair, options);
Duplex.toWeb = (stream) => bridge().duplexToWeb(stream);

Object.defineProperty(Stream, 'promises', { configurable: true, enumerable: true, get: () => require('./stream/promises') });

module.exports = Stream;
