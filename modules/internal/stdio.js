'use strict';
// process.stdout, stderr and stdin (Node documentation: A note on process I/O). Output is synchronous. A write that fails
// (EPIPE: the reader of a pipe left; ENOSPC) is an 'error' of the stream, which ends a program that does not listen: so
// ends `jsd app.js | head`. An application server goes on without its log: there such errors are nobody's (tolerate).
const { Writable, Readable } = require('stream');
const binding = internalBinding('stdio');

let tolerant = false;
/** From now on output that cannot be written is lost, and no error. */
function tolerate() {
  tolerant = true;
}

/** A Writable on descriptor 1 or 2. A terminal also has what tty.WriteStream documents. */
class SyncWriteStream extends Writable {
  constructor(fd, type) {
    super({ decodeStrings: false, emitClose: false });
    this.fd = fd;
    this._type = type === 'TTY' ? 'tty' : type === 'FILE' ? 'fs' : 'pipe';
    this._isStdio = true;
  }

  _write(chunk, encoding, callback) {
    const result = typeof chunk === 'string' && (encoding === 'utf8' || encoding === 'utf-8')
      ? binding.writeString(this.fd, chunk)
      : binding.writeBytes(this.fd, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    if (result < 0 && !tolerant) {
      const { errnoException, UVException } = require('./errors');
      callback(this._type === 'fs' ? new UVException({ errno: result, syscall: 'write' }) : errnoException(result, 'write'));
    } else {
      callback();
    }
  }

  // Standard streams stay open as long as the process, and take writes after an error: the next one fails again.
  _destroy(error, callback) {
    callback(error);
    this._undestroy();
    process.nextTick(() => this.emit('close'));
  }

  destroySoon() {
    this.destroy();
  }
}

function addTerminal(stream) {
  stream.isTTY = true;
  const { WriteStream } = require('tty');
  for (const name of ['clearLine', 'clearScreenDown', 'cursorTo', 'moveCursor', 'getColorDepth', 'hasColors']) {
    if (WriteStream.prototype[name]) stream[name] = WriteStream.prototype[name];
  }
  const size = () => binding.windowSize(stream.fd) ?? [80, 24];
  [stream.columns, stream.rows] = size();
  stream.getWindowSize = () => [stream.columns, stream.rows];
  stream._refreshSize = () => {
    const [columns, rows] = size();
    if (columns === stream.columns && rows === stream.rows) return;
    [stream.columns, stream.rows] = [columns, rows];
    stream.emit('resize');
  };
  process.on('SIGWINCH', stream._refreshSize);
}

function output(fd) {
  const type = binding.guess(fd);
  if (type === 'INVALID') return new Writable({ write(chunk, encoding, callback) { callback(); } });
  const stream = new SyncWriteStream(fd, type);
  if (type === 'TTY') addTerminal(stream);
  return stream;
}

function input() {
  const fd = 0;
  let stream;
  switch (binding.guess(fd)) {
    case 'TTY':
      stream = new (require('tty').ReadStream)(fd);
      break;
    case 'FILE':
      stream = new (require('fs').ReadStream)(null, { fd, autoClose: false });
      break;
    case 'PIPE':
    case 'TCP':
      // What a parent gave for messages is no input, though it has that number.
      if (process.channel?.fd === fd) {
        stream = new Readable({ read() {} });
        stream.push(null);
        break;
      }
      stream = new (require('net').Socket)({ fd, readable: true, writable: false, manualStart: true });
      break;
    default:
      stream = new Readable({ read() {} });
      stream.push(null);
  }
  stream.fd = fd;
  // Nothing is read, and the loop not kept alive, before somebody listens.
  if (stream._handle?.readStop) {
    stream._handle.reading = false;
    stream._handle.readStop();
    stream._readableState && (stream._readableState.reading = false);
    stream.on('pause', () => {
      if (stream._handle && !stream._readableState.flowing) {
        stream._readableState.reading = false;
        stream._handle.reading = false;
        stream._handle.readStop();
      }
    });
  }
  return stream;
}

/** A thread's are messages to its parent. */
const inThread = () => (internalBinding('worker').isMain() ? undefined : require('./worker/stdio'));

module.exports = {
  getStdout: () => inThread()?.output('stdout') ?? output(1),
  getStderr: () => inThread()?.output('stderr') ?? output(2),
  getStdin: () => inThread()?.input() ?? input(),
  SyncWriteStream,
  tolerate,
};
