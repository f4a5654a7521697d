'use strict';
// A suite: its function only declares; its tests run when the suite does.
const { failure, kinds } = require('./failure');
const { stopper } = require('./stopper');
const { Test, runInTest } = require('./test');

class Suite extends Test {
  reportedType = 'suite';
  buildPromise = null; // of an asynchronous function

  constructor(parent, given) {
    super(parent, given);
    if (this.skipped) return;
    try {
      const { context } = this;
      const result = runInTest(this, this.fn, context, [context]);
      if (result !== null && typeof result === 'object' && typeof result.then === 'function') {
        this.buildPromise = Promise.resolve(result).then(() => {}, (error) => this.failWith(error));
        this.harness.building.push(this.buildPromise);
      }
    } catch (error) {
      this.failWith(error);
    }
  }

  makeContext() {
    const { SuiteContext } = require('./context');
    return new SuiteContext(this);
  }

  async runAll() {
    if (this.buildPromise !== null) await this.buildPromise;
    this.beforeRun = null;
    this.harness.filter.select(this);
    if (this.filtered) {
      this.finish();
      return;
    }
    const stop = this.stop = stopper(this.timeout, this.outerSignal);
    if (this.error === null) {
      try {
        if (this.outerSignal?.aborted) throw failure(this.outerSignal.reason, kinds.aborted);
        if (this.parent.beforeRun !== null) await this.parent.beforeRun;
        if (this.hooks.before.length > 0) await this.runHooks('before');
        const all = Promise.all(this.harness.order(this.subtests).map((test) => new Promise((resolve, reject) => {
          test.start().then(resolve, reject);
        })));
        await Promise.race([all, stop.promise]);
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
  }
}

module.exports = { Suite };
