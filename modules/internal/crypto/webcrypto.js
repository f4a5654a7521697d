'use strict';
// SubtleCrypto (Web Cryptography API).
const hashes = internalBinding('crypto_hash');
const { digest: findDigest, toArrayBuffer } = require('./util');
const digests = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };

class SubtleCrypto {
  /** @param {string | { name: string }} algorithm @param {BufferSource} data @returns {Promise<ArrayBuffer>} */
  async digest(algorithm, data) {
    const name = typeof algorithm === 'string' ? algorithm : algorithm?.name;
    const digest = digests[String(name).toUpperCase()];
    if (digest === undefined) throw new DOMException('Unrecognized algorithm name', 'NotSupportedError');
    return toArrayBuffer(hashes.hashOneShot(findDigest(digest), data, 0));
  }
}

module.exports = { SubtleCrypto, subtle: new SubtleCrypto() };
