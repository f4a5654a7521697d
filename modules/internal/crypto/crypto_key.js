'use strict';
// CryptoKey (Web Cryptography, section 13). What a key is lives in a private field that only this file reads: the
// getters of the prototype are the program's to replace, and the objects that they give are copies.
const { mark, register } = require('../cloneable');
const {
  codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_THIS },
} = require('../errors');

const kMake = Symbol('make');
const inspectCustom = Symbol.for('nodejs.util.inspect.custom');

/** @param {object} algorithm @returns {object} a copy that the program may change */
function copyAlgorithm(algorithm) {
  const copy = { ...algorithm };
  if (Object.hasOwn(algorithm, 'publicExponent')) copy.publicExponent = new Uint8Array(algorithm.publicExponent);
  if (Object.hasOwn(algorithm, 'hash')) copy.hash = { ...algorithm.hash };
  return copy;
}

let slots; // set by the class's static block
let is;

class CryptoKey {
  #slots;

  #algorithm;

  #usages;

  constructor(token, given) {
    if (token !== kMake) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this.#slots = given;
    mark(this);
  }

  /** @returns {'secret' | 'public' | 'private'} */
  get type() {
    return slots(this).type;
  }

  /** @returns {boolean} */
  get extractable() {
    return slots(this).extractable;
  }

  /** @returns {object} always the same one */
  get algorithm() {
    const { algorithm } = slots(this);
    this.#algorithm ??= copyAlgorithm(algorithm);
    return this.#algorithm;
  }

  /** @returns {string[]} always the same one */
  get usages() {
    const { usages } = slots(this);
    this.#usages ??= [...usages];
    return this.#usages;
  }

  [inspectCustom](depth, options) {
    if (depth < 0) return this;
    const { inspect } = require('../../node/util');
    const { type, extractable, algorithm, usages } = slots(this);
    const shown = { type, extractable, algorithm: copyAlgorithm(algorithm), usages };
    return `CryptoKey ${inspect(shown, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }

  static {
    is = (value) => typeof value === 'object' && value !== null && #slots in value;
    slots = (key) => {
      if (!is(key)) throw new ERR_INVALID_THIS('CryptoKey');
      return key.#slots;
    };
  }
}
for (const name of ['type', 'extractable', 'algorithm', 'usages']) {
  Object.defineProperty(CryptoKey.prototype, name, { enumerable: true });
}
Object.defineProperty(CryptoKey.prototype, Symbol.toStringTag, { value: 'CryptoKey', configurable: true });

/** The class of the keys that there are: what makes them is out of the program's reach. */
class InternalCryptoKey extends CryptoKey {}
Object.defineProperty(InternalCryptoKey.prototype, 'constructor', {
  value: CryptoKey,
  writable: true,
  configurable: true,
});

// The order in which a key tells its usages.
const USAGES = [
  'encrypt',
  'decrypt',
  'sign',
  'verify',
  'deriveKey',
  'deriveBits',
  'wrapKey',
  'unwrapKey',
  'encapsulateKey',
  'encapsulateBits',
  'decapsulateKey',
  'decapsulateBits',
];

/**
 * @param {'secret' | 'public' | 'private'} type @param {object} handle of C @param {object} algorithm
 * @param {string[]} usages in any order, repeated or not @param {boolean} extractable
 * @returns {CryptoKey}
 */
function makeCryptoKey(type, handle, algorithm, usages, extractable) {
  const ordered = USAGES.filter((one) => usages.includes(one));
  return new InternalCryptoKey(kMake, {
    __proto__: null,
    type,
    handle,
    algorithm: copyAlgorithm(algorithm),
    usages: ordered,
    extractable,
  });
}

register({
  name: 'CryptoKey',
  is: (value) => is(value),
  transfers: false,
  pack: (key) => slots(key),
  unpack: (given) => new InternalCryptoKey(kMake, given),
  equal(a, b) {
    if (!is(b)) return false;
    const { isDeepStrictEqual } = require('../../node/util');
    const [one, other] = [slots(a), slots(b)];
    return (
      one.type === other.type &&
      one.extractable === other.extractable &&
      isDeepStrictEqual(one.algorithm, other.algorithm) &&
      isDeepStrictEqual(one.usages, other.usages) &&
      internalBinding('crypto_key').equals(one.handle, other.handle)
    );
  },
});

module.exports = {
  CryptoKey,
  USAGES,
  /** @param {any} value @returns {boolean} */
  isCryptoKey: (value) => is(value),
  makeCryptoKey,
  /**
   * @param {CryptoKey} key
   * @returns {{type: string, handle: object, algorithm: object, usages: string[], extractable: boolean}}
   */
  slotsOf: (key) => slots(key),
};
