'use strict';
// A PING that waits for its answer. For async_hooks it is a resource of its own, of type HTTP2PING.

const ids = require('../async_ids');
const { now } = require('./parts');
const { bind } = require('../async_context');

class PingRequest {
  /** @param {(error: Error | null, duration: number, payload: Buffer) => void} callback @param {number} start ms */
  constructor(callback, start) {
    this.callback = bind(callback);
    this.start = start;
    this.asyncId = 0;
    if (ids.active) ids.init(this, 'HTTP2PING');
  }

  /** @param {Error | null} error @param {Buffer} [payload] the peer's */
  settle(error, payload) {
    const args = error === null ? [null, now() - this.start, payload] : [error];
    if (this.asyncId === 0) {
      this.callback(...args);
      return;
    }
    ids.runIn(this, this.callback, undefined, args);
    ids.destroy(this.asyncId);
  }
}

module.exports = { PingRequest };
