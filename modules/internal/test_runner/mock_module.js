'use strict';
// Mocks of modules (Node documentation: mock.module): while one is active, import() and require() of what it stands for get
// the mock. ES modules ask `replacement` (loader/esm.js), CommonJS goes through Module._load, which is replaced once.
const platform = require('./platform');
const builtins = require('../loader/builtins');
const settings = require('../cli_settings');
const { codes: { ERR_INVALID_ARG_VALUE, ERR_INVALID_STATE, ERR_INVALID_ARG_TYPE } } = require('../errors');
const { validateBoolean, validateObject } = require('../validators');

/** @type {Map<string, Mock>} URL, or the file that require() finds → what stands for it */
const active = new Map();
let lastId = 0;
let originalLoad = null;

class Mock {
  cached = null; // { exports } and a URL, where `cache` is set
  #restored = false;

  constructor(urls, { exports, cache, format }) {
    this.urls = urls;
    this.exports = exports;
    this.cache = cache;
    this.format = format;
    this.names = Object.keys(exports).filter((name) => name !== 'default');
    this.hasDefault = 'default' in exports;
    for (const url of urls) active.set(url, this);
  }

  /** What require() gives. */
  commonJS() {
    if (this.cache && this.cached !== null) return this.cached.exports;
    let value = this.hasDefault ? this.exports.default : {};
    if (this.names.length > 0) {
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
        throw new ERR_INVALID_STATE('Cannot create mock because named exports cannot be applied to the provided default export.');
      }
      for (const name of this.names) Object.defineProperty(value, name, Object.getOwnPropertyDescriptor(this.exports, name));
    } else if (!this.hasDefault) {
      value = {};
    }
    if (this.cache) this.cached = { exports: value };
    return value;
  }

  /** What import gives: names and values. */
  module() {
    if (this.format !== 'module' && this.format !== 'json') {
      const value = this.commonJS();
      return { names: [...this.names, 'default'], valueOf: (name) => (name === 'default' ? value : value[name]) };
    }
    return {
      names: this.hasDefault ? [...this.names, 'default'] : this.names,
      valueOf: (name) => this.exports[name],
    };
  }

  restore() {
    if (this.#restored) return;
    this.#restored = true;
    for (const url of this.urls) if (active.get(url) === this) active.delete(url);
  }
}

/** Node documentation: class MockModuleContext. */
class MockModuleContext {
  #mock;
  constructor(mock) { this.#mock = mock; }
  /** The real module is back. */
  restore() { this.#mock.restore(); }
}

/** For loader/esm_graph.js. @param {string} url @returns {{ url: string, format: string, names: string[], valueOf } | undefined} */
function replacement(url) {
  const mock = active.get(url);
  if (mock === undefined) return undefined;
  const id = mock.cache ? mock.moduleId ??= ++lastId : ++lastId;
  const { names, valueOf } = mock.module();
  return { url: `${url}${url.includes('?') ? '&' : '?'}jsd-mock=${id}`, format: mock.format, names, valueOf };
}

/** From now on require() asks for mocks, and import does. */
function install() {
  if (originalLoad !== null) return;
  const Module = platform.module;
  originalLoad = Module._load;
  Module._load = function _load(request, parent, isMain) {
    if (active.size > 0) {
      const mock = active.get(keyOfRequire(request, parent));
      if (mock !== undefined) return mock.commonJS();
    }
    return Reflect.apply(originalLoad, this, [request, parent, isMain]);
  };
  require('../loader/esm_graph').setReplacement(replacement);
}

function keyOfRequire(request, parent) {
  if (builtins.canRequire(request)) return builtins.url(request);
  try {
    const { pathToURL } = require('../loader/file_url');
    return pathToURL(platform.module._resolveFilename(request, parent, false));
  } catch {
    return undefined;
  }
}

/** The file whose code called mock.module. */
function callerURL() {
  const { callerLocation } = require('./declare');
  const { pathToURL } = require('../loader/file_url');
  const file = callerLocation()?.file;
  return file === undefined ? pathToURL(`${process.cwd()}/`) : pathToURL(file);
}

/** Every name under which the module may be loaded from here. @returns {{ urls: string[], format: string }} */
function resolveAll(specifier) {
  const text = `${specifier}`;
  if (builtins.canRequire(text)) return { urls: [builtins.url(text)], format: 'builtin' };
  const from = callerURL();
  const { pathToURL, urlToPath } = require('../loader/file_url');
  const urls = new Set();
  let failed;
  try {
    urls.add(require('../loader/esm_resolve').resolve(text.startsWith('/') ? pathToURL(text) : text, from));
  } catch (error) {
    failed = error;
    if (error.url) urls.add(error.url);
  }
  if (!text.startsWith('file:')) {
    try {
      urls.add(pathToURL(platform.module.createRequire(from).resolve(text)));
    } catch { /* import finds it, or nothing does */ }
  }
  if (urls.size === 0) throw failed;
  const [url] = urls;
  return { urls: [...urls], format: formatOf(url, urlToPath) };
}

function formatOf(url, urlToPath) {
  if (url.startsWith('node:')) return 'builtin';
  const path = url.startsWith('file:') ? urlToPath(url) : url;
  if (path.endsWith('.json')) return 'json';
  if (path.endsWith('.mjs')) return 'module';
  if (path.endsWith('.cjs')) return 'commonjs';
  try {
    return require('../loader/esm_formats').formatOf(url).format;
  } catch {
    return 'module';
  }
}

function readExports(options) {
  const { exports, namedExports, defaultExport } = Object.getOwnPropertyDescriptors(options);
  if (exports !== undefined) {
    for (const [name, given] of [['namedExports', namedExports], ['defaultExport', defaultExport]]) {
      if (given !== undefined) throw new ERR_INVALID_ARG_VALUE(`options.${name}`, options[name], "cannot be used with 'options.exports'");
    }
    validateObject(options.exports, 'options.exports');
    return copy(options.exports);
  }
  const out = { __proto__: null };
  if (namedExports !== undefined) {
    validateObject(options.namedExports, 'options.namedExports');
    Object.defineProperties(out, Object.getOwnPropertyDescriptors(copy(options.namedExports)));
  }
  if (defaultExport !== undefined) Object.defineProperty(out, 'default', { ...defaultExport, enumerable: true });
  return out;
}

/** Own enumerable properties, getters as they are. */
function copy(object) {
  const out = { __proto__: null };
  for (const key of Object.keys(object)) Object.defineProperty(out, key, Object.getOwnPropertyDescriptor(object, key));
  return out;
}

let warned = false;

/** @param {string | URL} specifier @param {object} options @returns {MockModuleContext} */
function mockModule(specifier, options) {
  if (!settings.has('--experimental-test-module-mocks')) {
    throw new ERR_INVALID_STATE('Module mocking is not enabled: --experimental-test-module-mocks is needed');
  }
  if (typeof specifier !== 'string' && !(specifier instanceof URL)) throw new ERR_INVALID_ARG_TYPE('specifier', ['string', 'URL'], specifier);
  validateObject(options, 'options');
  const { cache = false } = options;
  validateBoolean(cache, 'options.cache');
  const exports = readExports(options);
  if (!warned) {
    warned = true;
    process.emitWarning('Module mocking is an experimental feature and might change at any time', 'ExperimentalWarning');
  }
  const { urls, format } = resolveAll(specifier);
  if (urls.some((url) => active.has(url))) throw new ERR_INVALID_STATE(`Cannot mock '${urls[0]}'. The module is already mocked.`);
  install();
  return new MockModuleContext(new Mock(urls, { exports, cache, format }));
}

module.exports = { mockModule };
