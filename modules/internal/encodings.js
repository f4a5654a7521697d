'use strict';
// Names of the encodings between strings and bytes, and the numbers that runtime/bindings/buffer.c knows them by.

const utf8 = 0;
const utf16le = 1;
const latin1 = 2;
const ascii = 3;
const base64 = 4;
const base64url = 5;
const hex = 6;
const names = ['utf8', 'utf16le', 'latin1', 'ascii', 'base64', 'base64url', 'hex'];

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
