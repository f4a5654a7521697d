'use strict';
// node:perf_hooks and the Performance API's globals: the timeline of marks and measures, its observers, and histograms.

const {
  codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_MISSING_ARGS, ERR_PERFORMANCE_INVALID_TIMESTAMP },
} = require('../internal/errors');
const { validateFunction, validateInteger, validateObject } = require('../internal/validators');
const { EventTarget, defineEventHandler } = require('../web/event_target');
const clock = require('../web/performance');

const kCreate = Symbol('create');
const inspectCustom = Symbol.for('nodejs.util.inspect.custom');

class PerformanceEntry {
  #fields;
  constructor(token, name, entryType, startTime, duration, detail) {
    if (token !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this.#fields = { name, entryType, startTime, duration, detail };
  }
  get name() { return this.#fields.name; }
  get entryType() { return this.#fields.entryType; }
  get startTime() { return this.#fields.startTime; }
  get duration() { return this.#fields.duration; }
  get detail() { return this.#fields.detail; }
  toJSON() {
    const { name, entryType, startTime, duration, detail } = this.#fields;
    return detail === undefined ? { name, entryType, startTime, duration } : { name, entryType, startTime, duration, detail };
  }
  [inspectCustom](depth, options) {
    if (depth < 0) return this;
    return `${this.constructor.name} ${require('./util').inspect(this.toJSON(), options)}`;
  }
}

class PerformanceMark extends PerformanceEntry {
  constructor(name, options = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('name');
    if (options !== undefined && options !== null) validateObject(options, 'options');
    const start = options?.startTime ?? clock.now();
    if (typeof start !== 'number') throw new ERR_INVALID_ARG_TYPE('options.startTime', 'number', start);
    if (start < 0) throw new ERR_PERFORMANCE_INVALID_TIMESTAMP(start);
    const detail = options?.detail;
    super(kCreate, `${name}`, 'mark', start, 0, detail === undefined || detail === null ? null : structuredClone(detail));
  }
}
class PerformanceMeasure extends PerformanceEntry {}
class PerformanceResourceTiming extends PerformanceEntry {}

const timeline = [];
const observers = new Set();
const supported = Object.freeze(['function', 'gc', 'http', 'http2', 'mark', 'measure', 'net', 'resource']);

/** Tells observers, and keeps marks and measures. */
function enqueue(entry) {
  if (entry.entryType === 'mark' || entry.entryType === 'measure' || entry.entryType === 'resource') timeline.push(entry);
  for (const observer of observers) observer[kEnqueue](entry);
}
const kEnqueue = Symbol('enqueue');
const kObserves = Symbol('observes');
const registry = require('../internal/performance_observers');
registry.observed = (type) => {
  for (const observer of observers) if (observer[kObserves](type)) return true;
  return false;
};
registry.enqueue = (name, type, start, duration, detail) => {
  enqueue(Object.assign(new PerformanceEntry(kCreate, name, type, start, duration, detail), detail));
};

const measuredByRuntime = new Set(['http', 'net', 'dns', 'http2', 'resource']);
/** Lets the runtime's own parts know that somebody wants their entries. */
function watch(types) {
  const observed = require('../internal/observed');
  for (const type of types) {
    if (!measuredByRuntime.has(type)) continue;
    observed.types.add(type);
    observed.on = true;
    observed.enqueue = (name, entryType, start, duration, detail) =>
      enqueue(new PerformanceEntry(kCreate, name, entryType, start, duration, detail));
  }
}

class PerformanceObserverEntryList {
  #entries;
  constructor(token, entries) {
    if (token !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this.#entries = entries.sort((a, b) => a.startTime - b.startTime);
  }
  getEntries() { return this.#entries.slice(); }
  getEntriesByType(type) { return this.#entries.filter((entry) => entry.entryType === `${type}`); }
  getEntriesByName(name, type = undefined) {
    return this.#entries.filter((entry) => entry.name === `${name}` && (type === undefined || entry.entryType === type));
  }
}

class PerformanceObserver {
  #callback;
  #types = new Set();
  #buffer = [];
  #scheduled = false;
  constructor(callback) {
    validateFunction(callback, 'callback');
    this.#callback = callback;
  }
  static get supportedEntryTypes() { return supported; }
  observe(options = {}) {
    validateObject(options, 'options');
    const { entryTypes, type, buffered } = options;
    if (entryTypes === undefined && type === undefined) throw new ERR_MISSING_ARGS('options.entryTypes', 'options.type');
    if (entryTypes !== undefined) {
      this.#types = new Set(entryTypes.filter((one) => supported.includes(one)));
    } else if (supported.includes(type)) {
      this.#types.add(type);
      if (buffered) for (const entry of timeline) if (entry.entryType === type) this[kEnqueue](entry);
    }
    watch(this.#types);
    if (this.#types.size > 0) observers.add(this);
    else this.disconnect();
  }
  disconnect() {
    observers.delete(this);
    this.#types.clear();
    this.#buffer = [];
  }
  takeRecords() { return this.#buffer.splice(0); }
  [kObserves](type) { return this.#types.has(type); }
  [kEnqueue](entry) {
    if (!this.#types.has(entry.entryType)) return;
    this.#buffer.push(entry);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#buffer.length > 0) this.#callback(new PerformanceObserverEntryList(kCreate, this.#buffer.splice(0)), this);
    });
  }
}

function startOf(value) {
  if (value === undefined) return 0;
  if (typeof value === 'number') {
    if (value < 0) throw new ERR_PERFORMANCE_INVALID_TIMESTAMP(value);
    return value;
  }
  const mark = timeline.findLast((entry) => entry.entryType === 'mark' && entry.name === `${value}`);
  if (mark === undefined) {
    const milestone = performance.nodeTiming[value];
    if (typeof milestone === 'number') return milestone;
    const { DOMException } = require('../web/dom_exception');
    throw new DOMException(`The "${value}" performance mark has not been set`, 'SyntaxError');
  }
  return mark.startTime;
}

class Performance extends EventTarget {
  constructor(token) {
    if (token !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    super();
  }
  now() { return clock.now(); }
  get timeOrigin() { return clock.timeOrigin(); }

  mark(name, options = {}) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('name');
    const mark = new PerformanceMark(name, options);
    enqueue(mark);
    return mark;
  }

  /** @param {string|object} [startOrOptions] @param {string} [endMark] */
  measure(name, startOrOptions = {}, endMark = undefined) {
    let start;
    let end;
    let detail = null;
    if (startOrOptions !== null && typeof startOrOptions === 'object') {
      const options = startOrOptions;
      detail = options.detail === undefined || options.detail === null ? null : structuredClone(options.detail);
      end = options.end !== undefined ? startOf(options.end)
        : options.start !== undefined && options.duration !== undefined ? startOf(options.start) + options.duration
          : endMark !== undefined ? startOf(endMark) : clock.now();
      start = options.start !== undefined ? startOf(options.start) : options.duration !== undefined ? end - options.duration : 0;
    } else {
      end = endMark === undefined ? clock.now() : startOf(endMark);
      start = startOf(startOrOptions);
    }
    const measure = new PerformanceMeasure(kCreate, `${name}`, 'measure', start, end - start, detail);
    enqueue(measure);
    return measure;
  }

  clearMarks(name = undefined) { clear('mark', name); }
  clearMeasures(name = undefined) { clear('measure', name); }
  clearResourceTimings(name = undefined) { clear('resource', name); }
  setResourceTimingBufferSize() {}
  markResourceTiming() {}
  getEntries() { return timeline.slice().sort((a, b) => a.startTime - b.startTime); }
  getEntriesByName(name, type = undefined) {
    return this.getEntries().filter((entry) => entry.name === `${name}` && (type === undefined || entry.entryType === type));
  }
  getEntriesByType(type) { return this.getEntries().filter((entry) => entry.entryType === `${type}`); }

  eventLoopUtilization(first = undefined, second = undefined) { return eventLoopUtilization(first, second); }
  timerify(fn, options = {}) {
    validateFunction(fn, 'fn');
    const { histogram } = options;
    function timerified(...args) {
      const start = clock.now();
      const result = new.target ? Reflect.construct(fn, args, fn) : Reflect.apply(fn, this, args);
      const finish = () => {
        const duration = clock.now() - start;
        histogram?.record(Math.max(1, Math.ceil(duration * 1e6)));
        enqueue(new PerformanceEntry(kCreate, fn.name, 'function', start, duration, args));
      };
      if (typeof result?.finally === 'function') return result.finally(finish);
      finish();
      return result;
    }
    Object.defineProperties(timerified, { length: { value: fn.length }, name: { value: `timerified ${fn.name}` } });
    return timerified;
  }
  get nodeTiming() { return nodeTiming; }
  toJSON() { return { nodeTiming: this.nodeTiming, timeOrigin: this.timeOrigin, eventLoopUtilization: this.eventLoopUtilization() }; }
}
defineEventHandler(Performance.prototype, 'resourcetimingbufferfull');

function clear(type, name) {
  for (let i = timeline.length - 1; i >= 0; i--) {
    if (timeline[i].entryType === type && (name === undefined || timeline[i].name === `${name}`)) timeline.splice(i, 1);
  }
}

const nodeTiming = {
  name: 'node', entryType: 'node', startTime: 0, get duration() { return clock.now(); }, nodeStart: 0, v8Start: 0, environment: 0, bootstrapComplete: 0,
  loopStart: 0, loopExit: -1, get idleTime() { return loopTimes().idle; },
};

/** @returns {{idle: number, now: number}} ms that the loop spent waiting */
function loopTimes() {
  const idle = loopIdle?.() ?? 0;
  return { idle, now: clock.now() };
}
let loopIdle;
try {
  loopIdle = internalBinding('loop').idleTime;
} catch { /* the loop does not count its idle time */ }

function eventLoopUtilization(first, second) {
  if (second) {
    const idle = first.idle - second.idle;
    const active = first.active - second.active;
    return { idle, active, utilization: active / (idle + active) };
  }
  const { idle, now } = loopTimes();
  const active = now - idle;
  if (!first) return { idle, active, utilization: active / (idle + active) };
  const idleDelta = idle - first.idle;
  const activeDelta = active - first.active;
  return { idle: idleDelta, active: activeDelta, utilization: activeDelta / (idleDelta + activeDelta) };
}

/** A histogram of integers, exact: values are counted by themselves. */
class RecordableHistogram {
  #counts = new Map();
  #count = 0;
  #min = Infinity;
  #max = 0;
  #sum = 0;
  #last = 0;
  record(value) {
    if (typeof value === 'bigint') value = Number(value);
    validateInteger(value, 'val', 1);
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    this.#count++;
    this.#sum += value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }
  recordDelta() {
    const now = clock.now();
    if (this.#last > 0) this.record(Math.max(1, Math.round((now - this.#last) * 1e6)));
    this.#last = now;
  }
  add(other) { for (const [value, count] of other.#counts) for (let i = 0; i < count; i++) this.record(value); }
  reset() {
    this.#counts.clear();
    this.#count = this.#sum = this.#max = 0;
    this.#min = Infinity;
  }
  percentile(percentile) {
    if (typeof percentile !== 'number') throw new ERR_INVALID_ARG_TYPE('percentile', 'number', percentile);
    if (!(percentile > 0 && percentile <= 100)) throw new ERR_INVALID_ARG_VALUE.RangeError('percentile', percentile);
    const wanted = Math.ceil((percentile / 100) * this.#count);
    let seen = 0;
    for (const value of [...this.#counts.keys()].sort((a, b) => a - b)) {
      seen += this.#counts.get(value);
      if (seen >= wanted) return value;
    }
    return 0;
  }
  percentileBigInt(percentile) { return BigInt(this.percentile(percentile)); }
  get percentiles() { return new Map([50, 75, 87.5, 93.75, 99, 99.9, 100].map((one) => [one, this.percentile(one)])); }
  get count() { return this.#count; }
  get countBigInt() { return BigInt(this.#count); }
  get min() { return this.#count === 0 ? 9223372036854776000 : this.#min; }
  get max() { return this.#max; }
  get mean() { return this.#count === 0 ? NaN : this.#sum / this.#count; }
  get exceeds() { return 0; }
  get stddev() {
    if (this.#count === 0) return NaN;
    const { mean } = this;
    let sum = 0;
    for (const [value, count] of this.#counts) sum += count * (value - mean) ** 2;
    return Math.sqrt(sum / this.#count);
  }
  toJSON() {
    const { count, min, max, mean, exceeds, stddev } = this;
    return { count, min, max, mean, exceeds, stddev, percentiles: Object.fromEntries(this.percentiles) };
  }
}

/** Samples by how much a timer is late. */
class EventLoopDelay extends RecordableHistogram {
  #resolution;
  #timer = null;
  constructor(resolution) {
    super();
    this.#resolution = resolution;
  }
  enable() {
    if (this.#timer !== null) return false;
    let last = clock.now();
    this.#timer = setInterval(() => {
      const now = clock.now();
      this.record(Math.max(1, Math.round((now - last) * 1e6)));
      last = now;
    }, this.#resolution);
    this.#timer.unref();
    return true;
  }
  disable() {
    if (this.#timer === null) return false;
    clearInterval(this.#timer);
    this.#timer = null;
    return true;
  }
}

const performance = new Performance(kCreate);
for (const [Class, own] of [[Performance, 'Performance'], [PerformanceEntry, 'PerformanceEntry'], [PerformanceMark, 'PerformanceMark'],
  [PerformanceMeasure, 'PerformanceMeasure'], [PerformanceObserver, 'PerformanceObserver']]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: own, configurable: true });
}

module.exports = {
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver,
  PerformanceObserverEntryList,
  PerformanceResourceTiming,
  constants: {
    NODE_PERFORMANCE_GC_MAJOR: 4, NODE_PERFORMANCE_GC_MINOR: 1, NODE_PERFORMANCE_GC_INCREMENTAL: 8, NODE_PERFORMANCE_GC_WEAKCB: 16,
    NODE_PERFORMANCE_GC_FLAGS_NO: 0, NODE_PERFORMANCE_GC_FLAGS_CONSTRUCT_RETAINED: 2, NODE_PERFORMANCE_GC_FLAGS_FORCED: 4,
    NODE_PERFORMANCE_GC_FLAGS_SYNCHRONOUS_PHANTOM_PROCESSING: 8, NODE_PERFORMANCE_GC_FLAGS_ALL_AVAILABLE_GARBAGE: 16,
    NODE_PERFORMANCE_GC_FLAGS_ALL_EXTERNAL_MEMORY: 32, NODE_PERFORMANCE_GC_FLAGS_SCHEDULE_IDLE: 64,
  },
  createHistogram: () => new RecordableHistogram(),
  eventLoopUtilization,
  monitorEventLoopDelay: ({ resolution = 10 } = {}) => new EventLoopDelay(resolution),
  performance,
};
