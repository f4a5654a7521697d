'use strict';
// node:https: http's client over tls.connect, and http's Server over tls.Server's sockets.

const { ClientRequest, urlToOptions } = require('../internal/http/client');
const { Agent: HttpAgent } = require('../internal/http/agent');

const tls = () => require('./tls');

/** https://nodejs.org/docs/latest-v24.x/api/https.html#class-httpsagent */
function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  HttpAgent.call(this, options);
  this.maxCachedSessions = this.options.maxCachedSessions ?? 100;
}
Object.setPrototypeOf(Agent.prototype, HttpAgent.prototype);
Object.setPrototypeOf(Agent, HttpAgent);
Agent.prototype.defaultPort = 443;
Agent.prototype.protocol = 'https:';
Agent.prototype.createConnection = function createConnection(port, host, options) {
  if (port !== null && typeof port === 'object') options = port;
  else if (host !== null && typeof host === 'object') options = { ...host, port };
  else options = { ...options, port, host };
  return tls().connect({ ...options, path: options.socketPath });
};

const separate = ['ca', 'cert', 'clientCertEngine', 'ciphers', 'key', 'pfx', 'rejectUnauthorized', 'servername', 'minVersion',
  'maxVersion', 'secureProtocol', 'crl', 'honorCipherOrder', 'ecdhCurve', 'dhparam', 'secureOptions', 'sessionIdContext'];
/** Connections are shared only between requests that agree on these. */
Agent.prototype.getName = function getName(options = {}) {
  let name = HttpAgent.prototype.getName.call(this, options);
  for (const key of separate) name += `:${options[key] === undefined ? '' : options[key]}`;
  return name;
};

const current = { globalAgent: new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 }) };

function optionsOf(input, options) {
  if (typeof input === 'string') input = urlToOptions(new URL(input));
  else if (input instanceof URL) input = urlToOptions(input);
  else {
    options = input;
    input = null;
  }
  return { ...input, ...options, _defaultAgent: current.globalAgent };
}

/** @param {string | URL | object} input */
function request(input, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  return new ClientRequest(optionsOf(input, options), callback);
}

function get(input, options, callback) {
  const req = request(input, options, callback);
  req.end();
  return req;
}

function createServer(options, listener) { return new (serverClass())(options, listener); }

let Server;
/** tls loads when the first server is made. */
function serverClass() { return (Server ??= require('../internal/http/tls_server').makeServer(tls())); }

module.exports = {
  Agent,
  createServer,
  get,
  request,
};
Object.defineProperty(module.exports, 'Server', { get: serverClass, enumerable: true, configurable: true });
Object.defineProperty(module.exports, 'globalAgent', {
  get: () => current.globalAgent, set(value) { current.globalAgent = value; }, enumerable: true, configurable: true,
});
