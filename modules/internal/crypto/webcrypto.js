'use strict';
// SubtleCrypto (Web Cryptography, section 14): arguments are converted when a method is called, all that can be
// refused then is, and the work is jobs of C on the thread pool, which copy the data when they are made: after the
// parameters have been read, whose getters are the program's, and before the method returns. What an algorithm does is
// in subtle/, by family.
const {
  codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_THIS },
} = require('../errors');
const { slotsOf } = require('./crypto_key');
const { familyOf, has, normalize, warnExperimental } = require('./subtle/algorithms');
const { invalid } = require('./subtle/errors');
const idl = require('./subtle/idl');

// ---- the operations, on what is converted -------------------------------------------------------------------------

function checkKey(slots, name, usage, message = `Unable to use this key to ${usage}`) {
  if (slots.algorithm.name !== name) throw invalid('InvalidAccessError', 'Key algorithm mismatch');
  if (!slots.usages.includes(usage)) throw invalid('InvalidAccessError', message);
}

function refuseNoUsages(key, message) {
  const { type, usages } = slotsOf(key);
  if (type !== 'public' && usages.length === 0) throw invalid('SyntaxError', message(type));
  return key;
}

/** @returns {CryptoKey} */
function importKeyData(format, data, algorithm, extractable, usages) {
  const key = familyOf(algorithm.name).importKey(format, data, algorithm, extractable, usages);
  return refuseNoUsages(key, (type) => `Usages cannot be empty when importing a ${type} key.`);
}

/** @returns {ArrayBuffer | object} */
function exportKeyData(format, key) {
  const slots = slotsOf(key);
  const {
    algorithm: { name },
    type,
  } = slots;
  if (!has(name, 'exportKey')) throw invalid('NotSupportedError', `${name} key export is not supported`);
  if (!slots.extractable) throw invalid('InvalidAccessError', 'key is not extractable');
  const exported = familyOf(name).exportKey(format, slots);
  if (exported === undefined)
    throw invalid('NotSupportedError', `Unable to export ${name} ${type} key using ${format} format`);
  return exported;
}

async function deriveBits(parameters, key, length, usage) {
  const slots = slotsOf(key);
  checkKey(slots, parameters.name, usage, `baseKey does not have ${usage} usage`);
  return familyOf(parameters.name).deriveBits(parameters, slots, length);
}

/** AES-KW is an operation of wrapping only; the others wrap by encrypting. */
const wrapping = (algorithm, operation, otherwise) => {
  const name = typeof algorithm === 'string' ? algorithm : algorithm?.name;
  return normalize(algorithm, `${name}`.toUpperCase() === 'AES-KW' ? operation : otherwise);
};

async function wrapKey(format, key, wrappingKey, parameters) {
  const slots = slotsOf(wrappingKey);
  checkKey(slots, parameters.name, 'wrapKey');
  let data = exportKeyData(format, key);
  if (format === 'jwk') {
    let text = JSON.stringify(data);
    // AES-KW takes whole blocks of 8 bytes; JSON does not mind the spaces.
    if (parameters.name === 'AES-KW')
      text = text.slice(0, -1) + ' '.repeat((8 - (text.length % 8)) % 8) + text.slice(-1);
    data = new TextEncoder().encode(text);
  }
  return familyOf(parameters.name).encrypt(parameters, slots, data);
}

function parseJwk(bytes, options) {
  let jwk;
  try {
    jwk = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw invalid('DataError', 'Invalid wrapped JWK key', error);
  }
  return idl.JsonWebKey(jwk, options);
}

function encapsulationKey(key, parameters, usage, what) {
  const slots = slotsOf(key);
  if (slots.algorithm.name !== parameters.name) throw invalid('InvalidAccessError', 'key algorithm mismatch');
  if (!slots.usages.includes(usage)) throw invalid('InvalidAccessError', `${what} does not have ${usage} usage`);
  return slots;
}

// ---- what is supported --------------------------------------------------------------------------------------------

/** @returns {number | null} bits of a key that is derived */
function derivedLength(algorithm) {
  const parameters = normalize(algorithm, 'get key length');
  return familyOf(parameters.name).keyLength(parameters);
}

const SHARED_BITS = 256; // of ML-KEM

function checkShared(algorithm) {
  const { name, length } = normalize(algorithm, 'importKey');
  if (!has(name, 'get key length')) throw invalid('NotSupportedError', 'Unrecognized algorithm name');
  if (length !== undefined && Math.ceil(length / 8) * 8 !== SHARED_BITS)
    throw invalid('DataError', 'Invalid key length');
}

/** What each operation of supports() asks; throws where the answer is no. */
const questions = {
  __proto__: null,
  encrypt: (algorithm) => normalize(algorithm, 'encrypt'),
  decrypt: (algorithm) => normalize(algorithm, 'decrypt'),
  sign: (algorithm) => normalize(algorithm, 'sign'),
  verify: (algorithm) => normalize(algorithm, 'verify'),
  digest: (algorithm) => normalize(algorithm, 'digest'),
  generateKey: (algorithm) => normalize(algorithm, 'generateKey'),
  importKey: (algorithm) => normalize(algorithm, 'importKey'),
  exportKey: (algorithm) => normalize(algorithm, 'exportKey'),
  getPublicKey: (algorithm) => normalize(algorithm, 'getPublicKey'),
  encapsulateBits: (algorithm) => normalize(algorithm, 'encapsulate'),
  decapsulateBits: (algorithm) => normalize(algorithm, 'decapsulate'),
  deriveBits(algorithm, length = null) {
    const parameters = normalize(algorithm, 'deriveBits');
    familyOf(parameters.name).checkLength(parameters, length);
  },
  deriveKey(algorithm, derived) {
    normalize(derived, 'importKey');
    questions.deriveBits(algorithm, derivedLength(derived));
  },
  wrapKey(algorithm, exported) {
    wrapping(algorithm, 'wrapKey', 'encrypt');
    normalize(exported, 'exportKey');
  },
  unwrapKey(algorithm, imported) {
    wrapping(algorithm, 'unwrapKey', 'decrypt');
    normalize(imported, 'importKey');
  },
  encapsulateKey(algorithm, shared) {
    normalize(algorithm, 'encapsulate');
    checkShared(shared);
  },
  decapsulateKey(algorithm, shared) {
    normalize(algorithm, 'decapsulate');
    checkShared(shared);
  },
};

// ---- the class ----------------------------------------------------------------------------------------------------

const kMake = Symbol('make');

/** The methods: each gets its arguments converted, and may throw or return a promise. */
const methods = {
  __proto__: null,

  encrypt: [
    3,
    (args, at) => {
      const [algorithm, key, data] = [
        idl.AlgorithmIdentifier(args[0], at(0)),
        idl.CryptoKey(args[1], at(1)),
        idl.BufferSource(args[2], at(2)),
      ];
      const parameters = normalize(algorithm, 'encrypt');
      checkKey(slotsOf(key), parameters.name, 'encrypt');
      return familyOf(parameters.name).encrypt(parameters, slotsOf(key), data);
    },
  ],

  decrypt: [
    3,
    (args, at) => {
      const [algorithm, key, data] = [
        idl.AlgorithmIdentifier(args[0], at(0)),
        idl.CryptoKey(args[1], at(1)),
        idl.BufferSource(args[2], at(2)),
      ];
      const parameters = normalize(algorithm, 'decrypt');
      checkKey(slotsOf(key), parameters.name, 'decrypt');
      return familyOf(parameters.name).decrypt(parameters, slotsOf(key), data);
    },
  ],

  sign: [
    3,
    (args, at) => {
      const [algorithm, key, data] = [
        idl.AlgorithmIdentifier(args[0], at(0)),
        idl.CryptoKey(args[1], at(1)),
        idl.BufferSource(args[2], at(2)),
      ];
      const parameters = normalize(algorithm, 'sign');
      checkKey(slotsOf(key), parameters.name, 'sign');
      return familyOf(parameters.name).sign(parameters, slotsOf(key), data);
    },
  ],

  verify: [
    4,
    (args, at) => {
      const [algorithm, key] = [idl.AlgorithmIdentifier(args[0], at(0)), idl.CryptoKey(args[1], at(1))];
      const [signature, data] = [idl.BufferSource(args[2], at(2)), idl.BufferSource(args[3], at(3))];
      const parameters = normalize(algorithm, 'verify');
      checkKey(slotsOf(key), parameters.name, 'verify');
      return familyOf(parameters.name).verify(parameters, slotsOf(key), signature, data);
    },
  ],

  digest: [
    2,
    (args, at) => {
      const [algorithm, data] = [idl.AlgorithmIdentifier(args[0], at(0)), idl.BufferSource(args[1], at(1))];
      const parameters = normalize(algorithm, 'digest');
      return familyOf(parameters.name).digest(parameters, data);
    },
  ],

  generateKey: [
    3,
    async (args, at) => {
      const [algorithm, extractable, usages] = [
        idl.AlgorithmIdentifier(args[0], at(0)),
        !!args[1],
        idl.sequenceOfKeyUsage(args[2], at(2)),
      ];
      const parameters = normalize(algorithm, 'generateKey');
      const made = await familyOf(parameters.name).generateKey(parameters, extractable, usages);
      refuseNoUsages(made.privateKey ?? made, () => 'Usages cannot be empty when creating a key.');
      return made;
    },
  ],

  deriveKey: [
    5,
    async (args, at) => {
      const [algorithm, key] = [idl.AlgorithmIdentifier(args[0], at(0)), idl.CryptoKey(args[1], at(1))];
      const [derived, extractable, usages] = [
        idl.AlgorithmIdentifier(args[2], at(2)),
        !!args[3],
        idl.sequenceOfKeyUsage(args[4], at(4)),
      ];
      const parameters = normalize(algorithm, 'deriveBits');
      const imported = normalize(derived, 'importKey');
      const length = derivedLength(derived);
      const bits = await deriveBits(parameters, key, length, 'deriveKey');
      return importKeyData('raw-secret', new Uint8Array(bits), imported, extractable, usages);
    },
  ],

  deriveBits: [
    2,
    (args, at) => {
      const [algorithm, key] = [idl.AlgorithmIdentifier(args[0], at(0)), idl.CryptoKey(args[1], at(1))];
      const length = args[2] === undefined || args[2] === null ? null : idl.unsignedLong(args[2], at(2));
      return deriveBits(normalize(algorithm, 'deriveBits'), key, length, 'deriveBits');
    },
  ],

  importKey: [
    5,
    (args, at) => {
      const format = idl.KeyFormat(args[0], at(0));
      const data = format === 'jwk' ? idl.JsonWebKey(args[1], at(1)) : idl.BufferSource(args[1], at(1));
      const [algorithm, extractable, usages] = [
        idl.AlgorithmIdentifier(args[2], at(2)),
        !!args[3],
        idl.sequenceOfKeyUsage(args[4], at(4)),
      ];
      return importKeyData(format, data, normalize(algorithm, 'importKey'), extractable, usages);
    },
  ],

  exportKey: [2, (args, at) => exportKeyData(idl.KeyFormat(args[0], at(0)), idl.CryptoKey(args[1], at(1)))],

  wrapKey: [
    4,
    (args, at) => {
      const [format, key] = [idl.KeyFormat(args[0], at(0)), idl.CryptoKey(args[1], at(1))];
      const [wrappingKey, algorithm] = [idl.CryptoKey(args[2], at(2)), idl.AlgorithmIdentifier(args[3], at(3))];
      return wrapKey(format, key, wrappingKey, wrapping(algorithm, 'wrapKey', 'encrypt'));
    },
  ],

  unwrapKey: [
    7,
    async (args, at) => {
      const [format, wrapped, key] = [
        idl.KeyFormat(args[0], at(0)),
        idl.BufferSource(args[1], at(1)),
        idl.CryptoKey(args[2], at(2)),
      ];
      const [algorithm, imported] = [idl.AlgorithmIdentifier(args[3], at(3)), idl.AlgorithmIdentifier(args[4], at(4))];
      const [extractable, usages] = [!!args[5], idl.sequenceOfKeyUsage(args[6], at(6))];
      const parameters = wrapping(algorithm, 'unwrapKey', 'decrypt');
      const unwrapped = normalize(imported, 'importKey');
      checkKey(slotsOf(key), parameters.name, 'unwrapKey');
      const bytes = new Uint8Array(await familyOf(parameters.name).decrypt(parameters, slotsOf(key), wrapped));
      return importKeyData(format, format === 'jwk' ? parseJwk(bytes, at(1)) : bytes, unwrapped, extractable, usages);
    },
  ],

  getPublicKey: [
    2,
    (args, at) => {
      warnExperimental('getPublicKey', 'method');
      const [key, usages] = [idl.CryptoKey(args[0], at(0)), idl.sequenceOfKeyUsage(args[1], at(1))];
      const { type, handle, algorithm } = slotsOf(key);
      if (type !== 'private')
        throw invalid(type === 'secret' ? 'NotSupportedError' : 'InvalidAccessError', 'key must be a private key');
      require('./subtle/common').checkUsages(
        algorithm.name,
        usages,
        familyOf(algorithm.name).publicUsages(algorithm.name),
      );
      return require('./crypto_key').makeCryptoKey(
        'public',
        internalBinding('crypto_key').toPublic(handle),
        algorithm,
        usages,
        true,
      );
    },
  ],

  encapsulateBits: [
    2,
    async (args, at) => {
      warnExperimental('encapsulateBits', 'method');
      const [algorithm, key] = [idl.AlgorithmIdentifier(args[0], at(0)), idl.CryptoKey(args[1], at(1))];
      const parameters = normalize(algorithm, 'encapsulate');
      const slots = encapsulationKey(key, parameters, 'encapsulateBits', 'encapsulationKey');
      const [sharedKey, ciphertext] = await familyOf(parameters.name).encapsulate(slots);
      return { sharedKey, ciphertext };
    },
  ],

  encapsulateKey: [
    5,
    async (args, at) => {
      warnExperimental('encapsulateKey', 'method');
      const [algorithm, key] = [idl.AlgorithmIdentifier(args[0], at(0)), idl.CryptoKey(args[1], at(1))];
      const [shared, extractable, usages] = [
        idl.AlgorithmIdentifier(args[2], at(2)),
        !!args[3],
        idl.sequenceOfKeyUsage(args[4], at(4)),
      ];
      const parameters = normalize(algorithm, 'encapsulate');
      const imported = normalize(shared, 'importKey');
      const slots = encapsulationKey(key, parameters, 'encapsulateKey', 'encapsulationKey');
      const [bits, ciphertext] = await familyOf(parameters.name).encapsulate(slots);
      return {
        ciphertext,
        sharedKey: importKeyData('raw-secret', new Uint8Array(bits), imported, extractable, usages),
      };
    },
  ],

  decapsulateBits: [
    3,
    (args, at) => {
      warnExperimental('decapsulateBits', 'method');
      const [algorithm, key, data] = [
        idl.AlgorithmIdentifier(args[0], at(0)),
        idl.CryptoKey(args[1], at(1)),
        idl.BufferSource(args[2], at(2)),
      ];
      const parameters = normalize(algorithm, 'decapsulate');
      return familyOf(parameters.name).decapsulate(
        encapsulationKey(key, parameters, 'decapsulateBits', 'decapsulationKey'),
        data,
      );
    },
  ],

  decapsulateKey: [
    6,
    async (args, at) => {
      warnExperimental('decapsulateKey', 'method');
      const [algorithm, key, data] = [
        idl.AlgorithmIdentifier(args[0], at(0)),
        idl.CryptoKey(args[1], at(1)),
        idl.BufferSource(args[2], at(2)),
      ];
      const [shared, extractable, usages] = [
        idl.AlgorithmIdentifier(args[3], at(3)),
        !!args[4],
        idl.sequenceOfKeyUsage(args[5], at(5)),
      ];
      const parameters = normalize(algorithm, 'decapsulate');
      const imported = normalize(shared, 'importKey');
      const slots = encapsulationKey(key, parameters, 'decapsulateKey', 'decapsulationKey');
      const bits = await familyOf(parameters.name).decapsulate(slots, data);
      return importKeyData('raw-secret', new Uint8Array(bits), imported, extractable, usages);
    },
  ],
};

let theClass; // by another name: esbuild renames classes that speak of themselves

class SubtleCrypto {
  #brand;

  constructor(token) {
    if (token !== kMake) throw new ERR_ILLEGAL_CONSTRUCTOR();
  }

  /**
   * Node documentation: SubtleCrypto.supports(operation, algorithm[, lengthOrAdditionalAlgorithm]).
   * @returns {boolean}
   */
  static supports(operation, algorithm, lengthOrAdditionalAlgorithm = null) {
    if (this !== theClass) throw new ERR_INVALID_THIS('SubtleCrypto constructor');
    const { at, need } = idl.argumentsOf('supports');
    need(2, arguments.length);
    operation = idl.DOMString(operation, at(0));
    algorithm = idl.AlgorithmIdentifier(algorithm, at(1));
    let third = lengthOrAdditionalAlgorithm ?? undefined;
    if (third !== undefined)
      third = operation === 'deriveBits' ? idl.unsignedLong(third, at(2)) : idl.AlgorithmIdentifier(third, at(2));
    if (questions[operation] === undefined) return false;
    try {
      questions[operation](algorithm, third);
      return true;
    } catch {
      return false;
    }
  }

  static {
    theClass = this;
    for (const [name, [length, method]] of Object.entries(methods)) {
      const convert = idl.argumentsOf(name);
      const value = {
        [name](...args) {
          return start(this, length, method, convert, args);
        },
      }[name];
      Object.defineProperty(value, 'length', { value: length, configurable: true });
      Object.defineProperty(this.prototype, name, { value, enumerable: true, writable: true, configurable: true });
    }
    async function start(self, length, method, { at, need }, args) {
      if (typeof self !== 'object' || self === null || !(#brand in self)) throw new ERR_INVALID_THIS('SubtleCrypto');
      need(length, args.length);
      return method(args, at);
    }
  }
}
Object.defineProperty(SubtleCrypto, 'supports', { enumerable: true });
Object.defineProperty(SubtleCrypto.prototype, Symbol.toStringTag, { value: 'SubtleCrypto', configurable: true });

module.exports = { SubtleCrypto, importKeyData, subtle: new SubtleCrypto(kMake) };
