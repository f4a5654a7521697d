'use strict';
// The handle of a net.Socket whose bytes the HTTP engine carries: what an upgraded or CONNECT request became. It has
// the methods of StreamHandle (internal/stream_handle.js), with the same results, over the binding http_tunnel.

const binding = internalBinding('http_tunnel');

const { TUNNEL_DATA, TUNNEL_END, TUNNEL_DRAIN, TUNNEL_SHUTDOWN, TUNNEL_CLOSE } = binding.events;
const { NO_DELAY, KEEP_ALIVE, REFERENCED, RESET } = binding.options;
const EOF = -4095;
const EBADF = -9;
const ECANCELED = -125;

function onEvent(kind, argument) {
  switch (kind) {
    case TUNNEL_DATA: this.onread?.(argument.length, argument); break;
    case TUNNEL_END:
      this.unref(); // nothing is to come any more: only who holds something to send is waited for
      this.onread?.(EOF, undefined);
      break;
    case TUNNEL_DRAIN: this._settle('_written', 0); break;
    case TUNNEL_SHUTDOWN: this._settle('_shut', argument); break;
    case TUNNEL_CLOSE: this._onClose(argument); break;
    default:
  }
}

let ready = false;

class TunnelHandle {
  /** @param {object} addresses {local: [address, family, port], remote: the same} */
  constructor(addresses) {
    if (!ready) binding.setup(onEvent);
    ready = true;
    this.onread = null;
    this.owner = null;
    this.reading = false;
    this.native = null;
    this._addresses = addresses;
    this._written = null; // callbacks of the write, the shutdown and the close that are under way
    this._shut = null;
    this._closed = null;
    this._final = undefined; // numbers, once closed
  }

  _settle(which, status) {
    const callback = this[which];
    this[which] = null;
    callback?.call(this, status);
  }

  _onClose(error) {
    const lost = error < 0 ? error : ECANCELED;
    this.native = null;
    this._settle('_written', lost);
    this._settle('_shut', lost);
    if (this._closed !== null) {
      this._settle('_closed');
    } else if (error < 0 && error !== ECANCELED) {
      this.onread?.(error, undefined);
    } else {
      this.owner?.destroy(); // both directions have ended, or the server has cut it
    }
  }

  _numbers() { return (this.native === null ? undefined : binding.numbers(this.native)) ?? this._final; }
  get fd() { return this._numbers()?.[0] ?? -1; }
  get bytesRead() { return this._numbers()?.[1] ?? 0; }
  get bytesWritten() { return this._numbers()?.[2] ?? 0; }
  get writeQueueSize() { return this._numbers()?.[3] ?? 0; }
  hasRef() { return this._numbers()?.[4] === 1; }

  close(callback) {
    if (this.native === null) {
      if (callback) setImmediate(callback); // as late as where there is something to close
      return;
    }
    this._final = binding.numbers(this.native);
    this._closed = callback ?? (() => {});
    binding.destroy(this.native);
  }

  reset(callback) {
    if (this.native === null) return EBADF;
    binding.option(this.native, RESET, true);
    this.close(callback);
    return 0;
  }

  _option(option, value, delay) { return this.native === null ? EBADF : binding.option(this.native, option, value, delay); }
  ref() { this._option(REFERENCED, true); }
  unref() { this._option(REFERENCED, false); }
  setNoDelay(on) { return this._option(NO_DELAY, on); }
  setKeepAlive(on, seconds) { return this._option(KEEP_ALIVE, on, seconds); }
  setBlocking() { return 0; }

  readStart() {
    if (this.native === null) return EBADF;
    binding.resume(this.native);
    return 0;
  }

  readStop() {
    if (this.native !== null) binding.pause(this.native);
    return 0;
  }

  // 0: taken; 1: taken, the callback comes when there is room again; negative: error.
  _result(result, callback) {
    if (result === 1) return 0;
    if (result < 0) return result;
    this._written = callback;
    return 1;
  }

  writeBuffer(view, callback) { return this._result(binding.write(this.native, view), callback); }
  writeString(text, latin1, callback) { return this._result(binding.writeString(this.native, text, latin1), callback); }
  writev(views, callback) { return this._result(binding.writev(this.native, views), callback); }

  shutdown(callback) {
    const status = binding.shutdown(this.native);
    if (status === 0) this._shut = callback;
    return status;
  }

  sockname() { return this._addresses.local; }
  peername() { return this._addresses.remote; }
}

module.exports = { TunnelHandle };
