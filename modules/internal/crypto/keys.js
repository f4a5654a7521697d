'use strict';
// KeyObject, its making, and keys as arguments of other operations (node:crypto). A key is a handle of C; a secret in an
// argument may also stay bytes.
const binding = internalBinding('crypto_key');
const jwks = internalBinding('crypto_jwk');
const { Buffer } = require('../../node/buffer');
const { BYTES, bigintOf, isBytes, opensslError, toBytes } = require('./util');
const {
  codes: { ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS, ERR_CRYPTO_INVALID_JWK, ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE,
    ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE, ERR_CRYPTO_UNKNOWN_CIPHER, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE,
    ERR_ILLEGAL_CONSTRUCTOR },
} = require('../errors');
const { validateObject, validateOneOf, validateString } = require('../validators');

const { SECRET, PUBLIC, PRIVATE } = binding;
const FORMATS = { pem: 0, der: 1 };
const TYPES = { pkcs1: 0, spki: 1, pkcs8: 2, sec1: 3 };
const ANY = -1;

// ---- KeyObject ----------------------------------------------------------------------------------------------------

let internals; // set by the class's static block

/** Node documentation: class KeyObject. */
class KeyObject {
  #type;
  #handle;

  constructor(type, handle) {
    if (type !== 'secret' && type !== 'public' && type !== 'private') throw new ERR_INVALID_ARG_VALUE('type', type);
    if (typeof handle !== 'object' || handle === null) throw new ERR_INVALID_ARG_TYPE('handle', 'object', handle);
    this.#type = type;
    this.#handle = handle;
  }

  get type() { return this.#type; }

  /** @param {CryptoKey} key @returns {KeyObject} */
  static from(key) {
    if (!isCryptoKey(key)) throw new ERR_INVALID_ARG_TYPE('key', 'CryptoKey', key);
    return key[kKeyObject];
  }

  equals(other) {
    if (!isKeyObject(other)) throw new ERR_INVALID_ARG_TYPE('otherKeyObject', 'KeyObject', other);
    return this.#type === other.type && binding.equals(this.#handle, handleOf(other));
  }

  get [Symbol.toStringTag]() { return 'KeyObject'; }

  static #handleOf(key) { return key.#handle; }

  static #is(value) { return typeof value === 'object' && value !== null && #handle in value; }

  static { internals = { handleOf: KeyObject.#handleOf, is: KeyObject.#is }; }
}
const handleOf = (key) => internals.handleOf(key);
const isKeyObject = (value) => internals.is(value);

class SecretKeyObject extends KeyObject {
  get symmetricKeySize() { return binding.secretLength(handleOf(this)); }

  /** @returns {Buffer | object} */
  export(options) {
    if (options !== undefined) {
      validateObject(options, 'options');
      validateOneOf(options.format, 'options.format', [undefined, 'buffer', 'jwk']);
      if (options.format === 'jwk') return { kty: 'oct', k: binding.secretExport(handleOf(this), 3) };
    }
    return binding.secretExport(handleOf(this), 0);
  }

  toCryptoKey(algorithm, extractable, usages) {
    return require('./webcrypto').keyObjectToCryptoKey(this, algorithm, extractable, usages);
  }
}

class AsymmetricKeyObject extends KeyObject {
  #details;

  get asymmetricKeyType() { return binding.asymmetricType(handleOf(this)); }

  get asymmetricKeyDetails() {
    if (this.#details === undefined) {
      this.#details = binding.details(handleOf(this));
      if (this.#details.publicExponent !== undefined) this.#details.publicExponent = bigintOf(this.#details.publicExponent);
    }
    return { ...this.#details };
  }

  toCryptoKey(algorithm, extractable, usages) {
    return require('./webcrypto').keyObjectToCryptoKey(this, algorithm, extractable, usages);
  }
}

class PublicKeyObject extends AsymmetricKeyObject {
  /** @returns {string | Buffer | object} */
  export(options) {
    if (options?.format === 'jwk') return exportJwk(handleOf(this));
    return exportHandle(handleOf(this), PUBLIC, options, 'options');
  }
}

class PrivateKeyObject extends AsymmetricKeyObject {
  /** @returns {string | Buffer | object} */
  export(options) {
    if (options?.format === 'jwk') {
      if (options.passphrase !== undefined) {
        throw new ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS('jwk', 'does not support encryption');
      }
      return exportJwk(handleOf(this));
    }
    return exportHandle(handleOf(this), PRIVATE, options, 'options');
  }
}

const classes = { secret: SecretKeyObject, public: PublicKeyObject, private: PrivateKeyObject };
/** @param {'secret' | 'public' | 'private'} type @returns {KeyObject} over a handle of C */
const makeKey = (type, handle) => new classes[type](type, handle);

function exportJwk(handle) {
  const members = jwks.jwkExport(handle);
  if (members === undefined) throw new ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE();
  return members;
}

// ---- encodings ----------------------------------------------------------------------------------------------------

/** @returns {{ format: number, type: number, cipher?: string, passphrase? }} of export options, checked */
function checkEncoding(options, kind, keyType, name) {
  validateObject(options, name);
  const { format, type, cipher, passphrase } = options;
  if (FORMATS[format] === undefined || !Object.hasOwn(FORMATS, format)) throw new ERR_INVALID_ARG_VALUE(`${name}.format`, format);
  const allowed = kind === PUBLIC ? ['pkcs1', 'spki'] : ['pkcs1', 'pkcs8', 'sec1'];
  if (!allowed.includes(type)) throw new ERR_INVALID_ARG_VALUE(`${name}.type`, type);
  if (type === 'pkcs1' && keyType !== undefined && keyType !== 'rsa') {
    throw new ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS(type, 'can only be used for RSA keys');
  }
  if (type === 'sec1' && keyType !== undefined && keyType !== 'ec') {
    throw new ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS(type, 'can only be used for EC keys');
  }
  if (kind === PRIVATE && cipher !== undefined && cipher !== null) {
    if (typeof cipher !== 'string') throw new ERR_INVALID_ARG_VALUE(`${name}.cipher`, cipher);
    if (format === 'der' && (type === 'pkcs1' || type === 'sec1')) {
      throw new ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS(type, 'does not support encryption');
    }
    if (typeof passphrase !== 'string' && !isBytes(passphrase)) throw new ERR_INVALID_ARG_VALUE(`${name}.passphrase`, passphrase);
    return { format: FORMATS[format], type: TYPES[type], cipher, passphrase: toBytes(passphrase, `${name}.passphrase`) };
  }
  if (kind === PRIVATE && passphrase !== undefined) throw new ERR_INVALID_ARG_VALUE(`${name}.cipher`, cipher);
  return { format: FORMATS[format], type: TYPES[type] };
}

function exportHandle(handle, kind, options, name) {
  const { format, type, cipher, passphrase } = checkEncoding(options, kind, binding.asymmetricType(handle), name);
  const result = binding.export(handle, kind, format, type, cipher, passphrase);
  if (result === null) throw new ERR_CRYPTO_UNKNOWN_CIPHER();
  return result;
}

const CURVES = { 'P-256': 'prime256v1', secp256k1: 'secp256k1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' };
const OKP = { Ed25519: 'ED25519', Ed448: 'ED448', X25519: 'X25519', X448: 'X448' };

/** A handle from a JSON Web Key; a private member makes it private unless a public key is wanted. */
function importJwk(jwk, wanted) {
  validateObject(jwk, 'key.key');
  validateOneOf(jwk.kty, 'key.kty', ['RSA', 'EC', 'OKP']);
  const part = (name) => {
    validateString(jwk[name], `key.${name}`);
    return Buffer.from(jwk[name], 'base64url');
  };
  const kind = wanted === PRIVATE || (wanted !== PUBLIC && jwk.d !== undefined) ? PRIVATE : PUBLIC;
  if (jwk.kty === 'OKP') {
    validateOneOf(jwk.crv, 'key.crv', Object.keys(OKP));
    const data = part(kind === PRIVATE ? 'd' : 'x');
    if (kind === PRIVATE) validateString(jwk.x, 'key.x');
    const size = { Ed25519: 32, X25519: 32, Ed448: 57, X448: 56 }[jwk.crv];
    if (data.length !== size) throw new ERR_CRYPTO_INVALID_JWK();
    return [kind, binding.fromRaw(kind, OKP[jwk.crv], data)];
  }
  let handle;
  if (jwk.kty === 'EC') {
    validateOneOf(jwk.crv, 'key.crv', Object.keys(CURVES));
    const members = { x: part('x'), y: part('y') };
    if (kind === PRIVATE) members.d = part('d');
    handle = jwks.jwkEc(kind, CURVES[jwk.crv], members);
  } else {
    const members = {};
    for (const name of kind === PRIVATE ? ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] : ['n', 'e']) members[name] = part(name);
    handle = jwks.jwkRsa(kind, members);
  }
  if (handle === undefined) throw new ERR_CRYPTO_INVALID_JWK();
  return [kind, handle];
}

function parseKey(key, wanted, name) {
  let data = key;
  let format = 'pem';
  let type;
  let passphrase;
  let encoding;
  if (typeof key === 'object' && key !== null && !isBytes(key)) {
    ({ key: data, format = 'pem', type, passphrase, encoding } = key);
    if (format === 'jwk') return importJwk(data, wanted)[1];
    if (!Object.hasOwn(FORMATS, format)) throw new ERR_INVALID_ARG_VALUE(`${name}.format`, format);
    if (typeof data !== 'string' && !isBytes(data)) {
      throw new ERR_INVALID_ARG_TYPE(`${name}.key`, ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'KeyObject', 'CryptoKey'], data);
    }
    if (format === 'der' ? !Object.hasOwn(TYPES, type) : type !== undefined && type !== null && !Object.hasOwn(TYPES, type)) {
      throw new ERR_INVALID_ARG_VALUE(`${name}.type`, type);
    }
    if (wanted === PUBLIC && format === 'der' && type !== 'pkcs1' && type !== 'spki') {
      throw new ERR_INVALID_ARG_VALUE(`${name}.type`, type);
    }
    if (passphrase !== undefined && passphrase !== null && typeof passphrase !== 'string' && !isBytes(passphrase)) {
      throw new ERR_INVALID_ARG_VALUE(`${name}.passphrase`, passphrase);
    }
  }
  const bytes = toBytes(data, name, encoding);
  const secret = passphrase === undefined || passphrase === null ? undefined : toBytes(passphrase, name, encoding);
  return binding.parse(wanted, bytes, FORMATS[format], type === undefined || type === null ? ANY : TYPES[type], secret);
}

// ---- making -------------------------------------------------------------------------------------------------------

function refuse(key) {
  if (key.type !== 'private') throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(key.type, 'private');
}

/** Node documentation: crypto.createPrivateKey(key). */
function createPrivateKey(key) {
  if (isKeyObject(key) || isCryptoKey(key) || isKeyObject(key?.key)) {
    throw new ERR_INVALID_ARG_TYPE('key', BYTES, isKeyObject(key?.key) ? key.key : key);
  }
  return makeKey('private', parseKey(key, PRIVATE, 'key'));
}

/** Node documentation: crypto.createPublicKey(key): of a public or private key, or a certificate. */
function createPublicKey(key) {
  const given = isCryptoKey(key) ? key[kKeyObject] : isKeyObject(key) ? key : isKeyObject(key?.key) ? key.key : undefined;
  if (given !== undefined) {
    refuse(given);
    return makeKey('public', binding.toPublic(handleOf(given)));
  }
  return makeKey('public', parseKey(key, PUBLIC, 'key'));
}

/** Node documentation: crypto.createSecretKey(key[, encoding]). */
function createSecretKey(key, encoding) {
  return makeKey('secret', binding.secret(toBytes(key, 'key', encoding)));
}

// ---- keys as arguments --------------------------------------------------------------------------------------------

/** For HMAC, ciphers, HKDF: a handle or bytes. */
function secretHandle(key, encoding, name = 'key') {
  if (isCryptoKey(key)) key = key[kKeyObject];
  if (isKeyObject(key)) {
    if (key.type !== 'secret') throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(key.type, 'secret');
    return handleOf(key);
  }
  if (typeof key !== 'string' && !isBytes(key)) {
    throw new ERR_INVALID_ARG_TYPE(name, ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string', 'KeyObject', 'CryptoKey'], key);
  }
  return toBytes(key, name, encoding);
}

function given(key) {
  const inner = typeof key === 'object' && key !== null && !isKeyObject(key) && !isCryptoKey(key) && !isBytes(key) ? key.key : key;
  if (isCryptoKey(inner)) return inner[kKeyObject];
  return isKeyObject(inner) ? inner : undefined;
}

/** For signing and decryption. */
function privateHandle(key, name = 'key') {
  const object = given(key);
  if (object !== undefined) {
    refuse(object);
    return handleOf(object);
  }
  return parseKey(key, PRIVATE, name);
}

/** For verification and encryption: a public key, or a private one. */
function publicHandle(key, name = 'key') {
  const object = given(key);
  if (object !== undefined) {
    if (object.type === 'secret') throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(object.type, 'private or public');
    return handleOf(object);
  }
  return parseKey(key, PUBLIC, name);
}

// ---- CryptoKey ----------------------------------------------------------------------------------------------------

const kKeyObject = Symbol('keyObject');
const kMake = Symbol('make');

/** Web Cryptography: CryptoKey. */
class CryptoKey {
  #algorithm;
  #extractable;
  #usages;

  constructor(token, keyObject, algorithm, usages, extractable) {
    if (token !== kMake) throw new ERR_ILLEGAL_CONSTRUCTOR();
    Object.defineProperty(this, kKeyObject, { value: keyObject });
    this.#algorithm = algorithm;
    this.#extractable = extractable;
    this.#usages = usages;
  }

  get type() { return this[kKeyObject].type; }

  get extractable() { return this.#extractable; }

  get algorithm() { return this.#algorithm; }

  get usages() { return [...this.#usages]; }

  get [Symbol.toStringTag]() { return 'CryptoKey'; }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options) {
    const { inspect } = require('../../node/util');
    if (depth < 0) return this;
    return `CryptoKey ${inspect({ type: this.type, extractable: this.extractable, algorithm: this.algorithm, usages: this.usages },
                                { ...options, depth: options.depth === null ? null : options.depth - 1 })}`;
  }
}
for (const name of ['type', 'extractable', 'algorithm', 'usages']) {
  Object.defineProperty(CryptoKey.prototype, name, { enumerable: true });
}

const isCryptoKey = (value) => typeof value === 'object' && value !== null && Object.hasOwn(value, kKeyObject);
const makeCryptoKey = (keyObject, algorithm, usages, extractable) =>
  new CryptoKey(kMake, keyObject, algorithm, usages, extractable);

module.exports = {
  CryptoKey, KeyObject, PRIVATE, PUBLIC, SECRET, checkEncoding, createPrivateKey, createPublicKey,
  createSecretKey, exportHandle, handleOf, importJwk, isCryptoKey, isKeyObject, kKeyObject, makeCryptoKey, makeKey, opensslError,
  privateHandle, publicHandle, secretHandle,
};
