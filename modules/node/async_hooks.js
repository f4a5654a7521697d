'use strict';
// node:async_hooks. AsyncLocalStorage stands on the engine's continuation data (internal/async_context.js) and costs
// nothing until it is used; createHook is served by internal/async_ids.js.
const context = require('../internal/async_context');
const ids = require('../internal/async_ids');
const { validateFunction, validateString } = require('../internal/validators');
const { codes: { ERR_ASYNC_CALLBACK, ERR_INVALID_ASYNC_ID } } = require('../internal/errors');
const loop = internalBinding('loop');

/** Node documentation: class AsyncLocalStorage. */
class AsyncLocalStorage {
  #enabled = true;

  /** Binds fn to the current contexts of all storages. */
  static bind(fn) {
    validateFunction(fn, 'fn');
    return AsyncResource.bind(fn, 'bound-anonymous-fn');
  }

  /** A function that runs what it is given in the contexts of now. */
  static snapshot() {
    const frame = context.current();
    return function runInSnapshot(fn, ...args) {
      return context.runIn(frame, fn, this, args);
    };
  }

  /** @returns {any} the store of the current context, or undefined */
  getStore() {
    return this.#enabled ? context.current()?.get(this) : undefined;
  }

  /** Calls callback(...args) with `store`; what it starts asynchronously sees it too. */
  run(store, callback, ...args) {
    return context.runIn(this.#frame(store), callback, undefined, args);
  }

  /** Like run, with no store. */
  exit(callback, ...args) {
    const current = context.current();
    if (current === undefined || !current.has(this)) return Reflect.apply(callback, undefined, args);
    const frame = new context.Frame(current);
    frame.delete(this);
    return context.runIn(frame, callback, undefined, args);
  }

  /** The rest of the current synchronous execution, and what follows from it, has `store`. */
  enterWith(store) {
    context.enter(this.#frame(store));
  }

  /** getStore is undefined until run or enterWith is called again. */
  disable() {
    this.#enabled = false;
  }

  #frame(store) {
    this.#enabled = true;
    context.activate();
    const frame = new context.Frame(context.current());
    frame.set(this, store);
    return frame;
  }
}

const destroyed = new FinalizationRegistry((id) => ids.destroy(id));

/** Node documentation: class AsyncResource. */
class AsyncResource {
  #asyncId;
  #triggerId;
  #frame;

  constructor(type, options = {}) {
    validateString(type, 'type');
    let triggerAsyncId = ids.executionId;
    let requireManualDestroy = false;
    if (typeof options === 'number') triggerAsyncId = options;
    else if (options !== null && typeof options === 'object') {
      triggerAsyncId = options.triggerAsyncId === undefined ? ids.executionId : options.triggerAsyncId;
      requireManualDestroy = !!options.requireManualDestroy;
    }
    if (!Number.isSafeInteger(triggerAsyncId) || triggerAsyncId < -1) {
      throw new ERR_INVALID_ASYNC_ID('triggerAsyncId', triggerAsyncId);
    }
    this.#frame = context.current();
    this.#triggerId = triggerAsyncId;
    this.#asyncId = ids.newId();
    if (ids.active) {
      for (const hook of ids.enabled.slice()) hook.init?.(this.#asyncId, type, triggerAsyncId, this);
      if (!requireManualDestroy) destroyed.register(this, this.#asyncId);
    }
  }

  /** Calls fn.apply(thisArg, args) in the context in which the resource was made. */
  runInAsyncScope(fn, thisArg, ...args) {
    const execution = { asyncId: this.#asyncId, triggerId: this.#triggerId };
    if (!ids.active) return context.runIn(this.#frame, fn, thisArg, args);
    return context.runIn(this.#frame, ids.runIn, undefined, [execution, fn, thisArg, args]);
  }

  emitDestroy() {
    ids.destroy(this.#asyncId);
    return this;
  }

  asyncId() {
    return this.#asyncId;
  }

  triggerAsyncId() {
    return this.#triggerId;
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

const promiseIds = new WeakMap();

function promiseResource(promise, parent) {
  let resource = promiseIds.get(promise);
  if (resource === undefined) {
    resource = { promise, asyncId: 0, triggerId: 0 };
    promiseIds.set(promise, resource);
    ids.init(resource, 'PROMISE', parent === undefined ? undefined : promiseIds.get(parent)?.asyncId);
  }
  return resource;
}

const stack = [];

function updatePromiseHooks() {
  const on = ids.enabled.length > 0;
  ids.active = on;
  if (!on) {
    loop.setPromiseHooks(undefined, undefined, undefined, undefined);
    return;
  }
  loop.setPromiseHooks(
    (promise, parent) => { promiseResource(promise, parent); },
    (promise) => {
      const resource = promiseResource(promise);
      stack.push([ids.executionId, ids.triggerId, ids.resource]);
      ids.executionId = resource.asyncId;
      ids.triggerId = resource.triggerId;
      ids.resource = resource;
      ids.before(resource.asyncId);
    },
    (promise) => {
      ids.after(promiseResource(promise).asyncId);
      const outer = stack.pop();
      if (outer !== undefined) [ids.executionId, ids.triggerId, ids.resource] = outer;
    },
    (promise) => ids.promiseResolve(promiseResource(promise).asyncId),
  );
}

class AsyncHook {
  #callbacks;

  constructor(callbacks) {
    this.#callbacks = { __proto__: null, ...callbacks, owner: this };
  }

  enable() {
    if (!ids.enabled.includes(this.#callbacks)) {
      ids.enabled.push(this.#callbacks);
      updatePromiseHooks();
    }
    return this;
  }

  disable() {
    const at = ids.enabled.indexOf(this.#callbacks);
    if (at >= 0) {
      ids.enabled.splice(at, 1);
      updatePromiseHooks();
    }
    return this;
  }
}

/**
 * Node documentation: async_hooks.createHook(callbacks).
 * @param {{ init?: Function, before?: Function, after?: Function, destroy?: Function, promiseResolve?: Function }} callbacks
 */
function createHook(callbacks) {
  const { init, before, after, destroy, promiseResolve } = callbacks;
  for (const [name, fn] of Object.entries({ init, before, after, destroy, promiseResolve })) {
    if (fn !== undefined && typeof fn !== 'function') throw new ERR_ASYNC_CALLBACK(`hook.${name}`);
  }
  return new AsyncHook({ init, before, after, destroy, promiseResolve });
}

module.exports = {
  AsyncLocalStorage,
  AsyncResource,
  createHook,
  executionAsyncId: () => ids.executionId,
  triggerAsyncId: () => ids.triggerId,
  executionAsyncResource: () => ids.resource ?? ids.top,
  asyncWrapProviders: Object.freeze({ __proto__: null, NONE: 0, PROMISE: 1, Timeout: 2, Immediate: 3, TickObject: 4 }),
};
