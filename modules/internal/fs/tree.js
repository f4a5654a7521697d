'use strict';
// Operations on whole trees, written once as generators over the plain operations: `yield [name, ...arguments]` is an
// operation of operations.js. Driven synchronously or asynchronously.
const { sync, promise } = require('./operations');
const path = require('../../node/path');
const { Dirent, typeOf, joinName } = require('./stats');
const { toPath, toMode, getOptions, encodeName } = require('./arguments');
const { validateBoolean, validateObject, validateInteger, validateFunction } = require('../validators');
const { codes } = require('../errors');

/** Runs a generator with the sync operations. */
function runSync(generator) {
  let step = generator.next();
  while (!step.done) {
    let value;
    try {
      const [name, ...args] = step.value;
      if (name === 'wait') value = undefined;
      else if (name === 'call') value = args[0];
      else value = sync[name](...args);
    } catch (error) {
      step = generator.throw(error);
      continue;
    }
    step = generator.next(value);
  }
  return step.value;
}

/** The same with promises. */
async function runAsync(generator) {
  let step = generator.next();
  while (!step.done) {
    let value;
    try {
      const [name, ...args] = step.value;
      if (name === 'wait') await new Promise((resolve) => { require('../timers').setTimeout(resolve, args[0]); });
      else if (name === 'call') value = await args[0];
      else value = await promise[name](...args);
    } catch (error) {
      step = generator.throw(error);
      continue;
    }
    step = generator.next(value);
  }
  return step.value;
}

/** mkdir: undefined, or the first directory that `recursive` made. */
function* mkdir(directory, options) {
  let mode = 0o777;
  let recursive = false;
  if (typeof options === 'number' || typeof options === 'string') mode = toMode(options);
  else if (options) {
    if (options.recursive !== undefined) {
      validateBoolean(options.recursive, 'options.recursive');
      ({ recursive } = options);
    }
    if (options.mode !== undefined) mode = toMode(options.mode, undefined, 'options.mode');
  }
  directory = toPath(directory);
  if (!recursive) {
    yield ['mkdirOne', directory, mode];
    return undefined;
  }
  const missing = [];
  let at = path.resolve(`${directory}`);
  let first;
  for (;;) {
    try {
      yield ['mkdirOne', at, mode];
      first ??= at;
    } catch (error) {
      if (error.code === 'ENOENT' && path.dirname(at) !== at) {
        missing.push(at);
        at = path.dirname(at);
        continue;
      }
      if (error.code !== 'EEXIST') throw error;
      if (missing.length === 0 && !(yield ['stat', at]).isDirectory()) throw error;
    }
    if (missing.length === 0) return first;
    at = missing.pop();
  }
}

/** readdir with withFileTypes and recursive. */
function* readdir(directory, options) {
  const { encoding, withFileTypes, recursive } = getOptions(options);
  if (recursive !== undefined && recursive !== null) validateBoolean(recursive, 'options.recursive');
  directory = toPath(directory);
  const out = [];
  const queue = [['', directory]];
  for (const [prefix, folder] of queue) {
    const entries = yield ['scandir', folder];
    for (let i = 0; i < entries.length; i += 2) {
      const name = entries[i];
      let type = entries[i + 1];
      if (type === 0 && (withFileTypes || recursive)) type = typeOf(yield ['lstat', joinName(folder, name)]);
      if (withFileTypes) out.push(new Dirent(encodeName(name, encoding), folder, type));
      else out.push(encodeName(prefix + name, encoding));
      if (recursive && type === 2) queue.push([`${prefix}${name}/`, joinName(folder, name)]);
    }
  }
  return out;
}

const retryable = new Set(['EBUSY', 'EMFILE', 'ENFILE', 'ENOTEMPTY', 'EPERM']);

function rmOptions(options, recursive) {
  validateObject(options ?? {}, 'options');
  const out = { recursive, force: false, maxRetries: 0, retryDelay: 100, ...options };
  validateBoolean(out.force, 'options.force');
  validateBoolean(out.recursive, 'options.recursive');
  validateInteger(out.retryDelay, 'options.retryDelay', 0);
  validateInteger(out.maxRetries, 'options.maxRetries', 0);
  return out;
}

function* retrying(options, name, target) {
  for (let tries = 0; ; tries++) {
    try {
      return yield [name, target];
    } catch (error) {
      if (error.code === 'ENOENT') return undefined;
      if (tries >= options.maxRetries || !retryable.has(error.code)) throw error;
    }
    yield ['wait', (tries + 1) * options.retryDelay];
  }
}

function* removeTree(target, options) {
  const entries = yield ['scandir', target];
  for (let i = 0; i < entries.length; i += 2) {
    const child = joinName(target, entries[i]);
    let type = entries[i + 1];
    if (type === 0) type = typeOf(yield ['lstat', child]);
    if (type === 2) yield* removeTree(child, options);
    else yield* retrying(options, 'unlink', child);
  }
  yield* retrying(options, 'rmdir', target);
}

/** rm (Node documentation: fs.rm). */
function* rm(target, options) {
  options = rmOptions(options, false);
  target = toPath(target);
  let stats;
  try {
    stats = yield ['lstat', target];
  } catch (error) {
    if (options.force && error.code === 'ENOENT') return;
    throw error;
  }
  if (!stats.isDirectory()) {
    yield* retrying(options, 'unlink', target);
    return;
  }
  if (!options.recursive) {
    throw new codes.ERR_FS_EISDIR({ code: 'EISDIR', message: 'is a directory', path: target, syscall: 'rm', errno: 21 });
  }
  yield* removeTree(target, options);
}

/** rmdir, with its old recursive option. */
function* rmdir(target, options) {
  if (options?.recursive) {
    const stats = yield ['lstat', toPath(target)];
    if (!stats.isDirectory()) {
      const { failure } = require('./operations');
      throw failure(-20, 'rmdir', { path: target });
    }
    yield* removeTree(toPath(target), rmOptions({ ...options, recursive: true }, true));
    return;
  }
  yield ['rmdir', target];
}

function copyError(name, message, source, errno) {
  return new codes[name]({ message, path: source, syscall: 'cp', errno, code: name.replace('ERR_FS_CP_', '') });
}

/** cp (Node documentation: fs.cp). */
function* cp(source, target, options = {}) {
  validateObject(options ?? {}, 'options');
  const settings = { dereference: false, errorOnExist: false, force: true, preserveTimestamps: false, recursive: false,
    verbatimSymlinks: false, mode: 0, filter: undefined, ...options };
  if (settings.filter !== undefined) validateFunction(settings.filter, 'options.filter');
  source = toPath(source, 'src');
  target = toPath(target, 'dest');
  const from = path.resolve(`${source}`);
  const to = path.resolve(`${target}`);
  const stats = yield [settings.dereference ? 'stat' : 'lstat', from];
  if (from === to) throw copyError('ERR_FS_CP_EINVAL', 'src and dest cannot be the same', to, 22);
  if (stats.isDirectory()) {
    if (!settings.recursive) throw copyError('ERR_FS_EISDIR', `Recursive option not enabled, cannot copy a directory: ${source}`, source, 21);
    if (to.startsWith(`${from}${path.sep}`)) {
      throw copyError('ERR_FS_CP_EINVAL', `cannot copy ${source} to a subdirectory of self ${target}`, to, 22);
    }
  }
  yield* mkdir(path.dirname(to), { recursive: true });
  yield* copyEntry(from, to, settings);
}

function* copyEntry(from, to, settings) {
  if (settings.filter !== undefined && !(yield ['call', settings.filter(from, to)])) return;
  const stats = yield [settings.dereference ? 'stat' : 'lstat', from];
  let existing = null;
  try {
    existing = yield ['lstat', to];
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  if (stats.isDirectory()) {
    if (existing === null) yield ['mkdirOne', to, stats.mode & 0o777];
    else if (!existing.isDirectory()) {
      throw copyError('ERR_FS_CP_DIR_TO_NON_DIR', `cannot overwrite non-directory ${to} with directory ${from}`, to, 21);
    }
    const entries = yield ['scandir', from];
    for (let i = 0; i < entries.length; i += 2) yield* copyEntry(joinName(from, entries[i]), joinName(to, entries[i]), settings);
    return;
  }
  if (existing !== null) {
    if (existing.isDirectory()) {
      throw copyError('ERR_FS_CP_NON_DIR_TO_DIR', `cannot overwrite directory ${to} with non-directory ${from}`, to, 20);
    }
    if (!settings.force) {
      if (settings.errorOnExist) throw copyError('ERR_FS_CP_EEXIST', `${to} already exists`, to, 17);
      return;
    }
    yield ['unlink', to];
  }
  if (stats.isSymbolicLink()) {
    const link = yield ['readlink', from];
    yield ['symlink', settings.verbatimSymlinks ? link : path.resolve(path.dirname(from), link), to];
  } else if (stats.isFile()) {
    yield ['copyFile', from, to, settings.mode];
    if (settings.preserveTimestamps) yield ['utimes', to, stats.atime, stats.mtime];
  } else if (stats.isSocket()) {
    throw copyError('ERR_FS_CP_SOCKET', `cannot copy a socket file: ${to}`, to, 22);
  } else if (stats.isFIFO()) {
    throw copyError('ERR_FS_CP_FIFO_PIPE', `cannot copy a FIFO pipe: ${to}`, to, 22);
  } else {
    throw copyError('ERR_FS_CP_UNKNOWN', `cannot copy an unknown file type: ${to}`, to, 22);
  }
}

/** realpath: the kernel resolves it, as realpath(3). */
function* realpath(target, options) {
  return yield ['realpathNative', target, options];
}

function* truncate(target, length) {
  if (typeof target === 'number') {
    yield ['ftruncate', target, length];
    return;
  }
  const fd = yield ['open', target, 'r+'];
  try {
    yield ['ftruncate', fd, length ?? 0];
  } finally {
    yield ['close', fd];
  }
}

function* lchmod() {
  throw new codes.ERR_METHOD_NOT_IMPLEMENTED('lchmod()');
}

module.exports = { runSync, runAsync, mkdir, readdir, rm, rmdir, cp, realpath, truncate, lchmod };
