'use strict';
// DatabaseSync, Session and backup (node:sqlite).
const binding = internalBinding('sqlite');
const { readSettings, prepare, createTagStore } = require('./statement');
const {
  refusal, typeError, checkString, checkBoolean, checkFunction, checkObject, checkInteger, checkBytes, option, checkOptions,
  databasePath, invalidState, illegalConstructor,
} = require('./checks');

const { OPEN_READ_ONLY, OPEN_FOREIGN_KEYS, OPEN_DOUBLE_QUOTED, OPEN_EXTENSIONS, OPEN_DEFENSIVE, DETERMINISTIC,
  DIRECT_ONLY } = binding.bits;

const kCreate = Symbol('create');

/** In the order of sqlite's numbers (SQLITE_LIMIT_LENGTH is 0). */
const limitNames = ['length', 'sqlLength', 'column', 'exprDepth', 'compoundSelect', 'vdbeOp', 'functionArg', 'attach',
  'likePatternLength', 'variableNumber', 'triggerDepth'];
const LARGEST = 0x7fffffff; // sqlite takes its compile-time maximum

/** options.limits → [[number, value], ...] */
function readLimits(options) {
  const limits = options?.limits;
  if (limits === undefined) return [];
  checkObject(limits, 'options.limits');
  return limitNames.flatMap((name, number) => {
    const value = limits[name];
    if (value === undefined) return [];
    checkInteger(value, `options.limits.${name}`);
    if (value < 0) throw refusal(RangeError, 'ERR_OUT_OF_RANGE', `The "options.limits.${name}" argument must be non-negative.`);
    return [[number, Math.min(value, LARGEST)]];
  });
}

/** The object of database.limits. @param {() => object} native throws where the connection is closed */
function limitsOf(native) {
  const limits = {};
  limitNames.forEach((name, number) => Object.defineProperty(limits, name, {
    enumerable: true,
    configurable: true,
    get: () => binding.limit(native(), number, -1),
    set(value) {
      const handle = native();
      if (typeof value !== 'number' || (value !== Infinity && !Number.isInteger(value))) {
        throw refusal(TypeError, 'ERR_INVALID_ARG_TYPE', 'Limit value must be a non-negative integer or Infinity.');
      }
      if (value < 0) throw refusal(RangeError, 'ERR_OUT_OF_RANGE', 'Limit value must be non-negative.');
      binding.limit(handle, number, Math.min(value, LARGEST));
    },
  }));
  return limits;
}

/** The flags of a user function, and whether integers come to it as bigints. */
function functionOptions(options) {
  const bigints = option(options, 'useBigIntArguments', checkBoolean, false);
  const varargs = option(options, 'varargs', checkBoolean, false);
  const flags = (option(options, 'deterministic', checkBoolean, false) ? DETERMINISTIC : 0) |
    (option(options, 'directOnly', checkBoolean, false) ? DIRECT_ONLY : 0);
  return { bigints, varargs, flags };
}

class Implementation {
  #path;
  #bits;
  #timeout;
  #limits;
  #settings;
  #mayLoad;
  #native;
  #limitsObject;

  constructor(path, options) {
    this.#path = databasePath(path);
    checkOptions(options);
    const flag = (name, bit, fallback) => (option(options, name, checkBoolean, fallback) ? bit : 0);
    const open = option(options, 'open', checkBoolean, true);
    this.#bits = flag('readOnly', OPEN_READ_ONLY, false) | flag('enableForeignKeyConstraints', OPEN_FOREIGN_KEYS, true) |
      flag('enableDoubleQuotedStringLiterals', OPEN_DOUBLE_QUOTED, false) | flag('allowExtension', OPEN_EXTENSIONS, false) |
      flag('defensive', OPEN_DEFENSIVE, true);
    this.#timeout = option(options, 'timeout', checkInteger, 0);
    this.#settings = readSettings(options);
    this.#limits = readLimits(options);
    const getter = (get) => ({ get, enumerable: true, configurable: true });
    Object.defineProperties(this, {
      isOpen: getter(() => this.#native !== undefined),
      isTransaction: getter(() => binding.inTransaction(this.#open())),
      limits: getter(() => {
        this.#limitsObject ??= limitsOf(() => this.#open());
        return this.#limitsObject;
      }),
      [Symbol.for('sqlite-type')]: { value: 'node:sqlite', enumerable: true, configurable: true, writable: true },
    });
    if (open) this.open();
  }

  #open() {
    if (this.#native === undefined) throw invalidState('database is not open');
    return this.#native;
  }

  /** Node documentation: database.open(). */
  open() {
    if (this.#native !== undefined) throw invalidState('database is already open');
    const native = binding.open(this.#path, this.#bits, this.#timeout);
    for (const [number, value] of this.#limits) binding.limit(native, number, value);
    this.#mayLoad = (this.#bits & OPEN_EXTENSIONS) !== 0;
    this.#native = native;
  }

  /** Node documentation: database.close(). */
  close() {
    binding.close(this.#open());
    this.#native = undefined;
  }

  /** Node documentation: database.prepare(sql[, options]). @returns {StatementSync} */
  prepare(sql, options) {
    const native = this.#open();
    checkString(sql, 'sql');
    return prepare(native, sql, this.#settings, options);
  }

  /** Node documentation: database.exec(sql). */
  exec(sql) {
    const native = this.#open();
    checkString(sql, 'sql');
    binding.exec(native, sql);
  }

  /** Node documentation: database.function(name[, options], fn). */
  function(name, options, fn) {
    const native = this.#open();
    checkString(name, 'name');
    if (typeof options === 'function') [options, fn] = [undefined, options];
    else if (fn !== undefined) checkOptions(options);
    const { bigints, varargs, flags } = functionOptions(options);
    checkFunction(fn, 'function');
    binding.function(native, name, varargs ? -1 : fn.length, flags, fn, bigints);
  }

  /** Node documentation: database.aggregate(name, options). */
  aggregate(name, options) {
    const native = this.#open();
    checkString(name, 'name');
    checkObject(options, 'options');
    const { start, step, result, inverse } = options;
    if (start === undefined) throw typeError('options.start', 'a function or a primitive value');
    checkFunction(step, 'options.step');
    if (inverse !== undefined) checkFunction(inverse, 'options.inverse');
    if (result !== undefined) checkFunction(result, 'options.result');
    const { bigints, varargs, flags } = functionOptions(options);
    // The first parameter is the state.
    const count = Math.max(step.length, inverse?.length ?? 0, 1) - 1;
    binding.aggregate(native, name, varargs ? -1 : count, flags, start, step, result, inverse, bigints);
  }

  /** Node documentation: database.createTagStore([maxSize]). @returns {SQLTagStore} */
  createTagStore(maxSize) {
    this.#open();
    return createTagStore(this, maxSize, (sql) => this.prepare(sql));
  }

  /** Node documentation: database.location([dbName]). @returns {string | null} */
  location(dbName = 'main') {
    const native = this.#open();
    checkString(dbName, 'dbName');
    return binding.location(native, dbName);
  }

  /** Node documentation: database.createSession([options]). @returns {Session} */
  createSession(options) {
    const native = this.#open();
    checkOptions(options);
    const table = option(options, 'table', checkString);
    return new Session(kCreate, this, binding.session(native, table, option(options, 'db', checkString, 'main')));
  }

  /** Node documentation: database.applyChangeset(changeset[, options]). @returns {boolean} whether it was applied */
  applyChangeset(changeset, options) {
    const native = this.#open();
    checkBytes(changeset, 'changeset');
    checkOptions(options);
    const onConflict = option(options, 'onConflict', checkFunction);
    return binding.applyChangeset(native, changeset, onConflict, option(options, 'filter', checkFunction));
  }

  /** Node documentation: database.enableLoadExtension(allow). */
  enableLoadExtension(allow) {
    const native = this.#open();
    checkBoolean(allow, 'allow');
    if (allow && (this.#bits & OPEN_EXTENSIONS) === 0) {
      throw invalidState('Cannot enable extension loading because it was disabled at database creation.');
    }
    binding.configure(native, OPEN_EXTENSIONS, allow);
    this.#mayLoad = allow;
  }

  /** Node documentation: database.enableDefensive(active). */
  enableDefensive(active) {
    const native = this.#open();
    checkBoolean(active, 'active');
    binding.configure(native, OPEN_DEFENSIVE, active);
  }

  /** Node documentation: database.loadExtension(path[, entryPoint]). */
  loadExtension(path, entryPoint) {
    const native = this.#open();
    if (!this.#mayLoad) throw invalidState('extension loading is not allowed');
    checkString(path, 'path');
    if (entryPoint !== undefined) checkString(entryPoint, 'entryPoint');
    binding.loadExtension(native, path, entryPoint);
  }

  /** Node documentation: database.serialize([dbName]). @returns {Uint8Array} */
  serialize(dbName = 'main') {
    const native = this.#open();
    checkString(dbName, 'dbName');
    return binding.serialize(native, dbName);
  }

  /** Node documentation: database.deserialize(buffer[, options]). */
  deserialize(buffer, options) {
    const native = this.#open();
    checkBytes(buffer, 'buffer');
    if (buffer.byteLength === 0) {
      throw refusal(TypeError, 'ERR_INVALID_ARG_VALUE', 'The "buffer" argument must not be empty.');
    }
    checkOptions(options);
    binding.deserialize(native, buffer, option(options, 'dbName', checkString, 'main'));
  }

  /** Node documentation: database.setAuthorizer(callback). */
  setAuthorizer(callback) {
    const native = this.#open();
    if (callback !== null && typeof callback !== 'function') throw typeError('callback', 'a function or null');
    binding.setAuthorizer(native, callback);
  }

  [Symbol.dispose]() {
    if (this.#native !== undefined) this.close();
  }

  static nativeOf(database) {
    return database.#open();
  }
}
const { nativeOf } = Implementation;

/**
 * Node documentation: class DatabaseSync. A class in all but the error of a call without new.
 * @param {string | Uint8Array | URL} path @param {object} [options]
 */
function DatabaseSync(path, options) {
  if (new.target === undefined) {
    throw refusal(TypeError, 'ERR_CONSTRUCT_CALL_REQUIRED', 'Cannot call constructor without `new`');
  }
  return Reflect.construct(Implementation, [path, options], new.target);
}
DatabaseSync.prototype = Implementation.prototype;
Object.defineProperty(DatabaseSync.prototype, 'constructor', { value: DatabaseSync });

/** Node documentation: class Session. */
class Session {
  #database;
  #native;

  constructor(token, database, native) {
    if (token !== kCreate) throw illegalConstructor();
    this.#database = database; // kept alive
    this.#native = native;
  }

  #open() {
    if (!this.#database.isOpen) throw invalidState('database is not open');
    return this.#native;
  }

  /** @returns {Uint8Array} */
  changeset() { return binding.sessionChanges(this.#open(), false); }
  /** @returns {Uint8Array} */
  patchset() { return binding.sessionChanges(this.#open(), true); }
  close() { binding.sessionClose(this.#open()); }

  [Symbol.dispose]() {
    try {
      this.close();
    } catch (error) {
      if (error.code !== 'ERR_INVALID_STATE') throw error;
    }
  }
}

/**
 * Node documentation: sqlite.backup(sourceDb, path[, options]).
 * @param {DatabaseSync} sourceDb @param {string | Uint8Array | URL} path
 * @param {{ source?: string, target?: string, rate?: number, progress?: Function }} [options]
 * @returns {Promise<number>} the number of pages
 */
function backup(sourceDb, path, ...rest) {
  checkObject(sourceDb, 'sourceDb');
  const native = nativeOf(sourceDb);
  const target = databasePath(path);
  const [options] = rest;
  checkOptions(options);
  const rate = option(options, 'rate', checkInteger, 100);
  if (rate <= 0) throw refusal(RangeError, 'ERR_OUT_OF_RANGE', 'The "options.rate" argument must be a positive integer.');
  const names = ['source', 'target'].map((name) => option(options, name, checkString, 'main'));
  const progress = option(options, 'progress', checkFunction);
  return new Promise((resolve, reject) => {
    const handle = binding.backup(native, target, ...names);
    if (handle instanceof Error) {
      reject(handle);
      return;
    }
    const step = () => binding.backupStep(handle, rate, (error, done, remainingPages, totalPages) => {
      if (error !== null) reject(error);
      else if (done) resolve(totalPages);
      else {
        try {
          if (remainingPages !== 0) progress?.({ totalPages, remainingPages });
        } catch (thrown) {
          reject(thrown);
          return;
        }
        step();
      }
    });
    step();
  });
}

module.exports = { DatabaseSync, Session, backup };
