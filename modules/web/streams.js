'use strict';
// The web streams (npm: web-streams-polyfill), with what it lacks: TextEncoderStream, TextDecoderStream, ReadableStream.from,
// and the compression streams on node:zlib.

const streams = require('web-streams-polyfill');
const { codes: { ERR_INVALID_ARG_VALUE } } = require('../internal/errors');

const { TransformStream } = streams;

class TextEncoderStream {
  #transform;
  constructor() {
    const { TextEncoder } = require('./encoding');
    const encoder = new TextEncoder();
    let high = ''; // a high surrogate whose other half is in the next chunk
    this.#transform = new TransformStream({
      transform(chunk, controller) {
        let text = high + `${chunk}`;
        high = '';
        const last = text.charCodeAt(text.length - 1);
        if (last >= 0xd800 && last <= 0xdbff) {
          high = text.slice(-1);
          text = text.slice(0, -1);
        }
        if (text.length > 0) controller.enqueue(encoder.encode(text));
      },
      flush(controller) { if (high) controller.enqueue(new Uint8Array([0xef, 0xbf, 0xbd])); },
    });
  }
  get encoding() { return 'utf-8'; }
  get readable() { return this.#transform.readable; }
  get writable() { return this.#transform.writable; }
}

class TextDecoderStream {
  #decoder;
  #transform;
  constructor(encoding = 'utf-8', options = undefined) {
    const { TextDecoder } = require('./encoding');
    const decoder = this.#decoder = new TextDecoder(encoding, options);
    this.#transform = new TransformStream({
      transform(chunk, controller) {
        const text = decoder.decode(chunk, { stream: true });
        if (text.length > 0) controller.enqueue(text);
      },
      flush(controller) {
        const text = decoder.decode();
        if (text.length > 0) controller.enqueue(text);
      },
    });
  }
  get encoding() { return this.#decoder.encoding; }
  get fatal() { return this.#decoder.fatal; }
  get ignoreBOM() { return this.#decoder.ignoreBOM; }
  get readable() { return this.#transform.readable; }
  get writable() { return this.#transform.writable; }
}

function compressionClass(name, makers) {
  const Class = { [name]: class {
    #pair;
    constructor(format) {
      const make = makers[`${format}`];
      if (make === undefined) throw new ERR_INVALID_ARG_VALUE('format', format, `must be one of: ${Object.keys(makers).map((one) => `'${one}'`).join(', ')}`);
      this.#pair = require('../internal/web_stream_bridge').duplexToWeb(make(require('../node/zlib')));
    }
    get readable() { return this.#pair.readable; }
    get writable() { return this.#pair.writable; }
  } }[name];
  return Class;
}
const CompressionStream = compressionClass('CompressionStream', {
  'deflate': (zlib) => zlib.createDeflate(),
  'deflate-raw': (zlib) => zlib.createDeflateRaw(),
  'gzip': (zlib) => zlib.createGzip(),
  'brotli': (zlib) => zlib.createBrotliCompress(),
});
// Whatever follows the end of the data is an error (Compression Standard).
const strict = { rejectGarbageAfterEnd: true };
const DecompressionStream = compressionClass('DecompressionStream', {
  'deflate': (zlib) => zlib.createInflate(strict),
  'deflate-raw': (zlib) => zlib.createInflateRaw(strict),
  'gzip': (zlib) => zlib.createGunzip(strict),
  'brotli': (zlib) => zlib.createBrotliDecompress(strict),
});

for (const Class of [TextEncoderStream, TextDecoderStream, CompressionStream, DecompressionStream]) {
  for (const name of Object.getOwnPropertyNames(Class.prototype)) {
    if (name !== 'constructor') Object.defineProperty(Class.prototype, name, { enumerable: true });
  }
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}

const names = ['ReadableStream', 'ReadableStreamDefaultReader', 'ReadableStreamBYOBReader', 'ReadableStreamBYOBRequest', 'ReadableByteStreamController',
  'ReadableStreamDefaultController', 'TransformStream', 'TransformStreamDefaultController', 'WritableStream', 'WritableStreamDefaultController',
  'WritableStreamDefaultWriter', 'ByteLengthQueuingStrategy', 'CountQueuingStrategy'];
module.exports = { CompressionStream, DecompressionStream, TextDecoderStream, TextEncoderStream };
for (const name of names) module.exports[name] = streams[name];
require('./transfer_streams').registerStreams(streams);
