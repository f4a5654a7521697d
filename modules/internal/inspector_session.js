'use strict';
// A session of the engine's inspector: calls of the Chrome DevTools Protocol and their answers. The engine answers in the
// middle of the call, so a call can be made as a function that returns (callSync); notifications are told a tick later.
const binding = internalBinding('inspector');

class InspectorSession {
  #handle;
  #lastId = 0;
  #waiting = new Map(); // id → (error, result)
  #onNotification;
  /** The context that was made last, once Runtime.enable was called. @type {number} */
  lastContext;

  /** @param {(message: { method: string, params?: object }) => void} [onNotification] */
  constructor(onNotification) {
    this.#onNotification = onNotification;
    this.#handle = binding.connect((json) => this.#received(JSON.parse(json)));
  }

  #received(message) {
    if (message.id === undefined) {
      if (message.method === 'Runtime.executionContextCreated') this.lastContext = message.params.context.id;
      if (this.#onNotification !== undefined) process.nextTick(this.#onNotification, message);
      return;
    }
    const done = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    done?.(message.error, message.result);
  }

  /** @param {string} method @param {object} [params] @param {(error: { code, message } | undefined, result: object) => void} [done] */
  call(method, params, done) {
    const id = ++this.#lastId;
    if (done !== undefined) this.#waiting.set(id, done);
    binding.send(this.#handle, JSON.stringify({ id, method, params }));
  }

  /** @returns {object} the result; throws the engine's refusal */
  callSync(method, params) {
    let answer;
    this.call(method, params, (error, result) => { answer = { error, result }; });
    if (answer?.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer?.result;
  }

  disconnect() {
    binding.disconnect(this.#handle);
    for (const done of this.#waiting.values()) done({ code: -32000, message: 'the session is disconnected' });
    this.#waiting.clear();
  }
}

module.exports = { InspectorSession };
