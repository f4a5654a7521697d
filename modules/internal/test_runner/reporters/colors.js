'use strict';
// Colours of reports. Whether there are any is asked when a report is written: a program may say so as it runs.
const codes = { __proto__: null, blue: '\u001b[34m', green: '\u001b[32m', white: '\u001b[39m', yellow: '\u001b[33m', red: '\u001b[31m',
  gray: '\u001b[90m', bold: '\u001b[1m', reset: '\u001b[0m' };

/** Whether what goes to stdout may be coloured. */
function wanted() {
  const { tty } = require('../platform');
  if (process.env.FORCE_COLOR !== undefined) return tty.WriteStream.prototype.getColorDepth.call({ }, process.env) > 2;
  return Boolean(process.stdout?.isTTY) && (typeof process.stdout.getColorDepth !== 'function' || process.stdout.getColorDepth() > 2);
}

/** @returns {typeof codes} or empty strings */
function colors() {
  if (wanted()) return codes;
  return { __proto__: null, blue: '', green: '', white: '', yellow: '', red: '', gray: '', bold: '', reset: '' };
}

module.exports = { colors, wanted };
