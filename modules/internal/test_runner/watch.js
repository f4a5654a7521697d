'use strict';
// Watch mode of the test runner: each test file runs again when it, or something that it loads, changes.
const platform = require('./platform');
const { FileWatcher } = require('../file_watcher');
const { runFileInProcess } = require('./file_process');
const { findTestFiles } = require('./files');

const zero = () => ({ tests: 0, failed: 0, passed: 0, cancelled: 0, skipped: 0, todo: 0, topLevel: 0, suites: 0 });

/** @param {Harness} harness @param {string[]} files @returns {Promise<never>} */
function watchFiles(harness, files) {
  const { config, stream, root } = harness;
  const running = new Map(); // file → promise
  const known = new Set(files);
  const watcher = new FileWatcher((first, owners) => { changed(owners); });
  harness.watcher = watcher;
  const whole = (file) => platform.path.resolve(config.cwd, file);
  for (const file of files) watcher.add(whole(file), file);
  if (config.files === undefined) {
    // A new file that looks like a test file is one.
    watcher.addTree(config.cwd);
    watcher.onOther = undefined;
  }
  let started = performance.now();

  function begin(file) {
    running.set(file, runFileInProcess(harness, file).then(() => {
      running.delete(file);
      if (running.size === 0) drained();
    }));
  }

  function drained() {
    const { counters } = harness;
    stream.publish('test:plan', { __proto__: null, nesting: 0, count: counters.topLevel });
    for (const [name, key] of [['tests', 'tests'], ['suites', 'suites'], ['pass', 'passed'], ['fail', 'failed'],
      ['cancelled', 'cancelled'], ['skipped', 'skipped'], ['todo', 'todo']]) stream.diagnostic(0, `${name} ${counters[key]}`);
    const duration = performance.now() - started;
    stream.diagnostic(0, `duration_ms ${duration}`);
    stream.publish('test:summary', {
      __proto__: null, success: harness.success, counts: { __proto__: null, ...counters }, duration_ms: duration, file: undefined,
    });
    stream.publish('test:watch:drained', {});
  }

  function changed(owners) {
    const found = config.files ?? findTestFiles(config.globPatterns, config.cwd);
    const again = new Set([...owners].filter((file) => platform.fs.existsSync(whole(file)) || config.files !== undefined));
    for (const file of found) {
      if (known.has(file)) continue;
      known.add(file);
      watcher.add(whole(file), file);
      again.add(file);
    }
    if (again.size === 0) return;
    stream.publish('test:watch:restarted', {});
    harness.counters = zero();
    harness.success = true;
    harness.topNumber = 0;
    root.error = null;
    started = performance.now();
    for (const file of again) {
      const before = running.get(file);
      if (before === undefined) {
        begin(file);
      } else {
        harness.childOf?.(file)?.kill('SIGTERM');
        before.then(() => begin(file));
      }
    }
  }

  if (files.length === 0) drained();
  for (const file of files) begin(file);
  const { signal } = config;
  return new Promise((resolve) => {
    const end = () => {
      watcher.close();
      harness.end();
      resolve();
    };
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
}

module.exports = { watchFiles };
