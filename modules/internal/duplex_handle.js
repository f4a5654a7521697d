'use strict';
// A StreamHandle's methods on any Duplex: what TLS and HTTP/2 read from and write to where there is no socket of
// libuv's.

const EOF = -4095;
const EPROTO = -71;

class DuplexHandle {
  constructor(stream) {
    this.stream = stream;
    this.onread = null;
    this.owner = null;
    stream.on('data', (chunk) => this.onread?.(chunk.length, chunk));
    stream.once('end', () => this.onread?.(EOF));
    stream.pause();
  }

  readStart() { this.stream.resume(); return 0; }
  readStop() { this.stream.pause(); return 0; }
  writeBuffer(view, callback) {
    this.stream.write(view, (error) => callback(error ? EPROTO : 0));
    return 1;
  }

  shutdown(callback) {
    this.stream.end(() => callback(0));
    return 0;
  }

  ref() { this.stream.ref?.(); }
  unref() { this.stream.unref?.(); }
}

module.exports = { DuplexHandle };
