'use strict';
// Timers and immediates (node:timers, and the globals).
//
// Timers of the same duration expire in the order in which they were started, so each duration has a linked list, and a
// binary heap orders the lists by when their first timer is due: starting and ending a timer is a list operation. One
// uv_timer waits for the top of the heap. Times are whole milliseconds of the loop's clock since the process started.
const loop = internalBinding('loop');
const shared = require('./loop_state');
const context = require('./async_context');
const ids = require('./async_ids');
const { runTicksBetween } = require('./tick');
const drain = internalBinding('drain');
const { TIMER } = drain.kinds;
const { kAsyncId, kTriggerId } = ids;
const { CONTEXT, HOOKS, LAST_ID, EXECUTION, IMMEDIATES, IMMEDIATE_REFS, OUTSTANDING } = shared;
const kPrimitive = Symbol('kHasPrimitive');
const kRefed = Symbol('refed');
const kHolds = Symbol('holds'); // a drain: it is a request's work
const kWants = Symbol('wantsRef'); // what ref() or unref() said last
const kFrame = Symbol('kAsyncContextFrame');

const LONGEST = 2 ** 31 - 1;

class TimersList {
  constructor(duration, expiry) {
    this._idleNext = this;
    this._idlePrev = this;
    this.duration = duration;
    this.expiry = expiry;
    this.age = ++age;
    this.at = 0; // index in the heap
  }
}

let age = 0;

/** Of two that are due together, the list that has waited longer comes first. */
const before = (a, b) => a.expiry < b.expiry || (a.expiry === b.expiry && a.age < b.age);

const lists = new Map();
const heap = [];
let refs = 0;
let due = 0; // what the uv_timer waits for; 0: nothing
let processing = false;
const byId = new Map(); // timers that were turned into a number (clearTimeout(+timer))

function up(at) {
  const list = heap[at];
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(list, heap[parent])) break;
    heap[at] = heap[parent];
    heap[at].at = at;
    at = parent;
  }
  heap[at] = list;
  list.at = at;
}

function down(at) {
  const list = heap[at];
  const half = heap.length >> 1;
  while (at < half) {
    let child = 2 * at + 1;
    if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
    if (!before(heap[child], list)) break;
    heap[at] = heap[child];
    heap[at].at = at;
    at = child;
  }
  heap[at] = list;
  list.at = at;
}

function dropList(list) {
  lists.delete(list.duration);
  const last = heap.pop();
  if (last === list) return;
  heap[list.at] = last;
  last.at = list.at;
  up(last.at);
  down(last.at);
}

function unlink(timer) {
  if (timer._idleNext === null) return;
  timer._idlePrev._idleNext = timer._idleNext;
  timer._idleNext._idlePrev = timer._idlePrev;
  timer._idleNext = null;
  timer._idlePrev = null;
}

function start(timer, now) {
  const duration = timer._idleTimeout;
  timer._idleStart = now;
  let list = lists.get(duration);
  if (list === undefined) {
    list = new TimersList(duration, now + duration);
    lists.set(duration, list);
    heap.push(list);
    up(heap.length - 1);
    if (!processing && (due === 0 || list.expiry < due)) {
      due = list.expiry;
      loop.scheduleTimer(Math.max(1, list.expiry - now));
    }
  }
  const last = list._idlePrev;
  timer._idleNext = list;
  timer._idlePrev = last;
  last._idleNext = timer;
  list._idlePrev = timer;
}

function stop(timer) {
  timer._destroyed = true;
  if (timer[kPrimitive]) {
    byId.delete(timer[kAsyncId]);
    timer[kPrimitive] = false;
  }
  if (timer._idleNext !== null) {
    const list = timer._idleNext === timer._idlePrev && timer._idleNext instanceof TimersList ? timer._idleNext : null;
    unlink(timer);
    if (list !== null && list !== running) dropList(list);
  }
  if (timer[kRefed]) {
    timer[kRefed] = false;
    if (--refs === 0) loop.toggleTimerRef(false);
  }
  release(timer);
  timer._idleTimeout = -1;
  ids.emitDestroy(timer[kAsyncId]);
}

/** A one-shot timer that a request started and that keeps the loop alive holds a drain until it has run. */
function hold(timer) {
  if (timer[kHolds] || !timer[kRefed] || timer._repeat !== null || timer[kFrame].request !== true) return;
  timer[kHolds] = true;
  drain.hold(TIMER);
}

function release(timer) {
  if (!timer[kHolds]) return;
  timer[kHolds] = false;
  drain.release(TIMER);
}

let running = null;

const warned = { negative: false, notANumber: false };

function warnOfDuration(after) {
  const warn = (what, name) => process.emitWarning(`${after} ${what}.\nTimeout duration was set to 1.`, name);
  if (after > LONGEST) {
    warn('does not fit into a 32-bit signed integer', 'TimeoutOverflowWarning');
  } else if (after < 0 && !warned.negative) {
    warned.negative = true;
    warn('is a negative number', 'TimeoutNegativeWarning');
  } else if (Number.isNaN(after) && !warned.notANumber) {
    warned.notANumber = true;
    warn('is not a number', 'TimeoutNaNWarning');
  }
}

/** Node documentation: class Timeout. */
class Timeout {
  constructor(callback, after, args, repeat, ref) {
    if (after === undefined) after = 1;
    else after *= 1;
    if (!(after >= 1 && after <= LONGEST)) {
      warnOfDuration(after);
      after = 1;
    }
    this._idleTimeout = Math.trunc(after);
    this._idlePrev = null;
    this._idleNext = null;
    this._idleStart = 0;
    this._onTimeout = callback;
    this._timerArgs = args;
    this._repeat = repeat ? this._idleTimeout : null;
    this._destroyed = false;
    this[kRefed] = ref;
    this[kPrimitive] = false;
    const { words } = shared;
    this[kAsyncId] = ++words[LAST_ID];
    this[kTriggerId] = words[EXECUTION];
    this[kFrame] = context.carried();
    if (words[HOOKS] !== 0) ids.emitInit(this[kAsyncId], 'Timeout', this[kTriggerId], this);
    if (ref && refs++ === 0) loop.toggleTimerRef(true);
    if (this[kFrame] !== undefined) hold(this);
    start(this, loop.updateNow());
  }

  /** Starts again from now, without a new object. */
  refresh() {
    if (this._destroyed && this._idleTimeout === -1) return this;
    const list = this._idleNext === this._idlePrev && this._idleNext instanceof TimersList ? this._idleNext : null;
    unlink(this);
    if (list !== null && list !== running && list.duration !== this._idleTimeout) dropList(list);
    if (!this[kRefed] && this[kWants] !== false) {
      this[kRefed] = true;
      if (refs++ === 0) loop.toggleTimerRef(true);
    }
    this._destroyed = false;
    if (this[kFrame] !== undefined) hold(this);
    start(this, loop.updateNow());
    return this;
  }

  unref() {
    this[kWants] = false;
    if (this[kRefed]) {
      this[kRefed] = false;
      if (--refs === 0) loop.toggleTimerRef(false);
    }
    release(this);
    return this;
  }

  ref() {
    this[kWants] = true;
    if (!this[kRefed] && !this._destroyed) {
      this[kRefed] = true;
      if (refs++ === 0) loop.toggleTimerRef(true);
    }
    if (this[kFrame] !== undefined) hold(this);
    return this;
  }

  hasRef() {
    return this[kRefed];
  }

  close() {
    clearTimeout(this);
    return this;
  }

  [Symbol.toPrimitive]() {
    if (!this[kPrimitive] && !this._destroyed) {
      this[kPrimitive] = true;
      byId.set(this[kAsyncId], this);
    }
    return this[kAsyncId];
  }
}
Timeout.prototype[kHolds] = false;
Timeout.prototype[kWants] = undefined;
if (Symbol.dispose) {
  Timeout.prototype[Symbol.dispose] = function dispose() { clearTimeout(this); };
}

function fire(timer) {
  const { _timerArgs: args } = timer;
  if (!timer._onTimeout) return; // the program has taken it away
  if (args === undefined) timer._onTimeout();
  else timer._onTimeout(...args);
}

/** Where its callback throws, it stays what runs now until that has been reported. */
function runTimer(timer) {
  const tracked = timer[kFrame] !== undefined || shared.words[CONTEXT] !== 0;
  if (tracked) context.enter(timer[kFrame]);
  ids.enter(timer);
  try {
    fire(timer);
  } finally {
    if (timer._repeat !== null && timer._idleTimeout !== -1 && timer._onTimeout) {
      if (timer._idleNext === null) {
        timer._idleTimeout = timer._repeat;
        start(timer, loop.updateNow());
      }
    } else if (timer._idleNext === null && !timer._destroyed) {
      stop(timer);
    }
  }
  ids.leave(timer);
  if (tracked) context.enter(undefined);
}

/** Called by C when the uv_timer is due; again where a callback threw. Asks for the next time itself. */
function processTimers() {
  let ran = false;
  processing = true;
  try {
    let now = loop.now();
    for (let list = heap[0]; list !== undefined; list = heap[0]) {
      if (list.expiry > now) {
        now = loop.updateNow();
        if (list.expiry > now) break;
      }
      running = list;
      let timer = list._idleNext;
      while (timer !== list) {
        if (now - timer._idleStart < list.duration) {
          now = loop.updateNow();
          if (now - timer._idleStart < list.duration) break;
        }
        if (ran) {
          runTicksBetween();
          if (list._idleNext !== timer) { // a tick cleared it
            timer = list._idleNext;
            continue;
          }
        }
        ran = true;
        unlink(timer);
        runTimer(timer);
        timer = list._idleNext;
      }
      running = null;
      settle(list, now);
    }
  } finally {
    // After an exception the rest of the list is still due, before all that is due later.
    if (running !== null && running._idleNext === running) settle(running, 0);
    running = null;
    processing = false;
  }
  due = heap.length === 0 ? 0 : heap[0].expiry;
  if (due !== 0) loop.scheduleTimer(Math.max(1, due - loop.now()));
}

/** After a list ran: drop it, or move it to where its first timer belongs. */
function settle(list, now) {
  if (list._idleNext === list) {
    if (lists.get(list.duration) === list) dropList(list);
    return;
  }
  list.expiry = Math.max(list._idleNext._idleStart + list.duration, now + 1);
  list.age = ++age;
  down(list.at);
  up(list.at);
}

// ---- immediates ---------------------------------------------------------------------------------------------------

let first = null;
let last = null;
let rest = null; // what an exception left over

class Immediate {
  constructor(callback, args) {
    this._idleNext = null;
    this._idlePrev = null;
    this._onImmediate = callback;
    this._argv = args;
    this._destroyed = false;
    this[kRefed] = false;
    const { words } = shared;
    this[kAsyncId] = ++words[LAST_ID];
    this[kTriggerId] = words[EXECUTION];
    this[kFrame] = context.carried();
    if (words[HOOKS] !== 0) ids.emitInit(this[kAsyncId], 'Immediate', this[kTriggerId], this);
    this.ref();
    words[IMMEDIATES]++;
    if (last === null) first = this;
    else {
      last._idleNext = this;
      this._idlePrev = last;
    }
    last = this;
  }

  ref() {
    if (!this[kRefed] && !this._destroyed) {
      this[kRefed] = true;
      if (shared.words[IMMEDIATE_REFS]++ === 0) loop.toggleImmediateRef(true);
    }
    return this;
  }

  unref() {
    if (this[kRefed]) {
      this[kRefed] = false;
      if (--shared.words[IMMEDIATE_REFS] === 0) loop.toggleImmediateRef(false);
    }
    return this;
  }

  hasRef() {
    return this[kRefed];
  }
}
if (Symbol.dispose) {
  Immediate.prototype[Symbol.dispose] = function dispose() { clearImmediate(this); };
}

function fireImmediate(immediate) {
  const args = immediate._argv;
  if (args === undefined) immediate._onImmediate();
  else immediate._onImmediate(...args);
}

/** Called by C once a turn of the loop, and again where a callback threw. Runs those queued before it began. */
function processImmediates() {
  const { words } = shared;
  let next = rest ?? first;
  if (rest === null) first = last = null;
  rest = null;
  words[OUTSTANDING] = 0;
  let ran = false;
  while (next !== null) {
    const immediate = next;
    if (immediate._destroyed) {
      next = immediate._idleNext;
      continue;
    }
    if (ran) {
      rest = immediate; // if a tick throws
      words[OUTSTANDING] = 1;
      runTicksBetween();
      rest = null;
      words[OUTSTANDING] = 0;
      if (immediate._destroyed) {
        next = immediate._idleNext;
        continue;
      }
    }
    ran = true;
    next = immediate._idleNext;
    runImmediate(immediate, next);
    // What cleared the next one in its place in the list.
    next = immediate._idleNext;
  }
}

function runImmediate(immediate, next) {
  const { words } = shared;
  immediate._destroyed = true;
  words[IMMEDIATES]--;
  immediate.unref();
  const tracked = immediate[kFrame] !== undefined || words[CONTEXT] !== 0;
  if (tracked) context.enter(immediate[kFrame]);
  ids.enter(immediate);
  let done = false;
  try {
    fireImmediate(immediate);
    done = true;
  } finally {
    ids.emitDestroy(immediate[kAsyncId]);
    immediate._onImmediate = null;
    if (!done) {
      rest = next;
      if (next !== null) words[OUTSTANDING] = 1;
    }
  }
  ids.leave(immediate);
  if (tracked) context.enter(undefined);
}

// ---- the functions ------------------------------------------------------------------------------------------------

function checkCallback(callback) {
  if (typeof callback === 'function') return;
  const { codes: { ERR_INVALID_ARG_TYPE } } = require('./errors');
  throw new ERR_INVALID_ARG_TYPE('callback', 'Function', callback);
}

/** Node documentation: setTimeout(callback[, delay[, ...args]]). @returns {Timeout} */
function setTimeout(callback, delay, ...args) {
  checkCallback(callback);
  return new Timeout(callback, delay, args.length === 0 ? undefined : args, false, true);
}

/** Node documentation: setInterval(callback[, delay[, ...args]]). @returns {Timeout} */
function setInterval(callback, delay, ...args) {
  checkCallback(callback);
  return new Timeout(callback, delay, args.length === 0 ? undefined : args, true, true);
}

/** Node documentation: setImmediate(callback[, ...args]). @returns {Immediate} */
function setImmediate(callback, ...args) {
  checkCallback(callback);
  return new Immediate(callback, args.length === 0 ? undefined : args);
}

/** @param {Timeout | string | number} timer */
function clearTimeout(timer) {
  if (timer instanceof Timeout) {
    if (timer._idleTimeout === -1) return;
    timer._repeat = null;
    stop(timer);
  } else if (typeof timer === 'number' || typeof timer === 'string') {
    const known = byId.get(Number(timer));
    if (known !== undefined) clearTimeout(known);
  }
}

/** @param {Immediate} immediate */
function clearImmediate(immediate) {
  if (!(immediate instanceof Immediate) || immediate._destroyed) return;
  immediate._destroyed = true;
  shared.words[IMMEDIATES]--;
  immediate.unref();
  ids.emitDestroy(immediate[kAsyncId]);
  if (first === immediate || last === immediate || immediate._idlePrev !== null) {
    if (first === immediate) first = immediate._idleNext;
    if (last === immediate) last = immediate._idlePrev;
    if (immediate._idlePrev !== null) immediate._idlePrev._idleNext = immediate._idleNext;
    if (immediate._idleNext !== null) immediate._idleNext._idlePrev = immediate._idlePrev;
  }
}

/** An internal timer that does not keep the loop alive. */
function setUnrefTimeout(callback, delay) {
  return new Timeout(callback, delay, undefined, false, false).unref();
}

/** @returns {{ timers: number, immediates: number }} those that keep the loop alive */
const counts = () => ({ timers: refs, immediates: shared.words[IMMEDIATE_REFS] });

module.exports = {
  counts,
  Timeout, Immediate, setTimeout, setInterval, setImmediate, clearTimeout, clearInterval: clearTimeout, clearImmediate,
  setUnrefTimeout, processTimers, processImmediates,
};
