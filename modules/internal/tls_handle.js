'use strict';
// What stands in a TLSSocket's place of a StreamHandle: the same methods, with OpenSSL (runtime/bindings/tls.c) between
// it and the connection. `inner` is the connection's own handle, or a DuplexHandle around any stream.
const binding = internalBinding('tls');
const { DONE, WANTS_CERTIFICATE, CLOSED } = binding.outcomes;
const { genericNodeError } = require('./errors');

const EOF = -4095;
const EPROTO = -71;
const ECANCELED = -125;

/** An Error of what tls_error (C) says. */
function opensslError([message, reason, library]) {
  const properties = { library: library || undefined, reason: reason || undefined };
  if (reason) properties.code = `ERR_SSL_${reason.toUpperCase().replaceAll(/[ -]/g, '_')}`;
  return genericNodeError(message, properties);
}

/** A StreamHandle's methods on a Duplex. */
class DuplexHandle {
  constructor(stream) {
    this.stream = stream;
    this.onread = null;
    this.owner = null;
    stream.on('data', (chunk) => this.onread?.(chunk.length, chunk));
    stream.once('end', () => this.onread?.(EOF));
    stream.pause();
  }

  readStart() { this.stream.resume(); return 0; }
  readStop() { this.stream.pause(); return 0; }
  writeBuffer(view, callback) {
    this.stream.write(view, (error) => callback(error ? EPROTO : 0));
    return 1;
  }

  shutdown(callback) {
    this.stream.end(() => callback(0));
    return 0;
  }

  ref() { this.stream.ref?.(); }
  unref() { this.stream.unref?.(); }
}

class TLSHandle {
  /**
   * @param {object} socket the TLSSocket: its _onHandshake(), _tlsFailed(error), _chooseContext() are called
   * @param {object} inner the handle that reads and writes
   * @param {object | null} raw the stream that owns `inner`, destroyed with this; null: `inner` is this handle's
   * @param {object} ssl of binding.create
   */
  constructor(socket, inner, raw, ssl) {
    this.socket = socket;
    this.inner = inner;
    this.raw = raw;
    this.ssl = ssl;
    this.onread = null;
    this.owner = null;
    this.reading = false;
    this.established = false;
    this.ended = false; // end of data was given to the reader
    this.innerEnded = false;
    this.stopped = true; // inner does not read
    this.queue = []; // before the handshake: [view, callback]
    this.asking = false;
    inner.onread = (size, buffer) => this.received(size, buffer);
    inner.owner = socket;
  }

  start() {
    this.innerRead(true);
    this.cycle();
  }

  innerRead(on) {
    if (this.stopped === !on || this.ssl === null) return;
    this.stopped = !on;
    if (on) this.inner.readStart();
    else this.inner.readStop();
  }

  received(size, buffer) {
    if (this.ssl === null) return;
    if (size > 0) {
      this.socket._unrefTimer();
      binding.feed(this.ssl, buffer);
      this.cycle();
      return;
    }
    this.innerEnded = true;
    if (!this.established) this.socket._tlsEnded(size);
    else if (size === EOF) this.end();
    else this.onread?.(size);
  }

  end() {
    if (this.ended) return;
    this.ended = true;
    this.onread?.(EOF);
  }

  /** Handshake, then data, as far as what came allows. */
  cycle() {
    if (this.ssl === null || this.asking) return;
    if (!this.established && !this.handshake()) return;
    while (this.reading && this.ssl !== null && !this.ended) {
      const data = binding.read(this.ssl);
      if (typeof data === 'number') {
        this.flush();
        if (data === CLOSED) this.end();
        break;
      }
      this.flush();
      this.sessions();
      if (Array.isArray(data)) {
        this.failed(data);
        break;
      }
      this.onread?.(data.length, data);
    }
    this.sessions();
    if (this.ssl !== null && this.established && !this.reading && !this.ended) this.innerRead(false);
  }

  sessions() {
    if (this.ssl === null || !this.established) return;
    const session = binding.session(this.ssl, true);
    if (session !== undefined) this.socket._newSession(session);
  }

  handshake() {
    const result = binding.handshake(this.ssl);
    this.flush();
    if (result === DONE) {
      this.established = true;
      this.socket._onHandshake();
      if (this.ssl === null) return false;
      for (const [view, callback] of this.queue.splice(0)) this.writeNow(view, callback);
      return this.ssl !== null;
    }
    if (result === WANTS_CERTIFICATE) {
      this.asking = true;
      this.innerRead(false); // nothing takes what comes meanwhile: it stays in the kernel
      this.socket._chooseContext((context) => {
        if (this.ssl === null || !this.asking) return;
        this.asking = false;
        binding.setContext(this.ssl, context);
        this.innerRead(true);
        this.cycle();
      });
    } else if (Array.isArray(result)) {
      this.failed(result);
    } else if (result === CLOSED) {
      this.socket._tlsEnded(EOF);
    }
    return false;
  }

  failed(reason) { this.socket._tlsFailed(opensslError(reason)); }

  /** Sends what OpenSSL has written. @returns {number} as StreamHandle.writeBuffer */
  flush(callback = () => {}) {
    const data = this.ssl === null ? undefined : binding.output(this.ssl);
    return data === undefined ? 0 : this.inner.writeBuffer(data, callback);
  }

  writeBuffer(view, callback) {
    if (this.ssl === null) return ECANCELED;
    if (!this.established) {
      this.queue.push([view, callback]);
      return 1;
    }
    const taken = binding.write(this.ssl, view);
    if (typeof taken === 'number' && taken > 0) return this.flush(callback);
    this.flush();
    if (Array.isArray(taken)) this.failed(taken);
    return EPROTO;
  }

  writeNow(view, callback) {
    const result = this.writeBuffer(view, callback);
    if (result <= 0) callback(result);
  }

  writeString(text, latin1, callback) { return this.writeBuffer(Buffer.from(text, latin1 ? 'latin1' : 'utf8'), callback); }
  writev(views, callback) { return this.writeBuffer(Buffer.concat(views), callback); }

  shutdown(callback) {
    if (this.ssl === null) {
      callback(0);
      return 0;
    }
    if (!this.established && !this.innerEnded) {
      this.queue.push([Buffer.alloc(0), () => { const err = this.shutdown(callback); if (err < 0) callback(err); }]);
      return 0;
    }
    binding.shutdown(this.ssl);
    this.flush();
    return this.inner.shutdown(callback);
  }

  readStart() {
    this.reading = true;
    if (this.ended) return 0;
    this.innerRead(true);
    if (this.established) process.nextTick(() => this.cycle());
    return 0;
  }

  readStop() {
    this.reading = false;
    if (this.established) this.innerRead(false);
    return 0;
  }

  free() {
    if (this.ssl === null) return false;
    binding.close(this.ssl);
    this.ssl = null;
    this.inner.onread = null;
    for (const [, callback] of this.queue.splice(0)) callback(ECANCELED);
    return true;
  }

  close(callback) {
    if (!this.free()) return;
    const { raw } = this;
    if (raw === null) {
      this.inner.close(callback);
    } else {
      if (raw.destroyed) process.nextTick(() => callback?.());
      else if (callback) raw.once('close', () => callback());
      raw.destroy();
    }
  }

  ref() { this.inner.ref?.(); }
  unref() { this.inner.unref?.(); }
  hasRef() { return this.inner.hasRef?.() ?? true; }
  setNoDelay(on) { return this.inner.setNoDelay?.(on) ?? 0; }
  setKeepAlive(on, seconds) { return this.inner.setKeepAlive?.(on, seconds) ?? 0; }
  sockname() { return this.inner.sockname?.(); }
  peername() { return this.inner.peername?.(); }
  get fd() { return this.inner.fd ?? -1; }
  get bytesRead() { return this.inner.bytesRead ?? 0; }
  get bytesWritten() { return this.inner.bytesWritten ?? 0; }
  get writeQueueSize() { return this.inner.writeQueueSize ?? 0; }
}

module.exports = { TLSHandle, DuplexHandle, opensslError };
