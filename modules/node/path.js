'use strict';
// node:path. One implementation of resolve, normalize, relative, ... per style, made by makePath(style): what differs is
// which characters separate, and that Windows paths have a root of several shapes (`C:\`, `\\host\share\`).

const { validateObject, validateString } = require('../internal/validators');

const SLASH = 47;
const BACKSLASH = 92;
const DOT = 46;
const isSlash = (code) => code === SLASH;
const isEitherSlash = (code) => code === SLASH || code === BACKSLASH;
const isLetter = (code) => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

/** An absolute path (of the posix style) without anything to resolve, by the engine's own search for text. */
const isNormal = (path) => path.charCodeAt(0) === SLASH && path.charCodeAt(path.length - 1) !== SLASH &&
  !path.includes('/.') && !path.includes('//');

/** Resolves '.' and '..' segments. `above`: whether '..' may lead out of the start (relative paths). */
function normalizeSegments(path, above, separator, isSeparator) {
  const length = path.length;
  const out = [];
  let ups = 0; // leading '..' in out
  let start = 0;
  for (let i = 0; i <= length; i++) {
    if (i < length && !isSeparator(path.charCodeAt(i))) continue;
    const size = i - start;
    if (size === 0 || (size === 1 && path.charCodeAt(start) === DOT)) {
      start = i + 1;
      continue;
    }
    if (size === 2 && path.charCodeAt(start) === DOT && path.charCodeAt(start + 1) === DOT) {
      if (out.length > ups) {
        out.pop();
      } else if (above) {
        out.push('..');
        ups++;
      }
    } else {
      out.push(path.slice(start, i));
    }
    start = i + 1;
  }
  return out.join(separator);
}

function formatWith(separator, object) {
  validateObject(object, 'pathObject');
  const dir = object.dir || object.root;
  const extension = object.ext ? `${object.ext[0] === '.' ? '' : '.'}${object.ext}` : '';
  const base = object.base || `${object.name || ''}${extension}`;
  if (!dir) return base;
  return dir === object.root ? `${dir}${base}` : `${dir}${separator}${base}`;
}

/** Where the last segment of `path` starts and ends (trailing separators excluded). */
function lastSegment(path, from, isSeparator) {
  let end = path.length;
  if (isSeparator === isSlash && end > from && path.charCodeAt(end - 1) !== SLASH) {
    return [Math.max(path.lastIndexOf('/') + 1, from), end];
  }
  while (end > from && isSeparator(path.charCodeAt(end - 1))) end--;
  let start = end;
  while (start > from && !isSeparator(path.charCodeAt(start - 1))) start--;
  return [start, end];
}

/** Position of the extension's dot in path[start, end), or -1: a leading dot starts no extension, nor does '..'. */
function extensionStart(path, start, end) {
  let dot = end - 1;
  while (dot > start && path.charCodeAt(dot) !== DOT) dot--;
  if (dot <= start) return -1;
  if (dot === end - 1 && end - start === 2 && path.charCodeAt(start) === DOT) return -1;
  return dot;
}

function basenameFrom(path, suffix, from, isSeparator) {
  const [start, end] = lastSegment(path, from, isSeparator);
  const base = path.slice(start, end);
  if (suffix === undefined || suffix.length === 0) return base;
  if (suffix.length < base.length && base.endsWith(suffix)) return base.slice(0, -suffix.length);
  if (path === suffix) return ''; // only a path that is nothing but the suffix loses all of it
  return base === '' && suffix.length <= path.length ? path.slice(from) : base; // as Node: basename('/', 'x') is '/'
}

function extnameFrom(path, from, isSeparator) {
  const [start, end] = lastSegment(path, from, isSeparator);
  const dot = extensionStart(path, start, end);
  return dot === -1 ? '' : path.slice(dot, end);
}

const posix = {
  /** The absolute path that the arguments lead to, from right to left, last from the working directory. */
  resolve(...args) {
    let resolved = '';
    let absolute = false;
    for (let i = args.length - 1; i >= -1 && !absolute; i--) {
      const path = i >= 0 ? args[i] : process.cwd();
      if (i >= 0) validateString(path, `paths[${i}]`);
      if (path.length === 0) continue;
      resolved = resolved.length === 0 ? path : `${path}/${resolved}`;
      absolute = path.charCodeAt(0) === SLASH;
    }
    if (isNormal(resolved)) return resolved;
    resolved = normalizeSegments(resolved, !absolute, '/', isSlash);
    if (absolute) return `/${resolved}`;
    return resolved.length > 0 ? resolved : '.';
  },

  normalize(path) {
    validateString(path, 'path');
    if (path.length === 0) return '.';
    if (isNormal(path)) return path;
    const absolute = path.charCodeAt(0) === SLASH;
    const trailing = path.charCodeAt(path.length - 1) === SLASH;
    let normal = normalizeSegments(path, !absolute, '/', isSlash);
    if (normal.length === 0) {
      if (absolute) return '/';
      return trailing ? './' : '.';
    }
    if (trailing) normal += '/';
    return absolute ? `/${normal}` : normal;
  },

  isAbsolute(path) {
    validateString(path, 'path');
    return path.length > 0 && path.charCodeAt(0) === SLASH;
  },

  join(...args) {
    if (args.length === 0) return '.';
    let joined;
    for (const path of args) {
      validateString(path, 'path');
      if (path.length > 0) joined = joined === undefined ? path : `${joined}/${path}`;
    }
    return joined === undefined ? '.' : posix.normalize(joined);
  },

  relative(from, to) {
    validateString(from, 'from');
    validateString(to, 'to');
    if (from === to) return '';
    from = posix.resolve(from);
    to = posix.resolve(to);
    if (from === to) return '';
    return relativeParts(from.split('/').filter(Boolean), to.split('/').filter(Boolean), '/', false);
  },

  toNamespacedPath(path) { return path; },

  dirname(path) {
    validateString(path, 'path');
    if (path.length === 0) return '.';
    const absolute = path.charCodeAt(0) === SLASH;
    const [start] = lastSegment(path, absolute ? 1 : 0, isSlash);
    const end = start - 1; // one separator goes, others before it stay
    if (end < 1) return absolute ? '/' : '.';
    return absolute && end === 1 ? '//' : path.slice(0, end);
  },

  basename(path, suffix) {
    if (suffix !== undefined) validateString(suffix, 'suffix');
    validateString(path, 'path');
    return basenameFrom(path, suffix, 0, isSlash);
  },

  extname(path) {
    validateString(path, 'path');
    return extnameFrom(path, 0, isSlash);
  },

  format(pathObject) { return formatWith('/', pathObject); },

  parse(path) {
    validateString(path, 'path');
    const result = { root: '', dir: '', base: '', ext: '', name: '' };
    if (path.length === 0) return result;
    const absolute = path.charCodeAt(0) === SLASH;
    if (absolute) result.root = '/';
    const [start, end] = lastSegment(path, absolute ? 1 : 0, isSlash);
    result.base = path.slice(start, end);
    // As Node: '..' right after the root is a name with the extension '.'.
    const dot = absolute && start === 1 && result.base === '..' ? 2 : extensionStart(path, start, end);
    result.name = dot === -1 ? result.base : path.slice(start, dot);
    result.ext = dot === -1 ? '' : path.slice(dot, end);
    if (start > 1 || (start > 0 && !absolute)) result.dir = path.slice(0, start - 1);
    else if (absolute) result.dir = '/';
    return result;
  },

  matchesGlob(path, pattern) { return require('../internal/glob_match').matches(path, pattern, false); },

  sep: '/',
  delimiter: ':',
  win32: null,
  posix: null,
};

function relativeParts(from, to, separator, ignoreCase) {
  let common = 0;
  const same = (a, b) => a === b || (ignoreCase && a.toLowerCase() === b.toLowerCase());
  while (common < from.length && common < to.length && same(from[common], to[common])) common++;
  return [...new Array(from.length - common).fill('..'), ...to.slice(common)].join(separator);
}

/**
 * The root of a Windows path.
 * @param {boolean} namespaces whether \\\\.\\ and \\\\?\\ are roots of their own, instead of a server's name
 * @returns {{device: string, end: number, absolute: boolean}} device 'C:' or '\\\\host\\share'; end: where the rest starts
 */
function winRoot(path, namespaces = true) {
  const length = path.length;
  if (length === 0) return { device: '', end: 0, absolute: false };
  const first = path.charCodeAt(0);
  if (isEitherSlash(first)) {
    if (length > 1 && isEitherSlash(path.charCodeAt(1))) {
      let i = 2;
      while (i < length && !isEitherSlash(path.charCodeAt(i))) i++;
      const host = path.slice(2, i);
      if (i < length && i > 2) {
        let share = i;
        while (share < length && isEitherSlash(path.charCodeAt(share))) share++;
        if (share < length && share !== i) {
          let end = share;
          while (end < length && !isEitherSlash(path.charCodeAt(end))) end++;
          if (namespaces && (host === '.' || host === '?')) {
            return { device: `\\\\${host}`, end: 4, absolute: true, unc: true };
          }
          return { device: `\\\\${host}\\${path.slice(share, end)}`, end, absolute: true, unc: true };
        }
      }
    }
    return { device: '', end: 1, absolute: true };
  }
  if (isLetter(first) && length > 1 && path.charCodeAt(1) === 58) {
    if (length > 2 && isEitherSlash(path.charCodeAt(2))) return { device: path.slice(0, 2), end: 3, absolute: true };
    return { device: path.slice(0, 2), end: 2, absolute: false };
  }
  return { device: '', end: 0, absolute: false };
}

const DEVICE = /^(?:CON|PRN|AUX|NUL|(?:COM|LPT)[1-9\u00b9\u00b2\u00b3]):/i;

const win32 = {
  resolve(...args) {
    let device = '';
    let tail = '';
    let absolute = false;
    for (let i = args.length - 1; i >= -1; i--) {
      let path;
      if (i >= 0) {
        path = args[i];
        validateString(path, `paths[${i}]`);
        if (path.length === 0) continue;
      } else if (device.length === 0) {
        path = process.cwd();
      } else {
        path = process.env[`=${device}`] || process.cwd();
        if (path === undefined || (path.slice(0, 2).toLowerCase() !== device.toLowerCase() && path.charCodeAt(2) === BACKSLASH)) {
          path = `${device}\\`;
        }
      }
      const root = winRoot(path);
      if (root.device.length > 0) {
        if (device.length > 0) {
          if (root.device.toLowerCase() !== device.toLowerCase()) continue;
        } else {
          device = root.device;
        }
      }
      if (absolute) {
        if (device.length > 0) break;
      } else {
        tail = `${path.slice(root.end)}\\${tail}`;
        absolute = root.absolute;
        if (absolute && device.length > 0) break;
      }
    }
    tail = normalizeSegments(tail, !absolute, '\\', isEitherSlash);
    return absolute ? `${device}\\${tail}` : `${device}${tail}` || '.';
  },

  normalize(path) {
    validateString(path, 'path');
    if (path.length === 0) return '.';
    if (path.length === 1) return isEitherSlash(path.charCodeAt(0)) ? '\\' : path;
    const name = path.slice(0, path.indexOf(':') + 1);
    if (DEVICE.test(name)) {
      return `.\\${name}${normalizeSegments(path.slice(name.length), true, '\\', isEitherSlash) || '.'}`;
    }
    const root = winRoot(path);
    if (root.unc && root.end >= path.length) return `${root.device}\\`;
    let tail = normalizeSegments(path.slice(root.end), !root.absolute, '\\', isEitherSlash);
    if (tail.length === 0 && !root.absolute) tail = '.';
    if (tail.length > 0 && isEitherSlash(path.charCodeAt(path.length - 1))) tail += '\\';
    if (root.device === '') {
      // Segments must not become a drive or a device.
      if (!root.absolute && path.includes(':') && (/^[A-Za-z]:/.test(tail) || /:(?:[\\/]|$)/.test(path) || DEVICE.test(tail))) {
        return `.\\${tail}`;
      }
      return root.absolute ? `\\${tail}` : tail;
    }
    return root.absolute ? `${root.device}\\${tail}` : `${root.device}${tail}`;
  },

  isAbsolute(path) {
    validateString(path, 'path');
    if (path.length === 0) return false;
    const first = path.charCodeAt(0);
    return isEitherSlash(first) ||
      (path.length > 2 && isLetter(first) && path.charCodeAt(1) === 58 && isEitherSlash(path.charCodeAt(2)));
  },

  join(...args) {
    let joined;
    let first;
    for (const path of args) {
      validateString(path, 'path');
      if (path.length === 0) continue;
      if (joined === undefined) joined = first = path;
      else joined += `\\${path}`;
    }
    if (joined === undefined) return '.';
    // Two separators at the start mean a UNC path only where the first argument says so.
    let keep = false;
    if (isEitherSlash(first.charCodeAt(0)) && first.length > 1 && isEitherSlash(first.charCodeAt(1))) {
      keep = first.length === 2 ? false : !isEitherSlash(first.charCodeAt(2));
      if (first.length === 2) keep = true;
    }
    if (!keep) {
      let slashes = 0;
      while (slashes < joined.length && isEitherSlash(joined.charCodeAt(slashes))) slashes++;
      if (slashes >= 2) joined = `\\${joined.slice(slashes)}`;
    }
    // What names a device must not be normalised away: 'a\\CON:..\\..\\b' is not 'b'.
    if (joined.includes(':') && joined.split('\\').some((segment) => DEVICE.test(segment))) return joined.replaceAll('/', '\\');
    return win32.normalize(joined);
  },

  relative(from, to) {
    validateString(from, 'from');
    validateString(to, 'to');
    if (from === to) return '';
    const fromPath = win32.resolve(from);
    const toPath = win32.resolve(to);
    if (fromPath === toPath || fromPath.toLowerCase() === toPath.toLowerCase()) return '';
    const a = fromPath.split('\\').filter(Boolean);
    const b = toPath.split('\\').filter(Boolean);
    if (a.length > 0 && b.length > 0 && a[0].toLowerCase() !== b[0].toLowerCase()) return toPath; // nothing in common
    return relativeParts(a, b, '\\', true);
  },

  toNamespacedPath(path) {
    if (typeof path !== 'string' || path.length === 0) return path;
    const resolved = win32.resolve(path);
    if (resolved.length <= 2) return path;
    if (resolved.startsWith('\\\\')) {
      const third = resolved[2];
      if (third !== '?' && third !== '.') return `\\\\?\\UNC\\${resolved.slice(2)}`;
    } else if (/^[A-Za-z]:\\/.test(resolved)) {
      return `\\\\?\\${resolved}`;
    }
    return resolved;
  },

  dirname(path) {
    validateString(path, 'path');
    if (path.length === 0) return '.';
    const root = winRoot(path, false);
    if (root.unc) {
      if (root.end >= path.length) return path;
      const [start] = lastSegment(path, root.end + 1, isEitherSlash);
      return path.slice(0, Math.max(start - 1, root.end + 1));
    }
    const [start] = lastSegment(path, root.end, isEitherSlash);
    const end = start - 1;
    if (end < root.end) return root.end === 0 ? '.' : path.slice(0, root.end);
    return path.slice(0, end);
  },

  basename(path, suffix) {
    if (suffix !== undefined) validateString(suffix, 'suffix');
    validateString(path, 'path');
    const drive = path.length > 1 && isLetter(path.charCodeAt(0)) && path.charCodeAt(1) === 58;
    return basenameFrom(path, suffix, drive ? 2 : 0, isEitherSlash);
  },

  extname(path) {
    validateString(path, 'path');
    const drive = path.length > 1 && isLetter(path.charCodeAt(0)) && path.charCodeAt(1) === 58;
    return extnameFrom(path, drive ? 2 : 0, isEitherSlash);
  },

  format(pathObject) { return formatWith('\\', pathObject); },

  parse(path) {
    validateString(path, 'path');
    const result = { root: '', dir: '', base: '', ext: '', name: '' };
    if (path.length === 0) return result;
    const root = winRoot(path, false);
    let end = root.end;
    if (root.unc && end < path.length && isEitherSlash(path.charCodeAt(end))) end++;
    result.root = path.slice(0, end);
    const [start, stop] = lastSegment(path, end, isEitherSlash);
    result.base = path.slice(start, stop);
    const dot = extensionStart(path, start, stop);
    result.name = dot === -1 ? result.base : path.slice(start, dot);
    result.ext = dot === -1 ? '' : path.slice(dot, stop);
    result.dir = start > end ? path.slice(0, start - 1) : result.root;
    return result;
  },

  matchesGlob(path, pattern) { return require('../internal/glob_match').matches(path, pattern, true); },

  sep: '\\',
  delimiter: ';',
  win32: null,
  posix: null,
};

posix.win32 = win32.win32 = win32;
posix.posix = win32.posix = posix;
posix._makeLong = posix.toNamespacedPath;
win32._makeLong = win32.toNamespacedPath;
module.exports = posix;
