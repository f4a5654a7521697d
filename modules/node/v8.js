'use strict';
// node:v8.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_METHOD_NOT_IMPLEMENTED } } = require('../internal/errors');
const { validateString } = require('../internal/validators');

const binding = internalBinding('util');

/** A value as bytes in the structured clone format. */
class Serializer {
  #parts = [];
  writeHeader() {}
  writeValue(value) {
    this.#parts.push(serialize(value));
    return true;
  }
  releaseBuffer() {
    const { Buffer } = require('./buffer');
    return Buffer.concat(this.#parts.splice(0));
  }
}
class DefaultSerializer extends Serializer {}
class Deserializer {
  #bytes;
  constructor(bytes) { this.#bytes = bytes; }
  readHeader() { return true; }
  readValue() { return deserialize(this.#bytes); }
}
class DefaultDeserializer extends Deserializer {}

/** @returns {Buffer} */
function serialize(value) {
  return binding.serialize(value);
}

/** @param {Buffer|TypedArray|DataView} bytes */
function deserialize(bytes) {
  if (!ArrayBuffer.isView(bytes)) throw new ERR_INVALID_ARG_TYPE('buffer', ['Buffer', 'TypedArray', 'DataView'], bytes);
  return binding.deserialize(bytes);
}

const missing = (name) => () => { throw new ERR_METHOD_NOT_IMPLEMENTED(`v8.${name}`); };
const statistics = () => binding.heapStatistics();

module.exports = {
  cachedDataVersionTag: () => 1022,
  getHeapSnapshot: missing('getHeapSnapshot'),
  getHeapStatistics: statistics,
  getHeapSpaceStatistics() {
    const all = statistics();
    return [{
      space_name: 'old_space', space_size: all.total_heap_size, space_used_size: all.used_heap_size, space_available_size: all.total_available_size,
      physical_space_size: all.total_physical_size,
    }];
  },
  getHeapCodeStatistics: () => ({ code_and_metadata_size: 0, bytecode_and_metadata_size: 0, external_script_source_size: 0, cpu_profiler_metadata_size: 0 }),
  /** Node documentation: v8.setFlagsFromString(flags). What the engine does not know, it says on standard error. */
  setFlagsFromString(flags) {
    validateString(flags, 'flags');
    binding.setFlags(flags);
  },
  setHeapSnapshotNearHeapLimit() {},
  stopCoverage() {},
  takeCoverage() {},
  writeHeapSnapshot: missing('writeHeapSnapshot'),
  queryObjects: missing('queryObjects'),
  isStringOneByteRepresentation(content) {
    validateString(content, 'content');
    return !/[^\0-\xff]/.test(content);
  },
  serialize,
  deserialize,
  Serializer,
  Deserializer,
  DefaultSerializer,
  DefaultDeserializer,
  promiseHooks: require('../internal/promise_hooks').api,
  startupSnapshot: {
    isBuildingSnapshot: () => false, addSerializeCallback() {}, addDeserializeCallback() {}, setDeserializeMainFunction() {},
  },
};
