'use strict';
// Errors that leave their thread: of the class they had, where that is one of the language's, with their own properties
// as far as those can be cloned. What cannot be cloned at all arrives as what util.inspect says of it.
const classes = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError };
const custom = Symbol.for('nodejs.util.inspect.custom');

/** Whether the engine clones it. */
const cloneable = (value) => {
  try {
    globalThis.structuredClone(value);
    return true;
  } catch {
    return false;
  }
};

const isError = (value) => Object.prototype.toString.call(value) === '[object Error]' || value instanceof Error;

function classOf(error) {
  for (let prototype = Object.getPrototypeOf(error); prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const made = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    if (typeof made === 'function' && classes[made.name] !== undefined && made.prototype === prototype) return made.name;
  }
  return 'Error';
}

function packError(error, depth) {
  const properties = [];
  let { name } = error;
  if (typeof name !== 'string') name = undefined;
  for (const key of Object.getOwnPropertyNames(error)) {
    const { enumerable } = Object.getOwnPropertyDescriptor(error, key);
    let value;
    try {
      value = error[key];
    } catch {
      continue;
    }
    if (typeof value === 'function') continue;
    const nested = isError(value) && depth < 5;
    if (nested || cloneable(value)) properties.push([key, nested ? packError(value, depth + 1) : { value }, enumerable]);
  }
  return { class: classOf(error), name, properties };
}

/** @param {any} error @returns {object} what `unpack` takes, which can be cloned */
function pack(error) {
  if (typeof error === 'symbol' && Symbol.keyFor(error) !== undefined) return { symbol: Symbol.keyFor(error) };
  try {
    if (isError(error)) return packError(error, 0);
    if (typeof error !== 'object' || error === null || error[custom] === undefined) {
      if (cloneable(error)) return { value: error };
    }
  } catch { /* its own getters throw */ }
  try {
    return { text: require('../loader/builtins').load('util').inspect(error) };
  } catch {
    return { unserializable: true };
  }
}

/** @returns {any} */
function unpack(packed) {
  if ('value' in packed) return packed.value;
  if ('symbol' in packed) return Symbol.for(packed.symbol);
  if (packed.unserializable) {
    const { codes: { ERR_WORKER_UNSERIALIZABLE_ERROR } } = require('../errors');
    return new ERR_WORKER_UNSERIALIZABLE_ERROR();
  }
  if ('text' in packed) return { [custom]: () => packed.text };
  const made = Object.setPrototypeOf(new Error(), classes[packed.class].prototype); // with an error's own slots
  delete made.stack;
  for (const [key, inner, enumerable] of packed.properties) {
    Object.defineProperty(made, key, { value: unpack(inner), enumerable, writable: true, configurable: true });
  }
  if (packed.name !== undefined && made.name !== packed.name) {
    Object.defineProperty(made, 'name', { value: packed.name, enumerable: false, writable: true, configurable: true });
  }
  return made;
}

module.exports = { pack, unpack };
