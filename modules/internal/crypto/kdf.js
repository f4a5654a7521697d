'use strict';
// Keys from passwords and secrets: pbkdf2, scrypt, hkdf (node:crypto).
const binding = internalBinding('crypto_kdf');
const { digest: findDigest, toArrayBuffer, toBytes } = require('./util');
const {
  codes: { ERR_CRYPTO_INVALID_DIGEST, ERR_CRYPTO_INVALID_KEYLEN, ERR_CRYPTO_INVALID_SCRYPT_PARAMS, ERR_INCOMPATIBLE_OPTION_PAIR,
    ERR_OUT_OF_RANGE },
} = require('../errors');
const { validateFunction, validateInt32, validateInteger, validateString, validateUint32 } = require('../validators');

const LARGEST = 2 ** 31 - 1;

function checkDigest(name) {
  if (findDigest(name) === undefined) throw new ERR_CRYPTO_INVALID_DIGEST(name);
}

function pbkdf2Arguments(password, salt, iterations, keylen, digest) {
  validateString(digest, 'digest');
  password = toBytes(password, 'password');
  salt = toBytes(salt, 'salt');
  validateInt32(iterations, 'iterations', 1);
  validateInt32(keylen, 'keylen', 0);
  checkDigest(digest);
  return [password, salt, iterations, keylen, digest];
}

/** Node documentation: crypto.pbkdf2(password, salt, iterations, keylen, digest, callback). */
function pbkdf2(password, salt, iterations, keylen, digest, callback) {
  if (typeof digest === 'function') [digest, callback] = [undefined, digest];
  const args = pbkdf2Arguments(password, salt, iterations, keylen, digest);
  validateFunction(callback, 'callback');
  binding.pbkdf2(...args, callback);
}

function pbkdf2Sync(password, salt, iterations, keylen, digest) {
  return binding.pbkdf2(...pbkdf2Arguments(password, salt, iterations, keylen, digest));
}

function scryptArguments(password, salt, keylen, options) {
  password = toBytes(password, 'password');
  salt = toBytes(salt, 'salt');
  validateInt32(keylen, 'keylen', 0);
  const pick = (short, long, fallback) => {
    if (options?.[short] !== undefined && options[long] !== undefined) throw new ERR_INCOMPATIBLE_OPTION_PAIR(short, long);
    const name = options?.[short] !== undefined ? short : long;
    const given = options?.[name];
    if (given === undefined) return fallback;
    validateUint32(given, name);
    return given || fallback;
  };
  const N = pick('N', 'cost', 16384);
  const r = pick('r', 'blockSize', 8);
  const p = pick('p', 'parallelization', 1);
  let maxmem = 32 * 1024 * 1024;
  if (options?.maxmem !== undefined) {
    validateInteger(options.maxmem, 'maxmem', 0);
    maxmem = options.maxmem || maxmem;
  }
  const wrong = binding.scryptCheck(N, r, p, maxmem);
  if (wrong !== undefined) throw new ERR_CRYPTO_INVALID_SCRYPT_PARAMS(wrong);
  return [password, salt, N, r, p, maxmem, keylen];
}

/** Node documentation: crypto.scrypt(password, salt, keylen[, options], callback). */
function scrypt(password, salt, keylen, options, callback = undefined) {
  if (typeof options === 'function') [options, callback] = [undefined, options];
  const args = scryptArguments(password, salt, keylen, options);
  validateFunction(callback, 'callback');
  binding.scrypt(...args, callback);
}

function scryptSync(password, salt, keylen, options = undefined) {
  return binding.scrypt(...scryptArguments(password, salt, keylen, options));
}

function hkdfArguments(digest, key, salt, info, length) {
  validateString(digest, 'digest');
  key = require('./keys').secretHandle(key, undefined, 'ikm');
  salt = toBytes(salt, 'salt');
  info = toBytes(info, 'info');
  validateInteger(length, 'length', 0, LARGEST);
  if (info.byteLength > 1024) throw new ERR_OUT_OF_RANGE('info', 'must not contain more than 1024 bytes', info.byteLength);
  checkDigest(digest);
  const { hashOneShot } = internalBinding('crypto_hash');
  if (length > hashOneShot(findDigest(digest), '', 0).length * 255) throw new ERR_CRYPTO_INVALID_KEYLEN();
  return [digest, key, salt, info, length];
}

/** Node documentation: crypto.hkdf(digest, ikm, salt, info, keylen, callback). @returns an ArrayBuffer, to callback */
function hkdf(digest, key, salt, info, length, callback) {
  const args = hkdfArguments(digest, key, salt, info, length);
  validateFunction(callback, 'callback');
  binding.hkdf(...args, (error, bytes) => (error ? callback(error) : callback(null, toArrayBuffer(bytes))));
}

function hkdfSync(digest, key, salt, info, length) {
  return toArrayBuffer(binding.hkdf(...hkdfArguments(digest, key, salt, info, length)));
}

module.exports = { checkDigest, hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync };
