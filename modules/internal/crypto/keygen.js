'use strict';
// New keys: generateKeyPair, generateKey and their Sync forms; diffieHellman() (node:crypto).
const { customPromisifyArgs } = require('../util');
const binding = internalBinding('crypto_keygen');
const { emitWarning } = require('../warning');
const { digest: findDigest, isBytes } = require('./util');
const keys = require('./keys');
const { randomBytes } = require('./random');
const {
  codes: { ERR_CRYPTO_INCOMPATIBLE_KEY, ERR_CRYPTO_INVALID_CURVE, ERR_CRYPTO_INVALID_DIGEST,
    ERR_CRYPTO_UNKNOWN_DH_GROUP, ERR_INCOMPATIBLE_OPTION_PAIR, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_MISSING_OPTION },
} = require('../errors');
const { validateFunction, validateInt32, validateInteger, validateObject, validateOneOf, validateString, validateUint32 } =
  require('../validators');

function digestOption(options, name, kind = '') {
  const value = options[name];
  if (value === undefined) return undefined;
  validateString(value, `options.${name}`);
  if (findDigest(value) === undefined) {
    const error = new ERR_CRYPTO_INVALID_DIGEST(value);
    error.message = `Invalid ${kind}digest: ${value}`;
    throw error;
  }
  return value;
}

/** options[now], or what stands under its deprecated name (DEP0154). */
function renamedOption(options, before, now) {
  if (options[before] === undefined) return options;
  emitWarning(`"options.${before}" is deprecated, use "options.${now}" instead.`, 'DeprecationWarning', 'DEP0154');
  validateString(options[before], `options.${before}`);
  if (options[now] !== undefined && options[now] !== options[before]) throw new ERR_INVALID_ARG_VALUE(`options.${before}`, options[before]);
  return { ...options, [now]: options[before] };
}

function rsa(type, options) {
  validateObject(options, 'options');
  const { modulusLength, publicExponent = 0x10001 } = options;
  validateUint32(modulusLength, 'options.modulusLength');
  validateUint32(publicExponent, 'options.publicExponent');
  const parameters = { modulusLength, publicExponent };
  if (type === 'rsa-pss') {
    const { saltLength } = options;
    if (saltLength !== undefined) validateInt32(saltLength, 'options.saltLength', 0);
    options = renamedOption(options, 'hash', 'hashAlgorithm');
    options = renamedOption(options, 'mgf1Hash', 'mgf1HashAlgorithm');
    Object.assign(parameters, { saltLength, hashAlgorithm: digestOption(options, 'hashAlgorithm'),
      mgf1HashAlgorithm: digestOption(options, 'mgf1HashAlgorithm', 'MGF1 ') });
  }
  return parameters;
}

function dh(options) {
  validateObject(options, 'options');
  const { group, primeLength, prime, generator } = options;
  if (group !== undefined) {
    for (const [name, value] of Object.entries({ prime, primeLength, generator })) {
      if (value !== undefined) throw new ERR_INCOMPATIBLE_OPTION_PAIR('group', name);
    }
    validateString(group, 'options.group');
    if (!require('./dh').isGroup(group)) throw new ERR_CRYPTO_UNKNOWN_DH_GROUP();
    return { group: group.toLowerCase() };
  }
  if (prime !== undefined) {
    if (primeLength !== undefined) throw new ERR_INCOMPATIBLE_OPTION_PAIR('prime', 'primeLength');
    if (!isBytes(prime)) throw new ERR_INVALID_ARG_TYPE('options.prime', ['Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], prime);
  } else if (primeLength !== undefined) {
    validateInt32(primeLength, 'options.primeLength', 0);
  } else {
    throw new ERR_MISSING_OPTION('At least one of the group, prime, or primeLength options');
  }
  if (generator !== undefined) validateInt32(generator, 'options.generator', 0);
  return { prime, primeLength, generator: generator ?? 2 };
}

const makers = {
  __proto__: null,
  rsa: (options) => rsa('rsa', options),
  'rsa-pss': (options) => rsa('rsa-pss', options),
  dsa(options) {
    validateObject(options, 'options');
    validateUint32(options.modulusLength, 'options.modulusLength');
    if (options.divisorLength !== undefined && options.divisorLength !== null) validateInt32(options.divisorLength, 'options.divisorLength', 0);
    return { modulusLength: options.modulusLength, divisorLength: options.divisorLength ?? undefined };
  },
  ec(options) {
    validateObject(options, 'options');
    const { namedCurve, paramEncoding } = options;
    validateString(namedCurve, 'options.namedCurve');
    if (paramEncoding !== undefined && paramEncoding !== null && paramEncoding !== 'named' && paramEncoding !== 'explicit') {
      throw new ERR_INVALID_ARG_VALUE('options.paramEncoding', paramEncoding);
    }
    const curve = binding.curveKnown(namedCurve);
    if (curve === undefined) throw new ERR_CRYPTO_INVALID_CURVE();
    return { namedCurve: curve, explicit: paramEncoding === 'explicit' ? 1 : 0 };
  },
  dh,
  ed25519: () => ({}),
  ed448: () => ({}),
  x25519: () => ({}),
  x448: () => ({}),
};
const PLAIN_TYPES = ['ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87', 'ml-kem-512', 'ml-kem-768', 'ml-kem-1024',
  ...['sha2', 'shake'].flatMap((hash) => [128, 192, 256].flatMap((bits) => ['f', 's'].map((kind) => `slh-dsa-${hash}-${bits}${kind}`)))];
for (const type of PLAIN_TYPES) makers[type] = () => ({});

function prepare(type, options) {
  validateString(type, 'type');
  if (options !== undefined) validateObject(options, 'options');
  if (makers[type] === undefined) throw new ERR_INVALID_ARG_VALUE('type', type, 'must be a supported key type');
  const parameters = makers[type](options);
  const encodings = {};
  for (const [name, kind] of [['publicKeyEncoding', keys.PUBLIC], ['privateKeyEncoding', keys.PRIVATE]]) {
    const encoding = options?.[name];
    if (encoding === undefined || encoding === null) continue;
    if (typeof encoding !== 'object') throw new ERR_INVALID_ARG_VALUE(`options.${name}`, encoding);
    if (encoding.format !== 'jwk' && !/^raw-/.test(encoding.format)) keys.checkEncoding(encoding, kind, type, `options.${name}`);
    encodings[name] = encoding;
  }
  return { parameters, encodings };
}

function finish([publicHandle, privateHandle], { publicKeyEncoding, privateKeyEncoding }) {
  const publicKey = keys.makeKey('public', publicHandle);
  const privateKey = keys.makeKey('private', privateHandle);
  return {
    publicKey: publicKeyEncoding === undefined ? publicKey : publicKey.export(publicKeyEncoding),
    privateKey: privateKeyEncoding === undefined ? privateKey : privateKey.export(privateKeyEncoding),
  };
}

/** Node documentation: crypto.generateKeyPairSync(type, options). @returns {{ publicKey, privateKey }} */
function generateKeyPairSync(type, options) {
  const { parameters, encodings } = prepare(type, options);
  return finish(binding.keygen(type, parameters), encodings);
}

/** Node documentation: crypto.generateKeyPair(type, options, callback). */
function generateKeyPair(type, options, callback) {
  if (typeof options === 'function') [options, callback] = [undefined, options];
  validateFunction(callback, 'callback');
  const { parameters, encodings } = prepare(type, options);
  binding.keygen(type, parameters, (error, handles) => {
    if (error) {
      callback(error);
      return;
    }
    let pair;
    try {
      pair = finish(handles, encodings);
    } catch (failure) {
      callback(failure);
      return;
    }
    callback(null, pair.publicKey, pair.privateKey);
  });
}
const customArguments = { value: ['publicKey', 'privateKey'], enumerable: false };
Object.defineProperty(generateKeyPair, customPromisifyArgs, customArguments);
Object.defineProperty(generateKeyPair, Symbol.for('nodejs.util.promisify.custom'), {
  value: (type, options) => new Promise((resolve, reject) => {
    generateKeyPair(type, options, (error, publicKey, privateKey) => (error ? reject(error) : resolve({ publicKey, privateKey })));
  }),
  enumerable: false,
});

/** Node documentation: crypto.generateKeySync(type, { length }). length in bits. @returns {KeyObject} */
function generateKeySync(type, options) {
  validateString(type, 'type');
  validateObject(options, 'options');
  const { length } = options;
  if (type === 'hmac') validateInteger(length, 'options.length', 8, 2 ** 31 - 1);
  else if (type === 'aes') validateOneOf(length, 'options.length', [128, 192, 256]);
  else throw new ERR_INVALID_ARG_VALUE('type', type, 'must be a supported key type');
  return keys.createSecretKey(randomBytes(Math.floor(length / 8)));
}

function generateKey(type, options, callback) {
  validateFunction(callback, 'callback');
  const key = generateKeySync(type, options);
  process.nextTick(callback, undefined, key);
}

/** Node documentation: crypto.diffieHellman({ privateKey, publicKey }[, callback]). @returns {Buffer} */
function diffieHellman(options, callback) {
  validateObject(options, 'options');
  if (callback !== undefined) validateFunction(callback, 'callback');
  const { privateKey, publicKey } = options;
  if (privateKey === undefined || privateKey === null) throw new ERR_INVALID_ARG_VALUE('options.privateKey', privateKey);
  if (publicKey === undefined || publicKey === null) throw new ERR_INVALID_ARG_VALUE('options.publicKey', publicKey);
  const mine = keys.privateHandle(privateKey, 'options.privateKey');
  const theirs = keys.publicHandle(publicKey, 'options.publicKey');
  const types = [mine, theirs].map(internalBinding('crypto_key').asymmetricType);
  if (types[0] !== types[1] || !['dh', 'ec', 'x448', 'x25519'].includes(types[0])) {
    throw new ERR_CRYPTO_INCOMPATIBLE_KEY('key types for Diffie-Hellman', `${types[0]} and ${types[1]}`);
  }
  return binding.derive(mine, theirs, callback);
}

module.exports = { diffieHellman, generateKey, generateKeyPair, generateKeyPairSync, generateKeySync };
