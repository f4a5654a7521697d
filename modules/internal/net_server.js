'use strict';
// net.Server. Under `jsd serve` the descriptor comes from the master (sharedListen), so that all workers, and the next
// generation's, accept from one queue.
const EventEmitter = require('events');
const ids = require('./async_ids');
const { SERVER, TCP, Pipe, sharedListen } = require('./stream_handle');
const net = require('../node/net');
const {
  errnoException, uvExceptionWithHostPort, UVException,
  codes: { ERR_INVALID_ARG_VALUE, ERR_SERVER_ALREADY_LISTEN, ERR_SERVER_NOT_RUNNING, ERR_INVALID_ARG_TYPE },
} = require('./errors');
const { validateAbortSignal, validatePort, validateObject } = require('./validators');

const observed = require('./observed');

const ECANCELED = -125;
const EINVAL = -22;

/** Node documentation: class net.Server. */
function Server(options, listener) {
  if (!(this instanceof Server)) return new Server(options, listener);
  EventEmitter.call(this);
  if (typeof options === 'function') {
    listener = options;
    options = {};
  } else if (options === undefined || options === null) {
    options = {};
  } else {
    validateObject(options, 'options');
    options = { ...options };
  }
  if (listener !== undefined) {
    if (typeof listener !== 'function') throw new ERR_INVALID_ARG_TYPE('connectionListener', 'Function', listener);
    this.on('connection', listener);
  }
  this._connections = 0;
  this._handle = null;
  this._sockets = new Set();
  this._unref = false;
  this.allowHalfOpen = !!options.allowHalfOpen;
  this.pauseOnConnect = !!options.pauseOnConnect;
  this.noDelay = !!options.noDelay;
  this.keepAlive = !!options.keepAlive;
  this.keepAliveInitialDelay = Math.max(0, Math.trunc(options.keepAliveInitialDelay / 1000) || 0); // seconds
  this.highWaterMark = options.highWaterMark;
  this.blockList = options.blockList;
  this.maxConnections = undefined;
  this.dropMaxConnection = false;
}
Object.setPrototypeOf(Server.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Server, EventEmitter);

Object.defineProperty(Server.prototype, 'listening', {
  get() { return !!this._handle; }, configurable: true, enumerable: true,
});

function onConnection(status, handle) {
  const server = this.owner;
  if (status === ECANCELED) { // this process drains: no more connections, those there are live on
    server.close();
    return;
  }
  if (status < 0) {
    server.emit('error', errnoException(status, 'accept'));
    return;
  }
  const drop = (reason) => {
    const [remoteAddress, remoteFamily, remotePort] = reason;
    const [localAddress, localFamily, localPort] = handle.sockname() ?? [];
    handle.close();
    server.emit('drop', { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily });
  };
  const peer = handle.peername?.();
  if (server.maxConnections !== undefined && server._connections >= server.maxConnections) {
    drop(Array.isArray(peer) ? peer : []);
    return;
  }
  if (server.blockList && Array.isArray(peer) && server.blockList.check(peer[0], peer[1].toLowerCase())) {
    handle.close();
    return;
  }
  const socket = new net.Socket({
    handle, allowHalfOpen: server.allowHalfOpen, pauseOnCreate: server.pauseOnConnect, readable: true, writable: true,
    noDelay: server.noDelay, keepAlive: server.keepAlive, keepAliveInitialDelay: server.keepAliveInitialDelay * 1000,
    highWaterMark: server.highWaterMark,
  });
  server._connections++;
  server._sockets.add(socket);
  socket.server = server;
  socket._server = server;
  server.emit('connection', socket);
  if (observed.on) observed.publish('net.server.socket', { socket });
}

function toNumber(value) {
  const number = Number(value);
  return number >= 0 ? number : false;
}

/** Node documentation: server.listen(), all forms. */
Server.prototype.listen = function listen(...args) {
  const [options, callback] = net._normalizeArgs(args);
  const settings = { ...options };
  if (this._handle || this._listening) throw new ERR_SERVER_ALREADY_LISTEN();
  if (callback !== null) this.once('listening', callback);
  if (observed.on) this._listenOptions = settings;
  const backlog = settings.backlog ?? (toNumber(args.length > 1 && args[1]) || toNumber(args.length > 2 && args[2]) || 511);
  if (options instanceof TCP || options instanceof Pipe) {
    start(this, options, backlog);
    return this;
  }
  if (settings.signal !== undefined) {
    validateAbortSignal(settings.signal, 'options.signal');
    const close = () => this.close();
    if (settings.signal.aborted) process.nextTick(close);
    else settings.signal.addEventListener('abort', close, { once: true });
  }
  if (settings.handle || options._handle) {
    start(this, settings.handle ?? options._handle, backlog);
  } else if (typeof settings.fd === 'number' && settings.fd >= 0) {
    const type = internalBinding('stdio').guess(settings.fd);
    listenFd(this, type === 'PIPE' ? new Pipe(false, SERVER) : new TCP(SERVER), settings.fd, backlog);
  } else {
    listenOptions(this, args, options, settings, backlog);
  }
  return this;
};

/** By port, which goes before path; without both by a port that the system chooses. */
function listenOptions(server, args, options, settings, backlog) {
  let { port } = settings;
  if (args.length === 0 || typeof args[0] === 'function' || port === null || (port === undefined && 'port' in settings)) port = 0;
  if (typeof port === 'number' || typeof port === 'string') {
    validatePort(port, 'options.port');
    listenPort(server, Number(port), settings, backlog);
  } else if (typeof settings.path === 'string' && toNumber(settings.path) === false && settings.path !== '') {
    listenPath(server, settings.path, backlog, settings);
  } else if (!('port' in settings || 'path' in settings)) {
    throw new ERR_INVALID_ARG_VALUE('options', options, 'must have the property "port" or "path"');
  } else {
    throw new ERR_INVALID_ARG_VALUE('options', options);
  }
}

function fail(server, error) {
  server._listening = false;
  process.nextTick(() => server.emit('error', error));
}

function listenPort(server, port, options, backlog) {
  const { host } = options;
  server._listening = true;
  if (!host) {
    bindTcp(server, undefined, port, backlog, options);
  } else if (net.isIP(host)) {
    bindTcp(server, host, port, backlog, options);
  } else {
    require('dns').lookup(host, (error, address) => {
      if (!server._listening) return;
      if (error) {
        server._listening = false;
        server.emit('error', error);
      } else {
        bindTcp(server, address || undefined, port, backlog, options);
      }
    });
  }
}

function bindTcp(server, address, port, backlog, options) {
  const exclusive = !!options.exclusive;
  const name = address === undefined ? '[::]' : address.includes(':') ? `[${address}]` : address;
  if (!exclusive) {
    const fd = sharedListen(`${name}:${port}`, backlog);
    if (fd !== undefined) {
      if (fd < 0) fail(server, uvExceptionWithHostPort(fd, 'listen', address ?? '::', port));
      else listenFd(server, new TCP(SERVER), fd, backlog);
      return;
    }
  }
  const handle = new TCP(SERVER);
  let err = handle.bind(address ?? '::', port, !!options.ipv6Only);
  let bound = address ?? '::';
  if (err < 0 && address === undefined && (err === -97 || err === -99)) { // no IPv6 here
    bound = '0.0.0.0';
    err = handle.bind(bound, port, false);
  }
  if (err < 0) {
    handle.close();
    fail(server, uvExceptionWithHostPort(err, 'listen', bound, port));
    return;
  }
  start(server, handle, backlog, bound, port);
}

function listenPath(server, path, backlog, options) {
  const fd = sharedListen(`unix:${path}`, backlog);
  if (fd !== undefined) {
    if (fd < 0) fail(server, uvExceptionWithHostPort(fd, 'listen', path));
    else listenFd(server, new Pipe(false, SERVER), fd, backlog);
    server._pipeName = path;
    return;
  }
  const handle = new Pipe(false, SERVER);
  const err = isTooLong(path) ? EINVAL : handle.bind(path);
  if (err < 0) {
    handle.close();
    fail(server, uvExceptionWithHostPort(err, 'listen', path));
    return;
  }
  server._pipeName = path;
  start(server, handle, backlog, path);
  if (options.readableAll || options.writableAll) {
    try {
      require('fs').chmodSync(path, 0o700 | (options.readableAll ? 0o44 : 0) | (options.writableAll ? 0o22 : 0));
    } catch (error) {
      fail(server, error);
    }
  }
}

/** A socket's path that the system would cut. */
const isTooLong = (path) => Buffer.byteLength(path) > 107;

function listenFd(server, handle, fd, backlog) {
  const err = handle.open(fd);
  if (err < 0) {
    handle.close();
    fail(server, new UVException({ errno: err, syscall: 'open' }));
    return;
  }
  start(server, handle, backlog);
}

function start(server, handle, backlog, address, port) {
  server._handle = handle;
  handle.owner = server;
  handle.onconnection = onConnection;
  const channel = observed.on ? require('../node/diagnostics_channel').tracingChannel('net.server.listen') : undefined;
  channel?.asyncStart.publish({ server, options: server._listenOptions ?? {} });
  const err = handle.listen(backlog);
  if (err < 0) {
    server._handle = null;
    handle.close();
    const error = uvExceptionWithHostPort(err, 'listen', address, port);
    channel?.error.publish({ server, error });
    fail(server, error);
    return;
  }
  channel?.asyncEnd.publish({ server });
  server._listening = true;
  server._connectionKey = port === undefined ? `-1:${address}:-1` : `${address.includes(':') ? 6 : 4}:${address}:${port}`;
  if (server._unref) handle.unref();
  const listening = () => {
    if (server._handle) server.emit('listening');
  };
  ids.causedBy(server._handle.getAsyncId(), process.nextTick, listening);
}

Server.prototype.address = function address() {
  const name = this._handle?.sockname?.();
  if (Array.isArray(name)) return { address: name[0], family: name[1], port: name[2] };
  if (typeof name === 'string') return name || this._pipeName || null;
  return this._handle && this._pipeName ? this._pipeName : null;
};

Server.prototype.getConnections = function getConnections(callback) {
  process.nextTick(callback, null, this._connections);
  return this;
};

Server.prototype._emitCloseIfDrained = function _emitCloseIfDrained() {
  if (this._handle || this._connections > 0 || this._closing !== true) return;
  this._closing = false;
  process.nextTick(() => this.emit('close'));
};

/** Node documentation: server.close([callback]). */
Server.prototype.close = function close(callback) {
  if (typeof callback === 'function') {
    if (!this._handle) {
      this.once('close', () => callback(new ERR_SERVER_NOT_RUNNING()));
    } else {
      this.once('close', callback);
    }
  }
  this._listening = false;
  if (this._handle) {
    const handle = this._handle;
    this._handle = null;
    handle.close();
    this._closing = true;
  } else if (typeof callback === 'function') {
    this._closing = true;
  }
  this._emitCloseIfDrained();
  return this;
};

Server.prototype[Symbol.asyncDispose ?? Symbol('asyncDispose')] = function asyncDispose() {
  return new Promise((resolve, reject) => {
    if (!this._handle) resolve();
    else this.close((error) => (error ? reject(error) : resolve()));
  });
};

Server.prototype.ref = function ref() {
  this._unref = false;
  this._handle?.ref();
  return this;
};

Server.prototype.unref = function unref() {
  this._unref = true;
  this._handle?.unref();
  return this;
};

Server.prototype[Symbol.for('nodejs.rejection')] = function onRejected(error, event, socket) {
  if (event === 'connection') socket.destroy(error);
  else this.emit('error', error);
};

/** Node documentation: net.createServer([options][, connectionListener]). */
function createServer(options, listener) {
  return new Server(options, listener);
}

module.exports = { Server, createServer, isTooLong };
