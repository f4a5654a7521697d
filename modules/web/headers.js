'use strict';
// Headers (https://fetch.spec.whatwg.org/#headers-class). The list is flat [lower-case name, value, ...] in order of
// arrival; sorting and combining happen when somebody iterates. A request's list is parsed on first use.

const { fieldOf, parseBlock, COOKIE } = require('../internal/http/fields');

const kList = Symbol('headers list');
const kGuard = Symbol('headers guard');
const kLoad = Symbol('load headers');

// eslint-disable-next-line no-control-regex
const badValue = /[\0\r\n]|[^\0-\xff]/;
const outerSpace = /^[\t\n\r ]+|[\t\n\r ]+$/g;

/** @returns {string} the lower-case name */
function nameOf(name) {
  if (typeof name !== 'string') name = String(name);
  const field = fieldOf(name);
  if (!field.valid) throw new TypeError(`Header name must be a valid HTTP token ["${name}"]`);
  return field.lower;
}

function valueOf(value, name) {
  if (typeof value !== 'string') value = String(value);
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(value.length - 1);
  if (first <= 32 || last <= 32) value = value.replace(outerSpace, '');
  if (badValue.test(value)) throw new TypeError(`Header '${name}' has invalid value: '${value}'`);
  return value;
}

function indexOf(list, name) {
  for (let i = 0; i < list.length; i += 2) if (list[i] === name) return i;
  return -1;
}

/** Adds what HeadersInit allows to a flat list: another Headers, pairs, or a record. */
function fill(list, init) {
  if (init === null || (typeof init !== 'object' && typeof init !== 'function')) {
    throw new TypeError('Headers init must be a Headers, a sequence of pairs or a record');
  }
  if (init instanceof Headers) {
    list.push(...init[kLoad]());
    return;
  }
  const iterator = init[Symbol.iterator];
  if (iterator === undefined || iterator === null) {
    for (const name of Reflect.ownKeys(init)) {
      const property = Reflect.getOwnPropertyDescriptor(init, name);
      if (property === undefined || !property.enumerable) continue;
      if (typeof name === 'symbol') throw new TypeError('Header names must be strings');
      const lower = nameOf(name);
      const value = valueOf(init[name], name);
      const at = indexOf(list, lower);
      if (at < 0) list.push(lower, value);
      else list[at + 1] = `${list[at + 1]}, ${value}`;
    }
    return;
  }
  for (const pair of init) {
    if (pair === null || typeof pair !== 'object' || typeof pair[Symbol.iterator] !== 'function') {
      throw new TypeError('Headers init: each item must be a pair');
    }
    const items = [...pair];
    if (items.length !== 2) throw new TypeError('Headers init: each pair must have two items');
    list.push(nameOf(items[0]), valueOf(items[1], items[0]));
  }
}

class Headers {
  /** @param {Headers | [string, string][] | Record<string, string>} [init] */
  constructor(init = undefined) {
    this[kList] = [];
    this[kGuard] = 'none';
    if (init !== undefined) fill(this[kList], init);
  }

  /** The list, parsed now where it is still a block of bytes from the wire. */
  [kLoad]() {
    const list = this[kList];
    if (list !== null && typeof list === 'object') return list;
    const raw = parseBlock(list ?? undefined);
    for (let i = 0; i < raw.length; i += 2) raw[i] = fieldOf(raw[i]).lower;
    return (this[kList] = raw);
  }

  append(name, value) {
    need(arguments, 2, 'append');
    const lower = nameOf(name);
    const text = valueOf(value, name);
    mayChange(this);
    this[kLoad]().push(lower, text);
  }

  delete(name) {
    need(arguments, 1, 'delete');
    const lower = nameOf(name);
    mayChange(this);
    const list = this[kLoad]();
    for (let i = list.length - 2; i >= 0; i -= 2) if (list[i] === lower) list.splice(i, 2);
  }

  /** @returns {string | null} all values of the name, joined */
  get(name) {
    need(arguments, 1, 'get');
    const lower = nameOf(name);
    const list = this[kLoad]();
    let found = null;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === lower) found = found === null ? list[i + 1] : `${found}${separator(lower)}${list[i + 1]}`;
    }
    return found;
  }

  has(name) {
    need(arguments, 1, 'has');
    return indexOf(this[kLoad](), nameOf(name)) >= 0;
  }

  set(name, value) {
    need(arguments, 2, 'set');
    const lower = nameOf(name);
    const text = valueOf(value, name);
    mayChange(this);
    const list = this[kLoad]();
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
    const list = this[kLoad]();
    const cookies = [];
    for (let i = 0; i < list.length; i += 2) if (list[i] === 'set-cookie') cookies.push(list[i + 1]);
    return cookies;
  }

  forEach(callback, thisArgument) {
    if (typeof callback !== 'function') throw new TypeError('Headers.forEach: callback must be a function');
    for (const [name, value] of this) callback.call(thisArgument, value, name, this);
  }

  * entries() { for (let i = 0, all = sorted(this); i < all.length; i++, all = sorted(this)) yield all[i]; }
  * keys() { for (const entry of this.entries()) yield entry[0]; }
  * values() { for (const entry of this.entries()) yield entry[1]; }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    return `Headers ${inspect(Object.fromEntries(this), options)}`;
  }
}
Object.defineProperty(Headers.prototype, Symbol.iterator, {
  value: Headers.prototype.entries, writable: true, configurable: true, enumerable: false,
});
Object.defineProperty(Headers.prototype, Symbol.toStringTag, { value: 'Headers', configurable: true });
for (const name of ['append', 'delete', 'get', 'has', 'set', 'getSetCookie', 'forEach', 'entries', 'keys', 'values']) {
  Object.defineProperty(Headers.prototype, name, { enumerable: true });
}

const separator = (name) => (fieldOf(name).meaning === COOKIE ? '; ' : ', ');

function need(list, count, method) {
  if (list.length < count) throw new TypeError(`Headers.${method} requires at least ${count} argument${count > 1 ? 's' : ''}`);
}

function mayChange(headers) {
  if (headers[kGuard] === 'immutable') throw new TypeError('immutable');
}

/** Entries as iteration shows them: sorted by name, values combined, Set-Cookie one by one. */
function sorted(headers) {
  const list = headers[kLoad]();
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

/** A Headers over a list (shared, not copied) or over a block "Name: value\r\n..." as it came. */
function headersOver(list, guard) {
  const headers = new Headers();
  headers[kList] = list;
  headers[kGuard] = guard;
  return headers;
}

module.exports = { Headers, headersOver, fill, listOf: (headers) => headers[kLoad](), nameOf, valueOf, indexOf };
