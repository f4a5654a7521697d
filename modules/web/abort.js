'use strict';
// AbortController and AbortSignal (DOM standard, section 3).

const {
  codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_ARG_TYPE, ERR_INVALID_THIS },
} = require('../internal/errors');
const { validateUint32 } = require('../internal/validators');
const {
  Event, EventTarget, defineEventHandler, dispatch, initEventTarget, kNewListener, kRemoveListener, listenersOf, trusted,
} = require('./event_target');
const { DOMException } = require('./dom_exception');

const kAborted = Symbol('kAborted');
const kReason = Symbol('kReason');
const kDependents = Symbol('kDependantSignals'); // Set of WeakRefs
const kSources = Symbol('kSourceSignals'); // Set of WeakRefs
const kRef = Symbol('kRef'); // a signal's WeakRef
const kTimed = Symbol('kTimed'); // sources that only a timer knows
const kTimer = Symbol('kTimer');
const inspectCustom = Symbol.for('nodejs.util.inspect.custom');
const deeper = (options) => ({ ...options, depth: options.depth == null ? null : options.depth - 1 });

/**
 * Signals that a timer or another signal would abort and that somebody listens to: nothing else need hold them. The
 * others may go, and the timer and the other signal do not keep them.
 */
const listenedTo = new Set();
let gone; // forgets dependents that were collected; made on first use, since a snapshot cannot hold one

const refOf = (signal) => (signal[kRef] ??= new WeakRef(signal));

/** @param {AbortSignal} source @param {AbortSignal} dependent */
function depend(source, dependent) {
  gone ??= new FinalizationRegistry((settle) => settle());
  const dependents = (source[kDependents] ??= new Set());
  const ref = refOf(dependent);
  dependents.add(ref);
  gone.register(dependent, () => dependents.delete(ref));
  // Without sources nothing can abort it any more.
  gone.register(source, () => {
    const alive = ref.deref();
    if (alive?.[kSources] === undefined) return;
    for (const one of alive[kSources]) if (one.deref() !== undefined) return;
    listenedTo.delete(alive);
  });
  dependent[kSources].add(refOf(source));
  if (source[kTimer] !== undefined) (dependent[kTimed] ??= []).push(source);
}

function checkSignal(value) {
  if (value?.[kAborted] === undefined) throw new ERR_INVALID_THIS('AbortSignal');
}

class AbortSignal extends EventTarget {
  constructor() { throw new ERR_ILLEGAL_CONSTRUCTOR(); } // eslint-disable-line

  get aborted() {
    checkSignal(this);
    return this[kAborted];
  }
  get reason() {
    checkSignal(this);
    return this[kReason];
  }
  throwIfAborted() {
    checkSignal(this);
    if (this[kAborted]) throw this[kReason];
  }
  [inspectCustom](depth, options) {
    const { inspect } = require('../node/util');
    return depth < 0 ? this : `AbortSignal ${inspect({ aborted: this[kAborted] }, deeper(options))}`;
  }

  /** A signal that is aborted already. */
  static abort(reason = new DOMException('This operation was aborted', 'AbortError')) {
    return createSignal(true, reason);
  }

  /** A signal that is aborted with a TimeoutError after `delay` ms; its timer keeps no process alive. */
  static timeout(delay) {
    validateUint32(delay, 'delay', false);
    const signal = createSignal();
    const ref = new WeakRef(signal);
    const timer = setTimeout(() => {
      const alive = ref.deref();
      if (alive === undefined) return;
      abortSignal(alive, new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    }, delay);
    timer.unref?.();
    signal[kTimer] = timer;
    return signal;
  }

  /** A signal that is aborted as soon as one of `signals` is. */
  static any(signals) {
    if (signals === null || typeof signals !== 'object' || typeof signals[Symbol.iterator] !== 'function') {
      throw new ERR_INVALID_ARG_TYPE('signals', 'Iterable', signals);
    }
    const list = [...signals];
    list.forEach((one, i) => {
      if (one?.[kAborted] !== undefined) return;
      const error = new TypeError(`signals[${i}] is not of type AbortSignal.`);
      throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
    });
    const result = createSignal();
    for (const signal of list) {
      if (signal[kAborted]) {
        result[kAborted] = true;
        result[kReason] = signal[kReason];
        return result;
      }
    }
    result[kSources] = new Set();
    for (const signal of list) {
      const sources = signal[kSources] === undefined ? [signal] : [...signal[kSources]].map((ref) => ref.deref());
      for (const source of sources) {
        if (source !== undefined && !result[kSources].has(refOf(source))) depend(source, result);
      }
    }
    return result;
  }
}
for (const name of ['aborted', 'reason', 'throwIfAborted']) Object.defineProperty(AbortSignal.prototype, name, { enumerable: true });
Object.defineProperty(AbortSignal.prototype, Symbol.toStringTag, { value: 'AbortSignal', configurable: true });
defineEventHandler(AbortSignal.prototype, 'abort');
Object.defineProperties(AbortSignal.prototype, {
  [kNewListener]: {
    value(type) {
      if (type !== 'abort' || this[kAborted]) return;
      if (this[kTimer] !== undefined || this[kSources] !== undefined) listenedTo.add(this);
    },
  },
  [kRemoveListener]: {
    value(type) {
      if (type === 'abort' && listenersOf(this, type).length === 0) listenedTo.delete(this);
    },
  },
});

function createSignal(aborted = false, reason = undefined) {
  const signal = Object.create(AbortSignal.prototype);
  initEventTarget(signal);
  signal[kAborted] = aborted;
  signal[kReason] = reason;
  signal[kDependents] = undefined;
  signal[kSources] = undefined;
  return signal;
}

function abortSignal(signal, reason) {
  if (signal[kAborted]) return;
  signal[kAborted] = true;
  signal[kReason] = reason;
  const dependents = [];
  for (const ref of signal[kDependents] ?? []) {
    const dependent = ref.deref();
    if (dependent === undefined || dependent[kAborted]) continue;
    dependent[kAborted] = true;
    dependent[kReason] = reason;
    dependents.push(dependent);
  }
  signal[kDependents]?.clear();
  listenedTo.delete(signal);
  dispatch(signal, trusted(new Event('abort')));
  for (const dependent of dependents) {
    dependent[kSources] = undefined;
    listenedTo.delete(dependent);
    dispatch(dependent, trusted(new Event('abort')));
  }
}

class AbortController {
  #signal;
  get signal() { return (this.#signal ??= createSignal()); }
  abort(reason = new DOMException('This operation was aborted', 'AbortError')) { abortSignal(this.signal, reason); }
  [inspectCustom](depth, options) {
    const { inspect } = require('../node/util');
    return depth < 0 ? this : `AbortController ${inspect({ signal: this.signal }, deeper(options))}`;
  }
}
for (const name of ['signal', 'abort']) Object.defineProperty(AbortController.prototype, name, { enumerable: true });
Object.defineProperty(AbortController.prototype, Symbol.toStringTag, { value: 'AbortController', configurable: true });

module.exports = { AbortController, AbortSignal, abortSignal, createSignal };
