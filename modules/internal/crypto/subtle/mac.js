'use strict';
// HMAC and KMAC. The length of a key is in bits: what its last byte has more than those is 0.
const binding = internalBinding('crypto_subtle');
const { randomBytes } = require('../random');
const { checkJwkAlg, checkUsages, exportSecret, makeSecret, maskBits, secretBytes } = require('./common');
const { invalid } = require('./errors');
const { run } = require('./job');
const { isSha3 } = require('./parameters');

const isHmac = (name) => name === 'HMAC';
const strengthOf = (name) => (name === 'KMAC128' ? 128 : 256);
const formatsOf = (name) => (isHmac(name) ? ['raw-secret', 'raw'] : ['raw-secret']);
const blockBits = (hash) => (hash === 'SHA-1' || hash === 'SHA-256' ? 512 : 1024);

function algorithmOf(name, length, hash) {
  return isHmac(name) ? { name, length, hash } : { name, length };
}

function jwkAlgorithm(name, hash) {
  if (!isHmac(name)) return `K${strengthOf(name)}`;
  return isSha3(hash.name) ? undefined : `HS${hash.name.slice(4)}`;
}

/** Bits of a key that nobody gave a length. */
function defaultLength(name, hash) {
  if (!isHmac(name)) return strengthOf(name);
  if (isSha3(hash.name)) throw invalid('NotSupportedError', 'Explicit algorithm length member is required');
  return blockBits(hash.name);
}

function generateKey({ name, hash, length }, extractable, usages) {
  checkUsages(name, usages, ['sign', 'verify']);
  const bits = length ?? defaultLength(name, hash);
  return makeSecret(
    maskBits(randomBytes(Math.ceil(bits / 8)), bits),
    algorithmOf(name, bits, hash),
    usages,
    extractable,
  );
}

function importKey(format, data, { name, hash, length }, extractable, usages) {
  checkUsages(name, usages, ['sign', 'verify']);
  const given = secretBytes({ format, data, name, usages, extractable }, formatsOf(name), 'sig');
  if (format === 'jwk') checkJwkAlg(data, jwkAlgorithm(name, hash));
  const most = given.length * 8;
  if (isHmac(name) && most === 0) throw invalid('DataError', 'Zero-length key is not supported');
  const bits = length ?? most;
  if (bits > most || bits <= most - 8) throw invalid('DataError', 'Invalid key length');
  return makeSecret(maskBits(new Uint8Array(given), bits), algorithmOf(name, bits, hash), usages, extractable);
}

function exportKey(format, slots) {
  const { name, hash } = slots.algorithm;
  return exportSecret(format, slots, formatsOf(name), jwkAlgorithm(name, hash));
}

function make({ customization, outputLength }, { handle, algorithm: { name, hash, length } }, data, signature) {
  if (isHmac(name)) return run(binding.hmac, hash.name, handle, data, signature);
  return run(
    binding.kmac,
    strengthOf(name),
    handle,
    length,
    customization ?? new Uint8Array(0),
    outputLength,
    data,
    signature,
  );
}

module.exports = {
  generateKey,
  importKey,
  exportKey,
  sign: (parameters, slots, data) => make(parameters, slots, data),
  verify: (parameters, slots, signature, data) => make(parameters, slots, data, signature),
  keyLength: ({ name, hash, length }) => length ?? defaultLength(name, hash),
};
