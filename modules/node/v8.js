'use strict';
// node:v8: what the engine tells of itself and its heap. Serialisation, snapshots and profiles are in internal/ and load with
// their first use.

const { codes: { ERR_NOT_BUILDING_SNAPSHOT } } = require('../internal/errors');
const { validateString } = require('../internal/validators');

const binding = internalBinding('heap');

const snapshots = () => require('../internal/heap_snapshots');
const notBuilding = () => { throw new ERR_NOT_BUILDING_SNAPSHOT(); };

module.exports = {
  /** @returns {number} cached code is good for an engine of the same tag */
  cachedDataVersionTag() { return binding.versionTag(); },
  /** @param {{ exposeInternals?: boolean, exposeNumericValues?: boolean }} [options] @returns {import('stream').Readable} of JSON */
  getHeapSnapshot(options) { return snapshots().getHeapSnapshot(options); },
  getHeapStatistics() { return binding.statistics(); },
  getHeapSpaceStatistics() { return binding.spaces(); },
  getHeapCodeStatistics() { return binding.codeStatistics(); },
  /** Node documentation: v8.setFlagsFromString(flags). What the engine does not know, it says on standard error. */
  setFlagsFromString(flags) {
    validateString(flags, 'flags');
    internalBinding('util').setFlags(flags);
  },
  setHeapSnapshotNearHeapLimit(limit) { snapshots().setHeapSnapshotNearHeapLimit(limit); },
  stopCoverage() { require('../internal/engine_coverage').stop(); },
  takeCoverage() {
    const coverage = require('../internal/engine_coverage');
    if (coverage.active && process.env.NODE_V8_COVERAGE) coverage.write(process.env.NODE_V8_COVERAGE);
  },
  writeHeapSnapshot(filename, options) { return snapshots().writeHeapSnapshot(filename, options); },
  queryObjects(ctor, options) { return snapshots().queryObjects(ctor, options); },
  isStringOneByteRepresentation(content) {
    validateString(content, 'content');
    return binding.isOneByte(content);
  },
  /** @returns {{ stop(): string | undefined }} stop gives the profile as JSON */
  startCpuProfile() { return new (require('../internal/engine_profiles').SyncCPUProfileHandle)(); },
  promiseHooks: require('../internal/promise_hooks').api,
  startupSnapshot: {
    isBuildingSnapshot: () => false,
    addSerializeCallback: notBuilding,
    addDeserializeCallback: notBuilding,
    setDeserializeMainFunction: notBuilding,
  },
};
const serializer = () => require('../internal/serializer');
require('../internal/util').defineLazy(module.exports, {
  GCProfiler: () => require('../internal/gc_profiler').GCProfiler,
  serialize: () => serializer().serialize,
  deserialize: () => serializer().deserialize,
  Serializer: () => serializer().Serializer,
  Deserializer: () => serializer().Deserializer,
  DefaultSerializer: () => serializer().DefaultSerializer,
  DefaultDeserializer: () => serializer().DefaultDeserializer,
});
