'use strict';
// node:stream/consumers: all of a stream (Node's, web, or any async iterable) as one value.

const { StringDecoder } = require('../string_decoder');
const {
  codes: { ERR_INVALID_ARG_TYPE },
} = require('../../internal/errors');
const { isAnyArrayBuffer } = require('../../internal/types');

/** @returns {Promise<Buffer>} */
async function buffer(stream) {
  const { Buffer } = require('../buffer');
  const chunks = [];
  for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : bytes(chunk));
  return Buffer.concat(chunks);
}

function bytes(chunk) {
  if (chunk === null || typeof chunk !== 'object' || (!ArrayBuffer.isView(chunk) && !isAnyArrayBuffer(chunk))) {
    return Buffer.from(String(chunk));
  }
  if (chunk instanceof Uint8Array) return chunk;
  return ArrayBuffer.isView(chunk) ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength) : new Uint8Array(chunk);
}

async function arrayBuffer(stream) {
  const all = await buffer(stream);
  return all.buffer.slice(all.byteOffset, all.byteOffset + all.byteLength);
}

/** As bytes, of what is bytes. */
function asBytes(chunk) {
  if (!ArrayBuffer.isView(chunk) && !isAnyArrayBuffer(chunk)) {
    throw new ERR_INVALID_ARG_TYPE('chunk', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], chunk);
  }
  return bytes(chunk);
}

async function text(stream) {
  const decoder = new StringDecoder('utf8');
  let out = '';
  for await (const chunk of stream) out += typeof chunk === 'string' ? chunk : decoder.write(asBytes(chunk));
  out += decoder.end();
  return out.charCodeAt(0) === 0xfeff ? out.slice(1) : out;
}

const json = async (stream) => JSON.parse(await text(stream));
const blob = async (stream) => {
  const { Blob } = require('../../web/blob');
  return new Blob([await buffer(stream)]);
};

module.exports = { arrayBuffer, blob, buffer, bytes: async (stream) => new Uint8Array(await arrayBuffer(stream)), json, text };
