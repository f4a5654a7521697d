'use strict';
// A test file in a process of its own: started with the options of this one, its events passed on as if its tests were
// ours, its output as events. A file that reports no test is a test itself.
const platform = require('./platform');
const { failure, kinds } = require('./failure');
const { Test } = require('./test');
const { Decoder } = require('./wire');

/** Options that are this process's own business. */
const own = new Set(['--test', '--experimental-test-coverage', '--watch', '--experimental-default-config-file', '--test-reporter',
  '--test-reporter-destination', '--experimental-config-file', '--test-randomize', '--test-random-seed', '--test-isolation',
  '--experimental-test-isolation', '--test-global-setup', '--test-rerun-failures', '--test-coverage-include', '--test-coverage-exclude',
  '--test-coverage-lines', '--test-coverage-branches', '--test-coverage-functions', '--test-shard', '--test-concurrency',
  '--experimental-test-tag-filter', '--watch-preserve-output', '--watch-path']);
const withValue = new Set(['--test-reporter', '--test-reporter-destination', '--experimental-config-file', '--test-random-seed',
  '--test-isolation', '--experimental-test-isolation', '--test-global-setup', '--test-rerun-failures', '--test-coverage-include',
  '--test-coverage-exclude', '--test-coverage-lines', '--test-coverage-branches', '--test-coverage-functions', '--test-shard',
  '--test-concurrency', '--experimental-test-tag-filter', '--watch-path']);

function inherited() {
  const out = [];
  const { execArgv } = process;
  for (let i = 0; i < execArgv.length; i++) {
    const [name] = execArgv[i].split('=');
    if (own.has(name)) {
      if (withValue.has(name) && !execArgv[i].includes('=')) i++;
      continue;
    }
    out.push(execArgv[i]);
  }
  return out;
}

/** @param {object} config of the run @param {string} file */
function argumentsFor(config, file) {
  const args = inherited();
  const add = (name, value) => args.push(value === undefined ? name : `${name}=${value}`);
  if (!config.isTest) {
    for (const pattern of config.namePatterns ?? []) add('--test-name-pattern', pattern);
    for (const pattern of config.skipPatterns ?? []) add('--test-skip-pattern', pattern);
    if (config.only) add('--test-only');
    if (config.fileTimeout !== undefined && config.fileTimeout !== Infinity) add('--test-timeout', config.fileTimeout);
    if (config.forceExit) add('--test-force-exit');
  }
  for (const tag of config.tagFilters ?? []) add('--experimental-test-tag-filter', tag);
  if (config.randomSeed !== undefined) add('--test-random-seed', config.randomSeed);
  if (config.rerunFile !== undefined) add('--test-rerun-failures', config.rerunFile);
  return [...args, ...config.execArgv, file, ...config.argv];
}

const workers = new Set();

/** The smallest number from 1 that no running file has. */
function takeWorkerId() {
  let id = 1;
  while (workers.has(id)) id++;
  workers.add(id);
  return id;
}

class FileTest extends Test {
  #queue = []; // events, until it is this file's turn to report
  isFile = true;
  ranTests = false;
  hasFailedTests = false;

  constructor(parent, given) {
    super(parent, given);
    this.file = given.location.file;
  }

  /** An event of the child. */
  received({ type, data }) {
    if (type === 'jsd:rerun') {
      Object.assign(this.harness.fileResults ??= {}, data.passed);
      return;
    }
    data.entryFile = this.file;
    const immediate = type === 'test:enqueue' || type === 'test:dequeue' || type === 'test:complete' || type === 'test:summary' ||
      type === 'test:log' || type === 'test:stdout' || type === 'test:stderr';
    if (type === 'test:enqueue' || type === 'test:start') this.ranTests = true;
    if (type === 'test:summary') {
      this.#summary(data);
    }
    if (immediate) this.harness.stream.publish(type, data);
    else if (this.isTurn()) this.#pass(type, data);
    else this.#queue.push({ type, data });
  }

  /** Tests of the file are numbered on among those of all files. */
  #pass(type, data) {
    if ((type === 'test:pass' || type === 'test:fail') && data.nesting === 0) data.testNumber = ++this.harness.topNumber;
    this.harness.stream.publish(type, data);
  }

  #summary({ counts, success }) {
    const { counters } = this.harness;
    for (const name of Object.keys(counters)) counters[name] += counts[name] ?? 0;
    if (!success) {
      this.harness.success = false;
      this.hasFailedTests = true;
    }
  }

  output(type, message) {
    this.harness.stream.publish(type, { __proto__: null, file: this.file, message, entryFile: this.file });
  }

  flush() {
    if (!this.isTurn()) return;
    for (const { type, data } of this.#queue.splice(0)) this.#pass(type, data);
  }

  get number() { return this.ranTests ? undefined : this.ownNumber; }
  set number(value) { /* counted when it is reported */ }

  report() {
    for (const { type, data } of this.#queue.splice(0)) this.#pass(type, data);
    // A file whose tests failed has said so; one that could not be run to its end has not.
    if (this.ranTests && (this.passed || this.error.failureType === kinds.subtests)) {
      if (!this.passed) this.harness.success = false;
      return;
    }
    this.ownNumber = ++this.harness.topNumber;
    this.ranTests = false;
    super.report();
  }
}

/** @param {Harness} harness @param {string} file @returns {Promise<void>} */
function runFileInProcess(harness, name) {
  const file = platform.path.resolve(harness.config.cwd, name);
  const location = { line: 1, column: 1, file };
  harness.topNumber ??= 0;
  const test = harness.root.createSubtest(FileTest, {
    name, options: { timeout: Infinity, signal: harness.config.signal }, location,
    fn: (context) => runProcess(test, context),
  });
  return test.start();
}

async function runProcess(test, { signal }) {
  const { harness, file } = test;
  const { config } = harness;
  const id = takeWorkerId();
  const env = { ...config.env ?? process.env, NODE_TEST_CONTEXT: 'child-v8', NODE_TEST_WORKER_ID: `${id}` };
  const coverageFolder = harness.coverage?.folder;
  if (coverageFolder !== undefined) env.NODE_V8_COVERAGE = coverageFolder;
  if (config.watch) env.WATCH_REPORT_DEPENDENCIES = '1';
  const child = platform.child_process.spawn(process.execPath, argumentsFor(config, file), {
    __proto__: null, signal, encoding: 'utf8', env, cwd: config.cwd, stdio: config.watch ? ['pipe', 'pipe', 'pipe', 'ipc'] : 'pipe',
    killSignal: 'SIGTERM',
  });
  if (config.watch) harness.watcher?.watchChild(child, test.name);
  test.child = child;
  child.stdin?.end?.();
  let failed;
  child.on('error', (error) => { failed = error; });
  const { string_decoder: { StringDecoder } } = platform;
  const texts = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  const decoder = new Decoder((event) => test.received(event), (bytes) => test.output('test:stdout', texts.stdout.write(bytes)));
  child.stdout.on('data', (chunk) => decoder.write(chunk));
  child.stderr.on('data', (chunk) => test.output('test:stderr', texts.stderr.write(chunk)));
  const { events: { once } } = platform;
  const ended = Promise.all([once(child, 'close').catch(() => []), once(child.stdout, 'close').catch(() => [])]);
  let code, reason;
  try {
    [[code, reason]] = await ended;
  } finally {
    workers.delete(id);
  }
  decoder.end();
  if (code === 0 && reason === null) return;
  if (failed !== undefined && failed.name !== 'AbortError') throw failed;
  const error = failure('test failed', test.hasFailedTests && reason === null ? kinds.subtests : kinds.testCode);
  Object.assign(error, { exitCode: code, signal: reason });
  error.stack = undefined;
  throw error;
}

module.exports = { runFileInProcess };
