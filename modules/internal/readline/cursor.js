'use strict';
// Moving a terminal's cursor and clearing its screen (ECMA-48; Node documentation: readline.cursorTo and its neighbours).
const { codes: { ERR_INVALID_ARG_VALUE, ERR_INVALID_CURSOR_POS } } = require('../errors');
const { validateFunction } = require('../validators');

const clearDown = '\x1b[0J';
const clearLines = ['\x1b[1K', '\x1b[2K', '\x1b[0K']; // to the left, all, to the right

function requireNumbers(x, y) {
  if (Number.isNaN(x)) throw new ERR_INVALID_ARG_VALUE('x', x);
  if (Number.isNaN(y)) throw new ERR_INVALID_ARG_VALUE('y', y);
}

/** Without a stream: NaN is refused all the same. */
function noText(x, y) {
  requireNumbers(x, y);
  return '';
}

/** @param {number} x column, from 0 @param {number} [y] row, from 0 */
function textTo(x, y) {
  requireNumbers(x, y);
  if (typeof x !== 'number') {
    if (typeof y === 'number') throw new ERR_INVALID_CURSOR_POS();
    return '';
  }
  return typeof y === 'number' ? `\x1b[${y + 1};${x + 1}H` : `\x1b[${x + 1}G`;
}

/** @param {number} dx columns @param {number} dy rows */
function textMove(dx, dy) {
  let text = '';
  if (dx < 0) text += `\x1b[${-dx}D`;
  else if (dx > 0) text += `\x1b[${dx}C`;
  if (dy < 0) text += `\x1b[${-dy}A`;
  else if (dy > 0) text += `\x1b[${dy}B`;
  return text;
}

/** @param {number} direction */
const textClearLine = (direction) => clearLines[Math.sign(direction) + 1] ?? clearLines[1];

/** @returns {boolean} false: wait for 'drain' */
function send(stream, text, callback) {
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (stream === null || stream === undefined || text === '') {
    if (typeof callback === 'function') process.nextTick(callback, null);
    return true;
  }
  return stream.write(text, callback);
}

function cursorTo(stream, x, y, callback) {
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (typeof y === 'function') {
    callback = y;
    y = undefined;
  }
  const text = stream === null || stream === undefined ? noText(x, y) : textTo(x, y);
  return send(stream, text, callback);
}

const moveCursor = (stream, dx, dy, callback) => send(stream, textMove(dx, dy), callback);
const clearLine = (stream, dir, callback) => send(stream, textClearLine(dir), callback);
const clearScreenDown = (stream, callback) => send(stream, clearDown, callback);

module.exports = { cursorTo, moveCursor, clearLine, clearScreenDown, textTo, textMove, textClearLine, clearDown };
