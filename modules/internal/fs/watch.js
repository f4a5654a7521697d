'use strict';
// fs.watch (inotify) and fs.watchFile (stat, polled).
const EventEmitter = require('events');
const path = require('../../node/path');
const binding = internalBinding('fs_event');
const { UVException, AbortError, codes } = require('../errors');
const { validateFunction, validateAbortSignal, validateBoolean, validateInteger, validateObject, validateOneOf,
  validateUint32 } = require('../validators');
const { toPath, getOptions, encodeName } = require('./arguments');
const { callback: operations, sync } = require('./operations');
const { makeStats } = require('./stats');
const timers = require('../timers');
const ids = require('../async_ids');

/** options.ignore → whether a changed file's name is left out. */
function readIgnore(ignore) {
  if (ignore === undefined || ignore === null) return () => false;
  const list = Array.isArray(ignore) ? ignore : [ignore];
  const tests = list.map((one, i) => {
    const name = Array.isArray(ignore) ? `options.ignore[${i}]` : 'options.ignore';
    if (typeof one === 'function') return one;
    if (one instanceof RegExp) return (file) => one.test(file);
    if (typeof one !== 'string') throw new codes.ERR_INVALID_ARG_TYPE(name, ['string', 'RegExp', 'Function'], one);
    if (one === '') throw new codes.ERR_INVALID_ARG_VALUE(name, one, 'must not be empty');
    const { toRegExp } = require('../glob_match');
    const pattern = toRegExp(one);
    // A pattern without slashes is about names wherever they are.
    return (file) => pattern.test(file) || (!one.includes('/') && pattern.test(path.basename(file)));
  });
  return (file) => file !== null && tests.some((matches) => matches(file));
}

/** Node documentation: class fs.FSWatcher. */
class FSWatcher extends EventEmitter {
  #handles = new Map();
  #root;
  #options;
  #ignored;

  constructor(root, options) {
    super();
    this.#root = root;
    this.#options = options;
    this.#ignored = readIgnore(options.ignore);
    this.#add('');
    if (options.recursive && sync.stat(root).isDirectory()) this.#addTree('');
  }

  // The kernel watches single directories; a recursive watch has one watch for each.
  #addTree(folder) {
    let entries;
    try {
      entries = sync.scandir(path.join(`${this.#root}`, folder));
    } catch {
      return;
    }
    for (let i = 0; i < entries.length; i += 2) {
      if (entries[i + 1] !== 2) continue;
      const child = path.join(folder, entries[i]);
      if (this.#handles.has(child)) continue;
      try {
        this.#add(child);
      } catch {
        continue;
      }
      this.#addTree(child);
    }
  }

  #add(folder) {
    const target = path.join(`${this.#root}`, folder);
    const handle = binding.start(target, false, (status, renamed, name) => {
      if (status < 0) {
        const error = new UVException({ errno: status, syscall: 'watch', path: target });
        error.filename = name;
        this.close();
        this.emit('error', error);
        return;
      }
      const relative = name === null ? null : path.join(folder, name);
      if (renamed && this.#options.recursive && relative !== null) this.#addTree(folder);
      if (this.#ignored(relative)) return;
      this.emit('change', renamed ? 'rename' : 'change', relative === null ? null : encodeName(relative, this.#options.encoding));
    });
    if (typeof handle === 'number') {
      const error = new UVException({ errno: handle, syscall: 'watch', path: target });
      error.filename = target;
      throw error;
    }
    if (this.#options.persistent === false) binding.ref(handle, false);
    this.#handles.set(folder, handle);
  }

  close() {
    if (this.#handles.size === 0) return;
    for (const handle of this.#handles.values()) binding.stop(handle);
    this.#handles.clear();
    process.nextTick(() => this.emit('close'));
  }

  ref() {
    for (const handle of this.#handles.values()) binding.ref(handle, true);
    return this;
  }

  unref() {
    for (const handle of this.#handles.values()) binding.ref(handle, false);
    return this;
  }
}

function watch(target, options, listener) {
  if (typeof options === 'function') [options, listener] = [undefined, options];
  options = getOptions(options, { persistent: true, recursive: false, encoding: 'utf8' });
  if (options.recursive !== undefined) validateBoolean(options.recursive, 'options.recursive');
  const watcher = new FSWatcher(toPath(target, 'filename'), options);
  if (listener !== undefined) {
    validateFunction(listener, 'listener');
    watcher.on('change', listener);
  }
  if (options.signal) {
    const close = () => watcher.close();
    if (options.signal.aborted) process.nextTick(close);
    else {
      options.signal.addEventListener('abort', close, { once: true });
      watcher.once('close', () => options.signal.removeEventListener('abort', close));
    }
  }
  return watcher;
}

/** fsPromises.watch: an async iterator of { eventType, filename }. */
async function* watchIterator(target, options = {}) {
  validateObject(options, 'options');
  const { signal, persistent = true, recursive = false, maxQueue = 2048, overflow = 'ignore' } = options;
  validateBoolean(persistent, 'options.persistent');
  validateBoolean(recursive, 'options.recursive');
  validateInteger(maxQueue, 'options.maxQueue');
  validateOneOf(overflow, 'options.overflow', ['ignore', 'throw']);
  getOptions(options);
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  const queue = [];
  let wake;
  let failure = null;
  const watcher = watch(target, { ...options, signal: undefined }, (eventType, filename) => {
    if (queue.length < maxQueue) {
      queue.push({ eventType, filename });
    } else if (overflow === 'throw') {
      failure = new codes.ERR_FS_WATCH_QUEUE_OVERFLOW(maxQueue);
    } else {
      process.emitWarning('fs.watch maxQueue exceeded');
    }
    wake?.();
  });
  watcher.on('error', (error) => {
    failure = error;
    wake?.();
  });
  const abort = () => {
    failure = new AbortError(undefined, { cause: signal.reason });
    wake?.();
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      while (queue.length > 0) yield queue.shift();
      if (failure !== null) throw failure;
      await new Promise((resolve) => { wake = resolve; });
    }
  } finally {
    watcher.close();
    signal?.removeEventListener('abort', abort);
  }
}

// ---- watchFile ----------------------------------------------------------------------------------------------------

const watched = new Map();

/** The stats of what is not there. */
const missing = (big) => makeStats(big ? new BigInt64Array(18) : new Float64Array(18));

/** Node documentation: class fs.StatWatcher. */
class StatWatcher extends EventEmitter {
  constructor(file, { interval = 5007, persistent = true, bigint = false } = {}) {
    super();
    validateUint32(interval, 'interval');
    ids.init(this, 'STATWATCHER');
    this.file = file;
    this.bigint = bigint;
    this.previous = null;
    this.timer = timers.setInterval(() => this.#poll(), interval);
    if (!persistent) this.timer.unref();
    this.#poll();
  }

  #poll() {
    operations.stat(this.file, { bigint: this.bigint }, (error, stats) => {
      if (this.timer === null) return;
      const current = error ? missing(this.bigint) : stats;
      const { previous } = this;
      this.previous = current;
      if (previous === null) {
        if (error) ids.runIn(this, this.emit, this, ['change', current, current]);
        return;
      }
      if (previous.mtimeMs !== current.mtimeMs || previous.ctimeMs !== current.ctimeMs || previous.size !== current.size ||
        previous.ino !== current.ino || previous.mode !== current.mode || previous.nlink !== current.nlink) {
        ids.runIn(this, this.emit, this, ['change', current, previous]);
      }
    });
  }

  stop() {
    if (this.timer === null) return;
    timers.clearInterval(this.timer);
    this.timer = null;
    ids.emitDestroy(this[ids.kAsyncId]);
    process.nextTick(() => this.emit('stop'));
  }

  ref() {
    this.timer?.ref();
    return this;
  }

  unref() {
    this.timer?.unref();
    return this;
  }
}

function watchFile(file, options, listener) {
  if (typeof options === 'function') [options, listener] = [undefined, options];
  validateFunction(listener, 'listener');
  const key = path.resolve(`${toPath(file, 'filename')}`);
  let watcher = watched.get(key);
  if (watcher === undefined) {
    watcher = new StatWatcher(key, options ?? undefined);
    watched.set(key, watcher);
  }
  watcher.on('change', listener);
  return watcher;
}

function unwatchFile(file, listener) {
  const key = path.resolve(`${toPath(file, 'filename')}`);
  const watcher = watched.get(key);
  if (watcher === undefined) return;
  if (typeof listener === 'function') watcher.removeListener('change', listener);
  else watcher.removeAllListeners('change');
  if (watcher.listenerCount('change') === 0) {
    watcher.stop();
    watched.delete(key);
  }
}

module.exports = { FSWatcher, StatWatcher, watch, watchIterator, watchFile, unwatchFile };
