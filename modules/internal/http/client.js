'use strict';
// http.ClientRequest: a request on a net.Socket (or any Duplex), and its response through llhttp
// (runtime/bindings/http_parser.c).
//
// A request is over when its response's body has been read to its end: only then the socket goes back to the agent, or
// is closed. Whatever way a body ends (none at all, HEAD, 304, a length, chunks, the connection's end), the parser says
// DONE and the end is pushed; a response that nobody listens to is read and thrown away. Failures come by the socket:
// its 'error' is the request's, and a 'close' before the response is complete is ECONNRESET.

const net = require('../../node/net');
const {
  codes: {
    ERR_HTTP_HEADERS_SENT, ERR_INVALID_ARG_TYPE, ERR_INVALID_PROTOCOL,
  },
  AbortError,
} = require('../errors');
const { validateAbortSignal, validateBoolean, validateInteger } = require('../validators');
const { IncomingMessage } = require('./incoming');
const { OutgoingMessage, parseUniqueHeadersOption, HAS_CLOSE, HAS_CONNECTION, HAS_EXPECT } = require('./outgoing');
const { ResponseParser, leniency } = require('./client_parser');
const { checkPath, expects, hostOf, optionsOf, setHeaders, setMethod, timerDuration, urlToOptions } = require('./client_options');
const { current } = require('./agent');
const proxies = require('./proxy');
const observe = require('./observe');
const context = require('../async_context');
const ids = require('../async_ids');

/** https://nodejs.org/docs/latest-v24.x/api/http.html#class-httpclientrequest */
function ClientRequest(input, options, callback) {
  if (!(this instanceof ClientRequest)) return new ClientRequest(input, options, callback);
  if (typeof options === 'function') {
    callback = options;
    options = null;
  }
  options = optionsOf(input, options);
  OutgoingMessage.call(this);
  this._frame = context.current(); // of the response's events
  this._record = null;
  const defaultAgent = options._defaultAgent || current.globalAgent;
  const agent = agentOf(options, defaultAgent);
  this.agent = agent;
  const protocol = options.protocol || defaultAgent.protocol;
  const expected = agent?.protocol || defaultAgent.protocol;
  const path = options.path ? String(options.path) : '/';
  checkPath(path);
  if (protocol !== expected && agent !== undefined) throw new ERR_INVALID_PROTOCOL(protocol, expected);
  const defaultPort = options.defaultPort || agent?.defaultPort;
  const port = (options.port = options.port || defaultPort || 80);
  const host = (options.host = hostOf(options));
  storeOptions(this, options);
  this._path = path;
  this.host = host;
  this._port = Number(port);
  this._defaultPort = defaultPort;
  this.protocol = protocol;
  if (callback) this.once('response', callback);
  this.shouldKeepAlive = agent !== undefined && (Boolean(agent.keepAlive) || Number.isFinite(agent.maxSockets));
  this._last = !this.shouldKeepAlive;
  setHeaders(this, options, host, port, defaultPort);
  const proxy = protocol === 'http:' && agent !== undefined && !agent._tunnels ? proxies.proxyOf(agent, options) : null;
  if (proxy !== null) proxies.rewrite(this, proxy, options);
  if (this._headerArray !== null || expects(this)) {
    this._implicitHeader();
    if (this._facts & HAS_EXPECT) this._send(''); // the body waits for the answer
  }
  if (options.signal) abortWith(this, options.signal);
  observe.created(this);
  connect(this, options);
}
Object.setPrototypeOf(ClientRequest.prototype, OutgoingMessage.prototype);
Object.setPrototypeOf(ClientRequest, OutgoingMessage);
const { prototype } = ClientRequest;
for (const [name, value] of Object.entries({
  aborted: false, maxHeadersCount: null, res: null, parser: null, timeoutCb: null, reusedSocket: false, upgradeOrConnect: false,
  sendDate: false, _ended: false, _headerArray: null, _path: '/',
})) Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: true });

Object.defineProperty(prototype, 'path', {
  configurable: true,
  enumerable: true,
  get() { return this._path; },
  set(path) {
    path = String(path);
    checkPath(path);
    this._path = path;
  },
});

function agentOf(options, defaultAgent) {
  const { agent } = options;
  if (agent === false) return new defaultAgent.constructor();
  if (agent === null || agent === undefined) {
    return typeof options.createConnection === 'function' ? undefined : defaultAgent;
  }
  if (typeof agent.addRequest !== 'function') {
    throw new ERR_INVALID_ARG_TYPE('options.agent', ['Agent-like Object', 'undefined', 'false'], agent);
  }
  return agent;
}

function storeOptions(req, options) {
  req.aborted = false;
  req.res = null;
  req.sendDate = false;
  req.socketPath = options.socketPath;
  if (options.timeout !== undefined) req.timeout = options.timeout = timerDuration(options.timeout, 'timeout');
  setMethod(req, options.method);
  if (options.maxHeaderSize !== undefined) validateInteger(options.maxHeaderSize, 'maxHeaderSize', 0);
  req.maxHeaderSize = options.maxHeaderSize;
  for (const name of ['insecureHTTPParser', 'joinDuplicateHeaders']) {
    if (options[name] !== undefined) validateBoolean(options[name], `options.${name}`);
    req[name] = options[name];
  }
  if (options.setDefaultHeaders !== undefined) validateBoolean(options.setDefaultHeaders, 'setDefaultHeaders');
  req._relaxed = leniency.validate(options);
  req._unique = parseUniqueHeadersOption(options.uniqueHeaders);
}

function abortWith(req, signal) {
  validateAbortSignal(signal, 'signal');
  const abort = () => req.destroy(new AbortError(undefined, { cause: signal.reason }));
  if (signal.aborted) {
    abort();
  } else {
    signal.addEventListener('abort', abort, { once: true });
    req.once('close', () => signal.removeEventListener('abort', abort));
  }
}

function connect(req, options) {
  if (req.agent) {
    req.agent.addRequest(req, { ...options, signal: undefined, path: req.socketPath ? req.socketPath : options.path });
    return;
  }
  req._last = true;
  req.shouldKeepAlive = false;
  const target = { ...options, signal: undefined, path: req.socketPath };
  if (typeof options.createConnection !== 'function') {
    req.onSocket(net.createConnection(target));
    return;
  }
  let called = false;
  const created = (error, socket) => {
    if (called) return;
    called = true;
    if (error) process.nextTick(() => emitError(req, error));
    else req.onSocket(socket);
  };
  try {
    const socket = options.createConnection(target, created);
    if (socket) created(null, socket);
  } catch (error) {
    created(error);
  }
}

prototype._implicitHeader = function _implicitHeader() {
  if (this._block !== null) throw new ERR_HTTP_HEADERS_SENT('render');
  this._decideHead(`${this.method} ${this.path} HTTP/1.1\r\n`, this._headerArray ?? undefined);
  if (this._facts & HAS_CLOSE) this.shouldKeepAlive = false;
  else if (!(this._facts & HAS_CONNECTION) && this._removedConnection) this._last = !this.shouldKeepAlive;
};

prototype._sayKeepAlive = function _sayKeepAlive() { return this.shouldKeepAlive; };

prototype._finish = function _finish() {
  OutgoingMessage.prototype._finish.call(this);
  observe.started(this);
};

/* ---- the socket -------------------------------------------------------------------------------------------------- */

prototype.onSocket = function onSocket(socket, error) { process.nextTick(onSocketTick, this, socket, error); };

function onSocketTick(req, socket, error) {
  if (!req.destroyed && !error) {
    attach(req, socket);
    return;
  }
  const failure = error ?? req._errored;
  if (!socket) {
    req.destroyed = true;
    gone(req, failure);
  } else if (!failure && req.agent && !socket.destroyed) {
    gone(req, undefined);
    socket._httpMessage ??= req; // it has carried nothing, and may serve others
    socket.emit('free');
  } else {
    const end = () => gone(req, failure ?? socket.errored ?? undefined);
    socket.on('error', () => {});
    if (socket.closed) end();
    else socket.once('close', end).destroy(failure);
  }
}

function emitError(req, error) {
  req._errored ??= error;
  observe.failed(req, error);
  req.emit('error', error);
}

/** A request that never got a socket. */
function gone(req, error) {
  if (error || !req.aborted) emitError(req, error ?? hangUp());
  emitClose(req);
}

function emitClose(req) {
  if (req._closed) return;
  req._closed = true;
  if (req._record !== null) ids.emitDestroy(req._record[ids.kAsyncId]);
  req.emit('close');
}

/** What hooks see of a request whose answer is awaited. */
class HTTPClientAsyncResource {
  constructor(req) {
    this.req = req;
    ids.init(this, 'HTTPCLIENTREQUEST');
  }
}

function attach(req, socket) {
  req._record = new HTTPClientAsyncResource(req);
  req.parser = socket.parser = new ResponseParser(req, socket);
  req._peer = socket;
  socket._httpMessage = req;
  socket._hadError = false;
  socket.on('error', onError);
  socket.on('data', onData);
  socket.on('end', onEnd);
  socket.on('close', onClose);
  socket.on('drain', onDrain);
  if (req.timeout !== undefined || req.agent?.options?.timeout) listenTimeout(req);
  req.emit('socket', socket);
  if (socket.isPaused?.() && req.parser !== null) socket.resume(); // as a tunnel leaves it
  req._flush();
}

/** The socket has no parser any more: what comes is nobody's. */
function release(req, socket) {
  req.parser?.free();
  req.parser = socket.parser = null;
  socket.removeListener('data', onData);
  socket.removeListener('end', onEnd);
}

function detach(socket) {
  socket.removeListener('data', onData);
  socket.removeListener('end', onEnd);
  socket.removeListener('close', onClose);
  socket.removeListener('error', onError);
  socket.removeListener('drain', onDrain);
}

function onDrain() {
  const req = this._httpMessage;
  if (req && !req.finished && req._needDrain) {
    req._needDrain = false;
    req.emit('drain');
  }
}

function hangUp(message = 'socket hang up') {
  const error = new Error(message);
  error.code = 'ECONNRESET';
  return error;
}

function onError(error) {
  const req = this._httpMessage;
  if (req) {
    this._hadError = true;
    emitError(req, error);
    release(req, this);
  }
  this.destroy();
}

function onEnd() {
  const req = this._httpMessage;
  if (!req) return;
  if (!req.res && !this._hadError) {
    this._hadError = true;
    emitError(req, hangUp());
  }
  if (req.parser !== null) {
    req.parser.finish();
    release(req, this);
  }
  this.end();
}

function onClose() {
  const req = this._httpMessage;
  if (!req) return;
  req.destroyed = true;
  if (req.parser !== null) {
    req.parser.finish();
    release(req, this);
  }
  const { res } = req;
  if (res) {
    if (!res.complete) res.destroy(hangUp('aborted'));
    emitClose(req);
    if (!res.aborted && res.readable) res.push(null);
  } else {
    if (!this._hadError) {
      this._hadError = true;
      emitError(req, hangUp());
    }
    emitClose(req);
  }
  req._queue = null;
}

function onData(chunk) {
  const req = this._httpMessage;
  if (!req?.parser) return;
  const { parser } = req;
  const failure = parser.execute(chunk);
  if (failure !== undefined) {
    release(req, this);
    this._hadError = true;
    this.destroy();
    emitError(req, failure);
  } else if (parser.upgradeAt >= 0) {
    onUpgrade(req, this, chunk.subarray(parser.upgradeAt));
  } else if (req.res?.complete && req.parser === parser) {
    release(req, this);
    this.on('data', onExtra);
  }
}

/** Bytes after a complete response: they belong to no request, and the connection is of no more use. */
function onExtra() { this.destroy(); }

/* ---- the response, as the parser finds it ------------------------------------------------------------------------- */

/** @returns {boolean} whether the response was given to somebody */
prototype._onResponse = function _onResponse(res, keepAlive) {
  const socket = this._peer;
  this.res = res;
  res.req = this;
  if (this.shouldKeepAlive && !keepAlive) this.shouldKeepAlive = false;
  observe.responded(this, res);
  res._source = new Source(socket);
  res.on('end', onResponseEnd);
  this.on('finish', onRequestFinish);
  socket.on('timeout', onResponseTimeout);
  if (this.aborted || !this.emit('response', res)) {
    res._dump();
    return false;
  }
  return true;
};

/** What reading and destroying a response means for its connection. */
class Source {
  constructor(socket) { this.socket = socket; }

  /** The reader wants more. */
  resume() {
    const { socket } = this;
    if (socket.isPaused?.() && !socket.destroyed) socket.resume();
  }

  pause() { this.socket.pause(); }

  /** @returns {boolean} whether done() is called when the socket has gone */
  destroy(error, done) {
    const { socket } = this;
    if (socket.destroyed) return false;
    let over = false;
    const end = (failure) => {
      if (over) return;
      over = true;
      socket.removeListener('close', onGone);
      done(failure);
    };
    const onGone = () => end(error);
    socket.once('close', onGone);
    socket.destroy(error);
    return true;
  }
}

function onResponseEnd() {
  const { req } = this;
  const socket = req._peer;
  if (socket) {
    if (req.timeoutCb) socket.removeListener('timeout', onTimeout);
    socket.removeListener('timeout', onResponseTimeout);
  }
  req._ended = true;
  if (!req.shouldKeepAlive) {
    if (socket?.writable) {
      if (typeof socket.destroySoon === 'function') socket.destroySoon();
      else socket.end();
    }
  } else if (req.writableFinished && !this.aborted) {
    keepAlive(req);
  }
}

function onResponseTimeout() { this._httpMessage?.res?.emit('timeout'); }

function onRequestFinish() {
  if (this.shouldKeepAlive && this._ended) keepAlive(this);
}

/** Both sides are done: the socket is for the next request. */
function keepAlive(req) {
  const socket = req._peer;
  if (req.timeoutCb) {
    socket.setTimeout(0, req.timeoutCb);
    req.timeoutCb = null;
  }
  if (req.parser !== null) release(req, socket);
  detach(socket);
  socket.removeListener('data', onExtra);
  process.nextTick(() => {
    emitClose(req);
    socket.emit('free');
  });
  req.destroyed = true;
  if (req.res) req.res._released = true;
}

function onUpgrade(req, socket, head) {
  const { res } = req;
  const type = req.method === 'CONNECT' ? 'connect' : 'upgrade';
  const flowing = socket.readableFlowing;
  req.upgradeOrConnect = true;
  release(req, socket);
  detach(socket);
  socket.removeListener('timeout', onTimeout);
  if (req.timeoutCb) socket.removeListener('timeout', req.timeoutCb);
  req.timeoutCb = null;
  if (req.listenerCount(type) === 0) {
    socket.destroy();
    req.destroyed = true;
    emitClose(req);
    return;
  }
  socket.emit('agentRemove');
  if (flowing && socket._readableState) socket.readableFlowing = null;
  res.complete = true;
  socket._httpMessage = null;
  req.emit(type, res, socket, head);
  req.destroyed = true;
  emitClose(req);
}

/* ---- API ---------------------------------------------------------------------------------------------------------- */

prototype.abort = function abort() {
  if (this.aborted) return;
  this.aborted = true;
  process.nextTick(() => this.emit('abort'));
  this.destroy();
};

prototype.destroy = function destroy(error) {
  if (this.destroyed) return this;
  this.destroyed = true;
  if (this.res) this.res._dump();
  this._errored = error;
  this._peer?.destroy(error);
  return this;
};

function onTimeout() { this._httpMessage?.emit('timeout'); }

function listenTimeout(req) {
  if (req.timeoutCb) return;
  req.timeoutCb = onTimeout;
  if (req._peer) req._peer.once('timeout', onTimeout);
  else req.on('socket', (socket) => socket.once('timeout', onTimeout));
}

function setSocketTimeout(socket, ms) {
  if (socket.connecting) socket.once('connect', () => socket.setTimeout(ms));
  else socket.setTimeout(ms);
}

/** @param {number} msecs of silence on the socket before 'timeout' */
prototype.setTimeout = function setTimeout(msecs, callback) {
  if (this._ended) return this;
  listenTimeout(this);
  msecs = timerDuration(msecs, 'msecs');
  if (callback) this.once('timeout', callback);
  if (this._peer) setSocketTimeout(this._peer, msecs);
  else this.once('socket', (socket) => setSocketTimeout(socket, msecs));
  return this;
};

prototype.clearTimeout = function clearTimeout(callback) { this.setTimeout(0, callback); };

function onceSocket(req, method, args) {
  const call = (socket) => {
    const { connecting } = socket;
    if (connecting) socket.once('connect', () => socket[method](...args));
    else socket[method]?.(...args);
  };
  if (req._peer) call(req._peer);
  else req.once('socket', call);
}
prototype.setNoDelay = function setNoDelay(noDelay) { onceSocket(this, 'setNoDelay', [noDelay]); };
prototype.setSocketKeepAlive = function setSocketKeepAlive(enable, delay) { onceSocket(this, 'setKeepAlive', [enable, delay]); };

/** @param {string | URL | object} input */
function request(input, options, callback) { return new ClientRequest(input, options, callback); }
function get(input, options, callback) {
  const req = request(input, options, callback);
  req.end();
  return req;
}

module.exports = { ClientRequest, IncomingMessage, request, get, urlToOptions };
