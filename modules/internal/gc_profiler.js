'use strict';
// v8.GCProfiler: the heap before and after each garbage collection (runtime/bindings/heap_gc.c).
const binding = internalBinding('heap_gc');

// v8::GCType
const types = {
  __proto__: null, 1: 'Scavenge', 2: 'MinorMarkSweep', 4: 'MarkSweepCompact', 8: 'IncrementalMarking', 16: 'ProcessWeakCallbacks',
};
const totals = ['totalHeapSize', 'totalHeapSizeExecutable', 'totalPhysicalSize', 'totalAvailableSize', 'totalGlobalHandlesSize',
  'usedGlobalHandlesSize', 'usedHeapSize', 'heapSizeLimit', 'mallocedMemory', 'externalMemory', 'peakMallocedMemory'];
const figures = ['spaceSize', 'spaceUsedSize', 'spaceAvailableSize', 'physicalSpaceSize'];

function describe(numbers, spaces) {
  return {
    heapStatistics: Object.fromEntries(totals.map((name, i) => [name, numbers[i]])),
    heapSpaceStatistics: spaces.map((spaceName, i) => ({
      spaceName, ...Object.fromEntries(figures.map((name, j) => [name, numbers[totals.length + i * figures.length + j]])),
    })),
  };
}

class GCProfiler {
  #handle = null;
  #startTime = 0;

  start() {
    if (this.#handle !== null) return;
    this.#startTime = Date.now();
    this.#handle = binding.start(undefined);
  }

  /** @returns {{ version: 1, startTime: number, statistics: object[], endTime: number } | undefined} undefined where it does not run */
  stop() {
    if (this.#handle === null) return undefined;
    const notes = binding.stop(this.#handle);
    this.#handle = null;
    const spaces = internalBinding('heap').spaces().map((space) => space.space_name);
    return {
      version: 1,
      startTime: this.#startTime,
      statistics: notes.map(([type, cost, before, after]) => ({
        gcType: types[type] ?? 'Unknown', beforeGC: describe(before, spaces), cost, afterGC: describe(after, spaces),
      })),
      endTime: Date.now(),
    };
  }

  [Symbol.dispose]() { this.stop(); }
}

module.exports = { GCProfiler };
