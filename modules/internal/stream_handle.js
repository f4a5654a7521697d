'use strict';
// The JS half of runtime/bindings/stream.c: one object around one libuv stream. net.Socket and net.Server own one each;
// its methods return 0 or a negative errno, as libuv does.
const binding = internalBinding('stream');
const { bind } = require('./async_context');

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
  constructor() { super(0); }
  connect(address, port, callback) { return binding.connectTcp(this.native, address, port, bind(callback)); }
  bind(address, port, ipv6Only) { return binding.bindTcp(this.native, address, port, ipv6Only); }
  accept() {
    const client = new TCP();
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
  /** @param {boolean} [ipc] descriptors can be passed */
  constructor(ipc = false) { super(ipc ? 3 : 1); }
  connect(path, callback) { return binding.connectPipe(this.native, path, bind(callback)); }
  bind(path) { return binding.bindPipe(this.native, path); }
  accept() {
    const client = new Pipe();
    const status = binding.accept(this.native, client.native);
    if (status === 0) return client;
    client.close();
    return status;
  }
  sockname() { return binding.sockname(this.native); }
  peername() { return binding.peername(this.native); }
}

class TTY extends StreamHandle {
  constructor(fd) { super(2, fd); }
  setRawMode(on) { return binding.option(this.native, RAW, on); }
}

/** A descriptor that siblings share, a negative errno, or undefined where nobody shares. */
const sharedListen = (address, backlog) => binding.sharedListen(address, backlog);

module.exports = { StreamHandle, TCP, Pipe, TTY, sharedListen };
