'use strict';
// node:v8's Serializer and Deserializer: values as bytes in the structured clone format, of which subclasses may write parts
// themselves. The engine's half is runtime/v8/writer.cc. Node documentation: v8, serialization API.

const binding = internalBinding('serializer');
const {
  codes: { ERR_CONSTRUCT_CALL_REQUIRED }, genericNodeError,
} = require('./errors');

const VIEWS = ['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array',
  'Float64Array', 'DataView'];
const BUFFER = 10;
const LATER = ['BigInt64Array', 'BigUint64Array', 'Float16Array'];
/** The classes of views by the number that stands for them. */
const classes = () => [...VIEWS.map((name) => globalThis[name]), require('../node/buffer').FastBuffer, ...LATER.map((name) => globalThis[name])];

const typedArrayName = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;

function numberOfView(view) {
  if (view instanceof require('../node/buffer').Buffer) return BUFFER;
  const name = Reflect.apply(typedArrayName, view, []) ?? 'DataView';
  const at = VIEWS.indexOf(name);
  return at === -1 ? BUFFER + 1 + LATER.indexOf(name) : at;
}

const invalid = (message) => Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });

class Serializer {
  #writer = binding.writer();

  writeHeader() { binding.writeHeader(this.#writer); }
  /** @returns {boolean} @throws what _getDataCloneError makes of a message, where a part can't be cloned */
  writeValue(value) { return binding.writeValue(this.#writer, this, value); }
  /** @returns {Buffer} what was written; the serializer is not to be used any more */
  releaseBuffer() { return binding.release(this.#writer); }
  /** @param {number} id of the buffer for the other side's transferArrayBuffer */
  transferArrayBuffer(id, arrayBuffer) { binding.transfer(this.#writer, id, arrayBuffer); }
  writeUint32(value) { binding.writeUint32(this.#writer, value); }
  writeUint64(high, low) { binding.writeUint64(this.#writer, high, low); }
  writeDouble(value) { binding.writeDouble(this.#writer, value); }
  writeRawBytes(source) {
    if (!ArrayBuffer.isView(source)) throw invalid('source must be a TypedArray or a DataView');
    binding.writeRaw(this.#writer, source);
  }
  _setTreatArrayBufferViewsAsHostObjects(flag) { binding.viewsAreHostObjects(this.#writer, Boolean(flag)); }
}
/** For subclasses to replace: the class of what is thrown. */
Serializer.prototype._getDataCloneError = Error;

class Deserializer {
  #reader;

  constructor(buffer) {
    if (!ArrayBuffer.isView(buffer)) throw invalid('buffer must be a TypedArray or a DataView');
    this.#reader = binding.reader(buffer);
    this.buffer = buffer;
  }

  readHeader() { return binding.readHeader(this.#reader); }
  readValue() { return binding.readValue(this.#reader, this); }
  transferArrayBuffer(id, buffer) {
    if (!binding.transfer(this.#reader, id, buffer)) {
      throw invalid('arrayBuffer must be an ArrayBuffer or SharedArrayBuffer');
    }
  }
  getWireFormatVersion() { return binding.version(this.#reader); }
  readUint32() { return part(binding.readUint32(this.#reader), 'ReadUint32'); }
  /** @returns {[number, number]} high and low 32 bits */
  readUint64() { return part(binding.readUint64(this.#reader), 'ReadUint64'); }
  readDouble() { return part(binding.readDouble(this.#reader), 'ReadDouble'); }
  /** @returns {number} where the bytes begin in `buffer` */
  _readRawBytes(length) { return part(binding.readRaw(this.#reader, length), 'ReadRawBytes'); }
  readRawBytes(length) {
    const offset = this._readRawBytes(length);
    const { Buffer } = require('../node/buffer');
    return Buffer.from(this.buffer.buffer, this.buffer.byteOffset + offset, length);
  }
}

function part(value, name) {
  if (value === undefined) throw genericNodeError(`${name}() failed`, {});
  return value;
}

class DefaultSerializer extends Serializer {
  constructor() {
    super();
    this._setTreatArrayBufferViewsAsHostObjects(true);
  }

  /** Views with their class and bytes. */
  _writeHostObject(object) {
    if (!ArrayBuffer.isView(object)) {
      const { constructor: { name } = {} } = object;
      throw new this._getDataCloneError(`#<${name ?? 'Object'}> could not be cloned.`);
    }
    this.writeUint32(numberOfView(object));
    this.writeUint32(object.byteLength);
    this.writeRawBytes(new Uint8Array(object.buffer, object.byteOffset, object.byteLength));
  }
}

class DefaultDeserializer extends Deserializer {
  _readHostObject() {
    const Class = classes()[this.readUint32()];
    const length = this.readUint32();
    const offset = this._readRawBytes(length);
    const size = Class.BYTES_PER_ELEMENT ?? 1;
    const start = this.buffer.byteOffset + offset;
    if (start % size === 0) return new Class(this.buffer.buffer, start, length / size);
    // Elements must stand at a multiple of their size.
    const copy = new Uint8Array(length);
    copy.set(new Uint8Array(this.buffer.buffer, start, length));
    return new Class(copy.buffer, 0, length / size);
  }
}

/** As Node's, callable with `new` only, by an error that has a code. */
function constructorOnly(Class) {
  return new Proxy(Class, { apply() { throw new ERR_CONSTRUCT_CALL_REQUIRED(Class.name); } });
}

/** Node documentation: v8.serialize(value). @returns {Buffer} */
function serialize(value) {
  const serializer = new DefaultSerializer();
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

/** Node documentation: v8.deserialize(buffer). */
function deserialize(buffer) {
  const deserializer = new DefaultDeserializer(buffer);
  deserializer.readHeader();
  return deserializer.readValue();
}

module.exports = {
  DefaultDeserializer, DefaultSerializer, Deserializer: constructorOnly(Deserializer), Serializer: constructorOnly(Serializer),
  deserialize, serialize,
};
