'use strict';
// Where require() looks for a file (Node documentation: Modules: CommonJS modules, "All together").
const path = require('../../node/path');
const files = require('./files');
const options = require('./options');
const packages = require('./package_json');
const store = require('./store');

/** request + searched directories → filename; Module._pathCache, which programs may edit. */
let pathCache = Object.create(null);

let conditionSet;
/** A hook's own conditions, while it asks. */
let override;

/** Resolves as if these were the conditions. @param {string[] | undefined} wanted @param {() => any} fn */
function withConditions(wanted, fn) {
  const set = require('./esm_resolve').checkConditions(wanted);
  if (set === undefined) return fn();
  const before = override;
  override = set;
  try {
    return fn();
  } finally {
    override = before;
  }
}

/** @returns {Set<string>} */
function conditions() {
  if (override !== undefined) return override;
  conditionSet ??= new Set(['node', 'require', ...(options.requireModule ? ['module-sync'] : []), ...options.conditions]);
  return conditionSet;
}

/** "./x", "../x", "." and "..": not "/x", not "x". */
function isRelative(request) {
  if (request.charCodeAt(0) !== 46) return false;
  if (request.length === 1) return true;
  const second = request.charCodeAt(1);
  if (second === 47) return true;
  return second === 46 && (request.length === 2 || request.charCodeAt(2) === 47);
}

/** @param {string} from a directory @returns {string[]} the node_modules directories at and above it */
function nodeModulePaths(from) {
  from = path.resolve(from);
  const paths = [];
  for (let at = from; at !== '/' && at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    if (!at.endsWith('/node_modules')) paths.push(`${at}/node_modules`);
  }
  paths.push('/node_modules');
  return paths;
}

function toReal(filename, isMain) {
  return (isMain ? options.preserveSymlinksMain : options.preserveSymlinks) ? path.resolve(filename) : files.realpath(filename);
}

function tryFile(filename, isMain) {
  return files.stat(filename) === 0 ? toReal(filename, isMain) : undefined;
}

function tryExtensions(base, extensions, isMain) {
  for (const extension of extensions) {
    const found = tryFile(base + extension, isMain);
    if (found !== undefined) return found;
  }
  return undefined;
}

function tryPackage(directory, extensions, isMain, request) {
  const pkg = packages.read(directory);
  const index = () => tryExtensions(`${directory}/index`, extensions, isMain);
  if (!pkg?.main) return index();
  const main = path.resolve(directory, pkg.main);
  let found = tryFile(main, isMain) ?? tryExtensions(main, extensions, isMain) ?? tryExtensions(`${main}/index`, extensions, isMain);
  if (found !== undefined) return found;
  found = index();
  if (found === undefined) {
    const error = new Error(`Cannot find module '${main}'. Please verify that the package.json has a valid "main" entry`);
    error.code = 'MODULE_NOT_FOUND';
    error.path = pkg.path;
    error.requestPath = request;
    throw error;
  }
  process.emitWarning(`Invalid 'main' field in '${pkg.path}' of '${pkg.main}'. Please either fix that or report it to the module ` +
    'author', 'DeprecationWarning', 'DEP0128');
  return found;
}

/** What a package's "exports" answers for a request in one node_modules directory, if it has any. */
function tryExports(directory, request) {
  const { splitSpecifier, resolveExports } = require('./package_resolve');
  const parts = splitSpecifier(request);
  if (parts === undefined) return undefined;
  const pkg = packages.read(`${directory}/${parts.name}`);
  if (pkg === null || pkg.exports === undefined || pkg.exports === null) return undefined;
  return finish(resolveExports(pkg, parts.subpath, undefined, conditions()), request);
}

/** A target of "exports" or "imports" must exist as it is written. */
function finish(target, request) {
  if (target.startsWith('node:')) return target;
  if (store.kept()) {
    const known = store.find(store.RESOLUTION, target);
    if (typeof known === 'string') return known;
  }
  if (files.stat(target) === 0) {
    const real = toReal(target, false);
    return store.kept() ? store.settle(store.RESOLUTION, target, real) : real;
  }
  const error = new Error(`Cannot find module '${target}'`);
  error.code = 'MODULE_NOT_FOUND';
  error.path = packages.scopeOf(target)?.path;
  error.requestPath = request;
  throw error;
}

/** A package that requires itself by name. */
function resolveSelf(request, from) {
  if (!from || isRelative(request) || request[0] === '/') return undefined;
  if (!store.kept()) return searchSelf(request, from);
  const name = `self\0${request}\0${path.dirname(from)}`;
  const answer = store.find(store.RESOLUTION, name) ?? store.settle(store.RESOLUTION, name, searchSelf(request, from) ?? '');
  return answer === '' ? undefined : answer;
}

/** The same, on the disk. */
function searchSelf(request, from) {
  const own = packages.scopeOf(from);
  if (own === null || own.name === undefined || own.exports === undefined || own.exports === null) return undefined;
  if (request !== own.name && !request.startsWith(`${own.name}/`)) return undefined;
  const { resolveExports } = require('./package_resolve');
  return finish(resolveExports(own, `.${request.slice(own.name.length)}`, from, conditions()), request);
}

/**
 * @param {string} request
 * @param {string[] | null} paths the directories to search
 * @param {boolean} isMain
 * @param {string[]} extensions to try
 * @returns {string | false} the real path
 */
function findPath(request, paths, isMain, extensions) {
  const absolute = request.startsWith('/');
  if (absolute) paths = [''];
  else if (!paths || paths.length === 0) return false;
  const key = `${request}\0${paths.length === 1 ? paths[0] : paths.join('\0')}`;
  if (override !== undefined) return searchPath(request, paths, isMain, extensions, undefined);
  const known = pathCache[key];
  if (known) return known;
  if (!store.kept()) return searchPath(request, paths, isMain, extensions, key);
  const name = `${extensions.join()}\0${key}`;
  const answer = store.find(store.RESOLUTION, name);
  const found = answer !== undefined ? answer
    : store.settle(store.RESOLUTION, name, searchPath(request, paths, isMain, extensions, key) || null);
  if (found === null) return false;
  pathCache[key] = found;
  return found;
}

function keep(key, found) {
  if (key !== undefined) pathCache[key] = found;
  return found;
}

/** The same, on the disk. @param {string} [key] of pathCache */
function searchPath(request, paths, isMain, extensions, key) {
  const absolute = request.startsWith('/');
  const relative = isRelative(request);
  const slash = /(^|\/)\.{0,2}$/.test(request) && /(\/|^\.{1,2}|\/\.{1,2})$/.test(request);
  for (const directory of paths) {
    if (!absolute && !relative) {
      if (files.stat(directory) !== 1) continue;
      const exported = tryExports(directory, request);
      if (exported !== undefined) return keep(key, exported);
    }
    const base = path.resolve(directory, request);
    const kind = files.stat(base);
    let found;
    if (!slash) {
      if (kind === 0) found = toReal(base, isMain);
      found ??= tryExtensions(base, extensions, isMain);
    }
    if (found === undefined && kind === 1) found = tryPackage(base, extensions, isMain, request);
    if (found !== undefined) return keep(key, found);
  }
  return false;
}

module.exports = {
  getPathCache: () => pathCache,
  setPathCache(value) { pathCache = value; },
  conditions, withConditions, isRelative, nodeModulePaths, findPath, finish, resolveSelf,
};
