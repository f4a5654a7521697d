'use strict';
// Reading of node:fs arguments: paths, flags, modes, times, encodings.
const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE } } = require('../errors');
const { validateInt32, validateInteger, validateUint32, validateAbortSignal, validateFunction } = require('../validators');
const { constants } = internalBinding('fs');
Object.setPrototypeOf(constants, null);
const { isArrayBufferView } = ArrayBuffer.isView ? { isArrayBufferView: ArrayBuffer.isView } : {};

/** A path for C: a string, or bytes. @param {string | Buffer | URL} path */
function toPath(path, name = 'path') {
  if (path !== null && typeof path === 'object' && typeof path.href === 'string' && path.protocol !== undefined) {
    path = require('../../node/url').fileURLToPath(path);
  }
  if (typeof path === 'string') {
    if (path.includes('\u0000')) {
      throw new ERR_INVALID_ARG_VALUE(name, path, 'must be a string, Uint8Array, or URL without null bytes');
    }
    return path;
  }
  if (path instanceof Uint8Array) {
    if (path.includes(0)) throw new ERR_INVALID_ARG_VALUE(name, path, 'must be a string, Uint8Array, or URL without null bytes');
    return path;
  }
  throw new ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'URL'], path);
}

function toFd(fd) {
  validateInt32(fd, 'fd', 0);
  return fd;
}

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_EXCL, O_SYNC } = constants;
const flagNames = {
  __proto__: null,
  r: O_RDONLY, rs: O_RDONLY | O_SYNC, sr: O_RDONLY | O_SYNC, 'r+': O_RDWR, 'rs+': O_RDWR | O_SYNC, 'sr+': O_RDWR | O_SYNC,
  w: O_TRUNC | O_CREAT | O_WRONLY, wx: O_TRUNC | O_CREAT | O_WRONLY | O_EXCL, xw: O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
  'w+': O_TRUNC | O_CREAT | O_RDWR, 'wx+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL, 'xw+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
  a: O_APPEND | O_CREAT | O_WRONLY, ax: O_APPEND | O_CREAT | O_WRONLY | O_EXCL, xa: O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
  as: O_APPEND | O_CREAT | O_WRONLY | O_SYNC, sa: O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
  'a+': O_APPEND | O_CREAT | O_RDWR, 'ax+': O_APPEND | O_CREAT | O_RDWR | O_EXCL, 'xa+': O_APPEND | O_CREAT | O_RDWR | O_EXCL,
  'as+': O_APPEND | O_CREAT | O_RDWR | O_SYNC, 'sa+': O_APPEND | O_CREAT | O_RDWR | O_SYNC,
};

/** Node documentation: File system flags. */
function toFlags(flags, name = 'flags') {
  if (typeof flags === 'number') {
    validateInt32(flags, name);
    return flags;
  }
  if (flags === undefined || flags === null) return O_RDONLY;
  const value = flagNames[flags];
  if (value === undefined) throw new ERR_INVALID_ARG_VALUE(name, flags);
  return value;
}

function toMode(mode, fallback, name = 'mode') {
  if (mode === undefined || mode === null) {
    if (fallback !== undefined) return fallback;
    throw new ERR_INVALID_ARG_TYPE(name, 'number', mode);
  }
  if (typeof mode === 'string') {
    if (!/^[0-7]+$/.test(mode)) throw new ERR_INVALID_ARG_VALUE(name, mode, 'must be a 32-bit unsigned integer or an octal string');
    return parseInt(mode, 8);
  }
  validateUint32(mode, name);
  return mode;
}

/** Seconds, from a Date, a number of seconds or a string of one. */
function toTime(time, name = 'time') {
  if (typeof time === 'string' && +time == time) return +time; // eslint-disable-line eqeqeq
  if (Number.isFinite(time)) return time < 0 ? Date.now() / 1000 : time;
  if (time instanceof Date) return time.getTime() / 1000;
  throw new ERR_INVALID_ARG_TYPE(name, ['Date', 'Time in seconds'], time);
}

/** Options that may be just an encoding. @returns {object} */
function getOptions(options, defaults = {}) {
  if (options === undefined || options === null || typeof options === 'function') return defaults;
  if (typeof options === 'string') {
    defaults = { ...defaults, encoding: options };
    options = defaults;
  } else if (typeof options !== 'object') {
    throw new ERR_INVALID_ARG_TYPE('options', ['string', 'Object'], options);
  }
  const merged = { ...defaults };
  for (const name in options) merged[name] = options[name]; // inherited ones count
  if (merged.encoding !== 'buffer' && merged.encoding !== undefined && merged.encoding !== null && !Buffer.isEncoding(merged.encoding)) {
    throw new ERR_INVALID_ARG_VALUE('encoding', merged.encoding, 'is invalid encoding');
  }
  if (merged.signal !== undefined) validateAbortSignal(merged.signal, 'options.signal');
  return merged;
}

/** A name from C (bytes where it is no UTF-8) in the encoding that was asked for. */
function encodeName(name, encoding) {
  if (encoding === undefined || encoding === null || encoding === 'utf8' || encoding === 'utf-8') return `${name}`;
  const bytes = Buffer.from(name);
  return encoding === 'buffer' ? bytes : bytes.toString(encoding);
}

function checkCallback(callback, name = 'cb') {
  validateFunction(callback, name);
  return callback;
}

/** The view behind what people write, as bytes; strings by their encoding. */
function toBytes(data, encoding, name = 'data') {
  if (typeof data === 'string') return Buffer.from(data, encoding ?? 'utf8');
  if (isArrayBufferView(data)) return data;
  throw new ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'TypedArray', 'DataView'], data);
}

/** The largest double that fits into the kernel's 64 bits. */
const LAST_POSITION = 2 ** 63 - 1024;

/** Where in a file `length` bytes are read or written; -1: where it stands. A write takes any whole number. */
function validatePosition(position, length, writing) {
  if (typeof position === 'number') {
    if (!Number.isInteger(position)) throw new ERR_OUT_OF_RANGE('position', 'an integer', position);
    if (!writing) validateInteger(position, 'position', -1);
    return position;
  }
  if (typeof position === 'bigint') {
    const most = 2n ** 63n - 1n - BigInt(length);
    if (position < -1n || position > most) throw new ERR_OUT_OF_RANGE('position', `>= -1 && <= ${most}`, position);
    return Math.min(Number(position), LAST_POSITION);
  }
  throw new ERR_INVALID_ARG_TYPE('position', ['integer', 'bigint'], position);
}

module.exports = {
  toPath, toFd, toFlags, toMode, toTime, getOptions, encodeName, checkCallback, toBytes, validatePosition, constants,
};
