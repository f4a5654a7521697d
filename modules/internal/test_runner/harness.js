'use strict';
// A run: its root, its counters, its stream of events, and how it ends. Test files that are run by themselves share the
// root that the first declaration makes; it ends when the process has nothing left to do.
const timers = require('../timers');
const { Filter } = require('./filter');
const { failure, kinds } = require('./failure');
const { TestsStream } = require('./events');
const { Test, currentHook, currentTest } = require('./test');

const now = () => performance.now();
let warnedOfTags = false;

class Harness {
  nextId = 0;
  success = true;
  building = []; // suites whose function is asynchronous
  counters = { tests: 0, failed: 0, passed: 0, cancelled: 0, skipped: 0, todo: 0, topLevel: 0, suites: 0 };
  rerun = undefined;
  entryFile = undefined;
  child = false; // reports to the process that started it
  #ready = null;
  #isReady = false;
  #ended = null;
  #afterRun = null;
  #coverage = null;
  #setup = null;
  #random = null;

  /** @param {object} config as from config.js */
  constructor(config) {
    this.config = config;
    if (config.tagFilters?.length > 0) this.warnTags();
    const mayDeclareOnly = !config.isTest && !config.isCalled ? process.env.NODE_TEST_CONTEXT === undefined : config.isolation === 'none';
    // Tests in processes of their own are chosen there.
    this.filter = new Filter(config.isRunner && config.isolation === 'process' ? {} : { ...config, mayDeclareOnly });
    this.stream = new TestsStream();
    if (config.rerunFile !== undefined) {
      const { Rerun } = require('./rerun');
      this.rerun = new Rerun(config.rerunFile, config.cwd);
    }
    if (config.randomSeed !== undefined) {
      const { Random } = require('./random');
      this.#random = new Random(config.randomSeed);
    }
    this.root = new Test(null, {
      harness: this, name: '<root>', options: { timeout: config.timeout, concurrency: config.concurrency, signal: config.signal },
    });
    this.root.started = true;
    this.root.startTime = now();
    this.root.childFinished = (test) => {
      Test.prototype.childFinished.call(this.root, test);
      this.#idle();
    };
  }

  /** The file of which a test is a part: the program's, or the one that was run last. */
  fileOf(test) {
    if (this.entryFile !== undefined) return this.entryFile;
    return this.child || !this.config.isRunner ? mainFile() ?? test.location?.file : test.location?.file;
  }

  // ---- the order of tests ---------------------------------------------------------------------------------------------

  takePending(pending) {
    if (this.#random === null || pending.length === 1) return pending.shift();
    return pending.splice(this.#random.below(pending.length), 1)[0];
  }

  get draw() { return this.#random; }

  /** Starts a test at the top, once everything is set up. @returns {Promise<void>} */
  begin(test) {
    if (this.#isReady || test.parent !== this.root) return test.start();
    this.#ready ??= this.#prepare();
    return this.#ready.then(() => test.start());
  }

  async #prepare() {
    if (this.config.coverage && !this.child) this.startCoverage();
    if (this.config.globalSetup !== undefined && !this.child) await this.setUp();
    // Not before what declares the first test has declared the others too.
    await null;
    for (let i = 0; i < this.building.length; i++) await this.building[i];
    this.#isReady = true;
  }

  /** Runs globalSetup of --test-global-setup. */
  async setUp() {
    const { GlobalSetup } = require('./global_setup');
    this.#setup ??= new GlobalSetup(this.config.globalSetup, this.config.cwd);
    await this.#setup.run();
  }

  startCoverage() {
    if (this.#coverage !== null) return;
    const { Coverage } = require('./coverage');
    this.#coverage = new Coverage(this.config);
  }

  get coverage() { return this.#coverage; }

  warnTags() {
    if (warnedOfTags) return;
    warnedOfTags = true;
    process.emitWarning('Test tags is an experimental feature and might change at any time', 'ExperimentalWarning');
  }

  // ---- what nobody caught -----------------------------------------------------------------------------------------------

  /** @param {any} error @param {string} event 'uncaughtException' or 'unhandledRejection' */
  caught(error, event, test, hook) {
    const kind = event === 'uncaughtException' ? kinds.uncaught : kinds.unhandled;
    if (hook !== undefined && !hook.finished) {
      hook.stop.interrupt(failure(error, kind));
      return;
    }
    if (hook === undefined && test !== undefined && !test.finished && test.parent !== null && test.reportedType !== 'suite') {
      test.interrupt(failure(error, kind));
      return;
    }
    // In the process that runs files in others, nothing is a test's: a reporter threw.
    if (this.config.isRunner && this.config.isolation === 'process') throw error;
    const what = hook !== undefined ? `Test hook "${hook.kind}" at ${relative(hook.location)}`
      : test === undefined || test.parent === null ? 'A resource' : `Test "${test.name}" at ${relative(test.location)}`;
    const rest = what === 'A resource' ? `which triggered an ${event} event, caught by the test runner.`
      : `and would have caused the test to fail, but instead triggered an ${event} event.`;
    this.root.diagnostic(`Error: ${what} generated asynchronous activity after the test ended. This activity created the error "${
      error}" ${rest}`);
    process.exitCode = 1;
  }

  // ---- the end ------------------------------------------------------------------------------------------------------------

  count(test) {
    const { counters } = this;
    if (test.nesting === 0 && test.parent !== null) counters.topLevel++;
    if (!test.passed && !test.skipped && !test.isTodo) this.success = false;
    if (test.reportedType === 'suite') {
      counters.suites++;
      return;
    }
    counters.tests++;
    if (test.skipped) counters.skipped++;
    else if (test.isTodo) counters.todo++;
    else if (test.cancelled) counters.cancelled++;
    else if (!test.passed) counters.failed++;
    else counters.passed++;
  }

  /** No test runs or waits: what the root's hooks have to close may keep the process from ending. */
  #idle() {
    const { root } = this;
    if (root.active > 0 || root.pending.length > 0 || root.subtests.some((test) => !test.finished)) return;
    this.onIdle?.();
    if (root.hooks.after.length > 0 && !this.config.isRunner) this.runAfterHooks();
    if (this.config.forceExit && !this.config.isRunner) this.end().then(() => this.exit());
  }

  /** After hooks of the root, once. */
  runAfterHooks() {
    this.#afterRun ??= this.root.runHooks('after').catch((error) => {
      this.hookLocation = error.location;
      this.root.fail(error);
    });
    return this.#afterRun;
  }

  /** Ends the run. @returns {Promise<void>} when all is reported */
  end() {
    this.#ended ??= this.#finish();
    return this.#ended;
  }

  get hasEnded() { return this.#ended !== null; }

  async #finish() {

    const { root } = this;
    for (const test of root.subtests) {
      if (test.finished || this.wasInterrupted) continue;
      test.cancel(failure('Promise resolution is still pending but the event loop has already resolved', kinds.cancelledByParent));
      test.finish();
    }
    await this.runAfterHooks();
    await this.#setup?.tearDown();
    if (root.error !== null && !this.success) this.success = false;
    this.#report();
  }

  #report() {

    const { root, stream, counters } = this;
    root.flush();
    root.endTime = now();
    if (root.error !== null && root.error.failureType !== kinds.subtests) this.#reportRoot();
    require('./snapshot').write(this);
    this.rerun?.write(this);
    const duration = root.endTime - root.startTime;
    if (!this.child) stream.publish('test:plan', { __proto__: null, nesting: 0, count: counters.topLevel });
    root.flushDiagnostics();
    let coverage = null;
    if (this.#coverage !== null) {
      try {
        coverage = this.#coverage.summary();
      } catch (error) {
        stream.diagnostic(0, `Warning: Could not report code coverage. ${error}`, undefined, 'error');
        this.success = false;
      }
    }
    if (!this.child) {
      if (this.#random !== null) stream.diagnostic(0, `Randomized test order seed: ${this.config.randomSeed}`);
      for (const [name, key] of [['tests', 'tests'], ['suites', 'suites'], ['pass', 'passed'], ['fail', 'failed'],
        ['cancelled', 'cancelled'], ['skipped', 'skipped'], ['todo', 'todo']]) stream.diagnostic(0, `${name} ${counters[key]}`);
      stream.diagnostic(0, `duration_ms ${duration}`);
    }
    if (coverage !== null) {
      for (const message of this.#coverage.unmet(coverage)) {
        this.success = false;
        stream.diagnostic(0, message, undefined, 'error');
      }
      stream.publish('test:coverage', { __proto__: null, nesting: 0, summary: coverage });
    }
    stream.publish('test:summary', {
      __proto__: null, success: this.success, counts: { __proto__: null, ...counters }, duration_ms: duration,
      file: this.child ? mainFile() : undefined,
    });
    if (!this.success && !this.config.isCalled) process.exitCode = 1;
    stream.finish();
  }

  /** A failed hook at the top has no test to be reported with. */
  #reportRoot() {
    this.success = false;
    const file = this.fileOf(this.root) ?? mainFile();
    this.stream.publish('test:fail', {
      __proto__: null, name: file, nesting: 0, testNumber: this.counters.topLevel + 1, testId: 0,
      details: { __proto__: null, duration_ms: this.root.endTime - this.root.startTime, error: this.root.error }, tags: [],
      ...this.hookLocation ?? { file },
    });
  }

  /** Ends the process, once the reporters have written everything. */
  async exit() {
    await require('./reporting').drained();
    process.exit();
  }

  /** SIGINT: says what ran. */
  async interrupted() {
    const tests = [];
    const collect = (test) => {
      let inner = false;
      for (const one of test.subtests) if (one.started && !one.finished) inner = collect(one) || inner;
      if (!inner && test.parent !== null) tests.push({ __proto__: null, name: test.name, nesting: test.nesting, ...test.location });
      return true;
    };
    collect(this.root);
    this.wasInterrupted = true;
    this.stream.publish('test:interrupted', { __proto__: null, tests });
    await this.end();
    process.exitCode = 1;
    await this.exit();
  }
}

function relative(location) {
  if (location?.file === undefined) return '<unknown>';
  const { path } = require('./platform');
  return `${path.relative(process.cwd(), location.file)}:${location.line}:${location.column}`;
}

/** The program's file. */
function mainFile() {
  const main = process.argv[1];
  return main !== undefined && main.startsWith('/') ? main : undefined;
}

// ---- the root of a file ---------------------------------------------------------------------------------------------------

let harness = null;

/** What process events a run listens to. @param {Harness} run */
function attach(run) {
  const onUncaught = (error) => run.caught(error, 'uncaughtException', currentTest(), currentHook());
  const onRejection = (error) => run.caught(error, 'unhandledRejection', currentTest(), currentHook());
  const onSignal = () => { run.interrupted(); };
  const onBeforeExit = () => {
    if (run.hasEnded) return;
    if (run.root.subtests.every((test) => test.finished)) {
      run.end();
      return;
    }
    // Tests are waited for, even if nothing of theirs keeps the process alive.
    const alive = timers.setInterval(() => {}, 2 ** 30);
    run.onIdle = () => timers.clearInterval(alive);
  };
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onRejection);
  if (!run.child && (run.config.isRunner || run.config.isTest)) process.on('SIGINT', onSignal);
  if (!run.config.isCalled) process.on('beforeExit', onBeforeExit);
  return () => {
    process.removeListener('uncaughtException', onUncaught);
    process.removeListener('unhandledRejection', onRejection);
    process.removeListener('SIGINT', onSignal);
    process.removeListener('beforeExit', onBeforeExit);
  };
}

/** The root of what is declared outside of any test. @returns {Test} */
function globalRoot() {
  if (harness === null) {
    const { fromCommandLine } = require('./config');
    const run = new Harness(fromCommandLine());
    harness = run;
    run.child = process.env.NODE_TEST_CONTEXT === 'child-v8';
    attach(run);
    const reporting = require('./reporting');
    if (run.child) reporting.toParent(run.stream);
    else reporting.start(run.stream, run.config);
  }
  return harness.root;
}

/** Makes declarations at the top go to `run`. */
function setGlobal(run) { harness = run; }

module.exports = { Harness, attach, globalRoot, mainFile, setGlobal, current: () => harness };
