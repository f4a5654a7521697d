'use strict';
// WebSocket (https://websockets.spec.whatwg.org), CloseEvent, and a fetch handler's end of one (ctx.upgradeWebSocket,
// WebSocketPair). The protocol is C (server/http/websocket.h) for both ends: a server's runs over the engine's tunnel, a
// client's over a socket of node:http's client, which makes the handshake.
//
// What differs from the standard follows Node 24: a connection that fails is an ErrorEvent with a TypeError, then `close`
// with code 1006; http: and https: URLs are taken; the second argument may be {protocols, headers}.

const { Event, EventTarget, defineEventHandler, dispatch, kUntimed } = require('./event_target');
const { MessageEvent } = require('./message_channel');
const { DOMException } = require('./dom_exception');
const { Blob } = require('./blob');
const { URL } = require('./url');
const { UVException } = require('../internal/errors');

const binding = internalBinding('websocket');
const topics = internalBinding('websocket_topics');
const { answerText, answerBytes } = binding;
const { EVENT_TEXT, EVENT_BINARY, EVENT_CLOSING, EVENT_SPACE, EVENT_CLOSED, EVENT_PING, EVENT_PONG, EVENT_PUMP } = binding.events;
const { WANTS_SHUTDOWN, WANTS_DESTROY } = binding.wants;

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const OFFER = 'permessage-deflate; client_max_window_bits';
const PING = 9;
const EINVAL = -22;
const EMSGSIZE = -90;
// eslint-disable-next-line no-control-regex
const isToken = (text) => typeof text === 'string' && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text);

class CloseEvent extends Event {
  #code;
  #reason;
  #wasClean;
  /** @param {string} type @param {{code?: number, reason?: string, wasClean?: boolean}} [init] */
  constructor(type, init = {}) {
    if (arguments.length === 0) throw new TypeError('CloseEvent constructor: 1 argument required, but 0 found.');
    super(type, init);
    this.#wasClean = Boolean(init?.wasClean);
    this.#code = Number(init?.code ?? 0) & 0xffff;
    this.#reason = String(init?.reason ?? '');
  }
  get wasClean() { return this.#wasClean; }
  get code() { return this.#code; }
  get reason() { return this.#reason; }
}

/** Of a connection that failed; Node has no such global either. */
class ErrorEvent extends Event {
  #error;
  #message;
  constructor(type, { message = '', error = undefined } = {}) {
    super(type);
    this.#message = message;
    this.#error = error;
  }
  get message() { return this.#message; }
  get error() { return this.#error; }
}

for (const [Class, names] of [[CloseEvent, ['wasClean', 'code', 'reason']], [ErrorEvent, ['message', 'error']]]) {
  for (const name of names) Object.defineProperty(Class.prototype, name, { enumerable: true });
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class === CloseEvent ? 'CloseEvent' : 'ErrorEvent', configurable: true });
}

let ready = false;
function setup(onEvent) {
  if (!ready) binding.setup(onEvent);
  ready = true;
}

/** Marks the constructor's call for a server's end. */
const kServer = Symbol('server');
const kAttach = Symbol('attach');
const kWebSocket = Symbol.for('jsd.response.websocket');

/** What send() and publish() take, as a string or bytes; a Blob stays one. */
function payloadOf(data) {
  if (typeof data === 'string' || ArrayBuffer.isView(data) || data instanceof Blob) return data;
  if (data instanceof ArrayBuffer || Object.prototype.toString.call(data) === '[object SharedArrayBuffer]') return new Uint8Array(data);
  return String(data);
}

const sizeOf = (data) => (typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength ?? data.size);

/** The native handle of a WebSocket, or null: for what is a server's end only. */
let handleOf;

class WebSocket extends EventTarget {
  #state = CONNECTING;
  #url = '';
  #origin = '';
  #protocol = '';
  #extensions = '';
  #binaryType = 'blob';
  #handle = null;
  #id = 0; // of a server's end: what answerText() and answerBytes() know it by
  #request = null; // a client's handshake
  #socket = null; // a client's
  #server = null; // options of a server's end
  #unsent = 0; // payload that the carrier has not: behind a Blob that is read; a client's also what its socket has
  #order = null; // promise: the last send() that waits for a Blob
  #pumping = false;
  #error = null;

  /**
   * @param {string|URL} url ws:, wss:, http: or https:
   * @param {string|string[]|{protocols?: string|string[], headers?: HeadersInit}} [protocols]
   */
  constructor(url, protocols = []) {
    super();
    if (url === kServer) {
      this.#server = protocols;
      return;
    }
    if (arguments.length === 0) throw new TypeError('WebSocket constructor: 1 argument required, but 0 found.');
    const parsed = parseUrl(url);
    let headers;
    if (typeof protocols === 'object' && protocols !== null && !(Symbol.iterator in protocols)) ({ protocols = [], headers } = protocols);
    const list = typeof protocols === 'string' ? [protocols] : Array.from(protocols, String);
    if (new Set(list.map((one) => one.toLowerCase())).size !== list.length || !list.every(isToken)) {
      throw new DOMException('Invalid Sec-WebSocket-Protocol value', 'SyntaxError');
    }
    this.#url = parsed.href;
    this.#origin = `${parsed.protocol}//${parsed.host}`;
    this.#connect(parsed, list, headers);
  }

  /* ---- a client's handshake ---- */

  #connect(url, protocols, headers) {
    const secure = url.protocol === 'wss:';
    const key = require('../node/crypto').randomBytes(16).toString('base64');
    const { request } = secure ? require('../node/https') : require('../node/http');
    const fields = {
      connection: 'upgrade',
      upgrade: 'websocket',
      ...Object.fromEntries(new globalThis.Headers(headers)),
      'sec-websocket-key': key,
      'sec-websocket-version': '13',
      'sec-websocket-extensions': OFFER,
      accept: '*/*',
      'accept-language': '*',
      'sec-fetch-mode': 'websocket',
      'user-agent': 'node',
      pragma: 'no-cache',
      'cache-control': 'no-cache',
    };
    if (protocols.length > 0) fields['sec-websocket-protocol'] = protocols.join(', ');
    let made;
    try {
      made = request(`${secure ? 'https' : 'http'}${url.href.slice(url.protocol.length - 1)}`, { headers: fields, agent: false });
    } catch (error) {
      process.nextTick(() => this.#failed(error));
      return;
    }
    this.#request = made;
    made.on('error', (error) => this.#failed(error));
    made.on('response', (response) => {
      response.destroy();
      this.#failed(new TypeError('')); // also a redirect: the standard follows none
    });
    made.on('upgrade', (response, socket, head) => this.#upgraded(response, socket, head, key, protocols));
    made.end();
  }

  #upgraded(response, socket, head, key, protocols) {
    this.#request = null;
    socket.on('error', () => {});
    const { upgrade = '', connection = '', 'sec-websocket-accept': accept, 'sec-websocket-protocol': protocol,
      'sec-websocket-extensions': extension } = response.headers;
    const digest = require('../node/crypto').createHash('sha1').update(key + GUID).digest('base64');
    const good = this.#state === CONNECTING && upgrade.toLowerCase() === 'websocket' && /(?:^|,)\s*upgrade\s*(?:,|$)/i.test(connection) &&
      accept === digest && (protocol === undefined || protocols.includes(protocol));
    setup(WebSocket.#onEvent);
    const handle = good ? binding.open(this, extension) : EINVAL;
    if (typeof handle === 'number') {
      socket.destroy();
      this.#failed(new TypeError(''));
      return;
    }
    this.#handle = handle;
    this.#socket = socket;
    this.#protocol = protocol ?? '';
    this.#extensions = extension ?? '';
    this.#state = OPEN;
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.on('end', () => this.#feed(undefined));
    // From the loop: the codec may be in the middle of what has led to it.
    socket.on('close', () => setImmediate(() => binding.closed(handle)));
    dispatch(this, new Event('open'));
    if (head.length > 0) this.#feed(head);
    socket.on('data', (chunk) => this.#feed(chunk));
    socket.resume();
  }

  #failed(error) {
    if (this.#state === CLOSED) return;
    this.#request = null;
    this.#state = CLOSED;
    dispatch(this, new ErrorEvent('error', { error: new TypeError('', { cause: error }) }));
    dispatch(this, new CloseEvent('close', { code: 1006, wasClean: false }));
  }

  /* ---- a client's carrier ---- */

  #feed(bytes) {
    binding.feed(this.#handle, bytes);
    this.#pump();
  }

  /** Frames of one turn leave in one write. */
  #pumpSoon() {
    if (this.#pumping || this.#socket === null) return;
    this.#pumping = true;
    process.nextTick(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump() {
    const taken = this.#socket === null ? undefined : binding.take(this.#handle);
    if (taken === undefined) return;
    const [wants, bytes] = taken;
    if (bytes !== undefined && this.#socket.writable) {
      const payload = this.#unsent;
      this.#socket.write(bytes, () => { this.#unsent = Math.max(0, this.#unsent - payload); });
    }
    if ((wants & WANTS_SHUTDOWN) !== 0) this.#socket.end();
    if ((wants & WANTS_DESTROY) !== 0) this.#socket.destroy();
  }

  /* ---- events of C ---- */

  static #onEvent(kind, value, reason, clean) { // eslint-disable-line max-params
    switch (kind) {
      case EVENT_TEXT: this.#message(value); break;
      case EVENT_BINARY: this.#message(this.#binaryType === 'blob' ? new Blob([value]) : value); break;
      case EVENT_CLOSING:
        if (this.#state === OPEN) this.#state = CLOSING;
        if (value !== undefined) this.#error = new TypeError(this.#server === null ? '' : `The client broke the protocol: ${value}`);
        break;
      case EVENT_SPACE: dispatch(this, new Event('drain')); break;
      case EVENT_PING: case EVENT_PONG:
        if (this.#server !== null) dispatch(this, new MessageEvent(kind === EVENT_PING ? 'ping' : 'pong', { data: value }));
        break;
      case EVENT_CLOSED: this.#closed(value, reason, clean); break;
      case EVENT_PUMP: this.#pump(); break;
      default:
    }
  }

  #message(data) {
    if (this.#state === OPEN) dispatch(this, new MessageEvent('message', { data, origin: this.#origin }, kUntimed));
  }

  #closed(code, reason, clean) {
    this.#state = CLOSED;
    this.#handle = null;
    if (this.#error === null && this.#server === null && code === 1006) this.#error = new TypeError('');
    if (this.#error !== null) dispatch(this, new ErrorEvent('error', { message: this.#error.message, error: this.#error }));
    dispatch(this, new CloseEvent('close', { code, reason, wasClean: clean }));
  }

  /* ---- a server's end ---- */

  /** Upgrades an exchange: 0 or a negative errno. @param {number} slot @param {string} block header fields of the answer */
  [kAttach](slot, block) {
    const { compress, maxMessageBytes, idleTimeout, protocol } = this.#server;
    setup(WebSocket.#onEvent);
    const made = binding.upgrade(slot, this, block, compress, maxMessageBytes, idleTimeout);
    if (typeof made === 'number') return made;
    [this.#handle, this.#id] = made;
    this.#extensions = made[2] ?? '';
    this.#protocol = protocol;
    process.nextTick(() => {
      if (this.#state !== CONNECTING) return;
      this.#state = OPEN;
      dispatch(this, new Event('open'));
    });
    return 0;
  }

  static {
    handleOf = (socket) => socket.#handle;
  }

  /* ---- the interface ---- */

  /** @param {string|ArrayBuffer|ArrayBufferView|Blob} data throws InvalidStateError before `open` */
  send(data) {
    if (arguments.length === 0) throw new TypeError('WebSocket.send: 1 argument required, but 0 found.');
    if (this.#id !== 0 && this.#state === OPEN && this.#order === null && this.#extensions === '' &&
      (typeof data === 'string' ? answerText(this.#id, data) : data instanceof Uint8Array && answerBytes(this.#id, data)) === 1) return;
    const payload = payloadOf(data);
    if (this.#state === CONNECTING && this.#handle === null) throw new DOMException('Sent before connected.', 'InvalidStateError');
    if (this.#state > OPEN) return;
    if (this.#order !== null || payload instanceof Blob) {
      this.#sendLater(payload);
      return;
    }
    if (this.#socket !== null) this.#unsent += sizeOf(payload);
    binding.send(this.#handle, payload, this.#extensions !== '');
    this.#pumpSoon();
  }

  #sendLater(data) {
    const size = sizeOf(data);
    this.#unsent += size;
    // Bytes are the caller's to change once send() has returned.
    const copy = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice() : data;
    const bytes = copy instanceof Blob ? copy.arrayBuffer() : copy;
    const mine = this.#order = Promise.resolve(this.#order).then(() => bytes).then((value) => {
      if (this.#order === mine) this.#order = null;
      if (this.#socket === null) this.#unsent -= size;
      if (this.#handle !== null) binding.send(this.#handle, typeof value === 'string' ? value : new Uint8Array(value), this.#extensions !== '');
      this.#pumpSoon();
    });
  }

  /**
   * @param {number} [code] 1000 or 3000-4999; of a server's end any that a close frame may carry
   * @param {string} [reason] up to 123 bytes of UTF-8
   */
  close(code = undefined, reason = undefined) {
    const number = code === undefined ? 0 : Math.min(65535, Math.max(0, Math.round(Number(code)) || 0));
    const text = reason === undefined ? '' : String(reason);
    const allowed = number === 1000 || (number >= 3000 && number <= 4999) ||
      (this.#server !== null && ((number > 1000 && number < 1004) || (number > 1006 && number < 1015)));
    if (code !== undefined && !allowed) throw new DOMException('invalid code', 'InvalidAccessError');
    const length = Buffer.byteLength(text);
    if (length > 123) throw new DOMException(`Reason must be less than 123 bytes; received ${length}`, 'SyntaxError');
    if (this.#state > OPEN) return;
    this.#state = CLOSING;
    if (this.#handle !== null) {
      Promise.resolve(this.#order).then(() => {
        if (this.#handle !== null) binding.close(this.#handle, text !== '' && number === 0 ? 1000 : number, text);
        this.#pumpSoon();
      });
    } else if (this.#request !== null) {
      this.#request.destroy();
      process.nextTick(() => this.#failed(undefined));
    }
  }

  get readyState() { return this.#state; }
  get bufferedAmount() { return this.#unsent + (this.#server !== null && this.#handle !== null ? binding.buffered(this.#handle) : 0); }
  get url() { return this.#url; }
  get extensions() { return this.#extensions; }
  get protocol() { return this.#protocol; }
  get binaryType() { return this.#binaryType; }
  set binaryType(value) { this.#binaryType = value === 'arraybuffer' ? value : 'blob'; }
}

function parseUrl(url) {
  let parsed;
  try {
    parsed = new URL(String(url));
  } catch (error) {
    throw new DOMException(String(error).replace(/ \[.*?\]/, ''), 'SyntaxError');
  }
  if (parsed.protocol === 'http:') parsed.protocol = 'ws:';
  else if (parsed.protocol === 'https:') parsed.protocol = 'wss:';
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') throw new DOMException('expected a ws: or wss: url', 'SyntaxError');
  if (parsed.hash !== '' || parsed.href.endsWith('#')) throw new DOMException('hash', 'SyntaxError');
  return parsed;
}

const stateNames = { CONNECTING, OPEN, CLOSING, CLOSED };
for (const [name, value] of Object.entries(stateNames)) {
  for (const target of [WebSocket, WebSocket.prototype]) Object.defineProperty(target, name, { value, enumerable: true });
}
for (const name of ['open', 'error', 'close', 'message']) defineEventHandler(WebSocket.prototype, name);
for (const name of ['close', 'send', 'readyState', 'bufferedAmount', 'url', 'extensions', 'protocol', 'binaryType']) {
  Object.defineProperty(WebSocket.prototype, name, { enumerable: true });
}
Object.defineProperty(WebSocket.prototype, Symbol.toStringTag, { value: 'WebSocket', configurable: true });

/* ---- a fetch handler's end ---------------------------------------------------------------------------------------- */

function topicResult(result) {
  if (result === EINVAL) throw new RangeError('A topic has at most 1024 bytes');
  if (result === EMSGSIZE) throw new RangeError(`A published message has at most ${topics.limit()} bytes`);
  if (result < 0) throw new UVException({ errno: result, syscall: 'publish' });
  return result;
}

/**
 * Sends a message to all subscribers of a topic, in all workers (also those of an old generation that drains). At most
 * once: a worker that cannot keep up loses messages, and nobody waits for it.
 * @param {string} topic @param {string|ArrayBuffer|ArrayBufferView} data up to websocket.max_publish_bytes of the configuration, 128 KiB; compressed where that was agreed on
 * @returns {number} how many of this worker's it went to
 */
function publish(topic, data, except = undefined) {
  const payload = payloadOf(data);
  if (payload instanceof Blob) throw new TypeError('A Blob cannot be published: give its bytes');
  return topicResult(topics.publish(String(topic), payload, except));
}

class ServerWebSocket extends WebSocket {
  constructor(options) { super(kServer, options); }

  /** @param {string} topic up to 1024 bytes @returns {boolean} false: it was subscribed already, or closes */
  subscribe(topic) {
    const handle = handleOf(this);
    return handle !== null && this.readyState <= OPEN && topicResult(topics.subscribe(handle, String(topic), true)) === 1;
  }

  /** @param {string} topic @returns {boolean} whether it was subscribed */
  unsubscribe(topic) {
    const handle = handleOf(this);
    return handle !== null && topicResult(topics.subscribe(handle, String(topic), false)) === 1;
  }

  /** As ctx.publish, but not to this WebSocket itself. */
  publish(topic, data) { return publish(topic, data, handleOf(this) ?? undefined); }

  /** Asks for a sign of life: the event `pong` follows. @param {string|ArrayBufferView} [data] up to 125 bytes */
  ping(data = '') {
    const handle = handleOf(this);
    if (handle !== null && binding.control(handle, PING, payloadOf(data)) === EINVAL) throw new RangeError('A ping has at most 125 bytes');
  }

  /** Closes without a close frame. */
  terminate() {
    const handle = handleOf(this);
    if (handle !== null) binding.terminate(handle);
  }

  /** Workers' name for "from now on events come"; here they come anyway. */
  accept() {}
}
defineEventHandler(ServerWebSocket.prototype, 'drain');
defineEventHandler(ServerWebSocket.prototype, 'ping');
defineEventHandler(ServerWebSocket.prototype, 'pong');

function compressionOf(value) {
  if (value === undefined || value === false || value === null) return -1;
  const { noContext = false, clientNoContext = false, windowBits = 0, clientWindowBits = 0 } = value === true ? {} : value;
  for (const bits of [windowBits, clientWindowBits]) {
    if (bits !== 0 && !(Number.isInteger(bits) && bits >= 9 && bits <= 15)) throw new RangeError('Window bits are 9 to 15');
  }
  return Number(Boolean(noContext)) | Number(Boolean(clientNoContext)) << 1 | windowBits << 4 | clientWindowBits << 8;
}

/** The subprotocol: the first of the client's that is among ours. */
function chosenProtocol(request, wanted) {
  if (wanted === undefined) return '';
  const offered = (request?.headers.get('sec-websocket-protocol') ?? '').split(',').map((one) => one.trim());
  const own = [].concat(wanted);
  return offered.find((one) => one !== '' && own.includes(one)) ?? '';
}

function optionsOf(request, { protocol, compress, maxMessageBytes, idleTimeout } = {}) {
  return { protocol: chosenProtocol(request, protocol), compress: compressionOf(compress), maxMessageBytes, idleTimeout };
}

function responseFor(socket, protocol, Response) {
  const response = new Response(null, { status: 101, webSocket: socket });
  if (protocol !== '') response.headers.set('sec-websocket-protocol', protocol);
  return response;
}

/**
 * Answers a request by a WebSocket: the handler returns `response` (whose headers it may add to).
 * @param {Request} request
 * @param {object} [options]
 * @param {string|string[]} [options.protocol] subprotocols that the app speaks: the client's first among them is taken
 * @param {boolean|{noContext?: boolean, clientNoContext?: boolean, windowBits?: number, clientWindowBits?: number}} [options.compress]
 *   permessage-deflate, if the client offers it. Default: no
 * @param {number} [options.maxMessageBytes] @param {number} [options.idleTimeout] ms; defaults: the config's `websocket`
 * @returns {{socket: ServerWebSocket, response: Response}}
 * @throws {TypeError} the request does not ask for a WebSocket of version 13
 */
function upgradeWebSocket(request, options = undefined) {
  const { headers, method } = request;
  const key = headers.get('sec-websocket-key');
  if (method !== 'GET' || headers.get('upgrade')?.toLowerCase() !== 'websocket' || headers.get('sec-websocket-version') !== '13' ||
      key === null || !/^[A-Za-z0-9+/]{22}==$/.test(key)) {
    throw new TypeError('The request does not ask for a WebSocket');
  }
  const own = optionsOf(request, options);
  const socket = new ServerWebSocket(own);
  const { Response } = require('./response');
  return { socket, response: responseFor(socket, own.protocol, Response) };
}

/** As in Workers: [0] is for the Response (`webSocket`), [1] is what the handler talks to. */
class WebSocketPair {
  /** @param {object} [options] as of upgradeWebSocket */
  constructor(options = undefined) {
    const server = new ServerWebSocket(optionsOf(undefined, options));
    this[0] = { [kWebSocket]: server };
    this[1] = server;
  }
}

/** The server's end that a Response's `webSocket` stands for, or undefined. */
function serverEndOf(value) {
  if (value instanceof ServerWebSocket) return value;
  return value?.[kWebSocket];
}

module.exports = { CloseEvent, ServerWebSocket, WebSocket, WebSocketPair, kAttach, publish, serverEndOf, upgradeWebSocket };
