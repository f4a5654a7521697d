'use strict';
// Between node:stream and web streams, both ways, with backpressure and errors carried over.

const { AbortError, codes: { ERR_INVALID_ARG_TYPE } } = require('./errors');
const { Duplex, Readable, Writable, finished } = require('../node/stream');

const isReadableStream = (value) => typeof value?.getReader === 'function';
const isWritableStream = (value) => typeof value?.getWriter === 'function';

/** @param {ReadableStream} stream @returns {Readable} */
function readableFromWeb(stream, options = {}) {
  if (!isReadableStream(stream)) throw new ERR_INVALID_ARG_TYPE('readableStream', 'ReadableStream', stream);
  const reader = stream.getReader();
  let closed = false;
  const readable = new Readable({
    ...options,
    read() {
      reader.read().then(({ done, value }) => {
        if (done) readable.push(null);
        else readable.push(typeof value === 'string' || readable.readableObjectMode ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      }, (error) => readable.destroy(error));
    },
    destroy(error, callback) {
      const end = () => callback(error);
      if (closed) end();
      else reader.cancel(error).then(end, end);
    },
  });
  reader.closed.then(() => { closed = true; }, (error) => {
    closed = true;
    readable.destroy(error);
  });
  return readable;
}

/** @param {Readable} readable @returns {ReadableStream} */
function readableToWeb(readable, options = {}) {
  if (typeof readable?.read !== 'function' && typeof readable?.on !== 'function') throw new ERR_INVALID_ARG_TYPE('streamReadable', 'stream.Readable', readable);
  const objectMode = readable.readableObjectMode;
  const highWaterMark = readable.readableHighWaterMark ?? 65536;
  const strategy = options.strategy ?? (objectMode ? new CountQueuingStrategy({ highWaterMark }) : { highWaterMark, size: (chunk) => chunk?.byteLength ?? 1 });
  let controller;
  let over = false;
  readable.pause();
  readable.on('data', (chunk) => {
    if (over) return;
    controller.enqueue(Buffer.isBuffer(chunk) && !objectMode ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength) : chunk);
    if (controller.desiredSize <= 0) readable.pause();
  });
  finished(readable, { writable: false }, (error) => {
    if (over) return;
    over = true;
    if (error?.code === 'ERR_STREAM_PREMATURE_CLOSE') error = new AbortError(undefined, { cause: error });
    if (error) controller.error(error);
    else controller.close();
  });
  return new ReadableStream({
    start(given) { controller = given; },
    pull() { readable.resume(); },
    cancel(reason) {
      over = true;
      readable.destroy(reason);
    },
  }, strategy);
}

/** @param {WritableStream} stream @returns {Writable} */
function writableFromWeb(stream, options = {}) {
  if (!isWritableStream(stream)) throw new ERR_INVALID_ARG_TYPE('writableStream', 'WritableStream', stream);
  const writer = stream.getWriter();
  let closed = false;
  const writable = new Writable({
    ...options,
    write(chunk, encoding, callback) {
      writer.ready.then(() => writer.write(chunk)).then(() => callback(), callback);
    },
    final(callback) {
      writer.close().then(() => {
        closed = true;
        callback();
      }, callback);
    },
    destroy(error, callback) {
      const end = () => callback(error);
      if (closed) end();
      else if (error) writer.abort(error).then(end, end);
      else writer.close().then(end, end);
    },
  });
  writer.closed.then(() => { closed = true; }, (error) => {
    closed = true;
    writable.destroy(error);
  });
  return writable;
}

/** @param {Writable} writable @returns {WritableStream} */
function writableToWeb(writable) {
  if (typeof writable?.write !== 'function') throw new ERR_INVALID_ARG_TYPE('streamWritable', 'stream.Writable', writable);
  const highWaterMark = writable.writableHighWaterMark ?? 65536;
  const strategy = writable.writableObjectMode ? { highWaterMark } : { highWaterMark, size: (chunk) => chunk?.byteLength ?? chunk?.length ?? 1 };
  let controller;
  let drained = null;
  let ended = null;
  let over = false;
  finished(writable, { readable: false }, (error) => {
    over = true;
    if (error) {
      controller?.error(error);
      drained?.reject(error);
      ended?.reject(error);
    } else {
      ended?.resolve();
      if (ended === null) controller?.error(new AbortError());
    }
  });
  const deferred = () => {
    const out = {};
    out.promise = new Promise((resolve, reject) => Object.assign(out, { resolve, reject }));
    return out;
  };
  writable.on('drain', () => {
    drained?.resolve();
    drained = null;
  });
  return new WritableStream({
    start(given) { controller = given; },
    write(chunk) {
      if (writable.write(chunk instanceof ArrayBuffer ? new Uint8Array(chunk) : chunk)) return undefined;
      drained ??= deferred();
      return drained.promise;
    },
    abort(reason) { writable.destroy(reason); },
    close() {
      if (over) return undefined;
      ended = deferred();
      writable.end();
      return ended.promise;
    },
  }, strategy);
}

/** @param {{readable: ReadableStream, writable: WritableStream}} pair @returns {Duplex} */
function duplexFromWeb(pair, options = {}) {
  const reader = pair.readable.getReader();
  const writer = pair.writable.getWriter();
  const duplex = new Duplex({
    ...options,
    read() {
      reader.read().then(({ done, value }) => {
        if (done) duplex.push(null);
        else duplex.push(typeof value === 'string' || duplex.readableObjectMode ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      }, (error) => duplex.destroy(error));
    },
    write(chunk, encoding, callback) { writer.ready.then(() => writer.write(chunk)).then(() => callback(), callback); },
    final(callback) { writer.close().then(() => callback(), callback); },
    destroy(error, callback) {
      const quiet = () => {};
      Promise.all([writer.abort(error).catch(quiet), reader.cancel(error).catch(quiet)]).then(() => callback(error));
    },
  });
  return duplex;
}

const duplexToWeb = (stream) => ({ readable: readableToWeb(stream), writable: writableToWeb(stream) });

module.exports = { duplexFromWeb, duplexToWeb, readableFromWeb, readableToWeb, writableFromWeb, writableToWeb };
