'use strict';
// cp (Node documentation: fs.cp), as a generator over plain operations (tree.js says how it is driven). What cannot be
// copied is found before anything is touched, as far as the two paths themselves tell.
const path = require('../../node/path');
const { joinName } = require('./stats');
const { toPath } = require('./arguments');
const { validateBoolean, validateFunction, validateInteger, validateObject } = require('../validators');
const { codes } = require('../errors');

function copyError(name, message, source, errno) {
  return new codes[name]({ message, path: source, syscall: 'cp', errno, code: name.replace('ERR_FS_CP_', '') });
}

const einval = (message, at) => copyError('ERR_FS_CP_EINVAL', message, at, 22);

const switches = ['dereference', 'errorOnExist', 'force', 'preserveTimestamps', 'recursive', 'verbatimSymlinks'];

/** Defaults and checks of cp's options. */
function copyOptions(options) {
  if (options !== undefined && options !== null) validateObject(options, 'options');
  const settings = {
    dereference: false, errorOnExist: false, filter: undefined, force: true, mode: 0, preserveTimestamps: false,
    recursive: false, verbatimSymlinks: false, ...options,
  };
  for (const name of switches) validateBoolean(settings[name], `options.${name}`);
  settings.mode ??= 0;
  validateInteger(settings.mode, 'options.mode', 0, 7);
  if (settings.dereference && settings.verbatimSymlinks) {
    throw new codes.ERR_INCOMPATIBLE_OPTION_PAIR('dereference', 'verbatimSymlinks');
  }
  if (settings.filter !== undefined) validateFunction(settings.filter, 'options.filter');
  return settings;
}

/** Whether `inner` is `outer` or lies below it. Both absolute. */
const isWithin = (outer, inner) => inner === outer || inner.startsWith(outer.endsWith(path.sep) ? outer : `${outer}${path.sep}`);
const isSame = (a, b) => a.ino === b.ino && a.dev === b.dev;

/** The stats of what may not be there. */
function* statsOf(target, follow) {
  try {
    return yield [follow ? 'stat' : 'lstat', target];
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function* check(from, to, settings) {
  const stats = yield [settings.dereference ? 'stat' : 'lstat', from];
  const existing = yield* statsOf(to, settings.dereference);
  const directory = stats.isDirectory();
  if (existing !== null) {
    if (isSame(stats, existing)) throw einval('src and dest cannot be the same', to);
    if (directory && !existing.isDirectory()) {
      throw copyError('ERR_FS_CP_DIR_TO_NON_DIR', `cannot overwrite non-directory ${to} with directory ${from}`, to, 20);
    }
    if (!directory && existing.isDirectory()) {
      throw copyError('ERR_FS_CP_NON_DIR_TO_DIR', `cannot overwrite directory ${to} with non-directory ${from}`, to, 21);
    }
  }
  if (directory && isWithin(from, to)) throw einval(`cannot copy ${from} to a subdirectory of self ${to}`, to);
  for (let parent = path.dirname(to); directory && parent !== path.dirname(parent); parent = path.dirname(parent)) {
    const above = yield* statsOf(parent, true);
    if (above !== null && isSame(stats, above)) throw einval(`cannot copy ${from} to a subdirectory of self ${to}`, to);
  }
  if (directory && !settings.recursive) {
    throw copyError('ERR_FS_EISDIR', `Recursive option not enabled, cannot copy a directory: ${from}`, from, 21);
  }
}

function* copyLink(from, to, existing, settings) {
  let link = yield ['readlink', from];
  if (!settings.verbatimSymlinks && !path.isAbsolute(link)) link = path.resolve(path.dirname(from), link);
  if (existing === null || !existing.isSymbolicLink()) {
    yield ['symlink', link, to]; // EEXIST where there is something else
    return;
  }
  const old = path.resolve(path.dirname(to), yield ['readlink', to]);
  const target = path.resolve(path.dirname(from), link);
  const stats = yield* statsOf(from, true);
  if (stats?.isDirectory() && isWithin(target, old) && !settings.verbatimSymlinks) {
    throw einval(`cannot copy ${target} to a subdirectory of self ${old}`, to);
  }
  if (stats?.isDirectory() && isWithin(old, target)) {
    throw copyError('ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY', `cannot overwrite ${old} with ${target}`, to, 22);
  }
  yield ['unlink', to];
  yield ['symlink', link, to];
}

function* copyFile(from, to, existing, stats, settings) {
  if (existing !== null && !settings.force) {
    if (settings.errorOnExist) throw copyError('ERR_FS_CP_EEXIST', `${to} already exists`, to, 17);
    return;
  }
  if (existing !== null) yield ['unlink', to];
  yield ['copyFile', from, to, settings.mode];
  if (settings.preserveTimestamps) yield ['utimes', to, stats.atime, stats.mtime];
}

/** Whether the program wants it. */
function* wanted(from, to, { filter }) {
  return filter === undefined || (yield ['test', filter(from, to), 'filter']);
}

function* copyEntry(from, to, settings) {
  const stats = yield [settings.dereference ? 'stat' : 'lstat', from];
  const existing = yield* statsOf(to, settings.dereference);
  if (stats.isDirectory()) {
    if (existing === null) {
      yield ['mkdirOne', to, 0o777];
    } else if (!existing.isDirectory()) {
      throw copyError('ERR_FS_CP_DIR_TO_NON_DIR', `cannot overwrite non-directory ${to} with directory ${from}`, to, 20);
    } else if (settings.errorOnExist && !settings.force) {
      throw copyError('ERR_FS_CP_EEXIST', `${to} already exists`, to, 17);
    }
    const entries = yield ['scandir', from];
    for (let i = 0; i < entries.length; i += 2) {
      const names = [joinName(from, entries[i]), joinName(to, entries[i])];
      if (yield* wanted(...names, settings)) yield* copyEntry(...names, settings);
    }
    if (existing === null) yield ['chmod', to, stats.mode & 0o7777];
    return;
  }
  if (existing?.isDirectory()) {
    throw copyError('ERR_FS_CP_NON_DIR_TO_DIR', `cannot overwrite directory ${to} with non-directory ${from}`, to, 21);
  }
  if (stats.isSymbolicLink()) yield* copyLink(from, to, existing, settings);
  else if (stats.isFile() || stats.isCharacterDevice() || stats.isBlockDevice()) {
    yield* copyFile(from, to, existing, stats, settings);
  } else if (stats.isSocket()) throw copyError('ERR_FS_CP_SOCKET', `cannot copy a socket file: ${to}`, to, 22);
  else if (stats.isFIFO()) throw copyError('ERR_FS_CP_FIFO_PIPE', `cannot copy a FIFO pipe: ${to}`, to, 22);
  else throw copyError('ERR_FS_CP_UNKNOWN', `cannot copy an unknown file type: ${to}`, to, 22);
}

/** @param {(directory: string, options: object) => Generator} mkdir of tree.js */
function* copy(mkdir, source, target, options) {
  const settings = copyOptions(options);
  const from = path.resolve(`${toPath(source, 'src')}`);
  const to = path.resolve(`${toPath(target, 'dest')}`);
  if (!(yield* wanted(from, to, settings))) return;
  yield* check(from, to, settings);
  yield* mkdir(path.dirname(to), { recursive: true });
  yield* copyEntry(from, to, settings);
}

module.exports = { copy };
