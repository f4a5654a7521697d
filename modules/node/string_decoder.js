'use strict';
// node:string_decoder: bytes in pieces to text, holding back the bytes of characters that are not complete yet.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_THIS, ERR_UNKNOWN_ENCODING } } = require('../internal/errors');
const { names, encodingNumber, utf8, utf16le, base64, base64url } = require('../internal/encodings');
const { incompleteUtf8 } = require('../internal/utf8');

const binding = internalBinding('buffer');
const kNumber = Symbol('encoding number');
const kPending = Symbol('pending bytes');
const EMPTY = new Uint8Array(0);

/** @param {string} [encoding] 'utf8' by default */
function StringDecoder(encoding) {
  const number = encodingNumber(encoding);
  if (number === undefined) throw new ERR_UNKNOWN_ENCODING(encoding);
  this.encoding = names[number];
  this[kNumber] = number;
  this[kPending] = EMPTY;
}

/** Bytes at the end of `bytes` that belong to a character which goes on. */
function incomplete(number, bytes) {
  switch (number) {
    case utf8: return incompleteUtf8(bytes);
    case utf16le: {
      const odd = bytes.length % 2;
      const high = bytes[bytes.length - odd - 1];
      return odd + (bytes.length - odd >= 2 && high >= 0xd8 && high <= 0xdb ? 2 : 0);
    }
    case base64:
    case base64url: return bytes.length % 3;
    default: return 0;
  }
}

function join(first, second) {
  const out = new Uint8Array(first.length + second.length);
  out.set(first);
  out.set(second, first.length);
  return out;
}

/** @param {string|ArrayBufferView} chunk @returns {string} its complete characters */
StringDecoder.prototype.write = function write(chunk) {
  if (typeof chunk === 'string') return chunk;
  if (!ArrayBuffer.isView(chunk)) throw new ERR_INVALID_ARG_TYPE('buf', ['Buffer', 'TypedArray', 'DataView'], chunk);
  const number = this[kNumber];
  if (number === undefined) throw new ERR_INVALID_THIS('StringDecoder');
  let bytes = chunk instanceof Uint8Array ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (bytes.length === 0) return '';
  let start = '';
  if (this[kPending].length > 0) {
    // A few bytes complete the character; the rest need not be copied.
    let taken = 0;
    let head;
    do {
      taken++;
      head = join(this[kPending], bytes.subarray(0, taken));
    } while (incomplete(number, head) > 0 && taken < bytes.length);
    const keep = incomplete(number, head);
    start = head.length > keep ? binding.toString(head, number, 0, head.length - keep) : '';
    this[kPending] = keep > 0 ? head.slice(head.length - keep) : EMPTY;
    bytes = bytes.subarray(taken);
    if (bytes.length === 0) return start;
  }
  // As on Node, a high surrogate waits only where whole units came.
  const keep = number === utf16le && bytes.length % 2 === 1 ? 1 : incomplete(number, bytes);
  const end = bytes.length - keep;
  if (keep > 0) this[kPending] = Uint8Array.prototype.slice.call(bytes, end);
  return end === 0 ? start : start + binding.toString(bytes, number, 0, end);
};

/** @returns {string} what is left, incomplete characters replaced */
StringDecoder.prototype.end = function end(chunk) {
  const text = chunk === undefined ? '' : this.write(chunk);
  const pending = this[kPending];
  if (pending.length === 0) return text;
  this[kPending] = EMPTY;
  if (this[kNumber] === utf16le && pending.length === 1) return text;
  return text + binding.toString(pending, this[kNumber], 0, this[kNumber] === utf16le ? pending.length & ~1 : pending.length);
};

StringDecoder.prototype.text = function text(bytes, offset) {
  this[kPending] = EMPTY;
  return this.write(bytes.subarray(offset ?? 0));
};

/** The bytes held back at the beginning of four, as Node keeps them. */
function lastChar(pending) {
  const out = require('./buffer').Buffer.alloc(4);
  out.set(pending);
  return out;
}

Object.defineProperties(StringDecoder.prototype, {
  lastChar: { configurable: true, enumerable: true, get() { return lastChar(this[kPending]); } },
  lastNeed: { configurable: true, enumerable: true, get() { return this.lastTotal - this[kPending].length; } },
  lastTotal: {
    configurable: true,
    enumerable: true,
    get() {
      const pending = this[kPending];
      if (pending.length === 0) return 0;
      if (this[kNumber] === utf8) return pending[0] >= 0xf0 ? 4 : pending[0] >= 0xe0 ? 3 : 2;
      return this[kNumber] === utf16le ? (pending.length > 1 ? 4 : 2) : 3;
    },
  },
});

module.exports = { StringDecoder };
