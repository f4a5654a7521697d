'use strict';
// KeyObject and its three kinds (node:crypto). What a key is lives in a private field that only this file reads: the
// getters of the prototypes are the program's to replace.
const binding = internalBinding('crypto_key');
const { bigintOf } = require('./util');
const {
  codes: { ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_THIS },
} = require('../errors');
const { validateObject, validateOneOf } = require('../validators');
const { mark, register } = require('../cloneable');
const encodings = require('./key_encoding');

const { PUBLIC, PRIVATE } = binding;
const BASE64URL = 3;

let is; // set by the class's static block
let handle;
let typeOf;

/** Node documentation: class KeyObject. */
class KeyObject {
  #type;

  #handle;

  constructor(type, given) {
    if (type !== 'secret' && type !== 'public' && type !== 'private') throw new ERR_INVALID_ARG_VALUE('type', type);
    if (typeof given !== 'object' || given === null) throw new ERR_INVALID_ARG_TYPE('handle', 'object', given);
    this.#type = type;
    this.#handle = given;
    mark(this);
  }

  /** @returns {'secret' | 'public' | 'private'} */
  get type() {
    return typeOf(this);
  }

  /** @param {CryptoKey} key @returns {KeyObject} */
  static from(key) {
    const { isCryptoKey, slotsOf } = require('./crypto_key');
    if (!isCryptoKey(key)) throw new ERR_INVALID_ARG_TYPE('key', 'CryptoKey', key);
    const { type, handle: inner } = slotsOf(key);
    return makeKey(type, inner);
  }

  /** @param {object} algorithm @param {boolean} extractable @param {string[]} keyUsages @returns {CryptoKey} */
  toCryptoKey(algorithm, extractable, keyUsages) {
    return require('./key_bridge').toCryptoKey(typeOf(this), handle(this), algorithm, extractable, keyUsages);
  }

  equals(other) {
    if (!is(other)) throw new ERR_INVALID_ARG_TYPE('otherKeyObject', 'KeyObject', other);
    return typeOf(this) === typeOf(other) && binding.equals(handle(this), handle(other));
  }

  static {
    is = (value) => typeof value === 'object' && value !== null && #handle in value;
    handle = (key) => key.#handle;
    typeOf = (key) => {
      if (!is(key)) throw new ERR_INVALID_THIS('KeyObject');
      return key.#type;
    };
  }
}
Object.defineProperty(KeyObject.prototype, Symbol.toStringTag, { value: 'KeyObject', configurable: true });

/** The key that a getter or method was called on. */
function handleOf(key, secret) {
  if (secret !== undefined && (!is(key) || (typeOf(key) === 'secret') !== secret)) {
    throw new ERR_INVALID_THIS(secret ? 'SecretKeyObject' : 'AsymmetricKeyObject');
  }
  return handle(key);
}

class SecretKeyObject extends KeyObject {
  /** @returns {number} bytes */
  get symmetricKeySize() {
    return binding.secretLength(handleOf(this, true));
  }

  /** @returns {Buffer | object} */
  export(options) {
    if (options !== undefined) {
      validateObject(options, 'options');
      validateOneOf(options.format, 'options.format', [undefined, 'buffer', 'jwk']);
      if (options.format === 'jwk') return { kty: 'oct', k: binding.secretExport(handleOf(this), BASE64URL) };
    }
    return binding.secretExport(handleOf(this), 0);
  }
}

class AsymmetricKeyObject extends KeyObject {
  /** @returns {string} */
  get asymmetricKeyType() {
    return binding.asymmetricType(handleOf(this, false));
  }

  /** @returns {object} a new one each time */
  get asymmetricKeyDetails() {
    const details = binding.details(handleOf(this, false));
    if (Object.hasOwn(details, 'publicExponent')) details.publicExponent = bigintOf(details.publicExponent);
    return details;
  }
}

class PublicKeyObject extends AsymmetricKeyObject {
  /** @returns {string | Buffer | object} */
  export(options) {
    return encodings.exportKey(handleOf(this), PUBLIC, options, 'options');
  }
}

class PrivateKeyObject extends AsymmetricKeyObject {
  /** @returns {string | Buffer | object} */
  export(options) {
    const { format } = options ?? {};
    if (options?.passphrase !== undefined && (format === 'jwk' || format === 'raw-private' || format === 'raw-seed')) {
      throw new ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS(format, 'does not support encryption');
    }
    return encodings.exportKey(handleOf(this), PRIVATE, options, 'options');
  }
}

const classes = { __proto__: null, secret: SecretKeyObject, public: PublicKeyObject, private: PrivateKeyObject };
/** @param {'secret' | 'public' | 'private'} type @returns {KeyObject} over a handle of C */
const makeKey = (type, inner) => new classes[type](type, inner);

register({
  name: 'KeyObject',
  is: (value) => is(value),
  transfers: false,
  pack: (key) => [typeOf(key), handle(key)],
  unpack: ([type, inner]) => makeKey(type, inner),
  equal: (a, b) => is(b) && typeOf(a) === typeOf(b) && binding.equals(handle(a), handle(b)),
});

module.exports = {
  KeyObject,
  handleOf: (key) => handle(key),
  isKeyObject: (value) => is(value),
  makeKey,
  /** @param {KeyObject} key @returns {'secret' | 'public' | 'private'} its own, whatever its getter says */
  typeOf: (key) => typeOf(key),
};
