'use strict';
// Http2Session: what an app sees of one connection. What comes on it is in session_events.js, the bytes are in core.js.

const { EventEmitter, inspect, now } = require('./parts');
const binding = internalBinding('h2');
const { codes } = require('../errors');
const { validateFunction, validateInt32, validateNumber, validateUint32 } = require('../validators');
const { constants } = require('./constants');
const { Core } = require('./core');
const { NghttpError } = require('./errors');
const { SessionEvents } = require('./session_events');
const settingsOf = require('./settings');
const { kState, ofState } = require('./state');
const { limits } = require('./limits');
const observe = require('./observe');
const timeouts = require('./timeouts');

const {
  ERR_HTTP2_INVALID_SESSION, ERR_HTTP2_MAX_PENDING_SETTINGS_ACK, ERR_HTTP2_NO_MEM, ERR_HTTP2_PING_CANCEL,
    ERR_HTTP2_PING_LENGTH,
  ERR_HTTP2_SESSION_ERROR, ERR_HTTP2_SOCKET_BOUND, ERR_HTTP2_STREAM_CANCEL, ERR_INVALID_ARG_TYPE,
  ERR_OUT_OF_RANGE,
} = codes;
const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_SESSION_CLIENT,
  NGHTTP2_SESSION_SERVER } = constants;
const { kBound } = ofState;
const MAX_STREAM_ID = 2 ** 32 - 1;
const MAX_WINDOW = 2 ** 31 - 1;
const ERR_NOMEM = -901;
const LINGER_MS = 2000;

function assertObject(value, name) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new ERR_INVALID_ARG_TYPE(name,
    'Object', value);
}

class SessionState {
  constructor(type, options, socket) {
    this.type = type;
    this.options = options;
    this.socket = socket;
    this.proxy = undefined;
    this.core = null;
    this.server = undefined;
    this.streams = new Map();
    this.pending = new Set(); // streams without an id
    this.connecting = true;
    this.closed = false;
    this.destroyed = false;
    this.error = undefined;
    this.destroyCode = NGHTTP2_NO_ERROR;
    this.goawayCode = null;
    this.goawayLastId = null;
    this.encrypted = undefined;
    this.alpnProtocol = undefined;
    this.local = undefined; // settings objects, until they change
    this.remote = undefined;
    this.custom = {}; // of ours
    this.pendingAcks = 0;
    this.settings = []; // sent and not acknowledged: { callback, custom, start }
    this.pings = []; // sent and not answered
    this.originSet = undefined;
    this.counts = observe.sessionCounts();
  }
}

/** Node documentation: class Http2Session. */
class Http2Session extends EventEmitter {
  constructor(type, options, socket) {
    super();
    if (socket[kBound] !== undefined) throw new ERR_HTTP2_SOCKET_BOUND();
    socket[kBound] = this;
    Object.defineProperty(this, kState, { value: new SessionState(type, options, socket) });
    const state = this[kState];
    socket.disableRenegotiation?.();
    socket.setNoDelay?.();
    state.listener = new SessionEvents(this);
    const secure = socket.encrypted === true;
    if (socket.connecting || (secure && socket.secureConnecting)) {
      socket.once(secure ? 'secureConnect' : 'connect', () => open(this));
    } else {
      open(this);
    }
  }

  get type() { return this[kState].type; }
  get connecting() { return this[kState].connecting && !this[kState].destroyed; }
  get closed() { return this[kState].closed; }
  get destroyed() { return this[kState].destroyed; }
  get encrypted() { return this[kState].encrypted; }
  get alpnProtocol() { return this[kState].alpnProtocol; }
  get goawayCode() { return this[kState].goawayCode ?? NGHTTP2_NO_ERROR; }
  get goawayLastStreamID() { return this[kState].goawayLastId ?? 0; }
  get pendingSettingsAck() { return this[kState].pendingAcks > 0; }

  get originSet() {
    const { encrypted, destroyed } = this[kState];
    return !encrypted || destroyed ? undefined : [...originsOf(this)];
  }

  /** Node documentation: http2session.socket. A proxy: what would disturb the session throws. */
  get socket() {
    const state = this[kState];
    if (state.socket === undefined) return undefined;
    return (state.proxy ??= require('./socket_proxy').ofSession(this));
  }

  get state() {
    const { core } = this[kState];
    const facts = core?.native ? binding.sessionState(core.native) : undefined;
    if (this.connecting || facts === undefined) return {};
    const [effectiveLocalWindowSize, effectiveRecvDataLength, nextStreamID, localWindowSize, lastProcStreamID,
      remoteWindowSize,
      outboundQueueSize, deflateDynamicTableSize, inflateDynamicTableSize] = facts;
    return {
      effectiveLocalWindowSize, effectiveRecvDataLength, nextStreamID, localWindowSize, lastProcStreamID,
        remoteWindowSize,
      outboundQueueSize, deflateDynamicTableSize, inflateDynamicTableSize,
    };
  }

  get localSettings() { return settingsFrom(this, 'local', false); }
  get remoteSettings() { return settingsFrom(this, 'remote', true); }

  /** Not documented. @param {number} id of the next stream */
  setNextStreamID(id) {
    alive(this);
    validateNumber(id, 'id');
    if (!(id > 0 && id <= MAX_STREAM_ID)) throw new ERR_OUT_OF_RANGE('id', `> 0 and <= ${MAX_STREAM_ID}`, id);
    const { core } = this[kState];
    if (core) binding.nextStream(core.native, id);
  }

  /** Node documentation: http2session.setLocalWindowSize(windowSize). */
  setLocalWindowSize(windowSize) {
    alive(this);
    validateInt32(windowSize, 'windowSize', 0, MAX_WINDOW);
    const { core } = this[kState];
    const error = core === null ? 0 : binding.window(core.native, windowSize);
    if (error === ERR_NOMEM) this.destroy(new ERR_HTTP2_NO_MEM());
    core?.schedule();
  }

  /** Node documentation: http2session.ping([payload, ]callback). @returns {boolean} whether it was sent */
  ping(payload, callback) {
    alive(this);
    if (typeof payload === 'function') [payload, callback] = [undefined, payload];
    if (payload !== undefined) {
      if (!ArrayBuffer.isView(payload)) throw new ERR_INVALID_ARG_TYPE('payload', ['Buffer', 'TypedArray',
        'DataView'], payload);
      if (payload.byteLength !== 8) throw new ERR_HTTP2_PING_LENGTH();
    }
    validateFunction(callback, 'callback');
    if (this.connecting) {
      this.once('connect', () => ping(this, payload, callback));
      return undefined;
    }
    return ping(this, payload, callback);
  }

  /** Node documentation: http2session.settings([settings][, callback]). */
  settings(settings, callback) {
    alive(this);
    if (settings !== undefined) assertObject(settings, 'settings');
    settingsOf.validate(settings);
    Object.assign(this[kState].custom, settings?.customSettings);
    if (callback !== undefined) validateFunction(callback, 'callback');
    const entry = { callback, settings: { ...settings }, start: 0 };
    this[kState].settings.push(entry);
    this[kState].pendingAcks++;
    if (this.connecting) this.once('connect', () => submitSettings(this, entry));
    else submitSettings(this, entry);
  }

  /** Node documentation: http2session.goaway([code[, lastStreamID[, opaqueData]]]). */
  goaway(code = NGHTTP2_NO_ERROR, lastStreamID = 0, opaqueData) {
    alive(this);
    if (opaqueData !== undefined && !ArrayBuffer.isView(opaqueData)) {
      throw new ERR_INVALID_ARG_TYPE('opaqueData', ['Buffer', 'TypedArray', 'DataView'], opaqueData);
    }
    validateNumber(code, 'code');
    validateNumber(lastStreamID, 'lastStreamID');
    if (this.connecting) this.once('connect', () => goaway(this, code, lastStreamID, opaqueData));
    else goaway(this, code, lastStreamID, opaqueData);
  }

  /** Node documentation: http2session.close([callback]). */
  close(callback) {
    const state = this[kState];
    if (state.closed || state.destroyed) return;
    state.closed = true;
    if (typeof callback === 'function') this.once('close', callback);
    this.goaway();
    maybeDestroy(this);
  }

  /** Node documentation: http2session.destroy([error][, code]). */
  destroy(error = NGHTTP2_NO_ERROR, code) {
    if (this[kState].destroyed) return;
    if (typeof error === 'number') {
      validateUint32(error, 'code');
      code = error;
      error = code === NGHTTP2_NO_ERROR ? undefined : new ERR_HTTP2_SESSION_ERROR(code);
    }
    if (code === undefined) code = error === undefined || error === null ? NGHTTP2_NO_ERROR : NGHTTP2_INTERNAL_ERROR;
    destroy(this, code, error);
  }

  _maybeDestroy() { maybeDestroy(this); }
  _origins() { return originsOf(this); }

  ref() { this[kState].socket?.ref?.(); }
  unref() { this[kState].socket?.unref?.(); }

  _onTimeout() {
    const state = this[kState];
    if (state.destroyed) return;
    // A long write is activity, as long as it moves.
    const { core } = state;
    const progress = core?.native ? `${binding.counters(core.native)[1]} ${core.handle?.writeQueueSize}` : '';
    const waits = core?.writing || [...state.streams.values()].some((stream) => stream.writableLength > 0 ||
      stream[kState].file !== null);
    if (waits && progress !== state.progress) {
      state.progress = progress;
      timeouts.refresh(this);
      return;
    }
    this.emit('timeout');
  }

  /** An async listener failed. */
  [Symbol.for('nodejs.rejection')](error, event, ...args) {
    if (event === 'stream') args[0].destroy(error);
    else this.destroy(error);
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this;
    const { type, closed, destroyed } = this;
    const { state, localSettings, remoteSettings } = this;
    const shown = { type, closed, destroyed, state, localSettings: { ...localSettings },
      remoteSettings: { ...remoteSettings } };
    return `Http2Session ${inspect(shown, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}
Http2Session.prototype.setTimeout = timeouts.setTimeout;

function alive(session) {
  if (session[kState].destroyed) throw new ERR_HTTP2_INVALID_SESSION();
}

/** The socket is there: the session begins. */
function open(session) {
  const state = session[kState];
  if (state.destroyed) return;
  const { socket, options } = state;
  const server = state.type === NGHTTP2_SESSION_SERVER;
  const [numbers, custom] = limits(options, server);
  const core = new Core(state.listener, server, numbers, custom);
  if (!core.works) {
    destroy(session, NGHTTP2_INTERNAL_ERROR, new NghttpError(core.native));
    return;
  }
  state.core = core;
  state.encrypted = socket.encrypted === true;
  state.alpnProtocol = state.encrypted ? socket.alpnProtocol : 'h2c';
  if (state.encrypted) originsOf(session);
  state.connecting = false;
  observe.sessionStarted(session);
  try {
    session.settings(options.settings ?? {});
    if (server && Array.isArray(options.origins)) session.origin(...options.origins);
  } catch (error) {
    session.destroy(error);
    return;
  }
  core.attach(socket);
  process.nextTick(() => session.emit('connect', session, socket));
}

/** The origins that a session over TLS speaks for; the first is where it was connected to (RFC 8336 section 2.3). */
function originsOf(session) {
  const state = session[kState];
  if (state.originSet === undefined) {
    const { socket } = state;
    let host = socket.servername;
    if (!host) {
      host = socket.remoteFamily === 'IPv6' ? `[${socket.remoteAddress}]` : socket.remoteAddress;
    }
    const origin = socket.remotePort === 443 || socket.remotePort === undefined ? `https://${host}`
      : `https://${host}:${socket.remotePort}`;
    state.originSet = new Set([origin]);
  }
  return state.originSet;
}

function settingsFrom(session, which, remote) {
  const state = session[kState];
  if (state[which] !== undefined) return state[which];
  if (state.core?.native == null || session.connecting) return {};
  const settings = settingsOf.fromNumbers(binding.settingsOf(state.core.native, remote));
  if (!remote && Object.keys(state.custom).length > 0) settings.customSettings = { ...state.custom };
  return (state[which] = settings);
}

function submitSettings(session, entry) {
  const state = session[kState];
  if (state.destroyed) return;
  const { maxOutstandingSettings = 10 } = state.options;
  if (state.settings.indexOf(entry) >= maxOutstandingSettings) {
    state.settings.splice(state.settings.indexOf(entry), 1);
    session.destroy(new ERR_HTTP2_MAX_PENDING_SETTINGS_ACK());
    return;
  }
  timeouts.refresh(session);
  entry.start = now();
  const error = binding.settings(state.core.native, settingsOf.toNumbers(entry.settings));
  if (error < 0) session.destroy(new NghttpError(error));
  else state.core.schedule();
}

function ping(session, payload, callback) {
  const state = session[kState];
  const { maxOutstandingPings = 10 } = state.options;
  const { PingRequest } = require('./ping');
  const start = now();
  const request = new PingRequest(callback, start);
  if (state.destroyed || state.pings.length >= maxOutstandingPings) {
    process.nextTick(() => request.settle(new ERR_HTTP2_PING_CANCEL()));
    return false;
  }
  timeouts.refresh(session);
  if (payload === undefined) {
    payload = Buffer.alloc(8);
    payload.writeBigUInt64LE(process.hrtime.bigint());
  }
  state.pings.push(request);
  binding.ping(state.core.native, payload);
  state.core.schedule();
  return true;
}

function goaway(session, code, lastStreamID, opaqueData) {
  const state = session[kState];
  if (state.destroyed) return;
  timeouts.refresh(session);
  binding.goaway(state.core.native, code >>> 0, lastStreamID, opaqueData);
  state.core.schedule();
}

/** Ends a closed session that has nothing to do any more. */
function maybeDestroy(session) {
  const state = session[kState];
  if (!state.closed || state.destroyed || state.streams.size > 0 || state.pending.size > 0 || state.core?.busy) return;
  session.destroy();
}

/**
 * @param {number} code of the GOAWAY @param {Error | undefined} error that the session will emit
 * @param {boolean} [gone] by the peer: streams that have come whole can still be read
 */
function destroy(session, code, error, gone = false) {
  const state = session[kState];
  if (state.destroyed) return;
  state.destroyed = true;
  state.error = error;
  state.destroyCode = code;
  const { socket, core } = state;
  timeouts.clear(session);
  session.removeAllListeners('timeout');
  if (state.pending.size > 0) {
    const cancel = new ERR_HTTP2_STREAM_CANCEL(error);
    for (const stream of [...state.pending]) stream.destroy(cancel);
  }
  for (const stream of [...state.streams.values()]) if (!(gone && stream._isWhole())) stream.destroy(error);
  for (const one of state.pings.splice(0)) one.settle(new ERR_HTTP2_PING_CANCEL());
  observe.sessionDone(session);
  core?.close(code, socket.destroyed);
  finish(session, error);
}

function finish(session, error) {
  const state = session[kState];
  const { socket, core, closed } = state;
  core?.detach();
  state.socket = undefined;
  const tell = () => {
    if (error) session.emit('error', error);
    session.emit('close');
  };
  socket[kBound] = undefined;
  if (socket.destroyed) {
    process.nextTick(tell);
    return;
  }
  socket.once('close', tell);
  if (closed && !error) {
    // The peer hears all that was written, and it is the peer's end that closes the connection.
    socket.resume();
    socket.end();
    if (state.type === NGHTTP2_SESSION_SERVER) linger(socket);
  } else {
    socket.destroy(error);
  }
}

/** A client that does not hang up although both have said goodbye must not hold a server that closes. */
function linger(socket) {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

/** The socket is gone. */
function lost(session) {
  const state = session[kState];
  if (state.destroyed) return;
  for (const stream of [...state.streams.values()]) stream.close(NGHTTP2_CANCEL);
  for (const stream of [...state.pending]) stream.close(NGHTTP2_CANCEL);
  session.close();
  destroy(session, NGHTTP2_NO_ERROR, undefined, true);
}

/** A socket's 'error'. */
function broken(session, error) {
  const state = session[kState];
  if (state.destroyed) return;
  // A peer that has said goodbye may hang up as it likes.
  if (error.code === 'ECONNRESET' && state.goawayCode === NGHTTP2_NO_ERROR) session.destroy();
  else session.destroy(error);
}

/** Socket listeners of a session; they find it by the socket. */
function follow(socket) {
  socket.on('error', function onError(error) { if (this[kBound] !== undefined) broken(this[kBound], error); });
  socket.on('close', function onClose() { if (this[kBound] !== undefined) lost(this[kBound]); });
}

module.exports = { Http2Session, NGHTTP2_SESSION_CLIENT, NGHTTP2_SESSION_SERVER, assertObject, follow };
