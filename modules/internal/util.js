'use strict';
// Helpers that several built-in modules share, and the parts of node:util that do not need util.inspect.

const {
  codes: { ERR_FALSY_VALUE_REJECTION, ERR_INVALID_ARG_TYPE },
} = require('./errors');
const { validateFunction, validateString } = require('./validators');

const kCustomPromisify = Symbol.for('nodejs.util.promisify.custom');
/** A function's property: names of the values its callback gets, when there are several. */
const kCustomPromisifyArgs = Symbol('customPromisifyArgs');
const kEmptyObject = Object.freeze({ __proto__: null });

/** @returns {Function} that returns a promise in place of taking a callback (util.promisify) */
function promisify(original) {
  validateFunction(original, 'original');
  const custom = original[kCustomPromisify];
  if (custom) {
    validateFunction(custom, 'util.promisify.custom');
    return Object.defineProperty(custom, kCustomPromisify, { value: custom, enumerable: false, writable: false, configurable: true });
  }
  const names = original[kCustomPromisifyArgs];
  function promisified(...args) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [...args, (error, ...values) => {
        if (error) return reject(error);
        if (names !== undefined && values.length > 1) {
          const result = {};
          for (let i = 0; i < names.length; i++) result[names[i]] = values[i];
          return resolve(result);
        }
        return resolve(values[0]);
      }]);
    });
  }
  Object.setPrototypeOf(promisified, Object.getPrototypeOf(original));
  Object.defineProperty(promisified, kCustomPromisify, { value: promisified, enumerable: false, writable: false, configurable: true });
  const own = Object.getOwnPropertyDescriptors(original);
  return Object.defineProperties(promisified, own);
}
promisify.custom = kCustomPromisify;

/** @returns {Function} that takes a callback in place of returning a promise */
function callbackify(original) {
  validateFunction(original, 'original');
  function callbackified(...args) {
    const callback = args.pop();
    validateFunction(callback, 'last argument');
    Reflect.apply(original, this, args).then(
      (value) => process.nextTick(callback, null, value),
      (reason) => {
        if (!reason) {
          const error = new ERR_FALSY_VALUE_REJECTION(reason);
          Error.captureStackTrace(error, callbackified);
          reason = error;
        }
        process.nextTick(callback, reason);
      });
  }
  const own = Object.getOwnPropertyDescriptors(original);
  if (typeof own.length?.value === 'number') own.length.value++;
  if (typeof own.name?.value === 'string') own.name.value += 'Callbackified';
  return Object.defineProperties(callbackified, own);
}

const deprecatedCodes = new Set();

/** Warns once (per code, where there is one) when fn is called. */
function deprecate(fn, message, code) {
  if (code !== undefined) validateString(code, 'code');
  let warned = false;
  function deprecated(...args) {
    if (!warned && !process.noDeprecation) {
      warned = true;
      if (code === undefined) {
        process.emitWarning(message, 'DeprecationWarning', deprecated);
      } else if (!deprecatedCodes.has(code)) {
        deprecatedCodes.add(code);
        process.emitWarning(message, 'DeprecationWarning', code, deprecated);
      }
    }
    if (new.target) return Reflect.construct(fn, args, new.target);
    return Reflect.apply(fn, this, args);
  }
  Object.setPrototypeOf(deprecated, fn);
  if (fn.prototype) deprecated.prototype = fn.prototype;
  Object.defineProperty(deprecated, 'length', { ...Object.getOwnPropertyDescriptor(fn, 'length') });
  return deprecated;
}

/** Prototype inheritance for constructor functions, with `super_`. */
function inherits(constructor, parent) {
  if (constructor === undefined || constructor === null) throw new ERR_INVALID_ARG_TYPE('ctor', 'Function', constructor);
  if (parent === undefined || parent === null) throw new ERR_INVALID_ARG_TYPE('superCtor', 'Function', parent);
  if (parent.prototype === undefined) throw new ERR_INVALID_ARG_TYPE('superCtor.prototype', 'Object', parent.prototype);
  Object.defineProperty(constructor, 'super_', { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

/** Defines getters on `target` that load on first use. */
function defineLazy(target, loaders, enumerable = true) {
  for (const name of Object.keys(loaders)) {
    Object.defineProperty(target, name, {
      configurable: true,
      enumerable,
      get() {
        const value = loaders[name]();
        Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable });
        return value;
      },
      set(value) { Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable }); },
    });
  }
}

/** Runs fn at most once. */
function once(fn) {
  let called = false;
  return function (...args) {
    if (called) return undefined;
    called = true;
    return Reflect.apply(fn, this, args);
  };
}

module.exports = {
  callbackify,
  customInspectSymbol: Symbol.for('nodejs.util.inspect.custom'),
  customPromisifyArgs: kCustomPromisifyArgs,
  defineLazy,
  deprecate,
  inherits,
  kEmptyObject,
  once,
  promisify,
};
