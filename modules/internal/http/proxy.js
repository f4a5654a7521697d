'use strict';
// Proxies of node:http's and node:https's agents and of fetch: from an agent's proxyEnv, or for the global agents from
// the environment (NODE_USE_ENV_PROXY=1, --use-env-proxy, http.setGlobalProxyFromEnv). Requests for http: go to the
// proxy with the whole URL, those for https: through a tunnel (CONNECT).
// Source: https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support

const net = require('../../node/net');
const { genericNodeError, codes: { ERR_PROXY_INVALID_CONFIG } } = require('../errors');

/** The environment of agents that follow it; `version` tells them that it changed. */
const global = { env: undefined, asked: false, version: 0 };

function globalEnvironment() {
  if (global.env !== undefined) return global.env;
  return global.asked || process.env.NODE_USE_ENV_PROXY === '1' ? process.env : undefined;
}

/** @param {string} address IPv4 @returns {number} */
const numberOf = (address) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** Whether one entry of NO_PROXY names this host (in lower case). */
function named(entry, host, port) {
  if (entry === '*' || entry === host || entry === `${host}:${port}`) return true;
  if (entry.startsWith('*.')) return host.endsWith(entry.slice(1));
  if (entry.startsWith('.')) return host.endsWith(entry) || host === entry.slice(1);
  const [from, to, more] = entry.split('-');
  if (to === undefined || more !== undefined || ![from, to, host].every(net.isIPv4)) return false;
  return numberOf(from) <= numberOf(host) && numberOf(host) <= numberOf(to);
}

class Proxy {
  /** @param {URL} url @param {string} [exceptions] of NO_PROXY */
  constructor(url, exceptions = '') {
    this.href = `${url.protocol}//${url.host}/`;
    this.protocol = url.protocol;
    this.host = url.hostname.replace(/^\[|\]$/g, '');
    this.port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
    this.exceptions = exceptions.toLowerCase().split(',').map((one) => one.trim()).filter((one) => one !== '');
    const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    this.authorization = login === ':' ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  }

  /** @param {{host?: string, port?: number, socketPath?: string}} options of a request */
  serves(options) {
    if (options.socketPath) return false;
    const host = String(options.host ?? 'localhost').toLowerCase();
    return !this.exceptions.some((entry) => named(entry, host, options.port));
  }
}

/** @param {object} env @param {string} protocol of the requests @returns {Proxy | null} */
function proxyFrom(env, protocol) {
  const name = protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const text = env[name] ?? env[name.toUpperCase()];
  if (!text) return null;
  if (/[\r\n]/.test(text)) throw new ERR_PROXY_INVALID_CONFIG(`Invalid proxy URL: ${text}`);
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  return new Proxy(url, env.no_proxy ?? env.NO_PROXY);
}

/** The proxy for a request of this agent. @returns {Proxy | null} */
function proxyOf(agent, options) {
  if (agent._followsProxyEnv && agent._proxyVersion !== global.version) {
    agent._proxyVersion = global.version;
    const env = globalEnvironment();
    agent._proxy = env === undefined ? null : proxyFrom(env, agent.protocol);
  }
  const proxy = agent._proxy ?? null;
  return proxy !== null && proxy.serves(options) ? proxy : null;
}

/** A request for http: through a proxy names its whole URL. */
function rewrite(req, proxy) {
  if (proxy.authorization) req.setHeader('proxy-authorization', proxy.authorization);
  req.setHeader('proxy-connection', req.shouldKeepAlive ? 'keep-alive' : 'close');
  req.path = `http://${req.getHeader('host')}${req.path}`;
}

/** A connection to the proxy itself. @returns {import('net').Socket} */
function connect(proxy, options) {
  const target = { host: proxy.host, port: proxy.port, keepAlive: options.keepAlive, keepAliveInitialDelay: options.keepAliveInitialDelay };
  if (proxy.protocol === 'http:') return net.connect(target);
  return require('../../node/tls').connect({ ...target, servername: net.isIP(proxy.host) ? '' : proxy.host, ca: options.ca,
    rejectUnauthorized: options.rejectUnauthorized });
}

/**
 * A tunnel to the request's host. @param {(error: Error | null, socket?: import('net').Socket) => void} done
 */
function tunnel(proxy, options, done) {
  const host = net.isIPv6(options.host) ? `[${options.host}]` : options.host;
  const to = `${host}:${options.port}`;
  if (/[\r\n]/.test(to)) {
    done(new ERR_PROXY_INVALID_CONFIG(`Invalid host: ${to}`));
    return;
  }
  const socket = connect(proxy, options);
  let head = '';
  const leave = () => {
    socket.removeListener('data', onData);
    socket.removeListener('error', onError);
    socket.removeListener('end', onEnd);
  };
  const fail = (error) => {
    leave();
    socket.on('error', () => {});
    socket.destroy();
    done(error);
  };
  const failed = (what, statusCode) => fail(genericNodeError(`Failed to establish tunnel to ${to} via ${proxy.href}: ${what}`,
    { code: 'ERR_PROXY_TUNNEL', statusCode }));
  const onError = (error) => fail(error);
  const onEnd = () => failed('Connection ended before the tunnel was established');
  const onData = (chunk) => {
    head += chunk.latin1Slice();
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) {
      if (head.length > 16384) failed('Headers overflow');
      return;
    }
    const line = head.slice(0, head.indexOf('\r\n'));
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(line)?.[1]);
    if (!(status >= 200 && status < 300)) {
      failed(line, status || undefined);
      return;
    }
    leave();
    socket.pause();
    const rest = head.slice(end + 4);
    if (rest !== '') socket.unshift(Buffer.from(rest, 'latin1'));
    done(null, socket);
  };
  socket.on('data', onData);
  socket.on('error', onError);
  socket.on('end', onEnd);
  const login = proxy.authorization ? `proxy-authorization: ${proxy.authorization}\r\n` : '';
  socket.write(`CONNECT ${to} HTTP/1.1\r\n${login}host: ${to}\r\n\r\n`);
}

/** From now on (or, asked by the command line, from the start) the global agents and fetch use the environment's proxies. */
function useEnvironment() { global.asked = true; }

/**
 * https://nodejs.org/docs/latest-v24.x/api/http.html#httpsetglobalproxyfromenvproxyenv
 * @param {object} [env] with http_proxy, https_proxy, no_proxy @returns {() => void} restores what was before
 */
function setGlobalProxyFromEnv(env = process.env) {
  if (env === null || typeof env !== 'object') throw new (require('../errors').codes.ERR_INVALID_ARG_TYPE)('proxyEnv', 'Object', env);
  for (const protocol of ['http:', 'https:']) proxyFrom(env, protocol); // refuses what is no proxy
  const before = global.env;
  global.env = env;
  global.version++;
  return () => {
    global.env = before;
    global.version++;
  };
}

module.exports = { connect, proxyFrom, proxyOf, rewrite, setGlobalProxyFromEnv, tunnel, useEnvironment };
