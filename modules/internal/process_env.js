'use strict';
// process.env: an object whose writes also go to the C library's environment. Reads are those of a plain object.
const binding = internalBinding('process');
const { onStart } = require('./bootstrap_hooks');

const target = {};

let warned = false;
function warnOfType() {
  if (warned) return;
  warned = true;
  process.emitWarning('Assigning any value other than a string, number, or boolean to a process.env property is deprecated. ' +
    'Please make sure to convert the value to a string before setting process.env with it.', 'DeprecationWarning', 'DEP0104');
}

const handler = {
  set(object, name, value) {
    if (process.pendingDeprecation && !['string', 'number', 'boolean', 'symbol'].includes(typeof value)) warnOfType();
    if (typeof name === 'symbol' || typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
    const text = `${value}`;
    object[name] = text;
    binding.envSet(name, text);
    return true;
  },
  defineProperty(object, name, descriptor) {
    if (!('get' in descriptor) && !('set' in descriptor)) {
      if (!descriptor.configurable || !descriptor.writable || !descriptor.enumerable) {
        const { codes: { ERR_INVALID_OBJECT_DEFINE_PROPERTY } } = require('./errors');
        throw new ERR_INVALID_OBJECT_DEFINE_PROPERTY(
          "'process.env' only accepts a configurable, writable, and enumerable data descriptor");
      }
      return handler.set(object, name, descriptor.value);
    }
    const { codes: { ERR_INVALID_OBJECT_DEFINE_PROPERTY } } = require('./errors');
    if (!('get' in descriptor) && !('set' in descriptor)) {
      throw new ERR_INVALID_OBJECT_DEFINE_PROPERTY(
        "'process.env' only accepts a configurable, writable, and enumerable data descriptor");
    }
    throw new ERR_INVALID_OBJECT_DEFINE_PROPERTY("'process.env' does not accept an accessor(getter/setter) descriptor");
  },
  deleteProperty(object, name) {
    delete object[name];
    if (typeof name === 'string') binding.envSet(name, undefined);
    return true;
  },
};

onStart(() => {
  const all = binding.envAll();
  for (let i = 0; i < all.length; i += 2) target[all[i]] = all[i + 1];
});

// ---- threads (worker_threads): a thread has a copy of its parent's, or shares it -----------------------------------------

/** What several threads have, in C; undefined while this one's variables are its own. */
let store;

/** The traps of an environment that others change too. */
const sharing = () => {
  const shared = internalBinding('worker');
  return {
    get: (object, name) => (typeof name === 'string' ? shared.envGet(store, name) : undefined) ?? object[name],
    has: (object, name) => (typeof name === 'string' && shared.envGet(store, name) !== undefined) || name in object,
    ownKeys: () => shared.envNames(store),
    getOwnPropertyDescriptor(object, name) {
      const value = typeof name === 'string' ? shared.envGet(store, name) : undefined;
      return value === undefined ? undefined : { value, writable: true, enumerable: true, configurable: true };
    },
    set(object, name, value) {
      if (typeof name === 'symbol' || typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
      shared.envSet(store, name, `${value}`);
      if (name === 'TZ') binding.envSet(name, `${value}`); // dates follow it
      return true;
    },
    deleteProperty(object, name) {
      if (typeof name === 'string') shared.envSet(store, name, undefined);
      return true;
    },
  };
};

/** From now on the variables are those of `given`, which threads share. */
function share(given) {
  store = given;
  for (const name of Object.keys(target)) delete target[name];
  Object.assign(handler, sharing());
}

/** This thread's variables, for another thread to share. @returns {object} for internalBinding('worker').start */
function shared() {
  if (store !== undefined) return store;
  const worker = internalBinding('worker');
  const made = worker.isMain() ? worker.mainEnvironment() : worker.environment();
  if (!worker.isMain()) for (const [name, value] of Object.entries(target)) worker.envSet(made, name, value);
  share(made);
  return made;
}

/** A thread's own variables. @param {object} variables */
function fill(variables) {
  for (const [name, value] of Object.entries(variables)) target[name] = `${value}`;
}

module.exports = { env: new Proxy(target, handler), fill, share, shared };
