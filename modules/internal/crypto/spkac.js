'use strict';
// Certificate (node:crypto): signed public keys with a challenge, as <keygen> made them.
const binding = internalBinding('crypto_spkac');
const { isBytes, toBytes } = require('./util');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE },
} = require('../errors');

const LARGEST = 2 ** 31 - 1;

function spkacBytes(spkac, encoding) {
  if (typeof spkac !== 'string' && !isBytes(spkac)) {
    throw new ERR_INVALID_ARG_TYPE('spkac', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], spkac);
  }
  const bytes = toBytes(spkac, 'spkac', encoding);
  if (bytes.byteLength > LARGEST) throw new ERR_OUT_OF_RANGE('spkac', `<= ${LARGEST}`, bytes.byteLength);
  return bytes;
}

/** @returns {boolean} whether the signature is its key's */
function verifySpkac(spkac, encoding) {
  return binding.spkacVerify(spkacBytes(spkac, encoding));
}

/** @returns {Buffer | ''} PEM */
function exportPublicKey(spkac, encoding) {
  return binding.spkacPublicKey(spkacBytes(spkac, encoding)) ?? '';
}

/** @returns {Buffer | ''} */
function exportChallenge(spkac, encoding) {
  return binding.spkacChallenge(spkacBytes(spkac, encoding)) ?? '';
}

/** Node documentation: class Certificate. */
function Certificate() {
  if (!(this instanceof Certificate)) return new Certificate();
}
for (const method of [verifySpkac, exportPublicKey, exportChallenge]) {
  Certificate[method.name] = method;
  Certificate.prototype[method.name] = method;
}

module.exports = { Certificate };
