'use strict';
// Names of the encodings between strings and bytes, and the numbers that runtime/bindings/buffer.c knows them by.

const numbers = internalBinding('buffer').encodings;
const { utf8, utf16le, latin1, ascii, base64, base64url, hex } = numbers;
const names = Object.keys(numbers).sort((a, b) => numbers[a] - numbers[b]);

const aliases = {
  '__proto__': null, 'utf8': utf8, 'utf-8': utf8, 'ucs2': utf16le, 'ucs-2': utf16le, utf16le, 'utf-16le': utf16le, latin1,
  'binary': latin1, ascii, base64, base64url, hex,
};

/** @returns {number|undefined} the encoding's number; undefined for what is no encoding. '' and undefined mean UTF-8. */
function encodingNumber(name) {
  if (name === undefined || name === null || name === 'utf8') return utf8;
  const known = aliases[name];
  if (known !== undefined) return known;
  if (name === '') return utf8;
  return typeof name === 'string' ? aliases[name.toLowerCase()] : aliases[`${name}`.toLowerCase()];
}

/** @returns {string|undefined} 'utf8' for 'UTF-8' and so on */
function normalizeEncoding(name) {
  const number = name === 'buffer' ? undefined : encodingNumber(name);
  return number === undefined ? undefined : names[number];
}

module.exports = { ascii, base64, base64url, encodingNumber, hex, latin1, names, normalizeEncoding, utf16le, utf8 };
