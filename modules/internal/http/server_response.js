'use strict';
// http.ServerResponse. Two ways to the client: the engine's exchange (this._slot >= 0), where a whole answer is one call
// into C, or a stream given with assignSocket (`new ServerResponse(req)` as light-my-request does it), which
// OutgoingMessage writes to.

const {
  codes: {
    ERR_HTTP_HEADERS_SENT, ERR_HTTP_INVALID_STATUS_CODE, ERR_HTTP_SOCKET_ASSIGNED, ERR_HTTP_TRAILER_INVALID,
    ERR_INVALID_ARG_VALUE, ERR_INVALID_CHAR, ERR_STREAM_DESTROYED,
  },
  errnoException,
} = require('../errors');
const { validateFunction, validateInteger, validateObject } = require('../validators');
const { STATUS_CODES } = require('./status');
const { fieldOf, lineOf, validateHeaderName } = require('./fields');
const outgoing = require('./outgoing');
const engine = require('./engine');
const observed = require('../observed');
const observe = require('./observe');

const { OutgoingMessage, put, ENDING, FINISHED, CLOSED } = outgoing;
const {
  AT_END, HAS_CONNECTION, HAS_CLOSE, HAS_LENGTH, HAS_CHUNKED, HAS_DATE, HAS_KEEP_ALIVE, HAS_TRAILER, HAS_ENCODING,
} = outgoing;
const { exchange, live, flags, turn } = engine;
const { QUIET } = flags;

/**
 * https://nodejs.org/docs/latest-v24.x/api/http.html#class-httpserverresponse
 * @param {IncomingMessage | {method: string}} req
 */
function ServerResponse(req, options) {
  this._events = undefined;
  this._eventsCount = 0;
  this._maxListeners = undefined;
  this._fields = null;
  this._block = null;
  this._facts = 0;
  this._length = -1;
  this._startLine = 0; // the status, or on a plain stream the whole line
  this._headSent = false;
  this.finished = false;
  this.destroyed = false;
  this.sendDate = true;
  this._hasBody = req.method !== 'HEAD';
  this._trailer = '';
  this._written = 0;
  this._peer = undefined;
  this._queue = null;
  this._finishState = 0;
  this.req = req;
  this.statusCode = 200;
  this.statusMessage = undefined;
  this._slot = -1;
  this._callbacks = null;
  if (req.httpVersionMajor < 1 || (req.httpVersionMajor === 1 && req.httpVersionMinor < 1)) {
    this.useChunkedEncodingByDefault = false;
    this.shouldKeepAlive = false;
  }
  if (options?.rejectNonStandardBodyWrites) this.rejectNonStandardBodyWrites = true;
}
Object.setPrototypeOf(ServerResponse.prototype, OutgoingMessage.prototype);
Object.setPrototypeOf(ServerResponse, OutgoingMessage);
const { prototype } = ServerResponse;
const base = OutgoingMessage.prototype;

for (const [name, value] of Object.entries({ _sent100: false, _expect_continue: false, _server: null, _flushed: false })) {
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: true });
}

// A response that has ended has let go of its socket, as Node's detachSocket does.
Object.defineProperty(prototype, 'socket', {
  configurable: true,
  enumerable: true,
  get() {
    if (this._peer === undefined) {
      if (this._finishState >= FINISHED) return null;
      this._peer = this._server === null ? null : this.req.socket;
    }
    return this._peer;
  },
  set(socket) { this._peer = socket; },
});

prototype.assignSocket = function assignSocket(socket) {
  if (socket._httpMessage) throw new ERR_HTTP_SOCKET_ASSIGNED();
  socket._httpMessage = this;
  socket.on('close', onAssignedSocketClose);
  this._attach(socket);
};

function onAssignedSocketClose() {
  if (this._httpMessage) emitClose(this._httpMessage);
}

prototype.detachSocket = function detachSocket(socket) {
  socket.removeListener('close', onAssignedSocketClose);
  socket._httpMessage = null;
  this._peer = null;
};

/* ---- informational responses ------------------------------------------------------------------------------------ */

function inform(res, status, block) {
  if (res._slot >= 0) exchange.inform(res._slot, status, block);
  else res._writeRaw(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${block}\r\n`, 'latin1');
}

prototype.writeContinue = function writeContinue(callback) {
  inform(this, 100, '');
  this._sent100 = true;
  if (callback) process.nextTick(callback);
};

prototype.writeProcessing = function writeProcessing(callback) {
  inform(this, 102, '');
  if (callback) process.nextTick(callback);
};

const linkValue = /^(?:<[^>\r\n]*>)(?:\s*;\s*[^;"\s]+(?:=(")?[^;"\s]*\1)?)*$/;

/** Lines of an informational response. */
function informationLines(headers) {
  if (headers === null || headers === undefined) return '';
  let block = '';
  const add = (name, value) => {
    validateHeaderName(name);
    for (const one of Array.isArray(value) ? value : [value]) block += lineOf(fieldOf(name), one);
  };
  if (!Array.isArray(headers)) {
    validateObject(headers, 'headers');
    for (const name of Object.keys(headers)) add(name, headers[name]);
  } else if (Array.isArray(headers[0])) {
    for (const [name, value] of headers) add(name, value);
  } else {
    if (headers.length % 2 !== 0) throw new ERR_INVALID_ARG_VALUE('headers', headers);
    for (let i = 0; i < headers.length; i += 2) add(headers[i], headers[i + 1]);
  }
  return block;
}

/**
 * An informational response before the final one.
 * @param {number} statusCode 100 to 199, not 101 @param {object | any[] | null} [headers] @param {() => void} [callback]
 */
prototype.writeInformation = function writeInformation(statusCode, headers, callback) {
  if (this._block !== null) throw new ERR_HTTP_HEADERS_SENT('write');
  validateInteger(statusCode, 'statusCode', 100, 199);
  if (statusCode === 101) throw new ERR_HTTP_INVALID_STATUS_CODE(statusCode);
  if (typeof headers === 'function') [headers, callback] = [undefined, headers];
  inform(this, statusCode, informationLines(headers));
  if (callback) process.nextTick(callback);
};

/** @param {{link: string | string[]} & Record<string, string | string[]>} hints */
prototype.writeEarlyHints = function writeEarlyHints(hints, callback) {
  validateObject(hints, 'hints');
  if (hints.link === null || hints.link === undefined) return;
  const links = Array.isArray(hints.link) ? hints.link : [hints.link];
  for (const link of links) {
    if (typeof link !== 'string' || !linkValue.test(link)) {
      throw new ERR_INVALID_ARG_VALUE('hints', hints.link,
        'must be an array or string of format "</styles.css>; rel=preload; as=style"');
    }
  }
  if (links.length === 0) return;
  let block = `Link: ${links.join(', ')}\r\n`;
  for (const key of Object.keys(hints)) {
    if (key === 'link') continue;
    validateHeaderName(key);
    block += lineOf(fieldOf(key), hints[key]);
  }
  inform(this, 103, block);
  if (callback) process.nextTick(callback);
};

/* ---- head ------------------------------------------------------------------------------------------------------- */

prototype._implicitHeader = function _implicitHeader() { this.writeHead(this.statusCode); };

// eslint-disable-next-line no-control-regex
const badReason = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * @param {number} statusCode @param {string} [reason]
 * @param {Record<string, number | string | string[]> | (string | number | string[])[]} [headers]
 */
prototype.writeHead = function writeHead(statusCode, reason, headers) {
  if (this._block !== null) throw new ERR_HTTP_HEADERS_SENT('write');
  const status = statusCode | 0;
  if (status < 100 || status > 999) throw new ERR_HTTP_INVALID_STATUS_CODE(statusCode);
  if (typeof reason === 'string') {
    this.statusMessage = reason;
  } else {
    headers ??= reason;
    this.statusMessage ||= STATUS_CODES[status] || 'unknown';
  }
  this.statusCode = status;
  if (badReason.test(this.statusMessage)) throw new ERR_INVALID_CHAR('statusMessage');
  if (headers !== undefined && headers !== null && this._fields !== null) {
    merge(this, headers);
    headers = undefined;
  } else if (headers && Array.isArray(headers) && !Array.isArray(headers[0]) && headers.length % 2 !== 0) {
    throw new ERR_INVALID_ARG_VALUE('headers', headers);
  }
  if (status === 204 || status === 304 || status < 200) this._hasBody = false;
  this._decideHead(this._slot >= 0 ? status : `HTTP/1.1 ${status} ${this.statusMessage}\r\n`, headers);
  if ((this._facts & HAS_TRAILER) && this._slot >= 0 && !isChunked(this)) {
    this._block = null;
    this._facts &= AT_END;
    throw new ERR_HTTP_TRAILER_INVALID();
  }
  return this;
};
prototype.writeHeader = prototype.writeHead;

/** Adds what writeHead got to what setHeader set: writeHead's wins. */
function merge(res, headers) {
  if (Array.isArray(headers)) {
    if (headers.length > 0 && Array.isArray(headers[0])) headers = headers.flat(1);
    if (headers.length % 2 !== 0) throw new ERR_INVALID_ARG_VALUE('headers', headers);
    for (let i = 0; i < headers.length; i += 2) res.removeHeader(headers[i]);
    for (let i = 0; i < headers.length; i += 2) if (headers[i]) res.appendHeader(headers[i], headers[i + 1]);
    return;
  }
  for (const name in headers) {
    if (!Object.hasOwn(headers, name) || name === '') continue;
    const field = fieldOf(name);
    if (!field.valid) validateHeaderName(name);
    if (headers[name] === undefined) res.setHeader(name, undefined); // throws as setHeader does
    put(res, field, name, headers[name]); // the value is checked when its line is made
  }
}

/** The engine's flags for what the app's headers said about Date and the connection. */
function flagsOf(res) {
  const facts = res._facts;
  let out = 0;
  if ((facts & HAS_DATE) || !res.sendDate) out |= flags.NO_DATE;
  if (facts & HAS_CONNECTION) out |= flags.NO_CONNECTION | ((facts & HAS_CLOSE) ? flags.CLOSE : 0);
  else if (res.shouldKeepAlive && ((facts & HAS_LENGTH) || res.useChunkedEncodingByDefault)) out |= flags.KEEP_ALIVE;
  else out |= flags.CLOSE;
  if (facts & HAS_KEEP_ALIVE) out |= flags.HAS_KEEP_ALIVE;
  if (res._removedConnection && !(facts & HAS_CONNECTION)) out |= flags.NO_CONNECTION;
  return out;
}

/** The same for how the body ends, as _decideFraming says it for plain streams. 0: the engine writes the length. */
function framingOf(res) {
  const facts = res._facts;
  if (!res._hasBody) {
    const none = res._startLine === 204 || res._startLine === 304;
    return flags.NO_LENGTH | (none && (facts & HAS_CHUNKED) ? flags.CLOSE : 0);
  }
  if (facts & HAS_CHUNKED) return flags.CHUNKED | flags.HAS_ENCODING;
  if (facts & HAS_ENCODING) return flags.NO_LENGTH | flags.NO_CHUNKED | flags.CLOSE;
  if (facts & HAS_LENGTH) return flags.NO_LENGTH;
  if (!res.useChunkedEncodingByDefault) return flags.NO_LENGTH | flags.NO_CHUNKED | flags.CLOSE;
  if ((facts & (AT_END | HAS_TRAILER)) === AT_END && !res._removedContLen) return 0;
  return res._removedTE ? flags.NO_LENGTH | flags.NO_CHUNKED | flags.CLOSE : flags.CHUNKED;
}

function isChunked(res) {
  const facts = res._facts;
  if (!res._hasBody) return false;
  if (facts & HAS_ENCODING) return (facts & HAS_CHUNKED) !== 0;
  return !(facts & HAS_LENGTH) && res.useChunkedEncodingByDefault && !res._removedTE;
}

function reasonOf(res) {
  const reason = res.statusMessage;
  return reason === STATUS_CODES[res._startLine] ? undefined : reason;
}

/** Sends the head of a response whose body follows in pieces. */
function sendHead(res) {
  const framing = framingOf(res);
  const chunked = (framing & flags.CHUNKED) !== 0 || (framing === 0 && res._hasBody);
  res._headSent = true;
  res._chunked = res.chunkedEncoding = chunked;
  const own = framing === flags.NO_LENGTH && res._hasBody && res._length >= 0 ? res._length : -1;
  return exchange.head(res._slot, res._startLine, res._block, own,
    flagsOf(res) | (own >= 0 ? flags.HAS_LENGTH : framing & ~flags.CHUNKED), reasonOf(res));
}

/* ---- body, through the engine ----------------------------------------------------------------------------------- */

function encoded(chunk, encoding) {
  if (typeof chunk !== 'string' || !encoding || encoding === 'utf8' || encoding === 'utf-8') return chunk;
  return Buffer.from(chunk, encoding);
}

function later(res, callback) { (res._callbacks ??= []).push(callback); }

function gone(callback) {
  if (typeof callback === 'function') process.nextTick(callback, new ERR_STREAM_DESTROYED('write'));
  return false;
}

prototype._writeChunk = function _writeChunk(chunk, encoding, callback) {
  if (this._slot < 0) {
    if (this._server !== null) return gone(callback); // the client went away
    return base._writeChunk.call(this, chunk, encoding, callback);
  }
  if (!this._headSent) sendHead(this);
  const result = exchange.write(this._slot, encoded(chunk, encoding));
  if (result === 1) {
    if (typeof callback === 'function') process.nextTick(callback);
    return true;
  }
  if (result < 0) {
    if (typeof callback === 'function') process.nextTick(callback, errnoException(result, 'write'));
    return false;
  }
  if (typeof callback === 'function') later(this, callback);
  return false;
};

prototype._endBody = function _endBody(chunk, encoding) {
  if (this._slot < 0) {
    if (this._server === null) base._endBody.call(this, chunk, encoding);
    else this._finishState ||= ENDING;
    return;
  }
  if (this._eventsCount > 0) this.emit('prefinish');
  const { req } = this;
  const framing = this._headSent ? 0 : framingOf(this);
  // Nobody listens for what comes later, and nothing of the request is left: the engine need not tell.
  const quiet = this._eventsCount === 0 && req._eventsCount === 0 && req._complete && req._state === undefined && !observed.on &&
    this._callbacks === null && this._endCallbacks === null && (chunk === undefined || chunk.length < 65536);
  const slot = this._slot;
  this._finishState = ENDING;
  if (quiet) {
    live[slot] = undefined;
    this._slot = -1;
    req._slot = -2 - slot;
    req._endTurn = turn.count;
  }
  const end = quiet ? QUIET : 0;
  if (this._headSent) {
    if (chunk !== undefined && chunk.length > 0) exchange.write(slot, encoded(chunk, encoding));
    exchange.end(slot, this._trailer, end);
    return;
  }
  if (this._trailer !== '' && (framing & flags.CHUNKED)) {
    endWithTrailers(this, slot, chunk, encoding, end);
    return;
  }
  this._headSent = true;
  if (framing & flags.CHUNKED) this._chunked = this.chunkedEncoding = true;
  if (this._corked > 0) this._corked = 0;
  exchange.respond(slot, this._startLine, this._block, encoded(chunk, encoding), flagsOf(this) | framing | end,
    reasonOf(this), framing === flags.NO_LENGTH && this._hasBody ? this._length : -1);
};

function endWithTrailers(res, slot, chunk, encoding, end) {
  const own = res._slot;
  res._slot = slot;
  sendHead(res);
  res._slot = own;
  if (chunk !== undefined && chunk.length > 0) exchange.write(slot, encoded(chunk, encoding));
  exchange.end(slot, res._trailer, end);
}

prototype.flushHeaders = function flushHeaders() {
  if (this._slot < 0) {
    if (this._server === null) base.flushHeaders.call(this);
    return;
  }
  if (this._block === null) this._implicitHeader();
  if (!this._headSent) {
    sendHead(this);
    exchange.flush(this._slot);
  }
};

/* ---- the engine's events (live[slot]) --------------------------------------------------------------------------- */

prototype.onData = function onData(buffer) {
  const { req } = this;
  if (!req.push(buffer) && this._slot >= 0) exchange.pause(this._slot);
};

prototype.onEnd = function onEnd(trailers) { this.req._finishBody(trailers); };

function runCallbacks(res, error) {
  const list = res._callbacks;
  if (list === null) return;
  res._callbacks = null;
  for (const callback of list) callback(error);
}

prototype.onDrain = function onDrain() {
  this._needDrain = false;
  runCallbacks(this);
  if (!this.finished) this.emit('drain');
};

prototype.onFinish = function onFinish() {
  runCallbacks(this);
  const peer = this.req._peer;
  if (peer && (flagsOf(this) & flags.CLOSE) && !peer.writableEnded) peer.end(); // the engine ends it after this one
  this._emitFinish();
};

prototype.onClose = function onClose(error) {
  const { req } = this;
  const complete = error === 0;
  if (complete) {
    if (!req._complete) req._finishBody(undefined);
    this.onFinish();
  }
  const peer = req._peer;
  if (peer) peer._exchange = -1;
  else if (req._eventsCount > 0) req._lastPeer = exchange.peer(this._slot);
  this._slot = -1;
  req._slot = -1;
  req._endTurn = turn.count;
  runCallbacks(this, complete ? undefined : new ERR_STREAM_DESTROYED('write'));
  if (complete) {
    if (req._state !== undefined) {
      if (!req._state.endEmitted && !req._dumped && !req._consuming) req._dump();
    } else if (req._eventsCount > 0) {
      // Somebody listens to a request that never became a stream: its end has come.
      req._dump();
    }
  } else {
    const lost = new Error('aborted');
    lost.code = 'ECONNRESET';
    req._abort(lost);
    this.destroyed = true;
    this._needDrain = false;
  }
  emitClose(this);
};

function emitClose(res) {
  if (res._finishState === CLOSED && res._closed) return;
  res._finishState = Math.max(res._finishState, res.finished ? FINISHED : 0);
  res._closed = true;
  res.destroyed = true;
  res.emit('close');
}

prototype._emitFinish = function _emitFinish() {
  if (this._finishState >= FINISHED) return;
  if (observed.on && this._server !== null) observe.answered(this);
  base._emitFinish.call(this);
};

/** For listeners that come after a quiet end, in the same turn. */
prototype._scheduleFinish = function _scheduleFinish() {
  if (this._finishScheduled) return;
  if (this._server === null) {
    base._scheduleFinish.call(this);
    return;
  }
  if (this._slot >= 0) return; // the engine will tell
  this._finishScheduled = true;
  process.nextTick(() => {
    this._emitFinish();
    emitClose(this);
  });
};

prototype.destroy = function destroy(error) {
  if (this.destroyed) return this;
  if (this._slot < 0) {
    if (this._server === null) return base.destroy.call(this, error);
    this.destroyed = true;
    return this;
  }
  this.destroyed = true;
  this._errored = error ?? null;
  if (error && this.req._peer) this.req._peer.destroy(error);
  exchange.destroy(this._slot); // 'close' follows from the loop
  return this;
};

prototype.cork = function cork() { if (this._server === null) base.cork.call(this); else this._corked++; };
prototype.uncork = function uncork() {
  if (this._server === null) base.uncork.call(this);
  else if (this._corked > 0) this._corked--;
};

Object.defineProperty(prototype, 'writableLength', {
  configurable: true,
  get() {
    if (this._slot >= 0) return exchange.pending(this._slot);
    return this.outputSize + (this._peer?.writableLength ?? 0);
  },
});
Object.defineProperty(prototype, 'writableHighWaterMark', {
  configurable: true, get() { return this._peer?.writableHighWaterMark ?? 65536; },
});

prototype.setTimeout = function setTimeout(ms, callback) {
  if (callback !== undefined) validateFunction(callback, 'callback');
  return base.setTimeout.call(this, ms, callback);
};

module.exports = { ServerResponse };
