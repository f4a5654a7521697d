'use strict';
// Which key does what on a terminal (Node documentation: readline, "TTY keybindings"): one table for keys alone, one with
// Ctrl, one with Meta, one with Ctrl and Shift. What is in none of them is typed.
const cursor = require('./cursor');

const lineEnd = /\r\n|\n|\r(?!\n)|\u2028|\u2029/g;
const undoCharacter = '\x1f'; // Ctrl + -
const redoCharacter = '\x1e'; // Ctrl + 6

/** Ctrl-Z: the shell goes on; when the program comes back, the terminal is as it was. */
function suspend(rl) {
  if (rl.listenerCount('SIGTSTP') > 0) {
    rl.emit('SIGTSTP');
    return;
  }
  process.once('SIGCONT', () => {
    if (!rl.paused) {
      rl.pause();
      rl.emit('SIGCONT');
    }
    rl._setRawMode(true);
    rl._refreshLine();
  });
  rl._setRawMode(false);
  process.kill(process.pid, 'SIGTSTP');
}

const withControl = {
  __proto__: null,
  c(rl) {
    if (rl.listenerCount('SIGINT') > 0) {
      rl.emit('SIGINT');
      return;
    }
    rl._abortQuestion('Aborted with Ctrl+C');
    rl.close();
  },
  h: (rl) => rl._deleteLeft(),
  d(rl) {
    if (rl.cursor === 0 && rl.line.length === 0) {
      rl._abortQuestion('Aborted with Ctrl+D');
      rl.close();
    } else {
      rl._deleteRight();
    }
  },
  u: (rl) => rl._deleteLineLeft(),
  k: (rl) => rl._deleteLineRight(),
  a: (rl) => rl._moveCursor(-Infinity),
  e: (rl) => rl._moveCursor(Infinity),
  b: (rl) => rl._charLeft(),
  f: (rl) => rl._charRight(),
  l(rl) {
    cursor.cursorTo(rl.output, 0, 0);
    cursor.clearScreenDown(rl.output);
    rl._refreshLine();
  },
  n: (rl) => rl._historyNext(),
  p: (rl) => rl._historyPrev(),
  y: (rl) => rl._yank(),
  z: suspend,
  w: (rl) => rl._deleteWordLeft(),
  backspace: (rl) => rl._deleteWordLeft(),
  delete: (rl) => rl._deleteWordRight(),
  left: (rl) => rl._wordLeft(),
  right: (rl) => rl._wordRight(),
};

const withControlShift = {
  __proto__: null,
  backspace: (rl) => rl._deleteLineLeft(),
  delete: (rl) => rl._deleteLineRight(),
};

const withMeta = {
  __proto__: null,
  b: (rl) => rl._wordLeft(),
  f: (rl) => rl._wordRight(),
  d: (rl) => rl._deleteWordRight(),
  delete: (rl) => rl._deleteWordRight(),
  backspace: (rl) => rl._deleteWordLeft(),
  y: (rl) => rl._yankPop(),
};

const alone = {
  __proto__: null,
  return(rl) {
    rl._sawReturnAt = Date.now();
    rl._line();
  },
  // The second half of "\r\n" is no line of its own.
  enter(rl) {
    const isSecondHalf = rl._sawReturnAt !== 0 && Date.now() - rl._sawReturnAt <= rl.crlfDelay;
    rl._sawReturnAt = 0;
    if (!isSecondHalf) rl._line();
  },
  backspace: (rl) => rl._deleteLeft(),
  delete: (rl) => rl._deleteRight(),
  left: (rl) => rl._charLeft(),
  right: (rl) => rl._charRight(),
  home: (rl) => rl._moveCursor(-Infinity),
  end: (rl) => rl._moveCursor(Infinity),
  up: (rl) => rl._rowOrHistory(1),
  down: (rl) => rl._rowOrHistory(-1),
};

/** Typed, pasted or written: every line end in it enters a line. */
function type(rl, text) {
  if (typeof text !== 'string' || text === '') return;
  let from = 0;
  for (const match of text.matchAll(lineEnd)) {
    rl._insertString(text.slice(from, match.index));
    from = match.index + match[0].length;
    rl._line();
  }
  if (from < text.length) rl._insertString(text.slice(from));
}

/** Up and Down look for entries that begin as the line did when the first of them was pressed. */
function trackSearch(rl, key) {
  if ((key.name === 'up' || key.name === 'down') && !key.ctrl && !key.meta && !key.shift) {
    if (rl._search === null) rl._search = rl.line.slice(0, rl.cursor);
  } else if (rl._search !== null) {
    rl._search = null;
    if (rl.historyManager.index === rl.historyManager.history.length) rl.historyManager.index = -1;
  }
}

/** @param {object} rl @param {string} [text] @param {{ name?, sequence?, ctrl?, meta?, shift? }} key */
function write(rl, text, key) {
  const previous = rl._previousKey;
  rl._previousKey = key;
  if (!key.meta || key.name !== 'y') rl._yanked = key.ctrl && key.name === 'y' ? rl._yanked : -1;
  trackSearch(rl, key);
  if (typeof key.sequence === 'string') {
    if (key.sequence[0] === undoCharacter) return void rl._undoEdit();
    if (key.sequence[0] === redoCharacter) return void rl._redoEdit();
  }
  if (key.name === 'escape') return;
  if (key.ctrl && key.shift) return void withControlShift[key.name]?.(rl);
  if (key.ctrl) return void withControl[key.name]?.(rl);
  if (key.meta) return void withMeta[key.name]?.(rl);
  if (key.name === 'tab' && typeof rl.completer === 'function' && rl.isCompletionEnabled) {
    return void rl._tabComplete(previous?.name === 'tab');
  }
  if (alone[key.name] !== undefined) return void alone[key.name](rl);
  type(rl, text);
}

/** TERM=dumb: nothing can be moved or drawn anew. */
function writeDumb(text, key) {
  key ??= {};
  if (key.name === 'escape') return;
  if (key.ctrl && key.name === 'c') {
    if (this.listenerCount('SIGINT') > 0) this.emit('SIGINT');
    else this.close();
    return;
  }
  if (key.ctrl && key.name === 'd') {
    this.close();
    return;
  }
  if (!key.ctrl && !key.meta && (key.name === 'return' || key.name === 'enter')) {
    alone[key.name](this);
    return;
  }
  if (typeof text !== 'string' || text === '') return;
  this.line += text;
  this.cursor += text.length;
  this._writeToOutput(text);
}

module.exports = { write, writeDumb };
