'use strict';
// https.Server: http.Server's code on an engine that speaks TLS (server/http/tls_transport.c), with tls.Server's options
// and events. A handshake costs no call into JS unless somebody listens for it or has to choose.

const HTTP = require('./server');
const EventEmitter = require('../../node/events');
const engine = require('./engine');
const { opensslError } = require('../tls_handle');
const {
  errnoException, genericNodeError,
  codes: { ERR_TLS_HANDSHAKE_TIMEOUT, ERR_TLS_INVALID_CONTEXT },
} = require('../errors');

const { validateObject } = require('../validators');

const binding = internalBinding('http_tls');
const { ALPN, CHOOSE, FAILED, FIND, KEYLOG, PSK, SECURE, SESSION } = binding.events;
const { ALPN: ASKS_ALPN, PSK: ASKS_PSK } = internalBinding('tls').questions;
const { verify: VERIFY, wanted: WANTS } = binding;
const EPROTO = -71;
const ETIMEDOUT = -110;

/** Why a handshake was not finished, as tls.Server says it. */
function failure(errno, reason) {
  if (errno === EPROTO && reason !== undefined) return opensslError(reason);
  if (errno === ETIMEDOUT) return new ERR_TLS_HANDSHAKE_TIMEOUT();
  if (errno === -104 || errno === -13) return genericNodeError('socket hang up', { code: 'ECONNRESET' });
  return errnoException(errno, 'read');
}

/** Whose certificate a client gets, and its OCSP response; both may take their time. */
function choose(server, peer, name, status) {
  const socket = engine.socketAt(peer);
  const answer = (context) => {
    const native = context?.context;
    if (!status || server.listenerCount('OCSPRequest') === 0) {
      if (!socket.destroyed) binding.choose(socket._id, native);
      return;
    }
    const [certificate, issuer] = (context?.identity ? context : server._sharedContext).identity();
    server.emit('OCSPRequest', certificate, issuer ?? null, (error, response) => {
      if (socket.destroyed) return;
      if (error) refuse(error);
      else binding.choose(socket._id, native, response ?? undefined);
    });
  };
  const refuse = (error) => {
    if (socket.destroyed) return;
    server.emit('tlsClientError', error, socket);
    socket.destroy();
  };
  const { SNICallback } = server._tlsOptions;
  if (name === undefined || SNICallback === undefined) {
    answer(name === undefined ? undefined : server._contextFor(name));
    return;
  }
  SNICallback.call(socket, name, (error, context) => {
    if (error) refuse(error);
    else if (context && !context.context) refuse(new ERR_TLS_INVALID_CONTEXT('context'));
    else answer(context);
  });
}

/** ALPNCallback and pskCallback, whose answer OpenSSL waits for. @returns {ArrayBufferView | undefined} */
function answer(server, socket, question, a, b) { // eslint-disable-line max-params
  socket._tlsOptions ??= { ...server._tlsOptions, server };
  try {
    return socket._answer(question, a, b);
  } catch (error) {
    server.emit('tlsClientError', error, socket);
    socket.destroy();
    return undefined;
  }
}

/** A session to keep: the handshake waits until that is done. */
function keep(server, socket, id, session) {
  let stored = false;
  server.emit('newSession', id, session, () => {
    if (!stored && !socket.destroyed) binding.stored(socket._id);
    stored = true;
  });
}

/** The session that a client names. */
function find(server, socket, id) {
  server.emit('resumeSession', id, (error, session) => {
    if (socket.destroyed) return;
    if (!error) binding.resume(socket._id, session ?? undefined);
    else {
      server.emit('tlsClientError', error, socket);
      socket.destroy();
    }
  });
}

/** 'secureConnection' for a socket of the engine's: it is served already. */
function announce(server, socket) {
  server._announced = socket;
  server.emit('secureConnection', socket);
  server._announced = null;
}

function tlsFunction(server) {
  return function onTLS(kind, peer, a, b) {
    if (kind === CHOOSE) {
      choose(server, peer, a, b);
      return undefined;
    }
    const socket = engine.socketAt(peer);
    socket.server = socket._server = server;
    switch (kind) {
      case SECURE: announce(server, socket); break;
      case FAILED: server.emit('tlsClientError', failure(a, b), socket); break;
      case SESSION: keep(server, socket, a, b); break;
      case FIND: find(server, socket, a); break;
      case ALPN: return answer(server, socket, ASKS_ALPN, a, b);
      case PSK: return answer(server, socket, ASKS_PSK, a, b);
      case KEYLOG: server.emit('keylog', Buffer.from(`${a}\n`), socket); break;
      default:
    }
    return undefined;
  };
}

/** @param {typeof import('tls')} tls */
function makeServer(tls) {
  /** https://nodejs.org/docs/latest-v24.x/api/https.html#class-httpsserver */
  function Server(options, listener) {
    if (!(this instanceof Server)) return new Server(options, listener);
    if (typeof options === 'function') {
      listener = options;
      options = undefined;
    }
    if (options !== undefined && options !== null) validateObject(options, 'options');
    options = { ...options };
    if (!options.ALPNCallback) options.ALPNProtocols ||= ['http/1.1'];
    HTTP.construct(this, options, listener);
    this._setTLSOptions(options);
    this.ALPNCallback = options.ALPNCallback;
    this.on('tlsClientError', clientError);
  }
  const { prototype } = Server;
  Object.setPrototypeOf(prototype, tls.Server.prototype);
  Object.setPrototypeOf(Server, tls.Server);
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(HTTP.Server.prototype))) {
    if (name !== 'constructor') Object.defineProperty(prototype, name, descriptor);
  }
  for (const symbol of Object.getOwnPropertySymbols(HTTP.Server.prototype)) {
    Object.defineProperty(prototype, symbol, Object.getOwnPropertyDescriptor(HTTP.Server.prototype, symbol));
  }

  /** The engine's server is open: its connections speak TLS. */
  prototype._opened = function _opened(handle) {
    const verify = !this.requestCert ? VERIFY.NONE : this.rejectUnauthorized ? VERIFY.REQUIRED : VERIFY.ASK;
    binding.secure(handle, tlsFunction(this), this._sharedContext.context, this.ALPNProtocols, verify, this._handshakeTimeout,
      this._tlsOptions.pskIdentityHint);
    this._tellListeners(handle);
  };

  prototype._tellListeners = function _tellListeners(handle) {
    const has = (type, more = 0) => this.listenerCount(type) > more;
    binding.wants(handle, (this._contexts.length > 0 || this._tlsOptions.SNICallback ? WANTS.NAMES : 0) |
      (has('OCSPRequest') ? WANTS.STATUS : 0) | (has('secureConnection') ? WANTS.SECURE : 0) |
      (has('tlsClientError', 1) || has('clientError') ? WANTS.FAILED : 0) | (has('newSession') ? WANTS.SESSIONS : 0) |
      (has('keylog') ? WANTS.KEYLOG : 0) | (has('resumeSession') ? WANTS.FIND : 0) | (this._tlsOptions.ALPNCallback ? WANTS.ALPN : 0) |
      (this._tlsOptions.pskCallback ? WANTS.PSK : 0));
  };

  prototype.setSecureContext = function setSecureContext(options) {
    tls.Server.prototype.setSecureContext.call(this, options);
    if (this._handle !== null) binding.context(this._handle, this._sharedContext.context);
  };

  prototype.addContext = function addContext(name, context) {
    tls.Server.prototype.addContext.call(this, name, context);
    if (this._handle !== null) this._tellListeners(this._handle);
  };

  /** Streams that the app accepted itself: 'connection' with one that will speak TLS, 'secureConnection' with one that did. */
  prototype.emit = function emit(type, socket) {
    if (socket && socket !== this._announced) {
      if (type === 'connection') this._acceptStream(socket);
      else if (type === 'secureConnection') this._serveStream(socket);
    }
    return EventEmitter.prototype.emit.apply(this, arguments);
  };

  function clientError(error, socket) {
    if (!this.emit('clientError', error, socket)) socket.destroy(error);
  }
  return Server;
}

module.exports = { makeServer };
