'use strict';
// node:v8.

const { codes: { ERR_METHOD_NOT_IMPLEMENTED } } = require('../internal/errors');
const { validateString } = require('../internal/validators');

const binding = internalBinding('util');

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
  stopCoverage() { require('../internal/engine_coverage').stop(); },
  takeCoverage() {
    const coverage = require('../internal/engine_coverage');
    if (coverage.active && process.env.NODE_V8_COVERAGE) coverage.write(process.env.NODE_V8_COVERAGE);
  },
  writeHeapSnapshot: missing('writeHeapSnapshot'),
  queryObjects: missing('queryObjects'),
  isStringOneByteRepresentation(content) {
    validateString(content, 'content');
    return !/[^\0-\xff]/.test(content);
  },
  promiseHooks: require('../internal/promise_hooks').api,
  startupSnapshot: {
    isBuildingSnapshot: () => false, addSerializeCallback() {}, addDeserializeCallback() {}, setDeserializeMainFunction() {},
  },
};
const serializer = () => require('../internal/serializer');
require('../internal/util').defineLazy(module.exports, {
  serialize: () => serializer().serialize,
  deserialize: () => serializer().deserialize,
  Serializer: () => serializer().Serializer,
  Deserializer: () => serializer().Deserializer,
  DefaultSerializer: () => serializer().DefaultSerializer,
  DefaultDeserializer: () => serializer().DefaultDeserializer,
});
