'use strict';
// The hooks of a test or suite: before, after, beforeEach, afterEach.
const { failure, isFailure, kinds } = require('./failure');
const { callTestFunction } = require('./call');
const { readTimeout } = require('./options');
const { stopper } = require('./stopper');
const { validateAbortSignal, validateFunction, validateObject } = require('../validators');

class Hook {
  /** @param {Test} owner @param {string} kind @param {Function} fn @param {object} [options] { signal, timeout } */
  constructor(owner, kind, fn, options = {}) {
    validateFunction(fn, 'fn');
    validateObject(options, 'options');
    validateAbortSignal(options.signal, 'options.signal');
    this.owner = owner;
    this.kind = kind;
    this.fn = fn;
    this.signal = options.signal;
    this.timeout = readTimeout(options.timeout) ?? owner.timeout;
  }

  /** @param {object} context what the function gets. Rejects with a failure of the kind hookFailed. */
  async run(context) {
    const stop = stopper(this.timeout, this.signal);
    try {
      const result = callTestFunction(this.fn, context);
      await Promise.race([result, stop.promise]);
    } catch (error) {
      const outer = failure(`failed running ${this.kind} hook`, kinds.hook);
      outer.cause = isFailure(error) ? error.cause : error;
      throw outer;
    } finally {
      stop.clear();
    }
  }
}

module.exports = { Hook };
