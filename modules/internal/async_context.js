'use strict';
// The asynchronous context: one immutable Map from AsyncLocalStorage to its store, carried along by the engine through
// promise reactions and await (js_continuation_*), and by us through ticks, timers, immediates and callbacks of C.
// Nothing is captured until the first AsyncLocalStorage is used, but for the mark of a request's work: in a process that
// may have to drain, C enters `requestFrame` around each request, timers and immediates carry it on, and frames derived
// from it keep it (runtime/drain.h says what for).
const loop = internalBinding('loop');
const shared = require('./loop_state');

/** The current frame: a Map, or undefined. */
function current() {
  return shared.words[shared.CONTEXT] === 0 ? undefined : loop.getContinuation();
}

class Frame extends Map {
  /** @param {Frame} [from] */
  constructor(from) {
    super(from);
    this.request = from !== undefined && from.request;
  }
}

/** The frame of a request's work where no AsyncLocalStorage is in use. */
const requestFrame = new Frame();
requestFrame.request = true;

/** What a timer or immediate carries on: the current frame, and also where nothing else is captured whether a request goes on. */
function carried() {
  const { words } = shared;
  return words[shared.CONTEXT] === 0 && words[shared.REQUEST_WORK] === 0 ? undefined : loop.getContinuation();
}

function enter(frame) {
  loop.setContinuation(frame);
}

/** From now on contexts are captured. */
function activate() {
  shared.words[shared.CONTEXT] = 1;
}

/** Calls fn with `frame` as the context; the former one is back afterwards. */
function runIn(frame, fn, thisArg, args) {
  const before = loop.getContinuation();
  loop.setContinuation(frame);
  try {
    return Reflect.apply(fn, thisArg, args);
  } finally {
    loop.setContinuation(before);
  }
}

/**
 * Binds a callback to the context of now. Bindings use it for the callbacks that they give to C.
 * @template {Function} F
 * @param {F} fn
 * @returns {F}
 */
function bind(fn) {
  if (shared.words[shared.CONTEXT] === 0 || typeof fn !== 'function') return fn;
  const frame = loop.getContinuation();
  return function bound(...args) {
    return runIn(frame, fn, this, args);
  };
}

module.exports = { Frame, requestFrame, carried, current, enter, activate, runIn, bind };
