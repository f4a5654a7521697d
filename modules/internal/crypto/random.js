'use strict';
// Random numbers and key derivation (node:crypto).
const binding = internalBinding('crypto_random');
const { Buffer } = require('../../node/buffer');
const { bind } = require('../async_context');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_CRYPTO_INVALID_DIGEST, ERR_CRYPTO_SCRYPT_INVALID_PARAMETER,
    ERR_CRYPTO_INVALID_KEYLEN, ERR_INCOMPATIBLE_OPTION_PAIR },
} = require('../errors');
const { validateFunction, validateNumber, validateInteger, validateInt32, validateUint32, validateString, validateObject,
  validateBoolean } = require('../validators');

const LARGEST = 2 ** 31 - 1;

function failure() {
  return Object.assign(new Error('Operation failed'), { code: 'ERR_CRYPTO_OPERATION_FAILED' });
}

/** callback(error number, value) of C as callback(error, value). */
const settle = (callback) => bind((errno, value) => (errno ? callback(failure()) : callback(null, value)));

function checkSize(size, name = 'size', most = LARGEST) {
  validateNumber(size, name);
  if (Number.isNaN(size) || size > most || size < 0) throw new ERR_OUT_OF_RANGE(name, `>= 0 && <= ${most}`, size);
  return size >>> 0;
}

/** Node documentation: crypto.randomBytes(size[, callback]). */
function randomBytes(size, callback) {
  size = checkSize(size);
  if (callback !== undefined) validateFunction(callback, 'callback');
  const buffer = Buffer.allocUnsafeSlow(size);
  if (callback === undefined) {
    binding.fill(buffer);
    return buffer;
  }
  binding.fill(buffer, settle((error) => callback(error, error ? undefined : buffer)));
  return undefined;
}

function range(buffer, offset = 0, size) {
  const isBuffer = buffer instanceof ArrayBuffer || (typeof SharedArrayBuffer === 'function' && buffer instanceof SharedArrayBuffer);
  if (!isBuffer && !ArrayBuffer.isView(buffer)) throw new ERR_INVALID_ARG_TYPE('buf', ['ArrayBuffer', 'ArrayBufferView'], buffer);
  const width = buffer.BYTES_PER_ELEMENT ?? 1;
  validateNumber(offset, 'offset');
  const start = offset * width;
  if (!(start >= 0 && start <= buffer.byteLength)) throw new ERR_OUT_OF_RANGE('offset', `>= 0 && <= ${buffer.byteLength}`, offset);
  const length = size === undefined ? buffer.byteLength - start : checkSize(size) * width;
  if (start + length > buffer.byteLength) throw new ERR_OUT_OF_RANGE('size + offset', `<= ${buffer.byteLength}`, start + length);
  return isBuffer ? new Uint8Array(buffer, start, length) : new Uint8Array(buffer.buffer, buffer.byteOffset + start, length);
}

/** Node documentation: crypto.randomFillSync(buffer[, offset][, size]). */
function randomFillSync(buffer, offset, size) {
  const view = range(buffer, offset, size);
  if (view.length > 0) binding.fill(view);
  return buffer;
}

/** Node documentation: crypto.randomFill(buffer[, offset][, size], callback). */
function randomFill(buffer, offset, size, callback) {
  if (typeof offset === 'function') [offset, size, callback] = [0, undefined, offset];
  else if (typeof size === 'function') [size, callback] = [undefined, size];
  validateFunction(callback, 'callback');
  const view = range(buffer, offset, size);
  if (view.length === 0) process.nextTick(callback, null, buffer);
  else binding.fill(view, settle((error) => callback(error, buffer)));
}

// Small random numbers come from a block that is filled at once; each process fills its own.
const POOL = 6 * 1024;
let pool = null;
let used = POOL;

function sixBytes() {
  pool ??= Buffer.allocUnsafeSlow(POOL);
  if (used + 6 > POOL) {
    binding.fill(pool);
    used = 0;
  }
  const value = pool.readUIntBE(used, 6);
  pool.fill(0, used, used + 6);
  used += 6;
  return value;
}

/** Node documentation: crypto.randomInt([min, ]max[, callback]). */
function randomInt(min, max, callback) {
  if (max === undefined || typeof max === 'function') [min, max, callback] = [0, min, max];
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (!Number.isSafeInteger(min)) throw new ERR_INVALID_ARG_TYPE('min', 'a safe integer', min);
  if (!Number.isSafeInteger(max)) throw new ERR_INVALID_ARG_TYPE('max', 'a safe integer', max);
  if (max <= min) throw new ERR_OUT_OF_RANGE('max', `greater than the value of "min" (${min})`, max);
  const span = max - min;
  const whole = 2 ** 48;
  if (span >= whole) throw new ERR_OUT_OF_RANGE('max - min', `<= ${whole - 1}`, span);
  const limit = whole - (whole % span);
  let value;
  do value = sixBytes(); while (value >= limit);
  const result = min + (value % span);
  if (callback === undefined) return result;
  process.nextTick(callback, undefined, result);
  return undefined;
}

const hex = [];
for (let i = 0; i < 256; i++) hex.push((i + 256).toString(16).slice(1));
let uuids = null;
let uuidsUsed = 2048;

/** Node documentation: crypto.randomUUID([options]); RFC 9562 version 4. */
function randomUUID(options) {
  let b;
  if (options !== undefined) {
    validateObject(options, 'options');
    if (options.disableEntropyCache !== undefined) validateBoolean(options.disableEntropyCache, 'options.disableEntropyCache');
  }
  if (options?.disableEntropyCache) {
    b = Buffer.allocUnsafeSlow(16);
    binding.fill(b);
  } else {
    uuids ??= Buffer.allocUnsafeSlow(2048);
    if (uuidsUsed === 2048) {
      binding.fill(uuids);
      uuidsUsed = 0;
    }
    b = uuids.subarray(uuidsUsed, uuidsUsed + 16);
    uuidsUsed += 16;
  }
  return `${hex[b[0]]}${hex[b[1]]}${hex[b[2]]}${hex[b[3]]}-${hex[b[4]]}${hex[b[5]]}-${hex[(b[6] & 15) | 64]}${hex[b[7]]}-` +
    `${hex[(b[8] & 63) | 128]}${hex[b[9]]}-${hex[b[10]]}${hex[b[11]]}${hex[b[12]]}${hex[b[13]]}${hex[b[14]]}${hex[b[15]]}`;
}

// ---- key derivation -----------------------------------------------------------------------------------------------

/** Bytes of a password, salt or similar. */
function toBytes(value, name) {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value;
  if (value?.type === 'secret' && typeof value.export === 'function') return value.export();
  throw new ERR_INVALID_ARG_TYPE(name, ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], value);
}

function pbkdf2Arguments(password, salt, iterations, keylen, digest) {
  validateString(digest, 'digest');
  password = toBytes(password, 'password');
  salt = toBytes(salt, 'salt');
  validateInteger(iterations, 'iterations', 1, LARGEST);
  validateInteger(keylen, 'keylen', 0, LARGEST);
  return [password, salt, iterations, keylen, digest];
}

function pbkdf2(password, salt, iterations, keylen, digest, callback) {
  if (typeof digest === 'function') [digest, callback] = [undefined, digest];
  const args = pbkdf2Arguments(password, salt, iterations, keylen, digest);
  validateFunction(callback, 'callback');
  if (binding.pbkdf2(...args, settle(callback)) === false) throw new ERR_CRYPTO_INVALID_DIGEST(digest);
}

function pbkdf2Sync(...given) {
  const result = binding.pbkdf2(...pbkdf2Arguments(...given));
  if (result === false) throw new ERR_CRYPTO_INVALID_DIGEST(given[4]);
  if (typeof result === 'number') throw failure();
  return result;
}

function scryptArguments(password, salt, keylen, options = {}) {
  password = toBytes(password, 'password');
  salt = toBytes(salt, 'salt');
  validateInt32(keylen, 'keylen', 0);
  let N = 16384;
  let r = 8;
  let p = 1;
  let maxmem = 32 * 1024 * 1024;
  const pick = (short, long, value) => {
    if (options[short] !== undefined && options[long] !== undefined) throw new ERR_INCOMPATIBLE_OPTION_PAIR(short, long);
    const given = options[short] ?? options[long];
    if (given === undefined) return value;
    validateUint32(given, options[short] !== undefined ? short : long);
    return given || value;
  };
  N = pick('N', 'cost', N);
  r = pick('r', 'blockSize', r);
  p = pick('p', 'parallelization', p);
  if (options.maxmem !== undefined) {
    validateInteger(options.maxmem, 'maxmem', 0);
    maxmem = options.maxmem || maxmem;
  }
  if (!binding.scryptCheck(N, r, p, maxmem)) throw new ERR_CRYPTO_SCRYPT_INVALID_PARAMETER();
  return [password, salt, keylen, N, r, p, maxmem];
}

function scrypt(password, salt, keylen, options, callback) {
  if (typeof options === 'function') [options, callback] = [undefined, options];
  const args = scryptArguments(password, salt, keylen, options);
  validateFunction(callback, 'callback');
  binding.scrypt(...args, settle(callback));
}

function scryptSync(password, salt, keylen, options) {
  const result = binding.scrypt(...scryptArguments(password, salt, keylen, options));
  if (typeof result === 'number') throw failure();
  return result;
}

function hkdfArguments(digest, key, salt, info, length) {
  validateString(digest, 'digest');
  key = toBytes(key, 'key');
  salt = toBytes(salt, 'salt');
  info = toBytes(info, 'info');
  validateInteger(length, 'length', 0, LARGEST);
  if (info.byteLength > 1024) throw new ERR_OUT_OF_RANGE('info', 'must not contain more than 1024 bytes', info.byteLength);
  const size = internalBinding('crypto_hash').digestSize(digest);
  if (size === undefined) throw new ERR_CRYPTO_INVALID_DIGEST(digest);
  if (length > size[0] * 255) throw new ERR_CRYPTO_INVALID_KEYLEN();
  return [digest, key, salt, info, length];
}

const toArrayBuffer = (buffer) => buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);

function hkdf(digest, key, salt, info, length, callback) {
  const args = hkdfArguments(digest, key, salt, info, length);
  validateFunction(callback, 'callback');
  binding.hkdf(...args, settle((error, value) => callback(error, value && toArrayBuffer(value))));
}

function hkdfSync(...given) {
  const result = binding.hkdf(...hkdfArguments(...given));
  if (typeof result === 'number') throw failure();
  return toArrayBuffer(result);
}

module.exports = {
  randomBytes, randomFill, randomFillSync, randomInt, randomUUID, pbkdf2, pbkdf2Sync, scrypt, scryptSync, hkdf, hkdfSync, toBytes,
  toArrayBuffer,
};
