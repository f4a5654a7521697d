'use strict';
// Histograms of node:perf_hooks. Values are told apart to so many significant figures, as HdrHistogram's format has it: numbers
// up to the size of a bucket are exact, above each power of two is split into half as many parts. Only parts that were hit
// take memory. The figures that come out are the format's: the middle of a part for means, its upper end for percentiles.
const { codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_METHOD_NOT_IMPLEMENTED } } = require('../errors');
const { validateBoolean, validateInteger, validateNumber, validateObject } = require('../validators');
const { mark, register } = require('../cloneable');
const { now } = require('../performance_clock');

const inspectCustom = Symbol.for('nodejs.util.inspect.custom');
const kMake = Symbol('make');
const EMPTY_MIN = 9223372036854775807n;

/** Counts of values, shared by a histogram and its clones. */
class Counts {
  constructor(lowest = 1, highest = Number.MAX_SAFE_INTEGER, figures = 3) {
    this.unit = 2 ** Math.floor(Math.log2(lowest));
    this.buckets = 2 ** Math.ceil(Math.log2(2 * 10 ** figures));
    this.limit = this.buckets * this.unit;
    while (this.limit <= highest) this.limit *= 2;
    this.reset();
  }
  reset() {
    this.parts = new Map(); // lowest value of a part -> count
    this.count = 0;
    this.exceeds = 0;
    this.min = Infinity;
    this.max = 0;
    this.last = 0;
  }
  /** How many values the part of `value` holds. */
  width(value) {
    let width = this.unit;
    while (value >= width * this.buckets) width *= 2;
    return width;
  }
  floor(value) {
    const width = this.width(value);
    return Math.floor(value / width) * width;
  }
  top(value) { return this.floor(value) + this.width(value) - 1; }
  middle(value) { return this.floor(value) + Math.floor(this.width(value) / 2); }
  record(value, times = 1) {
    if (value >= this.limit) {
      this.exceeds += times;
      return;
    }
    const part = this.floor(value);
    this.parts.set(part, (this.parts.get(part) ?? 0) + times);
    this.count += times;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }
  sorted() { return [...this.parts].sort((a, b) => a[0] - b[0]); }
  /** The mean of fn(middle of the part). */
  average(fn) {
    let sum = 0;
    for (const [part, count] of this.parts) sum += count * fn(this.middle(part));
    return sum / this.count;
  }
  /** The n-th standardised moment, 0 where the values do not differ. */
  moment(n) {
    const mean = this.average((value) => value);
    const variance = this.average((value) => (value - mean) ** 2);
    return variance > 0 ? this.average((value) => (value - mean) ** n) / variance ** (n / 2) : 0;
  }
  percentile(percentile) {
    const wanted = Math.max(1, Math.floor((percentile / 100) * this.count + 0.5));
    let seen = 0;
    for (const [part, count] of this.sorted()) {
      seen += count;
      if (seen >= wanted) return this.top(part);
    }
    return 0;
  }
  /** Steps that halve the distance to 100. @returns {[number, number][]} */
  percentiles() {
    const out = [];
    let next = 0;
    let seen = 0;
    let value = 0;
    for (const [part, count] of this.sorted()) {
      seen += count;
      value = part;
      while (next <= (100 * seen) / this.count) {
        out.push([next, value]);
        if (seen >= this.count) break;
        next += 100 / 2 ** (Math.floor(Math.log2(100 / (100 - next))) + 1);
      }
    }
    out.push([100, value]);
    return out;
  }
}

class Histogram {
  #counts;
  constructor(token, counts) {
    if (token !== kMake) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this.#counts = counts;
    mark(this);
  }
  static countsOf(histogram) { return histogram.#counts; }
  static is(value) { return value !== null && typeof value === 'object' && #counts in value; }

  get count() { return this.#counts.count; }
  get countBigInt() { return BigInt(this.#counts.count); }
  get min() { return this.#counts.count === 0 ? Number(EMPTY_MIN) : this.#counts.floor(this.#counts.min); }
  get minBigInt() { return this.#counts.count === 0 ? EMPTY_MIN : BigInt(this.min); }
  get max() { return this.#counts.count === 0 ? 0 : this.#counts.top(this.#counts.max); }
  get maxBigInt() { return BigInt(this.max); }
  get mean() { return this.#counts.average((value) => value); }
  get exceeds() { return this.#counts.exceeds; }
  get exceedsBigInt() { return BigInt(this.#counts.exceeds); }
  get stddev() {
    const { mean } = this;
    return Math.sqrt(this.#counts.average((value) => (value - mean) ** 2));
  }
  get skewness() { return this.#counts.moment(3); }
  get kurtosis() { return this.#counts.moment(4) - (this.#counts.parts.size > 1 ? 3 : 0); }
  /** @param {number} percentile above 0, up to 100 */
  percentile(percentile) {
    validateNumber(percentile, 'percentile');
    if (!(percentile > 0 && percentile <= 100)) throw new ERR_OUT_OF_RANGE('percentile', '> 0 && <= 100', percentile);
    return this.#counts.percentile(percentile);
  }
  percentileBigInt(percentile) { return BigInt(this.percentile(percentile)); }
  get percentiles() { return new Map(this.#counts.percentiles()); }
  get percentilesBigInt() { return new Map(this.#counts.percentiles().map(([percentile, value]) => [percentile, BigInt(value)])); }
  reset() { this.#counts.reset(); }
  toJSON() {
    const { count, min, max, mean, exceeds, stddev, skewness, kurtosis } = this;
    return { count, min, max, mean, exceeds, stddev, skewness, kurtosis, percentiles: Object.fromEntries(this.percentiles) };
  }
  [inspectCustom](depth, options) {
    if (depth < 0) return `[${this.constructor === Histogram ? 'Histogram' : this.constructor.name}]`;
    const { min, max, mean, exceeds, stddev, skewness, kurtosis, count, percentiles } = this;
    const { inspect } = require('../loader/builtins').load('util');
    const shown = { min, max, mean, exceeds, stddev, skewness, kurtosis, count, percentiles };
    return `Histogram ${inspect(shown, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}
const { countsOf, is: isHistogram } = Histogram;
delete Histogram.countsOf;
delete Histogram.is;

class RecordableHistogram extends Histogram {
  /** @param {number | bigint} val */
  record(val) {
    if (typeof val !== 'bigint') validateInteger(val, 'val', 1);
    countsOf(this).record(Number(val));
  }
  /** Nanoseconds since the last call. */
  recordDelta() {
    const counts = countsOf(this);
    const time = now();
    if (counts.last > 0) counts.record(Math.max(1, Math.round((time - counts.last) * 1e6)));
    counts.last = time;
  }
  /** @param {RecordableHistogram} other */
  add(other) {
    if (!isRecordable(other)) throw new ERR_INVALID_ARG_TYPE('other', 'RecordableHistogram', other);
    const theirs = countsOf(other);
    const ours = countsOf(this);
    if (theirs.count > 0) {
      for (const [part, count] of theirs.sorted()) ours.record(theirs.middle(part), count);
      ours.min = Math.min(ours.min, theirs.min);
      ours.max = Math.max(ours.max, Math.min(theirs.max, ours.limit - 1));
    }
    ours.exceeds += theirs.exceeds;
  }
}
const isRecordable = (value) => isHistogram(value) && value instanceof RecordableHistogram;

/** Samples by how much a timer is late, in nanoseconds. */
class ELDHistogram extends Histogram {
  #resolution;
  #timer = null;
  constructor(token, resolution) {
    super(token, new Counts(1, 3.6e12));
    this.#resolution = resolution;
  }
  enable() {
    if (this.#timer !== null) return false;
    let last = now();
    this.#timer = setInterval(() => {
      const time = now();
      countsOf(this).record(Math.max(1, Math.round((time - last) * 1e6)));
      last = time;
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
  [Symbol.dispose]() { this.disable(); }
}

register({
  name: 'Histogram',
  is: isHistogram,
  transfers: false,
  // A copy: what is recorded later on either side is not seen on the other, as it is on Node.
  pack: (histogram) => ({ counts: { ...countsOf(histogram) }, recordable: isRecordable(histogram) }),
  unpack: ({ counts, recordable }) =>
    new (recordable ? RecordableHistogram : Histogram)(kMake, Object.assign(Object.create(Counts.prototype), counts)),
});

/** Node documentation: perf_hooks.createHistogram([options]). */
function createHistogram(options = {}) {
  validateObject(options, 'options');
  const { lowest = 1, highest = Number.MAX_SAFE_INTEGER, figures = 3 } = options;
  if (typeof lowest !== 'bigint') validateInteger(lowest, 'options.lowest', 1, Number.MAX_SAFE_INTEGER);
  if (typeof highest !== 'bigint') validateInteger(highest, 'options.highest', 2 * Number(lowest), Number.MAX_SAFE_INTEGER);
  validateInteger(figures, 'options.figures', 1, 5);
  return new RecordableHistogram(kMake, new Counts(Number(lowest), Number(highest), figures));
}

/** Node documentation: perf_hooks.monitorEventLoopDelay([options]). */
function monitorEventLoopDelay(options = {}) {
  validateObject(options, 'options');
  const { resolution = 10, samplePerIteration = false } = options;
  validateBoolean(samplePerIteration, 'options.samplePerIteration');
  validateInteger(resolution, 'options.resolution', 1);
  if (samplePerIteration) throw new ERR_METHOD_NOT_IMPLEMENTED('monitorEventLoopDelay({ samplePerIteration: true })');
  return new ELDHistogram(kMake, resolution);
}

module.exports = { createHistogram, isRecordable, monitorEventLoopDelay };
