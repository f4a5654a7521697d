'use strict';
// node:readline: lines out of any readable stream, prompts, and basic editing on a terminal (cursor keys, history,
// Home/End, Ctrl-U/K/W/A/E/L/C/D).

const EventEmitter = require('./events');
const { StringDecoder } = require('./string_decoder');
const { AbortError, codes: { ERR_INVALID_ARG_VALUE, ERR_INVALID_CURSOR_POS, ERR_USE_AFTER_CLOSE } } = require('../internal/errors');
const { validateAbortSignal, validateArray, validateFunction } = require('../internal/validators');
const { keysOf } = require('../internal/readline_keys');

const lineEnd = /\r\n|\n|\r(?!\n)|\u2028|\u2029/g;
const kQuestion = Symbol('question');
const kDecoder = Symbol('decoder');
const kRest = Symbol('rest of a line');
const kSawReturn = Symbol('saw return');

class Interface extends EventEmitter {
  /** (input, output, completer, terminal) or one object of options. */
  constructor(input, output, completer, terminal) {
    super();
    let options = {};
    if (input?.input) {
      options = input;
      ({ input, output, completer, terminal } = options);
    }
    if (completer !== undefined && typeof completer !== 'function') throw new ERR_INVALID_ARG_VALUE('completer', completer);
    if (options.history !== undefined) validateArray(options.history, 'history');
    if (options.signal !== undefined) validateAbortSignal(options.signal, 'options.signal');
    this.input = input;
    this.output = output;
    this.completer = completer;
    this.terminal = terminal ?? Boolean(output?.isTTY);
    this.line = '';
    this.cursor = 0;
    this.closed = false;
    this.paused = false;
    this.history = options.history ?? [];
    this.historySize = options.historySize ?? 30;
    this.historyIndex = -1;
    this.removeHistoryDuplicates = Boolean(options.removeHistoryDuplicates);
    this.crlfDelay = Math.max(100, options.crlfDelay ?? 100);
    this.tabSize = options.tabSize ?? 8;
    this.escapeCodeTimeout = options.escapeCodeTimeout ?? 500;
    this[kDecoder] = new StringDecoder('utf8');
    this[kRest] = '';
    this[kSawReturn] = 0;
    this[kQuestion] = null;
    this.setPrompt(options.prompt ?? '> ');
    this.onData = (chunk) => (this.terminal ? this.keys(chunk) : this.normalWrite(chunk));
    this.onEnd = () => this.finish();
    this.onError = (error) => this.emit('error', error);
    input.on('error', this.onError);
    input.on('data', this.onData);
    input.on('end', this.onEnd);
    if (this.terminal) {
      this.wasRaw = input.isRaw;
      input.setRawMode?.(true);
    }
    if (options.signal) {
      const onAbort = () => this.close();
      if (options.signal.aborted) process.nextTick(onAbort);
      else {
        options.signal.addEventListener('abort', onAbort, { once: true });
        this.once('close', () => options.signal.removeEventListener('abort', onAbort));
      }
    }
    input.resume();
  }

  get columns() { return this.output?.columns ?? Infinity; }
  getPrompt() { return this.promptText; }
  setPrompt(prompt) { this.promptText = `${prompt}`; }

  prompt(preserveCursor) {
    if (this.paused) this.resume();
    if (this.terminal) {
      if (!preserveCursor) this.cursor = 0;
      this.refresh();
    } else {
      this.output?.write(this.promptText);
    }
  }

  /** question(query[, options], callback): the next line goes to the callback. */
  question(query, options, callback) {
    if (typeof options === 'function') {
      callback = options;
      options = undefined;
    }
    if (this.closed) throw new ERR_USE_AFTER_CLOSE('readline');
    if (options?.signal) {
      validateAbortSignal(options.signal, 'options.signal');
      if (options.signal.aborted) return;
      const onAbort = () => { this[kQuestion] = null; };
      options.signal.addEventListener('abort', onAbort, { once: true });
    }
    if (typeof callback !== 'function') return;
    if (this[kQuestion]) {
      this.prompt();
      return;
    }
    const old = this.promptText;
    this.setPrompt(query);
    this[kQuestion] = { callback, old };
    this.prompt();
  }

  onLine(line) {
    const question = this[kQuestion];
    if (question) {
      this[kQuestion] = null;
      this.setPrompt(question.old);
      question.callback(line);
    } else {
      this.emit('line', line);
    }
  }

  normalWrite(chunk) {
    if (chunk === undefined) return;
    let text = this[kDecoder].write(chunk);
    if (this[kSawReturn] && Date.now() - this[kSawReturn] <= this.crlfDelay) {
      if (text.charCodeAt(0) === 10) text = text.slice(1);
      this[kSawReturn] = 0;
    }
    text = this[kRest] + text;
    this[kRest] = '';
    let from = 0;
    lineEnd.lastIndex = 0;
    for (let match = lineEnd.exec(text); match !== null; match = lineEnd.exec(text)) {
      const line = text.slice(from, match.index);
      from = match.index + match[0].length;
      if (from === text.length && match[0] === '\r') this[kSawReturn] = Date.now();
      const at = lineEnd.lastIndex;
      this.onLine(line);
      if (this.closed) return;
      lineEnd.lastIndex = at;
    }
    this[kRest] = text.slice(from);
  }

  finish() {
    if (!this.terminal) {
      const rest = this[kRest] + this[kDecoder].end();
      this[kRest] = '';
      if (rest.length > 0) this.onLine(rest);
    } else if (this.line.length > 0) {
      this.onLine(this.line);
    }
    this.close();
  }

  close() {
    if (this.closed) return;
    this.pause();
    if (this.terminal) this.input.setRawMode?.(Boolean(this.wasRaw));
    this.closed = true;
    this.input.removeListener('data', this.onData);
    this.input.removeListener('end', this.onEnd);
    this.input.removeListener('error', this.onError);
    this.emit('close');
  }

  [Symbol.dispose ?? Symbol.for('nodejs.dispose')]() { this.close(); }

  pause() {
    if (this.closed) throw new ERR_USE_AFTER_CLOSE('readline');
    if (this.paused) return this;
    this.input.pause();
    this.paused = true;
    this.emit('pause');
    return this;
  }

  resume() {
    if (this.closed) throw new ERR_USE_AFTER_CLOSE('readline');
    if (!this.paused) return this;
    this.input.resume();
    this.paused = false;
    this.emit('resume');
    return this;
  }

  write(data, key) {
    if (this.closed) throw new ERR_USE_AFTER_CLOSE('readline');
    if (this.paused) this.resume();
    if (this.terminal) this.key(data, key ?? {});
    else this.normalWrite(Buffer.from(`${data}`));
  }

  // ---- terminal -------------------------------------------------------------------------------------------------------
  keys(chunk) {
    const text = typeof chunk === 'string' ? chunk : this[kDecoder].write(chunk);
    for (const [data, key] of keysOf(text)) {
      this.input.emit?.('keypress', data, key);
      if (this.closed) return;
      this.key(data, key);
    }
  }

  refresh() {
    if (!this.output) return;
    this._writeToOutput(`\r\u001b[K${this.promptText}${this.line}`);
    const back = require('./util').getStringWidth(this.line.slice(this.cursor));
    if (back > 0) this.output.write(`\u001b[${back}D`);
  }

  getCursorPos() {
    const width = require('./util').getStringWidth(this.promptText + this.line.slice(0, this.cursor));
    return { rows: Math.floor(width / this.columns) || 0, cols: this.columns === Infinity ? width : width % this.columns };
  }

  edit(line, cursor) {
    this.line = line;
    this.cursor = cursor;
    this.refresh();
  }

  key(data, key) {
    const { line, cursor } = this;
    const action = key.ctrl ? `ctrl-${key.name}` : key.meta ? `meta-${key.name}` : key.name;
    switch (action) {
      case 'return':
      case 'enter': return this.submit();
      case 'backspace':
      case 'ctrl-h': return cursor > 0 ? this.edit(line.slice(0, cursor - 1) + line.slice(cursor), cursor - 1) : undefined;
      case 'delete': return this.edit(line.slice(0, cursor) + line.slice(cursor + 1), cursor);
      case 'left':
      case 'ctrl-b': return this.edit(line, Math.max(0, cursor - 1));
      case 'right':
      case 'ctrl-f': return this.edit(line, Math.min(line.length, cursor + 1));
      case 'home':
      case 'ctrl-a': return this.edit(line, 0);
      case 'end':
      case 'ctrl-e': return this.edit(line, line.length);
      case 'up':
      case 'ctrl-p': return this.recall(1);
      case 'down':
      case 'ctrl-n': return this.recall(-1);
      case 'ctrl-u': return this.edit(line.slice(cursor), 0);
      case 'ctrl-k': return this.edit(line.slice(0, cursor), cursor);
      case 'ctrl-w': {
        const start = line.slice(0, cursor).replace(/\S+\s*$/, '');
        return this.edit(start + line.slice(cursor), start.length);
      }
      case 'ctrl-l':
        this.output?.write('\u001b[1;1H\u001b[0J');
        return this.refresh();
      case 'ctrl-c':
        if (this.listenerCount('SIGINT') > 0) this.emit('SIGINT');
        else this.close();
        return undefined;
      case 'ctrl-d':
        if (line.length === 0) this.close();
        else this.edit(line.slice(0, cursor) + line.slice(cursor + 1), cursor);
        return undefined;
      case 'ctrl-z': return undefined;
      case 'tab': return this.complete();
      default:
    }
    if (typeof data === 'string' && data.length > 0 && !key.ctrl && !key.meta && data.charCodeAt(0) >= 32) {
      this.edit(line.slice(0, cursor) + data + line.slice(cursor), cursor + data.length);
    }
    return undefined;
  }

  submit() {
    const { line } = this;
    this.output?.write('\r\n');
    this.line = '';
    this.cursor = 0;
    if (line.trim().length > 0 && this.historySize > 0) {
      if (this.removeHistoryDuplicates) this.history = this.history.filter((one) => one !== line);
      if (this.history[0] !== line) this.history.unshift(line);
      if (this.history.length > this.historySize) this.history.pop();
      this.emit('history', this.history);
    }
    this.historyIndex = -1;
    this.onLine(line);
  }

  recall(step) {
    const index = this.historyIndex + step;
    if (index < -1 || index >= this.history.length) return;
    this.historyIndex = index;
    const line = index === -1 ? '' : this.history[index];
    this.edit(line, line.length);
  }

  complete() {
    if (this.completer === undefined) {
      this.edit(`${this.line.slice(0, this.cursor)}\t${this.line.slice(this.cursor)}`, this.cursor + 1);
      return;
    }
    const use = (error, result) => {
      if (error || !result?.[0]?.length) return;
      const [matches, typed] = result;
      let common = matches[0];
      for (const one of matches) while (!one.startsWith(common)) common = common.slice(0, -1);
      if (common.length > typed.length) {
        const start = this.line.slice(0, this.cursor - typed.length) + common;
        this.edit(start + this.line.slice(this.cursor), start.length);
      } else if (matches.length > 1) {
        this.output?.write(`\r\n${matches.join('  ')}\r\n`);
        this.refresh();
      }
    };
    if (this.completer.length === 2) this.completer(this.line.slice(0, this.cursor), use);
    else Promise.resolve(this.completer(this.line.slice(0, this.cursor))).then((result) => use(null, result), use);
  }

  [Symbol.asyncIterator]() {
    const iterator = EventEmitter.on(this, 'line', { close: ['close'], highWaterMark: 1024 });
    const out = {
      next: async () => {
        const { value, done } = await iterator.next();
        return { value: done ? undefined : value[0], done };
      },
      return: () => {
        if (!this.closed) this.close();
        return iterator.return();
      },
      [Symbol.asyncIterator]() { return out; },
    };
    return out;
  }
}
Interface.prototype.question[Symbol.for('nodejs.util.promisify.custom')] = function question(query, options) {
  return new Promise((resolve, reject) => {
    const { signal } = options ?? {};
    if (signal?.aborted) {
      reject(new AbortError(undefined, { cause: signal.reason }));
      return;
    }
    signal?.addEventListener('abort', () => reject(new AbortError(undefined, { cause: signal.reason })), { once: true });
    this.question(query, options, resolve);
  });
};

// What prompt libraries call or replace.
Object.assign(Interface.prototype, {
  _writeToOutput(text) { this.output?.write(text); },
  _refreshLine() { this.refresh(); },
  _ttyWrite(data, key) { this.key(data, key ?? {}); },
  _setRawMode(mode) { this.input.setRawMode?.(mode); },
  _onLine(line) { this.onLine(line); },
});

function createInterface(input, output, completer, terminal) { return new Interface(input, output, completer, terminal); }

// ---- cursor movements -------------------------------------------------------------------------------------------------
function send(stream, text, callback) {
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (stream === null || stream === undefined || text === '') {
    if (typeof callback === 'function') process.nextTick(callback, null);
    return true;
  }
  return stream.write(text, callback);
}

function cursorTo(stream, x, y, callback) {
  if (typeof y === 'function') {
    callback = y;
    y = undefined;
  }
  if (Number.isNaN(x)) throw new ERR_INVALID_ARG_VALUE('x', x);
  if (Number.isNaN(y)) throw new ERR_INVALID_ARG_VALUE('y', y);
  if (typeof x !== 'number' && typeof y === 'number') throw new ERR_INVALID_CURSOR_POS();
  if (typeof x !== 'number') return send(stream, '', callback);
  return send(stream, typeof y === 'number' ? `\u001b[${y + 1};${x + 1}H` : `\u001b[${x + 1}G`, callback);
}

function moveCursor(stream, dx, dy, callback) {
  let text = '';
  if (dx < 0) text += `\u001b[${-dx}D`;
  else if (dx > 0) text += `\u001b[${dx}C`;
  if (dy < 0) text += `\u001b[${-dy}A`;
  else if (dy > 0) text += `\u001b[${dy}B`;
  return send(stream, text, callback);
}

const clearLine = (stream, dir, callback) => send(stream, dir < 0 ? '\u001b[1K' : dir > 0 ? '\u001b[0K' : '\u001b[2K', callback);
const clearScreenDown = (stream, callback) => send(stream, '\u001b[0J', callback);

/** Makes a stream emit 'keypress'. */
function emitKeypressEvents(stream) {
  const decoder = new StringDecoder('utf8');
  const onData = (chunk) => {
    if (stream.listenerCount('keypress') === 0) return;
    for (const [data, key] of keysOf(decoder.write(chunk))) stream.emit('keypress', data, key);
  };
  stream.on('data', onData);
}

module.exports = {
  Interface,
  clearLine,
  clearScreenDown,
  createInterface,
  cursorTo,
  emitKeypressEvents,
  moveCursor,
};
Object.defineProperty(module.exports, 'promises', { configurable: true, enumerable: true, get: () => require('./readline/promises') });
