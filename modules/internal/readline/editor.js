'use strict';
// Editing a line on a terminal (Node documentation: readline, "TTY keybindings"). The line may have several rows, by its own
// length or by "\n" in it: `prevRows` is the row of the cursor when it was drawn last, from which the next drawing starts.
// Undo keeps whole lines, not changes: lines are short. Every edit goes through _beforeEdit.
const cursor = require('./cursor');
const { AbortError } = require('../errors');
const { load } = require('../loader/builtins');
const keys = require('./editor_keys');
const completion = require('./completion');

const maxUndo = 2048;
const maxKilled = 32;
const multilinePrompt = '| ';

const width = (text) => load('util').getStringWidth(text, false);
const isSurrogatePair = (text, at) => text.codePointAt(at) > 0xffff;
const lengthAfter = (text, at) => (at >= text.length ? 1 : isSurrogatePair(text, at) ? 2 : 1);
const lengthBefore = (text, at) => (at <= 0 ? 0 : at > 1 && isSurrogatePair(text, at - 2) ? 2 : 1);
const reversed = (text) => Array.from(text).reverse().join('');

function setUp(rl) {
  rl._undo = [];
  rl._redo = [];
  rl._killed = [];
  rl._yanked = -1; // which of _killed was put in last; -1: the last key was no yank
  rl._search = null; // what Up and Down look for
  rl.prevRows = 0;
  if (rl.terminal && process.env.TERM === 'dumb') rl._ttyWrite = keys.writeDumb.bind(rl);
}

const methods = {
  /** @returns {{ rows: number, cols: number }} where a cursor stands behind a text that begins in column 0 */
  _getDisplayPos(text) {
    const { columns } = this;
    let column = 0;
    let rows = 0;
    for (const character of text.includes('\x1b') ? load('util').stripVTControlCharacters(text) : text) {
      if (character === '\n') {
        rows += Math.ceil(column / columns) || 1;
        column = this._isMultiline || this.line.includes('\n') ? multilinePrompt.length : 0;
      } else if (character === '\t') {
        column += this.tabSize - (column % this.tabSize);
      } else {
        const wide = width(character);
        if (wide === 2 && (column + 1) % columns === 0) column++;
        column += wide;
      }
    }
    const cols = column % columns;
    return { rows: rows + (column - cols) / columns, cols };
  },

  /** Node documentation: rl.getCursorPos(). */
  getCursorPos() { return this._getDisplayPos(this._prompt + this.line.slice(0, this.cursor)); },
  _getCursorPos() { return this.getCursorPos(); },

  /** Draws prompt and line anew. */
  _refreshLine() {
    const end = this._getDisplayPos(this._prompt + this.line);
    const at = this.getCursorPos();
    if (this.prevRows > 0) cursor.moveCursor(this.output, 0, -this.prevRows);
    cursor.cursorTo(this.output, 0);
    cursor.clearScreenDown(this.output);
    const [first, ...rest] = this.line.split('\n');
    this._writeToOutput(`${this._prompt}${first}`);
    for (const row of rest) this._writeToOutput(`\r\n${multilinePrompt}${row}`);
    if (end.cols === 0) this._writeToOutput(' ');
    cursor.cursorTo(this.output, at.cols);
    if (end.rows > at.rows) cursor.moveCursor(this.output, 0, at.rows - end.rows);
    this.prevRows = at.rows;
  },

  _edit(line, position) {
    this.line = line;
    this.cursor = position;
    this._refreshLine();
  },

  _beforeEdit(line, position) {
    this._undo.push({ line, cursor: position });
    if (this._undo.length > maxUndo) this._undo.shift();
    this._redo = [];
  },

  _insertString(text) {
    this._beforeEdit(this.line, this.cursor);
    if (this.cursor < this.line.length) {
      this._edit(this.line.slice(0, this.cursor) + text + this.line.slice(this.cursor), this.cursor + text.length);
      return;
    }
    const before = this.getCursorPos();
    this.line += text;
    this.cursor += text.length;
    if (before.rows < this.getCursorPos().rows) this._refreshLine();
    else this._writeToOutput(text);
  },

  /** Takes out what is between two places; the cursor is at the first of them afterwards. */
  _cut(from, to) {
    if (from >= to) return '';
    this._beforeEdit(this.line, this.cursor);
    const text = this.line.slice(from, to);
    this._edit(this.line.slice(0, from) + this.line.slice(to), from);
    return text;
  },

  _moveCursor(distance) {
    if (distance === 0) return;
    const before = this.getCursorPos();
    this.cursor = Math.min(Math.max(this.cursor + distance, 0), this.line.length);
    const after = this.getCursorPos();
    if (before.rows === after.rows) cursor.moveCursor(this.output, after.cols - before.cols, 0);
    else this._refreshLine();
  },

  // ---- words --------------------------------------------------------------------------------------------------------
  _wordStart() { return this.cursor - /^\s*(?:[^\w\s]+|\w+)?/.exec(reversed(this.line.slice(0, this.cursor)))[0].length; },
  _wordLeft() { if (this.cursor > 0) this._moveCursor(this._wordStart() - this.cursor); },
  _wordRight() {
    if (this.cursor < this.line.length) this._moveCursor(/^(?:\s+|[^\w\s]+|\w+)\s*/.exec(this.line.slice(this.cursor))[0].length);
  },
  _deleteLeft() { this._cut(this.cursor - lengthBefore(this.line, this.cursor), this.cursor); },
  _deleteRight() {
    if (this.cursor < this.line.length) this._cut(this.cursor, this.cursor + lengthAfter(this.line, this.cursor));
  },
  _deleteWordLeft() { this._cut(this._wordStart(), this.cursor); },
  _deleteWordRight() {
    if (this.cursor >= this.line.length) return;
    this._cut(this.cursor, this.cursor + /^(?:\s+|\W+|\w+)\s*/.exec(this.line.slice(this.cursor))[0].length);
  },
  _charLeft() { this._moveCursor(-lengthBefore(this.line, this.cursor)); },
  _charRight() { this._moveCursor(lengthAfter(this.line, this.cursor)); },

  // ---- what was deleted comes back ------------------------------------------------------------------------------------
  _kill(text) {
    if (text === '' || text === this._killed[0]) return;
    this._killed.unshift(text);
    if (this._killed.length > maxKilled) this._killed.pop();
  },
  _deleteLineLeft() { this._kill(this._cut(0, this.cursor)); },
  _deleteLineRight() { this._kill(this._cut(this.cursor, this.line.length)); },
  _yank() {
    if (this._killed.length === 0) return;
    this._yanked = 0;
    this._insertString(this._killed[0]);
  },
  _yankPop() {
    if (this._yanked === -1 || this._killed.length < 2) return;
    const last = this._killed[this._yanked];
    this._yanked = (this._yanked + 1) % this._killed.length;
    const from = this.cursor - last.length;
    const text = this._killed[this._yanked];
    this._edit(this.line.slice(0, from) + text + this.line.slice(this.cursor), from + text.length);
  },
  _stepBack(from, to) {
    if (from.length === 0) return;
    to.push({ line: this.line, cursor: this.cursor });
    const { line, cursor: at } = from.pop();
    this._edit(line, at);
  },
  _undoEdit() { this._stepBack(this._undo, this._redo); },
  _redoEdit() { this._stepBack(this._redo, this._undo); },

  // ---- whole lines ----------------------------------------------------------------------------------------------------
  _addHistory() { return this.historyManager.add(this.line); },

  /** Node documentation: rl.line; the line goes, the cursor is in a row of its own. */
  clearLine() {
    this._moveCursor(Infinity);
    this._writeToOutput('\r\n');
    this.line = '';
    this.cursor = 0;
    this.prevRows = 0;
  },

  _line() {
    const line = this._addHistory();
    this._undo = [];
    this._redo = [];
    this.clearLine();
    this._onLine(line);
  },

  _historyStep(step) {
    const line = this.historyManager.move(step, this._search ?? '', this.line);
    if (line === undefined) return;
    this._beforeEdit(this.line, this.cursor);
    this._edit(line, line.length);
  },
  _historyPrev() { this._historyStep(1); },
  _historyNext() { this._historyStep(-1); },

  /** Up and Down: through the rows of a line that has several, then through the history. */
  _rowOrHistory(step) {
    const before = this.line.slice(0, this.cursor).split('\n');
    const rows = this.line.split('\n');
    const row = before.length - 1 - step;
    if (rows.length === 1 || row < 0 || row >= rows.length || this.historyManager.index !== -1) {
      this._historyStep(step);
      return;
    }
    const column = Math.min(before.at(-1).length, rows[row].length);
    this.cursor = rows.slice(0, row).reduce((sum, one) => sum + one.length + 1, column);
    this._refreshLine();
  },

  // ---- keys -----------------------------------------------------------------------------------------------------------
  _ttyWrite(text, key) { keys.write(this, text, key ?? {}); },
  _tabComplete(again) { completion.complete(this, again); },
  _abortQuestion(reason) {
    const reject = this._questionReject;
    this._questionReject = null;
    reject?.(new AbortError(reason));
  },
};

module.exports = { setUp, methods };
