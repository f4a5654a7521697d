'use strict';
// http.Agent: keeps a client's connections per host and gives them to requests in turn.

const net = require('../../node/net');
const EventEmitter = require('../../node/events');
const { codes: { ERR_OUT_OF_RANGE } } = require('../errors');
const { validateNumber, validateOneOf, validateString } = require('../validators');
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
  const buffer = this.options.agentKeepAliveTimeoutBuffer;
  this.agentKeepAliveTimeoutBuffer = typeof buffer === 'number' && buffer >= 0 && Number.isFinite(buffer) ? buffer : 1000;
  hide(this, '_proxy', null);
  hide(this, '_proxyVersion', -1);
  hide(this, '_keylog', null);
  hide(this, '_tunnels', false); // through a proxy also for http:, as fetch does
  this._proxy = this.options.proxyEnv ? proxies.proxyFrom(this.options.proxyEnv, this.protocol) : null;
  this.on('free', (socket, socketOptions) => onFree(this, socket, socketOptions));
  this.on('newListener', onNewListener);
}
Object.setPrototypeOf(Agent.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Agent, EventEmitter);
const { prototype } = Agent;

Agent.defaultMaxSockets = Infinity;
prototype.defaultPort = 80;
prototype.protocol = 'http:';
prototype.createConnection = function createConnection(...args) { return net.createConnection(...args); };

/** 'keylog' of the sockets is the agent's as soon as somebody listens for it. */
function onNewListener(type) {
  if (type !== 'keylog') return;
  this.removeListener('newListener', onNewListener);
  const agent = this;
  this._keylog = function onKeylog(line) { agent.emit('keylog', line, this); };
  for (const list of [...Object.values(this.sockets), ...Object.values(this.freeSockets)]) {
    for (const socket of list) socket.on('keylog', this._keylog);
  }
}

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

/** The options of a socket for a request, as its pool knows them. */
function socketOptions(agent, req, options) {
  options = { __proto__: null, ...options, ...agent.options };
  if (options.socketPath) options.path = options.socketPath;
  normalizeServerName(options, req);
  return options;
}

prototype.addRequest = function addRequest(req, options, port, localAddress) {
  if (typeof options === 'string') options = { __proto__: null, host: options, port, localAddress };
  options = socketOptions(this, req, options);
  const name = this.getName(options);
  const free = this.freeSockets[name];
  let socket;
  if (free !== undefined) {
    while (free.length > 0 && free[0].destroyed) free.shift();
    socket = this.scheduling === 'fifo' ? free.shift() : free.pop();
    if (free.length === 0) delete this.freeSockets[name];
  }
  if (socket) {
    this.reuseSocket(socket, req);
    assign(this, req, socket);
    (this.sockets[name] ??= []).push(socket);
    return;
  }
  const count = (this.freeSockets[name]?.length ?? 0) + (this.sockets[name]?.length ?? 0);
  if (count < this.maxSockets && this.totalSocketCount < this.maxTotalSockets) {
    this.sockets[name] ??= [];
    this.createSocket(req, options, (error, created) => {
      if (error) req.onSocket(null, error);
      else assign(this, req, created);
    });
    if (this.sockets[name]?.length === 0) delete this.sockets[name];
  } else {
    (this.requests[name] ??= []).push(req);
    req._agentOptions = options;
  }
};

function normalizeServerName(options, req) {
  if (options.servername || options.servername === '') return;
  let name = options.host;
  const header = req.getHeader('host');
  if (header) {
    validateString(header, 'options.headers.host');
    // Without the port; an IPv6 address stands in brackets.
    name = header.startsWith('[') ? header.slice(1, Math.max(header.indexOf(']'), 1)) || header : header.split(':', 1)[0];
  }
  options.servername = net.isIP(name) ? '' : name;
}

prototype.createSocket = function createSocket(req, options, callback) {
  options = socketOptions(this, req, options);
  const name = this.getName(options);
  options._agentKey = name;
  Object.defineProperty(options, '_request', { value: req, configurable: true });
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
  let socket;
  if (proxy === null || this.protocol !== 'http:') socket = this.createConnection(options, created);
  else if (this._tunnels) proxies.tunnel(proxy, options, created, true);
  else socket = proxies.connect(proxy, options);
  if (socket) created(null, socket);
};

function install(agent, socket, options) {
  function onSocketFree() { agent.emit('free', socket, options); }
  function onClose() {
    agent.totalSocketCount--;
    agent.removeSocket(socket, options);
  }
  function onTimeout() {
    for (const list of Object.values(agent.freeSockets)) {
      if (list.includes(socket)) {
        socket.destroy();
        return;
      }
    }
  }
  function onRemove() {
    agent.totalSocketCount--;
    agent.removeSocket(socket, options);
    socket.removeListener('close', onClose);
    socket.removeListener('free', onSocketFree);
    socket.removeListener('timeout', onTimeout);
    socket.removeListener('agentRemove', onRemove);
  }
  socket.on('free', onSocketFree);
  socket.on('close', onClose);
  socket.on('timeout', onTimeout);
  socket.on('agentRemove', onRemove);
  if (agent._keylog !== null) socket.on('keylog', agent._keylog);
}

function assign(agent, req, socket) {
  req.onSocket(socket);
  if (req.timeout === undefined || req.timeout === (agent.options.timeout || 0)) return;
  socket.setTimeout(req.timeout);
}

/** A socket whose request is over, or that has just been made for those who wait. */
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
      !agent.keepSocketAlive(socket)) {
    socket.destroy();
    return;
  }
  agent.freeSockets[name] = free;
  socket._httpMessage = null;
  agent.removeSocket(socket, options);
  socket.once('error', onFreeError);
  socket.push = refuse;
  if (socket.isPaused?.()) socket.resume();
  free.push(socket);
}

function onFreeError() {
  this.destroy();
  this.emit('agentRemove');
}

/** Bytes from a server that was asked nothing: no later request may take them for its answer. */
function refuse(chunk) {
  delete this.push;
  if (chunk === null) return this.push(null);
  this.destroy();
  return false;
}

prototype.removeSocket = function removeSocket(socket, options) {
  const name = this.getName(options);
  remove(this.sockets, name, socket);
  if (!socket.writable) remove(this.freeSockets, name, socket);
  let req = this.requests[name]?.[0];
  if (req === undefined) {
    // There is room in all: for the first host that waits and has no socket, which would serve it later.
    const other = Object.keys(this.requests)[0];
    if (other === undefined || this.sockets[other]?.length > 0) return;
    req = this.requests[other][0];
    options = req._agentOptions;
  }
  if (!options) return;
  this.createSocket(req, options, (error, created) => {
    if (!error) {
      created.emit('free');
      return;
    }
    remove(this.requests, this.getName(options), req);
    req.onSocket(null, error);
  });
};

/** @returns {boolean} whether the socket may be kept for later requests */
prototype.keepSocketAlive = function keepSocketAlive(socket) {
  socket.setKeepAlive(true, this.keepAliveMsecs);
  socket.unref();
  let timeout = this.options.timeout || 0;
  const hint = /^timeout=(\d+)/.exec(socket._httpMessage?.res?.headers['keep-alive'] ?? '');
  if (hint !== null) {
    // The server closes it when this is over: a request just before that would be lost.
    const left = Math.max(0, Number(hint[1]) * 1000 - this.agentKeepAliveTimeoutBuffer);
    if (left === 0) return false;
    if (timeout === 0 || left < timeout) timeout = left;
  }
  if (socket.timeout !== timeout) socket.setTimeout(timeout);
  return true;
};

prototype.reuseSocket = function reuseSocket(socket, req) {
  socket.removeListener('error', onFreeError);
  delete socket.push;
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
