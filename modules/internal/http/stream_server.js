'use strict';
// HTTP/1 for connections that are JS streams and not the engine's: TLS sockets of https.Server, and streams that an app
// gives to server.emit('connection', stream). Requests are read with llhttp (http_parser.c), one after the other;
// responses are written by OutgoingMessage.

const { IncomingMessage } = require('./incoming');
const { ServerResponse } = require('./server_response');
const { METHOD_BY_NUMBER, STATUS_CODES } = require('./status');
const { maxHeaderSize } = require('./limits');

const parserBinding = internalBinding('http_parser');
const { FOUND_HEAD, FOUND_BODY, FOUND_DONE, FOUND_UPGRADE, HEAD_KEEP_ALIVE } = parserBinding.constants;

class StreamConnection {
  constructor(server, socket) {
    this.server = server;
    this.socket = socket;
    this.parser = parserBinding.create(true, server._maxHeaderSize ?? maxHeaderSize());
    this.req = null; // whose body is being read
    this.res = null; // being answered
    this.waiting = []; // what was found while a response was being made
    this.closing = false;
    socket.server ??= server;
    this.onData = (chunk) => this.read(chunk);
    this.onEnd = () => this.ended();
    this.onClose = () => this.closed();
    this.onError = (error) => this.failed(error);
    socket.on('data', this.onData);
    socket.on('end', this.onEnd);
    socket.on('close', this.onClose);
    socket.on('error', this.onError);
    server._streams.add(this);
    if (server.timeout > 0) socket.setTimeout?.(server.timeout, () => socket.destroy());
  }

  get idle() { return this.res === null && this.req === null; }

  detach() {
    const { socket } = this;
    socket.removeListener('data', this.onData);
    socket.removeListener('end', this.onEnd);
    socket.removeListener('close', this.onClose);
    socket.removeListener('error', this.onError);
    this.server._streams.delete(this);
  }

  read(chunk) {
    const found = parserBinding.execute(this.parser, chunk, 0);
    for (let i = 0; i < found.length;) {
      switch (found[i]) {
        case FOUND_HEAD: {
          const first = i; // i goes on before a waiting request is looked at
          const at = found.indexOf(FOUND_UPGRADE, i + 8);
          this.take(() => this.head(found, first, at < 0 ? null : chunk.subarray(found[at + 1])));
          i += 8;
          break;
        }
        case FOUND_BODY: {
          const piece = chunk.subarray(found[i + 1], found[i + 2]);
          this.take(() => { if (this.req !== null && !this.req.destroyed && !this.req.push(piece)) this.socket.pause(); });
          i += 3;
          break;
        }
        case FOUND_DONE: {
          const trailers = found[i + 1];
          this.take(() => this.bodyDone(trailers));
          i += 2;
          break;
        }
        case FOUND_UPGRADE: i += 2; break;
        default:
          this.invalid(found[i + 1], found[i + 2], chunk);
          return;
      }
    }
  }

  /** Pipelined requests wait for the answers before them. */
  take(step) {
    if (this.waiting.length > 0 || (this.res !== null && this.req === null)) this.waiting.push(step);
    else step();
    if (this.waiting.length > 16) this.socket.pause();
  }

  head(found, i, rest) {
    const { server, socket } = this;
    const req = new (server._Request ?? IncomingMessage)(socket);
    req.method = METHOD_BY_NUMBER[found[i + 6]];
    req.url = found[i + 7];
    req._block = found[i + 3];
    req.httpVersionMajor = Math.floor(found[i + 4] / 10);
    req.httpVersionMinor = found[i + 4] % 10;
    req.httpVersion = `${req.httpVersionMajor}.${req.httpVersionMinor}`;
    req.joinDuplicateHeaders = server._join;
    const keepAlive = (found[i + 5] & HEAD_KEEP_ALIVE) !== 0;
    if (rest !== null && server.listenerCount(req.method === 'CONNECT' ? 'connect' : 'upgrade') > 0) {
      this.detach();
      req.upgrade = req.complete = true;
      server.emit(req.method === 'CONNECT' ? 'connect' : 'upgrade', req, socket, rest);
      return;
    }
    const res = new (server._Response ?? ServerResponse)(req, server._responseOptions);
    this.req = req;
    this.res = res;
    req._source = {
      resume: () => { if (!req.complete) socket.resume(); },
      destroy: (error) => { if (!req.complete) socket.destroy(error); },
    };
    res.shouldKeepAlive = keepAlive && !this.closing;
    res._keepAliveTimeout = server.keepAliveTimeout;
    res.assignSocket(socket);
    res.once('finish', () => this.answered(res));
    socket.on('drain', () => { if (res._needDrain) { res._needDrain = false; res.emit('drain'); } });
    if (/^100-continue$/i.test(req.headers.expect ?? '')) {
      if (server.emit('checkContinue', req, res)) return;
      res.writeContinue();
    }
    server.emit('request', req, res);
  }

  bodyDone(trailers) {
    const { req } = this;
    this.req = null;
    if (req !== null) req._finishBody(trailers);
  }

  answered(res) {
    const { socket } = this;
    res.detachSocket(socket);
    this.res = null;
    if (!res.req.complete) res.req._dump();
    res._closed = res.destroyed = true;
    res.emit('close');
    if (res._last || !res.shouldKeepAlive || this.closing) {
      socket.end();
      return;
    }
    while (this.waiting.length > 0 && this.res === null) this.waiting.shift()();
    while (this.waiting.length > 0 && this.req !== null) this.waiting.shift()();
    if (this.waiting.length < 16) socket.resume();
  }

  invalid(code, reason, rawPacket) {
    const error = new Error(`Parse Error: ${reason}`);
    Object.assign(error, { code, reason, rawPacket, bytesParsed: 0 });
    this.socket.removeListener('data', this.onData);
    if (this.server.emit('clientError', error, this.socket)) return;
    const status = code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
    if (this.socket.writable && this.res === null) this.socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
    else this.socket.destroy();
  }

  failed(error) {
    if (!this.server.emit('clientError', error, this.socket)) this.socket.destroy();
  }

  ended() {
    if (this.idle) this.socket.end();
    else this.closing = true;
  }

  closed() {
    this.server._streams.delete(this);
    const { req, res } = this;
    const lost = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    if (req !== null) req._abort(lost);
    if (res !== null && !res._closed) {
      res._closed = res.destroyed = true;
      res.emit('close');
    }
    this.req = this.res = null;
    this.server._streamsChanged?.();
  }
}

/** Serves the connection `socket` (any Duplex) with the listeners of `server`. */
function serveStream(server, socket) {
  server._streams ??= new Set();
  return new StreamConnection(server, socket);
}

module.exports = { serveStream };
