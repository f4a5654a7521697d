'use strict';
// node:buffer. A Buffer is a Uint8Array with Buffer.prototype; runtime/bindings/buffer.c has the loops over bytes.
// Small unsafe buffers and strings are cut from a pool, which is allocated when a process starts (not in the snapshot).

const {
  codes: {
    ERR_BUFFER_OUT_OF_BOUNDS, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_BUFFER_SIZE, ERR_MISSING_ARGS,
    ERR_OUT_OF_RANGE, ERR_UNKNOWN_ENCODING,
  },
} = require('../internal/errors');
const { validateArray, validateBuffer, validateInteger, validateNumber } = require('../internal/validators');
const { encodingNumber, utf8, utf16le, latin1, ascii, base64, base64url, hex, names } = require('../internal/encodings');
const numbers = require('../internal/buffer_numbers');
const types = require('../internal/types');
const { isUint8Array } = types;
const { pendingDeprecation } = require('../internal/warning');
const { onStart } = require('../internal/bootstrap_hooks');

const binding = internalBinding('buffer');
const kMaxLength = 2 ** 53 - 1; // V8's TypedArray::kMaxByteLength
const kStringMaxLength = 0x1fffffe8;
const UNINITIALIZED_FROM = 16384; // bytes; below it zeroing is cheaper than memory of our own
const inspectCustom = Symbol.for('nodejs.util.inspect.custom');

class FastBuffer extends Uint8Array {
  // Explicit parameters: a default constructor would go through the array iterator.
  constructor(bufferOrLength, byteOffset, length) { super(bufferOrLength, byteOffset, length); }
}

/** DEP0005: told once, and not for calls from packages unless --pending-deprecation asks for them. */
let told = false;
function tellDeprecated() {
  if (told || (!pendingDeprecation() && require('../internal/call_sites').isInsideNodeModules())) return;
  told = true;
  process.emitWarning('Buffer() is deprecated due to security and usability issues. Please use the Buffer.alloc(), ' +
    'Buffer.allocUnsafe(), or Buffer.from() methods instead.', 'DeprecationWarning', 'DEP0005', Buffer);
}

function Buffer(value, encodingOrOffset, length) {
  tellDeprecated();
  if (typeof value === 'number') {
    if (typeof encodingOrOffset === 'string') throw new ERR_INVALID_ARG_TYPE('string', 'string', value);
    return Buffer.alloc(value);
  }
  return Buffer.from(value, encodingOrOffset, length);
}
Object.defineProperty(Buffer, Symbol.species, { configurable: true, enumerable: false, get() { return FastBuffer; } });
Object.setPrototypeOf(Buffer, Uint8Array);
FastBuffer.prototype.constructor = Buffer;
Buffer.prototype = FastBuffer.prototype;
Buffer.poolSize = 64 * 1024;
const proto = Buffer.prototype;
numbers.install(proto);

const { mark: markAsUntransferable } = require('../internal/untransferable');
let pool;
let poolOffset = 0;
let poolSize = 0;
/** --zero-fill-buffers: `always` makes every Buffer of zeros. */
const zeroFill = { always: false };
function allocatePool() {
  poolSize = Buffer.poolSize;
  pool = new FastBuffer(poolSize);
  markAsUntransferable(pool.buffer);
  poolOffset = 0;
}
onStart(() => {
  binding.setPrototype(proto);
  allocatePool();
});
binding.setPrototype(proto);

function encodingOrThrow(encoding) {
  const number = encodingNumber(encoding);
  if (number === undefined) throw new ERR_UNKNOWN_ENCODING(encoding);
  return number;
}

function assertSize(size) {
  validateNumber(size, 'size', 0, kMaxLength);
}

/** size bytes whose content is arbitrary */
function uninitialized(size) {
  return size < UNINITIALIZED_FROM || zeroFill.always ? new FastBuffer(size) : binding.allocate(size);
}

function fromPool(size) {
  if (size === 0) return new FastBuffer();
  if (size >= poolSize >>> 1) return uninitialized(size);
  if (size > poolSize - poolOffset) allocatePool();
  const out = new FastBuffer(pool.buffer, poolOffset, size);
  poolOffset = (poolOffset + size + 7) & ~7;
  return out;
}

function fromString(string, encoding) {
  const number = typeof encoding === 'string' && encoding.length > 0 ? encodingOrThrow(encoding) : utf8;
  const length = string.length;
  if (length === 0) return new FastBuffer();
  const most = number === utf8 ? length * 3 : number === utf16le ? length * 2 : length;
  if (most >= poolSize >>> 1) return binding.fromString(string, number);
  if (most > poolSize - poolOffset) allocatePool();
  const written = number === utf8 ? binding.writeUtf8(pool, string, poolOffset, most) : binding.write(pool, string, number, poolOffset, most);
  const out = new FastBuffer(pool.buffer, poolOffset, written);
  poolOffset = (poolOffset + written + 7) & ~7;
  return out;
}

function fromArrayBuffer(buffer, byteOffset, length) {
  if (byteOffset === undefined) byteOffset = 0;
  else byteOffset = +byteOffset || 0;
  const most = buffer.byteLength - byteOffset;
  if (most < 0) throw new ERR_BUFFER_OUT_OF_BOUNDS('offset');
  if (length === undefined) {
    length = most;
  } else {
    length = +length;
    if (!(length > 0)) length = 0;
    else if (length > most) throw new ERR_BUFFER_OUT_OF_BOUNDS('length');
  }
  return new FastBuffer(buffer, byteOffset, length);
}

function fromArrayLike(list) {
  const length = list.length;
  if (!(length > 0)) return new FastBuffer();
  const out = fromPool(Math.trunc(length));
  if (isUint8Array(list)) out.set(list);
  else for (let i = 0; i < out.length; i++) out[i] = list[i];
  return out;
}

const isAnyArrayBuffer = (value) => typeof value === 'object' && !ArrayBuffer.isView(value) && types.isAnyArrayBuffer(value);

function fromObject(value) {
  if (value.length !== undefined || isAnyArrayBuffer(value.buffer)) {
    return typeof value.length === 'number' ? fromArrayLike(value) : new FastBuffer();
  }
  if (value.type === 'Buffer' && Array.isArray(value.data)) return fromArrayLike(value.data);
  return undefined;
}

/**
 * @param {string|ArrayBuffer|SharedArrayBuffer|ArrayLike<number>|object} value
 * @param {string|number} [encodingOrOffset] @param {number} [length] bytes, of an ArrayBuffer
 */
Buffer.from = function from(value, encodingOrOffset, length) {
  if (typeof value === 'string') return fromString(value, encodingOrOffset);
  if (typeof value === 'object' && value !== null) {
    if (isAnyArrayBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
    const primitive = value.valueOf?.();
    if (primitive != null && primitive !== value && (typeof primitive === 'string' || typeof primitive === 'object')) {
      return from(primitive, encodingOrOffset, length);
    }
    const out = fromObject(value);
    if (out !== undefined) return out;
    if (typeof value[Symbol.toPrimitive] === 'function') {
      const text = value[Symbol.toPrimitive]('string');
      if (typeof text === 'string') return fromString(text, encodingOrOffset);
    }
  }
  throw new ERR_INVALID_ARG_TYPE('first argument', ['string', 'Buffer', 'ArrayBuffer', 'Array', 'Array-like Object'], value);
};

Buffer.copyBytesFrom = function copyBytesFrom(view, offset, length) {
  if (!ArrayBuffer.isView(view) || view instanceof DataView) throw new ERR_INVALID_ARG_TYPE('view', ['TypedArray'], view);
  if (view.length === 0) return new FastBuffer();
  for (const [name, value] of [['offset', offset], ['length', length]]) {
    if (value === undefined) continue;
    validateNumber(value, name, 0);
    if (!Number.isInteger(value)) throw new ERR_OUT_OF_RANGE(name, 'an integer', value);
  }
  const start = offset ?? 0;
  if (start >= view.length) return new FastBuffer();
  const part = view.subarray(start, length === undefined ? undefined : start + length);
  return fromArrayLike(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
};

Buffer.of = function of(...items) {
  const out = fromPool(items.length);
  for (let i = 0; i < items.length; i++) out[i] = items[i];
  return out;
};

Buffer.alloc = function alloc(size, fill, encoding) {
  assertSize(size);
  if (fill !== undefined && fill !== 0 && size > 0) return fillBuffer(uninitialized(size), fill, 0, undefined, encoding);
  return new FastBuffer(size);
};

Buffer.allocUnsafe = function allocUnsafe(size) {
  assertSize(size);
  return fromPool(size);
};

Buffer.allocUnsafeSlow = function allocUnsafeSlow(size) {
  assertSize(size);
  return uninitialized(size);
};

let slowTold = false;
function SlowBuffer(size) {
  if (!slowTold) {
    slowTold = true;
    process.emitWarning('SlowBuffer() is deprecated. Please use Buffer.allocUnsafeSlow()', 'DeprecationWarning', 'DEP0030', SlowBuffer);
  }
  assertSize(size);
  return uninitialized(size);
}
Object.setPrototypeOf(SlowBuffer.prototype, Uint8Array.prototype);
Object.setPrototypeOf(SlowBuffer, Uint8Array);

Buffer.isBuffer = function isBuffer(value) { return value instanceof Buffer; };
Buffer.isEncoding = function isEncoding(encoding) {
  return typeof encoding === 'string' && encoding.length !== 0 && encodingNumber(encoding) !== undefined;
};

/** @returns {number} -1, 0 or 1 */
Buffer.compare = function compare(a, b) {
  if (!isUint8Array(a)) throw new ERR_INVALID_ARG_TYPE('buf1', ['Buffer', 'Uint8Array'], a);
  if (!isUint8Array(b)) throw new ERR_INVALID_ARG_TYPE('buf2', ['Buffer', 'Uint8Array'], b);
  return a === b ? 0 : binding.compare(a, b);
};

const lengthOf = (() => { // whatever a `length` of its own says
  const { get } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length');
  return (bytes) => Reflect.apply(get, bytes, []);
})();

Buffer.concat = function concat(list, length) {
  validateArray(list, 'list');
  if (list.length === 0) return new FastBuffer();
  if (length === undefined) {
    length = 0;
    for (const one of list) if (one.length) length += isUint8Array(one) ? lengthOf(one) : one.length;
  } else {
    validateInteger(length, 'length', 0, kMaxLength);
  }
  const out = fromPool(length);
  let at = 0;
  for (let i = 0; i < list.length; i++) {
    let part = list[i];
    if (!isUint8Array(part)) throw new ERR_INVALID_ARG_TYPE(`list[${i}]`, ['Buffer', 'Uint8Array'], part);
    let size = lengthOf(part);
    if (size > length - at) {
      size = length - at;
      part = new Uint8Array(part.buffer, part.byteOffset, size);
    }
    out.set(part, at);
    at += size;
  }
  if (at < length) out.fill(0, at);
  return out;
};

/** @returns {number} bytes of `string` in `encoding` */
function byteLength(string, encoding) {
  if (typeof string !== 'string') {
    if (ArrayBuffer.isView(string) || isAnyArrayBuffer(string)) return string.byteLength;
    throw new ERR_INVALID_ARG_TYPE('string', ['string', 'Buffer', 'ArrayBuffer'], string);
  }
  const length = string.length;
  if (length === 0) return 0;
  switch (encodingNumber(encoding)) {
    case latin1:
    case ascii: return length;
    case utf16le: return length * 2;
    case hex: return length >>> 1;
    case base64:
    case base64url: {
      let bytes = length;
      if (string.charCodeAt(bytes - 1) === 61) bytes--;
      if (bytes > 1 && string.charCodeAt(bytes - 1) === 61) bytes--;
      return (bytes * 3) >>> 2;
    }
    default: return binding.utf8Length(string);
  }
}
Buffer.byteLength = byteLength;

Object.defineProperty(proto, 'parent', { enumerable: true, get() { return this instanceof Buffer ? this.buffer : undefined; } });
Object.defineProperty(proto, 'offset', { enumerable: true, get() { return this instanceof Buffer ? this.byteOffset : undefined; } });

proto.toString = function toString(encoding, start, end) {
  if (arguments.length === 0 && isUint8Array(this)) return this.length === 0 ? '' : binding.toString(this, utf8, 0, this.length);
  const length = this.length;
  if (start === undefined || start <= 0) start = 0;
  else if (start >= length) return '';
  else start = Math.trunc(start) || 0;
  if (end === undefined || end > length) end = length;
  else end = Math.trunc(end) || 0;
  if (end <= start) return '';
  if (encoding === undefined) return binding.toString(this, utf8, start, end);
  return binding.toString(this, encodingOrThrow(`${encoding}`), start, end);
};
proto.toLocaleString = proto.toString;

proto.equals = function equals(other) {
  if (!isUint8Array(other)) throw new ERR_INVALID_ARG_TYPE('otherBuffer', ['Buffer', 'Uint8Array'], other);
  if (this === other) return true;
  return this.byteLength === other.byteLength && (this.byteLength === 0 || binding.compare(this, other) === 0);
};

proto.compare = function compare(target, targetStart, targetEnd, sourceStart, sourceEnd) {
  if (!isUint8Array(target)) throw new ERR_INVALID_ARG_TYPE('target', ['Buffer', 'Uint8Array'], target);
  if (arguments.length === 1) return binding.compare(this, target);
  const check = (value, name, fallback, max) => {
    if (value === undefined) return fallback;
    validateNumber(value, name);
    if (!Number.isInteger(value)) throw new ERR_OUT_OF_RANGE(name, 'an integer', value);
    if (value < 0 || value > max) throw new ERR_OUT_OF_RANGE(name, `>= 0 && <= ${max}`, value);
    return value;
  };
  targetStart = check(targetStart, 'targetStart', 0, kMaxLength);
  targetEnd = check(targetEnd, 'targetEnd', target.length, target.length);
  sourceStart = check(sourceStart, 'sourceStart', 0, kMaxLength);
  sourceEnd = check(sourceEnd, 'sourceEnd', this.length, this.length);
  if (sourceStart >= sourceEnd) return targetStart >= targetEnd ? 0 : -1;
  if (targetStart >= targetEnd) return 1;
  return binding.compareParts(this, sourceStart, sourceEnd, target, targetStart, targetEnd);
};

/** Copies into target; @returns {number} bytes copied */
proto.copy = function copy(target, targetStart, sourceStart, sourceEnd) {
  if (!isUint8Array(this)) throw new ERR_INVALID_ARG_TYPE('source', ['Buffer', 'Uint8Array'], this);
  if (!ArrayBuffer.isView(target)) throw new ERR_INVALID_ARG_TYPE('target', ['Buffer', 'Uint8Array'], target);
  const integer = (value, fallback) => {
    const number = +value;
    return number >= Number.MIN_SAFE_INTEGER && number <= Number.MAX_SAFE_INTEGER ? Math.floor(number) : fallback;
  };
  targetStart = targetStart === undefined ? 0 : integer(targetStart, 0);
  if (targetStart < 0) throw new ERR_OUT_OF_RANGE('targetStart', '>= 0', targetStart);
  sourceStart = sourceStart === undefined ? 0 : integer(sourceStart, 0);
  if (sourceStart < 0 || sourceStart > this.length) throw new ERR_OUT_OF_RANGE('sourceStart', `>= 0 && <= ${this.length}`, sourceStart);
  sourceEnd = sourceEnd === undefined ? this.length : integer(sourceEnd, 0);
  if (sourceEnd < 0) throw new ERR_OUT_OF_RANGE('sourceEnd', '>= 0', sourceEnd);
  if (targetStart >= target.byteLength || sourceStart >= sourceEnd) return 0;
  const count = Math.min(sourceEnd - sourceStart, target.byteLength - targetStart, this.length - sourceStart);
  const source = sourceStart === 0 && count === this.length ? this : new Uint8Array(this.buffer, this.byteOffset + sourceStart, count);
  const out = isUint8Array(target) ? target : new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  Uint8Array.prototype.set.call(out, source, targetStart);
  return count;
};

function clampIndex(value, length, fallback) {
  if (value === undefined) return fallback;
  const number = Math.trunc(+value) || 0;
  if (number < 0) return Math.max(number + length, 0);
  return Math.min(number, length);
}

proto.subarray = function subarray(start, end) {
  const length = this.length;
  start = clampIndex(start, length, 0);
  end = clampIndex(end, length, length);
  return new FastBuffer(this.buffer, this.byteOffset + start, end > start ? end - start : 0);
};
proto.slice = function slice(start, end) { return this.subarray(start, end); };

proto.toJSON = function toJSON() {
  const data = new Array(this.length);
  for (let i = 0; i < this.length; i++) data[i] = this[i];
  return { type: 'Buffer', data };
};

/** write(string[, offset[, length]][, encoding]); @returns {number} bytes written */
proto.write = function write(string, offset, length, encoding) {
  if (offset === undefined) {
    if (typeof string !== 'string') throw new ERR_INVALID_ARG_TYPE('argument', 'string', string);
    return binding.writeUtf8(this, string, 0, this.length);
  }
  if (length === undefined && typeof offset === 'string') {
    encoding = offset;
    offset = 0;
    length = this.length;
  } else {
    checkWriteOffset(offset, 'offset', this.length);
    const remaining = this.length - offset;
    if (length === undefined) {
      length = remaining;
    } else if (typeof length === 'string') {
      encoding = length;
      length = remaining;
    } else {
      checkWriteOffset(length, 'length', this.length);
      if (length > remaining) length = remaining;
    }
  }
  if (typeof string !== 'string') throw new ERR_INVALID_ARG_TYPE('argument', 'string', string);
  const number = encoding ? encodingOrThrow(encoding) : utf8;
  return number === utf8 ? binding.writeUtf8(this, string, offset, length) : binding.write(this, string, number, offset, length);
};

function checkWriteOffset(value, name, max) {
  if (typeof value !== 'number') throw new ERR_INVALID_ARG_TYPE(name, 'number', value);
  if (!Number.isInteger(value)) throw new ERR_OUT_OF_RANGE(name, 'an integer', value);
  if (value < 0 || value > max) throw new ERR_OUT_OF_RANGE(name, `>= 0 && <= ${max}`, value);
}

function fillBuffer(buffer, value, offset, end, encoding) {
  if (typeof value === 'string') {
    if (offset === undefined || typeof offset === 'string') {
      encoding = offset;
      offset = 0;
      end = buffer.length;
    } else if (typeof end === 'string') {
      encoding = end;
      end = buffer.length;
    }
    if (encoding !== undefined && typeof encoding !== 'string') throw new ERR_INVALID_ARG_TYPE('encoding', 'string', encoding);
    const number = encodingOrThrow(encoding);
    if (value.length === 0) value = 0;
    else if (value.length === 1 && value.charCodeAt(0) < 128 && (number === utf8 || number === latin1 || number === ascii)) value = value.charCodeAt(0);
    else {
      const pattern = fromString(value, names[number]);
      if (pattern.length === 0) throw new ERR_INVALID_ARG_VALUE('value', value);
      value = pattern;
    }
  } else if (typeof value === 'boolean') {
    value = +value;
  } else if (typeof value !== 'number' && typeof value !== 'bigint' && !isUint8Array(value)) {
    value = value === null || value === undefined ? 0 : Number(value) || 0;
  }
  if (offset === undefined) {
    offset = 0;
    end = buffer.length;
  } else {
    validateInteger(offset, 'offset', 0, kMaxLength);
    if (end === undefined) end = buffer.length;
    else validateInteger(end, 'end', 0, buffer.length);
    if (offset >= end) return buffer;
  }
  if (typeof value !== 'object') {
    Uint8Array.prototype.fill.call(buffer, Number(value) & 255, offset, end);
  } else {
    if (value.length === 0) throw new ERR_INVALID_ARG_VALUE('value', value);
    binding.fill(buffer, value, offset, end);
  }
  return buffer;
}
proto.fill = function fill(value, offset, end, encoding) { return fillBuffer(this, value, offset, end, encoding); };

/** (value[, start[, end]][, encoding]): Node documentation, buf.indexOf and its sisters. */
function search(buffer, value, offset, end, encoding, forward) {
  validateBuffer(buffer);
  if (typeof offset === 'string') {
    encoding = offset;
    offset = undefined;
    end = undefined;
  } else if (typeof end === 'string') {
    encoding = end;
    end = undefined;
  }
  offset = +offset;
  if (end !== undefined) {
    const from = offset < 0 ? offset + lengthOf(buffer) : offset;
    end = Math.min(Math.max(Math.trunc(+end) || 0, 0), lengthOf(buffer));
    if (end < lengthOf(buffer)) {
      buffer = new Uint8Array(buffer.buffer, buffer.byteOffset, end);
      offset = forward && from < 0 ? 0 : from;
      if (!forward && offset < 0) return -1;
    }
  }
  if (Number.isNaN(offset)) offset = forward ? 0 : buffer.length;
  else if (offset > 0x7fffffff * 2) offset = buffer.length;
  offset = Math.trunc(offset);
  if (typeof value === 'number') return binding.indexOfByte(buffer, value & 255, offset, forward);
  const number = encoding === undefined ? utf8 : encodingNumber(encoding);
  if (typeof value === 'string') {
    if (number === undefined) throw new ERR_UNKNOWN_ENCODING(encoding);
    return binding.indexOf(buffer, fromString(value, names[number]), offset, forward, number === utf16le);
  }
  if (isUint8Array(value)) return binding.indexOf(buffer, value, offset, forward, number === utf16le);
  throw new ERR_INVALID_ARG_TYPE('value', ['number', 'string', 'Buffer', 'Uint8Array'], value);
}
proto.indexOf = function indexOf(value, offset, end, encoding) {
  return search(this, value, offset, end, encoding, true);
};
proto.lastIndexOf = function lastIndexOf(value, offset, end, encoding) {
  return search(this, value, offset, end, encoding, false);
};
proto.includes = function includes(value, offset, end, encoding) {
  return search(this, value, offset, end, encoding, true) !== -1;
};

function swapper(size, bits) {
  return function swap() {
    const length = this.length;
    if (length % size !== 0) throw new ERR_INVALID_BUFFER_SIZE(bits);
    for (let i = 0; i < length; i += size) {
      for (let low = i, high = i + size - 1; low < high; low++, high--) {
        const byte = this[low];
        this[low] = this[high];
        this[high] = byte;
      }
    }
    return this;
  };
}
for (const [size, bits] of [[2, '16-bits'], [4, '32-bits'], [8, '64-bits']]) {
  const name = `swap${size * 8}`;
  proto[name] = swapper(size, bits);
  Object.defineProperty(proto[name], 'name', { value: name });
}

// The per-encoding halves that npm packages call directly (busboy, ws, ...).
for (const [name, number] of [['utf8', utf8], ['ucs2', utf16le], ['latin1', latin1], ['ascii', ascii], ['base64', base64],
  ['base64url', base64url], ['hex', hex]]) {
  const slice = function slice(start = 0, end = this.length) {
    return end <= start ? '' : binding.toString(this, number, start, end);
  };
  const write = function write(string, offset = 0, length = this.length - offset) {
    if (typeof string !== 'string') throw new ERR_INVALID_ARG_TYPE('argument', 'string', string);
    offset = Math.trunc(offset) || 0;
    if (offset < 0 || offset > this.length) throw new ERR_BUFFER_OUT_OF_BOUNDS('offset');
    if (length < 0 || length > this.length - offset) throw new ERR_BUFFER_OUT_OF_BOUNDS('length');
    return binding.write(this, string, number, offset, length);
  };
  proto[`${name}Slice`] = slice;
  proto[`${name}Write`] = write;
}

proto[inspectCustom] = function inspect(depth, context) {
  const max = inspectMaxBytes;
  const shown = Math.min(max, this.length);
  let text = binding.toString(this, hex, 0, shown).replace(/(.{2})/g, '$1 ').trim();
  const more = this.length - max;
  if (more > 0) text += ` ... ${more} more byte${more > 1 ? 's' : ''}`;
  if (context) {
    const extras = {};
    let any = false;
    for (const key of Object.keys(this)) {
      if (/^\d+$/.test(key)) continue;
      extras[key] = this[key];
      any = true;
    }
    if (any) {
      if (this.length !== 0) text += ', ';
      text += require('./util').inspect(extras, { ...context, breakLength: Infinity, compact: true }).slice(2, -2);
    }
  }
  return `<${this.constructor.name} ${text}>`;
};
proto.inspect = proto[inspectCustom];

/** @returns {string} base64 of a string of characters up to U+00FF */
function btoa(input) {
  if (arguments.length === 0) throw new ERR_MISSING_ARGS('input');
  input = `${input}`;
  for (let i = 0; i < input.length; i++) {
    if (input.charCodeAt(i) > 255) {
      const { DOMException } = require('../web/dom_exception');
      throw new DOMException('Invalid character', 'InvalidCharacterError');
    }
  }
  return fromString(input, 'latin1').toString('base64');
}

/** The reverse of btoa, as WHATWG's forgiving-base64 decode. */
function atob(input) {
  if (arguments.length === 0) throw new ERR_MISSING_ARGS('input');
  let text = `${input}`.replace(/[\t\n\f\r ]/g, '');
  if (text.length % 4 === 0) text = text.replace(/={1,2}$/, '');
  if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) {
    const { DOMException } = require('../web/dom_exception');
    throw new DOMException('The string to be decoded is not correctly encoded.', 'InvalidCharacterError');
  }
  return fromString(text, 'base64').toString('latin1');
}

function bytesFor(input) {
  if (!ArrayBuffer.isView(input) && !isAnyArrayBuffer(input)) {
    throw new ERR_INVALID_ARG_TYPE('input', ['ArrayBuffer', 'Buffer', 'TypedArray'], input);
  }
  return input;
}

/** Converts bytes from one encoding to another; what the target lacks becomes '?'. */
function transcode(source, fromEncoding, toEncoding) {
  if (!isUint8Array(source)) throw new ERR_INVALID_ARG_TYPE('source', ['Buffer', 'Uint8Array'], source);
  const from = encodingNumber(fromEncoding);
  const to = encodingNumber(toEncoding);
  if (from === undefined || to === undefined || from > ascii || to > ascii) {
    const error = new Error('Unable to transcode Buffer [U_ILLEGAL_ARGUMENT_ERROR]');
    error.code = 'U_ILLEGAL_ARGUMENT_ERROR';
    error.errno = 1;
    throw error;
  }
  let text = source.length === 0 ? '' : binding.toString(source, from, 0, source.length);
  if (to === latin1) text = text.replace(/[\ud800-\udbff][\udc00-\udfff]|[^\0-\xff]/g, '?');
  else if (to === ascii) text = text.replace(/[\ud800-\udbff][\udc00-\udfff]|[^\0-\x7f]/g, '?');
  return fromString(text, names[to]);
}

const constants = Object.defineProperties({}, {
  MAX_LENGTH: { value: kMaxLength, writable: false, enumerable: true },
  MAX_STRING_LENGTH: { value: kStringMaxLength, writable: false, enumerable: true },
});

const exported = {
  Buffer,
  SlowBuffer,
  transcode,
  isUtf8: (input) => binding.isUtf8(bytesFor(input)),
  isAscii: (input) => binding.isAscii(bytesFor(input)),
  kMaxLength,
  kStringMaxLength,
  btoa,
  atob,
  constants,
};
let inspectMaxBytes = 50;
Object.defineProperty(exported, 'INSPECT_MAX_BYTES', {
  configurable: true,
  enumerable: true,
  get: () => inspectMaxBytes,
  set(value) {
    validateNumber(value, 'INSPECT_MAX_BYTES', 0);
    inspectMaxBytes = value;
  },
});
const lazy = (name, load) => Object.defineProperty(exported, name, {
  configurable: true,
  enumerable: true,
  get() {
    const value = load();
    Object.defineProperty(exported, name, { value, writable: true, configurable: true, enumerable: true });
    return value;
  },
});
lazy('Blob', () => require('../web/blob').Blob);
lazy('resolveObjectURL', () => require('../web/blob').resolveObjectURL);
lazy('File', () => require('../web/blob').File);
Object.defineProperty(exported, 'zeroFill', { value: zeroFill, enumerable: false });
Object.defineProperty(exported, 'FastBuffer', { value: FastBuffer, enumerable: false });
module.exports = exported;
