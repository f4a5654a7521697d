'use strict';
// KeyObject, signatures and key generation (node:crypto).
const binding = internalBinding('crypto_key');
const hashes = internalBinding('crypto_hash');
const { Buffer } = require('../../node/buffer');
const { Writable } = require('../../node/stream');
const { bind } = require('../async_context');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE, ERR_CRYPTO_INVALID_DIGEST,
    ERR_CRYPTO_SIGN_KEY_REQUIRED, ERR_MISSING_PASSPHRASE, ERR_OUT_OF_RANGE },
} = require('../errors');
const { validateString, validateObject, validateFunction, validateUint32, validateOneOf } = require('../validators');

const TYPES = { spki: 0, pkcs1: 1, pkcs8: 2, sec1: 3 };

/** An error of OpenSSL's: "error:HEX:library:function:reason". */
function opensslError(text) {
  const parts = text.split(':');
  const reason = parts[parts.length - 1] || 'operation failed';
  const error = new Error(text);
  error.library = parts[2];
  error.reason = reason;
  error.code = `ERR_OSSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
  return error;
}

const isBytes = (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer;

function toBuffer(value, encoding, name) {
  if (typeof value === 'string') return Buffer.from(value, encoding && encoding !== 'buffer' ? encoding : 'utf8');
  if (isBytes(value)) return value;
  throw new ERR_INVALID_ARG_TYPE(name, ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], value);
}

// ---- KeyObject ----------------------------------------------------------------------------------------------------

let making = false;

/** Node documentation: class KeyObject. */
class KeyObject {
  #type;
  #handle; // bytes of a secret key, or a handle

  constructor(type, handle) {
    if (type !== 'secret' && type !== 'public' && type !== 'private') throw new ERR_INVALID_ARG_VALUE('type', type);
    if (!making && (typeof handle !== 'object' || handle === null)) throw new ERR_INVALID_ARG_TYPE('handle', 'object', handle);
    this.#type = type;
    this.#handle = handle;
  }

  get type() {
    return this.#type;
  }

  static _handle(key) {
    return key.#handle;
  }

  static _is(value) {
    return typeof value === 'object' && value !== null && #handle in value;
  }

  get symmetricKeySize() {
    return this.#type === 'secret' ? this.#handle.byteLength : undefined;
  }

  get asymmetricKeyType() {
    return this.#type === 'secret' ? undefined : binding.details(this.#handle)[0];
  }

  get asymmetricKeyDetails() {
    if (this.#type === 'secret') return undefined;
    const [type, bits, exponent, curve] = binding.details(this.#handle);
    switch (type) {
      case 'rsa':
      case 'rsa-pss': return { modulusLength: bits, publicExponent: BigInt(exponent) };
      case 'ec': return { namedCurve: curve };
      case 'dsa': return { modulusLength: bits };
      default: return {};
    }
  }

  equals(other) {
    if (!KeyObject._is(other)) throw new ERR_INVALID_ARG_TYPE('otherKeyObject', 'KeyObject', other);
    if (this.#type !== other.type) return false;
    if (this.#type === 'secret') return hashes.equal(this.#handle, KeyObject._handle(other));
    return binding.equal(this.#handle, KeyObject._handle(other));
  }

  export(options = {}) {
    if (this.#type === 'secret') {
      if (options.format === 'jwk') return { kty: 'oct', k: Buffer.from(this.#handle).toString('base64url') };
      return Buffer.from(this.#handle);
    }
    validateObject(options, 'options');
    return exportKey(this.#handle, this.#type === 'private', options);
  }

  get [Symbol.toStringTag]() {
    return 'KeyObject';
  }
}
class SecretKeyObject extends KeyObject {}
class PublicKeyObject extends KeyObject {}
class PrivateKeyObject extends KeyObject {}

function make(type, handle) {
  making = true;
  try {
    return new { secret: SecretKeyObject, public: PublicKeyObject, private: PrivateKeyObject }[type](type, handle);
  } finally {
    making = false;
  }
}

function exportKey(handle, isPrivate, { format = 'pem', type, cipher, passphrase }) {
  validateOneOf(format, 'options.format', ['pem', 'der']);
  if (type === undefined) throw new ERR_INVALID_ARG_VALUE('options.type', type);
  const kinds = isPrivate ? ['pkcs1', 'pkcs8', 'sec1'] : ['pkcs1', 'spki'];
  validateOneOf(type, 'options.type', kinds);
  const secret = cipher === undefined ? undefined : toBuffer(passphrase, 'utf8', 'options.passphrase');
  const result = binding.export(handle, isPrivate, format === 'pem', TYPES[type], cipher, secret);
  if (typeof result === 'string') throw opensslError(result);
  return format === 'pem' ? result.toString('latin1') : result;
}

function createSecretKey(key, encoding) {
  return make('secret', Buffer.from(toBuffer(key, encoding, 'key')));
}

function parse(key, isPrivate) {
  let data = key;
  let format = 'pem';
  let passphrase;
  let encoding;
  if (typeof key === 'object' && key !== null && !isBytes(key)) {
    ({ key: data, format = 'pem', passphrase, encoding } = key);
    validateOneOf(format, 'key.format', ['pem', 'der']);
  }
  const bytes = toBuffer(data, encoding, 'key');
  const secret = passphrase === undefined || passphrase === null ? undefined : toBuffer(passphrase, encoding, 'key.passphrase');
  const handle = binding.parse(bytes, isPrivate, format === 'pem', secret);
  if (handle === true) throw new ERR_MISSING_PASSPHRASE('Passphrase required for encrypted key');
  return handle;
}

/** Node documentation: crypto.createPrivateKey(key). */
function createPrivateKey(key) {
  if (KeyObject._is(key)) {
    if (key.type !== 'private') throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(key.type, 'private');
    throw new ERR_INVALID_ARG_TYPE('key', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'Object'], key);
  }
  const handle = parse(key, true);
  if (typeof handle === 'string') throw opensslError(handle);
  return make('private', handle);
}

/** Node documentation: crypto.createPublicKey(key): of a public or private key, or a certificate. */
function createPublicKey(key) {
  if (KeyObject._is(key)) {
    if (key.type !== 'private') throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(key.type, 'private');
    return make('public', KeyObject._handle(key));
  }
  let handle = parse(key, false);
  if (typeof handle === 'string') {
    const second = parse(key, true);
    if (typeof second === 'string') throw opensslError(handle);
    handle = second;
  }
  return make('public', handle);
}

/** The bytes of a secret: a KeyObject, a CryptoKey, a string or bytes. */
function secretBytes(key, encoding, name) {
  if (KeyObject._is(key)) {
    if (key.type !== 'secret') throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(key.type, 'secret');
    return KeyObject._handle(key);
  }
  if (typeof key !== 'string' && !isBytes(key)) {
    throw new ERR_INVALID_ARG_TYPE(name, ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string', 'KeyObject', 'CryptoKey'], key);
  }
  return toBuffer(key, encoding, name);
}

/** The handle of what may be given as a key, for signing (private) or verifying (public). */
function keyHandle(key, isPrivate) {
  const given = KeyObject._is(key) ? key : KeyObject._is(key?.key) ? key.key : undefined;
  if (given !== undefined) {
    if (given.type === 'secret' || (isPrivate && given.type !== 'private')) {
      throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(given.type, isPrivate ? 'private' : 'private or public');
    }
    return KeyObject._handle(given);
  }
  if (key === null || key === undefined || (typeof key !== 'string' && typeof key !== 'object')) {
    throw new ERR_INVALID_ARG_TYPE('key', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string', 'KeyObject', 'CryptoKey'], key);
  }
  return KeyObject._handle(isPrivate ? createPrivateKey(key) : createPublicKey(key));
}

// ---- signatures ---------------------------------------------------------------------------------------------------

const options = (key) => {
  const own = typeof key === 'object' && key !== null && !KeyObject._is(key) && !isBytes(key) ? key : {};
  validateOneOf(own.dsaEncoding ?? 'der', 'options.dsaEncoding', ['der', 'ieee-p1363']);
  // Salt lengths as in node: -1 is the digest's, -2 the largest. 0 means 'not given' to C, so an explicit 0 is -100.
  return { padding: own.padding ?? 0, salt: own.saltLength === 0 ? -100 : own.saltLength ?? 0, p1363: own.dsaEncoding === 'ieee-p1363' };
};

function run(digest, data, key, signature, callback) {
  const handle = keyHandle(key, signature === undefined);
  const { padding, salt, p1363 } = options(key);
  const result = binding.sign(handle, digest ?? undefined, data, padding, salt, p1363, signature, callback && bind((errno, value) => {
    if (errno) callback(opensslError(`error:${errno.toString(16)}:::operation failed`));
    else callback(null, value);
  }));
  if (callback) return undefined;
  if (result === undefined) throw new ERR_CRYPTO_INVALID_DIGEST(digest);
  if (typeof result === 'number') throw opensslError(`error:${result.toString(16)}:::operation failed`);
  return result;
}

function checkKey(key) {
  if (!key) throw new ERR_CRYPTO_SIGN_KEY_REQUIRED();
}

/** Node documentation: crypto.sign(algorithm, data, key[, callback]). */
function sign(algorithm, data, key, callback) {
  if (algorithm !== null && algorithm !== undefined) validateString(algorithm, 'algorithm');
  if (callback !== undefined) validateFunction(callback, 'callback');
  data = toBuffer(data, undefined, 'data');
  checkKey(key);
  return run(algorithm, data, key, undefined, callback);
}

/** Node documentation: crypto.verify(algorithm, data, key, signature[, callback]). */
function verify(algorithm, data, key, signature, callback) {
  if (algorithm !== null && algorithm !== undefined) validateString(algorithm, 'algorithm');
  if (callback !== undefined) validateFunction(callback, 'callback');
  data = toBuffer(data, undefined, 'data');
  if (!isBytes(signature)) throw new ERR_INVALID_ARG_TYPE('signature', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], signature);
  return run(algorithm, data, key, signature, callback);
}

/** What Sign and Verify share: they collect what they are given. */
class Collector extends Writable {
  constructor(algorithm, streamOptions) {
    super(streamOptions);
    validateString(algorithm, 'algorithm');
    this._digest = algorithm.replace(/^RSA-/i, '');
    if (hashes.digestSize(this._digest) === undefined) throw new ERR_CRYPTO_INVALID_DIGEST(algorithm);
    this._chunks = [];
  }

  update(data, encoding) {
    const bytes = toBuffer(data, encoding, 'data');
    this._chunks.push(typeof data === 'string' ? bytes : Buffer.from(bytes.buffer ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes));
    return this;
  }

  _write(chunk, encoding, callback) {
    this.update(chunk, encoding);
    callback();
  }
}

/** Node documentation: class Sign. */
class Sign extends Collector {
  sign(key, encoding) {
    checkKey(key);
    const signature = run(this._digest, Buffer.concat(this._chunks), key);
    return encoding && encoding !== 'buffer' ? signature.toString(encoding) : signature;
  }
}

/** Node documentation: class Verify. */
class Verify extends Collector {
  verify(key, signature, encoding) {
    return run(this._digest, Buffer.concat(this._chunks), key, toBuffer(signature, encoding, 'signature'));
  }
}

// ---- encryption with keys -----------------------------------------------------------------------------------------

const PKCS1 = 1;
const OAEP = 4;

const crypt = (operation, isPrivate, defaultPadding) => (key, data) => {
  const own = typeof key === 'object' && key !== null && !KeyObject._is(key) && !isBytes(key) ? key : {};
  const handle = keyHandle(key, isPrivate);
  const label = own.oaepLabel === undefined ? undefined : toBuffer(own.oaepLabel, own.encoding, 'key.oaepLabel');
  const result = binding.crypt(handle, operation, toBuffer(data, own.encoding, 'buffer'), own.padding ?? defaultPadding, own.oaepHash, label);
  if (typeof result === 'string') throw opensslError(result);
  return result;
};

// ---- generation ---------------------------------------------------------------------------------------------------

const opensslTypes = { rsa: 'RSA', 'rsa-pss': 'RSA-PSS', ec: 'EC', ed25519: 'ED25519', ed448: 'ED448', x25519: 'X25519', x448: 'X448' };

function generateArguments(type, settings) {
  validateString(type, 'type');
  if (opensslTypes[type] === undefined) throw new ERR_INVALID_ARG_VALUE('type', type, 'must be a supported key type');
  if (settings !== undefined) validateObject(settings, 'options');
  settings ??= {};
  if (type.startsWith('rsa')) {
    validateUint32(settings.modulusLength, 'options.modulusLength');
    if (settings.publicExponent !== undefined) validateUint32(settings.publicExponent, 'options.publicExponent');
  }
  let { namedCurve = '' } = settings;
  if (type === 'ec') {
    validateString(namedCurve, 'options.namedCurve');
    namedCurve = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' }[namedCurve] ?? namedCurve;
  }
  return [opensslTypes[type], settings.modulusLength ?? 0, settings.publicExponent ?? 65537, namedCurve];
}

function pair(handle, { publicKeyEncoding, privateKeyEncoding } = {}) {
  return {
    publicKey: publicKeyEncoding ? exportKey(handle, false, publicKeyEncoding) : make('public', handle),
    privateKey: privateKeyEncoding ? exportKey(handle, true, privateKeyEncoding) : make('private', handle),
  };
}

/** Node documentation: crypto.generateKeyPairSync(type, options). */
function generateKeyPairSync(type, settings) {
  const handle = binding.generate(...generateArguments(type, settings));
  if (typeof handle === 'number') throw opensslError(`error:${handle.toString(16)}:::key generation failed`);
  return pair(handle, settings);
}

/** Node documentation: crypto.generateKeyPair(type, options, callback). */
function generateKeyPair(type, settings, callback) {
  if (typeof settings === 'function') [settings, callback] = [undefined, settings];
  const args = generateArguments(type, settings);
  validateFunction(callback, 'callback');
  binding.generate(...args, bind((errno, handle) => {
    if (errno) {
      callback(opensslError(`error:${errno.toString(16)}:::key generation failed`));
      return;
    }
    const { publicKey, privateKey } = pair(handle, settings);
    callback(null, publicKey, privateKey);
  }));
}
Object.defineProperty(generateKeyPair, Symbol.for('nodejs.util.promisify.customArgs'), { value: ['publicKey', 'privateKey'], enumerable: false });

function generateKeySync(type, settings) {
  validateString(type, 'type');
  validateObject(settings, 'options');
  validateOneOf(type, 'type', ['hmac', 'aes']);
  if (type === 'aes') validateOneOf(settings.length, 'options.length', [128, 192, 256]);
  else if (!(settings.length >= 8 && settings.length <= 2 ** 31 - 1)) {
    throw new ERR_OUT_OF_RANGE('options.length', '>= 8 && <= 2147483647', settings.length);
  }
  const { randomBytes } = require('./random');
  return make('secret', randomBytes(Math.floor(settings.length / 8)));
}

function generateKey(type, settings, callback) {
  validateFunction(callback, 'callback');
  const key = generateKeySync(type, settings);
  process.nextTick(callback, null, key);
}

/** Node documentation: crypto.diffieHellman({ privateKey, publicKey }). */
function diffieHellman({ privateKey, publicKey }) {
  const result = binding.derive(keyHandle(privateKey, true), keyHandle(publicKey, false));
  if (typeof result === 'string') throw opensslError(result);
  return result;
}

module.exports = {
  KeyObject, createSecretKey, createPrivateKey, createPublicKey, secretBytes, sign, verify, Sign, Verify, make, opensslError,
  publicEncrypt: crypt(0, false, OAEP), privateDecrypt: crypt(1, true, OAEP), privateEncrypt: crypt(2, true, PKCS1),
  publicDecrypt: crypt(3, false, PKCS1), generateKeyPair, generateKeyPairSync, generateKey, generateKeySync, diffieHellman,
};
