'use strict';
// REPLServer (Node documentation: class REPLServer): an Interface whose lines are commands or JavaScript. Lines are gathered
// until they compile. While an `await` at the top is open, keys and lines wait (_hold); what is thrown later by what a
// text started comes back through the server's domain.
const { load } = require('../loader/builtins');
const { Interface, extend } = require('../readline/interface');
const { codes: { ERR_INVALID_REPL_EVAL_CONFIG, ERR_INVALID_REPL_INPUT } } = require('../errors');
const { validateFunction } = require('../validators');
const { defineCommands } = require('./commands');
const { Engine } = require('./engine');
const { Recoverable } = require('./recoverable');
const errors = require('./errors');

const sloppy = Symbol('repl-sloppy');
const strict = Symbol('repl-strict');
const continuation = '| ';
/** What the command line's REPL is told, which programs cannot ask for. */
const kStandalone = Symbol('standalone');

let count = 0; // of texts, for their names

const writer = (value) => load('util').inspect(value, writer.options);
writer.options = { ...load('util').inspect.defaultOptions, showProxy: true };

function hasColors(output) {
  if (process.env.FORCE_COLOR !== undefined) return load('tty').WriteStream.prototype.getColorDepth() > 2;
  return Boolean(output?.isTTY) && (typeof output.getColorDepth !== 'function' || output.getColorDepth() > 2);
}

/** (prompt, stream, eval, useGlobal, ignoreUndefined, replMode), or one object of options. */
function optionsOf(prompt, stream, eval_, useGlobal, ignoreUndefined, replMode) {
  const options = typeof prompt === 'object' && prompt !== null ? { ...prompt } :
    { prompt, stream, eval: eval_, useGlobal, ignoreUndefined, replMode };
  if (!options.input && !options.output) {
    options.input = options.stream || process.stdin;
    options.output = options.stream || process.stdout;
  }
  options.terminal = options.terminal === undefined ? options.output.isTTY : options.terminal;
  options.terminal = Boolean(options.terminal);
  options.useColors ??= hasColors(options.output);
  options.prompt = options.prompt === undefined ? '> ' : options.prompt;
  if (options.breakEvalOnSigint && options.eval) throw new ERR_INVALID_REPL_EVAL_CONFIG();
  return options;
}

// ---- process's 'uncaughtException' belongs to the program that embeds the server -----------------------------------------

let refusing = 0;
const refuse = (event, listener) => {
  if (event !== 'uncaughtException' || refusing === 0 && !process.domain?._isOfRepl) return;
  process.nextTick(() => process.removeListener('uncaughtException', listener));
  throw new ERR_INVALID_REPL_INPUT('Listeners for `uncaughtException` cannot be used in the REPL');
};
let servers = 0;
function watchListeners(server) {
  if (servers++ === 0) process.prependListener('newListener', refuse);
  server.once('exit', () => { if (--servers === 0) process.removeListener('newListener', refuse); });
}

function setUpDomain(server, options) {
  const { Domain, create } = load('domain');
  server._domain = options.domain instanceof Domain ? options.domain : create();
  server._domain._isOfRepl = !options[kStandalone];
  server._domain.on('error', (error) => server._report(error));
}

/** Node documentation: class REPLServer. */
function REPLServer(...args) {
  if (!(this instanceof REPLServer)) return new REPLServer(...args);
  const options = optionsOf(...args);
  this.allowBlockingCompletions = Boolean(options.allowBlockingCompletions);
  this.useColors = Boolean(options.useColors);
  this.useGlobal = Boolean(options.useGlobal);
  this.ignoreUndefined = Boolean(options.ignoreUndefined);
  this.replMode = options.replMode || sloppy;
  this.underscoreAssigned = false;
  this.last = undefined;
  this.underscoreErrAssigned = false;
  this.lastError = undefined;
  this.breakEvalOnSigint = Boolean(options.breakEvalOnSigint);
  this.editorMode = false;
  this._isStandalone = Boolean(options[kStandalone]);
  this._buffered = '';
  this._held = null;
  this._sawSIGINT = false;
  this._sawEnd = false;
  setUpDomain(this, options);
  const own = options.eval;
  const evaluation = own ?? ((code, context, name, done) => require('./evaluate').evaluate(this, code, context, name, done));
  this.eval = this._domain.bind(evaluation);
  this.isDefaultEval = own === undefined;
  Interface.call(this, {
    input: options.input,
    output: options.output,
    completer: options.completer || ((text, done) => {
      const completion = require('./completion');
      if (this.editorMode) completion.completeInEditor(this, text, done);
      else completion.complete(this, text, done);
    }),
    terminal: options.terminal,
    historySize: options.historySize === undefined ? undefined : Number(options.historySize),
    prompt: options.prompt,
  });
  this._initialPrompt = this.getPrompt();
  this.lines = [];
  this.lines.level = [];
  this.commands = { __proto__: null };
  this._engine = new Engine(this);
  this.resetContext();
  setWriter(this, options);
  defineCommands(this);
  if (!this._isStandalone) watchListeners(this);
  listen(this, options);
  this.displayPrompt();
}
Object.setPrototypeOf(REPLServer.prototype, Interface.prototype);
Object.setPrototypeOf(REPLServer, Interface);

function setWriter(server, options) {
  server.writer = options.writer || writer;
  if (server.writer !== writer) return;
  const own = (value) => load('util').inspect(value, own.options);
  own.options = { ...writer.options, colors: server.useColors };
  server.writer = own;
  if (!server._isStandalone) return;
  Object.defineProperty(load('util').inspect, 'replDefaults', {
    configurable: true,
    get: () => own.options,
    set(value) { own.options = Object.assign(own.options, value); },
  });
}

function listen(server, options) {
  server.on('line', (line) => {
    if (server._held !== null) server._held.push(() => server._onCommand(line));
    else server._onCommand(line);
  });
  server.on('SIGINT', () => server._interrupted());
  server.on('close', () => {
    const exit = () => {
      server._engine.close();
      if (server.historyManager.isFlushing) server.once('flushHistory', () => server.emit('exit'));
      else server.emit('exit');
    };
    if (server._held !== null) server._held.push(exit);
    else exit();
  });
  if (server.terminal && process.env.TERM !== 'dumb') require('./keys').setUp(server, options);
}

function builtinsInto(server, context) {
  const builtins = require('../loader/builtins');
  for (const id of builtins.names()) {
    if (id.includes('/') || id.startsWith('_') || id in context) continue;
    Object.defineProperty(context, id, {
      configurable: true,
      enumerable: false,
      get() {
        const value = builtins.load(id);
        Object.defineProperty(context, id, { value, writable: true, configurable: true, enumerable: false });
        return value;
      },
      set(value) { Object.defineProperty(context, id, { value, writable: true, configurable: true, enumerable: true }); },
    });
  }
}

function underscore(server, name, value, assigned, enable) {
  Object.defineProperty(server.context, name, {
    configurable: true,
    get: () => server[value],
    set(given) {
      server[value] = given;
      if (server[assigned]) return;
      enable();
      server.output.write(`Expression assignment to ${name} now disabled.\n`);
    },
  });
}

const methods = {
  get isStrict() { return this.replMode === strict || process.execArgv.some((one) => /^--use[-_]strict$/.test(one)); },
  get allowsAwait() { return !require('../cli_settings').has('--no-experimental-repl-await'); },

  /** @returns {object} a context of its own, or the global one */
  createContext() {
    let context;
    if (this.useGlobal) {
      context = globalThis;
    } else {
      const vm = load('vm');
      context = this._engine.watch(() => vm.createContext());
      const theirs = new Set(vm.runInContext('Object.getOwnPropertyNames(globalThis)', context));
      for (const name of Object.getOwnPropertyNames(globalThis)) {
        if (theirs.has(name)) continue;
        Object.defineProperty(context, name, { __proto__: null, ...Object.getOwnPropertyDescriptor(globalThis, name) });
      }
      context.global = context;
      const { Console } = load('console');
      Object.defineProperty(context, 'console', {
        configurable: true, writable: true, value: new Console(this.output),
      });
    }
    const { Module, makeRequire } = require('../loader/cjs');
    const module = new Module('<repl>');
    module.paths = [...Module._nodeModulePaths(process.cwd()), ...Module.globalPaths];
    const value = (name, one) => Object.defineProperty(context, name, { configurable: true, writable: true, value: one });
    value('module', module);
    value('require', makeRequire(module));
    builtinsInto(this, context);
    return context;
  },

  resetContext() {
    this.context = this.createContext();
    this.underscoreAssigned = false;
    this.underscoreErrAssigned = false;
    this.lines = [];
    this.lines.level = [];
    underscore(this, '_', 'last', 'underscoreAssigned', () => { this.underscoreAssigned = true; });
    underscore(this, '_error', 'lastError', 'underscoreErrAssigned', () => { this.underscoreErrAssigned = true; });
    this.emit('reset', this.context);
  },

  /** @param {string} keyword @param {Function | { help?: string, action: Function }} cmd */
  defineCommand(keyword, cmd) {
    if (typeof cmd === 'function') cmd = { action: cmd };
    else validateFunction(cmd.action, 'cmd.action');
    this.commands[keyword] = cmd;
  },

  clearBufferedCommand() { this._buffered = ''; },

  /** @param {boolean} [preserveCursor] */
  displayPrompt(preserveCursor) {
    Interface.prototype.setPrompt.call(this, this._buffered === '' ? this._initialPrompt : continuation);
    this.prompt(preserveCursor);
  },

  setPrompt(prompt) {
    this._initialPrompt = prompt;
    Interface.prototype.setPrompt.call(this, prompt);
  },

  /** Node documentation: replServer.setupHistory(historyConfig, callback). */
  setupHistory(config = {}, callback = undefined) { require('./history_file').setupHistory(this, config, callback); },

  close() {
    if (this.terminal && this.historyManager.isFlushing && !this._closing) {
      this._closing = true;
      this.once('flushHistory', () => Interface.prototype.close.call(this));
      return;
    }
    process.nextTick(() => Interface.prototype.close.call(this));
  },

  /** Node documentation: the completer's answer for a line. */
  complete(line, done) { require('../readline/completion').ask(this, line, done); },

  completeOnEditorMode(done) {
    return (error, [completions, completed = ''] = [[]]) => done(error, [completions, completed]);
  },

  // ---- lines ----------------------------------------------------------------------------------------------------------
  _onCommand(line) {
    const text = line ?? '';
    this._sawSIGINT = false;
    if (this.editorMode) {
      this._buffered += `${text}\n`;
      const indent = this._sawKeyPress ? /^\s+/.exec(text)?.[0] : undefined;
      if (indent !== undefined && !this._loading) {
        this._writeToOutput(indent);
        this.line = indent;
        this.cursor = indent.length;
      }
      this._remember(text);
      return;
    }
    const trimmed = text.trim();
    if (trimmed[0] === '.' && trimmed[1] !== '.' && Number.isNaN(Number.parseFloat(trimmed))) {
      const [, keyword, rest] = /^\.([^\s]+)\s*(.*)$/s.exec(trimmed) ?? [];
      if (this.commands[keyword] !== undefined) {
        this.commands[keyword].action.call(this, rest);
        return;
      }
      if (this._buffered === '') {
        this.output.write('Invalid REPL keyword\n');
        this._finish(text, null);
        return;
      }
    }
    this._evaluate(text);
  },

  _evaluate(text) {
    this.eval(`${this._buffered}${text}\n`, this.context, `REPL${++count}`,
      (...answer) => this._finish(text, ...answer));
  },

  _remember(text) { this.lines.push(text); },

  _finish(text, error, ...value) {
    this._remember(text);
    if (error) {
      if (this._buffered === '' && /^\s*npm /.test(text) && !(error instanceof Recoverable)) {
        this.output.write('npm should be run outside of the Node.js REPL, in your normal shell.\n(Press Ctrl+D to exit.)\n');
        this.displayPrompt();
        return;
      }
      if (error instanceof Recoverable && !this._sawEnd) {
        this._buffered += `${text}\n`;
        this.displayPrompt();
        return;
      }
      this._joinHistory(text);
      this._sawEnd = false;
      this._domain.emit('error', error instanceof Recoverable ? error.err ?? error : error);
      return;
    }
    this._joinHistory(text);
    this.clearBufferedCommand();
    this._sawEnd = false;
    if (value.length > 0 && (!this.ignoreUndefined || value[0] !== undefined)) {
      if (!this.underscoreAssigned) this.last = value[0];
      this.output.write(`${this.writer(value[0])}\n`);
    }
    if (!this.closed && !error) this.displayPrompt();
  },

  /** The lines of one text are one entry of the history. */
  _joinHistory(text) {
    const lines = `${this._buffered}${text}`.split('\n');
    const { historyManager: manager } = this;
    if (!this.terminal || lines.length < 2 || this._buffered === '') return;
    for (const line of lines.slice().reverse()) {
      if (line.trim() !== '' && manager.history[0] === line) manager.history.shift();
    }
    manager.add(lines.join('\n').trimEnd());
  },

  /** Something was thrown, by a text or later by what it started. */
  _report(error) {
    const isObject = typeof error === 'object' && error !== null;
    const isError = isObject && (load('util').types.isNativeError(error) || error instanceof Error);
    if (isObject) errors.prepare(this, error, isError);
    if (!this.underscoreErrAssigned) this.lastError = error;
    if (this._isStandalone && process.listenerCount('uncaughtException') > 0) {
      process.nextTick(() => {
        process.emit('uncaughtException', error);
        this.clearBufferedCommand();
        this.displayPrompt();
      });
      return;
    }
    this.output.write(errors.textOf(this, error, isError));
    this.clearBufferedCommand();
    this.lines.level = [];
    if (!this.closed) this.displayPrompt();
  },

  _noListenersOfUncaught(on) { if (!this._isStandalone) refusing += on ? 1 : -1; },

  _interrupted() {
    const isEmpty = this.line.length === 0;
    this.clearLine();
    const wasEditor = this.editorMode;
    this._leaveEditor();
    if (this._buffered === '' && isEmpty) {
      if (this._sawSIGINT) {
        this._sawSIGINT = false;
        this.close();
        return;
      }
      this.output.write('(To exit, press Ctrl+C again or Ctrl+D or type .exit)\n');
      this._sawSIGINT = !wasEditor || true;
    } else {
      this._sawSIGINT = false;
    }
    this.clearBufferedCommand();
    this.lines.level = [];
    this.displayPrompt();
  },

  // ---- waiting for an await ---------------------------------------------------------------------------------------------
  _hold() { this._held ??= []; },
  _release() {
    const held = this._held ?? [];
    this._held = null;
    while (held.length > 0 && this._held === null) held.shift()();
    if (this._held !== null) this._held.push(...held);
  },

  // ---- the editor -------------------------------------------------------------------------------------------------------
  _enterEditor() {
    this.editorMode = true;
    Interface.prototype.setPrompt.call(this, '');
  },
  _leaveEditor() {
    this.editorMode = false;
    Interface.prototype.setPrompt.call(this, this._initialPrompt);
  },
};
extend(REPLServer.prototype, methods);

for (const [old, name] of [['inputStream', 'input'], ['outputStream', 'output']]) {
  const { deprecate } = load('util');
  const text = 'repl.inputStream and repl.outputStream are deprecated. Use repl.input and repl.output instead';
  Object.defineProperty(REPLServer.prototype, old, {
    configurable: true,
    get: deprecate(function get() { return this[name]; }, text, 'DEP0141'),
    set: deprecate(function set(value) { this[name] = value; }, text, 'DEP0141'),
  });
}

module.exports = { REPLServer, writer, sloppy, strict, kStandalone };
