'use strict';
// node:https: http's client over tls.connect, and http's Server over tls.Server's sockets.

const { ClientRequest, urlToOptions } = require('../internal/http/client');
const { Agent: HttpAgent } = require('../internal/http/agent');
const { proxyOf, tunnel } = require('../internal/http/proxy');

const tls = () => require('./tls');

/** https://nodejs.org/docs/latest-v24.x/api/https.html#class-httpsagent */
function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  HttpAgent.call(this, options);
  this.defaultPort = 443;
  this.protocol = 'https:';
  this.maxCachedSessions = this.options.maxCachedSessions ?? 100;
  this._sessionCache = { map: {}, list: [] };
}
Object.setPrototypeOf(Agent.prototype, HttpAgent.prototype);
Object.setPrototypeOf(Agent, HttpAgent);
Agent.prototype.defaultPort = 443;
Agent.prototype.protocol = 'https:';

function secureSocket(agent, options) {
  const key = options._agentKey;
  if (key !== undefined && options.session === undefined) {
    const session = agent._getSession(key);
    if (session !== undefined) options = { ...options, session };
  }
  const socket = tls().connect({ ...options, path: options.socketPath });
  if (key !== undefined) {
    socket.on('session', (session) => agent._cacheSession(key, session));
    // What could not be taken up, or failed, is not tried again.
    socket.once('close', (failed) => { if (failed) agent._evictSession(key); });
  }
  return socket;
}

/** @param {Function} [callback] called with the socket when it takes a tunnel: none is returned then */
Agent.prototype.createConnection = function createConnection(port, host, options, callback) {
  if (port !== null && typeof port === 'object') [options, callback] = [port, host];
  else if (host !== null && typeof host === 'object') [options, callback] = [{ ...host, port }, options];
  else options = { ...options, port, host };
  const proxy = typeof callback === 'function' ? proxyOf(this, options) : null;
  if (proxy === null) return secureSocket(this, options);
  tunnel(proxy, options, (error, socket) => {
    if (error) callback(error);
    else callback(null, secureSocket(this, { ...options, socket }));
  }, this._tunnels);
  return undefined;
};

const separate = ['ca', 'cert', 'clientCertEngine', 'ciphers', 'key', 'pfx', 'rejectUnauthorized', 'servername', 'minVersion', 'maxVersion',
  'secureProtocol', 'crl', 'honorCipherOrder', 'ecdhCurve', 'dhparam', 'secureOptions', 'sessionIdContext', 'sigalgs', 'privateKeyIdentifier',
  'privateKeyEngine'];
const asText = {
  __proto__: null,
  pfx: (value) => (Array.isArray(value) ? value.map((one) => (one?.buf === undefined ? `${one}` : `:${one.buf}:${one.passphrase ?? ''}`)).join(':') : `${value}`),
  sigalgs: (value) => JSON.stringify(value),
};
const zeroes = ['rejectUnauthorized', 'honorCipherOrder', 'secureOptions'];
/** Connections are shared only between requests that agree on these. */
Agent.prototype.getName = function getName(options = {}) {
  let name = HttpAgent.prototype.getName.call(this, options);
  for (const key of separate) {
    const value = options[key];
    const said = zeroes.includes(key) ? value !== undefined : Boolean(value) && !(key === 'servername' && value === options.host);
    name += `:${said ? (asText[key]?.(value) ?? value) : ''}`;
  }
  return name;
};

/** Sessions of servers, to be taken up again with the next connection; the oldest goes first. */
Agent.prototype._getSession = function _getSession(key) { return this._sessionCache.map[key]; };
Agent.prototype._cacheSession = function _cacheSession(key, session) {
  if (this.maxCachedSessions === 0) return;
  const { map, list } = this._sessionCache;
  if (map[key] === undefined) {
    if (list.length >= this.maxCachedSessions) delete map[list.shift()];
    list.push(key);
  }
  map[key] = session;
};
Agent.prototype._evictSession = function _evictSession(key) {
  const { map, list } = this._sessionCache;
  const at = list.indexOf(key);
  if (at < 0) return;
  list.splice(at, 1);
  delete map[key];
};

const current = { globalAgent: new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 }) };
Object.defineProperty(current.globalAgent, '_followsProxyEnv', { value: true });

function optionsOf(input, options) {
  if (typeof input === 'string') input = urlToOptions(new URL(input));
  else if (input instanceof URL) input = urlToOptions(input);
  else {
    options = input;
    input = null;
  }
  return { ...input, ...options, _defaultAgent: current.globalAgent };
}

// Agents of packages (agent-base) tell https from http by this text in a frame of the stack; ours are all of node:internal.
const FRAME = 'node:https:request';
const { [FRAME]: make } = { [FRAME](options, callback) { return new ClientRequest(options, callback); } };

/** @param {string | URL | object} input */
function request(input, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  return make(optionsOf(input, options), callback);
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
