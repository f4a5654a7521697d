'use strict';
// node:readline/promises.

const readline = require('../readline');
const { validateBoolean, validateInteger } = require('../../internal/validators');

class Interface extends readline.Interface {
  /** @returns {Promise<string>} the next line */
  question(query, options) {
    if (typeof options === 'function') return super.question(query, options);
    return new Promise((resolve, reject) => {
      const { signal } = options ?? {};
      const { AbortError } = require('../../internal/errors');
      if (signal?.aborted) {
        reject(new AbortError(undefined, { cause: signal.reason }));
        return;
      }
      signal?.addEventListener('abort', () => reject(new AbortError(undefined, { cause: signal.reason })), { once: true });
      try {
        super.question(query, options, resolve);
      } catch (error) {
        reject(error);
      }
    });
  }
}

/** Collects terminal actions until commit(). */
class Readline {
  #stream;
  #autoCommit;
  #todo = [];
  constructor(stream, options = undefined) {
    if (options?.autoCommit != null) validateBoolean(options.autoCommit, 'options.autoCommit');
    this.#stream = stream;
    this.#autoCommit = Boolean(options?.autoCommit);
  }
  #add(action) {
    if (this.#autoCommit) process.nextTick(() => action(this.#stream));
    else this.#todo.push(action);
    return this;
  }
  cursorTo(x, y = undefined) {
    validateInteger(x, 'x');
    if (y != null) validateInteger(y, 'y');
    return this.#add((stream) => readline.cursorTo(stream, x, y));
  }
  moveCursor(dx, dy) { return this.#add((stream) => readline.moveCursor(stream, dx, dy)); }
  clearLine(dir) {
    validateInteger(dir, 'dir', -1, 1);
    return this.#add((stream) => readline.clearLine(stream, dir));
  }
  clearScreenDown() { return this.#add((stream) => readline.clearScreenDown(stream)); }
  async commit() { for (const action of this.#todo.splice(0)) action(this.#stream); }
  rollback() {
    this.#todo = [];
    return this;
  }
}

module.exports = {
  Interface,
  Readline,
  createInterface: (input, output, completer, terminal) => new Interface(input, output, completer, terminal),
};
