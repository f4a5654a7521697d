'use strict';
// EventTarget, Event and CustomEvent (DOM standard, section 2), without a tree: an event has one target.
// An exception in a listener is reported as uncaught, as Node does; the others still run.

const {
  codes: { ERR_EVENT_RECURSION, ERR_INVALID_ARG_TYPE, ERR_INVALID_THIS, ERR_MISSING_ARGS },
} = require('../internal/errors');
const { validateAbortSignal, validateObject } = require('../internal/validators');
const { now } = require('./performance');

const kUntimed = Symbol('untimed');
const kListeners = Symbol('listeners');
const kHandlers = Symbol('handlers');
const kTarget = Symbol('target');
const kFlags = Symbol('flags');
const kIsEventTarget = Symbol.for('nodejs.event_target');
/** addEventListener option: runs although an earlier listener stopped the event. */
const kResistStopPropagation = Symbol('kResistStopPropagation');
const inspectCustom = Symbol.for('nodejs.util.inspect.custom');

const CANCELED = 1;
const STOPPED = 2; // immediate
const DISPATCHING = 4;
const STOP_PROPAGATION = 8;
const PASSIVE = 16; // in a listener that may not cancel

class Event {
  #type;
  #cancelable;
  #bubbles;
  #composed;
  #timestamp;

  /**
   * @param {string} type
   * @param {{bubbles?: boolean, cancelable?: boolean, composed?: boolean}} [options]
   * @param {symbol} [clock] kUntimed: the platform's own, which comes so often that it reads the clock when it is asked
   */
  constructor(type, options = undefined, clock = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('type');
    if (options != null) validateObject(options, 'options', { allowFunction: true, allowArray: true, nullable: true });
    this.#type = `${type}`;
    this.#bubbles = Boolean(options?.bubbles);
    this.#cancelable = Boolean(options?.cancelable);
    this.#composed = Boolean(options?.composed);
    this.#timestamp = clock === kUntimed ? -1 : now();
    this[kTarget] = null;
    this[kFlags] = 0;
  }

  initEvent(type, bubbles = false, cancelable = false) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('type');
    if (this[kFlags] & DISPATCHING) return;
    this.#type = `${type}`;
    this.#bubbles = Boolean(bubbles);
    this.#cancelable = Boolean(cancelable);
  }

  get isTrusted() { return this[kTrusted] === true; }
  get type() { return this.#type; }
  get target() { return this[kTarget]; }
  get currentTarget() { return this[kFlags] & DISPATCHING ? this[kTarget] : null; }
  get srcElement() { return this[kTarget]; }
  composedPath() { return this[kFlags] & DISPATCHING ? [this[kTarget]] : []; }
  get eventPhase() { return this[kFlags] & DISPATCHING ? Event.AT_TARGET : Event.NONE; }
  get bubbles() { return this.#bubbles; }
  get cancelable() { return this.#cancelable; }
  get composed() { return this.#composed; }
  get timeStamp() {
    if (this.#timestamp < 0) this.#timestamp = now();
    return this.#timestamp;
  }
  get returnValue() { return !this.#cancelable || !this.defaultPrevented; }
  set returnValue(value) { if (!value) this.preventDefault(); }
  get defaultPrevented() { return this.#cancelable && (this[kFlags] & CANCELED) !== 0; }
  get cancelBubble() { return (this[kFlags] & STOP_PROPAGATION) !== 0; }
  set cancelBubble(value) { if (value) this.stopPropagation(); }
  preventDefault() { if ((this[kFlags] & PASSIVE) === 0) this[kFlags] |= CANCELED; }
  stopPropagation() { this[kFlags] |= STOP_PROPAGATION; }
  stopImmediatePropagation() { this[kFlags] |= STOPPED | STOP_PROPAGATION; }

  [inspectCustom](depth, options) {
    const { inspect } = require('../node/util');
    if (depth < 0) return this.constructor.name;
    const shown = { type: this.type, defaultPrevented: this.defaultPrevented, cancelable: this.cancelable, timeStamp: this.timeStamp };
    return `${this.constructor.name} ${inspect(shown, { ...options, depth: Number.isInteger(options.depth) ? options.depth - 1 : options.depth })}`;
  }
}
for (const [name, value] of Object.entries({ NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 })) {
  for (const owner of [Event, Event.prototype]) Object.defineProperty(owner, name, { value, enumerable: true });
}
const kTrusted = Symbol('trusted');
for (const name of ['isTrusted', 'initEvent', 'type', 'target', 'currentTarget', 'srcElement', 'composedPath', 'eventPhase', 'bubbles', 'cancelable', 'composed',
  'timeStamp', 'returnValue', 'defaultPrevented', 'cancelBubble', 'preventDefault', 'stopPropagation', 'stopImmediatePropagation']) {
  Object.defineProperty(Event.prototype, name, { enumerable: true });
}
Object.defineProperty(Event.prototype, Symbol.toStringTag, { value: 'Event', configurable: true });

class CustomEvent extends Event {
  #detail;
  constructor(type, options = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('type');
    super(type, options);
    this.#detail = options?.detail ?? null;
  }
  get detail() { return this.#detail; }
}
Object.defineProperties(CustomEvent.prototype, {
  [Symbol.toStringTag]: { value: 'CustomEvent', configurable: true },
  detail: { enumerable: true },
});

function checkTarget(value) {
  if (!value?.[kIsEventTarget]) throw new ERR_INVALID_THIS('EventTarget');
}

class EventTarget {
  constructor() { initEventTarget(this); }

  /**
   * @param {string} type
   * @param {Function|{handleEvent: Function}|null} listener
   * @param {boolean|{capture?: boolean, once?: boolean, passive?: boolean, signal?: AbortSignal}} [options]
   */
  addEventListener(type, listener, options = undefined) {
    checkTarget(this);
    if (arguments.length < 2) throw new ERR_MISSING_ARGS('type', 'listener');
    const capture = typeof options === 'boolean' ? options : Boolean(options?.capture);
    const once = typeof options === 'object' && Boolean(options?.once);
    const passive = typeof options === 'object' && Boolean(options?.passive);
    const signal = options?.signal;
    if (signal === null) throw new ERR_INVALID_ARG_TYPE('options.signal', 'AbortSignal', signal);
    if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
    if (listener === null || listener === undefined) return;
    if (typeof listener !== 'function' && typeof listener !== 'object') throw new ERR_INVALID_ARG_TYPE('listener', 'EventListener', listener);
    if (signal?.aborted) return;
    type = `${type}`;
    let list = this[kListeners].get(type);
    if (list === undefined) this[kListeners].set(type, list = []);
    for (const one of list) if (one.listener === listener && one.capture === capture) return;
    const entry = { listener, capture, once, passive, removed: false, resists: Boolean(options?.[kResistStopPropagation]) };
    list.push(entry);
    if (list.length > 10) warnOnce(this, type, list);
    if (signal !== undefined) {
      signal.addEventListener('abort', () => this.removeEventListener(type, listener, options), { once: true, [kResistStopPropagation]: true });
    }
    this[kNewListener]?.(type);
  }

  removeEventListener(type, listener, options = undefined) {
    checkTarget(this);
    if (arguments.length < 2) throw new ERR_MISSING_ARGS('type', 'listener');
    const capture = typeof options === 'boolean' ? options : Boolean(options?.capture);
    type = `${type}`;
    const list = this[kListeners].get(type);
    if (list === undefined) return;
    const at = list.findIndex((one) => one.listener === listener && one.capture === capture);
    if (at === -1) return;
    list[at].removed = true;
    list.splice(at, 1);
    if (list.length === 0) this[kListeners].delete(type);
    this[kRemoveListener]?.(type);
  }

  /** @returns {boolean} false where a cancelable event was canceled */
  dispatchEvent(event) {
    checkTarget(this);
    if (arguments.length < 1) throw new ERR_MISSING_ARGS('event');
    if (!(event instanceof Event)) throw new ERR_INVALID_ARG_TYPE('event', 'Event', event);
    if (event[kFlags] & DISPATCHING) throw new ERR_EVENT_RECURSION(event.type);
    dispatch(this, event);
    return event.defaultPrevented !== true;
  }

  [inspectCustom](depth, options) {
    const { inspect } = require('../node/util');
    if (depth < 0) return this.constructor.name;
    return `${this.constructor.name} ${inspect({}, { ...options, depth: Number.isInteger(options.depth) ? options.depth - 1 : options.depth })}`;
  }
}
const kNewListener = Symbol('new listener');
const kRemoveListener = Symbol('remove listener');
for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent']) Object.defineProperty(EventTarget.prototype, name, { enumerable: true });
Object.defineProperties(EventTarget.prototype, {
  [Symbol.toStringTag]: { value: 'EventTarget', configurable: true },
  [kIsEventTarget]: { value: true },
});

/** Makes `target` an event target without running the constructor. */
function initEventTarget(target) {
  target[kListeners] = new Map();
}

function warnOnce(target, type, list) {
  const events = require('../node/events');
  const limit = target[events.kMaxEventTargetListeners] ?? events.defaultMaxListeners;
  if (limit > 0 && list.length > limit && !list.warned) {
    list.warned = true;
    events.warnLeak(target, type, list.length, limit, 'EventTarget');
  }
}

function invoke(target, event, entry) {
  if (entry.removed || ((event[kFlags] & STOPPED) !== 0 && !entry.resists)) return;
  if (entry.once) target.removeEventListener(event.type, entry.listener, entry.capture);
  if (entry.passive) event[kFlags] |= PASSIVE;
  try {
    const { listener } = entry;
    const result = typeof listener === 'function' ? listener.call(target, event) : listener.handleEvent?.(event);
    if (result !== undefined && result !== null && typeof result.then === 'function') result.then(undefined, reportLater);
  } catch (error) {
    reportLater(error);
  }
  if (entry.passive) event[kFlags] &= ~PASSIVE;
}

function dispatch(target, event) {
  event[kTarget] = target;
  const list = target[kListeners].get(event.type);
  if (list !== undefined) {
    event[kFlags] |= DISPATCHING;
    if (list.length === 1) invoke(target, event, list[0]);
    else for (const entry of list.slice()) invoke(target, event, entry);
  }
  event[kFlags] &= ~(DISPATCHING | STOPPED | STOP_PROPAGATION);
}

function reportLater(error) {
  process.nextTick(() => { throw error; });
}

/** @returns {Function[]} of events.getEventListeners */
function listenersOf(target, type) {
  return (target[kListeners]?.get(`${type}`) ?? []).map(({ listener }) => listener);
}

/** Adds an `onNAME` property: one listener that can be replaced. */
function defineEventHandler(prototype, name, type = name) {
  Object.defineProperty(prototype, `on${name}`, {
    get() { return this[kHandlers]?.get(type)?.handler ?? null; },
    set(value) {
      this[kHandlers] ??= new Map();
      let entry = this[kHandlers].get(type);
      if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) value = null;
      if (entry === undefined && value !== null) {
        entry = { handler: value, wrapper(event) { return typeof entry.handler === 'function' ? entry.handler.call(this, event) : undefined; } };
        this[kHandlers].set(type, entry);
        this.addEventListener(type, entry.wrapper);
      } else if (entry !== undefined) {
        entry.handler = value;
        if (value === null) {
          this.removeEventListener(type, entry.wrapper);
          this[kHandlers].delete(type);
        }
      }
    },
    configurable: true,
    enumerable: true,
  });
}

/** Events of the platform's own say isTrusted. */
function trusted(event) {
  event[kTrusted] = true;
  return event;
}

module.exports = {
  CustomEvent, Event, EventTarget, defineEventHandler, dispatch, initEventTarget, kIsEventTarget, kUntimed, kNewListener, kRemoveListener,
  kResistStopPropagation, listenersOf, trusted,
};
