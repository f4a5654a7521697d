'use strict';
// http.OutgoingMessage: the header fields of a message, its framing, and its bytes when they go to a plain stream (a
// client's request, or a response that somebody gave a socket of their own with assignSocket). A response of the
// engine's overrides the last part (server_response.js).
//
// Header fields are a flat list [Field, name, value, ...]: messages have few of them, and comparing interned names is
// cheaper than making a dictionary per message. `null` means that none was ever set, so that writeHead can serialise
// the app's own object without copying it.

const Stream = require('../../node/stream');
const EventEmitter = require('../../node/events');
const {
  codes: {
    ERR_HTTP_BODY_NOT_ALLOWED, ERR_HTTP_CONTENT_LENGTH_MISMATCH, ERR_HTTP_HEADERS_SENT, ERR_HTTP_TRAILER_INVALID,
    ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_CHAR, ERR_METHOD_NOT_IMPLEMENTED, ERR_STREAM_ALREADY_FINISHED,
    ERR_STREAM_CANNOT_PIPE, ERR_STREAM_DESTROYED, ERR_STREAM_NULL_VALUES, ERR_STREAM_WRITE_AFTER_END,
  },
} = require('../errors');
const { validateString } = require('../validators');
const fields = require('./fields');
const { fieldOf, lineOf, validateHeaderName, validateValues } = fields;

const emitterOn = EventEmitter.prototype.on;
const HIGH_WATER_MARK = 65536;

// What the app's own header lines said (this._facts).
const HAS_CONNECTION = 1;
const HAS_CLOSE = 2;
const HAS_LENGTH = 4;
const HAS_CHUNKED = 8;
const HAS_DATE = 16;
const HAS_EXPECT = 32;
const HAS_TRAILER = 64;
const HAS_KEEP_ALIVE = 128;
const HAS_ENCODING = 256;
const AT_END = 512; // the head is decided by end(): the body's length is known

/** https://nodejs.org/docs/latest-v24.x/api/http.html#class-httpoutgoingmessage */
function OutgoingMessage(options) {
  this._events = undefined;
  this._eventsCount = 0;
  this._maxListeners = undefined;
  this._fields = null;
  this._block = null; // serialised header lines, once decided
  this._facts = 0;
  this._length = -1; // the app's Content-Length
  this._startLine = '';
  this._headSent = false;
  this.finished = false;
  this.destroyed = false;
  this.sendDate = true;
  this._hasBody = true;
  this._trailer = '';
  this._written = 0;
  this._peer = undefined; // the socket
  this._queue = null; // outputData, once there is any
  this._finishState = 0;
}
Object.setPrototypeOf(OutgoingMessage.prototype, Stream.prototype);
Object.setPrototypeOf(OutgoingMessage, Stream);
const { prototype } = OutgoingMessage;

// _finishState
const ENDING = 1; // 'finish' is on its way
const FINISHED = 2;
const CLOSED = 3;

for (const [name, value] of Object.entries({
  writable: true,
  chunkedEncoding: false,
  shouldKeepAlive: true,
  maxRequestsOnConnectionReached: false,
  useChunkedEncodingByDefault: true,
  strictContentLength: false,
  _defaultKeepAlive: true,
  _unique: null,
  _removedConnection: false,
  _removedContLen: false,
  _removedTE: false,
  _last: false,
  _closed: false,
  _keepAliveTimeout: 0,
  _corked: 0,
  _errored: undefined,
  _needDrain: false,
  _chunked: false,
  outputSize: 0,
})) Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: true });

function accessor(name, get, set) {
  Object.defineProperty(prototype, name, { get, set, configurable: true, enumerable: true });
}

accessor('socket', function get() { return this._peer === undefined ? null : this._peer; },
  function set(socket) { this._peer = socket; });
accessor('connection', function get() { return this.socket; }, function set(socket) { this.socket = socket; });
accessor('errored', function get() { return this._errored; });
/** What waits for a socket: {data, encoding, callback}. */
accessor('outputData', function get() { return (this._queue ??= []); }, function set(list) { this._queue = list; });
accessor('closed', function get() { return this._closed; });
accessor('headersSent', function get() { return this._block !== null; });
accessor('_contentLength', function get() { return this._length < 0 ? null : this._length; },
  function set(length) { this._length = length ?? -1; });
accessor('writableEnded', function get() { return this.finished; });
accessor('writableFinished', function get() { return this.finished && this._finishState >= FINISHED; });
accessor('writableObjectMode', function get() { return false; });
accessor('writableHighWaterMark', function get() { return this.socket?.writableHighWaterMark ?? HIGH_WATER_MARK; });
accessor('writableLength', function get() { return this.outputSize + (this.socket?.writableLength ?? 0); });
accessor('writableCorked', function get() { return this._corked; });
accessor('writableNeedDrain', function get() { return !this.destroyed && !this.finished && this._needDrain; });
/** The whole head as text, as some packages look at it; null until it is decided. */
accessor('_header', function get() {
  if (this._block === null) return null;
  const first = typeof this._startLine === 'string' ? this._startLine : `HTTP/1.1 ${this._startLine} ${this.statusMessage}\r\n`;
  return `${first}${this._block}${this._framingLines()}\r\n`;
}, function set(text) { this._block = text; });
accessor('_headers', function get() { return this.getHeaders(); });
accessor('_headerSent', function get() { return this._headSent; }, function set(sent) { this._headSent = sent; });

prototype.on = function on(type, listener) {
  // 'finish' and 'close' are not scheduled where nobody listens: a listener that comes in the same turn still gets them.
  if (this._finishState === ENDING && (type === 'finish' || type === 'close')) this._scheduleFinish();
  return emitterOn.call(this, type, listener);
};
prototype.addListener = prototype.on;

/* ---- header fields ---------------------------------------------------------------------------------------------- */

function find(list, lower) {
  for (let i = 0; i < list.length; i += 3) if (list[i].lower === lower) return i;
  return -1;
}

function put(message, field, name, value) {
  const list = (message._fields ??= []);
  const at = find(list, field.lower);
  if (at < 0) {
    list.push(field, name, value);
  } else {
    list[at] = field;
    list[at + 1] = name;
    list[at + 2] = value;
  }
}

/** @param {string} name @param {number | string | readonly string[]} value */
prototype.setHeader = function setHeader(name, value) {
  if (this._block !== null) throw new ERR_HTTP_HEADERS_SENT('set');
  validateHeaderName(name);
  validateValues(name, value);
  put(this, fieldOf(name), name, value);
  return this;
};

/** @param {Headers | Map<string, any>} headers */
prototype.setHeaders = function setHeaders(headers) {
  if (this._block !== null) throw new ERR_HTTP_HEADERS_SENT('set');
  if (!headers || Array.isArray(headers) || typeof headers.keys !== 'function' || typeof headers.get !== 'function') {
    throw new ERR_INVALID_ARG_TYPE('headers', ['Headers', 'Map'], headers);
  }
  const cookies = [];
  for (const [name, value] of headers) {
    if (name === 'set-cookie') {
      if (Array.isArray(value)) cookies.push(...value);
      else cookies.push(value);
    } else {
      this.setHeader(name, value);
    }
  }
  if (cookies.length > 0) this.setHeader('set-cookie', cookies);
  return this;
};

prototype.appendHeader = function appendHeader(name, value) {
  if (this._block !== null) throw new ERR_HTTP_HEADERS_SENT('append');
  validateHeaderName(name);
  validateValues(name, value);
  const field = fieldOf(name);
  const at = this._fields === null ? -1 : find(this._fields, field.lower);
  if (at < 0) {
    put(this, field, name, value);
  } else {
    const present = this._fields[at + 2];
    this._fields[at + 2] = (Array.isArray(present) ? present : [present]).concat(value);
  }
  return this;
};

prototype.getHeader = function getHeader(name) {
  validateString(name, 'name');
  if (this._fields === null) return undefined;
  const at = find(this._fields, fieldOf(name).lower);
  return at < 0 ? undefined : this._fields[at + 2];
};

prototype.hasHeader = function hasHeader(name) {
  validateString(name, 'name');
  return this._fields !== null && find(this._fields, fieldOf(name).lower) >= 0;
};

prototype.getHeaderNames = function getHeaderNames() {
  const names = [];
  if (this._fields !== null) for (let i = 0; i < this._fields.length; i += 3) names.push(this._fields[i].lower);
  return names;
};

prototype.getRawHeaderNames = function getRawHeaderNames() {
  const names = [];
  if (this._fields !== null) for (let i = 0; i < this._fields.length; i += 3) names.push(this._fields[i + 1]);
  return names;
};

prototype.getHeaders = function getHeaders() {
  const headers = Object.create(null);
  const list = this._fields;
  if (list !== null) for (let i = 0; i < list.length; i += 3) headers[list[i].lower] = list[i + 2];
  return headers;
};

prototype.removeHeader = function removeHeader(name) {
  validateString(name, 'name');
  if (this._block !== null) throw new ERR_HTTP_HEADERS_SENT('remove');
  const { lower } = fieldOf(name);
  if (lower === 'connection') this._removedConnection = true;
  else if (lower === 'content-length') this._removedContLen = true;
  else if (lower === 'transfer-encoding') this._removedTE = true;
  else if (lower === 'date') this.sendDate = false;
  if (this._fields === null) return;
  const at = find(this._fields, lower);
  if (at >= 0) this._fields.splice(at, 3);
};

prototype._renderHeaders = function _renderHeaders() {
  if (this._block !== null) throw new ERR_HTTP_HEADERS_SENT('render');
  const headers = {};
  const list = this._fields;
  if (list !== null) for (let i = 0; i < list.length; i += 3) headers[list[i + 1]] = list[i + 2];
  return headers;
};

/* ---- serialising ------------------------------------------------------------------------------------------------ */

/** Notes what a line means for the message's framing and persistence. */
function note(message, field, value) {
  switch (field.meaning) {
    case fields.CONNECTION:
      message._facts |= HAS_CONNECTION;
      message._removedConnection = false;
      if (/(?:^|\W)close(?:$|\W)/i.test(value)) message._facts |= HAS_CLOSE;
      else message.shouldKeepAlive = true;
      break;
    case fields.CONTENT_LENGTH: {
      message._facts |= HAS_LENGTH;
      message._removedContLen = false;
      const length = typeof value === 'number' ? value : Number(Array.isArray(value) ? value[0] : value);
      message._length = Number.isSafeInteger(length) && length >= 0 ? length : -1;
      break;
    }
    case fields.TRANSFER_ENCODING:
      message._facts |= HAS_ENCODING;
      message._removedTE = false;
      if (/(?:^|\W)chunked(?:$|\W)/i.test(value)) message._facts |= HAS_CHUNKED;
      break;
    case fields.DATE: message._facts |= HAS_DATE; break;
    case fields.EXPECT: message._facts |= HAS_EXPECT; break;
    case fields.TRAILER: message._facts |= HAS_TRAILER; break;
    case fields.KEEP_ALIVE: message._facts |= HAS_KEEP_ALIVE; break;
    default:
  }
}

function linesOf(message, field, name, value) {
  if (field.meaning !== fields.PLAIN) note(message, field, value);
  if (typeof value === 'object' && Array.isArray(value)) {
    if (field.meaning === fields.COOKIE) return lineOf(field, value.join('; '));
    if (message._unique?.has(field.lower)) return lineOf(field, value.join('; '));
    let lines = '';
    for (let i = 0; i < value.length; i++) lines += lineOf(field, value[i]);
    return lines;
  }
  return lineOf(field, value);
}

/** Decides the block of header lines from what was set, or from `headers` (an object, or flat or nested arrays). */
prototype._decideHead = function _decideHead(startLine, headers) {
  this._startLine = startLine;
  let block = '';
  if (headers === undefined || headers === null) {
    const list = this._fields;
    if (list !== null) for (let i = 0; i < list.length; i += 3) block += linesOf(this, list[i], list[i + 1], list[i + 2]);
  } else if (Array.isArray(headers)) {
    const nested = headers.length > 0 && Array.isArray(headers[0]);
    for (let i = 0; i < headers.length; i += nested ? 1 : 2) {
      const name = nested ? headers[i][0] : headers[i];
      validateHeaderName(name);
      block += linesOf(this, fieldOf(name), name, nested ? headers[i][1] : headers[i + 1]);
    }
  } else {
    for (const name in headers) {
      if (!Object.hasOwn(headers, name)) continue;
      const field = fieldOf(name);
      if (!field.valid) validateHeaderName(name);
      block += linesOf(this, field, name, headers[name]);
    }
  }
  if (typeof startLine === 'string') this._decideFraming();
  this._block = block;
};

let dateSecond = 0;
let dateText = '';
/** The Date header's value, made once a second. */
function utcDate() {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}

/** The lines that follow the app's own: Date, Connection and the body's framing. For messages on plain streams. */
prototype._framingLines = function _framingLines() {
  const facts = this._facts;
  let lines = '';
  if (this.sendDate && !(facts & HAS_DATE)) lines += `Date: ${utcDate()}\r\n`;
  if (!(facts & HAS_CONNECTION) && !this._removedConnection) {
    if (this._sayKeepAlive()) {
      lines += 'Connection: keep-alive\r\n';
      if (this._keepAliveTimeout > 0 && !(facts & HAS_KEEP_ALIVE)) {
        lines += `Keep-Alive: timeout=${Math.floor(this._keepAliveTimeout / 1000)}\r\n`;
      }
    } else {
      lines += 'Connection: close\r\n';
    }
  }
  if (!(facts & (HAS_LENGTH | HAS_ENCODING))) {
    if (this._chunked) lines += 'Transfer-Encoding: chunked\r\n';
    else if (this._length >= 0) lines += `Content-Length: ${this._length}\r\n`;
  }
  return lines;
};

prototype._sayKeepAlive = function _sayKeepAlive() {
  return this.shouldKeepAlive && (Boolean(this._facts & HAS_LENGTH) || this.useChunkedEncodingByDefault || Boolean(this.agent));
};

/**
 * How the body ends, as Node decides it: by what the app's lines say, then by a length that is known (the head is
 * decided by end()), then chunked, then by closing. Sets _chunked, _length and _last; for messages on plain streams.
 */
prototype._decideFraming = function _decideFraming() {
  const facts = this._facts;
  if ((facts & HAS_CONNECTION ? facts & HAS_CLOSE : !this._removedConnection && !this._sayKeepAlive()) ||
      (this._removedConnection && !this.shouldKeepAlive)) this._last = true;
  if (facts & HAS_ENCODING) {
    this._chunked = (facts & HAS_CHUNKED) !== 0 && this._hasBody;
  } else if (!(facts & HAS_LENGTH)) {
    const known = this._length;
    this._length = -1;
    if (!this._hasBody) this._chunked = false;
    else if (!this.useChunkedEncodingByDefault) this._last = true;
    else if ((facts & AT_END) && !(facts & HAS_TRAILER) && !this._removedContLen && known >= 0) this._length = known;
    else if (!this._removedTE) this._chunked = true;
    else this._last = true;
  }
  if ((facts & HAS_TRAILER) && !this._chunked) throw new ERR_HTTP_TRAILER_INVALID();
  this.chunkedEncoding = this._chunked;
};

/* ---- bytes on a plain stream ------------------------------------------------------------------------------------ */

prototype.assignSocket = function assignSocket(socket) { this._attach(socket); };

/** Gives the message its stream and sends what was waiting for one. */
prototype._attach = function _attach(socket) {
  this._peer = socket;
  this.emit('socket', socket);
  this._flush();
};

prototype._onPendingData = function _onPendingData() {};

/** Hands what waits to the socket. @returns {boolean | undefined} what its last write said */
prototype._flushOutput = function _flushOutput(socket) {
  const queue = this._queue;
  if (queue === null || queue.length === 0) return undefined;
  const size = this.outputSize;
  this._queue = null;
  this.outputSize = 0;
  let more;
  socket.cork?.();
  for (const { data, encoding, callback } of queue) more = socket.write(data, encoding, callback);
  socket.uncork?.();
  this._onPendingData(-size);
  return more;
};

prototype._flush = function _flush() {
  const socket = this._peer;
  if (!socket?.writable) return;
  const more = this._flushOutput(socket);
  if (this.finished) {
    this._finish();
  } else if (more !== false && this._needDrain && !socket.writableNeedDrain) {
    this._needDrain = false;
    process.nextTick(() => this.emit('drain'));
  }
};

function send(message, data, encoding, callback) {
  const socket = message._peer;
  if (socket?.destroyed) {
    if (callback) process.nextTick(callback, socket.errored ?? new ERR_STREAM_DESTROYED('write'));
    return false;
  }
  if (socket?.writable && (socket._httpMessage === undefined || socket._httpMessage === message)) {
    if (message._queue !== null) message._flushOutput(socket);
    return socket.write(data, encoding, callback);
  }
  (message._queue ??= []).push({ data, encoding, callback });
  message.outputSize += data.length;
  message._onPendingData(data.length);
  return message.outputSize < HIGH_WATER_MARK;
}

/** The head leaves with the first bytes of the body: in one string with them where those are text. */
function sendWithHead(message, data, encoding, callback) {
  if (message._headSent) return send(message, data, encoding, callback);
  message._headSent = true;
  const head = message._header ?? '';
  if (typeof data === 'string' && (!encoding || encoding === 'utf8' || encoding === 'utf-8' || encoding === 'latin1')) {
    return send(message, head + data, encoding, callback);
  }
  if (message._queue?.length > 0) message._queue.unshift({ data: head, encoding: 'latin1', callback: null });
  else send(message, head, 'latin1', undefined);
  return send(message, data, encoding, callback);
}

prototype._send = function _send(data, encoding, callback) { return sendWithHead(this, data, encoding, callback); };
prototype._writeRaw = function _writeRaw(data, encoding, callback) { return send(this, data, encoding, callback); };

/** @returns {boolean} false: wait for 'drain' */
prototype._writeChunk = function _writeChunk(chunk, encoding, callback) {
  if (!this._chunked || chunk.length === 0) return sendWithHead(this, chunk, encoding, callback);
  const size = typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length;
  const socket = this._peer;
  socket?.cork?.();
  sendWithHead(this, `${size.toString(16)}\r\n`, 'latin1', undefined);
  send(this, chunk, encoding, undefined);
  const more = send(this, '\r\n', 'latin1', callback);
  if (socket?.cork) process.nextTick(() => socket.uncork());
  return more;
};

prototype._endBody = function _endBody(chunk, encoding) {
  const socket = this._peer;
  socket?.cork?.();
  const finish = (error) => endResult(this, error);
  const single = chunk !== undefined && this._hasBody && this._block !== null && !this._chunked;
  if (chunk !== undefined && this._hasBody) this._writeChunk(chunk, encoding, single ? finish : undefined);
  if (this._chunked && this._hasBody) sendWithHead(this, `0\r\n${this._trailer}\r\n`, 'latin1', finish);
  else if (!single && (!this._headSent || this.writableLength > 0 || chunk !== undefined)) sendWithHead(this, '', 'latin1', finish);
  else if (!single) process.nextTick(finish);
  socket?.uncork?.();
  this._finishState = ENDING;
  if (socket && this._queue === null) this._finish();
};

/** The socket has taken the last byte, or could not. */
function endResult(message, error) {
  if (error) settleEnd(message, error);
  else message._emitFinish();
}

/** Tells those who gave end() a function. */
function settleEnd(message, error) {
  if (error) message._endError = error;
  const callbacks = message._endCallbacks;
  if (callbacks === null) return;
  message._endCallbacks = null;
  for (const callback of callbacks) callback(error ?? null);
}

/** For listeners that come late, see `on`. */
prototype._scheduleFinish = function _scheduleFinish() {};
prototype._finishScheduled = false;
prototype._endCallbacks = null;
prototype._endError = null;

prototype._emitFinish = function _emitFinish() {
  if (this._finishState >= FINISHED) return;
  this._finishState = FINISHED;
  settleEnd(this, null);
  this.emit('finish');
};

/* ---- write and end ---------------------------------------------------------------------------------------------- */

prototype._implicitHeader = function _implicitHeader() { throw new ERR_METHOD_NOT_IMPLEMENTED('_implicitHeader()'); };

function failLater(message, error, callback) {
  const { destroyed } = message;
  process.nextTick(() => {
    if (typeof callback === 'function') callback(error);
    if (!destroyed) message.emit('error', error);
  });
}

function checkChunk(chunk) {
  if (chunk === null) throw new ERR_STREAM_NULL_VALUES();
  if (typeof chunk !== 'string' && !ArrayBuffer.isView(chunk)) {
    throw new ERR_INVALID_ARG_TYPE('chunk', ['string', 'Buffer', 'Uint8Array'], chunk);
  }
}

function bytesOf(chunk, encoding) {
  return typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.byteLength;
}

/**
 * @param {string | Uint8Array} chunk @param {string} [encoding] @param {(error?: Error) => void} [callback]
 * @returns {boolean} false: the app should wait for 'drain'
 */
prototype.write = function write(chunk, encoding, callback) {
  if (typeof encoding === 'function') {
    callback = encoding;
    encoding = null;
  }
  checkChunk(chunk);
  if (this.finished || this.destroyed) {
    failLater(this, this.finished ? new ERR_STREAM_WRITE_AFTER_END() : new ERR_STREAM_DESTROYED('write'), callback);
    return false;
  }
  if (this._block === null) this._implicitHeader();
  if (!this._hasBody) {
    if (this.rejectNonStandardBodyWrites) throw new ERR_HTTP_BODY_NOT_ALLOWED();
    if (typeof callback === 'function') process.nextTick(callback);
    return true;
  }
  const size = bytesOf(chunk, encoding);
  if (this.strictContentLength && this._facts & HAS_LENGTH && this._length >= 0 && this._written + size > this._length) {
    throw new ERR_HTTP_CONTENT_LENGTH_MISMATCH(this._written + size, this._length);
  }
  this._written += size;
  const more = this._writeChunk(chunk, encoding, callback);
  if (!more) this._needDrain = true;
  return more;
};
prototype.rejectNonStandardBodyWrites = false;

/** @param {string | Uint8Array} [chunk] @param {string} [encoding] @param {() => void} [callback] */
prototype.end = function end(chunk, encoding, callback) {
  if (typeof chunk === 'function') {
    callback = chunk;
    chunk = encoding = undefined;
  } else if (typeof encoding === 'function') {
    callback = encoding;
    encoding = undefined;
  }
  if (chunk === null) chunk = undefined;
  if (chunk !== undefined) checkChunk(chunk);
  if (this.finished) {
    if (chunk !== undefined) {
      failLater(this, new ERR_STREAM_WRITE_AFTER_END(), callback);
    } else if (typeof callback === 'function') {
      endAgain(this, callback);
    }
    return this;
  }
  if (this._block === null) {
    this._facts |= AT_END;
    // The engine counts what it is given.
    if (!(this._slot >= 0)) this._length = chunk === undefined ? 0 : bytesOf(chunk, encoding);
    this._implicitHeader();
  }
  if (chunk !== undefined && !this._hasBody) {
    if (this.rejectNonStandardBodyWrites) throw new ERR_HTTP_BODY_NOT_ALLOWED();
    chunk = undefined;
  }
  if (this.strictContentLength && this._facts & HAS_LENGTH && this._length >= 0 && this._hasBody) {
    const size = this._written + (chunk === undefined ? 0 : bytesOf(chunk, encoding));
    if (size !== this._length) throw new ERR_HTTP_CONTENT_LENGTH_MISMATCH(size, this._length);
  }
  if (typeof callback === 'function') (this._endCallbacks ??= []).push(callback);
  this.finished = true;
  this._endBody(chunk, encoding);
  return this;
};

/** end() once more: the outcome of the first one. */
function endAgain(message, callback) {
  if (message._endError !== null) process.nextTick(callback, message._endError);
  else if (message._finishState >= FINISHED) process.nextTick(callback, new ERR_STREAM_ALREADY_FINISHED('end'));
  else {
    (message._endCallbacks ??= []).push(callback);
    message._scheduleFinish();
  }
}
prototype.flushHeaders = function flushHeaders() {
  if (this._block === null) this._implicitHeader();
  this._send('');
};

/** @param {Record<string, string> | [string, string][]} headers */
prototype.addTrailers = function addTrailers(headers) {
  let lines = '';
  const array = Array.isArray(headers);
  for (const key of array ? headers.keys() : Object.keys(headers)) {
    const name = array ? headers[key][0] : key;
    const value = array ? headers[key][1] : headers[key];
    validateHeaderName(name, 'Trailer name');
    let values = Array.isArray(value) ? value : [value];
    if (values.length > 1 && this._unique?.has(name.toLowerCase())) values = [values.join('; ')];
    for (const one of values) {
      if (!fields.isWireValue(one)) throw new ERR_INVALID_CHAR('trailer content', name);
      lines += `${name}: ${one}\r\n`;
    }
  }
  this._trailer = lines;
};

/* ---- the rest --------------------------------------------------------------------------------------------------- */

prototype.cork = function cork() {
  this._corked++;
  this._peer?.cork?.();
};

prototype.uncork = function uncork() {
  if (this._corked > 0) this._corked--;
  this._peer?.uncork?.();
};

prototype.setTimeout = function setTimeout(ms, callback) {
  if (callback) this.on('timeout', callback);
  const { socket } = this;
  if (socket) socket.setTimeout(ms);
  else this.once('socket', (assigned) => assigned.setTimeout(ms));
  return this;
};

prototype.destroy = function destroy(error) {
  if (this.destroyed) return this;
  this.destroyed = true;
  this._errored = error;
  const { socket } = this;
  if (socket) {
    socket.destroy(error);
    return this;
  }
  this.once('socket', (assigned) => assigned.destroy(error));
  process.nextTick(() => {
    if (this._closed) return;
    this._closed = true;
    this.emit('close');
  });
  return this;
};

prototype._destroy = function _destroy(error, callback) {
  this.destroy(error);
  callback?.(error);
};

/** All of it is with the socket. */
prototype._finish = function _finish() { this.emit('prefinish'); };

/** A response or request is no source. */
prototype.pipe = function pipe() { this.emit('error', new ERR_STREAM_CANNOT_PIPE()); };

prototype[EventEmitter.captureRejectionSymbol] = function onRejection(error) { this.destroy(error); };

function parseUniqueHeadersOption(headers) {
  if (!Array.isArray(headers)) return null;
  return new Set(headers.map((name) => {
    if (typeof name !== 'string') throw new ERR_INVALID_ARG_VALUE('uniqueHeaders', name);
    return name.toLowerCase();
  }));
}

module.exports = {
  OutgoingMessage, utcDate, parseUniqueHeadersOption, find, put,
  ENDING, FINISHED, CLOSED,
  AT_END, HAS_CONNECTION, HAS_CLOSE, HAS_LENGTH, HAS_CHUNKED, HAS_DATE, HAS_EXPECT, HAS_TRAILER, HAS_KEEP_ALIVE, HAS_ENCODING,
};
