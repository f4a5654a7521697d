'use strict';
// fs.ReadStream and fs.WriteStream, on a descriptor, a FileHandle, or the user's own `fs` functions.
const { Readable, Writable, finished } = require('stream');
const { toPath, toFlags, getOptions } = require('./arguments');
const { codes } = require('../errors');
const { deprecate } = require('../util');
const { validateInteger, validateFunction, validateBoolean, validateAbortSignal } = require('../validators');

/** How often in a row a write that takes no byte is tried again. */
const MOST_RETRIES = 5;

/** What a FileHandle offers, in the form of the callback functions. */
function handleFs(handle) {
  return {
    open() { throw new codes.ERR_METHOD_NOT_IMPLEMENTED('open()'); },
    read: (fd, buffer, offset, length, position, done) =>
      handle.read(buffer, offset, length, position).then(({ bytesRead }) => done(null, bytesRead, buffer), done),
    write: (fd, buffer, offset, length, position, done) =>
      handle.write(buffer, offset, length, position).then(({ bytesWritten }) => done(null, bytesWritten, buffer), done),
    writev: (fd, buffers, position, done) =>
      handle.writev(buffers, position).then(({ bytesWritten }) => done(null, bytesWritten, buffers), done),
    fsync: (fd, done) => handle.sync().then(() => done(), done),
    close: (fd, done) => handle.close().then(() => done(), done),
  };
}

function setUp(stream, path, options, needed) {
  if (options.windowsHandle !== undefined && options.windowsHandle !== null) {
    if (options.fd !== undefined && options.fd !== null) throw new codes.ERR_INCOMPATIBLE_OPTION_PAIR('windowsHandle', 'fd');
    throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('windowsHandle');
  }
  if (options.fd !== null && typeof options.fd === 'object' && typeof options.fd.fd === 'number') {
    if (options.fs) throw new codes.ERR_METHOD_NOT_IMPLEMENTED('FileHandle with fs');
    stream._handle = options.fd;
    stream._fs = handleFs(options.fd);
    stream.fd = options.fd.fd;
    options.fd.on?.('close', () => stream.close?.());
  } else {
    stream._fs = options.fs ?? require('../../node/fs');
    for (const name of needed) {
      if (options.fs) validateFunction(options.fs[name], `options.fs.${name}`);
    }
    stream.fd = options.fd === undefined || options.fd === null ? null : options.fd;
    if (stream.fd !== null) validateInteger(stream.fd, 'fd', 0, 2 ** 31 - 1);
  }
  stream.path = stream.fd === null ? toPath(path) : path === null || path === undefined ? undefined : toPath(path);
  stream.mode = options.mode === undefined ? 0o666 : options.mode;
  stream.flags = options.flags;
  stream.start = options.start;
  if (stream instanceof ReadStream) stream.end = options.end; // a writable's end is its method
  stream.pos = undefined;
  if (stream.start !== undefined) {
    validateInteger(stream.start, 'start', 0);
    stream.pos = stream.start;
  }
}

function construct(callback) {
  if (typeof this.fd === 'number') {
    callback();
    return;
  }
  // A user's own open method (patched streams, as graceful-fs has) opens the file itself.
  if (this.open !== this._ownOpen) {
    const emit = this.emit;
    this.emit = function emitOnce(...args) {
      if (args[0] === 'open') {
        this.emit = emit;
        callback();
        Reflect.apply(emit, this, args);
      } else if (args[0] === 'error') {
        this.emit = emit;
        callback(args[1]);
      } else {
        Reflect.apply(emit, this, args);
      }
    };
    this.open();
    return;
  }
  this._fs.open(this.path, this.flags, this.mode, (error, fd) => {
    if (error) {
      callback(error);
      return;
    }
    this.fd = fd;
    callback();
    // What was written meanwhile goes to the file first (the stream looks for it in the tick that callback() asked for).
    process.nextTick(() => {
      this.emit('open', fd);
      this.emit('ready');
    });
  });
}

function closeStream(stream, error, callback) {
  stream._fs.close(stream.fd, (closeError) => callback(error || closeError));
  stream.fd = null;
}

function destroy(error, callback) {
  const go = () => {
    if (typeof this.fd === 'number') closeStream(this, error, callback);
    else callback(error);
  };
  if (this._busy) this.once(kIdle, go);
  else go();
}

const kIdle = Symbol('idle');

/**
 * Node documentation: class fs.ReadStream; made by fs.createReadStream.
 * @param {string | Buffer | URL} path
 * @param {object} [options] flags, encoding, fd, mode, autoClose, emitClose, start, end (inclusive), highWaterMark (64 KiB)
 */
function ReadStream(path, options) {
  if (!(this instanceof ReadStream)) return new ReadStream(path, options);
  options = { highWaterMark: 64 * 1024, emitClose: true, ...getOptions(options) };
  options.autoDestroy = options.autoClose !== false;
  setUp(this, path, options, ['open', 'read', 'close']);
  this.flags = options.flags === undefined ? 'r' : options.flags;
  toFlags(this.flags);
  this.bytesRead = 0;
  this._busy = false;
  if (this.end === undefined) {
    this.end = Infinity;
  } else if (this.end !== Infinity) {
    validateInteger(this.end, 'end', 0);
    if (this.start !== undefined && this.start > this.end) {
      throw new codes.ERR_OUT_OF_RANGE('start', `<= "end" (here: ${this.end})`, this.start);
    }
    this.pos ??= undefined;
  }
  this._left = this.end === Infinity ? Infinity : this.end - (this.start ?? 0) + 1;
  const { signal } = options;
  Readable.call(this, { ...options, fs: undefined, fd: undefined, signal: undefined });
  watchSignal(this, signal);
}
Object.setPrototypeOf(ReadStream.prototype, Readable.prototype);
Object.setPrototypeOf(ReadStream, Readable);

function watchSignal(stream, signal) {
  if (!signal) return;
  validateAbortSignal(signal, 'options.signal');
  require('stream').addAbortSignal(signal, stream);
}

/** What both prototypes have. @param {string} state the name of the stream's state */
function share(Stream, state) {
  const { name, prototype } = Stream;
  const ownOpen = deprecate(() => {}, `${name}.prototype.open() is deprecated`, 'DEP0135');
  Object.assign(prototype, { _construct: construct, _destroy: destroy, open: ownOpen, _ownOpen: ownOpen });
  const stateOf = (stream) => {
    if (!(stream instanceof Stream) || stream[state] === undefined) throw new codes.ERR_INVALID_THIS(name);
    return stream[state];
  };
  Object.defineProperty(prototype, 'autoClose', {
    get() { return stateOf(this).autoDestroy; },
    set(value) { stateOf(this).autoDestroy = value; },
  });
}
share(ReadStream, '_readableState');

ReadStream.prototype._read = function _read(size) {
  const want = Math.min(size, this._left);
  if (want <= 0) {
    this.push(null);
    return;
  }
  const buffer = Buffer.allocUnsafeSlow(want);
  this._busy = true;
  this._fs.read(this.fd, buffer, 0, want, this.pos, (error, count) => {
    this._busy = false;
    if (this.destroyed) {
      this.emit(kIdle);
      return;
    }
    if (error) {
      if (this.autoClose) this.destroy(error);
      else this.emit('error', error);
      return;
    }
    if (count === 0) {
      this.push(null);
      return;
    }
    if (this.pos !== undefined) this.pos += count;
    this._left -= count;
    this.bytesRead += count;
    // A short read of a large buffer: keep only what was read.
    this.push(count === want ? buffer : count < want / 2 ? Buffer.from(buffer.subarray(0, count)) : buffer.subarray(0, count));
  });
};

ReadStream.prototype.close = function closeRead(callback) {
  if (callback) finished(this, callback);
  this.destroy(null);
};

/**
 * Node documentation: class fs.WriteStream; made by fs.createWriteStream.
 */
function WriteStream(path, options) {
  if (!(this instanceof WriteStream)) return new WriteStream(path, options);
  options = { emitClose: true, decodeStrings: true, ...getOptions(options) };
  options.autoDestroy = options.autoClose !== false;
  setUp(this, path, options, [
    'open', ...(options.fs?.write || !options.fs?.writev ? ['write'] : []), ...(options.fs?.writev ? ['writev'] : []), 'close',
  ]);
  this.flags = options.flags === undefined ? 'w' : options.flags;
  toFlags(this.flags);
  if (options.flush !== undefined && options.flush !== null) validateBoolean(options.flush, 'options.flush');
  this.flush = options.flush ?? false;
  this.bytesWritten = 0;
  this._busy = false;
  if (options.fs && !options.fs.writev) this._writev = null;
  if (options.fs && !options.fs.write) this._write = null;
  const { signal, encoding } = options;
  Writable.call(this, { ...options, fs: undefined, fd: undefined, signal: undefined, encoding: undefined });
  if (encoding) this.setDefaultEncoding(encoding);
  watchSignal(this, signal);
}
Object.setPrototypeOf(WriteStream.prototype, Writable.prototype);
Object.setPrototypeOf(WriteStream, Writable);
share(WriteStream, '_writableState');

/**
 * Writes until nothing is left; a descriptor that takes nothing now (EAGAIN) is asked again a few times, later each time.
 * @param {'write' | 'writev'} syscall for the error's message
 * @param {(done: (error: Error | null, count: number) => void) => void} start writes what is left
 * @param {(count: number) => number} advance leaves out the bytes that were written; how many are left
 */
function writeOn(stream, syscall, start, advance, callback, tries = 0) {
  stream._busy = true;
  start((error, count) => {
    stream._busy = false;
    if (error?.code === 'EAGAIN') {
      error = null;
      count = 0;
    }
    if (stream.destroyed || error) {
      if (stream.destroyed) stream.emit(kIdle);
      callback(error ?? new codes.ERR_STREAM_DESTROYED('write'));
      return;
    }
    stream.bytesWritten += count;
    if (stream.pos !== undefined) stream.pos += count;
    tries = count ? 0 : tries + 1;
    if (advance(count) === 0) callback();
    else if (tries > MOST_RETRIES) callback(new Error(`${syscall} failed`));
    else if (tries === 0) writeOn(stream, syscall, start, advance, callback);
    else setTimeout(writeOn, tries * 10, stream, syscall, start, advance, callback, tries);
  });
}

WriteStream.prototype._write = function _write(data, encoding, callback) {
  writeOn(this, 'write', (done) => this._fs.write(this.fd, data, 0, data.length, this.pos, done), (count) => {
    data = data.subarray(count);
    return data.length;
  }, callback);
};

WriteStream.prototype._writev = function _writev(chunks, callback) {
  let buffers = chunks.map(({ chunk }) => chunk);
  let size = buffers.reduce((sum, chunk) => sum + chunk.length, 0);
  writeOn(this, 'writev', (done) => this._fs.writev(this.fd, buffers, this.pos, done), (count) => {
    size -= count;
    if (count > 0 && size > 0) buffers = [Buffer.concat(buffers).subarray(count)];
    return size;
  }, callback);
};

WriteStream.prototype._final = function _final(callback) {
  if (this.flush && this.fd !== null) this._fs.fsync(this.fd, callback);
  else callback();
};

WriteStream.prototype.close = function closeWrite(callback) {
  if (callback) {
    if (this.closed) {
      process.nextTick(callback);
      return;
    }
    this.on('close', callback);
  }
  if (!this.autoClose) this.on('finish', this.destroy);
  this.end();
};
WriteStream.prototype.destroySoon = WriteStream.prototype.end;

for (const prototype of [ReadStream.prototype, WriteStream.prototype]) {
  Object.defineProperty(prototype, 'pending', { get() { return this.fd === null; }, configurable: true });
}

module.exports = { ReadStream, WriteStream };
