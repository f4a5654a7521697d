'use strict';
// Mocked time (Node documentation: class MockTimers): setTimeout, setInterval, setImmediate, their promises, scheduler.wait
// and Date follow one clock that only tick, runAll and setTime move.
const platform = require('./platform');
const {
  AbortError, codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_STATE },
} = require('../errors');
const { validateAbortSignal, validateArray, validateNumber, validateObject, validateString } = require('../validators');

const LONGEST = 2 ** 31 - 1;
const SUPPORTED = ['setTimeout', 'setInterval', 'setImmediate', 'Date', 'scheduler.wait', 'AbortSignal.timeout'];
const DEFAULT = SUPPORTED;

const { Date: RealDate } = globalThis;

/** A timer of the mocked clock. */
class Timeout {
  #clock;

  constructor(clock, id, at, callback, args, interval) {
    this.#clock = clock;
    this.id = id;
    this.runAt = at;
    this.callback = callback;
    this.args = args;
    this.interval = interval;
    this.referenced = true;
  }

  hasRef() { return this.referenced; }
  ref() {
    this.referenced = true;
    return this;
  }
  unref() {
    this.referenced = false;
    return this;
  }
  refresh() {
    this.#clock.refresh(this);
    return this;
  }
  close() {
    this.#clock.clear(this);
    return this;
  }
  [Symbol.toPrimitive]() { return this.id; }
  [Symbol.dispose]() { this.#clock.clear(this); }
}

/** What waits on the mocked time, in the order in which it is due. */
class Clock {
  now;
  #timers = [];
  #lastId = 1;

  constructor(now) { this.now = now; }

  add(callback, delay, args, interval) {
    const timer = new Timeout(this, this.#lastId++, this.now + delay, callback, args, interval);
    timer.delay = delay;
    this.#insert(timer);
    return timer;
  }

  #insert(timer) {
    let at = this.#timers.length;
    while (at > 0 && this.#timers[at - 1].runAt > timer.runAt) at--;
    this.#timers.splice(at, 0, timer);
  }

  clear(timer) {
    if (timer === null || timer === undefined) return;
    const at = this.#timers.findIndex((one) => one === timer || one.id === Number(timer));
    if (at !== -1) this.#timers.splice(at, 1);
    if (timer instanceof Timeout) {
      timer.interval = undefined;
      timer.cleared = true;
    }
  }

  refresh(timer) {
    if (timer.cleared) return;
    const at = this.#timers.indexOf(timer);
    if (at !== -1) this.#timers.splice(at, 1);
    timer.runAt = this.now + timer.delay;
    this.#insert(timer);
  }

  get last() { return this.#timers.at(-1); }

  /** Moves the time, and runs what becomes due on the way. */
  advance(ms) {
    const end = this.now + ms;
    while (this.#timers.length > 0 && this.#timers[0].runAt <= end) {
      const timer = this.#timers.shift();
      this.now = Math.max(this.now, timer.runAt);
      if (timer.interval !== undefined) {
        timer.runAt += timer.interval;
        this.#insert(timer);
      }
      Reflect.apply(timer.callback, undefined, timer.args);
    }
    this.now = end;
  }
}

function delayOf(delay) {
  delay *= 1;
  return delay >= 1 && delay <= LONGEST ? Math.trunc(delay) : 1;
}

function makeDate(clock) {
  function MockDate(year, month, date, hours, minutes, seconds, ms) {
    if (new.target === undefined) return new RealDate(clock.now).toString();
    const args = arguments.length === 0 ? [clock.now] : [year, month, date, hours, minutes, seconds, ms].slice(0, arguments.length);
    return Reflect.construct(RealDate, args, new.target === MockDate ? RealDate : new.target);
  }
  Object.defineProperties(MockDate, Object.getOwnPropertyDescriptors(RealDate));
  Object.defineProperty(MockDate, 'now', { __proto__: null, configurable: true, enumerable: false, writable: true, value: function now() {
    return clock.now;
  } });
  Object.defineProperty(MockDate, 'toString', {
    __proto__: null, configurable: true, enumerable: false, writable: true, value: function toString() { return Function.prototype.toString.call(RealDate); },
  });
  Object.defineProperty(MockDate, Symbol.hasInstance, { __proto__: null, value: (value) => value instanceof RealDate });
  Object.defineProperty(MockDate, 'isMock', { __proto__: null, configurable: false, enumerable: false, writable: false, value: true });
  return MockDate;
}

/** timers/promises on the mocked clock. */
function promised(clock, begin) {
  return function wait(value, options) {
    const { signal } = options ?? {};
    try {
      if (options !== undefined) validateObject(options, 'options');
      validateAbortSignal(signal, 'options.signal');
    } catch (error) {
      return Promise.reject(error);
    }
    if (signal?.aborted) return Promise.reject(new AbortError(undefined, { cause: signal.reason }));
    return new Promise((resolve, reject) => {
      const timer = begin(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve(value);
      });
      function onAbort() {
        clock.clear(timer);
        reject(new AbortError(undefined, { cause: signal.reason }));
      }
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  };
}

const AsyncIterator = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype));

/** An iterator that begins to wait at once, not with the first next(). */
function startedInterval(clock, delay, value, options) {
  const { signal } = options ?? {};
  const results = [];
  const waiting = [];
  let failure, over = false;
  try {
    if (options !== undefined) validateObject(options, 'options');
    validateAbortSignal(signal, 'options.signal');
  } catch (error) {
    failure = error;
  }
  if (failure === undefined && signal?.aborted) failure = new AbortError(undefined, { cause: signal.reason });
  const interval = failure !== undefined ? undefined : clock.add(() => {
    const next = waiting.shift();
    if (next !== undefined) next.resolve({ done: false, value });
    else results.push(value);
  }, delayOf(delay), [], delayOf(delay));
  const onAbort = () => {
    clock.clear(interval);
    failure = new AbortError(undefined, { cause: signal.reason });
    for (const next of waiting.splice(0)) next.reject(failure);
  };
  if (failure === undefined) signal?.addEventListener('abort', onAbort, { once: true });
  const end = () => {
    over = true;
    clock.clear(interval);
    signal?.removeEventListener('abort', onAbort);
    for (const next of waiting.splice(0)) next.resolve({ done: true, value: undefined });
  };
  return {
    __proto__: AsyncIterator,
    next() {
      if (results.length > 0) return Promise.resolve({ done: false, value: results.shift() });
      if (failure !== undefined) return Promise.reject(failure);
      if (over) return Promise.resolve({ done: true, value: undefined });
      const next = Promise.withResolvers();
      waiting.push(next);
      return next.promise;
    },
    return(result) {
      end();
      return Promise.resolve({ done: true, value: result });
    },
    throw(error) {
      end();
      return Promise.reject(error);
    },
  };
}

/** What replaces each API: [object, name, replacement]. */
const replacements = {
  __proto__: null,
  setTimeout(clock) {
    const wait = (delay) => promised(clock, (done) => clock.add(done, delayOf(delay), []));
    const set = (callback, delay, ...args) => clock.add(callback, delayOf(delay), args);
    return bothTimers('setTimeout', set, 'clearTimeout', clock).concat([
      [platform['timers/promises'], 'setTimeout', (delay, value, options) => wait(delay)(value, options)],
    ]);
  },
  setInterval(clock) {
    const set = (callback, delay, ...args) => clock.add(callback, delayOf(delay), args, delayOf(delay));
    return bothTimers('setInterval', set, 'clearInterval', clock).concat([
      [platform['timers/promises'], 'setInterval', (delay, value, options) => startedInterval(clock, delay, value, options)],
    ]);
  },
  setImmediate(clock) {
    const set = (callback, ...args) => clock.add(callback, 0, args);
    const wait = promised(clock, (done) => clock.add(done, 0, []));
    return bothTimers('setImmediate', set, 'clearImmediate', clock).concat([
      [platform['timers/promises'], 'setImmediate', (value, options) => wait(value, options)],
    ]);
  },
  'scheduler.wait'(clock) {
    return [[platform['timers/promises'].scheduler, 'wait', (delay, options) =>
      promised(clock, (done) => clock.add(done, delayOf(delay), []))(undefined, options)]];
  },
  'AbortSignal.timeout'(clock) {
    return [[AbortSignal, 'timeout', (delay) => {
      validateNumber(delay, 'delay', 0, Number.MAX_SAFE_INTEGER);
      const controller = new AbortController();
      clock.add(() => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')), delay, []);
      return controller.signal;
    }]];
  },
  Date: (clock) => [[globalThis, 'Date', makeDate(clock)]],
};

function bothTimers(setName, set, clearName, clock) {
  const clear = (timer) => clock.clear(timer);
  const out = [];
  for (const target of [globalThis, platform.timers]) out.push([target, setName, set], [target, clearName, clear]);
  return out;
}

class MockTimers {
  #clock = null;
  #restore = [];

  #enabled() {
    if (this.#clock === null) throw new ERR_INVALID_STATE('You should enable MockTimers first by calling the .enable function');
    return this.#clock;
  }

  /** @param {{ apis?: string[], now?: number | Date }} [options] */
  enable(options = { __proto__: null, apis: DEFAULT, now: 0 }) {
    const { apis = DEFAULT } = options;
    let { now = 0 } = options;
    if (this.#clock !== null) throw new ERR_INVALID_STATE('MockTimers is already enabled!');
    if (Number.isNaN(now)) throw new ERR_INVALID_ARG_VALUE('now', now, 'epoch must be a positive integer received NaN');
    if (now instanceof RealDate) now = now.valueOf();
    if (typeof now !== 'number') throw new ERR_INVALID_ARG_TYPE('options.now', ['number', 'Date'], now);
    if (now < 0) throw new ERR_INVALID_ARG_VALUE('now', now, 'epoch must be a positive integer');
    validateArray(apis, 'options.apis');
    apis.forEach((api, i) => {
      validateString(api, `options.apis[${i}]`);
      if (!SUPPORTED.includes(api)) throw new ERR_INVALID_ARG_VALUE('options.apis', api, `option ${api} is not supported`);
    });
    if (globalThis.Date.isMock && apis.includes('Date')) throw new ERR_INVALID_STATE('Date is already being mocked!');
    const clock = new Clock(now);
    this.#clock = clock;
    for (const api of apis) {
      for (const [target, name, value] of replacements[api](clock)) {
        const descriptor = Object.getOwnPropertyDescriptor(target, name) ?? { value: target[name], writable: true, configurable: true };
        const own = Object.hasOwn(target, name);
        Object.defineProperty(target, name, {
          __proto__: null, configurable: true, enumerable: descriptor.enumerable, writable: true, value,
        });
        this.#restore.push(() => {
          if (own) Object.defineProperty(target, name, descriptor);
          else delete target[name];
        });
      }
    }
  }

  /** Sets the time without running anything. @param {number} [milliseconds] */
  setTime(milliseconds = 0) {
    validateNumber(milliseconds, 'time');
    if (milliseconds < 0) throw new ERR_INVALID_ARG_VALUE('time', milliseconds, 'must be a positive integer');
    this.#enabled().now = milliseconds;
  }

  /** @param {number} [time] ms to go on */
  tick(time = 1) {
    if (time < 0) throw new ERR_INVALID_ARG_VALUE('time', 'positive integer', time);
    this.#enabled().advance(time);
  }

  /** Runs what waits, and moves the time to the last of it. */
  runAll() {
    const clock = this.#enabled();
    const { last } = clock;
    if (last !== undefined) clock.advance(Math.max(0, last.runAt - clock.now));
  }

  reset() {
    for (const restore of this.#restore.reverse()) restore();
    this.#restore = [];
    this.#clock = null;
  }

  [Symbol.dispose]() { this.reset(); }
}

module.exports = { MockTimers };
