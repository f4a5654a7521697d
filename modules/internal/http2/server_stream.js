'use strict';
// ServerHttp2Stream: a request that came, or a push, and its response.

const binding = internalBinding('h2');
const { codes } = require('../errors');
const { utcDate } = require('../http/outgoing');
const { validateFunction, validateObject } = require('../validators');
const channels = require('./channels').server;
const { constants } = require('./constants');
const { NghttpError } = require('./errors');
const { ONLY_STATUS, PSEUDO, block, fieldOf, sensitiveHeaders } = require('./headers');
const { kState } = require('./state');
const { Http2Stream } = require('./stream');
const timeouts = require('./timeouts');

const {
  ERR_HTTP2_HEADERS_AFTER_RESPOND, ERR_HTTP2_HEADERS_SENT, ERR_HTTP2_INVALID_INFO_STATUS, ERR_HTTP2_INVALID_STREAM,
    ERR_HTTP2_NESTED_PUSH,
  ERR_HTTP2_OUT_OF_STREAMS, ERR_HTTP2_PUSH_DISABLED, ERR_HTTP2_STATUS_101, ERR_HTTP2_STATUS_INVALID,
    ERR_INVALID_ARG_TYPE,
} = codes;
const { NGHTTP2_FLAG_END_STREAM } = constants;
const [END, WAITS] = [1, 2]; // flags that C takes with headers
const ERR_STREAM_ID_NOT_AVAILABLE = -509;
const ERR_STREAM_CLOSED = -510;

const bodiless = (status) => status === 204 || status === 205 || status === 304;

/**
 * @param {object | string[] | undefined} given
 * @returns {object | string[]} with a status and, where it is sent, a date
 */
function responseHeaders(stream, given) {
  if (Array.isArray(given)) {
    const headers = [...given];
    if (given[sensitiveHeaders]) headers[sensitiveHeaders] = given[sensitiveHeaders];
    if (fieldOf(headers, ':status') === undefined) headers.unshift(':status', 200);
    if (stream._sendsDate && fieldOf(headers, 'date') === undefined) headers.push('date', utcDate());
    return headers;
  }
  const headers = { __proto__: null, ...given };
  headers[':status'] ??= 200;
  if (stream._sendsDate && headers.date === undefined) headers.date = utcDate();
  return headers;
}

const statusOf = (headers) => (Array.isArray(headers) ? fieldOf(headers, ':status') : headers[':status']) | 0;

/** Node documentation: class ServerHttp2Stream. */
class ServerHttp2Stream extends Http2Stream {
  /** @param {object} headers of the request; a push has those that it promised */
  constructor(session, id, options, headers) {
    super(session, options);
    const state = this[kState];
    this._sendsDate = true;
    state.headRequest = headers[':method'] === 'HEAD';
    state.requestHeaders = headers;
    this._init(id);
    if (channels.created.hasSubscribers) channels.created.publish({ stream: this, headers });
  }

  /** Node documentation: http2stream.pushAllowed. */
  get pushAllowed() {
    const { session } = this;
    return !this.destroyed && !this.closed && session !== undefined && !session.closed && !session.destroyed &&
      session.remoteSettings.enablePush === true;
  }

  /** Node documentation: http2stream.additionalHeaders(headers). */
  additionalHeaders(headers) {
    const state = this[kState];
    if (this.destroyed || this.closed) throw new ERR_HTTP2_INVALID_STREAM();
    if (this.headersSent) throw new ERR_HTTP2_HEADERS_AFTER_RESPOND();
    validateObject(headers, 'headers');
    headers = { __proto__: null, ...headers };
    if (headers[':status'] !== undefined) {
      const status = headers[':status'] |= 0;
      if (status === 101) throw new ERR_HTTP2_STATUS_101();
      if (status < 100 || status >= 200) throw new ERR_HTTP2_INVALID_INFO_STATUS(headers[':status']);
    }
    timeouts.refresh(this);
    const [text, count] = block(headers, ONLY_STATUS, this._strict);
    (state.sentInfoHeaders ??= []).push(headers);
    const error = binding.info(state.core.native, state.id, text, count);
    if (error < 0) this.destroy(new NghttpError(error));
    state.core?.schedule();
  }

  /** Node documentation: http2stream.respond([headers[, options]]). */
  respond(headers, options) {
    this._mayRespond(headers, options);
    this._respond(responseHeaders(this, headers), { ...options });
  }

  /** Throws where there can be no response. */
  _mayRespond(headers, options) {
    if (this.destroyed || this.closed) throw new ERR_HTTP2_INVALID_STREAM();
    if (this.headersSent) throw new ERR_HTTP2_HEADERS_SENT();
    if (headers !== undefined && (headers === null || typeof headers !== 'object')) {
      throw new ERR_INVALID_ARG_TYPE('headers', ['Object', 'Array'], headers);
    }
    if (options !== undefined) validateObject(options, 'options');
  }

  /** Sends complete headers. */
  _respond(headers, { endStream, waitForTrailers }) {
    const state = this[kState];
    const status = statusOf(headers);
    if (status < 200 || status > 599) throw new ERR_HTTP2_STATUS_INVALID(status);
    const [text, count] = block(headers, ONLY_STATUS, this._strict);
    const over = Boolean(endStream) || bodiless(status) || state.headRequest;
    timeouts.refresh(this);
    state.headersSent = true;
    state.sentHeaders = headers;
    state.waitsForTrailers = Boolean(waitForTrailers) && !over;
    const flags = (over ? END : 0) | (state.waitsForTrailers ? WAITS : 0);
    if (over) {
      state.ended = true;
      this.end();
    }
    const error = binding.respond(state.core.native, state.id, text, count, flags);
    if (error < 0) this.destroy(new NghttpError(error));
    state.core?.schedule();
    if (channels.finish.hasSubscribers) channels.finish.publish({ stream: this, headers: this.sentHeaders, flags: over
      ? NGHTTP2_FLAG_END_STREAM : 0 });
  }

  /** Node documentation: http2stream.respondWithFD(fd[, headers[, options]]). */
  respondWithFD(fd, headers, options) { require('./file').respondWithFD(this, fd, headers, options); }

  /** Node documentation: http2stream.respondWithFile(path[, headers[, options]]). */
  respondWithFile(path, headers, options) { require('./file').respondWithFile(this, path, headers, options); }

  /** Node documentation: http2stream.pushStream(headers[, options], callback). */
  pushStream(headers, options, callback) {
    const state = this[kState];
    if (!this.pushAllowed) throw new ERR_HTTP2_PUSH_DISABLED();
    if (this.id % 2 === 0) throw new ERR_HTTP2_NESTED_PUSH();
    if (typeof options === 'function') [options, callback] = [undefined, options];
    validateFunction(callback, 'callback');
    if (options !== undefined) validateObject(options, 'options');
    if (headers !== undefined) validateObject(headers, 'headers');
    timeouts.refresh(this);
    headers = { __proto__: null, ...headers };
    const request = state.requestHeaders;
    headers[':method'] ??= 'GET';
    headers[':authority'] ??= request[':authority'];
    headers[':scheme'] ??= request[':scheme'];
    headers[':path'] ??= '/';
    const [text, count] = block(headers, PSEUDO, this._strict);
    const { session, core } = state;
    const id = binding.push(core.native, state.id, text, count);
    if (id <= 0) {
      const error = id === ERR_STREAM_ID_NOT_AVAILABLE ? new ERR_HTTP2_OUT_OF_STREAMS()
        : id === ERR_STREAM_CLOSED ? new ERR_HTTP2_INVALID_STREAM() : new NghttpError(id);
      process.nextTick(callback, error);
      return;
    }
    const stream = new this.constructor(session, id, { readable: false }, headers);
    stream.push(null);
    stream[kState].endOfData = true;
    stream[kState].sentHeaders = headers;
    if (channels.start.hasSubscribers) channels.start.publish({ stream, headers });
    if (headers[':method'] === 'HEAD') {
      stream[kState].ended = true;
      stream.end();
    }
    core.schedule();
    process.nextTick(callback, null, stream, headers, 0);
  }

  _proceed() { this.respond(); }
  _discardsUnread() { return true; }

  _answered() {
    const { headersSent, sentTrailers, waitsForTrailers } = this[kState];
    return headersSent && (!waitsForTrailers || sentTrailers !== undefined);
  }

  _observeError(error) {
    if (channels.error.hasSubscribers) channels.error.publish({ stream: this, error });
  }

  _observeClose() {
    if (channels.close.hasSubscribers) channels.close.publish({ stream: this });
  }
}

module.exports = { ServerHttp2Stream, bodiless, responseHeaders, statusOf };
