'use strict';
// Operations on whole trees, written once as generators over the plain operations: `yield [name, ...arguments]` is an
// operation of operations.js. Driven synchronously or asynchronously.
const { sync, promise } = require('./operations');
const path = require('../../node/path');
const { Dirent, typeOf, joinName } = require('./stats');
const { toPath, toMode, getOptions, encodeName } = require('./arguments');
const { validateBoolean, validateObject, validateInteger } = require('../validators');
const { codes } = require('../errors');

/** What is no operation of operations.js: a pause, and a filter's answer. */
function answer(name, args) {
  if (name === 'wait') return undefined;
  if (typeof args[0]?.then === 'function') throw new codes.ERR_INVALID_RETURN_VALUE('boolean', args[1], args[0]);
  return args[0];
}

/** Runs a generator with the sync operations; `onMatch` takes what fs.glob finds. */
function runSync(generator, onMatch) {
  let step = generator.next();
  while (!step.done) {
    let value;
    try {
      const [name, ...args] = step.value;
      if (name === 'match') onMatch(args[0]);
      else value = name === 'wait' || name === 'test' ? answer(name, args) : sync[name](...args);
    } catch (error) {
      step = generator.throw(error);
      continue;
    }
    step = generator.next(value);
  }
  return step.value;
}

/** The same with promises. What the generator throws before its first operation (wrong arguments) is thrown at once. */
function runAsync(generator) {
  return goOn(generator, generator.next());
}

/** One operation, with promises. */
async function perform([name, ...args]) {
  if (name === 'wait') return new Promise((resolve) => { require('../timers').setTimeout(resolve, args[0]); });
  return name === 'test' ? args[0] : promise[name](...args);
}

async function goOn(generator, step) {
  while (!step.done) {
    let value;
    try {
      value = await perform(step.value);
    } catch (error) {
      step = generator.throw(error);
      continue;
    }
    step = generator.next(value);
  }
  return step.value;
}

/** An async iterator of what fs.glob finds. */
async function* matches(generator) {
  let step = generator.next();
  while (!step.done) {
    let value;
    try {
      if (step.value[0] === 'match') yield step.value[1];
      else value = await perform(step.value);
    } catch (error) {
      step = generator.throw(error);
      continue;
    }
    step = generator.next(value);
  }
}

/** mkdir: undefined, or the first directory that `recursive` made. */
function* mkdir(directory, options) {
  let mode = 0o777;
  let recursive = false;
  directory = toPath(directory);
  if (typeof options === 'number' || typeof options === 'string') mode = toMode(options);
  else if (options) {
    if (options.recursive !== undefined) {
      validateBoolean(options.recursive, 'options.recursive');
      ({ recursive } = options);
    }
    if (options.mode !== undefined) mode = toMode(options.mode, undefined, 'options.mode');
  }
  if (!recursive) {
    yield ['mkdirOne', directory, mode];
    return undefined;
  }
  const missing = [];
  let down = false; // the parent is there now: what is still missing is the place itself (a working directory that was removed)
  let at = `${directory}`; // as it was given: 'a/../b' makes both
  let first;
  for (;;) {
    try {
      yield ['mkdirOne', at, mode];
      first ??= at;
    } catch (error) {
      if (error.code === 'ENOENT' && !down && path.dirname(at) !== at) {
        missing.push(at);
        at = path.dirname(at);
        continue;
      }
      if (error.code !== 'EEXIST') throw error;
      if (missing.length === 0 && !(yield ['stat', at]).isDirectory()) throw error;
    }
    if (missing.length === 0) return first;
    at = missing.pop();
    down = true;
  }
}

/** readdir with withFileTypes and recursive; `stays`: entries with types do not follow links to folders (fs.promises). */
function* readdir(directory, options, stays = false) {
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
      const nested = prefix === '' ? name : joinName(prefix, name);
      out.push(withFileTypes ? new Dirent(encodeName(name, encoding), folder, type) : encodeName(nested, encoding));
      let into = type === 2;
      if (recursive && type === 3 && !(withFileTypes && stays)) into = (yield* followed(joinName(folder, name)))?.isDirectory() ?? false;
      if (recursive && into) queue.push([nested, joinName(folder, name)]);
    }
  }
  return out;
}

/** The stats behind a link, undefined where it leads nowhere. */
function* followed(link) {
  try {
    return yield ['stat', link];
  } catch {
    return undefined;
  }
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
  target = toPath(target);
  options = rmOptions(options, false);
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

let warned = false;
function warnOfRecursion() {
  if (warned) return;
  warned = true;
  process.emitWarning('In future versions of Node.js, fs.rmdir(path, { recursive: true }) will be removed. ' +
    'Use fs.rm(path, { recursive: true }) instead', 'DeprecationWarning', 'DEP0147');
}

/** rmdir, with its old recursive option. */
function* rmdir(target, options) {
  target = toPath(target);
  if (options !== undefined && options !== null) rmOptions(options, false);
  if (options?.recursive) {
    warnOfRecursion();
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

/** cp (Node documentation: fs.cp). */
function* cp(source, target, options) {
  yield* require('./copy').copy(mkdir, source, target, options);
}

/** realpath: the kernel resolves it, as realpath(3). */
function* realpath(target, options) {
  target = toPath(target);
  getOptions(options);
  try {
    return yield ['realpathNative', target, options];
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    const nameless = yield* namelessTarget(target, error);
    return encodeName(nameless, getOptions(options).encoding);
  }
}

/** Where links lead to a pipe or a socket that no path names (/dev/stdin): the last link's text, which the kernel made. */
function* namelessTarget(target, error) {
  const stats = yield ['stat', target];
  if (!stats.isFIFO() && !stats.isSocket()) throw error;
  let at = path.resolve(`${target}`);
  for (;;) {
    const folder = yield ['realpathNative', path.dirname(at)];
    at = path.join(folder, path.basename(at));
    let link;
    try {
      link = yield ['readlink', at];
    } catch {
      return at;
    }
    at = path.resolve(folder, link);
  }
}

function* truncate(target, length) {
  if (typeof target === 'number') {
    yield ['ftruncate', target, length];
    return;
  }
  target = toPath(target);
  if (length !== undefined) validateInteger(length, 'len');
  const fd = yield ['open', target, 'r+'];
  try {
    yield ['ftruncate', fd, length ?? 0];
  } finally {
    yield ['close', fd];
  }
}

function* glob(patterns, options) {
  yield* require('./glob').glob(patterns, options);
}

module.exports = { runSync, runAsync, matches, mkdir, readdir, rm, rmdir, cp, realpath, truncate, glob };
