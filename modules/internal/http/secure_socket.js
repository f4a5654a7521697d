'use strict';
// req.socket of the engine's connections over TLS: a TLSSocket as far as an app can see. Like ServerSocket it is made
// when somebody asks for it, and what it knows is asked of the connection's SSL object by number (server/bindings/
// http_tls.c), when somebody wants to know.

const tls = require('../../node/tls');
const { ServerSocket } = require('./server_socket');

const binding = internalBinding('http_tls');
const [ALPN, SERVER_NAME] = [4, 5];

/** @param {number} id the connection's number */
function SecureSocket(id) {
  ServerSocket.call(this, id);
  this._isServer = true;
  this._known = undefined; // what stays known when the connection is gone
}
const prototype = SecureSocket.prototype = Object.create(tls.TLSSocket.prototype);
for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(ServerSocket.prototype))) {
  Object.defineProperty(prototype, name, descriptor);
}
Object.defineProperty(prototype, 'constructor', { value: tls.TLSSocket, writable: true, configurable: true });

prototype._ask = function ask(fact, ...args) { return this._id >= 0 ? binding[fact](this._id, ...args) : undefined; };

const unknown = { established: false, alpn: null, name: null, problem: undefined };

/** The facts that are settled with the handshake. */
function known(socket) {
  if (socket._known !== undefined) return socket._known;
  const facts = socket._ask('facts');
  if (facts === undefined || !socket._ask('established')) return unknown;
  return (socket._known = {
    established: true, alpn: facts[ALPN] ?? false, name: facts[SERVER_NAME] ?? false, problem: socket._ask('verifyError'),
  });
}

const asked = (socket) => socket._ask('asksCertificate') === true || socket._known?.asks === true;
const facts = {
  encrypted: () => true,
  secureConnecting: (socket) => !known(socket).established,
  _secureEstablished: (socket) => known(socket).established,
  alpnProtocol: (socket) => known(socket).alpn,
  servername: (socket) => known(socket).name,
  authorized: (socket) => asked(socket) && known(socket).established && known(socket).problem === undefined,
  authorizationError: (socket) => (asked(socket) && known(socket).problem?.[1]) || null,
};
/** The same on what an upgrade makes of it: a stream whose bytes are the app's, see ServerSocket's _becomeStream. */
const streamPrototype = Object.create(tls.TLSSocket.prototype);
for (const target of [prototype, streamPrototype]) {
  for (const [name, get] of Object.entries(facts)) {
    Object.defineProperty(target, name, {
      get() { return get(this); },
      set(value) { Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true }); },
      configurable: true,
      enumerable: true,
    });
  }
}
Object.defineProperty(streamPrototype, 'constructor', { value: tls.TLSSocket, writable: true, configurable: true });
// The connection keeps its number for as long as the handle has something to carry.
streamPrototype._ask = function ask(fact, ...args) { return this._handle?.native ? binding[fact](this._id, ...args) : undefined; };
prototype._streamPrototype = streamPrototype;
prototype._becomeStream = function becomeStream(handle) {
  this._known = { ...known(this), asks: asked(this) };
  ServerSocket.prototype._becomeStream.call(this, handle);
};

prototype._onPeerClose = function onPeerClose(error) {
  const settled = known(this);
  if (settled.established) this._known = { ...settled, asks: asked(this) };
  ServerSocket.prototype._onPeerClose.call(this, error);
};

/** @param {number} id the connection's number */
const makeSecureSocket = (id) => new SecureSocket(id);

module.exports = { makeSecureSocket };
