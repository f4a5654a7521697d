'use strict';
// The asynchronous context: one immutable Map from AsyncLocalStorage to its store, carried along by the engine through
// promise reactions and await (js_continuation_*), and by us through ticks, timers, immediates and callbacks of C.
// Nothing is captured until the first AsyncLocalStorage is used.
const loop = internalBinding('loop');
const shared = require('./loop_state');

/** The current frame: a Map, or undefined. */
function current() {
  return shared.words[shared.CONTEXT] === 0 ? undefined : loop.getContinuation();
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

module.exports = { current, enter, activate, runIn, bind };
