'use strict';
// A suite: its function only declares; its tests run when the suite does.
const { failure, kinds } = require('./failure');
const { Stopper, race } = require('./stopper');
const { Test, runInTest } = require('./test');

function startThen(test, resolve, reject) {
  test.start().then(resolve, reject);
}

class Suite extends Test {
  reportedType = 'suite';
  buildPromise = null; // of an asynchronous function

  constructor(parent, given) {
    super(parent, given);
    // A suite has the time that it asks for; what it inherits is for its tests.
    this.ownTimeout = given.options.timeout ?? Infinity;
    this.excluded = this.only === false && this.harness.filter.onlyAtTop;
    if (this.skipped || this.excluded || this.outerSignal?.aborted) return;
    let result;
    try {
      const { context } = this;
      result = runInTest(this, this.fn, context, [context]);
    } catch (error) {
      this.failWith(error);
    }
    if (result !== null && typeof result === 'object') {
      this.buildPromise = this.#built(result);
      this.harness.building.push(this.buildPromise);
    } else {
      this.closed = true;
    }
  }

  async #built(result) {
    try {
      await result;
    } catch (error) {
      this.failWith(error);
    }
    this.closed = true;
  }

  makeContext() {
    const { SuiteContext } = require('./context');
    return new SuiteContext(this);
  }

  async runAll() {
    if (this.buildPromise !== null) await this.buildPromise;
    this.beforeRun = null;
    this.harness.filter.select(this);
    if (this.filtered || this.skipped) {
      this.finish();
      this.parent.beginPending();
      return;
    }
    const stop = this.stop = new Stopper(this.ownTimeout, this.outerSignal);
    if (this.error === null) {
      try {
        if (this.outerSignal?.aborted) throw failure(this.outerSignal.reason, kinds.aborted);
        if (this.parent.beforeRun !== null) await this.parent.beforeRun;
        if (this.hooks.before.length > 0) await this.runHooks('before');
        const all = Promise.all(this.subtests.map((test) => new Promise((resolve, reject) => {
          startThen(test, resolve, reject);
        })));
        await race(stop.promise, all);
      } catch (error) {
        this.failWith(error);
      }
    }
    stop.clear();
    try {
      if (this.hooks.after.length > 0) await this.runHooks('after');
    } catch (error) {
      this.fail(error);
    }
    this.finish();
    this.parent.beginPending();
  }
}

module.exports = { Suite };
