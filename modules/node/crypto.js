'use strict';
// node:crypto: what is in internal/crypto/, under its public names. Loaded on first require.
const { Hash, Hmac, hash } = require('../internal/crypto/hash');
const random = require('../internal/crypto/random');
const keys = require('../internal/crypto/keys');
const hashes = internalBinding('crypto_hash');
const { codes: { ERR_INVALID_ARG_TYPE, ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH } } = require('../internal/errors');

const isBytes = (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer;

/** Node documentation: crypto.timingSafeEqual(a, b). */
function timingSafeEqual(a, b) {
  if (!isBytes(a)) throw new ERR_INVALID_ARG_TYPE('buf1', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], a);
  if (!isBytes(b)) throw new ERR_INVALID_ARG_TYPE('buf2', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], b);
  if (a.byteLength !== b.byteLength) throw new ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH();
  return hashes.equal(a, b);
}

const { toBytes: _bytes, toArrayBuffer: _arrayBuffer, ...randoms } = random;
const { secretBytes: _secret, make: _make, opensslError: _error, ...keyFunctions } = keys;

module.exports = {
  Hash,
  Hmac,
  hash,
  createHash: (algorithm, options) => new Hash(algorithm, options),
  createHmac: (algorithm, key, options) => new Hmac(algorithm, key, options),
  createSign: (algorithm, options) => new keys.Sign(algorithm, options),
  createVerify: (algorithm, options) => new keys.Verify(algorithm, options),
  getHashes: () => hashes.names(),
  timingSafeEqual,
  ...randoms,
  ...keyFunctions,
  getRandomValues: (array) => require('../web/crypto').crypto.getRandomValues(array),
  getFips: () => 0,
  constants: {
    __proto__: null,
    RSA_PKCS1_PADDING: 1, RSA_NO_PADDING: 3, RSA_PKCS1_OAEP_PADDING: 4, RSA_X931_PADDING: 5, RSA_PKCS1_PSS_PADDING: 6,
    RSA_PSS_SALTLEN_DIGEST: -1, RSA_PSS_SALTLEN_MAX_SIGN: -2, RSA_PSS_SALTLEN_AUTO: -2,
    POINT_CONVERSION_COMPRESSED: 2, POINT_CONVERSION_UNCOMPRESSED: 4, POINT_CONVERSION_HYBRID: 6,
  },
};
Object.defineProperties(module.exports, {
  webcrypto: { get: () => require('../web/crypto').crypto, enumerable: true, configurable: true },
  subtle: { get: () => require('../web/crypto').crypto.subtle, enumerable: true, configurable: true },
});
