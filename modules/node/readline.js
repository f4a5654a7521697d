'use strict';
// node:readline: a face on internal/readline/.
const { AbortError } = require('../internal/errors');
const { validateAbortSignal } = require('../internal/validators');
const { Interface } = require('../internal/readline/interface');
const { emitKeypressEvents } = require('../internal/readline/keypress');
const { clearLine, clearScreenDown, cursorTo, moveCursor } = require('../internal/readline/cursor');

Object.defineProperty(Interface.prototype.question, Symbol.for('nodejs.util.promisify.custom'), {
  configurable: true, writable: true, enumerable: true,
  value: function question(query, options) {
    const signal = options?.signal;
    if (signal) {
      validateAbortSignal(signal, 'options.signal');
      if (signal.aborted) return Promise.reject(new AbortError(undefined, { cause: signal.reason }));
    }
    return new Promise((resolve, reject) => {
      if (!signal) {
        this.question(query, options, resolve);
        return;
      }
      const onAbort = () => reject(new AbortError(undefined, { cause: signal.reason }));
      signal.addEventListener('abort', onAbort, { once: true });
      this.question(query, options, (answer) => {
        signal.removeEventListener('abort', onAbort);
        resolve(answer);
      });
    });
  },
});

/** Node documentation: readline.createInterface(options). */
function createInterface(input, output, completer, terminal) { return new Interface(input, output, completer, terminal); }

module.exports = { Interface, clearLine, clearScreenDown, createInterface, cursorTo, emitKeypressEvents, moveCursor };
Object.defineProperty(module.exports, 'promises', {
  configurable: true, enumerable: true, get: () => require('./readline/promises'),
});
