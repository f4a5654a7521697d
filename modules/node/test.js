'use strict';
// node:test (Node documentation: Test runner). The work is done in internal/test_runner/.
const declare = require('../internal/test_runner/declare');

const { caller } = require('../internal/test_runner/call');

/** What stands in a stack as the caller of a test's function. */
caller.invoke = function invoke(fn, context, done) {
  return done === undefined ? Reflect.apply(fn, context, [context]) : Reflect.apply(fn, context, [context, done]);
};

const { test, suite, before, after, beforeEach, afterEach, getTestContext } = declare;

module.exports = test;

const properties = {
  after, afterEach, before, beforeEach, describe: suite, getTestContext, it: test, suite, test,
  run: (options) => require('../internal/test_runner/runner').run(options),
};
for (const name of Object.keys(properties)) test[name] = properties[name];
Object.defineProperty(test.run, 'name', { value: 'run' });

function lazily(name, make) {
  let value;
  Object.defineProperty(test, name, {
    __proto__: null, configurable: true, enumerable: true, get: () => (value ??= make()),
  });
}

lazily('mock', () => {
  const { MockTracker } = require('../internal/test_runner/mock');
  return new MockTracker();
});
lazily('snapshot', () => {
  const { setDefaultSnapshotSerializers, setResolveSnapshotPath } = require('../internal/test_runner/snapshot');
  return { __proto__: null, setDefaultSnapshotSerializers, setResolveSnapshotPath };
});
lazily('assert', () => {
  const { register } = require('../internal/test_runner/assertions');
  return { __proto__: null, register };
});
