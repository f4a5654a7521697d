'use strict';
// node:fs. The plain operations come from internal/fs/operations.js in their three forms; the rest is composed of them.
const { sync, callback } = require('../internal/fs/operations');
const tree = require('../internal/fs/tree');
const files = require('../internal/fs/files');
const { Stats, BigIntStats, Dirent, StatFs } = require('../internal/fs/stats');
const { deprecate } = require('../internal/util');
const { validateInteger } = require('../internal/validators');
const { Dir, opendirSync } = require('../internal/fs/dir');
const { toPath, checkCallback, constants } = require('../internal/fs/arguments');

const fs = { constants, Stats, BigIntStats, StatFs, Dirent, Dir, opendirSync };

// ---- plain operations ---------------------------------------------------------------------------------------------

for (const name of ['open', 'close', 'access', 'chmod', 'fchmod', 'chown', 'lchown', 'fchown', 'fsync', 'fdatasync',
  'ftruncate', 'futimes', 'utimes', 'lutimes', 'stat', 'lstat', 'fstat', 'statfs', 'unlink', 'readlink', 'mkdtemp',
  'rename', 'link', 'symlink', 'copyFile']) {
  const withCallback = callback[name];
  const withoutCallback = sync[name];
  fs[name] = { [name](...args) { return withCallback(...args); } }[name];
  const syncName = `${name}Sync`;
  fs[syncName] = { [syncName](...args) { return withoutCallback(...args); } }[syncName];
}

fs.close = function close(fd, done = (error) => { if (error) throw error; }) {
  callback.close(fd, done);
};

for (const name of ['statSync', 'lstatSync']) {
  const plain = fs[name];
  fs[name] = { [name](path, options) {
    if (options?.throwIfNoEntry !== false) return plain(path, options);
    try {
      return plain(path, options);
    } catch (error) {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    }
  } }[name];
}

Object.assign(fs, {
  read: files.read, readSync: files.readSync, write: files.write, writeSync: files.writeSync, readv: files.readv,
  readvSync: files.readvSync, writev: files.writev, writevSync: files.writevSync,
  readFileSync: files.readFileSync,
  writeFileSync: (path, data, options) => files.writeFileSync(path, data, options, 'w', (fd) => fs.fsyncSync(fd)),
  appendFileSync: (path, data, options) => files.writeFileSync(path, data, options, 'a', (fd) => fs.fsyncSync(fd)),
});

// ---- what has its work in promises or generators ------------------------------------------------------------------

/** The callback form of a function that gives a promise. Wrong arguments throw, as in Node. */
function fromPromise(name, start) {
  return { [name](...args) {
    const done = checkCallback(args.pop(), name === 'opendir' ? 'callback' : 'cb');
    start(...args).then(
      (value) => process.nextTick(() => (value === undefined ? done(null) : done(null, value))),
      (error) => process.nextTick(() => done(error)));
  } }[name];
}

fs.readFile = fromPromise('readFile', files.readFile);
/** fs.fsync as it stands, which programs replace. */
const flushNow = (fd) => new Promise((resolve, reject) => {
  fs.fsync(fd, (error) => (error ? reject(error) : resolve()));
});
fs.writeFile = fromPromise('writeFile', (path, data, options) => files.writeFile(path, data, options, 'w', flushNow));
fs.appendFile = fromPromise('appendFile', (path, data, options) => files.writeFile(path, data, options, 'a', flushNow));
fs.opendir = fromPromise('opendir', (path, options) => {
  const { dirArguments } = require('../internal/fs/dir');
  const read = dirArguments(path, options);
  return (async () => opendirSync(...read))();
});

for (const name of ['mkdir', 'readdir', 'rm', 'rmdir', 'cp', 'realpath', 'truncate']) {
  const generator = tree[name];
  fs[name] = fromPromise(name, (...args) => tree.runAsync(generator(...args)));
  const syncName = `${name}Sync`;
  fs[syncName] = { [syncName](...args) { return tree.runSync(generator(...args)); } }[syncName];
}

const truncateChecked = fs.truncate;
fs.truncate = function truncate(target, length, done) {
  if (typeof length === 'function') [length, done] = [undefined, length];
  if (typeof target !== 'number') target = toPath(target);
  if (length !== undefined) validateInteger(length, 'len');
  truncateChecked(target, length, done);
};

/** Node documentation: fs.glob(pattern[, options], callback). */
fs.glob = function glob(pattern, options, done) {
  if (typeof options === 'function') [options, done] = [undefined, options];
  checkCallback(done);
  const found = tree.matches(tree.glob(pattern, options));
  (async () => {
    const all = [];
    for await (const one of found) all.push(one);
    return all;
  })().then((all) => process.nextTick(done, null, all), (error) => process.nextTick(done, error));
};

/** Node documentation: fs.globSync(pattern[, options]). @returns {string[] | Dirent[]} */
fs.globSync = function globSync(pattern, options) {
  const all = [];
  tree.runSync(tree.glob(pattern, options), (one) => all.push(one));
  return all;
};

/** Node documentation: fs.mkdtempDisposableSync(prefix[, options]). */
fs.mkdtempDisposableSync = function mkdtempDisposableSync(prefix, options) {
  const path = fs.mkdtempSync(prefix, options);
  const full = require('./path').resolve(`${path}`);
  const remove = () => fs.rmSync(full, { maxRetries: 0, recursive: true, force: true, retryDelay: 0 });
  return { path, remove, [Symbol.dispose]: remove };
};

fs.realpath.native = (...args) => callback.realpathNative(...args);
fs.realpathSync.native = (...args) => sync.realpathNative(...args);

/** @deprecated Node documentation: fs.exists(path, callback) */
fs.exists = function exists(path, done) {
  checkCallback(done);
  try {
    callback.access(path, 0, (error) => done(!error));
  } catch {
    process.nextTick(done, false);
  }
};
Object.defineProperty(fs.exists, Symbol.for('nodejs.util.promisify.custom'), {
  value: (path) => new Promise((resolve) => { fs.exists(path, resolve); }),
});

fs.existsSync = function existsSync(path) {
  try {
    return internalBinding('fs').access(toPath(path), 0) === 0;
  } catch (error) {
    if (error.code === 'ERR_INVALID_ARG_TYPE') warnExists();
    return false;
  }
};
const warnExists = deprecate(() => {}, 'Passing invalid argument types to fs.existsSync is deprecated', 'DEP0187');

// ---- streams, watching --------------------------------------------------------------------------------------------

const lazy = (load, names) => {
  for (const name of names) {
    let value;
    Object.defineProperty(fs, name, {
      get: () => value ?? load()[name], set(next) { value = next; }, enumerable: true, configurable: true,
    });
  }
};
lazy(() => require('../internal/fs/streams'), ['ReadStream', 'WriteStream']);
Object.defineProperties(fs, {
  FileReadStream: { get: () => fs.ReadStream, set() {}, enumerable: false, configurable: true },
  FileWriteStream: { get: () => fs.WriteStream, set() {}, enumerable: false, configurable: true },
  promises: { get: () => require('./fs/promises'), enumerable: true, configurable: true },
});

fs.createReadStream = function createReadStream(path, options) { return new fs.ReadStream(path, options); };
fs.createWriteStream = function createWriteStream(path, options) { return new fs.WriteStream(path, options); };

for (const name of ['watch', 'watchFile', 'unwatchFile']) {
  fs[name] = { [name](...args) { return require('../internal/fs/watch')[name](...args); } }[name];
}
lazy(() => require('../internal/fs/watch'), ['FSWatcher', 'StatWatcher']);

/** A Blob of the file as it is now, which is read when the blob is. @param {string | Buffer | URL} path @returns {Promise<Blob>} */
fs.openAsBlob = function openAsBlob(path, options = {}) {
  const { toPath } = require('../internal/fs/arguments');
  const { validateObject, validateString } = require('../internal/validators');
  validateObject(options, 'options');
  const type = options.type || '';
  validateString(type, 'options.type');
  const file = toPath(path);
  let stats;
  try {
    stats = fs.statSync(file, { bigint: true });
  } catch {
    const { codes: { ERR_INVALID_ARG_VALUE } } = require('../internal/errors');
    throw Object.assign(new TypeError('Unable to open file as blob'), { code: new ERR_INVALID_ARG_VALUE('path', path).code });
  }
  return Promise.resolve(require('../web/blob').fileBlob(file, stats, type));
};

fs._toUnixTimestamp = (time) => {
  const { toTime } = require('../internal/fs/arguments');
  return toTime(time);
};

for (const name of ['F_OK', 'R_OK', 'W_OK', 'X_OK']) {
  const get = deprecate(() => constants[name], `fs.${name} is deprecated, use fs.constants.${name} instead`, 'DEP0176');
  Object.defineProperty(fs, name, { get, enumerable: false });
}

module.exports = fs;
