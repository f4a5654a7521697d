'use strict';
// DOMException (Web IDL, section 2.8.1).

const codes = [
  ['IndexSizeError', 'INDEX_SIZE_ERR', 1], [null, 'DOMSTRING_SIZE_ERR', 2], ['HierarchyRequestError', 'HIERARCHY_REQUEST_ERR', 3],
  ['WrongDocumentError', 'WRONG_DOCUMENT_ERR', 4], ['InvalidCharacterError', 'INVALID_CHARACTER_ERR', 5],
  [null, 'NO_DATA_ALLOWED_ERR', 6], ['NoModificationAllowedError', 'NO_MODIFICATION_ALLOWED_ERR', 7],
  ['NotFoundError', 'NOT_FOUND_ERR', 8], ['NotSupportedError', 'NOT_SUPPORTED_ERR', 9],
  ['InUseAttributeError', 'INUSE_ATTRIBUTE_ERR', 10], ['InvalidStateError', 'INVALID_STATE_ERR', 11],
  ['SyntaxError', 'SYNTAX_ERR', 12], ['InvalidModificationError', 'INVALID_MODIFICATION_ERR', 13],
  ['NamespaceError', 'NAMESPACE_ERR', 14], ['InvalidAccessError', 'INVALID_ACCESS_ERR', 15], [null, 'VALIDATION_ERR', 16],
  ['TypeMismatchError', 'TYPE_MISMATCH_ERR', 17], ['SecurityError', 'SECURITY_ERR', 18], ['NetworkError', 'NETWORK_ERR', 19],
  ['AbortError', 'ABORT_ERR', 20], ['URLMismatchError', 'URL_MISMATCH_ERR', 21], ['QuotaExceededError', 'QUOTA_EXCEEDED_ERR', 22],
  ['TimeoutError', 'TIMEOUT_ERR', 23], ['InvalidNodeTypeError', 'INVALID_NODE_TYPE_ERR', 24], ['DataCloneError', 'DATA_CLONE_ERR', 25],
];
const codeOf = new Map(codes.filter(([name]) => name !== null).map(([name, , code]) => [name, code]));

const invalidThis = () => {
  const { codes: { ERR_INVALID_THIS } } = require('../internal/errors');
  return new ERR_INVALID_THIS('DOMException');
};

class DOMException extends Error {
  #name = 'Error';

  /** @param {string} [message] @param {string|{name?: string, cause?: any}} [options] the name, or options */
  constructor(message = '', options = 'Error') {
    if (options !== null && typeof options === 'object') {
      super(`${message}`, 'cause' in options ? { cause: options.cause } : undefined);
      if (options.name !== undefined) this.#name = `${options.name}`;
    } else {
      super(`${message}`);
      this.#name = `${options}`;
    }
    if (!Object.hasOwn(this, 'message')) Object.defineProperty(this, 'message', { value: '', writable: true, configurable: true });
  }

  get name() {
    if (!(#name in this)) throw invalidThis();
    return this.#name;
  }
  get code() {
    if (!(#name in this)) throw invalidThis();
    return codeOf.get(this.#name) ?? 0;
  }
}
for (const [, constant, code] of codes) {
  const descriptor = { value: code, enumerable: true };
  Object.defineProperty(DOMException, constant, descriptor);
  Object.defineProperty(DOMException.prototype, constant, descriptor);
}
Object.defineProperties(DOMException.prototype, {
  name: { enumerable: true },
  code: { enumerable: true },
  [Symbol.toStringTag]: { value: 'DOMException', configurable: true },
});

module.exports = { DOMException };
