'use strict';
// node:fs/promises and class FileHandle.
const EventEmitter = require('events');
const { promise, failure } = require('../../internal/fs/operations');
const tree = require('../../internal/fs/tree');
const files = require('../../internal/fs/files');
const { opendirSync } = require('../../internal/fs/dir');
const { constants } = require('../../internal/fs/arguments');
const { codes: { ERR_INVALID_STATE, ERR_METHOD_NOT_IMPLEMENTED } } = require('../../internal/errors');

const { validateObject } = require('../../internal/validators');
const { deprecate } = require('../../internal/util');

const { mark, register } = require('../../internal/cloneable');

const EBADF = -9;

const kTake = Symbol('take');
const kClosing = Symbol('closing');

/** Node documentation: class FileHandle. */
class FileHandle extends EventEmitter {
  #fd;
  #closing;

  constructor(fd) {
    super();
    this.#fd = fd;
    unclosed.register(this, fd, this);
    mark(this);
  }

  /** Leaves the descriptor to a message. @returns {object} of internalBinding('messaging') */
  static [kTake](handle) {
    const fd = handle.#fd;
    handle.#fd = -1;
    unclosed.unregister(handle);
    return internalBinding('messaging').holdDescriptor(fd);
  }

  [kClosing]() {
    return this.#closing !== undefined;
  }

  get fd() {
    return this.#fd;
  }

  async read(...args) {
    let [buffer, offset, length, position] = args;
    if (!ArrayBuffer.isView(buffer)) {
      const options = buffer ?? {};
      validateObject(options, 'options');
      buffer = options.buffer ?? Buffer.alloc(16384);
      ({ offset, length, position } = options);
    }
    const [view, at] = files.readForm(buffer, offset, length, position, false);
    return { bytesRead: view.length === 0 ? 0 : await files.readBytes(this.#open('read'), view, at), buffer };
  }

  async write(data, ...rest) {
    const [view, at] = files.writeForm(data, ...rest);
    return { bytesWritten: await files.writeBytes(this.#open('write'), view, at), buffer: data };
  }

  async readv(buffers, position) {
    files.checkViews(buffers);
    return { bytesRead: await files.readBytes(this.#open('read'), buffers, typeof position === 'number' ? position : -1), buffers };
  }

  async writev(buffers, position) {
    files.checkViews(buffers);
    return { bytesWritten: await files.writeBytes(this.#open('write'), buffers, typeof position === 'number' ? position : -1), buffers };
  }

  /** The descriptor, for a system call of that name. */
  #open(syscall) {
    if (this.#fd === -1) throw failure(EBADF, syscall, {});
    return this.#fd;
  }

  async readFile(options) { return files.readFile(this.#open('read'), options); }
  async writeFile(data, options) { return files.writeFile(this.#open('write'), data, options); }
  async appendFile(data, options) { return files.writeFile(this.#open('write'), data, options); }
  async stat(options) { return promise.fstat(this.#open('fstat'), options); }
  async truncate(length) { return promise.ftruncate(this.#open('ftruncate'), length); }
  async utimes(atime, mtime) { return promise.futimes(this.#open('futimes'), atime, mtime); }
  async chmod(mode) { return promise.fchmod(this.#open('fchmod'), mode); }
  async chown(uid, gid) { return promise.fchown(this.#open('fchown'), uid, gid); }
  async sync() { return promise.fsync(this.#open('fsync')); }
  async datasync() { return promise.fdatasync(this.#open('fdatasync')); }

  createReadStream(options) {
    const { ReadStream } = require('../../internal/fs/streams');
    return new ReadStream(undefined, { ...options, fd: this });
  }

  createWriteStream(options) {
    const { WriteStream } = require('../../internal/fs/streams');
    return new WriteStream(undefined, { ...options, fd: this });
  }

  readLines(options) {
    return require('readline').createInterface({ input: this.createReadStream(options), crlfDelay: Infinity });
  }

  readableWebStream() {
    return require('stream').Readable.toWeb(this.createReadStream({ autoClose: false }));
  }

  close() {
    if (this.#fd === -1) return Promise.resolve();
    this.#closing ??= promise.close(this.#fd).finally(() => {
      this.#fd = -1;
      unclosed.unregister(this);
      this.emit('close');
    });
    return this.#closing;
  }

  get [Symbol.toStringTag]() {
    return 'FileHandle';
  }
}
if (Symbol.asyncDispose) {
  FileHandle.prototype[Symbol.asyncDispose] = function asyncDispose() { return this.close(); };
}

const warnUnclosed = deprecate(() => {}, 'Closing a FileHandle object on garbage collection is deprecated. ' +
  'Please close FileHandle objects explicitly using FileHandle.prototype.close(). In the future, an error will be ' +
  'thrown if a file descriptor is closed during garbage collection.', 'DEP0137');
register({
  name: 'FileHandle',
  is: (value) => value instanceof FileHandle,
  transfers: true,
  pack: (handle) => FileHandle[kTake](handle),
  unpack: (held) => new FileHandle(internalBinding('messaging').takeDescriptor(held)),
  refusal: (handle) => (handle.fd === -1 || handle[kClosing]() ? 'Cannot transfer FileHandle while in use' : undefined),
});

const unclosed = new FinalizationRegistry((fd) => {
  process.emitWarning(`Closing file descriptor ${fd} on garbage collection`);
  warnUnclosed();
  internalBinding('fs').close(fd);
});

const pathOf = (path) => {
  if (path instanceof FileHandle) {
    if (path.fd === -1) throw new ERR_INVALID_STATE('The FileHandle has been closed');
    return path.fd;
  }
  return path;
};

/** Node documentation: fsPromises.open(path, flags[, mode]). */
async function open(path, flags, mode) {
  return new FileHandle(await promise.open(path, flags, mode));
}

const api = { open, constants };
Object.defineProperty(api, '_FileHandle', { value: FileHandle });

for (const name of ['access', 'chmod', 'chown', 'lchown', 'lutimes', 'utimes', 'stat', 'lstat', 'statfs', 'unlink', 'readlink',
  'mkdtemp', 'rename', 'link', 'symlink', 'copyFile']) {
  api[name] = promise[name];
}
for (const name of ['mkdir', 'readdir', 'rm', 'rmdir', 'cp', 'realpath', 'truncate']) {
  const generator = tree[name];
  api[name] = { async [name](...args) { return tree.runAsync(generator(...args)); } }[name];
}

Object.assign(api, {
  readFile: async (path, options) => files.readFile(pathOf(path), options),
  writeFile: async (path, data, options) => files.writeFile(pathOf(path), data, options),
  appendFile: async (path, data, options) => files.writeFile(pathOf(path), data, options, 'a'),
  async lchmod() { throw new ERR_METHOD_NOT_IMPLEMENTED('lchmod()'); },
  /** Node documentation: fsPromises.glob(pattern[, options]). @returns {AsyncIterator<string>} */
  glob: (pattern, options) => tree.matches(tree.glob(pattern, options)),
  /** Node documentation: fsPromises.mkdtempDisposable(prefix[, options]). */
  async mkdtempDisposable(prefix, options) {
    const path = await api.mkdtemp(prefix, options);
    const full = require('../path').resolve(`${path}`);
    const remove = () => api.rm(full, { maxRetries: 0, recursive: true, force: true, retryDelay: 0 });
    return { __proto__: null, path, remove, [Symbol.asyncDispose]: remove };
  },
  readdir: async (path, options) => tree.runAsync(tree.readdir(path, options, true)),
  opendir: async (path, options) => opendirSync(path, options),
  watch: (path, options) => require('../../internal/fs/watch').watchIterator(path, options),
});

module.exports = api;
