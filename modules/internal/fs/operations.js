'use strict';
// The plain operations of node:fs, each once: how its arguments are read, and what its value becomes. From this table
// come the callback, the sync and the promise form.
const binding = internalBinding('fs');
const { UVException, AbortError } = require('../errors');
const args = require('./arguments');
const { makeStats, StatFs } = require('./stats');
const { toPath, toFd, toFlags, toMode, toTime, getOptions, encodeName, checkCallback } = args;
const { validateInteger, validateInt32, validateOneOf, validateAbortSignal } = require('../validators');

let warnedTemplate = false;

/** mkdtemp's names end in six random characters; more X before them would be taken for a part of the template. */
function warnTemplate(prefix) {
  if (warnedTemplate || (prefix[prefix.length - 1] !== 'X' && prefix[prefix.length - 1] !== 0x58)) return;
  warnedTemplate = true;
  process.emitWarning('mkdtemp() templates ending with X are not portable. ' +
    'For details see: https://nodejs.org/api/fs.html');
}

const same = (value) => value;
const nothing = () => undefined;

/** uid and gid may be -1: leave it. */
function toId(id, name) {
  validateInteger(id, name, -1, 2 ** 32 - 1);
  return id >>> 0;
}

function pathOnly(path) {
  path = toPath(path);
  return { args: [path], path };
}

const statOptions = (options) => !!(typeof options === 'object' && options?.bigint);

// name: [native name, syscall, read(...arguments) → { args, path?, dest?, map? }, map(value)]
const table = {
  open: ['open', 'open', (path, flags, mode) => {
    path = toPath(path);
    return { args: [path, toFlags(flags), toMode(mode, 0o666)], path };
  }, same],
  close: ['close', 'close', (fd) => ({ args: [toFd(fd)] }), nothing],
  access: ['access', 'access', (path, mode) => {
    path = toPath(path);
    if (mode === undefined || mode === null) mode = 0;
    else validateInt32(mode, 'mode', 0, 7);
    return { args: [path, mode], path };
  }, nothing],
  chmod: ['chmod', 'chmod', (path, mode) => {
    path = toPath(path);
    return { args: [path, toMode(mode)], path };
  }, nothing],
  fchmod: ['fchmod', 'fchmod', (fd, mode) => ({ args: [toFd(fd), toMode(mode)] }), nothing],
  chown: ['chown', 'chown', (path, uid, gid) => {
    path = toPath(path);
    return { args: [path, toId(uid, 'uid'), toId(gid, 'gid')], path };
  }, nothing],
  lchown: ['lchown', 'lchown', (path, uid, gid) => {
    path = toPath(path);
    return { args: [path, toId(uid, 'uid'), toId(gid, 'gid')], path };
  }, nothing],
  fchown: ['fchown', 'fchown', (fd, uid, gid) => ({ args: [toFd(fd), toId(uid, 'uid'), toId(gid, 'gid')] }), nothing],
  fsync: ['fsync', 'fsync', (fd) => ({ args: [toFd(fd)] }), nothing],
  fdatasync: ['fdatasync', 'fdatasync', (fd) => ({ args: [toFd(fd)] }), nothing],
  ftruncate: ['ftruncate', 'ftruncate', (fd, length = 0) => {
    validateInteger(length, 'len');
    return { args: [toFd(fd), Math.max(0, length)] };
  }, nothing],
  futimes: ['futimes', 'futime', (fd, atime, mtime) => ({ args: [toFd(fd), toTime(atime, 'atime'), toTime(mtime, 'mtime')] }), nothing],
  utimes: ['utimes', 'utime', (path, atime, mtime) => {
    path = toPath(path);
    return { args: [path, toTime(atime, 'atime'), toTime(mtime, 'mtime')], path };
  }, nothing],
  lutimes: ['lutimes', 'lutime', (path, atime, mtime) => {
    path = toPath(path);
    return { args: [path, toTime(atime, 'atime'), toTime(mtime, 'mtime')], path };
  }, nothing],
  stat: ['stat', 'stat', (path, options) => {
    path = toPath(path);
    const signal = options?.signal;
    if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
    return { args: [path, statOptions(options)], path, signal, mayMiss: options?.throwIfNoEntry === false };
  }, makeStats],
  lstat: ['lstat', 'lstat', (path, options) => {
    path = toPath(path);
    return { args: [path, statOptions(options)], path };
  }, makeStats],
  fstat: ['fstat', 'fstat', (fd, options) => ({ args: [toFd(fd), statOptions(options)] }), makeStats],
  statfs: ['statfs', 'statfs', (path, options) => {
    path = toPath(path);
    return { args: [path], path, map: (fields) => new StatFs(fields, statOptions(options)) };
  }, same],
  rmdir: ['rmdir', 'rmdir', pathOnly, nothing],
  unlink: ['unlink', 'unlink', pathOnly, nothing],
  readlink: ['readlink', 'readlink', (path, options) => {
    const { encoding } = getOptions(options);
    return { ...pathOnly(path), map: (name) => encodeName(name, encoding) };
  }, same],
  realpathNative: ['realpath', 'realpath', (path, options) => {
    const { encoding } = getOptions(options);
    return { ...pathOnly(path), map: (name) => encodeName(name, encoding) };
  }, same],
  mkdtemp: ['mkdtemp', 'mkdtemp', (prefix, options) => {
    const { encoding } = getOptions(options);
    prefix = toPath(prefix, 'prefix');
    warnTemplate(prefix);
    const template = typeof prefix === 'string' ? `${prefix}XXXXXX` : Buffer.concat([prefix, Buffer.from('XXXXXX')]);
    return { args: [template], path: template, map: (name) => encodeName(name, encoding) };
  }, same],
  mkdirOne: ['mkdir', 'mkdir', (path, mode) => {
    path = toPath(path);
    return { args: [path, toMode(mode, 0o777)], path };
  }, nothing],
  scandir: ['scandir', 'scandir', pathOnly, same],
  rename: ['rename', 'rename', (path, dest) => {
    path = toPath(path, 'oldPath');
    dest = toPath(dest, 'newPath');
    return { args: [path, dest, 0], path, dest };
  }, nothing],
  link: ['link', 'link', (path, dest) => {
    path = toPath(path, 'existingPath');
    dest = toPath(dest, 'newPath');
    return { args: [path, dest, 0], path, dest };
  }, nothing],
  symlink: ['symlink', 'symlink', (target, path, type) => {
    validateOneOf(type, 'type', ['dir', 'file', 'junction', null, undefined]);
    target = toPath(target, 'target');
    path = toPath(path);
    return { args: [target, path, 0], path: target, dest: path };
  }, nothing],
  copyFile: ['copyFile', 'copyfile', (path, dest, mode = 0) => {
    path = toPath(path, 'src');
    dest = toPath(dest, 'dest');
    validateInteger(mode, 'mode', 0, 7);
    return { args: [path, dest, mode], path, dest };
  }, nothing],
};

function failure(errno, syscall, { path, dest }) {
  return new UVException({ errno, syscall, path, dest });
}

/** Whether an error of libuv says that a path is not there: ENOENT or ENOTDIR. */
const isMissing = (errno) => errno === -2 || errno === -20;

const sync = {};
const callback = {};
const promise = {};

for (const [name, [native, syscall, read, map]] of Object.entries(table)) {
  sync[name] = (...values) => {
    const call = read(...values);
    const value = binding[native](...call.args);
    if (typeof value === 'number' && value < 0) throw failure(value, syscall, call);
    return (call.map ?? map)(value);
  };

  const start = (call, done) => {
    if (call.signal?.aborted) {
      done(new AbortError(undefined, { cause: call.signal.reason }));
      return;
    }
    const status = binding[native](...call.args, (result, value) => {
      if (result < 0 && call.mayMiss && isMissing(result)) done(null);
      else if (result < 0) done(failure(result, syscall, call));
      else done(null, (call.map ?? map)(value));
    });
    if (typeof status === 'number' && status < 0) process.nextTick(done, failure(status, syscall, call));
  };

  callback[name] = (...values) => {
    const done = values[values.length - 1];
    const call = read(...(typeof done === 'function' ? values.slice(0, -1) : values));
    checkCallback(done);
    start(call, (error, value) => {
      if (error) done(error);
      else if (value === undefined && !call.mayMiss) done(null);
      else done(null, value);
    });
  };

  // The error is made where the promise is waited for: its stack then tells who waits.
  promise[name] = { async [name](...values) {
    const call = read(...values);
    const outcome = await new Promise((resolve) => {
      const status = binding[native](...call.args, (result, value) => resolve(result < 0 ? result : { value }));
      if (typeof status === 'number' && status < 0) resolve(status);
    });
    if (typeof outcome !== 'number') return (call.map ?? map)(outcome.value);
    if (call.mayMiss && isMissing(outcome)) return undefined;
    throw failure(outcome, syscall, call);
  } }[name];
}

/** read and write of bytes: native(fd, views, position[, callback]). */
function bytes(native, fd, views, position, done) {
  if (Array.isArray(views) && views.length === 0) { // the kernel refuses no buffers
    if (done !== undefined) process.nextTick(done, null, 0);
    return 0;
  }
  if (done === undefined) {
    const result = binding[native](fd, views, position);
    if (result < 0) throw failure(result, native, {});
    return result;
  }
  const status = binding[native](fd, views, position, (result) => {
    if (result < 0) done(failure(result, native, {}), 0);
    else done(null, result);
  });
  if (status < 0) process.nextTick(done, failure(status, native, {}), 0);
  return undefined;
}

module.exports = { sync, callback, promise, bytes, failure };
