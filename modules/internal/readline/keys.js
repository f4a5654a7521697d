'use strict';
// Terminal input to key presses (Node documentation: readline.emitKeypressEvents). A terminal sends a key as one character
// or as a sequence that begins with ESC; which one it is can be open until the next chunk comes, or until the time for it
// is over: then the ESC was the key itself. What is undecided waits in `rest`.

/** The names of keys by what follows ESC: "O" or "[", perhaps a number, the last character. */
const names = { __proto__: null };
const name = (key, ...codes) => { for (const code of codes) names[code] = key; };
['up', 'down', 'right', 'left', 'clear'].forEach((key, i) => {
  const letter = 'ABCDE'[i];
  name(key, `[${letter}`, `O${letter}`, `[${letter.toLowerCase()}`, `O${letter.toLowerCase()}`);
});
name('end', '[F', 'OF', '[4~', '[8~', '[8$', '[8^');
name('home', '[H', 'OH', '[1~', '[7~', '[7$', '[7^');
name('insert', '[2~', '[2$', '[2^');
name('delete', '[3~', '[3$', '[3^');
name('pageup', '[5~', '[[5~', '[5$', '[5^');
name('pagedown', '[6~', '[[6~', '[6$', '[6^');
name('tab', '[Z');
name('paste-start', '[200~');
name('paste-end', '[201~');
['P', 'Q', 'R', 'S'].forEach((letter, i) => name(`f${i + 1}`, `O${letter}`, `[${letter}`, `[${11 + i}~`));
['A', 'B', 'C', 'D', 'E'].forEach((letter, i) => name(`f${i + 1}`, `[[${letter}`));
[15, 17, 18, 19, 20, 21, 23, 24].forEach((number, i) => name(`f${5 + i}`, `[${number}~`));

const withShift = /^(\[[a-eZ]|\[\d\$)$/;
const withControl = /^(O[a-e]|\[\d\^)$/;

const characters = { '\r': 'return', '\n': 'enter', '\t': 'tab', '\b': 'backspace', '\x7f': 'backspace', ' ': 'space' };

const sequence = /^\x1b\x1b?(?:O(\d?)([^\d])|\[(\[?)(\d{0,3})(?:;(\d*))?([^\d;]|(?<=\d{3})\d))/;
const undecided = /^\x1b\x1b?(?:O\d?|\[\[?\d{0,3}(?:;\d*)?)?$/;

function keyOf(sequenceText) {
  return { sequence: sequenceText, name: undefined, ctrl: false, meta: false, shift: false };
}

/** The key of a whole escape sequence. @param {RegExpExecArray} match */
function keyOfSequence(match) {
  const [text, oModifier, oLetter, bracket, number, second, last] = match;
  const key = keyOf(text);
  let modifier;
  if (oLetter !== undefined) {
    key.code = `O${oLetter}`;
    modifier = oModifier;
  } else if (/[A-Za-z]/.test(last)) {
    // A letter: the number before it is its modifier, or comes before it.
    const known = /^\d?$/.test(number) && /^\d?$/.test(second ?? '');
    key.code = known ? `[${bracket}${last}` : `[${bracket}${number}${second === undefined ? '' : `;${second}`}${last}`;
    modifier = known ? second ?? number : undefined;
  } else {
    key.code = `[${bracket}${number}${last}`;
    modifier = second;
  }
  const bits = (Number(modifier) || 1) - 1;
  key.ctrl = (bits & 4) !== 0 || withControl.test(key.code);
  key.meta = (bits & 10) !== 0;
  key.shift = (bits & 1) !== 0 || withShift.test(key.code);
  key.name = names[key.code] ?? 'undefined';
  return key;
}

/** The key of a character, perhaps with ESC before it. */
function keyOfCharacter(text, character) {
  const key = keyOf(text);
  const escaped = text.length > character.length;
  if (characters[character] !== undefined) {
    key.name = characters[character];
    key.meta = escaped;
  } else if (character === '\x1b') {
    key.name = 'escape';
    key.meta = escaped;
  } else if (!escaped && character <= '\x1a') {
    key.name = String.fromCharCode(character.charCodeAt(0) + 96);
    key.ctrl = true;
  } else if (/^[0-9A-Za-z]$/.test(character)) {
    key.name = character.toLowerCase();
    key.shift = /[A-Z]/.test(character);
    key.meta = escaped;
  } else if (escaped) {
    key.meta = true;
  }
  return key;
}

class KeyParser {
  /** What may still become another key. */
  rest = '';
  #emit;

  /** @param {(text: string | undefined, key: object) => void} emit */
  constructor(emit) { this.#emit = emit; }

  #tell(text, key) {
    const escaped = text[0] === '\x1b';
    if (key.name !== undefined || escaped) this.#emit(escaped ? undefined : text, key);
    else this.#emit(text, key);
  }

  /** @param {string} character one code point */
  push(character) {
    this.rest += character;
    if (this.rest[0] !== '\x1b') {
      const text = this.rest;
      this.rest = '';
      this.#tell(text, keyOfCharacter(text, text));
      return;
    }
    if (undecided.test(this.rest)) return;
    const text = this.rest;
    const match = sequence.exec(text);
    this.rest = '';
    if (match !== null) this.#tell(text, keyOfSequence(match));
    else this.#tell(text, keyOfCharacter(text, character));
  }

  /** The time is over: what is there was all. */
  flush() {
    const text = this.rest;
    this.rest = '';
    if (text === '') return;
    const key = keyOf(text);
    key.meta = true;
    key.name = text.endsWith('\x1b') ? 'escape' : 'undefined';
    this.#tell(text, key);
  }
}

module.exports = { KeyParser };
