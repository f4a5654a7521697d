'use strict';
// node:tls. TLSSocket is a net.Socket whose handle is a TLSHandle (internal/tls_handle.js).
const net = require('net');
const binding = internalBinding('tls');
const { TLS } = internalBinding('drain').kinds;
const { TLSHandle, opensslError } = require('../internal/tls_handle');
const { DuplexHandle } = require('../internal/duplex_handle');
const {
  SecureContext, createSecureContext, clientContext, rootCertificates, getCACertificates, setDefaultCACertificates, getCiphers, defaults,
  keyLog,
} = require('../internal/tls_context');
const callbacks = require('../internal/tls_callbacks');
const { certificateOf, checkServerIdentity } = require('../internal/tls_identity');
const { TCP, Pipe } = require('../internal/stream_handle');
const {
  errnoException, genericNodeError,
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_TLS_HANDSHAKE_TIMEOUT, ERR_TLS_INVALID_CONTEXT, ERR_TLS_INVALID_STATE,
    ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS, ERR_TLS_PSK_SET_IDENTITY_HINT_FAILED, ERR_TLS_DH_PARAM_SIZE, ERR_TLS_REQUIRED_SERVER_NAME, ERR_TLS_SNI_FROM_SERVER },
} = require('../internal/errors');
const { validateFunction, validateInt32, validateNumber, validateObject, validateString, validateUint32 } = require('../internal/validators');

const EOF = -4095;
const HANDSHAKE_TIMEOUT_MS = 120_000;
const { ALPN, SERVER_NAME, SESSION, PSK_HINT } = binding.options;
const { ASK_ALPN, ASK_SESSION, KEYLOG, OCSP_REQUEST, PSK, TRACE, VERIFY, MAX_FRAGMENT } = binding.switches;
const [PROTOCOL, CIPHER, CIPHER_STANDARD, CIPHER_VERSION, ALPN_CHOSEN, NAME_ASKED, REUSED] = [0, 1, 2, 3, 4, 5, 6];

/** ALPN protocols as they are on the wire: each with its length before it. */
function alpnWire(protocols) {
  if (!Array.isArray(protocols)) {
    if (!ArrayBuffer.isView(protocols)) return undefined;
    const wire = Buffer.from(new Uint8Array(protocols.buffer, protocols.byteOffset, protocols.byteLength));
    for (let at = 0; at < wire.length; at += 1 + wire[at]) {
      if (wire[at] === 0 || at + wire[at] >= wire.length) {
        throw new ERR_INVALID_ARG_VALUE('protocols', protocols, 'must be names with their length before each');
      }
    }
    return wire;
  }
  return Buffer.concat(protocols.map((protocol) => {
    const bytes = Buffer.from(protocol);
    if (bytes.length === 0) throw new ERR_INVALID_ARG_VALUE('protocols', protocols, 'must not have an empty name');
    if (bytes.length > 255) {
      throw new ERR_OUT_OF_RANGE('The byte length of the protocol at index 0 exceeds the maximum length.', '<= 255', bytes.length, true);
    }
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  }));
}

/** Node documentation: class tls.TLSSocket. */
function TLSSocket(socket, options) {
  if (!(this instanceof TLSSocket)) return new TLSSocket(socket, options);
  options = { ...options };
  this._tlsOptions = options;
  this._secureEstablished = false;
  this._controlReleased = false;
  this.secureConnecting = true;
  this.encrypted = true;
  this.authorized = false;
  this.authorizationError = null;
  this.alpnProtocol = null;
  this.servername = null;
  this.ssl = null;
  const { isServer, secureContext } = options;
  if (secureContext && !(secureContext instanceof SecureContext)) throw new ERR_TLS_INVALID_CONTEXT('context');
  if (options.ALPNCallback && options.ALPNProtocols) throw new ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS();
  if (options.pskCallback) validateFunction(options.pskCallback, 'pskCallback');
  if (isServer && options.pskIdentityHint) validateString(options.pskIdentityHint, 'options.pskIdentityHint');
  if (isServer && options.SNICallback !== undefined) validateFunction(options.SNICallback, 'options.SNICallback');
  this._isServer = !!isServer;
  this._context = secureContext ?? (isServer ? createSecureContext(options) : clientContext(options));
  this._alpn = options.ALPNProtocols ? alpnWire(options.ALPNProtocols) : undefined;
  this._askedName = undefined;
  this._sessionWanted = options.session;
  net.Socket.call(this, {
    allowHalfOpen: socket ? socket.allowHalfOpen : options.allowHalfOpen, signal: options.signal,
    highWaterMark: options.highWaterMark, noDelay: options.noDelay, keepAlive: options.keepAlive,
    keepAliveInitialDelay: options.keepAliveInitialDelay,
  });
  if (!isServer) this.on('newListener', keyLogWanted);
  if (options.enableTrace) this.enableTrace();
  if (socket) over(this, socket);
  else this.once('connect', () => { if (!this.ssl) attach(this, this._handle, null); });
}
Object.setPrototypeOf(TLSSocket.prototype, net.Socket.prototype);
Object.setPrototypeOf(TLSSocket, net.Socket);

function keyLogWanted(event) {
  if (event !== 'keylog') return;
  this.removeListener('newListener', keyLogWanted);
  this._logsKeys = true;
  if (this._handle instanceof TLSHandle) binding.turn(this._handle.ssl, KEYLOG, 1);
}

/** TLS over a stream that somebody else made. */
function over(socket, raw) {
  socket._parent = raw;
  raw.once('error', (error) => socket.destroy(error));
  raw.once('close', () => { if (!socket.destroyed) lost(socket); });
  const begin = () => {
    const native = raw._handle instanceof TCP || raw._handle instanceof Pipe;
    const early = native ? raw.read() : null;
    attach(socket, native ? raw._handle : new DuplexHandle(raw), raw);
    if (early !== null) socket._handle?.received(early.length, early);
    if (socket._handle) socket.read(0);
  };
  if (raw.connecting || (raw instanceof net.Socket && !raw._handle && !raw.destroyed)) {
    socket.connecting = true;
    raw.once('connect', () => {
      if (socket.destroyed) return;
      socket.connecting = false;
      begin();
      socket.emit('connect');
    });
  } else if (raw.destroyed) {
    process.nextTick(() => lost(socket));
  } else {
    begin();
  }
}

function lost(socket) {
  if (socket._secureEstablished) socket.destroy();
  else socket._tlsEnded(EOF);
}

function attach(socket, inner, raw) {
  const options = socket._tlsOptions;
  const server = socket._isServer;
  const verify = server ? (options.requestCert ? (options.rejectUnauthorized === false ? 1 : 2) : 0) : 0;
  const heard = (event) => server && options.server?.listenerCount?.(event) > 0;
  const asks = server && (typeof options.SNICallback === 'function' || options.server?._contexts?.length > 0 || heard('OCSPRequest'));
  const ssl = binding.create(socket._context.context, server, verify, asks);
  if (Array.isArray(ssl)) {
    socket.destroy(opensslError(ssl));
    return;
  }
  if (socket._alpn !== undefined) binding.set(ssl, ALPN, socket._alpn);
  if (!server && socket._askedName) binding.set(ssl, SERVER_NAME, Buffer.from(socket._askedName));
  if (!server && socket._sessionWanted) setSession(ssl, socket._sessionWanted);
  if (server && options.ALPNCallback) binding.turn(ssl, ASK_ALPN, 1);
  if (heard('resumeSession')) binding.turn(ssl, ASK_SESSION, 1);
  if (socket._logsKeys || keyLog.file !== undefined || heard('keylog')) binding.turn(ssl, KEYLOG, 1);
  if (!server && options.requestOCSP) binding.turn(ssl, OCSP_REQUEST, 1);
  if (options.pskCallback) {
    binding.turn(ssl, PSK, 1);
    if (server && options.pskIdentityHint && !binding.set(ssl, PSK_HINT, Buffer.from(options.pskIdentityHint))) {
      socket.destroy(new ERR_TLS_PSK_SET_IDENTITY_HINT_FAILED());
      return;
    }
  }
  if (socket._traces) binding.turn(ssl, TRACE, 1);
  if (socket._fragment) binding.turn(ssl, MAX_FRAGMENT, socket._fragment);
  socket.ssl = ssl;
  const handle = new TLSHandle(socket, inner, raw, ssl);
  socket._handle = handle;
  socket._adoptHandle();
  handle.start();
}

function setSession(ssl, session) {
  if (typeof session === 'string') session = Buffer.from(session, 'latin1');
  checkSession(session);
  binding.set(ssl, SESSION, session);
}

function checkSession(session) {
  if (ArrayBuffer.isView(session) || typeof session === 'string') return;
  const error = new TypeError('Session must be a buffer');
  error.code = 'ERR_INVALID_ARG_TYPE';
  throw error;
}

// ---- called by TLSHandle ------------------------------------------------------------------------------------------

TLSSocket.prototype._onHandshake = function onHandshake() {
  const facts = binding.facts(this._handle.ssl);
  this._secureEstablished = true;
  this.secureConnecting = false;
  this.alpnProtocol = facts[ALPN_CHOSEN] ?? false;
  if (this._isServer || facts[NAME_ASKED]) this.servername = facts[NAME_ASKED] ?? false;
  const stapled = this._isServer ? undefined : binding.ocspResponse(this._handle.ssl);
  if (stapled !== undefined) this.emit('OCSPResponse', stapled);
  if (this.destroyed) return;
  this.emit('secure');
  if (this.destroyed) return;
  const options = this._tlsOptions;
  if (!this._isServer) {
    this._verifyServer?.();
  } else if (options.requestCert) {
    const problem = this._verifyProblem();
    if (problem === null) this.authorized = true;
    else {
      this.authorizationError = problem.code;
      if (options.rejectUnauthorized !== false) {
        // The client is told by its own side of the handshake; here it has hung up.
        this.destroy(options.server ? genericNodeError('socket hang up', { code: 'ECONNRESET' }) : problem);
        return;
      }
    }
  }
  this._accepted?.();
};

TLSSocket.prototype._verifyProblem = function verifyProblem() {
  const problem = this._ask('verifyError');
  if (problem === undefined) return null;
  return genericNodeError(problem[0], { code: problem[1] });
};

TLSSocket.prototype._tlsFailed = function tlsFailed(error) {
  this.emit('_tlsError', error);
  // A server's socket without a server has nobody to tell otherwise before it is secure.
  const alone = this._isServer && !this._controlReleased && !this._tlsOptions.server;
  this.destroy(alone ? undefined : error);
};

/** The connection ended (or broke, `size` says how) before it was secure. */
TLSSocket.prototype._tlsEnded = function tlsEnded(size) {
  if (size !== EOF) {
    this.destroy(errnoException(size, 'read'));
    return;
  }
  const { host, port, path, localAddress } = this._tlsOptions;
  this.destroy(this._isServer ? genericNodeError('socket hang up', { code: 'ECONNRESET' })
    : genericNodeError('Client network socket disconnected before secure TLS connection was established',
      { code: 'ECONNRESET', path, host, port, localAddress }));
};

Object.assign(TLSSocket.prototype, callbacks);

// ---- facts --------------------------------------------------------------------------------------------------------

/** A fact of runtime/bindings/tls_facts.c; undefined when there is no connection. Sockets of the engine have their own. */
TLSSocket.prototype._ask = function ask(fact, ...args) {
  return this._handle instanceof TLSHandle ? binding[fact](this._handle.ssl, ...args) : undefined;
};

const certificate = (socket, own, detailed) => {
  const chain = socket._ask('certificates', own);
  return chain === undefined ? null : certificateOf(chain, detailed) ?? {};
};
/** X509Certificate of a chain of facts, each with its issuer's. */
const x509 = (chain) => {
  if (chain === undefined || chain.length === 0) return undefined;
  return require('../internal/crypto/x509').chainOf(chain.map((one) => one.raw));
};

const methods = {
  getProtocol() { return this._ask('facts')?.[PROTOCOL] ?? null; },
  getCipher() {
    const facts = this._ask('facts');
    if (facts === undefined) return null;
    return facts[CIPHER] === undefined ? undefined : { name: facts[CIPHER], standardName: facts[CIPHER_STANDARD], version: facts[CIPHER_VERSION] };
  },
  getPeerCertificate(detailed) { return certificate(this, false, detailed); },
  getCertificate() { return certificate(this, true, false); },
  getPeerX509Certificate() { return x509(this._ask('certificates', false)); },
  getX509Certificate() { return x509(this._ask('certificates', true)); },
  getSession() { return this._ask('session', false); },
  isSessionReused() { return this._ask('facts')?.[REUSED] ?? false; },
  getTLSTicket() { return this._ask('ticket'); },
  getFinished() { return this._ask('finished', false); },
  getPeerFinished() { return this._ask('finished', true); },
  getEphemeralKeyInfo() {
    if (this._isServer || !(this._handle instanceof TLSHandle)) return null;
    const [type, name, size] = this._ask('ephemeralKey') ?? [];
    return type === undefined ? {} : { type, name, size };
  },
  getSharedSigalgs() { return this._ask('sharedSigalgs') ?? []; },
  exportKeyingMaterial(length, label, context) {
    validateUint32(length, 'length', true);
    validateString(label, 'label');
    if (context !== undefined && !ArrayBuffer.isView(context)) {
      throw new ERR_INVALID_ARG_TYPE('context', ['Buffer', 'TypedArray', 'DataView'], context);
    }
    const result = this._secureEstablished ? this._ask('exportKey', length, label, context) : undefined;
    if (result === undefined) throw new ERR_TLS_INVALID_STATE();
    if (!Buffer.isBuffer(result)) throw opensslError(result);
    return result;
  },
  setServername(name) {
    validateString(name, 'name');
    if (this._isServer) throw new ERR_TLS_SNI_FROM_SERVER();
    this._askedName = name;
    if (this._handle instanceof TLSHandle) binding.set(this._handle.ssl, SERVER_NAME, Buffer.from(name));
  },
  setSession(session) {
    this._sessionWanted = session;
    if (this._handle instanceof TLSHandle) setSession(this._handle.ssl, session);
  },
  setKeyCert(context) {
    if (this._handle instanceof TLSHandle) binding.setContext(this._handle.ssl, (context instanceof SecureContext ? context : createSecureContext(context)).context);
  },
  setMaxSendFragment(size) {
    validateInt32(size, 'size');
    this._fragment = size;
    return this._handle instanceof TLSHandle ? binding.turn(this._handle.ssl, MAX_FRAGMENT, size) : size >= 512 && size <= 16384;
  },
  /** TLS 1.2 and older only. */
  renegotiate(options, callback) {
    validateObject(options, 'options');
    if (callback !== undefined) validateFunction(callback, 'callback');
    if (this.destroyed || !(this._handle instanceof TLSHandle)) return undefined;
    const { requestCert = !this._isServer, rejectUnauthorized = this._tlsOptions.rejectUnauthorized } = options;
    binding.turn(this._handle.ssl, VERIFY, requestCert ? (rejectUnauthorized ? 2 : 1) : 0);
    const problem = binding.renegotiate(this._handle.ssl);
    if (problem !== undefined) {
      if (callback) process.nextTick(callback, opensslError(problem));
      return false;
    }
    this._handle.flush();
    if (callback) this.once('secure', () => callback(null));
    return true;
  },
  disableRenegotiation() { this._renegotiationOff = true; },
  enableTrace() {
    this._traces = true;
    if (this._handle instanceof TLSHandle) binding.turn(this._handle.ssl, TRACE, 1);
  },
};
Object.assign(TLSSocket.prototype, methods);

// ---- client -------------------------------------------------------------------------------------------------------

function connectArguments(args) {
  let options = {};
  const rest = [...args];
  const callback = typeof rest[rest.length - 1] === 'function' ? rest.pop() : undefined;
  for (const [i, arg] of rest.entries()) {
    if (arg !== null && typeof arg === 'object') options = { ...options, ...arg };
    else if (typeof arg === 'string' && i === 0 && Number.isNaN(Number(arg))) options.path = arg;
    else if (i === 0) options.port = arg;
    else if (typeof arg === 'string') options.host = arg;
  }
  return [options, callback];
}

let warned = false;
let ipNamed = false;
function mustVerify() {
  const ignore = process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0';
  if (ignore && !warned) {
    warned = true;
    process.emitWarning('Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to \'0\' makes TLS connections and HTTPS requests ' +
      'insecure by disabling certificate verification.');
  }
  return !ignore;
}

/** As a method of the client's socket: after the handshake. */
function verifyServer() {
  const options = this._tlsOptions;
  const host = options.servername || options.host || options.socket?._host || 'localhost';
  let problem = this._verifyProblem();
  if (problem === null && !this.isSessionReused()) {
    problem = (options.checkServerIdentity ?? checkServerIdentity)(host, this.getPeerCertificate(true)) ?? null;
  }
  const { type, size } = this.getEphemeralKeyInfo() ?? {};
  if (type === 'DH' && size < options.minDHSize) {
    this.destroy(new ERR_TLS_DH_PARAM_SIZE(size));
    return;
  }
  this._controlReleased = true;
  if (problem !== null) {
    this.authorizationError = problem.code || problem.message;
    if (options.rejectUnauthorized) {
      this.destroy(problem);
      return;
    }
  } else {
    this.authorized = true;
  }
  this.emit('secureConnect');
  this._verified = true;
  const session = this._pendingSession;
  this._pendingSession = undefined;
  if (session && !this.destroyed) this.emit('session', session);
}

/** Node documentation: tls.connect(), all forms. @returns {TLSSocket} */
function connect(...args) {
  const [given, callback] = connectArguments(args);
  const options = { minDHSize: 1024, ...given, rejectUnauthorized: given.rejectUnauthorized ?? mustVerify() };
  validateNumber(options.minDHSize, 'options.minDHSize', 1);
  if (options.session) checkSession(options.session);
  if ('checkServerIdentity' in given) validateFunction(options.checkServerIdentity, 'options.checkServerIdentity');
  const socket = new TLSSocket(undefined, { ...options, isServer: false });
  socket._tlsOptions.socket = options.socket;
  socket._verifyServer = verifyServer;
  if (options.servername) {
    if (!ipNamed && net.isIP(options.servername)) {
      ipNamed = true;
      process.emitWarning('Setting the TLS ServerName to an IP address is not permitted by RFC 6066. ' +
        'This will be ignored in a future version.', 'DeprecationWarning', 'DEP0123');
    }
    socket.setServername(options.servername);
  }
  if (callback) socket.once('secureConnect', callback);
  if (options.timeout) socket.setTimeout(options.timeout);
  if (options.socket) {
    socket.removeAllListeners('connect');
    over(socket, options.socket);
  } else {
    socket.connect(options);
  }
  return socket;
}

// ---- server -------------------------------------------------------------------------------------------------------

/** Node documentation: class tls.Server. */
function Server(options, listener) {
  if (!(this instanceof Server)) return new Server(options, listener);
  if (typeof options === 'function') [options, listener] = [{}, options];
  else if (options === undefined || options === null) options = {};
  else if (typeof options !== 'object') throw new ERR_INVALID_ARG_TYPE('options', 'Object', options);
  net.Server.call(this, options);
  this._setTLSOptions(options);
  this.on('connection', onConnection);
  if (listener) this.on('secureConnection', listener);
}
Object.setPrototypeOf(Server.prototype, net.Server.prototype);
Object.setPrototypeOf(Server, net.Server);

/** What options say of TLS; for https.Server too, which is no net.Server. */
Server.prototype._setTLSOptions = function setTLSOptions(options) {
  this._contexts = [];
  this._tlsOptions = options;
  this.requestCert = options.requestCert === true;
  this.rejectUnauthorized = options.rejectUnauthorized !== false;
  this.ALPNProtocols = options.ALPNProtocols && alpnWire(options.ALPNProtocols);
  if (options.SNICallback !== undefined) validateFunction(options.SNICallback, 'options.SNICallback');
  if (options.ALPNCallback && options.ALPNProtocols) throw new ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS();
  if (options.pskCallback !== undefined) validateFunction(options.pskCallback, 'options.pskCallback');
  if (options.pskIdentityHint !== undefined) validateString(options.pskIdentityHint, 'options.pskIdentityHint');
  this._handshakeTimeout = options.handshakeTimeout ?? HANDSHAKE_TIMEOUT_MS;
  validateNumber(this._handshakeTimeout, 'options.handshakeTimeout');
  this.setSecureContext(options);
  if (options.ticketKeys) this.setTicketKeys(options.ticketKeys);
};

/** Serves TLS on the stream `raw`, whoever accepted it. */
Server.prototype._acceptStream = onConnection;

function onConnection(raw) {
  const server = this;
  raw._handle?.hold?.(TLS);
  const socket = new TLSSocket(raw, {
    isServer: true, server, secureContext: server._sharedContext, requestCert: server.requestCert,
    rejectUnauthorized: server.rejectUnauthorized, ALPNProtocols: server.ALPNProtocols, SNICallback: server._tlsOptions.SNICallback,
    ALPNCallback: server._tlsOptions.ALPNCallback, pskCallback: server._tlsOptions.pskCallback, pskIdentityHint: server._tlsOptions.pskIdentityHint,
    enableTrace: server._tlsOptions.enableTrace,
  });
  socket.server = server;
  const timer = server._handshakeTimeout > 0
    ? setTimeout(() => socket.destroy(new ERR_TLS_HANDSHAKE_TIMEOUT()), server._handshakeTimeout).unref() : undefined;
  socket._accepted = () => {
    clearTimeout(timer);
    socket._controlReleased = true;
    if (server.pauseOnConnect) socket.pause();
    server.emit('secureConnection', socket);
  };
  socket.once('close', () => clearTimeout(timer));
  // Before the handshake an error is the server's to report; after it, the listeners' that the app adds.
  socket.on('error', (error) => { if (!socket._controlReleased) server.emit('tlsClientError', error, socket); });
}

/** Node documentation: server.setSecureContext(options). */
Server.prototype.setSecureContext = function setSecureContext(options) {
  validateObject(options, 'options');
  // A server's own order of ciphers counts, unless it says otherwise.
  const ordered = { ...options, honorCipherOrder: options.honorCipherOrder ?? true };
  this._sharedContext = options.secureContext ?? new SecureContext(ordered, this.requestCert);
};

/** A listener of 'secureConnection' that rejects has lost its connection, nothing else. */
Server.prototype[Symbol.for('nodejs.rejection')] = function onRejected(error, event, socket) {
  if (event === 'secureConnection') socket.destroy(error);
  else net.Server.prototype[Symbol.for('nodejs.rejection')].call(this, error, event, socket);
};

/** Node documentation: server.addContext(hostname, context). */
Server.prototype.addContext = function addContext(hostname, context) {
  if (!hostname) throw new ERR_TLS_REQUIRED_SERVER_NAME();
  const pattern = hostname.replace(/([.^$+?\-\\[\]{}])/g, '\\$1').replaceAll('*', '[^.]*');
  this._contexts.push([new RegExp(`^${pattern}$`, 'i'), context instanceof SecureContext ? context : createSecureContext(context)]);
};

Server.prototype._contextFor = function contextFor(name) {
  for (let i = this._contexts.length - 1; i >= 0; i--) {
    if (this._contexts[i][0].test(name)) return this._contexts[i][1];
  }
  return undefined;
};

/** Node documentation: server.getTicketKeys(), server.setTicketKeys(keys): 48 bytes. */
Server.prototype.getTicketKeys = function getTicketKeys() { return this._sharedContext.ticketKeys(); };
Server.prototype.setTicketKeys = function setTicketKeys(keys) {
  if (!ArrayBuffer.isView(keys)) throw new ERR_INVALID_ARG_TYPE('buffer', ['Buffer', 'TypedArray', 'DataView'], keys);
  if (keys.byteLength !== 48) throw genericNodeError('Session ticket keys must be a 48-byte buffer', { code: 'ERR_INVALID_ARG_VALUE' });
  this._sharedContext.ticketKeys(keys);
};

module.exports = {
  CLIENT_RENEG_LIMIT: 3,
  CLIENT_RENEG_WINDOW: 600,
  DEFAULT_CIPHERS: defaults.DEFAULT_CIPHERS,
  TLSSocket,
  Server,
  SecureContext,
  createServer: (options, listener) => new Server(options, listener),
  connect,
  createSecureContext,
  checkServerIdentity,
  getCiphers,
  getCACertificates,
  setDefaultCACertificates,
  /** RFC 8879: none is built in. @returns {string[]} */
  getCertificateCompressionAlgorithms: () => [],
  convertALPNProtocols(protocols, out) {
    const wire = alpnWire(protocols);
    if (wire !== undefined) out.ALPNProtocols = wire;
  },
};
for (const name of Object.keys(defaults)) {
  Object.defineProperty(module.exports, name, {
    get: () => defaults[name], set(value) { defaults[name] = value; }, enumerable: true, configurable: true,
  });
}
Object.defineProperty(module.exports, 'rootCertificates', { get: rootCertificates, enumerable: true, configurable: true });
