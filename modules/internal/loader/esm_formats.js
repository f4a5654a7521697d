'use strict';
// What a URL holds, and how an engine module is made of it: source text, JSON, a CommonJS module, a built-in module.
const binding = internalBinding('esm');
const { compileModule } = require('./compile_cache');
const builtins = require('./builtins');
const files = require('./files');
const packages = require('./package_json');
const { decorate } = require('./arrow');
const { urlToPath } = require('./file_url');

const errors = () => require('../errors').codes;

const dataFormats = {
  '__proto__': null,
  'text/javascript': 'module',
  'application/javascript': 'module',
  'application/json': 'json',
  'application/wasm': 'wasm',
};

function formatOfData(url) {
  const match = /^data:([^,;]*)([^,]*),([^]*)$/.exec(url.replace(/#.*$/, ''));
  if (match === null) {
    const { ERR_INVALID_URL } = errors();
    throw new ERR_INVALID_URL(url);
  }
  const format = dataFormats[match[1].trim().toLowerCase()];
  if (format === undefined || format === 'wasm') {
    const { ERR_UNKNOWN_MODULE_FORMAT } = errors();
    throw new ERR_UNKNOWN_MODULE_FORMAT(match[1] || 'null', url);
  }
  const text = decodeURIComponent(match[3]);
  return { format, source: /;base64\s*$/i.test(match[2]) ? Buffer.from(text, 'base64').toString() : text };
}

function extensionOf(path) {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot) : '';
}

/** Of a .js file or one without an extension, whose package says nothing. */
function detect(path) {
  const source = files.read(path);
  return { format: require('./syntax').formatOf(source, path), source };
}

function formatOfFile(url) {
  const path = urlToPath(url);
  const extension = extensionOf(path);
  switch (extension) {
    case '.mjs': return { format: 'module', source: files.read(path) };
    case '.cjs': return { format: 'commonjs', source: files.read(path) };
    case '.json': return { format: 'json', source: files.read(path) };
    case '.js':
    case '': {
      const type = packages.typeOf(path);
      return type === 'none' ? detect(path) : { format: type, source: files.read(path) };
    }
    default: {
      const { ERR_UNKNOWN_FILE_EXTENSION } = errors();
      throw new ERR_UNKNOWN_FILE_EXTENSION(extension, path);
    }
  }
}

/**
 * @param {string} url
 * @param {string} [source] where it is known already
 * @returns {{format: 'module' | 'commonjs' | 'json' | 'builtin', source?: string}}
 */
function formatOf(url, source) {
  if (url.startsWith('node:')) return { format: 'builtin' };
  if (url.startsWith('data:')) return formatOfData(url);
  const known = formatOfFile(url);
  return source === undefined ? known : { format: known.format, source };
}

// ---- modules of each format ---------------------------------------------------------------------------------------------

function makeJSON(record, source) {
  let value;
  try {
    value = JSON.parse(source);
  } catch (error) {
    error.message = `${record.url.startsWith('file:') ? urlToPath(record.url) : record.url}: ${error.message}`;
    throw error;
  }
  record.handle = binding.syntheticModule(record.url, ['default'], () => binding.setExport(record.handle, 'default', value));
}

function makeBuiltin(record) {
  const exports = builtins.load(record.url);
  const isObject = (typeof exports === 'object' && exports !== null) || typeof exports === 'function';
  const names = isObject ? Object.keys(exports).filter((name) => name !== 'default') : [];
  record.sync = () => {
    for (const name of names) binding.setExport(record.handle, name, read(exports, name));
    binding.setExport(record.handle, 'default', exports);
  };
  record.handle = binding.syntheticModule(record.url, [...names, 'default'], record.sync);
}

/** A getter that throws exports undefined. */
function read(object, name) {
  try {
    return object[name];
  } catch {
    return undefined;
  }
}

/** @returns {Set<string>} the names that a CommonJS text seems to export, through its re-exports as well */
function exportNames(filename, source, names = new Set(), seen = new Set()) {
  seen.add(filename);
  let found;
  try {
    found = require('cjs-module-lexer').parse(source);
  } catch {
    return names;
  }
  for (const name of found.exports) names.add(name);
  for (const request of found.reexports) reexport(request, filename, names, seen);
  return names;
}

function reexport(request, filename, names, seen) {
  const { Module } = require('./cjs');
  try {
    const parent = { id: filename, filename, paths: Module._nodeModulePaths(filename.slice(0, filename.lastIndexOf('/')) || '/') };
    const target = Module._resolveFilename(request, parent, false);
    if (builtins.canRequire(target)) {
      for (const name of Object.keys(builtins.load(target))) names.add(name);
    } else if (!seen.has(target) && /(^|\/)[^.]*$|\.c?js$/.test(target)) {
      if (!target.endsWith('.cjs') && packages.typeOf(target) === 'module') return;
      exportNames(target, files.read(target), names, seen);
    }
  } catch { /* what cannot be found has no names; requiring it will say so */ }
}

function makeCommonJS(record, source) {
  const filename = urlToPath(record.url);
  const names = exportNames(filename, source);
  names.delete('default');
  record.handle = binding.syntheticModule(record.url, [...names, 'default'], () => {
    const exports = loadCommonJS(filename, source);
    const isObject = (typeof exports === 'object' && exports !== null) || typeof exports === 'function';
    for (const name of names) binding.setExport(record.handle, name, isObject ? read(exports, name) : undefined);
    binding.setExport(record.handle, 'default', exports);
  });
}

function loadCommonJS(filename, source) {
  const { Module, pendingSources } = require('./cjs');
  if (Module._cache[filename] === undefined) pendingSources.set(filename, source);
  try {
    return Module._load(filename, undefined, false);
  } finally {
    pendingSources.delete(filename);
  }
}

/** Sets record.handle. */
function makeHandle(record, source) {
  switch (record.format) {
    case 'module':
      try {
        record.handle = compileModule(source, record.url);
      } catch (error) {
        throw decorate(error);
      }
      record.source = source;
      break;
    case 'json':
      makeJSON(record, source);
      break;
    case 'builtin':
      makeBuiltin(record);
      break;
    default:
      makeCommonJS(record, source);
  }
}

module.exports = { formatOf, makeHandle, extensionOf };
