'use strict';
// Which files are test files (Node documentation: Running tests from the command line).
const platform = require('./platform');
const { toRegExp } = require('../glob_match');
const settings = require('../cli_settings');

function defaultPatterns() {
  const lists = ['{cjs,mjs,js}'];
  if (process.features.typescript && !settings.has('--no-strip-types') && !settings.has('--no-experimental-strip-types')) lists.push('{cts,mts,ts}');
  return lists.flatMap((ext) => [`**/test.${ext}`, `**/test/**/*.${ext}`, `**/test-*.${ext}`, `**/*[._-]test.${ext}`]);
}

function* walk(folder, prefix, skip) {
  let entries;
  try {
    entries = platform.fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const relative = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (skip(entry.name)) continue;
    const path = `${folder}/${entry.name}`;
    const directory = entry.isDirectory() || (entry.isSymbolicLink() && isDirectory(path));
    if (directory && !entry.isSymbolicLink()) yield* walk(path, relative, skip);
    else if (!directory) yield relative;
  }
}

function isDirectory(path) {
  try {
    return platform.fs.statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** A pattern's leading part without wildcards, and the rest. */
function split(pattern) {
  const parts = pattern.split('/');
  const at = parts.findIndex((part) => /[*?[\]{}()!+@]/.test(part));
  if (at === -1) return { base: pattern, rest: '' };
  return { base: parts.slice(0, at).join('/'), rest: parts.slice(at).join('/') };
}

function matching(pattern, cwd, skip) {
  const { path, fs } = platform;
  const whole = path.resolve(cwd, pattern);
  if (fs.existsSync(whole)) return [pattern];
  const { base, rest } = split(pattern);
  if (rest === '') return [];
  const folder = path.resolve(cwd, base === '' && pattern.startsWith('/') ? '/' : base);
  const expression = toRegExp(rest);
  const out = [];
  const prefix = base === '' ? (pattern.startsWith('/') ? '/' : '') : `${base}/`;
  for (const file of walk(folder, '', skip)) if (expression.test(file)) out.push(prefix + file);
  return out;
}

/** @param {string[]} [patterns] @param {string} cwd @returns {string[]} paths as the patterns have them, sorted */
function findTestFiles(patterns, cwd) {
  const found = new Set();
  const byDefault = patterns === undefined || patterns.length === 0;
  const skip = byDefault ? (name) => name === 'node_modules' : (name) => name === 'node_modules' && !patterns.some((one) => one.includes('node_modules'));
  const all = byDefault ? undefined : patterns;
  if (all === undefined) {
    const expressions = defaultPatterns().map((pattern) => toRegExp(pattern));
    for (const file of walk(cwd, '', skip)) if (expressions.some((one) => one.test(file))) found.add(file);
  } else {
    for (const pattern of all) for (const file of matching(pattern, cwd, skip)) found.add(file);
  }
  return [...found].sort();
}

module.exports = { defaultPatterns, findTestFiles };
