'use strict';
// Whole files: readFile, writeFile, appendFile, in the three forms; and read/write with their many argument forms.
const { customPromisifyArgs } = require('../util');
const binding = internalBinding('fs');
const { sync, callback, promise, bytes, failure } = require('./operations');
const { toPath, toFlags, getOptions, toBytes, toFd, checkCallback, validatePosition } = require('./arguments');
const { AbortError, codes: { ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_FS_FILE_TOO_LARGE } } = require('../errors');
const { validateInteger, validateArray, validateBoolean, validateEncoding, validateObject } = require('../validators');

const CHUNK = 512 * 1024;
const LARGEST = 2 ** 31 - 1;

const isFd = (value) => typeof value === 'number' && (value >>> 0) === value;

const decode = (buffer, encoding) => (encoding && encoding !== 'buffer' ? buffer.toString(encoding) : buffer);

// ---- read and write -----------------------------------------------------------------------------------------------

/** The view, offset, length and position of read's and write's forms. */
function readForm(buffer, offset, length, position, writing) {
  if (!ArrayBuffer.isView(buffer)) throw new ERR_INVALID_ARG_TYPE('buffer', ['Buffer', 'TypedArray', 'DataView'], buffer);
  if (offset !== null && typeof offset === 'object') ({ offset = 0, length, position = null } = offset);
  if (offset === undefined || offset === null) offset = 0;
  else validateInteger(offset, 'offset', 0);
  if (length === undefined || length === null || (!writing && typeof length !== 'number')) length = buffer.byteLength - offset;
  validateInteger(length, 'length');
  if (!writing && length !== 0 && buffer.byteLength === 0) {
    throw new ERR_INVALID_ARG_VALUE('buffer', buffer, 'is empty and cannot be written');
  }
  if (offset > buffer.byteLength) throw new ERR_OUT_OF_RANGE('offset', `<= ${buffer.byteLength}`, offset);
  if (length < 0) throw new ERR_OUT_OF_RANGE('length', '>= 0', length);
  if (length > LARGEST) throw new ERR_OUT_OF_RANGE('length', `>= 0 && <= ${LARGEST}`, length);
  if (offset + length > buffer.byteLength) throw new ERR_OUT_OF_RANGE('length', `<= ${buffer.byteLength - offset}`, length);
  const at = position === undefined || position === null ? -1 : validatePosition(position, length, writing);
  return [new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length), at];
}

function read(fd, ...rest) {
  toFd(fd);
  const done = checkCallback(rest.pop());
  let [buffer, offset, length, position] = rest;
  if (rest.length <= 1 && !ArrayBuffer.isView(buffer)) {
    const options = buffer ?? {};
    validateObject(options, 'options');
    ({ buffer = Buffer.alloc(16384), offset, length, position } = options);
  } else if (rest.length === 2 && (offset === null || typeof offset === 'object')) {
    ({ offset, length, position } = offset ?? {});
  }
  const [view, at] = readForm(buffer, offset, length, position, false);
  if (view.length === 0) {
    process.nextTick(done, null, 0, buffer);
    return;
  }
  bytes('read', fd, view, at, (error, count) => done(error, count, buffer));
}
Object.defineProperty(read, customPromisifyArgs, { value: ['bytesRead', 'buffer'], enumerable: false });

function readSync(fd, buffer, offset, length, position) {
  toFd(fd);
  if (arguments.length <= 3 && offset !== undefined && offset !== null) {
    validateObject(offset, 'options');
  }
  const [view, at] = readForm(buffer, offset, length, position, false);
  return view.length === 0 ? 0 : bytes('read', fd, view, at);
}

/** write(fd, string[, position[, encoding]]) or (fd, buffer[, offset[, length[, position]]]) */
function writeForm(data, offset, length, position) {
  if (ArrayBuffer.isView(data)) return readForm(data, offset, length, position, true);
  if (typeof data !== 'string') throw new ERR_INVALID_ARG_TYPE('buffer', ['string', 'Buffer', 'TypedArray', 'DataView'], data);
  if (typeof length === 'string') validateEncoding(data, length);
  // As on Node, a position that is no number is none: sonic-boom (pino) writes (fd, string, 'utf8').
  const at = typeof offset === 'number' || typeof offset === 'bigint' ? validatePosition(offset, 0, true) : -1;
  return [Buffer.from(data, typeof length === 'string' ? length : 'utf8'), at];
}

function write(fd, data, ...rest) {
  toFd(fd);
  const done = checkCallback(rest.pop());
  const [view, at] = writeForm(data, ...rest);
  bytes('write', fd, view, at, (error, count) => done(error, count ?? 0, data));
}
Object.defineProperty(write, customPromisifyArgs, { value: ['bytesWritten', 'buffer'], enumerable: false });

function writeSync(fd, data, ...rest) {
  toFd(fd);
  const [view, at] = writeForm(data, ...rest);
  return bytes('write', fd, view, at);
}

function checkViews(views) {
  validateArray(views, 'buffers');
  for (const view of views) if (!ArrayBuffer.isView(view)) throw new ERR_INVALID_ARG_TYPE('buffers', 'ArrayBufferView[]', views);
  return views;
}

const many = (native, names) => {
  const withCallback = (fd, views, position, done) => {
    if (typeof position === 'function') [position, done] = [null, position];
    checkCallback(done);
    bytes(native, toFd(fd), checkViews(views), typeof position === 'number' ? position : -1, (error, count) => done(error, count ?? 0, views));
  };
  Object.defineProperty(withCallback, customPromisifyArgs, { value: names, enumerable: false });
  const withoutCallback = (fd, views, position) =>
    bytes(native, toFd(fd), checkViews(views), typeof position === 'number' ? position : -1);
  return [withCallback, withoutCallback];
};
const [readv, readvSync] = many('read', ['bytesRead', 'buffers']);
const [writev, writevSync] = many('write', ['bytesWritten', 'buffer']);

const readBytes = (fd, view, at) => new Promise((resolve, reject) => {
  bytes('read', fd, view, at, (error, count) => (error ? reject(error) : resolve(count)));
});
const writeBytes = (fd, view, at) => new Promise((resolve, reject) => {
  bytes('write', fd, view, at, (error, count) => (error ? reject(error) : resolve(count)));
});

// ---- whole files --------------------------------------------------------------------------------------------------

function readFileSync(path, options) {
  const { encoding, flag } = getOptions(options, { flag: 'r' });
  if (encoding === 'utf8' || encoding === 'utf-8') {
    const given = isFd(path);
    const target = given ? path : toPath(path);
    const text = binding.readFileUtf8(target, toFlags(flag));
    if (typeof text === 'number') throw failure(text, given || text === -21 ? 'read' : 'open', text === -21 || given ? {} : { path: target });
    return text;
  }
  const fd = isFd(path) ? path : sync.open(path, flag);
  try {
    const stats = sync.fstat(fd);
    const size = stats.isFile() ? stats.size : 0;
    if (size > LARGEST) throw new ERR_FS_FILE_TOO_LARGE(size);
    const chunks = [];
    let total = 0;
    for (;;) {
      const want = size === 0 ? 8192 : size - total;
      if (want === 0) break;
      const chunk = Buffer.allocUnsafeSlow(want);
      const count = bytes('read', fd, chunk, -1);
      if (count === 0) break;
      chunks.push(count === want ? chunk : chunk.subarray(0, count));
      total += count;
    }
    return decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, total), encoding);
  } finally {
    if (!isFd(path)) sync.close(fd);
  }
}

function checkAborted(signal) {
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
}

/** Reads all of a descriptor from where it stands. */
async function readAll(fd, { encoding, signal } = {}) {
  checkAborted(signal);
  const stats = await promise.fstat(fd);
  const size = stats.isFile() ? stats.size : 0;
  if (size > LARGEST) throw new ERR_FS_FILE_TOO_LARGE(size);
  const chunks = [];
  let total = 0;
  for (;;) {
    checkAborted(signal);
    const want = size === 0 ? 65536 : Math.min(size - total, CHUNK);
    if (want === 0) break;
    const chunk = Buffer.allocUnsafeSlow(want);
    const count = await readBytes(fd, chunk, -1);
    if (count === 0) break;
    chunks.push(count === want ? chunk : chunk.subarray(0, count));
    total += count;
  }
  return decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, total), encoding);
}

/** Wrong arguments are thrown at once, what goes wrong later rejects. */
function readFile(path, options) {
  options = getOptions(options, { flag: 'r' });
  if (isFd(path)) return readAll(path, options);
  path = toPath(path);
  toFlags(options.flag);
  return openAndRead(path, options);
}

async function openAndRead(path, options) {
  checkAborted(options.signal);
  const fd = await promise.open(path, options.flag);
  try {
    return await readAll(fd, options);
  } finally {
    await promise.close(fd);
  }
}

function writeAllSync(fd, view) {
  let data = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  while (data.length > 0) data = data.subarray(bytes('write', fd, data, -1));
}

async function writeAll(fd, view, signal) {
  let data = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  while (data.length > 0) {
    checkAborted(signal);
    data = data.subarray(await writeBytes(fd, data.subarray(0, CHUNK), -1));
  }
}

function writeOptions(options, flag) {
  const out = getOptions(options, { encoding: 'utf8', mode: 0o666, flag, flush: false });
  validateBoolean(out.flush ?? false, 'options.flush');
  return out;
}

/** @param {(fd: number) => void} flushSync what flushes: fs.fsyncSync, which programs replace */
function writeFileSync(path, data, options, flagDefault = 'w', flushSync = sync.fsync) {
  const { encoding, mode, flag, flush } = writeOptions(options, flagDefault);
  const view = toBytes(data, encoding);
  const fd = isFd(path) ? path : sync.open(path, flag, mode);
  try {
    writeAllSync(fd, view);
    if (flush) flushSync(fd);
  } finally {
    if (!isFd(path)) sync.close(fd);
  }
}

const isIterable = (data) => data !== null && typeof data === 'object' && !ArrayBuffer.isView(data) &&
  (typeof data[Symbol.asyncIterator] === 'function' || typeof data[Symbol.iterator] === 'function');

async function writeTo(fd, data, { encoding, signal, flush }, flushNow = promise.fsync) {
  checkAborted(signal);
  if (isIterable(data)) {
    for await (const chunk of data) await writeAll(fd, toBytes(chunk, encoding), signal);
  } else {
    await writeAll(fd, toBytes(data, encoding), signal);
  }
  if (flush) await flushNow(fd);
}

/** Wrong arguments are thrown at once, what goes wrong later rejects. */
function writeFile(path, data, options, flagDefault = 'w', flushNow = undefined) {
  options = writeOptions(options, flagDefault);
  if (!isIterable(data)) toBytes(data, options.encoding);
  if (isFd(path)) return writeTo(path, data, options, flushNow);
  path = toPath(path);
  toFlags(options.flag);
  return openAndWrite(path, data, options, flushNow);
}

async function openAndWrite(path, data, options, flushNow) {
  checkAborted(options.signal);
  const fd = await promise.open(path, options.flag, options.mode);
  try {
    await writeTo(fd, data, options, flushNow);
  } finally {
    await promise.close(fd);
  }
}

module.exports = {
  read, readSync, write, writeSync, readv, readvSync, writev, writevSync, readFileSync, readFile, readAll, writeFileSync,
  writeFile, writeTo, readForm, writeForm, readBytes, writeBytes, checkViews, callback,
};
