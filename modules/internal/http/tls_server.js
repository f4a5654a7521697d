'use strict';
// https.Server: tls.Server's sockets, served by stream_server.js with http.Server's events and options.

const { Server: HttpServer } = require('./server');
const { serveStream } = require('./stream_server');

/** @param {typeof import('tls')} tls */
function makeServer(tls) {
  /** https://nodejs.org/docs/latest-v24.x/api/https.html#class-httpsserver */
  function Server(options, listener) {
    if (!(this instanceof Server)) return new Server(options, listener);
    if (typeof options === 'function') {
      listener = options;
      options = undefined;
    }
    options = { ALPNProtocols: ['http/1.1'], ...options };
    tls.Server.call(this, options);
    HttpServer.prototype._setOptions.call(this, options);
    this._streams = new Set();
    if (listener) this.on('request', listener);
    this.on('secureConnection', (socket) => serveStream(this, socket));
    this.on('tlsClientError', (error, socket) => { if (!this.emit('clientError', error, socket)) socket.destroy(error); });
  }
  Object.setPrototypeOf(Server.prototype, tls.Server.prototype);
  Object.setPrototypeOf(Server, tls.Server);
  Server.prototype.setTimeout = HttpServer.prototype.setTimeout;
  Server.prototype.closeIdleConnections = function closeIdleConnections() {
    for (const one of [...this._streams]) if (one.idle) one.socket.destroy();
  };
  Server.prototype.closeAllConnections = function closeAllConnections() {
    for (const one of [...this._streams]) one.socket.destroy();
  };
  Server.prototype.close = function close(callback) {
    tls.Server.prototype.close.call(this, callback);
    this.closeIdleConnections();
    for (const one of this._streams) one.closing = true;
    return this;
  };
  return Server;
}

module.exports = { makeServer };
