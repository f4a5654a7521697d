'use strict';
// Terminal input to key presses.

const sequences = {
  '[A': 'up', '[B': 'down', '[C': 'right', '[D': 'left', '[E': 'clear', '[F': 'end', '[H': 'home', 'OA': 'up', 'OB': 'down', 'OC': 'right',
  'OD': 'left', 'OF': 'end', 'OH': 'home', '[1~': 'home', '[2~': 'insert', '[3~': 'delete', '[4~': 'end', '[5~': 'pageup', '[6~': 'pagedown',
  '[7~': 'home', '[8~': 'end', 'OP': 'f1', 'OQ': 'f2', 'OR': 'f3', 'OS': 'f4', '[15~': 'f5', '[17~': 'f6', '[18~': 'f7', '[19~': 'f8',
  '[20~': 'f9', '[21~': 'f10', '[23~': 'f11', '[24~': 'f12', '[Z': 'tab',
};
const control = { '\r': 'return', '\n': 'enter', '\t': 'tab', '\b': 'backspace', '\x7f': 'backspace', '\x1b': 'escape', ' ': 'space' };
const pattern = /\x1b(\[\d*(?:;(\d))?[A-HZ~]|\[\d+(?:;(\d))?~|O[A-Z])|\x1b?[\s\S]/gu;

/** @yields {[string|undefined, {sequence, name, ctrl, meta, shift}]} */
function* keysOf(text) {
  for (const match of text.matchAll(pattern)) {
    const [sequence] = match;
    const key = { sequence, name: undefined, ctrl: false, meta: false, shift: false };
    if (match[1] !== undefined) {
      const modifier = +(match[2] ?? match[3] ?? 1) - 1;
      key.ctrl = (modifier & 4) !== 0;
      key.meta = (modifier & 10) !== 0;
      key.shift = (modifier & 1) !== 0 || match[1] === '[Z';
      key.name = sequences[match[1].replace(/^\[1;\d/, '[').replace(/;\d/, '')] ?? 'undefined';
      yield [undefined, key];
      continue;
    }
    const char = sequence.length > 1 && sequence[0] === '\x1b' ? sequence.slice(1) : sequence;
    key.meta = char !== sequence;
    if (control[char] !== undefined) {
      key.name = control[char];
    } else if (char.charCodeAt(0) <= 26) {
      key.name = String.fromCharCode(char.charCodeAt(0) + 96);
      key.ctrl = true;
    } else if (/^[a-z0-9]$/i.test(char)) {
      key.name = char.toLowerCase();
      key.shift = /^[A-Z]$/.test(char);
    }
    yield [key.name !== undefined && key.meta ? undefined : char, key];
  }
}

module.exports = { keysOf };
