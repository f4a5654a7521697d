'use strict';
// node:sqlite.
const { test, assert, temporaryDirectory } = require('./harness');
const path = require('path');
const { pathToFileURL } = require('url');
const { DatabaseSync, StatementSync, Session, backup, constants } = require('node:sqlite');

const memory = (...options) => new DatabaseSync(':memory:', ...options);

test('it is known by "node:sqlite" only', () => {
  assert.throws(() => require('sqlite'), { code: 'MODULE_NOT_FOUND' });
  assert.ok(require('module').builtinModules.includes('node:sqlite'));
});

test('values go there and come back', () => {
  const db = memory();
  db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, v ANY)');
  const insert = db.prepare('INSERT INTO t (v) VALUES (?)');
  const values = [null, 1, 1.5, -0.25, 'text', 'snow \u2603 \ud83d\ude00', '', true, 7n, new Uint8Array([1, 2]), new Uint8Array(0),
    new DataView(new Uint8Array([3, 4, 5]).buffer, 1), new Uint8Array([9]).buffer];
  values.forEach((value, i) => assert.deepStrictEqual(insert.run(value), { changes: 1, lastInsertRowid: i + 1 }));
  assert.deepStrictEqual(db.prepare('SELECT v FROM t ORDER BY id').all().map((row) => row.v),
    [null, 1, 1.5, -0.25, 'text', 'snow \u2603 \ud83d\ude00', '', 1, 7, new Uint8Array([1, 2]), new Uint8Array(0), new Uint8Array([4, 5]),
      new Uint8Array([9])]);
  for (const value of [undefined, Symbol('x'), () => {}]) {
    assert.throws(() => insert.run(1, value) || insert.run({}, value), { code: /ERR_(INVALID_ARG_TYPE|SQLITE_ERROR)/ });
    assert.throws(() => insert.run({}, value),
      { code: 'ERR_INVALID_ARG_TYPE', message: 'Provided value cannot be bound to SQLite parameter 1.' });
  }
  assert.throws(() => insert.run(2n ** 63n), { code: 'ERR_INVALID_ARG_VALUE', message: 'BigInt value is too large to bind.' });
  db.close();
});

test('integers beyond the safe ones are read as bigints, or not at all', () => {
  const db = memory();
  const statement = db.prepare('SELECT 9007199254740993 AS big, 1 AS small');
  assert.throws(() => statement.get(), {
    name: 'RangeError', code: 'ERR_OUT_OF_RANGE',
    message: 'Value is too large to be represented as a JavaScript number: 9007199254740993',
  });
  statement.setReadBigInts(true);
  assert.deepStrictEqual(statement.get(), { __proto__: null, big: 9007199254740993n, small: 1n });
  const insert = memory({ readBigInts: true }).prepare('CREATE TABLE t (a)');
  assert.deepStrictEqual(insert.run(), { changes: 0n, lastInsertRowid: 0n });
});

test('parameters: bare and full names, numbers, unknown and ambiguous ones', () => {
  const db = memory();
  const named = db.prepare('SELECT $a AS a, :b AS b, @c AS c, ? AS d');
  assert.deepStrictEqual({ ...named.get({ a: 1, ':b': 2, c: 3 }, 4) }, { a: 1, b: 2, c: 3, d: 4 });
  assert.deepStrictEqual({ ...named.get() }, { a: null, b: null, c: null, d: null }); // nothing stays bound
  assert.throws(() => named.get({ x: 1 }), { code: 'ERR_INVALID_STATE', message: "Unknown named parameter 'x'" });
  named.setAllowUnknownNamedParameters(true);
  assert.strictEqual(named.get({ x: 1, a: 5 }).a, 5);
  named.setAllowBareNamedParameters(false);
  assert.strictEqual(named.get({ a: 5 }).a, null);
  assert.throws(() => db.prepare('SELECT $k, @k').get({ k: 1 }), {
    code: 'ERR_INVALID_STATE',
    message: "Cannot create bare named parameter 'k' because of conflicting names '$k' and '@k'.",
  });
  assert.throws(() => db.prepare('SELECT ?').get(1, 2), { code: 'ERR_SQLITE_ERROR', errcode: 25, message: 'column index out of range' });
});

test('statements: all, get, iterate, columns, texts, arrays', () => {
  const db = memory();
  db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')");
  const all = db.prepare('SELECT * FROM t WHERE id > ?');
  assert.deepStrictEqual(all.all(1), [{ __proto__: null, id: 2, name: 'two' }, { __proto__: null, id: 3, name: 'three' }]);
  assert.deepStrictEqual(all.all(9), []);
  assert.strictEqual(all.get(9), undefined);
  assert.strictEqual(all.sourceSQL, 'SELECT * FROM t WHERE id > ?');
  assert.strictEqual(all.expandedSQL, 'SELECT * FROM t WHERE id > 9.0');
  assert.deepStrictEqual([...all.iterate(2)].map((row) => row.name), ['three']);
  const iterator = all.iterate(0);
  assert.ok(iterator instanceof Iterator);
  assert.deepStrictEqual(iterator.next(), { __proto__: null, done: false, value: { __proto__: null, id: 1, name: 'one' } });
  assert.deepStrictEqual(iterator.return(), { __proto__: null, done: true, value: null });
  assert.deepStrictEqual(iterator.next(), { __proto__: null, done: true, value: null });
  const stale = all.iterate(0);
  stale.next();
  all.get(0);
  assert.throws(() => stale.next(), { code: 'ERR_INVALID_STATE', message: /iterator was invalidated/ });
  all.setReturnArrays(true);
  assert.deepStrictEqual(all.all(1), [[2, 'two'], [3, 'three']]);
  assert.deepStrictEqual(db.prepare('SELECT id AS x, 1 + 1 FROM t').columns(), [
    { __proto__: null, column: 'id', database: 'main', name: 'x', table: 't', type: 'INTEGER' },
    { __proto__: null, column: null, database: null, name: '1 + 1', table: null, type: null },
  ]);
  assert.throws(() => db.prepare(' -- nothing'), { code: 'ERR_INVALID_ARG_VALUE', message: 'The SQL query contains no statements.' });
  assert.throws(() => db.prepare('SELEC'),
    { code: 'ERR_SQLITE_ERROR', errcode: 1, errstr: 'SQL logic error', message: 'near "SELEC": syntax error' });
  db.close();
  assert.throws(() => all.all(), { code: 'ERR_INVALID_STATE', message: 'statement has been finalized' });
  assert.throws(() => new StatementSync(), { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
});

test('connections: files, URIs, read only, open and close, transactions, defaults', () => {
  const file = path.join(temporaryDirectory(), 'a b.db');
  const db = new DatabaseSync(file);
  assert.strictEqual(db.location(), file);
  assert.strictEqual(db.isTransaction, false);
  db.exec('CREATE TABLE t (a PRIMARY KEY); BEGIN');
  assert.strictEqual(db.isTransaction, true);
  db.exec('COMMIT');
  const reader = new DatabaseSync(pathToFileURL(file), { readOnly: true });
  assert.throws(() => reader.exec('DROP TABLE t'), { code: 'ERR_SQLITE_ERROR', message: 'attempt to write a readonly database' });
  reader.close();
  db[Symbol.dispose]();
  db[Symbol.dispose]();
  assert.strictEqual(db.isOpen, false);
  const closed = { code: 'ERR_INVALID_STATE', message: 'database is not open' };
  for (const use of [() => db.close(), () => db.exec('SELECT 1'), () => db.prepare('SELECT 1'), () => db.isTransaction,
    () => db.limits.length, () => db.createTagStore(), () => db.serialize()]) assert.throws(use, closed);
  db.open();
  assert.throws(() => db.open(), { message: 'database is already open' });
  db.close();
  assert.throws(() => new DatabaseSync(path.join(file, 'no', 'way')), { code: 'ERR_SQLITE_ERROR', message: 'unable to open database file' });
  assert.throws(() => new DatabaseSync('a\0b'), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => new DatabaseSync(new URL('http://x')), { code: 'ERR_INVALID_URL_SCHEME' });
  assert.throws(() => DatabaseSync(':memory:'), { code: 'ERR_CONSTRUCT_CALL_REQUIRED' });
  assert.throws(() => memory({ readOnly: 1 }), { message: 'The "options.readOnly" argument must be a boolean.' });
  const strict = memory();
  assert.throws(() => strict.exec('SELECT "text"'), { message: /no such column: "?text"?/ });
  memory({ enableDoubleQuotedStringLiterals: true }).exec('SELECT "text"');
  strict.exec('CREATE TABLE p (id PRIMARY KEY); CREATE TABLE c (p REFERENCES p)');
  assert.throws(() => strict.exec('INSERT INTO c VALUES (1)'), { message: 'FOREIGN KEY constraint failed' });
});

test('functions of JS: arguments, results, and what they throw', () => {
  const db = memory();
  db.function('plus', (a, b) => a + b);
  db.function('number_of', { varargs: true, deterministic: true }, (...all) => all.length);
  db.function('kind', { useBigIntArguments: true }, (value) => typeof value);
  assert.deepStrictEqual({ ...db.prepare("SELECT plus(1, 2) a, number_of() b, number_of(1, 'x', NULL) c, kind(1) d, plus('x', 'y') e").get() },
    { a: 3, b: 0, c: 3, d: 'bigint', e: 'xy' });
  assert.throws(() => db.prepare('SELECT plus(1)'), { message: 'wrong number of arguments to function plus()' });
  const thrown = new Error('mine');
  db.function('fail', () => { throw thrown; });
  assert.throws(() => db.prepare('SELECT fail()').get(), (error) => error === thrown);
  assert.throws(() => db.exec('SELECT fail()'), (error) => error === thrown);
  db.function('later', async () => 1);
  assert.throws(() => db.exec('SELECT later()'), { code: 'ERR_SQLITE_ERROR', message: 'Asynchronous user-defined functions are not supported' });
  db.function('odd', () => ({}));
  assert.throws(() => db.exec('SELECT odd()'), { message: 'Returned JavaScript value cannot be converted to a SQLite value' });
  db.function('no_result', () => {});
  assert.strictEqual(db.prepare('SELECT no_result() AS n').get().n, null);
  // A function may use its own connection.
  db.function('inner', () => db.prepare('SELECT 42 AS n').get().n);
  assert.strictEqual(db.prepare('SELECT inner() AS n').get().n, 42);
});

test('aggregates and window functions', () => {
  const db = memory();
  db.exec("CREATE TABLE t (k, v); INSERT INTO t VALUES ('a', 4), ('b', 5), ('c', 3), ('d', 8), ('e', 1)");
  db.aggregate('sumint', { start: 0, step: (sum, v) => sum + v, inverse: (sum, v) => sum - v });
  db.aggregate('list', { start: () => [], step: (list, v) => [...list, v], result: (list) => list.join() });
  assert.deepStrictEqual({ ...db.prepare('SELECT sumint(v) s, list(v) l FROM t').get() }, { s: 21, l: '4,5,3,8,1' });
  assert.deepStrictEqual({ ...db.prepare('SELECT sumint(v) s, list(v) l FROM t WHERE 0').get() }, { s: 0, l: '' });
  assert.deepStrictEqual(
    db.prepare('SELECT sumint(v) OVER (ORDER BY k ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) s FROM t').all().map((row) => row.s),
    [9, 12, 16, 12, 9]);
  for (const part of ['start', 'step', 'result']) {
    const throwing = () => { throw new Error(`in ${part}`); };
    db.aggregate(`bad_${part}`, { start: () => 0, step: (a, v) => a + v, result: (a) => a, varargs: true, [part]: throwing });
    assert.throws(() => db.prepare(`SELECT bad_${part}(v) FROM t`).get(), { message: `in ${part}` });
  }
  assert.throws(() => db.aggregate('x', { step: () => {} }),
    { message: 'The "options.start" argument must be a function or a primitive value.' });
});

test('an authorizer allows, denies and ignores', () => {
  const db = memory();
  db.exec('CREATE TABLE t (a, secret); INSERT INTO t VALUES (1, 2)');
  const asked = [];
  db.setAuthorizer((action, ...facts) => {
    asked.push(action);
    if (action === constants.SQLITE_READ && facts[1] === 'secret') return constants.SQLITE_IGNORE;
    return action === constants.SQLITE_DELETE ? constants.SQLITE_DENY : constants.SQLITE_OK;
  });
  assert.deepStrictEqual({ ...db.prepare('SELECT a, secret FROM t').get() }, { a: 1, secret: null });
  assert.deepStrictEqual(asked, [constants.SQLITE_SELECT, constants.SQLITE_READ, constants.SQLITE_READ]);
  assert.throws(() => db.exec('DELETE FROM t'), { code: 'ERR_SQLITE_ERROR', message: 'not authorized' });
  db.setAuthorizer(() => 'no');
  assert.throws(() => db.exec('SELECT 1'), { message: 'Authorizer callback must return an integer authorization code' });
  db.setAuthorizer(() => { throw new Error('mine'); });
  assert.throws(() => db.exec('SELECT 1'), { message: 'mine' });
  db.setAuthorizer(null);
  db.exec('DELETE FROM t');
});

test('sessions: changesets and patchsets, conflicts and filters', () => {
  const schema = 'CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT); CREATE TABLE u (k INTEGER PRIMARY KEY)';
  const make = () => {
    const db = memory();
    db.exec(schema);
    return db;
  };
  const from = make();
  const session = from.createSession();
  assert.ok(session instanceof Session);
  from.exec("INSERT INTO t VALUES (1, 'one'), (2, 'two'); INSERT INTO u VALUES (7)");
  const changeset = session.changeset();
  assert.ok(changeset instanceof Uint8Array && session.patchset().length <= changeset.length);
  session.close();
  assert.throws(() => session.changeset(), { code: 'ERR_INVALID_STATE', message: 'session is not open' });
  const to = make();
  assert.strictEqual(to.applyChangeset(changeset, { filter: (table) => table === 't' }), true);
  assert.deepStrictEqual(to.prepare('SELECT k FROM t').all().map((row) => row.k), [1, 2]);
  assert.strictEqual(to.prepare('SELECT count(*) n FROM u').get().n, 0);
  const other = make();
  other.exec("INSERT INTO t VALUES (1, 'mine')");
  assert.strictEqual(other.applyChangeset(changeset), false);
  assert.strictEqual(other.prepare('SELECT count(*) n FROM t').get().n, 1);
  const kinds = [];
  assert.strictEqual(other.applyChangeset(changeset, {
    onConflict(kind) {
      kinds.push(kind);
      return constants.SQLITE_CHANGESET_REPLACE;
    },
  }), true);
  assert.deepStrictEqual(kinds, [constants.SQLITE_CHANGESET_CONFLICT]);
  assert.strictEqual(other.prepare('SELECT v FROM t WHERE k = 1').get().v, 'one');
  assert.throws(() => other.applyChangeset(changeset, { onConflict: () => { throw new Error('mine'); } }), { message: 'mine' });
  assert.throws(() => other.applyChangeset('x'), { message: 'The "changeset" argument must be a Uint8Array.' });
});

test('a database as bytes', () => {
  const db = memory();
  db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
  const bytes = db.serialize();
  assert.strictEqual(Buffer.from(bytes.buffer, 0, 15).toString(), 'SQLite format 3');
  const copy = memory();
  const old = copy.prepare('SELECT 1');
  copy.deserialize(bytes);
  assert.throws(() => old.get(), { message: 'statement has been finalized' });
  copy.exec('INSERT INTO t VALUES (2)');
  assert.strictEqual(copy.prepare('SELECT sum(a) s FROM t').get().s, 3);
  assert.throws(() => copy.deserialize(new Uint8Array(0)), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('a backup goes step by step and tells how far it is', async () => {
  const db = memory();
  db.exec('CREATE TABLE t (a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 400) INSERT INTO t SELECT randomblob(400) FROM n');
  const file = path.join(temporaryDirectory(), 'backup.db');
  const steps = [];
  const pages = await backup(db, file, { rate: 10, progress: (step) => steps.push(step) });
  assert.deepStrictEqual(steps[0], { totalPages: pages, remainingPages: pages - 10 });
  assert.strictEqual(steps.length, Math.ceil(pages / 10) - 1);
  const copy = new DatabaseSync(file);
  assert.strictEqual(copy.prepare('SELECT count(*) n FROM t').get().n, 400);
  copy.close();
  await assert.rejects(backup(db, file, { rate: 1, progress() { throw new Error('mine'); } }), { message: 'mine' });
  await assert.rejects(backup(db, file, { source: 'nope' }), { code: 'ERR_SQLITE_ERROR', message: 'unknown database nope' });
  await assert.rejects(backup(db, `${file}/no/way`), { message: 'unable to open database file' });
  assert.throws(() => backup(db, file, { rate: 0 }), { code: 'ERR_OUT_OF_RANGE' });
  db.close();
  assert.throws(() => backup(db, file), { message: 'database is not open' });
});

test('limits are read and set, and hold', () => {
  const db = memory({ limits: { column: 2 } });
  if (db.limits === undefined) return;
  assert.strictEqual(db.limits.column, 2);
  assert.throws(() => db.exec('CREATE TABLE t (a, b, c)'), { message: /too many columns/ });
  db.limits.column = Infinity;
  db.exec('CREATE TABLE t (a, b, c)');
  assert.throws(() => { db.limits.column = -1; }, { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => { db.limits.column = 'x'; }, { code: 'ERR_INVALID_ARG_TYPE' });
  assert.deepStrictEqual(Object.keys(db.limits).length, 11);
});

test('a tag store keeps statements, the least used is dropped', () => {
  const db = memory();
  if (db.createTagStore === undefined) return;
  const sql = db.createTagStore(2);
  db.exec('CREATE TABLE t (a)');
  assert.strictEqual(sql.run`INSERT INTO t VALUES (${1}), (${2})`.changes, 2);
  assert.deepStrictEqual(sql.all`SELECT a FROM t WHERE a > ${1}`.map((row) => row.a), [2]);
  assert.strictEqual(sql.get`SELECT a FROM t WHERE a = ${9}`, undefined);
  assert.deepStrictEqual([...sql.iterate`SELECT a FROM t WHERE a > ${1}`].length, 1);
  assert.deepStrictEqual([sql.size, sql.capacity, sql.db], [2, 2, db]);
  assert.throws(() => sql.get`SELECT a FROM t WHERE a = ? OR a = ${1}`, { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => sql.get('SELECT 1'), { code: 'ERR_INVALID_ARG_TYPE' });
  sql.clear();
  assert.strictEqual(sql.size, 0);
});

test('what is dropped is collected, also in a row of many', () => {
  for (let i = 0; i < 300; i++) {
    const db = memory();
    db.exec('CREATE TABLE t (a)');
    db.function('f', () => Number(db.isOpen));
    const statement = db.prepare('SELECT f() AS f');
    assert.strictEqual(statement.get().f, 1);
    db.createSession();
    if (i % 2 === 0) db.close();
  }
});
