'use strict';
// Http2ServerResponse: a response of the compatibility API.

const { codes } = require('../errors');
const { validateFunction, validateLinkHeaderValue, validateObject, validateString } = require('../validators');
const { kRequest, kResponse, kSocket } = require('./compat_symbols');
const { Stream } = require('./parts');
const { ofStream } = require('./socket_proxy');

const {
  ERR_HTTP2_HEADERS_SENT, ERR_HTTP2_INFO_STATUS_NOT_ALLOWED, ERR_HTTP2_INVALID_HEADER_VALUE,
  ERR_HTTP2_INVALID_STREAM, ERR_HTTP2_PSEUDOHEADER_NOT_ALLOWED, ERR_HTTP2_STATUS_INVALID, ERR_INVALID_ARG_VALUE,
  ERR_INVALID_CHAR, ERR_INVALID_HTTP_TOKEN, ERR_STREAM_WRITE_AFTER_END,
} = codes;
const kStream = Symbol('stream');
const kFields = Symbol('fields');
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// eslint-disable-next-line no-control-regex
const forbidden = /[^\t\x20-\x7e\x80-\xff]/;
const pseudo = new Set([':status', ':method', ':path', ':authority', ':scheme']);

let warnedOfMessage = false;
function warnOfMessage() {
  if (warnedOfMessage) return;
  warnedOfMessage = true;
  process.emitWarning('Status message is not supported by HTTP/2 (RFC7540 8.1.2.4)', 'UnsupportedWarning');
}

let warnedOfConnection = false;
/** 'connection' is dropped, with a word about it. */
function isAllowed(name, value) {
  if (name !== 'connection' || value === 'trailers') return true;
  if (!warnedOfConnection) {
    warnedOfConnection = true;
    process.emitWarning('The provided connection header is not valid, the value will be dropped from the header and ' +
      'will never be in use.', 'UnsupportedWarning');
  }
  return false;
}

function validate(name, value) {
  if (name === '' || typeof name !== 'string' || name.includes(' ')) {
    throw new ERR_INVALID_HTTP_TOKEN('Header name', name);
  }
  if (pseudo.has(name)) throw new ERR_HTTP2_PSEUDOHEADER_NOT_ALLOWED();
  if (value === undefined || value === null) throw new ERR_HTTP2_INVALID_HEADER_VALUE(value, name);
  for (const one of Array.isArray(value) ? value : [value]) {
    if (typeof one === 'string' && forbidden.test(one)) throw new ERR_INVALID_CHAR('header content', name);
  }
}

/** Node documentation: class http2.Http2ServerResponse. */
class Http2ServerResponse extends Stream {
  constructor(stream, options) {
    super(options);
    this[kStream] = stream;
    this[kFields] = {
      headers: { __proto__: null }, trailers: { __proto__: null }, closed: false, ending: false, destroyed: false,
      headRequest: false, sendDate: true, statusCode: 200,
    };
    stream[kResponse] = this;
    this.writable = true;
    this.req = stream[kRequest];
    stream.on('drain', onDrain);
    stream.on('close', onClose);
    stream.on('wantTrailers', onWantTrailers);
    stream.on('timeout', onTimeout);
  }

  // What people look at who know http.ServerResponse.
  get _header() { return this.headersSent; }
  get writableEnded() { return this[kFields].ending; }
  get finished() { return this[kFields].ending; }
  get writableCorked() { return this[kStream].writableCorked; }
  get writableHighWaterMark() { return this[kStream].writableHighWaterMark; }
  get writableFinished() { return this[kStream].writableFinished; }
  get writableLength() { return this[kStream].writableLength; }
  get writableObjectMode() { return this[kStream].writableObjectMode; }
  get writableNeedDrain() { return this[kStream].writableNeedDrain; }
  get destroyed() { return this[kFields].destroyed; }
  get socket() { return this[kFields].closed ? undefined : (this[kStream][kSocket] ??= ofStream(this[kStream])); }
  get connection() { return this.socket; }
  get stream() { return this[kStream]; }
  get headersSent() { return this[kStream].headersSent; }
  get sendDate() { return this[kFields].sendDate; }
  set sendDate(on) { this[kFields].sendDate = Boolean(on); }
  get statusCode() { return this[kFields].statusCode; }
  set statusCode(code) {
    code |= 0;
    if (code >= 100 && code < 200) throw new ERR_HTTP2_INFO_STATUS_NOT_ALLOWED();
    if (code < 100 || code > 599) throw new ERR_HTTP2_STATUS_INVALID(code);
    this[kFields].statusCode = code;
  }

  get statusMessage() {
    warnOfMessage();
    return '';
  }

  set statusMessage(message) { warnOfMessage(); }

  setTrailer(name, value) {
    validateString(name, 'name');
    name = name.trim().toLowerCase();
    validate(name, value);
    this[kFields].trailers[name] = value;
  }

  addTrailers(headers) {
    for (const [name, value] of Object.entries(headers)) this.setTrailer(name, value);
  }

  getHeader(name) {
    validateString(name, 'name');
    return this[kFields].headers[name.trim().toLowerCase()];
  }

  getHeaderNames() { return Object.keys(this[kFields].headers); }
  getHeaders() { return { __proto__: null, ...this[kFields].headers }; }

  hasHeader(name) {
    validateString(name, 'name');
    return name.trim().toLowerCase() in this[kFields].headers;
  }

  removeHeader(name) {
    validateString(name, 'name');
    if (this.headersSent) throw new ERR_HTTP2_HEADERS_SENT();
    const key = name.trim().toLowerCase();
    if (key === 'date') this[kFields].sendDate = false;
    delete this[kFields].headers[key];
  }

  setHeader(name, value) {
    validateString(name, 'name');
    if (this.headersSent) throw new ERR_HTTP2_HEADERS_SENT();
    put(this, name, value);
  }

  appendHeader(name, value) {
    validateString(name, 'name');
    if (this.headersSent) throw new ERR_HTTP2_HEADERS_SENT();
    append(this, name, value);
  }

  flushHeaders() {
    if (!this[kFields].closed && !this.headersSent) this.writeHead(this[kFields].statusCode);
  }

  /** Node documentation: response.writeHead(statusCode[, statusMessage][, headers]). */
  writeHead(statusCode, statusMessage, headers) {
    const fields = this[kFields];
    if (fields.closed || this.stream.closed || this.stream.destroyed) return this;
    if (this.headersSent) throw new ERR_HTTP2_HEADERS_SENT();
    if (typeof statusMessage === 'string') warnOfMessage();
    else if (headers === undefined) headers = statusMessage;
    if (Array.isArray(headers)) {
      if (Array.isArray(headers[0])) headers = headers.flat(1);
      if (headers.length % 2 === 1) throw new ERR_INVALID_ARG_VALUE('headers', headers);
      // The names replace what was set before; among themselves they add up.
      for (let i = 0; i < headers.length; i += 2) delete fields.headers[`${headers[i]}`.trim().toLowerCase()];
      for (let i = 0; i < headers.length; i += 2) append(this, headers[i], headers[i + 1]);
    } else if (headers !== null && typeof headers === 'object') {
      for (const name of Object.keys(headers)) put(this, name, headers[name]);
    }
    this.statusCode = statusCode;
    begin(this);
    return this;
  }

  cork() { this[kStream].cork(); }
  uncork() { this[kStream].uncork(); }

  /** Node documentation: response.write(chunk[, encoding][, callback]). */
  write(chunk, encoding, callback) {
    if (typeof encoding === 'function') [encoding, callback] = ['utf8', encoding];
    const fields = this[kFields];
    const stream = this[kStream];
    let error;
    if (fields.ending) error = new ERR_STREAM_WRITE_AFTER_END();
    else if (fields.closed) error = new ERR_HTTP2_INVALID_STREAM();
    else if (fields.destroyed) return false;
    if (error) {
      if (typeof callback === 'function') process.nextTick(callback, error);
      this.destroy(error);
      return false;
    }
    if (!stream.headersSent) this.writeHead(fields.statusCode);
    return stream.write(chunk, encoding, callback);
  }

  /** Node documentation: response.end([data[, encoding]][, callback]). */
  end(chunk, encoding, callback) {
    const stream = this[kStream];
    const fields = this[kFields];
    if (typeof chunk === 'function') [chunk, callback] = [null, chunk];
    else if (typeof encoding === 'function') [encoding, callback] = ['utf8', encoding];
    if ((fields.closed || fields.ending) && fields.headRequest === stream.headRequest) {
      if (typeof callback === 'function') process.nextTick(callback);
      return this;
    }
    if (chunk !== null && chunk !== undefined) this.write(chunk, encoding);
    fields.headRequest = stream.headRequest;
    fields.ending = true;
    if (fields.closed) {
      if (typeof callback === 'function') process.nextTick(callback);
      return this;
    }
    if (typeof callback === 'function') {
      if (stream.writableEnded) this.once('finish', callback);
      else stream.once('finish', callback);
    }
    if (!stream.headersSent) this.writeHead(fields.statusCode);
    if (stream.destroyed) onClose.call(stream);
    else stream.end();
    return this;
  }

  destroy(error) {
    if (this[kFields].destroyed) return;
    this[kFields].destroyed = true;
    this[kStream].destroy(error);
  }

  setTimeout(msecs, callback) {
    if (!this[kFields].closed) this[kStream].setTimeout(msecs, callback);
    return this;
  }

  /** Node documentation: response.createPushResponse(headers, callback). */
  createPushResponse(headers, callback) {
    validateFunction(callback, 'callback');
    if (this[kFields].closed) {
      process.nextTick(callback, new ERR_HTTP2_INVALID_STREAM());
      return;
    }
    this[kStream].pushStream(headers, {}, (error, stream) => {
      if (error) callback(error);
      else callback(null, new this.constructor(stream));
    });
  }

  /** Node documentation: response.writeInformation(statusCode[, headers]). @returns {boolean} whether it was sent */
  writeInformation(statusCode, headers) {
    if (typeof statusCode !== 'number' || statusCode < 100 || statusCode > 199 || statusCode === 101) {
      throw new ERR_HTTP2_STATUS_INVALID(statusCode);
    }
    if (headers !== undefined) validateObject(headers, 'headers');
    return inform(this, { ...headers, ':status': statusCode });
  }

  writeContinue() { return inform(this, { ':status': 100 }); }

  /** Node documentation: response.writeEarlyHints(hints). */
  writeEarlyHints(hints) {
    validateObject(hints, 'hints');
    const { link, ...rest } = hints;
    const value = validateLinkHeaderValue(link);
    if (value.length === 0) return false;
    const headers = { __proto__: null };
    for (const [name, given] of Object.entries(rest)) {
      validate(name.trim().toLowerCase(), given);
      if (!token.test(name)) throw new ERR_INVALID_HTTP_TOKEN('Header name', name);
      headers[name.trim().toLowerCase()] = given;
    }
    return inform(this, { ...headers, ':status': 103, link: value });
  }
}

function put(response, name, value) {
  const key = name.trim().toLowerCase();
  validate(key, value);
  if (!isAllowed(key, value)) return;
  if (!token.test(key)) {
    response.destroy(new ERR_INVALID_HTTP_TOKEN('Header name', name));
    return;
  }
  response[kFields].headers[key] = value;
}

function append(response, name, value) {
  const key = `${name}`.trim().toLowerCase();
  validate(key, value);
  if (!isAllowed(key, value)) return;
  if (!token.test(key)) {
    response.destroy(new ERR_INVALID_HTTP_TOKEN('Header name', name));
    return;
  }
  const { headers } = response[kFields];
  const existing = headers[key];
  headers[key] = existing === undefined ? value : [].concat(existing, value);
}

function begin(response) {
  const fields = response[kFields];
  const stream = response[kStream];
  const headers = { ...fields.headers, ':status': fields.statusCode };
  stream._sendsDate = fields.sendDate;
  stream.respond(headers, { endStream: fields.ending, waitForTrailers: true });
}

function inform(response, headers) {
  const stream = response[kStream];
  if (stream.headersSent || response[kFields].closed) return false;
  stream.additionalHeaders(headers);
  return true;
}

function onDrain() { this[kResponse]?.emit('drain'); }
function onTimeout() { this[kResponse]?.emit('timeout'); }
function onWantTrailers() { this.sendTrailers(this[kResponse] === undefined ? {} : this[kResponse][kFields].trailers); }

function onClose() {
  const response = this[kResponse];
  if (response === undefined) return;
  response[kFields].closed = true;
  this[kSocket] = undefined;
  this.removeListener('wantTrailers', onWantTrailers);
  this[kResponse] = undefined;
  response.emit('finish');
  response.emit('close');
}

module.exports = { Http2ServerResponse };
