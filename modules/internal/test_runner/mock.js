'use strict';
// Mocks of functions, methods, accessors and properties (Node documentation: class MockTracker and what it makes).
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE },
} = require('../errors');
const { validateBoolean, validateFunction, validateInteger, validateObject } = require('../validators');

class MockFunctionContext {
  #calls = [];
  #state;
  #once = new Map(); // number of a call → its implementation

  constructor(state) { this.#state = state; }

  /** A copy of what is known of each call. */
  get calls() { return this.#calls.slice(); }

  callCount() { return this.#calls.length; }

  mockImplementation(implementation) {
    validateFunction(implementation, 'implementation');
    this.#state.implementation = implementation;
  }

  /** @param {Function} implementation @param {number} [onCall] the number of the call, from 0 */
  mockImplementationOnce(implementation, onCall) {
    validateFunction(implementation, 'implementation');
    const next = this.#calls.length;
    const call = onCall ?? next;
    validateInteger(call, 'onCall', next);
    this.#once.set(call, implementation);
  }

  restore() {
    const { object, name, descriptor, original } = this.#state;
    if (object !== undefined) Object.defineProperty(object, name, descriptor);
    else this.#state.implementation = original;
  }

  resetCalls() { this.#calls = []; }

  /** @returns {Function} what the call that begins is to do */
  static nextImplementation(context) {
    const number = context.#calls.length;
    const once = context.#once.get(number);
    const state = context.#state;
    if (once !== undefined) {
      context.#once.delete(number);
      return once;
    }
    if (number + 1 === state.times) {
      const { implementation } = state;
      context.restore();
      return implementation;
    }
    return state.implementation;
  }

  static note(context, call) { context.#calls.push(call); }
}

const { nextImplementation, note } = MockFunctionContext;
delete MockFunctionContext.nextImplementation;
delete MockFunctionContext.note;

class MockPropertyContext {
  #object;
  #name;
  #value;
  #original;
  #descriptor;
  #accesses = [];
  #once = new Map();

  constructor(object, name, value) {
    this.#object = object;
    this.#name = name;
    this.#descriptor = Object.getOwnPropertyDescriptor(object, name);
    if (this.#descriptor === undefined) throw new ERR_INVALID_ARG_VALUE('propertyName', name, 'is not a property of the object');
    this.#original = object[name];
    this.#value = value.length > 0 ? value[0] : this.#original;
    const { configurable, enumerable } = this.#descriptor;
    Object.defineProperty(object, name, {
      __proto__: null, configurable, enumerable,
      get: () => {
        const result = this.#take(this.#value);
        this.#note('get', result);
        return result;
      },
      set: (given) => {
        const { writable, set, get } = this.#descriptor;
        if (get === undefined && set === undefined ? !writable : set === undefined) {
          throw new ERR_INVALID_ARG_VALUE('propertyName', this.#name, 'cannot be set');
        }
        const result = this.#take(given);
        this.#note('set', result);
        this.#value = result;
      },
    });
  }

  #take(otherwise) {
    const number = this.#accesses.length;
    if (!this.#once.has(number)) return otherwise;
    const value = this.#once.get(number);
    this.#once.delete(number);
    return value;
  }

  #note(type, value) { this.#accesses.push({ type, value, stack: new Error() }); }

  get accesses() { return this.#accesses.slice(); }
  accessCount() { return this.#accesses.length; }
  resetAccesses() { this.#accesses = []; }

  /** Counts as an access. */
  mockImplementation(value) { this.#object[this.#name] = value; }

  /** @param {any} value @param {number} [onAccess] the number of the access, from 0 */
  mockImplementationOnce(value, onAccess) {
    const next = this.#accesses.length;
    const access = onAccess ?? next;
    if (typeof access === 'number' && access < next) throw new ERR_OUT_OF_RANGE('onAccess', `>= ${next}`, access);
    validateInteger(access, 'onAccess', next);
    this.#once.set(access, value);
  }

  restore() { Object.defineProperty(this.#object, this.#name, { __proto__: null, ...this.#descriptor }); }
}

function describe(object, name) {
  for (let at = object; at !== null && at !== undefined; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

function validateTimes(value, name) {
  if (value === Infinity) return;
  validateInteger(value, name, 1);
}

function readMethodOptions(options) {
  const { getter = false, setter = false, times = Infinity } = options;
  validateBoolean(getter, 'options.getter');
  validateBoolean(setter, 'options.setter');
  validateTimes(times, 'options.times');
  if (setter && getter) throw new ERR_INVALID_ARG_VALUE('options.setter', setter, "cannot be used with 'options.getter'");
  return { getter, setter, times };
}

/** Node documentation: class MockTracker. */
class MockTracker {
  #mocks = [];
  #timers;

  /** @returns {MockTimers} */
  get timers() {
    if (this.#timers === undefined) {
      const { MockTimers } = require('./mock_timers');
      this.#timers = new MockTimers();
    }
    return this.#timers;
  }

  /** @param {Function} [original] @param {Function} [implementation] @param {{ times?: number }} [options] @returns {Function} */
  fn(original = function () {}, implementation = original, options = {}) {
    if (original !== null && typeof original === 'object') {
      options = original;
      original = function () {};
      implementation = original;
    } else if (implementation !== null && typeof implementation === 'object') {
      options = implementation;
      implementation = original;
    }
    validateFunction(original, 'original');
    validateFunction(implementation, 'implementation');
    validateObject(options, 'options');
    const { times = Infinity } = options;
    validateTimes(times, 'options.times');
    const state = { original, implementation, times };
    return this.#mock(original, state);
  }

  /**
   * @param {object | Function} object
   * @param {string | symbol} name
   * @param {Function} [implementation]
   * @param {{ getter?: boolean, setter?: boolean, times?: number }} [options]
   */
  method(object, name, implementation = undefined, options = {}) {
    if (object === null || (typeof object !== 'object' && typeof object !== 'function')) {
      throw new ERR_INVALID_ARG_TYPE('object', ['object', 'function'], object);
    }
    if (typeof name !== 'string' && typeof name !== 'symbol') throw new ERR_INVALID_ARG_TYPE('methodName', ['string', 'symbol'], name);
    let hasImplementation = implementation !== undefined;
    if (implementation !== null && typeof implementation === 'object') {
      options = implementation;
      hasImplementation = false;
    }
    validateObject(options, 'options');
    const { getter, setter, times } = readMethodOptions(options);
    const descriptor = describe(object, name);
    const original = getter ? descriptor?.get : setter ? descriptor?.set : descriptor?.value;
    if (typeof original !== 'function') throw new ERR_INVALID_ARG_VALUE('methodName', original, 'must be a method');
    const replacement = hasImplementation ? implementation : original;
    validateFunction(replacement, 'implementation');
    const state = { original, implementation: replacement, times, object, name, descriptor: { __proto__: null, ...descriptor } };
    const mock = this.#mock(original, state);
    const { configurable, enumerable } = descriptor;
    if (getter) Object.defineProperty(object, name, { __proto__: null, configurable, enumerable, get: mock, set: descriptor.set });
    else if (setter) Object.defineProperty(object, name, { __proto__: null, configurable, enumerable, get: descriptor.get, set: mock });
    else Object.defineProperty(object, name, { __proto__: null, configurable, enumerable, writable: descriptor.writable, value: mock });
    return mock;
  }

  getter(object, name, implementation = undefined, options = {}) {
    if (implementation !== null && typeof implementation === 'object') {
      options = implementation;
      implementation = undefined;
    }
    validateObject(options, 'options');
    const { getter = true } = options;
    if (getter === false) throw new ERR_INVALID_ARG_VALUE('options.getter', getter, 'cannot be false');
    return this.method(object, name, implementation, { __proto__: null, ...options, getter });
  }

  setter(object, name, implementation = undefined, options = {}) {
    if (implementation !== null && typeof implementation === 'object') {
      options = implementation;
      implementation = undefined;
    }
    validateObject(options, 'options');
    const { setter = true } = options;
    if (setter === false) throw new ERR_INVALID_ARG_VALUE('options.setter', setter, 'cannot be false');
    return this.method(object, name, implementation, { __proto__: null, ...options, setter });
  }

  /** Needs --experimental-test-module-mocks. @returns {MockModuleContext} */
  module(specifier, options = {}) {
    const { mockModule } = require('./mock_module');
    const context = mockModule(specifier, options);
    this.#mocks.push(context);
    return context;
  }

  /** @param {object} object @param {string | symbol} name @param {any} [value] */
  property(object, name, ...value) {
    validateObject(object, 'object', { allowFunction: true, allowArray: true });
    if (typeof name !== 'string' && typeof name !== 'symbol') throw new ERR_INVALID_ARG_TYPE('propertyName', ['string', 'symbol'], name);
    const context = new MockPropertyContext(object, name, value);
    this.#mocks.push(context);
    return new Proxy(object, {
      __proto__: null,
      get: (target, key, receiver) => (key === 'mock' ? context : Reflect.get(target, key, receiver)),
    });
  }

  /** Restores everything and forgets it. */
  reset() {
    this.restoreAll();
    this.#timers?.reset();
    this.#mocks = [];
  }

  restoreAll() {
    for (const mock of this.#mocks.toReversed()) mock.restore();
  }

  #mock(original, state) {
    const context = new MockFunctionContext(state);
    this.#mocks.push(context);
    return new Proxy(original, {
      __proto__: null,
      apply(target, thisArg, args) { return called(context, thisArg, args); },
      construct(target, args, newTarget) { return constructed(context, original, target, args, newTarget); },
      get: (target, key, receiver) => (key === 'mock' ? context : Reflect.get(target, key, receiver)),
    });
  }
}

function called(context, thisArg, args) {
  const implementation = nextImplementation(context);
  let result, error;
  try {
    result = Reflect.apply(implementation, thisArg, args);
    return result;
  } catch (caught) {
    error = caught;
    throw caught;
  } finally {
    note(context, { arguments: args, error, result, stack: new Error(), target: undefined, this: thisArg });
  }
}

function constructed(context, original, target, args, newTarget) {
  const implementation = nextImplementation(context);
  let result, error;
  try {
    result = Reflect.construct(implementation, args, original);
    return result;
  } catch (caught) {
    error = caught;
    throw caught;
  } finally {
    note(context, { arguments: args, error, result, stack: new Error(), target, this: result });
  }
}

module.exports = { MockTracker };
