'use strict';
// Hash, Hmac and crypto.hash (node:crypto). Both are Transforms for those who pipe; the usual update().digest() makes no
// stream state: that is set up when a stream method is first used. A hash of one string (every ETag of Express) is one
// call of C: the string is kept until digest() or a second update().
const binding = internalBinding('crypto_hash');
const { Transform } = require('../../node/stream');
const { Buffer } = require('../../node/buffer');
const { emitWarning } = require('../warning');
const { digest: findDigest, encode, isUtf8, outputCode } = require('./util');
const {
  codes: { ERR_CRYPTO_HASH_FINALIZED, ERR_INVALID_ARG_VALUE, ERR_CRYPTO_HASH_UPDATE_FAILED, ERR_INVALID_ARG_TYPE, ERR_CRYPTO_INVALID_DIGEST },
} = require('../errors');
const { validateEncoding, validateObject, validateString, validateUint32 } = require('../validators');

function unsupported() {
  const error = new Error('Digest method not supported');
  error.code = 'ERR_OSSL_EVP_UNSUPPORTED';
  return error;
}

const SHAKE = /^shake-?(128|256)$/i;
let implicitLengthWarned = false;
/** DEP0198, with --pending-deprecation. */
function warnImplicitLength(algorithm) {
  if (implicitLengthWarned || !SHAKE.test(algorithm)) return;
  implicitLengthWarned = true;
  emitWarning('Creating SHAKE128/256 digests without an explicit options.outputLength is deprecated.', 'DeprecationWarning', 'DEP0198');
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
      const { _events: events, _eventsCount: count } = this;
      Transform.call(this, { ...this._options });
      if (count > 0 && this._events !== events) Object.assign(this._events, events);
      return this[name];
    },
    set(value) {
      Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
    },
    configurable: true,
    enumerable: true,
  });
}

function checkData(data, encoding) {
  if (typeof data === 'string') validateEncoding(data, encoding);
  else if (!ArrayBuffer.isView(data)) throw new ERR_INVALID_ARG_TYPE('data', ['string', 'Buffer', 'TypedArray', 'DataView'], data);
}

const OPEN = 0;
const FINAL = 1;
const NO_DATA = null;

/** Node documentation: class Hash. Made by createHash(algorithm[, { outputLength }]). */
function Hash(algorithm, options) {
  if (!(this instanceof Hash)) return new Hash(algorithm, options);
  const isCopy = algorithm instanceof Hash;
  if (!isCopy) validateString(algorithm, 'algorithm');
  let length = -1;
  if (options !== undefined && options !== null && typeof options === 'object') {
    if (options.outputLength !== undefined) {
      validateUint32(options.outputLength, 'options.outputLength');
      length = options.outputLength;
    }
  }
  this._options = options;
  this._pending = NO_DATA;
  this._handle = undefined;
  this._state = OPEN;
  if (isCopy) {
    this._digest = algorithm._digest;
    this._algorithm = algorithm._algorithm;
    this._pending = algorithm._pending;
    this._length = length; // not the original's: a copy has the digest's own length, as on Node
    if (algorithm._handle !== undefined) this._handle = binding.hashCopy(algorithm._handle);
  } else {
    this._digest = findDigest(algorithm);
    if (this._digest === undefined) throw unsupported();
    this._algorithm = algorithm;
    this._length = length;
    if (length < 0 && process.pendingDeprecation) warnImplicitLength(algorithm);
  }
  if (length >= 0) binding.hashCheckLength(this._digest, length);
}
Object.setPrototypeOf(Hash.prototype, LazyTransform.prototype);
Object.setPrototypeOf(Hash, LazyTransform);

/** The C context, with what was kept fed to it. */
function contextOf(hash) {
  if (hash._handle === undefined) hash._handle = binding.hashCreate(hash._digest);
  if (hash._pending !== NO_DATA) {
    const data = hash._pending;
    hash._pending = NO_DATA;
    binding.hashUpdate(hash._handle, data);
  }
  return hash._handle;
}

Hash.prototype.update = function update(data, encoding) {
  if (this._state === FINAL) throw new ERR_CRYPTO_HASH_FINALIZED();
  if (typeof data === 'string' && isUtf8(encoding)) {
    if (this._handle === undefined && this._pending === NO_DATA) {
      this._pending = data;
      return this;
    }
  } else {
    checkData(data, encoding);
    if (typeof data === 'string') data = Buffer.from(data, encoding);
  }
  if (!binding.hashUpdate(contextOf(this), data)) throw new ERR_CRYPTO_HASH_UPDATE_FAILED();
  return this;
};

Hash.prototype.digest = function digest(encoding) {
  if (this._state === FINAL) {
    if (this._streamed !== undefined) return encode(Buffer.from(this._streamed), encoding);
    throw new ERR_CRYPTO_HASH_FINALIZED();
  }
  this._state = FINAL;
  const code = outputCode(encoding);
  let result;
  if (this._handle === undefined && this._length < 0) {
    result = binding.hashOneShot(this._digest, this._pending === NO_DATA ? '' : this._pending, code < 0 ? 0 : code);
    this._pending = NO_DATA;
  } else {
    result = binding.hashDigest(contextOf(this), code < 0 ? 0 : code, this._length);
  }
  return code < 0 ? encode(result, String(encoding)) : result;
};

Hash.prototype.copy = function copy(options) {
  if (this._state === FINAL) throw new ERR_CRYPTO_HASH_FINALIZED();
  return new Hash(this, options);
};

Hash.prototype._transform = function _transform(chunk, encoding, callback) {
  try {
    this.update(chunk, encoding);
  } catch (error) {
    callback(error);
    return;
  }
  callback();
};

/** The digest goes into the stream; digest() still gives it afterwards. */
Hash.prototype._flush = function _flush(callback) {
  this._streamed = this.digest();
  this.push(Buffer.from(this._streamed));
  callback();
};

/** Node documentation: class Hmac. Made by createHmac(algorithm, key[, options]). */
function Hmac(algorithm, key, options) {
  if (!(this instanceof Hmac)) return new Hmac(algorithm, key, options);
  validateString(algorithm, 'hmac');
  const encoding = options?.encoding;
  const secret = require('./keys').secretHandle(key, encoding, 'key');
  const digest = findDigest(algorithm);
  if (digest === undefined) throw new ERR_CRYPTO_INVALID_DIGEST(algorithm);
  this._options = options;
  this._handle = binding.hmacCreate(digest, secret);
  this._state = OPEN;
}
Object.setPrototypeOf(Hmac.prototype, LazyTransform.prototype);
Object.setPrototypeOf(Hmac, LazyTransform);

Hmac.prototype.update = function update(data, encoding) {
  if (typeof data !== 'string' || !isUtf8(encoding)) {
    checkData(data, encoding);
    if (typeof data === 'string') data = Buffer.from(data, encoding);
  }
  if (this._state === FINAL || !binding.hmacUpdate(this._handle, data)) throw new ERR_CRYPTO_HASH_UPDATE_FAILED();
  return this;
};

Hmac.prototype.digest = function digest(encoding) {
  if (this._state === FINAL) return encode(Buffer.from(''), encoding);
  this._state = FINAL;
  const code = outputCode(encoding);
  const result = binding.hmacDigest(this._handle, code < 0 ? 0 : code);
  return code < 0 ? encode(result, String(encoding)) : result;
};
Hmac.prototype._transform = Hash.prototype._transform;
Hmac.prototype._flush = function _flush(callback) {
  this.push(this.digest());
  callback();
};

function hashOfLength(handle, algorithm, data, code, length) {
  try {
    binding.hashCheckLength(handle, length);
  } catch {
    throw new Error(`Output length ${length} is invalid for ${algorithm}, which does not support XOF`);
  }
  const context = binding.hashCreate(handle);
  if (!binding.hashUpdate(context, data)) throw new ERR_CRYPTO_HASH_UPDATE_FAILED();
  return binding.hashDigest(context, code < 0 ? 0 : code, length);
}

/**
 * Node documentation: crypto.hash(algorithm, data[, options]).
 * @param {string} algorithm @param {string | NodeJS.ArrayBufferView} data
 * @param {string | {outputEncoding?: string, outputLength?: number}} [options] outputLength: bytes, of XOF digests
 * @returns {string | Buffer}
 */
function hash(algorithm, data, options) {
  if (options === undefined) options = 'hex';
  validateString(algorithm, 'algorithm');
  if (typeof data !== 'string' && !ArrayBuffer.isView(data)) {
    throw new ERR_INVALID_ARG_TYPE('input', ['Buffer', 'TypedArray', 'DataView', 'string'], data);
  }
  let outputEncoding = options;
  let length;
  if (typeof options !== 'string') {
    validateObject(options, 'options');
    ({ outputEncoding = 'hex', outputLength: length } = options);
    validateString(outputEncoding, 'outputEncoding');
    if (length !== undefined) validateUint32(length, 'outputLength');
  }
  if (outputEncoding !== 'buffer' && !Buffer.isEncoding(outputEncoding)) throw new ERR_INVALID_ARG_VALUE('outputEncoding', outputEncoding);
  const handle = findDigest(algorithm);
  if (handle === undefined) throw new Error(`Digest method ${algorithm} is not supported`);
  if (length === undefined && process.pendingDeprecation) warnImplicitLength(algorithm);
  const code = outputCode(outputEncoding);
  const result = length === undefined ? binding.hashOneShot(handle, data, code < 0 ? 0 : code) : hashOfLength(handle, algorithm, data, code, length);
  return code < 0 ? encode(result, outputEncoding) : result;
}

module.exports = { Hash, Hmac, LazyTransform, hash };
