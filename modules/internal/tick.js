'use strict';
// process.nextTick and unhandled rejections. C calls runTicks after a callback when a word of loop_state says so.
const shared = require('./loop_state');
const context = require('./async_context');
const hooks = require('./async_ids');
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
  constructor(callback, args, frame) {
    this.callback = callback;
    this.args = args;
    this.frame = frame;
    this.asyncId = 0;
    this.triggerId = 0;
  }
}

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
  const tick = new Tick(callback, args, context.current());
  if (hooks.active) hooks.init(tick, 'TickObject');
  push(tick);
  shared.words[shared.TICKS] = 1;
}

function call(tick) {
  const { callback, args } = tick;
  if (args === undefined) callback();
  else if (args.length === 1) callback(args[0]);
  else callback(...args);
}

/** Runs ticks and microtasks until neither is left, then reports rejections that nobody handled. */
function runTicks() {
  do {
    while (head !== tail) {
      const tick = ring[head];
      ring[head] = undefined;
      head = (head + 1) & (ring.length - 1);
      if (head === tail) shared.words[shared.TICKS] = 0;
      const tracked = shared.words[shared.CONTEXT] !== 0;
      if (tracked) context.enter(tick.frame);
      try {
        if (hooks.active) hooks.runIn(tick, call, undefined, [tick]);
        else call(tick);
      } finally {
        if (tracked) context.enter(undefined);
      }
    }
    loop.runMicrotasks();
  } while (head !== tail || reportRejections());
}

/** Between two timers or immediates: cheap where nothing waits. */
function runTicksBetween() {
  if (shared.words[shared.TICKS] === 0 && shared.words[shared.REJECTIONS] === 0) loop.runMicrotasks();
  if (shared.words[shared.TICKS] !== 0 || shared.words[shared.REJECTIONS] !== 0) runTicks();
}

// ---- rejections ---------------------------------------------------------------------------------------------------

const { UNHANDLED, HANDLED, AFTER_RESOLVED } = internalBinding('loop').rejections;

let pending = []; // { promise, reason, uid, warned, frame }
const known = new WeakMap(); // promise → its entry
let late = []; // handled after they were reported
let lastUid = 0;

/** From the engine, at any time: only remembers. */
function onRejection(event, promise, reason) {
  if (event === UNHANDLED) {
    const entry = { promise, reason, uid: ++lastUid, warned: false, frame: context.current() };
    known.set(promise, entry);
    pending.push(entry);
    shared.words[shared.REJECTIONS] = 1;
  } else if (event === HANDLED) {
    const entry = known.get(promise);
    if (entry === undefined) return;
    known.delete(promise);
    if (entry.warned) {
      late.push(entry);
      shared.words[shared.REJECTIONS] = 1;
    } else {
      const at = pending.indexOf(entry);
      if (at >= 0) pending.splice(at, 1);
    }
  } else {
    // Listeners are the program's: not here, in the middle of a call to resolve.
    if (process.listenerCount('multipleResolves') === 0) return;
    nextTick(() => process.emit('multipleResolves', event === AFTER_RESOLVED ? 'reject' : 'resolve', promise, reason));
  }
}

let mode = 'throw';
/** --unhandled-rejections=throw|strict|warn|none|warn-with-error-code */
function setRejectionMode(name) {
  mode = name;
}

function describe(reason) {
  const { inspect } = require('../node/util');
  return inspect(reason);
}

function warnUnhandled(entry) {
  const warning = new Error(
    'Unhandled promise rejection. This error originated either by throwing inside of an async function without a ' +
    'catch block, or by rejecting a promise which was not handled with .catch(). To terminate the node process on ' +
    'unhandled promise rejection, use the CLI flag `--unhandled-rejections=strict` (see ' +
    'https://nodejs.org/api/cli.html#cli_unhandled_rejections_mode). (rejection id: ' + entry.uid + ')');
  warning.name = 'UnhandledPromiseRejectionWarning';
  const { reason } = entry;
  process.emitWarning(reason instanceof Error ? reason.stack : describe(reason), 'UnhandledPromiseRejectionWarning');
  process.emitWarning(warning);
}

function raise(entry) {
  const { reason } = entry;
  const { uncaught } = require('./uncaught');
  if (reason instanceof Error || (typeof reason === 'object' && reason !== null && typeof reason.stack === 'string')) {
    uncaught(reason, true);
    return;
  }
  const { codes: { ERR_UNHANDLED_REJECTION } } = require('./errors');
  const text = typeof reason === 'object' && reason !== null ? `#<${reason.constructor?.name ?? 'Object'}>` : String(reason);
  uncaught(new ERR_UNHANDLED_REJECTION(text), true);
}

const emitUnhandled = (entry) => process.emit('unhandledRejection', entry.reason, entry.promise);

const modes = {
  throw(entry) {
    if (!emitUnhandled(entry)) raise(entry);
  },
  strict(entry) {
    raise(entry);
    if (!emitUnhandled(entry)) warnUnhandled(entry);
  },
  warn(entry) {
    emitUnhandled(entry);
    warnUnhandled(entry);
  },
  none: emitUnhandled,
  'warn-with-error-code'(entry) {
    if (emitUnhandled(entry)) return;
    warnUnhandled(entry);
    process.exitCode = 1;
  },
};

/** @returns {boolean} whether something ran that may have queued ticks */
function reportRejections() {
  shared.words[shared.REJECTIONS] = 0;
  let ran = false;
  while (late.length > 0) {
    const entry = late.shift();
    ran = true;
    if (mode === 'throw' || mode === 'none') process.emit('rejectionHandled', entry.promise);
    else {
      const warning = new Error(`Promise rejection was handled asynchronously (rejection id: ${entry.uid})`);
      warning.name = 'PromiseRejectionHandledWarning';
      warning.id = entry.uid;
      process.emit('rejectionHandled', entry.promise);
      process.emitWarning(warning);
    }
  }
  const list = pending;
  pending = [];
  for (const entry of list) {
    if (!known.has(entry.promise)) continue;
    entry.warned = true;
    ran = true;
    if (entry.frame !== undefined) context.runIn(entry.frame, modes[mode], modes, [entry]);
    else modes[mode](entry);
  }
  return ran && (head !== tail || pending.length > 0 || late.length > 0);
}

/** https://nodejs.org/docs/latest-v24.x/api/globals.html#queuemicrotaskcallback @param {() => void} callback */
function queueMicrotask(callback) {
  require('./validators').validateFunction(callback, 'callback');
  const bound = context.bind(callback);
  loop.enqueueMicrotask(() => bound()); // called without arguments and receiver
}

module.exports = { nextTick, queueMicrotask, runTicks, runTicksBetween, stopTicks, onRejection, setRejectionMode };
