'use strict';
// Signatures and RSA encryption (node:crypto).
const binding = internalBinding('crypto_sign');
const { Writable } = require('../../node/stream');
const { encode, isBytes, toBytes, digest: findDigest } = require('./util');
const { Hash } = require('./hash');
const { isCryptoKey, isKeyObject, privateHandle, publicHandle } = require('./keys');
const {
  codes: { ERR_CRYPTO_INVALID_DIGEST, ERR_CRYPTO_SIGN_KEY_REQUIRED, ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE },
} = require('../errors');
const { validateFunction, validateString } = require('../validators');

const PKCS1 = 1;
const OAEP = 4;

const isOptions = (key) => typeof key === 'object' && key !== null && !isKeyObject(key) && !isCryptoKey(key);

function intOption(key, name) {
  const value = isOptions(key) ? key[name] : undefined;
  if (value === undefined) return undefined;
  if (value === value >> 0) return value;
  throw new ERR_INVALID_ARG_VALUE(`options.${name}`, value);
}

function encodingOption(key) {
  const value = isOptions(key) ? key.dsaEncoding : undefined;
  if (value === undefined || value === 'der') return 0;
  if (value === 'ieee-p1363') return 1;
  throw new ERR_INVALID_ARG_VALUE('options.dsaEncoding', value);
}

const CONTEXT_MAX = 255; // bytes

function contextOption(key) {
  const value = isOptions(key) ? key.context : undefined;
  if (value === undefined) return undefined;
  if (!isBytes(value)) throw new ERR_INVALID_ARG_TYPE('context', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], value);
  if (value.byteLength > CONTEXT_MAX) {
    throw Object.assign(new RangeError(`context string must be at most ${CONTEXT_MAX} bytes`), { code: 'ERR_OUT_OF_RANGE' });
  }
  return value;
}

function run(handle, algorithm, data, options, prehashed, callback, signature) {
  const padding = intOption(options, 'padding');
  const salt = intOption(options, 'saltLength');
  const encoding = encodingOption(options);
  const context = prehashed ? undefined : contextOption(options);
  const result = binding.sign(handle, algorithm, data, padding, salt, encoding, prehashed, callback, signature, context);
  if (result === null) throw new ERR_CRYPTO_INVALID_DIGEST(algorithm);
  return result;
}

function oneShotData(algorithm, data) {
  if (algorithm !== null && algorithm !== undefined) validateString(algorithm, 'algorithm');
  if (typeof data !== 'string' && !isBytes(data)) {
    throw new ERR_INVALID_ARG_TYPE('data', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], data);
  }
}

/** Node documentation: crypto.sign(algorithm, data, key[, callback]). */
function sign(algorithm, data, key, callback) {
  oneShotData(algorithm, data);
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (!key) throw new ERR_CRYPTO_SIGN_KEY_REQUIRED();
  return run(privateHandle(key), algorithm ?? null, data, key, false, callback);
}

/** Node documentation: crypto.verify(algorithm, data, key, signature[, callback]). */
function verify(algorithm, data, key, signature, callback) {
  oneShotData(algorithm, data);
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (!isBytes(signature)) {
    throw new ERR_INVALID_ARG_TYPE('signature', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], signature);
  }
  return run(publicHandle(key), algorithm ?? null, data, key, false, callback, signature);
}

function begin(object, algorithm, options) {
  validateString(algorithm, 'algorithm');
  if (findDigest(algorithm) === undefined) {
    throw Object.assign(new Error(`Invalid digest: ${algorithm}`), { code: 'ERR_CRYPTO_INVALID_DIGEST' });
  }
  object._hash = new Hash(algorithm);
  object._algorithm = algorithm;
  Writable.call(object, options);
}

/** Node documentation: class Sign. Made by createSign. */
function Sign(algorithm, options) {
  if (!(this instanceof Sign)) return new Sign(algorithm, options);
  begin(this, algorithm, options);
}
Object.setPrototypeOf(Sign.prototype, Writable.prototype);
Object.setPrototypeOf(Sign, Writable);

Sign.prototype._write = function _write(chunk, encoding, callback) {
  this._hash.update(chunk, encoding);
  callback();
};

Sign.prototype.update = function update(data, encoding) {
  this._hash.update(data, encoding);
  return this;
};

Sign.prototype.sign = function signDigest(options, encoding) {
  if (!options) throw new ERR_CRYPTO_SIGN_KEY_REQUIRED();
  const handle = privateHandle(options);
  return encode(run(handle, this._algorithm, this._hash.digest(), options, true), encoding);
};

/** Node documentation: class Verify. Made by createVerify. */
function Verify(algorithm, options) {
  if (!(this instanceof Verify)) return new Verify(algorithm, options);
  begin(this, algorithm, options);
}
Object.setPrototypeOf(Verify.prototype, Writable.prototype);
Object.setPrototypeOf(Verify, Writable);
Verify.prototype._write = Sign.prototype._write;
Verify.prototype.update = Sign.prototype.update;

Verify.prototype.verify = function verifyDigest(options, signature, encoding) {
  const handle = publicHandle(options);
  const bytes = toBytes(signature, 'signature', encoding);
  return run(handle, this._algorithm, this._hash.digest(), options, true, undefined, bytes);
};

// ---- RSA encryption -----------------------------------------------------------------------------------------------

function rsa(operation, handle, defaultPadding) {
  return (options, buffer) => {
    const settings = isOptions(options) && !ArrayBuffer.isView(options) && !(options instanceof ArrayBuffer) ? options : {};
    const { padding = defaultPadding, oaepHash, oaepLabel, encoding } = settings;
    if (oaepHash !== undefined) validateString(oaepHash, 'key.oaepHash');
    if (oaepHash !== undefined && findDigest(oaepHash) === undefined) {
      throw Object.assign(new Error(`Invalid digest: ${oaepHash}`), { code: 'ERR_OSSL_EVP_INVALID_DIGEST' });
    }
    const label = oaepLabel === undefined ? undefined : toBytes(oaepLabel, 'key.oaepLabel', encoding);
    const key = handle(options);
    const data = toBytes(buffer, 'buffer', encoding);
    return binding.rsaCrypt(operation, key, data, padding, oaepHash, label);
  };
}

module.exports = {
  Sign, Verify, sign, verify,
  publicEncrypt: rsa(0, publicHandle, OAEP),
  privateDecrypt: rsa(1, privateHandle, OAEP),
  privateEncrypt: rsa(2, privateHandle, PKCS1),
  publicDecrypt: rsa(3, publicHandle, PKCS1),
};
