'use strict';
// console.table: rows in a box, drawn with line characters.

const util = require('../node/util');
const { validateArray } = require('./validators');
const types = require('./types');

function cell(value) {
  const deep = value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 2 ? -1 : 0;
  return util.inspect(value, { maxArrayLength: 3, breakLength: Infinity, colors: false, depth: deep });
}

function renderRow(row, widths) {
  const cells = row.map((text, i) => ` ${text}${' '.repeat(widths[i] - util.getStringWidth(text) - 1)}`);
  return `\u2502${cells.join('\u2502')}\u2502\n`;
}

/** @param {string[]} head @param {string[][]} columns @returns {string} */
function render(head, columns) {
  const height = Math.max(0, ...columns.map((column) => column.length));
  const rows = Array.from({ length: height }, (_, y) => columns.map((column) => column[y] ?? ''));
  const widths = head.map((text, x) => Math.max(util.getStringWidth(text), ...rows.map((row) => util.getStringWidth(row[x]))) + 2);
  const lines = widths.map((width) => '\u2500'.repeat(width));
  let out = `\u250c${lines.join('\u252c')}\u2510\n${renderRow(head, widths)}\u251c${lines.join('\u253c')}\u2524\n`;
  for (const row of rows) out += renderRow(row, widths);
  return `${out}\u2514${lines.join('\u2534')}\u2518`;
}

const INDEX = '(index)';
const ITERATION = '(iteration index)';
const KEY = 'Key';
const VALUES = 'Values';

function table(console_, data, properties) {
  if (data === null || typeof data !== 'object') {
    console_.log(data);
    return;
  }
  if (properties !== undefined) validateArray(properties, 'properties');
  if (types.isMap(data) || types.isMapIterator(data)) {
    const pairs = types.isMap(data) ? [...data] : entriesOf(data);
    if (pairs.length > 0 && pairs[0].length === 1) { // keys() or values()
      console_.log(render([ITERATION, VALUES], [pairs.map((_, i) => `${i}`), pairs.map(([value]) => cell(value))]));
      return;
    }
    console_.log(render([ITERATION, KEY, VALUES], [pairs.map((_, i) => `${i}`), pairs.map(([key]) => cell(key)), pairs.map(([, value]) => cell(value))]));
    return;
  }
  if (types.isSet(data) || types.isSetIterator(data)) {
    const values = types.isSet(data) ? [...data] : entriesOf(data).map(([value]) => value);
    console_.log(render([ITERATION, VALUES], [values.map((_, i) => `${i}`), values.map(cell)]));
    return;
  }
  const keys = Object.keys(data);
  const columns = new Map();
  const values = [];
  let hasValues = false;
  keys.forEach((key, row) => {
    const item = data[key];
    const primitive = item === null || (typeof item !== 'function' && typeof item !== 'object');
    if (primitive) {
      hasValues ||= properties === undefined;
      values[row] = cell(item);
      return;
    }
    for (const name of properties ?? Object.keys(item)) {
      if (!columns.has(name)) columns.set(name, []);
      columns.get(name)[row] = Object.hasOwn(item, name) ? cell(item[name]) : '';
    }
  });
  if (properties) for (const name of properties) if (!columns.has(name)) columns.set(name, []);
  const head = [INDEX, ...[...columns.keys()].map(String)];
  const body = [keys, ...columns.values()];
  if (hasValues) {
    head.push(VALUES);
    body.push(values);
  }
  for (const column of body) for (let i = 0; i < keys.length; i++) column[i] ??= '';
  console_.log(render(head, body));
}

/** Entries of a Map's or Set's iterator, which stays where it is. */
function entriesOf(iterator) {
  const [flat, keyValue] = internalBinding('util').previewEntries(iterator);
  if (!keyValue) return flat.map((value) => [value]);
  const pairs = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i], flat[i + 1]]);
  return pairs;
}

module.exports = { table };
