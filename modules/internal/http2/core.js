'use strict';
// What a session has below its API: nghttp2 (runtime/bindings/h2_session.c) between a socket's bytes and events for the
// session. A turn is: bytes came, C made events of them, the session's handlers ran (and submitted frames), and all
// that is
// to be sent leaves in one write. What is submitted at other times leaves in one write at the end of the loop's turn.
//
// Between two events ticks and microtasks run, as if each had come by itself: an app that awaits one event can listen
// for
// the next. Not where a stream of the app's brought the bytes, whose code is in the middle of something.
//
// Where the socket is one of ours, its handle is read and written without the socket's own stream buffers in between;
// any other stream is used as a stream. While a write waits for the peer nothing more is taken from nghttp2: bytes wait
// where flow control counts them.

const binding = internalBinding('h2');
const { DuplexHandle } = require('../duplex_handle');
const { runTicksBetween } = require('../tick');
const { EVENT_HEADERS, EVENT_PUSH, EVENT_DATA, EVENT_END, EVENT_CLOSED, EVENT_SETTINGS, EVENT_SETTINGS_ACK,
  EVENT_PING, EVENT_PONG,
  EVENT_GOAWAY, EVENT_ALTSVC, EVENT_ORIGIN, EVENT_FRAME_ERROR, EVENT_WRITTEN, EVENT_WANT_TRAILERS, EVENT_INVALID,
    EVENT_ERROR,
  EVENT_DONE } = binding.events;

/** kind of event -> [how many fields it has, method of the listener] */
const events = [];
for (const [kind, fields, method] of [
  [EVENT_HEADERS, 5, 'onHeaders'], [EVENT_PUSH, 5, 'onPush'], [EVENT_DATA, 3, 'onData'], [EVENT_END, 1, 'onEnd'],
  [EVENT_CLOSED, 2, 'onStreamClosed'], [EVENT_SETTINGS, 1, 'onSettings'], [EVENT_SETTINGS_ACK, 1, 'onSettingsAck'],
  [EVENT_PING, 1, 'onPing'], [EVENT_PONG, 1, 'onPong'], [EVENT_GOAWAY, 3, 'onGoaway'], [EVENT_ALTSVC, 3, 'onAltsvc'],
  [EVENT_ORIGIN, 1, 'onOrigin'], [EVENT_FRAME_ERROR, 3, 'onFrameError'], [EVENT_WRITTEN, 1, 'onWritten'],
  [EVENT_WANT_TRAILERS, 1, 'onWantTrailers'], [EVENT_INVALID, 1, 'onInvalid'], [EVENT_ERROR, 2, 'onError'],
    [EVENT_DONE, 0, 'onDone'],
]) events[kind] = [fields, method];

class Core {
  /**
   * @param {object} listener of events; its methods are those of the list above, with the events' fields
   * @param {boolean} server @param {number[]} limits by OPTION_* of the binding @param {number[]} custom settings to be
   * reported
   */
  constructor(listener, server, limits, custom) {
    this.listener = listener;
    this.native = binding.create(server, limits, custom);
    this.socket = null;
    this.handle = null; // the socket's, or one around the stream
    this.before = null; // what read from that handle before
    this.writing = false; // a write waits for the peer
    this.flushing = false;
    this.scheduled = false;
    this.touched = new Set(); // streams that were written to since the last flush
    this.waiting = []; // ids of streams whose bytes are in the write that waits
    this.arrived = []; // ids of streams whose bytes are with the kernel, and who are to hear of it
    this.sentAtOnce = true; // the last write
    this.outermost = false; // nothing of the app's is below us on the stack
    this.plain = false; // the bytes come from libuv, with no stream of the app's in between
  }

  /** Whether nghttp2 could be set up. */
  get works() { return typeof this.native !== 'number'; }

  /** From now on the socket's bytes are the session's. */
  attach(socket) {
    this.socket = socket;
    const own = typeof socket._handle?.writeBuffer === 'function' && typeof socket._handle.readStart === 'function' &&
      typeof socket._unrefTimer === 'function';
    let early = null;
    if (own) {
      early = socket.readableFlowing ? null : socket.read();
      this.handle = socket._handle;
      this.before = this.handle.onread;
    } else {
      this.handle = new DuplexHandle(socket);
    }
    this.plain = own && !(this.handle.inner instanceof DuplexHandle);
    this.handle.onread = (size, buffer) => this.enter(() => this.received(size, buffer));
    this.handle.reading = true;
    this.handle.readStart();
    if (early !== null) process.nextTick(() => this.received(early.length, early));
  }

  /** The socket reads for itself again. */
  detach() {
    const { handle, before } = this;
    this.handle = null;
    if (handle === null) return;
    if (before === null) handle.onread = null;
    else if (handle.onread !== null) handle.onread = before;
  }

  /** From the loop. */
  enter(fn) {
    const before = this.outermost;
    this.outermost = this.plain;
    try {
      fn();
    } finally {
      this.outermost = before;
    }
  }

  received(size, buffer) {
    if (size < 0) {
      const { before, handle } = this;
      if (before !== null) before.call(handle, size, buffer);
      return;
    }
    this.socket._unrefTimer?.();
    if (this.native === null) return;
    this.listener.onActivity();
    const list = binding.receive(this.native, buffer);
    if (list !== undefined) this.dispatch(list, 0, buffer);
    this.flush();
  }

  /** Hands events to the listener. What one of them throws does not keep the rest from being heard. */
  dispatch(list, at, buffer) {
    const { listener } = this;
    try {
      while (at < list.length && this.native !== null) {
        const i = at;
        const [fields, method] = events[list[i]];
        at += 1 + fields;
        if (!this.outermost) {
          listener[method](list[i + 1], list[i + 2], list[i + 3], list[i + 4], list[i + 5], buffer);
          continue;
        }
        this.outermost = false;
        listener[method](list[i + 1], list[i + 2], list[i + 3], list[i + 4], list[i + 5], buffer);
        runTicksBetween();
        this.outermost = true;
      }
    } finally {
      if (at < list.length && this.native !== null) process.nextTick(() => this.dispatch(list, at, buffer));
    }
  }

  /** Something was submitted. */
  schedule() {
    if (this.scheduled || this.native === null) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.enter(() => this.flush());
    });
  }

  /** Sends what there is to be sent. @param {boolean} [force] although a write waits */
  flush(force = false) {
    if (this.native === null || this.handle === null || (!force && (this.flushing || this.writing))) return;
    this.flushing = true;
    try {
      do {
        if (this.touched.size > 0) {
          for (const stream of this.touched) this.listener.beforeSend(stream);
          this.touched.clear();
        }
        const list = binding.send(this.native);
        if (list === undefined) break;
        if (list[0] !== undefined) this.write(list[0]);
        this.dispatch(list, 1, undefined);
      } while (this.native !== null && this.handle !== null && (force || !this.writing));
    } finally {
      this.flushing = false;
    }
    this.tell();
    if (!this.writing && this.native !== null) this.listener.onFlushed();
  }

  write(buffer) {
    this.listener.onActivity();
    // A write that fails is followed by what the socket reads: its end, or why it broke.
    const result = this.handle.writeBuffer(buffer, (status) => this.enter(() => this.wrote(status)));
    this.sentAtOnce = result <= 0;
    if (result > 0) this.writing = true;
  }

  wrote(status) {
    this.writing = false;
    this.socket?._unrefTimer?.();
    this.arrived.push(...this.waiting.splice(0));
    if (status >= 0) this.flush();
    else this.tell();
  }

  /** All that stream `id` had to send is in the last write. */
  note(id) { (this.writing && !this.sentAtOnce ? this.waiting : this.arrived).push(id); }

  /** Streams hear that their bytes are gone. What they write in answer leaves with the loop's turn. */
  tell() {
    if (this.arrived.length === 0) return;
    const ids = this.arrived;
    this.arrived = [];
    let at = 0;
    try {
      while (at < ids.length) this.listener.onSent(ids[at++]);
    } finally {
      if (at < ids.length) {
        this.arrived.unshift(...ids.slice(at));
        process.nextTick(() => this.tell());
      }
    }
  }

  get busy() { return this.native !== null && (this.writing || binding.wants(this.native)); }

  /** @param {number} code of the GOAWAY that says goodbye @param {boolean} silent nobody is there to hear it */
  close(code, silent) {
    if (this.native === null) return;
    if (!silent) {
      binding.terminate(this.native, code);
      this.flush(true);
    }
    if (this.native === null) return;
    binding.destroy(this.native);
    this.native = null;
  }
}

module.exports = { Core };
