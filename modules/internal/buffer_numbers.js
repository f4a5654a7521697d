'use strict';
// Buffer.prototype's read* and write* methods for numbers.

const {
  codes: { ERR_BUFFER_OUT_OF_BOUNDS, ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE },
} = require('./errors');

const float32 = new Float32Array(1);
const float32Bytes = new Uint8Array(float32.buffer);
const float64 = new Float64Array(1);
const float64Bytes = new Uint8Array(float64.buffer);

/** Throws for an offset that does not leave room for `size` bytes. */
function refuseOffset(buffer, offset, size, name = 'offset') {
  if (typeof offset !== 'number') throw new ERR_INVALID_ARG_TYPE(name, 'number', offset);
  if (Math.floor(offset) !== offset) throw new ERR_OUT_OF_RANGE(name, 'an integer', offset);
  if (buffer.length - size < 0) throw new ERR_BUFFER_OUT_OF_BOUNDS();
  throw new ERR_OUT_OF_RANGE(name, `>= 0 and <= ${buffer.length - size}`, offset);
}

function refuseByteLength(value) {
  if (typeof value !== 'number') throw new ERR_INVALID_ARG_TYPE('byteLength', 'number', value);
  if (Math.floor(value) !== value) throw new ERR_OUT_OF_RANGE('byteLength', 'an integer', value);
  throw new ERR_OUT_OF_RANGE('byteLength', '>= 1 and <= 6', value);
}

/** For numbers of four bytes and more, whose limits Node spells as powers. */
function refuseValue(value, min, size) {
  const n = typeof min === 'bigint' ? 'n' : '';
  const bits = size * 8;
  if (size === 4) throw new ERR_OUT_OF_RANGE('value', `>= ${min} and <= ${min + 2 ** bits - 1}`, value);
  const range = min === 0 || min === 0n
    ? `>= 0${n} and < 2${n} ** ${bits}${n}`
    : `>= -(2${n} ** ${bits - 1}${n}) and < 2${n} ** ${bits - 1}${n}`;
  throw new ERR_OUT_OF_RANGE('value', range, value);
}

function readInt32LE(bytes, offset) {
  const last = bytes[offset + 3];
  if (typeof offset !== 'number' || bytes[offset] === undefined || last === undefined) refuseOffset(bytes, offset, 4);
  return bytes[offset] | (bytes[offset + 1] << 8) | (bytes[offset + 2] << 16) | (last << 24);
}

function readInt32BE(bytes, offset) {
  const last = bytes[offset + 3];
  if (typeof offset !== 'number' || bytes[offset] === undefined || last === undefined) refuseOffset(bytes, offset, 4);
  return (bytes[offset] << 24) | (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | last;
}

function readUInt16LE(bytes, offset) {
  const last = bytes[offset + 1];
  if (typeof offset !== 'number' || bytes[offset] === undefined || last === undefined) refuseOffset(bytes, offset, 2);
  return bytes[offset] | (last << 8);
}

function readUInt16BE(bytes, offset) {
  const last = bytes[offset + 1];
  if (typeof offset !== 'number' || bytes[offset] === undefined || last === undefined) refuseOffset(bytes, offset, 2);
  return (bytes[offset] << 8) | last;
}

function readUIntLE(bytes, offset, byteLength) {
  checkSizedRead(bytes, offset, byteLength);
  let value = 0;
  for (let i = byteLength - 1; i >= 0; i--) value = value * 256 + bytes[offset + i];
  return value;
}

function readUIntBE(bytes, offset, byteLength) {
  checkSizedRead(bytes, offset, byteLength);
  let value = 0;
  for (let i = 0; i < byteLength; i++) value = value * 256 + bytes[offset + i];
  return value;
}

const methods = {
  readUInt8(offset = 0) {
    const value = this[offset];
    if (typeof offset !== 'number' || value === undefined) refuseOffset(this, offset, 1);
    return value;
  },
  readInt8(offset = 0) {
    const value = this[offset];
    if (typeof offset !== 'number' || value === undefined) refuseOffset(this, offset, 1);
    return (value << 24) >> 24;
  },
  readUInt16LE(offset = 0) { return readUInt16LE(this, offset); },
  readUInt16BE(offset = 0) { return readUInt16BE(this, offset); },
  readInt16LE(offset = 0) { return (readUInt16LE(this, offset) << 16) >> 16; },
  readInt16BE(offset = 0) { return (readUInt16BE(this, offset) << 16) >> 16; },
  readInt32LE(offset = 0) { return readInt32LE(this, offset); },
  readInt32BE(offset = 0) { return readInt32BE(this, offset); },
  readUInt32LE(offset = 0) { return readInt32LE(this, offset) >>> 0; },
  readUInt32BE(offset = 0) { return readInt32BE(this, offset) >>> 0; },

  readBigUInt64LE(offset = 0) {
    checkRoom(this, offset, 8);
    return (BigInt((readInt32LE(this, offset + 4) >>> 0)) << 32n) + BigInt((readInt32LE(this, offset) >>> 0));
  },
  readBigUInt64BE(offset = 0) {
    checkRoom(this, offset, 8);
    return (BigInt((readInt32BE(this, offset) >>> 0)) << 32n) + BigInt((readInt32BE(this, offset + 4) >>> 0));
  },
  readBigInt64LE(offset = 0) {
    checkRoom(this, offset, 8);
    return (BigInt(readInt32LE(this, offset + 4)) << 32n) + BigInt((readInt32LE(this, offset) >>> 0));
  },
  readBigInt64BE(offset = 0) {
    checkRoom(this, offset, 8);
    return (BigInt(readInt32BE(this, offset)) << 32n) + BigInt((readInt32BE(this, offset + 4) >>> 0));
  },

  readUIntLE(offset, byteLength) { return readUIntLE(this, offset, byteLength); },
  readUIntBE(offset, byteLength) { return readUIntBE(this, offset, byteLength); },
  readIntLE(offset, byteLength) { return signed(readUIntLE(this, offset, byteLength), byteLength); },
  readIntBE(offset, byteLength) { return signed(readUIntBE(this, offset, byteLength), byteLength); },

  readFloatLE(offset = 0) { return readFloat(this, offset, float32, float32Bytes, true); },
  readFloatBE(offset = 0) { return readFloat(this, offset, float32, float32Bytes, false); },
  readDoubleLE(offset = 0) { return readFloat(this, offset, float64, float64Bytes, true); },
  readDoubleBE(offset = 0) { return readFloat(this, offset, float64, float64Bytes, false); },

  writeUInt8(value, offset = 0) { return write(this, +value, offset, 1, 0, 0xff, true); },
  writeInt8(value, offset = 0) { return write(this, +value, offset, 1, -0x80, 0x7f, true); },
  writeUInt16LE(value, offset = 0) { return write(this, +value, offset, 2, 0, 0xffff, true); },
  writeUInt16BE(value, offset = 0) { return write(this, +value, offset, 2, 0, 0xffff, false); },
  writeInt16LE(value, offset = 0) { return write(this, +value, offset, 2, -0x8000, 0x7fff, true); },
  writeInt16BE(value, offset = 0) { return write(this, +value, offset, 2, -0x8000, 0x7fff, false); },
  writeUInt32LE(value, offset = 0) { return write(this, +value, offset, 4, 0, 0xffffffff, true); },
  writeUInt32BE(value, offset = 0) { return write(this, +value, offset, 4, 0, 0xffffffff, false); },
  writeInt32LE(value, offset = 0) { return write(this, +value, offset, 4, -0x80000000, 0x7fffffff, true); },
  writeInt32BE(value, offset = 0) { return write(this, +value, offset, 4, -0x80000000, 0x7fffffff, false); },

  writeBigUInt64LE(value, offset = 0) { return writeBig(this, value, offset, 0n, 0xffffffffffffffffn, true); },
  writeBigUInt64BE(value, offset = 0) { return writeBig(this, value, offset, 0n, 0xffffffffffffffffn, false); },
  writeBigInt64LE(value, offset = 0) { return writeBig(this, value, offset, -0x8000000000000000n, 0x7fffffffffffffffn, true); },
  writeBigInt64BE(value, offset = 0) { return writeBig(this, value, offset, -0x8000000000000000n, 0x7fffffffffffffffn, false); },

  writeUIntLE(value, offset, byteLength) { return writeSized(this, +value, offset, byteLength, false, true); },
  writeUIntBE(value, offset, byteLength) { return writeSized(this, +value, offset, byteLength, false, false); },
  writeIntLE(value, offset, byteLength) { return writeSized(this, +value, offset, byteLength, true, true); },
  writeIntBE(value, offset, byteLength) { return writeSized(this, +value, offset, byteLength, true, false); },

  writeFloatLE(value, offset = 0) { return writeFloat(this, value, offset, float32, float32Bytes, true); },
  writeFloatBE(value, offset = 0) { return writeFloat(this, value, offset, float32, float32Bytes, false); },
  writeDoubleLE(value, offset = 0) { return writeFloat(this, value, offset, float64, float64Bytes, true); },
  writeDoubleBE(value, offset = 0) { return writeFloat(this, value, offset, float64, float64Bytes, false); },
};

function checkRoom(buffer, offset, size) {
  if (typeof offset !== 'number' || !(offset >= 0 && offset + size <= buffer.length) || Math.floor(offset) !== offset) {
    refuseOffset(buffer, offset, size);
  }
}

function checkSizedRead(buffer, offset, byteLength) {
  if (offset === undefined) throw new ERR_INVALID_ARG_TYPE('offset', 'number', offset);
  if (!(byteLength >= 1 && byteLength <= 6) || Math.floor(byteLength) !== byteLength) refuseByteLength(byteLength);
  checkRoom(buffer, offset, byteLength);
}

function signed(value, size) {
  const limit = 2 ** (8 * size - 1);
  return value >= limit ? value - 2 * limit : value;
}

function readFloat(buffer, offset, number, bytes, little) {
  const size = bytes.length;
  checkRoom(buffer, offset, size);
  if (little) for (let i = 0; i < size; i++) bytes[i] = buffer[offset + i];
  else for (let i = 0; i < size; i++) bytes[i] = buffer[offset + size - 1 - i];
  return number[0];
}

function writeFloat(buffer, value, offset, number, bytes, little) {
  const size = bytes.length;
  checkRoom(buffer, offset, size);
  number[0] = value;
  if (little) for (let i = 0; i < size; i++) buffer[offset + i] = bytes[i];
  else for (let i = 0; i < size; i++) buffer[offset + i] = bytes[size - 1 - i];
  return offset + size;
}

function write(buffer, value, offset, size, min, max, little) {
  if (size === 1 && typeof offset !== 'number') refuseOffset(buffer, offset, size);
  if (value > max || value < min) {
    if (size < 4) throw new ERR_OUT_OF_RANGE('value', `>= ${min} and <= ${max}`, value);
    refuseValue(value, min, size);
  }
  checkRoom(buffer, offset, size);
  if (little) {
    for (let i = 0; i < size; i++) {
      buffer[offset + i] = value;
      value >>>= 8;
    }
  } else {
    for (let i = size - 1; i >= 0; i--) {
      buffer[offset + i] = value;
      value >>>= 8;
    }
  }
  return offset + size;
}

function writeBig(buffer, value, offset, min, max, little) {
  if (typeof value !== 'bigint') {
    throw new TypeError(`Cannot mix BigInt and other types, use explicit conversions`);
  }
  if (value > max || value < min) refuseValue(value, min, 8);
  checkRoom(buffer, offset, 8);
  const low = Number(value & 0xffffffffn);
  const high = Number((value >> 32n) & 0xffffffffn);
  write(buffer, little ? low : high, offset, 4, 0, 0xffffffff, little);
  return write(buffer, little ? high : low, offset + 4, 4, 0, 0xffffffff, little);
}

function writeSized(buffer, value, offset, byteLength, isSigned, little) {
  if (!(byteLength >= 1 && byteLength <= 6) || Math.floor(byteLength) !== byteLength) refuseByteLength(byteLength);
  const limit = 2 ** (8 * byteLength - (isSigned ? 1 : 0));
  const min = isSigned ? -limit : 0;
  if (value > limit - 1 || value < min) {
    if (byteLength <= 3) throw new ERR_OUT_OF_RANGE('value', `>= ${min} and <= ${limit - 1}`, value);
    refuseValue(value, min, byteLength);
  }
  if (typeof offset !== 'number') refuseOffset(buffer, offset, byteLength);
  checkRoom(buffer, offset, byteLength);
  if (value < 0) value += 2 ** (8 * byteLength);
  for (let i = 0; i < byteLength; i++) {
    buffer[offset + (little ? i : byteLength - 1 - i)] = value % 256;
    value = Math.floor(value / 256);
  }
  return offset + byteLength;
}

/** Adds the methods, and their `Uint` spellings, to Buffer.prototype. */
function install(prototype) {
  for (const [name, method] of Object.entries(methods)) {
    prototype[name] = method;
    if (name.includes('UInt')) prototype[name.replace('UInt', 'Uint')] = method;
  }
}

module.exports = { install, refuseOffset };
