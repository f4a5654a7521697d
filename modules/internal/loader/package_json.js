'use strict';
// package.json files, each read once (Node documentation: Modules: Packages).
const files = require('./files');
const store = require('./store');

/** directory → its package, or null */
const packages = new Map();
/** directory → the nearest package at or above it, or null */
const nearest = new Map();

/**
 * @param {string} directory without a trailing slash
 * @param {string} [base] who asks, for the message
 * @returns {{directory: string, path: string, name?: string, main?: string, type: string, exports: any, imports: any} | null}
 */
function read(directory, base) {
  const known = packages.get(directory);
  if (known !== undefined) return known;
  const path = `${directory}/package.json`;
  const text = files.readOptional(path);
  let result = null;
  if (text !== undefined) {
    let data;
    try {
      data = JSON.parse(text);
    } catch (error) {
      const { codes: { ERR_INVALID_PACKAGE_CONFIG } } = require('../errors');
      throw new ERR_INVALID_PACKAGE_CONFIG(path, base, error.message);
    }
    data ??= {};
    result = {
      directory,
      path,
      name: typeof data.name === 'string' ? data.name : undefined,
      main: typeof data.main === 'string' ? data.main : undefined,
      type: data.type === 'module' || data.type === 'commonjs' ? data.type : 'none',
      exports: data.exports,
      imports: data.imports !== null && typeof data.imports === 'object' && !Array.isArray(data.imports) ? data.imports : undefined,
    };
  }
  packages.set(directory, result);
  return result;
}

const parentOf = (directory) => directory.slice(0, directory.lastIndexOf('/'));

/**
 * The package that a file belongs to.
 * @param {string} path of the file
 */
function scopeOf(path) {
  const directory = parentOf(path);
  const known = nearest.get(directory);
  if (known !== undefined) return known;
  const kept = store.kept() ? store.find(store.SCOPE, directory) : undefined;
  if (typeof kept === 'string') {
    const result = kept === '' ? null : read(kept);
    nearest.set(directory, result);
    return result;
  }
  let result = null;
  for (let at = directory; ; at = parentOf(at)) {
    if (at.endsWith('/node_modules')) break;
    result = read(at);
    if (result !== null || at === '') break;
  }
  if (store.kept()) {
    const owner = result === null ? '' : result.directory;
    const first = store.settle(store.SCOPE, directory, owner);
    if (first !== owner) result = first === '' ? null : read(first);
  }
  nearest.set(directory, result);
  return result;
}

/** @returns {'module' | 'commonjs' | 'none'} what the nearest package.json says of .js files */
function typeOf(path) {
  return scopeOf(path)?.type ?? 'none';
}

module.exports = { read, scopeOf, typeOf };
