'use strict';
// node:module (Node documentation: "Modules: node:module API").
const { Module } = require('../internal/loader/cjs');
const builtins = require('../internal/loader/builtins');
const compileCache = require('../internal/loader/compile_cache');
const { onStart } = require('../internal/bootstrap_hooks');
// Sets the engine's import callbacks at start.
const esm = require('../internal/loader/esm');

onStart(() => {
  Module._initPaths();
});

/** @type {string[]} Programs replace it. */
Module.builtinModules = builtins.allNames().sort();

/** @param {string} name @returns {boolean} */
Module.isBuiltin = function isBuiltin(name) { return builtins.canRequire(`${name}`); };

Module.syncBuiltinESMExports = function syncBuiltinESMExports() {
  esm.syncBuiltinExports();
};

/**
 * @param {string | URL} specifier
 * @param {string | URL} [base] the file that looks for it
 * @returns {string | undefined} a package.json's path
 */
Module.findPackageJSON = function findPackageJSON(specifier, base) {
  const { scopeOf, read } = require('../internal/loader/package_json');
  const { pathToURL, urlToPath } = require('../internal/loader/file_url');
  if (specifier === undefined) {
    const { codes: { ERR_MISSING_ARGS } } = require('../internal/errors');
    throw new ERR_MISSING_ARGS('specifier');
  }
  const toURL = (value) => (`${value}`[0] === '/' ? pathToURL(`${value}`) : `${value}`);
  const text = `${specifier}`;
  if (/^(file:|\/)/.test(text)) return scopeOf(urlToPath(toURL(text)))?.path;
  const { validateString } = require('../internal/validators');
  if (!(base instanceof URL)) validateString(base, 'base');
  if (/^\.{1,2}(\/|$)/.test(text)) return scopeOf(urlToPath(new URL(text, toURL(base)).href))?.path;
  const { splitSpecifier } = require('../internal/loader/package_resolve');
  const parts = splitSpecifier(text);
  const from = urlToPath(toURL(base));
  for (const directory of Module._nodeModulePaths(from.slice(0, from.lastIndexOf('/')) || '/')) {
    const pkg = parts && read(`${directory}/${parts.name}`);
    if (pkg) return pkg.path;
  }
  const { codes: { ERR_MODULE_NOT_FOUND } } = require('../internal/errors');
  throw new ERR_MODULE_NOT_FOUND(text, `${base}`);
};

Module.constants = Object.freeze({ __proto__: null, compileCacheStatus: compileCache.status });
/** @param {string | {directory?: string, portable?: boolean}} [options] a folder; portable: entries are by text, they always are */
Module.enableCompileCache = function enableCompileCache(options) {
  const { validateBoolean, validateString } = require('../internal/validators');
  const isObject = typeof options === 'object' && options !== null;
  const cacheDir = isObject ? options.directory : options;
  if (isObject && options.portable !== undefined) validateBoolean(options.portable, 'options.portable');
  if (cacheDir !== undefined) validateString(cacheDir, 'cacheDir');
  return compileCache.enable(cacheDir);
};
Module.getCompileCacheDir = () => compileCache.directory();
Module.flushCompileCache = () => compileCache.flush();
/** @param {string} path @returns {import('../internal/source_map').SourceMap | undefined} of a file that was loaded */
Module.findSourceMap = (path) => {
  const maps = require('../internal/source_maps');
  return maps.support().enabled ? maps.find(path) : undefined;
};
Module.SourceMap = require('../internal/source_map').SourceMap;
/** @returns {{enabled: boolean, nodeModules: boolean, generatedCode: boolean}} */
Module.getSourceMapsSupport = () => require('../internal/source_maps').support();
/**
 * @param {boolean} enabled
 * @param {{nodeModules?: boolean, generatedCode?: boolean}} [options]
 */
Module.setSourceMapsSupport = function setSourceMapsSupport(enabled, options = { __proto__: null }) {
  const { validateBoolean, validateObject } = require('../internal/validators');
  validateBoolean(enabled, 'enabled');
  validateObject(options, 'options');
  const { nodeModules = false, generatedCode = false } = options;
  validateBoolean(nodeModules, 'options.nodeModules');
  validateBoolean(generatedCode, 'options.generatedCode');
  require('../internal/source_maps').setSupport(enabled, { nodeModules, generatedCode });
};
/**
 * @param {string} code
 * @param {{mode?: 'strip' | 'transform', sourceMap?: boolean, sourceUrl?: string}} [options]
 * @returns {string} JavaScript
 */
Module.stripTypeScriptTypes = function stripTypeScriptTypes(code, options) {
  return require('../internal/loader/typescript').stripTypeScriptTypes(code, options);
};

/**
 * Asynchronous hooks: a module that exports resolve, load and initialize. They see what is imported from now on.
 * @param {string | URL} specifier
 * @param {string | URL | object} [parentURL]
 * @param {{parentURL?: string | URL, data?: any, transferList?: object[]}} [options] data: for initialize()
 */
Module.register = function register(specifier, parentURL = undefined, options = undefined) {
  if (parentURL !== null && typeof parentURL === 'object' && !(parentURL instanceof URL)) {
    options = parentURL;
    parentURL = options.parentURL;
  }
  // The hooks run on this thread: data is theirs as it is.
  esm.registerHooks(`${specifier}`, parentURL === undefined ? 'data:' : `${parentURL}`, options?.data);
};

/**
 * Hooks that see require() and import, called there and then.
 * @param {{resolve?: Function, load?: Function}} hooks
 * @returns {{deregister(): void}}
 */
Module.registerHooks = function registerHooks(hooks) {
  return require('../internal/loader/hooks').registerHooks(hooks);
};

module.exports = Module;
