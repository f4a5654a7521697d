'use strict';
// node:timers/promises.
const timers = require('../../internal/timers');
const { AbortError, codes: { ERR_INVALID_THIS, ERR_ILLEGAL_CONSTRUCTOR } } = require('../../internal/errors');
const { validateObject, validateBoolean, validateAbortSignal } = require('../../internal/validators');

function readOptions(options) {
  validateObject(options, 'options');
  const { signal, ref = true } = options;
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  validateBoolean(ref, 'options.ref');
  return { signal, ref };
}

/** A promise that `begin(done)` fulfils, or that the signal rejects. */
function abortable(value, options, begin, clear) {
  let signal, ref;
  try {
    ({ signal, ref } = readOptions(options));
  } catch (error) {
    return Promise.reject(error);
  }
  if (signal?.aborted) return Promise.reject(new AbortError(undefined, { cause: signal.reason }));
  return new Promise((resolve, reject) => {
    const handle = begin(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve(value);
    });
    if (!ref) handle.unref();
    function onAbort() {
      clear(handle);
      reject(new AbortError(undefined, { cause: signal.reason }));
    }
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** @param {number} [delay] ms @param {any} [value] @param {{ ref?: boolean, signal?: AbortSignal }} [options] */
function setTimeout(delay, value, options = {}) {
  return abortable(value, options, (done) => timers.setTimeout(done, delay), timers.clearTimeout);
}

function setImmediate(value, options = {}) {
  return abortable(value, options, (done) => timers.setImmediate(done), timers.clearImmediate);
}

/** @returns {AsyncIterableIterator<any>} one value each interval */
async function* setInterval(delay, value, options = {}) {
  const { signal, ref } = readOptions(options);
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  let missed = 0;
  let wake;
  let aborted = false;
  const interval = timers.setInterval(() => {
    missed++;
    wake?.();
  }, delay);
  if (!ref) interval.unref();
  const onAbort = () => {
    aborted = true;
    timers.clearInterval(interval);
    wake?.();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      if (missed === 0 && !aborted) await new Promise((resolve) => { wake = resolve; });
      for (; missed > 0; missed--) yield value;
      if (aborted) throw new AbortError(undefined, { cause: signal.reason });
    }
  } finally {
    timers.clearInterval(interval);
    signal?.removeEventListener('abort', onAbort);
  }
}

class Scheduler {
  constructor() {
    throw new ERR_ILLEGAL_CONSTRUCTOR();
  }
  wait(delay, options) {
    if (!(this instanceof Scheduler)) throw new ERR_INVALID_THIS('Scheduler');
    return setTimeout(delay, undefined, options);
  }
  yield() {
    if (!(this instanceof Scheduler)) throw new ERR_INVALID_THIS('Scheduler');
    return setImmediate();
  }
}

module.exports = { setTimeout, setImmediate, setInterval, scheduler: Object.create(Scheduler.prototype) };
