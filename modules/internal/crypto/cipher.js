'use strict';
// Symmetric ciphers (node:crypto): Cipheriv and Decipheriv are Transforms that make their stream state when it is needed.
const binding = internalBinding('crypto_cipher');
const { StringDecoder } = require('../../node/string_decoder');
const { emitWarning } = require('../warning');
const { LazyTransform } = require('./hash');
const { secretHandle } = require('./keys');
const { toBytes, toView } = require('./util');
const {
  codes: { ERR_CRYPTO_INVALID_AUTH_TAG, ERR_CRYPTO_INVALID_IV, ERR_CRYPTO_INVALID_KEYLEN, ERR_CRYPTO_INVALID_MESSAGELEN,
    ERR_CRYPTO_INVALID_STATE,
    ERR_CRYPTO_UNKNOWN_CIPHER, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE },
} = require('../errors');
const { validateInt32, validateObject, validateString } = require('../validators');

const ERR_MISSING_ARGS_CCM = function missing() {
  return Object.assign(new TypeError('options.plaintextLength required for CCM mode with AAD'), { code: 'ERR_MISSING_ARGS' });
};

function authTagLength(options) {
  const value = options?.authTagLength;
  if (value === undefined || value === null) return -1;
  if (value !== value >>> 0 || value > 2147483647) throw new ERR_INVALID_ARG_VALUE('options.authTagLength', value);
  return value;
}

function begin(object, encrypt, name, key, iv, options) {
  validateString(name, 'cipher');
  const secret = secretHandle(key, options?.encoding, 'key');
  const nonce = iv === null ? null : ivBytes(iv);
  const length = authTagLength(options);
  const handle = binding.create(encrypt, name, secret, nonce, length);
  switch (handle) {
    case -1: throw new ERR_CRYPTO_UNKNOWN_CIPHER();
    case -2: throw new ERR_CRYPTO_INVALID_KEYLEN();
    case -3: throw new ERR_CRYPTO_INVALID_IV();
    case -4: throw new ERR_CRYPTO_INVALID_AUTH_TAG(length);
    case -5: throw Object.assign(new TypeError(`authTagLength required for ${name}`), { code: 'ERR_CRYPTO_INVALID_AUTH_TAG' });
    default:
  }
  object._handle = handle;
  object._options = options;
  object._decoder = null;
}

let shortTagWarned = false;

function ivBytes(iv) {
  if (typeof iv !== 'string' && !ArrayBuffer.isView(iv) && !(iv instanceof ArrayBuffer)) {
    throw new ERR_INVALID_ARG_TYPE('iv', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], iv);
  }
  return toBytes(iv, 'iv');
}

/** Buffers, or text in the encoding asked for: characters may span two calls. */
function output(object, buffer, encoding, last) {
  if (!encoding || encoding === 'buffer') return buffer;
  if (object._decoder === null) object._decoder = new StringDecoder(encoding);
  else if (object._decoder.encoding !== new StringDecoder(encoding).encoding) {
    throw new ERR_INVALID_ARG_VALUE('outputEncoding', encoding, `cannot be changed from '${object._decoder.encoding}'`);
  }
  return last ? object._decoder.end(buffer) : object._decoder.write(buffer);
}

/** Node documentation: class Cipheriv. Made by createCipheriv. */
function Cipheriv(cipher, key, iv, options) {
  if (!(this instanceof Cipheriv)) return new Cipheriv(cipher, key, iv, options);
  begin(this, true, cipher, key, iv, options);
}

/** Node documentation: class Decipheriv. Made by createDecipheriv. */
function Decipheriv(cipher, key, iv, options) {
  if (!(this instanceof Decipheriv)) return new Decipheriv(cipher, key, iv, options);
  begin(this, false, cipher, key, iv, options);
}

const shared = {
  update(data, inputEncoding, outputEncoding) {
    if (typeof data !== 'string' && !ArrayBuffer.isView(data)) {
      throw new ERR_INVALID_ARG_TYPE('data', ['string', 'Buffer', 'TypedArray', 'DataView'], data);
    }
    const result = binding.update(this._handle, toView(data, 'data', inputEncoding));
    if (result === false) throw new ERR_CRYPTO_INVALID_STATE('update');
    if (result === true) throw new ERR_CRYPTO_INVALID_MESSAGELEN();
    return output(this, result, outputEncoding, false);
  },

  final(outputEncoding) {
    const result = binding.final(this._handle);
    if (result === false) throw new ERR_CRYPTO_INVALID_STATE('final');
    return output(this, result, outputEncoding, true);
  },

  setAutoPadding(on) {
    if (!binding.setPadding(this._handle, on === undefined ? true : !!on)) throw new ERR_CRYPTO_INVALID_STATE('setAutoPadding');
    return this;
  },

  setAAD(data, options) {
    const bytes = toBytes(data, 'buffer', options?.encoding);
    const length = options?.plaintextLength ?? -1;
    if (length !== -1 || options?.plaintextLength === -1) {
      if (length !== length >>> 0 || length > 2147483647) throw new ERR_INVALID_ARG_VALUE('options.plaintextLength', length);
    }
    switch (binding.setAAD(this._handle, bytes, length)) {
      case binding.aad.FORBIDDEN: throw new ERR_CRYPTO_INVALID_STATE('setAAD');
      case binding.aad.NO_LENGTH: throw new ERR_MISSING_ARGS_CCM();
      case binding.aad.TOO_LONG: throw new ERR_CRYPTO_INVALID_MESSAGELEN();
      default: return this;
    }
  },

  _transform(chunk, encoding, callback) {
    let result;
    try {
      result = this.update(chunk, encoding);
    } catch (error) {
      callback(error);
      return;
    }
    this.push(result);
    callback();
  },

  _flush(callback) {
    let result;
    try {
      result = this.final();
    } catch (error) {
      callback(error);
      return;
    }
    this.push(result);
    callback();
  },
};

for (const Class of [Cipheriv, Decipheriv]) {
  Object.setPrototypeOf(Class.prototype, LazyTransform.prototype);
  Object.setPrototypeOf(Class, LazyTransform);
  Object.assign(Class.prototype, shared);
}

Cipheriv.prototype.getAuthTag = function getAuthTag() {
  const tag = binding.getAuthTag(this._handle);
  if (tag === undefined) throw new ERR_CRYPTO_INVALID_STATE('getAuthTag');
  return tag;
};

Decipheriv.prototype.setAuthTag = function setAuthTag(tag, encoding) {
  const bytes = toBytes(tag, 'buffer', encoding);
  const result = binding.setAuthTag(this._handle, bytes);
  if (result === -1) throw new ERR_CRYPTO_INVALID_AUTH_TAG(bytes.byteLength);
  if (result === 0) throw new ERR_CRYPTO_INVALID_STATE('setAuthTag');
  if (result === 2 && !shortTagWarned) {
    shortTagWarned = true;
    emitWarning('Using AES-GCM authentication tags of less than 128 bits without specifying the authTagLength option when initializing ' +
      'decryption is deprecated.', 'DeprecationWarning', 'DEP0182');
  }
  return this;
};

/** Node documentation: crypto.getCipherInfo(nameOrNid[, options]). */
function getCipherInfo(nameOrNid, options) {
  if (typeof nameOrNid !== 'string' && typeof nameOrNid !== 'number') {
    throw new ERR_INVALID_ARG_TYPE('nameOrNid', ['string', 'number'], nameOrNid);
  }
  if (typeof nameOrNid === 'number') validateInt32(nameOrNid, 'nameOrNid');
  let keyLength = -1;
  let ivLength = -1;
  if (options !== undefined) {
    validateObject(options, 'options');
    ({ keyLength = -1, ivLength = -1 } = options);
    if (options.keyLength !== undefined) validateInt32(keyLength, 'options.keyLength');
    if (options.ivLength !== undefined) validateInt32(ivLength, 'options.ivLength');
  }
  return binding.info(nameOrNid, keyLength, ivLength);
}

/** @returns {string[]} names of ciphers, sorted */
const getCiphers = () => [...new Set(binding.list().map((name) => (/^[A-Z0-9-]+$/.test(name) ? name.toLowerCase() : name)))].sort();

module.exports = { Cipheriv, Decipheriv, getCipherInfo, getCiphers };
