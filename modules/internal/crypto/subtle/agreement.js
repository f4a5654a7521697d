'use strict';
// Bits that two keys agree on: ECDH, X25519, X448.
const { derive } = internalBinding('crypto_keygen');
const { slotsOf } = require('../crypto_key');
const { toArrayBuffer } = require('../util');
const { maskBits } = require('./common');
const { invalid } = require('./errors');
const { run } = require('./job');

const refuse = (message) => {
  throw invalid('InvalidAccessError', message);
};

/** @param {object} algorithm of a key @returns {number} bits of the secret */
function secretBits({ name, namedCurve }) {
  if (name === 'X25519') return 256;
  if (name === 'X448') return 448;
  return { 'P-256': 256, 'P-384': 384, 'P-521': 528 }[namedCurve];
}

/** What can be said of parameters without the private key. @param {number | null} length bits */
function checkLength({ name, public: peer }, length) {
  const { algorithm, type } = slotsOf(peer);
  if (type !== 'public') refuse('algorithm.public must be a public key');
  if (algorithm.name !== name) refuse('key algorithm mismatch');
  if (length !== null && length > secretBits(algorithm))
    throw invalid('OperationError', 'derived bit length is too small');
}

/** @returns {Promise<ArrayBuffer>} */
async function deriveBits(parameters, { handle, algorithm }, length) {
  const peer = slotsOf(parameters.public);
  if (peer.type !== 'public') refuse('algorithm.public must be a public key');
  if (peer.algorithm.name !== algorithm.name) refuse('key algorithm mismatch');
  if (peer.algorithm.namedCurve !== algorithm.namedCurve) refuse('Named curve mismatch');
  const secret = await run(derive, handle, peer.handle);
  if (length === null) return toArrayBuffer(secret);
  if (length > secretBits(algorithm)) throw invalid('OperationError', 'derived bit length is too small');
  return maskBits(new Uint8Array(secret.subarray(0, Math.ceil(length / 8))), length).buffer;
}

module.exports = { checkLength, deriveBits };
