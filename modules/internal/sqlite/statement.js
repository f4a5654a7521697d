'use strict';
// StatementSync and its iterator, and SQLTagStore, which keeps statements by their text (node:sqlite).
const binding = internalBinding('sqlite');
const { refusal, typeError, checkBoolean, checkOptions, option, invalidState, illegalConstructor } = require('./checks');

const kCreate = Symbol('create');

/** The defaults that a connection gives its statements, and prepare's options. */
const settings = {
  readBigInts: false, returnArrays: false, allowBareNamedParameters: true, allowUnknownNamedParameters: false,
};

/** @returns {typeof settings} */
function readSettings(options, inherited = settings) {
  const read = {};
  for (const name of Object.keys(settings)) read[name] = option(options, name, checkBoolean, inherited[name]);
  return read;
}

const isNamed = (value) => value !== null && (typeof value === 'object' || typeof value === 'function') &&
  !ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer) && !(value instanceof SharedArrayBuffer);

/** A row of values as an object without prototype. */
function toObject(names, values) {
  const row = { __proto__: null };
  for (let i = 0; i < names.length; i++) row[names[i]] = values[i];
  return row;
}

/** Node documentation: class StatementSync. */
class StatementSync {
  #native;
  #settings;
  /** [name or null of each parameter]; '?NNN' counts as none */
  #parameters;
  #bare;
  /** Counts what began the statement anew: an iterator of before is none any more. */
  #runs = 0;

  constructor(token, native, options) {
    if (token !== kCreate) throw illegalConstructor();
    this.#native = native;
    this.#settings = options;
    const getter = (get) => ({ get, enumerable: true, configurable: true });
    Object.defineProperties(this, {
      sourceSQL: getter(() => binding.sql(this.#native, false)),
      expandedSQL: getter(() => binding.sql(this.#native, true)),
    });
  }

  #names() {
    this.#parameters ??= binding.parameters(this.#native).map((name) => (name?.startsWith('?') ? null : name));
    return this.#parameters;
  }

  #bareIndex(key) {
    if (this.#bare === undefined) {
      this.#bare = new Map();
      this.#names().forEach((name, i) => {
        if (name === null) return;
        const bare = name.slice(1);
        if (this.#bare.has(bare)) {
          const other = this.#names()[this.#bare.get(bare) - 1];
          this.#bare = undefined;
          throw invalidState(`Cannot create bare named parameter '${bare}' because of conflicting names '${other}' and '${name}'.`);
        }
        this.#bare.set(bare, i + 1);
      });
    }
    return this.#bare.get(key) ?? 0;
  }

  /** Begins anew with the values of a call. */
  #bind(values) {
    const flat = [];
    let first = 0;
    if (values.length > 0) {
      const names = this.#names();
      if (isNamed(values[0])) {
        first = 1;
        const { allowBareNamedParameters, allowUnknownNamedParameters } = this.#settings;
        for (const key of Object.keys(values[0])) {
          let index = names.indexOf(key) + 1;
          if (index === 0 && allowBareNamedParameters) index = this.#bareIndex(key);
          if (index > 0) flat.push(index, values[0][key]);
          else if (!allowUnknownNamedParameters) throw invalidState(`Unknown named parameter '${key}'`);
        }
      }
      for (let i = first, index = 1; i < values.length; i++, index++) {
        while (index <= names.length && names[index - 1] !== null) index++;
        flat.push(index, values[i]);
      }
    }
    this.#runs++;
    binding.bind(this.#native, flat);
  }

  #row(values, names) {
    return this.#settings.returnArrays ? values : toObject(names ?? binding.columnNames(this.#native), values);
  }

  /** Node documentation: statement.all(). @returns {object[]} */
  all(...parameters) {
    this.#bind(parameters);
    const rows = binding.all(this.#native, this.#settings.readBigInts);
    if (rows.length === 0 || this.#settings.returnArrays) return rows;
    const names = binding.columnNames(this.#native);
    return rows.map((values) => toObject(names, values));
  }

  /** Node documentation: statement.get(). @returns {object | undefined} */
  get(...parameters) {
    this.#bind(parameters);
    const values = binding.step(this.#native, this.#settings.readBigInts);
    if (values === undefined) return undefined;
    const row = this.#row(values);
    binding.reset(this.#native);
    return row;
  }

  /** Node documentation: statement.iterate(). @returns {Iterator<object>} */
  iterate(...parameters) {
    this.#bind(parameters);
    const run = this.#runs;
    const still = () => {
      if (run === this.#runs) return;
      binding.parameters(this.#native); // throws where it was finalized
      throw invalidState('iterator was invalidated');
    };
    let names;
    return new StatementSyncIterator(kCreate, () => {
      still();
      const values = binding.step(this.#native, this.#settings.readBigInts);
      if (values === undefined) return undefined;
      if (!this.#settings.returnArrays) names ??= binding.columnNames(this.#native);
      return this.#row(values, names);
    }, () => {
      still();
      binding.reset(this.#native);
    });
  }

  /** Node documentation: statement.run(). @returns {{ changes: number | bigint, lastInsertRowid: number | bigint }} */
  run(...parameters) {
    this.#bind(parameters);
    const [changes, lastInsertRowid] = binding.run(this.#native, this.#settings.readBigInts);
    return { changes, lastInsertRowid };
  }

  /** Node documentation: statement.columns(). */
  columns() {
    const flat = binding.columns(this.#native);
    const columns = [];
    for (let i = 0; i < flat.length; i += 5) {
      const [column, database, name, table, type] = flat.slice(i, i + 5);
      columns.push({ __proto__: null, column, database, name, table, type });
    }
    return columns;
  }

  #set(name, argument, enabled) {
    binding.parameters(this.#native); // throws where it was finalized
    checkBoolean(enabled, argument);
    this.#settings = { ...this.#settings, [name]: enabled };
  }

  setAllowBareNamedParameters(enabled) { this.#set('allowBareNamedParameters', 'allowBareNamedParameters', enabled); }
  setAllowUnknownNamedParameters(enabled) { this.#set('allowUnknownNamedParameters', 'enabled', enabled); }
  setReadBigInts(enabled) { this.#set('readBigInts', 'readBigInts', enabled); }
  setReturnArrays(enabled) { this.#set('returnArrays', 'returnArrays', enabled); }

  /** For SQLTagStore. */
  static isFinalized(statement) { return binding.isFinalized(statement.#native); }
  static parameterCount(statement) { return binding.parameters(statement.#native).length; }
}
const { isFinalized, parameterCount } = StatementSync;
delete StatementSync.isFinalized;
delete StatementSync.parameterCount;

class StatementSyncIterator extends Iterator {
  #next;
  #end;

  constructor(token, next, end) {
    if (token !== kCreate) throw illegalConstructor();
    super();
    this.#next = next;
    this.#end = end;
  }

  next() {
    const value = this.#next?.();
    if (value !== undefined) return { __proto__: null, done: false, value };
    this.#next = undefined;
    return { __proto__: null, done: true, value: null };
  }

  return() {
    if (this.#next !== undefined) this.#end();
    this.#next = undefined;
    return { __proto__: null, done: true, value: null };
  }
}

/** @returns {StatementSync} of a connection's native handle */
function prepare(database, sql, inherited, options) {
  const native = binding.prepare(database, sql);
  if (native === undefined) throw refusal(TypeError, 'ERR_INVALID_ARG_VALUE', 'The SQL query contains no statements.');
  return new StatementSync(kCreate, native, readSettings(checkOptions(options), inherited));
}

/** Node documentation: class SQLTagStore. A Map is in the order of use: what was used last is last. */
class SQLTagStore {
  #statements = new Map();
  #prepare;

  /** @param {(sql: string) => StatementSync} prepareStatement throws where the connection is closed */
  constructor(token, db, capacity, prepareStatement) {
    if (token !== kCreate) throw illegalConstructor();
    this.#prepare = prepareStatement;
    const getter = (get) => ({ get, enumerable: true, configurable: true });
    Object.defineProperties(this, {
      capacity: getter(() => capacity), db: getter(() => db), size: getter(() => this.#statements.size),
    });
  }

  #statement(strings, values) {
    if (!Array.isArray(strings) || strings.some((text) => typeof text !== 'string')) {
      throw refusal(TypeError, 'ERR_INVALID_ARG_TYPE', 'First argument must be an array of strings (template literal).');
    }
    const sql = strings.join('?');
    let statement = this.#statements.get(sql);
    if (statement === undefined || isFinalized(statement)) statement = this.#prepare(sql);
    this.#statements.delete(sql);
    if (parameterCount(statement) !== values.length) {
      throw refusal(TypeError, 'ERR_INVALID_ARG_VALUE', 'SQLite parameters must be bound using template literal placeholders.');
    }
    this.#statements.set(sql, statement);
    if (this.#statements.size > this.capacity) this.#statements.delete(this.#statements.keys().next().value);
    return statement;
  }

  get(strings, ...values) { return run(this.#statement(strings, values), 'get', values); }
  all(strings, ...values) { return run(this.#statement(strings, values), 'all', values); }
  iterate(strings, ...values) { return run(this.#statement(strings, values), 'iterate', values); }
  run(strings, ...values) { return run(this.#statement(strings, values), 'run', values); }
  clear() { this.#statements.clear(); }
}

/** An object as a first value would be taken for named parameters: here each stands for a placeholder. */
function run(statement, method, values) {
  if (values.length > 0 && isNamed(values[0])) throw unbindable();
  return statement[method](...values);
}

const unbindable = () => refusal(TypeError, 'ERR_INVALID_ARG_TYPE', 'Provided value cannot be bound to SQLite parameter 1.');

/** @param {number} [maxSize] */
function createTagStore(db, maxSize, prepareStatement) {
  if (maxSize !== undefined) {
    if (typeof maxSize !== 'number') throw typeError('maxSize', 'a positive integer');
    if (!Number.isInteger(maxSize) || maxSize <= 0) throw refusal(RangeError, 'ERR_OUT_OF_RANGE', 'The "maxSize" argument must be a positive integer.');
  }
  return new SQLTagStore(kCreate, db, maxSize ?? 1000, prepareStatement);
}

module.exports = { StatementSync, SQLTagStore, readSettings, prepare, createTagStore };
