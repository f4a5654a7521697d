'use strict';
// Calling a test's function, in each of its three forms: plain, with a promise, with a callback. The call itself is
// node:test's, so that it stands in stacks as what called the test.
const { failure, kinds } = require('./failure');

/** Set by node/test.js. @type {(fn: Function, context: object, done?: Function) => any} */
let invoke = (fn, context, done) => (done === undefined ? Reflect.apply(fn, context, [context]) : Reflect.apply(fn, context, [context, done]));

/** What calls a test's function: `invoke(fn, context[, done])`. */
const caller = {
  get invoke() { return invoke; },
  set invoke(fn) { invoke = fn; },
};

/**
 * @param {Function} fn takes (context, done)
 * @param {object} context also `this`
 * @returns {Promise<void>} settled when the function is through
 */
function callWithCallback(fn, context) {
  const { promise, resolve, reject } = Promise.withResolvers();
  let calls = 0;
  function done(error) {
    if (++calls > 1) {
      if (calls === 2) throw failure('callback invoked multiple times', kinds.multipleCallbacks);
      return;
    }
    if (error) reject(error);
    else resolve();
  }
  const result = invoke(fn, context, done);
  if (require('./platform').util.types.isPromise(result)) {
    result.then(undefined, () => {});
    promise.then(undefined, () => {});
    throw failure('passed a callback but also returned a Promise', kinds.callbackAndPromise);
  }
  return promise;
}

module.exports = { callWithCallback, caller };
