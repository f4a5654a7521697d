'use strict';
// Http2ServerRequest: a request of the compatibility API.

const { codes } = require('../errors');
const { validateString } = require('../validators');
const { Readable } = require('./parts');
const { ofStream } = require('./socket_proxy');
const { kRequest, kSocket } = require('./compat_symbols');

const { ERR_INVALID_ARG_VALUE } = codes;
const kStream = Symbol('stream');
const kFields = Symbol('fields');

/** Node documentation: class http2.Http2ServerRequest. */
class Http2ServerRequest extends Readable {
  constructor(stream, headers, options, rawHeaders) {
    super({ autoDestroy: false, ...options });
    this[kStream] = stream;
    this[kFields] = { headers, rawHeaders, trailers: {}, rawTrailers: [], aborted: false, closed: false,
      didRead: false };
    stream[kRequest] = this;
    stream.on('trailers', onTrailers);
    stream.on('end', onEnd);
    stream.on('error', onError);
    stream.on('aborted', onAborted);
    stream.on('close', onClose);
    stream.on('timeout', onTimeout);
    this.on('pause', onPause);
    this.on('resume', onResume);
  }

  get aborted() { return this[kFields].aborted; }
  get complete() { return this.aborted || this.readableEnded || this[kFields].closed || this[kStream].destroyed; }
  get stream() { return this[kStream]; }
  get headers() { return this[kFields].headers; }
  get rawHeaders() { return this[kFields].rawHeaders; }
  get trailers() { return this[kFields].trailers; }
  get rawTrailers() { return this[kFields].rawTrailers; }
  get httpVersionMajor() { return 2; }
  get httpVersionMinor() { return 0; }
  get httpVersion() { return '2.0'; }
  get socket() { return (this[kStream][kSocket] ??= ofStream(this[kStream])); }
  get connection() { return this.socket; }
  get method() { return this[kFields].headers[':method']; }
  set method(method) {
    validateString(method, 'method');
    if (method.trim() === '') throw new ERR_INVALID_ARG_VALUE('method', method);
    this[kFields].headers[':method'] = method;
  }

  get authority() { return this[kFields].headers[':authority'] ?? this[kFields].headers.host; }
  set authority(authority) {
    validateString(authority, 'authority');
    this[kFields].headers[':authority'] = authority;
  }

  get scheme() { return this[kFields].headers[':scheme']; }
  set scheme(scheme) {
    validateString(scheme, 'scheme');
    this[kFields].headers[':scheme'] = scheme;
  }

  get url() { return this[kFields].headers[':path']; }
  set url(url) { this[kFields].headers[':path'] = url; }

  setTimeout(msecs, callback) {
    if (!this[kFields].closed) this[kStream].setTimeout(msecs, callback);
    return this;
  }

  _read() {
    const fields = this[kFields];
    if (fields.closed) return;
    if (!fields.didRead) {
      fields.didRead = true;
      this[kStream].on('data', onData);
    } else {
      process.nextTick(() => { if (!this[kStream].destroyed) this[kStream].resume(); });
    }
  }

  _destroy(error, callback) {
    const stream = this[kStream];
    if (!stream.destroyed) stream.destroy(error);
    callback(error);
  }
}

function onData(chunk) {
  if (this[kRequest] !== undefined && !this[kRequest].push(chunk)) this.pause();
}

function onTrailers(trailers, flags, rawTrailers) {
  const request = this[kRequest];
  if (request === undefined) return;
  Object.assign(request[kFields].trailers, trailers);
  request[kFields].rawTrailers.push(...rawTrailers);
}

function onEnd() { this[kRequest]?.push(null); }

/**
 * Node documentation has no 'error' of requests: the stream has it, and what nobody listens to there is nobody's
 * concern.
 */
function onError() {}

function onAborted() {
  const request = this[kRequest];
  if (request === undefined || request[kFields].aborted) return;
  request[kFields].aborted = true;
  request.emit('aborted');
}

function onClose() {
  const request = this[kRequest];
  if (request === undefined) return;
  request[kFields].closed = true;
  request.push(null);
  // Nobody has looked at the body: it goes.
  if (!request._readableState.resumeScheduled) request.resume();
  this[kSocket] = undefined;
  this[kRequest] = undefined;
  request.emit('close');
}

function onTimeout() { this[kRequest]?.emit('timeout'); }
function onPause() { if (!this[kStream].destroyed) this[kStream].pause(); }
function onResume() { if (!this[kStream].destroyed) this[kStream].resume(); }

module.exports = { Http2ServerRequest };
