'use strict';
// The global `crypto` (Web Cryptography API): random values, and of SubtleCrypto the digests.
const { randomUUID } = require('../internal/crypto/random');
const { validateString } = require('../internal/validators');

const digests = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };

function domException(message, name) {
  return new DOMException(message, name);
}

class SubtleCrypto {
  /** @param {string | { name: string }} algorithm @param {BufferSource} data @returns {Promise<ArrayBuffer>} */
  async digest(algorithm, data) {
    const name = typeof algorithm === 'string' ? algorithm : algorithm?.name;
    validateString(name, 'algorithm');
    const digest = digests[name.toUpperCase()];
    if (digest === undefined) throw domException('Unrecognized algorithm name', 'NotSupportedError');
    const view = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    const bytes = internalBinding('crypto_hash').oneShot(digest, view, 0);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  }
}

class Crypto {
  #subtle;

  get subtle() {
    return (this.#subtle ??= new SubtleCrypto());
  }

  getRandomValues(array) {
    const integers = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
      BigInt64Array, BigUint64Array];
    if (!integers.some((type) => array instanceof type)) {
      throw domException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
    }
    if (array.byteLength > 65536) {
      throw domException(`The requested length exceeds 65,536 bytes (${array.byteLength})`, 'QuotaExceededError');
    }
    if (array.byteLength > 0) internalBinding('crypto_random').fill(array);
    return array;
  }

  randomUUID(options) {
    return randomUUID(options);
  }
}
for (const type of [Crypto, SubtleCrypto]) {
  Object.defineProperty(type.prototype, Symbol.toStringTag, { value: type.name, configurable: true });
}

module.exports = { Crypto, SubtleCrypto, crypto: new Crypto() };
