'use strict';
// MessageChannel, MessagePort, BroadcastChannel and MessageEvent, within a thread and between those of a process (C has
// the queues: runtime/port.c). A started port keeps its thread alive while it is referenced and open.

const { codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_THIS, ERR_MISSING_ARGS } } = require('../internal/errors');
const { Event, EventTarget, defineEventHandler, dispatch, initEventTarget, kNewListener, kRemoveListener, listenersOf, trusted } = require('./event_target');
const { DOMException } = require('./dom_exception');
const { mark, register } = require('../internal/cloneable');
const { open, post } = require('./structured_clone');

const binding = internalBinding('messaging');
const { MESSAGE, PARCEL, CLOSE } = binding.told;

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
    const { origin = '', lastEventId = '', source = null, ports = undefined } = init ?? {};
    this.#data = init && 'data' in init ? init.data : null; // undefined is a message too
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
    const list = transferList(transfer);
    if (list?.includes(this)) throw new DOMException('Transfer list contains source port', 'DataCloneError');
    const { handle } = this[kState];
    if (list?.some((one) => isPort(one) && binding.arePeers(handle, one[kState].handle))) {
      process.emitWarning('The target port was posted to itself, and the communication channel was lost');
      binding.close(handle);
    }
    post(handle, message, list);
  }

  start() {
    const state = this[kState];
    if (state.closed || state.started) return;
    state.started = true;
    binding.start(state.handle);
  }

  close(callback = undefined) {
    const state = this[kState];
    if (typeof callback === 'function') this.once('close', callback);
    if (state.closed || state.closing) return;
    state.closing = true;
    binding.ref(state.handle, true); // until its end has been told
    binding.close(state.handle);
  }

  ref() {
    const state = this[kState];
    if (!state.closed) binding.ref(state.handle, true);
  }
  unref() {
    const state = this[kState];
    if (!state.closed && !state.closing) binding.ref(state.handle, false);
  }
  hasRef() { return binding.hasRef(this[kState].handle); }

  // Node's ports are emitters too.
  on(type, listener) {
    const wrapper = (event) => listener.call(this, type === 'message' || type === 'messageerror' ? event.data : undefined);
    this[kState].wrappers.push({ type, listener, wrapper });
    this.addEventListener(type, wrapper);
    return this;
  }
  once(type, listener) {
    const once = (value) => {
      this.off(type, once);
      listener.call(this, value);
    };
    once.listener = listener;
    return this.on(type, once);
  }
  off(type, listener) {
    const { wrappers } = this[kState];
    const at = wrappers.findIndex((one) => one.type === type && (one.listener === listener || one.listener.listener === listener));
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
  eventNames() { return ['message', 'messageerror', 'close'].filter((type) => this.listenerCount(type) > 0); }

  /** Node documentation: port.start(): not needed, a listener of messages starts the port. */
  [kNewListener](type) {
    binding.keep(this[kState].handle); // somebody hears of its end at least
    if (type !== 'message' || listenersOf(this, 'message').length !== 1) return;
    this.ref();
    this.start();
  }
  [kRemoveListener](type) {
    if (type !== 'message' || listenersOf(this, 'message').length > 0) return;
    const state = this[kState];
    this.unref();
    if (state.closed) return;
    state.started = false; // messages wait for the next listener
    binding.stop(state.handle);
  }

  [inspectCustom](depth, options) {
    const { inspect } = require('../node/util');
    const { closed } = this[kState] ?? { closed: true }; // while hooks hear of its making
    return `MessagePort ${inspect({ active: !closed, refed: !closed && this.hasRef() }, options)}`;
  }
}
for (const name of ['message', 'messageerror', 'close']) defineEventHandler(MessagePort.prototype, name);

const isPort = (value) => value?.[kState] !== undefined && value instanceof MessagePort;

const isClosed = (port) => port[kState].closed || port[kState].closing;

let isSetUp = false;

/** Attaches what travelled to this thread. @param {object} target @param {object} carrier of the binding */
function attach(target, carrier) {
  setUp();
  target[kState] = { handle: binding.attach(carrier, target), started: false, closing: false, closed: false, wrappers: [] };
}

function setUp() {
  if (isSetUp) return;
  isSetUp = true;
  binding.setUp(deliver);
}

/** @param {object} carrier @returns {MessagePort} */
function createPort(carrier) {
  const port = Object.create(MessagePort.prototype);
  initEventTarget(port);
  attach(port, carrier);
  return mark(port);
}

/** From C: what has arrived at a port. @param {EventTarget} port @param {number} what of binding.told */
function deliver(port, what, data) {
  if (what === CLOSE) {
    ended(port);
    return;
  }
  let event;
  if (what === MESSAGE) {
    event = new MessageEvent('message', { data });
  } else if (what === PARCEL) {
    const into = { objects: [] };
    try {
      event = new MessageEvent('message', { data: open(data, into), ports: into.objects.filter(isPort) });
    } catch (error) {
      event = new MessageEvent('messageerror', { data: error });
    }
  } else {
    event = new MessageEvent('messageerror', { data });
  }
  dispatch(port, trusted(event));
}

function ended(port) {
  const state = port[kState];
  state.closed = true;
  binding.forget(state.handle);
  dispatch(port, trusted(new Event('close')));
}

register({
  name: 'MessagePort',
  is: (value) => isPort(value),
  transfers: true,
  refusal: (port) => (port[kState].closed || port[kState].closing ? 'MessagePort in transfer list is already detached' : undefined),
  /** What is posted meanwhile waits in the port itself. */
  pack(port) {
    const state = port[kState];
    state.closed = true;
    return binding.detach(state.handle);
  },
  unpack: createPort,
});

class MessageChannel {
  constructor() {
    setUp();
    const [first, second] = binding.channel();
    this.port1 = createPort(first);
    this.port2 = createPort(second);
  }
}

/** worker_threads.receiveMessageOnPort: takes one message without waiting. */
function receiveMessageOnPort(port) {
  if (port?.[kState] === undefined) {
    throw Object.assign(new TypeError('The "port" argument must be a MessagePort instance'), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  const parcel = port[kState].closed ? undefined : binding.receive(port[kState].handle);
  return parcel === undefined ? undefined : { message: open(parcel) };
}

/** Hears what is sent to a broadcast group, as an unreferenced port. @param {string | object} name or its carrier @param {(value: any) => void} listener */
function inbox(name, listener) {
  setUp();
  const port = createPort(typeof name === 'string' ? binding.broadcast(name) : name);
  port.on('message', listener);
  port.unref();
  return port;
}

/** Sends to a broadcast group, once. */
function postTo(name, value, transfer) {
  setUp();
  const port = createPort(binding.broadcast(name));
  try {
    post(port[kState].handle, value, transfer);
  } finally {
    binding.forget(port[kState].handle);
  }
}

/** What has arrived is delivered now. @param {MessagePort} port */
function drainPort(port) {
  if (!port[kState].closed) binding.drain(port[kState].handle);
}

let checkChannel;

class BroadcastChannel extends EventTarget {
  #name;

  constructor(name) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('name');
    super();
    this.#name = `${name}`;
    setUp();
    attach(this, binding.broadcast(this.#name));
    const { handle } = this[kState];
    binding.start(handle);
    binding.ref(handle, true);
  }
  static {
    checkChannel = (value) => { if (!(#name in value)) throw new ERR_INVALID_THIS('BroadcastChannel'); };
  }
  get name() {
    checkChannel(this);
    return this.#name;
  }
  postMessage(message) {
    checkChannel(this);
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('message');
    if (this[kState].closing || this[kState].closed) throw new DOMException('BroadcastChannel is closed.', 'InvalidStateError');
    post(this[kState].handle, message);
  }
  close() {
    checkChannel(this);
    const state = this[kState];
    if (state.closing || state.closed) return;
    state.closing = true;
    state.closed = true;
    binding.forget(state.handle);
  }
  ref() {
    checkChannel(this);
    if (!this[kState].closed) binding.ref(this[kState].handle, true);
    return this;
  }
  unref() {
    checkChannel(this);
    if (!this[kState].closed) binding.ref(this[kState].handle, false);
    return this;
  }

  [inspectCustom](depth, options) {
    const { inspect } = require('../node/util');
    checkChannel(this);
    if (depth < 0) return 'BroadcastChannel';
    return `BroadcastChannel ${inspect({ name: this.#name, active: !this[kState].closed },
      { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}
defineEventHandler(BroadcastChannel.prototype, 'message');
defineEventHandler(BroadcastChannel.prototype, 'messageerror');

for (const Class of [MessageEvent, MessagePort, MessageChannel, BroadcastChannel]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}

module.exports = { BroadcastChannel, MessageChannel, MessageEvent, MessagePort, createPort, drainPort, inbox, isClosed, isPort, postTo, receiveMessageOnPort, setUp };
