'use strict';
// Tab (Node documentation: readline, "Use of the completer function"): the first one puts in what all completions have
// in common, the second one shows them in columns. An empty string among them is an empty line between groups.
const { load } = require('../loader/builtins');

/** @param {string[]} texts @returns {string} what all begin with */
function commonPrefix(texts) {
  if (texts.length === 0) return '';
  const sorted = [...texts].sort();
  const first = sorted[0];
  const last = sorted.at(-1);
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  return first.slice(0, length);
}

/** @param {string[]} completions @param {number} columns of the terminal @returns {string} */
function table(completions, columns) {
  const { getStringWidth } = load('util');
  const widths = completions.map((one) => getStringWidth(one));
  const cell = Math.max(...widths) + 2; // two spaces between them
  const perRow = columns === Infinity ? 1 : Math.floor(columns / cell) || 1;
  let text = '\r\n';
  let inRow = 0;
  let space = 0;
  completions.forEach((completion, i) => {
    if (completion === '' || inRow === perRow) {
      text += '\r\n';
      inRow = 0;
      space = 0;
    } else {
      text += ' '.repeat(space);
    }
    if (completion === '') {
      text += '\r\n';
    } else {
      text += completion;
      space = cell - widths[i];
      inRow++;
    }
  });
  return inRow === 0 ? text : `${text}\r\n\r\n`;
}

function use(rl, again, [completions, completed]) {
  if (!completions || completions.length === 0) return;
  const prefix = commonPrefix(completions.filter((one) => one !== ''));
  if (prefix.startsWith(completed) && prefix.length > completed.length) {
    rl._insertString(prefix.slice(completed.length));
    return;
  }
  if (!completed.startsWith(prefix)) {
    rl._beforeEdit(rl.line, rl.cursor);
    const from = rl.cursor - completed.length;
    rl._edit(rl.line.slice(0, from) + prefix + rl.line.slice(rl.cursor), from + prefix.length);
    return;
  }
  if (!again) return;
  rl._beforeEdit(rl.line, rl.cursor);
  rl._writeToOutput(table(completions, rl.columns));
  rl.prevRows = 0;
  rl._refreshLine();
}

/** Asks a completer, of either kind. @param {(error: any, result?: [string[], string]) => void} done */
function ask(rl, text, done) {
  const { completer } = rl;
  if (completer.length >= 2 || rl._completesByCallback) {
    completer.call(rl, text, done);
    return;
  }
  const answer = completer.call(rl, text);
  if (typeof answer?.then === 'function') answer.then((result) => done(null, result), done);
  else done(null, answer);
}

/** @param {boolean} again the key before was Tab as well */
function complete(rl, again) {
  rl.pause();
  ask(rl, rl.line.slice(0, rl.cursor), (error, result) => {
    if (rl.closed) return;
    rl.resume();
    if (error) rl._writeToOutput(`Tab completion error: ${load('util').inspect(error)}`);
    else use(rl, again, result);
  });
}

module.exports = { ask, complete, commonPrefix };
