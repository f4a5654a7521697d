'use strict';
// The JS half of runtime/bindings/stream.c: one object around one libuv stream. net.Socket and net.Server own one each;
// its methods return 0 or a negative errno, as libuv does.
const binding = internalBinding('stream');

const { NODELAY, KEEPALIVE, REF, RAW, BLOCKING, SERVICE_TYPE } = binding.options;

function onRead(size, buffer, pending) {
  this.onread?.(size, buffer, pending);
}

/** A client waits, or with ECANCELED none is taken any more. */
function onConnection(status) {
  if (this.onconnection === null) return;
  const client = status === 0 ? this.accept() : undefined;
  if (typeof client === 'number') return; // it left, or a sibling took it
  this.onconnection(status, client);
}

/** Of a stream's role, beside its kind: it listens; it was accepted, which C has begun and nobody's context. */
const SERVER = 8;
const ACCEPTED = 16;

class StreamHandle {
  constructor(kind, fd = 0) {
    this.onread = null;
    this.onconnection = null;
    this.reading = false;
    this.owner = null;
    const native = binding.create(kind, this, onRead, onConnection, fd);
    if (typeof native === 'number') {
      const { errnoException } = require('./errors');
      throw errnoException(native, kind === 2 ? 'uv_tty_init' : 'socket');
    }
    this.native = native;
  }

  get fd() { return binding.numbers(this.native)?.[0] ?? -1; }
  get bytesRead() { return binding.numbers(this.native)?.[1] ?? 0; }
  get bytesWritten() { return binding.numbers(this.native)?.[2] ?? 0; }
  get writeQueueSize() { return binding.numbers(this.native)?.[3] ?? 0; }
  getAsyncId() { return binding.numbers(this.native)?.[5] ?? 0; }
  hasRef() { return binding.numbers(this.native)?.[4] === 1; }

  open(fd) { return binding.open(this.native, fd); }
  close(callback) { binding.close(this.native, callback); }
  reset(callback) { return binding.reset(this.native, callback); }
  ref() { binding.option(this.native, REF, true); }
  unref() { binding.option(this.native, REF, false); }
  readStart() { return binding.readStart(this.native); }
  readStop() { return binding.readStop(this.native); }
  // 0: written; 1: queued, the callback comes; negative: error.
  writeBuffer(view, callback) { return binding.writeBuffer(this.native, view, callback); }
  writeString(text, latin1, callback) { return binding.writeString(this.native, text, latin1, callback); }
  writev(views, callback) { return binding.writev(this.native, views, callback); }
  /** A drain waits for this connection. @param {number} kind of internalBinding('drain').kinds */
  hold(kind) { binding.hold(this.native, kind); }
  shutdown(callback) { return binding.shutdown(this.native, callback); }
  listen(backlog) { return binding.listen(this.native, backlog); }
  setBlocking(on) { return binding.option(this.native, BLOCKING, on); }
}

class TCP extends StreamHandle {
  /** @param {number} [role] SERVER or ACCEPTED */
  constructor(role = 0) { super(role); }
  connect(address, port, callback) { return binding.connectTcp(this.native, address, port, callback); }
  bind(address, port, ipv6Only) { return binding.bindTcp(this.native, address, port, ipv6Only); }
  accept() {
    const client = new TCP(ACCEPTED);
    const status = binding.accept(this.native, client.native);
    if (status === 0) return client;
    client.close();
    return status;
  }
  setNoDelay(on) { return binding.option(this.native, NODELAY, on); }
  /** Seconds; without them the system's delay, one second between probes and ten of them. */
  setKeepAlive(on, delay, interval = 0, count = 0) {
    return binding.option(this.native, KEEPALIVE, on, delay, interval, count);
  }
  setTypeOfService(value) { return binding.option(this.native, SERVICE_TYPE, true, value); }
  /** @returns {number} 0 to 255, or a negative errno */
  getTypeOfService() { return binding.option(this.native, SERVICE_TYPE, false); }
  sockname() { return binding.sockname(this.native); }
  peername() { return binding.peername(this.native); }
}

class Pipe extends StreamHandle {
  /** @param {boolean} [ipc] descriptors can be passed @param {number} [role] SERVER or ACCEPTED */
  constructor(ipc = false, role = 0) { super((ipc ? 3 : 1) | role); }
  connect(path, callback) { return binding.connectPipe(this.native, path, callback); }
  bind(path) { return binding.bindPipe(this.native, path); }
  accept() {
    const client = new Pipe(false, ACCEPTED);
    const status = binding.accept(this.native, client.native);
    if (status === 0) return client;
    client.close();
    return status;
  }
  sockname() { return binding.sockname(this.native); }
  peername() { return binding.peername(this.native); }
  /** Sends bytes and a socket to the process at the other end. @param {StreamHandle} handle */
  pass(view, handle, callback) { return binding.pass(this.native, view, handle.native, callback); }
  /** The next socket that came with bytes that were read. @returns {StreamHandle | null} */
  takePassed() {
    const kind = binding.passedKind(this.native);
    if (kind === -1) return null;
    const handle = kind === 0 ? new TCP(ACCEPTED) : new Pipe(false, ACCEPTED);
    if (binding.passedTake(this.native, handle.native) === 0) return handle;
    handle.close();
    return null;
  }
}

class TTY extends StreamHandle {
  constructor(fd) { super(2, fd); }
  setRawMode(on) { return binding.option(this.native, RAW, on); }
}

/** A descriptor that siblings share, a negative errno, or undefined where nobody shares. */
const sharedListen = (address, backlog) => binding.sharedListen(address, backlog);

module.exports = { SERVER, StreamHandle, TCP, Pipe, TTY, sharedListen };
