'use strict';
// Deep equality: util.isDeepStrictEqual, assert.deepStrictEqual and the loose assert.deepEqual.

const types = require('./types');
const { kindOf } = require('./cloneable');

const { classify, ownNonIndexKeys } = internalBinding('util');
const { propertyIsEnumerable, toString } = Object.prototype;
const NONE = [];

/** How deep it goes before it looks for cycles: most values end sooner, and remembering costs as much as comparing. */
const SHALLOW = 16;
/** Arrays up to this length are told to be dense by their keys. */
const SHORT = 32;

function ownEnumerableSymbols(value) {
  const symbols = Object.getOwnPropertySymbols(value);
  return symbols.length === 0 ? NONE : symbols.filter((key) => propertyIsEnumerable.call(value, key));
}

/** Whether a short array has all of its elements and no other property. Keys come with indices first. */
function isDense(array) {
  const { length } = array;
  const keys = Object.keys(array);
  return keys.length === length && (length === 0 || keys[length - 1] === `${length - 1}`);
}

/** Whether b has the enumerable properties that a has, as many as those. */
function hasKeys(a, keys, b, others) {
  if (keys.length !== others.length) return false;
  for (let i = 0; i < keys.length; i++) if (keys[i] !== others[i] && !propertyIsEnumerable.call(b, keys[i])) return false;
  return true;
}

function sameBytes(a, b) {
  if (a.byteLength !== b.byteLength) return false;
  const x = new Uint8Array(a.buffer ?? a, a.byteOffset ?? 0, a.byteLength);
  const y = new Uint8Array(b.buffer ?? b, b.byteOffset ?? 0, b.byteLength);
  return internalBinding('buffer').compare(x, y) === 0;
}

function sameFloats(a, b, strict) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (strict ? !Object.is(a[i], b[i]) : a[i] !== b[i] && !(a[i] !== a[i] && b[i] !== b[i])) return false;
  return true;
}

/** Keys of own enumerable properties; of arrays and typed arrays, those that are no indices. */
function ownKeys(value, skipIndices) {
  if (!skipIndices) return Object.keys(value);
  const keys = ownNonIndexKeys(value, true);
  return keys.length === 0 ? keys : keys.filter((key) => typeof key === 'string');
}

/** Of objects without properties: whether two keys are the same one. */
function sameKeys(a, b) {
  const kind = kindOf(a);
  return kind?.equal === undefined || kind.equal(a, b);
}

class Comparison {
  constructor(strict, skipPrototype) {
    this.strict = strict;
    this.skipPrototype = skipPrototype;
    this.depth = 0;
    this.pairs = null; // deep objects that are being compared: cycles
  }

  equal(a, b) {
    const { strict } = this;
    if (a === b) return a !== 0 || !strict || Object.is(a, b);
    if (strict) {
      if (typeof a !== 'object') return typeof a === 'number' && Number.isNaN(a) && Number.isNaN(b);
      if (typeof b !== 'object' || a === null || b === null) return false;
      if (!this.skipPrototype && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    } else {
      if (a === null || typeof a !== 'object') {
        // eslint-disable-next-line eqeqeq
        return (b === null || typeof b !== 'object') && (a == b || (a !== a && b !== b));
      }
      if (b === null || typeof b !== 'object') return false;
    }
    if (toString.call(a) !== toString.call(b)) return false;
    return this.objects(a, b);
  }

  objects(a, b) {
    if (Array.isArray(a)) {
      if (!Array.isArray(b) || a.length !== b.length) return false;
      if (a.length <= SHORT && isDense(a) && isDense(b)) return this.properties(a, b, NONE, 'dense', NONE);
      return this.properties(a, b, ownKeys(a, true), 'array', ownKeys(b, true));
    }
    const bits = classify(a);
    if (bits !== classify(b)) return false;
    if (bits === 0) return this.plain(a, b);
    if (types.isDate(a)) {
      if (Date.prototype.getTime.call(a) !== Date.prototype.getTime.call(b) &&
          !(Number.isNaN(Date.prototype.getTime.call(a)) && Number.isNaN(Date.prototype.getTime.call(b)))) return false;
    } else if (types.isRegExp(a)) {
      if (a.source !== b.source || a.flags !== b.flags || a.lastIndex !== b.lastIndex) return false;
    } else if (types.isNativeError(a)) {
      if (!this.errors(a, b)) return false;
    } else if (ArrayBuffer.isView(a)) {
      const isFloat = types.isFloat32Array(a) || types.isFloat64Array(a);
      if (isFloat ? !sameFloats(a, b, this.strict) : !sameBytes(a, b)) return false;
      return this.properties(a, b, ownKeys(a, true), 'none', ownKeys(b, true));
    } else if (types.isSet(a)) {
      return a.size === b.size && this.properties(a, b, Object.keys(a), 'set', Object.keys(b));
    } else if (types.isMap(a)) {
      return a.size === b.size && this.properties(a, b, Object.keys(a), 'map', Object.keys(b));
    } else if (types.isAnyArrayBuffer(a)) {
      if (!sameBytes(a, b)) return false;
    } else if (types.isBoxedPrimitive(a)) {
      if (!this.boxed(a, b)) return false;
    } else if (types.isPromise(a) || types.isWeakMap(a) || types.isWeakSet(a) || types.isExternal(a)) {
      return false;
    }
    return this.plain(a, b);
  }

  errors(a, b) {
    for (const key of ['message', 'name', 'cause', 'errors']) {
      const own = Object.hasOwn(a, key);
      if ((key === 'cause' || key === 'errors') && own !== Object.hasOwn(b, key)) return false;
      if ((own || key === 'message' || key === 'name') && !this.equal(a[key], b[key])) return false;
    }
    return true;
  }

  boxed(a, b) {
    for (const [is, Class] of [[types.isNumberObject, Number], [types.isStringObject, String], [types.isBooleanObject, Boolean],
      [types.isBigIntObject, BigInt], [types.isSymbolObject, Symbol]]) {
      if (is(a)) return is(b) && Object.is(Class.prototype.valueOf.call(a), Class.prototype.valueOf.call(b));
    }
    return false;
  }

  plain(a, b) {
    return this.properties(a, b, Object.keys(a), 'none', Object.keys(b));
  }

  properties(a, b, keys, content, others) {
    if (!hasKeys(a, keys, b, others)) return false;
    if (this.strict) {
      const symbols = ownEnumerableSymbols(a);
      const theirs = ownEnumerableSymbols(b);
      if (!hasKeys(a, symbols, b, theirs)) return false;
      if (symbols.length > 0) keys = [...keys, ...symbols];
    }
    if (keys.length === 0 && content === 'none') return sameKeys(a, b);
    const deep = this.depth >= SHALLOW;
    if (deep) {
      this.pairs ??= new Map();
      const other = this.pairs.get(a);
      if (other !== undefined) return other === b;
      this.pairs.set(a, b);
    }
    this.depth++;
    const same = this.content(a, b, content) && this.values(a, b, keys);
    this.depth--;
    if (deep) this.pairs.delete(a);
    return same;
  }

  values(a, b, keys) {
    for (let i = 0; i < keys.length; i++) if (!this.equal(a[keys[i]], b[keys[i]])) return false;
    return true;
  }

  content(a, b, content) {
    if (content === 'none') return true;
    if (content === 'dense') {
      for (let i = 0; i < a.length; i++) if (!this.equal(a[i], b[i])) return false;
      return true;
    }
    if (content === 'array') {
      for (let i = 0; i < a.length; i++) {
        const value = a[i];
        const other = b[i];
        if ((value === undefined || other === undefined) && Object.hasOwn(a, i) !== Object.hasOwn(b, i)) return false;
        if (!this.equal(value, other)) return false;
      }
      return true;
    }
    if (content === 'set') return this.sets(a, b);
    return content === 'map' ? this.maps(a, b) : true;
  }

  sets(a, b) {
    const unmatched = [];
    for (const value of a) if (!b.has(value)) unmatched.push(value);
    if (unmatched.length === 0) return true;
    const candidates = [...b].filter((value) => !a.has(value));
    return unmatched.every((value) => {
      if (this.strict && typeof value !== 'object') return false;
      const at = candidates.findIndex((other) => this.equal(value, other));
      if (at !== -1) candidates.splice(at, 1);
      return at !== -1;
    });
  }

  maps(a, b) {
    const unmatched = [];
    for (const [key, value] of a) {
      if (b.has(key)) {
        if (!this.equal(value, b.get(key))) return false;
      } else {
        unmatched.push([key, value]);
      }
    }
    if (unmatched.length === 0) return true;
    const candidates = [...b].filter(([key]) => !a.has(key));
    return unmatched.every(([key, value]) => {
      if (this.strict && typeof key !== 'object') return false;
      const at = candidates.findIndex(([otherKey, otherValue]) => this.equal(key, otherKey) && this.equal(value, otherValue));
      if (at !== -1) candidates.splice(at, 1);
      return at !== -1;
    });
  }
}

module.exports = {
  isDeepEqual: (a, b) => new Comparison(false).equal(a, b),
  isDeepStrictEqual: (a, b, skipPrototype = false) => new Comparison(true, skipPrototype).equal(a, b),
};
