'use strict';
// Between node:stream and web streams, both ways, with backpressure and errors carried over.

const { AbortError, codes: { ERR_INVALID_ARG_TYPE } } = require('./errors');
const { validateObject, validateOneOf } = require('./validators');
const { isAnyArrayBuffer } = require('./types');
const Stream = require('../node/stream');

const { Duplex, Readable, Writable, destroy: destroyer, finished } = Stream;
const same = (value) => value;

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
        else readable.push(chunkFromWeb(value, readable));
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

/**
 * Node documentation: Readable.toWeb(streamReadable[, options]).
 * @param {Readable} readable
 * @param {{strategy?: object, type?: 'bytes', mapError?: (error: Error) => Error}} [options] type: for readers that bring
 *   their own buffers; mapError: what the reader gets instead
 * @returns {ReadableStream}
 */
function readableToWeb(readable, options = {}) {
  if (typeof readable?.read !== 'function' && typeof readable?.on !== 'function') {
    throw new ERR_INVALID_ARG_TYPE('streamReadable', 'stream.Readable', readable);
  }
  validateObject(options, 'options');
  const { type, mapError = same } = options;
  if (type !== undefined) validateOneOf(type, 'options.type', ['bytes', undefined]);
  if (Stream.isDestroyed(readable) || !Stream.isReadable(readable)) {
    const over = new ReadableStream(type === undefined ? {} : { type });
    over.cancel();
    return over;
  }
  const objectMode = readable.readableObjectMode;
  const highWaterMark = readable.readableHighWaterMark ?? 65536;
  let strategy;
  if (type === undefined) {
    const size = (chunk) => chunk?.byteLength ?? 1;
    strategy = options.strategy ?? (objectMode ? new CountQueuingStrategy({ highWaterMark }) : { highWaterMark, size });
  } else {
    strategy = { highWaterMark: 0 };
  }
  let controller;
  let over = false;
  readable.pause();
  readable.on('data', (chunk) => {
    if (over) return;
    controller.enqueue(chunkForWeb(chunk, objectMode, type));
    if (controller.desiredSize <= 0) readable.pause();
  });
  finished(readable, { writable: false }, (error) => {
    if (over) return;
    over = true;
    if (error?.code === 'ERR_STREAM_PREMATURE_CLOSE') error = new AbortError(undefined, { cause: error });
    // An error that nobody listens for has come to the reader.
    readable.on('error', () => {});
    if (error) return controller.error(mapError(error));
    controller.close();
    if (type !== undefined) controller.byobRequest?.respond(0);
  });
  return new ReadableStream(
    {
      type,
      start(given) {
        controller = given;
      },
      pull() {
        readable.resume();
      },
      cancel(reason) {
        over = true;
        destroyer(readable, reason);
      },
    },
    strategy,
  );
}

/** What is bytes becomes a Buffer on the same memory. */
function chunkFromWeb(chunk, readable) {
  if (readable.readableObjectMode || Buffer.isBuffer(chunk) || !(chunk instanceof Uint8Array)) return chunk;
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

/** A byte stream takes its chunks' memory: it gets copies, since that of Buffers is shared. */
function chunkForWeb(chunk, objectMode, type) {
  if (type !== undefined) return new Uint8Array(chunk);
  if (!Buffer.isBuffer(chunk) || objectMode) return chunk;
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
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

/**
 * Node documentation: Writable.toWeb(streamWritable).
 * @param {Writable} writable
 * @param {{checkChunk?: (chunk: any) => void, mapError?: (error: Error) => Error}} [options] checkChunk throws for what is
 *   no chunk
 * @returns {WritableStream}
 */
function writableToWeb(writable, { checkChunk = same, mapError = same } = {}) {
  if (typeof writable?.write !== 'function') {
    throw new ERR_INVALID_ARG_TYPE('streamWritable', 'stream.Writable', writable);
  }
  if (Stream.isDestroyed(writable) || !Stream.isWritable(writable)) {
    const over = new WritableStream();
    over.close();
    return over;
  }
  const highWaterMark = writable.writableHighWaterMark ?? 65536;
  const objectMode = writable.writableObjectMode;
  const size = (chunk) => chunk?.byteLength ?? chunk?.length ?? 1;
  let controller;
  let drained = null;
  let ended = null;
  finished(writable, { readable: false }, (error) => {
    if (error?.code === 'ERR_STREAM_PREMATURE_CLOSE') error = new AbortError(undefined, { cause: error });
    if (error) {
      error = mapError(error);
      // As above.
      writable.on('error', () => {});
      drained?.reject(error);
      ended?.reject(error);
      controller.error(error);
    } else if (ended !== null) {
      ended.resolve();
    } else {
      controller.error(new AbortError());
    }
    drained = null;
  });
  writable.on('drain', () => {
    drained?.resolve();
    drained = null;
  });
  return new WritableStream(
    {
      start(given) {
        controller = given;
      },
      write(chunk) {
        try {
          checkChunk(chunk);
          if (!objectMode && isAnyArrayBuffer(chunk)) chunk = Buffer.from(chunk);
          if (writable.write(chunk)) return undefined;
        } catch (error) {
          destroyer(writable, error);
          throw error;
        }
        drained ??= Promise.withResolvers();
        return drained.promise;
      },
      abort(reason) {
        destroyer(writable, reason);
      },
      close() {
        if (writable.writableFinished) return undefined;
        ended = Promise.withResolvers();
        writable.end();
        return ended.promise;
      },
    },
    objectMode ? { highWaterMark } : { highWaterMark, size },
  );
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
        else duplex.push(chunkFromWeb(value, duplex));
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

/**
 * Node documentation: stream.Duplex.toWeb(streamDuplex[, options]).
 * @param {Duplex} stream
 * @param {{readableType?: 'bytes', type?: 'bytes', checkChunk?: Function, mapError?: Function}} [options]
 * @returns {{readable: ReadableStream, writable: WritableStream}}
 */
function duplexToWeb(stream, options = {}) {
  validateObject(options, 'options');
  const writable = writableToWeb(stream, options);
  const type = options.readableType ?? options.type;
  return { readable: readableToWeb(stream, { type, mapError: options.mapError }), writable };
}

module.exports = { duplexFromWeb, duplexToWeb, readableFromWeb, readableToWeb, writableFromWeb, writableToWeb };
