'use strict';
// node:events. `_events` maps a type to one function or to an array of them (what several npm packages look at), and
// emit() calls without collecting its arguments in an array for up to three of them: it is the hottest function here.

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_UNHANDLED_ERROR },
  AbortError,
} = require('../internal/errors');
const {
  validateAbortSignal, validateBoolean, validateFunction, validateInteger, validateNumber, validateObject, validateString,
  validateStringArray,
} = require('../internal/validators');

const kCapture = Symbol('kCapture');
const kErrorMonitor = Symbol('events.errorMonitor');
const kRejection = Symbol.for('nodejs.rejection');
const kMaxEventTargetListeners = Symbol('events.maxEventTargetListeners');
const kEnhanceStackBeforeInspector = Symbol('kEnhanceStackBeforeInspector');

let defaultMaxListeners = 10;

function EventEmitter(options) {
  EventEmitter.init.call(this, options);
}

EventEmitter.prototype._events = undefined;
EventEmitter.prototype._eventsCount = 0;
EventEmitter.prototype._maxListeners = undefined;
Object.defineProperty(EventEmitter.prototype, kCapture, { value: false, writable: true, enumerable: false });

const noPrototype = Object.freeze(Object.create(null));
function Events() {}
Events.prototype = noPrototype;

EventEmitter.init = function init(options) {
  const events = this._events;
  if (events === undefined || events === Object.getPrototypeOf(this)._events) {
    this._events = new Events();
    this._eventsCount = 0;
  }
  this._maxListeners ||= undefined;
  if (options?.captureRejections) {
    validateBoolean(options.captureRejections, 'options.captureRejections');
    this[kCapture] = Boolean(options.captureRejections);
  }
};

/** A handler's promise was rejected: to `emitter[Symbol.for('nodejs.rejection')]`, or 'error'. */
function catchRejection(emitter, promise, type, args) {
  try {
    const then = promise.then;
    if (typeof then === 'function') {
      then.call(promise, undefined, (error) => process.nextTick(emitRejection, emitter, error, type, args));
    }
  } catch (error) {
    emitter.emit('error', error);
  }
}

function emitRejection(emitter, error, type, args) {
  if (typeof emitter[kRejection] === 'function') {
    emitter[kRejection](error, type, ...args);
    return;
  }
  const previous = emitter[kCapture];
  try {
    emitter[kCapture] = false;
    emitter.emit('error', error);
  } finally {
    emitter[kCapture] = previous;
  }
}

/** Nobody listens to 'error': throws what was emitted. */
function throwUnhandled(emitter, error) {
  if (error instanceof Error) {
    try {
      const capture = {};
      Error.captureStackTrace(capture, EventEmitter.prototype.emit);
      Object.defineProperty(error, kEnhanceStackBeforeInspector, {
        value: () => enhancedStack(emitter, error, capture),
        configurable: true,
      });
    } catch { /* the error may be frozen */ }
    throw error;
  }
  let shown;
  try {
    shown = require('./util').inspect(error);
  } catch {
    shown = error;
  }
  const wrapped = new ERR_UNHANDLED_ERROR(shown);
  wrapped.context = error;
  throw wrapped;
}

/** For the report of an uncaught error: where it was emitted. */
function enhancedStack(emitter, error, capture) {
  let name = '';
  try {
    const constructor = emitter.constructor.name;
    if (constructor !== 'EventEmitter') name = ` on ${constructor} instance`;
  } catch { /* a getter of the user's */ }
  const own = capture.stack.split('\n').slice(1);
  const lines = `${error.stack}`.split('\n').slice(1);
  const first = own.findIndex((line) => lines.includes(line));
  let same = 0;
  while (first !== -1 && first + same < own.length && own[first + same] === lines[lines.indexOf(own[first]) + same]) same++;
  if (same > 3) own.splice(first + 1, same - 2, '    [... lines matching original stack trace ...]');
  return `\nEmitted 'error' event${name} at:\n${own.join('\n')}`;
}

/**
 * Calls the listeners of `type` in the order of registration.
 * @returns {boolean} whether there were any
 */
EventEmitter.prototype.emit = function emit(type, a, b, c) {
  const events = this._events;
  if (type === 'error') {
    if (events !== undefined && events[kErrorMonitor] !== undefined) this.emit(kErrorMonitor, ...Array.prototype.slice.call(arguments, 1));
    if (events === undefined || events.error === undefined) {
      throwUnhandled(this, a);
    }
  }
  if (events === undefined) return false;
  const handler = events[type];
  if (handler === undefined) return false;
  const count = arguments.length;
  if (this[kCapture] === true) {
    emitCapturing(this, handler, type, Array.prototype.slice.call(arguments, 1));
    return true;
  }
  if (typeof handler === 'function') {
    switch (count) {
      case 1: handler.call(this); return true;
      case 2: handler.call(this, a); return true;
      case 3: handler.call(this, a, b); return true;
      case 4: handler.call(this, a, b, c); return true;
      default: break;
    }
    const args = new Array(count - 1);
    for (let i = 1; i < count; i++) args[i - 1] = arguments[i];
    Reflect.apply(handler, this, args);
    return true;
  }
  const listeners = copyListeners(handler);
  const length = listeners.length;
  switch (count) {
    case 1: for (let i = 0; i < length; i++) listeners[i].call(this); return true;
    case 2: for (let i = 0; i < length; i++) listeners[i].call(this, a); return true;
    case 3: for (let i = 0; i < length; i++) listeners[i].call(this, a, b); return true;
    case 4: for (let i = 0; i < length; i++) listeners[i].call(this, a, b, c); return true;
    default: break;
  }
  const args = new Array(count - 1);
  for (let i = 1; i < count; i++) args[i - 1] = arguments[i];
  for (let i = 0; i < length; i++) Reflect.apply(listeners[i], this, args);
  return true;
};

function emitCapturing(emitter, handler, type, args) {
  const listeners = typeof handler === 'function' ? [handler] : copyListeners(handler);
  for (const listener of listeners) {
    const result = Reflect.apply(listener, emitter, args);
    if (result !== undefined && result !== null) catchRejection(emitter, result, type, args);
  }
}

function copyListeners(list) {
  switch (list.length) {
    case 2: return [list[0], list[1]];
    case 3: return [list[0], list[1], list[2]];
    default: return list.slice();
  }
}

function checkListener(listener) {
  if (typeof listener !== 'function') throw new ERR_INVALID_ARG_TYPE('listener', 'Function', listener);
}

function addListener(emitter, type, listener, prepend) {
  checkListener(listener);
  let events = emitter._events;
  let existing;
  if (events === undefined) {
    events = emitter._events = new Events();
    emitter._eventsCount = 0;
  } else {
    if (events.newListener !== undefined) {
      emitter.emit('newListener', type, listener.listener ?? listener);
      events = emitter._events;
    }
    existing = events[type];
  }
  if (existing === undefined) {
    events[type] = listener;
    ++emitter._eventsCount;
    return emitter;
  }
  if (typeof existing === 'function') existing = events[type] = prepend ? [listener, existing] : [existing, listener];
  else if (prepend) existing.unshift(listener);
  else existing.push(listener);
  const limit = emitter._maxListeners === undefined ? defaultMaxListeners : emitter._maxListeners;
  if (limit > 0 && existing.length > limit && !existing.warned) {
    existing.warned = true;
    warnLeak(emitter, type, existing.length, limit);
  }
  return emitter;
}

function warnLeak(target, type, count, limit, kind = 'EventEmitter') {
  const shown = require('./util').inspect(target, { depth: -1 });
  const warning = new Error(
    `Possible ${kind} memory leak detected. ${count} ${String(type)} listeners added to ${shown}. MaxListeners is ${limit}. Use ` +
    `${kind === 'EventEmitter' ? 'emitter' : 'events'}.setMaxListeners() to increase limit`);
  warning.name = 'MaxListenersExceededWarning';
  warning.emitter = target;
  warning.type = type;
  warning.count = count;
  process.emitWarning(warning);
}

EventEmitter.prototype.addListener = function addListener_(type, listener) {
  return addListener(this, type, listener, false);
};
Object.defineProperty(EventEmitter.prototype.addListener, 'name', { value: 'addListener' });
EventEmitter.prototype.on = EventEmitter.prototype.addListener;

EventEmitter.prototype.prependListener = function prependListener(type, listener) {
  return addListener(this, type, listener, true);
};

function onceWrapper(emitter, type, listener) {
  let fired = false;
  const wrapper = function wrapper() {
    if (fired) return undefined;
    emitter.removeListener(type, wrapper);
    fired = true;
    switch (arguments.length) {
      case 0: return listener.call(emitter);
      case 1: return listener.call(emitter, arguments[0]);
      default: return Reflect.apply(listener, emitter, arguments);
    }
  };
  wrapper.listener = listener;
  return wrapper;
}

EventEmitter.prototype.once = function once(type, listener) {
  checkListener(listener);
  return this.on(type, onceWrapper(this, type, listener));
};

EventEmitter.prototype.prependOnceListener = function prependOnceListener(type, listener) {
  checkListener(listener);
  return this.prependListener(type, onceWrapper(this, type, listener));
};

EventEmitter.prototype.removeListener = function removeListener(type, listener) {
  checkListener(listener);
  const events = this._events;
  if (events === undefined) return this;
  const list = events[type];
  if (list === undefined) return this;
  if (list === listener || list.listener === listener) {
    dropType(this, events, type);
    if (events.removeListener !== undefined) this.emit('removeListener', type, list.listener ?? listener);
    return this;
  }
  if (typeof list === 'function') return this;
  let at = -1;
  for (let i = list.length - 1; i >= 0; i--) {
    if (list[i] === listener || list[i].listener === listener) {
      at = i;
      break;
    }
  }
  if (at < 0) return this;
  if (at === 0) list.shift();
  else if (at === list.length - 1) list.pop();
  else list.splice(at, 1);
  if (list.length === 1) events[type] = list[0];
  if (events.removeListener !== undefined) this.emit('removeListener', type, listener);
  return this;
};
EventEmitter.prototype.off = EventEmitter.prototype.removeListener;

/** Deleting would make the table slow; with the last type gone a new one is as cheap. */
function dropType(emitter, events, type) {
  if (--emitter._eventsCount === 0 && events.removeListener === undefined) emitter._events = new Events();
  else if (emitter._eventsCount === 0) {
    const keep = events.removeListener;
    emitter._events = new Events();
    if (type !== 'removeListener') emitter._events.removeListener = keep;
  } else delete events[type];
}

EventEmitter.prototype.removeAllListeners = function removeAllListeners(type) {
  const events = this._events;
  if (events === undefined) return this;
  if (events.removeListener === undefined) {
    if (arguments.length === 0) {
      this._events = new Events();
      this._eventsCount = 0;
    } else if (events[type] !== undefined) {
      if (--this._eventsCount === 0) this._events = new Events();
      else delete events[type];
    }
    return this;
  }
  if (arguments.length === 0) {
    for (const key of Reflect.ownKeys(events)) {
      if (key !== 'removeListener') this.removeAllListeners(key);
    }
    this.removeAllListeners('removeListener');
    this._events = new Events();
    this._eventsCount = 0;
    return this;
  }
  const listeners = events[type];
  if (typeof listeners === 'function') {
    this.removeListener(type, listeners);
  } else if (listeners !== undefined) {
    for (let i = listeners.length - 1; i >= 0; i--) this.removeListener(type, listeners[i]);
  }
  return this;
};

function listenersOf(emitter, type, unwrap) {
  const list = emitter._events?.[type];
  if (list === undefined) return [];
  if (typeof list === 'function') return unwrap ? [list.listener ?? list] : [list];
  return unwrap ? Array.from(list, (one) => one.listener ?? one) : list.slice();
}

EventEmitter.prototype.listeners = function listeners(type) { return listenersOf(this, type, true); };
EventEmitter.prototype.rawListeners = function rawListeners(type) { return listenersOf(this, type, false); };

EventEmitter.prototype.listenerCount = function listenerCount(type, listener) {
  const list = this._events?.[type];
  if (list === undefined) return 0;
  if (typeof list === 'function') return listener == null || list === listener || list.listener === listener ? 1 : 0;
  if (listener == null) return list.length;
  let matching = 0;
  for (const one of list) if (one === listener || one.listener === listener) matching++;
  return matching;
};

EventEmitter.prototype.eventNames = function eventNames() {
  return this._eventsCount > 0 ? Reflect.ownKeys(this._events) : [];
};

EventEmitter.prototype.setMaxListeners = function setMaxListeners(n) {
  validateNumber(n, 'setMaxListeners', 0);
  this._maxListeners = n;
  return this;
};

EventEmitter.prototype.getMaxListeners = function getMaxListeners() {
  return this._maxListeners === undefined ? defaultMaxListeners : this._maxListeners;
};

/** @returns {number} listeners of `type` on an emitter or event target */
EventEmitter.listenerCount = function listenerCount(emitter, type) {
  if (typeof emitter.listenerCount === 'function') return emitter.listenerCount(type);
  return getEventListeners(emitter, type).length;
};

/** For emitters and event targets; `n` 0 or Infinity: no warning. */
EventEmitter.setMaxListeners = function setMaxListeners(n = defaultMaxListeners, ...targets) {
  validateNumber(n, 'setMaxListeners', 0);
  if (targets.length === 0) {
    defaultMaxListeners = n;
    return;
  }
  for (const target of targets) {
    if (isEventTarget(target)) target[kMaxEventTargetListeners] = n;
    else if (typeof target?.setMaxListeners === 'function') target.setMaxListeners(n);
    else throw new ERR_INVALID_ARG_TYPE('eventTargets', ['EventEmitter', 'EventTarget'], target);
  }
};

function getMaxListeners(target) {
  if (typeof target?.getMaxListeners === 'function') return target.getMaxListeners();
  if (isEventTarget(target)) {
    return target[kMaxEventTargetListeners] ?? (target instanceof AbortSignal ? 0 : defaultMaxListeners);
  }
  throw new ERR_INVALID_ARG_TYPE('emitter', ['EventEmitter', 'EventTarget'], target);
}

function isEventTarget(value) {
  return typeof value?.addEventListener === 'function' && typeof value.removeEventListener === 'function';
}

/** @returns {Function[]} a copy of the listeners of an emitter or event target */
function getEventListeners(target, type) {
  if (typeof target?.listeners === 'function') return target.listeners(type);
  if (isEventTarget(target)) return require('../web/event_target').listenersOf(target, type);
  throw new ERR_INVALID_ARG_TYPE('emitter', ['EventEmitter', 'EventTarget'], target);
}

function listen(target, type, listener, flags) {
  if (typeof target.on === 'function') {
    if (flags?.once) target.once(type, listener);
    else target.on(type, listener);
  } else if (typeof target.addEventListener === 'function') {
    target.addEventListener(type, listener, flags);
  } else {
    throw new ERR_INVALID_ARG_TYPE('emitter', 'EventEmitter', target);
  }
}

function unlisten(target, type, listener, flags) {
  if (typeof target.removeListener === 'function') target.removeListener(type, listener);
  else if (typeof target.removeEventListener === 'function') target.removeEventListener(type, listener, flags);
  else throw new ERR_INVALID_ARG_TYPE('emitter', 'EventEmitter', target);
}

/** @returns {Promise<any[]>} the arguments of the next `type`; rejects on 'error' and when aborted */
async function once(emitter, type, options = {}) {
  validateObject(options, 'options');
  const { signal } = options;
  validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  return new Promise((resolve, reject) => {
    const onError = (error) => {
      unlisten(emitter, type, onEvent);
      signal?.removeEventListener('abort', onAbort);
      reject(error);
    };
    const onEvent = (...args) => {
      if (typeof emitter.removeListener === 'function') emitter.removeListener('error', onError);
      signal?.removeEventListener('abort', onAbort);
      resolve(args);
    };
    const onAbort = () => {
      unlisten(emitter, type, onEvent);
      if (typeof emitter.removeListener === 'function') emitter.removeListener('error', onError);
      reject(new AbortError(undefined, { cause: signal.reason }));
    };
    listen(emitter, type, onEvent, { once: true });
    if (type !== 'error' && typeof emitter.once === 'function') emitter.once('error', onError);
    if (signal !== undefined) addAbortListener(signal, onAbort);
  });
}

/**
 * An async iterator over the arguments of each `type`.
 * @param {{signal?: AbortSignal, close?: string[], highWaterMark?: number, lowWaterMark?: number}} [options]
 */
function on(emitter, type, options = {}) {
  validateObject(options, 'options');
  const { signal } = options;
  validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  const high = options.highWaterMark ?? options.highWatermark ?? Number.MAX_SAFE_INTEGER;
  const low = options.lowWaterMark ?? options.lowWatermark ?? 1;
  validateInteger(high, 'options.highWaterMark', 1);
  validateInteger(low, 'options.lowWaterMark', 1);
  if (options.close !== undefined) validateStringArray(options.close, 'options.close');

  const unconsumed = [];
  const waiting = [];
  const removers = [];
  let failure = null;
  let finished = false;
  let paused = false;
  const add = (target, event, listener, flags) => {
    listen(target, event, listener, flags);
    removers.push(() => unlisten(target, event, listener, flags));
  };
  const done = () => ({ value: undefined, done: true });

  const iterator = {
    next() {
      if (unconsumed.length > 0) {
        const value = unconsumed.shift();
        if (paused && unconsumed.length < low) {
          paused = false;
          if (!finished) emitter.resume();
        }
        return Promise.resolve({ value, done: false });
      }
      if (failure) {
        const rejected = Promise.reject(failure);
        failure = null;
        return rejected;
      }
      if (finished) return close();
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return() { return close(); },
    throw(error) {
      if (!error || !(error instanceof Error)) throw new ERR_INVALID_ARG_TYPE('EventEmitter.AsyncIterator', 'Error', error);
      onError(error);
    },
    [Symbol.asyncIterator]() { return this; },
    /** How much waits, and between which marks the emitter pauses. */
    [Symbol.for('nodejs.watermarkData')]: {
      get size() { return unconsumed.length; },
      get low() { return low; },
      get high() { return high; },
      get isPaused() { return paused; },
    },
  };
  Object.setPrototypeOf(iterator, Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype));

  function onEvent(...args) {
    if (waiting.length > 0) {
      waiting.shift().resolve({ value: args, done: false });
      return;
    }
    unconsumed.push(args);
    if (!paused && unconsumed.length > high) {
      paused = true;
      emitter.pause();
    }
  }
  function onError(error) {
    if (waiting.length > 0) waiting.shift().reject(error);
    else failure = error;
    close();
  }
  function close() {
    for (const remove of removers.splice(0)) remove();
    finished = true;
    for (const { resolve } of waiting.splice(0)) resolve(done());
    return Promise.resolve(done());
  }

  add(emitter, type, onEvent);
  if (type !== 'error' && typeof emitter.on === 'function') add(emitter, 'error', onError);
  for (const event of options.close ?? []) add(emitter, event, () => close());
  if (signal) {
    const onAbort = () => onError(new AbortError(undefined, { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
    removers.push(() => signal.removeEventListener('abort', onAbort));
  }
  return iterator;
}

/** @returns {Disposable} whose disposal removes the listener; calls it at once where the signal is aborted already */
function addAbortListener(signal, listener) {
  if (signal === undefined) throw new ERR_INVALID_ARG_TYPE('signal', 'AbortSignal', signal);
  validateAbortSignal(signal, 'signal');
  validateFunction(listener, 'listener');
  let remove;
  if (signal.aborted) {
    queueMicrotask(() => listener());
  } else {
    // An abort listener of the platform's own must run even where an earlier one stops the event.
    signal.addEventListener('abort', listener, { once: true, [require('../web/event_target').kResistStopPropagation]: true });
    remove = () => signal.removeEventListener('abort', listener);
  }
  const dispose = Symbol.dispose ?? Symbol.for('nodejs.dispose');
  return { __proto__: null, [dispose]() { remove?.(); } };
}

module.exports = EventEmitter;
EventEmitter.usingDomains = false;
EventEmitter.captureRejectionSymbol = kRejection;
EventEmitter.errorMonitor = kErrorMonitor;
EventEmitter.once = once;
EventEmitter.on = on;
EventEmitter.getEventListeners = getEventListeners;
EventEmitter.getMaxListeners = getMaxListeners;
EventEmitter.addAbortListener = addAbortListener;
EventEmitter.EventEmitter = EventEmitter;
Object.defineProperties(EventEmitter, {
  captureRejections: {
    configurable: false,
    enumerable: true,
    get() { return EventEmitter.prototype[kCapture]; },
    set(value) {
      validateBoolean(value, 'EventEmitter.captureRejections');
      EventEmitter.prototype[kCapture] = value;
    },
  },
  defaultMaxListeners: {
    configurable: false,
    enumerable: true,
    get() { return defaultMaxListeners; },
    set(value) {
      validateNumber(value, 'defaultMaxListeners', 0);
      defaultMaxListeners = value;
    },
  },
  kMaxEventTargetDefaultListeners: { value: 10, enumerable: false },
  EventEmitterAsyncResource: {
    configurable: true,
    enumerable: true,
    get() {
      const value = makeAsyncResource();
      Object.defineProperty(EventEmitter, 'EventEmitterAsyncResource', { value, writable: true, enumerable: true, configurable: true });
      return value;
    },
  },
});
for (const [key, value] of Object.entries({ kMaxEventTargetListeners, kEnhanceStackBeforeInspector, warnLeak })) {
  Object.defineProperty(EventEmitter, key, { value, enumerable: false, configurable: true });
}

function makeAsyncResource() {
  const { AsyncResource } = require('./async_hooks');
  class EventEmitterReferencingAsyncResource extends AsyncResource {
    #emitter;
    constructor(emitter, type, options) {
      super(type, options);
      this.#emitter = emitter;
    }
    get eventEmitter() { return this.#emitter; }
  }
  return class EventEmitterAsyncResource extends EventEmitter {
    #resource;
    constructor(options = undefined) {
      let name;
      if (typeof options === 'string') {
        name = options;
        options = undefined;
      } else {
        if (new.target === EventEmitterAsyncResource) validateString(options?.name, 'options.name');
        name = options?.name || new.target.name;
      }
      super(options);
      this.#resource = new EventEmitterReferencingAsyncResource(this, name, options);
    }
    emit(event, ...args) {
      return this.#resource.runInAsyncScope(() => super.emit(event, ...args));
    }
    emitDestroy() { this.#resource.emitDestroy(); }
    get asyncId() { return this.#resource.asyncId(); }
    get triggerAsyncId() { return this.#resource.triggerAsyncId(); }
    get asyncResource() { return this.#resource; }
  };
}
