'use strict';
// node:crypto: what is in internal/crypto/, under its public names. Loaded on first require; what few apps use is
// loaded when it is asked for.
const { Hash, Hmac, hash } = require('../internal/crypto/hash');
const random = require('../internal/crypto/random');
const kdf = require('../internal/crypto/kdf');
const keys = require('../internal/crypto/keys');
const signing = require('../internal/crypto/sign');
const hashes = internalBinding('crypto_hash');
const constants = require('../internal/crypto/constants');
const { isBytes } = require('../internal/crypto/util');
const {
  codes: { ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED, ERR_CRYPTO_FIPS_UNAVAILABLE = Error, ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH, ERR_INVALID_ARG_TYPE },
} = require('../internal/errors');

const keygen = () => require('../internal/crypto/keygen');
const ciphers = () => require('../internal/crypto/cipher');
const groups = () => require('../internal/crypto/dh');

/** Node documentation: crypto.timingSafeEqual(a, b). */
function timingSafeEqual(a, b) {
  if (!isBytes(a)) throw new ERR_INVALID_ARG_TYPE('buf1', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], a);
  if (!isBytes(b)) throw new ERR_INVALID_ARG_TYPE('buf2', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], b);
  if (a.byteLength !== b.byteLength) throw new ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH();
  return hashes.timingSafeEqual(a, b);
}

const { getRandomValues: _, ...randoms } = random;
const { checkDigest: __, ...derivations } = kdf;
let hashNames;

module.exports = {
  Hash,
  Hmac,
  hash,
  createHash: (algorithm, options) => new Hash(algorithm, options),
  createHmac: (algorithm, key, options) => new Hmac(algorithm, key, options),
  createSign: (algorithm, options) => new signing.Sign(algorithm, options),
  createVerify: (algorithm, options) => new signing.Verify(algorithm, options),
  getHashes: () => [...(hashNames ??= hashes.hashList())],
  timingSafeEqual,
  ...randoms,
  ...derivations,
  ...signing,
  KeyObject: keys.KeyObject,
  createPrivateKey: keys.createPrivateKey,
  createPublicKey: keys.createPublicKey,
  createSecretKey: keys.createSecretKey,
  createCipheriv: (cipher, key, iv, options) => new (ciphers().Cipheriv)(cipher, key, iv, options),
  createDecipheriv: (cipher, key, iv, options) => new (ciphers().Decipheriv)(cipher, key, iv, options),
  getCiphers: () => ciphers().getCiphers(),
  getCipherInfo: (nameOrNid, options) => ciphers().getCipherInfo(nameOrNid, options),
  createDiffieHellman: (...args) => new (groups().DiffieHellman)(...args),
  createDiffieHellmanGroup: (name) => new (groups().DiffieHellmanGroup)(name),
  getDiffieHellman: (name) => new (groups().DiffieHellmanGroup)(name),
  createECDH: (curve) => new (groups().ECDH)(curve),
  getCurves: () => groups().getCurves(),
  getRandomValues: (array) => random.getRandomValues(array),
  getFips: () => 0,
  setFips(on) {
    if (on) throw new ERR_CRYPTO_FIPS_UNAVAILABLE();
  },
  setEngine() { throw new ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED(); },
  secureHeapUsed: () => ({ total: 0, used: 0, utilization: 0, min: 0 }),
  constants,
};

/** Names whose values are loaded on first use. */
function lazy(load, names) {
  for (const name of names) {
    Object.defineProperty(module.exports, name, {
      get() {
        const value = load()[name];
        Object.defineProperty(module.exports, name, { value, enumerable: true, configurable: true, writable: true });
        return value;
      },
      set(value) { Object.defineProperty(module.exports, name, { value, enumerable: true, configurable: true, writable: true }); },
      enumerable: true,
      configurable: true,
    });
  }
}
lazy(keygen, ['generateKeyPair', 'generateKeyPairSync', 'generateKey', 'generateKeySync', 'diffieHellman']);
lazy(ciphers, ['Cipheriv', 'Decipheriv']);
lazy(() => require('../internal/crypto/x509'), ['X509Certificate']);
lazy(groups, ['DiffieHellman', 'DiffieHellmanGroup', 'ECDH']);

Object.defineProperties(module.exports, {
  webcrypto: { get: () => require('../web/crypto').crypto, enumerable: true, configurable: true },
  subtle: { get: () => require('../web/crypto').crypto.subtle, enumerable: true, configurable: true },
});
