'use strict';
// argon2 (node:crypto; RFC 9106).
const { argon2: start } = internalBinding('crypto_kdf');
const { isBytes, toBytes } = require('./util');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE },
} = require('../errors');
const { validateFunction, validateInteger, validateObject, validateOneOf, validateString } = require('../validators');

const VARIANTS = ['argon2d', 'argon2i', 'argon2id'];
const LARGEST = 2 ** 32 - 1;

function member(parameters, name, optional) {
  const value = parameters[name];
  if (value === undefined && optional) return new Uint8Array(0);
  if (typeof value !== 'string' && !isBytes(value)) {
    throw new ERR_INVALID_ARG_TYPE(
      `parameters.${name}`,
      ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'],
      value,
    );
  }
  return toBytes(value, `parameters.${name}`);
}

function argumentsOf(algorithm, parameters) {
  validateString(algorithm, 'algorithm');
  validateOneOf(algorithm, 'algorithm', VARIANTS);
  validateObject(parameters, 'parameters');
  const message = member(parameters, 'message');
  const nonce = member(parameters, 'nonce');
  if (nonce.byteLength < 8)
    throw new ERR_OUT_OF_RANGE('parameters.nonce.byteLength', `>= 8 && <= ${LARGEST}`, nonce.byteLength);
  const { parallelism, tagLength, memory, passes } = parameters;
  validateInteger(parallelism, 'parameters.parallelism', 1, 2 ** 24 - 1);
  validateInteger(tagLength, 'parameters.tagLength', 4, LARGEST);
  validateInteger(memory, 'parameters.memory', 8 * parallelism, LARGEST);
  validateInteger(passes, 'parameters.passes', 1, LARGEST);
  const secret = member(parameters, 'secret', true);
  const associatedData = member(parameters, 'associatedData', true);
  return [VARIANTS.indexOf(algorithm), message, nonce, secret, associatedData, parallelism, memory, passes, tagLength];
}

/** Node documentation: crypto.argon2(algorithm, parameters, callback). memory in KiB, tagLength in bytes. */
function argon2(algorithm, parameters, callback) {
  const args = argumentsOf(algorithm, parameters);
  validateFunction(callback, 'callback');
  start(...args, callback);
}

/** @returns {Buffer} */
function argon2Sync(algorithm, parameters) {
  return start(...argumentsOf(algorithm, parameters));
}

module.exports = { argon2, argon2Sync };
