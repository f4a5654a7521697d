'use strict';
// AES in the modes CBC, CTR, GCM, KW and OCB, and ChaCha20-Poly1305.
const binding = internalBinding('crypto_oneshot');
const keys = internalBinding('crypto_key');
const { randomBytes } = require('../random');
const { checkJwkAlg, checkUsages, exportSecret, makeSecret, secretBytes } = require('./common');
const { invalid, operationError } = require('./errors');
const { run } = require('./job');

const isChaCha = (name) => name === 'ChaCha20-Poly1305';
const usagesOf = (name) =>
  name === 'AES-KW' ? ['wrapKey', 'unwrapKey'] : ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'];
const formatsOf = (name) => (name === 'AES-OCB' || isChaCha(name) ? ['raw-secret'] : ['raw-secret', 'raw']);
const algorithmOf = (name, bits) => (isChaCha(name) ? { name } : { name, length: bits });
const jwkAlgorithm = (name, bits) => (isChaCha(name) ? 'C20P' : `A${bits}${name.slice(4)}`);

function cipherName(name, bits) {
  if (isChaCha(name)) return 'ChaCha20-Poly1305';
  return name === 'AES-KW' ? `id-aes${bits}-wrap` : `${name.slice(0, 3)}-${bits}-${name.slice(4)}`;
}

function generateKey({ name, length = 256 }, extractable, usages) {
  checkUsages(name, usages, usagesOf(name));
  return makeSecret(randomBytes(length / 8), algorithmOf(name, length), usages, extractable);
}

function importKey(format, data, { name }, extractable, usages) {
  checkUsages(name, usages, usagesOf(name));
  const bytes = secretBytes({ format, data, name, usages, extractable }, formatsOf(name), 'enc');
  const bits = bytes.length * 8;
  if (isChaCha(name) ? bits !== 256 : bits !== 128 && bits !== 192 && bits !== 256)
    throw invalid('DataError', 'Invalid key length');
  if (format === 'jwk') checkJwkAlg(data, jwkAlgorithm(name, bits));
  return makeSecret(bytes, algorithmOf(name, bits), usages, extractable);
}

function exportKey(format, slots) {
  const { name } = slots.algorithm;
  return exportSecret(format, slots, formatsOf(name), jwkAlgorithm(name, keys.secretLength(slots.handle) * 8));
}

function crypt(encrypt, parameters, { handle }, data) {
  const { name, iv, counter, length = 0, tagLength = 128, additionalData } = parameters;
  const aead = name !== 'AES-CBC' && name !== 'AES-CTR' && name !== 'AES-KW';
  if (aead && iv.length === 0) throw operationError(new TypeError('Invalid initialization vector'));
  const nothing = new Uint8Array(0);
  return run(
    binding.cipher,
    encrypt,
    cipherName(name, keys.secretLength(handle) * 8),
    handle,
    iv ?? counter ?? nothing,
    additionalData ?? nothing,
    aead ? tagLength / 8 : 0,
    name === 'AES-CTR' ? length : 0,
    data,
  );
}

module.exports = {
  generateKey,
  importKey,
  exportKey,
  encrypt: (parameters, slots, data) => crypt(true, parameters, slots, data),
  decrypt: (parameters, slots, data) => crypt(false, parameters, slots, data),
  keyLength: ({ name, length }) => (isChaCha(name) ? 256 : length),
};
