'use strict';
// What a package.json's "exports" and "imports" say, and the search for packages that ES modules do (Node
// documentation: Modules: ECMAScript modules, "Resolution Algorithm Specification"). Results are paths, or "node:name"
// for a built-in module. `base` is the importing file's path or URL, for messages.
const files = require('./files');
const packages = require('./package_json');
const builtins = require('./builtins');
const { describe } = require('./file_url');

const errors = () => require('../errors').codes;

const badSegment = /^(\.|\.\.|node_modules)$/i;

/** Whether a path has a segment that may not be in a target. @param {string} path what follows "./" */
function hasBadSegment(path) {
  return path.split(/[\\/]/).some((segment) => {
    if (badSegment.test(segment)) return true;
    if (!segment.includes('%')) return false;
    try {
      return badSegment.test(decodeURIComponent(segment));
    } catch {
      return false;
    }
  });
}

function invalidTarget(key, target, context) {
  const { ERR_INVALID_PACKAGE_TARGET } = errors();
  return new ERR_INVALID_PACKAGE_TARGET(`${context.pkg.directory}/`, key, target, context.imports, describe(context.base));
}

function targetString(target, match, key, context) {
  const { pkg, pattern } = context;
  const fill = (text) => (pattern ? text.replaceAll('*', () => match) : text + match);
  if (match !== '' && !pattern && !target.endsWith('/')) throw invalidTarget(key, target, context);
  if (!target.startsWith('./')) {
    if (context.imports && !target.startsWith('../') && !target.startsWith('/') && !/^[a-z][a-z0-9+.-]*:/i.test(target)) {
      return resolvePackage(fill(target), `${pkg.directory}/`, context.conditions);
    }
    throw invalidTarget(key, target, context);
  }
  if (hasBadSegment(target.slice(2))) throw invalidTarget(key, target, context);
  if (match !== '' && hasBadSegment(match)) {
    const { ERR_INVALID_MODULE_SPECIFIER } = errors();
    const request = pattern ? key.replace('*', () => match) : key + match;
    throw new ERR_INVALID_MODULE_SPECIFIER(request, `request is not a valid match in pattern "${key}" for the ` +
      `"${context.imports ? 'imports' : 'exports'}" resolution of ${pkg.path}`, describe(context.base));
  }
  let path = fill(target.slice(2));
  if (/%2f|%5c/i.test(path)) {
    const { ERR_INVALID_MODULE_SPECIFIER } = errors();
    throw new ERR_INVALID_MODULE_SPECIFIER(path, 'must not include encoded "/" or "\\" characters', describe(context.base));
  }
  if (path.includes('%')) path = decodeURIComponent(path);
  return `${pkg.directory}/${path}`;
}

/** undefined: no condition matched; null: excluded on purpose. */
function resolveTarget(target, match, key, context) {
  if (typeof target === 'string') return targetString(target, match, key, context);
  if (target === null) return null;
  if (Array.isArray(target)) return targetArray(target, match, key, context);
  if (typeof target !== 'object') throw invalidTarget(key, target, context);
  const conditions = Object.keys(target);
  if (conditions.some((name) => /^(0|[1-9]\d*)$/.test(name))) {
    const { ERR_INVALID_PACKAGE_CONFIG } = errors();
    throw new ERR_INVALID_PACKAGE_CONFIG(context.pkg.path, describe(context.base), '"exports" cannot contain numeric property keys.');
  }
  for (const name of conditions) {
    if (name !== 'default' && !context.conditions.has(name)) continue;
    const result = resolveTarget(target[name], match, key, context);
    if (result !== undefined) return result;
  }
  return undefined;
}

function targetArray(targets, match, key, context) {
  let failure;
  let result = targets.length === 0 ? null : undefined;
  for (const target of targets) {
    failure = undefined;
    try {
      result = resolveTarget(target, match, key, context);
    } catch (error) {
      if (error.code !== 'ERR_INVALID_PACKAGE_TARGET') throw error;
      failure = error;
      continue;
    }
    if (result !== undefined && result !== null) return result;
  }
  if (failure !== undefined) throw failure;
  return result;
}

/** The pattern ("./x/*.js") that fits a subpath best: the longest before its star, then the longest. */
function bestPattern(subpath, table) {
  let best;
  let bestStar = -1;
  for (const key of Object.keys(table)) {
    const star = key.indexOf('*');
    if (star === -1 || !subpath.startsWith(key.slice(0, star)) || key.indexOf('*', star + 1) !== -1) continue;
    const tail = key.slice(star + 1);
    if (subpath.length < key.length || !subpath.endsWith(tail) || subpath.slice(0, star) === subpath) continue;
    if (star > bestStar || (star === bestStar && key.length > best.length)) {
      best = key;
      bestStar = star;
    }
  }
  if (best === undefined) return undefined;
  return { key: best, match: subpath.slice(bestStar, subpath.length - (best.length - bestStar - 1)) };
}

/** The target of `name` in an exports or imports table, or undefined/null where it has none. */
function lookUp(name, table, context) {
  if (Object.hasOwn(table, name) && !name.includes('*') && !name.endsWith('/')) {
    return resolveTarget(table[name], '', name, { ...context, pattern: false });
  }
  const found = bestPattern(name, table);
  if (found === undefined) return undefined;
  return resolveTarget(table[found.key], found.match, found.key, { ...context, pattern: true });
}

/** "exports" may be the target of "." itself. */
function exportsTable(exports, pkg, base) {
  if (typeof exports === 'string' || Array.isArray(exports) || typeof exports !== 'object') return { '.': exports };
  const keys = Object.keys(exports);
  const subpaths = keys.filter((key) => key.startsWith('.')).length;
  if (subpaths !== 0 && subpaths !== keys.length) {
    const { ERR_INVALID_PACKAGE_CONFIG } = errors();
    throw new ERR_INVALID_PACKAGE_CONFIG(pkg.path, describe(base), '"exports" cannot contain some keys starting with \'.\' and some ' +
      'not. The exports object must either be an object of package subpath keys or an object of main entry condition name keys only.');
  }
  return subpaths === 0 && keys.length > 0 ? { '.': exports } : exports;
}

/**
 * @param {object} pkg of package_json.read, with "exports"
 * @param {string} subpath "." or "./..."
 * @param {string | undefined} base
 * @param {Set<string>} conditions
 * @returns {string} a path; throws ERR_PACKAGE_PATH_NOT_EXPORTED, ERR_INVALID_PACKAGE_TARGET, ...
 */
function resolveExports(pkg, subpath, base, conditions) {
  const result = lookUp(subpath, exportsTable(pkg.exports, pkg, base), { pkg, base, conditions, imports: false });
  if (result !== undefined && result !== null) return result;
  const { ERR_PACKAGE_PATH_NOT_EXPORTED } = errors();
  throw new ERR_PACKAGE_PATH_NOT_EXPORTED(`${pkg.directory}/`, subpath, describe(base));
}

/**
 * @param {string} name "#..."
 * @param {string} path of the importing file
 * @returns {string} a path or "node:name"; throws ERR_PACKAGE_IMPORT_NOT_DEFINED, ...
 */
function resolveImports(name, path, base, conditions) {
  if (name === '#' || name.endsWith('/')) {
    const { ERR_INVALID_MODULE_SPECIFIER } = errors();
    throw new ERR_INVALID_MODULE_SPECIFIER(name, 'is not a valid internal imports specifier name', describe(base));
  }
  const pkg = packages.scopeOf(path);
  if (pkg?.imports !== undefined) {
    const result = lookUp(name, pkg.imports, { pkg, base, conditions, imports: true });
    if (result !== undefined && result !== null) return result;
  }
  const { ERR_PACKAGE_IMPORT_NOT_DEFINED } = errors();
  throw new ERR_PACKAGE_IMPORT_NOT_DEFINED(name, pkg && `${pkg.directory}/`, describe(base));
}

/** "@scope/name/a/b" → {name, subpath: "./a/b"}; undefined where it cannot be a package's name. */
function splitSpecifier(specifier) {
  let end = specifier.indexOf('/');
  let valid = specifier.length > 0;
  if (specifier[0] === '@') {
    if (end === -1) valid = false;
    else end = specifier.indexOf('/', end + 1);
  }
  const name = end === -1 ? specifier : specifier.slice(0, end);
  if (!valid || name[0] === '.' || /[%\\]/.test(name)) return undefined;
  return { name, subpath: end === -1 ? '.' : `.${specifier.slice(end)}` };
}

/** A package may import itself by its name, through its "exports". @returns {string | undefined} */
function resolveSelf(parts, path, base, conditions) {
  const pkg = packages.scopeOf(path);
  if (pkg === null || pkg.exports === undefined || pkg.exports === null || pkg.name !== parts.name) return undefined;
  return resolveExports(pkg, parts.subpath, base, conditions);
}

const warned = new Set();

/** DEP0151: an ES module that its package.json does not name in full. */
function warnLegacyMain(pkg, path, base) {
  if (!path.endsWith('.mjs') && !(path.endsWith('.js') && packages.typeOf(path) === 'module')) return;
  const file = path.startsWith(`${pkg.directory}/`) ? path.slice(pkg.directory.length + 1) : path;
  const from = `imported from ${describe(base)}.\n`;
  const text = pkg.main === undefined
    ? `No "main" or "exports" field defined in the package.json for ${pkg.directory}/ resolving the main entry point "${file}", ` +
      `${from}Default "index" lookups for the main are deprecated for ES modules.`
    : `Package ${pkg.directory}/ has a "main" field set to ${JSON.stringify(pkg.main)}, excluding the full filename and ` +
      `extension to the resolved file at "${file}", ${from} Automatic extension resolution of the "main" field is deprecated ` +
      'for ES modules.';
  if (warned.has(text)) return;
  warned.add(text);
  process.emitWarning(text, 'DeprecationWarning', 'DEP0151');
}

/** The file that "main", or the lack of one, means to an ES module import. */
function legacyMain(pkg, base) {
  const tries = [];
  if (pkg.main !== undefined) {
    const main = `${pkg.directory}/${pkg.main.replace(/^\.\//, '').replace(/\/+$/, '')}`;
    tries.push(main, `${main}.js`, `${main}.json`, `${main}.node`, `${main}/index.js`, `${main}/index.json`, `${main}/index.node`);
  }
  tries.push(`${pkg.directory}/index.js`, `${pkg.directory}/index.json`, `${pkg.directory}/index.node`);
  const path = tries.find((one) => files.stat(one) === 0);
  if (path !== undefined) {
    if (pkg.main === undefined || (path !== tries[0] && path !== pkg.main)) warnLegacyMain(pkg, path, base);
    return path;
  }
  const { ERR_MODULE_NOT_FOUND } = errors();
  throw new ERR_MODULE_NOT_FOUND(pkg.directory, describe(base));
}

/**
 * What a bare specifier means to an ES module (PACKAGE_RESOLVE).
 * @param {string} specifier
 * @param {string} path of the importing file (or a directory with a trailing slash)
 * @param {Set<string>} conditions
 * @param {string} [base]
 */
function resolvePackage(specifier, path, conditions, base = path) {
  if (builtins.has(specifier) && !builtins.needsScheme(specifier)) return builtins.url(specifier);
  const parts = splitSpecifier(specifier);
  if (parts === undefined) {
    const { ERR_INVALID_MODULE_SPECIFIER } = errors();
    throw new ERR_INVALID_MODULE_SPECIFIER(specifier, 'is not a valid package name', describe(base));
  }
  const self = resolveSelf(parts, path, base, conditions);
  if (self !== undefined) return self;
  for (let at = path.slice(0, path.lastIndexOf('/')); ; at = at.slice(0, at.lastIndexOf('/'))) {
    const directory = `${at}/node_modules/${parts.name}`;
    if (!at.endsWith('/node_modules') && files.stat(directory) === 1) {
      const pkg = packages.read(directory, describe(base));
      if (pkg !== null && pkg.exports !== undefined && pkg.exports !== null) {
        return resolveExports(pkg, parts.subpath, base, conditions);
      }
      if (parts.subpath === '.') return legacyMain(pkg ?? { directory }, base);
      return `${directory}/${parts.subpath.slice(2)}`;
    }
    if (at === '') break;
  }
  const { ERR_MODULE_NOT_FOUND } = errors();
  throw new ERR_MODULE_NOT_FOUND(parts.name, describe(base));
}

module.exports = { resolveExports, resolveImports, resolvePackage, resolveSelf, splitSpecifier };
