'use strict';
// http.Agent: keeps a client's connections per host and gives them to requests in turn.

const net = require('../../node/net');
const EventEmitter = require('../../node/events');
const { codes: { ERR_OUT_OF_RANGE } } = require('../errors');
const { validateNumber, validateOneOf } = require('../validators');
const proxies = require('./proxy');

const hide = (object, name, value) => Object.defineProperty(object, name, { value, writable: true, configurable: true });

/**
 * https://nodejs.org/docs/latest-v24.x/api/http.html#class-httpagent
 * @param {object} [options] keepAlive, keepAliveMsecs, maxSockets, maxTotalSockets, maxFreeSockets, scheduling, timeout,
 *   proxyEnv
 */
function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  EventEmitter.call(this);
  this.options = { __proto__: null, ...options };
  if (this.options.noDelay === undefined) this.options.noDelay = true;
  this.options.path = null;
  this.requests = Object.create(null);
  this.sockets = Object.create(null);
  this.freeSockets = Object.create(null);
  this.keepAliveMsecs = this.options.keepAliveMsecs || 1000;
  this.keepAlive = this.options.keepAlive || false;
  this.maxSockets = this.options.maxSockets || Infinity;
  this.maxFreeSockets = this.options.maxFreeSockets || 256;
  this.scheduling = this.options.scheduling || 'lifo';
  this.maxTotalSockets = this.options.maxTotalSockets;
  this.totalSocketCount = 0;
  validateOneOf(this.scheduling, 'scheduling', ['fifo', 'lifo']);
  if (this.maxTotalSockets !== undefined) {
    validateNumber(this.maxTotalSockets, 'maxTotalSockets');
    if (this.maxTotalSockets <= 0 || Number.isNaN(this.maxTotalSockets)) {
      throw new ERR_OUT_OF_RANGE('maxTotalSockets', '> 0', this.maxTotalSockets);
    }
  } else {
    this.maxTotalSockets = Infinity;
  }
  hide(this, '_proxy', null);
  hide(this, '_proxyVersion', -1);
  this._proxy = this.options.proxyEnv ? proxies.proxyFrom(this.options.proxyEnv, this.protocol) : null;
  this.on('free', (socket, socketOptions) => onFree(this, socket, socketOptions));
}
Object.setPrototypeOf(Agent.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Agent, EventEmitter);
const { prototype } = Agent;

Agent.defaultMaxSockets = Infinity;
prototype.defaultPort = 80;
prototype.protocol = 'http:';
prototype.createConnection = function createConnection(...args) { return net.createConnection(...args); };

/** What connections can be shared for. */
prototype.getName = function getName(options = {}) {
  let name = `${options.host || 'localhost'}:${options.port || ''}:${options.localAddress || ''}`;
  if (options.family === 4 || options.family === 6) name += `:${options.family}`;
  if (options.socketPath) name += `:${options.socketPath}`;
  return name;
};

function remove(table, name, item) {
  const list = table[name];
  const at = list === undefined ? -1 : list.indexOf(item);
  if (at < 0) return false;
  list.splice(at, 1);
  if (list.length === 0) delete table[name];
  return true;
}

prototype.addRequest = function addRequest(req, options, port, localAddress) {
  if (typeof options === 'string') options = { __proto__: null, host: options, port, localAddress };
  options = { __proto__: null, ...options, ...this.options };
  if (options.socketPath) options.path = options.socketPath;
  normalizeServerName(options, req);
  const name = this.getName(options);
  this.sockets[name] ||= [];
  const free = this.freeSockets[name];
  let socket;
  if (free !== undefined) {
    while (free.length > 0 && free[0].destroyed) free.shift();
    socket = this.scheduling === 'fifo' ? free.shift() : free.pop();
    if (free.length === 0) delete this.freeSockets[name];
  }
  if (socket) {
    this.reuseSocket(socket, req);
    this.sockets[name].push(socket);
    assign(this, req, socket);
  } else if (this.sockets[name].length < this.maxSockets && this.totalSocketCount < this.maxTotalSockets) {
    this.createSocket(req, options, (error, created) => {
      if (error) req.onSocket(null, error);
      else assign(this, req, created);
    });
  } else {
    (this.requests[name] ??= []).push(req);
    req._agentOptions = options;
  }
  if (this.sockets[name]?.length === 0) delete this.sockets[name];
};

function normalizeServerName(options, req) {
  if (options.servername || options.servername === '') return;
  const header = req.getHeader('host');
  const host = typeof header === 'string' ? header : options.host;
  const name = String(host ?? '').replace(/:\d*$/, '').replace(/^\[|\]$/g, '');
  options.servername = net.isIP(name) ? '' : name;
}

prototype.createSocket = function createSocket(req, options, callback) {
  options = { __proto__: null, ...options, ...this.options };
  if (options.socketPath) options.path = options.socketPath;
  normalizeServerName(options, req);
  const name = this.getName(options);
  options._agentKey = name;
  options.encoding = null;
  let done = false;
  const created = (error, socket) => {
    if (done) return;
    done = true;
    if (error) {
      callback(error);
      return;
    }
    (this.sockets[name] ??= []).push(socket);
    this.totalSocketCount++;
    install(this, socket, options);
    callback(null, socket);
  };
  if (this.keepAlive) {
    options.keepAlive = this.keepAlive;
    options.keepAliveInitialDelay = this.keepAliveMsecs;
  }
  const proxy = proxies.proxyOf(this, options);
  const socket = proxy !== null && this.protocol === 'http:' ? proxies.connect(proxy, options) : this.createConnection(options, created);
  if (socket) created(null, socket);
};

function install(agent, socket, options) {
  socket.on('free', onSocketFree);
  function onSocketFree() { agent.emit('free', socket, options); }
  function onClose() { agent.removeSocket(socket, options); }
  function onTimeout() {
    for (const list of Object.values(agent.freeSockets)) if (list.includes(socket)) socket.destroy();
  }
  function onRemove() {
    agent.totalSocketCount--;
    agent.removeSocket(socket, options);
    socket.removeListener('close', onClose);
    socket.removeListener('free', onSocketFree);
    socket.removeListener('timeout', onTimeout);
    socket.removeListener('agentRemove', onRemove);
  }
  socket._agentCounted = true;
  socket.on('close', () => {
    if (socket._agentCounted) {
      socket._agentCounted = false;
      agent.totalSocketCount--;
    }
  });
  socket.on('close', onClose);
  if (agent.options.timeout) socket.on('timeout', onTimeout);
  socket.on('agentRemove', () => {
    socket._agentCounted = false;
    onRemove();
  });
}

function assign(agent, req, socket) {
  req.onSocket(socket);
  const timeout = agent.options.timeout;
  if (timeout && !req.timeout) socket.setTimeout(timeout);
}

function onFree(agent, socket, options) {
  const name = agent.getName(options);
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const waiting = agent.requests[name];
  if (waiting !== undefined && waiting.length > 0) {
    const req = waiting.shift();
    if (waiting.length === 0) delete agent.requests[name];
    assign(agent, req, socket);
    return;
  }
  const req = socket._httpMessage;
  if (!req || !req.shouldKeepAlive || !agent.keepAlive) {
    socket.destroy();
    return;
  }
  const free = agent.freeSockets[name] ?? [];
  const count = free.length + (agent.sockets[name]?.length ?? 0);
  if (agent.totalSocketCount > agent.maxTotalSockets || count > agent.maxSockets || free.length >= agent.maxFreeSockets ||
      agent.keepSocketAlive(socket) === false) {
    socket.destroy();
    return;
  }
  agent.freeSockets[name] = free;
  socket._httpMessage = null;
  remove(agent.sockets, name, socket);
  socket.on('error', onFreeError);
  free.push(socket);
}

function onFreeError() {
  this.destroy();
  this.emit('agentRemove');
}

prototype.removeSocket = function removeSocket(socket, options) {
  const name = this.getName(options);
  remove(this.freeSockets, name, socket);
  remove(this.sockets, name, socket);
  const waiting = this.requests[name];
  if (waiting === undefined || waiting.length === 0) return;
  if ((this.sockets[name]?.length ?? 0) >= this.maxSockets) return;
  const req = waiting.shift();
  if (waiting.length === 0) delete this.requests[name];
  this.createSocket(req, options, (error, created) => {
    if (error) req.onSocket(null, error);
    else assign(this, req, created);
  });
};

/** @returns {boolean} whether the socket may be kept for later requests */
prototype.keepSocketAlive = function keepSocketAlive(socket) {
  socket.setKeepAlive(true, this.keepAliveMsecs);
  socket.unref();
  let timeout = this.options.timeout || 0;
  const hint = socket._keepAliveHint;
  if (hint !== undefined && hint > 0 && (timeout === 0 || hint < timeout)) timeout = hint;
  if (hint === 0) return false;
  if (socket.timeout !== timeout) socket.setTimeout(timeout);
  if (timeout > 0 && socket.listenerCount('timeout') === 0) socket.once('timeout', () => socket.destroy());
  return true;
};

prototype.reuseSocket = function reuseSocket(socket, req) {
  socket.removeListener('error', onFreeError);
  req.reusedSocket = true;
  socket.ref();
};

prototype.destroy = function destroy() {
  for (const table of [this.freeSockets, this.sockets]) {
    for (const list of Object.values(table)) for (const socket of list.slice()) socket.destroy();
  }
};

/** http.globalAgent, which an app may replace. */
const current = { globalAgent: new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 }) };
hide(current.globalAgent, '_followsProxyEnv', true);

module.exports = { Agent, current };
