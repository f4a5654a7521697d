'use strict';
// The registry: for each algorithm the operations that it has, with the dictionary of their parameters (null: only a
// name), and the file that does them (Web Cryptography, section 18.4: algorithm normalization).
const { dictionaries } = require('./parameters');
const { invalid } = require('./errors');
const { emitWarning } = require('../../warning');

const secretKey = (generate, importing = null) => ({ generateKey: generate, importKey: importing, exportKey: null });
const keyPair = (generate = null, importing = null) => ({
  generateKey: generate,
  importKey: importing,
  exportKey: null,
  getPublicKey: null,
});
const cipher = (type) => ({ encrypt: type, decrypt: type });
const signature = (type) => ({ sign: type, verify: type });
const aes = (operations) => ({
  family: () => require('./aes'),
  ...secretKey('AesKeyGenParams'),
  'get key length': 'AesDerivedKeyParams',
  ...operations,
});
const rsa = (operations) => ({
  family: () => require('./rsa'),
  ...keyPair('RsaHashedKeyGenParams', 'RsaHashedImportParams'),
  ...operations,
});
const ec = (operations) => ({
  family: () => require('./ec'),
  ...keyPair('EcKeyGenParams', 'EcKeyImportParams'),
  ...operations,
});
const okp = (operations, experimental) => ({
  family: () => require('./okp'),
  experimental,
  ...keyPair(),
  ...operations,
});
const lattice = (operations) => ({
  family: () => require('./lattice'),
  experimental: true,
  ...keyPair(),
  ...operations,
});
const kdf = (type, experimental) => ({
  family: () => require('./kdf'),
  experimental,
  importKey: null,
  deriveBits: type,
  'get key length': null,
});
const digest = (type = null) => ({ family: () => require('./digest'), experimental: type !== null, digest: type });
const agreement = { deriveBits: 'EcdhKeyDeriveParams' };
const encapsulation = { encapsulate: null, decapsulate: null };
const kmac = {
  family: () => require('./mac'),
  experimental: true,
  ...secretKey('KmacKeyGenParams', 'KmacImportParams'),
  ...signature('KmacParams'),
  'get key length': 'KmacImportParams',
};

const algorithms = {
  __proto__: null,
  'AES-CBC': aes(cipher('AesCbcParams')),
  'AES-CTR': aes(cipher('AesCtrParams')),
  'AES-GCM': aes(cipher('AeadParams')),
  'AES-KW': aes({ wrapKey: null, unwrapKey: null }),
  'AES-OCB': aes({ ...cipher('AeadParams'), experimental: true }),
  'ChaCha20-Poly1305': {
    family: () => require('./aes'),
    experimental: true,
    ...secretKey(null),
    ...cipher('AeadParams'),
    'get key length': null,
  },
  HMAC: {
    family: () => require('./mac'),
    ...secretKey('HmacKeyGenParams', 'HmacImportParams'),
    ...signature(null),
    'get key length': 'HmacImportParams',
  },
  KMAC128: kmac,
  KMAC256: kmac,
  'RSASSA-PKCS1-v1_5': rsa(signature(null)),
  'RSA-PSS': rsa(signature('RsaPssParams')),
  'RSA-OAEP': rsa(cipher('RsaOaepParams')),
  ECDSA: ec(signature('EcdsaParams')),
  ECDH: ec(agreement),
  Ed25519: okp(signature(null)),
  Ed448: okp(signature('ContextParams'), true),
  X25519: okp(agreement),
  X448: okp(agreement, true),
  'ML-DSA-44': lattice(signature('ContextParams')),
  'ML-DSA-65': lattice(signature('ContextParams')),
  'ML-DSA-87': lattice(signature('ContextParams')),
  'ML-KEM-512': lattice(encapsulation),
  'ML-KEM-768': lattice(encapsulation),
  'ML-KEM-1024': lattice(encapsulation),
  HKDF: kdf('HkdfParams'),
  PBKDF2: kdf('Pbkdf2Params'),
  Argon2d: kdf('Argon2Params', true),
  Argon2i: kdf('Argon2Params', true),
  Argon2id: kdf('Argon2Params', true),
  'SHA-1': digest(),
  'SHA-256': digest(),
  'SHA-384': digest(),
  'SHA-512': digest(),
  'SHA3-256': { ...digest(), experimental: true },
  'SHA3-384': { ...digest(), experimental: true },
  'SHA3-512': { ...digest(), experimental: true },
  cSHAKE128: digest('CShakeParams'),
  cSHAKE256: digest('CShakeParams'),
  TurboSHAKE128: digest('TurboShakeParams'),
  TurboSHAKE256: digest('TurboShakeParams'),
  KT128: digest('KangarooTwelveParams'),
  KT256: digest('KangarooTwelveParams'),
};
const spelling = new Map(Object.keys(algorithms).map((name) => [name.toUpperCase(), name]));

const warned = new Set();
/** Says once that a name is experimental. @param {'algorithm' | 'method'} kind */
function warnExperimental(name, kind) {
  if (warned.has(name)) return;
  warned.add(name);
  emitWarning(
    `The ${name} Web Crypto API ${kind} is an experimental feature and might change at any time`,
    'ExperimentalWarning',
  );
}

const prefix = 'Failed to normalize algorithm';

/**
 * @param {string | object} algorithm @param {string} operation
 * @returns {{name: string}} with the parameters of the operation, bytes copied
 * @throws {DOMException} NotSupportedError; what its conversion throws
 */
function normalize(algorithm, operation) {
  const given = typeof algorithm === 'string' ? { name: algorithm } : algorithm;
  const options = { prefix, context: 'passed algorithm' };
  const { name: asked } = dictionaries.Algorithm(given, options);
  const name = spelling.get(asked.toUpperCase());
  const entry = name === undefined ? undefined : algorithms[name];
  if (entry === undefined || entry[operation] === undefined)
    throw invalid('NotSupportedError', 'Unrecognized algorithm name');
  if (entry.experimental) warnExperimental(name, 'algorithm');
  const type = entry[operation];
  if (type === null) return { __proto__: null, name };
  return dictionaries[type](given, { ...options, name });
}

/** @param {string} name @returns {object} what does the algorithm's operations */
const familyOf = (name) => algorithms[name].family();

/** @returns {boolean} whether an algorithm has an operation */
const has = (name, operation) => algorithms[name]?.[operation] !== undefined;

module.exports = { familyOf, has, normalize, warnExperimental };
