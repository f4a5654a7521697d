'use strict';
// Timers and immediates (node:timers, and the globals).
//
// Timers of the same duration expire in the order in which they were started, so each duration has a linked list, and a
// binary heap orders the lists by when their first timer is due: starting and ending a timer is a list operation. One
// uv_timer waits for the top of the heap. Times are whole milliseconds of the loop's clock since the process started.
const loop = internalBinding('loop');
const shared = require('./loop_state');
const context = require('./async_context');
const hooks = require('./async_ids');
const { runTicksBetween } = require('./tick');
const drain = internalBinding('drain');
const { TIMER } = drain.kinds;

const LONGEST = 2 ** 31 - 1;

class List {
  constructor(duration, expiry) {
    this._idleNext = this;
    this._idlePrev = this;
    this.duration = duration;
    this.expiry = expiry;
    this.at = 0; // index in the heap
  }
}

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
    if (heap[parent].expiry <= list.expiry) break;
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
    if (child + 1 < heap.length && heap[child + 1].expiry < heap[child].expiry) child++;
    if (heap[child].expiry >= list.expiry) break;
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
    list = new List(duration, now + duration);
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
  if (timer._known) {
    byId.delete(timer.asyncId);
    timer._known = false;
  }
  if (timer._idleNext !== null) {
    const list = timer._idleNext === timer._idlePrev && timer._idleNext instanceof List ? timer._idleNext : null;
    unlink(timer);
    if (list !== null && list !== running) dropList(list);
  }
  if (timer._counted) {
    timer._counted = false;
    if (--refs === 0) loop.toggleTimerRef(false);
  }
  if (timer._holds) release(timer);
  timer._idleTimeout = -1;
  if (hooks.active) hooks.destroy(timer.asyncId);
}

/** A one-shot timer that a request started and that keeps the loop alive holds a drain until it has run. */
function hold(timer) {
  if (timer._holds || !timer._counted || timer._repeat !== null || timer._frame.request !== true) return;
  timer._holds = true;
  drain.hold(TIMER);
}

function release(timer) {
  timer._holds = false;
  drain.release(TIMER);
}

let running = null;

/** Node documentation: class Timeout. */
class Timeout {
  constructor(callback, after, args, repeat, ref) {
    after *= 1;
    if (!(after >= 1 && after <= LONGEST)) {
      if (after > LONGEST) {
        process.emitWarning(`${after} does not fit into a 32-bit signed integer.\nTimeout duration was set to 1.`,
          'TimeoutOverflowWarning');
      }
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
    this._counted = ref;
    this._known = false;
    this._frame = context.carried();
    this._holds = false; // a drain: it is a request's work
    this.asyncId = 0;
    this.triggerId = 0;
    if (hooks.active) hooks.init(this, 'Timeout');
    if (ref && refs++ === 0) loop.toggleTimerRef(true);
    if (this._frame !== undefined) hold(this);
    start(this, loop.now());
  }

  /** Starts again from now, without a new object. */
  refresh() {
    if (this._destroyed && this._idleTimeout === -1) return this;
    const list = this._idleNext === this._idlePrev && this._idleNext instanceof List ? this._idleNext : null;
    unlink(this);
    if (list !== null && list !== running && list.duration !== this._idleTimeout) dropList(list);
    if (!this._counted && this._wantsRef !== false) {
      this._counted = true;
      if (refs++ === 0) loop.toggleTimerRef(true);
    }
    this._destroyed = false;
    if (this._frame !== undefined) hold(this);
    start(this, loop.now());
    return this;
  }

  unref() {
    this._wantsRef = false;
    if (this._counted) {
      this._counted = false;
      if (--refs === 0) loop.toggleTimerRef(false);
    }
    if (this._holds) release(this);
    return this;
  }

  ref() {
    this._wantsRef = true;
    if (!this._counted && !this._destroyed) {
      this._counted = true;
      if (refs++ === 0) loop.toggleTimerRef(true);
    }
    if (this._frame !== undefined) hold(this);
    return this;
  }

  hasRef() {
    return this._counted;
  }

  close() {
    clearTimeout(this);
    return this;
  }

  [Symbol.toPrimitive]() {
    if (this.asyncId === 0) this.asyncId = hooks.newId();
    if (!this._known && !this._destroyed) {
      this._known = true;
      byId.set(this.asyncId, this);
    }
    return this.asyncId;
  }
}
Timeout.prototype._wantsRef = undefined;
if (Symbol.dispose) {
  Timeout.prototype[Symbol.dispose] = function dispose() { clearTimeout(this); };
}

function fire(timer) {
  const { _timerArgs: args } = timer;
  if (args === undefined) timer._onTimeout();
  else timer._onTimeout(...args);
}

function runTimer(timer) {
  const tracked = timer._frame !== undefined || shared.words[shared.CONTEXT] !== 0;
  if (tracked) context.enter(timer._frame);
  try {
    if (hooks.active) hooks.runIn(timer, fire, undefined, [timer]);
    else fire(timer);
  } finally {
    if (tracked) context.enter(undefined);
    if (timer._repeat !== null && timer._idleTimeout !== -1) {
      if (timer._idleNext === null) {
        timer._idleTimeout = timer._repeat;
        start(timer, loop.now());
      }
    } else if (timer._idleNext === null && !timer._destroyed) {
      stop(timer);
    }
  }
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
    if (running !== null) settle(running, loop.now());
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
  list.expiry = Math.max(list._idleNext._idleStart + list.duration, now);
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
    this._counted = false;
    this._frame = context.carried();
    this.asyncId = 0;
    this.triggerId = 0;
    if (hooks.active) hooks.init(this, 'Immediate');
    this.ref();
    shared.words[shared.IMMEDIATES]++;
    if (last === null) first = this;
    else {
      last._idleNext = this;
      this._idlePrev = last;
    }
    last = this;
  }

  ref() {
    if (!this._counted && !this._destroyed) {
      this._counted = true;
      if (shared.words[shared.IMMEDIATE_REFS]++ === 0) loop.toggleImmediateRef(true);
    }
    return this;
  }

  unref() {
    if (this._counted) {
      this._counted = false;
      if (--shared.words[shared.IMMEDIATE_REFS] === 0) loop.toggleImmediateRef(false);
    }
    return this;
  }

  hasRef() {
    return this._counted;
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

/** Called by C once a turn of the loop. Runs those queued before it began. */
function processImmediates() {
  let next = rest ?? first;
  if (rest === null) first = last = null;
  rest = null;
  let ran = false;
  while (next !== null) {
    const immediate = next;
    next = immediate._idleNext;
    if (immediate._destroyed) continue;
    if (ran) {
      rest = immediate;
      runTicksBetween();
      rest = null;
      if (immediate._destroyed) continue;
    }
    ran = true;
    immediate._destroyed = true;
    shared.words[shared.IMMEDIATES]--;
    immediate.unref();
    const tracked = immediate._frame !== undefined || shared.words[shared.CONTEXT] !== 0;
    if (tracked) context.enter(immediate._frame);
    let done = false;
    try {
      if (hooks.active) hooks.runIn(immediate, fireImmediate, undefined, [immediate]);
      else fireImmediate(immediate);
      done = true;
    } finally {
      if (tracked) context.enter(undefined);
      if (hooks.active) hooks.destroy(immediate.asyncId);
      if (!done) rest = next;
    }
  }
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
  shared.words[shared.IMMEDIATES]--;
  immediate.unref();
  if (hooks.active) hooks.destroy(immediate.asyncId);
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

module.exports = {
  Timeout, Immediate, setTimeout, setInterval, setImmediate, clearTimeout, clearInterval: clearTimeout, clearImmediate,
  setUnrefTimeout, processTimers, processImmediates,
};
