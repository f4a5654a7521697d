'use strict';
// http.Server on the engine: each listen() is one server of the C side, whose request function makes a request and a
// response object and emits 'request'.

const net = require('../../node/net');
const EventEmitter = require('../../node/events');
const {
  codes: { ERR_HTTP_REQUEST_TIMEOUT, ERR_INVALID_ARG_VALUE, ERR_SERVER_ALREADY_LISTEN, ERR_SERVER_NOT_RUNNING },
  UVException, uvExceptionWithHostPort,
} = require('../errors');
const { validateBoolean, validateFunction, validateInteger, validateObject, validatePort } = require('../validators');
const { IncomingMessage, fillRequest, adoptRequest } = require('./incoming');
const { ServerResponse } = require('./server_response');
const engine = require('./engine');
const limits = require('./limits');
const observed = require('../observed');
const observe = require('./observe');

const { exchange, live, options: OPTION, serverEvents, turn } = engine;
const binding = engine.server;
const emitterOn = EventEmitter.prototype.on;
const emitterEmit = EventEmitter.prototype.emit;

const { UPGRADE: FACT_UPGRADE, EXPECTS_CONTINUE: FACT_EXPECTS_CONTINUE, KEEP_ALIVE: FACT_KEEP_ALIVE } = engine.facts;
const { SURPLUS: FACT_SURPLUS } = engine.facts;
const UNUSUAL = FACT_UPGRADE | FACT_EXPECTS_CONTINUE | engine.facts.EXPECTS | FACT_SURPLUS;

// Property -> the engine's option and Node's default. What nobody changed is left to the host's configuration.
const settings = {
  headersTimeout: [OPTION.HEADERS_TIMEOUT, 60000],
  requestTimeout: [OPTION.REQUEST_TIMEOUT, 300000],
  keepAliveTimeout: [OPTION.KEEP_ALIVE_TIMEOUT, 5000],
  maxHeadersCount: [OPTION.MAX_HEADERS_COUNT, null],
  maxRequestsPerSocket: [OPTION.MAX_REQUESTS_PER_SOCKET, 0],
  maxConnections: [OPTION.MAX_CONNECTIONS, undefined],
  httpAllowHalfOpen: [OPTION.ALLOW_HALF_OPEN, false],
};

/**
 * https://nodejs.org/docs/latest-v24.x/api/http.html#class-httpserver
 * @param {object} [options] @param {(req: IncomingMessage, res: ServerResponse) => void} [listener]
 */
function Server(options, listener) {
  if (!(this instanceof Server)) return new Server(options, listener);
  if (typeof options === 'function') {
    listener = options;
    options = {};
  } else if (options === undefined || options === null) {
    options = {};
  } else {
    validateObject(options, 'options');
  }
  construct(this, options, listener);
}
Object.setPrototypeOf(Server.prototype, net.Server.prototype);
Object.setPrototypeOf(Server, net.Server);
const { prototype } = Server;

/** Makes `server` one of the engine's: http.Server, and https.Server, which has another base. */
function construct(server, options, listener) {
  EventEmitter.call(server);
  server._handle = null;
  server._streams = 0;
  server._streamsHandle = null;
  server._announced = null; // the engine's socket that 'connection' is being emitted for
  server._values = {};
  server._closing = 0;
  server._aborted = 0;
  server._listening = false;
  server._unref = false;
  server.allowHalfOpen = true;
  server.pauseOnConnect = false;
  server.timeout = 0;
  server.connectionsCheckingInterval = 30000;
  server.noDelay = true; // the engine's sockets all are
  storeOptions(server, options);
  if (listener) server.on('request', listener);
  if (options.signal) {
    const abort = () => server.close();
    if (options.signal.aborted) process.nextTick(abort);
    else options.signal.addEventListener('abort', abort, { once: true });
  }
}

function storeOptions(server, options) {
  const { requestTimeout, headersTimeout } = options;
  for (const name of ['requestTimeout', 'headersTimeout', 'keepAliveTimeout', 'maxHeaderSize', 'maxRequestsPerSocket']) {
    if (options[name] !== undefined) validateInteger(options[name], name, 0);
  }
  for (const name of ['requireHostHeader', 'joinDuplicateHeaders', 'rejectNonStandardBodyWrites', 'insecureHTTPParser', 'noDelay', 'keepAlive']) {
    if (options[name] !== undefined) validateBoolean(options[name], `options.${name}`);
  }
  if (requestTimeout > 0 && headersTimeout > requestTimeout) {
    const { codes: { ERR_OUT_OF_RANGE } } = require('../errors');
    throw new ERR_OUT_OF_RANGE('headersTimeout', '<= requestTimeout', headersTimeout);
  }
  if (options.requestTimeout !== undefined) server.requestTimeout = options.requestTimeout;
  if (options.headersTimeout !== undefined) server.headersTimeout = options.headersTimeout;
  else if (requestTimeout > 0 && requestTimeout < 60000) server.headersTimeout = requestTimeout;
  if (options.keepAliveTimeout !== undefined) server.keepAliveTimeout = options.keepAliveTimeout;
  if (options.maxRequestsPerSocket !== undefined) server.maxRequestsPerSocket = options.maxRequestsPerSocket;
  server._maxHeaderSize = options.maxHeaderSize;
  server._requireHost = options.requireHostHeader;
  server._insecure = options.insecureHTTPParser;
  const { shouldUpgradeCallback } = options;
  if (shouldUpgradeCallback !== undefined) validateFunction(shouldUpgradeCallback, 'options.shouldUpgradeCallback');
  /** Whether a request is taken for the upgrade that it asks for. */
  server._upgrades = shouldUpgradeCallback ?? (() => server.listenerCount('upgrade') > 0);
  server._highWaterMark = options.highWaterMark;
  server._join = options.joinDuplicateHeaders === true;
  server._Request = options.IncomingMessage;
  server._Response = options.ServerResponse;
  server._responseOptions = options.rejectNonStandardBodyWrites ? { rejectNonStandardBodyWrites: true } : undefined;
}

for (const [name, [option, standard]] of Object.entries(settings)) {
  Object.defineProperty(prototype, name, {
    configurable: true,
    enumerable: true,
    get() { return name in this._values ? this._values[name] : standard; },
    set(value) {
      this._values[name] = value;
      if (this._handle !== null) binding.set(this._handle, option, Number(value ?? 0));
    },
  });
}

Object.defineProperty(prototype, 'listening', { configurable: true, get() { return this._handle !== null; } });

/** A stream that the app accepted itself: server.emit('connection', stream). */
prototype.emit = function emit(type, socket) {
  if (type === 'connection' && socket && socket !== this._announced) this._serveStream(socket);
  return emitterEmit.apply(this, arguments);
};

/**
 * Serves HTTP on `stream`. Such connections have a server of the engine to themselves, which is there while one of them
 * is: they need no listening, and with https.Server no TLS.
 */
prototype._serveStream = function _serveStream(stream) {
  const { StreamConnection } = require('./stream_server');
  if (this._streams === 0) {
    this._streamsHandle = create(this);
    tellListeners(this);
  }
  this._streams++;
  const one = new StreamConnection(this, this._streamsHandle, stream);
  one.onClosed = () => {
    if (--this._streams > 0) return;
    this._aborted++; // its CLOSED is not the server's close
    binding.close(this._streamsHandle);
    this._streamsHandle = null;
  };
};

/* ---- requests --------------------------------------------------------------------------------------------------- */

let templates;
/** What C clones for each request: objects with every field that a request and a response usually get. */
function messageTemplates() {
  if (templates !== undefined) return templates;
  const request = binding.template(IncomingMessage.prototype);
  const response = binding.template(ServerResponse.prototype);
  IncomingMessage.call(request, undefined);
  ServerResponse.call(response, { method: 'GET' });
  response._server = null;
  // Two values of each field that is no constant: V8 takes a field that never changed for one.
  for (const [object, values] of [[request, { url: '/', method: 'GET', _slot: 0, _block: '' }], [response, { req: request, _slot: 0 }]]) {
    for (const name of Object.keys(values)) object[name] = values[name];
  }
  request._slot = response._slot = -1;
  return (templates = [request, response]);
}

const isPlain = (server) => server._Request === undefined && server._Response === undefined && !server._join &&
  server._responseOptions === undefined && server._highWaterMark === undefined;

/** The function that C calls for each request of `server`. */
function requestFunction(server) {
  if (!isPlain(server)) return ownClasses(server);
  return function onRequest(slot, facts, url, block, req, res) {
    turn.count++;
    fillRequest(req, slot, facts, url, block);
    if ((facts & 0xff00) !== 0x100) {
      otherVersion(req, facts);
      if (req.httpVersionMajor === 1) res.useChunkedEncodingByDefault = false;
    }
    if ((facts & FACT_KEEP_ALIVE) === 0) res.shouldKeepAlive = false;
    res.req = req;
    res._slot = slot;
    res._server = server;
    if (req.method === 'HEAD') res._hasBody = false;
    live[slot] = res;
    if (server.timeout > 0) req.socket.setTimeout?.(server.timeout);
    if (observed.on) observe.received(server, req, res);
    turn.req = req;
    if ((facts & UNUSUAL) === 0 || !unusual(server, req, res, facts)) server.emit('request', req, res);
    turn.req = null;
  };
}

/** The same for servers with classes or options of their own. */
function ownClasses(server) {
  return function onRequest(slot, facts, url, block) {
    turn.count++;
    const req = ownRequest(server, slot, facts, url, block);
    const res = new (server._Response ?? ServerResponse)(req, server._responseOptions);
    res.shouldKeepAlive = (facts & FACT_KEEP_ALIVE) !== 0;
    res._slot = slot;
    res._server = server;
    live[slot] = res;
    if (server.timeout > 0) req.socket.setTimeout?.(server.timeout);
    if (observed.on) observe.received(server, req, res);
    turn.req = req;
    if ((facts & UNUSUAL) === 0 || !unusual(server, req, res, facts)) server.emit('request', req, res);
    turn.req = null;
  };
}

/** Not HTTP/1.1. */
function otherVersion(req, facts) {
  const two = (facts & 0xff00) === 0x200;
  req.httpVersion = two ? '2.0' : '1.0';
  if (two) req.httpVersionMajor = 2;
  req.httpVersionMinor = 0;
}

function ownRequest(server, slot, facts, url, block) {
  const req = adoptRequest(new (server._Request ?? IncomingMessage)(), slot, facts, url, block);
  if ((facts & 0xff00) !== 0x100) otherVersion(req, facts);
  if (server._join) req.joinDuplicateHeaders = true;
  if (server._highWaterMark !== undefined) req._highWaterMark = server._highWaterMark;
  return req;
}

/** Upgrades, CONNECT, Expect and what is beyond maxRequestsPerSocket. @returns {boolean} true when 'request' must not be emitted */
function unusual(server, req, res, facts) {
  const slot = res._slot;
  if (facts & FACT_SURPLUS) {
    server.emit('dropRequest', req, req.socket);
    res.writeHead(503).end();
    return true;
  }
  if (facts & FACT_UPGRADE) {
    const type = req.method === 'CONNECT' ? 'connect' : 'upgrade';
    if (type === 'connect' ? server.listenerCount(type) > 0 : server._upgrades(req)) {
      handOver(server, req, slot, type);
      return true;
    }
    if (type === 'connect') {
      exchange.destroy(slot);
      return true;
    }
  }
  if (facts & FACT_EXPECTS_CONTINUE) {
    res._expect_continue = true;
    if (server.listenerCount('checkContinue') > 0) {
      exchange.manualContinue(slot);
      server.emit('checkContinue', req, res);
      return true;
    }
    return false;
  }
  const expect = req.headers.expect;
  if (expect !== undefined && !/^100-continue$/i.test(expect)) {
    if (server.listenerCount('checkExpectation') > 0) server.emit('checkExpectation', req, res);
    else res.writeHead(417).end();
    return true;
  }
  return false;
}

/** The app speaks on the connection from here on: req.socket becomes a socket whose bytes are its own. */
function handOver(server, req, slot, type) {
  // A stream of the app's own stays what it is: its bytes go through the engine on.
  const socket = req.socket._tunnelHandle === undefined ? engine.standIn() : req.socket;
  const handle = socket._tunnelHandle();
  const taken = exchange.upgrade(slot, handle);
  live[slot] = undefined;
  req._slot = -1;
  if (typeof taken === 'number') return; // the client has gone
  handle.native = taken[0];
  socket._becomeStream(handle);
  socket.server = server;
  socket._server = server;
  req.upgrade = true;
  req.complete = true;
  req._peer = socket;
  socket.on('error', ignoreWhenAlone);
  if (!server.emit(type, req, socket, taken[1])) socket.destroy();
}

/** A client that resets a connection which it has taken over ends no process. */
function ignoreWhenAlone() {}

/* ---- events of the server ---------------------------------------------------------------------------------------- */

function serverFunction(server) {
  return function onServer(kind, a, b, c, d, e) { // eslint-disable-line max-params
    switch (kind) {
      case serverEvents.CONNECTION: {
        const socket = engine.socketAt(a);
        socket.server = socket._server = server;
        server._announced = socket;
        server.emit('connection', socket);
        server._announced = null;
        break;
      }
      case serverEvents.CLIENT_ERROR: {
        const socket = engine.socketAt(a);
        socket.server = socket._server = server;
        clientError(server, socket, { code: b, reason: c, rawPacket: d, bytesParsed: e });
        break;
      }
      case serverEvents.DROP:
        server.emit('drop', { remoteAddress: a, remotePort: b });
        break;
      case serverEvents.CLOSED:
        if (server._aborted > 0) server._aborted--;
        else if (--server._closing === 0) server.emit('close');
        break;
      default:
    }
  };
}

function clientError(server, socket, { code, reason, rawPacket, bytesParsed }) {
  let error;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    error = new ERR_HTTP_REQUEST_TIMEOUT();
  } else {
    error = new Error(code.startsWith('HPE_') ? `Parse Error: ${reason}` : reason || code);
    error.code = code;
    error.reason = reason;
    error.bytesParsed = bytesParsed;
    error.rawPacket = rawPacket;
  }
  if (socket._failed !== undefined) socket._failed(error);
  else if (!server.emit('clientError', error, socket)) socket.destroy(error);
}

/** Listeners that C has to know about. */
prototype.on = function on(type, listener) {
  emitterOn.call(this, type, listener);
  tellListeners(this);
  return this;
};
prototype.addListener = prototype.on;
prototype.prependListener = function prependListener(type, listener) {
  EventEmitter.prototype.prependListener.call(this, type, listener);
  tellListeners(this);
  return this;
};

const kConnectionsCheckingInterval = Symbol('connectionsCheckingInterval');

/** The engine's check of a server's time limits, which runs while the server listens. */
class ConnectionsCheck {
  constructor(server) { this._server = server; }
  get _destroyed() { return !this._server._listening; }
}
Object.defineProperty(ConnectionsCheck.prototype, 'hasRef', { value() { return false; } });
Object.defineProperty(prototype, kConnectionsCheckingInterval, {
  configurable: true, get() { return new ConnectionsCheck(this); },
});

/** What https.Server has to add to an open server of the engine, and to whom its events matter. */
prototype._opened = function _opened() {};
prototype._tellListeners = function _tellListeners() {};

function tellListeners(server) {
  const errors = server.listenerCount('clientError') > 0;
  if (server._streamsHandle !== null) binding.set(server._streamsHandle, OPTION.WANT_CLIENT_ERROR, errors ? 1 : 0);
  if (server._handle === null) return;
  const connections = server.listenerCount('connection') > 0;
  binding.set(server._handle, OPTION.WANT_CONNECTION, connections ? 1 : 0);
  // Whoever has seen a connection may listen for its errors.
  binding.set(server._handle, OPTION.WANT_CLIENT_ERROR, errors || connections ? 1 : 0);
  server._tellListeners(server._handle);
}

/* ---- listen ------------------------------------------------------------------------------------------------------ */

function create(server) {
  engine.setup();
  const handle = isPlain(server)
    ? binding.create(requestFunction(server), serverFunction(server), ...messageTemplates())
    : binding.create(requestFunction(server), serverFunction(server));
  if (typeof handle === 'number') throw new UVException({ errno: handle, syscall: 'listen' });
  for (const [name, [option]] of Object.entries(settings)) {
    if (name in server._values) binding.set(handle, option, Number(server._values[name] ?? 0));
  }
  const maxHeaderSize = server._maxHeaderSize ?? (limits.isSet() ? limits.maxHeaderSize() : undefined);
  if (maxHeaderSize !== undefined) binding.set(handle, OPTION.MAX_HEADER_SIZE, maxHeaderSize);
  if (server._insecure ?? limits.insecureParser()) binding.set(handle, OPTION.INSECURE, 1);
  if (server._requireHost !== undefined) binding.set(handle, OPTION.REQUIRE_HOST, server._requireHost ? 1 : 0);
  binding.set(handle, OPTION.DROP_CONNECTIONS, 1);
  binding.set(handle, OPTION.AS_NODE, 1);
  return handle;
}

function open(server) {
  const handle = create(server);
  server._opened(handle);
  return handle;
}

function failed(server, errno, { address, port }) {
  const error = uvExceptionWithHostPort(errno, 'listen', address, port);
  server._listening = false;
  process.nextTick(() => server.emit('error', error));
}

function listenOn(server, { address, fd, backlog, shared, facts }) {
  const handle = open(server);
  const errno = fd === undefined ? binding.listen(handle, address, backlog, shared) : binding.listenFd(handle, fd);
  if (errno < 0) {
    server._aborted++; // its CLOSED is not the server's close
    binding.close(handle);
    failed(server, errno, facts);
    return;
  }
  server._handle = handle;
  tellListeners(server);
  if (server._unref) binding.reference(handle, false);
  process.nextTick(() => { if (server._handle === handle) server.emit('listening'); });
}

function hostAddress(host, port) { return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`; }

function listenHost(server, host, port, backlog, shared) {
  if (net.isIP(host)) {
    listenOn(server, { address: hostAddress(host, port), backlog, shared, facts: { address: host, port } });
    return;
  }
  require('../../node/dns').lookup(host, (error, address) => {
    if (!server._listening) return;
    if (error) {
      server._listening = false;
      server.emit('error', error);
      return;
    }
    listenOn(server, { address: hostAddress(address, port), backlog, shared, facts: { address, port } });
  });
}

/** https://nodejs.org/docs/latest-v24.x/api/net.html#serverlisten */
prototype.listen = function listen(...args) {
  const callback = typeof args[args.length - 1] === 'function' ? args.pop() : undefined;
  let options = args[0];
  if (options === null || typeof options !== 'object') {
    if (typeof options === 'string' && !/^\d+$/.test(options)) options = { path: options, backlog: args[1] };
    else if (typeof args[1] === 'string') options = { port: options ?? 0, host: args[1], backlog: args[2] };
    else options = { port: options ?? 0, backlog: args[1] ?? args[2] };
  }
  if (this._handle !== null || this._listening) throw new ERR_SERVER_ALREADY_LISTEN();
  if (callback) this.once('listening', callback);
  const backlog = options.backlog > 0 ? Number(options.backlog) : 511;
  const shared = options.exclusive !== true;
  const { signal } = options;
  if (signal) {
    if (signal.aborted) process.nextTick(() => this.close());
    else signal.addEventListener('abort', () => this.close(), { once: true });
  }
  const fd = options.fd ?? options._handle?.fd ?? options.handle?.fd;
  if (typeof fd === 'number' && fd >= 0) {
    this._listening = true;
    listenOn(this, { fd, facts: { address: `fd ${fd}`, port: -1 } });
  } else if (options.port !== undefined || (options.path === undefined && 'port' in options)) {
    validatePort(options.port ?? 0, 'options.port', true);
    const port = Number(options.port ?? 0) | 0;
    this._listening = true;
    if (options.host) listenHost(this, options.host, port, backlog, shared);
    else listenOn(this, { address: options.ipv6Only ? `[::]:${port}` : `:${port}`, backlog, shared, facts: { address: '::', port } });
  } else if (typeof options.path === 'string') {
    this._listening = true;
    this._path = options.path;
    listenOn(this, { address: `unix:${options.path}`, backlog, shared, facts: { address: options.path, port: -1 } });
  } else {
    throw new ERR_INVALID_ARG_VALUE('options', options, 'must have the property "port" or "path"');
  }
  return this;
};

/** @returns {{address: string, family: string, port: number} | string | null} */
prototype.address = function address() {
  if (this._handle === null) return null;
  const found = binding.address(this._handle);
  if (found === undefined) return null;
  if (typeof found === 'string') return found;
  return { address: found[0], family: found[2] === 6 ? 'IPv6' : 'IPv4', port: found[1] };
};

/** Stops accepting and ends idle connections; 'close' comes when the last one has ended. */
prototype.close = function close(callback) {
  if (typeof callback === 'function') {
    if (this._handle === null) this.once('close', () => callback(new ERR_SERVER_NOT_RUNNING()));
    else this.once('close', callback);
  }
  this._listening = false;
  if (this._streamsHandle !== null) binding.closeIdle(this._streamsHandle);
  if (this._handle !== null) {
    const handle = this._handle;
    this._handle = null;
    this._closing++;
    this._closingHandle = handle;
    binding.close(handle);
  } else if (this._closing === 0) {
    process.nextTick(() => this.emit('close'));
  }
  return this;
};

prototype.closeAllConnections = function closeAllConnections() {
  if (this._handle !== null) binding.closeAll(this._handle);
  else if (this._closingHandle) binding.closeAll(this._closingHandle);
  if (this._streamsHandle !== null) binding.closeAll(this._streamsHandle);
};
prototype.closeIdleConnections = function closeIdleConnections() {
  if (this._handle !== null) binding.closeIdle(this._handle);
  if (this._streamsHandle !== null) binding.closeIdle(this._streamsHandle);
};

prototype.getConnections = function getConnections(callback) {
  validateFunction(callback, 'callback');
  const count = this._handle === null ? 0 : binding.connections(this._handle);
  process.nextTick(callback, null, count);
  return this;
};

prototype.ref = function ref() {
  this._unref = false;
  if (this._handle !== null) binding.reference(this._handle, true);
  return this;
};
prototype.unref = function unref() {
  this._unref = true;
  if (this._handle !== null) binding.reference(this._handle, false);
  return this;
};

prototype.setTimeout = function setTimeout(ms, callback) {
  this.timeout = ms ?? 0;
  if (callback) this.on('timeout', callback);
  return this;
};

prototype[EventEmitter.captureRejectionSymbol] = function onRejection(error, type, ...args) {
  if (type !== 'request') {
    net.Server.prototype[EventEmitter.captureRejectionSymbol]?.call(this, error, type, ...args);
    return;
  }
  const [, res] = args;
  if (!res.headersSent && !res.writableEnded) {
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    res.statusCode = 500;
    res.end('Internal Server Error');
  } else {
    res.destroy();
  }
};
prototype[Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')] = function dispose() {
  return new Promise((resolve, reject) => this.close((error) => (error ? reject(error) : resolve())));
};

module.exports = { Server, construct, IncomingMessage, ServerResponse, kConnectionsCheckingInterval };
