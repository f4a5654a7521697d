'use strict';
// What ends a running test or hook from outside: its time is up, a signal is aborted, something that it started threw.
const timers = require('../timers');
const { failure, kinds } = require('./failure');

/** Like Promise.race of two, but the engine's asynchronous stacks go through it. */
function race(first, second) {
  return new Promise((resolve, reject) => {
    first.then(resolve, reject);
    Promise.resolve(second).then(resolve, reject);
  });
}

async function expire(elapsed, timeout) {
  await elapsed;
  throw failure(`test timed out after ${timeout}ms`, kinds.timeout);
}

class Stopper {
  #timer;
  #interrupted = Promise.withResolvers();
  #signal;
  #onAbort;

  /** @param {number} timeout ms @param {AbortSignal} [signal] */
  constructor(timeout, signal) {
    this.#interrupted.promise.catch(() => {});
    /** @type {Promise<never>} rejected when the time is up, the signal aborted or `interrupt` called */
    this.promise = this.#interrupted.promise;
    if (timeout !== Infinity) {
      const { promise, resolve } = Promise.withResolvers();
      this.#timer = timers.setUnrefTimeout(resolve, timeout);
      // What waits for it is its only reaction: the engine follows no other chain. Nobody waits once it is cleared.
      this.promise = race(expire(promise, timeout), this.#interrupted.promise);
    }
    if (signal !== undefined) {
      this.#signal = signal;
      this.#onAbort = () => this.#interrupted.reject(failure(signal.reason, kinds.aborted));
      if (signal.aborted) this.#onAbort();
      else signal.addEventListener('abort', this.#onAbort, { once: true });
    }
  }

  interrupt(error) { this.#interrupted.reject(error); }

  /** It is over. */
  clear() {
    if (this.#timer !== undefined) timers.clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

module.exports = { Stopper, race };
