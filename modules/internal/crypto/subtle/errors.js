'use strict';
// The DOMExceptions that SubtleCrypto rejects with.

/** @param {string} name of the DOMException @param {string} message @param {Error} [cause] @returns {DOMException} */
function invalid(name, message, cause) {
  const { DOMException } = globalThis;
  return cause === undefined ? new DOMException(message, name) : new DOMException(message, { name, cause });
}

/** What fails in C, and may not say why. @returns {DOMException} OperationError */
function operationError(cause) {
  return invalid('OperationError', 'The operation failed for an operation-specific reason', cause);
}

/** @returns {RangeError} as Node's bindings throw it */
function outOfRange(message) {
  return Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' });
}

module.exports = { invalid, operationError, outOfRange };
