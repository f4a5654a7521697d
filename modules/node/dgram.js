'use strict';
// node:dgram. A Socket owns one UDP handle (internal/udp_handle.js). What a program asks for while the socket is being
// bound waits in a queue, in order.
//
// Under `jsd serve` each worker binds a socket of its own, as a cluster's workers do with `exclusive: true`: several
// workers share a port with reuseAddr or reusePort.
const EventEmitter = require('./events');
const { deprecate } = require('./util');
const diagnostics = require('./diagnostics_channel');
const { UDP } = require('../internal/udp_handle');
const { isIP, isIPv4, BlockList } = require('../internal/net_address');
const {
  errnoException, exceptionWithHostPort, errname, uvErrorMap,
  codes: {
    ERR_BUFFER_OUT_OF_BOUNDS, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_FD_TYPE, ERR_IP_BLOCKED,
    ERR_MISSING_ARGS, ERR_SOCKET_ALREADY_BOUND, ERR_SOCKET_BAD_BUFFER_SIZE, ERR_SOCKET_BAD_TYPE, ERR_SOCKET_BUFFER_SIZE,
    ERR_SOCKET_DGRAM_IS_CONNECTED, ERR_SOCKET_DGRAM_NOT_CONNECTED, ERR_SOCKET_DGRAM_NOT_RUNNING,
  },
} = require('../internal/errors');
const { validateAbortSignal, validateFunction, validateNumber, validateObject, validatePort,
  validateString } = require('../internal/validators');

const created = diagnostics.channel('udp.socket');

const UNBOUND = 0;
const BINDING = 1;
const BOUND = 2;
const DISCONNECTED = 0;
const CONNECTING = 1;
const CONNECTED = 2;
const kState = Symbol('state symbol');

const families = { udp4: 4, udp6: 6 };
const anyAddress = { udp4: '0.0.0.0', udp6: '::' };
const loopback = { udp4: '127.0.0.1', udp6: '::1' };

/**
 * Node documentation: class dgram.Socket.
 * @param {string | { type: 'udp4' | 'udp6', reuseAddr?: boolean, reusePort?: boolean, ipv6Only?: boolean,
 *   recvBufferSize?: number, sendBufferSize?: number, lookup?: Function, signal?: AbortSignal,
 *   receiveBlockList?: BlockList, sendBlockList?: BlockList }} type
 * @param {(message: Buffer, from: object) => void} [listener]
 */
function Socket(type, listener) {
  EventEmitter.call(this);
  let options = {};
  if (type !== null && typeof type === 'object') {
    options = type;
    ({ type } = options);
  }
  const { lookup, recvBufferSize, sendBufferSize, receiveBlockList, sendBlockList, signal } = options;
  if (lookup !== undefined) validateFunction(lookup, 'lookup');
  if (typeof type !== 'string' || families[type] === undefined) throw new ERR_SOCKET_BAD_TYPE();
  if (recvBufferSize !== undefined) validateNumber(recvBufferSize, 'options.recvBufferSize');
  if (sendBufferSize !== undefined) validateNumber(sendBufferSize, 'options.sendBufferSize');
  for (const [name, list] of Object.entries({ receiveBlockList, sendBlockList })) {
    if (list && !BlockList.isBlockList(list)) throw new ERR_INVALID_ARG_TYPE(`options.${name}`, 'net.BlockList', list);
  }
  this.type = type;
  this[kState] = {
    handle: new UDP((...args) => onMessage(this, ...args)),
    receiving: false,
    bindState: UNBOUND,
    connectState: DISCONNECTED,
    queue: undefined,
    reuseAddr: options.reuseAddr,
    reusePort: options.reusePort,
    ipv6Only: options.ipv6Only,
    lookup,
    recvBufferSize,
    sendBufferSize,
    receiveBlockList,
    sendBlockList,
  };
  if (typeof listener === 'function') this.on('message', listener);
  if (signal !== undefined) {
    validateAbortSignal(signal, 'options.signal');
    const abort = () => { if (this[kState].handle !== null) this.close(); };
    if (signal.aborted) process.nextTick(abort);
    else {
      signal.addEventListener('abort', abort, { once: true });
      this.once('close', () => signal.removeEventListener('abort', abort));
    }
  }
  if (created.hasSubscribers) created.publish({ socket: this });
}
Object.setPrototypeOf(Socket.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Socket, EventEmitter);

/** Node documentation: dgram.createSocket(options[, callback]). @returns {Socket} */
function createSocket(type, listener) {
  return new Socket(type, listener);
}

// ---- the socket's state -------------------------------------------------------------------------------------------

function running(socket) {
  const state = socket[kState];
  if (!state.handle) throw new ERR_SOCKET_DGRAM_NOT_RUNNING();
  return state;
}

/** Throws what a call of the handle's said, where it is an error. */
function checked(result, syscall) {
  if (result < 0) throw errnoException(result, syscall);
  return result;
}

/** The numeric address of a name, asynchronously: an address of the socket's family is its own. */
function lookup(socket, address, callback) {
  const { lookup: own } = socket[kState];
  const family = families[socket.type];
  const name = address || loopback[socket.type];
  if (own !== undefined) own(name, family, callback);
  else if (isIP(name) === family) process.nextTick(callback, null, name, family);
  else require('./dns').lookup(name, family, callback);
}

/** Runs `action` once the socket is bound. One that cannot be bound forgets what waits. */
function whenBound(socket, action) {
  const state = socket[kState];
  if (state.queue === undefined) {
    state.queue = [];
    const settle = () => {
      socket.removeListener(EventEmitter.errorMonitor, fail);
      socket.removeListener('listening', flush);
    };
    const flush = () => {
      const { queue } = state;
      settle();
      state.queue = undefined;
      for (const waiting of queue) waiting();
    };
    const fail = () => {
      settle();
      state.queue = undefined;
    };
    socket.once(EventEmitter.errorMonitor, fail);
    socket.once('listening', flush);
  }
  state.queue.push(action);
}

function onMessage(socket, status, buffer, address, family, port) {
  const state = socket[kState];
  if (!state.handle) return;
  if (status < 0) {
    socket.emit('error', errnoException(status, 'recvmsg'));
    return;
  }
  if (state.receiveBlockList?.check(address, family?.toLowerCase())) return;
  socket.emit('message', buffer, { address, family, port, size: buffer.length });
}

function bufferSize(socket, receive, size) {
  if (size >>> 0 !== size) throw new ERR_SOCKET_BAD_BUFFER_SIZE();
  const result = running(socket).handle.bufferSize(receive, size);
  if (result < 0) {
    throw new ERR_SOCKET_BUFFER_SIZE({
      errno: result, code: errname(result), message: uvErrorMap().get(result)?.[1],
      syscall: receive ? 'uv_recv_buffer_size' : 'uv_send_buffer_size',
    });
  }
  return result;
}

function startListening(socket) {
  const state = socket[kState];
  state.handle.receiveStart();
  state.receiving = true;
  state.bindState = BOUND;
  if (state.recvBufferSize) bufferSize(socket, true, state.recvBufferSize);
  if (state.sendBufferSize) bufferSize(socket, false, state.sendBufferSize);
}

function bindFlags(state) {
  return (state.reuseAddr ? UDP.flags.REUSEADDR : 0) | (state.reusePort ? UDP.flags.REUSEPORT : 0) |
    (state.ipv6Only ? UDP.flags.IPV6ONLY : 0);
}

// ---- bind and connect ---------------------------------------------------------------------------------------------

/**
 * Node documentation: socket.bind([port][, address][, callback]), socket.bind(options[, callback]).
 * @param {number | { port?: number, address?: string, exclusive?: boolean, fd?: number } | Function} [port]
 */
Socket.prototype.bind = function bind(port, address, callback) {
  const state = running(this);
  if (state.bindState !== UNBOUND) throw new ERR_SOCKET_ALREADY_BOUND();
  state.bindState = BINDING;
  const last = arguments.length > 0 ? arguments[arguments.length - 1] : undefined;
  if (typeof last === 'function') {
    const forget = () => {
      this.removeListener(EventEmitter.errorMonitor, forget);
      this.removeListener('listening', onListening);
    };
    const onListening = (...args) => {
      forget();
      last.apply(this, args);
    };
    this.on(EventEmitter.errorMonitor, forget);
    this.on('listening', onListening);
  }
  if (port !== null && typeof port === 'object') {
    if (Number.isInteger(port.fd) && port.fd > 0) return bindDescriptor(this, port.fd);
    address = port.address || '';
    ({ port } = port);
  } else {
    address = typeof address === 'function' ? '' : address;
  }
  lookup(this, address || anyAddress[this.type], (error, ip) => {
    if (!state.handle) return; // closed meanwhile
    if (error) {
      state.bindState = UNBOUND;
      this.emit('error', error);
      return;
    }
    const wanted = typeof port === 'function' || !port ? 0 : Number(port);
    const err = state.handle.bind(ip, wanted, bindFlags(state));
    if (err < 0) {
      state.bindState = UNBOUND;
      this.emit('error', exceptionWithHostPort(err, 'bind', ip, wanted));
      return;
    }
    startListening(this);
    this.emit('listening');
  });
  return this;
};

/** As bind, of a descriptor that is a UDP socket already. */
function bindDescriptor(socket, fd) {
  const state = socket[kState];
  const type = internalBinding('stdio').guess(fd);
  if (type !== 'UDP') throw new ERR_INVALID_FD_TYPE(type);
  checked(state.handle.open(fd), 'open');
  startListening(socket);
  socket.emit('listening');
  return socket;
}

function validateNumericAddress(address) {
  validateString(address, 'address');
  if (isIP(address) === 0) throw new ERR_INVALID_ARG_VALUE('address', address, 'must be a numeric IP address');
}

/**
 * Node documentation: socket.bindSync([options]).
 * @param {{ port?: number, address?: string }} [options] @returns {{ address: string, family: string, port: number }}
 */
Socket.prototype.bindSync = function bindSync(options = {}) {
  const state = running(this);
  validateObject(options, 'options');
  if (state.bindState !== UNBOUND) throw new ERR_SOCKET_ALREADY_BOUND();
  const { address = anyAddress[this.type] } = options;
  validateNumericAddress(address);
  const port = validatePort(options.port ?? 0, 'options.port');
  const err = state.handle.bind(address, port, bindFlags(state));
  if (err < 0) throw exceptionWithHostPort(err, 'bind', address, port);
  startListening(this);
  process.nextTick(() => { if (state.handle) this.emit('listening'); });
  return this.address();
};

function connectNow(socket, ip, port) {
  const state = socket[kState];
  if (state.sendBlockList?.check(ip, isIPv4(ip) ? 'ipv4' : 'ipv6')) return new ERR_IP_BLOCKED(ip);
  const err = state.handle.connect(ip, port);
  return err < 0 ? exceptionWithHostPort(err, 'connect', ip, port) : null;
}

/** Node documentation: socket.connect(port[, address][, callback]). */
Socket.prototype.connect = function connect(port, address, callback) {
  port = validatePort(port, 'Port', false);
  if (typeof address === 'function') {
    callback = address;
    address = '';
  } else if (address === undefined) {
    address = '';
  }
  validateString(address, 'address');
  const state = running(this);
  if (state.connectState !== DISCONNECTED) throw new ERR_SOCKET_DGRAM_IS_CONNECTED();
  state.connectState = CONNECTING;
  if (state.bindState === UNBOUND) this.bind({ port: 0, exclusive: true }, null);
  const begin = () => {
    if (callback) this.once('connect', callback);
    lookup(this, address, (error, ip) => {
      if (!state.handle) return;
      const failed = error ?? connectNow(this, ip, port);
      if (!failed) {
        state.connectState = CONNECTED;
        process.nextTick(() => { if (state.handle) this.emit('connect'); });
        return;
      }
      state.connectState = DISCONNECTED;
      process.nextTick(() => {
        if (callback) {
          this.removeListener('connect', callback);
          callback(failed);
        } else {
          this.emit('error', failed);
        }
      });
    });
  };
  if (state.bindState === BOUND) begin();
  else whenBound(this, begin);
};

/** Node documentation: socket.connectSync(port[, address]). */
Socket.prototype.connectSync = function connectSync(port, address = loopback[this.type]) {
  const state = running(this);
  port = validatePort(port, 'Port', false);
  validateNumericAddress(address);
  if (state.connectState !== DISCONNECTED) throw new ERR_SOCKET_DGRAM_IS_CONNECTED();
  if (state.bindState === BINDING) throw new ERR_SOCKET_ALREADY_BOUND();
  if (state.bindState === UNBOUND) this.bindSync({ port: 0 });
  const error = connectNow(this, address, port);
  if (error !== null) throw error;
  state.connectState = CONNECTED;
  process.nextTick(() => { if (state.handle) this.emit('connect'); });
};

/** Node documentation: socket.disconnect(). */
Socket.prototype.disconnect = function disconnect() {
  const state = running(this);
  if (state.connectState !== CONNECTED) throw new ERR_SOCKET_DGRAM_NOT_CONNECTED();
  checked(state.handle.disconnect(), 'connect');
  state.connectState = DISCONNECTED;
};

// ---- sending ------------------------------------------------------------------------------------------------------

const bytesTypes = ['string', 'Buffer', 'TypedArray', 'DataView'];

/** A part of what is to be sent. */
function slice(buffer, offset, length) {
  if (typeof buffer === 'string') buffer = Buffer.from(buffer);
  else if (!ArrayBuffer.isView(buffer)) throw new ERR_INVALID_ARG_TYPE('buffer', bytesTypes, buffer);
  offset >>>= 0;
  length >>>= 0;
  if (offset > buffer.byteLength) throw new ERR_BUFFER_OUT_OF_BOUNDS('offset');
  if (offset + length > buffer.byteLength) throw new ERR_BUFFER_OUT_OF_BOUNDS('length');
  return Buffer.from(buffer.buffer, buffer.byteOffset + offset, length);
}

function toViews(message) {
  if (typeof message === 'string') return [Buffer.from(message)];
  if (ArrayBuffer.isView(message)) return [message];
  if (!Array.isArray(message)) throw new ERR_INVALID_ARG_TYPE('buffer', bytesTypes, message);
  return message.map((part) => {
    if (typeof part === 'string') return Buffer.from(part);
    if (!ArrayBuffer.isView(part)) throw new ERR_INVALID_ARG_TYPE('buffer list arguments', bytesTypes, message);
    return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  });
}

/**
 * Node documentation: socket.send(msg[, offset, length][, port][, address][, callback]).
 * @param {string | ArrayBufferView | (string | ArrayBufferView)[]} message
 */
Socket.prototype.send = function send(message, offset, length, port, address, callback) {
  const connected = this[kState].connectState === CONNECTED;
  if (!connected) {
    if (address || (port && typeof port !== 'function')) message = slice(message, offset, length);
    else [port, address, callback] = [offset, length, port];
  } else {
    if (typeof length === 'number') {
      message = slice(message, offset, length);
      if (typeof port === 'function') [callback, port] = [port, null];
    } else {
      callback = offset;
    }
    if (port || address) throw new ERR_SOCKET_DGRAM_IS_CONNECTED();
  }
  const views = toViews(message);
  if (!connected) port = validatePort(port, 'Port', false);
  if (typeof callback !== 'function') callback = undefined;
  if (typeof address === 'function') [callback, address] = [address, undefined];
  else if (address !== undefined && address !== null) validateString(address, 'address');
  const state = running(this);
  if (state.bindState === UNBOUND) this.bind({ port: 0, exclusive: true }, null);
  if (views.length === 0) views.push(Buffer.alloc(0));
  const begin = () => {
    if (connected) sendNow(this, null, undefined, views, port, address, callback);
    else lookup(this, address, (error, ip) => sendNow(this, error, ip, views, port, address, callback));
  };
  if (state.bindState === BOUND) begin();
  else whenBound(this, () => { if (state.handle) begin(); });
};

function sendNow(socket, error, ip, views, port, address, callback) {
  const state = socket[kState];
  const fail = (failure) => {
    if (callback) process.nextTick(callback, failure);
    else process.nextTick(() => socket.emit('error', failure));
  };
  if (error) {
    fail(error);
    return;
  }
  if (!state.handle) return;
  if (ip !== undefined && state.sendBlockList?.check(ip, isIPv4(ip) ? 'ipv4' : 'ipv6')) {
    fail(new ERR_IP_BLOCKED(ip));
    return;
  }
  const total = views.reduce((sum, view) => sum + view.byteLength, 0);
  const result = state.handle.send(views, ip, port, (status) => {
    if (callback === undefined) return;
    if (status < 0) callback(exceptionWithHostPort(status, 'send', address, port));
    else callback(null, total);
  });
  if (result > 0 && callback) process.nextTick(callback, null, result - 1);
  else if (result < 0 && callback) process.nextTick(callback, exceptionWithHostPort(result, 'send', address, port));
}

/**
 * The older form of send, with everything given. @param {Buffer} buffer
 */
Socket.prototype.sendto = function sendto(buffer, offset, length, port, address, callback) {
  validateNumber(offset, 'offset');
  validateNumber(length, 'length');
  validateNumber(port, 'port');
  validateString(address, 'address');
  this.send(buffer, offset, length, port, address, callback);
};

// ---- closing ------------------------------------------------------------------------------------------------------

/** Node documentation: socket.close([callback]). */
Socket.prototype.close = function close(callback) {
  const state = this[kState];
  if (typeof callback === 'function') this.on('close', callback);
  if (state.queue !== undefined) {
    state.queue.push(() => this.close());
    return this;
  }
  running(this);
  state.receiving = false;
  state.handle.receiveStop();
  state.handle.close();
  state.handle = null;
  process.nextTick(() => this.emit('close'));
  return this;
};

Socket.prototype[Symbol.asyncDispose] = function asyncDispose() {
  if (!this[kState].handle) return Promise.resolve();
  return new Promise((resolve, reject) => {
    this.close((error) => (error ? reject(error) : resolve()));
  });
};

// ---- options and facts --------------------------------------------------------------------------------------------

function named(result, syscall) {
  if (typeof result === 'number') throw errnoException(result, syscall);
  const [address, family, port] = result;
  return { address, family, port };
}

/** Node documentation: socket.address(). @returns {{ address: string, family: string, port: number }} */
Socket.prototype.address = function address() {
  return named(running(this).handle.sockname(), 'getsockname');
};

/** Node documentation: socket.remoteAddress(). @returns {{ address: string, family: string, port: number }} */
Socket.prototype.remoteAddress = function remoteAddress() {
  const state = running(this);
  if (state.connectState !== CONNECTED) throw new ERR_SOCKET_DGRAM_NOT_CONNECTED();
  return named(state.handle.peername(), 'getpeername');
};

Socket.prototype.setBroadcast = function setBroadcast(flag) {
  checked(running(this).handle.setBroadcast(flag ? 1 : 0), 'setBroadcast');
};

/** @param {number} ttl hops, 1 to 255 */
Socket.prototype.setTTL = function setTTL(ttl) {
  validateNumber(ttl, 'ttl');
  checked(running(this).handle.setTTL(ttl), 'setTTL');
  return ttl;
};

/** @param {number} ttl hops, 0 to 255 */
Socket.prototype.setMulticastTTL = function setMulticastTTL(ttl) {
  validateNumber(ttl, 'ttl');
  checked(running(this).handle.setMulticastTTL(ttl), 'setMulticastTTL');
  return ttl;
};

Socket.prototype.setMulticastLoopback = function setMulticastLoopback(flag) {
  checked(running(this).handle.setMulticastLoopback(flag ? 1 : 0), 'setMulticastLoopback');
  return flag;
};

Socket.prototype.setMulticastInterface = function setMulticastInterface(address) {
  const { handle } = running(this);
  validateString(address, 'interfaceAddress');
  checked(handle.setMulticastInterface(address), 'setMulticastInterface');
};

for (const [name, join] of [['addMembership', true], ['dropMembership', false]]) {
  Socket.prototype[name] = { [name](multicastAddress, multicastInterface) {
    const { handle } = running(this);
    if (!multicastAddress) throw new ERR_MISSING_ARGS('multicastAddress');
    checked(handle.setMembership(join, multicastAddress, multicastInterface), name);
  } }[name];
}

for (const [name, join] of [['addSourceSpecificMembership', true], ['dropSourceSpecificMembership', false]]) {
  Socket.prototype[name] = { [name](sourceAddress, groupAddress, multicastInterface) {
    const { handle } = running(this);
    validateString(sourceAddress, 'sourceAddress');
    validateString(groupAddress, 'groupAddress');
    checked(handle.setMembership(join, groupAddress, multicastInterface, sourceAddress), name);
  } }[name];
}

/** @param {number} size in bytes */
Socket.prototype.setRecvBufferSize = function setRecvBufferSize(size) {
  bufferSize(this, true, size);
};
Socket.prototype.setSendBufferSize = function setSendBufferSize(size) {
  bufferSize(this, false, size);
};
Socket.prototype.getRecvBufferSize = function getRecvBufferSize() {
  return bufferSize(this, true, 0);
};
Socket.prototype.getSendBufferSize = function getSendBufferSize() {
  return bufferSize(this, false, 0);
};
/** @returns {number} bytes that wait to be sent */
Socket.prototype.getSendQueueSize = function getSendQueueSize() {
  return this[kState].handle.getSendQueueSize();
};
/** @returns {number} datagrams that wait to be sent */
Socket.prototype.getSendQueueCount = function getSendQueueCount() {
  return this[kState].handle.getSendQueueCount();
};

Socket.prototype.ref = function ref() {
  this[kState].handle?.ref();
  return this;
};
Socket.prototype.unref = function unref() {
  this[kState].handle?.unref();
  return this;
};

// ---- what was never meant to be public (DEP0112) ------------------------------------------------------------------

for (const key of ['handle', 'receiving', 'bindState', 'queue', 'reuseAddr']) {
  const name = `_${key}`;
  const text = `Socket.prototype.${name} is deprecated`;
  Object.defineProperty(Socket.prototype, name, {
    configurable: true,
    get: deprecate(function get() { return this[kState][key]; }, text, 'DEP0112'),
    set: deprecate(function set(value) { this[kState][key] = value; }, text, 'DEP0112'),
  });
}
Socket.prototype._healthCheck = deprecate(function healthCheck() {
  running(this);
}, 'Socket.prototype._healthCheck() is deprecated', 'DEP0112');
Socket.prototype._stopReceiving = deprecate(function stopReceiving() {
  const state = this[kState];
  if (!state.receiving) return;
  state.handle.receiveStop();
  state.receiving = false;
}, 'Socket.prototype._stopReceiving() is deprecated', 'DEP0112');

module.exports = { createSocket, Socket };
