'use strict';
// Proxies of node:http's and node:https's agents and of fetch: from an agent's proxyEnv, or for the global agents from
// the environment (NODE_USE_ENV_PROXY=1, --use-env-proxy, http.setGlobalProxyFromEnv). Requests for http: go to the
// proxy with the whole URL, those for https: through a tunnel (CONNECT).
// Source: https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support

const net = require('../../node/net');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_PROXY_INVALID_CONFIG, ERR_PROXY_TUNNEL },
} = require('../errors');
const { validatePort } = require('../validators');

/** The environment of agents that follow it; `version` tells them that it changed. */
const global = { env: undefined, asked: undefined, version: 0 }; // asked: by the command line, which goes first

function globalEnvironment() {
  if (global.env !== undefined) return global.env;
  const asked = global.asked ?? process.env.NODE_USE_ENV_PROXY === '1';
  return asked ? process.env : undefined;
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

/**
 * @param {object} env @param {string} protocol of the requests
 * @param {boolean} [own] an environment that the app gave: what is no URL there is ERR_PROXY_INVALID_CONFIG
 * @returns {Proxy | null}
 */
function proxyFrom(env, protocol, own = true) {
  const name = protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const text = env[name] ?? env[name.toUpperCase()];
  if (!text) return null;
  if (/[\r\n]/.test(text)) throw new ERR_PROXY_INVALID_CONFIG(`Invalid proxy URL: ${text}`);
  const url = URL.parse(text) ?? (own ? null : new URL(text));
  if (url === null) throw new ERR_PROXY_INVALID_CONFIG(`Invalid proxy URL: ${text}`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  return new Proxy(url, env.no_proxy ?? env.NO_PROXY);
}

/** The proxy for a request of this agent. @returns {Proxy | null} */
function proxyOf(agent, options) {
  if (agent._followsProxyEnv && agent._proxyVersion !== global.version) {
    const env = globalEnvironment();
    agent._proxy = env === undefined ? null : proxyFrom(env, agent.protocol, global.env !== undefined);
    agent._proxyVersion = global.version;
  }
  const proxy = agent._proxy ?? null;
  return proxy !== null && proxy.serves(options) ? proxy : null;
}

const invalid = (name, value, why) => new ERR_INVALID_ARG_VALUE(name, value, why);
const MATCH = 'must match the request authority';

/** The one Host that an array of header fields has, or undefined. */
function hostOfArray(headers) {
  const pairs = Array.isArray(headers[0]) || (headers[0] !== null && typeof headers[0] === 'object');
  let found;
  for (let i = 0; i < headers.length; i += pairs ? 1 : 2) {
    if (pairs && !Array.isArray(headers[i])) {
      throw invalid(`headers[${i}]`, headers[i], 'must be an array when headers is passed as an array of pairs');
    }
    const [name, value] = pairs ? headers[i] : [headers[i], headers[i + 1]];
    if (`${name}`.toLowerCase() !== 'host') continue;
    if (found !== undefined) throw invalid('headers', headers, 'must not contain duplicate Host headers');
    found = `${value}`;
  }
  return found;
}

/** Refuses a Host header that names another than `authority`, or more than that. */
function checkHost(host, authority, defaultPort) {
  const url = /[/?#@\\]/.test(host) ? null : URL.parse(`http://${host}`);
  if (url === null) throw invalid('headers.host', host, MATCH);
  // Without a port it may also mean the one that the app calls the default.
  if (url.host !== authority.host && !(url.port === '' && url.hostname === authority.hostname && defaultPort)) {
    throw invalid('headers.host', host, MATCH);
  }
}

/**
 * A request for http: through a proxy names its whole URL, and its Host that URL's. Throws where the request's parts
 * name different servers: proxy and server would not agree on whose request it is.
 */
function rewrite(req, proxy, options) {
  const headers = req._headerArray;
  const login = proxy.authorization;
  const keep = req.shouldKeepAlive ? 'keep-alive' : 'close';
  if (headers === null) {
    if (login) req.setHeader('proxy-authorization', login);
    req.setHeader('proxy-connection', keep);
  }
  if (req.method === 'CONNECT' || (req.method === 'OPTIONS' && req.path === '*')) return;
  const port = validatePort(options.port, 'options.port');
  const bracketed = net.isIPv6(options.host) ? `[${options.host}]` : options.host;
  const authority = new URL(`http://${bracketed}:${port}`);
  let { path } = req;
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) {
    const url = URL.parse(path);
    if (url?.protocol !== 'http:') throw invalid('options.path', path, 'must use http: scheme for a proxied request');
    if (url.username || url.password) throw invalid('options.path', path, 'must not contain userinfo');
    if (url.host !== authority.host) throw invalid('options.path', path, MATCH);
  } else if (path.startsWith('/')) {
    path = `http://${authority.host}${path}`;
  } else {
    throw invalid('options.path', path, 'must be in absolute-form or start with /');
  }
  const { host } = headers === null ? { host: req.getHeader('host') } : { host: hostOfArray(headers) };
  const own = headers !== null || options.headers?.host !== undefined || options.headers?.Host !== undefined;
  if (host !== undefined) checkHost(host, authority, !own);
  if (headers === null) {
    if (host !== undefined && host !== authority.host) req.setHeader('Host', authority.host);
  } else {
    req._headerArray = [...(Array.isArray(headers[0]) ? headers.flat(1) : headers),
      ...(login ? ['proxy-authorization', login] : []), 'proxy-connection', keep];
  }
  req.path = path;
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
 * @param {boolean} [fetches] for fetch
 */
function tunnel(proxy, options, done, fetches = false) {
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
    socket.removeListener('timeout', onTimeout);
  };
  const fail = (error) => {
    leave();
    socket.on('error', () => {});
    socket.destroy();
    done(error);
  };
  const failed = (what, statusCode) => {
    const error = new ERR_PROXY_TUNNEL(what);
    if (statusCode !== undefined) error.statusCode = statusCode;
    fail(error);
  };
  const onError = (error) => fail(error);
  const onEnd = () => failed('Connection to establish proxy tunnel ended unexpectedly');
  const limit = options._request?.timeout ?? options.timeout;
  const onTimeout = () => {
    options._request?.emit('timeout');
    failed(`Connection to establish proxy tunnel timed out after ${limit}ms`);
  };
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
      failed(`Failed to establish tunnel to ${to} via ${proxy.href}: ${line}`, status || undefined);
      return;
    }
    leave();
    if (limit) socket.setTimeout(0);
    socket.pause();
    const rest = head.slice(end + 4);
    if (rest !== '') socket.unshift(Buffer.from(rest, 'latin1'));
    done(null, socket);
  };
  socket.on('data', onData);
  socket.on('error', onError);
  socket.on('end', onEnd);
  if (limit) socket.setTimeout(limit, onTimeout);
  const login = proxy.authorization ? `proxy-authorization: ${proxy.authorization}\r\n` : '';
  const keep = fetches ? 'keep-alive\r\nconnection: close' : options._request?.shouldKeepAlive ? 'keep-alive' : 'close';
  socket.write(`CONNECT ${to} HTTP/1.1\r\n${login}proxy-connection: ${keep}\r\nhost: ${to}\r\n\r\n`);
}

/** From now on (or, asked by the command line, from the start) the global agents and fetch use the environment's proxies. */
function useEnvironment(use = true) { global.asked = use; }

/**
 * https://nodejs.org/docs/latest-v24.x/api/http.html#httpsetglobalproxyfromenvproxyenv
 * @param {object} [env] with http_proxy, https_proxy, no_proxy @returns {() => void} restores what was before
 */
function setGlobalProxyFromEnv(env = process.env) {
  if (env === null || typeof env !== 'object' || Array.isArray(env)) throw new ERR_INVALID_ARG_TYPE('proxyEnv', 'Object', env);
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
