'use strict';
// http2.connect() and ClientHttp2Session.

const binding = internalBinding('h2');
const { net, tls } = require('./parts');
const { AbortError, codes } = require('../errors');
const { validateAbortSignal, validateBoolean, validateNumber } = require('../validators');
const channels = require('./channels').client;
const { ClientHttp2Stream } = require('./client_stream');
const { NghttpError } = require('./errors');
const { PSEUDO, block, fieldOf, sensitiveHeaders } = require('./headers');
const { copyCustom } = require('./limits');
const { NGHTTP2_SESSION_CLIENT, Http2Session, assertObject, follow } = require('./session');
const { kState } = require('./state');
const timeouts = require('./timeouts');

const {
  ERR_HTTP2_CONNECT_AUTHORITY, ERR_HTTP2_CONNECT_PATH, ERR_HTTP2_CONNECT_SCHEME, ERR_HTTP2_GOAWAY_SESSION,
    ERR_HTTP2_INVALID_SESSION,
  ERR_HTTP2_OUT_OF_STREAMS, ERR_HTTP2_STREAM_SELF_DEPENDENCY, ERR_HTTP2_UNSUPPORTED_PROTOCOL, ERR_INVALID_ARG_TYPE,
    ERR_OUT_OF_RANGE,
} = codes;
const [END, WAITS] = [1, 2]; // flags that C takes with headers
const [ERR_INVALID_ARGUMENT, ERR_STREAM_ID_NOT_AVAILABLE] = [-501, -509];
const WITHOUT_BODY = new Set(['GET', 'HEAD', 'DELETE']);

/** Node documentation: class ClientHttp2Session. */
class ClientHttp2Session extends Http2Session {
  constructor(options, socket) {
    super(NGHTTP2_SESSION_CLIENT, options, socket);
    this[kState].pendingRequests = null;
    follow(socket);
  }

  /** Node documentation: clienthttp2session.request(headers[, options]). @returns {ClientHttp2Stream} */
  request(given, options) {
    timeouts.refresh(this);
    if (given !== undefined && (given === null ||
      typeof given !== 'object')) throw new ERR_INVALID_ARG_TYPE('headers', ['Object', 'Array'], given);
    if (options !== undefined) assertObject(options, 'options');
    options = { ...options };
    const headers = requestHeaders(this, given);
    const raw = Array.isArray(headers);
    const method = raw ? fieldOf(headers, ':method') : headers[':method'];
    checkOptions(options);
    if (options.endStream === undefined) options.endStream = WITHOUT_BODY.has(method);
    const [text, count] = block(headers, PSEUDO, this[kState].options.strictSingleValueFields !== false);
    const stream = new ClientHttp2Stream(this, undefined, {});
    const state = stream[kState];
    state.sentHeaders = headers;
    const of = (name) => (raw ? fieldOf(headers, name) : headers[name]);
    state.origin = `${of(':scheme')}://${of(':authority')}`;
    state.headRequest = method === 'HEAD';
    if (options.endStream) {
      state.ended = true;
      stream.end();
    }
    state.waitsForTrailers = Boolean(options.waitForTrailers);
    const flags = (options.endStream ? END : 0) | (options.waitForTrailers ? WAITS : 0);
    if (channels.created.hasSubscribers) channels.created.publish({ stream, headers: stream.sentHeaders });
    if (options.signal) abortBy(stream, options.signal);
    this._when(() => begin(this, stream, text, count, flags), stream);
    return stream;
  }

  /** Calls fn now, or with all others when the connection is there. A session that has ended has no more requests. */
  _when(fn, stream) {
    const state = this[kState];
    if (state.destroyed || state.closed) {
      const error = state.destroyed ? new ERR_HTTP2_INVALID_SESSION() : new ERR_HTTP2_GOAWAY_SESSION();
      process.nextTick(() => stream.destroy(error));
    } else if (!this.connecting) {
      fn();
    } else if (state.pendingRequests !== null) {
      state.pendingRequests.push(fn);
    } else {
      state.pendingRequests = [fn];
      this.once('connect', () => {
        const list = state.pendingRequests;
        state.pendingRequests = null;
        for (const one of list) one();
      });
    }
  }

  _onPushed(id, headers, flags, list) {
    const stream = new ClientHttp2Stream(this, id, { writable: false });
    const state = stream[kState];
    state.ended = true;
    stream.end();
    state.origin = `${headers[':scheme']}://${headers[':authority']}`;
    if (channels.created.hasSubscribers) channels.created.publish({ stream, headers });
    if (channels.start.hasSubscribers) channels.start.publish({ stream, headers });
    this.emit('stream', stream, headers, flags, list);
  }
}

function checkOptions(options) {
  if (options.parent !== undefined) validateNumber(options.parent, 'options.parent');
  for (const name of ['exclusive', 'endStream',
    'silent']) if (options[name] !== undefined) validateBoolean(options[name], `options.${name}`);
  if (options.weight !== undefined) {
    validateNumber(options.weight, 'options.weight');
    require('./priority').warn('Priority signaling has been deprecated as of RFC 9113.');
  }
  if (options.signal !== undefined) validateAbortSignal(options.signal, 'options.signal');
}

/** @returns {object | string[]} with what a request has to have */
function requestHeaders(session, given) {
  const state = session[kState];
  const raw = Array.isArray(given);
  const headers = raw ? [...given] : { __proto__: null, ...given };
  if (raw && given[sensitiveHeaders]) headers[sensitiveHeaders] = given[sensitiveHeaders];
  const of = (name) => (raw ? fieldOf(headers, name) : headers[name]);
  const missing = [];
  const need = (name, value) => {
    if (of(name) !== undefined) return;
    if (raw) missing.push(name, value);
    else headers[name] = value;
  };
  need(':method', 'GET');
  const method = of(':method') ?? 'GET';
  if (method === 'CONNECT' && of(':protocol') === undefined) {
    if (of(':authority') === undefined) throw new ERR_HTTP2_CONNECT_AUTHORITY();
    if (of(':scheme') !== undefined) throw new ERR_HTTP2_CONNECT_SCHEME();
    if (of(':path') !== undefined) throw new ERR_HTTP2_CONNECT_PATH();
  } else {
    if (of('host') === undefined) need(':authority', state.authority);
    need(':scheme', state.protocol.slice(0, -1));
    need(':path', '/');
  }
  if (raw) headers.unshift(...missing);
  return headers;
}

function abortBy(stream, signal) {
  const abort = () => stream.destroy(new AbortError(undefined, { cause: signal.reason }));
  if (signal.aborted) {
    abort();
    return;
  }
  signal.addEventListener('abort', abort, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', abort));
}

/** The request goes to the peer. */
function begin(session, stream, text, count, flags) {
  const state = session[kState];
  if (stream.destroyed || state.destroyed) return;
  if (state.closed) {
    stream.destroy(new ERR_HTTP2_GOAWAY_SESSION());
    return;
  }
  const id = binding.request(state.core.native, text, count, flags);
  if (id <= 0) {
    if (id === ERR_STREAM_ID_NOT_AVAILABLE) stream.destroy(new ERR_HTTP2_OUT_OF_STREAMS());
    else if (id === ERR_INVALID_ARGUMENT) stream.destroy(new ERR_HTTP2_STREAM_SELF_DEPENDENCY());
    else session.destroy(new NghttpError(id));
    return;
  }
  stream._init(id);
  if (channels.start.hasSubscribers) channels.start.publish({ stream, headers: stream.sentHeaders });
  state.core?.schedule();
}

/** Node documentation: http2.connect(authority[, options][, listener]). @returns {ClientHttp2Session} */
function connect(authority, options, listener) {
  if (typeof options === 'function') [options, listener] = [undefined, options];
  if (options !== undefined) assertObject(options, 'options');
  options = { ...options };
  const { maxOriginSetSize } = options;
  if (maxOriginSetSize !== undefined) {
    if (typeof maxOriginSetSize !== 'number') throw new ERR_INVALID_ARG_TYPE('options.maxOriginSetSize', 'number',
      maxOriginSetSize);
    if (!(maxOriginSetSize >= 0)) throw new ERR_OUT_OF_RANGE('options.maxOriginSetSize', '>= 0', maxOriginSetSize);
  }
  copyCustom(options);
  if (typeof authority === 'string') authority = new URL(authority);
  if (authority === null || typeof authority !== 'object') throw new ERR_INVALID_ARG_TYPE('authority', ['string',
    'Object', 'URL'], authority);
  const protocol = authority.protocol || options.protocol || 'https:';
  const port = `${authority.port ? authority.port : protocol === 'http:' ? 80 : 443}`;
  let host = 'localhost';
  if (authority.hostname) host = authority.hostname.startsWith('[') ? authority.hostname.slice(1, -1)
    : authority.hostname;
  else if (authority.host) host = authority.host;
  const session = new ClientHttp2Session(options, makeSocket(authority, protocol, host, port, options));
  const shown = options.servername || host;
  session[kState].authority = `${net.isIPv6(shown) ? `[${shown}]` : shown}:${port}`;
  session[kState].protocol = protocol;
  if (typeof listener === 'function') session.once('connect', listener);
  return session;
}

function makeSocket(authority, protocol, host, port, options) {
  if (typeof options.createConnection === 'function') return options.createConnection(authority, options);
  if (protocol === 'http:') return net.connect({ port, host, ...options });
  if (protocol !== 'https:') throw new ERR_HTTP2_UNSUPPORTED_PROTOCOL(protocol);
  options.ALPNProtocols = options.allowHTTP1 === true ? ['h2', 'http/1.1'] : ['h2'];
  if (!net.isIP(host)) options.servername ||= host;
  return tls().connect({ port, host, ...options });
}

// util.promisify(connect)(authority[, options]) waits for the connection.
Object.defineProperty(connect, Symbol.for('nodejs.util.promisify.custom'), {
  configurable: true,
  value: (authority, options) => new Promise((resolve, reject) => {
    const session = connect(authority, options, () => {
      session.removeListener('error', reject);
      resolve(session);
    });
    session.once('error', reject);
  }),
});

module.exports = { ClientHttp2Session, connect };
