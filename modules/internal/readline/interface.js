'use strict';
// readline's Interface (Node documentation: class readline.InterfaceConstructor): lines out of a stream, prompts,
// questions, pausing. What it does on a terminal is in editor.js. The methods with an underscore are those which programs
// call or replace; that is why they call each other by name. It is a function, not a class: programs inherit from it with
// util.inherits, and call it without `new`.
const { load } = require('../loader/builtins');
const { codes: { ERR_INVALID_ARG_VALUE, ERR_USE_AFTER_CLOSE } } = require('../errors');
const {
  validateAbortSignal, validateArray, validateNumber, validateString, validateUint32,
} = require('../validators');
const { emitKeypressEvents } = require('./keypress');
const { History } = require('./history');
const editor = require('./editor');

const EventEmitter = load('events');

const lineEnd = /\r\n|\n|\r(?!\n)|\u2028|\u2029/g;
const minimalCrlfDelay = 100; // ms
const kWatermarks = Symbol.for('nodejs.watermarkData');
const kLines = Symbol('lines');
const optionNames = [
  'input', 'output', 'completer', 'terminal', 'history', 'historySize', 'removeHistoryDuplicates', 'prompt', 'crlfDelay',
  'escapeCodeTimeout', 'tabSize', 'signal',
];

function checkedOptions(options) {
  if (options.completer !== undefined && typeof options.completer !== 'function') {
    throw new ERR_INVALID_ARG_VALUE('completer', options.completer);
  }
  if (options.tabSize !== undefined) validateUint32(options.tabSize, 'tabSize', true);
  if (options.prompt !== undefined) options.prompt = `${options.prompt}`;
  if (options.escapeCodeTimeout !== undefined && !Number.isFinite(options.escapeCodeTimeout)) {
    throw new ERR_INVALID_ARG_VALUE('input.escapeCodeTimeout', options.escapeCodeTimeout);
  }
  if (options.signal) validateAbortSignal(options.signal, 'options.signal');
  if (options.history !== undefined) validateArray(options.history, 'history');
  if (options.historySize !== undefined) validateNumber(options.historySize, 'size', 0);
  return options;
}

/** (input, output, completer, terminal), or one object of options. */
function optionsOf(input, output, completer, terminal) {
  if (!input?.input) return checkedOptions({ input, output, completer, terminal });
  const options = {};
  for (const name of optionNames) options[name] = input[name];
  return checkedOptions(options);
}

function setUp(rl, options) {
  const { input, output, completer } = options;
  rl._sawReturnAt = 0;
  rl._sawKeyPress = false;
  rl._previousKey = null;
  rl._questionCallback = null;
  rl._prompt = options.prompt ?? '> ';
  rl.isCompletionEnabled = true;
  rl.escapeCodeTimeout = options.escapeCodeTimeout ?? 500;
  rl.tabSize = options.tabSize ?? 8;
  rl.terminal = options.terminal === undefined || options.terminal === null ? Boolean(output?.isTTY) : Boolean(options.terminal);
  rl.line = '';
  rl.cursor = 0;
  rl.closed = false;
  rl.paused = false;
  rl.output = output;
  rl.input = input;
  rl.crlfDelay = options.crlfDelay ? Math.max(minimalCrlfDelay, options.crlfDelay) : minimalCrlfDelay;
  rl.completer = completer;
  rl.historyManager = new History(rl, options);
  editor.setUp(rl);
}

/** Reads plain lines. */
function connectPlain(rl, input) {
  const { StringDecoder } = load('string_decoder');
  rl._decoder = new StringDecoder('utf8');
  rl._line_buffer = '';
  const onData = (chunk) => rl._normalWrite(chunk);
  const onEnd = () => {
    const rest = rl._line_buffer + rl._decoder.end();
    rl._line_buffer = '';
    if (rest.length > 0) rl._onLine(rest);
    rl.close();
  };
  input.on('data', onData);
  input.on('end', onEnd);
  rl.once('close', () => {
    input.removeListener('data', onData);
    input.removeListener('end', onEnd);
  });
}

/** Reads keys. */
function connectTerminal(rl, input, output) {
  const onKey = (text, key) => {
    rl._ttyWrite(text, key);
    // Half of a surrogate pair: what is drawn may be broken.
    const code = key?.sequence?.codePointAt(0);
    if (code >= 0xd800 && code <= 0xdfff) rl._refreshLine();
  };
  const onEnd = () => {
    if (typeof rl.line === 'string' && rl.line.length > 0) rl.emit('line', rl.line);
    rl.close();
  };
  const onResize = () => rl._refreshLine();
  emitKeypressEvents(input, rl);
  input.on('keypress', onKey);
  input.on('end', onEnd);
  rl._setRawMode(true);
  output?.on?.('resize', onResize);
  rl.once('close', () => {
    input.removeListener('keypress', onKey);
    input.removeListener('end', onEnd);
    output?.removeListener?.('resize', onResize);
  });
}

function connect(rl, { input, output, signal }) {
  const onError = (error) => rl.emit('error', error);
  input.on('error', onError);
  rl.once('close', () => input.removeListener('error', onError));
  if (rl.terminal) connectTerminal(rl, input, output);
  else connectPlain(rl, input);
  if (signal) {
    const onAbort = () => rl.close();
    if (signal.aborted) {
      process.nextTick(onAbort);
    } else {
      signal.addEventListener('abort', onAbort, { once: true });
      rl.once('close', () => signal.removeEventListener('abort', onAbort));
    }
  }
  rl._line_buffer ??= '';
  input.resume();
}

/** Node documentation: readline.createInterface(options). */
function Interface(input, output, completer, terminal) {
  if (!(this instanceof Interface)) return new Interface(input, output, completer, terminal);
  Reflect.apply(EventEmitter, this, []);
  const options = optionsOf(input, output, completer, terminal);
  setUp(this, options);
  connect(this, options);
}
Object.setPrototypeOf(Interface.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Interface, EventEmitter);

function requireOpen(rl) {
  if (rl.closed) throw new ERR_USE_AFTER_CLOSE('readline');
}

const methods = {
  get columns() { return this.output?.columns || Infinity; },
  get history() { return this.historyManager.history; },
  set history(value) { this.historyManager.history = value; },
  get historyIndex() { return this.historyManager.index; },
  set historyIndex(value) { this.historyManager.index = value; },
  get historySize() { return this.historyManager.size; },
  set historySize(value) { this.historyManager.size = value; },
  get removeHistoryDuplicates() { return this.historyManager.removeHistoryDuplicates; },
  set removeHistoryDuplicates(value) { this.historyManager.removeHistoryDuplicates = value; },

  /** @param {string} prompt */
  setPrompt(prompt) { this._prompt = prompt; },

  /** @returns {string} */
  getPrompt() { return this._prompt; },

  /** @param {boolean} [preserveCursor] */
  prompt(preserveCursor) {
    requireOpen(this);
    if (this.paused) this.resume();
    if (this.terminal && process.env.TERM !== 'dumb') {
      if (!preserveCursor) this.cursor = 0;
      this._refreshLine();
    } else {
      this._writeToOutput(this._prompt);
    }
  },

  /** Node documentation: rl.question(query[, options], callback). */
  question(query, options, callback) {
    requireOpen(this);
    if (typeof options === 'function') [options, callback] = [undefined, options];
    const signal = options?.signal;
    if (signal) {
      validateAbortSignal(signal, 'options.signal');
      if (signal.aborted) return;
      const onAbort = () => this._cancelQuestion();
      signal.addEventListener('abort', onAbort, { once: true });
      const answered = callback;
      callback = typeof answered !== 'function' ? answered : (answer) => {
        signal.removeEventListener('abort', onAbort);
        return answered(answer);
      };
    }
    if (typeof callback === 'function') this._ask(query, callback);
  },

  _ask(query, callback) {
    requireOpen(this);
    if (this._questionCallback) {
      this.prompt();
      return;
    }
    this._oldPrompt = this._prompt;
    this.setPrompt(query);
    this._questionCallback = callback;
    this.prompt();
  },

  _cancelQuestion() {
    if (!this._questionCallback) return;
    this._questionCallback = null;
    this.setPrompt(this._oldPrompt);
    this.clearLine();
  },

  _onLine(line) {
    const callback = this._questionCallback;
    if (!callback) {
      this.emit('line', line);
      return;
    }
    this._questionCallback = null;
    this.setPrompt(this._oldPrompt);
    callback(line);
  },

  _setRawMode(mode) {
    const { input } = this;
    const wasRaw = input.isRaw;
    if (typeof input.setRawMode === 'function') input.setRawMode(mode);
    return wasRaw;
  },

  _writeToOutput(text) {
    validateString(text, 'stringToWrite');
    if (this.output !== null && this.output !== undefined) this.output.write(text);
  },

  _normalWrite(chunk) {
    if (chunk === undefined) return;
    let text = this._decoder.write(chunk);
    if (this._sawReturnAt && Date.now() - this._sawReturnAt <= this.crlfDelay) {
      if (text[0] === '\n') text = text.slice(1);
      this._sawReturnAt = 0;
    }
    let from = 0;
    const lines = [];
    for (const match of text.matchAll(lineEnd)) {
      lines.push(text.slice(from, match.index));
      from = match.index + match[0].length;
    }
    if (lines.length === 0) {
      this._line_buffer += text;
      return;
    }
    lines[0] = this._line_buffer + lines[0];
    this._line_buffer = text.slice(from);
    this._sawReturnAt = text.endsWith('\r') ? Date.now() : 0;
    for (const line of lines) this._onLine(line);
  },

  /** Node documentation: rl.write(data[, key]). */
  write(data, key) {
    requireOpen(this);
    if (this.paused) this.resume();
    if (this.terminal) this._ttyWrite(data, key);
    else this._normalWrite(data);
  },

  pause() {
    requireOpen(this);
    if (this.paused) return this;
    this.input.pause();
    this.paused = true;
    this.emit('pause');
    return this;
  },

  resume() {
    requireOpen(this);
    if (!this.paused) return this;
    this.input.resume();
    this.paused = false;
    this.emit('resume');
    return this;
  },

  close() {
    if (this.closed) return;
    this.pause();
    if (this.terminal) this._setRawMode(false);
    this.closed = true;
    this.emit('close');
  },

  /** Lines as they come; leaving the loop closes the interface. All iterators of one interface share what is waiting. */
  [Symbol.asyncIterator]() {
    this[kLines] ??= iteratorOf(this);
    return this[kLines];
  },

  [Symbol.dispose]() { this.close(); },
};

function iteratorOf(rl) {
  const events = EventEmitter.on(rl, 'line', { close: ['close'], highWaterMark: 1024 });
  const bare = ({ value, done }) => ({ value: done ? undefined : value[0], done });
  return {
    [kWatermarks]: events[kWatermarks],
    next: () => events.next().then(bare),
    return() {
      rl.close();
      return events.return();
    },
    throw: (error) => events.throw(error),
    [Symbol.asyncIterator]() { return this; },
  };
}

/** Puts methods and accessors where Node has them: not enumerable. */
function extend(prototype, from) {
  for (const key of Reflect.ownKeys(from)) {
    Object.defineProperty(prototype, key, { ...Object.getOwnPropertyDescriptor(from, key), enumerable: false });
  }
}
extend(Interface.prototype, methods);
extend(Interface.prototype, editor.methods);

module.exports = { Interface, extend };
