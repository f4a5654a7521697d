'use strict';
// node:tls. A TLSSocket is a net.Socket whose handle speaks TLS (internal/tls_handle.js).
const net = require('./net');
const { TLSHandle } = require('../internal/tls_handle');
const { SecureContext, createSecureContext, checkServerIdentity, certificate, alpnBytes, defaults } = require('../internal/tls_context');
const { opensslError } = require('../internal/crypto/keys');
const { errnoException, codes: { ERR_TLS_HANDSHAKE_TIMEOUT, ERR_TLS_REQUIRED_SERVER_NAME } } = require('../internal/errors');
const { validateFunction, validateString } = require('../internal/validators');
const binding = internalBinding('tls');

const verifyNames = { 2: 'UNABLE_TO_GET_ISSUER_CERT', 9: 'CERT_NOT_YET_VALID', 10: 'CERT_HAS_EXPIRED', 18: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  19: 'SELF_SIGNED_CERT_IN_CHAIN', 20: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 21: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  23: 'CERT_REVOKED', 24: 'INVALID_CA', 26: 'INVALID_PURPOSE', 27: 'CERT_UNTRUSTED', 28: 'CERT_REJECTED', 62: 'HOSTNAME_MISMATCH' };

function verifyError([code, text]) {
  return Object.assign(new Error(text), { code: verifyNames[code] ?? 'UNSPECIFIED' });
}

/** Node documentation: class tls.TLSSocket. @param {net.Socket} socket @param {object} [options] */
function TLSSocket(socket, options = {}) {
  if (!(this instanceof TLSSocket)) return new TLSSocket(socket, options);
  this._tlsOptions = options;
  this._secureEstablished = false;
  this.authorized = false;
  this.authorizationError = null;
  this.encrypted = true;
  this.servername = null;
  this.alpnProtocol = null;
  this._secureContext = options.secureContext ?? null;
  net.Socket.call(this, { allowHalfOpen: socket ? socket.allowHalfOpen : options.allowHalfOpen, highWaterMark: options.highWaterMark,
    manualStart: true, signal: undefined });
  this._parent = socket ?? null;
  if (socket) wrap(this, socket);
}
Object.setPrototypeOf(TLSSocket.prototype, net.Socket.prototype);
Object.setPrototypeOf(TLSSocket, net.Socket);

/** Takes the handle of a connected socket over, or waits until it is connected. */
function wrap(tls, socket) {
  if (socket.connecting || !socket._handle) {
    tls.connecting = true;
    socket.once('connect', () => {
      tls.connecting = false;
      if (!tls.destroyed) start(tls, socket._handle, socket);
    });
    socket.once('error', (error) => tls.destroy(error));
    socket.once('close', () => tls.destroy());
    return;
  }
  start(tls, socket._handle, socket);
}

function start(tls, inner, socket) {
  const options = tls._tlsOptions;
  tls._secureContext ??= createSecureContext(options);
  const session = binding.session(tls._secureContext.context, !!options.isServer,
    options.servername && !net.isIP(options.servername) ? options.servername : undefined, alpnBytes(options.ALPNProtocols),
    !!options.requestCert, !!options.isServer && !!options.SNICallback);
  // The bytes that the plain socket has read already belong to the session.
  const early = socket && socket.readableLength > 0 ? socket.read() : null;
  if (socket) {
    socket._handle = inner;
    socket.pause?.();
  }
  const handle = new TLSHandle(inner, session);
  tls._handle = handle;
  handle.owner = tls;
  tls._session = session;
  net._adopt(tls);
  handle.onname = () => chooseName(tls, options);
  handle.onhandshake = (failure) => finish(tls, failure);
  if (socket) {
    // The plain socket goes with this one.
    tls.once('close', () => {
      socket._handle = null;
      socket.destroy();
    });
  }
  if (early !== null && early !== undefined) binding.feed(session, early);
  const timeout = options.handshakeTimeout ?? (options.isServer ? 120000 : 0);
  if (timeout > 0) {
    tls._handshakeTimer = setTimeout(() => finish(tls, new ERR_TLS_HANDSHAKE_TIMEOUT()), timeout);
    tls._handshakeTimer.unref();
  }
  process.nextTick(() => {
    if (!tls.destroyed) {
      handle.advance();
      if (tls.readableFlowing !== false && tls._handle) tls.read(0);
    }
  });
}

function chooseName(tls, options) {
  const name = binding.info(tls._session).servername;
  const answer = (error, context) => {
    if (tls.destroyed) return;
    if (error) {
      finish(tls, error);
      return;
    }
    binding.setContext(tls._session, context?.context ?? undefined);
    tls._handle.advance();
  };
  if (name === undefined) answer(null, null);
  else options.SNICallback.call(tls, name, answer);
}

function finish(tls, failure) {
  clearTimeout(tls._handshakeTimer);
  if (failure !== null) {
    let error = failure;
    if (failure === 'closed') {
      error = Object.assign(new Error('Client network socket disconnected before secure TLS connection was established'), {
        code: 'ECONNRESET', path: tls._tlsOptions.path, host: tls._tlsOptions.host, port: tls._tlsOptions.port,
        localAddress: tls._tlsOptions.localAddress });
    } else if (typeof failure === 'string') {
      error = Object.assign(opensslError(failure), { code: opensslError(failure).code.replace('ERR_OSSL_', 'ERR_SSL_') });
    } else if (typeof failure === 'number') {
      error = errnoException(failure, 'read');
    }
    tls._tlsError = error;
    if (tls._tlsOptions.isServer && tls._tlsServer) {
      tls.once('error', () => {});
      tls._tlsServer.emit('tlsClientError', error, tls);
      tls.destroy();
    } else {
      tls.destroy(error);
    }
    return;
  }
  const info = binding.info(tls._session);
  tls._secureEstablished = true;
  tls.alpnProtocol = info.alpn ?? false;
  tls.servername = info.servername ?? false;
  tls._onSecure?.(info);
}

TLSSocket.prototype.getProtocol = function getProtocol() {
  return this._session ? binding.info(this._session).protocol : null;
};
TLSSocket.prototype.getCipher = function getCipher() {
  if (!this._session) return null;
  const { cipher, standardCipher, cipherVersion } = binding.info(this._session);
  return { name: cipher, standardName: standardCipher, version: cipherVersion };
};
TLSSocket.prototype.getPeerCertificate = function getPeerCertificate() {
  if (!this._session) return null;
  const raw = binding.peer(this._session);
  return raw === undefined ? {} : certificate(raw);
};
TLSSocket.prototype.isSessionReused = function isSessionReused() {
  return this._session ? binding.info(this._session).reused : null;
};
TLSSocket.prototype.getSession = () => undefined;
TLSSocket.prototype.getEphemeralKeyInfo = () => ({});
TLSSocket.prototype.setServername = function setServername(name) {
  validateString(name, 'name');
  this._tlsOptions.servername = name;
};
TLSSocket.prototype.setMaxSendFragment = () => true;
TLSSocket.prototype.disableRenegotiation = () => {};
TLSSocket.prototype.renegotiate = function renegotiate(options, callback) {
  if (callback) process.nextTick(callback, new Error('Renegotiation is disabled'));
  return false;
};

// ---- client -------------------------------------------------------------------------------------------------------

/** Node documentation: tls.connect(options | port[, host][, options][, callback]). @returns {TLSSocket} */
function connect(...args) {
  const [first, callback] = net._normalizeArgs(args);
  const extra = args.find((arg, i) => i > 0 && arg !== null && typeof arg === 'object') ?? {};
  const options = { rejectUnauthorized: process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0', checkServerIdentity, ...first, ...extra };
  const host = options.servername || options.host || options.socket?._host || 'localhost';
  options.servername ??= net.isIP(host) ? '' : host;
  const socket = new TLSSocket(options.socket, { ...options, isServer: false });
  if (callback) socket.once('secureConnect', callback);
  socket._onSecure = (info) => {
    let error = info.verify[0] === 0 ? null : verifyError(info.verify);
    if (error === null && info.hasPeer) error = options.checkServerIdentity(host, socket.getPeerCertificate(true)) ?? null;
    if (error !== null) {
      socket.authorizationError = error.code || error.message;
      if (options.rejectUnauthorized) {
        socket.destroy(error);
        return;
      }
    } else {
      socket.authorized = true;
    }
    socket.emit('secureConnect');
    socket.emit('secure');
  };
  if (!options.socket) {
    if (options.timeout) socket.setTimeout(options.timeout);
    const plain = new net.Socket({ manualStart: true });
    plain.connect(options);
    socket._parent = null;
    socket._host = host;
    wrap(socket, plain);
    // After wrap: who waits for 'connect' finds the handle.
    for (const name of ['lookup', 'connect', 'ready']) plain.once(name, (...values) => socket.emit(name, ...values));
  }
  return socket;
}

// ---- server -------------------------------------------------------------------------------------------------------

/** Node documentation: class tls.Server. */
function Server(options, listener) {
  if (!(this instanceof Server)) return new Server(options, listener);
  if (typeof options === 'function') [options, listener] = [{}, options];
  options ??= {};
  this._contexts = [];
  this._tls = options;
  this.setSecureContext(options);
  if (options.SNICallback !== undefined) validateFunction(options.SNICallback, 'options.SNICallback');
  net.Server.call(this, { ...options, pauseOnConnect: true }, (socket) => this._onPlain(socket));
  if (listener) this.on('secureConnection', listener);
}
Object.setPrototypeOf(Server.prototype, net.Server.prototype);
Object.setPrototypeOf(Server, net.Server);

Server.prototype._onPlain = function _onPlain(socket) {
  const options = this._tls;
  const names = this._contexts.length > 0 || options.SNICallback;
  const tls = new TLSSocket(socket, {
    isServer: true, secureContext: this._sharedContext, requestCert: !!options.requestCert, ALPNProtocols: options.ALPNProtocols,
    handshakeTimeout: options.handshakeTimeout,
    SNICallback: names ? (name, done) => this._chooseContext(name, done) : undefined,
  });
  tls.server = this;
  tls._tlsServer = this;
  socket.on('error', (error) => tls.destroy(error));
  socket.on('close', () => tls.destroy());
  tls._onSecure = (info) => {
    if (options.requestCert) {
      if (info.hasPeer && info.verify[0] === 0) tls.authorized = true;
      else {
        const error = info.hasPeer ? verifyError(info.verify) : Object.assign(new Error('peer did not return a certificate'), { code: 'UNABLE_TO_GET_ISSUER_CERT' });
        tls.authorizationError = error.code;
        if (options.rejectUnauthorized !== false) {
          tls.destroy();
          return;
        }
      }
    }
    this.emit('secureConnection', tls);
  };
};

Server.prototype._chooseContext = function _chooseContext(name, done) {
  for (const [pattern, context] of this._contexts) {
    if (pattern.test(name)) {
      done(null, context);
      return;
    }
  }
  if (this._tls.SNICallback) this._tls.SNICallback.call(this, name, done);
  else done(null, null);
};

Server.prototype.setSecureContext = function setSecureContext(options) {
  this._tls = { ...this._tls, ...options };
  this._sharedContext = options.secureContext ?? createSecureContext(options);
};

Server.prototype.addContext = function addContext(servername, context) {
  if (!servername) throw new ERR_TLS_REQUIRED_SERVER_NAME();
  const pattern = new RegExp(`^${servername.replace(/([.^$+?\-\\[\]{}])/g, '\\$1').replaceAll('*', '[^.]*')}$`);
  this._contexts.unshift([pattern, context instanceof SecureContext ? context : createSecureContext(context)]);
};

/** Node documentation: tls.createServer([options][, secureConnectionListener]). */
const createServer = (options, listener) => new Server(options, listener);

let roots;
module.exports = {
  TLSSocket, Server, SecureContext, connect, createServer, createSecureContext, checkServerIdentity,
  getCiphers: () => binding.ciphers().map((name) => name.toLowerCase()),
  CLIENT_RENEG_LIMIT: 3, CLIENT_RENEG_WINDOW: 600,
  DEFAULT_CIPHERS: defaults.ciphers, DEFAULT_ECDH_CURVE: defaults.ecdhCurve,
  DEFAULT_MIN_VERSION: defaults.minVersion, DEFAULT_MAX_VERSION: defaults.maxVersion,
};
Object.defineProperty(module.exports, 'rootCertificates', {
  enumerable: true,
  configurable: true,
  // The system's store, which is also what is trusted.
  get() {
    if (roots === undefined) {
      let text = '';
      try {
        text = require('./fs').readFileSync(process.env.SSL_CERT_FILE ?? '/etc/ssl/certs/ca-certificates.crt', 'latin1');
      } catch { /* a system without a store */ }
      roots = Object.freeze(text.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? []);
    }
    return roots;
  },
});
