'use strict';
// AbortController and AbortSignal (DOM standard, section 3).

const {
  codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_THIS },
} = require('../internal/errors');
const { validateAbortSignalArray, validateUint32 } = require('../internal/validators');
const { Event, EventTarget, defineEventHandler, dispatch, initEventTarget, trusted } = require('./event_target');
const { DOMException } = require('./dom_exception');

const kAborted = Symbol('kAborted');
const kReason = Symbol('kReason');
const kDependents = Symbol('kDependents');
const kSources = Symbol('kSources');
const kTimer = Symbol('kTimer');
const inspectCustom = Symbol.for('nodejs.util.inspect.custom');
const deeper = (options) => ({ ...options, depth: options.depth == null ? null : options.depth - 1 });

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
    return depth < 0 ? 'AbortSignal' : `AbortSignal ${inspect({ aborted: this[kAborted] }, deeper(options))}`;
  }

  /** A signal that is aborted already. */
  static abort(reason = new DOMException('This operation was aborted', 'AbortError')) {
    return createSignal(true, reason);
  }

  /** A signal that is aborted with a TimeoutError after `delay` ms; its timer keeps no process alive. */
  static timeout(delay) {
    validateUint32(delay, 'delay', false);
    const signal = createSignal();
    const timer = setTimeout(() => abortSignal(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError')), delay);
    timer.unref?.();
    signal[kTimer] = timer;
    return signal;
  }

  /** A signal that is aborted as soon as one of `signals` is. */
  static any(signals) {
    const list = [...signals];
    validateAbortSignalArray(list, 'signals');
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
      const sources = signal[kSources] === undefined ? [signal] : signal[kSources];
      for (const source of sources) {
        result[kSources].add(source);
        (source[kDependents] ??= new Set()).add(result);
      }
    }
    return result;
  }
}
for (const name of ['aborted', 'reason', 'throwIfAborted']) Object.defineProperty(AbortSignal.prototype, name, { enumerable: true });
Object.defineProperty(AbortSignal.prototype, Symbol.toStringTag, { value: 'AbortSignal', configurable: true });
defineEventHandler(AbortSignal.prototype, 'abort');

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
  for (const dependent of signal[kDependents] ?? []) {
    if (dependent[kAborted]) continue;
    dependent[kAborted] = true;
    dependent[kReason] = reason;
    dependents.push(dependent);
  }
  signal[kDependents] = undefined;
  dispatch(signal, trusted(new Event('abort')));
  for (const dependent of dependents) {
    for (const source of dependent[kSources]) source[kDependents]?.delete(dependent);
    dependent[kSources] = undefined;
    dispatch(dependent, trusted(new Event('abort')));
  }
}

class AbortController {
  #signal;
  get signal() { return (this.#signal ??= createSignal()); }
  abort(reason = new DOMException('This operation was aborted', 'AbortError')) { abortSignal(this.signal, reason); }
  [inspectCustom](depth, options) {
    const { inspect } = require('../node/util');
    return depth < 0 ? 'AbortController' : `AbortController ${inspect({ signal: this.signal }, deeper(options))}`;
  }
}
for (const name of ['signal', 'abort']) Object.defineProperty(AbortController.prototype, name, { enumerable: true });
Object.defineProperty(AbortController.prototype, Symbol.toStringTag, { value: 'AbortController', configurable: true });

module.exports = { AbortController, AbortSignal, abortSignal, createSignal };
