'use strict';
// node:net. Socket is a Duplex around a StreamHandle; Server is in internal/net_server.js.
const { Duplex } = require('stream');
const { TCP, Pipe } = require('../internal/stream_handle');
const { isIP, isIPv4, isIPv6, SocketAddress, BlockList } = require('../internal/net_address');
const {
  errnoException, ExceptionWithHostPort, AbortError,
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_MISSING_ARGS, ERR_SOCKET_CLOSED, ERR_SOCKET_CLOSED_BEFORE_CONNECTION, ERR_INVALID_ADDRESS_FAMILY,
    ERR_INVALID_FD_TYPE, ERR_INVALID_HANDLE_TYPE, ERR_SOCKET_CONNECTION_TIMEOUT, ERR_INVALID_IP_ADDRESS, ERR_IP_BLOCKED },
} = require('../internal/errors');
const { validateFunction, validateNumber, validatePort, validateAbortSignal, validateInt32, validateString,
  validateBoolean } = require('../internal/validators');
const { timerDuration } = require('../internal/timer_duration');
const timers = require('../internal/timers');
const observed = require('../internal/observed');
const ids = require('../internal/async_ids');

const EOF = -4095;
const ENOTCONN = -107;
const EINVAL = -22;
const kTimeout = Symbol('timeout');
const kOnTimeout = Symbol('onTimeout');

let autoSelectFamily = true;
let autoSelectFamilyAttemptTimeout = 250;

/** [options, callback] of connect's and listen's argument forms. */
function normalizeArgs(args) {
  if (args.length === 0) return [{}, null];
  const first = args[0];
  let options = {};
  if (typeof first === 'object' && first !== null) options = first;
  else if (typeof first === 'string' && Number.isNaN(Number(first))) options.path = first;
  else {
    options.port = first;
    if (args.length > 1 && typeof args[1] === 'string') options.host = args[1];
  }
  const last = args[args.length - 1];
  return [options, typeof last === 'function' ? last : null];
}

/** The buffer and callback that an app gave to read without a stream (options.onread), or null. */
function onreadOf({ onread }) {
  if (onread === null || typeof onread !== 'object' || typeof onread.callback !== 'function') return null;
  if (!(onread.buffer instanceof Uint8Array) && typeof onread.buffer !== 'function') return null;
  const generate = typeof onread.buffer === 'function' ? onread.buffer : null;
  return { generate, callback: onread.callback, target: generate === null ? onread.buffer : generate(), rest: null };
}

/** Hands bytes over in the app's own buffer. @returns {boolean} false: it wants no more for now */
function feedOwn(socket, bytes) {
  const own = socket._onread;
  let at = 0;
  while (at < bytes.length) {
    const { target } = own;
    const count = Math.min(target.length, bytes.length - at);
    target.set(bytes.subarray(at, at + count));
    at += count;
    const more = own.callback.call(socket, count, target) !== false;
    if (own.generate !== null) own.target = own.generate();
    if (socket.destroyed) return true;
    if (!more || !socket._handle.reading) { // it may have paused
      own.rest = at < bytes.length ? bytes.subarray(at) : null;
      return more;
    }
  }
  return true;
}

function handleOf(fd) {
  const type = internalBinding('stdio').guess(fd);
  if (type === 'PIPE') return new Pipe();
  if (type === 'TCP') return new TCP();
  throw new ERR_INVALID_FD_TYPE(type);
}

function onRead(size, buffer) {
  const socket = this.owner;
  if (socket === null) return;
  socket._unrefTimer();
  if (size > 0) {
    if (!(socket._onread === null ? socket.push(buffer) : feedOwn(socket, buffer))) {
      this.reading = false;
      const err = this.readStop();
      if (err < 0) socket.destroy(errnoException(err, 'read'));
    }
    return;
  }
  this.reading = false;
  if (size !== EOF) {
    socket.destroy(errnoException(size, 'read'));
    return;
  }
  if (socket._readableState.endEmitted) {
    if (socket[Symbol.for('nodejs.net.halfopen')] === undefined && socket.writableFinished) socket.destroy();
    return;
  }
  socket.push(null);
  socket.read(0);
}

/**
 * Node documentation: class net.Socket.
 * @param {{ fd?: number, handle?: object, allowHalfOpen?: boolean, readable?: boolean, writable?: boolean, signal?: AbortSignal }} [options]
 */
function Socket(options) {
  if (!(this instanceof Socket)) return new Socket(options);
  if (typeof options === 'number') options = { fd: options };
  else options = { ...options };
  for (const mode of ['objectMode', 'readableObjectMode', 'writableObjectMode']) {
    if (options[mode]) throw new ERR_INVALID_ARG_VALUE(`options.${mode}`, options[mode], 'is not supported');
  }
  this.connecting = false;
  this._hadError = false;
  this._parent = null;
  this._host = null;
  this._handle = null;
  this._pendingData = null;
  this._pendingEncoding = '';
  this._sockname = null;
  this._peername = null;
  this._bytesRead = 0;
  this._bytesDispatched = 0;
  this._server = null;
  this.server = null;
  this[kTimeout] = null;
  this.timeout = 0;
  this.autoSelectFamilyAttemptedAddresses = undefined;
  const { signal, handle, fd, noDelay, keepAlive, keepAliveInitialDelay } = options;

  Duplex.call(this, {
    ...options, handle: undefined, signal: undefined, fd: undefined, allowHalfOpen: !!options.allowHalfOpen,
    emitClose: false, autoDestroy: true, decodeStrings: false,
    highWaterMark: options.highWaterMark,
    ...(fd === undefined && !handle ? { readable: undefined, writable: undefined } : {}),
  });

  if (handle) {
    this._handle = handle;
  } else if (fd !== undefined) {
    validateInt32(fd, 'options.fd', 0);
    this._handle = handleOf(fd);
    const err = this._handle.open(fd);
    if (err < 0) throw errnoException(err, 'open');
  }
  this._onread = onreadOf(options);
  this._noDelay = Boolean(noDelay);
  this._keepAlive = Boolean(keepAlive);
  this._keepAliveDelay = seconds(keepAliveInitialDelay);
  if (this._handle) {
    adopt(this);
    if (options.pauseOnCreate) {
      this._handle.reading = false;
      this._readableState.flowing = false;
    } else if (options.readable !== false && !options.manualStart) {
      this.read(0);
    }
  } else if (fd === undefined) {
    // Neither side works before a connection is there; writes wait for it.
    this._readableState.reading = false;
  }
  this.on('end', onReadableEnd);
  if (signal) {
    validateAbortSignal(signal, 'options.signal');
    const abort = () => this.destroy(new AbortError(undefined, { cause: signal.reason }));
    if (signal.aborted) process.nextTick(abort);
    else {
      signal.addEventListener('abort', abort, { once: true });
      this.once('close', () => signal.removeEventListener('abort', abort));
    }
  }
}
Object.setPrototypeOf(Socket.prototype, Duplex.prototype);
Object.setPrototypeOf(Socket, Duplex);
Object.defineProperty(Socket.prototype, '_onread', { value: null, writable: true, configurable: true });

/** Milliseconds to whole seconds; nothing that is no time. */
const seconds = (ms) => Math.max(0, Math.trunc(ms / 1000) || 0);

function adopt(socket) {
  const handle = socket._handle;
  handle.owner = socket;
  handle.onread = onRead;
  if (socket._noDelay && handle.setNoDelay) handle.setNoDelay(true);
  if (socket._keepAlive && handle.setKeepAlive) {
    handle.setKeepAlive(true, socket._keepAliveDelay, socket._keepAliveInterval, socket._keepAliveCount);
  }
  if (socket._serviceType !== undefined) handle.setTypeOfService?.(socket._serviceType);
}

/** For internal/http/server_socket.js: a Duplex of another class becomes a connected Socket on `handle`. */
Socket.prototype._connectedBy = function connectedBy(handle) {
  this._handle = handle;
  this._parent = null;
  this._pendingData = null;
  this._pendingEncoding = '';
  this._sockname = null;
  this._peername = null;
  this._bytesRead = 0;
  this._bytesDispatched = 0;
  this._writableState.decodeStrings = false;
  this._writableState.emitClose = this._readableState.emitClose = false;
  this._readableState.reading = false;
  adopt(this);
  this.on('end', onReadableEnd);
  this.read(0);
};

/** For tls: a handle that was exchanged for another. */
Socket.prototype._adoptHandle = function adoptHandle() {
  adopt(this);
};

function onReadableEnd() {
  if (!this.allowHalfOpen) this.write = writeAfterEnd;
}

function writeAfterEnd(chunk, encoding, callback) {
  if (!this.allowHalfOpen && !this.writableEnded && this.writable && !this.destroyed) {
    return Duplex.prototype.write.call(this, chunk, encoding, callback);
  }
  if (typeof encoding === 'function') callback = encoding;
  const error = new Error('This socket has been ended by the other party');
  error.code = 'EPIPE';
  if (typeof callback === 'function') process.nextTick(callback, error);
  this.destroy(error);
  return false;
}

Socket.prototype._unrefTimer = function _unrefTimer() {
  for (let s = this; s !== null && s !== undefined; s = s._parent) {
    if (s[kTimeout]) s[kTimeout].refresh();
  }
};

Socket.prototype[kOnTimeout] = function onTimeout() {
  const queued = this._handle?.writeQueueSize ?? 0;
  if (queued > 0 && queued !== this._lastQueued) {
    this._lastQueued = queued;
    this._unrefTimer();
    return;
  }
  this.emit('timeout');
};

/** Node documentation: socket.setTimeout(timeout[, callback]). @param {number} ms 0: never */
Socket.prototype.setTimeout = function setTimeout(ms, callback) {
  if (this.destroyed) return this;
  this.timeout = ms = timerDuration(ms, 'msecs');
  if (this[kTimeout]) timers.clearTimeout(this[kTimeout]);
  if (ms === 0) {
    this[kTimeout] = null;
    if (callback !== undefined) {
      validateFunction(callback, 'callback');
      this.removeListener('timeout', callback);
    }
    return this;
  }
  this[kTimeout] = timers.setUnrefTimeout(() => this[kOnTimeout](), ms);
  if (callback !== undefined) {
    validateFunction(callback, 'callback');
    this.once('timeout', callback);
  }
  return this;
};

// ---- reading and writing ------------------------------------------------------------------------------------------

function startReading(socket) {
  const handle = socket._handle;
  handle.reading = true;
  const rest = socket._onread?.rest;
  if (rest) {
    socket._onread.rest = null;
    const more = feedOwn(socket, rest);
    if (socket.destroyed || !handle.reading) return;
    if (!more) {
      handle.reading = false;
      return;
    }
  }
  const err = handle.readStart();
  if (err < 0) socket.destroy(errnoException(err, 'read'));
}

Socket.prototype._read = function _read() {
  if (this.connecting || !this._handle) this.once('connect', () => this._read());
  else if (!this._handle.reading && (this._onread === null || !this.isPaused())) startReading(this);
};

Socket.prototype.pause = function pause() {
  if (this._handle?.reading && !this.connecting && this._handle.readStop && this.readableFlowing !== false) {
    this._handle.reading = false;
    if (!this.destroyed) {
      const err = this._handle.readStop();
      if (err < 0) this.destroy(errnoException(err, 'read'));
      this._readableState.reading = false;
    }
  }
  return Duplex.prototype.pause.call(this);
};

Socket.prototype.resume = function resume() {
  if (this._handle && !this.connecting && !this._handle.reading && (this.readableFlowing === false || this._onread !== null)) {
    process.nextTick(() => {
      if (this._handle && !this.connecting && !this._handle.reading && !this.isPaused()) startReading(this);
    });
  }
  return Duplex.prototype.resume.call(this);
};

function whenConnected(socket, send, callback) {
  const onClose = () => callback(new ERR_SOCKET_CLOSED_BEFORE_CONNECTION());
  socket.once('connect', function connected() {
    socket.off('close', onClose);
    send();
  });
  socket.once('close', onClose);
}

/** What a write of StreamHandle said at once. */
function settleWrite(result, callback) {
  if (result < 0) callback(errnoException(result, 'write'));
  else if (result === 0) callback();
}

const written = (socket, callback) => (status) => {
  socket._unrefTimer();
  callback(status < 0 ? errnoException(status, 'write') : undefined);
};

Socket.prototype._write = function _write(chunk, encoding, callback) {
  if (this.connecting) {
    this._pendingData = chunk;
    this._pendingEncoding = encoding;
    whenConnected(this, () => {
      this._pendingData = null;
      this._write(chunk, encoding, callback);
    }, callback);
    return;
  }
  if (!this._handle) {
    callback(new ERR_SOCKET_CLOSED());
    return;
  }
  this._unrefTimer();
  const done = written(this, callback);
  let result;
  if (typeof chunk !== 'string') result = this._handle.writeBuffer(chunk, done);
  else if (encoding === 'utf8' || encoding === 'utf-8') result = this._handle.writeString(chunk, false, done);
  else if (encoding === 'latin1' || encoding === 'binary') result = this._handle.writeString(chunk, true, done);
  else result = this._handle.writeBuffer(Buffer.from(chunk, encoding), done);
  settleWrite(result, callback);
};

Socket.prototype._writev = function _writev(chunks, callback) {
  if (this.connecting) {
    this._pendingData = chunks;
    whenConnected(this, () => {
      this._pendingData = null;
      this._writev(chunks, callback);
    }, callback);
    return;
  }
  if (!this._handle) {
    callback(new ERR_SOCKET_CLOSED());
    return;
  }
  this._unrefTimer();
  const views = chunks.map(({ chunk, encoding }) => (typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk));
  settleWrite(this._handle.writev(views, written(this, callback)), callback);
};

Socket.prototype._final = function _final(callback) {
  if (this.connecting) {
    whenConnected(this, () => this._final(callback), () => callback());
    return;
  }
  if (!this._handle) {
    callback();
    return;
  }
  const err = this._handle.shutdown((status) => {
    if (status < 0 && status !== ENOTCONN && status !== -125) callback(errnoException(status, 'shutdown'));
    else callback();
  });
  if (err < 0) callback(err === ENOTCONN ? undefined : errnoException(err, 'shutdown'));
};

Socket.prototype.end = function end(data, encoding, callback) {
  Duplex.prototype.end.call(this, data, encoding, callback);
  return this;
};

Socket.prototype.destroySoon = function destroySoon() {
  if (this.writable) this.end();
  if (this.writableFinished) this.destroy();
  else this.once('finish', this.destroy);
};

Socket.prototype._destroy = function _destroy(error, callback) {
  this.connecting = false;
  for (let s = this; s !== null && s !== undefined; s = s._parent) {
    if (s[kTimeout]) {
      timers.clearTimeout(s[kTimeout]);
      s[kTimeout] = null;
    }
  }
  const finish = () => {
    callback(error);
    process.nextTick(() => this.emit('close', !!error));
  };
  const handle = this._handle;
  if (handle) {
    this._bytesRead = handle.bytesRead;
    this._bytesDispatched = handle.bytesWritten;
    this._sockname ??= handle.sockname?.();
    this._handle = null;
    handle.onread = null;
    handle.owner = null;
    if (this._resetOnDestroy && handle.reset && handle.reset(() => this.emit('close', !!error)) >= 0) {
      callback(error);
    } else {
      handle.close(() => this.emit('close', !!error));
      callback(error);
    }
  } else {
    finish();
  }
  if (this._server) {
    const server = this._server;
    this._server = null;
    server._connections--;
    server._sockets?.delete(this);
    server._emitCloseIfDrained();
  }
};

/** Node documentation: socket.resetAndDestroy(). */
Socket.prototype.resetAndDestroy = function resetAndDestroy() {
  if (!this._handle) {
    this.destroy(new ERR_SOCKET_CLOSED());
    return this;
  }
  if (!(this._handle instanceof TCP)) throw new ERR_INVALID_HANDLE_TYPE();
  const reset = () => {
    this._resetOnDestroy = true;
    this.destroy();
  };
  if (this.connecting) this.once('connect', reset);
  else reset();
  return this;
};

// ---- options and facts --------------------------------------------------------------------------------------------

/** @param {boolean} [on] */
Socket.prototype.setNoDelay = function setNoDelay(on) {
  on = on === undefined ? true : Boolean(on);
  if (this._handle && !this.connecting && this._handle.setNoDelay && on !== this._noDelay) this._handle.setNoDelay(on);
  this._noDelay = on;
  return this;
};

/**
 * @param {boolean | {enable?: boolean, initialDelay?: number, interval?: number, count?: number}} [on]
 * @param {number} [initialDelay] ms of silence before the first probe
 * @param {number} [interval] ms between probes @param {number} [count] of probes
 */
Socket.prototype.setKeepAlive = function setKeepAlive(on, initialDelay, interval, count) {
  if (on !== null && typeof on === 'object') ({ enable: on, initialDelay, interval, count } = on);
  on = Boolean(on);
  const delay = seconds(initialDelay);
  interval = interval === undefined ? undefined : seconds(interval);
  const changed = on !== this._keepAlive ||
    (on && (delay !== this._keepAliveDelay || interval !== this._keepAliveInterval || count !== this._keepAliveCount));
  this._keepAlive = on;
  this._keepAliveDelay = delay;
  this._keepAliveInterval = interval;
  this._keepAliveCount = count;
  if (changed && this._handle?.setKeepAlive && !this.connecting) this._handle.setKeepAlive(on, delay, interval, count);
  return this;
};

/** The IPv4 type of service, or IPv6 traffic class, of what is sent. @param {number} value 0 to 255 */
Socket.prototype.setTypeOfService = function setTypeOfService(value) {
  if (Number.isNaN(value)) throw new ERR_INVALID_ARG_TYPE('tos', 'number', value);
  validateInt32(value, 'tos', 0, 255);
  this._serviceType = value;
  if (!this._handle || this.connecting) return this;
  const err = this._handle.setTypeOfService?.(value) ?? 0;
  if (err < 0) throw errnoException(err, 'setTypeOfService');
  return this;
};

Socket.prototype.getTypeOfService = function getTypeOfService() {
  if (!this._handle?.getTypeOfService || this.connecting) return this._serviceType ?? 0;
  const value = this._handle.getTypeOfService();
  if (value < 0) throw errnoException(value, 'getTypeOfService');
  return value;
};

Socket.prototype.ref = function ref() {
  if (this._handle) this._handle.ref?.();
  else this.once('connect', this.ref);
  return this;
};

Socket.prototype.unref = function unref() {
  if (this._handle) this._handle.unref?.();
  else this.once('connect', this.unref);
  return this;
};

function peer(socket) {
  if (socket._peername === null && socket._handle?.peername && !socket.connecting) {
    socket._peername = socket._handle.peername() ?? null;
  }
  return Array.isArray(socket._peername) ? socket._peername : [];
}

function local(socket) {
  if (socket._sockname === null && socket._handle?.sockname && !socket.connecting) {
    socket._sockname = socket._handle.sockname() ?? null;
  }
  return Array.isArray(socket._sockname) ? socket._sockname : [];
}

Socket.prototype.address = function address() {
  const [host, family, port] = local(this);
  return host === undefined ? {} : { address: host, family, port };
};

const getters = {
  remoteAddress() { return peer(this)[0]; },
  remoteFamily() { return peer(this)[1]; },
  remotePort() { return peer(this)[2]; },
  localAddress() { return local(this)[0]; },
  localFamily() { return local(this)[1]; },
  localPort() { return local(this)[2]; },
  bytesRead() { return this._handle ? this._handle.bytesRead ?? 0 : this._bytesRead; },
  bytesWritten() {
    const buffered = this.writableBuffer;
    if (!buffered) return undefined;
    const handle = this._handle;
    let bytes = handle ? handle.bytesWritten ?? 0 : this._bytesDispatched;
    const add = (chunk, encoding) => { bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length; };
    for (const { chunk, encoding } of buffered) add(chunk, encoding);
    const pending = this._pendingData;
    if (Array.isArray(pending)) for (const { chunk, encoding } of pending) add(chunk, encoding);
    else if (pending) add(pending, this._pendingEncoding);
    return bytes;
  },
  bufferSize() { return this._handle ? this.writableLength : undefined; },
  pending() { return !this._handle || this.connecting; },
  readyState() {
    if (this.connecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    if (this.readable) return 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  },
  _connecting() { return this.connecting; },
};
for (const [name, get] of Object.entries(getters)) {
  Object.defineProperty(Socket.prototype, name, { get, configurable: true, enumerable: name !== '_connecting' });
}

// ---- connecting ---------------------------------------------------------------------------------------------------

/** Node documentation: socket.connect(options | path | port[, host][, listener]). */
Socket.prototype.connect = function connect(...args) {
  if (Array.isArray(args[0]) && args.length === 1) args = args[0];
  const [options, callback] = normalizeArgs(args);
  if (options.port === undefined && (options.path === undefined || options.path === null)) {
    throw new ERR_MISSING_ARGS(['options', 'port', 'path']);
  }
  if (this.write !== Socket.prototype.write) this.write = Socket.prototype.write;
  if (this.destroyed) {
    this._undestroy();
    this._handle = null;
    this._peername = null;
    this._sockname = null;
  }
  if (!this._handle) this._handle = options.path ? new Pipe() : new TCP();
  if (options.noDelay) this._noDelay = true;
  if (options.keepAlive) {
    this._keepAlive = true;
    this._keepAliveDelay = seconds(options.keepAliveInitialDelay);
  }
  if (options.onread && this._onread === null) this._onread = onreadOf(options);
  if (observed.on) observed.publish('net.client.socket', { socket: this });
  this._handle.owner = this;
  this._handle.onread = onRead;
  if (callback !== null) this.once('connect', callback);
  this._unrefTimer();
  this.connecting = true;
  if (options.path) {
    validateString(options.path, 'options.path');
    connectPipe(this, options.path);
  } else {
    connectByName(this, options);
  }
  return this;
};

function connectPipe(socket, path) {
  const err = isTooLong(path) ? EINVAL : socket._handle.connect(path, (status) => afterConnect(socket, status, path));
  if (err < 0) process.nextTick(() => socket.destroy(errnoException(err, 'connect', path)));
}

function connectByName(socket, options) {
  const { localAddress, localPort, family, hints, lookup } = options;
  const host = options.host || 'localhost';
  if (localAddress && !isIP(localAddress)) throw new ERR_INVALID_IP_ADDRESS(localAddress);
  if (localPort) validateNumber(localPort, 'options.localPort');
  let { port } = options;
  if (typeof port !== 'number' && typeof port !== 'string') {
    throw new ERR_INVALID_ARG_TYPE('options.port', ['number', 'string'], port);
  }
  port = validatePort(port, 'options.port') | 0;
  if (options.autoSelectFamily !== undefined) validateBoolean(options.autoSelectFamily, 'options.autoSelectFamily');
  if (lookup !== undefined) validateFunction(lookup, 'options.lookup');
  if (options.autoSelectFamilyAttemptTimeout !== undefined) {
    validateInt32(options.autoSelectFamilyAttemptTimeout, 'options.autoSelectFamilyAttemptTimeout', 1);
  }
  socket._host = host;
  const kind = isIP(host);
  if (kind !== 0) {
    process.nextTick(() => {
      if (socket.connecting) connectTo(socket, host, port, kind, options);
    });
    return;
  }
  if (family !== undefined && family !== 0 && family !== 4 && family !== 6 && family !== 'IPv4' && family !== 'IPv6') {
    throw new ERR_INVALID_ADDRESS_FAMILY(family, host, port);
  }
  const many = (options.autoSelectFamily ?? autoSelectFamily) && !family && !localAddress;
  const find = lookup ?? require('dns').lookup;
  const asked = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : family;
  const question = { family: asked, hints: hints || 0 };
  if (many) question.all = true;
  const done = (error, found, foundFamily) => {
    const list = Array.isArray(found) ? found : found === undefined ? [] : [{ address: found, family: foundFamily }];
    socket.emit('lookup', error, list[0]?.address, list[0]?.family, host);
    if (!socket.connecting) return;
    if (error) {
      process.nextTick(() => socket.destroy(error));
      return;
    }
    const usable = list.filter((entry) => isIP(entry.address) !== 0 && (entry.family === 4 || entry.family === 6));
    if (usable.length === 0) {
      const first = list[0] ?? {};
      const failure = isIP(first.address) === 0 ? new ERR_INVALID_IP_ADDRESS(first.address)
        : new ERR_INVALID_ADDRESS_FAMILY(first.family, host, port);
      process.nextTick(() => socket.destroy(failure));
      return;
    }
    if (usable.length === 1) connectTo(socket, usable[0].address, port, isIP(usable[0].address), options);
    else connectToAny(socket, interleave(usable), port, options);
  };
  const id = socket._handle.getAsyncId?.() ?? ids.executionId();
  ids.causedBy(id, find, host, question, done);
}

/** Alternates families, the first one's family first (RFC 8305 section 4). */
function interleave(list) {
  const first = list.filter((entry) => entry.family === list[0].family);
  const second = list.filter((entry) => entry.family !== list[0].family);
  const out = [];
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    if (i < first.length) out.push(first[i]);
    if (i < second.length) out.push(second[i]);
  }
  return out;
}

function blocked(socket, address, family, options) {
  if (!options.blockList?.check(address, `ipv${family}`)) return false;
  socket.destroy(new ERR_IP_BLOCKED(address));
  return true;
}

function bindLocal(handle, { localAddress, localPort }, family) {
  if (!localAddress && !localPort) return 0;
  return handle.bind(localAddress || (family === 6 ? '::' : '0.0.0.0'), localPort || 0, false);
}

function connectTo(socket, address, port, family, options) {
  socket._from = options;
  if (observed.on && observed.types.has('net')) socket._connectStarted = observed.now();
  if (blocked(socket, address, family, options)) return;
  socket.emit('connectionAttempt', address, port, family);
  let err = bindLocal(socket._handle, options, family);
  if (err < 0) {
    socket.destroy(new ExceptionWithHostPort(err, 'bind', options.localAddress, options.localPort));
    return;
  }
  err = socket._handle.connect(address, port, (status) => {
    if (status < 0) socket.emit('connectionAttemptFailed', address, port, family, new ExceptionWithHostPort(status, 'connect', address, port));
    afterConnect(socket, status, address, port);
  });
  if (err < 0) socket.destroy(new ExceptionWithHostPort(err, 'connect', address, port));
}

/** Tries the addresses in turn, each for a limited time (Node documentation: autoSelectFamily). */
function connectToAny(socket, list, port, options) {
  const limit = Math.max(10, options.autoSelectFamilyAttemptTimeout ?? autoSelectFamilyAttemptTimeout);
  const failures = [];
  socket.autoSelectFamilyAttemptedAddresses = [];
  const attempt = (at) => {
    if (!socket.connecting) return;
    if (at === list.length) {
      const { NodeAggregateError } = require('../internal/errors');
      const aggregate = NodeAggregateError ? new NodeAggregateError(failures) : new AggregateError(failures);
      aggregate.code = failures[0].code;
      socket.destroy(failures.length === 1 ? failures[0] : aggregate);
      return;
    }
    const { address } = list[at];
    const family = isIP(address);
    if (blocked(socket, address, family, options)) return;
    const handle = at === 0 ? socket._handle : new TCP();
    if (handle !== socket._handle) {
      const old = socket._handle;
      old.onread = null;
      old.close();
      socket._handle = handle;
      adopt(socket);
    }
    socket.autoSelectFamilyAttemptedAddresses.push(`${address}:${port}`);
    socket.emit('connectionAttempt', address, port, family);
    let timer = null;
    let over = false;
    const failed = (error, event) => {
      if (over) return;
      over = true;
      if (timer !== null) timers.clearTimeout(timer);
      failures.push(error);
      socket.emit(event, address, port, family, error);
      attempt(at + 1);
    };
    const err = handle.connect(address, port, (status) => {
      if (over || socket._handle !== handle) return;
      if (status < 0) {
        failed(new ExceptionWithHostPort(status, 'connect', address, port), 'connectionAttemptFailed');
        return;
      }
      over = true;
      if (timer !== null) timers.clearTimeout(timer);
      afterConnect(socket, status, address, port);
    });
    if (err < 0) {
      failed(new ExceptionWithHostPort(err, 'connect', address, port), 'connectionAttemptFailed');
      return;
    }
    if (at < list.length - 1) {
      timer = timers.setTimeout(() => {
        failed(new ERR_SOCKET_CONNECTION_TIMEOUT(), 'connectionAttemptTimeout');
      }, limit);
    }
  };
  attempt(0);
}

/** Says also from where, if the app has chosen that. */
function connectError(socket, status, address, port) {
  const { localAddress, localPort } = socket._from ?? {};
  if (!localAddress || !localPort) return new ExceptionWithHostPort(status, 'connect', address, port);
  const error = new ExceptionWithHostPort(status, 'connect', address, port, `${localAddress}:${localPort}`);
  error.localAddress = localAddress;
  error.localPort = localPort;
  return error;
}

function afterConnect(socket, status, address, port) {
  if (socket.destroyed || !socket.connecting) return;
  socket.connecting = false;
  socket._sockname = null;
  if (status < 0) {
    socket.destroy(connectError(socket, status, address, port));
    return;
  }
  if (socket._connectStarted !== undefined) {
    observed.measured('connect', 'net', socket._connectStarted, { host: address, port });
  }
  adopt(socket);
  socket._unrefTimer();
  socket.emit('connect');
  socket.emit('ready');
  if (socket.readable && !socket.isPaused()) socket.read(0);
}

/** Node documentation: net.createConnection(). @returns {Socket} */
function connect(...args) {
  const [options, callback] = normalizeArgs(args);
  const socket = new Socket(options);
  if (options.timeout) socket.setTimeout(options.timeout);
  return callback === null ? socket.connect(options) : socket.connect(options, callback);
}

module.exports = {
  Socket, Stream: Socket, connect, createConnection: connect, isIP, isIPv4, isIPv6, SocketAddress, BlockList,
  _normalizeArgs: normalizeArgs, _adopt: adopt,
  getDefaultAutoSelectFamily: () => autoSelectFamily,
  setDefaultAutoSelectFamily(value) {
    validateBoolean(value, 'value');
    autoSelectFamily = value;
  },
  getDefaultAutoSelectFamilyAttemptTimeout: () => autoSelectFamilyAttemptTimeout,
  setDefaultAutoSelectFamilyAttemptTimeout(value) {
    validateInt32(value, 'value', 1);
    autoSelectFamilyAttemptTimeout = Math.max(10, value);
  },
};

const { Server, createServer, isTooLong } = require('../internal/net_server');
Object.assign(module.exports, { Server, createServer });
