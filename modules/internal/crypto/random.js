'use strict';
// Random numbers and primes (node:crypto). Nothing is drawn ahead of time: processes that fork would share it.
const binding = internalBinding('crypto_random');
const { bigintOf, bytesOfBigint, isAnyArrayBuffer, isBytes, toArrayBuffer } = require('./util');
const { codes: { ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE } } = require('../errors');
const { validateBoolean, validateFunction, validateInt32, validateNumber, validateObject } = require('../validators');

const LARGEST = 2 ** 31 - 1;

function checkSize(size, width, offset, length) {
  validateNumber(size, 'size');
  size *= width;
  if (Number.isNaN(size) || size > LARGEST || size < 0) throw new ERR_OUT_OF_RANGE('size', `>= 0 && <= ${LARGEST}`, size);
  if (size + offset > length) throw new ERR_OUT_OF_RANGE('size + offset', `<= ${length}`, size + offset);
  return size >>> 0;
}

function checkOffset(offset, width, length) {
  validateNumber(offset, 'offset');
  offset *= width;
  const most = Math.min(length, LARGEST);
  if (Number.isNaN(offset) || offset > most || offset < 0) throw new ERR_OUT_OF_RANGE('offset', `>= 0 && <= ${most}`, offset);
  return offset >>> 0;
}

/** Node documentation: crypto.randomBytes(size[, callback]). */
function randomBytes(size, callback) {
  size = checkSize(size, 1, 0, Infinity);
  if (callback === undefined) return binding.randomBytes(size);
  validateFunction(callback, 'callback');
  binding.randomBytes(size, callback);
  return undefined;
}

function checkTarget(buffer) {
  if (!isAnyArrayBuffer(buffer) && !ArrayBuffer.isView(buffer)) {
    throw new ERR_INVALID_ARG_TYPE('buf', ['ArrayBuffer', 'ArrayBufferView'], buffer);
  }
  return buffer.BYTES_PER_ELEMENT ?? 1;
}

/** Node documentation: crypto.randomFillSync(buffer[, offset][, size]). */
function randomFillSync(buffer, offset = 0, size) {
  const width = checkTarget(buffer);
  offset = checkOffset(offset, width, buffer.byteLength);
  size = size === undefined ? buffer.byteLength - offset : checkSize(size, width, offset, buffer.byteLength);
  if (size > 0) binding.randomFill(buffer, offset, size);
  return buffer;
}

/** Node documentation: crypto.randomFill(buffer[, offset][, size], callback). */
function randomFill(buffer, offset, size, callback) {
  const width = checkTarget(buffer);
  if (typeof offset === 'function') [offset, size, callback] = [0, undefined, offset];
  else if (typeof size === 'function') [size, callback] = [undefined, size];
  validateFunction(callback, 'callback');
  offset = checkOffset(offset ?? 0, width, buffer.byteLength);
  size = size === undefined ? buffer.byteLength - offset : checkSize(size, width, offset, buffer.byteLength);
  if (size === 0) process.nextTick(callback, null, buffer);
  else binding.randomFill(buffer, offset, size, callback);
}

/** Node documentation: crypto.randomInt([min, ]max[, callback]). */
function randomInt(min, max, callback) {
  const onlyMax = max === undefined || typeof max === 'function';
  if (onlyMax) [min, max, callback] = [0, min, max];
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (!Number.isSafeInteger(min)) throw new ERR_INVALID_ARG_TYPE('min', 'a safe integer', min);
  if (!Number.isSafeInteger(max)) throw new ERR_INVALID_ARG_TYPE('max', 'a safe integer', max);
  if (max <= min) throw new ERR_OUT_OF_RANGE('max', `greater than the value of "min" (${min})`, max);
  const span = max - min;
  const whole = 2 ** 48;
  if (!(span < whole)) throw new ERR_OUT_OF_RANGE(onlyMax ? 'max' : 'max - min', `<= ${whole - 1}`, span);
  const limit = whole - (whole % span);
  let value;
  do value = binding.random48(); while (value >= limit); // the rest would favour small numbers
  const result = min + (value % span);
  if (callback === undefined) return result;
  process.nextTick(callback, undefined, result);
  return undefined;
}

function checkUuidOptions(options) {
  if (options === undefined) return;
  validateObject(options, 'options');
  if (options.disableEntropyCache !== undefined) validateBoolean(options.disableEntropyCache, 'options.disableEntropyCache');
}

/** Node documentation: crypto.randomUUID([options]); RFC 9562 version 4. */
function randomUUID(options) {
  checkUuidOptions(options);
  return binding.randomUUID();
}

/** Node documentation: crypto.randomUUIDv7([options]); RFC 9562 version 7: begins with the time in ms. */
function randomUUIDv7(options) {
  checkUuidOptions(options);
  return binding.randomUUID(Date.now());
}

// ---- primes -------------------------------------------------------------------------------------------------------

function primeArguments(size, options) {
  validateInt32(size, 'size', 1);
  validateObject(options, 'options');
  const { safe = false, bigint = false } = options;
  let { add, rem } = options;
  validateBoolean(safe, 'options.safe');
  validateBoolean(bigint, 'options.bigint');
  const number = (value, name) => {
    if (value === undefined) return undefined;
    if (typeof value === 'bigint') {
      if (value < 0) throw new ERR_OUT_OF_RANGE(name, '>= 0', value);
      return bytesOfBigint(value);
    }
    if (!isBytes(value)) throw new ERR_INVALID_ARG_TYPE(name, ['ArrayBuffer', 'TypedArray', 'Buffer', 'DataView', 'bigint'], value);
    return value;
  };
  add = number(add, 'options.add');
  rem = number(rem, 'options.rem');
  return { args: [size, safe, add, rem], result: (bytes) => (bigint ? bigintOf(bytes) : toArrayBuffer(bytes)) };
}

/** Node documentation: crypto.generatePrime(size[, options], callback). */
function generatePrime(size, options, callback) {
  if (typeof options === 'function') [options, callback] = [{}, options];
  validateFunction(callback, 'callback');
  const { args, result } = primeArguments(size, options ?? {});
  binding.generatePrime(...args, (error, bytes) => (error ? callback(error) : callback(undefined, result(bytes))));
}

function generatePrimeSync(size, options = {}) {
  const { args, result } = primeArguments(size, options);
  return result(binding.generatePrime(...args));
}

function candidateBytes(candidate, options) {
  if (typeof candidate === 'bigint') {
    if (candidate < 0) throw new ERR_OUT_OF_RANGE('candidate', '>= 0', candidate);
    candidate = bytesOfBigint(candidate);
  }
  if (!isBytes(candidate)) {
    throw new ERR_INVALID_ARG_TYPE('candidate', ['ArrayBuffer', 'TypedArray', 'Buffer', 'DataView', 'bigint'], candidate);
  }
  validateObject(options, 'options');
  validateInt32(options.checks ?? 0, 'options.checks', 0);
  return candidate;
}

/** Node documentation: crypto.checkPrime(candidate[, options], callback). OpenSSL decides how many checks. */
function checkPrime(candidate, options = undefined, callback = undefined) {
  if (typeof options === 'function') [options, callback] = [{}, options];
  validateFunction(callback, 'callback');
  binding.checkPrime(candidateBytes(candidate, options ?? {}), callback);
}

const checkPrimeSync = (candidate, options = {}) => binding.checkPrime(candidateBytes(candidate, options));

/** Web Cryptography: crypto.getRandomValues(array). */
function getRandomValues(array) {
  const integers = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
    BigInt64Array, BigUint64Array];
  if (!integers.some((type) => array instanceof type)) {
    throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
  }
  if (array.byteLength > 65536) {
    throw new DOMException(`The requested length exceeds 65,536 bytes`, 'QuotaExceededError');
  }
  if (array.byteLength > 0) binding.randomFill(array, 0, array.byteLength);
  return array;
}

/** @returns {{total: number, used: number, min: number}} bytes */
const secureHeap = () => binding.secureHeap();

module.exports = {
  checkPrime, checkPrimeSync, generatePrime, generatePrimeSync, getRandomValues, randomBytes, randomFill, randomFillSync,
  randomInt, randomUUID, randomUUIDv7, secureHeap,
};
