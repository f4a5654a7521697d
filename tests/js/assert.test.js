'use strict';
const { test, assert: check } = require('./harness');
const assert = require('assert');

const failure = (fn) => {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error('did not throw');
};

test('an AssertionError carries actual, expected, operator and code', () => {
  const error = failure(() => assert.strictEqual(1, 2));
  check.ok(error instanceof assert.AssertionError && error instanceof Error);
  check.deepStrictEqual([error.name, error.code, error.actual, error.expected, error.operator, error.generatedMessage],
                        ['AssertionError', 'ERR_ASSERTION', 1, 2, 'strictEqual', true]);
  check.match(error.message, /^Expected values to be strictly equal:\n\n1 !== 2\n/);
  check.match(error.stack, /^AssertionError \[ERR_ASSERTION\]: Expected/);
});

test('messages show the difference', () => {
  check.match(failure(() => assert.deepStrictEqual({ a: 1, b: [1] }, { a: 1, b: [2] })).message,
              /^Expected values to be strictly deep-equal:\n\+ actual - expected\n\n {2}\{\n {4}a: 1,\n {4}b: \[\n\+ {5}1\n- {5}2\n {4}\]\n {2}\}/);
  check.match(failure(() => assert.strictEqual('a long enough text', 'a long enough test')).message, /\n\+ 'a long enough text'\n- 'a long enough test'\n +\^/);
  check.strictEqual(failure(() => assert.strictEqual(1, 2, 'mine')).message, 'mine');
  const own = new RangeError('own');
  check.strictEqual(failure(() => assert.ok(false, own)), own);
  check.match(failure(() => assert(0 == 1)).message, /^The expression evaluated to a falsy value(:\n\n {2}assert\(0 == 1\)\n)?/);
});

test('loose and strict equality', () => {
  assert.equal(1, '1');
  assert.deepEqual({ a: 1 }, { a: '1' });
  assert.notStrictEqual(1, '1');
  assert.notDeepStrictEqual({ a: 1 }, { a: '1' });
  for (const fn of [() => assert.equal(1, 2), () => assert.strict.equal(1, '1'), () => assert.notEqual(1, 1), () => assert.deepEqual([1], [2])]) {
    check.strictEqual(failure(fn).code, 'ERR_ASSERTION');
  }
  check.strictEqual(require('assert/strict').deepEqual, assert.deepStrictEqual);
});

test('throws and rejects compare by class, pattern, object and function', async () => {
  const bad = () => { throw Object.assign(new TypeError('bad thing'), { code: 'E' }); };
  assert.throws(bad, TypeError);
  assert.throws(bad, /bad/);
  assert.throws(bad, { name: 'TypeError', message: /thing/, code: 'E' });
  assert.throws(bad, (error) => error.code === 'E');
  check.strictEqual(failure(() => assert.throws(() => {})).message, 'Missing expected exception.');
  check.strictEqual(failure(() => assert.throws(() => {}, TypeError)).message, 'Missing expected exception (TypeError).');
  check.strictEqual(failure(() => assert.throws(bad, RangeError)).message, 'The error is expected to be an instance of "RangeError". Received "TypeError"\n\nError message:\n\nbad thing');
  check.match(failure(() => assert.throws(bad, { code: 'F' })).message, /\+ {3}code: 'E'\n- {3}code: 'F'/);
  await assert.rejects(async () => bad(), TypeError);
  await assert.rejects(Promise.reject(new Error('x')), /x/);
  await assert.doesNotReject(Promise.resolve());
  await check.rejects(assert.rejects(Promise.resolve()), { message: 'Missing expected rejection.' });
  check.strictEqual(failure(() => assert.doesNotThrow(bad)).message, 'Got unwanted exception.\nActual message: "bad thing"');
});

test('match, fail, ifError, argument errors', () => {
  assert.match('abc', /b/);
  assert.doesNotMatch('abc', /x/);
  assert.ifError(null);
  check.strictEqual(failure(() => assert.fail()).message, 'Failed');
  check.strictEqual(failure(() => assert.ifError(new Error('q'))).message, 'ifError got unwanted exception: q');
  check.strictEqual(failure(() => assert.equal(1)).code, 'ERR_MISSING_ARGS');
  check.strictEqual(failure(() => assert.match('a', 'a')).code, 'ERR_INVALID_ARG_TYPE');
});

test('deep equality of arrays sees holes, further properties, cycles and what lies deep', () => {
  const equal = require('util').isDeepStrictEqual;
  const long = (n) => Array.from({ length: n }, (_, i) => i);
  assert.strictEqual(equal([1, undefined], [1, ,]), false); // eslint-disable-line no-sparse-arrays
  assert.strictEqual(equal([, 1], Object.assign([, 1], { 0: undefined })), false); // eslint-disable-line no-sparse-arrays
  for (const n of [2, 100]) {
    assert.strictEqual(equal(long(n), long(n)), true);
    assert.strictEqual(equal(Object.assign(long(n), { x: 1 }), long(n)), false);
    assert.strictEqual(equal(Object.assign(long(n), { x: 1 }), Object.assign(long(n), { x: 1 })), true);
    const holed = long(n);
    delete holed[0];
    assert.strictEqual(equal(Object.assign(holed, { x: 1 }), long(n)), false);
  }
  assert.strictEqual(equal({ a: 1, b: 2 }, { b: 2, a: 1 }), true);
  assert.strictEqual(equal({ a: 1, b: undefined }, { a: 1, c: undefined }), false);
  const nest = (depth, end) => (depth === 0 ? end : { in: [nest(depth - 1, end)] });
  assert.strictEqual(equal(nest(60, 1), nest(60, 1)), true);
  assert.strictEqual(equal(nest(60, 1), nest(60, 2)), false);
  const ring = (n) => {
    const first = {};
    let at = first;
    for (let i = 1; i < n; i++) at = at.next = {};
    at.next = first;
    return first;
  };
  for (const n of [1, 3, 40]) assert.strictEqual(equal(ring(n), ring(n)), true);
  assert.strictEqual(equal(ring(3), ring(4)), false);
  const symbol = Symbol('s');
  assert.strictEqual(equal({ [symbol]: 1 }, { [symbol]: 2 }), false);
});
