'use strict';
// ServerHttp2Session: a connection that was accepted.

const binding = internalBinding('h2');
const { codes } = require('../errors');
const { validateString } = require('../validators');
const channels = require('./channels').server;
const { constants: { NGHTTP2_FLAG_END_STREAM } } = require('./constants');
const { NghttpError } = require('./errors');
const { Http2Session, NGHTTP2_SESSION_SERVER, follow } = require('./session');
const { ServerHttp2Stream } = require('./server_stream');
const { kState } = require('./state');
const timeouts = require('./timeouts');

const {
  ERR_HTTP2_ALTSVC_INVALID_ORIGIN, ERR_HTTP2_ALTSVC_LENGTH, ERR_HTTP2_INVALID_ORIGIN, ERR_HTTP2_INVALID_SESSION,
    ERR_HTTP2_ORIGIN_LENGTH,
  ERR_INVALID_ARG_TYPE, ERR_INVALID_CHAR, ERR_OUT_OF_RANGE,
} = codes;
const MAX_PAYLOAD = 16382; // of ALTSVC and ORIGIN, without the length before it
const MAX_ID = 2 ** 32 - 1;
const quotable = /^[\x09\x20-\x5b\x5d-\x7e\x80-\xff]*$/;

/**
 * The origin that a string, URL or object says.
 * @param {string} name of the argument @param {string[]} types @param {Function} Invalid error class for what has none
 */
function originOf(value, name, types, Invalid) {
  const origin = typeof value === 'string' ? new URL(value).origin : value?.origin;
  if (typeof origin !== 'string') throw new ERR_INVALID_ARG_TYPE(name, types, value);
  if (origin === '' || origin === 'null') throw new Invalid();
  return origin;
}

/** Node documentation: class ServerHttp2Session. */
class ServerHttp2Session extends Http2Session {
  /** @param {object | undefined} server whose it is */
  constructor(options, socket, server) {
    super(NGHTTP2_SESSION_SERVER, options, socket);
    this[kState].server = server;
    if (server !== undefined) {
      server._sessions.add(this);
      this.once('close', () => server._sessions.delete(this));
    }
    follow(socket);
  }

  get server() { return this[kState].server; }

  /** Node documentation: serverhttp2session.altsvc(alt, originOrStream). */
  altsvc(alt, originOrStream) {
    if (this.destroyed) throw new ERR_HTTP2_INVALID_SESSION();
    let id = 0;
    let origin = '';
    if (typeof originOrStream === 'number') {
      if (!(originOrStream > 0 && originOrStream <= MAX_ID &&
        Number.isInteger(originOrStream))) throw new ERR_OUT_OF_RANGE('originOrStream', `> 0 && < ${2 ** 32}`,
        originOrStream);
      id = originOrStream;
    } else if (originOrStream !== undefined) {
      origin = originOf(originOrStream, 'originOrStream', ['string', 'number', 'URL', 'object'],
        ERR_HTTP2_ALTSVC_INVALID_ORIGIN);
    }
    validateString(alt, 'alt');
    if (!quotable.test(alt)) throw new ERR_INVALID_CHAR('alt');
    if (Buffer.byteLength(origin) + Buffer.byteLength(alt) > MAX_PAYLOAD) throw new ERR_HTTP2_ALTSVC_LENGTH();
    this._submit((native) => binding.altsvc(native, id, origin, alt));
  }

  /** Node documentation: serverhttp2session.origin(...origins). */
  origin(...origins) {
    if (this.destroyed) throw new ERR_HTTP2_INVALID_SESSION();
    if (origins.length === 0) return;
    let length = 0;
    const list = origins.map((one) => {
      const origin = originOf(one, 'origin', ['string', 'URL', 'object'], ERR_HTTP2_INVALID_ORIGIN);
      length += 2 + Buffer.byteLength(origin);
      return origin;
    });
    if (length > MAX_PAYLOAD) throw new ERR_HTTP2_ORIGIN_LENGTH();
    this._submit((native) => binding.origin(native, list));
  }

  _submit(fn) {
    const { core } = this[kState];
    timeouts.refresh(this);
    const error = fn(core.native);
    if (error < 0) this.destroy(new NghttpError(error));
    else core.schedule();
  }

  _onRequest(id, headers, flags, list) {
    const stream = new ServerHttp2Stream(this, id, undefined, headers);
    const state = stream[kState];
    state.endAfterHeaders = (flags & NGHTTP2_FLAG_END_STREAM) !== 0;
    if (state.endAfterHeaders) {
      state.endOfData = true;
      stream.push(null);
    }
    if (state.headRequest) {
      // Nothing can be written: the response is its headers.
      state.ended = true;
      stream.end();
    }
    if (channels.start.hasSubscribers) channels.start.publish({ stream, headers });
    if (!this.emit('stream', stream, headers, flags, list) && state.server === undefined) stream.close();
  }
}

module.exports = { ServerHttp2Session };
