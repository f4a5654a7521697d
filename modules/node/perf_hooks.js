'use strict';
// node:perf_hooks and the Performance API's globals.

const {
  codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_ARG_TYPE, ERR_INVALID_THIS, ERR_PERFORMANCE_INVALID_TIMESTAMP,
    ERR_PERFORMANCE_MEASURE_INVALID_OPTIONS },
} = require('../internal/errors');
const { validateFunction, validateObject } = require('../internal/validators');
const clock = require('../internal/performance_clock');
const entries = require('../internal/performance/entries');
const timeline = require('../internal/performance/timeline');
const { createHistogram, isRecordable, monitorEventLoopDelay } = require('../internal/performance/histogram');
const { eventLoopUtilization, nodeTiming } = require('../internal/performance/loop');
const { Event, EventTarget, defineEventHandler } = require('../web/event_target');

const { cloneOf, kCreate, PerformanceMark, PerformanceMeasure } = entries;
const { required } = timeline;
const inspectCustom = Symbol.for('nodejs.util.inspect.custom');

/** The time that a measure's end means: a number, or the name of a mark or of a milestone of the process. */
function timeOf(value) {
  if (typeof value === 'number') {
    if (value < 0) throw new ERR_PERFORMANCE_INVALID_TIMESTAMP(value);
    return value;
  }
  const name = `${value}`;
  const mark = timeline.lastMark(name);
  if (mark !== undefined) return mark.startTime;
  if (milestones.has(name)) return nodeTiming[name];
  throw new DOMException(`The "${name}" performance mark has not been set`, 'SyntaxError');
}
const milestones = new Set(['nodeStart', 'v8Start', 'environment', 'loopStart', 'loopExit', 'bootstrapComplete']);

/** User Timing, section 3.1.3. @returns {{ start: number, end: number, detail: any }} */
function measureTimes(startOrOptions, endMark) {
  if (startOrOptions === null || typeof startOrOptions !== 'object') {
    return {
      end: endMark === undefined ? clock.now() : timeOf(endMark),
      start: typeof startOrOptions === 'string' ? timeOf(startOrOptions) : 0,
      detail: null,
    };
  }
  const { start, end, duration, detail } = startOrOptions;
  const given = start !== undefined || end !== undefined || duration !== undefined || detail !== undefined;
  if (given && endMark !== undefined) throw new ERR_PERFORMANCE_MEASURE_INVALID_OPTIONS('endMark must not be specified');
  if (start !== undefined && end !== undefined && duration !== undefined) {
    throw new ERR_PERFORMANCE_MEASURE_INVALID_OPTIONS('Must not have options.start, options.end, and options.duration specified');
  }
  const until = endMark !== undefined ? timeOf(endMark) : end !== undefined ? timeOf(end)
    : start !== undefined && duration !== undefined ? timeOf(start) + timeOf(duration) : clock.now();
  const from = start !== undefined ? timeOf(start) : duration !== undefined && end !== undefined ? until - timeOf(duration) : 0;
  return { start: from, end: until, detail: cloneOf(detail) };
}

class Performance extends EventTarget {
  #isPerformance = true;
  constructor(token) {
    if (token !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    super();
  }
  static check(value) {
    if (value === null || typeof value !== 'object' || !(#isPerformance in value)) throw new ERR_INVALID_THIS('Performance');
  }
  /** @returns {number} ms since timeOrigin */
  now() {
    check(this);
    return clock.now();
  }
  get timeOrigin() {
    check(this);
    return clock.timeOrigin();
  }
  /** @param {string} name @param {{ startTime?: number, detail?: any }} [options] */
  mark(name, options = {}) {
    check(this);
    required(arguments, 'name');
    const mark = new PerformanceMark(name, options);
    timeline.enqueue(mark);
    return mark;
  }
  /** @param {string} name @param {string | object} [startOrOptions] @param {string} [endMark] */
  measure(name, startOrOptions = {}, endMark = undefined) {
    check(this);
    required(arguments, 'name');
    const { start, end, detail } = measureTimes(startOrOptions, endMark);
    const measure = new PerformanceMeasure(kCreate, `${name}`, 'measure', start, end - start, detail);
    timeline.enqueue(measure);
    return measure;
  }
  clearMarks(name = undefined) {
    check(this);
    timeline.clear('mark', name);
  }
  clearMeasures(name = undefined) {
    check(this);
    timeline.clear('measure', name);
  }
  clearResourceTimings(name = undefined) {
    check(this);
    timeline.clear('resource', name);
  }
  setResourceTimingBufferSize(maxSize) {
    check(this);
    required(arguments, 'maxSize');
    if (typeof maxSize === 'bigint' || typeof maxSize === 'symbol') {
      const error = new ERR_INVALID_ARG_TYPE('maxSize', 'number', maxSize);
      error.message = `maxSize is a ${typeof maxSize === 'bigint' ? 'BigInt' : 'Symbol'} and cannot be converted to a number.`;
      throw error;
    }
    timeline.setResourceRoom(Number(maxSize) >>> 0);
  }
  getEntries() {
    check(this);
    return timeline.entries();
  }
  getEntriesByName(name, type = undefined) {
    check(this);
    required(arguments, 'name');
    return timeline.entriesByName(name, type);
  }
  getEntriesByType(type) {
    check(this);
    required(arguments, 'type');
    return timeline.entriesByType(type);
  }
  toJSON() {
    check(this);
    return { nodeTiming, timeOrigin: clock.timeOrigin(), eventLoopUtilization: eventLoopUtilization() };
  }
  [inspectCustom](depth, options) {
    if (depth < 0) return this;
    const { inspect } = require('./util');
    const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
    return `Performance ${inspect({ nodeTiming, timeOrigin: clock.timeOrigin() }, inner)}`;
  }
}
const { check } = Performance;
delete Performance.check;
defineEventHandler(Performance.prototype, 'resourcetimingbufferfull');

/** Node documentation: perf_hooks.timerify(fn[, options]). */
function timerify(fn, options = {}) {
  validateFunction(fn, 'fn');
  validateObject(options, 'options');
  const { histogram } = options;
  if (histogram !== undefined && !isRecordable(histogram)) {
    throw new ERR_INVALID_ARG_TYPE('options.histogram', 'RecordableHistogram', histogram);
  }
  function timerified(...args) {
    const start = clock.now();
    const result = new.target ? Reflect.construct(fn, args, fn) : Reflect.apply(fn, this, args);
    const finish = () => {
      const duration = clock.now() - start;
      histogram?.record(Math.max(1, Math.ceil(duration * 1e6)));
      const entry = new entries.PerformanceNodeEntry(kCreate, fn.name, 'function', start, duration, args);
      for (let i = 0; i < args.length; i++) entry[i] = args[i];
      timeline.enqueue(entry);
    };
    if (!new.target && typeof result?.finally === 'function') return result.finally(finish);
    finish();
    return result;
  }
  return Object.defineProperties(timerified, {
    length: { value: fn.length, configurable: true }, name: { value: `timerified ${fn.name}`, configurable: true },
  });
}

/** Node documentation: performance.markResourceTiming. */
function markResourceTiming(timingInfo, requestedUrl, initiatorType, global, cacheMode, bodyInfo, responseStatus, deliveryType = '') {
  const entry = entries.resourceEntry(timingInfo, requestedUrl, initiatorType, global, cacheMode, bodyInfo, responseStatus, deliveryType);
  timeline.enqueue(entry);
  return entry;
}

for (const name of Object.getOwnPropertyNames(Performance.prototype)) {
  if (name !== 'constructor') Object.defineProperty(Performance.prototype, name, { enumerable: true });
}
const extension = (value) => ({ value, writable: true, configurable: true, enumerable: false });
Object.defineProperties(Performance.prototype, {
  eventLoopUtilization: extension(eventLoopUtilization),
  nodeTiming: extension(nodeTiming),
  markResourceTiming: extension(markResourceTiming),
  timerify: extension(timerify),
  [Symbol.toStringTag]: { value: 'Performance', configurable: true },
});

const performance = new Performance(kCreate);
timeline.setOnFull(() => performance.dispatchEvent(new Event('resourcetimingbufferfull')));

module.exports = {
  Performance,
  PerformanceEntry: entries.PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver: timeline.PerformanceObserver,
  PerformanceObserverEntryList: timeline.PerformanceObserverEntryList,
  PerformanceResourceTiming: entries.PerformanceResourceTiming,
  monitorEventLoopDelay,
  eventLoopUtilization,
  timerify,
  createHistogram,
  performance,
  constants: {
    NODE_PERFORMANCE_GC_MAJOR: 4, NODE_PERFORMANCE_GC_MINOR: 1, NODE_PERFORMANCE_GC_MINOR_MARK_SWEEP: 2,
    NODE_PERFORMANCE_GC_INCREMENTAL: 8, NODE_PERFORMANCE_GC_WEAKCB: 16,
    NODE_PERFORMANCE_GC_FLAGS_NO: 0, NODE_PERFORMANCE_GC_FLAGS_CONSTRUCT_RETAINED: 2, NODE_PERFORMANCE_GC_FLAGS_FORCED: 4,
    NODE_PERFORMANCE_GC_FLAGS_SYNCHRONOUS_PHANTOM_PROCESSING: 8, NODE_PERFORMANCE_GC_FLAGS_ALL_AVAILABLE_GARBAGE: 16,
    NODE_PERFORMANCE_GC_FLAGS_ALL_EXTERNAL_MEMORY: 32, NODE_PERFORMANCE_GC_FLAGS_SCHEDULE_IDLE: 64,
  },
};
