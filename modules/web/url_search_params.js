'use strict';
// URLSearchParams (URL standard, section 6): pairs in one flat array [name, value, ...].

const {
  codes: { ERR_ARG_NOT_ITERABLE, ERR_INVALID_THIS, ERR_INVALID_TUPLE, ERR_MISSING_ARGS },
} = require('../internal/errors');
const { validateFunction } = require('../internal/validators');

const inspectCustom = Symbol.for('nodejs.util.inspect.custom');
const toUSV = (value) => {
  const text = `${value}`;
  return /[\ud800-\udfff]/.test(text) ? require('../node/util').toUSVString(text) : text;
};

function decode(text) {
  if (text.includes('+')) text = text.replaceAll('+', ' ');
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return require('../node/querystring').unescapeBuffer(text).toString();
  }
}

const SAFE = /^[A-Za-z0-9*\-._]*$/;
function encode(text) {
  if (SAFE.test(text)) return text;
  return encodeURIComponent(toUSV(text)).replace(/%20|[!'()~]/g, (c) => (c === '%20' ? '+' : `%${c.charCodeAt(0).toString(16).toUpperCase()}`));
}

/** @returns {string[]} flat pairs */
function parsePairs(query) {
  const pairs = [];
  let from = 0;
  while (from < query.length) {
    let end = query.indexOf('&', from);
    if (end === -1) end = query.length;
    if (end > from) {
      const at = query.indexOf('=', from);
      if (at === -1 || at >= end) pairs.push(decode(query.slice(from, end)), '');
      else pairs.push(decode(query.slice(from, at)), decode(query.slice(at + 1, end)));
    }
    from = end + 1;
  }
  return pairs;
}

let internals; // what URL may do with the private pairs
let isParams;

class URLSearchParams {
  #pairs = [];
  #update = null; // told after changes, by URL

  /** @param {string|Iterable<[string, string]>|Object<string, string>} [init] */
  constructor(init = undefined) {
    if (init === undefined) return;
    if ((typeof init === 'object' && init !== null) || typeof init === 'function') {
      const iterate = init[Symbol.iterator];
      if (#pairs in init && iterate === URLSearchParams.prototype[Symbol.iterator]) {
        this.#pairs = init.#pairs.slice();
      } else if (iterate !== null && iterate !== undefined) {
        if (typeof iterate !== 'function') throw new ERR_ARG_NOT_ITERABLE('Query pairs');
        for (const pair of init) {
          if (pair === null || (typeof pair !== 'object' && typeof pair !== 'function') || typeof pair[Symbol.iterator] !== 'function') {
            throw new ERR_INVALID_TUPLE('Each query pair', '[name, value]');
          }
          const both = [...pair];
          if (both.length !== 2) throw new ERR_INVALID_TUPLE('Each query pair', '[name, value]');
          this.#pairs.push(toUSV(both[0]), toUSV(both[1]));
        }
      } else {
        const seen = new Map();
        for (const key of Reflect.ownKeys(init)) {
          const descriptor = Reflect.getOwnPropertyDescriptor(init, key);
          if (!descriptor?.enumerable) continue;
          seen.set(toUSV(key), toUSV(init[key]));
        }
        for (const [key, value] of seen) this.#pairs.push(key, value);
      }
      return;
    }
    init = toUSV(init);
    this.#pairs = parsePairs(init[0] === '?' ? init.slice(1) : init);
  }

  /** For URL: parameters of `query`; `update(text)` is called after each change. */
  static #forUrl(query, update) {
    const params = new URLSearchParams();
    params.#pairs = parsePairs(query);
    params.#update = update;
    return params;
  }
  static #reset(params, query) { params.#pairs = parsePairs(query); }
  static {
    internals = {
      forUrl: URLSearchParams.#forUrl,
      reset: URLSearchParams.#reset,
      pairs: (params) => params.#pairs,
    };
    isParams = (value) => typeof value === 'object' && value !== null && #pairs in value;
  }

  #changed() { if (this.#update !== null) this.#update(this.toString()); }

  get size() {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    return this.#pairs.length / 2;
  }

  append(name, value) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    if (arguments.length < 2) throw new ERR_MISSING_ARGS('name', 'value');
    this.#pairs.push(toUSV(name), toUSV(value));
    this.#changed();
  }

  delete(name, value = undefined) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    if (arguments.length < 1) throw new ERR_MISSING_ARGS('name');
    name = toUSV(name);
    if (value !== undefined) value = toUSV(value);
    const kept = [];
    for (let i = 0; i < this.#pairs.length; i += 2) {
      if (this.#pairs[i] !== name || (value !== undefined && this.#pairs[i + 1] !== value)) kept.push(this.#pairs[i], this.#pairs[i + 1]);
    }
    this.#pairs = kept;
    this.#changed();
  }

  get(name) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    if (arguments.length < 1) throw new ERR_MISSING_ARGS('name');
    name = toUSV(name);
    for (let i = 0; i < this.#pairs.length; i += 2) if (this.#pairs[i] === name) return this.#pairs[i + 1];
    return null;
  }

  getAll(name) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    if (arguments.length < 1) throw new ERR_MISSING_ARGS('name');
    name = toUSV(name);
    const out = [];
    for (let i = 0; i < this.#pairs.length; i += 2) if (this.#pairs[i] === name) out.push(this.#pairs[i + 1]);
    return out;
  }

  has(name, value = undefined) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    if (arguments.length < 1) throw new ERR_MISSING_ARGS('name');
    name = toUSV(name);
    if (value !== undefined) value = toUSV(value);
    for (let i = 0; i < this.#pairs.length; i += 2) {
      if (this.#pairs[i] === name && (value === undefined || this.#pairs[i + 1] === value)) return true;
    }
    return false;
  }

  set(name, value) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    if (arguments.length < 2) throw new ERR_MISSING_ARGS('name', 'value');
    name = toUSV(name);
    value = toUSV(value);
    const kept = [];
    let found = false;
    for (let i = 0; i < this.#pairs.length; i += 2) {
      if (this.#pairs[i] !== name) kept.push(this.#pairs[i], this.#pairs[i + 1]);
      else if (!found) {
        found = true;
        kept.push(name, value);
      }
    }
    if (!found) kept.push(name, value);
    this.#pairs = kept;
    this.#changed();
  }

  /** By UTF-16 units of the names; stable. */
  sort() {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    const entries = [];
    for (let i = 0; i < this.#pairs.length; i += 2) entries.push([this.#pairs[i], this.#pairs[i + 1]]);
    entries.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#pairs = entries.flat();
    this.#changed();
  }

  forEach(callback, thisArg = undefined) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    validateFunction(callback, 'callback');
    for (let i = 0; i < this.#pairs.length; i += 2) Reflect.apply(callback, thisArg, [this.#pairs[i + 1], this.#pairs[i], this]);
  }

  entries() { return makeIterator(this, 'entries'); }
  keys() { return makeIterator(this, 'keys'); }
  values() { return makeIterator(this, 'values'); }

  toString() {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    let out = '';
    for (let i = 0; i < this.#pairs.length; i += 2) out += `${i === 0 ? '' : '&'}${encode(this.#pairs[i])}=${encode(this.#pairs[i + 1])}`;
    return out;
  }

  [inspectCustom](depth, options) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    const { inspect } = require('../node/util');
    if (typeof depth === 'number' && depth < 0) return options.stylize('[Object]', 'special');
    const shown = [];
    for (let i = 0; i < this.#pairs.length; i += 2) shown.push(`${inspect(this.#pairs[i], options)} => ${inspect(this.#pairs[i + 1], options)}`);
    if (shown.length === 0) return 'URLSearchParams {}';
    const line = `URLSearchParams { ${shown.join(', ')} }`;
    return require('../node/util').stripVTControlCharacters(line).length <= (options.breakLength ?? 80) ? line : `URLSearchParams {\n  ${shown.join(',\n  ')} }`;
  }
}
for (const name of ['append', 'delete', 'get', 'getAll', 'has', 'set', 'size', 'sort', 'entries', 'forEach', 'keys', 'values', 'toString']) {
  Object.defineProperty(URLSearchParams.prototype, name, { enumerable: true });
}
Object.defineProperties(URLSearchParams.prototype, {
  [Symbol.toStringTag]: { value: 'URLSearchParams', configurable: true },
  [Symbol.iterator]: { value: URLSearchParams.prototype.entries, writable: true, configurable: true },
});

const kState = Symbol('iterator state');
const IteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
const iteratorPrototype = Object.create(IteratorPrototype, {
  next: {
    value: function next() {
      const state = this?.[kState];
      if (state === undefined) throw new ERR_INVALID_THIS('URLSearchParamsIterator');
      const pairs = internals.pairs(state.params);
      if (state.at >= pairs.length) return { value: undefined, done: true };
      const name = pairs[state.at];
      const value = pairs[state.at + 1];
      state.at += 2;
      return { value: state.kind === 'keys' ? name : state.kind === 'values' ? value : [name, value], done: false };
    },
    writable: true, enumerable: true, configurable: true,
  },
  [Symbol.toStringTag]: { value: 'URLSearchParams Iterator', configurable: true },
  [inspectCustom]: {
    value(depth, options) {
      const state = this?.[kState];
      if (state === undefined) throw new ERR_INVALID_THIS('URLSearchParamsIterator');
      const { inspect } = require('../node/util');
      if (typeof depth === 'number' && depth < 0) return options.stylize('[Object]', 'special');
      const pairs = internals.pairs(state.params);
      const shown = [];
      for (let i = state.at; i < pairs.length; i += 2) {
        shown.push(inspect(state.kind === 'keys' ? pairs[i] : state.kind === 'values' ? pairs[i + 1] : [pairs[i], pairs[i + 1]], options));
      }
      if (shown.length === 0) return 'URLSearchParams Iterator {  }';
      const line = `URLSearchParams Iterator { ${shown.join(', ')} }`;
      return line.length <= (options.breakLength ?? 80) ? line : `URLSearchParams Iterator {\n  ${shown.join(',\n  ')} }`;
    },
    writable: true, configurable: true,
  },
});

function makeIterator(params, kind) {
  if (!isParams(params)) throw new ERR_INVALID_THIS('URLSearchParams');
  return Object.create(iteratorPrototype, { [kState]: { value: { params, kind, at: 0 } } });
}

module.exports = { URLSearchParams, forUrl: (...args) => internals.forUrl(...args), reset: (...args) => internals.reset(...args) };
