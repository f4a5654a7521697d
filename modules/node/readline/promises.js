'use strict';
// node:readline/promises.
const { AbortError } = require('../../internal/errors');
const { validateAbortSignal, validateBoolean, validateInteger } = require('../../internal/validators');
const { Interface: Base } = require('../../internal/readline/interface');
const cursor = require('../../internal/readline/cursor');
const { isWritable } = require('../stream');
const { codes: { ERR_INVALID_ARG_TYPE } } = require('../../internal/errors');

/** Node documentation: class readlinePromises.Interface. */
class Interface extends Base {
  /** @returns {Promise<string>} the next line; rejected when the signal, Ctrl-C or Ctrl-D end the question */
  question(query, options = {}) {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      let done = resolve;
      if (signal) {
        validateAbortSignal(signal, 'options.signal');
        if (signal.aborted) {
          reject(new AbortError(undefined, { cause: signal.reason }));
          return;
        }
        const onAbort = () => {
          this._cancelQuestion();
          reject(new AbortError(undefined, { cause: signal.reason }));
        };
        signal.addEventListener('abort', onAbort, { once: true });
        done = (answer) => {
          signal.removeEventListener('abort', onAbort);
          resolve(answer);
        };
      }
      this._questionReject = reject;
      this._ask(query, done);
    });
  }
}

/** Node documentation: class readlinePromises.Readline. Collects actions on a terminal until commit(). */
class Readline {
  #stream;
  #autoCommit = false;
  #todo = [];

  /** @param {import('stream').Writable} stream @param {{ autoCommit?: boolean }} [options] */
  constructor(stream, options = undefined) {
    if (!isWritable(stream)) throw new ERR_INVALID_ARG_TYPE('stream', 'Writable', stream);
    this.#stream = stream;
    if (options?.autoCommit != null) {
      validateBoolean(options.autoCommit, 'options.autoCommit');
      this.#autoCommit = options.autoCommit;
    }
  }

  #add(text) {
    if (this.#autoCommit) process.nextTick(() => this.#stream.write(text));
    else this.#todo.push(text);
    return this;
  }

  /** @param {number} x @param {number} [y] */
  cursorTo(x, y = undefined) {
    validateInteger(x, 'x');
    if (y != null) validateInteger(y, 'y');
    return this.#add(cursor.textTo(x, y ?? undefined));
  }

  /** @param {number} dx @param {number} dy */
  moveCursor(dx, dy) {
    if (dx || dy) {
      validateInteger(dx, 'dx');
      validateInteger(dy, 'dy');
      return this.#add(cursor.textMove(dx, dy));
    }
    return this;
  }

  /** @param {-1 | 0 | 1} dir */
  clearLine(dir) {
    validateInteger(dir, 'dir', -1, 1);
    return this.#add(cursor.textClearLine(dir));
  }

  clearScreenDown() { return this.#add(cursor.clearDown); }

  /** @returns {Promise<void>} when the actions are written */
  commit() {
    return new Promise((resolve) => {
      this.#stream.write(this.#todo.join(''), () => resolve());
      this.#todo = [];
    });
  }

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
