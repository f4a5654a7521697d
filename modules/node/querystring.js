'use strict';
// node:querystring.

const { codes: { ERR_INVALID_URI } } = require('../internal/errors');

const hexValue = (code) => (code >= 48 && code <= 57 ? code - 48 : code >= 65 && code <= 70 ? code - 55 : code >= 97 && code <= 102 ? code - 87 : -1);

/** Percent-decodes to bytes; what is no escape stays. @returns {Buffer} */
function unescapeBuffer(text, decodeSpaces) {
  const { Buffer } = require('./buffer');
  const source = Buffer.from(text);
  const out = Buffer.allocUnsafe(source.length);
  let n = 0;
  for (let i = 0; i < source.length; i++) {
    let byte = source[i];
    if (byte === 43 && decodeSpaces) {
      byte = 32;
    } else if (byte === 37 && i + 2 < source.length) {
      const high = hexValue(source[i + 1]);
      const low = hexValue(source[i + 2]);
      if (high !== -1 && low !== -1) {
        byte = high * 16 + low;
        i += 2;
      }
    }
    out[n++] = byte;
  }
  return n === source.length ? out : out.slice(0, n);
}

/** decodeURIComponent that never throws. */
function unescape(text, decodeSpaces) {
  try {
    return decodeURIComponent(text);
  } catch {
    return exports_.unescapeBuffer(text, decodeSpaces).toString();
  }
}

const SAFE = /^[A-Za-z0-9\-._!~*'()]*$/;
function escape(value) {
  if (typeof value !== 'string') value = typeof value === 'object' ? String(value) : `${value}`;
  if (SAFE.test(value)) return value;
  try {
    return encodeURIComponent(value);
  } catch {
    return escapeLoosely(value);
  }
}

/** As on Node: what stands behind half of a surrogate pair is taken for the other half, whatever it is. */
function escapeLoosely(text) {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) {
      out += SAFE.test(text[i]) ? text[i] : encodeURIComponent(text[i]);
      continue;
    }
    if (++i >= text.length) throw new ERR_INVALID_URI();
    out += encodeURIComponent(String.fromCodePoint(0x10000 + (((unit & 0x3ff) << 10) | (text.charCodeAt(i) & 0x3ff))));
  }
  return out;
}

function primitive(value) {
  switch (typeof value) {
    case 'string': return value;
    case 'number': return Number.isFinite(value) ? `${value}` : '';
    case 'bigint':
    case 'boolean': return `${value}`;
    default: return '';
  }
}

/** @returns {string} name=value pairs; arrays repeat the name */
function stringify(object, separator, equals, options) {
  separator ||= '&';
  equals ||= '=';
  const encode = typeof options?.encodeURIComponent === 'function' ? options.encodeURIComponent : exports_.escape;
  if (object === null || typeof object !== 'object') return '';
  const parts = [];
  for (const key of Object.keys(object)) {
    const value = object[key];
    const start = `${encode(primitive(key))}${equals}`;
    if (Array.isArray(value)) for (const one of value) parts.push(start + encode(primitive(one)));
    else parts.push(start + encode(primitive(value)));
  }
  return parts.join(separator);
}

/**
 * @param {string} text @param {string} [separator] @param {string} [equals]
 * @param {{maxKeys?: number, decodeURIComponent?: Function}} [options] maxKeys 0: no limit
 * @returns {Object<string, string|string[]>} without prototype
 */
function parse(text, separator, equals, options) {
  const out = { __proto__: null };
  if (typeof text !== 'string' || text.length === 0) return out;
  separator = separator ? `${separator}` : '&';
  equals = equals ? `${equals}` : '=';
  let left = typeof options?.maxKeys === 'number' ? options.maxKeys : 1000;
  if (!(left > 0)) left = Infinity; // NaN too
  const custom = typeof options?.decodeURIComponent === 'function' ? options.decodeURIComponent : exports_.unescape;
  const decode = (piece) => {
    if (piece.includes('+')) piece = piece.replaceAll('+', custom === unescape ? ' ' : '%20');
    if (custom === unescape && !piece.includes('%')) return piece;
    try {
      return custom(piece);
    } catch {
      return unescape(piece, true);
    }
  };
  let from = 0;
  while (from <= text.length && left > 0) {
    let end = separator === '' ? -1 : text.indexOf(separator, from);
    if (end === -1) end = text.length;
    if (end > from) {
      const piece = text.slice(from, end);
      const at = piece.indexOf(equals);
      const key = decode(at === -1 ? piece : piece.slice(0, at));
      const value = at === -1 ? '' : decode(piece.slice(at + equals.length));
      const existing = out[key];
      if (existing === undefined) out[key] = value;
      else if (typeof existing === 'string') out[key] = [existing, value];
      else existing.push(value);
    }
    left--;
    from = end + (separator.length || 1);
  }
  return out;
}

const exports_ = module.exports = { unescapeBuffer, unescape, escape, stringify, encode: stringify, parse, decode: parse };
