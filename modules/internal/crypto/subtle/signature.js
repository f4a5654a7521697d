'use strict';
// The signature job of C, as promises.
const binding = internalBinding('crypto_sign');
const { toArrayBuffer } = require('../util');
const { operationError } = require('./errors');

const P1363 = 1; // the form of elliptic-curve signatures in Web Cryptography: both numbers, no DER

function start(handle, data, { digest = null, padding, saltLength, context }, signature) {
  return new Promise((resolve, reject) => {
    const done = (error, result) => (error ? reject(operationError(error)) : resolve(result));
    try {
      binding.sign(handle, digest, data, padding, saltLength, P1363, false, done, signature, context);
    } catch (error) {
      reject(operationError(error));
    }
  });
}

module.exports = {
  /**
   * @param {{digest?: string, padding?: number, saltLength?: number, context?: Uint8Array}} options
   * @returns {Promise<ArrayBuffer>}
   */
  sign: async (handle, data, options) => toArrayBuffer(await start(handle, data, options)),
  /** @returns {Promise<boolean>} */
  verify: (handle, data, options, signature) => start(handle, data, options, signature),
};
