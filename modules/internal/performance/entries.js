'use strict';
// What the timeline of node:perf_hooks is made of.
const {
  codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INTERNAL_ASSERTION, ERR_INVALID_ARG_VALUE, ERR_INVALID_THIS, ERR_MISSING_ARGS,
    ERR_PERFORMANCE_INVALID_TIMESTAMP },
} = require('../errors');
const { validateNumber, validateObject } = require('../validators');
const { now } = require('../performance_clock');

const kCreate = Symbol('create');
const inspectCustom = Symbol.for('nodejs.util.inspect.custom');
const cloneOf = (detail) => (detail === undefined || detail === null ? null : structuredClone(detail));
const milestones = new Set(['nodeStart', 'v8Start', 'environment', 'loopStart', 'loopExit', 'bootstrapComplete']);

class PerformanceEntry {
  #fields;
  constructor(token, name, entryType, startTime, duration, detail) {
    if (token !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this.#fields = { name, entryType, startTime, duration, detail };
  }
  static fields(entry) {
    if (entry === null || typeof entry !== 'object' || !(#fields in entry)) throw new ERR_INVALID_THIS('PerformanceEntry');
    return entry.#fields;
  }
  get name() { return fieldsOf(this).name; }
  get entryType() { return fieldsOf(this).entryType; }
  get startTime() { return fieldsOf(this).startTime; }
  get duration() { return fieldsOf(this).duration; }
  toJSON() {
    const { name, entryType, startTime, duration } = fieldsOf(this);
    return { name, entryType, startTime, duration };
  }
  [inspectCustom](depth, options) {
    if (depth < 0) return this;
    const { inspect } = require('../loader/builtins').load('util');
    return `${this.constructor.name} ${inspect(shown(this), { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}
const fieldsOf = PerformanceEntry.fields;
delete PerformanceEntry.fields;
const shown = (entry) => entry.toJSON();

/** What Node makes entries of that have no class of their own: `detail` is theirs, too. */
class PerformanceNodeEntry extends PerformanceEntry {
  get detail() { return fieldsOf(this).detail; }
  toJSON() { return { ...super.toJSON(), detail: this.detail }; }
}
Object.defineProperty(PerformanceNodeEntry, 'name', { value: 'PerformanceEntry' });

class PerformanceMark extends PerformanceEntry {
  /** @param {string} name @param {{ startTime?: number, detail?: any }} [options] */
  constructor(name, options = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('name');
    const text = `${name}`;
    if (milestones.has(text)) throw new ERR_INVALID_ARG_VALUE('name', text);
    if (options !== undefined && options !== null) validateObject(options, 'options');
    const startTime = options?.startTime ?? now();
    validateNumber(startTime, 'startTime');
    if (startTime < 0) throw new ERR_PERFORMANCE_INVALID_TIMESTAMP(startTime);
    super(kCreate, text, 'mark', startTime, 0, cloneOf(options?.detail));
  }
  get detail() { return fieldsOf(this).detail; }
  toJSON() { return { ...super.toJSON(), detail: this.detail }; }
}

class PerformanceMeasure extends PerformanceEntry {
  get detail() { return fieldsOf(this).detail; }
  toJSON() { return { ...super.toJSON(), detail: this.detail }; }
}

/** A fetch, in the terms of the Resource Timing standard. */
class PerformanceResourceTiming extends PerformanceEntry {
  #timing;
  #connection;
  #cacheMode;
  #initiatorType;
  #deliveryType;
  #status;
  constructor(token, url, initiatorType, timing, cacheMode, status, deliveryType) {
    super(token, url, 'resource', timing?.startTime, timing?.endTime - timing?.startTime);
    this.#timing = timing;
    this.#connection = timing.finalConnectionTimingInfo;
    this.#initiatorType = initiatorType;
    this.#cacheMode = cacheMode;
    this.#status = status;
    this.#deliveryType = deliveryType;
  }
  get initiatorType() { return this.#initiatorType; }
  get nextHopProtocol() { return this.#connection?.ALPNNegotiatedProtocol; }
  get workerStart() { return this.#timing.finalServiceWorkerStartTime; }
  get redirectStart() { return this.#timing.redirectStartTime; }
  get redirectEnd() { return this.#timing.redirectEndTime; }
  get fetchStart() { return this.#timing.postRedirectStartTime; }
  get domainLookupStart() { return this.#connection?.domainLookupStartTime; }
  get domainLookupEnd() { return this.#connection?.domainLookupEndTime; }
  get connectStart() { return this.#connection?.connectionStartTime; }
  get connectEnd() { return this.#connection?.connectionEndTime; }
  get secureConnectionStart() { return this.#connection?.secureConnectionStartTime; }
  get requestStart() { return this.#timing.finalNetworkRequestStartTime; }
  get responseStart() { return this.#timing.finalNetworkResponseStartTime; }
  get responseEnd() { return this.#timing.endTime; }
  get transferSize() {
    if (this.#cacheMode === 'local') return 0;
    return 300 + (this.#cacheMode === 'validated' ? 0 : this.#timing.encodedBodySize);
  }
  get encodedBodySize() { return this.#timing.encodedBodySize; }
  get decodedBodySize() { return this.#timing.decodedBodySize; }
  get deliveryType() { return this.#deliveryType; }
  get responseStatus() { return this.#status; }
  toJSON() { return { ...super.toJSON(), ...Object.fromEntries(resourceFields.map((name) => [name, this[name]])) }; }
}
const resourceFields = ['initiatorType', 'nextHopProtocol', 'workerStart', 'redirectStart', 'redirectEnd', 'fetchStart',
  'domainLookupStart', 'domainLookupEnd', 'connectStart', 'connectEnd', 'secureConnectionStart', 'requestStart',
  'responseStart', 'responseEnd', 'transferSize', 'encodedBodySize', 'decodedBodySize', 'deliveryType', 'responseStatus'];

/** The entry of performance.markResourceTiming. */
function resourceEntry(timing, url, initiatorType, global, cacheMode, bodyInfo, status, deliveryType = '') {
  if (cacheMode !== '' && cacheMode !== 'local') throw new ERR_INTERNAL_ASSERTION("cache must be an empty string or 'local'");
  return new PerformanceResourceTiming(kCreate, url, initiatorType, timing, cacheMode, status, deliveryType);
}

for (const Class of [PerformanceEntry, PerformanceMark, PerformanceMeasure, PerformanceResourceTiming]) {
  const { prototype } = Class;
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name !== 'constructor') Object.defineProperty(prototype, name, { ...property, enumerable: true });
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}

module.exports = {
  cloneOf, kCreate, PerformanceEntry, PerformanceMark, PerformanceMeasure, PerformanceNodeEntry, PerformanceResourceTiming, resourceEntry,
};
