'use strict';
// TextEncoder and TextDecoder (WHATWG Encoding). UTF-8, UTF-16 and windows-1252 are decoded here,
// the other legacy encodings in internal/web_encodings.js.

const {
  codes: { ERR_ENCODING_INVALID_ENCODED_DATA, ERR_ENCODING_NOT_SUPPORTED, ERR_INVALID_ARG_TYPE, ERR_INVALID_THIS },
} = require('../internal/errors');
const { validateObject, validateString } = require('../internal/validators');
const { incompleteUtf8 } = require('../internal/utf8');

const buffer = internalBinding('buffer');
const UTF8 = 0;
const UTF16LE = 1;
const LATIN1 = 2;
const inspectCustom = Symbol.for('nodejs.util.inspect.custom');

const labels = {
  'utf-8': ['unicode-1-1-utf-8', 'unicode11utf8', 'unicode20utf8', 'utf-8', 'utf8', 'x-unicode20utf8'],
  'utf-16le': ['csunicode', 'iso-10646-ucs-2', 'ucs-2', 'unicode', 'unicodefeff', 'utf-16', 'utf-16le'],
  'utf-16be': ['unicodefffe', 'utf-16be'],
  'windows-1252': ['ansi_x3.4-1968', 'ascii', 'cp1252', 'cp819', 'csisolatin1', 'ibm819', 'iso-8859-1', 'iso-ir-100', 'iso8859-1', 'iso88591',
    'iso_8859-1', 'iso_8859-1:1987', 'l1', 'latin1', 'us-ascii', 'windows-1252', 'x-cp1252'],
};
const canonical = new Map(Object.entries(labels).flatMap(([name, all]) => all.map((label) => [label, name])));

/** What windows-1252 has at 0x80 to 0x9f, where Latin-1 has control characters. */
const windows1252 = '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f' +
  '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';

/** @returns {string|undefined} the encoding's name for a label */
function encodingFromLabel(label) {
  const known = canonical.get(label);
  if (known !== undefined) return known;
  label = label.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '').toLowerCase();
  return canonical.get(label) ?? require('../internal/web_encodings').legacyEncoding(label);
}

class TextEncoder {
  #brand = true;

  get encoding() {
    if (!(#brand in this)) throw new ERR_INVALID_THIS('TextEncoder');
    return 'utf-8';
  }

  /** @returns {Uint8Array} */
  encode(input = '') {
    if (!(#brand in this)) throw new ERR_INVALID_THIS('TextEncoder');
    const text = `${input}`;
    if (text.length === 0) return new Uint8Array(0);
    const bytes = new Uint8Array(buffer.utf8Length(text));
    buffer.write(bytes, text, UTF8, 0, bytes.length);
    return bytes;
  }

  /** @returns {{read: number, written: number}} UTF-16 units read, bytes written */
  encodeInto(source, destination) {
    if (!(#brand in this)) throw new ERR_INVALID_THIS('TextEncoder');
    validateString(source, 'src');
    if (!(destination instanceof Uint8Array)) throw new ERR_INVALID_ARG_TYPE('dest', 'Uint8Array', destination);
    const written = buffer.write(destination, source, UTF8, 0, destination.length);
    let read = source.length;
    if (written < read * 3 && written !== buffer.utf8Length(source)) {
      read = 0;
      for (let bytes = 0; bytes < written;) {
        const code = source.codePointAt(read);
        bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        read += code < 0x10000 ? 1 : 2;
      }
    }
    return { read, written };
  }

  [inspectCustom](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this;
    return `TextEncoder ${require('../node/util').inspect({ encoding: this.encoding }, options)}`;
  }
}

function bytesOf(input) {
  if (input instanceof Uint8Array) return input;
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  const tag = Object.prototype.toString.call(input);
  if (tag === '[object ArrayBuffer]' && input.detached) return new Uint8Array(0);
  if (tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]') return new Uint8Array(input);
  throw new ERR_INVALID_ARG_TYPE('list', ['SharedArrayBuffer', 'ArrayBuffer', 'ArrayBufferView'], input);
}

class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #pending = null; // bytes of an incomplete character, from a call with stream: true
  #bomSeen = false;
  #legacy = null; // decoder of a legacy encoding

  /** @param {string} [label] @param {{fatal?: boolean, ignoreBOM?: boolean}} [options] */
  constructor(label = 'utf-8', options = undefined) {
    label = `${label}`;
    if (options !== undefined) validateObject(options, 'options', { allowArray: true, allowFunction: true, nullable: true });
    const encoding = encodingFromLabel(label);
    if (encoding === undefined) throw new ERR_ENCODING_NOT_SUPPORTED(label);
    this.#encoding = encoding;
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBOM = Boolean(options?.ignoreBOM);
    if (!(encoding in labels)) {
      this.#legacy = require('../internal/web_encodings').legacyDecoder(encoding, this.#fatal) ?? null;
      if (this.#legacy === null) throw new ERR_ENCODING_NOT_SUPPORTED(encoding);
    }
  }

  get encoding() { return this.#encoding; }
  get fatal() { return this.#fatal; }
  get ignoreBOM() { return this.#ignoreBOM; }

  /** @param {BufferSource} [input] @param {{stream?: boolean}} [options] @returns {string} */
  decode(input = undefined, options = undefined) {
    let bytes = input === undefined ? new Uint8Array(0) : bytesOf(input);
    const stream = Boolean(options?.stream);
    if (this.#legacy !== null) {
      const text = this.#legacy(bytes, !stream);
      if (text === undefined) throw new ERR_ENCODING_INVALID_ENCODED_DATA(this.#encoding, undefined);
      return text;
    }
    if (this.#pending !== null) {
      const joined = new Uint8Array(this.#pending.length + bytes.length);
      joined.set(this.#pending);
      joined.set(bytes, this.#pending.length);
      bytes = joined;
      this.#pending = null;
    }
    if (stream) {
      const keep = this.#incomplete(bytes);
      if (keep > 0) {
        this.#pending = bytes.slice(bytes.length - keep);
        bytes = bytes.subarray(0, bytes.length - keep);
      }
    }
    let text = bytes.length === 0 ? '' : this.#decode(bytes);
    if (!this.#bomSeen && text.length > 0) {
      if (!this.#ignoreBOM && text.charCodeAt(0) === 0xfeff && this.#encoding !== 'windows-1252') text = text.slice(1);
      this.#bomSeen = true;
    }
    if (!stream) this.#bomSeen = false;
    return text;
  }

  #incomplete(bytes) {
    if (this.#encoding === 'utf-8') return incompleteUtf8(bytes);
    if (!this.#encoding.startsWith('utf-16')) return 0;
    const odd = bytes.length % 2;
    const at = bytes.length - odd - (this.#encoding === 'utf-16le' ? 1 : 2);
    return odd + (at >= 0 && (bytes[at] & 0xfc) === 0xd8 ? 2 : 0); // an unpaired high surrogate
  }

  #decode(bytes) {
    switch (this.#encoding) {
      case 'utf-8':
        if (this.#fatal && !buffer.isUtf8(bytes)) throw new ERR_ENCODING_INVALID_ENCODED_DATA(this.#encoding, undefined);
        return buffer.toString(bytes, UTF8, 0, bytes.length);
      case 'windows-1252':
        return buffer.toString(bytes, LATIN1, 0, bytes.length).replace(/[\x80-\x9f]/g, (c) => windows1252[c.charCodeAt(0) - 0x80]);
      default:
        return this.#decodeUtf16(bytes);
    }
  }

  #decodeUtf16(bytes) {
    if (this.#encoding === 'utf-16be') {
      const swapped = new Uint8Array(bytes.length);
      for (let i = 0; i + 1 < bytes.length; i += 2) {
        swapped[i] = bytes[i + 1];
        swapped[i + 1] = bytes[i];
      }
      bytes = swapped;
    }
    const even = bytes.length & ~1;
    const text = even === 0 ? '' : buffer.toString(bytes, UTF16LE, 0, even);
    const usv = require('../node/util').toUSVString(text);
    if (this.#fatal && (usv !== text || even !== bytes.length)) throw new ERR_ENCODING_INVALID_ENCODED_DATA(this.#encoding, undefined);
    return even === bytes.length ? usv : `${usv}\ufffd`;
  }

  [inspectCustom](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this;
    const shown = { encoding: this.encoding, fatal: this.fatal, ignoreBOM: this.ignoreBOM };
    return `TextDecoder ${require('../node/util').inspect(shown, options)}`;
  }
}

for (const [Class, names] of [[TextEncoder, ['encoding', 'encode', 'encodeInto']], [TextDecoder, ['encoding', 'fatal', 'ignoreBOM', 'decode']]]) {
  for (const name of names) Object.defineProperty(Class.prototype, name, { enumerable: true });
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}

module.exports = { TextDecoder, TextEncoder, encodingFromLabel };
