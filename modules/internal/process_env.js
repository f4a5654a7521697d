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

module.exports = new Proxy(target, handler);
