'use strict';
// What the REPL asks the engine's inspector: the value of a text if having it changes nothing, the names of let, const and
// class. A context of node:vm is reached through a function that is compiled in it: the
// inspector takes it by a property of the global object that is there for the time of the call.
const { load } = require('../loader/builtins');
const { InspectorSession } = require('../inspector_session');

const kStash = Symbol.for('jsd.repl.stash');
const stash = "globalThis[Symbol.for('jsd.repl.stash')]";
const evaluationTimeout = 333; // ms

class Engine {
  #session;
  #server;

  /** @param {object} server with context and useGlobal */
  constructor(server) { this.#server = server; }

  get session() { return this.#session ??= new InspectorSession(); }

  #run(code) {
    const vm = load('vm');
    const options = { displayErrors: false, filename: 'repl' };
    return this.#server.useGlobal ? vm.runInThisContext(code, options) : vm.runInContext(code, this.#server.context, options);
  }

  #withStash(value, use) {
    Object.defineProperty(globalThis, kStash, { value, configurable: true, writable: true });
    try {
      return use();
    } finally {
      delete globalThis[kStash];
    }
  }

  /** The inspector's name of a value. */
  #remote(value) {
    return this.#withStash(value, () => this.session.callSync('Runtime.evaluate', { expression: stash }).result);
  }

  /** The value that the inspector named. */
  #local(remote) {
    if (remote.objectId === undefined) {
      if (remote.type === 'undefined') return undefined;
      if (remote.unserializableValue === undefined) return remote.value;
      return remote.type === 'bigint' ? BigInt(remote.unserializableValue.slice(0, -1)) : Number(remote.unserializableValue);
    }
    return this.#withStash(undefined, () => {
      this.session.callSync('Runtime.callFunctionOn', {
        functionDeclaration: `function () { ${stash} = this; }`, objectId: remote.objectId,
      });
      return globalThis[kStash];
    });
  }

  /**
   * An expression's value, where it has no side effects.
   * @param {string} expression
   * @returns {{ value: any } | { error: any, thrown: true } | undefined} undefined: not without side effects, or no JavaScript
   */
  evaluate(expression) {
    let fn;
    try {
      fn = this.#run(`(function () { ${this.#server.isStrict ? '"use strict"; ' : ''}return (${expression}\n); })`);
    } catch {
      return undefined;
    }
    return this.#call(fn);
  }

  /** The same for statements: the value is that of the last one. */
  evaluateText(text) {
    const params = { expression: text, throwOnSideEffect: true, timeout: evaluationTimeout };
    if (this.#server.useGlobal) return this.#answer(this.session.callSync('Runtime.evaluate', params));
    const strict = this.#server.isStrict ? '"use strict"; ' : '';
    return this.#call(this.#run(`(function () { return (0, eval)(${JSON.stringify(strict + text)}); })`));
  }

  #call(fn) {
    const { objectId } = this.#remote(fn);
    return this.#answer(this.session.callSync('Runtime.callFunctionOn', {
      functionDeclaration: 'function () { return this(); }', objectId, throwOnSideEffect: true,
    }));
  }

  #answer({ result, exceptionDetails }) {
    if (exceptionDetails === undefined) return { value: this.#local(result) };
    if (result.className === 'EvalError') return undefined;
    return { error: this.#local(exceptionDetails.exception ?? result), thrown: true };
  }

  /** @returns {string[]} the names that let, const and class declared at the top */
  lexicalNames() {
    if (this.#server.useGlobal) return this.session.callSync('Runtime.globalLexicalScopeNames', {}).names;
    const properties = (objectId) => this.session.callSync('Runtime.getProperties', { objectId, ownProperties: true });
    const scopes = properties(this.#remote(this.#run('(function () {})')).objectId).internalProperties
      ?.find(({ name }) => name === '[[Scopes]]');
    if (scopes === undefined) return [];
    const names = [];
    for (const { value } of properties(scopes.value.objectId).result) {
      if (value?.description !== 'Script') continue;
      for (const { name } of properties(value.objectId).result) names.push(name);
    }
    return names;
  }

  close() {
    this.#session?.disconnect();
    this.#session = undefined;
  }
}

module.exports = { Engine };
