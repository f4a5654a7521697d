'use strict';
// What HeadersInit becomes: a flat list [lower-case name, value, ...] in order of arrival, or a HeaderSet.
//
// Apps answer with few different sets of headers, and write them as object literals. A HeaderSet is one such set, checked
// once, with its block for the wire; sets form a tree (each is its parent and one more field), and reading an object
// walks down from the root: one comparison per field where the object is the last one's like, else two look-ups. Values
// that keep changing are not kept: from there on the list is an ordinary one. Sets are never changed: whoever wants to
// change headers takes a copy of the list.
//
// Only objects whose reading nobody can observe otherwise are read with for-in: no Proxy, no symbol keys, Object's own
// prototype or none. Conversion goes by Web IDL's record<ByteString, ByteString>: all keys and values are converted
// before the first is checked.

const {
  fieldOf, lineOf, isWireValue, CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING, KEEP_ALIVE, PLAIN,
} = require('../internal/http/fields');
const { flags: { NO_DATE, CLOSE } } = require('../internal/http/engine');

const { isProxy } = internalBinding('util');

// eslint-disable-next-line no-control-regex
const badValue = /[\0\r\n]/;
// eslint-disable-next-line no-control-regex
const beyondBytes = /[^\0-\xff]/;
const outerSpace = /^[\t\n\r ]+|[\t\n\r ]+$/g;

/** Web IDL's ByteString. @throws {TypeError} a symbol, or a character above 255 */
function byteString(value) {
  const text = typeof value === 'string' ? value : `${value}`;
  if (beyondBytes.test(text)) {
    const at = text.search(beyondBytes);
    throw new TypeError(`Cannot convert argument to a ByteString because the character at index ${at} has a value of ${text.charCodeAt(at)} which is greater than 255.`);
  }
  return text;
}

/** @param {string} name a ByteString @returns {string} the lower-case name */
function checkedName(name, where) {
  const field = fieldOf(name);
  if (!field.valid) throw new TypeError(`${where}: "${name}" is an invalid header name.`);
  return field.lower;
}

/** A ByteString without white space around it. */
function normalised(value) {
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(value.length - 1);
  return first <= 32 || last <= 32 ? value.replace(outerSpace, '') : value;
}

/** @param {string} value a ByteString @returns {string} normalised */
function checkedValue(value, where) {
  const text = normalised(value);
  if (badValue.test(text)) throw new TypeError(`${where}: "${text}" is an invalid header value.`);
  return text;
}

/* ---- what the wire needs ------------------------------------------------------------------------------------------ */

/** A response's header block, and what of it the engine has to know. `length`: Content-Length, or -1. */
class Head {
  constructor(block, flags, length) {
    this.block = block;
    this.flags = flags;
    this.length = length;
  }

  /** Adds a field. @throws ERR_INVALID_CHAR a control character in the value */
  add(name, value) {
    const field = fieldOf(name);
    switch (field.meaning) {
      case PLAIN: break;
      case CONTENT_LENGTH:
        if (/^\d+$/.test(value)) this.length = Number(value);
        return;
      case TRANSFER_ENCODING:
      case KEEP_ALIVE:
        return;
      case CONNECTION:
        if (/close/i.test(value)) this.flags |= CLOSE;
        return;
      case DATE:
        this.flags |= NO_DATE;
        break;
      default:
    }
    this.block += lineOf(field, value);
  }
}

/* ---- the tree of sets --------------------------------------------------------------------------------------------- */

const CHILDREN_LIMIT = 64; // values of one field at one place
const SETS_LIMIT = 1024;
const VALUE_LIMIT = 256;

class HeaderSet extends Head {
  constructor(parent) {
    super(parent === null ? '' : parent.block, parent === null ? 0 : parent.flags, parent === null ? -1 : parent.length);
    this.list = parent === null ? [] : parent.list.slice();
    this.hasType = parent !== null && parent.hasType;
    this.lastName = '';
    this.lastValue = '';
    this.last = null;
    this.children = null; // Map of names, of Maps of values
    this.count = 0;
  }
}

let root = new HeaderSet(null);
let sets = 0;

/** `set` with one more field, both as an app gave them. @returns {HeaderSet|null} null: not one to keep, or not valid */
function next(set, name, value) {
  const { children } = set;
  const known = children?.get(name)?.get(value);
  if (known !== undefined) {
    set.lastName = name;
    set.lastValue = value;
    return (set.last = known);
  }
  if (set.count >= CHILDREN_LIMIT || value.length > VALUE_LIMIT || name.length > VALUE_LIMIT) return null;
  const field = fieldOf(name);
  const text = normalised(value);
  if (!field.valid || !isWireValue(text)) return null;
  if (++sets > SETS_LIMIT) {
    sets = 0;
    root = new HeaderSet(null);
    return null;
  }
  const made = new HeaderSet(set);
  made.list.push(field.lower, text);
  made.add(field.lower, text);
  made.block = Buffer.from(made.block, 'latin1').latin1Slice(); // flat: C reads it with each answer
  if (field.lower === 'content-type') made.hasType = true;
  set.children ??= new Map();
  const values = set.children.get(name);
  if (values === undefined) set.children.set(name, new Map([[value, made]]));
  else values.set(value, made);
  set.count++;
  return made;
}

const EMPTY = {};
/** Whether nobody has given Object.prototype enumerable properties. */
function prototypeIsClean() {
  // eslint-disable-next-line no-unused-vars, no-unreachable-loop
  for (const name in EMPTY) return false;
  return true;
}

/** Adds converted pairs from `from` on to a list, checking them. */
function addChecked(list, raw) {
  for (let i = 0; i < raw.length; i += 2) list.push(checkedName(raw[i], 'Headers.append'), checkedValue(raw[i + 1], 'Headers.append'));
  return list;
}

function readPlain(init) {
  let set = root;
  let raw = null;
  for (const name in init) {
    if (name !== set.lastName) byteString(name); // a key is converted before its value is got
    const value = init[name];
    if (raw === null) {
      if (typeof value === 'string') {
        const found = set.last !== null && name === set.lastName && value === set.lastValue ? set.last : next(set, name, value);
        if (found !== null) {
          set = found;
          continue;
        }
      }
      raw = [];
    }
    raw.push(name, byteString(value));
  }
  return raw === null ? set : addChecked(set.list.slice(), raw);
}

function readRecord(init) {
  const raw = [];
  for (const name of Reflect.ownKeys(init)) {
    const property = Reflect.getOwnPropertyDescriptor(init, name);
    if (property === undefined || !property.enumerable) continue;
    const key = byteString(name);
    raw.push(key, byteString(init[name]));
  }
  return addChecked([], raw);
}

function readSequence(init, iterate, where) {
  if (typeof iterate !== 'function') throw new TypeError(`${where}: init is not iterable`);
  const raw = [];
  for (const pair of { [Symbol.iterator]: () => Reflect.apply(iterate, init, []) }) {
    if (pair === null || (typeof pair !== 'object' && typeof pair !== 'function') || typeof pair[Symbol.iterator] !== 'function') {
      throw new TypeError(`${where}: each item of init must be a pair of name and value`);
    }
    const items = Array.from(pair, byteString);
    if (items.length !== 2) throw new TypeError(`${where}: expected name/value pair to be length 2, found ${items.length}`);
    raw.push(items[0], items[1]);
  }
  return addChecked([], raw);
}

let own = { iterate: null, list: null }; // of Headers: its own iterator function, and the list of one (null: it is none)

/**
 * Reads a HeadersInit.
 * @param {Headers | [string, string][] | Record<string, string>} init
 * @param {string} where the caller's name, for errors
 * @returns {HeaderSet | string[]} a list is the caller's own; a set is shared
 */
function readHeaders(init, where) {
  if (init === null || (typeof init !== 'object' && typeof init !== 'function')) {
    throw new TypeError(`${where}: init must be a Headers, a sequence of pairs or a record`);
  }
  const iterate = init[Symbol.iterator];
  if (iterate === undefined || iterate === null) {
    if (!isProxy(init) && Object.getOwnPropertySymbols(init).length === 0) {
      const prototype = Object.getPrototypeOf(init);
      if ((prototype === Object.prototype && prototypeIsClean()) || prototype === null) return readPlain(init);
    }
    return readRecord(init);
  }
  if (iterate === own.iterate) {
    const list = own.list(init);
    if (list !== null) return list instanceof HeaderSet ? list : list.slice();
  }
  return readSequence(init, iterate, where);
}

/** A list of one's own. @param {HeaderSet | string[]} list */
const listFrom = (list) => (list instanceof HeaderSet ? list.list.slice() : list);

/** `list` with a Content-Type, unless it has one. @returns {HeaderSet | string[]} */
function withType(list, type) {
  if (list instanceof HeaderSet) {
    if (list.hasType) return list;
    const set = list.lastName === 'content-type' && list.lastValue === type ? list.last : next(list, 'content-type', type);
    if (set !== null) return set;
    list = list.list.slice();
  }
  for (let i = 0; i < list.length; i += 2) if (list[i] === 'content-type') return list;
  list.push('content-type', type);
  return list;
}

/** The head that a list makes. @throws ERR_INVALID_CHAR */
function headOf(list) {
  if (list instanceof HeaderSet) return list;
  const head = new Head('', 0, -1);
  for (let i = 0; i < list.length; i += 2) head.add(list[i], list[i + 1]);
  return head;
}

module.exports = {
  byteString, checkedName, checkedValue, readHeaders, listFrom, withType, headOf,
  emptySet: () => root,
  setOwn(iterate, list) { own = { iterate, list: list ?? own.list }; },
};
