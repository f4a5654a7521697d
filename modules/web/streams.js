'use strict';
// The web streams (npm: web-streams-polyfill), with what it lacks: TextEncoderStream, TextDecoderStream, the compression
// streams, and what Node adds (stream_hooks.js).

const streams = require('web-streams-polyfill');
const { codes: { ERR_INVALID_ARG_TYPE } } = require('../internal/errors');
const { defineInspect, defineInspects, hookStreams } = require('./stream_hooks');

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
        if (chunk === undefined) throw new ERR_INVALID_ARG_TYPE('chunk', ['ArrayBuffer', 'ArrayBufferView'], chunk);
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

for (const Class of [TextEncoderStream, TextDecoderStream]) {
  const names = Object.getOwnPropertyNames(Class.prototype).filter((name) => name !== 'constructor');
  for (const name of names) Object.defineProperty(Class.prototype, name, { enumerable: true });
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
  defineInspect(Class, (stream) => Object.fromEntries(names.map((name) => [name, stream[name]])));
}

const names = ['ReadableStream', 'ReadableStreamDefaultReader', 'ReadableStreamBYOBReader', 'ReadableStreamBYOBRequest', 'ReadableByteStreamController',
  'ReadableStreamDefaultController', 'TransformStream', 'TransformStreamDefaultController', 'WritableStream', 'WritableStreamDefaultController',
  'WritableStreamDefaultWriter', 'ByteLengthQueuingStrategy', 'CountQueuingStrategy'];
module.exports = {
  get CompressionStream() { return require('./compression_streams').CompressionStream; },
  get DecompressionStream() { return require('./compression_streams').DecompressionStream; },
  TextDecoderStream,
  TextEncoderStream,
};
hookStreams(streams);
defineInspects(streams);
for (const name of names) module.exports[name] = streams[name];
require('./transfer_streams').registerStreams(streams);
