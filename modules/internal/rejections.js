'use strict';
// Promises that were rejected and that nobody handled (Node documentation: process events 'unhandledRejection',
// 'rejectionHandled'; --unhandled-rejections). The engine tells of them at any time; they are reported when ticks and
// microtasks have run.
const shared = require('./loop_state');
const context = require('./async_context');
const ids = require('./async_ids');
const { uncaught } = require('./uncaught');

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
    }
  } else {
    // Listeners are the program's: not here, in the middle of a call to resolve.
    if (process.listenerCount('multipleResolves') === 0) return;
    const what = event === AFTER_RESOLVED ? 'reject' : 'resolve';
    process.nextTick(() => process.emit('multipleResolves', what, promise, reason));
  }
}

let mode = 'throw';
/** --unhandled-rejections=MODE @returns {boolean} false: there is no such mode */
function setRejectionMode(name) {
  if (!Object.hasOwn(modes, name)) return false;
  mode = name;
  return true;
}

const isErrorLike = (reason) => typeof reason === 'object' && reason !== null && Object.hasOwn(reason, 'stack');

/** Calls no code of the program's. */
function describe(reason) {
  if (typeof reason === 'function') return Function.prototype.toString.call(reason);
  if (typeof reason !== 'object' || reason === null) return String(reason);
  return `#<${reason.constructor?.name ?? 'Object'}>`;
}

const ORIGIN = 'This error originated either by throwing inside of an async function without a catch block, or by ' +
  'rejecting a promise which was not handled with .catch().';
const ADVICE = `${ORIGIN} To terminate the node process on unhandled promise rejection, use the CLI flag ` +
  '`--unhandled-rejections=strict` (see https://nodejs.org/api/cli.html#cli_unhandled_rejections_mode).';

function warnUnhandled(entry) {
  const warning = new Error(`Unhandled promise rejection. ${ADVICE} (rejection id: ${entry.uid})`);
  warning.name = 'UnhandledPromiseRejectionWarning';
  const { reason } = entry;
  try {
    if (isErrorLike(reason)) {
      warning.stack = reason.stack;
      process.emitWarning(reason.stack, 'UnhandledPromiseRejectionWarning');
    } else {
      process.emitWarning(describe(reason), 'UnhandledPromiseRejectionWarning');
    }
  } catch { /* a stack that is no text */ }
  process.emitWarning(warning);
}

function raise(entry) {
  const { reason } = entry;
  if (isErrorLike(reason)) {
    uncaught(reason, true);
    return;
  }
  const error = new Error(`${ORIGIN} The promise rejected with the reason "${describe(reason)}".`);
  error.code = 'ERR_UNHANDLED_REJECTION';
  error.name = 'UnhandledPromiseRejection';
  uncaught(error, true);
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

function reportLate(entry) {
  if (process.emit('rejectionHandled', entry.promise)) return;
  const warning = new Error(`Promise rejection was handled asynchronously (rejection id: ${entry.uid})`);
  warning.name = 'PromiseRejectionHandledWarning';
  warning.id = entry.uid;
  process.emitWarning(warning);
}

/** As the execution of the promise, in the context in which it was rejected. */
function report(entry) {
  if (shared.words[shared.CONTEXT] !== 0) context.enter(entry.frame);
  const { promise } = entry;
  if (promise[ids.kAsyncId] === undefined) modes[mode](entry);
  else ids.runIn(promise, modes[mode], modes, [entry]);
}

/** @returns {boolean} whether something ran that may have queued ticks and microtasks */
function reportRejections() {
  shared.words[shared.REJECTIONS] = 0;
  let ran = false;
  while (late.length > 0) {
    ran = true;
    reportLate(late.shift());
  }
  const list = pending;
  pending = [];
  for (let i = 0; i < list.length; i++) {
    const entry = list[i];
    if (known.get(entry.promise) !== entry) continue;
    entry.warned = true;
    ran = true;
    try {
      report(entry);
    } catch (error) {
      uncaught(error);
    }
  }
  return ran || pending.length > 0;
}

module.exports = { onRejection, setRejectionMode, reportRejections };
