'use strict';
// The part of node:assert that tests of the loader and the command line need, for as long as they may run without it.

class AssertionError extends Error {}

const fail = (message) => { throw new AssertionError(message instanceof Error ? message.message : message); };
const show = (value) => {
  try {
    return typeof value === 'string' ? JSON.stringify(value) : JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
};

function equal(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

function matches(error, expected) {
  if (expected === undefined) return true;
  if (expected instanceof RegExp) return expected.test(String(error));
  if (typeof expected === 'function') {
    if (expected.prototype !== undefined && error instanceof expected) return true;
    return !(expected.prototype instanceof Error) && expected !== Error && expected(error) === true;
  }
  return Object.keys(expected).every((key) => (expected[key] instanceof RegExp && typeof error[key] === 'string'
    ? expected[key].test(error[key]) : equal(error[key], expected[key])));
}

function assert(value, message) {
  if (!value) fail(message ?? `${show(value)} is not truthy`);
}

module.exports = Object.assign(assert, {
  AssertionError,
  ok: assert,
  fail: (message = 'Failed') => fail(message),
  strictEqual(a, b, message) { if (!Object.is(a, b)) fail(message ?? `${show(a)} is not ${show(b)}`); },
  notStrictEqual(a, b, message) { if (Object.is(a, b)) fail(message ?? `${show(a)} is the same`); },
  deepStrictEqual(a, b, message) { if (!equal(a, b)) fail(message ?? `${show(a)} is not like ${show(b)}`); },
  match(text, pattern, message) { if (!pattern.test(text)) fail(message ?? `${show(text)} does not match ${pattern}`); },
  doesNotMatch(text, pattern, message) { if (pattern.test(text)) fail(message ?? `${show(text)} matches ${pattern}`); },
  throws(fn, expected) {
    try {
      fn();
    } catch (error) {
      if (!matches(error, expected)) fail(`thrown was ${error?.stack ?? error}`);
      return;
    }
    fail('nothing was thrown');
  },
  async rejects(promise, expected) {
    try {
      await (typeof promise === 'function' ? promise() : promise);
    } catch (error) {
      if (!matches(error, expected)) fail(`the rejection was ${error?.stack ?? error}`);
      return;
    }
    fail('nothing was rejected');
  },
});
assert.equal = assert.strictEqual;
assert.deepEqual = assert.deepStrictEqual;
assert.strict = assert;
