'use strict';
// node:inspector: sessions with the engine's inspector in this process. Debuggers from outside are not served: open() and
// what goes with it refuse.
const EventEmitter = require('./events');
const { InspectorSession } = require('../internal/inspector_session');
const { codes: {
  ERR_INSPECTOR_ALREADY_CONNECTED, ERR_INSPECTOR_COMMAND, ERR_INSPECTOR_NOT_AVAILABLE, ERR_INSPECTOR_NOT_CONNECTED,
  ERR_INSPECTOR_NOT_WORKER,
} } = require('../internal/errors');
const { validateFunction, validateObject, validateString } = require('../internal/validators');

const refuse = () => { throw new ERR_INSPECTOR_NOT_AVAILABLE(); };

/** Node documentation: class inspector.Session. */
class Session extends EventEmitter {
  #session = null;

  connect() {
    if (this.#session !== null) throw new ERR_INSPECTOR_ALREADY_CONNECTED('The inspector session');
    this.#session = new InspectorSession((message) => {
      this.emit(message.method, message);
      this.emit('inspectorNotification', message);
    });
  }

  connectToMainThread() { throw new ERR_INSPECTOR_NOT_WORKER(); }

  disconnect() {
    this.#session?.disconnect();
    this.#session = null;
  }

  /** @param {string} method @param {object} [params] @param {(error: Error | null, result?: object) => void} [callback] */
  post(method, params, callback) {
    validateString(method, 'method');
    if (callback === undefined && typeof params === 'function') {
      callback = params;
      params = undefined;
    }
    if (params !== undefined && params !== null) validateObject(params, 'params');
    if (callback !== undefined && callback !== null) validateFunction(callback, 'callback');
    if (this.#session === null) throw new ERR_INSPECTOR_NOT_CONNECTED();
    this.#session.call(method, params ?? undefined, (error, result) => {
      if (typeof callback !== 'function') return;
      if (error) callback(new ERR_INSPECTOR_COMMAND(error.code, error.message));
      else callback(null, result);
    });
  }
}

module.exports = { Session, close() {}, console, open: refuse, url: () => undefined, waitForDebugger: refuse, Network: {} };
