'use strict';
// node:zlib. A stream is a Transform that steps its codec (runtime/bindings/zlib.c) over each chunk: on the thread
// pool, one step after the other, until the input is used up and the output no longer fills its buffer.
const { Transform, finished } = require('./stream');
const { Buffer, kMaxLength } = require('./buffer');
const binding = internalBinding('zlib');
const constants = require('../internal/zlib_constants');
const {
  genericNodeError,
  codes: { ERR_BUFFER_TOO_LARGE, ERR_INVALID_ARG_TYPE, ERR_INVALID_STATE, ERR_OUT_OF_RANGE, ERR_ZLIB_INITIALIZATION_FAILED, ERR_BROTLI_INVALID_PARAM,
    ERR_TRAILING_JUNK_AFTER_STREAM_END, ERR_ZSTD_INVALID_PARAM },
} = require('../internal/errors');
const { validateBoolean, validateFunction, validateFiniteNumber, validateNumber, validateUint32 } = require('../internal/validators');

const {
  Z_NO_FLUSH, Z_BLOCK, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH, Z_PARTIAL_FLUSH, Z_MIN_CHUNK, Z_DEFAULT_CHUNK, Z_DEFAULT_WINDOWBITS,
  Z_DEFAULT_MEMLEVEL, Z_DEFAULT_COMPRESSION, Z_DEFAULT_STRATEGY, DEFLATE, INFLATE, GZIP, GUNZIP, DEFLATERAW, INFLATERAW, UNZIP,
  BROTLI_DECODE, BROTLI_ENCODE, BROTLI_OPERATION_PROCESS, BROTLI_OPERATION_FLUSH, BROTLI_OPERATION_FINISH,
  ZSTD_COMPRESS, ZSTD_DECOMPRESS, ZSTD_e_continue: ZSTD_CONTINUE, ZSTD_e_flush: ZSTD_FLUSH, ZSTD_e_end: ZSTD_END,
} = constants;

const kError = Symbol('kError');
const kFlush = Symbol('kFlushFlag');

const codes = {};
for (const name of ['Z_OK', 'Z_STREAM_END', 'Z_NEED_DICT', 'Z_ERRNO', 'Z_STREAM_ERROR', 'Z_DATA_ERROR', 'Z_MEM_ERROR',
  'Z_BUF_ERROR', 'Z_VERSION_ERROR']) {
  codes[name] = constants[name];
  codes[constants[name]] = name;
}
Object.freeze(codes);

/** Libraries differ in how much of its name the decoder's error comes with: the whole, or without `_ERROR_` and its group. */
function brotliCode(errno, name) {
  const group = errno >= -16 ? 'FORMAT_' : errno <= -21 && errno >= -30 ? 'ALLOC_' : '';
  const short = name.replace(/^_?ERROR_/, '');
  return `ERR__ERROR_${short.startsWith(group) ? '' : group}${short}`;
}

function stepError([, , errno, message, code], mode) {
  const decodes = mode === BROTLI_DECODE && code !== undefined && code !== 'Z_BUF_ERROR';
  return genericNodeError(message, { errno, code: decodes ? brotliCode(errno, code) : code ?? codes[errno] });
}

/** A number option in its range; undefined gives the default. */
function ranged(value, name, low, high, fallback) {
  if (value === undefined || Number.isNaN(value)) return fallback;
  validateNumber(value, name);
  if (!Number.isFinite(value)) {
    validateFiniteNumber?.(value, name);
    throw new ERR_OUT_OF_RANGE(name, 'a finite number', value);
  }
  const range = high === Infinity ? `>= ${low}` : `>= ${low} and <= ${high}`;
  if (value < low || value > high) throw new ERR_OUT_OF_RANGE(name, range, value);
  return value;
}

const EMPTY = Buffer.alloc(0);

/** The codec in C. A program may replace `close` for a while to keep it open over a synchronous step (minizlib does). */
class Handle {
  /** @param {number} mode @returns {Handle | number} or zlib's error */
  static open(mode, options, ...settings) {
    const native = binding.create(mode, ...settings, rejects(options), pledgedSize(options));
    return typeof native === 'number' ? native : new Handle(native);
  }

  constructor(native) {
    Object.defineProperty(this, 'native', { value: native });
  }

  setParameter(number, value) { return binding.setParameter(this.native, number, value); }
  params(level, strategy) { return binding.params(this.native, level, strategy); }
  reset() {
    if (binding.reset(this.native) === false) throw new Error('Cannot reset zlib stream while a write is in progress');
  }

  /** Steps once: at once, or on the thread pool where there is a callback. @returns {any} binding.step's */
  step(...args) { return binding.step(this.native, ...args); }
  close() { binding.close(this.native); }
}

/** How much input a zstd compressor is promised, in bytes, or undefined. */
function pledgedSize(options) {
  const size = options?.pledgedSrcSize;
  if (size === undefined || Number.isSafeInteger(size) && size >= 0) return size;
  const refuse = (Base, code, text) => Object.assign(new Base(`pledgedSrcSize must be ${text}`), { code });
  if (typeof size !== 'number') throw refuse(TypeError, 'ERR_INVALID_ARG_TYPE', 'a number');
  throw refuse(RangeError, 'ERR_OUT_OF_RANGE', size < 0 ? 'non-negative' : 'a safe integer');
}

function rejects(options) {
  if (options?.rejectGarbageAfterEnd === undefined) return false;
  validateBoolean(options.rejectGarbageAfterEnd, 'options.rejectGarbageAfterEnd');
  return options.rejectGarbageAfterEnd;
}

/** The dictionary of options, or undefined. */
function dictionaryOf(options) {
  const dictionary = options?.dictionary;
  if (dictionary === undefined || ArrayBuffer.isView(dictionary) || dictionary instanceof ArrayBuffer) return dictionary;
  throw new ERR_INVALID_ARG_TYPE('options.dictionary', ['Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], dictionary);
}

/** What all of them share. */
function ZlibBase(options, mode, handle, { flush, finishFlush, fullFlush }, limits) {
  let chunkSize = Z_DEFAULT_CHUNK;
  let maxOutputLength = kMaxLength;
  if (options) {
    if (options.chunkSize !== undefined && !Number.isNaN(options.chunkSize)) {
      chunkSize = ranged(options.chunkSize, 'options.chunkSize', Z_MIN_CHUNK, Infinity, chunkSize);
    }
    flush = ranged(options.flush, 'options.flush', limits[0], limits[1], flush);
    finishFlush = ranged(options.finishFlush, 'options.finishFlush', limits[0], limits[1], finishFlush);
    maxOutputLength = ranged(options.maxOutputLength, 'options.maxOutputLength', 1, kMaxLength, kMaxLength);
    if (options.encoding || options.objectMode || options.writableObjectMode) {
      options = { ...options, encoding: null, objectMode: false, writableObjectMode: false };
    }
  }
  Transform.call(this, { autoDestroy: true, ...options });
  this._handle = handle;
  this._mode = mode;
  this[kError] = null;
  this.bytesWritten = 0;
  this._chunkSize = chunkSize;
  this._outBuffer = null;
  this._outOffset = 0;
  this._defaultFlushFlag = flush;
  this._finishFlushFlag = finishFlush;
  this._flushLimits = limits;
  this._defaultFullFlushFlag = fullFlush;
  this._info = options?.info;
  this._maxOutputLength = maxOutputLength;
  this._rejectGarbageAfterEnd = rejects(options);
  this._ended = false;
}
Object.setPrototypeOf(ZlibBase.prototype, Transform.prototype);
Object.setPrototypeOf(ZlibBase, Transform);

Object.defineProperty(ZlibBase.prototype, '_closed', { get() { return !this._handle; }, configurable: true });
Object.defineProperty(ZlibBase.prototype, 'bytesRead', {
  get() { return this.bytesWritten; }, set(value) { this.bytesWritten = value; }, configurable: true,
});

/** Output space: [buffer, offset, room]. */
function room(stream) {
  // A reader that got a part of it may have transferred its memory away.
  if (stream._outBuffer === null) {
    stream._outBuffer = Buffer.allocUnsafeSlow(stream._chunkSize);
  } else if (stream._outOffset === stream._chunkSize || stream._outBuffer.byteLength === 0) {
    stream._outBuffer = Buffer.allocUnsafeSlow(stream._chunkSize);
    stream._outOffset = 0;
  }
  return stream._chunkSize - stream._outOffset;
}

/** Takes what a step has written. */
function take(stream, outLeft, space) {
  const have = space - outLeft;
  if (have === 0) return null;
  const out = stream._outBuffer.subarray(stream._outOffset, stream._outOffset + have);
  stream._outOffset += have;
  return out;
}

ZlibBase.prototype.reset = function reset() {
  if (!this._handle) throw genericNodeError('zlib binding closed', { code: 'ERR_INTERNAL_ASSERTION' });
  this._handle.reset();
};

// Nothing to add at the end: _final's chunk has done it.
ZlibBase.prototype._flush = function _flush(callback) {
  this._transform(EMPTY, '', callback);
};

ZlibBase.prototype._final = function _final(callback) {
  callback();
};

const order = [Z_NO_FLUSH, Z_BLOCK, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH];

ZlibBase.prototype.flush = function flush(kind, callback) {
  if (typeof kind === 'function') {
    callback = kind;
    kind = undefined;
  }
  kind = ranged(kind, 'kind', ...this._flushLimits, this._defaultFullFlushFlag);
  if (this.writableFinished) {
    if (callback) process.nextTick(callback);
  } else if (this.writableEnded) {
    if (callback) this.once('end', callback);
  } else {
    const marker = Buffer.alloc(0);
    marker[kFlush] = kind;
    this.write(marker, '', callback);
  }
};

ZlibBase.prototype.close = function close(callback) {
  if (callback) finished(this, callback);
  this.destroy();
};

ZlibBase.prototype._destroy = function _destroy(error, callback) {
  if (this._handle) {
    this._handle.close();
    this._handle = null;
  }
  callback(error);
};

ZlibBase.prototype._transform = function _transform(chunk, encoding, callback) {
  let flush = this._defaultFlushFlag;
  if (typeof chunk[kFlush] === 'number') flush = chunk[kFlush];
  if (this.writableEnded && this.writableLength === chunk.byteLength) {
    flush = order.includes(flush) && order.includes(this._finishFlushFlag)
      ? order[Math.max(order.indexOf(flush), order.indexOf(this._finishFlushFlag))] : this._finishFlushFlag;
  }
  work(this, chunk, flush, callback);
};

// Between two steps the program may transfer or shrink what it has written.
const chunkGone = () => new ERR_INVALID_STATE('The chunk was detached or shrunk before all of it was taken');

/** What a synchronous step says of views that have not the bytes that they claim to have. */
function outOfBounds(stream) {
  const which = stream._outOffset + stream._chunkSize > stream._outBuffer.byteLength && stream._outOffset > 0 ? 'output' : 'input';
  return Object.assign(new RangeError(`${which} buffer is out of bounds`), { code: 'ERR_OUT_OF_RANGE' });
}

/** Steps until the chunk is used up. */
function work(stream, chunk, flush, callback) {
  if (!stream._handle) {
    process.nextTick(callback);
    return;
  }
  let offset = 0;
  let left = chunk.byteLength;
  const next = () => {
    const space = room(stream);
    const { _handle: handle, _outBuffer: out, _outOffset: at } = stream;
    if (handle.step(flush, chunk, offset, left, out, at, space, done) === false) {
      stream.destroy(chunkGone());
      callback();
    }
    function done(result) {
      if (stream.destroyed || !stream._handle) {
        callback();
        return;
      }
      if (result.length > 2) {
        const error = stepError(result, stream._mode);
        stream[kError] = error.errno;
        stream.destroy(error);
        callback();
        return;
      }
      const [inLeft, outLeft] = result;
      stream.bytesWritten += left - inLeft;
      const out = take(stream, outLeft, space);
      let more = true;
      if (out !== null) more = stream.push(out);
      if (stream.destroyed) {
        callback();
        return;
      }
      offset += left - inLeft;
      left = inLeft;
      if (outLeft === 0) {
        // There may be more output. Where the reader is slow, wait until it asks.
        if (more || stream.readableLength === 0) next();
        else {
          const read = stream._read;
          stream._read = () => {
            stream._read = read;
            if (stream._handle) next();
            else callback();
          };
        }
        return;
      }
      if (inLeft > 0 && ended(stream)) {
        // What follows the end of the data is not ours.
        if (stream._rejectGarbageAfterEnd) stream.destroy(new ERR_TRAILING_JUNK_AFTER_STREAM_END());
        else stream.push(null);
        callback();
        return;
      }
      callback();
    }
  };
  next();
}

const ended = (stream) => stream._mode === GUNZIP || stream._mode === INFLATE || stream._mode === INFLATERAW ||
  stream._mode === UNZIP || stream._mode === BROTLI_DECODE || stream._mode === ZSTD_DECOMPRESS;

/** All of the input at once. @returns {Buffer} */
function runSync(stream, buffer, flush) {
  const out = [];
  let total = 0;
  let offset = 0;
  let left = buffer.byteLength;
  try {
    for (;;) {
      const space = room(stream);
      const result = stream._handle.step(flush, buffer, offset, left, stream._outBuffer, stream._outOffset, space);
      if (result === false) throw outOfBounds(stream);
      if (result.length > 2) throw stepError(result, stream._mode);
      const [inLeft, outLeft] = result;
      const piece = take(stream, outLeft, space);
      if (piece !== null) {
        out.push(piece);
        total += piece.length;
        if (total > stream._maxOutputLength) throw new ERR_BUFFER_TOO_LARGE(stream._maxOutputLength);
      }
      stream.bytesWritten += left - inLeft;
      offset += left - inLeft;
      left = inLeft;
      if (outLeft !== 0) break;
    }
    if (left > 0 && stream._rejectGarbageAfterEnd && ended(stream)) throw new ERR_TRAILING_JUNK_AFTER_STREAM_END();
  } finally {
    stream._handle.close();
    stream._handle = null;
  }
  return out.length === 1 ? out[0] : Buffer.concat(out, total);
}

ZlibBase.prototype._processChunk = function _processChunk(chunk, flush, callback) {
  if (typeof callback === 'function') work(this, chunk, flush, callback);
  else return runSync(this, chunk, flush);
  return undefined;
};

// ---- the classes --------------------------------------------------------------------------------------------------

const zlibDefaults = { flush: Z_NO_FLUSH, finishFlush: Z_FINISH, fullFlush: Z_FULL_FLUSH };

function Zlib(options, mode) {
  let windowBits = Z_DEFAULT_WINDOWBITS;
  let level = Z_DEFAULT_COMPRESSION;
  let memLevel = Z_DEFAULT_MEMLEVEL;
  let strategy = Z_DEFAULT_STRATEGY;
  let dictionary;
  if (options) {
    const decodes = mode === INFLATE || mode === GUNZIP || mode === UNZIP;
    if ((options.windowBits === undefined || options.windowBits === 0) && decodes) windowBits = options.windowBits === 0 ? 0 : windowBits;
    else windowBits = ranged(options.windowBits, 'options.windowBits', mode === GZIP ? 9 : 8, 15, windowBits);
    level = ranged(options.level, 'options.level', -1, 9, level);
    memLevel = ranged(options.memLevel, 'options.memLevel', 1, 9, memLevel);
    strategy = ranged(options.strategy, 'options.strategy', 0, 4, strategy);
    dictionary = dictionaryOf(options);
  }
  // zlib cannot do windows of 256 bytes without a header.
  if (mode === DEFLATERAW && windowBits === 8) windowBits = 9;
  const handle = Handle.open(mode, options, windowBits, level, memLevel, strategy, dictionary);
  if (typeof handle === 'number') {
    if (handle === constants.Z_DATA_ERROR || handle === constants.Z_STREAM_ERROR) throw genericNodeError('Failed to set dictionary', { errno: handle, code: codes[handle] });
    throw new ERR_ZLIB_INITIALIZATION_FAILED();
  }
  ZlibBase.call(this, options, mode, handle, zlibDefaults, [Z_NO_FLUSH, Z_BLOCK]);
  this._level = level;
  this._strategy = strategy;
}
Object.setPrototypeOf(Zlib.prototype, ZlibBase.prototype);
Object.setPrototypeOf(Zlib, ZlibBase);

/** Node documentation: zlib.params(level, strategy, callback). */
Zlib.prototype.params = function params(level, strategy, callback) {
  ranged(level, 'level', -1, 9);
  ranged(strategy, 'strategy', 0, 4);
  if (this._level === level && this._strategy === strategy) {
    process.nextTick(callback);
    return;
  }
  this.flush(Z_SYNC_FLUSH, () => {
    if (!this._handle) return;
    const err = this._handle.params(level, strategy);
    if (err < 0) {
      this.destroy(genericNodeError('Failed to set parameters', { errno: err, code: codes[err] }));
      return;
    }
    this._level = level;
    this._strategy = strategy;
    callback?.();
  });
};

const brotliDefaults = { flush: BROTLI_OPERATION_PROCESS, finishFlush: BROTLI_OPERATION_FINISH, fullFlush: BROTLI_OPERATION_FLUSH };

/** Gives the codec options.params: { [number]: value }. @returns {boolean} whether it took them all */
function setParameters(handle, options, highest, Refusal) {
  const seen = new Set();
  const values = [];
  for (const key of Object.keys(options?.params ?? {})) {
    const number = Number(key);
    const value = options.params[key];
    if (Number.isNaN(number) || number < 0 || number > highest || seen.has(number)) throw new Refusal(key);
    if (typeof value !== 'number' && typeof value !== 'boolean') {
      throw new ERR_INVALID_ARG_TYPE('options.params[key]', 'number', value);
    }
    seen.add(number);
    values.push([number, Number(value)]);
  }
  return values.every(([number, value]) => handle.setParameter(number, value));
}

function Brotli(options, mode) {
  const handle = Handle.open(mode, options, 0, 0, 0, 0, dictionaryOf(options));
  if (typeof handle === 'number') throw new ERR_ZLIB_INITIALIZATION_FAILED();
  if (!setParameters(handle, options, constants.BROTLI_PARAM_NDIRECT + 1, ERR_BROTLI_INVALID_PARAM)) {
    throw new ERR_ZLIB_INITIALIZATION_FAILED();
  }
  ZlibBase.call(this, options, mode, handle, brotliDefaults, [BROTLI_OPERATION_PROCESS, constants.BROTLI_OPERATION_EMIT_METADATA]);
}
Object.setPrototypeOf(Brotli.prototype, Zlib.prototype);
Object.setPrototypeOf(Brotli, Zlib);

const zstdDefaults = { flush: ZSTD_CONTINUE, finishFlush: ZSTD_END, fullFlush: ZSTD_FLUSH };

/** The highest number of zstd's parameters of one direction: ZSTD_c_* or ZSTD_d_*. */
const highest = (prefix) =>
  Math.max(...Object.entries(constants).filter(([name]) => name.startsWith(prefix)).map(([, number]) => number));

function Zstd(options, mode) {
  const failed = () => Object.assign(new ERR_ZLIB_INITIALIZATION_FAILED(), { message: 'Setting parameter failed' });
  const dictionary = typeof options?.dictionary === 'object' ? options.dictionary : undefined;
  const handle = Handle.open(mode, options, 0, 0, 0, 0, dictionary);
  if (typeof handle === 'number') throw new ERR_ZLIB_INITIALIZATION_FAILED();
  const limit = highest(mode === ZSTD_COMPRESS ? 'ZSTD_c_' : 'ZSTD_d_');
  if (!setParameters(handle, options, limit, ERR_ZSTD_INVALID_PARAM)) throw failed();
  ZlibBase.call(this, options, mode, handle, zstdDefaults, [ZSTD_CONTINUE, ZSTD_END]);
}
Object.setPrototypeOf(Zstd.prototype, ZlibBase.prototype);
Object.setPrototypeOf(Zstd, ZlibBase);

const classes = {
  Deflate: [Zlib, DEFLATE], Inflate: [Zlib, INFLATE], Gzip: [Zlib, GZIP], Gunzip: [Zlib, GUNZIP], DeflateRaw: [Zlib, DEFLATERAW],
  InflateRaw: [Zlib, INFLATERAW], Unzip: [Zlib, UNZIP], BrotliCompress: [Brotli, BROTLI_ENCODE],
  BrotliDecompress: [Brotli, BROTLI_DECODE], ZstdCompress: [Zstd, ZSTD_COMPRESS], ZstdDecompress: [Zstd, ZSTD_DECOMPRESS],
};

Object.defineProperties(module.exports, {
  constants: { value: constants, enumerable: true },
  codes: { value: codes, enumerable: true },
});

function convert(buffer) {
  if (typeof buffer === 'string') return Buffer.from(buffer);
  if (ArrayBuffer.isView(buffer)) return buffer instanceof Uint8Array ? buffer : Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  if (buffer instanceof ArrayBuffer) return Buffer.from(buffer);
  throw new ERR_INVALID_ARG_TYPE('buffer', ['string', 'Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], buffer);
}

function collect(stream, buffer, callback) {
  const chunks = [];
  let total = 0;
  stream.on('data', (chunk) => {
    total += chunk.length;
    if (total > stream._maxOutputLength) {
      stream.destroy();
      callback(new ERR_BUFFER_TOO_LARGE(stream._maxOutputLength));
      return;
    }
    chunks.push(chunk);
  });
  stream.on('error', (error) => callback(error));
  stream.on('end', () => {
    const result = Buffer.concat(chunks, total);
    stream.close();
    callback(null, stream._info ? { buffer: result, engine: stream } : result);
  });
  stream.end(buffer);
}

const warned = new Set();
function withoutNew(Class, options) {
  if (!warned.has(Class)) {
    warned.add(Class);
    process.emitWarning(`Instantiating ${Class.name} without the 'new' keyword has been deprecated.`,
      'DeprecationWarning', 'DEP0184');
  }
  return new Class(options);
}

for (const [name, [Base, mode]] of Object.entries(classes)) {
  const Class = { [name]: function (options) { // eslint-disable-line object-shorthand
    if (!(this instanceof Class)) return withoutNew(Class, options);
    Base.call(this, options, mode);
  } }[name];
  Object.setPrototypeOf(Class.prototype, Base.prototype);
  Object.setPrototypeOf(Class, Base);
  const create = `create${name}`;
  const lower = `${name[0].toLowerCase()}${name.slice(1)}`;
  const sync = `${lower}Sync`;
  module.exports[name] = Class;
  module.exports[create] = { [create](options) { return new Class(options); } }[create];
  module.exports[lower] = { [lower](buffer, options, callback) {
    if (typeof options === 'function') [options, callback] = [{}, options];
    validateFunction(callback, 'callback');
    const input = convert(buffer);
    process.nextTick(collect, new Class(options), input, callback);
  } }[lower];
  module.exports[sync] = { [sync](buffer, options) {
    const input = convert(buffer);
    const stream = new Class(options);
    const result = runSync(stream, input, stream._finishFlushFlag);
    return stream._info ? { buffer: result, engine: stream } : result;
  } }[sync];
}

/** Node documentation: zlib.crc32(data[, value]). @returns {number} */
module.exports.crc32 = function crc32(data, value = 0) {
  if (typeof data !== 'string' && !ArrayBuffer.isView(data)) {
    throw new ERR_INVALID_ARG_TYPE('data', ['Buffer', 'TypedArray', 'DataView', 'string'], data);
  }
  validateUint32(value, 'value');
  return binding.crc32(typeof data === 'string' ? Buffer.from(data) : data, value);
};

for (const [name, value] of Object.entries(constants)) {
  if (name.startsWith('Z_') && !name.includes('CHUNK')) Object.defineProperty(module.exports, name, { value, enumerable: false });
}
