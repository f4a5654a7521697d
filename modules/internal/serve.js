'use strict';
// The fetch shape: `export default { fetch(request, env, ctx) }` on the HTTP engine, and whatever else a module's
// default export can be served as. Nothing of node:http is between the handler and the exchange.

const engine = require('./http/engine');
const { METHOD_BY_NUMBER, STATUS_CODES } = require('./http/status');
const { headOf } = require('../web/header_list');
const { Response, kFields, kSocket, kStatus, kStatusText } = require('../web/response');
const { ExchangeRequest, abortRequest } = require('../web/request');
const { FilePart, partsOf } = require('../web/blob');
const { IncomingBody, kBody, kStream, kUsed, isBlob } = require('../web/body');
const { UVException, uvExceptionWithHostPort } = require('./errors');

const { exchange, live, flags, turn } = engine;
const drain = internalBinding('drain');
const { WAIT_UNTIL } = drain.kinds;
const binding = engine.server;
const { QUIET } = flags;
const { BODY: FACT_BODY, SECURE: FACT_SECURE, ASKS_CERTIFICATE: FACT_ASKS_CERTIFICATE } = engine.facts;
const ENOTSUP = -95;
const FILE_CHUNK = 65536; // bytes

/* ---- the request's body ------------------------------------------------------------------------------------------ */

class ExchangeBody extends IncomingBody {
  constructor(owner) {
    super();
    this.owner = owner;
    this.chunks = [];
    this.done = false;
    this.error = null;
    this.waiting = null; // {resolve, reject} of collect, or of one pull
  }

  async collect() {
    this.reading = 'all';
    this.owner.resume();
    while (!this.done && this.error === null) await this.change();
    if (this.error !== null) throw this.error;
    const { chunks } = this;
    this.chunks = [];
    return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
  }

  change() { return new Promise((resolve) => { this.waiting = resolve; }); }

  stream() {
    const body = this;
    return new ReadableStream({
      type: 'bytes',
      async pull(controller) {
        if (body.chunks.length === 0 && !body.done && body.error === null) {
          body.owner.resume();
          await body.change();
        }
        if (body.error !== null) throw body.error;
        if (body.chunks.length > 0) {
          const chunk = body.chunks.shift();
          controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
        } else if (body.done) {
          controller.close();
          controller.byobRequest?.respond(0);
        }
      },
      cancel() {
        body.chunks = [];
        body.owner.discard();
      },
    }, { highWaterMark: 0 });
  }

  wake() {
    const { waiting } = this;
    this.waiting = null;
    waiting?.();
  }

  add(chunk) {
    this.chunks.push(chunk);
    if (this.reading !== 'all') this.owner.pause();
    this.wake();
  }
}

/* ---- one request whose answer is not there yet -------------------------------------------------------------------- */

class FetchExchange {
  constructor(slot) {
    this.slot = slot;
    this.body = null;
    this.request = null;
    this.drained = null; // resolves a writer that waits
    this.reader = null;
    this.answered = false;
  }

  resume() { if (this.slot >= 0) exchange.resume(this.slot); }
  pause() { if (this.slot >= 0) exchange.pause(this.slot); }
  discard() { if (this.slot >= 0) exchange.discard(this.slot); }

  onData(buffer) { this.body.add(buffer); }
  onEnd() {
    this.body.done = true;
    this.body.wake();
  }

  onDrain() {
    const { drained } = this;
    this.drained = null;
    drained?.();
  }

  onFinish() {}
  onClose(error) {
    this.slot = -1;
    this.onDrain();
    if (this.body !== null && !this.body.done) {
      this.body.error = lost(error);
      this.body.wake();
    }
    if (error === 0) return;
    if (this.request !== null) abortRequest(this.request, new DOMException('The client closed the connection.', 'AbortError'));
    this.reader?.cancel(lost(error)).catch(() => {});
  }
}

function lost(error) {
  return error === 0 ? new TypeError('The request has been answered before its body was read')
    : new TypeError('The client closed the connection', { cause: new UVException({ errno: error, syscall: 'read' }) });
}

/* ---- answering ---------------------------------------------------------------------------------------------------- */

function reasonOf(response) {
  const text = response[kStatusText];
  return text === '' || text === STATUS_CODES[response[kStatus]] ? undefined : text;
}

/** Answers with a Response whose body is here. `state`: the FetchExchange, or null when none was needed. */
function respond(slot, response, body, state) {
  let head;
  try {
    head = headOf(response[kFields]);
  } catch (error) { // a control character, which Headers lets pass
    fail(slot, error, state);
    return;
  }
  let bits = head.flags;
  if (state === null) bits |= QUIET;
  else state.answered = true;
  if (head.length >= 0 && (body === null || body.length === 0)) {
    // The length of what HEAD or 304 stand for.
    exchange.head(slot, response[kStatus], head.block, head.length, bits & ~QUIET, reasonOf(response));
    exchange.end(slot, undefined, bits & QUIET);
    return;
  }
  exchange.respond(slot, response[kStatus], head.block, body === null ? undefined : body, bits, reasonOf(response));
}

async function respondStream(state, response, stream) {
  const { slot } = state;
  let head;
  try {
    head = headOf(response[kFields]);
  } catch (error) {
    stream.cancel(error).catch(() => {});
    fail(slot, error, state);
    return;
  }
  state.answered = true;
  exchange.head(slot, response[kStatus], head.block, head.length, head.flags, reasonOf(response));
  const reader = (state.reader = stream.getReader());
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (state.slot < 0) return;
      if (done) break;
      if (!(value instanceof Uint8Array) && typeof value !== 'string') {
        throw new TypeError('A Response body stream must give Uint8Array chunks');
      }
      const wait = room(state, exchange.write(slot, value));
      if (wait !== null) await wait;
      if (state.slot < 0) return;
    }
    exchange.end(slot, undefined, 0);
  } catch (error) {
    if (state.slot >= 0) {
      report(error);
      exchange.destroy(slot);
    }
    reader.cancel(error).catch(() => {});
  }
}

/** After a write: null, or a promise of room where the engine asks for patience. */
function room(state, result) {
  if (result < 0) throw new UVException({ errno: result, syscall: 'write' });
  return result === 0 ? new Promise((resolve) => { state.drained = resolve; }) : null;
}

/** A piece of a file on a protocol that cannot send files itself. */
async function writeRead(state, part) {
  for (let at = 0; at < part.length && state.slot >= 0; at += FILE_CHUNK) {
    const bytes = await part.read(at, Math.min(FILE_CHUNK, part.length - at));
    if (state.slot >= 0) await room(state, exchange.write(state.slot, bytes));
  }
}

/** Answers with a Blob: its bytes, and files that the engine sends by itself. */
async function respondBlob(state, response, blob) {
  const { slot } = state;
  const files = new Map(); // opened before the head goes, so that one that cannot be read is an error of the handler
  try {
    const head = headOf(response[kFields]);
    const parts = partsOf(blob);
    for (const part of parts) if (part instanceof FilePart) files.set(part, await part.open());
    if (state.slot < 0) return;
    state.answered = true;
    exchange.head(slot, response[kStatus], head.block, head.length >= 0 ? head.length : blob.size, head.flags, reasonOf(response));
    for (const part of parts) {
      const fd = files.get(part);
      files.delete(part);
      const result = fd === undefined ? exchange.write(slot, part) : exchange.writeFile(slot, fd, part.offset, part.length);
      await (result === ENOTSUP ? writeRead(state, part) : room(state, result));
      if (state.slot < 0) return;
    }
    exchange.end(slot, undefined, 0);
  } catch (error) {
    fail(slot, error, state);
  } finally {
    for (const fd of files.values()) require('../node/fs').closeSync(fd);
  }
}

/** Answers with a WebSocket. */
function upgrade(slot, response, state) {
  const socket = response[kSocket];
  const { kAttach } = require('../web/websocket');
  let errno = -1;
  try {
    if (socket === undefined) throw new TypeError('A Response with status 101 needs the server\'s end of a WebSocket');
    errno = socket[kAttach](slot, headOf(response[kFields]).block);
    if (errno < 0) throw new UVException({ errno, syscall: 'upgrade' });
  } catch (error) {
    fail(slot, error, state);
    return;
  }
  live[slot] = undefined;
  if (state !== null) state.slot = -1;
}

/** Sends whatever a handler returned. */
function send(slot, result, state) {
  if (!(result instanceof Response)) {
    const what = result === undefined ? 'undefined' : Object.prototype.toString.call(result).slice(8, -1);
    fail(slot, new TypeError(`The fetch handler must return a Response, or a promise of one; it returned ${what}`), state);
    return;
  }
  if (result[kFields] === undefined) { // of Response's prototype alone, as frameworks make them
    try {
      const { body, status, statusText, headers } = result;
      result = new Response(body, { status, statusText, headers });
    } catch (error) {
      fail(slot, error, state);
      return;
    }
  }
  if (result[kStatus] === 101) {
    upgrade(slot, result, state);
    return;
  }
  const source = result[kBody];
  if (result[kUsed] || (result[kStream] !== null && result[kStream].locked)) {
    fail(slot, new TypeError('The Response that the fetch handler returned has been read already'), state);
    return;
  }
  result[kUsed] = source !== null;
  if (result[kStream] === null && (source === null || typeof source === 'string' || source instanceof Uint8Array)) {
    respond(slot, result, source, state);
    return;
  }
  state ??= register(slot);
  if (isBlob(source) && result[kStream] === null) {
    respondBlob(state, result, source);
    return;
  }
  let stream = result[kStream] ?? source;
  if (source instanceof IncomingBody) stream = result[kStream] ?? source.stream();
  respondStream(state, result, stream);
}

function report(error) {
  const text = error instanceof Error ? error.stack : require('../node/util').inspect(error);
  process.stderr.write(`${text}\n`);
}

const TEXT = 'content-type: text/plain;charset=UTF-8\r\n';
function fail(slot, error, state) {
  report(error);
  if (state !== null && (state.slot < 0 || state.answered)) {
    if (state.slot >= 0) exchange.destroy(slot);
    return;
  }
  if (state !== null) state.answered = true;
  exchange.respond(slot, 500, TEXT, 'Internal Server Error', state === null ? QUIET : 0, undefined);
}

function register(slot) { return (live[slot] = new FetchExchange(slot)); }

/* ---- the server --------------------------------------------------------------------------------------------------- */

class Context {
  /** Keeps the work going after the answer, also when the worker is about to leave; its failure is reported, not fatal. @param {Promise<any>} promise */
  waitUntil(promise) {
    const work = Promise.resolve(promise);
    drain.hold(WAIT_UNTIL);
    work.catch(report).finally(() => drain.release(WAIT_UNTIL));
  }

  passThroughOnException() {}

  /** See modules/web/websocket.js. @returns {{socket: WebSocket, response: Response}} */
  upgradeWebSocket(request, options) { return require('../web/websocket').upgradeWebSocket(request, options); }

  /** To a topic's subscribers in all workers. @returns {number} how many of this worker's it went to */
  publish(topic, data) { return require('../web/websocket').publish(topic, data); }
}
/** What the client has shown, on listeners of the configuration with `client_certificates`; null elsewhere. */
Context.prototype.clientCertificate = null;

/**
 * The context of a request on a connection whose client was asked for a certificate.
 * `clientCertificate`: null when it has shown none, else what getPeerCertificate(true) of node:tls gives: subject,
 * issuer, valid_from, fingerprint256, raw ... It has been verified: the listener admits no other.
 */
function certifiedContext(slot) {
  const socket = engine.socketAt(exchange.peer(slot));
  const context = new Context();
  socket._clientCertificate ??= { shown: socket.authorized ? socket.getPeerCertificate(true) : null };
  context.clientCertificate = socket._clientCertificate.shown;
  return context;
}

/** A tunnel: no Request can have this method (Fetch, 2.2.1), so a handler never sees it. */
const CONNECT = METHOD_BY_NUMBER.indexOf('CONNECT');

/** The function that C calls for each request. */
function requestFunction(app, handler, env) {
  const context = new Context();
  return function onRequest(slot, facts, url, block) {
    turn.count++;
    if ((facts & 0xff) === CONNECT) {
      exchange.respond(slot, 501, TEXT, STATUS_CODES[501], QUIET, undefined);
      return;
    }
    let state = null;
    let body = null;
    if ((facts & FACT_BODY) !== 0) {
      state = register(slot);
      body = state.body = new ExchangeBody(state);
    }
    const request = new ExchangeRequest(METHOD_BY_NUMBER[facts & 0xff], url, block, body, (facts & FACT_SECURE) !== 0);
    if (state !== null) state.request = request;
    let result;
    try {
      const own = (facts & FACT_ASKS_CERTIFICATE) === 0 ? context : certifiedContext(slot);
      result = handler.call(app, request, env, own);
    } catch (error) {
      fail(slot, error, state);
      return;
    }
    if (result instanceof Response) {
      send(slot, result, state);
      return;
    }
    if (typeof result?.then !== 'function') {
      send(slot, result, state);
      return;
    }
    // Most promises are settled when this turn's microtasks have run: the exchange is registered only to be safe then.
    state ??= register(slot);
    state.request = request;
    result.then((response) => settle(state, response), (error) => fail(state.slot, error, state));
  };
}

/** The answer of an asynchronous handler. */
function settle(state, response) {
  const { slot } = state;
  if (slot < 0) { // the client has gone
    response?.body?.cancel?.().catch(() => {});
    return;
  }
  if (state.body === null && response instanceof Response && response[kStatus] !== 101 && response[kStream] === null && !response[kUsed] &&
      (response[kBody] === null || typeof response[kBody] === 'string')) {
    live[slot] = undefined;
    state.slot = -1;
    response[kUsed] = response[kBody] !== null;
    respond(slot, response, response[kBody], null);
    return;
  }
  send(slot, response, state);
}

/** What serveFetch returns. */
class FetchServer {
  constructor(handle) {
    this._handle = handle;
    this._closed = null;
    const found = binding.address(handle);
    this.hostname = Array.isArray(found) ? found[0] : undefined;
    this.port = Array.isArray(found) ? found[1] : undefined;
    this.path = typeof found === 'string' ? found : undefined;
    this._scheme = binding.secure(handle) ? 'https' : 'http';
  }

  /** http://HOST:PORT of the last address, https: where that is a TLS address of the configuration. */
  get url() {
    if (this.path !== undefined) return `unix:${this.path}`;
    const host = this.hostname.includes(':') ? `[${this.hostname}]` : this.hostname;
    return `${this._scheme}://${host}:${this.port}`;
  }

  /** Stops accepting, and resolves when the last connection has ended. */
  close() {
    return new Promise((resolve) => {
      if (this._handle === null) {
        resolve();
        return;
      }
      this._onClosed = resolve;
      binding.close(this._handle);
      this._handle = null;
    });
  }

  ref() { if (this._handle !== null) binding.reference(this._handle, true); }
  unref() { if (this._handle !== null) binding.reference(this._handle, false); }
}

function addressOf({ address, host, port }) {
  if (address !== undefined) return address;
  if (host === undefined || host === '') return `:${port ?? 0}`;
  return host.includes(':') ? `[${host}]:${port ?? 0}` : `${host === 'localhost' ? '127.0.0.1' : host}:${port ?? 0}`;
}

/**
 * Serves a fetch handler.
 * @param {{fetch: Function} | Function} app
 * @param {{address?: string, addresses?: string[], host?: string, port?: number, env?: object}} [options]
 *   address: "HOST:PORT" or "unix:/path"
 * @returns {FetchServer}
 */
function serveFetch(app, options = {}) {
  const handler = typeof app === 'function' ? app : app.fetch;
  const self = typeof app === 'function' ? undefined : app;
  engine.setup();
  let server;
  const onServer = (kind) => { if (kind === engine.serverEvents.CLOSED) server?._onClosed?.(); };
  const handle = binding.create(requestFunction(self, handler, options.env ?? process.env), onServer);
  if (typeof handle === 'number') throw new UVException({ errno: handle, syscall: 'listen' });
  for (const address of options.addresses ?? [addressOf(options)]) {
    const errno = binding.listen(handle, address, 511, true);
    if (errno < 0) {
      binding.close(handle);
      throw uvExceptionWithHostPort(errno, 'listen', address.replace(/:\d+$/, '') || '::', Number(/:(\d+)$/.exec(address)?.[1] ?? -1));
    }
  }
  server = new FetchServer(handle);
  return server;
}

/** Serves a function (req, res), as node:http calls it, on each address. */
function serveFunction(listener, addresses) {
  const http = require('../node/http');
  return addresses.map((address) => {
    const server = http.createServer(listener);
    const unix = /^unix:(.*)$/.exec(address);
    const parts = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(address);
    if (unix !== null) server.listen(unix[1]);
    else if (parts !== null) server.listen(Number(parts[3]), parts[1] ?? (parts[2] || undefined));
    else throw new TypeError(`"${address}" is no address: expected HOST:PORT or unix:/path`);
    return server;
  });
}

/**
 * Serves the default export of an app's module: an object with fetch(), or a function (req, res), which Express and
 * Connect apps are.
 * @param {any} value @param {string[]} [addresses] default: PORT, or 3000
 * @returns {boolean} false: there is nothing to serve
 */
function serveDefaultExport(value, addresses) {
  if (value === null || value === undefined) return false;
  const where = addresses?.length > 0 ? addresses : [`:${process.env.PORT || 3000}`];
  if ((typeof value === 'object' || typeof value === 'function') && typeof value.fetch === 'function' && !value.handle) {
    serveFetch(value, { addresses: where });
    return true;
  }
  if (typeof value === 'function') {
    serveFunction(value, where);
    return true;
  }
  if (typeof value === 'object' && typeof value.callback === 'function' && typeof value.use === 'function') { // Koa
    serveFunction(value.callback(), where);
    return true;
  }
  return false;
}

module.exports = { serveFetch, serveDefaultExport };
