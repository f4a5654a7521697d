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
const { deprecate } = require('../internal/util');
const {
  codes: {
    ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED,
    ERR_CRYPTO_FIPS_UNAVAILABLE = Error,
    ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH,
    ERR_INVALID_ARG_TYPE,
  },
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

/** Node documentation: crypto.secureHeapUsed(). Bytes of OpenSSL's secure heap (--secure-heap). */
function secureHeapUsed() {
  const { total, used, min } = random.secureHeap();
  return { total, used, utilization: used / total, min };
}

const { getRandomValues: _, secureHeap: __, ...randoms } = random;
const { checkDigest: ___, ...derivations } = kdf;
let hashNames;

// Functions, not arrows: programs call them with `new` too.
function createHash(algorithm, options) {
  return new Hash(algorithm, options);
}
function createHmac(algorithm, key, options) {
  return new Hmac(algorithm, key, options);
}
function createSign(algorithm, options) {
  return new signing.Sign(algorithm, options);
}
function createVerify(algorithm, options) {
  return new signing.Verify(algorithm, options);
}
function createCipheriv(cipher, key, iv, options) {
  return new (ciphers().Cipheriv)(cipher, key, iv, options);
}
function createDecipheriv(cipher, key, iv, options) {
  return new (ciphers().Decipheriv)(cipher, key, iv, options);
}
function createDiffieHellman(sizeOrKey, keyEncoding, generator, genEncoding) {
  return new (groups().DiffieHellman)(sizeOrKey, keyEncoding, generator, genEncoding);
}
function createDiffieHellmanGroup(name) {
  return new (groups().DiffieHellmanGroup)(name);
}
function createECDH(curve) {
  return new (groups().ECDH)(curve);
}

module.exports = {
  Hash: deprecate(Hash, 'crypto.Hash constructor is deprecated.', 'DEP0179'),
  Hmac: deprecate(Hmac, 'crypto.Hmac constructor is deprecated.', 'DEP0181'),
  hash,
  createHash,
  createHmac,
  createSign,
  createVerify,
  getHashes: () => [...(hashNames ??= hashes.hashList())],
  timingSafeEqual,
  ...randoms,
  ...derivations,
  ...signing,
  KeyObject: keys.KeyObject,
  createPrivateKey: keys.createPrivateKey,
  createPublicKey: keys.createPublicKey,
  createSecretKey: keys.createSecretKey,
  createCipheriv,
  createDecipheriv,
  getCiphers: () => ciphers().getCiphers(),
  getCipherInfo: (nameOrNid, options) => ciphers().getCipherInfo(nameOrNid, options),
  createDiffieHellman,
  createDiffieHellmanGroup,
  getDiffieHellman: createDiffieHellmanGroup,
  createECDH,
  getCurves: () => groups().getCurves(),
  getFips: () => 0,
  setFips(on) {
    if (on) throw new ERR_CRYPTO_FIPS_UNAVAILABLE();
  },
  setEngine(id, flags) {
    throw new ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED();
  },
  secureHeapUsed,
};

/** Names whose values are loaded on first use. */
function lazy(load, names) {
  for (const name of names) {
    const set = (value) =>
      Object.defineProperty(module.exports, name, { value, enumerable: true, configurable: true, writable: true });
    Object.defineProperty(module.exports, name, {
      get() {
        const value = load()[name];
        set(value);
        return value;
      },
      set,
      enumerable: true,
      configurable: true,
    });
  }
}
lazy(keygen, ['generateKeyPair', 'generateKeyPairSync', 'generateKey', 'generateKeySync', 'diffieHellman']);
lazy(ciphers, ['Cipheriv', 'Decipheriv']);
lazy(() => require('../internal/crypto/x509'), ['X509Certificate']);
lazy(groups, ['DiffieHellman', 'DiffieHellmanGroup', 'ECDH']);
lazy(() => require('../internal/crypto/argon2'), ['argon2', 'argon2Sync']);
lazy(() => require('../internal/crypto/kem'), ['encapsulate', 'decapsulate']);
lazy(() => require('../internal/crypto/spkac'), ['Certificate']);

const webcrypto = () => require('../web/crypto').crypto;
const getter = (get) => ({ get, enumerable: true, configurable: false });
Object.defineProperties(module.exports, {
  constants: { value: constants, enumerable: true, writable: false, configurable: false },
  webcrypto: getter(webcrypto),
  subtle: getter(() => webcrypto().subtle),
  getRandomValues: getter(() => getRandomValues),
  fips: {
    get: deprecate(module.exports.getFips, 'The crypto.fips is deprecated. Please use crypto.getFips()', 'DEP0093'),
    set: deprecate(module.exports.setFips, 'The crypto.fips is deprecated. Please use crypto.setFips()', 'DEP0093'),
    enumerable: false,
    configurable: false,
  },
});

function getRandomValues(array) {
  return random.getRandomValues(array);
}

// The old names of randomBytes; said so under --pending-deprecation.
for (const name of ['pseudoRandomBytes', 'prng', 'rng']) {
  const set = (value) =>
    Object.defineProperty(module.exports, name, { value, enumerable: false, configurable: true, writable: true });
  Object.defineProperty(module.exports, name, {
    get() {
      const value = process.pendingDeprecation
        ? deprecate(random.randomBytes, `crypto.${name} is deprecated.`, 'DEP0115')
        : random.randomBytes;
      set(value);
      return value;
    },
    set,
    enumerable: false,
    configurable: true,
  });
}
