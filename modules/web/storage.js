'use strict';
// Web Storage (HTML standard, section 12.2; Node documentation: localStorage, sessionStorage): globals only with
// --experimental-webstorage, as in Node 24. Both are tables of SQLite, one in the file of --localstorage-file, opened when
// an item is first looked at, the other in memory. Keys and values are kept as UTF-16, lone surrogates included, in the
// table that Node keeps them in, so that a file may go from one to the other. Several processes may share the file.
const settings = require('../internal/cli_settings');
const { warnExperimental } = require('../internal/experimental');
const { codes } = require('../internal/errors');
const { DOMException } = require('./dom_exception');

/** Bytes of keys and values that one storage holds, two for each unit of a string. */
const QUOTA = 10 * 1024 * 1024;

const encode = (text) => Buffer.from(text, 'utf16le');
const decode = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf16le');

/** The items behind a Storage. */
class Items {
  #file;
  #statements;

  /** @param {string} file or ':memory:' */
  constructor(file) {
    this.#file = file;
  }

  #get(name) {
    this.#statements ??= prepare(this.#file);
    return this.#statements[name];
  }

  count() {
    return this.#get('count').get().count;
  }

  keys() {
    return this.#get('keys').all().map(({ key }) => decode(key));
  }

  /** @returns {string | undefined} */
  value(key) {
    const row = this.#get('value').get(encode(key));
    return row === undefined ? undefined : decode(row.value);
  }

  set(key, value) {
    const name = encode(key);
    const bytes = encode(value);
    const { others } = this.#get('others').get(name);
    if (others + name.length + bytes.length > QUOTA) {
      throw new DOMException('Setting the value exceeded the quota', 'QuotaExceededError');
    }
    this.#get('set').run(name, bytes);
  }

  remove(key) {
    this.#get('remove').run(encode(key));
  }

  clear() {
    this.#get('clear').run();
  }
}

function prepare(file) {
  const { DatabaseSync } = require('../internal/sqlite/database');
  const database = new DatabaseSync(file, { timeout: 3000 });
  database.exec('CREATE TABLE IF NOT EXISTS nodejs_webstorage (key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT');
  const texts = {
    count: 'SELECT count(*) AS count FROM nodejs_webstorage',
    keys: 'SELECT key FROM nodejs_webstorage',
    value: 'SELECT value FROM nodejs_webstorage WHERE key = ?',
    others: 'SELECT total(length(key) + length(value)) AS others FROM nodejs_webstorage WHERE key <> ?',
    set: 'INSERT INTO nodejs_webstorage VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    remove: 'DELETE FROM nodejs_webstorage WHERE key = ?',
    clear: 'DELETE FROM nodejs_webstorage',
  };
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, database.prepare(text)]));
}

/** @type {WeakMap<object, Items>} by the proxies that programs have */
const stores = new WeakMap();
const kCreate = Symbol('create');

function itemsOf(storage, name, given, wanted) {
  const items = stores.get(storage);
  if (items === undefined) throw new TypeError('Illegal invocation');
  if (given < wanted) {
    const message = `Failed to execute '${name}' on 'Storage': ${wanted} argument${wanted > 1 ? 's' : ''} required`;
    throw Object.assign(new TypeError(message), { code: 'ERR_MISSING_ARGS' });
  }
  return items;
}

/** HTML standard: interface Storage. */
class Storage {
  constructor(key) {
    if (key !== kCreate) throw Object.assign(new Error('Illegal constructor'), { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
  }

  /** How many items there are. @returns {number} */
  get length() { return itemsOf(this, 'length', 0, 0).count(); }

  clear() { itemsOf(this, 'clear', 0, 0).clear(); }

  /** @param {string} name @returns {string | null} */
  getItem(name) { return itemsOf(this, 'getItem', arguments.length, 1).value(`${name}`) ?? null; }

  /** The name of one item. @param {number} index @returns {string | null} */
  key(index) { return itemsOf(this, 'key', arguments.length, 1).keys()[index >>> 0] ?? null; }

  /** @param {string} name */
  removeItem(name) { itemsOf(this, 'removeItem', arguments.length, 1).remove(`${name}`); }

  /** @param {string} name @param {string} value @throws {DOMException} QuotaExceededError beyond 10 MiB */
  setItem(name, value) { itemsOf(this, 'setItem', arguments.length, 2).set(`${name}`, `${value}`); }

  // util.inspect looks behind a proxy: it is told of the items here.
  [Symbol.for('nodejs.util.inspect.custom')]() {
    class View {}
    Object.defineProperty(View, 'name', { value: 'Storage' });
    return Object.assign(new View(), stores.has(this) ? { ...this } : {});
  }
}
for (const name of ['length', 'clear', 'getItem', 'key', 'removeItem', 'setItem']) {
  Object.defineProperty(Storage.prototype, name, { enumerable: true });
}

/** The items as properties; a name of the interface itself stays what it is. */
const traps = {
  get: (target, name, proxy) =>
    (typeof name === 'symbol' || name in target ? Reflect.get(target, name, proxy) : stores.get(target).value(name)),
  has: (target, name) => name in target || (typeof name !== 'symbol' && stores.get(target).value(name) !== undefined),
  set(target, name, value) {
    if (typeof name === 'symbol') return Reflect.set(target, name, value);
    stores.get(target).set(name, `${value}`);
    return true;
  },
  deleteProperty(target, name) {
    if (typeof name === 'symbol') return Reflect.deleteProperty(target, name);
    stores.get(target).remove(name);
    return true;
  },
  ownKeys: (target) => [...stores.get(target).keys(), ...Reflect.ownKeys(target)],
  getOwnPropertyDescriptor(target, name) {
    if (typeof name === 'symbol' || name in target) return Reflect.getOwnPropertyDescriptor(target, name);
    const value = stores.get(target).value(name);
    return value === undefined ? undefined : { value, writable: true, enumerable: true, configurable: true };
  },
  defineProperty(target, name, descriptor) {
    if (typeof name === 'symbol') return Reflect.defineProperty(target, name, descriptor);
    stores.get(target).set(name, `${descriptor.value}`);
    return true;
  },
};

function create(file) {
  const items = new Items(file);
  const target = new Storage(kCreate);
  const proxy = new Proxy(target, traps);
  stores.set(target, items);
  stores.set(proxy, items);
  return proxy;
}

const made = {};
/** What the globals give, by name. */
const values = {
  Storage: () => Storage,
  sessionStorage: () => { made.session ??= create(':memory:'); return made.session; },
  localStorage() {
    const file = settings.get('--localstorage-file') ?? '';
    if (file === '') throw new codes.ERR_INVALID_ARG_VALUE('--localstorage-file', file, 'is an invalid localStorage location');
    made.local ??= create(file);
    return made.local;
  },
};

/** The value of one of the globals, with the warning that its first use brings. @param {string} name */
function global(name) {
  warnExperimental('Web Storage');
  return values[name]();
}

module.exports = { global };
