'use strict';
// Keys of a REPL on a terminal: the editor's mode has keys of its own, Ctrl-R and Ctrl-S search the history, and behind
// what is typed stands in grey what Tab would put in, under it what the text would give. What is grey goes before the next
// key does anything.
const cursor = require('../readline/cursor');
const { Interface } = require('../readline/interface');
const { ask, commonPrefix } = require('../readline/completion');
const { load } = require('../loader/builtins');

const grey = (text) => `\x1b[90m${text}\x1b[39m`;

class Preview {
  #server;
  #completion = '';
  #result = false;

  constructor(server) {
    this.#server = server;
  }

  /** Takes away what is grey. @param {object} key one that accepts the completion puts it in */
  clear(key) {
    const server = this.#server;
    if (this.#result) {
      const rows = this.#rowsBelow();
      cursor.moveCursor(server.output, 0, rows);
      cursor.clearLine(server.output);
      cursor.moveCursor(server.output, 0, -rows);
      this.#result = false;
    }
    if (this.#completion === '') return;
    const text = this.#completion;
    this.#completion = '';
    cursor.clearLine(server.output, 1);
    const accepts = !key.ctrl && !key.meta && (key.name === 'right' || key.name === 'end') || key.ctrl && key.name === 'e' ||
      key.ctrl && key.name === 'f';
    const enters = !key.ctrl && !key.meta && (key.name === 'return' || key.name === 'enter');
    if (accepts && server.cursor === server.line.length) server._insertString(text);
    else if (enters && server.cursor === server.line.length && this.#isKnown(server.line + text, server.line)) {
      server._insertString(text);
    }
  }

  /** Enter takes the completion only where what was typed means nothing. */
  #isKnown(completed, typed) {
    if (!/^[\w$.]+$/.test(typed)) return false;
    const isValue = (answer) => answer !== undefined && !answer.thrown;
    return isValue(this.#server._engine.evaluate(completed)) && !isValue(this.#server._engine.evaluate(typed));
  }

  #rowsBelow() {
    const server = this.#server;
    return server._getDisplayPos(server._prompt + server.line + this.#completion).rows - server.getCursorPos().rows + 1;
  }

  show() {
    const server = this.#server;
    if (server.closed || !server.isCompletionEnabled || server._held !== null || server.line.trim() === '' || server.line.includes('\n')) return;
    if (server.cursor === server.line.length) this.#showCompletion();
    if (server._buffered === '' && !server.line.trim().startsWith('.')) this.#showResult();
  }

  #showCompletion() {
    const server = this.#server;
    const { line } = server;
    ask(server, line, (error, answer) => {
      if (error || server.line !== line || !Array.isArray(answer)) return;
      const [completions, typed] = answer;
      if (!typed || completions.length === 0) return;
      const prefix = commonPrefix(completions.filter((one) => one !== ''));
      if (!prefix.startsWith(typed) || prefix.length <= typed.length) return;
      const text = prefix.slice(typed.length);
      const at = server.getCursorPos();
      if (server._getDisplayPos(server._prompt + line + text).rows !== at.rows) return;
      this.#completion = text;
      server.output.write(server.useColors ? grey(text) : ` // ${text}`);
      if (!server.useColors) this.#completion = text;
      cursor.cursorTo(server.output, at.cols);
    });
  }

  /** What is shown of a text's result; undefined: nothing. */
  #resultOf(text) {
    const { mistake } = require('./recoverable');
    let code = /^\s*\{/.test(text) && !/;\s*$/.test(text) ? `(${text.trim()})` : text;
    if (mistake(code) !== undefined) code = text;
    if (mistake(code) !== undefined) return undefined;
    const answer = this.#server._engine.evaluate(code);
    if (answer === undefined) return undefined;
    const value = answer.thrown ? answer.error : answer.value;
    if (value === undefined) return undefined;
    if (answer.thrown && typeof value === 'object' && value !== null && 'stack' in value) {
      const { name } = value;
      if (name === 'SyntaxError' || name === 'EvalError' || name === 'ReferenceError' && !this.#server.isStrict) return undefined;
      return `${name}: ${value.message}`;
    }
    return load('util').inspect(value, {
      ...this.#server.writer.options, colors: false, depth: 1, compact: true, breakLength: Infinity, maxArrayLength: 100,
    });
  }

  #showResult() {
    const server = this.#server;
    const text = `${server.line}${this.#completion}`;
    let shown = this.#resultOf(text);
    if (shown === undefined || shown === '' || shown === text.trim()) return;
    const columns = server.columns === Infinity ? 80 : server.columns;
    const limit = Math.min(columns, 250);
    [shown] = shown.split('\n');
    if (shown.length > limit) shown = `${shown.slice(0, limit - 3)}...`;
    const at = server.getCursorPos();
    const rows = this.#rowsBelow();
    this.#result = true;
    if (rows > 1) cursor.moveCursor(server.output, 0, rows - 1);
    server.output.write(`\n${server.useColors ? grey(shown) : `// ${shown}`}`);
    cursor.cursorTo(server.output, at.cols);
    cursor.moveCursor(server.output, 0, -rows);
  }
}

/** Ctrl-R backwards, Ctrl-S forwards through the history. */
class Search {
  #server;
  #active = false;
  #text = '';
  #step = 1;
  #at = -1;
  #before;

  constructor(server) { this.#server = server; }

  /** @returns {boolean} whether the key belongs to the search */
  key(text, key) {
    const server = this.#server;
    const starts = key.ctrl && !key.meta && (key.name === 'r' || key.name === 's');
    if (!this.#active && !starts) return false;
    if (starts) {
      const step = key.name === 'r' ? 1 : -1;
      if (!this.#active) {
        this.#active = true;
        this.#text = '';
        this.#at = server.historyManager.index;
        this.#before = { line: server.line, cursor: server.cursor };
      } else if (this.#text !== '') {
        this.#step = step;
        this.#find(this.#at + step);
        return true;
      }
      this.#step = step;
      this.#draw(false);
      return true;
    }
    if (key.name === 'backspace' || key.ctrl && (key.name === 'h' || key.name === 'w')) {
      this.#text = this.#text.slice(0, -1);
      this.#find(this.#step === 1 ? 0 : server.history.length - 1);
      return true;
    }
    if (typeof text === 'string' && text.length > 0 && !key.ctrl && !key.meta && text >= ' ' && text !== '\x7f') {
      this.#text += text;
      this.#find(Math.max(this.#at, 0));
      return true;
    }
    return this.#end(key);
  }

  #find(from) {
    const { history } = this.#server;
    for (let at = from; this.#text !== '' && at >= 0 && at < history.length; at += this.#step) {
      if (!history[at].includes(this.#text) || history[at] === this.#server.line && at !== this.#at) continue;
      this.#at = at;
      this.#server.line = history[at];
      this.#server.cursor = history[at].lastIndexOf(this.#text) + this.#text.length;
      this.#server.historyManager.index = at;
      this.#draw(false);
      return;
    }
    this.#draw(this.#text !== '');
  }

  #draw(failed) {
    const server = this.#server;
    server._refreshLine();
    const at = server.getCursorPos();
    const end = server._getDisplayPos(server._prompt + server.line);
    cursor.moveCursor(server.output, 0, end.rows - at.rows);
    server.output.write(`\n${failed ? 'failed-' : ''}${this.#step === 1 ? 'bck' : 'fwd'}-i-search: ${this.#text}_`);
    cursor.clearLine(server.output, 1);
    cursor.moveCursor(server.output, 0, -1 - (end.rows - at.rows));
    cursor.cursorTo(server.output, at.cols);
  }

  #end(key) {
    const server = this.#server;
    this.#active = false;
    const cancelled = key.name === 'escape' || key.ctrl && (key.name === 'c' || key.name === 'g');
    if (cancelled) {
      ({ line: server.line, cursor: server.cursor } = this.#before);
      server.historyManager.index = -1;
    }
    server._refreshLine();
    return cancelled;
  }
}

/** Keys while the editor is open. */
function editorKey(server, text, key, plain) {
  if (key.ctrl && !key.shift) {
    if (key.name === 'd') {
      server._leaveEditor();
      server._sawEnd = true;
      plain(text, { name: 'return' });
    } else if (key.name !== 'n' && key.name !== 'p') {
      plain(text, key);
    }
    return;
  }
  if (key.name === 'up' || key.name === 'down') return;
  if (key.name === 'tab' && /^\s*$/.test(server.line.slice(0, server.cursor))) {
    server._insertString('  ');
    return;
  }
  plain(text, key);
}

/** @param {object} server @param {{ preview?: boolean }} options */
function setUp(server, options) {
  const plain = (text, key) => Interface.prototype._ttyWrite.call(server, text, key);
  const wantsPreview = options.preview === undefined ? server.isDefaultEval : Boolean(options.preview);
  const preview = wantsPreview ? new Preview(server) : undefined;
  const search = new Search(server);
  server._ttyWrite = (text, key) => {
    key ??= {};
    if (server._held !== null && !(server.breakEvalOnSigint && key.ctrl && key.name === 'c')) {
      server._held.push(() => server._ttyWrite(text, key));
      return;
    }
    if (server.editorMode) {
      editorKey(server, text, key, plain);
      return;
    }
    if (key.ctrl && key.name === 'd' && server.cursor === 0 && server.line.length === 0) server.clearLine();
    preview?.clear(key);
    if (search.key(text, key)) return;
    plain(text, key);
    if (key.name !== 'escape') preview?.show();
  };
}

module.exports = { setUp };
