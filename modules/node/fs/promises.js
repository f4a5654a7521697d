'use strict';
// node:fs/promises and class FileHandle.
const EventEmitter = require('events');
const { promise } = require('../../internal/fs/operations');
const tree = require('../../internal/fs/tree');
const files = require('../../internal/fs/files');
const { opendirSync } = require('../../internal/fs/dir');
const { constants } = require('../../internal/fs/arguments');
const { mark, register } = require('../../internal/cloneable');
const { codes: { ERR_INVALID_STATE } } = require('../../internal/errors');

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
      buffer = options.buffer ?? Buffer.alloc(16384);
      ({ offset, length, position } = options);
    }
    const [view, at] = files.readForm(buffer, offset, length, position, false);
    return { bytesRead: view.length === 0 ? 0 : await files.readBytes(this.#fd, view, at), buffer };
  }

  async write(data, ...rest) {
    const [view, at] = files.writeForm(data, ...rest);
    return { bytesWritten: await files.writeBytes(this.#fd, view, at), buffer: data };
  }

  async readv(buffers, position) {
    files.checkViews(buffers);
    return { bytesRead: await files.readBytes(this.#fd, buffers, typeof position === 'number' ? position : -1), buffers };
  }

  async writev(buffers, position) {
    files.checkViews(buffers);
    return { bytesWritten: await files.writeBytes(this.#fd, buffers, typeof position === 'number' ? position : -1), buffers };
  }

  readFile(options) { return files.readFile(this.#fd, options); }
  writeFile(data, options) { return files.writeFile(this.#fd, data, options); }
  appendFile(data, options) { return files.writeFile(this.#fd, data, options); }
  stat(options) { return promise.fstat(this.#fd, options); }
  truncate(length) { return promise.ftruncate(this.#fd, length); }
  utimes(atime, mtime) { return promise.futimes(this.#fd, atime, mtime); }
  chmod(mode) { return promise.fchmod(this.#fd, mode); }
  chown(uid, gid) { return promise.fchown(this.#fd, uid, gid); }
  sync() { return promise.fsync(this.#fd); }
  datasync() { return promise.fdatasync(this.#fd); }

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
  const start = promise[name];
  api[name] = { async [name](...args) { return start(...args); } }[name];
}
for (const name of ['mkdir', 'readdir', 'rm', 'rmdir', 'cp', 'realpath', 'truncate', 'lchmod']) {
  const generator = tree[name];
  api[name] = { async [name](...args) { return tree.runAsync(generator(...args)); } }[name];
}

Object.assign(api, {
  readFile: async (path, options) => files.readFile(pathOf(path), options),
  writeFile: async (path, data, options) => files.writeFile(pathOf(path), data, options),
  appendFile: async (path, data, options) => files.writeFile(pathOf(path), data, options, 'a'),
  opendir: async (path, options) => opendirSync(path, options),
  watch: (path, options) => require('../../internal/fs/watch').watchIterator(path, options),
});

module.exports = api;
