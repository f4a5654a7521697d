'use strict';
// What tests and suites are given (Node documentation: classes TestContext and SuiteContext).
const timers = require('../timers');
const { validateFunction, validateNumber, validateObject, validateString } = require('../validators');
const { Plan } = require('./plan');

class SharedContext {
  #test;

  constructor(test) { this.#test = test; }

  /** @returns {AbortSignal} aborted when the test is */
  get signal() { return this.#test.signal; }
  get name() { return this.#test.name; }
  get filePath() { return this.#test.harness.fileOf(this.#test); }
  get fullName() { return this.#test.fullName; }
  get passed() { return this.#test.passed; }
  get attempt() { return this.#test.harness.rerun?.attempt ?? 0; }
  get tags() { return this.#test.tags; }

  /** @param {string} message for the report, after the result */
  diagnostic(message) { this.#test.diagnostic(message); }

  /** @param {string} message reported at once @param {any} [data] */
  log(message, data) {
    validateString(message, 'message');
    this.#test.log(message, data);
  }
}

class TestContext extends SharedContext {
  #test;
  #assert;

  constructor(test) {
    super(test);
    this.#test = test;
  }

  /** @returns {Error | null} why it failed */
  get error() { return this.#test.error === null ? null : this.#test.error.cause ?? this.#test.error; }

  get workerId() {
    const id = process.env.NODE_TEST_WORKER_ID;
    return id === undefined ? undefined : Number(id);
  }

  /** The assertions of node:assert, which count for the plan, and what assert.register added. */
  get assert() {
    this.#assert ??= require('./assertions').forTest(this.#test);
    return this.#assert;
  }

  get mock() { return this.#test.mock; }

  /** @param {number} count of assertions and subtests @param {{ wait?: boolean | number }} [options] */
  plan(count, options = {}) {
    if (this.#test.plan !== null) {
      const { codes: { ERR_TEST_FAILURE } } = require('../errors');
      throw new ERR_TEST_FAILURE('cannot set plan more than once', 'testCodeFailure');
    }
    this.#test.plan = new Plan(count, options);
  }

  /** @param {boolean} value whether only subtests with `only` run from now on */
  runOnly(value) {
    this.#test.onlySubtests = Boolean(value);
  }

  skip(message) { this.#test.skip(message); }
  todo(message) { this.#test.setTodo(message); }

  /** A subtest. @returns {Promise<void>} */
  test(name, options, fn) {
    this.#test.plan?.count();
    const test = require('./declare').declareIn(this.#test, name, options, fn);
    return test.parent.parent === null ? test.harness.begin(test) : test.start();
  }

  before(fn, options) { this.#test.addHook('before', fn, options); }
  after(fn, options) { this.#test.addHook('after', fn, options); }
  beforeEach(fn, options) { this.#test.addHook('beforeEach', fn, options); }
  afterEach(fn, options) { this.#test.addHook('afterEach', fn, options); }

  /**
   * Calls `condition` until it neither throws nor rejects.
   * @param {Function} condition
   * @param {{ interval?: number, timeout?: number }} [options] ms
   * @returns {Promise<any>} its value
   */
  waitFor(condition, options = {}) {
    validateFunction(condition, 'condition');
    validateObject(options, 'options');
    const { interval = 50, timeout = 1000 } = options;
    validateNumber(interval, 'options.interval', 0, 2 ** 31 - 1);
    validateNumber(timeout, 'options.timeout', 0, 2 ** 31 - 1);
    const { promise, resolve, reject } = Promise.withResolvers();
    let last;
    let failed = false;
    let next;
    const end = (settle, value) => {
      timers.clearTimeout(limit);
      timers.clearTimeout(next);
      over = true;
      settle(value);
    };
    let over = false;
    const limit = timers.setTimeout(() => {
      const error = new Error('waitFor() timed out');
      if (failed) error.cause = last;
      end(reject, error);
    }, timeout);
    const poll = async () => {
      try {
        const value = await condition();
        if (!over) end(resolve, value);
      } catch (error) {
        last = error;
        failed = true;
        if (!over) next = timers.setTimeout(poll, interval);
      }
    };
    poll();
    return promise;
  }
}

class SuiteContext extends SharedContext {}

module.exports = { SuiteContext, TestContext };
