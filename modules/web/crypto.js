'use strict';
// The global `crypto` (Web Cryptography API): random values, and SubtleCrypto from internal/crypto/webcrypto.js.
const { codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_THIS } } = require('../internal/errors');
const { getRandomValues, randomUUID } = require('../internal/crypto/random');

const kMake = Symbol('make');

let check; // set by the class's static block

class Crypto {
  #subtle;

  static {
    check = (value) => {
      if (typeof value !== 'object' || value === null || !(#subtle in value)) throw new ERR_INVALID_THIS('Crypto');
    };
  }

  constructor(token) {
    if (token !== kMake) throw new ERR_ILLEGAL_CONSTRUCTOR();
  }

  /** @returns {SubtleCrypto} */
  get subtle() {
    check(this);
    this.#subtle ??= require('../internal/crypto/webcrypto').subtle;
    return this.#subtle;
  }

  /** @param {ArrayBufferView} array of integers, at most 65,536 bytes */
  getRandomValues(array) {
    check(this);
    return getRandomValues(array);
  }

  randomUUID(options) {
    check(this);
    return randomUUID(options);
  }
}
Object.defineProperties(Crypto.prototype, {
  subtle: { enumerable: true },
  getRandomValues: { enumerable: true },
  randomUUID: { enumerable: true },
  [Symbol.toStringTag]: { value: 'Crypto', configurable: true },
});

module.exports = {
  Crypto,
  crypto: new Crypto(kMake),
  get CryptoKey() { return require('../internal/crypto/crypto_key').CryptoKey; },
  get SubtleCrypto() { return require('../internal/crypto/webcrypto').SubtleCrypto; },
};
