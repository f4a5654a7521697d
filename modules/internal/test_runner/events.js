'use strict';
// The stream of a run's events (Node documentation: class TestsStream). Each event is emitted under its name and is one
// chunk, { type, data }, to be read.
const { stream: { Readable } } = require('./platform');

class TestsStream extends Readable {
  #waiting = []; // events that nobody has asked for yet
  #wanted = false;
  #ended = false;

  constructor() {
    super({ __proto__: null, objectMode: true, highWaterMark: Number.MAX_SAFE_INTEGER });
  }

  _read() {
    this.#wanted = true;
    while (this.#wanted && this.#waiting.length > 0) this.#wanted = this.push(this.#waiting.shift());
    if (this.#ended && this.#waiting.length === 0) this.push(null);
  }

  /** @param {string} type 'test:...' @param {object} data */
  publish(type, data) {
    this.emit(type, data);
    const event = { __proto__: null, type, data };
    if (this.#wanted && this.#waiting.length === 0) this.#wanted = this.push(event);
    else this.#waiting.push(event);
  }

  /** No event comes any more. */
  finish() {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#wanted && this.#waiting.length === 0) this.push(null);
  }

  /** @param {string} message @param {object} [location] @param {string} [level] 'info', 'warn' or 'error' */
  diagnostic(nesting, message, location, level = 'info') {
    this.publish('test:diagnostic', { __proto__: null, nesting, message, level, ...location });
  }
}

module.exports = { TestsStream };
