'use strict';
// What OpenSSL asks of a TLSSocket and tells it, through TLSHandle: methods of the socket.
const binding = internalBinding('tls');
const { keyLog } = require('./tls_context');
const {
  genericNodeError,
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_TLS_ALPN_CALLBACK_INVALID_RESULT,
    ERR_TLS_RENEGOTIATION_DISABLED, ERR_TLS_SESSION_ATTACK },
} = require('./errors');
const { validateBuffer, validateObject, validateString } = require('./validators');

const { ALPN: ASKS_ALPN } = binding.questions;
const { OCSP_RESPONSE } = binding.options;
const NAME_ASKED = 5;

/** The protocols of ALPN's wire form. @returns {string[]} */
function protocolsOf(wire) {
  const list = [];
  for (let at = 0; at < wire.length; at += wire[at] + 1) list.push(wire.latin1Slice(at + 1, at + 1 + wire[at]));
  return list;
}

/** @returns {Buffer | undefined} */
function chooseProtocol(socket, wire, servername) {
  const protocols = protocolsOf(wire);
  const chosen = socket._tlsOptions.ALPNCallback.call(socket, { servername: servername ?? false, protocols });
  if (chosen === undefined) return undefined;
  if (!protocols.includes(chosen)) throw new ERR_TLS_ALPN_CALLBACK_INVALID_RESULT(chosen, protocols);
  return Buffer.from(chosen, 'latin1');
}

function checkKey(psk, most) {
  if (psk.byteLength > most) throw new ERR_INVALID_ARG_VALUE('psk', psk, `Pre-shared key exceeds ${most} bytes`);
  return psk;
}

function serverKey(socket, identity, most) {
  const given = socket._tlsOptions.pskCallback.call(socket._tlsOptions.server, socket, identity);
  if (given === undefined || given === null) return undefined;
  if (ArrayBuffer.isView(given)) return checkKey(given, most);
  if (typeof given !== 'object') throw new ERR_INVALID_ARG_TYPE('ret', ['Object', 'Buffer', 'TypedArray', 'DataView'], given);
  validateBuffer(given.psk, 'psk');
  return checkKey(given.psk, most);
}

function clientKey(socket, hint, most, identityMost) {
  const given = socket._tlsOptions.pskCallback.call(socket, hint ?? null);
  if (given === undefined || given === null) return undefined;
  validateObject(given, 'ret');
  const { identity, psk } = given;
  validateBuffer(psk, 'psk');
  checkKey(psk, most);
  validateString(identity, 'identity');
  if (Buffer.byteLength(identity) > identityMost) throw new ERR_INVALID_ARG_VALUE('identity', identity, `PSK identity exceeds ${identityMost} bytes`);
  return [identity, psk];
}

module.exports = {
  /** @param {number} what of binding.questions */
  _answer(what, a, b, c) {
    if (what === ASKS_ALPN) return chooseProtocol(this, a, b);
    return this._isServer ? serverKey(this, a, b) : clientKey(this, a, b, c);
  },

  /** @param {Buffer} lines for a file that Wireshark reads */
  _keyLog(lines) {
    if (keyLog.file !== undefined) require('../node/fs').appendFileSync(keyLog.file, lines, { mode: 0o600 });
    for (const line of lines.latin1Slice().split('\n')) {
      if (line === '') continue;
      const bytes = Buffer.from(`${line}\n`, 'latin1');
      if (this._isServer) this._tlsOptions.server?.emit('keylog', bytes, this);
      else this.emit('keylog', bytes);
    }
  },

  /** A session that may be taken up again. A server's handshake waits until it is stored. */
  _newSession(id, session, handle) {
    if (!this._isServer) {
      if (this._verified) this.emit('session', session);
      else this._pendingSession = session;
      return;
    }
    const { server } = this._tlsOptions;
    if (!(server?.listenerCount('newSession') > 0)) return;
    let stored = false;
    const waits = !handle.established;
    if (waits) handle.holding = true;
    server.emit('newSession', id, session, () => {
      if (stored) return;
      stored = true;
      if (waits) process.nextTick(() => handle.release());
    });
  },

  /** The session that a client names. @param {(session?: Buffer) => void} done */
  _findSession(id, done) {
    this._tlsOptions.server.emit('resumeSession', id, (error, session) => {
      if (this.destroyed) return;
      if (error) this.destroy(error);
      else done(session);
    });
  },

  /** A server's certificate for the name that the client asked for, and the OCSP response that goes with it. */
  _chooseContext(done) {
    const { SNICallback, server } = this._tlsOptions;
    const name = binding.facts(this._handle.ssl)[NAME_ASKED];
    const chosen = (error, context) => {
      if (this.destroyed) return;
      if (error) this.destroy(error);
      else if (context && !context.context) this.destroy(genericNodeError('Invalid SNI context', { code: 'ERR_TLS_INVALID_CONTEXT' }));
      else staple(this, context ?? undefined, done);
    };
    if (!name) chosen(null);
    else if (typeof SNICallback === 'function') SNICallback.call(this, name, chosen);
    else chosen(null, server?._contextFor?.(name));
  },

  /** TLS 1.2: the peer began another handshake, or finished it. */
  _renegotiated(begun, done) {
    const fresh = begun - (this._begun ?? 1);
    this._begun = begun;
    if (fresh > 0 && this._renegotiationOff) {
      this.destroy(new ERR_TLS_RENEGOTIATION_DISABLED());
      return;
    }
    if (fresh > 0 && this._isServer) {
      const { CLIENT_RENEG_LIMIT, CLIENT_RENEG_WINDOW } = require('../node/tls');
      const now = Date.now();
      this._renegotiations = (this._renegotiations ?? []).filter((at) => now - at < CLIENT_RENEG_WINDOW * 1000);
      for (let i = 0; i < fresh; i++) this._renegotiations.push(now);
      if (this._renegotiations.length > CLIENT_RENEG_LIMIT) {
        this.destroy(new ERR_TLS_SESSION_ATTACK());
        return;
      }
    }
    if (done > (this._done ?? 1)) {
      this._done = done;
      this.emit('secure');
    }
  },
};

function staple(socket, context, done) {
  const { server } = socket._tlsOptions;
  if (!(server?.listenerCount?.('OCSPRequest') > 0) || !binding.ocspWanted(socket._handle.ssl)) {
    done(context?.context);
    return;
  }
  const [certificate, issuer] = (context?.identity ? context : socket._context).identity();
  server.emit('OCSPRequest', certificate, issuer ?? null, (error, response) => {
    if (socket.destroyed) return;
    if (error) {
      socket.destroy(error);
      return;
    }
    if (response) binding.set(socket._handle.ssl, OCSP_RESPONSE, response);
    done(context?.context);
  });
}
