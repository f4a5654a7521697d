'use strict';
// Calling a test's function, in each of its three forms: plain, with a promise, with a callback.
const { failure, kinds } = require('./failure');

/**
 * @param {Function} fn takes (context) or (context, done)
 * @param {object} context also `this`
 * @returns {any} undefined, or a promise or thenable that is settled when the function is through
 */
function callTestFunction(fn, context) {
  if (fn.length < 2) return Reflect.apply(fn, context, [context]);
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
  const result = Reflect.apply(fn, context, [context, done]);
  if (require('./platform').util.types.isPromise(result)) {
    result.then(undefined, () => {});
    promise.then(undefined, () => {});
    throw failure('passed a callback but also returned a Promise', kinds.callbackAndPromise);
  }
  return promise;
}

module.exports = { callTestFunction };
