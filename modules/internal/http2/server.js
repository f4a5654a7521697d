'use strict';
// Http2Server and Http2SecureServer: net.Server and tls.Server whose connections become sessions; clients that know no
// HTTP/2 are served by http.Server's code, where allowHTTP1 says so.

const { codes } = require('../errors');
const { validateFunction, validateObject, validateUint32 } = require('../validators');
const { Http2ServerRequest } = require('./compat_request');
const { Http2ServerResponse } = require('./compat_response');
const { copyCustom } = require('./limits');
const { net, tls } = require('./parts');
const { ServerHttp2Session } = require('./server_session');
const settingsOf = require('./settings');

const { ERR_INVALID_ARG_TYPE } = codes;
const UNKNOWN_PROTOCOL_MS = 10_000;
const kOptions = Symbol('options');

/** @returns {object} the options with their defaults, checked */
function complete(options) {
  validateObject(options, 'options');
  options = { ...options };
  if (options.settings !== undefined) validateObject(options.settings, 'options.settings');
  options.settings = { ...options.settings };
  copyCustom(options);
  for (const name of ['maxSessionInvalidFrames', 'maxSessionRejectedStreams']) {
    if (options[name] !== undefined) validateUint32(options[name], name);
  }
  if (options.unknownProtocolTimeout !== undefined) validateUint32(options.unknownProtocolTimeout,
    'unknownProtocolTimeout');
  else options.unknownProtocolTimeout = UNKNOWN_PROTOCOL_MS;
  if (options.http1Options !== undefined) validateObject(options.http1Options, 'options.http1Options');
  options.http1Options = { ...options.http1Options };
  if (options.Http1IncomingMessage || options.Http1ServerResponse) {
    require('./http1').deprecateOptions();
    options.http1Options.IncomingMessage ??= options.Http1IncomingMessage;
    options.http1Options.ServerResponse ??= options.Http1ServerResponse;
  }
  options.strictSingleValueFields ??= true;
  options.Http2ServerRequest ||= Http2ServerRequest;
  options.Http2ServerResponse ||= Http2ServerResponse;
  return options;
}

/** What both servers do after their base's constructor. */
function construct(server, options, listener) {
  Object.defineProperty(server, '_sessions', { value: new Set() });
  server[kOptions] = options;
  server.timeout = 0;
  server.on('newListener', setupCompat);
  if (typeof listener === 'function') server.on('request', listener);
  else if (listener !== undefined) validateFunction(listener, 'listener');
}

/** Somebody listens for requests: streams become requests and responses. */
function setupCompat(event) {
  if (event !== 'request') return;
  this.removeListener('newListener', setupCompat);
  const { Http2ServerRequest: Request, Http2ServerResponse: Response } = this[kOptions];
  this.on('stream', (stream, headers, flags, list) => serve(this, Request, Response, stream, headers, list));
}

function serve(server, Request, Response, stream, headers, list) {
  const request = new Request(stream, headers, undefined, list);
  const response = new Response(stream);
  if (headers[':method'] === 'CONNECT') {
    if (!server.emit('connect', request, response)) {
      response.statusCode = 405;
      response.end();
    }
    return;
  }
  const { expect } = headers;
  if (expect === undefined) {
    server.emit('request', request, response);
  } else if (expect === '100-continue') {
    if (server.listenerCount('checkContinue') > 0) {
      server.emit('checkContinue', request, response);
    } else {
      response.writeContinue();
      server.emit('request', request, response);
    }
  } else if (server.listenerCount('checkExpectation') > 0) {
    server.emit('checkExpectation', request, response);
  } else {
    response.statusCode = 417;
    response.end();
  }
}

function onTimeout() {
  const { server } = this;
  if (this.destroyed) return;
  if (!server.emit('timeout', this)) this.destroy();
}

/** A client's connection, in clear or after its handshake. */
function onConnection(socket) {
  const options = this[kOptions];
  if (socket.alpnProtocol === false || socket.alpnProtocol === 'http/1.1') {
    if (options.allowHTTP1 === true) require('./http1').serve(this, socket, options.http1Options);
    else if (!this.emit('unknownProtocol', socket)) refuse(socket, options.unknownProtocolTimeout);
    else limitTime(socket, options.unknownProtocolTimeout);
    return;
  }
  const session = begin(this, socket, options);
  if (this.timeout) session.setTimeout(this.timeout, onTimeout);
  this.emit('session', session);
}

function begin(server, socket, options) {
  const session = new ServerHttp2Session(options, socket, server);
  session.on('stream', (stream, headers, flags, list) => server.emit('stream', stream, headers, flags, list));
  session.on('error', (error) => server.emit('sessionError', error, session));
  return session;
}

function limitTime(socket, ms) {
  const timer = setTimeout(() => { if (!socket.destroyed) socket.destroy(); }, ms).unref();
  socket.once('close', () => clearTimeout(timer));
}

function refuse(socket, ms) {
  limitTime(socket, ms);
  socket.end('HTTP/1.0 403 Forbidden\r\nContent-Type: text/plain\r\n\r\n' +
    'Missing ALPN Protocol, expected `h2` to be available.\nIf this is an HTTP request: The server was not ' +
    'configured with the `allowHTTP1` option or a listener for the `unknownProtocol` event.\n');
}

/** Methods of both. */
const methods = {
  /** Node documentation: server.setTimeout([msecs][, callback]). */
  setTimeout(msecs, callback) {
    this.timeout = msecs;
    if (callback !== undefined) {
      validateFunction(callback, 'callback');
      this.on('timeout', callback);
    }
    return this;
  },
  /** Node documentation: server.updateSettings([settings]). */
  updateSettings(settings) {
    if (settings === null || typeof settings !== 'object') throw new ERR_INVALID_ARG_TYPE('settings', 'Object',
      settings);
    settingsOf.validate(settings);
    this[kOptions].settings = { ...this[kOptions].settings, ...settings };
  },
};

/** Stops listening; sessions finish what is in flight, having said GOAWAY. */
function closeSessions(server) {
  for (const session of [...server._sessions]) session.close();
  server._http1?.closeIdleConnections();
}

class Http2Server extends net.Server {
  constructor(options, listener) {
    options = complete(options);
    super(options, onConnection);
    construct(this, options, listener);
  }

  close(callback) {
    super.close(callback);
    closeSessions(this);
    return this;
  }

  [Symbol.for('nodejs.rejection')](error, event, ...args) { rejected(this, super[Symbol.for('nodejs.rejection')],
    error, event, args); }
}
Object.assign(Http2Server.prototype, methods);

function rejected(server, otherwise, error, event, args) {
  const [first, second] = args;
  if (event === 'stream') {
    if (first.headersSent) first.destroy(error);
    else {
      first.respond({ ':status': 500 });
      first.end();
    }
  } else if (event === 'request') {
    if (second.headersSent) {
      second.destroy(error);
      return;
    }
    for (const name of second.getHeaderNames()) second.removeHeader(name);
    second.statusCode = 500;
    second.end('Internal Server Error');
  } else {
    otherwise.call(server, error, event, ...args);
  }
}

let Http2SecureServer;
/** tls loads when the first secure server is made. */
function secureServerClass() {
  if (Http2SecureServer !== undefined) return Http2SecureServer;
  Http2SecureServer = class Http2SecureServer extends tls().Server {
    constructor(options, listener) {
      options = complete(options);
      if (!options.ALPNCallback) options.ALPNProtocols = options.allowHTTP1 === true ? ['h2', 'http/1.1'] : ['h2'];
      super(options, onConnection);
      construct(this, options, listener);
      this.on('tlsClientError', onClientError);
      if (options.allowHTTP1 === true) require('./http1').prepare(this, options.http1Options);
    }

    close(callback) {
      super.close(callback);
      closeSessions(this);
      return this;
    }

    closeAllConnections() { this._http1?.closeAllConnections(); }
    closeIdleConnections() { this._http1?.closeIdleConnections(); }

    [Symbol.for('nodejs.rejection')](error, event, ...args) { rejected(this, super[Symbol.for('nodejs.rejection')],
      error, event, args); }
  };
  Object.assign(Http2SecureServer.prototype, methods);
  return Http2SecureServer;
}

/** A handshake that failed: the listeners of 'clientError' hear of it, as with https. */
function onClientError(error, socket) {
  if (!this.emit('clientError', error, socket)) socket.destroy(error);
}

/** Node documentation: http2.createServer([options][, onRequestHandler]). */
function createServer(options, listener) {
  if (typeof options === 'function') [options, listener] = [{}, options];
  return new Http2Server(options === undefined ? {} : options, listener);
}

/** Node documentation: http2.createSecureServer(options[, onRequestHandler]). */
function createSecureServer(options = {}, listener = undefined) {
  return new (secureServerClass())(options, listener);
}

/** Node documentation: http2.performServerHandshake(socket[, options]). */
function performServerHandshake(socket, options = {}) {
  return new ServerHttp2Session(complete(options), socket, undefined);
}

module.exports = { createSecureServer, createServer, performServerHandshake };
