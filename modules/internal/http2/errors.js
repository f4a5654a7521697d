'use strict';
// Errors that nghttp2 reports.

const binding = internalBinding('h2');
const { FAILURE_INVALID_FRAMES } = binding.events;
const { codes: { ERR_HTTP2_TOO_MANY_INVALID_FRAMES } } = require('../errors');

/** nghttp2's error as Node says it: code ERR_HTTP2_ERROR, nghttp2's own number and words. */
class NghttpError extends Error {
  /** @param {number} errno nghttp2's, negative */
  constructor(errno) {
    super(binding.errorText(errno));
    this.code = 'ERR_HTTP2_ERROR';
    this.errno = errno;
  }

  toString() { return `${this.name} [${this.code}]: ${this.message}`; }
}

/** What ended a session. @param {number} errno @param {number} failure FAILURE_* of the binding */
function sessionError(errno, failure) {
  if (failure !== FAILURE_INVALID_FRAMES) return new NghttpError(errno);
  const error = new ERR_HTTP2_TOO_MANY_INVALID_FRAMES();
  error.errno = errno;
  return error;
}

module.exports = { NghttpError, sessionError };
