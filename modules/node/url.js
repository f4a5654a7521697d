'use strict';
// node:url. The WHATWG URL is modules/web/url.js, the legacy API modules/internal/legacy_url.js.

const {
  codes: {
    ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_FILE_URL_HOST, ERR_INVALID_FILE_URL_PATH, ERR_INVALID_URL,
    ERR_INVALID_URL_SCHEME, ERR_MISSING_ARGS,
  },
} = require('../internal/errors');
const { validateString } = require('../internal/validators');
const { URL, URLSearchParams } = require('../web/url');
const { Url, urlFormat, urlParse, urlResolve, urlResolveObject } = require('../internal/legacy_url');
const { isInsideNodeModules } = require('../internal/call_sites');
const path = require('./path');

const binding = internalBinding('url');

const isURL = (value) => Boolean(value?.href && value.protocol && value.auth === undefined && value.path === undefined);

function windowsPath(url) {
  if (/%(?:2f|5c)/i.test(url.pathname)) {
    throw new ERR_INVALID_FILE_URL_PATH('must not include encoded \\ or / characters', url);
  }
  const pathname = decodeURIComponent(url.pathname.replaceAll('/', '\\'));
  if (url.hostname !== '') return `\\\\${domainToUnicode(url.hostname)}${pathname}`;
  if (!/^\\[A-Za-z]:/.test(pathname)) throw new ERR_INVALID_FILE_URL_PATH('must be absolute', url);
  return pathname.slice(1);
}

/** @param {string|URL} url of scheme file: @param {{windows?: boolean}} [options] @returns {string} a path */
function fileURLToPath(url, options = undefined) {
  if (typeof url === 'string') url = new URL(url);
  else if (!isURL(url)) throw new ERR_INVALID_ARG_TYPE('path', ['string', 'URL'], url);
  if (url.protocol !== 'file:') throw new ERR_INVALID_URL_SCHEME('file');
  if (options?.windows) return windowsPath(url);
  if (url.hostname !== '') throw new ERR_INVALID_FILE_URL_HOST(process.platform);
  const { pathname } = url;
  if (!pathname.includes('%')) return pathname;
  if (/%2f/i.test(pathname)) throw new ERR_INVALID_FILE_URL_PATH('must not include encoded / characters', url);
  return decodeURIComponent(pathname);
}

const fileEscapes = {
  '%': '%25', '\\': '%5C', '\n': '%0A', '\r': '%0D', '\t': '%09', '?': '%3F', '#': '%23', '[': '%5B',
  ']': '%5D', '|': '%7C', '~': '%7E',
};

/** @param {string} file @param {{windows?: boolean}} [options] @returns {URL} */
function pathToFileURL(file, options = undefined) {
  validateString(file, 'path');
  const windows = options?.windows ?? false;
  if (windows && file.startsWith('\\\\?\\')) file = /^\\\\\?\\UNC\\/i.test(file) ? `\\\\${file.slice(8)}` : file.slice(4);
  if (windows && file.startsWith('\\\\')) {
    const end = file.indexOf('\\', 2);
    if (end === -1) throw new ERR_INVALID_ARG_VALUE('path', file, 'Missing UNC resource path');
    if (end === 2) throw new ERR_INVALID_ARG_VALUE('path', file, 'Empty UNC servername');
    const url = new URL('file://');
    const host = file.slice(2, end);
    url.hostname = host;
    if (/[ @:[\]]/.test(host) || url.hostname === '') throw new ERR_INVALID_URL(file);
    url.pathname = file.slice(end).replaceAll('\\', '/').replace(/[%\n\r\t?#[\]|~]/g, (c) => fileEscapes[c]);
    return url;
  }
  let resolved = windows ? path.win32.resolve(file) : path.resolve(file);
  const last = file.charCodeAt(file.length - 1);
  if ((last === 47 || (windows && last === 92)) && resolved.at(-1) !== (windows ? '\\' : '/')) resolved += '/';
  if (windows) resolved = `/${resolved.replaceAll('\\', '/')}`;
  return new URL(`file://${resolved.replace(windows ? /[%\n\r\t?#[\]|~]/g : /[%\\\n\r\t?#[\]|~]/g, (c) => fileEscapes[c])}`);
}

/** @returns {object} options for http.request() */
function urlToHttpOptions(url) {
  if (typeof url !== 'object' || url === null) throw new ERR_INVALID_ARG_TYPE('url', 'object', url);
  const { hostname, pathname, port, username, password, search } = url;
  const options = {
    __proto__: null,
    ...url,
    protocol: url.protocol,
    hostname: hostname && hostname[0] === '[' ? hostname.slice(1, -1) : hostname,
    hash: url.hash,
    search,
    pathname,
    path: `${pathname || ''}${search || ''}`,
    href: url.href,
  };
  if (port !== '') options.port = Number(port);
  if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}

/** @returns {string} the ASCII form of a domain, '' where it is invalid */
function domainToASCII(domain) {
  if (arguments.length < 1) throw new ERR_MISSING_ARGS('domain');
  return binding.domainToASCII(`${domain}`);
}

/** @returns {string} the Unicode form of a domain, '' where it is invalid */
function domainToUnicode(domain) {
  if (arguments.length < 1) throw new ERR_MISSING_ARGS('domain');
  return binding.domainToUnicode(`${domain}`);
}

let told = false;

/** DEP0169: the app's own calls are told once, packages' are not. Node documentation: url.parse. */
function parse(text, parseQueryString, slashesDenoteHost) {
  if (!told && !isInsideNodeModules()) {
    told = true;
    process.emitWarning('`url.parse()` behavior is not standardized and prone to errors that have security implications. Use the ' +
      'WHATWG URL API instead. CVEs are not issued for `url.parse()` vulnerabilities.', 'DeprecationWarning', 'DEP0169');
  }
  return urlParse(text, parseQueryString, slashesDenoteHost);
}

module.exports = {
  Url,
  parse,
  resolve: urlResolve,
  resolveObject: urlResolveObject,
  format: urlFormat,
  URL,
  URLSearchParams,
  domainToASCII,
  domainToUnicode,
  pathToFileURL,
  fileURLToPath,
  fileURLToPathBuffer: (url, options) => require('./buffer').Buffer.from(fileURLToPath(url, options)),
  urlToHttpOptions,
};
require('../internal/util').defineLazy(module.exports, { URLPattern: () => require('../web/url_pattern').URLPattern });
