'use strict';
// From a specifier to a URL (Node documentation: Modules: ECMAScript modules, "Resolution and loading algorithm").
const builtins = require('./builtins');
const files = require('./files');
const options = require('./options');
const store = require('./store');
const { resolveImports, resolvePackage } = require('./package_resolve');
const { pathToURL, urlToPath, suffixOf, describe } = require('./file_url');

const errors = () => require('../errors').codes;

let conditionSet;
/** A hook's own conditions, while it asks. */
let override;

/**
 * Resolves as if these were the conditions.
 * @param {string[] | undefined} wanted undefined: the usual ones
 * @param {() => any} fn
 */
function withConditions(wanted, fn) {
  const set = checkConditions(wanted);
  if (set === undefined) return fn();
  const before = override;
  override = set;
  try {
    return fn();
  } finally {
    override = before;
  }
}

/** @returns {Set<string> | undefined} undefined where they are the usual ones */
function checkConditions(wanted) {
  if (wanted === undefined || wanted === null) return undefined;
  if (!Array.isArray(wanted)) {
    const { ERR_INVALID_ARG_VALUE } = errors();
    throw new ERR_INVALID_ARG_VALUE('conditions', wanted, 'expected an array');
  }
  return new Set(wanted);
}

/** @returns {Set<string>} */
function conditions() {
  if (override !== undefined) return override;
  conditionSet ??= new Set(['node', 'import', ...(options.requireModule ? ['module-sync'] : []), ...options.conditions]);
  return conditionSet;
}

function parse(text, base) {
  try {
    return new URL(text, base).href;
  } catch {
    return undefined;
  }
}

/** The path that a parent's own look-ups start from. */
function pathOf(parentURL) {
  return parentURL.startsWith('file:') ? urlToPath(parentURL) : `${process.cwd()}/`;
}

function relative(specifier, parentURL) {
  // A plain specifier needs no URL parser, and plain is what they are.
  if (parentURL.startsWith('file:///') && /^\.{0,2}\/[\w@.+~/-]*$/.test(specifier) && !/[?#]/.test(parentURL) &&
      !specifier.includes('//')) {
    const base = specifier[0] === '/' ? '' : parentURL.slice(7, parentURL.lastIndexOf('/'));
    const out = [];
    for (const part of `${base}/${specifier}`.split('/')) {
      if (part === '..') out.pop();
      else if (part !== '.' && part !== '') out.push(part);
    }
    return `file:///${out.join('/')}${/(^|\/)\.{0,2}$/.test(specifier) ? '/' : ''}`;
  }
  const url = parse(specifier, parentURL);
  if (url !== undefined) return url;
  const { ERR_UNSUPPORTED_RESOLVE_REQUEST } = errors();
  throw new ERR_UNSUPPORTED_RESOLVE_REQUEST(specifier, parentURL);
}

function notFound(path, parentURL, url) {
  const { ERR_MODULE_NOT_FOUND } = errors();
  return new ERR_MODULE_NOT_FOUND(path, describe(parentURL), url);
}

/** The file must be there; links are followed. */
function finish(url, parentURL) {
  if (/%2f|%5c/i.test(url)) {
    const { ERR_INVALID_MODULE_SPECIFIER } = errors();
    throw new ERR_INVALID_MODULE_SPECIFIER(url, 'must not include encoded "/" or "\\" characters', describe(parentURL));
  }
  const path = urlToPath(url);
  const kind = files.stat(path.endsWith('/') && path !== '/' ? path.slice(0, -1) : path);
  if (kind === 1) {
    const { ERR_UNSUPPORTED_DIR_IMPORT } = errors();
    const error = new ERR_UNSUPPORTED_DIR_IMPORT(path, describe(parentURL));
    error.url = url;
    throw error;
  }
  if (kind !== 0 || path.endsWith('/')) throw notFound(path, parentURL, url);
  if (options.preserveSymlinks) return url;
  const real = files.realpath(path);
  return real === path && !url.includes('%') ? url : pathToURL(real) + suffixOf(url);
}

function finishPath(target, parentURL) {
  if (target.startsWith('node:')) return target;
  return finish(pathToURL(target), parentURL);
}

/**
 * @param {string} specifier
 * @param {string} parentURL file:, data: or node: URL of the importing module
 * @returns {string} URL; throws ERR_MODULE_NOT_FOUND, ERR_INVALID_MODULE_SPECIFIER, ...
 */
function resolve(specifier, parentURL) {
  if (!store.kept() || override !== undefined || builtins.canRequire(specifier)) return search(specifier, parentURL);
  const key = `import\0${specifier}\0${parentURL}`;
  const known = store.find(store.RESOLUTION, key);
  if (typeof known === 'string') return known;
  let url;
  try {
    url = search(specifier, parentURL);
  } catch (error) {
    if (known === undefined && error.code === 'ERR_MODULE_NOT_FOUND') store.settle(store.RESOLUTION, key, null);
    throw error;
  }
  if (known === null) throw notFound(specifier, parentURL); // it came later
  return url.startsWith('file:') ? store.settle(store.RESOLUTION, key, url) : url;
}

/** The same, on the disk. */
function search(specifier, parentURL) {
  if (/^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..') {
    const url = relative(specifier, parentURL);
    return url.startsWith('file:') ? finish(url, parentURL) : checkBuiltin(url);
  }
  if (specifier[0] === '#') return finishPath(resolveImports(specifier, pathOf(parentURL), parentURL, conditions()), parentURL);
  if (builtins.canRequire(specifier)) return builtins.url(specifier);
  if (/^[a-z][a-z0-9+.-]*:/i.test(specifier)) {
    const url = parse(specifier);
    if (url !== undefined) return url.startsWith('file:') ? finish(url, parentURL) : checkBuiltin(url);
  }
  if (parentURL.startsWith('data:')) {
    const { ERR_UNSUPPORTED_RESOLVE_REQUEST } = errors();
    throw new ERR_UNSUPPORTED_RESOLVE_REQUEST(specifier, parentURL);
  }
  try {
    return finishPath(resolvePackage(specifier, pathOf(parentURL), conditions(), parentURL), parentURL);
  } catch (error) {
    if (error.code === 'ERR_MODULE_NOT_FOUND' && !Object.hasOwn(error, 'url')) hint(error, specifier, parentURL);
    throw error;
  }
}

/** What require() would have found. */
function hint(error, specifier, parentURL) {
  try {
    const search = require('./cjs_resolve');
    const path = pathOf(parentURL);
    const found = search.findPath(specifier, search.nodeModulePaths(path.slice(0, path.lastIndexOf('/')) || '/'), false, ['.js', '.json']);
    if (found) error.message += `\nDid you mean to import "${found}"?`;
  } catch { /* there is nothing to say, then */ }
}

/** Whether a scheme can be loaded is the loader's to say, or a hook's. */
function checkBuiltin(url) {
  if (!url.startsWith('node:') || builtins.has(url)) return url;
  const { ERR_UNKNOWN_BUILTIN_MODULE } = errors();
  throw new ERR_UNKNOWN_BUILTIN_MODULE(url);
}

/**
 * What import() and import.meta.resolve of a script or module start from.
 * @param {any} referrer a module's URL, a script's filename, or anything else
 */
function referrerURL(referrer) {
  if (typeof referrer === 'string') {
    if (referrer[0] === '/') return pathToURL(referrer);
    if (/^[a-z][a-z0-9+.-]*:/i.test(referrer) && URL.canParse(referrer)) return referrer;
  }
  return pathToURL(`${process.cwd()}/[eval1]`);
}

module.exports = { resolve, referrerURL, conditions, withConditions, checkConditions };
