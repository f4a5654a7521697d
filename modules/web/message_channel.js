'use strict';
// MessageChannel, MessagePort, BroadcastChannel and MessageEvent, between the parts of one process. A started port keeps
// the process alive while it is referenced and open.

const { codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_ARG_TYPE, ERR_INVALID_THIS, ERR_MISSING_ARGS } } = require('../internal/errors');
const { Event, EventTarget, defineEventHandler, dispatch, initEventTarget, kRemoveListener, listenersOf, trusted } = require('./event_target');
const { DOMException } = require('./dom_exception');
const { mark, register } = require('../internal/cloneable');
const { receive, send } = require('./structured_clone');

const kState = Symbol('port state');
const inspectCustom = Symbol.for('nodejs.util.inspect.custom');

/** The ports of the many events that bring none. */
const NONE = Object.freeze([]);

class MessageEvent extends Event {
  #data;
  #origin;
  #lastEventId;
  #source;
  #ports;
  constructor(type, init = undefined, clock = undefined) {
    if (arguments.length === 0) throw new TypeError('MessageEvent constructor: 1 argument required, but 0 found.');
    super(type, init, clock);
    const { data = null, origin = '', lastEventId = '', source = null, ports = undefined } = init ?? {};
    this.#data = data;
    this.#origin = `${origin}`;
    this.#lastEventId = `${lastEventId}`;
    this.#source = source;
    this.#ports = ports === undefined ? NONE : Object.freeze([...ports]);
  }
  get data() { return this.#data; }
  get origin() { return this.#origin; }
  get lastEventId() { return this.#lastEventId; }
  get source() { return this.#source; }
  get ports() { return this.#ports; }
}

/** The second argument of postMessage: a list, or options with one. @returns {object[] | undefined} */
function transferList(argument) {
  if (argument === undefined || argument === null) return undefined;
  const refuse = (what) => Object.assign(new TypeError(`Optional ${what} argument must be an iterable`), { code: 'ERR_INVALID_ARG_TYPE' });
  const iterate = (value, what) => {
    try {
      return [...value];
    } catch {
      throw refuse(what);
    }
  };
  if (typeof argument !== 'object' && typeof argument !== 'function') throw refuse('transferList');
  if (argument[Symbol.iterator] !== undefined) return iterate(argument, 'transferList');
  const { transfer } = argument;
  if (transfer === undefined) return undefined;
  if (transfer === null || (typeof transfer !== 'object' && typeof transfer !== 'function')) throw refuse('options.transfer');
  return iterate(transfer, 'options.transfer');
}

class MessagePort extends EventTarget {
  constructor() { throw new ERR_ILLEGAL_CONSTRUCTOR(); } // eslint-disable-line

  postMessage(message, transfer = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('message');
    const state = this[kState];
    const list = transferList(transfer);
    if (list?.includes(this)) throw new DOMException('Transfer list contains source port', 'DataCloneError');
    const packed = send(message, list);
    const other = state.peer;
    if (state.closed || other === null) return;
    other[kState].queue.push(packed);
    schedule(other);
  }

  start() {
    const state = this[kState];
    if (state.closed || state.started) return;
    state.started = true;
    if (state.referenced) hold(state);
    schedule(this);
  }

  close(callback = undefined) {
    const state = this[kState];
    if (typeof callback === 'function') this.addEventListener('close', () => callback(), { once: true });
    if (state.closed || state.closing) return;
    const other = state.peer;
    state.closing = true;
    if (other !== null) other[kState].closing = true;
    for (const port of [this, other]) {
      if (port === null || port[kState].closed) continue;
      setImmediate(() => {
        drain(port);
        port[kState].closed = true;
        port[kState].peer = null;
        release(port[kState]);
        dispatch(port, trusted(new Event('close')));
      });
    }
  }

  ref() {
    this[kState].referenced = true;
    if (this[kState].started && !this[kState].closed) hold(this[kState]);
  }
  unref() {
    this[kState].referenced = false;
    release(this[kState]);
  }
  hasRef() { return this[kState].keepAlive !== null; }

  // Node's ports are emitters too.
  on(type, listener) {
    const wrapper = (event) => listener.call(this, type === 'message' || type === 'messageerror' ? event.data : undefined);
    this[kState].wrappers.push({ type, listener, wrapper });
    this.addEventListener(type, wrapper);
    if (type === 'message') {
      this.start();
      this.ref();
    }
    return this;
  }
  once(type, listener) {
    const once = (value) => {
      this.off(type, once);
      listener.call(this, value);
    };
    return this.on(type, once);
  }
  off(type, listener) {
    const { wrappers } = this[kState];
    const at = wrappers.findIndex((one) => one.type === type && one.listener === listener);
    if (at === -1) return this;
    this.removeEventListener(type, wrappers[at].wrapper);
    wrappers.splice(at, 1);
    return this;
  }
  addListener(type, listener) { return this.on(type, listener); }
  removeListener(type, listener) { return this.off(type, listener); }
  removeAllListeners(type) {
    for (const one of this[kState].wrappers.slice()) if (type === undefined || one.type === type) this.off(one.type, one.listener);
    return this;
  }
  emit(type, value) {
    return dispatch(this, trusted(new MessageEvent(type, { data: value })));
  }
  listenerCount(type) { return listenersOf(this, type).length; }

  [kRemoveListener](type) {
    if (type === 'message' && listenersOf(this, 'message').length === 0) this.unref();
  }

  [inspectCustom]() { return `MessagePort { active: ${!this[kState].closed}, refed: ${this.hasRef()} }`; }
}
defineEventHandler(MessagePort.prototype, 'message');
defineEventHandler(MessagePort.prototype, 'messageerror');
defineEventHandler(MessagePort.prototype, 'close');
const onmessage = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
Object.defineProperty(MessagePort.prototype, 'onmessage', {
  ...onmessage,
  set(value) {
    onmessage.set.call(this, value);
    if (typeof value === 'function') {
      this.start();
      this.ref();
    }
  },
});

function hold(state) {
  // A timer that never fires in practice stands for the handle that a port is in Node.
  state.keepAlive ??= setInterval(() => {}, 0x7fffffff);
}
function release(state) {
  if (state.keepAlive !== null) clearInterval(state.keepAlive);
  state.keepAlive = null;
}

const isPort = (value) => value?.[kState] !== undefined;

function createPort() {
  const port = Object.create(MessagePort.prototype);
  initEventTarget(port);
  port[kState] = { peer: null, queue: [], started: false, closing: false, closed: false, scheduled: false, referenced: true, keepAlive: null, wrappers: [] };
  return mark(port);
}

register({
  name: 'MessagePort',
  is: (value) => isPort(value),
  transfers: true,
  refusal: (port) => (port[kState].closed || port[kState].closing ? 'MessagePort in transfer list is already detached' : undefined),
  /** Another port takes this one's place at once, so that nothing that is posted meanwhile gets lost. */
  pack(port) {
    const { peer, queue } = port[kState];
    const heir = createPort();
    heir[kState].peer = peer;
    heir[kState].queue = queue;
    if (peer !== null) peer[kState].peer = heir;
    release(port[kState]);
    port[kState] = { ...port[kState], peer: null, queue: [], closed: true };
    return heir;
  },
  unpack: (heir) => heir,
});

function schedule(port) {
  const state = port[kState];
  if (!state.started || state.scheduled || state.queue.length === 0) return;
  state.scheduled = true;
  setImmediate(() => {
    state.scheduled = false;
    drain(port);
  });
}

function drain(port) {
  const state = port[kState];
  if (!state.started) return;
  while (state.queue.length > 0 && !state.closed) {
    const packed = state.queue.shift();
    const into = { objects: [] };
    let event;
    try {
      event = new MessageEvent('message', { data: receive(packed, into), ports: into.objects.filter(isPort) });
    } catch (error) {
      event = new MessageEvent('messageerror', { data: error });
    }
    dispatch(port, trusted(event));
  }
}

class MessageChannel {
  constructor() {
    this.port1 = createPort();
    this.port2 = createPort();
    this.port1[kState].peer = this.port2;
    this.port2[kState].peer = this.port1;
  }
}

/** worker_threads.receiveMessageOnPort: takes one message without waiting. */
function receiveMessageOnPort(port) {
  if (!isPort(port)) throw new ERR_INVALID_ARG_TYPE('port', 'MessagePort', port);
  const next = port[kState].queue.shift();
  return next === undefined ? undefined : { message: receive(next) };
}

const groups = new Map();
const isObject = (value) => typeof value === 'object' && value !== null;

class BroadcastChannel extends EventTarget {
  #name;
  #closed = false;
  #keepAlive = null;

  constructor(name) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('name');
    super();
    this.#name = `${name}`;
    if (!groups.has(this.#name)) groups.set(this.#name, new Set());
    groups.get(this.#name).add(this);
    this.ref();
  }
  get name() { return this.#name; }

  [inspectCustom](depth, options) {
    if (!isObject(this) || !(#name in this)) throw new ERR_INVALID_THIS('BroadcastChannel');
    if (depth !== null && depth < 0) return 'BroadcastChannel';
    const { inspect } = require('../node/util');
    const shown = { ...options, depth: options.depth == null ? null : options.depth - 1 };
    return `BroadcastChannel ${inspect({ name: this.#name, active: !this.#closed }, shown)}`;
  }

  postMessage(message) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('message');
    if (this.#closed) throw new DOMException('BroadcastChannel is closed.', 'InvalidStateError');
    const packed = send(message);
    for (const other of groups.get(this.#name)) {
      if (other === this) continue;
      setImmediate(() => { if (!other.#closed) dispatch(other, trusted(new MessageEvent('message', { data: receive(packed) }))); });
    }
  }
  close() {
    if (this.#closed) return;
    this.#closed = true;
    groups.get(this.#name).delete(this);
    this.unref();
  }
  ref() {
    this.#keepAlive ??= setInterval(() => {}, 0x7fffffff);
    return this;
  }
  unref() {
    if (this.#keepAlive !== null) clearInterval(this.#keepAlive);
    this.#keepAlive = null;
    return this;
  }
}
defineEventHandler(BroadcastChannel.prototype, 'message');
defineEventHandler(BroadcastChannel.prototype, 'messageerror');

for (const Class of [MessageEvent, MessagePort, MessageChannel, BroadcastChannel]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}

module.exports = { BroadcastChannel, MessageChannel, MessageEvent, MessagePort, isPort, receiveMessageOnPort };
