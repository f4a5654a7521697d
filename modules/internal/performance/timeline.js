'use strict';
// The timeline of marks, measures and resources, and who observes it.
const {
  codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_MISSING_ARGS },
} = require('../errors');
const { validateFunction, validateObject } = require('../validators');
const registry = require('../performance_observers');
const { kCreate, PerformanceNodeEntry } = require('./entries');

const inspectCustom = Symbol.for('nodejs.util.inspect.custom');
const supported = Object.freeze(['dns', 'function', 'gc', 'http', 'http2', 'mark', 'measure', 'net', 'resource']);
const timeline = []; // marks and measures
let resources = [];
let resourceRoom = 250;
let waiting = []; // resources that found no room
let fullPending = false;
let onFull = () => {};

const observers = new Set();
const byStart = (a, b) => a.startTime - b.startTime;
const named = (name, type) => (entry) => entry.name === name && (type === undefined || entry.entryType === type);
const required = (args, name) => { if (args.length === 0) throw new ERR_MISSING_ARGS(name); };

/** Tells observers, and keeps marks and measures. */
function enqueue(entry) {
  if (entry.entryType === 'mark' || entry.entryType === 'measure') timeline.push(entry);
  else if (entry.entryType === 'resource') addResource(entry);
  for (const observer of observers) observer[kEnqueue](entry);
}

/** Resource Timing, section 4.3: what finds no room waits for the event's listeners to make some. */
function addResource(entry) {
  if (resources.length < resourceRoom && !fullPending) {
    resources.push(entry);
    return;
  }
  waiting.push(entry);
  if (fullPending) return;
  fullPending = true;
  setImmediate(() => {
    while (waiting.length > 0) {
      const before = waiting.length;
      if (resources.length >= resourceRoom) onFull();
      while (waiting.length > 0 && resources.length < resourceRoom) resources.push(waiting.shift());
      if (waiting.length >= before) waiting = [];
    }
    fullPending = false;
  });
}

const kEnqueue = Symbol('enqueue');
const kObserves = Symbol('observes');
const observed = (type) => {
  for (const observer of observers) if (observer[kObserves](type)) return true;
  return false;
};

registry.enqueue = (name, type, start, duration, detail) => {
  enqueue(Object.assign(new PerformanceNodeEntry(kCreate, name, type, start, duration, detail), detail));
};

let collections = null;

/** After the observers have changed: who measures itself looks at registry.types, garbage collections are watched on demand. */
function observersChanged() {
  registry.types = Object.fromEntries(supported.map((type) => [type, observed(type)]));
  if (registry.types.gc === (collections !== null)) return;
  const gc = internalBinding('heap_gc');
  if (collections !== null) {
    gc.stop(collections);
    collections = null;
    return;
  }
  collections = gc.start((notes) => {
    for (let i = 0; i < notes.length; i += 4) {
      const detail = { kind: notes[i], flags: notes[i + 1] };
      enqueue(Object.defineProperties(new PerformanceNodeEntry(kCreate, 'gc', 'gc', notes[i + 2], notes[i + 3], detail), {
        kind: { value: detail.kind }, flags: { value: detail.flags },
      }));
    }
  });
}

const measuredByRuntime = new Set(['http', 'net', 'dns', 'http2', 'resource']);
/** Lets the runtime's own parts know that somebody wants their entries. */
function watch(types) {
  const observed = require('../observed');
  for (const type of types) {
    if (!measuredByRuntime.has(type)) continue;
    observed.types.add(type);
    observed.on = true;
    observed.enqueue = (name, entryType, start, duration, detail) =>
      enqueue(new PerformanceNodeEntry(kCreate, name, entryType, start, duration, detail));
  }
}

class PerformanceObserverEntryList {
  #entries;
  constructor(token, entries) {
    if (token !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this.#entries = entries.sort(byStart);
  }
  getEntries() { return this.#entries.slice(); }
  getEntriesByType(type) {
    required(arguments, 'type');
    return this.#entries.filter((entry) => entry.entryType === `${type}`);
  }
  getEntriesByName(name, type = undefined) {
    required(arguments, 'name');
    return this.#entries.filter(named(`${name}`, type));
  }
  [inspectCustom](depth, options) {
    if (depth < 0) return this;
    return `PerformanceObserverEntryList ${require('../loader/builtins').load('util').inspect(this.#entries, options)}`;
  }
}

class PerformanceObserver {
  #callback;
  #types = new Set();
  #mode; // 'single' or 'multiple': how it was first asked
  #buffer = [];
  #scheduled = false;
  constructor(callback) {
    validateFunction(callback, 'callback');
    this.#callback = callback;
  }
  static get supportedEntryTypes() { return supported; }

  /** @param {{ entryTypes?: string[], type?: string, buffered?: boolean }} options */
  observe(options = {}) {
    validateObject(options, 'options');
    const { entryTypes, type, buffered } = options;
    if (entryTypes === undefined && type === undefined) throw new ERR_MISSING_ARGS('options.entryTypes', 'options.type');
    if (entryTypes !== undefined && type !== undefined) {
      throw new ERR_INVALID_ARG_VALUE('options.entryTypes', entryTypes, 'options.entryTypes can not set with options.type together');
    }
    const mode = type === undefined ? 'multiple' : 'single';
    this.#mode ??= mode;
    if (this.#mode !== mode) {
      throw new DOMException(`PerformanceObserver can not change to ${mode} observation${mode === 'multiple' ? 's' : ''}`,
        'InvalidModificationError');
    }
    if (mode === 'multiple') {
      if (!Array.isArray(entryTypes)) throw new ERR_INVALID_ARG_TYPE('options.entryTypes', 'string[]', entryTypes);
      this.#types = new Set(entryTypes.filter((one) => supported.includes(one)));
    } else if (supported.includes(type)) {
      this.#types.add(type);
      if (buffered) for (const entry of [...timeline, ...resources].filter((one) => one.entryType === type)) this[kEnqueue](entry);
    }
    watch(this.#types);
    if (this.#types.size > 0) {
      observers.add(this);
      observersChanged();
    } else {
      this.disconnect();
    }
  }
  disconnect() {
    observers.delete(this);
    this.#types.clear();
    this.#buffer = [];
    this.#mode = undefined;
    observersChanged();
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
  [inspectCustom](depth, options) {
    if (depth < 0) return this;
    const state = { connected: observers.has(this), pending: this.#scheduled, entryTypes: [...this.#types], buffer: this.#buffer };
    return `PerformanceObserver ${require('../loader/builtins').load('util').inspect(state, options)}`;
  }
}

for (const Class of [PerformanceObserver, PerformanceObserverEntryList]) {
  const { prototype } = Class;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name !== 'constructor') Object.defineProperty(prototype, name, { enumerable: true });
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}

/** Forgets the entries of a type, or those of one name. */
function clear(type, name) {
  const stays = name === undefined ? () => false : (entry) => entry.name !== `${name}`;
  if (name !== undefined) name = `${name}`;
  if (type === 'resource') {
    resources = resources.filter(stays);
    return;
  }
  for (let i = timeline.length - 1; i >= 0; i--) {
    if (timeline[i].entryType === type && !stays(timeline[i])) timeline.splice(i, 1);
  }
}

const all = () => [...timeline, ...resources].sort(byStart);

module.exports = {
  clear, enqueue, PerformanceObserver, PerformanceObserverEntryList, required,
  entries: all,
  entriesByName: (name, type) => all().filter(named(`${name}`, type)),
  entriesByType: (type) => all().filter((entry) => entry.entryType === `${type}`),
  lastMark: (name) => timeline.findLast((entry) => entry.entryType === 'mark' && entry.name === name),
  setResourceRoom(room) { resourceRoom = room; },
  setOnFull(fn) { onFull = fn; },
};
