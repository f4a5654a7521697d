'use strict';
// How long timers of sockets and requests can wait.
const { codes: { ERR_OUT_OF_RANGE } } = require('./errors');
const { validateNumber } = require('./validators');

const LONGEST = 2 ** 31 - 1;

/**
 * Milliseconds that a timer can wait: longer ones are cut, with a warning.
 * @param {number} ms @param {string} name of the argument, for the error
 */
function timerDuration(ms, name) {
  validateNumber(ms, name);
  if (ms < 0 || !Number.isFinite(ms)) throw new ERR_OUT_OF_RANGE(name, 'a non-negative finite number', ms);
  if (ms <= LONGEST) return ms;
  process.emitWarning(`${ms} does not fit into a 32-bit signed integer.\nTimer duration was truncated to ${LONGEST}.`,
    'TimeoutOverflowWarning');
  return LONGEST;
}

module.exports = { timerDuration };
