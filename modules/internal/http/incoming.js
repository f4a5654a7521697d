'use strict';
// http.IncomingMessage: a Readable whose stream state exists only once somebody reads a body or listens for one. A
// request without a body that nobody reads never becomes a stream, and its headers stay one string until looked at.

const { Readable } = require('../../node/stream');
const EventEmitter = require('../../node/events');
const { METHOD_BY_NUMBER } = require('./status');
const { parseBlock, headersOf, distinctOf, addField } = require('./fields');
const engine = require('./engine');

const { ReadableState } = Readable;
const emitterOn = EventEmitter.prototype.on;

const FACT_BODY = engine.facts.BODY;
const { turn } = engine;

/**
 * https://nodejs.org/docs/latest-v24.x/api/http.html#class-httpincomingmessage
 * @param {import('net').Socket} [socket]
 */
function IncomingMessage(socket) {
  this._events = undefined;
  this._eventsCount = 0;
  this._maxListeners = undefined;
  this.url = '';
  this.method = null;
  this._complete = false;
  this._slot = -1;
  this._block = undefined;
  this._raw = undefined;
  this._headers = undefined;
  this._peer = socket; // undefined: not asked for yet
  this._state = undefined;
  this._source = null; // a client's response: what to pause and resume
}
Object.setPrototypeOf(IncomingMessage.prototype, Readable.prototype);
Object.setPrototypeOf(IncomingMessage, Readable);

/** A server's request: IncomingMessage with these fields (the engine clones one per request, see engine.js). */
function fillRequest(req, slot, facts, url, block) {
  req.url = url;
  req.method = METHOD_BY_NUMBER[facts & 0xff];
  req._complete = (facts & FACT_BODY) === 0;
  req._slot = slot;
  req._block = block;
  return req;
}

/** Fills a request of an app's own class (options.IncomingMessage). */
function adoptRequest(req, slot, facts, url, block) {
  req._peer = undefined;
  return fillRequest(req, slot, facts, url, block);
}

const { prototype } = IncomingMessage;
for (const [name, value] of Object.entries({
  httpVersionMajor: 1,
  httpVersionMinor: 1,
  httpVersion: '1.1',
  aborted: false,
  upgrade: null,
  statusCode: null,
  statusMessage: null,
  joinDuplicateHeaders: false,
  _consuming: false,
  _dumped: false,
  _highWaterMark: undefined,
  _abortController: null,
  _released: false, // its connection serves others already
  _trailerBlock: undefined,
  _rawTrailers: undefined,
  _trailers: undefined,
  _trailersDistinct: undefined,
  _distinct: undefined,
  _closeEmitted: false,
  _endTurn: 0, // of a server's request whose answer is over: when that was
  _lastPeer: -1,
})) Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: true });

function accessor(name, get, set) {
  Object.defineProperty(prototype, name, { get, set, configurable: true, enumerable: true });
}

accessor('_readableState', function get() {
  let state = this._state;
  if (state === undefined) {
    if (this === prototype || !('_slot' in this)) return undefined;
    const socket = this._source === null ? null : this._source.socket;
    const highWaterMark = socket?.readableHighWaterMark ?? this._highWaterMark;
    state = this._state = new ReadableState({ autoDestroy: true, highWaterMark }, this, false);
  }
  return state;
}, function set(state) { this._state = state; });

// What the stream's getters say while there is no stream state, so that asking does not make it.
const untouched = {
  readable: true, readableEnded: false, readableFlowing: null, readableDidRead: false, readableAborted: false, readableLength: 0,
  readableObjectMode: false, readableEncoding: null, errored: null, closed: false,
};
for (const name of Object.keys(untouched)) {
  const inherited = Object.getOwnPropertyDescriptor(Readable.prototype, name);
  if (inherited?.get === undefined) continue;
  const value = untouched[name];
  accessor(name, function get() { return this._state === undefined ? value : inherited.get.call(this); }, inherited.set);
}
const inheritedDestroyed = Object.getOwnPropertyDescriptor(Readable.prototype, 'destroyed');
accessor('destroyed', function get() {
  if (this._state !== undefined) return inheritedDestroyed.get.call(this);
  return this._slot < -1 && this._endTurn !== engine.turn.count; // answered in an earlier turn
}, inheritedDestroyed.set);

// While its 'request' listeners run, nothing after a request's head has been looked at.
accessor('complete', function get() { return this._complete && turn.req !== this; },
  function set(complete) { this._complete = complete; });

accessor('rawHeaders', function get() { return (this._raw ??= parseBlock(this._block)); },
  function set(raw) { this._raw = raw; });
accessor('headers', function get() {
  return (this._headers ??= headersOf(this.rawHeaders, this.joinDuplicateHeaders));
}, function set(headers) { this._headers = headers; });
accessor('headersDistinct', function get() { return (this._distinct ??= distinctOf(this.rawHeaders)); },
  function set(headers) { this._distinct = headers; });
accessor('rawTrailers', function get() { return (this._rawTrailers ??= parseBlock(this._trailerBlock)); },
  function set(raw) { this._rawTrailers = raw; });
accessor('trailers', function get() { return (this._trailers ??= headersOf(this.rawTrailers, false)); },
  function set(trailers) { this._trailers = trailers; });
accessor('trailersDistinct', function get() { return (this._trailersDistinct ??= distinctOf(this.rawTrailers)); },
  function set(trailers) { this._trailersDistinct = trailers; });

accessor('socket', function get() {
  if (this._peer !== undefined) return this._peer;
  const slot = this._slot;
  if (slot >= 0) return (this._peer = engine.socketOf(slot));
  if (slot === -1 && this._endTurn === 0) return this._peer; // not a server's
  // Answered already: within the same turn the connection can still be found.
  return (this._peer = this._endTurn === engine.turn.count ? engine.socketAfter(this) : engine.socketAt(-1));
}, function set(socket) { this._peer = socket; });
/** Aborted when the message is, or its connection closes before the message is over. @type {AbortSignal} */
accessor('signal', function get() {
  if (this._abortController === null) {
    this._abortController = new AbortController();
    if (this.destroyed && (this.aborted || !this._complete)) this._abortController.abort();
  }
  return this._abortController.signal;
});
accessor('connection', function get() { return this.socket; }, function set(socket) { this.socket = socket; });
accessor('client', function get() { return this.socket; }, function set(socket) { this.socket = socket; });

/** The answer ended with nobody listening; a listener of the same turn still hears of it. */
function closeLater(req) {
  if (req._closeEmitted || req._endTurn !== turn.count) return;
  req._closeEmitted = true;
  process.nextTick(() => {
    req.push(null);
    req.resume();
  });
}

/** Listening for anything but the body does not make it a stream. */
prototype.on = function on(type, listener) {
  if (type === 'data' || type === 'readable') return Readable.prototype.on.call(this, type, listener);
  if ((type === 'close' || type === 'end') && this._slot < -1 && this._state === undefined) closeLater(this);
  return emitterOn.call(this, type, listener);
};
prototype.addListener = prototype.on;

prototype.setTimeout = function setTimeout(ms, callback) {
  if (callback) this.on('timeout', callback);
  this.socket?.setTimeout(ms);
  return this;
};

prototype._read = function _read() {
  this._consuming = true;
  if (this._complete) {
    if (!this._readableState.ended) this.push(null);
  } else if (this._source !== null) {
    this._source.resume();
  } else if (this._slot >= 0) {
    engine.bodyResume(this._slot, this);
  }
};

prototype._destroy = function _destroy(error, callback) {
  if (!this._readableState.endEmitted || !this._complete) {
    this.aborted = true;
    this.emit('aborted');
    this._abortController?.abort();
  }
  // An error without a listener must not end the process: the message was aborted by the other side.
  const done = (failure) => process.nextTick(() => callback(this.listenerCount('error') > 0 ? failure : undefined));
  if (this._source !== null) {
    if (this.aborted && !this._released && this._source.destroy(error ?? undefined, done)) return;
  } else if (this.upgrade && this._peer && this.aborted) {
    this._peer.destroy(error ?? undefined);
  } else if (this._slot >= 0 && this.aborted) {
    engine.destroyExchange(this._slot);
  }
  done(error ?? this._readableState.errored ?? undefined);
};

/** Reads on without anybody looking, so that the connection can go on to its next message. */
prototype._dump = function _dump() {
  if (this._dumped) return;
  this._dumped = true;
  this.removeAllListeners('data'); // what has come already is nobody's either
  this.resume();
};

/** The body (or the message without one) has come to its end. */
prototype._finishBody = function _finishBody(trailerBlock) {
  this._complete = true;
  this._trailerBlock = trailerBlock;
  if (this._source !== null || this._state !== undefined) {
    if (!this._readableState.ended) this.push(null);
  }
};

/** The connection has gone before the answer was complete. */
prototype._abort = function _abort(error) {
  if (this._state === undefined && this._eventsCount === 0) {
    this.aborted = true;
    this._abortController?.abort();
    return;
  }
  this.destroy(error);
};

prototype._addHeaderLine = function _addHeaderLine(name, value, headers) {
  addField(headers, name, value, this.joinDuplicateHeaders);
};
prototype._addHeaderLineDistinct = function _addHeaderLineDistinct(name, value, headers) {
  (headers[name.toLowerCase()] ??= []).push(value);
};

module.exports = { IncomingMessage, fillRequest, adoptRequest };
