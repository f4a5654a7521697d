'use strict';
// The argument checks of node:sqlite. Its errors have texts of their own, without a "Received ...", as Node's.

/** @returns {Error} with a code */
const refusal = (Base, code, message) => Object.assign(new Base(message), { code });

const typeError = (name, wanted) => refusal(TypeError, 'ERR_INVALID_ARG_TYPE', `The "${name}" argument must be ${wanted}.`);

function check(fine, name, wanted) {
  if (!fine) throw typeError(name, wanted);
}

const checkString = (value, name) => check(typeof value === 'string', name, 'a string');
const checkBoolean = (value, name) => check(typeof value === 'boolean', name, 'a boolean');
const checkFunction = (value, name) => check(typeof value === 'function', name, 'a function');
const checkObject = (value, name) => check(typeof value === 'object' && value !== null, name, 'an object');
const checkInteger = (value, name) => check(Number.isInteger(value), name, 'an integer');
const checkBytes = (value, name) => check(value instanceof Uint8Array, name, 'a Uint8Array');

/** An option where it is there. @template T @returns {T} its value, or the fallback */
function option(options, name, checkValue, fallback) {
  const value = options?.[name];
  if (value === undefined) return fallback;
  checkValue(value, `options.${name}`);
  return value;
}

/** Options, or undefined. */
function checkOptions(options) {
  if (options !== undefined) checkObject(options, 'options');
  return options;
}

/** @param {string | Uint8Array | URL} path @returns {string} as sqlite opens it: a name, or a URI */
function databasePath(path) {
  let text;
  if (typeof path === 'string') text = path;
  else if (path instanceof Uint8Array) text = Buffer.from(path.buffer, path.byteOffset, path.byteLength).toString();
  else if (path instanceof URL) {
    if (path.protocol !== 'file:') throw refusal(TypeError, 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file:');
    text = path.href;
  }
  check(text !== undefined && !text.includes('\0'), 'path', 'a string, Uint8Array, or URL without null bytes');
  return text;
}

const invalidState = (message) => refusal(Error, 'ERR_INVALID_STATE', message);
const illegalConstructor = () => refusal(Error, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');

module.exports = {
  refusal, typeError, checkString, checkBoolean, checkFunction, checkObject, checkInteger, checkBytes, option, checkOptions,
  databasePath, invalidState, illegalConstructor,
};
