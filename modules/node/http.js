'use strict';
// node:http. Server and messages are in modules/internal/http: server.js and server_response.js stand on the HTTP engine
// in C, client.js on net.Socket and llhttp.

const { METHODS, STATUS_CODES } = require('../internal/http/status');
const { validateHeaderName, validateHeaderValue } = require('../internal/http/fields');
const { OutgoingMessage } = require('../internal/http/outgoing');
const { Server, IncomingMessage, ServerResponse } = require('../internal/http/server');
const { Agent, current } = require('../internal/http/agent');
const { ClientRequest, request, get } = require('../internal/http/client');
const { maxHeaderSize } = require('../internal/http/limits');
const { validateInteger } = require('../internal/validators');

/** https://nodejs.org/docs/latest-v24.x/api/http.html#httpcreateserveroptions-requestlistener */
function createServer(options, listener) { return new Server(options, listener); }

/** Accepted for compatibility: the engine pools its parsers with their connections. */
function setMaxIdleHTTPParsers(max) { validateInteger(max, 'max', 1); }

module.exports = {
  _connectionListener: undefined,
  METHODS,
  STATUS_CODES,
  Agent,
  ClientRequest,
  IncomingMessage,
  OutgoingMessage,
  Server,
  ServerResponse,
  createServer,
  validateHeaderName,
  validateHeaderValue,
  get,
  request,
  setGlobalProxyFromEnv: require('../internal/http/proxy').setGlobalProxyFromEnv,
  setMaxIdleHTTPParsers,
};
for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent']) {
  Object.defineProperty(module.exports, name, { get: () => globalThis[name], configurable: true, enumerable: true });
}
Object.defineProperty(module.exports, 'maxHeaderSize', { get: maxHeaderSize, configurable: true, enumerable: true });
Object.defineProperty(module.exports, 'globalAgent', {
  get: () => current.globalAgent, set(value) { current.globalAgent = value; }, configurable: true, enumerable: true,
});
