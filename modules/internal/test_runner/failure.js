'use strict';
// What makes a test fail: one kind of error around whatever was thrown, with the reason (Node documentation: event
// 'test:fail', details.error).
const platform = require('./platform');

const kinds = {
  __proto__: null,
  aborted: 'testAborted',
  cancelledByParent: 'cancelledByParent',
  callbackAndPromise: 'callbackAndPromisePresent',
  expected: 'expectedFailure',
  hook: 'hookFailed',
  multipleCallbacks: 'multipleCallbackInvocations',
  parentFinished: 'parentAlreadyFinished',
  subtests: 'subtestsFailed',
  testCode: 'testCodeFailure',
  timeout: 'testTimeoutFailure',
  uncaught: 'uncaughtException',
  unhandled: 'unhandledRejection',
};

/** Failures that say nothing themselves: reporters show their cause. */
const transparent = new Set([kinds.aborted, kinds.testCode, kinds.hook, kinds.uncaught, kinds.unhandled]);

/** The message of something thrown. */
function messageOf(cause) {
  if (cause !== null && typeof cause === 'object' && typeof cause.message === 'string' && platform.util.types.isNativeError(cause)) {
    return cause.message;
  }
  if (typeof cause === 'string') return cause;
  try {
    return platform.util.inspect(cause);
  } catch {
    return platform.util.inspect(cause, { customInspect: false });
  }
}

/** Frames of ours say nothing to who reads a test's error. The stack is made when it is asked for, as the engine's own. */
function setStack(error, holder) {
  let text;
  Object.defineProperty(error, 'stack', {
    __proto__: null, configurable: true, enumerable: false,
    get() {
      if (text === undefined) {
        const frames = `${holder.stack}`.split('\n').slice(1).filter((line) => !/^\s+at .*\(?node:internal/.test(line));
        text = [`Error [ERR_TEST_FAILURE]: ${error.message}`, ...frames].join('\n');
      }
      return text;
    },
    set(value) { text = value; },
  });
}

/**
 * @param {any} cause what was thrown
 * @param {string} kind of `kinds`
 * @returns {Error} code ERR_TEST_FAILURE, with `failureType` and `cause`
 */
function failure(cause, kind) {
  const error = new Error(messageOf(cause));
  error.code = 'ERR_TEST_FAILURE';
  error.failureType = kind;
  error.cause = cause;
  const holder = {};
  Error.captureStackTrace(holder, failure);
  setStack(error, holder);
  Object.defineProperty(error, 'toString', { value: () => `Error [ERR_TEST_FAILURE]: ${error.message}`, configurable: true });
  return error;
}

const isFailure = (error) => error !== null && typeof error === 'object' && error.code === 'ERR_TEST_FAILURE';

/** What reporters show of a test's error. */
function shown(error) {
  return isFailure(error) && transparent.has(error.failureType) ? error.cause : error;
}

module.exports = { failure, isFailure, kinds, messageOf, shown };
