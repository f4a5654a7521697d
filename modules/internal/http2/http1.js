'use strict';
// HTTP/1 on an Http2SecureServer (allowHTTP1): its connections are served by an http.Server that listens nowhere, and
// whose events and listeners are the HTTP/2 server's.

const { http } = require('./parts');

let warned = false;
/** Node's DEP0202. */
function deprecateOptions() {
  if (warned || process.noDeprecation) return;
  warned = true;
  process.emitWarning('The Http1IncomingMessage and Http1ServerResponse options are deprecated. Use ' +
    'http1Options.IncomingMessage and http1Options.ServerResponse instead.', 'DeprecationWarning', 'DEP0202');
}

const shared = ['headersTimeout', 'requestTimeout', 'keepAliveTimeout', 'maxHeadersCount', 'maxRequestsPerSocket'];

/** @param {object} server the Http2SecureServer @param {object} options http1Options */
function prepare(server, options) {
  const inner = new (http().Server)(options);
  inner.emit = (type, ...args) => server.emit(type, ...args);
  inner.listenerCount = (type) => server.listenerCount(type);
  Object.defineProperty(server, '_http1', { value: inner });
  for (const name of shared) {
    Object.defineProperty(server, name, {
      get: () => inner[name], set(value) { inner[name] = value; }, configurable: true, enumerable: true,
    });
  }
}

function serve(server, socket, options) {
  if (server._http1 === undefined) prepare(server, options);
  server._http1.timeout = server.timeout;
  server._http1._serveStream(socket);
}

module.exports = { deprecateOptions, prepare, serve };
