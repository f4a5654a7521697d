'use strict';
// Key encapsulation: encapsulate and decapsulate (node:crypto).
const { kem } = internalBinding('crypto_kem');
const { isBytes } = require('./util');
const { privateHandle, publicHandle } = require('./keys');
const {
  codes: { ERR_INVALID_ARG_TYPE },
} = require('../errors');
const { validateFunction } = require('../validators');

const shaped = ([sharedKey, ciphertext]) => ({ sharedKey, ciphertext });

/** Both wait for a job of C; where it ran at once its error tells what failed, later it tells that something did. */
function start(key, ciphertext, callback, convert) {
  if (callback === undefined) return convert(kem(key, ciphertext));
  kem(key, ciphertext, (error, result) => {
    if (!error) callback(null, convert(result));
    else callback(new Error('Deriving bits failed'));
  });
  return undefined;
}

/**
 * Node documentation: crypto.encapsulate(key[, callback]).
 * @returns {{sharedKey: Buffer, ciphertext: Buffer} | undefined}
 */
function encapsulate(key, callback) {
  if (callback !== undefined) validateFunction(callback, 'callback');
  return start(publicHandle(key), undefined, callback, shaped);
}

/** Node documentation: crypto.decapsulate(key, ciphertext[, callback]). @returns {Buffer | undefined} */
function decapsulate(key, ciphertext, callback) {
  if (callback !== undefined) validateFunction(callback, 'callback');
  const handle = privateHandle(key);
  if (!isBytes(ciphertext))
    throw new ERR_INVALID_ARG_TYPE('ciphertext', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], ciphertext);
  return start(handle, ciphertext, callback, (bytes) => bytes);
}

module.exports = { decapsulate, encapsulate };
