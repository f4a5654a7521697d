'use strict';
// fs.Dir, opendir.
const binding = internalBinding('fs');
const { UVException, codes: { ERR_DIR_CLOSED, ERR_INVALID_THIS, ERR_MISSING_ARGS } } = require('../errors');
const { toPath, getOptions, encodeName } = require('./arguments');
const { validateFunction, validateInteger } = require('../validators');
const { Dirent, typeOf, joinName } = require('./stats');
const { sync } = require('./operations');

/** Node documentation: class fs.Dir. */
class Dir {
  #handle;
  #path;
  #options;
  #entries = [];
  #folders = [];

  constructor(handle, path, options) {
    if (handle === undefined) throw new ERR_MISSING_ARGS('handle');
    this.#handle = handle;
    this.#path = path;
    this.#options = options;
    this.#folders.push(path);
  }

  get path() {
    if (!(#path in this)) throw new ERR_INVALID_THIS('Dir');
    return this.#path;
  }

  #check() {
    if (this.#handle === null) throw new ERR_DIR_CLOSED();
  }

  readSync() {
    this.#check();
    while (this.#entries.length === 0) {
      const folder = this.#folders[0];
      if (folder === undefined) return null;
      const entries = binding.readdir(this.#handle, this.#options.bufferSize ?? 32);
      if (typeof entries === 'number') throw new UVException({ errno: entries, syscall: 'scandir', path: folder });
      if (entries.length === 0) {
        this.#folders.shift();
        if (this.#folders.length === 0) return null;
        binding.closedir(this.#handle);
        this.#handle = open(this.#folders[0]);
        continue;
      }
      for (let i = 0; i < entries.length; i += 2) {
        let type = entries[i + 1];
        if (type === 0) type = typeOf(sync.lstat(joinName(folder, entries[i])));
        this.#entries.push(new Dirent(encodeName(entries[i], this.#options.encoding), folder, type));
        if (this.#options.recursive && type === 2) this.#folders.push(joinName(folder, entries[i]));
      }
    }
    return this.#entries.shift();
  }

  read(callback) {
    if (callback === undefined) {
      try {
        return Promise.resolve(this.readSync());
      } catch (error) {
        return Promise.reject(error);
      }
    }
    validateFunction(callback, 'callback');
    let entry = null;
    let failure = null;
    try {
      entry = this.readSync();
    } catch (error) {
      if (error.code === 'ERR_DIR_CLOSED') throw error;
      failure = error;
    }
    process.nextTick(callback, failure, entry);
    return undefined;
  }

  closeSync() {
    this.#check();
    binding.closedir(this.#handle);
    this.#handle = null;
  }

  close(callback) {
    if (callback === undefined) {
      try {
        this.closeSync();
        return Promise.resolve();
      } catch (error) {
        return Promise.reject(error);
      }
    }
    validateFunction(callback, 'callback');
    this.closeSync();
    process.nextTick(callback, null);
    return undefined;
  }

  [Symbol.dispose]() {
    if (this.#handle !== null) this.closeSync();
  }

  async [Symbol.asyncDispose]() {
    if (this.#handle !== null) await this.close();
  }

  async* entries() {
    try {
      for (let entry = this.readSync(); entry !== null; entry = this.readSync()) yield entry;
    } finally {
      this.closeSync();
    }
  }
}
Object.defineProperty(Dir.prototype, Symbol.asyncIterator, { value: Dir.prototype.entries, writable: true, configurable: true });

function open(path) {
  const handle = binding.opendir(path);
  if (typeof handle === 'number') throw new UVException({ errno: handle, syscall: 'opendir', path });
  return handle;
}

/** [path, options] as opendir checks them. */
function dirArguments(path, options) {
  path = toPath(path);
  options = getOptions(options, { encoding: 'utf8' });
  if (options.bufferSize !== undefined) validateInteger(options.bufferSize, 'options.bufferSize', 1, 2 ** 32 - 1);
  return [path, options];
}

function opendirSync(path, options) {
  [path, options] = dirArguments(path, options);
  return new Dir(open(path), path, options);
}

module.exports = { Dir, opendirSync, dirArguments };
