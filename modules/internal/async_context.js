'use strict';
// The asynchronous context: one immutable Map from AsyncLocalStorage to its store, carried along by the engine through
// promise reactions and await (js_continuation_*), by C through whatever calls back (runtime/callback.h), and by us
// through ticks, timers and immediates.
// Nothing is captured until the first AsyncLocalStorage is used, but for the mark of a request's work: in a process that
// may have to drain, C enters `requestFrame` around each request, timers and immediates carry it on, and frames derived
// from it keep it (runtime/drain.h says what for).
const loop = internalBinding('loop');
const shared = require('./loop_state');

/** The current frame: a Map, or undefined. */
function current() {
  return shared.words[shared.CONTEXT] === 0 ? undefined : loop.getContinuation();
}

class AsyncContextFrame extends Map {
  /** @param {AsyncContextFrame} [from] */
  constructor(from) {
    super(from);
    this.request = from !== undefined && from.request;
    this.twin = undefined;
    this.pruned = false; // a storage was disabled in it
  }

  /** For C: the same without the mark of a request's work, or undefined where nothing else is in it. */
  get outside() {
    return this.request ? twinOf(this, false) : this;
  }

  /** For C: the same with the mark. */
  get inside() {
    return this.request ? this : twinOf(this, true);
  }
}

function twinOf(frame, request) {
  if (!request && frame.size === 0) return undefined;
  if (frame.twin === undefined) {
    frame.twin = new AsyncContextFrame(frame);
    frame.twin.request = request;
    frame.twin.twin = frame;
  }
  return frame.twin;
}

/** The frame of a request's work where no AsyncLocalStorage is in use. */
const requestFrame = new AsyncContextFrame();
requestFrame.request = true;

/** What a timer or immediate carries on: the current frame, and also where nothing else is captured whether a request goes on. */
function carried() {
  const { words } = shared;
  return words[shared.CONTEXT] === 0 && words[shared.REQUEST_WORK] === 0 ? undefined : loop.getContinuation();
}

/** Whether some AsyncLocalStorage is in use. */
const inUse = () => shared.words[shared.CONTEXT] !== 0;

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

module.exports = { Frame: AsyncContextFrame, requestFrame, carried, current, inUse, enter, activate, runIn };
