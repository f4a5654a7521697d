'use strict';
// Http2Stream: a Duplex over one stream of a session. Servers' and clients' own are in server_stream.js and
// client_stream.js.

const binding = internalBinding('h2');
const { Duplex, inspect, now } = require('./parts');
const { AbortError, codes } = require('../errors');
const { validateFunction, validateUint32 } = require('../validators');
const async = require('../async_context');
const { constants, ERROR_NAMES } = require('./constants');
const { NONE, block, fromRaw } = require('./headers');
const { NghttpError } = require('./errors');
const { kState } = require('./state');
const observe = require('./observe');
const timeouts = require('./timeouts');

const {
  ERR_HTTP2_INVALID_STREAM, ERR_HTTP2_STREAM_ERROR, ERR_HTTP2_TRAILERS_ALREADY_SENT, ERR_HTTP2_TRAILERS_NOT_READY,
    ERR_INVALID_ARG_TYPE,
} = codes;
const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants;

class StreamState {
  constructor(session) {
    this.session = session;
    this.id = undefined;
    this.frame = async.current(); // of AsyncLocalStorage: events of the stream come in it
    this.rstCode = undefined;
    this.closed = false;
    this.aborted = false;
    this.didRead = false;
    this.reading = false;
    this.ended = false; // C knows that nothing more will be written
    this.headersSent = false;
    this.headRequest = false;
    this.endAfterHeaders = false;
    this.waitsForTrailers = false;
    this.trailersReady = false;
    this.sentHeaders = undefined;
    this.sentTrailers = undefined;
    this.sentInfoHeaders = undefined;
    this.writeCallback = null;
    this.file = null; // a response from a file (file.js): the stream ends when that has
    this.inFlight = 0; // of writableLength, given to C
    this.endOfData = false;
    this.origin = undefined;
    this.counts = observe.streamCounts();
  }

  /** The session's core, while C knows the stream. */
  get core() {
    const core = this.id === undefined ? null : this.session?.[kState].core;
    return core?.native ? core : null;
  }
}

/** Node documentation: class Http2Stream. */
class Http2Stream extends Duplex {
  constructor(session, options) {
    super({ ...options, allowHalfOpen: true, decodeStrings: false, autoDestroy: false });
    Object.defineProperty(this, kState, { value: new StreamState(session) });
    session[kState].pending.add(this);
    this._readableState.readingMore = true; // nothing is read ahead before somebody reads
    this.cork(); // until it has an id
    this.on('pause', onPause);
  }

  get id() { return this[kState].id; }
  get pending() { return this[kState].id === undefined; }
  get session() { return this[kState].session; }
  get closed() { return this[kState].closed; }
  get aborted() { return this[kState].aborted; }
  get rstCode() { return this[kState].rstCode; }
  get headersSent() { return this[kState].headersSent; }
  get headRequest() { return this[kState].headRequest; }
  get endAfterHeaders() { return this[kState].endAfterHeaders; }
  get bufferSize() { return this.writableLength; }

  get sentHeaders() {
    const state = this[kState];
    if (Array.isArray(state.sentHeaders)) state.sentHeaders = fromRaw(state.sentHeaders);
    return state.sentHeaders;
  }

  get sentTrailers() { return this[kState].sentTrailers; }
  get sentInfoHeaders() { return this[kState].sentInfoHeaders; }

  get state() {
    const { core, id } = this[kState];
    const facts = core === null || this.destroyed ? undefined : binding.streamState(core.native, id);
    if (facts === undefined) return {};
    const [state, localClose, remoteClose, localWindowSize] = facts;
    return { state, weight: 16, sumDependencyWeight: 0, localClose, remoteClose, localWindowSize };
  }

  /** Node documentation: http2stream.close(code[, callback]). */
  close(code = NGHTTP2_NO_ERROR, callback) {
    validateUint32(code, 'code');
    if (callback !== undefined) validateFunction(callback, 'callback');
    if (this.closed) return;
    if (callback !== undefined) this.once('close', callback);
    closeStream(this, code, true, false);
  }

  /** Deprecated, does nothing (RFC 9113 section 5.3.2). */
  priority() {
    require('./priority').warn('http2Stream.priority is longer supported after priority signalling was deprecated ' +
      'in RFC 9113');
    if (this.destroyed) throw new ERR_HTTP2_INVALID_STREAM();
  }

  /** Node documentation: http2stream.sendTrailers(headers). */
  sendTrailers(headers) {
    const state = this[kState];
    if (this.destroyed || this.closed) throw new ERR_HTTP2_INVALID_STREAM();
    if (state.sentTrailers !== undefined) throw new ERR_HTTP2_TRAILERS_ALREADY_SENT();
    if (!state.trailersReady) throw new ERR_HTTP2_TRAILERS_NOT_READY();
    if (headers === null || typeof headers !== 'object') throw new ERR_INVALID_ARG_TYPE('headers', 'Object', headers);
    headers = Array.isArray(headers) ? headers : { __proto__: null, ...headers };
    const [text, count] = block(headers, NONE, this._strict);
    timeouts.refresh(this);
    state.sentTrailers = headers;
    const error = binding.trailers(state.core.native, state.id, text, count);
    if (error < 0) this.destroy(new NghttpError(error));
    state.core?.schedule();
    process.nextTick(() => this._maybeDestroy());
  }

  _onTimeout() {
    if (this.destroyed) return;
    const { core, id, counts } = this[kState];
    // A long write is activity, as long as it moves.
    const progress = core === null || !(this.writableLength > 0 || this[kState].file) ? undefined
      : `${binding.streamState(core.native, id)[5]} ${core.handle?.writeQueueSize}`;
    if (progress !== undefined && progress !== counts.progress) {
      counts.progress = progress;
      timeouts.refresh(this);
      return;
    }
    this._in(() => this.emit('timeout'));
  }

  get _strict() { return this[kState].session?.[kState].options.strictSingleValueFields !== false; }

  /** Calls fn in the context in which the stream was made. */
  _in(fn, ...args) {
    const { frame } = this[kState];
    return frame === undefined ? fn(...args) : async.runIn(frame, fn, undefined, args);
  }

  /** The same for a method. */
  _deliver(method, argument) {
    const { frame } = this[kState];
    if (frame === undefined) this[method](argument);
    else async.runIn(frame, this[method], this, [argument]);
  }

  /** C knows it by `id` from now on. */
  _init(id) {
    const state = this[kState];
    const session = state.session[kState];
    state.id = id;
    session.pending.delete(this);
    session.streams.set(id, this);
    observe.streamStarted(state.session);
    this.uncork();
    this.emit('ready');
  }

  // ---- writing ----------------------------------------------------------------------------------------------------

  _write(chunk, encoding, callback) {
    if (typeof chunk === 'string' && encoding !== 'utf8' && encoding !== 'utf-8') {
      const length = chunk.length;
      send(this, Buffer.from(chunk, encoding), length, false, callback, chunk, encoding);
    } else {
      send(this, chunk, chunk.length, false, callback, chunk, encoding);
    }
  }

  _writev(chunks, callback) {
    let length = 0;
    let bytes = true;
    const list = chunks.map(({ chunk, encoding }) => {
      length += chunk.length;
      if (typeof chunk === 'string') bytes = false;
      return typeof chunk === 'string' && encoding !== 'utf8' && encoding !== 'utf-8' ? Buffer.from(chunk, encoding)
        : chunk;
    });
    send(this, list, length, true, callback, bytes ? list : chunks, '');
  }

  _final(callback) {
    if (this.pending) {
      this.once('ready', () => this._final(callback));
      return;
    }
    timeouts.refresh(this);
    if (this[kState].file !== null) {
      this[kState].file.onEnd = () => this._final(callback);
      return;
    }
    const { closed, ended, headersSent } = this[kState];
    if (!headersSent && !closed && !ended) this._proceed();
    this._bodySent();
    endWriting(this);
    callback();
    process.nextTick(() => this._maybeDestroy());
  }

  /** Servers': headers go before the first data. */
  _proceed() {}
  /** Clients': diagnostics. */
  _bodySent() {}
  _bodyChunk(writev, data, encoding) {}

  /** The last chunk carries END_STREAM when the end is known as it leaves. */
  _beforeSend() {
    const { _writableState: writable } = this;
    const state = this[kState];
    if (!state.ended && state.file === null && writable.ending && writable.length === state.inFlight) endWriting(this);
  }

  /** All that was given to C is on its way. */
  _onWritten() {
    const state = this[kState];
    const { writeCallback } = state;
    if (writeCallback === null) return;
    if (state.counts.sent === 0) state.counts.sent = now();
    state.writeCallback = null;
    state.inFlight = 0;
    timeouts.refresh(this);
    writeCallback();
  }

  // ---- reading ----------------------------------------------------------------------------------------------------

  _read() {
    if (this.destroyed) {
      this.push(null);
      return;
    }
    if (this.pending) {
      this.once('ready', () => this._read());
      return;
    }
    const state = this[kState];
    if (!state.didRead) {
      this._readableState.readingMore = false;
      state.didRead = true;
    }
    resume(this);
  }

  _onData(chunk) {
    const { counts } = this[kState];
    counts.read += chunk.length;
    if (counts.byte === 0) counts.byte = now();
    if (this[kState].endOfData) return;
    if (!this.push(chunk)) pause(this);
  }

  /** The peer will send no more. */
  _endOfData() {
    const state = this[kState];
    if (state.endOfData) return;
    state.endOfData = true;
    this.push(null);
    if (this.readableLength === 0 && state.didRead) this.read(0);
    this._maybeDestroy();
  }

  // ---- the end ----------------------------------------------------------------------------------------------------

  /** C has forgotten it. */
  _onClosed(code) {
    if (this.destroyed) return;
    const state = this[kState];
    if (!state.closed) closeStream(this, code, false, false);
    if (state.writeCallback !== null) {
      // What was not sent by now never will be.
      const { writeCallback } = state;
      state.writeCallback = null;
      state.inFlight = 0;
      writeCallback(null);
      if (this.destroyed) return;
    }
    if (!this.readable || code !== NGHTTP2_NO_ERROR) {
      this.destroy();
      return;
    }
    // The app may still read what has come.
    this.on('end', () => this._maybeDestroy());
    if (!state.endOfData) {
      state.endOfData = true;
      this.push(null);
    }
    if (this._discardsUnread() && !state.didRead && this.readableFlowing === null) this.resume();
    else this.read(0);
  }

  /** Destroys it once both sides are through. */
  _maybeDestroy() {
    if (this.destroyed || !this.writableFinished) return;
    const state = this[kState];
    if (!this.readable && state.closed) {
      this.destroy();
      return;
    }
    // A server that has answered and does not look at the request.
    if (this._answered() && !state.didRead && this.readableFlowing === null) setImmediate(() => this.close());
  }

  _answered() { return false; }
  /** All of it has come and gone; what is left is for the app to read. */
  _isWhole() { return this[kState].closed && this[kState].rstCode === NGHTTP2_NO_ERROR && this[kState].endOfData &&
    !this.destroyed && this.readableLength > 0; }
  /** Whether what nobody has begun to read is dropped when the peer is through. */
  _discardsUnread() { return false; }

  _destroy(error, callback) {
    const state = this[kState];
    const { session, id } = state;
    const shared = session[kState];
    const sessionCode = shared.goawayCode || shared.destroyCode;
    let code = state.closed ? state.rstCode : sessionCode;
    if (!state.closed && error != null) {
      if (sessionCode) code = sessionCode;
      else code = error instanceof AbortError || error.name === 'AbortError' ? NGHTTP2_CANCEL : NGHTTP2_INTERNAL_ERROR;
    }
    if (!state.closed) closeStream(this, code, id !== undefined, true);
    if (!this._readableState.ended) this.push(null);
    const { core, writeCallback } = state;
    if (core !== null) binding.discard(core.native, id);
    shared.pending.delete(this);
    if (id !== undefined) {
      shared.streams.delete(id);
      observe.streamDone(session, id, state.counts);
    }
    if (error == null && code !== NGHTTP2_NO_ERROR && code !== NGHTTP2_CANCEL) {
      error = new ERR_HTTP2_STREAM_ERROR(ERROR_NAMES[code] ?? code);
    }
    state.session = undefined;
    state.writeCallback = null;
    timeouts.clear(this);
    setImmediate(() => session._maybeDestroy());
    if (error) this._observeError(error);
    callback(error);
    if (writeCallback !== null) process.nextTick(writeCallback, error ?? null);
  }

  _observeClose() {}
  _observeError(error) {}

  [Symbol.for('nodejs.util.inspect.custom')](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this;
    const shown = {
      id: this.id ?? '<pending>', closed: this.closed, destroyed: this.destroyed, state: this.state,
      readableState: this._readableState, writableState: this._writableState,
    };
    return `Http2Stream ${inspect(shown, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}
Http2Stream.prototype.setTimeout = timeouts.setTimeout;

function onPause() {
  if (!this.pending && !this.destroyed) pause(this);
}

function pause(stream) {
  const state = stream[kState];
  if (!state.reading || state.core === null) return;
  state.reading = false;
  binding.read(state.core.native, state.id, false);
}

function resume(stream) {
  const state = stream[kState];
  const { core } = state;
  if (state.reading || core === null) return;
  state.reading = true;
  if (binding.read(core.native, state.id, true)) core.schedule();
}

function send(stream, data, length, writev, callback, given, encoding) {
  const state = stream[kState];
  if (stream.pending) {
    stream.once('ready', () => send(stream, data, length, writev, callback, given, encoding));
    return;
  }
  if (stream.destroyed) return;
  timeouts.refresh(stream);
  if (!state.headersSent) stream._proceed();
  stream._bodyChunk(writev, given, encoding);
  const { core } = state;
  if (core === null) {
    callback(new ERR_HTTP2_INVALID_STREAM());
    return;
  }
  const size = writev ? binding.writev(core.native, state.id, data) : binding.write(core.native, state.id, data);
  if (size <= 0) {
    // Nothing to send, or a stream that the peer has closed: what it does not want is dropped.
    process.nextTick(callback);
    return;
  }
  state.counts.written += size;
  state.writeCallback = callback;
  state.inFlight = length;
  core.touched.add(stream);
  core.schedule();
}

function endWriting(stream) {
  const state = stream[kState];
  if (state.ended) return;
  state.ended = true;
  const { core } = state;
  if (core === null) return;
  binding.end(core.native, state.id);
  core.schedule();
}

/** @param {boolean} reset the peer is told @param {boolean} force now, not when all is written */
function closeStream(stream, code, reset, force) {
  const state = stream[kState];
  state.closed = true;
  state.rstCode = code;
  stream.setTimeout(0);
  stream.removeAllListeners('timeout');
  stream._observeClose();
  const { ending } = stream._writableState;
  if (!ending) {
    // Closed before it was ended: the app hears of it.
    if (!state.aborted && !(state.ended && state.endOfData)) {
      state.aborted = true;
      stream._in(() => stream.emit('aborted'));
    }
    if (code !== NGHTTP2_NO_ERROR) state.ended = true; // a reset, and no end of data before it
    stream.end();
  }
  if (!reset) return;
  if (!ending || stream.writableFinished || code !== NGHTTP2_NO_ERROR || force) sendReset(stream);
  else stream.once('finish', () => sendReset(stream));
}

function sendReset(stream) {
  const state = stream[kState];
  const { core, rstCode, id } = state;
  if (id === undefined) {
    stream.push(null);
    stream.once('ready', () => sendReset(stream));
    return;
  }
  if (core === null) return;
  // What was written before still goes out.
  if (rstCode !== NGHTTP2_CANCEL) core.flush();
  if (!core.native) return;
  binding.reset(core.native, id, rstCode);
  core.schedule();
}

/** For file.js: a piece of a response, maybe the last, beside the stream's own writes, of which there are none. */
function sendPiece(stream, piece, last, callback) {
  send(stream, piece, 0, false, callback, piece, 'buffer');
  if (last) endWriting(stream);
}

module.exports = { Http2Stream, sendPiece };
