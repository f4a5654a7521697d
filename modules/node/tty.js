'use strict';
// node:tty.
const net = require('./net');
const { TTY } = require('../internal/stream_handle');
const { codes: { ERR_INVALID_FD } } = require('../internal/errors');

/** @param {number} fd */
function isatty(fd) {
  return Number.isInteger(fd) && fd >= 0 && fd <= 2147483647 && internalBinding('stdio').guess(fd) === 'TTY';
}

function checkFd(fd) {
  if (fd >> 0 !== fd || fd < 0) throw new ERR_INVALID_FD(fd);
}

/** Node documentation: class tty.ReadStream. */
function ReadStream(fd, options) {
  if (!(this instanceof ReadStream)) return new ReadStream(fd, options);
  checkFd(fd);
  net.Socket.call(this, { readableHighWaterMark: 0, handle: new TTY(fd), manualStart: true, ...options });
  this.isRaw = false;
  this.isTTY = true;
}
Object.setPrototypeOf(ReadStream.prototype, net.Socket.prototype);
Object.setPrototypeOf(ReadStream, net.Socket);

ReadStream.prototype.setRawMode = function setRawMode(flag) {
  flag = !!flag;
  const err = this._handle?.setRawMode(flag);
  if (err) {
    const { errnoException } = require('../internal/errors');
    this.emit('error', errnoException(err, 'setRawMode'));
    return this;
  }
  this.isRaw = flag;
  return this;
};

/** Node documentation: class tty.WriteStream. */
function WriteStream(fd) {
  if (!(this instanceof WriteStream)) return new WriteStream(fd);
  checkFd(fd);
  net.Socket.call(this, { handle: new TTY(fd), manualStart: true, readable: false });
  this._handle.setBlocking(true);
  this._refreshSize();
}
Object.setPrototypeOf(WriteStream.prototype, net.Socket.prototype);
Object.setPrototypeOf(WriteStream, net.Socket);
WriteStream.prototype.isTTY = true;

WriteStream.prototype._refreshSize = function _refreshSize() {
  const [columns, rows] = internalBinding('stdio').windowSize(this._handle?.fd ?? 1) ?? [80, 24];
  const changed = this.columns !== undefined && (columns !== this.columns || rows !== this.rows);
  this.columns = columns;
  this.rows = rows;
  if (changed) this.emit('resize');
};

WriteStream.prototype.getWindowSize = function getWindowSize() {
  return [this.columns, this.rows];
};

const sequence = (make) => function control(...args) {
  const callback = typeof args[args.length - 1] === 'function' ? args.pop() : undefined;
  const text = make(...args);
  if (text === '') {
    if (callback) process.nextTick(callback, null);
    return true;
  }
  return this.write(text, callback);
};

// Control sequences of ECMA-48.
WriteStream.prototype.cursorTo = sequence((x, y) => (typeof y === 'number' ? `\u001b[${y + 1};${x + 1}H` : `\u001b[${x + 1}G`));
WriteStream.prototype.moveCursor = sequence((dx, dy) =>
  (dx < 0 ? `\u001b[${-dx}D` : dx > 0 ? `\u001b[${dx}C` : '') + (dy < 0 ? `\u001b[${-dy}A` : dy > 0 ? `\u001b[${dy}B` : ''));
WriteStream.prototype.clearLine = sequence((direction) =>
  (direction < 0 ? '\u001b[1K' : direction > 0 ? '\u001b[0K' : '\u001b[2K'));
WriteStream.prototype.clearScreenDown = sequence(() => '\u001b[0J');

/** Node documentation: writeStream.getColorDepth([env]). @returns {1 | 4 | 8 | 24} bits */
WriteStream.prototype.getColorDepth = function getColorDepth(env = process.env) {
  if (env.FORCE_COLOR !== undefined) {
    switch (env.FORCE_COLOR) {
      case '': case '1': case 'true': return 4;
      case '2': return 8;
      case '3': return 24;
      default: return 1;
    }
  }
  if ((env.NODE_DISABLE_COLORS !== undefined && env.NODE_DISABLE_COLORS !== '') ||
    (env.NO_COLOR !== undefined && env.NO_COLOR !== '') || env.TERM === 'dumb') return 1;
  if (env.COLORTERM === 'truecolor' || env.COLORTERM === '24bit') return 24;
  if (env.TMUX) return 24;
  if (env.CI !== undefined) return ['GITHUB_ACTIONS', 'GITEA_ACTIONS', 'CIRCLECI'].some((name) => name in env) ? 24 : 8;
  const term = (env.TERM ?? '').toLowerCase();
  if (/-truecolor|-direct|kitty|alacritty|ghostty/.test(term)) return 24;
  if (/-256(color)?$/.test(term)) return 8;
  if (/^(screen|xterm|vt100|vt220|rxvt|ansi|color|linux|cygwin|konsole)/.test(term) || env.COLORTERM) return 4;
  return 1;
};

WriteStream.prototype.hasColors = function hasColors(count, env) {
  if (env === undefined && (count === undefined || (typeof count === 'object' && count !== null))) {
    env = count;
    count = 16;
  }
  return count <= 2 ** this.getColorDepth(env);
};

module.exports = { isatty, ReadStream, WriteStream };
