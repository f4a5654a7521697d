'use strict';
// The table of what was covered: a tree of folders and files, as wide as the terminal.
const platform = require('../platform');
const { colors } = require('./colors');

const HEADS = ['line %', 'branch %', 'funcs %'];
const KEYS = ['coveredLinePercent', 'coveredBranchPercent', 'coveredFunctionPercent'];
const LAST = 'uncovered lines';

const percent = (value) => value.toFixed(2);

/** Cuts the beginning or the end. */
const cutStart = (text, width) => (text.length > width ? `\u2026${text.slice(text.length - width + 1)}` : text);
const cutEnd = (text, width) => (text.length > width ? `${text.slice(0, Math.max(width - 1, 0))}\u2026` : text);

/** 5 6 7 9 → "5-7 9" */
function ranges(lines) {
  const out = [];
  for (let i = 0; i < lines.length; i++) {
    const from = lines[i];
    while (lines[i + 1] === lines[i] + 1) i++;
    out.push(from === lines[i] ? `${from}` : `${from}-${lines[i]}`);
  }
  return out.join(' ');
}

/** Rows of the tree, folders before what is in them. @returns {{ name: string, depth: number, file?: object }[]} */
function rowsOf(summary) {
  const top = new Map();
  for (const file of summary.files) {
    const parts = platform.path.relative(summary.workingDirectory, file.path).split(platform.path.sep);
    let node = top;
    for (const part of parts.slice(0, -1)) {
      if (!node.has(part)) node.set(part, new Map());
      node = node.get(part);
    }
    node.set(parts.at(-1), file);
  }
  const rows = [];
  const walk = (node, depth) => {
    for (const [name, value] of node) {
      if (value instanceof Map) {
        rows.push({ name, depth });
        walk(value, depth + 1);
      } else {
        rows.push({ name, depth, file: value });
      }
    }
  };
  walk(top, 0);
  return rows;
}

function uncoveredOf(file) {
  return ranges(file.lines.filter((line) => line.count === 0).map((line) => line.line));
}

/**
 * @param {string} prefix of each line, then `symbol`
 * @param {object} summary of 'test:coverage'
 * @param {string} tint colour of the whole
 * @returns {string}
 */
function coverageTable(prefix, summary, symbol, tint) {
  const color = tint ? colors() : { __proto__: null, red: '', yellow: '', green: '', white: '' };
  const rows = rowsOf(summary);
  const names = rows.map((row) => ' '.repeat(row.depth) + row.name);
  let first = Math.max('all files'.length, ...names.map((name) => name.length));
  const fixed = HEADS.map((head) => head.length);
  const missing = rows.map((row) => (row.file ? uncoveredOf(row.file) : ''));
  let last = Math.max(LAST.length, ...missing.map((text) => text.length));
  // The borders: " | " between five columns, and the prefix.
  const columns = (process.stdout.columns ?? Infinity);
  const taken = fixed.reduce((sum, width) => sum + width, 0) + 4 * 3 + 1;
  const room = columns - (prefix.length + symbol.length);
  if (room !== Infinity && first + last + taken > room) {
    first = Math.min(first, Math.max(Math.floor(room / 2), 'all files'.length));
    last = Math.max(room - first - taken, 1);
  }
  const line = (text) => `${prefix}${symbol}${text}\n`;
  const total = first + last + taken;
  const rule = '-'.repeat(Math.max(Math.min(total, room), 0));
  const cell = (text, i) => text.padStart(fixed[i]);
  const heads = HEADS.map((head) => (tint ? `${color.red}${head}${tint}` : head));
  let out = `${tint}${prefix}${symbol}start of coverage report\n`;
  out += line(rule) + line([cutStart('file', first).padEnd(first), ...heads, cutEnd(LAST, last)].join(' | ')) + line(rule);
  const paint = (text, value) => (tint ? `${tintOf(value, color)}${text}${tint}` : text);
  rows.forEach((row, i) => {
    const space = ' '.repeat(row.depth);
    const text = (space + cutStart(row.name, first - row.depth)).padEnd(first);
    if (row.file === undefined) {
      out += line([text, ...fixed.map((width) => paint(' '.repeat(width), 0)), ''].join(' | '));
      return;
    }
    const values = KEYS.map((key) => row.file[key]);
    const name = tint ? `${space}${paint(text.slice(row.depth), Math.min(...values.slice(0, 1)))}` : text;
    out += line([name, ...values.map((value, k) => paint(cell(percent(value), k), value)), cutEnd(missing[i], last)].join(' | '));
  });
  const totals = KEYS.map((key) => summary.totals[key]);
  out += line(rule);
  out += line(['all files'.padEnd(first), ...totals.map((value, k) => paint(cell(percent(value), k), value)), ''].join(' | '));
  out += line(rule);
  return `${out}${prefix}${symbol}end of coverage report\n${tint ? color.white : ''}`;
}

function tintOf(value, color) {
  if (value >= 90) return color.green;
  return value >= 50 ? color.yellow : color.red;
}

module.exports = { coverageTable };
