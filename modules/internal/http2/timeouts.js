'use strict';
// setTimeout of sessions and streams: 'timeout' after so long without activity.

const timers = require('../timers');
const { validateFunction, validateNumber } = require('../validators');

const kTimer = Symbol('timeout');

/**
 * As a method. @param {number} msecs 0: never @param {Function} [callback] a listener of 'timeout'
 * @throws ERR_INVALID_ARG_TYPE
 */
function setTimeout(msecs, callback) {
  if (this.destroyed) return this;
  this.timeout = msecs;
  validateNumber(msecs, 'msecs', 0);
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (this[kTimer] !== undefined) {
    timers.clearTimeout(this[kTimer]);
    this[kTimer] = undefined;
  }
  if (msecs === 0 || msecs === Infinity) {
    if (callback !== undefined) this.removeListener('timeout', callback);
    return this;
  }
  this[kTimer] = timers.setUnrefTimeout(() => this._onTimeout(), msecs);
  if (callback !== undefined) this.once('timeout', callback);
  return this;
}

/** Something happened on it. */
function refresh(owner) { owner[kTimer]?.refresh(); }

function clear(owner) {
  if (owner[kTimer] === undefined) return;
  timers.clearTimeout(owner[kTimer]);
  owner[kTimer] = undefined;
}

module.exports = { clear, refresh, setTimeout };
