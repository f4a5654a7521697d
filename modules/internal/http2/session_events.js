'use strict';
// What comes on a session (core.js calls this with the events of h2_session.h), as events of sessions and streams.

const binding = internalBinding('h2');
const { codes: { ERR_HTTP2_SESSION_ERROR, ERR_HTTP2_TOO_MANY_ORIGINS } } = require('../errors');
const { now } = require('./parts');
const { constants } = require('./constants');
const { NghttpError, sessionError } = require('./errors');
const { toObject } = require('./headers');
const { fromNumbers } = require('./settings');
const { kState } = require('./state');
const timeouts = require('./timeouts');

const {
  NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM, NGHTTP2_SESSION_CLIENT,
} = constants;
const [REQUEST, RESPONSE, PUSH_RESPONSE] = [0, 1, 2]; // nghttp2's categories of HEADERS
const ERR_PROTO = -505;
const MAX_ORIGINS = 128;

const emit = (emitter, ...args) => emitter.emit(...args);

class SessionEvents {
  constructor(session) { this.session = session; }

  get state() { return this.session[kState]; }

  onActivity() { timeouts.refresh(this.session); }

  beforeSend(stream) { stream._beforeSend(); }

  onFlushed() { if (this.state.closed) this.session._maybeDestroy(); }

  // ---- streams ----------------------------------------------------------------------------------------------------

  onHeaders(id, category, flags, list, sensitive) {
    const { session, state } = this;
    const stream = state.streams.get(id);
    if (stream === undefined) {
      if (state.type === NGHTTP2_SESSION_CLIENT || category !== REQUEST) return;
      if (state.closed) {
        binding.reset(state.core.native, id, NGHTTP2_REFUSED_STREAM);
        binding.discard(state.core.native, id);
        return;
      }
      session._onRequest(id, toObject(list, sensitive), flags, list);
      return;
    }
    if (stream.destroyed) return;
    timeouts.refresh(stream);
    const headers = toObject(list, sensitive);
    const ended = (flags & NGHTTP2_FLAG_END_STREAM) !== 0;
    const status = headers[':status'];
    const counts = stream[kState].counts;
    if (counts.header === 0) counts.header = now();
    let event;
    if (category === RESPONSE || status >= 200) event = !ended && status < 200 ? 'headers' : 'response';
    else event = ended ? 'trailers' : 'headers';
    if (category === PUSH_RESPONSE) event = 'push';
    if (event === 'response' || event === 'push') {
      stream[kState].endAfterHeaders = ended;
      stream._onResponse(headers, flags);
      if (status === 421) state.originSet?.delete(stream[kState].origin);
    }
    if (ended) stream._deliver('_endOfData');
    stream._in(emit, stream, event, headers, flags, list);
  }

  onPush(id, parent, flags, list, sensitive) {
    const { session, state } = this;
    if (state.destroyed) return;
    if (session.listenerCount('stream') === 0) {
      binding.reset(state.core.native, id, NGHTTP2_REFUSED_STREAM);
      binding.discard(state.core.native, id);
      return;
    }
    session._onPushed(id, toObject(list, sensitive), flags, list);
  }

  onData(id, start, end, a, b, buffer) {
    const stream = this.state.streams.get(id);
    if (stream === undefined || stream.destroyed) return;
    timeouts.refresh(stream);
    stream._deliver('_onData', start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end));
  }

  onEnd(id) {
    const stream = this.state.streams.get(id);
    if (stream !== undefined && !stream.destroyed) stream._deliver('_endOfData');
  }

  onStreamClosed(id, code) { this.state.streams.get(id)?._deliver('_onClosed', code); }

  onWritten(id) { this.state.core.note(id); }

  onSent(id) { this.state.streams.get(id)?._deliver('_onWritten'); }

  onWantTrailers(id) {
    const stream = this.state.streams.get(id);
    if (stream === undefined || stream.destroyed || stream.closed) return;
    stream[kState].trailersReady = true;
    stream._in(() => { if (!stream.emit('wantTrailers')) stream.sendTrailers({}); });
  }

  onFrameError(id, type, code) {
    const { session } = this;
    const stream = this.state.streams.get(id);
    const emitter = stream ?? session;
    timeouts.refresh(emitter);
    emitter.emit('frameError', type, code, id);
    // Unless nghttp2 has done so by then.
    if (stream !== undefined) setImmediate(() => { if (!stream.closed) stream.close(code); });
    session.close();
  }

  // ---- the session ------------------------------------------------------------------------------------------------

  onSettings(list) {
    const { session, state } = this;
    state.remote = fromNumbers(list);
    session.emit('remoteSettings', state.remote);
  }

  onSettingsAck(list) {
    const { session, state } = this;
    const entry = state.settings.shift();
    if (entry === undefined) return;
    state.pendingAcks--;
    state.local = fromNumbers(list);
    if (Object.keys(state.custom).length > 0) state.local.customSettings = { ...state.custom };
    if (entry.callback) entry.callback(null, session.localSettings, now() - entry.start);
    session.emit('localSettings', session.localSettings);
  }

  onPing(payload) { this.session.emit('ping', payload); }

  onPong(payload) {
    const request = this.state.pings.shift();
    if (request === undefined) {
      this.session.destroy(new NghttpError(ERR_PROTO));
      return;
    }
    this.state.counts.rtt = now() - request.start;
    request.settle(null, payload);
  }

  onGoaway(code, lastStreamId, opaqueData) {
    const { session, state } = this;
    if (state.destroyed) return;
    state.goawayCode = code;
    state.goawayLastId = lastStreamId;
    process.nextTick(emit, session, 'goaway', code, lastStreamId, opaqueData);
    if (code === NGHTTP2_NO_ERROR) session.close();
    else session.destroy(new ERR_HTTP2_SESSION_ERROR(code), NGHTTP2_NO_ERROR);
  }

  onAltsvc(id, origin, value) { this.session.emit('altsvc', value, origin, id); }

  onOrigin(origins) {
    const { session, state } = this;
    if (!state.encrypted || state.destroyed) return;
    const { maxOriginSetSize = MAX_ORIGINS } = state.options;
    const known = session._origins();
    for (const origin of origins) {
      known.add(origin);
      if (known.size > maxOriginSetSize) {
        session.destroy(new ERR_HTTP2_TOO_MANY_ORIGINS(maxOriginSetSize));
        return;
      }
    }
    session.emit('origin', origins);
  }

  onInvalid(errno) { this.session.destroy(new NghttpError(errno)); }

  onError(errno, failure) { this.session.destroy(sessionError(errno, failure)); }

  /** nghttp2 is through with the peer although the session is not: it has sent a GOAWAY of its own. */
  onDone() {
    const { session, state } = this;
    if (state.destroyed || state.closed) return;
    session.destroy(new NghttpError(ERR_PROTO));
  }
}

module.exports = { SessionEvents };
