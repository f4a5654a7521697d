'use strict';
// url.parse, url.format and url.resolve: the URL API from before the URL standard, with its own idea of what a URL is.

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_URL },
} = require('./errors');
const { validateObject, validateString } = require('./validators');

const protocolPattern = /^[a-z0-9.+-]+:/i;
const hostPattern = /^\/\/[^@/]+@[^@/]+/;
const simplePath = /^(\/\/?(?!\/)[^?\s]*)(\?[^\s]*)?$/;
const hostless = new Set(['javascript', 'javascript:']);
const slashed = new Set(['http', 'http:', 'https', 'https:', 'ftp', 'ftp:', 'gopher', 'gopher:', 'file', 'file:', 'ws', 'ws:', 'wss', 'wss:']);
const FORBIDDEN_HOST = /[\0\t\n\r #%/:<>?@[\\\]^|]/;
const FORBIDDEN_HOST_IPV6 = /[\0\t\n\r #%/<>?@\\^|]/;

const escapes = {
  '\t': '%09', '\n': '%0A', '\r': '%0D', ' ': '%20', '"': '%22', "'": '%27', '<': '%3C', '>': '%3E', '\\': '%5C', '^': '%5E', '`': '%60',
  '{': '%7B', '|': '%7C', '}': '%7D',
};

class Url {
  constructor() {
    this.protocol = null;
    this.slashes = null;
    this.auth = null;
    this.host = null;
    this.port = null;
    this.hostname = null;
    this.hash = null;
    this.search = null;
    this.query = null;
    this.pathname = null;
    this.path = null;
    this.href = null;
  }
}

/** Trims, and turns backslashes before the query into slashes. */
function prepare(text) {
  text = text.replace(/^[\0-\x20\s\ufeff\u00a0]+|[\0-\x20\s\ufeff\u00a0]+$/g, '');
  const end = text.search(/[?#]/);
  if (end === -1) return text.replaceAll('\\', '/');
  return text.slice(0, end).replaceAll('\\', '/') + text.slice(end);
}

function setQuery(url, parseQueryString) {
  if (url.search !== null) {
    url.query = parseQueryString ? require('../node/querystring').parse(url.search.slice(1)) : url.search.slice(1);
  } else if (parseQueryString) {
    url.query = { __proto__: null };
  }
}

/** Where the host ends: at a slash, '?' or '#', or at what no host may contain; the last '@' before is the auth's end. */
function splitHost(rest) {
  let at = -1;
  let nonHost = -1;
  loop: for (let i = 0; i < rest.length; i++) {
    switch (rest[i]) {
      case '\t': case '\n': case '\r': rest = rest.slice(0, i) + rest.slice(i + 1); i--; break;
      case ' ': case '"': case '%': case "'": case ';': case '<': case '>': case '\\': case '^': case '`': case '{': case '|': case '}':
        if (nonHost === -1) nonHost = i;
        break;
      case '#': case '/': case '?':
        if (nonHost === -1) nonHost = i;
        break loop;
      case '@':
        at = i;
        nonHost = -1;
        break;
      default:
    }
  }
  const start = at === -1 ? 0 : at + 1;
  const end = nonHost === -1 ? rest.length : nonHost;
  return { auth: at === -1 ? null : decodeURIComponent(rest.slice(0, at)), host: rest.slice(start, end), rest: rest.slice(end) };
}

let portTold = false;
function tellInvalidPort(text) {
  if (portTold) return;
  portTold = true;
  process.emitWarning(`The URL ${text} is invalid. Future versions of Node.js will throw an error.`, 'DeprecationWarning', 'DEP0170');
}

function parseHost(url, text) {
  const match = /:[0-9]*$/.exec(url.host);
  let { host } = url;
  if (match) {
    if (match[0] !== ':') url.port = match[0].slice(1);
    host = host.slice(0, -match[0].length);
  }
  if (typeof host !== 'string') host = '';
  url.hostname = host;
  const ipv6 = host[0] === '[' && host.endsWith(']');
  if (!ipv6 && host !== '') {
    const colon = host.indexOf(':'); // of no port: the path begins there
    if (colon !== -1) {
      tellInvalidPort(text);
      url.hostname = host.slice(0, colon);
      return `/${host.slice(colon)}`;
    }
  } else if (ipv6 && FORBIDDEN_HOST_IPV6.test(host)) {
    throw new ERR_INVALID_URL(text);
  }
  return '';
}

/** The usual case in a server, '/path?query' of plain characters, without regular expressions. */
function parsePlainPath(url, text, parseQueryString) {
  if (text.charCodeAt(0) !== 47 || text.charCodeAt(1) === 47) return false;
  let question = -1;
  for (let i = 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 32 || code >= 127 || code === 35 || code === 64 || code === 92) return false;
    if (code === 63 && question === -1) question = i;
  }
  url.path = text;
  url.href = text;
  url.pathname = question === -1 ? text : text.slice(0, question);
  if (question !== -1) url.search = text.slice(question);
  setQuery(url, parseQueryString);
  return true;
}

Url.prototype.parse = function parse(text, parseQueryString, slashesDenoteHost) {
  validateString(text, 'url');
  if (!slashesDenoteHost && parsePlainPath(this, text, parseQueryString)) return this;
  let rest = prepare(text);
  if (!slashesDenoteHost && !rest.includes('#') && !rest.includes('@')) {
    const simple = simplePath.exec(rest);
    if (simple) {
      this.path = rest;
      this.href = rest;
      this.pathname = simple[1];
      if (simple[2]) this.search = simple[2];
      setQuery(this, parseQueryString);
      return this;
    }
  }
  let protocol;
  const match = protocolPattern.exec(rest);
  if (match) {
    [protocol] = match;
    this.protocol = protocol.toLowerCase();
    rest = rest.slice(protocol.length);
  }
  const lower = this.protocol ?? undefined;
  let slashes = false;
  if (slashesDenoteHost || protocol || hostPattern.test(rest)) {
    slashes = rest.startsWith('//');
    if (slashes && !(lower !== undefined && hostless.has(lower))) {
      rest = rest.slice(2);
      this.slashes = true;
    }
  }
  if (!(lower !== undefined && hostless.has(lower)) && (slashes || (protocol && !slashed.has(lower)))) {
    const parts = splitHost(rest);
    rest = parts.rest;
    this.auth = parts.auth;
    this.host = parts.host;
    rest = parseHost(this, text) + rest;
    this.hostname = this.hostname.length > 255 ? '' : this.hostname.toLowerCase();
    if (/[^\0-\x7f]/.test(this.hostname)) {
      const ascii = require('../node/url').domainToASCII(this.hostname);
      if (ascii === '') throw new ERR_INVALID_URL(text);
      this.hostname = ascii;
    }
    const ipv6 = this.hostname[0] === '[' && this.hostname.endsWith(']');
    if (!ipv6 && FORBIDDEN_HOST.test(this.hostname)) throw new ERR_INVALID_URL(text);
    this.host = (this.hostname || '') + (this.port ? `:${this.port}` : '');
    if (ipv6) {
      this.hostname = this.hostname.slice(1, -1);
      if (rest[0] !== '/') rest = `/${rest}`;
    }
  }
  if (lower === undefined || !hostless.has(lower)) rest = rest.replace(/[\t\n\r "'<>\\^`{|}]/g, (c) => escapes[c]);
  const hash = rest.indexOf('#');
  if (hash !== -1) {
    this.hash = rest.slice(hash);
    rest = rest.slice(0, hash);
  }
  const question = rest.indexOf('?');
  if (question !== -1) {
    this.search = rest.slice(question);
    rest = rest.slice(0, question);
  }
  setQuery(this, parseQueryString);
  if (rest) this.pathname = rest;
  else if (lower !== undefined && slashed.has(lower) && this.hostname) this.pathname = '/';
  if (this.pathname || this.search) this.path = (this.pathname ?? '') + (this.search ?? '');
  this.href = this.format();
  return this;
};

Url.prototype.format = function format() {
  let auth = this.auth || '';
  if (auth) auth = `${encodeURIComponent(auth).replace(/%3A/i, ':').replace(/%(?:21|27|28|29|2A)/gi, decodeURIComponent)}@`;
  let protocol = this.protocol || '';
  let pathname = this.pathname || '';
  let hash = this.hash || '';
  let host = '';
  let query = '';
  if (this.host) {
    host = auth + this.host;
  } else if (this.hostname) {
    host = auth + (this.hostname.includes(':') && !(this.hostname[0] === '[') ? `[${this.hostname}]` : this.hostname);
    if (this.port) host += `:${this.port}`;
  }
  if (this.query !== null && typeof this.query === 'object') query = require('../node/querystring').stringify(this.query);
  let search = this.search || (query && `?${query}`) || '';
  if (protocol && !protocol.endsWith(':')) protocol += ':';
  pathname = pathname.replace(/[#?]/g, (c) => (c === '#' ? '%23' : '%3F'));
  if (this.slashes || slashed.has(protocol)) {
    if (this.slashes || host) {
      if (pathname && pathname[0] !== '/') pathname = `/${pathname}`;
      host = `//${host}`;
    } else if (protocol.length >= 4 && protocol.startsWith('file')) {
      host = '//';
    }
  }
  search = search.replaceAll('#', '%23');
  if (hash && hash[0] !== '#') hash = `#${hash}`;
  if (search && search[0] !== '?') search = `?${search}`;
  return protocol + host + pathname + search + hash;
};

Url.prototype.resolve = function resolve(relative) {
  return this.resolveObject(urlParse(relative, false, true)).format();
};

function finishPath(url) {
  if (url.pathname !== null || url.search !== null) url.path = (url.pathname || '') + (url.search || '');
  url.href = url.format();
  return url;
}

Url.prototype.resolveObject = function resolveObject(relative) {
  if (typeof relative === 'string') relative = urlParse(relative, false, true);
  const result = Object.assign(new Url(), this);
  result.hash = relative.hash;
  if (relative.href === '') {
    result.href = result.format();
    return result;
  }
  // '//host/path': the protocol stays.
  if (relative.slashes && !relative.protocol) {
    for (const key of Object.keys(relative)) if (key !== 'protocol') result[key] = relative[key];
    if (slashed.has(result.protocol) && result.hostname && !result.pathname) result.path = result.pathname = '/';
    result.href = result.format();
    return result;
  }
  if (relative.protocol && relative.protocol !== result.protocol) {
    if (!slashed.has(relative.protocol)) {
      Object.assign(result, relative);
      result.href = result.format();
      return result;
    }
    result.protocol = relative.protocol;
    if (!relative.host && !/^file:?$/.test(relative.protocol) && !hostless.has(relative.protocol)) {
      const path = (relative.pathname || '').split('/');
      while (path.length && !(relative.host = path.shift()));
      relative.host ||= '';
      relative.hostname ||= '';
      if (path[0] !== '') path.unshift('');
      if (path.length < 2) path.unshift('');
      result.pathname = path.join('/');
    } else {
      result.pathname = relative.pathname;
    }
    result.search = relative.search;
    result.query = relative.query;
    result.host = relative.host || '';
    result.auth = relative.auth;
    result.hostname = relative.hostname || relative.host;
    result.port = relative.port;
    result.slashes ||= relative.slashes;
    return finishPath(result);
  }

  const sourceAbsolute = result.pathname && result.pathname[0] === '/';
  const relativeAbsolute = relative.host || (relative.pathname && relative.pathname[0] === '/');
  let mustEndAbsolute = relativeAbsolute || sourceAbsolute || (result.host && relative.pathname);
  const removeAllDots = mustEndAbsolute;
  let source = (result.pathname && result.pathname.split('/')) || [];
  const path = (relative.pathname && relative.pathname.split('/')) || [];
  const noLeadingSlashes = result.protocol && !slashed.has(result.protocol);
  if (noLeadingSlashes) {
    result.hostname = '';
    result.port = null;
    if (result.host) {
      if (source[0] === '') source[0] = result.host;
      else source.unshift(result.host);
    }
    result.host = '';
    if (relative.protocol) {
      relative.hostname = null;
      relative.port = null;
      result.auth = null;
      if (relative.host) {
        if (path[0] === '') path[0] = relative.host;
        else path.unshift(relative.host);
      }
      relative.host = null;
    }
    mustEndAbsolute &&= path[0] === '' || source[0] === '';
  }
  if (relativeAbsolute) {
    if (relative.host || relative.host === '') {
      if (result.host !== relative.host) result.auth = null;
      result.host = relative.host;
      result.port = relative.port;
    }
    if (relative.hostname || relative.hostname === '') {
      if (result.hostname !== relative.hostname) result.auth = null;
      result.hostname = relative.hostname;
    }
    result.search = relative.search;
    result.query = relative.query;
    source = path;
  } else if (path.length) {
    source.pop();
    source = source.concat(path);
    result.search = relative.search;
    result.query = relative.query;
  } else if (relative.search !== null && relative.search !== undefined) {
    if (noLeadingSlashes) {
      result.hostname = result.host = source.shift();
      splitAuth(result);
    }
    result.search = relative.search;
    result.query = relative.query;
    return finishPath(result);
  }
  if (!source.length) {
    result.pathname = null;
    result.path = result.search ? `/${result.search}` : null;
    result.href = result.format();
    return result;
  }
  const last = source[source.length - 1];
  const trailing = ((result.host || relative.host || source.length > 1) && (last === '.' || last === '..')) || last === '';
  let up = 0;
  for (let i = source.length - 1; i >= 0; i--) {
    if (source[i] === '.') {
      source.splice(i, 1);
    } else if (source[i] === '..') {
      source.splice(i, 1);
      up++;
    } else if (up > 0) {
      source.splice(i, 1);
      up--;
    }
  }
  if (!mustEndAbsolute && !removeAllDots) while (up-- > 0) source.unshift('..');
  if (mustEndAbsolute && source[0] !== '' && (!source[0] || source[0][0] !== '/')) source.unshift('');
  if (trailing && source.join('/').at(-1) !== '/') source.push('');
  const isAbsolute = source[0] === '' || (source[0] && source[0][0] === '/');
  if (noLeadingSlashes) {
    result.hostname = result.host = isAbsolute ? '' : source.length ? source.shift() : '';
    splitAuth(result);
  }
  mustEndAbsolute ||= result.host && source.length;
  if (mustEndAbsolute && !isAbsolute) source.unshift('');
  if (source.length) {
    result.pathname = source.join('/');
  } else {
    result.pathname = null;
    result.path = null;
  }
  if (result.pathname !== null || result.search !== null) result.path = (result.pathname || '') + (result.search || '');
  result.auth = relative.auth || result.auth;
  result.slashes ||= relative.slashes;
  result.href = result.format();
  return result;
};

function splitAuth(url) {
  const at = url.host?.indexOf('@') ?? -1;
  if (at > 0) {
    url.auth = url.host.slice(0, at);
    url.host = url.hostname = url.host.slice(at + 1);
  }
}

/** @returns {Url} url.parse */
function urlParse(url, parseQueryString, slashesDenoteHost) {
  if (url instanceof Url) return url;
  return new Url().parse(url, parseQueryString, slashesDenoteHost);
}

/** url.format: of a string, a legacy object, or a URL with {auth, fragment, search, unicode}. */
function urlFormat(value, options) {
  if (typeof value === 'string') return urlParse(value).format();
  if (typeof value !== 'object' || value === null) throw new ERR_INVALID_ARG_TYPE('urlObject', ['Object', 'string'], value);
  const { URL } = require('../web/url');
  if (value instanceof URL) {
    let { auth = true, fragment = true, search = true, unicode = false } = options ?? {};
    if (options !== undefined && options !== null) validateObject(options, 'options');
    auth = Boolean(auth);
    const copy = new URL(value.href);
    if (!fragment) copy.hash = '';
    if (!search) copy.search = '';
    if (!auth) {
      copy.username = '';
      copy.password = '';
    }
    if (!unicode) return copy.href;
    return copy.href.replace(copy.hostname, require('../node/url').domainToUnicode(copy.hostname));
  }
  return Url.prototype.format.call(value);
}

module.exports = {
  Url,
  urlFormat,
  urlParse,
  urlResolve: (from, to) => urlParse(from, false, true).resolve(to),
  urlResolveObject: (from, to) => (from ? urlParse(from, false, true).resolveObject(to) : to),
};
