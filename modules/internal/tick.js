'use strict';
// process.nextTick and queueMicrotask. C calls runTicks after a callback when a word of loop_state says so.
const shared = require('./loop_state');
const context = require('./async_context');
const ids = require('./async_ids');
const { reportRejections } = require('./rejections');
const uncaught = require('./uncaught');
const { kAsyncId, kTriggerId } = ids;
const { TICKS, REJECTIONS, CONTEXT, HOOKS, LAST_ID, EXECUTION } = shared;
const loop = internalBinding('loop');

// A ring that grows: ticks are queued and taken far more often than it is resized.
let ring = new Array(256);
let head = 0;
let tail = 0;

function push(entry) {
  ring[tail] = entry;
  tail = (tail + 1) & (ring.length - 1);
  if (tail === head) {
    const grown = new Array(ring.length * 2);
    for (let i = 0; i < ring.length; i++) grown[i] = ring[(head + i) & (ring.length - 1)];
    head = 0;
    tail = ring.length;
    ring = grown;
  }
}

class Tick {
  constructor(callback, args, frame, id, trigger) {
    this[kAsyncId] = id;
    this[kTriggerId] = trigger;
    this.callback = callback;
    this.args = args;
    this.frame = frame;
  }
}
Object.defineProperty(Tick, 'name', { value: 'TickObject' }); // what hooks see

let exiting = false;
/** No tick runs once the process exits. */
function stopTicks() {
  exiting = true;
}

/**
 * Node documentation: process.nextTick(callback[, ...args]).
 * @param {Function} callback
 */
function nextTick(callback, a, b, c) {
  if (typeof callback !== 'function') {
    const { codes: { ERR_INVALID_ARG_TYPE } } = require('./errors');
    throw new ERR_INVALID_ARG_TYPE('callback', 'Function', callback);
  }
  if (exiting) return;
  let args;
  switch (arguments.length) {
    case 1: break;
    case 2: args = [a]; break;
    case 3: args = [a, b]; break;
    case 4: args = [a, b, c]; break;
    default:
      args = new Array(arguments.length - 1);
      for (let i = 1; i < arguments.length; i++) args[i - 1] = arguments[i];
  }
  const { words } = shared;
  const tick = new Tick(callback, args, context.current(), ++words[LAST_ID], words[EXECUTION]);
  if (words[HOOKS] !== 0) ids.emitInit(tick[kAsyncId], 'TickObject', tick[kTriggerId], tick);
  push(tick);
  words[TICKS] = 1;
}

function call(tick) {
  const { callback, args } = tick;
  if (args === undefined) callback();
  else if (args.length === 1) callback(args[0]);
  else callback(...args);
}

/** One whose callback throws stays what runs now until that has been reported. */
function run(tick) {
  if (shared.words[CONTEXT] !== 0) context.enter(tick.frame);
  ids.enter(tick);
  try {
    call(tick);
  } finally {
    ids.emitDestroy(tick[kAsyncId]);
  }
  ids.leave(tick);
}

function runMicrotasks() {
  if (shared.words[CONTEXT] !== 0) context.enter(undefined);
  loop.runMicrotasks();
}

/** Runs ticks and microtasks until neither is left, then reports rejections that nobody handled. */
function runTicks() {
  do {
    while (head !== tail) {
      const tick = ring[head];
      ring[head] = undefined;
      head = (head + 1) & (ring.length - 1);
      if (head === tail) shared.words[TICKS] = 0;
      run(tick);
    }
    runMicrotasks();
  } while (head !== tail || reportRejections());
}

/** Between two timers or immediates: cheap where nothing waits. */
function runTicksBetween() {
  const { words } = shared;
  if (words[TICKS] === 0 && words[REJECTIONS] === 0) runMicrotasks();
  if (words[TICKS] !== 0 || words[REJECTIONS] !== 0) runTicks();
}

class Microtask {
  constructor(callback) {
    this.callback = callback;
    ids.init(this, 'Microtask');
  }
}

/** The engine runs it in no context. */
function runMicrotask(task, frame) {
  context.enter(frame);
  try {
    ids.runIn(task, () => (0, task.callback)(), undefined, []);
  } catch (error) {
    uncaught.uncaught(error);
  } finally {
    ids.emitDestroy(task[kAsyncId]);
    context.enter(undefined);
  }
}

/** https://nodejs.org/docs/latest-v24.x/api/globals.html#queuemicrotaskcallback @param {() => void} callback */
function queueMicrotask(callback) {
  require('./validators').validateFunction(callback, 'callback');
  const frame = context.current();
  const task = new Microtask(callback);
  loop.enqueueMicrotask(() => runMicrotask(task, frame)); // called without arguments and receiver
}

module.exports = { nextTick, queueMicrotask, runTicks, runTicksBetween, stopTicks };
