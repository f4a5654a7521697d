'use strict';
// Header blocks: what an app gives (an object, or a flat array of names and values) as the one string that C takes, and
// what came as the object that an app gets. Node documentation: "Headers object", "Raw headers", "Sensitive headers".

const {
  codes: { ERR_HTTP2_HEADER_SINGLE_VALUE, ERR_HTTP2_INVALID_CONNECTION_HEADERS, ERR_HTTP2_INVALID_PSEUDOHEADER,
    ERR_INVALID_HTTP_TOKEN },
} = require('../errors');

const sensitiveHeaders = Symbol('sensitiveHeaders');

const SINGLE = new Set([':status', ':method', ':authority', ':scheme', ':path', ':protocol',
  'access-control-allow-credentials',
  'access-control-max-age', 'access-control-request-method', 'age', 'authorization', 'content-encoding',
    'content-language',
  'content-length', 'content-location', 'content-md5', 'content-range', 'content-type', 'date', 'dnt', 'etag',
    'expires', 'from', 'host',
  'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since', 'last-modified', 'location',
    'max-forwards',
  'proxy-authorization', 'range', 'referer', 'retry-after', 'tk', 'upgrade-insecure-requests', 'user-agent',
    'x-content-type-options']);
const PSEUDO = new Set([':status', ':method', ':authority', ':scheme', ':path', ':protocol']);
const ONLY_STATUS = new Set([':status']);
const NONE = new Set();
const OF_CONNECTION = new Set(['connection', 'http2-settings', 'keep-alive', 'proxy-connection', 'transfer-encoding',
  'upgrade']);

/** Fields that HTTP/2 does not have (RFC 9113 section 8.2.2). */
const isOfConnection = (name, value) => OF_CONNECTION.has(name) || (name === 'te' && value !== 'trailers');

class Block {
  constructor(pseudo, strict, sensitive) {
    this.allowed = pseudo;
    this.seen = strict ? new Set() : undefined;
    this.sensitive = sensitive === undefined ? undefined : new Set(sensitive.map((name) => name.toLowerCase()));
    this.first = ''; // pseudo-headers
    this.rest = '';
    this.count = 0;
  }

  add(given, value) {
    const name = given.toLowerCase();
    if (Array.isArray(value)) {
      if (value.length === 0) return;
      if (value.length > 1) {
        if (this.seen !== undefined && SINGLE.has(name)) throw new ERR_HTTP2_HEADER_SINGLE_VALUE(name);
        this.check(name, value);
        for (const one of value) this.put(name, `${one}`);
        return;
      }
      value = value[0];
    }
    value = `${value}`;
    if (this.seen !== undefined && SINGLE.has(name)) {
      if (this.seen.has(name)) throw new ERR_HTTP2_HEADER_SINGLE_VALUE(name);
      this.seen.add(name);
    }
    this.check(name, value);
    this.put(name, value);
  }

  check(name, value) {
    if (name.charCodeAt(0) === 58) { // :
      if (!this.allowed.has(name)) throw new ERR_HTTP2_INVALID_PSEUDOHEADER(name);
      return;
    }
    if (name.includes(' ')) throw new ERR_INVALID_HTTP_TOKEN('Header name', name);
    if (isOfConnection(name, value)) throw new ERR_HTTP2_INVALID_CONNECTION_HEADERS(name);
  }

  put(name, value) {
    // A NUL would end the value where C reads it. No peer takes a message with what is sent in its place.
    if (value.includes('\0')) [name, value] = [':invalid', ''];
    const field = `${name}\0${value}\0${this.sensitive?.has(name) ? '1' : '0'}`;
    if (name.charCodeAt(0) === 58) this.first += field;
    else this.rest += field;
    this.count++;
  }
}

/**
 * @param {object | string[]} headers
 * @param {Set<string>} pseudo the pseudo-headers that may be among them: PSEUDO, ONLY_STATUS, NONE
 * @param {boolean} strict fields that have one value are checked
 * @returns {[string, number]} the block and how many fields it has
 */
function block(headers, pseudo, strict) {
  const made = new Block(pseudo, strict, headers[sensitiveHeaders]);
  if (Array.isArray(headers)) {
    for (let i = 0; i < headers.length; i += 2) {
      if (headers[i] !== undefined && headers[i + 1] !== undefined) made.add(headers[i], headers[i + 1]);
    }
  } else {
    for (const name of Object.keys(headers)) {
      const value = headers[name];
      if (value !== undefined && name !== '') made.add(name, value);
    }
  }
  return [made.first + made.rest, made.count];
}

/** @param {string[]} list name, value, ... in lower case @param {string[] | undefined} sensitive @returns {object} */
function toObject(list, sensitive) {
  const headers = { __proto__: null };
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i];
    const value = list[i + 1];
    const existing = headers[name];
    if (existing === undefined) {
      headers[name] = name === ':status' ? Number(value) : name === 'set-cookie' ? [value] : value;
    } else if (SINGLE.has(name)) {
      continue;
    } else if (name === 'cookie') {
      headers[name] = `${existing}; ${value}`;
    } else if (name === 'set-cookie') {
      existing.push(value);
    } else {
      headers[name] = `${existing}, ${value}`;
    }
  }
  headers[sensitiveHeaders] = sensitive ?? [];
  return headers;
}

/** The object of a flat array that an app gave. */
function fromRaw(list) {
  const headers = { __proto__: null };
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i];
    headers[name] = headers[name] === undefined ? list[i + 1] : [].concat(headers[name], list[i + 1]);
  }
  if (list[sensitiveHeaders] !== undefined) headers[sensitiveHeaders] = list[sensitiveHeaders];
  return headers;
}

/** A field of a flat array, or undefined. @param {string[]} list @param {string} name in lower case */
function fieldOf(list, name) {
  for (let i = 0; i < list.length; i += 2) if (list[i].toLowerCase() === name) return list[i + 1];
  return undefined;
}

module.exports = { NONE, ONLY_STATUS, PSEUDO, block, fieldOf, fromRaw, isOfConnection, sensitiveHeaders, toObject };
