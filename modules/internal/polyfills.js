'use strict';
// What Node 22's engine has of ECMAScript and V8 10.2 lacks. Nothing that exists is replaced, and every function is
// non-enumerable with the name and length of the real one, so on a newer engine this file does nothing.

/** Names of the engine's own globals, before ours are added. */
const engineGlobals = Object.getOwnPropertyNames(globalThis);

/** Adds methods (functions by name, or [symbol, function]) that `target` lacks. */
function add(target, methods) {
  for (const key of Reflect.ownKeys(methods)) {
    if (key in target) continue;
    Object.defineProperty(target, key, { value: methods[key], writable: true, enumerable: false, configurable: true });
  }
}
function addGetter(target, name, get) {
  if (!(name in target)) Object.defineProperty(target, name, { get, enumerable: false, configurable: true });
}

for (const name of ['dispose', 'asyncDispose']) {
  if (Symbol[name] === undefined) Object.defineProperty(Symbol, name, { value: Symbol(`Symbol.${name}`) });
}

// ---- arrays -----------------------------------------------------------------------------------------------------------
const integer = (value) => Math.trunc(+value) || 0;
const lengthOf = (object) => Math.min(Math.max(integer(object.length), 0), Number.MAX_SAFE_INTEGER);
function copyOf(object) {
  const length = lengthOf(object);
  if (length > 2 ** 32 - 1) throw new RangeError('Invalid array length');
  const out = new Array(length);
  for (let i = 0; i < length; i++) out[i] = object[i];
  return out;
}
function checkComparator(compare) {
  if (compare !== undefined && typeof compare !== 'function') {
    throw new TypeError('The comparison function must be either a function or undefined');
  }
}

add(Array.prototype, {
  toReversed() { return copyOf(Object(this)).reverse(); },
  toSorted(compare) {
    checkComparator(compare);
    return copyOf(Object(this)).sort(compare);
  },
  toSpliced(start, deleteCount, ...items) {
    const out = copyOf(Object(this));
    if (arguments.length === 0) return out;
    if (arguments.length === 1) out.splice(start);
    else out.splice(start, deleteCount, ...items);
    return out;
  },
  with(index, value) {
    const object = Object(this);
    const length = lengthOf(object);
    let at = integer(index);
    if (at < 0) at += length;
    if (at < 0 || at >= length) throw new RangeError('Invalid index : ' + index);
    const out = copyOf(object);
    out[at] = value;
    return out;
  },
});
Object.defineProperty(Array.prototype.toSpliced, 'length', { value: 2, configurable: true });

const TypedArray = Object.getPrototypeOf(Uint8Array);
const typedLength = Object.getOwnPropertyDescriptor(TypedArray.prototype, 'length').get;
const typedName = Object.getOwnPropertyDescriptor(TypedArray.prototype, Symbol.toStringTag).get;
const ownCopy = (array) => {
  Reflect.apply(typedLength, array, []); // throws for what is no typed array
  return new globalThis[Reflect.apply(typedName, array, [])](array);
};
add(TypedArray.prototype, {
  toReversed() { return ownCopy(this).reverse(); },
  toSorted(compare) {
    checkComparator(compare);
    return ownCopy(this).sort(compare);
  },
  with(index, value) {
    const length = Reflect.apply(typedLength, this, []);
    let at = integer(index);
    if (at < 0) at += length;
    const converted = typeof this[0] === 'bigint' ? BigInt(value) : +value;
    if (at < 0 || at >= length) throw new RangeError('Invalid typed array index');
    const out = ownCopy(this);
    out[at] = converted;
    return out;
  },
});

add(Array, {
  async fromAsync(items, mapper = undefined, thisArg = undefined) {
    if (mapper !== undefined && typeof mapper !== 'function') throw new TypeError(`${String(mapper)} is not a function`);
    const isConstructor = typeof this === 'function' && this.prototype !== undefined;
    const asyncMethod = items[Symbol.asyncIterator];
    const iterable = asyncMethod ?? items[Symbol.iterator];
    const out = isConstructor ? (iterable ? new this() : new this(lengthOf(items))) : [];
    let i = 0;
    const put = async (value) => {
      if (mapper !== undefined) value = await Reflect.apply(mapper, thisArg, [value, i]);
      Object.defineProperty(out, i, { value, writable: true, enumerable: true, configurable: true });
      i++;
    };
    if (iterable) for await (const value of items) await put(value);
    else for (const length = lengthOf(items); i < length;) await put(await items[i]);
    out.length = i;
    return out;
  },
});
Object.defineProperty(Array.fromAsync, 'length', { value: 1, configurable: true });

// ---- grouping, promises, strings --------------------------------------------------------------------------------------
add(Object, {
  groupBy(items, callback) {
    if (typeof callback !== 'function') throw new TypeError(`${String(callback)} is not a function`);
    const out = { __proto__: null };
    let i = 0;
    for (const item of items) {
      const key = callback(item, i++);
      const name = typeof key === 'symbol' ? key : `${key}`;
      if (name in out) out[name].push(item);
      else out[name] = [item];
    }
    return out;
  },
});
add(Map, {
  groupBy(items, callback) {
    if (typeof callback !== 'function') throw new TypeError(`${String(callback)} is not a function`);
    const out = new Map();
    let i = 0;
    for (const item of items) {
      const key = callback(item, i++);
      const group = out.get(key);
      if (group === undefined) out.set(key, [item]);
      else group.push(item);
    }
    return out;
  },
});
add(Promise, {
  withResolvers() {
    let resolve;
    let reject;
    const promise = new this((a, b) => {
      resolve = a;
      reject = b;
    });
    return { promise, resolve, reject };
  },
});
const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
add(String.prototype, {
  isWellFormed() {
    if (this === null || this === undefined) throw new TypeError('String.prototype.isWellFormed called on null or undefined');
    return !lone.test(`${this}`);
  },
  toWellFormed() {
    if (this === null || this === undefined) throw new TypeError('String.prototype.toWellFormed called on null or undefined');
    const text = `${this}`;
    return lone.test(text) ? text.replace(new RegExp(lone, 'g'), '\ufffd') : text;
  },
});

// ---- sets -------------------------------------------------------------------------------------------------------------
const sizeOf = Object.getOwnPropertyDescriptor(Set.prototype, 'size').get;

/** The other operand's record: anything with size, has() and keys(). */
function setRecord(set, other) {
  Reflect.apply(sizeOf, set, []);
  if (other === null || typeof other !== 'object' && typeof other !== 'function') throw new TypeError(`${String(other)} is not an object`);
  const size = +other.size;
  if (Number.isNaN(size)) throw new TypeError("The 'size' property must be a number");
  const count = Math.trunc(size);
  if (count < 0) throw new RangeError(`'${count}' is an invalid size`);
  const { has, keys } = other;
  if (typeof has !== 'function') throw new TypeError("The 'has' property must be a function");
  if (typeof keys !== 'function') throw new TypeError("The 'keys' property must be a function");
  return {
    size: count,
    has: (value) => Boolean(Reflect.apply(has, other, [value])),
    * keys() {
      const iterator = Reflect.apply(keys, other, []);
      const { next } = iterator;
      let finished = false;
      try {
        for (;;) {
          const result = Reflect.apply(next, iterator, []);
          if (result.done) {
            finished = true;
            return;
          }
          yield result.value;
        }
      } finally {
        if (!finished) iterator.return?.();
      }
    },
  };
}

add(Set.prototype, {
  union(other) {
    const record = setRecord(this, other);
    const out = new Set(this);
    for (const value of record.keys()) out.add(value);
    return out;
  },
  intersection(other) {
    const record = setRecord(this, other);
    const out = new Set();
    if (this.size <= record.size) {
      for (const value of this) if (record.has(value)) out.add(value);
    } else {
      for (const value of record.keys()) if (this.has(value)) out.add(value);
    }
    return out;
  },
  difference(other) {
    const record = setRecord(this, other);
    const out = new Set(this);
    if (this.size <= record.size) {
      for (const value of this) if (record.has(value)) out.delete(value);
    } else {
      for (const value of record.keys()) out.delete(value);
    }
    return out;
  },
  symmetricDifference(other) {
    const record = setRecord(this, other);
    const out = new Set(this);
    for (const value of record.keys()) {
      if (this.has(value)) out.delete(value);
      else out.add(value);
    }
    return out;
  },
  isSubsetOf(other) {
    const record = setRecord(this, other);
    if (this.size > record.size) return false;
    for (const value of this) if (!record.has(value)) return false;
    return true;
  },
  isSupersetOf(other) {
    const record = setRecord(this, other);
    if (this.size < record.size) return false;
    for (const value of record.keys()) if (!this.has(value)) return false;
    return true;
  },
  isDisjointFrom(other) {
    const record = setRecord(this, other);
    if (this.size <= record.size) {
      for (const value of this) if (record.has(value)) return false;
    } else {
      for (const value of record.keys()) if (this.has(value)) return false;
    }
    return true;
  },
});

// ---- iterator helpers -------------------------------------------------------------------------------------------------
if (globalThis.Iterator === undefined) {
  const IteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  const Iterator = { Iterator: function Iterator_() {
    if (new.target === undefined || new.target === Iterator) throw new TypeError('Abstract class Iterator not directly constructable');
  } }.Iterator;
  Object.defineProperty(Iterator, 'name', { value: 'Iterator', configurable: true });
  Object.defineProperty(Iterator, 'prototype', { value: IteratorPrototype, writable: false });
  // Accessors, as ECMAScript has it: assigning through an object that inherits them defines an own property.
  const accessor = (key, value) => Object.defineProperty(IteratorPrototype, key, {
    get() { return value; },
    set(own) {
      if (this === IteratorPrototype) throw new TypeError(`Cannot assign to ${String(key)}`);
      Object.defineProperty(this, key, { value: own, writable: true, enumerable: true, configurable: true });
    },
    enumerable: false,
    configurable: true,
  });
  accessor('constructor', Iterator);
  if (!(Symbol.toStringTag in IteratorPrototype)) accessor(Symbol.toStringTag, 'Iterator');
  Object.defineProperty(globalThis, 'Iterator', { value: Iterator, writable: true, enumerable: false, configurable: true });
  const direct = (object) => {
    if (object === null || typeof object !== 'object' && typeof object !== 'function') throw new TypeError('Iterator helper called on non-object');
    return { iterator: object, next: object.next };
  };
  const step = ({ iterator, next }) => {
    const result = Reflect.apply(next, iterator, []);
    if (result === null || typeof result !== 'object') throw new TypeError(`Iterator result ${String(result)} is not an object`);
    return result;
  };
  const checkFunction = (fn) => { if (typeof fn !== 'function') throw new TypeError(`${String(fn)} is not a function`); };
  const checkLimit = (limit) => {
    const number = +limit;
    if (Number.isNaN(number)) throw new RangeError(`${String(limit)} must be positive`);
    const count = Math.trunc(number);
    if (count < 0) throw new RangeError(`${String(limit)} must be positive`);
    return count;
  };
  const helperPrototype = Object.create(IteratorPrototype, { [Symbol.toStringTag]: { value: 'Iterator Helper', configurable: true } });
  const bodies = new WeakMap();
  add(helperPrototype, {
    next() { return bodies.get(this).generator.next(); },
    return() {
      const body = bodies.get(this);
      if (!body.started) body.record.iterator.return?.();
      return body.generator.return();
    },
  });
  /** An iterator over what `generate` yields; ending it early ends the underlying one. */
  const helper = (record, generate) => {
    const out = Object.create(helperPrototype);
    const body = { record, started: false, generator: null };
    body.generator = (function* () {
      body.started = true;
      let over = false;
      try {
        yield* generate(() => {
          const result = step(record);
          if (result.done) over = true;
          return result;
        });
      } finally {
        if (!over) record.iterator.return?.();
      }
    })();
    bodies.set(out, body);
    return out;
  };
  const openIterator = (value, rejectStrings) => {
    if (rejectStrings && typeof value === 'string') throw new TypeError('Iterator.prototype.flatMap: strings are not flattened');
    const method = value[Symbol.iterator];
    return direct(method === undefined || method === null ? value : Reflect.apply(method, value, []));
  };

  add(IteratorPrototype, {
    map(mapper) {
      checkFunction(mapper);
      return helper(direct(this), function* (next) {
        let i = 0;
        for (let result = next(); !result.done; result = next()) yield mapper(result.value, i++);
      });
    },
    filter(predicate) {
      checkFunction(predicate);
      return helper(direct(this), function* (next) {
        let i = 0;
        for (let result = next(); !result.done; result = next()) if (predicate(result.value, i++)) yield result.value;
      });
    },
    take(limit) {
      const record = direct(this);
      let left = checkLimit(limit);
      return helper(record, function* (next) {
        while (left-- > 0) {
          const result = next();
          if (result.done) return;
          yield result.value;
        }
      });
    },
    drop(limit) {
      const record = direct(this);
      let left = checkLimit(limit);
      return helper(record, function* (next) {
        for (let result = next(); !result.done; result = next()) {
          if (left > 0) left--;
          else yield result.value;
        }
      });
    },
    flatMap(mapper) {
      checkFunction(mapper);
      return helper(direct(this), function* (next) {
        let i = 0;
        for (let result = next(); !result.done; result = next()) {
          const inner = openIterator(mapper(result.value, i++), true);
          let over = false;
          try {
            for (let one = step(inner); !one.done; one = step(inner)) yield one.value;
            over = true;
          } finally {
            if (!over) inner.iterator.return?.();
          }
        }
      });
    },
    reduce(reducer, ...initial) {
      checkFunction(reducer);
      const record = direct(this);
      let i = 0;
      let value;
      if (initial.length > 0) {
        [value] = initial;
      } else {
        const first = step(record);
        if (first.done) throw new TypeError('Reduce of a done iterator with no initial value');
        value = first.value;
        i = 1;
      }
      each(record, (item) => {
        value = reducer(value, item, i++);
        return false;
      });
      return value;
    },
    toArray() {
      const out = [];
      each(direct(this), (item) => {
        out.push(item);
        return false;
      });
      return out;
    },
    forEach(callback) {
      checkFunction(callback);
      let i = 0;
      each(direct(this), (item) => {
        callback(item, i++);
        return false;
      });
    },
    some(predicate) {
      checkFunction(predicate);
      let i = 0;
      return each(direct(this), (item) => Boolean(predicate(item, i++)));
    },
    every(predicate) {
      checkFunction(predicate);
      let i = 0;
      return !each(direct(this), (item) => !predicate(item, i++));
    },
    find(predicate) {
      checkFunction(predicate);
      let i = 0;
      let found;
      each(direct(this), (item) => {
        if (!predicate(item, i++)) return false;
        found = item;
        return true;
      });
      return found;
    },
  });
  Object.defineProperty(IteratorPrototype.reduce, 'length', { value: 1, configurable: true });

  /** Visits items until `visit` says true; closes the iterator then, and where visit throws. @returns {boolean} */
  function each(record, visit) {
    for (;;) {
      const result = step(record);
      if (result.done) return false;
      let stop;
      try {
        stop = visit(result.value);
      } catch (error) {
        try {
          record.iterator.return?.();
        } catch { /* the first error counts */ }
        throw error;
      }
      if (stop) {
        record.iterator.return?.();
        return true;
      }
    }
  }

  const wrapPrototype = Object.create(IteratorPrototype);
  const wrapped = new WeakMap();
  add(wrapPrototype, {
    next() { return Reflect.apply(wrapped.get(this).next, wrapped.get(this).iterator, []); },
    return() {
      const { iterator } = wrapped.get(this);
      return iterator.return === undefined ? { value: undefined, done: true } : iterator.return();
    },
  });
  add(Iterator, {
    from(value) {
      if (typeof value !== 'string' && (value === null || typeof value !== 'object' && typeof value !== 'function')) {
        throw new TypeError(`${String(value)} is not an object`);
      }
      const record = openIterator(value, false);
      if (IteratorPrototype.isPrototypeOf(record.iterator)) return record.iterator;
      const out = Object.create(wrapPrototype);
      wrapped.set(out, record);
      return out;
    },
  });
}

// ---- array buffers ----------------------------------------------------------------------------------------------------
const binding = internalBinding('util');
function transfer(buffer, newLength) {
  if (Object.prototype.toString.call(buffer) !== '[object ArrayBuffer]') throw new TypeError('Receiver is not an ArrayBuffer');
  const length = newLength === undefined ? buffer.byteLength : integer(newLength);
  if (binding.isDetached(buffer)) throw new TypeError('Cannot perform ArrayBuffer.prototype.transfer on a detached ArrayBuffer');
  const out = length <= buffer.byteLength ? buffer.slice(0, length) : new ArrayBuffer(length);
  if (length > buffer.byteLength) new Uint8Array(out).set(new Uint8Array(buffer));
  binding.detach(buffer);
  return out;
}
add(ArrayBuffer.prototype, {
  transfer(newLength = undefined) { return transfer(this, newLength); },
  transferToFixedLength(newLength = undefined) { return transfer(this, newLength); },
});
addGetter(ArrayBuffer.prototype, 'detached', function detached() { return binding.isDetached(this); });
addGetter(ArrayBuffer.prototype, 'resizable', function resizable() { return false; });
addGetter(ArrayBuffer.prototype, 'maxByteLength', function maxByteLength() { return this.byteLength; });

module.exports = { engineGlobals };
