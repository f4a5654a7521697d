'use strict';
// file: URLs and paths, for the loader: strings only, since nearly all of them need no escaping.

const escapeCharacter = (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`;

/**
 * @param {string} path absolute
 * @returns {string} its file: URL
 */
function pathToURL(path) {
  if (/^[\w/.@+~-]*$/.test(path)) return `file://${path}`;
  const escaped = encodeURI(path).replace(/[?#]/g, escapeCharacter).replace(/%(5B|5D|7C)/g, (code) => decodeURIComponent(code));
  return `file://${escaped}`;
}

/**
 * @param {string} url a file: URL
 * @returns {string} the path, without query and fragment
 */
function urlToPath(url) {
  let end = url.search(/[?#]/);
  if (end === -1) end = url.length;
  const path = url.slice(url.startsWith('file://') ? 7 : 5, end);
  if (!path.includes('%')) return path;
  if (/%2f/i.test(path)) {
    const { codes: { ERR_INVALID_FILE_URL_PATH } } = require('../errors');
    throw new ERR_INVALID_FILE_URL_PATH('must not include encoded / characters');
  }
  return decodeURIComponent(path);
}

/** The query and fragment of a URL, with their marks. */
function suffixOf(url) {
  const start = url.search(/[?#]/);
  return start === -1 ? '' : url.slice(start);
}

/** How a referrer is called in messages: its path where it has one. */
function describe(base) {
  if (base === undefined || base === null) return undefined;
  return base.startsWith('file:') ? urlToPath(base) : base;
}

module.exports = { pathToURL, urlToPath, suffixOf, describe };
