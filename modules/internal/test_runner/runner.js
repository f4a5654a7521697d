'use strict';
// run(): test files in processes of their own, or all in this one (Node documentation: run([options])).
const platform = require('./platform');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE },
} = require('../errors');
const validators = require('../validators');
const { Harness, attach, current, setGlobal } = require('./harness');
const { toRegExp } = require('./filter');
const { readConcurrency, readTimeout } = require('./options');

const { validateAbortSignal, validateArray, validateBoolean, validateFunction, validateInteger, validateObject, validateOneOf,
  validateString, validateStringArray } = validators;

function readPatterns(value, name) {
  if (value === undefined || value === null) return undefined;
  const list = Array.isArray(value) ? value : [value];
  return list.map((one, i) => {
    if (one instanceof RegExp) return one;
    if (typeof one !== 'string') {
      throw new ERR_INVALID_ARG_TYPE(Array.isArray(value) ? `${name}[${i}]` : name, ['string', 'RegExp'], one);
    }
    return toRegExp(one);
  });
}

function readGlobs(value, name) {
  if (value === undefined || value === null) return [];
  const list = Array.isArray(value) ? value : [value];
  validateStringArray(list, name);
  return list;
}

function readShard(shard, watch) {
  if (shard === undefined || shard === null) return undefined;
  validateObject(shard, 'options.shard');
  const { index, total } = { __proto__: null, index: shard.index, total: shard.total };
  validateInteger(total, 'options.shard.total', 1);
  validateInteger(index, 'options.shard.index', 1, total);
  if (watch) throw new ERR_INVALID_ARG_VALUE('options.shard', watch, 'shards not supported with watch mode');
  return { index, total };
}

function readTagFilters(value) {
  if (value === undefined || value === null) return undefined;
  const list = Array.isArray(value) ? value : [value];
  list.forEach((one, i) => {
    const name = Array.isArray(value) ? `options.testTagFilters[${i}]` : 'options.testTagFilters';
    if (typeof one !== 'string') throw new ERR_INVALID_ARG_TYPE(name, 'string', one);
    if (one === '') throw new ERR_INVALID_ARG_VALUE(name, one, 'must not be an empty string');
  });
  return list;
}

function readRandom(options, { watch, rerunFile }) {
  const { randomize, randomSeed } = options;
  if (randomize !== undefined && randomize !== null) validateBoolean(randomize, 'options.randomize');
  if (randomSeed !== undefined && randomSeed !== null) validateInteger(randomSeed, 'options.randomSeed', 0, 0xffffffff);
  const name = randomize ? 'randomize' : randomSeed === undefined || randomSeed === null ? undefined : 'randomSeed';
  if (name === undefined) return undefined;
  if (watch) throw new ERR_INVALID_ARG_VALUE(`options.${name}`, options[name], 'is not supported with watch mode.');
  if (rerunFile !== undefined) throw new ERR_INVALID_ARG_VALUE(`options.${name}`, options[name], 'is not supported with rerun failures mode.');
  return randomSeed ?? require('./random').newSeed();
}

function readThreshold(value, name) {
  if (value === undefined || value === null) return 0;
  validateInteger(value, name, 0, 100);
  return value;
}

/** @returns {object} the settings of a run() */
function readOptions(options) {
  validateObject(options, 'options');
  const { files, globPatterns, watch = false, setup, only, cwd = process.cwd(), isolation = 'process', env, signal } = options;
  if (files !== undefined && files !== null) validateArray(files, 'options.files');
  if (watch !== undefined && watch !== null) validateBoolean(watch, 'options.watch');
  if (options.forceExit !== undefined && options.forceExit !== null) {
    validateBoolean(options.forceExit, 'options.forceExit');
    if (options.forceExit && watch) throw new ERR_INVALID_ARG_VALUE('options.forceExit', watch, 'is not supported with watch mode');
  }
  if (only !== undefined && only !== null) validateBoolean(only, 'options.only');
  if (globPatterns !== undefined && globPatterns !== null) validateArray(globPatterns, 'options.globPatterns');
  if (globPatterns?.length > 0 && files?.length > 0) {
    throw new ERR_INVALID_ARG_VALUE('options.globPatterns', globPatterns, 'is not supported when specifying \'options.files\'');
  }
  validateString(cwd, 'options.cwd');
  if (options.rerunFailuresFilePath !== undefined && options.rerunFailuresFilePath !== null) {
    validateString(options.rerunFailuresFilePath, 'options.rerunFailuresFilePath');
    if (watch) throw new ERR_INVALID_ARG_VALUE('options.rerunFailuresFilePath', options.rerunFailuresFilePath, 'is not supported with watch mode');
  }
  const rerunFile = options.rerunFailuresFilePath ?? undefined;
  const shard = readShard(options.shard, watch);
  if (setup !== undefined && setup !== null) validateFunction(setup, 'options.setup');
  const namePatterns = readPatterns(options.testNamePatterns, 'options.testNamePatterns');
  const skipPatterns = readPatterns(options.testSkipPatterns, 'options.testSkipPatterns');
  const tagFilters = readTagFilters(options.testTagFilters);
  validateOneOf(isolation, 'options.isolation', ['process', 'none']);
  validateAbortSignal(signal ?? undefined, 'options.signal');
  if (options.coverage !== undefined && options.coverage !== null) validateBoolean(options.coverage, 'options.coverage');
  const { execArgv = [], argv = [] } = options;
  validateStringArray(execArgv, 'options.execArgv');
  validateStringArray(argv, 'options.argv');
  if (env !== undefined && env !== null) {
    validateObject(env, 'options.env');
    if (isolation === 'none') throw new ERR_INVALID_ARG_VALUE('options.env', env, 'is not supported with isolation=\'none\'');
  }
  if (options.globalSetupPath !== undefined && options.globalSetupPath !== null) validateString(options.globalSetupPath, 'options.globalSetupPath');
  const fileConcurrency = readConcurrency(options.concurrency, true) ?? (options.isTest ? readConcurrency(true, true) : 1);
  return {
    isRunner: true, isCalled: !options.isTest, isTest: Boolean(options.isTest),
    files: files ?? undefined, globPatterns: globPatterns ?? undefined, watch, setup: setup ?? undefined, cwd, isolation,
    only: Boolean(only), shard, namePatterns, skipPatterns, tagFilters, execArgv, argv, env: env ?? undefined,
    signal: signal ?? undefined, rerunFile, forceExit: Boolean(options.forceExit),
    coverage: Boolean(options.coverage),
    coverageExclude: readGlobs(options.coverageExcludeGlobs, 'options.coverageExcludeGlobs'),
    coverageInclude: readGlobs(options.coverageIncludeGlobs, 'options.coverageIncludeGlobs'),
    lineCoverage: readThreshold(options.lineCoverage, 'options.lineCoverage'),
    branchCoverage: readThreshold(options.branchCoverage, 'options.branchCoverage'),
    functionCoverage: readThreshold(options.functionCoverage, 'options.functionCoverage'),
    timeout: isolation === 'none' ? readTimeout(options.timeout) : undefined,
    fileTimeout: isolation === 'process' ? readTimeout(options.timeout) : undefined,
    fileConcurrency,
    concurrency: isolation === 'process' ? fileConcurrency : 1,
    globalSetup: options.globalSetupPath ?? undefined,
    updateSnapshots: options.updateSnapshots,
    randomSeed: readRandom(options, { watch, rerunFile }),
  };
}

/**
 * @param {object} [options]
 * @returns {TestsStream}
 */
function run(options = {}) {
  const config = readOptions(options);
  platform.util.debuglog('test_runner')('test runner configuration: %O', {
    ...options, concurrency: options.isolation === 'none' ? 1 : options.concurrency, timeout: options.timeout ?? Infinity,
  });
  if (process.env.NODE_TEST_CONTEXT === 'child-v8') {
    process.emitWarning('node:test run() is being called recursively within a test file. skipping running files.');
    const { TestsStream } = require('./events');
    const empty = new TestsStream();
    empty.finish();
    return empty;
  }
  const harness = new Harness(config);
  config.preload = options.preload;
  if (typeof config.setup === 'function') config.setup(harness.stream);
  const detach = attach(harness);
  const { findTestFiles } = require('./files');
  let files = config.files?.map((file) => (file instanceof URL ? platform.url.fileURLToPath(file) : `${file}`)) ??
    findTestFiles(config.globPatterns, config.cwd);
  if (config.shard !== undefined) files = files.filter((_, i) => i % config.shard.total === config.shard.index - 1);
  const job = config.watch ? () => require('./watch').watchFiles(harness, files) : () => runFiles(harness, files);
  const { runOutside } = require('./test');
  runOutside(() => start(harness, job)).finally(detach);
  return harness.stream;
}

async function start(harness, job) {
  const { config } = harness;
  try {
    // What listens to the stream is there by then.
    await null;
    if (config.coverage) harness.startCoverage();
    if (config.globalSetup !== undefined) await harness.setUp();
    await job();
    if (config.isolation === 'none') await harness.runAfterHooks();
    // What the tests left behind may still fail.
    if (config.isTest && config.isolation === 'none' && !config.watch && !config.forceExit) await beforeExit();
  } catch (error) {
    if (config.isTest) {
      require('../uncaught').print(error);
      process.reallyExit(1);
    }
    harness.stream.destroy(error);
    return;
  }
  if (config.watch) return;
  await harness.end();
  if (config.forceExit || (config.isTest && config.isolation === 'none' && config.forceExit)) await harness.exit();
}

/** @returns {Promise<void>} when all files are through */
async function runFiles(harness, files) {
  if (harness.config.isolation === 'none') {
    await runHere(harness, files);
    return;
  }
  const { runFileInProcess } = require('./file_process');
  await Promise.all(files.map((file) => runFileInProcess(harness, file)));
}

/** All files in this process: loaded one after the other, then their tests run. */
async function runHere(harness, files) {
  const { importURL } = require('../loader/esm');
  const { pathToURL } = require('../loader/file_url');
  const { Test } = require('./test');
  const before = current();
  setGlobal(harness);
  await harness.config.preload?.();
  process.env.NODE_TEST_WORKER_ID = '1';
  const held = [];
  // Tests at the top wait until all files are loaded.
  harness.begin = (test) => (test.parent === harness.root ? new Promise((resolve) => { held.push(() => resolve(test.start())); }) : test.start());
  for (const name of harness.draw === null ? files : harness.draw.shuffle(files)) {
    const file = platform.path.resolve(harness.config.cwd, name);
    harness.entryFile = file;
    const count = harness.root.subtests.length;
    let failed;
    try {
      await importURL(pathToURL(file));
    } catch (error) {
      failed = error;
    }
    if (failed === undefined && harness.root.subtests.length > count) continue;
    // A file that could not be loaded, or that declares nothing, is a test itself.
    const test = harness.root.createSubtest(Test, { name, options: {}, location: { line: 1, column: 1, file } });
    if (failed !== undefined) test.fail(failed);
    harness.begin(test);
  }
  harness.entryFile = undefined;
  delete harness.begin;
  for (let i = 0; i < harness.building.length; i++) await harness.building[i];
  for (const begin of held) begin();
  await settled(harness.root);
  setGlobal(before);
}

const beforeExit = () => new Promise((resolve) => { process.once('beforeExit', resolve); });

/** When no test is left, or nothing keeps the process alive any more. */
function settled(root) {
  return new Promise((resolve) => {
    const check = () => root.subtests.every((test) => test.finished);
    const done = () => {
      process.removeListener('beforeExit', done);
      resolve();
    };
    if (check()) {
      resolve();
      return;
    }
    const { childFinished } = root;
    root.childFinished = (test) => {
      childFinished.call(root, test);
      if (check()) done();
    };
    process.once('beforeExit', done);
  });
}

/**
 * jsd --test: from the command line.
 * @param {string[]} patterns
 * @param {() => Promise<void>} preload loads what --require and --import name, where the tests run in this process
 */
function runFromCommandLine(patterns, preload) {
  const { fromCommandLine } = require('./config');
  const config = fromCommandLine();
  const { findTestFiles } = require('./files');
  if (patterns.length > 0 && findTestFiles(patterns, process.cwd()).length === 0 && !config.watch) {
    internalBinding('process').writeError(`Could not find '${patterns.join(', ')}'\n`);
    process.reallyExit(1);
  }
  run({
    isTest: true, globPatterns: patterns.length > 0 ? patterns : undefined, concurrency: config.fileConcurrency,
    isolation: config.isolation, watch: config.watch, only: config.only, coverage: config.coverage,
    coverageExcludeGlobs: config.coverageExclude, coverageIncludeGlobs: config.coverageInclude,
    lineCoverage: config.lineCoverage, branchCoverage: config.branchCoverage, functionCoverage: config.functionCoverage,
    forceExit: config.forceExit, globalSetupPath: config.globalSetup, shard: config.shard, timeout: config.timeout,
    testNamePatterns: config.namePatterns, testSkipPatterns: config.skipPatterns, testTagFilters: config.tagFilters,
    rerunFailuresFilePath: config.rerunFile, randomize: config.randomSeed !== undefined && !config.seedGiven ? true : undefined, randomSeed: config.randomSeed,
    updateSnapshots: config.updateSnapshots, preload,
    setup: (events) => { require('./reporting').start(events, config); },
  });
}

module.exports = { run, runFromCommandLine };
