'use strict';
// What http.request() takes: a URL or its text, options, or both; checked, and turned into a request's head.

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_HTTP_TOKEN, ERR_UNESCAPED_CHARACTERS },
} = require('../errors');
const { timerDuration } = require('../timer_duration');
const { fieldOf } = require('./fields');

// Without a body of their own these say nothing about one.
const BODYLESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** Options for request() from a WHATWG URL. */
function urlToOptions(url) {
  const { hostname } = url;
  const options = {
    __proto__: null,
    ...url,
    protocol: url.protocol,
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    hash: url.hash,
    search: url.search,
    pathname: url.pathname,
    path: `${url.pathname || ''}${url.search || ''}`,
    href: url.href,
  };
  if (url.port !== '') options.port = Number(url.port);
  if (url.username || url.password) {
    options.auth = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  }
  return options;
}

/** One options object of request()'s first two arguments. */
function optionsOf(input, options) {
  if (typeof input === 'string') input = urlToOptions(new URL(input));
  else if (input instanceof URL || (input && typeof input.href === 'string' && input.searchParams)) input = urlToOptions(input);
  else {
    options = input;
    input = null;
  }
  return { __proto__: null, ...input, ...options };
}

function nameOf(value, name) {
  if (value !== null && value !== undefined && typeof value !== 'string') {
    throw new ERR_INVALID_ARG_TYPE(`options.${name}`, ['string', 'undefined', 'null'], value);
  }
  return value;
}

/** @returns {string} the host that the options name; localhost without */
const hostOf = (options) => nameOf(options.hostname, 'hostname') || nameOf(options.host, 'host') || 'localhost';

/** @param {string} path @param {RegExp} [bad] characters that it must not have */
function checkPath(path, bad = /[^\u0021-\u00ff]/) {
  if (bad.test(path)) throw new ERR_UNESCAPED_CHARACTERS('Request path');
}

function setMethod(req, method) {
  if (method !== null && method !== undefined && typeof method !== 'string') {
    throw new ERR_INVALID_ARG_TYPE('options.method', 'string', method);
  }
  if (method && !fieldOf(method).valid) throw new ERR_INVALID_HTTP_TOKEN('Method', method);
  req.method = method ? method.toUpperCase() : 'GET';
  req.useChunkedEncodingByDefault = !BODYLESS.has(req.method);
}

function hostHeader(host, port, defaultPort) {
  // Only one colon is a port's: more are an IPv6 address.
  const bare = host.indexOf(':') !== host.lastIndexOf(':') && !host.startsWith('[') ? `[${host}]` : host;
  return port && Number(port) !== defaultPort ? `${bare}:${port}` : bare;
}

/** The request's header fields. An array of them is the whole head, as it is. */
function setHeaders(req, options, host, port, defaultPort) {
  const { headers, setDefaultHeaders = true } = options;
  if (setDefaultHeaders === false) req._removedConnection = req._removedContLen = req._removedTE = true;
  if (Array.isArray(headers)) {
    req._headerArray = headers;
    return;
  }
  if (headers) for (const name of Object.keys(headers)) req.setHeader(name, headers[name]);
  const setHost = options.setHost !== undefined ? Boolean(options.setHost) : setDefaultHeaders !== false;
  if (host && setHost && !req.getHeader('host')) req.setHeader('Host', hostHeader(host, port, defaultPort));
  if (options.auth && !req.getHeader('Authorization')) {
    req.setHeader('Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`);
  }
}

/** Whether the server is asked before the body is sent. */
const expects = (req) => req.getHeader('expect') !== undefined;

module.exports = {
  BODYLESS, checkPath, expects, hostOf, optionsOf, setHeaders, setMethod, timerDuration, urlToOptions,
};
