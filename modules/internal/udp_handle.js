'use strict';
// The JS half of runtime/bindings/udp.c: one object around one libuv UDP socket, for node:dgram. Methods give 0 or a
// negative errno, as libuv does. 
const binding = internalBinding('udp');
const { errnoException } = require('./errors');

const { BROADCAST, TTL, MULTICAST_TTL, MULTICAST_LOOPBACK, REF, RECEIVE_BUFFER, SEND_BUFFER } = binding.options;

function onMessage(status, buffer, address, family, port) {
  this.onmessage(status, buffer, address, family, port);
}

class UDP {
  /**
   * @param {(status: number, buffer?: Buffer, address?: string, family?: 'IPv4' | 'IPv6', port?: number) => void} onmessage
   */
  constructor(onmessage) {
    this.onmessage = onmessage;
    const native = binding.create(this, onMessage);
    if (typeof native === 'number') throw errnoException(native, 'socket');
    this.native = native;
  }

  get fd() { return binding.numbers(this.native)?.[0] ?? -1; }
  getSendQueueSize() { return binding.numbers(this.native)?.[1] ?? 0; }
  getSendQueueCount() { return binding.numbers(this.native)?.[2] ?? 0; }
  hasRef() { return binding.numbers(this.native)?.[3] === 1; }
  ref() { binding.option(this.native, REF, 1); }
  unref() { binding.option(this.native, REF, 0); }
  getAsyncId() { return binding.numbers(this.native)?.[4] ?? 0; }

  open(fd) { return binding.open(this.native, fd); }
  close() { binding.close(this.native); }

  /** @param {number} flags of UDP.flags */
  bind(address, port, flags) { return binding.bind(this.native, address, port, flags); }
  connect(address, port) { return binding.connect(this.native, address, port); }
  disconnect() { return binding.connect(this.native); }
  /** @returns {[address: string, family: string, port: number] | number} */
  sockname() { return binding.sockname(this.native); }
  peername() { return binding.peername(this.native); }
  receiveStart() { return binding.receive(this.native, true); }
  receiveStop() { return binding.receive(this.native, false); }

  /**
   * @param {Uint8Array[]} views what makes up the datagram
   * @param {string | undefined} address undefined: to where the socket is connected
   * @param {(status: number) => void} callback only where 0 is returned
   * @returns {number} bytes sent plus 1; 0: queued; or a negative errno
   */
  send(views, address, port, callback) { return binding.send(this.native, views, address, port, callback); }

  setBroadcast(on) { return binding.option(this.native, BROADCAST, on); }
  setTTL(ttl) { return binding.option(this.native, TTL, ttl); }
  setMulticastTTL(ttl) { return binding.option(this.native, MULTICAST_TTL, ttl); }
  setMulticastLoopback(on) { return binding.option(this.native, MULTICAST_LOOPBACK, on); }
  setMulticastInterface(address) { return binding.multicastInterface(this.native, address); }
  /** @param {string} [source] only what it sends */
  setMembership(join, group, multicastInterface, source) {
    return binding.membership(this.native, join, group, multicastInterface, source);
  }

  /** @param {number} size in bytes; 0 asks. @returns {number} the size or a negative errno */
  bufferSize(receive, size) { return binding.option(this.native, receive ? RECEIVE_BUFFER : SEND_BUFFER, size); }
}
UDP.flags = binding.flags;

module.exports = { UDP };
