'use strict';
// context.plan(count[, options]): how many assertions and subtests a test has.
const timers = require('../timers');
const { failure, kinds } = require('./failure');
const { codes: { ERR_INVALID_ARG_TYPE } } = require('../errors');
const { validateNumber, validateObject, validateUint32 } = require('../validators');

class Plan {
  #waiting = null;

  constructor(count, options = {}) {
    validateUint32(count, 'count');
    validateObject(options, 'options');
    const { wait } = options;
    if (wait !== undefined) {
      if (typeof wait === 'number') validateNumber(wait, 'options.wait', 0, 2 ** 31 - 1);
      else if (typeof wait !== 'boolean') throw new ERR_INVALID_ARG_TYPE('options.wait', ['boolean', 'number'], wait);
    }
    this.expected = count;
    this.actual = 0;
    this.patience = wait;
  }

  /** An assertion or a subtest. */
  count() {
    this.actual++;
    if (this.#waiting !== null && this.actual === this.expected) this.#waiting.resolve();
  }

  #failure() {
    return failure(`plan expected ${this.expected} assertions but received ${this.actual}`, kinds.testCode);
  }

  check() {
    if (this.actual !== this.expected) throw this.#failure();
  }

  /** @returns {Promise<void> | undefined} when as many have come as are planned, or the time is up */
  wait() {
    if (this.patience === undefined || this.patience === false || this.actual >= this.expected) {
      return undefined;
    }
    this.#waiting = Promise.withResolvers();
    if (this.patience !== true) {
      const timer = timers.setTimeout(() => {
        this.#waiting.reject(failure(
          `plan timed out after ${this.patience}ms with ${this.actual} assertions when expecting ${this.expected}`, kinds.timeout));
      }, this.patience);
      const clear = () => timers.clearTimeout(timer);
      this.#waiting.promise.then(clear, clear);
    }
    return this.#waiting.promise;
  }
}

module.exports = { Plan };
