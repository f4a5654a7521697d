'use strict';
// A job of C as a promise. Its failure is an OperationError, whatever it was.
const { operationError } = require('./errors');

/**
 * @param {Function} start of a binding; its last argument is the callback
 * @param {...any} args the arguments before it
 * @returns {Promise<any>}
 */
function run(start, ...args) {
  return new Promise((resolve, reject) => {
    try {
      start(...args, (error, result) => (error ? reject(operationError(error)) : resolve(result)));
    } catch (error) {
      reject(operationError(error));
    }
  });
}

module.exports = { run };
