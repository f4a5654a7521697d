'use strict';
// Response (https://fetch.spec.whatwg.org/#response-class). Its header list is a shared set (header_list.js) or an array until
// somebody asks for `headers`, and a string body stays a string: a fetch handler's usual answer is one small object and one
// call into C.

const { headersOver, listOf } = require('./headers');
const { readHeaders, listFrom, withType, emptySet } = require('./header_list');
const { kBody, kUsed, kStream, extract, mixin, cloneSource, isStream } = require('./body');

const kFields = Symbol('header list');
const kHeaders = Symbol('headers');
const kStatus = Symbol('status');
const kStatusText = Symbol('status text');
const kType = Symbol('type');
const kUrls = Symbol('urls');
/** The server's end of a WebSocket that this is the answer for. */
const kSocket = Symbol('socket');

const nullBodyStatus = (status) => status === 101 || status === 103 || status === 204 || status === 205 || status === 304;
const JSON_TYPE = 'application/json';
// eslint-disable-next-line no-control-regex
const badReason = /[^\t\x20-\x7e\x80-\xff]/;

function initialise(response, init) {
  const { status, statusText, headers } = init;
  if (status !== undefined) {
    const number = Number(status) | 0;
    if (number === 101 && init.webSocket !== undefined) response[kSocket] = require('./websocket').serverEndOf(init.webSocket);
    else if (number < 200 || number > 599) throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.');
    response[kStatus] = number;
  }
  if (statusText !== undefined) {
    const text = String(statusText);
    if (badReason.test(text)) throw new TypeError('Invalid statusText');
    response[kStatusText] = text;
  }
  if (headers !== undefined) response[kFields] = readHeaders(headers, 'Response constructor');
}

class Response {
  /** @param {BodyInit | null} [body] @param {{status?: number, statusText?: string, headers?: HeadersInit}} [init] */
  constructor(body = null, init = undefined) {
    this[kStatus] = 200;
    this[kStatusText] = '';
    this[kFields] = emptySet();
    this[kHeaders] = null;
    this[kBody] = null;
    this[kUsed] = false;
    this[kStream] = null;
    this[kType] = 'default';
    this[kUrls] = null;
    if (init !== undefined && init !== null) {
      if (typeof init !== 'object' && typeof init !== 'function') throw new TypeError('Response init must be an object');
      initialise(this, init);
    }
    if (body !== null && body !== undefined) setBody(this, body);
  }

  /** @param {any} data @param {ResponseInit} [init] */
  static json(data, init = undefined) {
    const text = JSON.stringify(data);
    if (text === undefined) throw new TypeError('Value is not JSON serializable');
    const response = new Response(null, init);
    if (nullBodyStatus(response[kStatus])) throw new TypeError('Response with null body status cannot have body');
    response[kBody] = text;
    response[kFields] = withType(response[kFields], JSON_TYPE);
    return response;
  }

  static redirect(url, status = 302) {
    let location;
    try {
      location = new URL(String(url)).href;
    } catch (error) {
      throw new TypeError(`Failed to parse URL from ${url}`, { cause: error });
    }
    if (![301, 302, 303, 307, 308].includes(status)) throw new RangeError(`Invalid status code ${status}`);
    const response = new Response(null);
    response[kStatus] = status;
    response[kFields] = ['location', location];
    headersOf(response, 'immutable');
    return response;
  }

  static error() {
    const response = new Response(null);
    response[kStatus] = 0;
    response[kType] = 'error';
    headersOf(response, 'immutable');
    return response;
  }

  get type() { return this[kType]; }
  get url() {
    const urls = this[kUrls];
    return urls === null ? '' : urls[urls.length - 1].split('#')[0];
  }

  get redirected() { return this[kUrls] !== null && this[kUrls].length > 1; }
  get status() { return this[kStatus]; }
  get ok() { return this[kStatus] >= 200 && this[kStatus] <= 299; }
  get statusText() { return this[kStatusText]; }
  get headers() { return headersOf(this, 'response'); }

  clone() {
    const source = cloneSource(this);
    const copy = new Response(null);
    copy[kBody] = source;
    if (isStream(source)) copy[kStream] = source;
    copy[kStatus] = this[kStatus];
    copy[kStatusText] = this[kStatusText];
    copy[kFields] = listOf(headersOf(this, 'response')).slice();
    copy[kType] = this[kType];
    copy[kUrls] = this[kUrls];
    return copy;
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    const { status, statusText, headers, body, bodyUsed, ok, redirected, type, url } = this;
    return `Response ${inspect({ status, statusText, headers, body, bodyUsed, ok, redirected, type, url }, options)}`;
  }
}
mixin(Response, (response) => headersOf(response, 'response').get('content-type'));
Object.defineProperty(Response.prototype, Symbol.toStringTag, { value: 'Response', configurable: true });
for (const name of ['type', 'url', 'redirected', 'status', 'ok', 'statusText', 'headers', 'clone']) {
  Object.defineProperty(Response.prototype, name, { enumerable: true });
}
for (const name of ['json', 'redirect', 'error']) Object.defineProperty(Response, name, { enumerable: true });

function headersOf(response, guard) {
  if (response[kHeaders] !== null) return response[kHeaders];
  // From here on both have one list, which may change.
  response[kFields] = listFrom(response[kFields]);
  return (response[kHeaders] = headersOver(response[kFields], guard));
}

function setBody(response, body) {
  if (nullBodyStatus(response[kStatus])) throw new TypeError(`Response constructor: Invalid response status code ${response[kStatus]}`);
  if (typeof body === 'string') {
    response[kBody] = body;
    response[kFields] = withType(response[kFields], 'text/plain;charset=UTF-8');
    return;
  }
  const [source, type] = extract(body);
  response[kBody] = source;
  if (isStream(source)) response[kStream] = source;
  if (type !== null) response[kFields] = withType(response[kFields], type);
}

/** A response of the fetch client's. @param {string[]} list flat header list with lower-case names @param {string[]} urls */
function makeResponse(status, statusText, list, source, urls, type = 'basic') {
  const response = new Response(null);
  response[kStatus] = status;
  response[kStatusText] = statusText;
  response[kFields] = list;
  response[kBody] = source;
  response[kUrls] = urls;
  response[kType] = type;
  headersOf(response, 'immutable');
  return response;
}

module.exports = { Response, makeResponse, nullBodyStatus, kFields, kSocket, kStatus, kStatusText };
