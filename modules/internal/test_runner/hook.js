'use strict';
// The hooks of a test or suite: before, after, beforeEach, afterEach.
const context = require('../async_context');
const { failure, isFailure, kinds } = require('./failure');
const { callWithCallback, caller } = require('./call');
const { readTimeout } = require('./options');
const { Stopper, race } = require('./stopper');
/** test.js needs this file for its class. */
const enterHook = (hook) => require('./test').enterHook(hook);
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
    this.finished = true;
    this.stop = null;
    this.signal = options.signal;
    this.timeout = readTimeout(options.timeout) ?? owner.timeout;
  }

  /** @param {object} given what the function gets. Rejects with a failure of the kind hookFailed. */
  async run(given) {
    const stop = this.stop = new Stopper(this.timeout, this.signal);
    this.finished = false;
    try {
      if (this.signal?.aborted) throw failure(this.signal.reason, kinds.aborted);
      const { fn } = this;
      const before = enterHook(this);
      let result;
      try {
        result = fn.length < 2 ? caller.invoke(fn, given) : callWithCallback(fn, given);
      } finally {
        context.enter(before);
      }
      await race(stop.promise, result);
    } catch (error) {
      const outer = failure(`failed running ${this.kind} hook`, kinds.hook);
      outer.cause = isFailure(error) ? error.cause : error;
      Object.defineProperty(outer, 'location', { value: this.location });
      throw outer;
    } finally {
      this.finished = true;
      stop.clear();
    }
  }
}

module.exports = { Hook };
