'use strict';
// package.json files, each read once (Node documentation: Modules: Packages).
const files = require('./files');
const store = require('./store');

/** directory → its package, or null */
const packages = new Map();
/** directory → the nearest package at or above it, or null */
const nearest = new Map();
/** directory → its type, where the generation keeps its code */
const types = new Map();

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
    // What a program does to Object.prototype is not in the file.
    data = typeof data === 'object' && data !== null ? Object.setPrototypeOf(data, null) : {};
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
  const result = typeof kept === 'string' ? ofRecord(kept) : search(directory);
  nearest.set(directory, result);
  return result;
}

/** What the store keeps of a folder: "type:path of its package.json", or "none:" */
const recordOf = (pkg) => (pkg === null ? 'none:' : `${pkg.type}:${pkg.path}`);
function ofRecord(record) {
  const path = record.slice(record.indexOf(':') + 1);
  return path === '' ? null : read(parentOf(path));
}

/** The package of a folder as the disk has it, or as a sibling has seen it. */
function search(directory) {
  let result = null;
  for (let at = directory; ; at = parentOf(at)) {
    if (at.endsWith('/node_modules')) break;
    result = read(at);
    if (result !== null || at === '') break;
  }
  if (!store.kept()) return result;
  const record = recordOf(result);
  const first = store.settle(store.SCOPE, directory, record);
  return first === record ? result : ofRecord(first);
}

/** @returns {'module' | 'commonjs' | 'none'} what the nearest package.json says of .js files */
function typeOf(path) {
  if (!store.kept()) return scopeOf(path)?.type ?? 'none';
  const directory = parentOf(path);
  let type = types.get(directory);
  if (type === undefined) {
    const kept = store.find(store.SCOPE, directory); // no package.json need be parsed for it
    type = typeof kept === 'string' ? kept.slice(0, kept.indexOf(':')) : scopeOf(path)?.type ?? 'none';
    types.set(directory, type);
  }
  return type;
}

module.exports = { read, scopeOf, typeOf };
