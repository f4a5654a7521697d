'use strict';
// What a URL holds, and how an engine module is made of it: source text, JSON, a CommonJS module, a built-in module.
const binding = internalBinding('esm');
const { compileModule } = require('./compile_cache');
const { textOf } = require('./hooks');
const builtins = require('./builtins');
const files = require('./files');
const packages = require('./package_json');
const { decorate } = require('./arrow');
const sourceMaps = require('../source_maps');
const { urlToPath } = require('./file_url');

const errors = () => require('../errors').codes;

const dataFormats = {
  '__proto__': null,
  'text/javascript': 'module',
  'application/javascript': 'module',
  'application/json': 'json',
  'application/wasm': 'wasm',
};

/** The types of import attributes, and the formats that need them. */
const types = { __proto__: null, json: 'json' };
const isType = (type) => types[type] !== undefined;
const typeOfFormat = (format) => (types[format] !== undefined ? format : undefined);

/** format of data: URLs; undefined where the type is unknown */
const dataFormat = (url) => dataFormats[/^data:([^,;]*)/.exec(url)?.[1].trim().toLowerCase()];

function unknownFormat(format, url) {
  const { ERR_UNKNOWN_MODULE_FORMAT } = errors();
  return new ERR_UNKNOWN_MODULE_FORMAT(format, url);
}

function readData(url) {
  const match = /^data:([^,;]*)([^,]*),([^]*)$/.exec(url.replace(/#.*$/, ''));
  if (match === null) {
    const { ERR_INVALID_URL } = errors();
    throw new ERR_INVALID_URL(url);
  }
  const format = dataFormat(url);
  if (format === undefined) throw unknownFormat(match[1] || 'null', url);
  const text = decodeURIComponent(match[3]);
  const bytes = Buffer.from(text, /;base64\s*$/i.test(match[2]) ? 'base64' : 'utf8');
  return { format, source: format === 'wasm' ? bytes : bytes.toString() };
}

function extensionOf(path) {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot) : '';
}

/** By the name of a file and its package: undefined where its text decides, null where nothing does. */
function formatOfPath(path) {
  switch (extensionOf(path)) {
    case '.mjs': return 'module';
    case '.cjs': return 'commonjs';
    case '.json': return 'json';
    case '.wasm': return 'wasm';
    case '.node': return 'addon';
    case '.js':
    case '': {
      const type = packages.typeOf(path);
      return type === 'none' ? undefined : type;
    }
    case '.ts':
    case '.mts':
    case '.cts': return typeScriptFormat(path);
    default: return null;
  }
}

function typeScriptFormat(path) {
  const { formats, isTypeScript } = require('./typescript');
  const extension = extensionOf(path);
  if (!isTypeScript(extension)) return null;
  if (extension !== '.ts') return formats[extension];
  const type = packages.typeOf(path);
  return type === 'none' ? undefined : `${type}-typescript`;
}

/** A file without an extension may be WebAssembly. */
function isWasm(path) {
  return extensionOf(path) === '' && require('../../node/fs').readFileSync(path).subarray(0, 4).equals(Buffer.from('\0asm'));
}

/** What resolve hooks are told. @returns {string | undefined} */
function guess(url) {
  if (url.startsWith('node:')) return 'builtin';
  if (url.startsWith('data:')) return dataFormat(url);
  return url.startsWith('file:') ? formatOfPath(urlToPath(url)) ?? undefined : undefined;
}

function unknownExtension(path) {
  const { ERR_UNKNOWN_FILE_EXTENSION } = errors();
  return new ERR_UNKNOWN_FILE_EXTENSION(extensionOf(path), path);
}

function detect(source, path) {
  const { formatOf } = require('./syntax');
  if (extensionOf(path) !== '.ts') return formatOf(source, path);
  return `${formatOf(require('./typescript').stripModule(source, path), path)}-typescript`;
}

function readFile(url, given) {
  const path = urlToPath(url);
  let format = given ?? formatOfPath(path);
  if (format === null) throw unknownExtension(path);
  if ((format === undefined || format === 'module') && isWasm(path)) format = 'wasm';
  if (format === 'wasm') return { format, source: require('../../node/fs').readFileSync(path) };
  if (format === 'addon') throw unknownExtension(path);
  const source = files.read(path);
  return { format: format ?? detect(source, path), source };
}

/**
 * @param {string} url
 * @param {string} [format] where a hook has said it
 * @returns {{format: string, source?: string | Buffer}}
 */
function readURL(url, format) {
  if (url.startsWith('file:')) return readFile(url, format);
  if (url.startsWith('node:')) return { format: 'builtin', source: undefined };
  if (url.startsWith('data:')) return readData(url);
  const { ERR_UNSUPPORTED_ESM_URL_SCHEME } = errors();
  throw new ERR_UNSUPPORTED_ESM_URL_SCHEME(new URL(url), ['file', 'data', 'node']);
}

/** What load hooks have returned, as `read` gives it. */
function fromHooks(url, { format, source }) {
  if (format === undefined || format === null) {
    if (url.startsWith('file:')) format = formatOfPath(urlToPath(url)) ?? undefined;
    if (format === undefined) format = require('./syntax').formatOf(textOf(source), url);
  }
  switch (format) {
    case 'builtin':
      return { format, source: undefined };
    case 'wasm':
      return { format, source: Buffer.isBuffer(source) ? source : Buffer.from(source) };
    case 'commonjs':
    case 'module':
    case 'json':
    case 'module-typescript':
    case 'commonjs-typescript':
      return { format, source: textOf(source) ?? undefined };
    default:
      throw unknownFormat(format, url);
  }
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
  const shared = record.url.startsWith('file:') && !/[?#]/.test(record.url) && record.realm.id === undefined;
  record.handle = binding.syntheticModule(record.url, ['default'], () => {
    if (shared) value = require('./cjs').shareJSON(urlToPath(record.url), value);
    binding.setExport(record.handle, 'default', value);
  });
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
  const filename = record.url.startsWith('file:') ? urlToPath(record.url) : record.url;
  const names = exportNames(filename, source ?? files.read(filename));
  names.delete('default');
  names.delete('module.exports');
  record.handle = binding.syntheticModule(record.url, [...names, 'default', 'module.exports'], () => {
    const exports = loadCommonJS(record.url, filename, source);
    const isObject = (typeof exports === 'object' && exports !== null) || typeof exports === 'function';
    for (const name of names) binding.setExport(record.handle, name, isObject ? read(exports, name) : undefined);
    binding.setExport(record.handle, 'default', exports);
    binding.setExport(record.handle, 'module.exports', exports);
  });
}

function loadCommonJS(url, filename, source) {
  return require('./cjs').loadFile(filename, url, source, require('./esm').isMain(url));
}

/** Sets record.handle; record.format becomes that of JavaScript. */
function makeHandle(record, source) {
  if (record.format.endsWith('typescript')) {
    const { plainFormat, stripModule } = require('./typescript');
    source = stripModule(source ?? files.read(urlToPath(record.url)), record.url);
    record.format = plainFormat(record.format);
  }
  switch (record.format) {
    case 'module':
      sourceMaps.note(record.url, source);
      try {
        record.handle = record.realm.id === undefined ? compileModule(source, record.url)
          : binding.compileModule(source, record.url, 0, 0, record.realm.id);
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
    case 'wasm':
      require('./esm_wasm').makeWasm(record, source);
      break;
    case 'commonjs':
      makeCommonJS(record, source);
      break;
    default:
      throw unknownFormat(record.format, record.url);
  }
}

module.exports = { read: readURL, fromHooks, guess, formatOfPath, makeHandle, extensionOf, isType, typeOfFormat };
