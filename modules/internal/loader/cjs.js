'use strict';
// CommonJS (Node documentation: "Modules: CommonJS modules" and "Modules: node:module API"). What programs patch, each
// in its place: Module.prototype.require, Module._load, Module._resolveFilename, Module._extensions, Module.prototype._compile,
// Module.wrap. The search for files is in cjs_resolve.js.
const binding = internalBinding('module');
const path = require('../../node/path');
const builtins = require('./builtins');
const files = require('./files');
const packages = require('./package_json');
const compileCache = require('./compile_cache');
const search = require('./cjs_resolve');
const { decorate } = require('./arrow');
const hooks = require('./hooks');
const options = require('./options');
const sourceMaps = require('../source_maps');
const { pathToURL } = require('./file_url');

const errors = () => require('../errors').codes;
const validators = () => require('../validators');

/** parent directory + request → filename, so that a repeated require searches nothing. */
const relativeResolutions = new Map();
/** Parents by weak reference would cost more: module.parent is deprecated, but still what programs look at. */
const kParent = Symbol('parent');
const kFormat = Symbol('format');
/** A module's URL where it is not its filename's, and its text where a hook or the ES module loader has given it. */
const kURL = Symbol('url');
const kSource = Symbol('source');
/** What it exported when it had run: what an import gives, whatever is done to module.exports later. */
const kLoadedExports = Symbol('exports');

function Module(id = '', parent) {
  this.id = id;
  this.path = path.dirname(id);
  this.exports = {};
  Object.defineProperty(this, kParent, { value: parent, writable: true, configurable: true, enumerable: false });
  if (parent !== undefined && parent !== null && parent.children !== undefined && !parent.children.includes(this)) {
    parent.children.push(this);
  }
  this.filename = null;
  this.loaded = false;
  this.children = [];
}

Object.defineProperty(Module.prototype, 'parent', {
  get() { return this[kParent]; },
  set(value) { Object.defineProperty(this, kParent, { value, writable: true, configurable: true, enumerable: false }); },
  configurable: true,
});
Object.defineProperty(Module.prototype, 'isPreloading', { get: () => preloading, configurable: true });
let preloading = false;

Module.Module = Module;
Module._cache = Object.create(null);
Object.defineProperties(Module, {
  _pathCache: { get: search.getPathCache, set: search.setPathCache, configurable: true, enumerable: true },
  _stat: { get: () => files.stat, set: files.setStat, configurable: true, enumerable: true },
});
Module._extensions = Object.create(null);
Module.globalPaths = [];
Module._debug = () => {};

let modulePaths = [];
/** Reads NODE_PATH and HOME. */
Module._initPaths = function _initPaths() {
  const { HOME, NODE_PATH } = process.env;
  const paths = NODE_PATH ? NODE_PATH.split(':').filter(Boolean) : [];
  if (HOME) paths.push(path.resolve(HOME, '.node_modules'), path.resolve(HOME, '.node_libraries'));
  paths.push(path.resolve(process.execPath, '../../lib/node'));
  modulePaths = paths;
  Module.globalPaths = paths.slice();
};

/** @param {string} from a directory @returns {string[]} */
Module._nodeModulePaths = search.nodeModulePaths;

/** The directories to search for `request`, or null for a built-in module. */
Module._resolveLookupPaths = function _resolveLookupPaths(request, parent) {
  if (builtins.canRequire(request)) return null;
  if (!search.isRelative(request)) {
    return parent?.paths?.length ? [...parent.paths, ...modulePaths] : modulePaths.slice();
  }
  if (!parent?.id || !parent.filename) return ['.', ...search.nodeModulePaths('.'), ...modulePaths];
  return [path.dirname(parent.filename)];
};

Module._findPath = (request, paths, isMain) => search.findPath(request, paths, isMain, Object.keys(Module._extensions));

/** The modules whose require() is running, innermost last. */
const requiring = [];

/** @returns {string[]} who requires what is being loaded, and who required that, ... */
const requireStack = () => requireStackOf(requiring.at(-1));

function requireStackOf(parent) {
  const stack = [];
  for (let at = parent; at && !stack.includes(at.filename || at.id); at = at[kParent]) stack.push(at.filename || at.id);
  return stack;
}

/**
 * @param {string} request
 * @param {Module} [parent]
 * @param {boolean} [isMain]
 * @param {{paths?: string[]}} [options]
 * @returns {string} a filename, or a built-in module's name
 */
Module._resolveFilename = function _resolveFilename(request, parent, isMain, options) {
  if (builtins.canRequire(request)) return request;
  let paths;
  if (options !== null && typeof options === 'object' && options.paths !== undefined) {
    paths = pathsOfOption(request, options.paths);
  } else {
    paths = Module._resolveLookupPaths(request, parent);
  }
  // What is entered in a REPL is as in a file of the working directory.
  const from = parent?.filename ?? (parent?.id === '<repl>' ? `${process.cwd()}/<repl>` : undefined);
  if (from && request[0] === '#' && packages.scopeOf(from)?.imports) {
    const { resolveImports } = require('./package_resolve');
    return search.finish(notFoundAsCommonJS(() => resolveImports(request, from, from, search.conditions()), request, parent), request);
  }
  const self = search.resolveSelf(request, from);
  if (self !== undefined) return self;
  const found = Module._findPath(request, paths, isMain);
  if (found) return found;
  throw notFound(request, parent);
};

function notFoundAsCommonJS(fn, request, parent) {
  try {
    return fn();
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw notFound(request, parent);
  }
}

function notFound(request, parent) {
  const requireStack = requireStackOf(parent);
  const list = requireStack.length > 0 ? `\nRequire stack:\n- ${requireStack.join('\n- ')}` : '';
  const error = new Error(`Cannot find module '${request}'${list}`);
  error.code = 'MODULE_NOT_FOUND';
  error.requireStack = requireStack;
  return error;
}

function pathsOfOption(request, paths) {
  if (!Array.isArray(paths)) {
    const { ERR_INVALID_ARG_VALUE } = errors();
    throw new ERR_INVALID_ARG_VALUE('options.paths', paths);
  }
  if (search.isRelative(request)) return paths;
  const out = [];
  for (const from of paths) {
    const lookup = Module._resolveLookupPaths(request, { paths: search.nodeModulePaths(from) });
    for (const each of lookup ?? []) if (!out.includes(each)) out.push(each);
  }
  return out;
}

// ---- exports of a module that is still loading ----------------------------------------------------------------------

const plain = Object.prototype;
/** Modules whose exports warn. */
const inCycle = new Set();

/** Reads of what a cycle has not set yet are warned about, as Node does. */
const partial = new Proxy({}, {
  get(target, property) {
    if (property in target || property === '__esModule') return target[property];
    warnPartial(property);
    return undefined;
  },
  getOwnPropertyDescriptor(target, property) {
    if (Object.hasOwn(target, property) || property === '__esModule') return Object.getOwnPropertyDescriptor(target, property);
    warnPartial(property);
    return undefined;
  },
});

function warnPartial(property) {
  process.emitWarning(`Accessing non-existent property '${String(property)}' of module exports inside circular dependency`);
}

function exportsInCycle(module) {
  const { exports } = module;
  if (exports !== null && typeof exports === 'object' && !require('../../node/util').types.isProxy(exports) &&
      Object.getPrototypeOf(exports) === plain && !exports.__esModule) {
    Object.setPrototypeOf(exports, partial);
    inCycle.add(module);
  }
  return exports;
}

function endOfCycle(module) {
  if (!inCycle.delete(module)) return;
  const { exports } = module;
  if (exports !== null && typeof exports === 'object' && !require('../../node/util').types.isProxy(exports) &&
      Object.getPrototypeOf(exports) === partial) {
    Object.setPrototypeOf(exports, plain);
  }
}

// ---- loading ----------------------------------------------------------------------------------------------------------

function unknownBuiltin(request) {
  const { ERR_UNKNOWN_BUILTIN_MODULE } = errors();
  return new ERR_UNKNOWN_BUILTIN_MODULE(request);
}

function adopt(module, parent) {
  if (parent?.children !== undefined && !parent.children.includes(module)) parent.children.push(module);
}

function exportsOfCached(module, parent) {
  adopt(module, parent);
  return module.loaded ? module.exports : exportsInCycle(module);
}

/**
 * What `require(request)` gives.
 * @param {string} request
 * @param {Module | undefined} parent
 * @param {boolean} isMain
 */
Module._load = function _load(request, parent, isMain) {
  let key;
  if (parent !== undefined && parent !== null) {
    key = `${parent.path}\0${request}`;
    const known = relativeResolutions.get(key);
    if (known !== undefined) {
      const cached = Module._cache[known];
      if (cached !== undefined) return exportsOfCached(cached, parent);
      relativeResolutions.delete(key);
    }
  }
  if (hooks.anySync()) return loadHooked(request, parent, isMain);
  if (request.startsWith('node:')) {
    if (!builtins.has(request)) throw unknownBuiltin(request);
    return builtins.load(request);
  }
  const filename = Module._resolveFilename(request, parent, isMain);
  const cached = Module._cache[filename];
  if (cached !== undefined) return exportsOfCached(cached, parent);
  if (builtins.canRequire(filename)) return builtins.load(filename);

  if (key !== undefined) relativeResolutions.set(key, filename);
  return loadNew(new Module(filename, parent), filename, parent, isMain, key);
};

function loadNew(module, filename, parent, isMain, key) {
  if (isMain) {
    process.mainModule = module;
    module.id = '.';
    mainModule.current = module;
  }
  Module._cache[filename] = module;
  let complete = false;
  try {
    module.load(filename);
    complete = true;
  } finally {
    if (complete) {
      endOfCycle(module);
    } else {
      delete Module._cache[filename];
      if (key !== undefined) relativeResolutions.delete(key);
      const at = parent?.children?.indexOf(module) ?? -1;
      if (at !== -1) parent.children.splice(at, 1);
    }
  }
  return module.exports;
}

/**
 * A CommonJS module that an ES module imports.
 * @param {string} filename
 * @param {string} url
 * @param {string} [source] as it was read
 * @param {boolean} isMain
 */
function loadFile(filename, url, source, isMain) {
  const cached = Module._cache[filename];
  if (cached !== undefined) return cached.loaded && kLoadedExports in cached ? cached[kLoadedExports] : exportsOfCached(cached, undefined);
  const module = new Module(filename, undefined);
  module[kURL] = url;
  if (source !== undefined) module[kSource] = { source, format: 'commonjs' };
  return loadNew(module, filename, undefined, isMain, undefined);
}

/** One value for require() and import of a JSON file. @returns {any} */
function shareJSON(filename, value) {
  const cached = Module._cache[filename];
  if (cached?.loaded) return cached.exports;
  const module = new Module(filename, undefined);
  module.filename = filename;
  module.paths = Module._nodeModulePaths(path.dirname(filename));
  module.exports = value;
  module.loaded = true;
  Module._cache[filename] = module;
  return value;
}

// ---- synchronous hooks ------------------------------------------------------------------------------------------------

const urlOf = (module) => module?.[kURL] ?? (typeof module?.filename === 'string' ? pathToURL(module.filename) : undefined);

/** Asks the hooks. @returns {{url: string, format?: string, filename: string}} */
function resolveHooked(request, parent, isMain, options) {
  const context = new hooks.ModuleResolveContext(urlOf(parent), undefined, [...search.conditions()]);
  const { url, format } = hooks.resolveSync(request, context, (specifier, { conditions }) => {
    if (specifier.startsWith('node:') && !builtins.has(specifier)) throw unknownBuiltin(specifier);
    const filename = search.withConditions(conditions, () => (
      specifier.startsWith('file:') ? require('../../node/url').fileURLToPath(specifier)
        : Module._resolveFilename(specifier, parent, isMain, options)));
    const url = builtins.canRequire(filename) ? builtins.url(filename) : pathToURL(filename);
    return { __proto__: null, url, format: undefined, importAttributes: undefined };
  });
  const filename = url.startsWith('file:') ? require('./file_url').urlToPath(url) : url;
  return { url, format: format ?? undefined, filename };
}

function loadHooked(request, parent, isMain) {
  const { url, format, filename } = resolveHooked(request, parent, isMain);
  if (url.startsWith('node:')) {
    if (!builtins.has(url)) throw unknownBuiltin(url);
    const given = loadSource(url, 'builtin');
    if (given.format === 'builtin') return builtins.load(given.url ?? url);
    const module = new Module(url, parent);
    module.filename = url;
    module.paths = [];
    runSource(module, url, given);
    module.loaded = true;
    return module.exports;
  }
  const cached = Module._cache[filename];
  if (cached !== undefined) return exportsOfCached(cached, parent);
  const module = new Module(filename, parent);
  module[kURL] = url;
  module[kFormat] = format;
  return loadNew(module, filename, parent, isMain, undefined);
}

/** Asks the load hooks. @returns {{format?: string, source: string}} */
function loadSource(url, format) {
  const context = new hooks.ModuleLoadContext(format, undefined, [...search.conditions()]);
  const result = hooks.loadSync(url, context, (from, { format: wanted }) => {
    if (from.startsWith('node:')) return { source: null, format: 'builtin' };
    if (!from.startsWith('file:')) return require('./esm_formats').read(from, wanted);
    return { source: files.read(require('./file_url').urlToPath(from)), format: wanted };
  });
  return { format: result.format ?? undefined, source: hooks.textOf(result.source) ?? '' };
}

/** Runs what the hooks, or the ES module loader, have said that a module is. */
function runSource(module, filename, { format, source }) {
  switch (format) {
    case undefined:
    case null:
      module._compile(source, filename);
      break;
    case 'commonjs':
    case 'module':
    case 'commonjs-typescript':
    case 'module-typescript':
    case 'typescript':
      module._compile(source, filename, format);
      break;
    case 'json':
      module.exports = parseJSON(source, filename);
      break;
    default:
      module._compile(source, filename);
  }
}

/** The program's module, of which `require.main` is made. */
const mainModule = { current: undefined };

/** The longest extension of a file that has a loader; ".js" where none has. */
function extensionOf(filename) {
  const base = path.basename(filename);
  for (let at = base.indexOf('.', 1); at !== -1; at = base.indexOf('.', at + 1)) {
    const extension = base.slice(at);
    if (Module._extensions[extension] !== undefined) return extension;
  }
  return '.js';
}

Module.prototype.load = function load(filename) {
  this.filename = filename;
  this.paths = path.isAbsolute(filename) ? Module._nodeModulePaths(path.dirname(filename)) : [];
  const extension = extensionOf(filename);
  if (/\.m[jt]s$/.test(filename) && Module._extensions[filename.slice(-4)] === undefined && this[kSource] === undefined) {
    loadAsModule(this, filename);
  } else {
    Module._extensions[extension](this, filename);
  }
  this.loaded = true;
  this[kLoadedExports] = this.exports;
};

Module.prototype.require = function require(id) {
  validators().validateString(id, 'id');
  if (id === '') {
    const { ERR_INVALID_ARG_VALUE } = errors();
    throw new ERR_INVALID_ARG_VALUE('id', id, 'must be a non-empty string');
  }
  const forget = files.remember();
  try {
    return Module._load(id, this, false);
  } finally {
    forget();
  }
};

/** module.exports becomes what an ES module exports. */
function loadAsModule(module, filename) {
  const esm = require('./esm');
  requiring.push(module[kParent]);
  try {
    module.exports = esm.requireModule(filename, module[kParent]?.filename, module === mainModule.current);
  } finally {
    requiring.pop();
  }
}

// ---- compiling --------------------------------------------------------------------------------------------------------

let wrapper = ['(function (exports, require, module, __filename, __dirname) { ', '\n});'];
let wrapperPatched = false;
let wrap = (script) => wrapper[0] + script + wrapper[1];
Object.defineProperties(Module, {
  wrap: {
    get: () => wrap,
    set(value) {
      wrapperPatched = true;
      wrap = value;
    },
    configurable: true,
  },
  wrapper: {
    get() {
      wrapperPatched = true;
      return wrapper;
    },
    set(value) {
      wrapperPatched = true;
      wrapper = value;
    },
    configurable: true,
  },
});

function compile(content, filename) {
  if (wrapperPatched) return binding.runScript(Module.wrap(content), filename, 0, 0);
  return compileCache.compileCommonJS(content, filename);
}

/** @returns {NodeRequire} the `require` of a module */
function makeRequire(module) {
  const require = function require(id) {
    return module.require(id);
  };
  require.resolve = function resolve(request, options) {
    validators().validateString(request, 'request');
    if (hooks.anySync()) {
      const { filename } = resolveHooked(request, module, false, options);
      return filename.startsWith('node:') && !request.startsWith('node:') && builtins.canRequire(filename.slice(5))
        ? filename.slice(5) : filename;
    }
    return Module._resolveFilename(request, module, false, options);
  };
  require.resolve.paths = function paths(request) {
    validators().validateString(request, 'request');
    return Module._resolveLookupPaths(request, module);
  };
  require.main = process.mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
}

/**
 * Runs `content` as the module's body.
 * @param {string} content
 * @param {string} filename
 * @param {'commonjs' | 'module'} [format] what it is known to be; else its syntax decides
 */
Module.prototype._compile = function _compile(content, filename, format) {
  const esm = require('./esm');
  let fn;
  if (typeof format === 'string' && format.endsWith('typescript')) {
    const { plainFormat, stripModule } = require('./typescript');
    content = stripModule(content, filename);
    format = plainFormat(format);
  }
  if (sourceMaps.support().enabled) sourceMaps.note(filename, content);
  if (format === 'module') {
    this.exports = esm.requireSource(content, filename, this[kParent]?.filename, this === mainModule.current);
    return undefined;
  }
  try {
    fn = compile(content, filename);
  } catch (error) {
    decorate(error);
    const { looksLikeModule, hasModuleSyntax } = require('./syntax');
    if (format === 'commonjs' && hasModuleSyntax(error)) {
      process.emitWarning(`Failed to load the ES module: ${filename}. Make sure to set "type": "module" in the nearest package.json ` +
        'file or use the .mjs extension.');
    }
    if (format === 'commonjs' || !options.requireModule || !looksLikeModule(error, content, filename)) throw error;
    this.exports = esm.requireSource(content, filename, this[kParent]?.filename, this === mainModule.current);
    return undefined;
  }
  const forget = files.remember();
  try {
    return Reflect.apply(fn, this.exports, [this.exports, makeRequire(this), this, filename, path.dirname(filename)]);
  } finally {
    forget();
  }
};

/** A module's text: given, from the hooks, or the file's. Programs' own loaders of extensions read for themselves. */
function sourceOf(module, filename, format) {
  const given = module[kSource];
  if (given !== undefined) {
    module[kSource] = undefined;
    return given;
  }
  return hooks.anySync() ? loadSource(urlOf(module), format) : { format, source: files.read(filename) };
}

Module._extensions['.js'] = function loadScript(module, filename) {
  let format = module[kFormat];
  if (format === undefined) {
    if (filename.endsWith('.cjs')) {
      format = 'commonjs';
    } else if (filename.endsWith('.js')) {
      const type = packages.typeOf(filename);
      if (type !== 'none') format = type;
    } else if (/\.[mc]?ts$/.test(filename)) {
      const found = require('./esm_formats').formatOfPath(filename);
      format = found === undefined ? 'typescript' : found ?? undefined;
    }
  }
  if (module[kSource] === undefined && (format === 'module' || format === 'module-typescript')) {
    loadAsModule(module, filename);
    return;
  }
  runSource(module, filename, sourceOf(module, filename, format));
};

Module._extensions['.json'] = function loadJSON(module, filename) {
  const given = sourceOf(module, filename, 'json');
  runSource(module, filename, given.format === undefined ? { ...given, format: 'json' } : given);
};

function parseJSON(text, filename) {
  try {
    return JSON.parse(text);
  } catch (error) {
    error.message = `${filename}: ${error.message}`;
    throw error;
  }
}

Module._extensions['.node'] = function loadAddon(module, filename) {
  return process.dlopen(module, path.toNamespacedPath(filename));
};

// ---- the node:module API ----------------------------------------------------------------------------------------------

/**
 * @param {string | URL} filename an absolute path, or a file: URL
 * @returns {NodeRequire}
 */
Module.createRequire = function createRequire(filename) {
  let file;
  if (typeof filename === 'string' && path.isAbsolute(filename)) {
    file = filename;
  } else if (filename instanceof URL || (typeof filename === 'string' && filename.startsWith('file:'))) {
    file = require('../../node/url').fileURLToPath(filename);
  } else {
    const { ERR_INVALID_ARG_VALUE } = errors();
    throw new ERR_INVALID_ARG_VALUE('filename', filename, 'must be a file URL object, file URL string, or absolute path string');
  }
  // A trailing slash names the directory itself.
  const name = file.endsWith('/') ? path.join(file, 'noop.js') : file;
  const module = new Module(name);
  module.filename = name;
  module.paths = Module._nodeModulePaths(path.dirname(name));
  if (name === file && !path.isAbsolute(`${filename}`)) module[kURL] = `${filename}`;
  return makeRequire(module);
};

/** Modules of --require. @param {string[]} requests */
Module._preloadModules = function _preloadModules(requests) {
  if (requests.length === 0) return;
  preloading = true;
  const parent = new Module('internal/preload', null);
  parent.filename = null;
  parent.paths = search.nodeModulePaths(process.cwd());
  try {
    for (const request of requests) {
      Module._load(search.isRelative(request) ? path.resolve(request) : request, parent, false);
    }
  } finally {
    preloading = false;
  }
};

/** The program. @param {string} [main] an absolute path */
Module.runMain = function runMain(main = process.argv[1]) {
  return require('../run_main').runMain(main);
};

module.exports = { Module, makeRequire, requireStack, mainModule, loadFile, shareJSON, kFormat, kParent, pathToURL };
