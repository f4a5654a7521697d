'use strict';
// A StreamHandle that speaks TLS: it has the methods of the handle below it (internal/stream_handle.js) and moves bytes
// between that and a session of runtime/bindings/tls.c. net.Socket works on it as on any other.
const binding = internalBinding('tls');

const WANT = 0;
const DONE = 1;
const NAME = 2;
const ENDED = 3;
const EOF = -4095;
const EPROTO = -71;

class TLSHandle {
  /** @param {object} inner an open handle @param {object} session */
  constructor(inner, session) {
    this.inner = inner;
    this.session = session;
    this.owner = null;
    this.onread = null;
    this.reading = false;
    this.established = false;
    this.closed = false;
    this.waiting = []; // writes that wait for the handshake
    this.onhandshake = null; // (error or null)
    this.onname = null; // a context must be chosen
    this.ready = []; // decrypted while nobody read
    inner.owner = this;
    inner.onread = (size, buffer) => this.#incoming(size, buffer);
    inner.reading = true;
    inner.readStart();
  }

  get fd() { return this.inner.fd; }
  get bytesRead() { return this.inner.bytesRead; }
  get bytesWritten() { return this.inner.bytesWritten; }
  get writeQueueSize() { return this.inner.writeQueueSize; }
  ref() { this.inner.ref(); }
  unref() { this.inner.unref(); }
  hasRef() { return this.inner.hasRef(); }
  sockname() { return this.inner.sockname?.(); }
  peername() { return this.inner.peername?.(); }
  setNoDelay(on) { return this.inner.setNoDelay?.(on) ?? 0; }
  setKeepAlive(on, seconds) { return this.inner.setKeepAlive?.(on, seconds) ?? 0; }

  #incoming(size, buffer) {
    if (size > 0) {
      binding.feed(this.session, buffer);
      this.advance();
    } else if (size < 0) {
      if (!this.established && this.onhandshake) {
        const report = this.onhandshake;
        this.onhandshake = null;
        report(size === EOF ? 'closed' : size);
      }
      this.#deliver(size, undefined);
    }
  }

  /** As far as the bytes that are there go. */
  advance() {
    if (this.closed) return;
    if (!this.established) {
      const result = binding.handshake(this.session);
      this.#flush();
      if (result === NAME) {
        this.onname?.();
        return;
      }
      if (typeof result === 'string') {
        const report = this.onhandshake;
        this.onhandshake = null;
        report?.(result);
        return;
      }
      if (result === WANT) return;
      this.established = true;
      const report = this.onhandshake;
      this.onhandshake = null;
      report?.(null);
      if (this.closed) return;
      for (const write of this.waiting.splice(0)) write();
    }
    for (;;) {
      const result = binding.read(this.session);
      if (typeof result === 'number' || typeof result === 'string' || result === undefined) {
        this.#flush();
        if (result === ENDED) this.#deliver(EOF, undefined);
        else if (typeof result === 'string') {
          this.failure = result;
          this.#deliver(EPROTO, undefined);
        }
        return;
      }
      this.#deliver(result.length, result);
      if (this.closed) return;
    }
  }

  #deliver(size, buffer) {
    if (this.reading && this.ready.length === 0) this.onread?.(size, buffer);
    else this.ready.push([size, buffer]);
  }

  #flush(callback) {
    const out = binding.drain(this.session);
    if (out === undefined || this.closed) return 0;
    return this.inner.writeBuffer(out, callback ?? (() => {}));
  }

  readStart() {
    this.reading = true;
    if (this.ready.length > 0) {
      process.nextTick(() => {
        while (this.reading && !this.closed && this.ready.length > 0) {
          const [size, buffer] = this.ready.shift();
          this.onread?.(size, buffer);
        }
        if (this.reading && !this.closed && !this.inner.reading) {
          this.inner.reading = true;
          this.inner.readStart();
        }
      });
    } else if (!this.inner.reading) {
      this.inner.reading = true;
      return this.inner.readStart();
    }
    return 0;
  }

  readStop() {
    this.reading = false;
    if (!this.established) return 0; // the handshake goes on
    this.inner.reading = false;
    return this.inner.readStop();
  }

  writeBuffer(view, callback) {
    if (this.closed) return -9;
    if (!this.established) {
      this.waiting.push(() => {
        const status = this.#send(view, callback);
        if (status !== 1) callback(status);
      });
      return 1;
    }
    return this.#send(view, callback);
  }

  #send(view, callback) {
    const result = binding.write(this.session, view);
    if (typeof result === 'string') {
      this.failure = result;
      return EPROTO;
    }
    return this.#flush(callback);
  }

  writeString(text, latin1, callback) {
    return this.writeBuffer(Buffer.from(text, latin1 ? 'latin1' : 'utf8'), callback);
  }

  writev(views, callback) {
    return this.writeBuffer(Buffer.concat(views), callback);
  }

  shutdown(callback) {
    const end = () => {
      binding.shutdown(this.session);
      this.#flush();
      const status = this.inner.shutdown(callback);
      if (status < 0) callback(status);
    };
    if (this.established) end();
    else this.waiting.push(end);
    return 0;
  }

  close(callback) {
    if (this.closed) return;
    this.closed = true;
    this.inner.onread = null;
    this.inner.close(callback);
  }

  reset(callback) {
    this.closed = true;
    return this.inner.reset?.(callback) ?? -1;
  }
}

module.exports = { TLSHandle, DONE };
