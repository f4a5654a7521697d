'use strict';
// CompressionStream and DecompressionStream (Compression Standard) on node:zlib.
// https://nodejs.org/docs/latest-v24.x/api/webstreams.html#class-compressionstream

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE },
} = require('../internal/errors');
const { defineInspect } = require('./stream_hooks');

const isShared = (buffer) => Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';

/** Chunks are BufferSources, bytes that nobody else can change meanwhile, or, as on Node, text. */
function checkChunk(chunk) {
  if (typeof chunk === 'string') return;
  const good = ArrayBuffer.isView(chunk)
    ? !isShared(chunk.buffer)
    : Object.prototype.toString.call(chunk) === '[object ArrayBuffer]';
  if (!good && chunk !== null) {
    throw new ERR_INVALID_ARG_TYPE('chunk', ['Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], chunk);
  }
}

/** What does not decompress is a TypeError, whatever zlib calls it. */
function typeError(error) {
  if (error instanceof TypeError || !(error instanceof Error) || error.code === 'ABORT_ERR') return error;
  return Object.assign(new TypeError(error.message, { cause: error }), { code: error.code });
}

function compressionClass(name, makers) {
  const Class = {
    [name]: class {
      #pair;
      /** @param {'deflate'|'deflate-raw'|'gzip'|'brotli'} format */
      constructor(format) {
        const make = Object.hasOwn(makers, `${format}`) ? makers[`${format}`] : undefined;
        if (make === undefined) {
          const problem = `1st argument '${format}' is not a valid enum value of type CompressionFormat.`;
          const error = new TypeError(`Failed to construct '${name}': ${problem}`);
          throw Object.assign(error, { code: new ERR_INVALID_ARG_VALUE('format', format).code });
        }
        const stream = make(require('../node/zlib'));
        this.#pair = require('../internal/web_stream_bridge').duplexToWeb(stream, { checkChunk, mapError: typeError });
      }
      get readable() {
        return this.#pair.readable;
      }
      get writable() {
        return this.#pair.writable;
      }
    },
  }[name];
  for (const property of ['readable', 'writable']) {
    Object.defineProperty(Class.prototype, property, { enumerable: true });
  }
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: name, configurable: true });
  defineInspect(Class, ({ readable, writable }) => ({ readable, writable }));
  return Class;
}

const CompressionStream = compressionClass('CompressionStream', {
  'deflate': (zlib) => zlib.createDeflate(),
  'deflate-raw': (zlib) => zlib.createDeflateRaw(),
  'gzip': (zlib) => zlib.createGzip(),
  'brotli': (zlib) => zlib.createBrotliCompress(),
});
// Whatever follows the end of the data is an error.
const strict = { rejectGarbageAfterEnd: true };
const DecompressionStream = compressionClass('DecompressionStream', {
  'deflate': (zlib) => zlib.createInflate(strict),
  'deflate-raw': (zlib) => zlib.createInflateRaw(strict),
  'gzip': (zlib) => zlib.createGunzip(strict),
  'brotli': (zlib) => zlib.createBrotliDecompress(strict),
});

module.exports = { CompressionStream, DecompressionStream };
