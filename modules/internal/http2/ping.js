'use strict';
// A PING that waits for its answer. For async_hooks it is a resource of its own, of type HTTP2PING.

const ids = require('../async_ids');
const { now } = require('./parts');
const context = require('../async_context');

class PingRequest {
  /** @param {(error: Error | null, duration: number, payload: Buffer) => void} callback @param {number} start ms */
  constructor(callback, start) {
    this.callback = callback;
    this.frame = context.current();
    this.start = start;
    ids.init(this, 'HTTP2PING');
  }

  /** @param {Error | null} error @param {Buffer} [payload] the peer's */
  settle(error, payload) {
    const args = error === null ? [null, now() - this.start, payload] : [error];
    const call = () => (this.frame === undefined ? this.callback(...args) : context.runIn(this.frame, this.callback,
      undefined, args));
    ids.runIn(this, call, undefined, []);
    ids.emitDestroy(this[ids.kAsyncId]);
  }
}

module.exports = { PingRequest };
