'use strict';
// Parsing of URLs into their components. Common http(s) URLs are taken apart by two regular expressions which accept only
// what the URL standard's parser leaves as it is; everything else goes to whatwg-url's state machine, loaded on demand.

const HTTP = /^(https?:)\/\/([a-z0-9.-]+)(?::([1-9]\d{0,4}|0))?(\/[!$%&'()*+,\-./0-9:;=@A-Z_a-z~[\]|]*)?(\?[!$%&()*+,\-./0-9:;=?@A-Z[\\\]^_`a-z{|}~]*)?(#[!#$%&'()*+,\-./0-9:;=?@A-Z[\\\]^_a-z{|}~]*)?$/;
const PATH = /^(\/(?!\/)[!$%&'()*+,\-./0-9:;=@A-Z_a-z~[\]|]*)(\?[!$%&()*+,\-./0-9:;=?@A-Z[\\\]^_`a-z{|}~]*)?(#[!#$%&'()*+,\-./0-9:;=?@A-Z[\\\]^_a-z{|}~]*)?$/;
const DOTS = /\/\.\.?(?:\/|$)|%2e/i;
const PLAIN_IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;

/** A host that ends in a number is an IPv4 address; names of other scripts ('xn--') need checks. */
function hostIsPlain(host) {
  const lastDot = host.lastIndexOf('.');
  const first = host.charCodeAt(lastDot + 1);
  if (first >= 48 && first <= 57) return PLAIN_IPV4.test(host);
  return lastDot !== host.length - 1 && !host.includes('xn--') && !host.includes('..') && host.charCodeAt(0) !== 46;
}

const part = (text) => (text === undefined || text.length < 2 ? '' : text);

/** Components as URL's properties name them. `port` is '' for the scheme's default. */
class Components {
  constructor(protocol, username, password, hostname, port, pathname, search, hash, opaque, href) {
    this.protocol = protocol;
    this.username = username;
    this.password = password;
    this.hostname = hostname;
    this.port = port;
    this.pathname = pathname;
    this.search = search;
    this.hash = hash;
    this.opaque = opaque; // null host: 'mailto:', 'data:'
    this.href = href;
  }
}

function fastParse(input) {
  const match = HTTP.exec(input);
  if (match === null || !hostIsPlain(match[2])) return null;
  const path = match[4] ?? '/';
  if (DOTS.test(path)) return null;
  let port = match[3] ?? '';
  if (port !== '') {
    if (+port > 65535) return null;
    if ((port === '80' && match[1] === 'http:') || (port === '443' && match[1] === 'https:')) port = '';
  }
  const { 1: protocol, 2: host, 5: query, 6: fragment } = match;
  const search = query ?? '';
  const hash = fragment ?? '';
  const href = `${protocol}//${host}${port === '' ? '' : `:${port}`}${path}${search}${hash}`;
  return new Components(protocol, '', '', host, port, path, part(search), part(hash), false, href);
}

let lastBase = '';
let lastBaseComponents = null;
function parseBase(base) {
  if (base !== lastBase || lastBaseComponents === null) {
    lastBaseComponents = fastParse(base);
    lastBase = base;
  }
  return lastBaseComponents;
}

let machine;
/** whatwg-url's state machine */
function stateMachine() {
  return (machine ??= require('whatwg-url/lib/url-state-machine.js'));
}

/** Components of a record of the state machine. */
function fromRecord(record) {
  const { serializeHost, serializePath, serializeURL, hasAnOpaquePath } = stateMachine();
  return new Components(`${record.scheme}:`, record.username, record.password, record.host === null ? '' : serializeHost(record.host),
                        record.port === null ? '' : `${record.port}`, serializePath(record), record.query ? `?${record.query}` : '',
                        record.fragment ? `#${record.fragment}` : '', hasAnOpaquePath(record) || record.host === null, serializeURL(record));
}

/** @returns {object|null} a record of the state machine */
function parseRecord(input, base) {
  const { parseURL } = stateMachine();
  if (base === undefined) return parseURL(input);
  const baseRecord = parseURL(base);
  return baseRecord === null ? null : parseURL(input, { baseURL: baseRecord });
}

/** @param {string} input @param {string} [base] @returns {Components|null} null where the URL is invalid */
function parse(input, base) {
  if (base === undefined) {
    const fast = fastParse(input);
    if (fast !== null) return fast;
  } else {
    const match = PATH.exec(input);
    if (match !== null && !DOTS.test(match[1])) {
      const from = parseBase(base);
      if (from !== null) {
        const search = match[2] ?? '';
        const hash = match[3] ?? '';
        const href = `${from.protocol}//${from.hostname}${from.port === '' ? '' : `:${from.port}`}${match[1]}${search}${hash}`;
        return new Components(from.protocol, '', '', from.hostname, from.port, match[1], part(search), part(hash), false, href);
      }
    }
    const absolute = parseBase(base) === null ? null : fastParse(input);
    if (absolute !== null) return absolute;
  }
  const record = parseRecord(input, base);
  return record === null ? null : fromRecord(record);
}

module.exports = { fromRecord, parse, parseRecord, stateMachine };
