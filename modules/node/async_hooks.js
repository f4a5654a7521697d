'use strict';
// node:async_hooks. AsyncLocalStorage stands on the engine's continuation data (internal/async_context.js) and costs
// nothing until it is used; ids and hooks are those of internal/async_ids.js.
const context = require('../internal/async_context');
const ids = require('../internal/async_ids');
const { validateBoolean, validateFunction, validateString } = require('../internal/validators');
const {
  codes: { ERR_ASYNC_CALLBACK, ERR_ASYNC_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_ASYNC_ID },
} = require('../internal/errors');
const { kAsyncId, kTriggerId } = ids;

/** What a `using` of AsyncLocalStorage.withScope ends. */
class RunScope {
  #frame;
  #ended = false;

  constructor(frame) {
    this.#frame = frame;
  }

  dispose() {
    if (this.#ended) return;
    this.#ended = true;
    context.enter(this.#frame);
  }

  [Symbol.dispose]() {
    this.dispose();
  }
}

/** Node documentation: class AsyncLocalStorage. */
class AsyncLocalStorage {
  #default;
  #name = '';

  /** @param {{ defaultValue?: any, name?: string }} [options] */
  constructor(options = {}) {
    require('../internal/validators').validateObject(options, 'options');
    this.#default = options.defaultValue;
    if (options.name !== undefined) this.#name = `${options.name}`;
  }

  get name() {
    return this.#name;
  }

  /** Binds fn to the current contexts of all storages. */
  static bind(fn) {
    return AsyncResource.bind(fn);
  }

  /** A function that runs what it is given in the contexts of now. */
  static snapshot() {
    const frame = context.current();
    return function runInSnapshot(fn, ...args) {
      return context.runIn(frame, fn, this, args);
    };
  }

  /** @returns {any} the store of the current context, or the default value */
  getStore() {
    const frame = context.current();
    return frame !== undefined && frame.has(this) ? frame.get(this) : this.#default;
  }

  /** Calls callback(...args) with `store`; what it starts asynchronously sees it too. */
  run(store, callback, ...args) {
    const before = context.current();
    const frame = this.#frame(store);
    context.enter(frame);
    try {
      return Reflect.apply(callback, undefined, args);
    } finally {
      // Other storages keep what the callback has entered.
      const after = context.current();
      if (after === frame && frame.has(this) && !frame.pruned) context.enter(before);
      else context.enter(this.#restored(before, after));
    }
  }

  #restored(before, after) {
    const frame = new context.Frame(after);
    if (before !== undefined && before.has(this)) frame.set(this, before.get(this));
    else frame.delete(this);
    return frame;
  }

  /** Like run, with no store. */
  exit(callback, ...args) {
    return this.run(undefined, callback, ...args);
  }

  /** The rest of the current synchronous execution, and what follows from it, has `store`. */
  enterWith(store) {
    context.enter(this.#frame(store));
  }

  /** enterWith until the scope that it returns is disposed of. @returns {RunScope} */
  withScope(store) {
    const before = context.current();
    context.enter(this.#frame(store));
    return new RunScope(before);
  }

  /** The current context, and what was begun in it, has no store any more. */
  disable() {
    const frame = context.current();
    if (frame === undefined) return;
    frame.pruned = true;
    frame.delete(this);
  }

  #frame(store) {
    context.activate();
    const frame = new context.Frame(context.current());
    frame.set(this, store);
    return frame;
  }
}

const collected = new FinalizationRegistry((resource) => {
  if (!resource.destroyed) ids.emitDestroy(resource.id);
});

/** Node documentation: class AsyncResource. */
class AsyncResource {
  #frame;
  #end = null; // { id, destroyed }, where a hook is to hear of its end

  constructor(type, options = {}) {
    validateString(type, 'type');
    let triggerAsyncId = options;
    let requireManualDestroy = false;
    if (typeof options !== 'number') {
      triggerAsyncId = options.triggerAsyncId === undefined ? ids.executionId() : options.triggerAsyncId;
      requireManualDestroy = !!options.requireManualDestroy;
    }
    if (!Number.isSafeInteger(triggerAsyncId) || triggerAsyncId < -1) {
      throw new ERR_INVALID_ASYNC_ID('triggerAsyncId', triggerAsyncId);
    }
    this.#frame = context.current();
    const asyncId = ids.newId();
    this[kAsyncId] = asyncId;
    this[kTriggerId] = triggerAsyncId;
    if (!ids.hooked()) return;
    if (type.length === 0) throw new ERR_ASYNC_TYPE(type);
    ids.emitInit(asyncId, type, triggerAsyncId, this);
    if (requireManualDestroy || !ids.hears('destroy')) return;
    this.#end = { id: asyncId, destroyed: false };
    collected.register(this, this.#end);
  }

  /** Calls fn.apply(thisArg, args) in the context in which the resource was made. */
  runInAsyncScope(fn, thisArg, ...args) {
    return context.runIn(this.#frame, ids.runIn, undefined, [this, fn, thisArg, args]);
  }

  emitDestroy() {
    if (this.#end !== null) this.#end.destroyed = true;
    ids.emitDestroy(this[kAsyncId]);
    return this;
  }

  asyncId() {
    return this[kAsyncId];
  }

  triggerAsyncId() {
    return this[kTriggerId];
  }

  bind(fn, thisArg) {
    validateFunction(fn, 'fn');
    const resource = this;
    const bound = thisArg === undefined
      ? function bound(...args) { return resource.runInAsyncScope(fn, this, ...args); }
      : (...args) => resource.runInAsyncScope(fn, thisArg, ...args);
    Object.defineProperty(bound, 'length', { __proto__: null, configurable: true, value: fn.length });
    return bound;
  }

  static bind(fn, type, thisArg) {
    type ||= fn.name || 'bound-anonymous-fn';
    return new AsyncResource(type).bind(fn, thisArg);
  }
}

class AsyncHook {
  #hook;

  constructor(callbacks) {
    this.#hook = { __proto__: null, ...callbacks, owner: this };
  }

  enable() {
    ids.enable(this.#hook);
    return this;
  }

  disable() {
    ids.disable(this.#hook);
    return this;
  }
}

/**
 * Node documentation: async_hooks.createHook(options).
 * @param {{ init?: Function, before?: Function, after?: Function, destroy?: Function, promiseResolve?: Function,
 *   trackPromises?: boolean }} options
 */
function createHook(options) {
  const { init, before, after, destroy, promiseResolve, trackPromises } = options;
  for (const [name, fn] of Object.entries({ init, before, after, destroy, promiseResolve })) {
    if (fn !== undefined && typeof fn !== 'function') throw new ERR_ASYNC_CALLBACK(`hook.${name}`);
  }
  if (trackPromises !== undefined) validateBoolean(trackPromises, 'trackPromises');
  if (trackPromises === false && promiseResolve !== undefined) {
    throw new ERR_INVALID_ARG_VALUE('trackPromises', trackPromises, 'must not be false when promiseResolve is enabled');
  }
  return new AsyncHook({ init, before, after, destroy, promiseResolve, trackPromises });
}

// The types of C's resources, with Node's numbers.
const providers = {
  __proto__: null, NONE: 0, FSEVENTWRAP: 7, FSREQCALLBACK: 8, GETADDRINFOREQWRAP: 10, GETNAMEINFOREQWRAP: 11,
  HTTPINCOMINGMESSAGE: 17, HTTPCLIENTREQUEST: 18, PIPECONNECTWRAP: 23, PIPESERVERWRAP: 24, PIPEWRAP: 25,
  PROCESSWRAP: 26, PROMISE: 27, SHUTDOWNWRAP: 34, SIGNALWRAP: 35, STATWATCHER: 36, TCPCONNECTWRAP: 38,
  TCPSERVERWRAP: 39, TCPWRAP: 40, TTYWRAP: 41, WRITEWRAP: 51, ZLIB: 52, CHECKPRIMEREQUEST: 53, PBKDF2REQUEST: 54, KEYPAIRGENREQUEST: 55, DERIVEBITSREQUEST: 60,
  RANDOMBYTESREQUEST: 62, RANDOMPRIMEREQUEST: 63, SCRYPTREQUEST: 64, SIGNREQUEST: 65,
};

module.exports = {
  AsyncLocalStorage,
  AsyncResource,
  createHook,
  executionAsyncId: ids.executionId,
  triggerAsyncId: ids.triggerId,
  executionAsyncResource: ids.resource,
  asyncWrapProviders: Object.freeze(providers),
};
