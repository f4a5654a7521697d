'use strict';
// One test: its options, its run, its subtests, its result.
//
// A test is enqueued when it is declared, or when its suite begins; it runs as soon as its parent has room (concurrency)
// and is finished when its function, its hooks and its subtests are. Results are reported in the order of declaration:
// a test reports what its subtests have to say as soon as all before them are through and it is its own turn (`flush`).
const context = require('../async_context');
const { failure, isFailure, kinds } = require('./failure');
const { callWithCallback, caller } = require('./call');
const { Hook } = require('./hook');
const { readConcurrency, readExpectFailure, readTags, readTimeout } = require('./options');
const { Stopper, race } = require('./stopper');
const { Plan } = require('./plan');
const { validateAbortSignal } = require('../validators');
const { channel } = require('./trace');

const CURRENT = Symbol('current test');
const HOOK = Symbol('current hook');
const now = () => performance.now();

/** @returns {Test | undefined} the test or suite whose code runs */
const currentTest = () => context.current()?.get(CURRENT);

/** The context of what is part of `test`. */
function frameOf(test) {
  context.activate();
  const frame = new context.Frame(context.current());
  frame.set(CURRENT, test);
  frame.delete(HOOK);
  return frame;
}

/** Makes what follows part of a hook, and of what the hook belongs to. @returns {Map | undefined} the context that was */
function enterHook(hook) {
  const before = context.current();
  const frame = frameOf(hook.owner);
  frame.set(HOOK, hook);
  context.enter(frame);
  return before;
}

/** Calls fn as part of no test. */
function runOutside(fn) {
  const frame = new context.Frame(context.current());
  frame.delete(CURRENT);
  frame.delete(HOOK);
  return context.runIn(frame, fn, undefined, []);
}

/** @returns {Hook | undefined} the hook whose code runs */
const currentHook = () => context.current()?.get(HOOK);

/** Calls fn as part of `test`. */
function runInTest(test, fn, thisArg, args) {
  if (!channel.start.hasSubscribers) return context.runIn(frameOf(test), fn, thisArg, args);
  return context.runIn(frameOf(test), () => channel.start.runStores(test.traced, fn, thisArg, ...args), undefined, []);
}

class Test {
  reportedType = 'test';
  subtests = [];
  active = 0; // subtests that run
  pending = []; // subtests that wait for room: { test, begin }
  hooks = { __proto__: null, before: [], after: [], beforeEach: [], afterEach: [] };
  diagnostics = [];
  error = null;
  passed = false;
  cancelled = false;
  skipped = false;
  started = false;
  finished = false;
  filtered = false;
  startTime = null;
  endTime = null;
  beforeRun = null; // what subtests wait for
  plan = null;
  stop = null; // what ends it from outside
  onlySubtests = false;
  closed = false; // nothing can be declared in it any more
  passedOnAttempt = undefined;
  #next = 0; // the first subtest that is not reported
  #numbered = 0;
  #begun = 0;
  #numbers = 0;
  #reportStarted = false;
  #controller = null;
  #mock = null;
  #idle = null; // resolves once no subtest is left
  #context = null;

  /**
   * @param {Test | null} parent
   * @param {{ harness?: object, name?: any, fn?: Function, options: object, location?: object }} given
   */
  constructor(parent, { harness, name, fn, options, location }) {
    this.parent = parent;
    this.harness = harness ?? parent.harness;
    this.id = this.harness.nextId++;
    this.fn = options.fn ?? fn ?? (() => {});
    name = options.name ?? name;
    this.name = typeof name === 'string' && name !== '' ? name : this.fn.name || '<anonymous>';
    this.nesting = parent === null || parent.parent === null ? 0 : parent.nesting + 1;
    this.location = location;
    this.concurrency = readConcurrency(options.concurrency, parent === null) ?? parent?.concurrency ?? 1;
    this.timeout = readTimeout(options.timeout) ?? parent?.timeout ?? Infinity;
    validateAbortSignal(options.signal, 'options.signal');
    this.outerSignal = options.signal;
    this.only = options.only;
    this.expectFailure = readExpectFailure(options.expectFailure);
    if (this.expectFailure === false && parent !== null) this.expectFailure = parent.expectFailure;
    this.ownTags = readTags(options.tags);
    this.tags = Object.freeze([...new Set([...parent?.tags ?? [], ...this.ownTags])]);
    if (this.ownTags.length > 0) this.harness.warnTags();
    if (options.skip) this.skip(options.skip);
    this.todo = options.todo === undefined || options.todo === false ? parent?.todo : options.todo;
    if (options.plan !== undefined) this.plan = new Plan(options.plan);
    parent?.subtests.push(this);
  }

  get isTodo() { return this.todo !== undefined; }
  get root() { return this.harness.root; }

  /** What trace channels tell of it. */
  get traced() {
    return this.tracedData ??= { __proto__: null, name: this.name, nesting: this.nesting, file: this.location?.file, type: this.reportedType };
  }

  get fullName() {
    const names = [];
    for (let test = this; test.parent !== null; test = test.parent) names.unshift(test.name);
    return names.length === 0 ? this.name : names.join(' > ');
  }

  get className() {
    const names = [];
    for (let test = this.parent; test !== null && test.parent !== null; test = test.parent) names.unshift(test.name);
    return names.length === 0 ? undefined : names.join('.');
  }

  get context() {
    if (this.#context === null) this.#context = this.makeContext();
    return this.#context;
  }

  makeContext() {
    const { TestContext } = require('./context');
    return new TestContext(this);
  }

  get mock() {
    if (this.#mock === null) {
      const { MockTracker } = require('./mock');
      this.#mock = new MockTracker();
    }
    return this.#mock;
  }

  get signal() {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.finished) this.#controller.abort();
      else if (this.outerSignal?.aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  // ---- declaring subtests -------------------------------------------------------------------------------------------

  /** @param {new (parent: Test, given: object) => Test} Class @returns {Test} */
  createSubtest(Class, given) {
    let parent = this;
    while (parent.parent !== null && (parent.finished || parent.closed)) parent = parent.parent;
    const test = new Class(parent, given);
    if (parent !== this) test.fail(failure('test could not be started because its parent finished', kinds.parentFinished));
    else test.filtered = this.harness.filter.excludes(test);
    this.harness.rerun?.prepare(test);
    return test;
  }

  /** Enqueues it. @returns {Promise<void>} when it is finished */
  start() {
    const { parent } = this;
    if (parent.parent === null) this.filtered ||= this.harness.filter.excludesAtStart(this);
    if (!this.filtered) this.publish('test:enqueue', { type: this.reportedType });
    if (parent.active >= parent.concurrency || parent.pending.length > 0 || this.harness.draw !== null) {
      // In a random order, the first is drawn from all that are declared at once.
      if (this.harness.draw !== null) Promise.resolve().then(() => parent.beginPending());
      return new Promise((resolve) => {
        parent.pending.push({ test: this, ended: () => resolve() });
      });
    }
    this.begun();
    if (channel.start.hasSubscribers) return runInTest(this, this.runAll, this, []);
    return context.runIn(frameOf(this), this.runAll, this, []);
  }

  begun() {
    this.parent.active++;
    if (this.harness.draw !== null) this.parent.moveUp(this);
    if (!this.filtered) this.publish('test:dequeue', { type: this.reportedType });
    this.started = true;
    this.startTime = now();
  }

  begin() {
    this.begun();
    if (channel.start.hasSubscribers) return runInTest(this, this.runAll, this, []);
    return context.runIn(frameOf(this), this.runAll, this, []);
  }

  /** In a random order, tests are reported as they began. */
  moveUp(test) {
    const at = this.subtests.indexOf(test);
    this.subtests.splice(at, 1);
    this.subtests.splice(this.#begun++, 0, test);
  }

  /** Lets subtests begin that wait for room. */
  beginPending() {
    while (this.pending.length > 0 && this.active < this.concurrency) {
      const { test, ended } = this.harness.takePending(this.pending);
      test.begin().then(ended);
    }
  }

  // ---- the run --------------------------------------------------------------------------------------------------------

  /** Nothing of it runs: it is left out or skipped. */
  get isIdle() { return this.filtered || this.skipped; }

  async runAll() {
    const { parent } = this;
    if (!this.isIdle) {
      try {
        if (this.outerSignal?.aborted) throw failure(this.outerSignal.reason, kinds.aborted);
        if (parent.beforeRun !== null) await parent.beforeRun;
        if (parent.hasEach('beforeEach')) await parent.runEach('beforeEach', this);
        this.stop = new Stopper(this.timeout, this.outerSignal);
        const { fn, context: given } = this;
        await race(this.stop.promise, fn.length < 2 ? caller.invoke(fn, given) : callWithCallback(fn, given));
        if (this.beforeRun !== null) await this.beforeRun;
        await this.settled(this.stop.promise);
      } catch (error) {
        this.failWith(error);
      }
      this.stop?.clear();
      await this.runEnd();
    }
    this.finish();
    parent.beginPending();
  }

  /** What follows the function: its plan and the subtests that go on. */
  async settled(stopped) {
    if (this.plan !== null) {
      const waiting = this.plan.wait();
      if (waiting !== undefined) await race(stopped, waiting);
    }
    if (this.subtests.some((test) => !test.finished)) {
      this.#idle = Promise.withResolvers();
      await race(stopped, this.#idle.promise);
    }
    this.plan?.check();
  }

  async runEnd() {
    try {
      if (this.parent.hasEach('afterEach')) await this.parent.runEach('afterEach', this);
    } catch (error) {
      this.fail(error);
    }
    try {
      if (this.hooks.after.length > 0) await this.runHooks('after');
    } catch (error) {
      this.fail(error);
    }
    this.#mock?.reset();
  }

  hasEach(kind) {
    for (let test = this; test !== null; test = test.parent) if (test.hooks[kind].length > 0) return true;
    return false;
  }

  /** beforeEach from the outside in, afterEach from the inside out. */
  async runEach(kind, test) {
    // What a hook says of the test's result, it has to say before the test is finished.
    if (kind === 'afterEach' && test.error === null) test.passed = true;
    const owners = [];
    for (let owner = this; owner !== null; owner = owner.parent) owners.push(owner);
    if (kind === 'beforeEach') owners.reverse();
    try {
      for (const owner of owners) for (const hook of owner.hooks[kind]) await hook.run(test.context);
    } finally {
      if (kind === 'afterEach') test.passed = false;
    }
  }

  async runHooks(kind) {
    for (let i = 0; i < this.hooks[kind].length; i++) await this.hooks[kind][i].run(this.context);
  }

  /** @param {string} kind 'before', 'after', 'beforeEach' or 'afterEach' */
  addHook(kind, fn, options, location) {
    const hook = new Hook(this, kind, fn ?? (() => {}), options);
    hook.location = location;
    if (kind === 'before' && this.started) {
      // It has begun: what is to come before its subtests is now.
      const running = hook.run(this.context);
      this.beforeRun = this.beforeRun === null ? running : Promise.all([this.beforeRun, running]);
      this.beforeRun.catch((error) => this.fail(failure(error.cause, kinds.testCode)));
      return;
    }
    this.hooks[kind].push(hook);
  }

  // ---- the result -----------------------------------------------------------------------------------------------------

  skip(message) {
    this.skipped = true;
    this.skipMessage = message;
  }

  setTodo(message) { this.todo = message ?? true; }

  fail(error) {
    if (this.error !== null) return;
    this.passed = false;
    this.error = error;
  }

  failWith(error) {
    if (!isFailure(error)) {
      this.fail(failure(error, kinds.testCode));
      return;
    }
    if (this.error !== null) return;
    if (error.failureType === kinds.timeout || error.failureType === kinds.aborted) this.cancelled = true;
    this.fail(error);
  }

  /** It will not come to its end: its parent does not wait for it. */
  cancel(error) {
    if (this.finished || this.error !== null) return;
    if (this.outerSignal?.aborted) this.fail(failure(this.outerSignal.reason, kinds.aborted));
    else this.fail(error ?? failure('test did not finish before its parent and was cancelled', kinds.cancelledByParent));
    this.cancelled = true;
    this.abort();
  }

  /** Something that it started failed where nobody waits for it. */
  interrupt(error) {
    this.fail(error);
    this.abort();
    this.stop?.interrupt(error);
  }

  abort() {
    if (this.#controller !== null && !this.#controller.signal.aborted) this.#controller.abort();
  }

  finish() {
    if (this.finished) return;
    if (this.cancelled) this.abort();
    for (const test of this.subtests) {
      if (test.finished) continue;
      test.cancel();
      test.finish();
    }
    this.pending.length = 0;
    let failed = 0;
    for (const test of this.subtests) if (!test.passed && !test.isTodo && !test.filtered) failed++;
    if (failed > 0) this.fail(failure(`${failed} subtest${failed > 1 ? 's' : ''} failed`, kinds.subtests));
    this.judge();
    this.passed = this.error === null;
    this.finished = true;
    this.endTime = now();
    this.abort();
    if (this.error !== null && channel.error.hasSubscribers) channel.error.publish(Object.assign(this.traced, { error: this.error }));
    if (this.started && channel.end.hasSubscribers) channel.end.publish(this.traced);
    if (!this.filtered) this.complete();
    this.parent?.childFinished(this);
  }

  /** A test that has to fail passes when it does. */
  judge() {
    if (this.expectFailure === false || this.skipped || this.filtered || !this.started) return;
    if (this.error === null) {
      if (this.reportedType === 'suite' || this.isTodo) return;
      this.error = failure('test was expected to fail but passed', kinds.expected);
      return;
    }
    if (this.cancelled) return;
    const { match } = this.expectFailure;
    if (match !== undefined && this.error.failureType !== kinds.subtests) {
      const { assert } = require('./platform');
      const { cause } = this.error;
      try {
        assert.throws(() => { throw cause; }, match);
      } catch (mismatch) {
        this.error = failure(`The test failed, but the error did not match the expected validation: ${mismatch.message}`, kinds.expected);
        this.error.cause = mismatch;
        return;
      }
    }
    this.error = null;
  }

  childFinished(test) {
    if (test.started && test.ran === undefined) {
      test.ran = true;
      this.active--;
    }
    this.flush();
    if (this.#idle !== null && this.subtests.every((one) => one.finished)) this.#idle.resolve();
  }

  // ---- the report -----------------------------------------------------------------------------------------------------

  publish(type, data) {
    this.harness.stream.publish(type, {
      __proto__: null, nesting: this.nesting, name: this.name, ...data, testId: this.id, parentId: this.parent?.id,
      tags: this.tags, ...this.location,
    });
  }

  details() {
    const details = { __proto__: null, duration_ms: this.duration, type: this.reportedType };
    if (this.error !== null) details.error = this.error;
    const { className } = this;
    if (className !== undefined) details.classname = className;
    if (this.passedOnAttempt !== undefined) details.passed_on_attempt = this.passedOnAttempt;
    if (this.harness.rerun !== undefined) details.attempt = this.harness.rerun.attempt;
    return details;
  }

  get duration() { return this.replayedDuration ?? (this.startTime === null ? 0 : this.endTime - this.startTime); }

  directives() {
    const out = {};
    if (this.skipped) out.skip = this.skipMessage ?? true;
    else if (this.isTodo) out.todo = this.todo || true;
    else if (this.expectFailure !== false) out.expectFailure = this.expectFailure.label || true;
    return out;
  }

  /** Its place among its parent's subtests, those left out not counted. */
  numberOf(test) {
    for (; this.#numbered < this.subtests.length && test.number === undefined; this.#numbered++) {
      const one = this.subtests[this.#numbered];
      if (!one.filtered) one.number = ++this.#numbers;
    }
    return test.number;
  }

  result(details) {
    return {
      __proto__: null, name: this.name, nesting: this.nesting, testNumber: this.parent?.numberOf(this), testId: this.id,
      parentId: this.parent?.id, details, tags: this.tags, ...(details.classname === undefined ? {} : { classname: details.classname }),
      ...this.location, ...this.directives(),
    };
  }

  complete() {
    if (this.parent === null) return;
    const details = this.details();
    details.passed = this.passed;
    this.harness.stream.publish('test:complete', this.result(details));
  }

  /** Whether all that comes before it has been reported. */
  isTurn() {
    return this.parent === null || (this.parent.subtests[this.parent.#next] === this && this.parent.isTurn());
  }

  /** Reports what can be. */
  flush() {
    if (!this.isTurn()) return;
    for (; this.#next < this.subtests.length; this.#next++) {
      const test = this.subtests[this.#next];
      if (!test.finished) {
        test.flush();
        return;
      }
      test.report();
    }
  }

  reportStart() {
    if (this.#reportStarted || this.parent === null) return;
    this.#reportStarted = true;
    this.parent.reportStart();
    this.publish('test:start', {});
  }

  report() {
    if (this.filtered) return;
    this.flush();
    this.reportStart();
    const count = this.subtests.reduce((sum, test) => sum + (test.filtered ? 0 : 1), 0);
    if (count > 0) this.harness.stream.publish('test:plan', { __proto__: null, nesting: this.nesting + 1, count, ...this.location });
    this.harness.count(this);
    this.harness.stream.publish(this.passed ? 'test:pass' : 'test:fail', this.result(this.details()));
    this.flushDiagnostics();
  }

  flushDiagnostics() {
    for (const { message, level } of this.diagnostics) this.harness.stream.diagnostic(this.nesting, message, this.location, level);
    this.diagnostics.length = 0;
  }

  diagnostic(message, level = 'info') { this.diagnostics.push({ message, level }); }

  log(message, data) {
    this.harness.stream.publish('test:log', {
      __proto__: null, nesting: this.nesting, name: this.name, message, data, testId: this.id, parentId: this.parent?.id, ...this.location,
    });
  }
}

module.exports = { Test, currentHook, currentTest, enterHook, runInTest, runOutside };
