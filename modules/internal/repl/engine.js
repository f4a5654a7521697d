'use strict';
// What the REPL asks the engine's inspector: the value of a text if having it changes nothing, and the names of let, const
// and class. Values come through a property of the global object that is there for the time of the call. The session is
// opened by the first context of a server's own, or by the first question.
const { InspectorSession } = require('../inspector_session');

const kStash = Symbol.for('jsd.repl.stash');
const stash = "globalThis[Symbol.for('jsd.repl.stash')]";
const timeout = 333; // ms

class Engine {
  #session;
  #server;
  #contextId;
  #context;

  /** @param {object} server with useGlobal and isStrict */
  constructor(server) { this.#server = server; }

  get session() { return this.#session ??= new InspectorSession(); }

  /** Makes a context; from now on it is the one that is asked. @param {() => object} make @returns {object} */
  watch(make) {
    if (this.#session === undefined) this.session.call('Runtime.enable');
    const context = make();
    this.#contextId = this.#session.lastContext;
    this.#context = context;
    return context;
  }

  /** The value that the inspector named. */
  #local(remote) {
    if (remote.type === 'undefined') return undefined;
    if (remote.objectId === undefined) {
      if (remote.unserializableValue === undefined) return remote.value;
      return remote.type === 'bigint' ? BigInt(remote.unserializableValue.slice(0, -1)) : Number(remote.unserializableValue);
    }
    const found = [];
    const global = this.#contextId === undefined ? globalThis : this.#context;
    Object.defineProperty(global, kStash, { value: found, configurable: true });
    try {
      const { result } = this.session.callSync('Runtime.evaluate', { expression: stash, contextId: this.#contextId });
      this.session.callSync('Runtime.callFunctionOn', {
        functionDeclaration: 'function (found, value) { found[0] = value; }',
        objectId: result.objectId,
        arguments: [{ objectId: result.objectId }, { objectId: remote.objectId }],
      });
    } finally {
      delete global[kStash];
    }
    return found[0];
  }

  /**
   * A text's value, where having it has no side effects.
   * @param {string} text
   * @returns {{ value: any } | { error: any, thrown: true } | undefined} undefined: it has, or took too long
   */
  evaluate(text) {
    const expression = this.#server.isStrict ? `'use strict'; ${text}` : text;
    let answer;
    try {
      answer = this.session.callSync('Runtime.evaluate', {
        expression, contextId: this.#contextId, throwOnSideEffect: true, timeout, silent: true, disableBreaks: true,
      });
    } catch {
      return undefined; // It took too long.
    }
    const { result, exceptionDetails } = answer;
    if (exceptionDetails === undefined) return { value: this.#local(result) };
    if (result.className === 'EvalError') return undefined;
    return { error: this.#local(exceptionDetails.exception ?? result), thrown: true };
  }

  /** @returns {string[]} the names that let, const and class declared at the top */
  lexicalNames() {
    return this.session.callSync('Runtime.globalLexicalScopeNames', { executionContextId: this.#contextId }).names;
  }

  close() {
    this.#session?.disconnect();
    this.#session = undefined;
  }
}

module.exports = { Engine };
