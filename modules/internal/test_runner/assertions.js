'use strict';
// context.assert: the functions of node:assert, those of snapshots, and what programs registered.
const platform = require('./platform');
const { validateFunction, validateString } = require('../validators');

const leftOut = new Set(['AssertionError', 'Assert', 'CallTracker', 'options', 'strict']);

/** @type {Map<string, Function>} */
let known = null;

function all() {
  if (known !== null) return known;
  known = new Map();
  const { assert } = platform;
  for (const name of Object.keys(assert)) if (!leftOut.has(name)) known.set(name, assert[name]);
  const snapshots = require('./snapshot');
  known.set('snapshot', snapshots.assertSnapshot);
  known.set('fileSnapshot', snapshots.assertFileSnapshot);
  return known;
}

/** assert.register(name, fn): another assertion for all tests of this process. */
function register(name, fn) {
  validateString(name, 'name');
  validateFunction(fn, 'fn');
  all().set(name, fn);
}

/** An assertion's stack begins where the test calls it, not in here. */
function withoutOurFrames(error) {
  if (error?.code !== 'ERR_ASSERTION' || typeof error.stack !== 'string') return error;
  const stack = error.stack.replace(/(?:\n\s+at [^\n]*\(?node:internal[^\n]*)+(?=\n\s+at )/, '');
  Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true, enumerable: false });
  return error;
}

/** @param {Test} test @returns {object} its assertions; each counts for the plan */
function forTest(test) {
  const out = { __proto__: null };
  for (const [name, fn] of all()) {
    out[name] = (...args) => {
      test.plan?.count();
      try {
        return Reflect.apply(fn, test.context, args);
      } catch (error) {
        throw withoutOurFrames(error);
      }
    };
  }
  return out;
}

module.exports = { forTest, register };
