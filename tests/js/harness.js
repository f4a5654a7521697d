'use strict';
// The harness of tests/js: `const { test, assert } = require('./harness')`. Tests of a file run one after the other, in
// the order in which they were written; each prints `ok NAME` or `not ok NAME` with the reason. A file is one process,
// started by tests/run-js, and runs on the system's Node as well, so that an expectation can be checked against it.
const fs = require('fs');
const path = require('path');

const assert = require('assert');

const TIMEOUT_MS = 30000;
const queue = [];
let failed = 0;
let passed = 0;
let running = false;
let current = null;
let finished = false;
let fileName = 'test';

function report(line) {
  fs.writeSync(1, `${line}\n`);
}

function describe(error) {
  return String(error?.stack ?? error).split('\n').map((line) => `  # ${line}`).join('\n');
}

async function run() {
  while (queue.length > 0) {
    const { name, fn } = queue.shift();
    current = name;
    let timer;
    try {
      const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no result after ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
      });
      await Promise.race([(async () => fn())(), late]);
      passed++;
      report(`ok ${fileName}: ${name}`);
    } catch (error) {
      failed++;
      report(`not ok ${fileName}: ${name}\n${describe(error)}`);
    } finally {
      clearTimeout(timer);
    }
    current = null;
  }
  running = false;
  if (queue.length === 0) {
    finished = true;
    process.exitCode = failed > 0 ? 1 : 0;
  }
}

/**
 * @param {string} name the behaviour, as a sentence
 * @param {() => (void | Promise<void>)} fn throws or rejects where the behaviour is not there
 */
function test(name, fn) {
  fileName = path.basename(require.main?.filename ?? process.argv[1] ?? 'test', '.test.js');
  queue.push({ name, fn });
  finished = false;
  if (!running) {
    running = true;
    setImmediate(run);
  }
}

/** A test that is known not to hold on this engine: named, counted nowhere. */
test.skip = (name) => report(`skip ${name}`);

process.on('exit', () => {
  // The loop ran dry inside a test: what it waits for never comes.
  if (!finished && running) {
    report(`not ok ${fileName}: ${current ?? 'the tests'}\n  # the process ended before the test did`);
    failed++;
    process.exitCode = 1;
  }
  report(`# ${passed} passed, ${failed} failed`);
});

/**
 * A promise with its functions.
 * @returns {{promise: Promise<any>, resolve: (value?: any) => void, reject: (error: any) => void}}
 */
function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Calls are counted: `const f = counted(fn); ...; f.calls` */
function counted(fn = () => {}) {
  function wrapper(...args) {
    wrapper.calls++;
    return fn.apply(this, args);
  }
  wrapper.calls = 0;
  return wrapper;
}

const directories = [];
process.on('exit', () => { for (const directory of directories) fs.rmSync(directory, { recursive: true, force: true }); });

/** A fresh directory, removed at exit. @returns {string} */
function temporaryDirectory() {
  const base = process.env.TMPDIR || '/tmp';
  const directory = fs.mkdtempSync(path.join(base, 'jsd-test-'));
  directories.push(directory);
  return directory;
}

/** Writes files below a directory: {'a/b.js': 'text'}. Returns the directory. */
function writeTree(directory, files) {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(directory, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  return directory;
}

module.exports = { test, assert, deferred, counted, temporaryDirectory, writeTree };
