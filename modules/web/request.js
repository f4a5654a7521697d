'use strict';
// Request (https://fetch.spec.whatwg.org/#request-class), and the request that a fetch handler gets: the same class
// over an exchange of the engine, whose URL, headers and body are made when they are looked at.

const { headersOver, listOf } = require('./headers');
const { readHeaders, listFrom } = require('./header_list');
const { kBody, kUsed, kStream, extract, mixin, cloneSource, isStream } = require('./body');
const { NOT_PLAIN, joinPlain, plainOrigin, queryOfPlainPath } = require('./url_parse');
const { fieldOf } = require('../internal/http/fields');

const kMethod = Symbol('method');
const kUrl = Symbol('url');
const kPath = Symbol('path');
const kBlock = Symbol('header block');
const kHeaders = Symbol('headers');
const kSignal = Symbol('signal');
const kController = Symbol('abort controller');
const kOptions = Symbol('options');
const kSecure = Symbol('secure');

const normal = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']);
const choices = {
  redirect: ['follow', 'error', 'manual'],
  mode: ['cors', 'no-cors', 'same-origin', 'navigate'],
  credentials: ['omit', 'same-origin', 'include'],
  cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'],
  referrerPolicy: [
    '', 'no-referrer', 'no-referrer-when-downgrade', 'origin', 'origin-when-cross-origin', 'same-origin', 'strict-origin',
    'strict-origin-when-cross-origin', 'unsafe-url',
  ],
  duplex: ['half'],
};
const defaults = Object.freeze({
  redirect: 'follow', mode: 'cors', credentials: 'same-origin', cache: 'default', referrerPolicy: '', duplex: 'half',
  integrity: '', keepalive: false, referrer: 'about:client',
});

function methodOf(value) {
  const method = String(value);
  const upper = method.toUpperCase();
  if (!fieldOf(method).valid) throw new TypeError(`'${method}' is not a valid HTTP method.`);
  if (upper === 'CONNECT' || upper === 'TRACE' || upper === 'TRACK') throw new TypeError(`'${method}' HTTP method is unsupported.`);
  return normal.has(upper) ? upper : method;
}

function optionsOf(base, init) {
  const options = { ...base };
  for (const name of Object.keys(choices)) {
    const value = init[name];
    if (value === undefined) continue;
    if (!choices[name].includes(String(value))) throw new TypeError(`Request constructor: ${value} is not an accepted type. Expected one of ${choices[name].join(', ')}.`);
    options[name] = String(value);
  }
  if (init.integrity !== undefined) options.integrity = String(init.integrity);
  if (init.keepalive !== undefined) options.keepalive = Boolean(init.keepalive);
  if (init.referrer !== undefined) options.referrer = String(init.referrer) || 'no-referrer';
  if (init.dispatcher !== undefined) options.dispatcher = init.dispatcher;
  return options;
}

function parseUrl(input) {
  let url;
  try {
    url = new URL(input);
  } catch (error) {
    throw new TypeError(`Failed to parse URL from ${input}`, { cause: error });
  }
  if (url.username || url.password) throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${input}`);
  return url.href;
}

class Request {
  /** @param {Request | URL | string} input @param {RequestInit} [init] */
  constructor(input, init = undefined) {
    if (arguments.length === 0) throw new TypeError('Request constructor requires at least 1 argument');
    if (init === undefined || init === null) init = {};
    const from = input instanceof Request ? input : null;
    this[kMethod] = from === null ? 'GET' : from[kMethod];
    this[kUrl] = from === null ? parseUrl(String(input)) : from.url;
    this[kPath] = '';
    this[kBlock] = undefined;
    this[kHeaders] = null;
    this[kSignal] = null;
    this[kController] = null;
    this[kOptions] = optionsOf(from === null ? defaults : from[kOptions], init);
    this[kBody] = null;
    this[kUsed] = false;
    this[kStream] = null;
    this[kSecure] = false;
    if (init.window !== undefined && init.window !== null) throw new TypeError("'window' option must be null");
    if (init.method !== undefined) this[kMethod] = methodOf(init.method);
    const signal = init.signal !== undefined ? init.signal : from?.signal;
    if (signal !== undefined && signal !== null) {
      if (!(signal instanceof AbortSignal)) throw new TypeError("Failed to construct 'Request': member signal is not of type AbortSignal.");
      this[kSignal] = signal;
    }
    let list = [];
    if (init.headers !== undefined) list = listFrom(readHeaders(init.headers, 'Request constructor'));
    else if (from !== null) list = listOf(from.headers).slice();
    this[kHeaders] = headersOver(list, 'request');
    setBody(this, from, init, list);
  }

  get method() { return this[kMethod]; }
  get url() { return (this[kUrl] ??= urlOf(this)); }
  get headers() { return (this[kHeaders] ??= headersOver(this[kBlock], 'request')); }
  get destination() { return ''; }
  get referrer() { return this[kOptions].referrer; }
  get referrerPolicy() { return this[kOptions].referrerPolicy; }
  get mode() { return this[kOptions].mode; }
  get credentials() { return this[kOptions].credentials; }
  get cache() { return this[kOptions].cache; }
  get redirect() { return this[kOptions].redirect; }
  get integrity() { return this[kOptions].integrity; }
  get keepalive() { return this[kOptions].keepalive; }
  get isReloadNavigation() { return false; }
  get isHistoryNavigation() { return false; }
  get duplex() { return 'half'; }
  get signal() {
    if (this[kSignal] === null) {
      this[kController] = new AbortController();
      this[kSignal] = this[kController].signal;
    }
    return this[kSignal];
  }

  clone() {
    const source = cloneSource(this);
    const copy = new Request(this.url, { method: 'GET', headers: this.headers, signal: this.signal });
    copy[kMethod] = this[kMethod];
    copy[kOptions] = this[kOptions];
    copy[kBody] = source;
    if (isStream(source)) copy[kStream] = source;
    return copy;
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    const { method, url, headers, body, bodyUsed, redirect, signal } = this;
    return `Request ${inspect({ method, url, headers, body, bodyUsed, redirect, signal }, options)}`;
  }
}
mixin(Request, (request) => request.headers.get('content-type'));
Object.defineProperty(Request.prototype, Symbol.toStringTag, { value: 'Request', configurable: true });
for (const name of ['method', 'url', 'headers', 'destination', 'referrer', 'referrerPolicy', 'mode', 'credentials', 'cache',
  'redirect', 'integrity', 'keepalive', 'signal', 'duplex', 'clone', 'isReloadNavigation', 'isHistoryNavigation']) {
  Object.defineProperty(Request.prototype, name, { enumerable: true });
}

function setBody(request, from, init, list) {
  const method = request[kMethod];
  const given = init.body !== undefined && init.body !== null;
  if ((given || (from !== null && from[kBody] !== null && init.body === undefined)) && (method === 'GET' || method === 'HEAD')) {
    throw new TypeError('Request with GET/HEAD method cannot have body.');
  }
  if (given) {
    const [source, type] = extract(init.body);
    if (isStream(source)) {
      if (init.duplex === undefined) throw new TypeError('RequestInit: duplex option is required when sending a body.');
      request[kStream] = source;
    }
    request[kBody] = source;
    if (type !== null && !list.includes('content-type')) list.push('content-type', type);
  } else if (from !== null && from[kBody] !== null && init.body === undefined) {
    if (from.bodyUsed) throw new TypeError('Cannot construct a Request with a Request object that has already been used.');
    request[kBody] = from[kBody];
    request[kStream] = from[kStream];
    from[kUsed] = true;
  }
}

/** The request of an exchange. @param {IncomingBody | null} body */
function ExchangeRequest(method, path, block, body, secure) {
  this[kMethod] = method;
  this[kUrl] = undefined;
  this[kPath] = path;
  this[kBlock] = block;
  this[kHeaders] = null;
  this[kSignal] = null;
  this[kController] = null;
  this[kOptions] = defaults;
  this[kBody] = body;
  this[kUsed] = false;
  this[kStream] = null;
  this[kSecure] = secure;
}
ExchangeRequest.prototype = Request.prototype;

/** A block's lines end with CR LF, but for the last one. */
const beginsWithLine = (block, line) => block.startsWith(line) && (block.length === line.length || block.charCodeAt(line.length) === 13);

// The last Host line (most clients send Host first, and always the same one) and its origins as url_parse keeps them.
let hostLine = '';
let hostOrigin = null;
let hostSecure = false;

/** The origin that a request's Host field names, if it is a plain one. */
function plainOriginOf(request) {
  const block = request[kBlock];
  const secure = request[kSecure];
  if (hostOrigin !== null && secure === hostSecure && typeof block === 'string' && beginsWithLine(block, hostLine)) return hostOrigin;
  const host = request.headers.get('host') || 'localhost';
  const origin = plainHost.test(host) ? plainOrigin(`${secure ? 'https' : 'http'}://${host}`) : null;
  if (origin !== null && typeof block === 'string') {
    const line = block.slice(0, host.length + 6);
    if (/^host: /i.test(line) && line.slice(6) === host && beginsWithLine(block, line)) {
      hostLine = line;
      hostOrigin = origin;
      hostSecure = secure;
    }
  }
  return origin;
}
const plainHost = /^[a-z0-9.-]+(?::[1-9]\d{0,4})?$/;

/** An absolute URL from the Host field and the request's target; through the URL parser unless both are plain. */
function urlOf(request) {
  const path = request[kPath];
  const query = queryOfPlainPath(path);
  if (query !== NOT_PLAIN) {
    const origin = plainOriginOf(request);
    if (origin !== null) return joinPlain(origin, path, query);
  }
  const scheme = request[kSecure] ? 'https' : 'http';
  const host = request.headers.get('host') || 'localhost';
  try {
    if (path.startsWith('/')) return new URL(`${scheme}://${host}${path}`).href;
    return new URL(path, `${scheme}://${host}`).href;
  } catch {
    return `${scheme}://localhost/`;
  }
}

/** The client went away: whoever took the request's signal hears of it. */
function abortRequest(request, reason) { request[kController]?.abort(reason); }

module.exports = { Request, ExchangeRequest, abortRequest, kMethod, kOptions };
