'use strict';
// A client's response parser: llhttp (runtime/bindings/http_parser.c) on the bytes of one connection, for one request.

const { validateBoolean, validateOneOf } = require('../validators');
const { IncomingMessage } = require('./incoming');
const limits = require('./limits');
const context = require('../async_context');
const ids = require('../async_ids');

const binding = internalBinding('http_parser');
const {
  FOUND_HEAD, FOUND_BODY, FOUND_DONE, FOUND_UPGRADE, HEAD_KEEP_ALIVE, HEAD_UPGRADE, SKIP_BODY, NO_HTTP_AFTER_HEAD,
  INSECURE, RELAXED_VALUES,
} = binding.constants;
const DEFAULT_MAX_PAIRS = 2000;

/** Which of llhttp's strictness an app gives up. */
const leniency = {
  /** @returns {string | undefined} options.httpValidation, checked */
  validate(options) {
    const { httpValidation, insecureHTTPParser } = options;
    if (httpValidation !== undefined) validateOneOf(httpValidation, 'options.httpValidation', ['strict', 'relaxed', 'insecure']);
    if (insecureHTTPParser !== undefined) validateBoolean(insecureHTTPParser, 'options.insecureHTTPParser');
    return httpValidation;
  },
  flags(req) {
    const insecure = req._relaxed === undefined ? req.insecureHTTPParser ?? limits.insecureParser() : req._relaxed === 'insecure';
    return insecure ? INSECURE : req._relaxed === 'relaxed' ? RELAXED_VALUES : 0;
  },
};

class ResponseParser {
  constructor(req, socket) {
    this.outgoing = req;
    this.socket = socket;
    this.incoming = null;
    this.upgradeAt = -1; // in the bytes last given: where no HTTP follows
    this._informational = false;
    this._handle = binding.create(req.maxHeaderSize || limits.maxHeaderSize(), leniency.flags(req));
    this._mode = req.method === 'HEAD' ? SKIP_BODY : req.method === 'CONNECT' ? NO_HTTP_AFTER_HEAD : 0;
  }

  /** @param {Buffer} chunk @returns {Error | undefined} what is wrong with it */
  execute(chunk) { return this._inContext(binding.execute(this._handle, chunk, this._mode), chunk); }

  /** The connection has ended, which may be the end of a body. */
  finish() {
    if (this._handle !== null) this._inContext(binding.execute(this._handle, null, this._mode), null);
  }

  /** Listeners run in the context in which the request was made. */
  _inContext(found, chunk) {
    if (!context.inUse() && !ids.hooked()) return this._work(found, chunk);
    const { outgoing: req } = this;
    let failure;
    const work = () => { failure = this._work(found, chunk); };
    context.runIn(req._frame, ids.runIn, undefined, [req._record, work, undefined, []]);
    return failure;
  }

  free() { this._handle = null; }

  _work(found, chunk) {
    if (found === undefined) return undefined;
    // Listeners may free this parser: what is left of the list is nobody's then.
    for (let i = 0; i < found.length && this._handle !== null;) {
      switch (found[i]) {
        case FOUND_HEAD:
          this._onHead(found, i);
          i += 6;
          break;
        case FOUND_BODY:
          this._onBody(chunk.subarray(found[i + 1], found[i + 2]));
          i += 3;
          break;
        case FOUND_DONE:
          if (this._informational) this._informational = false;
          else if (this.incoming !== null && this.upgradeAt < 0) this.incoming._finishBody(found[i + 1]);
          i += 2;
          break;
        case FOUND_UPGRADE:
          if (this.upgradeAt >= 0) this.upgradeAt = found[i + 1];
          i += 2;
          break;
        default: // FOUND_ERROR
          return chunk === null ? undefined : parseError(found, i, chunk);
      }
    }
    return undefined;
  }

  _onHead(found, i) {
    const req = this.outgoing;
    const status = found[i + 1];
    const upgrade = (found[i + 5] & HEAD_UPGRADE) !== 0;
    const res = messageOf(req, this.socket, found, i);
    if (status >= 100 && status < 200 && status !== 101) {
      this._informational = true;
      if (status === 100) req.emit('continue');
      req.emit('information', {
        statusCode: status, statusMessage: res.statusMessage, httpVersion: res.httpVersion,
        httpVersionMajor: res.httpVersionMajor, httpVersionMinor: res.httpVersionMinor, headers: res.headers,
        rawHeaders: res.rawHeaders,
      });
      return;
    }
    if (req.res) { // a second answer to one request
      this.free();
      this.socket.destroy();
      return;
    }
    this.incoming = res;
    if ((status === 101 && upgrade) || req.method === 'CONNECT') {
      req.res = res;
      res.req = req;
      res.upgrade = true;
      this.upgradeAt = 0;
      return;
    }
    res.upgrade = upgrade;
    req._onResponse(res, (found[i + 5] & HEAD_KEEP_ALIVE) !== 0);
  }

  _onBody(bytes) {
    const res = this.incoming;
    if (res === null || res._dumped || res.destroyed) return;
    if (!res.push(bytes)) res._source?.pause();
  }
}

function messageOf(req, socket, found, i) {
  const res = new IncomingMessage(socket);
  const version = found[i + 4];
  res.url = '';
  res.statusCode = found[i + 1];
  res.statusMessage = found[i + 2];
  res._block = found[i + 3];
  res.joinDuplicateHeaders = req.joinDuplicateHeaders === true;
  res.httpVersionMajor = Math.floor(version / 10);
  res.httpVersionMinor = version % 10;
  res.httpVersion = `${res.httpVersionMajor}.${res.httpVersionMinor}`;
  const most = typeof req.maxHeadersCount === 'number' ? req.maxHeadersCount : DEFAULT_MAX_PAIRS;
  if (most > 0 && res.rawHeaders.length > most * 2) res.rawHeaders = res.rawHeaders.slice(0, most * 2);
  return res;
}

function parseError(found, i, rawPacket) {
  const error = new Error(`Parse Error: ${found[i + 2]}`);
  error.code = found[i + 1];
  error.reason = found[i + 2];
  error.bytesParsed = found[i + 3];
  error.rawPacket = rawPacket;
  return error;
}

module.exports = { ResponseParser, leniency };
