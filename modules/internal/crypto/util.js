'use strict';
// What the files of internal/crypto/ share: bytes of arguments, encodings of output, digests by name.
const hashes = internalBinding('crypto_hash');
const { Buffer } = require('../../node/buffer');
const { codes: { ERR_INVALID_ARG_TYPE } } = require('../errors');

const BYTES = ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];

const { classes: { ARRAY_BUFFER, SHARED_ARRAY_BUFFER }, classify } = internalBinding('util');

/** Of this realm or another one. */
const isAnyArrayBuffer = (value) => typeof value === 'object' && value !== null && (value instanceof ArrayBuffer ||
  (classify(value) & (ARRAY_BUFFER | SHARED_ARRAY_BUFFER)) !== 0);
const isSharedArrayBuffer = (value) => (classify(value) & SHARED_ARRAY_BUFFER) !== 0;
const isBytes = (value) => ArrayBuffer.isView(value) || isAnyArrayBuffer(value);

/** Bytes of a string (in `encoding`, else UTF-8) or buffer; throws ERR_INVALID_ARG_TYPE. */
function toBytes(value, name, encoding) {
  if (typeof value === 'string') return Buffer.from(value, encoding === undefined || encoding === null || encoding === 'buffer' ? 'utf8' : encoding);
  if (isBytes(value)) return value;
  throw new ERR_INVALID_ARG_TYPE(name, BYTES, value);
}

/** As toBytes, but SharedArrayBuffers and ArrayBuffers are refused (streaming interfaces). */
function toView(value, name, encoding) {
  if (typeof value === 'string') return Buffer.from(value, encoding === undefined || encoding === null || encoding === 'buffer' ? 'utf8' : encoding);
  if (ArrayBuffer.isView(value)) return value;
  throw new ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'TypedArray', 'DataView'], value);
}

const isUtf8 = (encoding) => encoding === undefined || encoding === null || encoding === 'utf8' || encoding === 'utf-8' ||
  encoding === 'buffer';

const outputs = { __proto__: null, buffer: 0, hex: 1, base64: 2, base64url: 3, latin1: 4, binary: 4 };
/** What C is asked for; -1: C gives a Buffer, the rest is toString's work. */
function outputCode(encoding) {
  if (encoding === undefined || encoding === null) return 0;
  return outputs[encoding] ?? -1;
}

/** A Buffer in the encoding that a caller asked for. */
function encode(buffer, encoding) {
  return encoding === undefined || encoding === null || encoding === 'buffer' ? buffer : buffer.toString(encoding);
}

const digests = new Map();
/** The C handle of a digest, fetched once; undefined when there is none of that name. */
function digest(name) {
  let handle = digests.get(name);
  if (handle === undefined) {
    handle = hashes.hashFetch(name);
    if (handle !== undefined) digests.set(name, handle);
  }
  return handle;
}

/** @returns {ArrayBuffer} a copy of exactly these bytes */
function toArrayBuffer(buffer) {
  if (buffer.byteOffset === 0 && buffer.byteLength === buffer.buffer.byteLength) return buffer.buffer;
  return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
}

/** @returns {Buffer} a copy of the bytes of a view, an ArrayBuffer or a Buffer */
function copyBytes(bytes) {
  return Buffer.from(ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes));
}

/** @returns {bigint} of big-endian bytes */
function bigintOf(bytes) {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`);
}

/** @returns {Buffer} big-endian bytes of a bigint */
function bytesOfBigint(value) {
  let hex = value.toString(16);
  if (hex.length % 2 !== 0) hex = `0${hex}`;
  return Buffer.from(hex, 'hex');
}

/** An error of OpenSSL's from its text, "error:HEX:library:function:reason". */
function opensslError(text) {
  const parts = text.split(':');
  const reason = parts[parts.length - 1] || 'operation failed';
  const error = new Error(text);
  error.library = parts[2];
  error.reason = reason;
  error.code = `ERR_OSSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
  return error;
}

module.exports = {
  BYTES, bigintOf, bytesOfBigint, copyBytes, digest, encode, isAnyArrayBuffer, isBytes, isSharedArrayBuffer, isUtf8, opensslError, outputCode, toArrayBuffer, toBytes,
  toView,
};
