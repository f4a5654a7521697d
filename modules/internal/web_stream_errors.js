'use strict';
// The errors of the web streams' library with the codes and, where it says the same, the words of Node's. The library
// takes these for the language's own (patches.mjs).

const { codes } = require('./errors');
const { ERR_ARG_NOT_ITERABLE, ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_STATE, ERR_INVALID_THIS } = codes;

const withCode = (error, code) => Object.assign(error, { code });

/** @param {string} message of the library @returns {globalThis.TypeError} */
function typeError(message) {
  const owner = /^\w+\.(?:prototype\.)?.* can only be used on an? (\w+)$/.exec(message)?.[1];
  if (owner !== undefined) return new ERR_INVALID_THIS(owner);
  if (message === 'Illegal constructor') return new ERR_ILLEGAL_CONSTRUCTOR();
  if (message === 'The object is not iterable') return new ERR_ARG_NOT_ITERABLE('ReadableStream.from() argument');
  if (/is not (?:a valid enumeration value|a finite number)|not constructed with a byte source|^options\.min must be|outside the accepted range/.test(message))
    return withCode(new globalThis.TypeError(message), 'ERR_INVALID_ARG_VALUE');
  if (/ is required in | is not an? |first argument must be|must be an array buffer view|You can only respond/.test(message))
    return withCode(new globalThis.TypeError(message), 'ERR_INVALID_ARG_TYPE');
  if (/ locked for exclusive reading/.test(message)) return new ERR_INVALID_STATE.TypeError('ReadableStream is locked');
  if (/ locked for exclusive writing/.test(message)) return new ERR_INVALID_STATE.TypeError('WritableStream is locked');
  return new ERR_INVALID_STATE.TypeError(message);
}

/** Called with `new`, as the language's are. */
function TypeError(message) {
  return typeError(message);
}
function RangeError(message) {
  const code = message.startsWith('options.min') ? 'ERR_OUT_OF_RANGE' : 'ERR_INVALID_ARG_VALUE';
  return withCode(new globalThis.RangeError(message), code);
}

/** @param {any} min of ReadableStreamBYOBReader.read's options @returns {number} at least 1 */
function checkedMin(min) {
  if (typeof min !== 'number') throw new codes.ERR_INVALID_ARG_TYPE('options.min', 'number', min);
  if (!Number.isInteger(min) || min <= 0) throw new codes.ERR_INVALID_ARG_VALUE('options.min', min);
  return min;
}

module.exports = { RangeError, TypeError, checkedMin };
