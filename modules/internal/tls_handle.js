'use strict';
// What stands in a TLSSocket's place of a StreamHandle: the same methods, with OpenSSL (runtime/bindings/tls.c) between
// it and the connection. `inner` is the connection's own handle, or a DuplexHandle around any stream.
const binding = internalBinding('tls');
const { DONE, WANTS_CERTIFICATE, WANTS_SESSION, CLOSED } = binding.outcomes;
const { FOUND_SESSION } = binding.options;
const { genericNodeError } = require('./errors');
const { Duplex } = require('../node/stream');
const { DuplexHandle } = require('./duplex_handle');

const EOF = -4095;
const EPROTO = -71;
const ECANCELED = -125;

// OpenSSL's libraries whose names Node puts into codes.
const libraries = {
  'PEM routines': 'PEM_', 'rsa routines': 'RSA_', 'digital envelope routines': 'EVP_', 'asn1 encoding routines': 'ASN1_',
  'elliptic curve routines': 'EC_', 'x509 certificate routines': 'X509_', 'PKCS12 routines': 'PKCS12_', 'bignum routines': 'BN_',
  'BIO routines': 'BIO_', 'Diffie-Hellman routines': 'DH_', 'dsa routines': 'DSA_', 'DSO support routines': 'DSO_',
};

/** An Error of what tls_error (C) says. */
function opensslError([message, reason, library]) {
  const properties = { library: library || undefined, reason: reason || undefined };
  if (reason) {
    const prefix = !library || library === 'SSL routines' ? 'ERR_SSL_' : `ERR_OSSL_${libraries[library] ?? ''}`;
    properties.code = prefix + reason.toUpperCase().replaceAll(/[ -]/g, '_');
  }
  return genericNodeError(message, properties);
}

/** A stream of JS as a socket: what packages look for behind a TLSSocket's handle. It reads from when it is read. */
class JSStreamSocket extends Duplex {
  constructor(stream) {
    super({ allowHalfOpen: true });
    this.stream = stream;
    this.heard = false;
  }

  _read() {
    const { stream } = this;
    if (!this.heard) {
      this.heard = true;
      stream.on('data', (chunk) => { if (!this.push(chunk)) stream.pause(); });
      stream.once('end', () => this.push(null));
      stream.once('error', (error) => this.destroy(error));
      stream.once('close', () => this.destroy());
    }
    stream.resume();
  }

  _write(chunk, encoding, done) { this.stream.write(chunk, encoding, done); }
  _final(done) { this.stream.end(done); }

  _destroy(error, done) {
    this.stream.destroy();
    done(error);
  }
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
    this.holding = false; // a server stores a session; what OpenSSL has written waits
    this.failure = undefined; // what a callback threw while OpenSSL ran
    this.ask = (what, ...args) => {
      try {
        return socket._answer(what, ...args);
      } catch (error) {
        this.failure = error;
        return undefined;
      }
    };
    inner.onread = (size, buffer) => this.received(size, buffer);
    inner.owner = socket;
  }

  /** The socket below. @returns {import('net').Socket | JSStreamSocket | undefined} */
  get _parentWrap() {
    if (this.raw === null) return undefined;
    return this.inner instanceof DuplexHandle ? (this.wrap ??= new JSStreamSocket(this.raw)) : this.raw;
  }

  get _parent() { return this.inner; }

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
    if (this.ssl === null || this.asking || this.holding) return;
    if (!this.established && !this.handshake()) return;
    while (this.reading && this.ssl !== null && !this.ended) {
      const data = binding.read(this.ssl, this.ask);
      if (this.broken()) return;
      if (typeof data === 'number') {
        this.flush();
        this.news();
        if (data === CLOSED) this.end();
        break;
      }
      this.flush();
      this.news();
      if (this.ssl === null) return;
      if (Array.isArray(data)) {
        this.failed(data);
        break;
      }
      this.onread?.(data.length, data);
    }
    if (this.ssl !== null && this.established && !this.reading && !this.ended) this.innerRead(false);
  }

  announce(sessions) {
    for (const [id, session] of sessions) this.socket._newSession(id, session, this);
  }

  /**
   * What came of the last step: sessions, key log lines, renegotiation.
   * @returns {Array | undefined} during a handshake of TLS 1.3: the sessions, to be announced by the caller
   */
  news(handshaking = false) {
    const news = this.ssl === null ? undefined : binding.news(this.ssl);
    if (news === undefined) return undefined;
    const [sessions, lines, begun, done, modern] = news;
    if (lines !== undefined) this.socket._keyLog(lines);
    if (handshaking && modern) return sessions;
    this.announce(sessions);
    if (begun > 1 && !modern) this.socket._renegotiated(begun, done);
    return undefined;
  }

  /** Whether a callback threw: the connection is over. */
  broken() {
    if (this.failure === undefined) return this.ssl === null;
    const error = this.failure;
    this.failure = undefined;
    this.socket.destroy(error);
    return true;
  }

  handshake() {
    const result = binding.handshake(this.ssl, this.ask);
    if (this.broken()) return false;
    // With TLS 1.3 the sessions come when all is done; before, a server's last message waits until they are stored.
    const late = this.news(true);
    if (this.ssl === null) return false;
    if (late !== undefined) {
      const go = this.proceed(result);
      this.announce(late);
      return go && this.ssl !== null;
    }
    if (this.holding) {
      this.held = () => { if (this.proceed(result)) this.cycle(); };
      return false;
    }
    return this.proceed(result);
  }

  /** The server has stored its session. */
  release() {
    this.holding = false;
    const { held } = this;
    this.held = undefined;
    if (this.ssl === null) return;
    if (held) held();
  }

  /** @returns {boolean} whether the handshake is over and the connection is still there */
  proceed(result) {
    // A client that does not like the server's certificate does not finish the handshake.
    if (result !== DONE || this.socket._isServer) this.flush();
    if (result === DONE) {
      this.established = true;
      this.socket._onHandshake();
      if (this.ssl === null) return false;
      this.flush();
      for (const [view, callback] of this.queue.splice(0)) this.writeNow(view, callback);
      return this.ssl !== null;
    }
    if (result === WANTS_CERTIFICATE) {
      this.pause((resume) => this.socket._chooseContext((context) => resume(() => binding.setContext(this.ssl, context))));
    } else if (result === WANTS_SESSION) {
      this.pause((resume) => this.socket._findSession(binding.wantedSession(this.ssl),
        (session) => resume(() => binding.set(this.ssl, FOUND_SESSION, session ?? Buffer.alloc(0)))));
    } else if (Array.isArray(result)) {
      this.failed(result);
    } else if (result === CLOSED) {
      this.socket._tlsEnded(EOF);
    }
    return false;
  }

  /** The handshake waits for an answer. */
  pause(question) {
    this.asking = true;
    this.innerRead(false); // nothing takes what comes meanwhile: it stays in the kernel
    question((answer) => {
      if (this.ssl === null || !this.asking) return;
      this.asking = false;
      answer();
      this.innerRead(true);
      this.cycle();
    });
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

module.exports = { TLSHandle, opensslError };
