'use strict';
// req.socket of the engine's connections: a net.Socket without a libuv handle, made when somebody asks for it. The
// engine keeps reading and writing; this object shows addresses and events, and passes on what the app orders.

const net = require('../../node/net');
const { Duplex } = require('../../node/stream');
const { UVException, codes: { ERR_HTTP_SOCKET_ENCODING } } = require('../errors');
const { peers, live, sockets } = require('./engine');

const { NO_DELAY, KEEP_ALIVE } = peers.options;

/** @param {number} id the connection's number, -1: gone already */
function ServerSocket(id) {
  Duplex.call(this, { allowHalfOpen: true, autoDestroy: true, emitClose: true, decodeStrings: true });
  this._id = id;
  this._exchange = -1;
  this._addresses = undefined;
  this._hadError = false;
  this.server = null;
  this._server = null;
  this._httpMessage = null;
  this.parser = null;
  this.timeout = 0;
  this.connecting = false;
  this._handle = null;
  this.on('error', onError);
}
/** A broken request, or what somebody emitted: the server's 'clientError', or an answer and the end. */
function onError(error) {
  this.removeListener('error', onError);
  if (this.listenerCount('error') === 0) this.on('error', () => {});
  if (this.server?.emit('clientError', error, this)) return;
  if (this._id >= 0 && !live[this._exchange]?._headSent) {
    const answer = answers[error.code] ?? 'HTTP/1.1 400 Bad Request';
    peers.write(this._id, Buffer.from(`${answer}\r\nConnection: close\r\n\r\n`));
    this._ending = true;
  }
  this.destroy(error);
}
const answers = {
  HPE_HEADER_OVERFLOW: 'HTTP/1.1 431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'HTTP/1.1 413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: 'HTTP/1.1 408 Request Timeout',
};

Object.setPrototypeOf(ServerSocket.prototype, net.Socket.prototype);
Object.setPrototypeOf(ServerSocket, net.Socket);
const { prototype } = ServerSocket;
Object.defineProperty(prototype, 'constructor', { value: net.Socket, writable: true, configurable: true });

function addresses(socket) {
  if (socket._addresses === undefined && socket._id >= 0) socket._addresses = peers.addresses(socket._id);
  return socket._addresses;
}

const families = { 4: 'IPv4', 6: 'IPv6', 0: undefined };
const text = (value) => (value === '' ? undefined : value);
const facts = {
  remoteAddress: (socket) => text(addresses(socket)?.[0]),
  remotePort: (socket) => addresses(socket)?.[1] || undefined,
  remoteFamily: (socket) => families[addresses(socket)?.[2]],
  localAddress: (socket) => text(addresses(socket)?.[3]),
  localPort: (socket) => addresses(socket)?.[4] || undefined,
  localFamily: (socket) => families[addresses(socket)?.[5]],
  bytesRead: (socket) => (socket._id >= 0 && peers.bytes(socket._id)?.[0]) || 0,
  bytesWritten: (socket) => (socket._id >= 0 && peers.bytes(socket._id)?.[1]) || 0,
  readyState: (socket) => (socket.destroyed ? 'closed' : 'open'),
  pending: () => false,
  bufferSize: (socket) => socket.writableLength,
  _connecting: () => false,
};
for (const [name, get] of Object.entries(facts)) {
  Object.defineProperty(prototype, name, { get() { return get(this); }, configurable: true, enumerable: true });
}

/** What came is no request. @param {Error} error */
prototype._failed = function _failed(error) { onError.call(this, error); };

/** Reading is the parser's. */
prototype.setEncoding = function setEncoding() { throw new ERR_HTTP_SOCKET_ENCODING(); };

Object.defineProperty(prototype, 'writableCorked', {
  configurable: true, get() { return live[this._exchange]?._corked ?? 0; },
});

prototype.address = function address() {
  const all = addresses(this);
  return all === undefined ? {} : { port: all[4], family: families[all[5]], address: all[3] };
};

prototype._read = function _read() {}; // the bytes are the engine's

prototype._write = function _write(chunk, encoding, callback) {
  const error = this._id >= 0 ? peers.write(this._id, chunk) : -32;
  callback(error < 0 ? new UVException({ errno: error, syscall: 'write' }) : null);
};
prototype._writev = null;

prototype._final = function _final(callback) {
  if (this._id >= 0) peers.end(this._id);
  callback();
};

prototype._destroy = function _destroy(error, callback) {
  if (this._id >= 0) {
    if (this._ending) peers.end(this._id); // with what was written
    else peers.destroy(this._id);
  }
  this._hadError = Boolean(error);
  // One error that nobody but the server listens to ends no process, and once destroyed there is nobody to answer.
  this.removeListener('error', onError);
  callback(error && this.listenerCount('error') > 0 ? error : null);
};

prototype.destroySoon = function destroySoon() {
  if (this.writable) this.end();
  else this.destroy();
};
prototype.resetAndDestroy = function resetAndDestroy() { return this.destroy(); };

prototype.setTimeout = function setTimeout(ms, callback) {
  this.timeout = ms;
  if (this._id >= 0) peers.timeout(this._id, ms);
  if (callback) {
    if (ms === 0) this.removeListener('timeout', callback);
    else this.once('timeout', callback);
  }
  return this;
};
prototype.setNoDelay = function setNoDelay(enable) {
  if (this._id >= 0) peers.option(this._id, NO_DELAY, enable === undefined ? true : Boolean(enable), 0);
  return this;
};
prototype.setKeepAlive = function setKeepAlive(enable, delay) {
  if (this._id >= 0) peers.option(this._id, KEEP_ALIVE, Boolean(enable), Math.floor((delay ?? 0) / 1000));
  return this;
};
prototype.ref = function ref() { return this; };
prototype.unref = function unref() { return this; };
prototype.connect = function connect() { return this; };
prototype.pause = function pause() { return this; };
prototype.resume = function resume() { return this; };

/** The handle for _becomeStream, to give to exchange.upgrade first. */
prototype._tunnelHandle = function _tunnelHandle() {
  const { TunnelHandle } = require('./tunnel_handle');
  const [host, port, family, localHost, localPort, localFamily] = addresses(this) ?? [];
  const entry = (address, number, fam) => (fam ? [address, families[fam], number] : undefined);
  return new TunnelHandle({ remote: entry(host, port, family), local: entry(localHost, localPort, localFamily) });
};

prototype._streamPrototype = net.Socket.prototype;

/** Makes it a plain net.Socket on `handle`: the same object, since apps compare it with req.socket. */
prototype._becomeStream = function _becomeStream(handle) {
  const { timeout, _id: id } = this;
  if (id >= 0) {
    peers.timeout(id, 0);
    sockets[id] = undefined;
  }
  this.removeListener('error', onError);
  Object.setPrototypeOf(this, this._streamPrototype);
  this._connectedBy(handle);
  if (timeout > 0) this.setTimeout(timeout);
};

/** From the engine: the connection is closed. */
prototype._onPeerClose = function _onPeerClose() {
  addresses(this);
  this._id = -1;
  this.destroy();
};

/** From the engine: no byte for as long as setTimeout said. As documented, the socket is destroyed if nobody handles it. */
prototype._onPeerTimeout = function _onPeerTimeout() {
  const res = live[this._exchange];
  this.emit('timeout');
  const handled = [
    res !== undefined && !res.req.complete && res.req.emit('timeout', this),
    res !== undefined && res.emit('timeout', this),
    this.server !== null && this.server.emit('timeout', this),
  ];
  if (!handled.includes(true)) this.destroy();
};

module.exports = { ServerSocket };
