'use strict';
// Hash, Hmac and crypto.hash (node:crypto). Hash is a Transform for those who pipe; the usual update().digest() makes
// no stream state: that is set up when a stream method is first used.
const binding = internalBinding('crypto_hash');
const { Transform } = require('../../node/stream');
const { Buffer } = require('../../node/buffer');
const {
  codes: { ERR_CRYPTO_HASH_FINALIZED, ERR_CRYPTO_HASH_UPDATE_FAILED, ERR_INVALID_ARG_TYPE, ERR_CRYPTO_INVALID_DIGEST },
} = require('../errors');
const { validateString, validateUint32 } = require('../validators');

const kHandle = Symbol('handle');
const kState = Symbol('state');
const OPEN = 0;
const FINAL = 1;

function unsupported(message = 'Digest method not supported') {
  return Object.assign(new Error(message), { code: 'ERR_OSSL_EVP_UNSUPPORTED' });
}

/** A stream class whose stream state is made when it is first needed. */
function LazyTransform(options) {
  this._options = options;
}
Object.setPrototypeOf(LazyTransform.prototype, Transform.prototype);
Object.setPrototypeOf(LazyTransform, Transform);
for (const name of ['_readableState', '_writableState']) {
  Object.defineProperty(LazyTransform.prototype, name, {
    get() {
      makeStream(this);
      return this[name];
    },
    set(value) {
      Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
    },
    configurable: true,
    enumerable: true,
  });
}

function makeStream(object) {
  const { _events: events, _eventsCount: count } = object;
  Transform.call(object, { decodeStrings: true, ...object._options });
  if (events !== undefined && count > 0) Object.assign(object._events, events);
}

/** Gives data to a handle. @param {string | ArrayBufferView} data */
function feed(handle, data, encoding) {
  if (typeof data === 'string') {
    if (encoding === undefined || encoding === null || encoding === 'utf8' || encoding === 'utf-8' || encoding === 'buffer') {
      return binding.update(handle, data, false);
    }
    if (encoding === 'latin1' || encoding === 'binary') return binding.update(handle, data, true);
    return binding.update(handle, Buffer.from(data, encoding), false);
  }
  if (ArrayBuffer.isView(data)) return binding.update(handle, data, false);
  throw new ERR_INVALID_ARG_TYPE('data', ['string', 'Buffer', 'TypedArray', 'DataView'], data);
}

const encode = (buffer, encoding) => (encoding && encoding !== 'buffer' ? buffer.toString(encoding) : buffer);

/** Node documentation: class Hash. Made by createHash. */
function Hash(algorithm, options) {
  if (!(this instanceof Hash)) return new Hash(algorithm, options);
  LazyTransform.call(this, options);
  let length = 0;
  if (algorithm instanceof Hash) {
    length = options?.outputLength ?? algorithm._length;
    this[kHandle] = binding.copy(algorithm[kHandle], length);
    this._algorithm = algorithm._algorithm;
  } else {
    validateString(algorithm, 'algorithm');
    this._algorithm = algorithm;
    if (options?.outputLength !== undefined) {
      validateUint32(options.outputLength, 'options.outputLength');
      length = checkLength(algorithm, options.outputLength);
    }
    this[kHandle] = binding.create(algorithm, length);
    if (this[kHandle] === undefined) throw unsupported();
  }
  this._length = length;
  this[kState] = OPEN;
}
Object.setPrototypeOf(Hash.prototype, LazyTransform.prototype);
Object.setPrototypeOf(Hash, LazyTransform);

function checkLength(algorithm, length) {
  const size = binding.digestSize(algorithm);
  if (size === undefined) throw unsupported();
  if (!size[1] && length !== size[0]) throw unsupported('Unsupported state or unable to authenticate');
  return size[1] ? length : 0;
}

Hash.prototype.update = function update(data, encoding) {
  if (this[kState] === FINAL) throw new ERR_CRYPTO_HASH_FINALIZED();
  if (!feed(this[kHandle], data, encoding)) throw new ERR_CRYPTO_HASH_UPDATE_FAILED();
  return this;
};

Hash.prototype.digest = function digest(encoding) {
  if (this[kState] === FINAL) throw new ERR_CRYPTO_HASH_FINALIZED();
  this[kState] = FINAL;
  return encode(binding.digest(this[kHandle]), encoding);
};

Hash.prototype.copy = function copy(options) {
  if (this[kState] === FINAL) throw new ERR_CRYPTO_HASH_FINALIZED();
  return new Hash(this, options);
};

Hash.prototype._transform = function _transform(chunk, encoding, callback) {
  if (!feed(this[kHandle], chunk, encoding)) callback(new ERR_CRYPTO_HASH_UPDATE_FAILED());
  else callback();
};

Hash.prototype._flush = function _flush(callback) {
  this.push(this.digest());
  callback();
};

/** Node documentation: class Hmac. Made by createHmac. */
function Hmac(algorithm, key, options) {
  if (!(this instanceof Hmac)) return new Hmac(algorithm, key, options);
  validateString(algorithm, 'hmac');
  const { secretBytes } = require('./keys');
  const bytes = secretBytes(key, options?.encoding, 'key');
  LazyTransform.call(this, options);
  this[kHandle] = binding.createHmac(algorithm, bytes);
  if (this[kHandle] === undefined) throw new ERR_CRYPTO_INVALID_DIGEST(algorithm);
  this[kState] = OPEN;
}
Object.setPrototypeOf(Hmac.prototype, LazyTransform.prototype);
Object.setPrototypeOf(Hmac, LazyTransform);

Hmac.prototype.update = Hash.prototype.update;
Hmac.prototype.digest = function digest(encoding) {
  if (this[kState] === FINAL) return encode(Buffer.from(''), encoding);
  this[kState] = FINAL;
  return encode(binding.digest(this[kHandle]), encoding);
};
Hmac.prototype._transform = Hash.prototype._transform;
Hmac.prototype._flush = Hash.prototype._flush;

const encodings = { buffer: 0, hex: 1, base64: 2, base64url: 3 };

/** Node documentation: crypto.hash(algorithm, data[, outputEncoding]). @returns {string | Buffer} */
function hash(algorithm, data, outputEncoding = 'hex') {
  validateString(algorithm, 'algorithm');
  if (typeof data !== 'string' && !ArrayBuffer.isView(data)) {
    throw new ERR_INVALID_ARG_TYPE('input', ['Buffer', 'TypedArray', 'DataView', 'string'], data);
  }
  const known = encodings[outputEncoding];
  const result = binding.oneShot(algorithm, data, known ?? 0);
  if (result === undefined) throw unsupported();
  return known === undefined ? result.toString(outputEncoding) : result;
}

module.exports = { Hash, Hmac, LazyTransform, hash, unsupported };
