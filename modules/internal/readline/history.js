'use strict';
// The lines that were entered, newest first (Node documentation: rl.history, options historySize and
// removeHistoryDuplicates). A text of several lines is one entry: its lines in reverse order with "\r" between them, which
// is also how a history file keeps it, one entry a line.

const toEntry = (line) => (line.includes('\n') ? line.split('\n').reverse().join('\r') : line);
const fromEntry = (entry) => (entry.includes('\r') ? entry.split('\r').reverse().join('\n') : entry);

class History {
  /** @type {string[]} */
  history;
  /** Where Up and Down stand; -1: at the line that is being entered. */
  index = -1;
  size;
  removeHistoryDuplicates;
  /** Whether a file is being written (internal/repl/history_file.js). */
  isFlushing = false;
  #rl;

  constructor(rl, options) {
    this.#rl = rl;
    this.history = options.history ?? [];
    this.size = options.historySize ?? 30;
    this.removeHistoryDuplicates = Boolean(options.removeHistoryDuplicates);
  }

  /** @param {string} line @returns {string} the line */
  add(line, lastEntryStays = true) {
    this.index = -1;
    if (line.length === 0 || this.size === 0 || line.trim().length === 0) return line;
    if (!lastEntryStays) this.history.shift();
    const entry = toEntry(line);
    if (this.history.length === 0 || this.history[0] !== entry) {
      if (this.removeHistoryDuplicates) {
        const at = this.history.indexOf(entry);
        if (at !== -1) this.history.splice(at, 1);
      }
      this.history.unshift(entry);
      if (this.history.length > this.size) this.history.pop();
    }
    this.#rl.emit('history', this.history);
    return line;
  }

  /**
   * The next entry in a direction that begins as `search` does.
   * @param {1 | -1} step 1: older
   * @param {string} search
   * @param {string} line what is shown
   * @returns {string | undefined} undefined: there is none in this direction
   */
  move(step, search, line) {
    const { history } = this;
    if (step === 1 ? this.index >= history.length || history.length === 0 : this.index < 0) return undefined;
    let index = this.index + step;
    while (index >= 0 && index < history.length) {
      const text = fromEntry(history[index]);
      if (text.startsWith(search) && text !== line) break;
      index += step;
    }
    this.index = index;
    return index < 0 || index >= history.length ? search : fromEntry(history[index]);
  }
}

module.exports = { History, toEntry, fromEntry };
