'use strict';
// Source maps (ECMA-426; Node documentation: module.SourceMap): where a place of generated code comes from.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const values = new Map(Array.from(DIGITS, (digit, i) => [digit.charCodeAt(0), i]));

/** Reads the numbers of one segment: base 64, five bits a digit, the lowest of a number its sign. */
function segmentOf(text) {
  const numbers = [];
  let value = 0;
  let shift = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = values.get(text.charCodeAt(i));
    if (digit === undefined) throw new SyntaxError(`Unexpected character in a source map: ${text[i]}`);
    value += (digit & 31) * 2 ** shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value % 2 === 0 ? value / 2 : value === 1 ? -(2 ** 31) : -Math.floor(value / 2));
    value = 0;
    shift = 0;
  }
  return numbers;
}

/** @returns {[number, number, string?, number?, number?, string?][]} line, column, source and its line, column, name; sorted */
function decode(payload, baseLine = 0, baseColumn = 0, entries = []) {
  if (payload.sections !== undefined) {
    for (const { map, offset: { line, column } } of payload.sections) decode(map, baseLine + line, baseColumn + column, entries);
    return entries;
  }
  const root = payload.sourceRoot ? `${payload.sourceRoot.replace(/\/$/, '')}/` : '';
  let [source, line, column, name] = [0, 0, 0, 0];
  payload.mappings.split(';').forEach((text, generatedLine) => {
    let generatedColumn = 0;
    for (const segment of text.split(',')) {
      if (segment === '') continue;
      const [step, toSource, toLine, toColumn, toName] = segmentOf(segment);
      generatedColumn += step;
      const entry = [baseLine + generatedLine, generatedColumn + (generatedLine === 0 ? baseColumn : 0)];
      if (toSource !== undefined) {
        source += toSource;
        line += toLine;
        column += toColumn;
        entry.push(root + payload.sources[source], line, column);
        if (toName !== undefined) {
          name += toName;
          entry.push(payload.names?.[name]);
        }
      }
      entries.push(entry);
    }
  });
  return entries;
}

const order = (a, b) => a[0] - b[0] || a[1] - b[1];

class SourceMap {
  #payload;
  #entries;
  #lineLengths;

  /**
   * @param {object} payload a source map, version 3
   * @param {{lineLengths?: number[]}} [options]
   */
  constructor(payload, { lineLengths } = { __proto__: null }) {
    require('./validators').validateObject(payload, 'payload');
    this.#payload = structuredClone(payload);
    this.#lineLengths = lineLengths === undefined ? undefined : [...lineLengths];
  }

  get payload() { return structuredClone(this.#payload); }
  get lineLengths() { return this.#lineLengths && [...this.#lineLengths]; }

  /**
   * @param {number} line of the generated code, from 0
   * @param {number} column from 0
   * @returns {object} the entry at or before that place; {} without
   */
  findEntry(line, column) {
    this.#entries ??= decode(this.#payload).sort(order);
    const entries = this.#entries;
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (order(entries[middle], [line, column]) <= 0) low = middle + 1;
      else high = middle;
    }
    const entry = entries[low - 1];
    if (entry === undefined) return {};
    const [generatedLine, generatedColumn, originalSource, originalLine, originalColumn, name] = entry;
    return { generatedLine, generatedColumn, originalSource, originalLine, originalColumn, name };
  }

  /**
   * The same as an error's stack counts.
   * @param {number} lineNumber from 1
   * @param {number} columnNumber from 1
   */
  findOrigin(lineNumber, columnNumber) {
    const entry = this.findEntry(lineNumber - 1, columnNumber - 1);
    if (entry.originalSource === undefined || entry.originalLine === undefined || entry.originalColumn === undefined) return {};
    return {
      name: entry.name,
      fileName: entry.originalSource,
      lineNumber: entry.originalLine + lineNumber - entry.generatedLine,
      columnNumber: entry.originalColumn + columnNumber - entry.generatedColumn,
    };
  }
}

module.exports = { SourceMap };
