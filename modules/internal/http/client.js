'use strict';
// http.ClientRequest: a request on a net.Socket, and its response through llhttp (runtime/bindings/http_parser.c).

const net = require('../../node/net');
const {
  codes: {
    ERR_HTTP_HEADERS_SENT, ERR_INVALID_ARG_TYPE, ERR_INVALID_HTTP_TOKEN, ERR_INVALID_PROTOCOL, ERR_UNESCAPED_CHARACTERS,
  },
  AbortError,
} = require('../errors');
const { validateBoolean, validateInteger } = require('../validators');
const { IncomingMessage } = require('./incoming');
const { OutgoingMessage, HAS_CLOSE, HAS_EXPECT, FINISHED } = require('./outgoing');
const { fieldOf, validateHeaderName } = require('./fields');
const { current } = require('./agent');
const proxies = require('./proxy');
const context = require('../async_context');
const ids = require('../async_ids');

const parserBinding = internalBinding('http_parser');
const {
  FOUND_HEAD, FOUND_BODY, FOUND_DONE, FOUND_UPGRADE, HEAD_KEEP_ALIVE, HEAD_UPGRADE, SKIP_BODY, NO_HTTP_AFTER_HEAD,
} = parserBinding.constants;
const DEFAULT_MAX_HEADER_SIZE = 16384;

/** Options for request() from a WHATWG URL. */
function urlToOptions(url) {
  const { hostname } = url;
  const options = {
    __proto__: null,
    ...url,
    protocol: url.protocol,
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    hash: url.hash,
    search: url.search,
    pathname: url.pathname,
    path: `${url.pathname || ''}${url.search || ''}`,
    href: url.href,
  };
  if (url.port !== '') options.port = Number(url.port);
  if (url.username || url.password) {
    options.auth = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  }
  return options;
}

const unescaped = /[^\u0021-\u00ff]/;

function optionsOf(input, options) {
  if (typeof input === 'string') input = urlToOptions(new URL(input));
  else if (input instanceof URL || (input && typeof input.href === 'string' && input.searchParams)) input = urlToOptions(input);
  else {
    options = input;
    input = null;
  }
  return { __proto__: null, ...input, ...options };
}

/** https://nodejs.org/docs/latest-v24.x/api/http.html#class-httpclientrequest */
function ClientRequest(input, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = null;
  }
  options = optionsOf(input, options);
  OutgoingMessage.call(this);
  this._frame = context.current(); // of the response's events
  this._record = null;
  let { agent } = options;
  const defaultAgent = options._defaultAgent || current.globalAgent;
  if (agent === false) agent = new defaultAgent.constructor();
  else if (agent === null || agent === undefined) agent = typeof options.createConnection === 'function' ? undefined : defaultAgent;
  else if (typeof agent.addRequest !== 'function') {
    throw new ERR_INVALID_ARG_TYPE('options.agent', ['Agent-like Object', 'undefined', 'false'], agent);
  }
  this.agent = agent;
  const protocol = options.protocol || defaultAgent.protocol;
  const expected = agent?.protocol || defaultAgent.protocol;
  if (options.path && unescaped.test(String(options.path))) throw new ERR_UNESCAPED_CHARACTERS('Request path');
  if (protocol !== expected && agent !== undefined) throw new ERR_INVALID_PROTOCOL(protocol, expected);
  const defaultPort = options.defaultPort || agent?.defaultPort || (protocol === 'https:' ? 443 : 80);
  const port = (options.port = options.port || defaultPort || 80);
  const host = (options.host = nameOf(options.hostname, 'hostname') || nameOf(options.host, 'host') || 'localhost');
  this.socketPath = options.socketPath;
  if (options.timeout !== undefined) {
    validateInteger(options.timeout, 'timeout', 0);
    this.timeout = options.timeout;
  }
  setMethod(this, options.method);
  this.maxHeaderSize = options.maxHeaderSize;
  this.insecureHTTPParser = options.insecureHTTPParser;
  this.joinDuplicateHeaders = options.joinDuplicateHeaders === true;
  this.path = options.path || '/';
  this.host = host;
  this.protocol = protocol;
  this.res = null;
  this.upgradeOrConnect = false;
  this.reusedSocket = false;
  this._ended = false;
  this._parser = null;
  this._streamed = false;
  if (callback) this.once('response', callback);
  this.shouldKeepAlive = agent === undefined ? false : agent.keepAlive === true || agent.maxSockets !== Infinity;
  this._defaultKeepAlive = this.shouldKeepAlive;
  setHeaders(this, options, host, port, defaultPort);
  const proxy = protocol === 'http:' && agent !== undefined ? proxies.proxyOf(agent, options) : null;
  if (proxy !== null) proxies.rewrite(this, proxy);
  this.useChunkedEncodingByDefault = !['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'].includes(this.method);
  if (options.signal) abortWith(this, options.signal);
  connect(this, options);
}
Object.setPrototypeOf(ClientRequest.prototype, OutgoingMessage.prototype);
Object.setPrototypeOf(ClientRequest, OutgoingMessage);
const { prototype } = ClientRequest;
prototype.sendDate = false;
prototype.aborted = false;
prototype.maxHeadersCount = null;

function nameOf(value, name) {
  if (value !== null && value !== undefined && typeof value !== 'string') {
    throw new ERR_INVALID_ARG_TYPE(`options.${name}`, ['string', 'undefined', 'null'], value);
  }
  return value;
}

function setMethod(req, method) {
  if (method !== null && method !== undefined && typeof method !== 'string') {
    throw new ERR_INVALID_ARG_TYPE('options.method', 'string', method);
  }
  if (method && !fieldOf(method).valid) throw new ERR_INVALID_HTTP_TOKEN('Method', method);
  req.method = method ? method.toUpperCase() : 'GET';
}

function setHeaders(req, options, host, port, defaultPort) {
  req.sendDate = false;
  const { headers } = options;
  if (Array.isArray(headers)) {
    const flat = Array.isArray(headers[0]) ? headers.flat(1) : headers;
    for (let i = 0; i < flat.length; i += 2) req.appendHeader(flat[i], flat[i + 1]);
  } else if (headers) {
    for (const name of Object.keys(headers)) {
      validateHeaderName(name);
      req.setHeader(name, headers[name]);
    }
  }
  if (host && !req.hasHeader('host') && options.setHost !== false) {
    let value = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    if (port && Number(port) !== defaultPort) value += `:${port}`;
    req.setHeader('Host', value);
  }
  if (options.auth && !req.hasHeader('authorization')) {
    req.setHeader('Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`);
  }
  if (options.setDefaultHeaders !== undefined) validateBoolean(options.setDefaultHeaders, 'setDefaultHeaders');
}

function abortWith(req, signal) {
  const abort = () => req.destroy(new AbortError(undefined, { cause: signal.reason }));
  if (signal.aborted) {
    process.nextTick(abort);
  } else {
    signal.addEventListener('abort', abort, { once: true });
    req.once('close', () => signal.removeEventListener('abort', abort));
  }
}

function connect(req, options) {
  if (req.socketPath) options.path = req.socketPath;
  if (req.agent) {
    const own = options.createConnection;
    if (own) options.createConnection = own;
    req.agent.addRequest(req, { ...options, path: req.socketPath ? req.socketPath : options.path });
    return;
  }
  req._last = true;
  req.shouldKeepAlive = false;
  if (typeof options.createConnection !== 'function') {
    req.onSocket(net.createConnection(req.socketPath ? { ...options, path: req.socketPath } : { ...options, path: undefined }));
    return;
  }
  let called = false;
  const created = (error, socket) => {
    if (called) return;
    called = true;
    if (error) process.nextTick(() => req.emit('error', error));
    else req.onSocket(socket);
  };
  try {
    const socket = options.createConnection(options, created);
    if (socket) created(null, socket);
  } catch (error) {
    created(error);
  }
}

prototype._implicitHeader = function _implicitHeader() {
  if (this._block !== null) throw new ERR_HTTP_HEADERS_SENT('render');
  this._decideHead(`${this.method} ${this.path} HTTP/1.1\r\n`);
  if (this._facts & HAS_CLOSE) this.shouldKeepAlive = false;
  // Without a body there is no framing line, unless the method usually has one.
  this._hasBody = this.method !== 'CONNECT';
};

prototype._sayKeepAlive = function _sayKeepAlive() { return this.shouldKeepAlive; };
prototype._knowsLength = function _knowsLength() { return this._trailer === ''; };
prototype._sendsNoLengthWhenEmpty = function _sendsNoLengthWhenEmpty() { return !this.useChunkedEncodingByDefault; };
/** Methods without a usual body still send one chunked when it comes in pieces. */
prototype._decideFraming = function _decideFraming() {
  const usual = this.useChunkedEncodingByDefault;
  if (this._hasBody && !this._headSent && !usual && (this.finished || this._written > 0)) this.useChunkedEncodingByDefault = true;
  OutgoingMessage.prototype._decideFraming.call(this);
  this.useChunkedEncodingByDefault = usual;
  if (!usual && this._written === 0 && !this.finished) this._chunked = this.chunkedEncoding = false;
};

prototype.onSocket = function onSocket(socket, error) { process.nextTick(onSocketTick, this, socket, error); };

function onSocketTick(req, socket, error) {
  if (req.destroyed || error) {
    const failure = error ?? req._errored;
    if (failure) req.destroyed = true;
    if (!req.aborted || failure) finishWithError(req, failure);
    if (socket) {
      if (!failure && req.agent && !socket.destroyed) socket.emit('free');
      else socket.destroy();
    }
    return;
  }
  attach(req, socket);
}

function finishWithError(req, error) {
  if (error && !req._errorEmitted) {
    req._errorEmitted = true;
    req.emit('error', error);
  }
  emitClose(req);
}

function emitClose(req) {
  if (req._closed) return;
  req._closed = true;
  if (req._record !== null) ids.emitDestroy(req._record[ids.kAsyncId]);
  req.destroyed = true;
  req.emit('close');
}

/* ---- the socket -------------------------------------------------------------------------------------------------- */

/** What hooks see of a request whose answer is awaited. */
class HTTPClientAsyncResource {
  constructor(req) {
    this.req = req;
    ids.init(this, 'HTTPCLIENTREQUEST');
  }
}

function attach(req, socket) {
  req._record = new HTTPClientAsyncResource(req);
  req._parser = parserBinding.create(req.maxHeaderSize || require('./limits').maxHeaderSize() || DEFAULT_MAX_HEADER_SIZE);
  socket._httpMessage = req;
  socket.on('data', onData);
  socket.on('end', onEnd);
  socket.on('close', onClose);
  socket.on('error', onError);
  socket.on('drain', onDrain);
  if (req.timeout !== undefined) listenTimeout(req, socket);
  if (req.finished && req._queue === null && req._block === null) req._implicitHeader();
  req._attach(socket);
}

function detach(socket) {
  socket.removeListener('data', onData);
  socket.removeListener('end', onEnd);
  socket.removeListener('close', onClose);
  socket.removeListener('error', onError);
  socket.removeListener('drain', onDrain);
  socket.removeListener('timeout', onTimeout);
}

function onTimeout() { this._httpMessage?.emit('timeout'); }

function listenTimeout(req, socket) {
  if (req._timeoutSocket === socket) {
    socket.setTimeout(req.timeout);
    return;
  }
  req._timeoutSocket = socket;
  socket.on('timeout', onTimeout);
  if (socket.connecting) socket.once('connect', () => socket.setTimeout(req.timeout));
  socket.setTimeout(req.timeout);
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
  if (req && !req._errorEmitted) {
    req._errorEmitted = true;
    req.destroyed = true;
    req._errored = error;
    req.emit('error', error);
  }
  this.destroy();
}

function onEnd() {
  const req = this._httpMessage;
  if (!req) return;
  work(req, this, null);
  if (!req.res && !req._errorEmitted && !req.upgradeOrConnect) {
    req._errorEmitted = true;
    req.emit('error', hangUp());
  }
  this.end();
}

function onClose() {
  const req = this._httpMessage;
  if (!req) return;
  req.destroyed = true;
  if (req._parser !== null) work(req, this, null);
  const { res } = req;
  if (res) {
    if (!res.complete) res._abort(hangUp('aborted'));
    emitClose(req);
  } else {
    if (!req._errorEmitted && !req.upgradeOrConnect) {
      req._errorEmitted = true;
      req.emit('error', hangUp());
    }
    emitClose(req);
  }
  req._parser = null;
}

function onData(chunk) {
  const req = this._httpMessage;
  if (req && req._parser !== null) work(req, this, chunk);
}

/** Gives bytes (null: the end) to the parser and acts on what it found. */
function work(req, socket, chunk) {
  if (!context.inUse() && !ids.hooked()) workNow(req, socket, chunk);
  else context.runIn(req._frame, ids.runIn, undefined, [req._record, workNow, undefined, [req, socket, chunk]]);
}

function workNow(req, socket, chunk) {
  const mode = req.method === 'HEAD' ? SKIP_BODY : req.method === 'CONNECT' ? NO_HTTP_AFTER_HEAD : 0;
  const found = parserBinding.execute(req._parser, chunk, mode);
  if (found === undefined) return;
  let i = 0;
  while (i < found.length && req._parser !== null) {
    switch (found[i]) {
      case FOUND_HEAD:
        if (!onHead(req, socket, found, i)) {
          const last = found.length - 2; // where an upgrade is, if there is one
          onUpgrade(req, socket, found[last] === FOUND_UPGRADE ? chunk.subarray(found[last + 1]) : Buffer.alloc(0));
          return;
        }
        i += 6;
        break;
      case FOUND_BODY: {
        const { res } = req;
        if (res && !res._dumped && !res.destroyed && !res.push(chunk.subarray(found[i + 1], found[i + 2]))) socket.pause();
        i += 3;
        break;
      }
      case FOUND_DONE:
        if (req.res && !req._informational) onDone(req, found[i + 1]);
        req._informational = false;
        i += 2;
        break;
      case FOUND_UPGRADE: i += 2; break;
      default: // FOUND_ERROR
        if (chunk !== null) onParseError(req, socket, found[i + 1], found[i + 2], found[i + 3], chunk);
        return;
    }
  }
}

function onParseError(req, socket, code, reason, at, rawPacket) {
  if (req.res?.complete) {
    socket.destroy();
    return;
  }
  const error = new Error(`Parse Error: ${reason}`);
  error.code = code;
  error.reason = reason;
  error.bytesParsed = at;
  error.rawPacket = rawPacket;
  req._errorEmitted = true;
  req.destroyed = true;
  req._parser = null;
  socket.removeListener('data', onData);
  req.emit('error', error);
  socket.destroy();
}

/** @returns {boolean} false: no HTTP follows (101, CONNECT) */
function onHead(req, socket, found, i) {
  const status = found[i + 1];
  const reason = found[i + 2];
  const block = found[i + 3];
  const upgrade = (found[i + 5] & HEAD_UPGRADE) !== 0;
  if (status >= 100 && status < 200 && status !== 101) {
    req._informational = true;
    const info = messageOf(req, socket, status, reason, block, found[i + 4]);
    if (status === 100) req.emit('continue');
    req.emit('information', {
      statusCode: status, statusMessage: reason, httpVersion: info.httpVersion, httpVersionMajor: info.httpVersionMajor,
      httpVersionMinor: info.httpVersionMinor, headers: info.headers, rawHeaders: info.rawHeaders,
    });
    return true;
  }
  const res = messageOf(req, socket, status, reason, block, found[i + 4]);
  if (req.res) { // a second answer to one request
    socket.destroy();
    return true;
  }
  req.res = res;
  res.req = req;
  if ((status === 101 && upgrade) || (req.method === 'CONNECT' && status < 300)) return false;
  res._source = new Source(req, socket, res);
  const keepAlive = (found[i + 5] & HEAD_KEEP_ALIVE) !== 0;
  if (!keepAlive) req.shouldKeepAlive = false;
  const hint = /(?:^|[,;\s])timeout=(\d+)/i.exec(res.headers['keep-alive'] ?? '');
  if (hint !== null) socket._keepAliveHint = Math.max(0, Number(hint[1]) * 1000 - 1000);
  if (req.aborted || !req.emit('response', res)) res._dump();
  return true;
}

function messageOf(req, socket, status, reason, block, version) {
  const res = new IncomingMessage(socket);
  res.statusCode = status;
  res.statusMessage = reason;
  res._block = block;
  res.joinDuplicateHeaders = req.joinDuplicateHeaders;
  res.httpVersionMajor = Math.floor(version / 10);
  res.httpVersionMinor = version % 10;
  res.httpVersion = `${res.httpVersionMajor}.${res.httpVersionMinor}`;
  return res;
}

/** What reading and destroying a response means for its connection. */
class Source {
  constructor(req, socket, res) {
    this.req = req;
    this.socket = socket;
    this.res = res;
    res.on('end', () => onResponseEnd(req, res));
  }

  resume() { if (this.socket && !this.res.complete) this.socket.resume(); }

  destroy(error) {
    const { req, socket, res } = this;
    if (res.complete && (res._state === undefined || res._state.endEmitted)) return;
    req._errorEmitted = true;
    req._errored ??= error ?? null;
    if (socket && req._parser !== null) socket.destroy();
  }
}

function onDone(req, trailers) {
  const { res } = req;
  req._ended = true;
  res._finishBody(trailers);
  if (res._state === undefined) res.resume(); // nobody was there to read
  if (!req.finished) {
    req.shouldKeepAlive = false; // answered before the request was complete: the connection is of no more use
  }
  if (req._peer?.isPaused?.()) req._peer.resume();
}

function onResponseEnd(req) {
  const socket = req._peer;
  if (!req.shouldKeepAlive) {
    if (socket && socket.writable) socket.destroySoon?.();
    if (socket) afterResponse(req, socket, false);
    return;
  }
  if (req.finished && req._finishState >= FINISHED) afterResponse(req, socket, true);
  else req.once('finish', () => afterResponse(req, socket, true));
}

function afterResponse(req, socket, keep) {
  if (req._released || !socket) return;
  req._released = true;
  req._parser = null;
  if (!keep) {
    process.nextTick(emitClose, req);
    return;
  }
  detach(socket);
  if (req.timeout !== undefined) socket.setTimeout(0);
  req.destroyed = true;
  process.nextTick(() => {
    emitClose(req);
    if (socket.destroyed) return;
    socket.emit('free');
  });
}

function onUpgrade(req, socket, head) {
  const { res } = req;
  const type = req.method === 'CONNECT' ? 'connect' : 'upgrade';
  req.upgradeOrConnect = true;
  res.upgrade = true;
  res.complete = true;
  req._parser = null;
  detach(socket);
  socket._httpMessage = null;
  if (req.agent) socket.emit('agentRemove');
  if (req.listenerCount(type) === 0) {
    socket.destroy();
    emitClose(req);
    return;
  }
  socket.readableFlowing = null;
  if (socket._readableState) socket._readableState.flowing = null;
  req.emit(type, res, socket, head);
  req.destroyed = true;
  process.nextTick(emitClose, req);
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
  if (this.res && !this.res.complete) this.res._dump();
  this._errored = error ?? null;
  if (this._errored === null && !this.res) this._errored = hangUp();
  const socket = this._peer;
  if (socket) {
    if (this._errored && !this._errorEmitted) {
      this._errorEmitted = true;
      const failure = this._errored;
      process.nextTick(() => this.emit('error', failure));
    }
    socket.destroy();
  } else if (this.agent) {
    for (const [name, list] of Object.entries(this.agent.requests ?? {})) { // of an app's own agent: none
      const at = list.indexOf(this);
      if (at < 0) continue;
      list.splice(at, 1);
      if (list.length === 0) delete this.agent.requests[name];
      process.nextTick(finishWithError, this, this._errored);
    }
  }
  return this;
};

prototype.setTimeout = function setTimeout(ms, callback) {
  if (this._ended) return this;
  this.timeout = Number(ms);
  if (callback) this.once('timeout', callback);
  if (this._peer) listenTimeout(this, this._peer);
  return this;
};

function onceSocket(req, method, args) {
  const call = (socket) => {
    if (socket.connecting) socket.once('connect', () => socket[method](...args));
    else socket[method](...args);
  };
  if (req._peer) call(req._peer);
  else req.once('socket', call);
}
prototype.setNoDelay = function setNoDelay(noDelay) { onceSocket(this, 'setNoDelay', [noDelay]); };
prototype.setSocketKeepAlive = function setSocketKeepAlive(enable, delay) { onceSocket(this, 'setKeepAlive', [enable, delay]); };
prototype.clearTimeout = function clearTimeout(callback) { this.setTimeout(0, callback); };

/** Expect: 100-continue has to reach the server before the body does. */
prototype._attach = function _attach(socket) {
  OutgoingMessage.prototype._attach.call(this, socket);
  if (this._facts & HAS_EXPECT && !this._headSent) this.flushHeaders();
};

/** @param {string | URL | object} input */
function request(input, options, callback) { return new ClientRequest(input, options, callback); }
function get(input, options, callback) {
  const req = request(input, options, callback);
  req.end();
  return req;
}

module.exports = { ClientRequest, request, get, urlToOptions };
