'use strict';
// Headers (https://fetch.spec.whatwg.org/#headers-class). What it holds is a header list (header_list.js), or the block
// of a request as it came from the wire, which is parsed on first use. Sorting and combining happen when somebody
// iterates.

const { fieldOf, parseBlockLower, COOKIE } = require('../internal/http/fields');
const { byteString, checkedName, checkedValue, readHeaders, listFrom, emptySet, setOwn } = require('./header_list');

const inspectCustom = Symbol.for('nodejs.util.inspect.custom');

function indexOf(list, name) {
  for (let i = 0; i < list.length; i += 2) if (list[i] === name) return i;
  return -1;
}

let isHeaders;
let internals; // what Request, Response and iterators may do with the private list

class Headers {
  #list; // HeaderSet (shared), string[] (its own, or a Response's), or a request's block: string or undefined
  #guard = 'none';
  #sorted = null; // entries as iteration shows them, until something changes

  /** @param {Headers | [string, string][] | Record<string, string>} [init] */
  constructor(init = undefined) {
    this.#list = init === undefined ? emptySet() : readHeaders(init, 'Headers constructor');
  }

  static {
    isHeaders = (value) => typeof value === 'object' && value !== null && #list in value;
    internals = {
      list: (headers) => headers.#load(),
      entries: (headers) => (headers.#sorted ??= sorted(headers.#load())),
      over(list, guard) {
        const headers = new Headers();
        headers.#list = list;
        headers.#guard = guard;
        return headers;
      },
    };
    setOwn(null, (value) => {
      if (!isHeaders(value)) return null;
      return typeof value.#list === 'object' ? value.#list : value.#load();
    });
  }

  /** The list, made now where it is a set or still a block of bytes. */
  #load() {
    const list = this.#list;
    if (Array.isArray(list)) return list;
    return (this.#list = typeof list === 'object' ? listFrom(list) : parseBlockLower(list));
  }

  /** The list, to be changed. */
  #change() {
    if (this.#guard === 'immutable') throw new TypeError('immutable');
    this.#sorted = null;
    return this.#load();
  }

  append(name, value) {
    check(this, arguments, 2, 'append');
    name = byteString(name);
    value = byteString(value);
    const text = checkedValue(value, 'Headers.append');
    const lower = checkedName(name, 'Headers.append');
    this.#change().push(lower, text);
  }

  delete(name) {
    check(this, arguments, 1, 'delete');
    const lower = checkedName(byteString(name), 'Headers.delete');
    const list = this.#change();
    for (let i = list.length - 2; i >= 0; i -= 2) if (list[i] === lower) list.splice(i, 2);
  }

  /** @returns {string | null} all values of the name, joined */
  get(name) {
    check(this, arguments, 1, 'get');
    const lower = checkedName(byteString(name), 'Headers.get');
    const list = this.#load();
    let found = null;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === lower) found = found === null ? list[i + 1] : `${found}${separator(lower)}${list[i + 1]}`;
    }
    return found;
  }

  has(name) {
    check(this, arguments, 1, 'has');
    const lower = checkedName(byteString(name), 'Headers.has');
    return indexOf(this.#load(), lower) >= 0;
  }

  set(name, value) {
    check(this, arguments, 2, 'set');
    name = byteString(name);
    value = byteString(value);
    const text = checkedValue(value, 'Headers.set');
    const lower = checkedName(name, 'Headers.set');
    const list = this.#change();
    const at = indexOf(list, lower);
    if (at < 0) {
      list.push(lower, text);
      return;
    }
    list[at + 1] = text;
    for (let i = list.length - 2; i > at; i -= 2) if (list[i] === lower) list.splice(i, 2);
  }

  /** @returns {string[]} the Set-Cookie values, one by one */
  getSetCookie() {
    check(this, arguments, 0, 'getSetCookie');
    const list = this.#load();
    const cookies = [];
    for (let i = 0; i < list.length; i += 2) if (list[i] === 'set-cookie') cookies.push(list[i + 1]);
    return cookies;
  }

  keys() { return iteratorOf(this, 'keys'); }
  values() { return iteratorOf(this, 'values'); }
  entries() { return iteratorOf(this, 'entries'); }

  forEach(callback, thisArgument = undefined) {
    check(this, arguments, 1, 'forEach');
    if (typeof callback !== 'function') {
      throw new TypeError("Failed to execute 'forEach' on 'Headers': parameter 1 is not of type 'Function'.");
    }
    for (let i = 0; i < internals.entries(this).length; i++) {
      const [name, value] = internals.entries(this)[i];
      Reflect.apply(callback, thisArgument, [value, name, this]);
    }
  }

  [inspectCustom](depth, options, inspect) {
    check(this, arguments, 0, 'inspect');
    options.depth ??= depth;
    const shown = {};
    const list = this.#load();
    for (let i = 0; i < list.length; i += 2) {
      const name = list[i];
      shown[name] = Object.hasOwn(shown, name) ? `${shown[name]}${separator(name)}${list[i + 1]}` : list[i + 1];
    }
    return `Headers ${inspect(shown, options)}`;
  }
}
Object.defineProperty(Headers.prototype, Symbol.iterator, {
  value: Headers.prototype.entries, writable: true, configurable: true, enumerable: false,
});
Object.defineProperty(Headers.prototype, Symbol.toStringTag, { value: 'Headers', configurable: true });
for (const name of ['append', 'delete', 'get', 'has', 'set', 'getSetCookie', 'forEach', 'entries', 'keys', 'values']) {
  Object.defineProperty(Headers.prototype, name, { enumerable: true });
}

/** @throws {TypeError} no Headers, or too few arguments */
function check(headers, list, count, method) {
  if (!isHeaders(headers)) throw new TypeError('Illegal invocation');
  if (list.length < count) {
    throw new TypeError(`Headers.${method}: ${count} argument${count > 1 ? 's' : ''} required, but${list.length > 0 ? ' only' : ''} ${list.length} found.`);
  }
}

const separator = (name) => (fieldOf(name).meaning === COOKIE ? '; ' : ', ');

/** Entries as iteration shows them: sorted by name, values combined, Set-Cookie one by one. */
function sorted(list) {
  const byName = new Map();
  for (let i = 0; i < list.length; i += 2) {
    const values = byName.get(list[i]);
    if (values === undefined) byName.set(list[i], [list[i + 1]]);
    else values.push(list[i + 1]);
  }
  const out = [];
  for (const name of [...byName.keys()].sort()) {
    if (name === 'set-cookie') for (const value of byName.get(name)) out.push([name, value]);
    else out.push([name, byName.get(name).join(separator(name))]);
  }
  return out;
}

const kState = Symbol('iterator state');
const IteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
const iteratorPrototype = Object.create(IteratorPrototype, {
  next: {
    value: function next() {
      const state = this?.[kState];
      if (state === undefined) throw new TypeError("'next' called on an object that does not implement interface Headers Iterator.");
      const all = internals.entries(state.headers);
      if (state.at >= all.length) return { value: undefined, done: true };
      const [name, value] = all[state.at++];
      return { value: state.kind === 'keys' ? name : state.kind === 'values' ? value : [name, value], done: false };
    },
    writable: true, enumerable: true, configurable: true,
  },
  [Symbol.toStringTag]: { value: 'Headers Iterator', configurable: true },
});

function iteratorOf(headers, kind) {
  check(headers, [], 0, kind);
  return Object.create(iteratorPrototype, { [kState]: { value: { headers, kind, at: 0 } } });
}

/**
 * A Headers over a list (a string[] is shared, not copied) or over a block "Name: value\r\n..." as it came.
 * @param {HeaderSet | string[] | string | undefined} list
 */
function headersOver(list, guard) { return internals.over(list, guard); }

setOwn(Headers.prototype.entries, undefined);

module.exports = { Headers, headersOver, isHeaders, listOf: (headers) => internals.list(headers) };
