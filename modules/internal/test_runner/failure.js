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
const transparent = new Set([kinds.testCode, kinds.hook, kinds.uncaught, kinds.unhandled]);

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

/** An error's stack without our own frames. */
function hideInternalFrames(error) {
  const { stack } = error;
  if (typeof stack !== 'string') return;
  const lines = stack.split('\n');
  const kept = lines.filter((line) => !/^\s+at .*\(?node:internal/.test(line));
  if (kept.length !== lines.length) {
    Object.defineProperty(error, 'stack', { value: kept.join('\n'), writable: true, configurable: true, enumerable: false });
  }
}

/**
 * @param {any} cause what was thrown
 * @param {string} kind of `kinds`
 * @returns {Error} code ERR_TEST_FAILURE, with `failureType` and `cause`
 */
function failure(cause, kind) {
  const { codes: { ERR_TEST_FAILURE } } = require('../errors');
  const error = new ERR_TEST_FAILURE(messageOf(cause), kind);
  error.cause = cause;
  hideInternalFrames(error);
  return error;
}

const isFailure = (error) => error !== null && typeof error === 'object' && error.code === 'ERR_TEST_FAILURE';

/** What reporters show of a test's error. */
function shown(error) {
  return isFailure(error) && transparent.has(error.failureType) ? error.cause : error;
}

module.exports = { failure, isFailure, kinds, messageOf, shown };
