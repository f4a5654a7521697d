'use strict';
// The source maps of what was loaded (Node documentation: --enable-source-maps, module.findSourceMap()). A text is noted
// when it is compiled; its map is read when somebody asks.
const { pathToURL, urlToPath } = require('./loader/file_url');

let support = Object.freeze({ __proto__: null, enabled: false, nodeModules: false, generatedCode: false });

/** @param {boolean} enabled @param {{nodeModules?: boolean, generatedCode?: boolean}} [options] */
function setSupport(enabled, options = {}) {
  const { nodeModules = false, generatedCode = false } = options;
  support = Object.freeze({ __proto__: null, enabled, nodeModules, generatedCode });
}

/** path or URL → {text} or, once it was asked for, {map} */
const noted = new Map();

const comment = /\/[*/]#\s+sourceMappingURL=(?<url>[^\s]+)/g;

/**
 * A text that is compiled while source maps are wanted.
 * @param {string} name its path or URL, as stacks show it
 * @param {string} text
 * @param {boolean} [generated] by the loader itself
 */
function note(name, text, generated = false) {
  if (!support.enabled && !generated) return;
  if (!support.nodeModules && name.includes('/node_modules/')) return;
  if (!text.includes('sourceMappingURL=')) return;
  let url;
  for (const match of text.matchAll(comment)) url = match.groups.url;
  if (url === undefined) return;
  require('./stack').useSourceMaps();
  noted.set(keyOf(name), { url: url.replace(/\*\/$/, ''), base: name, lengths: text.split('\n').map((line) => line.length), map: undefined });
}

const keyOf = (name) => (name.startsWith('file:') ? urlToPath(name) : name);

/** @returns {object | undefined} the payload */
function read(entry) {
  const base = entry.base[0] === '/' ? pathToURL(entry.base) : entry.base;
  let text;
  let from = base;
  if (entry.url.startsWith('data:')) {
    const match = /^data:application\/json[^,]*?(;base64)?,([^]*)$/.exec(entry.url);
    if (match === null) return undefined;
    text = match[1] ? Buffer.from(match[2], 'base64').toString() : decodeURIComponent(match[2]);
  } else {
    from = new URL(entry.url, base).href;
    text = require('./loader/files').readOptional(urlToPath(from));
    if (text === undefined) return undefined;
  }
  const payload = JSON.parse(text);
  return payload.sections === undefined ? withSources(payload, from) : payload;
}

/** Sources as URLs. */
function withSources(payload, from) {
  const root = payload.sourceRoot ? new URL(payload.sourceRoot.replace(/\/?$/, '/'), from).href : from;
  const absolute = (source) => (URL.canParse(source, root) ? new URL(source, root).href : source);
  return { ...payload, sources: payload.sources.map((source) => (source === null ? source : absolute(source))), sourceRoot: '' };
}

/**
 * @param {string} name a path or URL
 * @returns {import('./source_map').SourceMap | undefined}
 */
function find(name) {
  const entry = noted.get(keyOf(`${name}`));
  if (entry === undefined) return undefined;
  if (entry.map === undefined) {
    entry.map = null;
    try {
      const payload = read(entry);
      if (payload !== undefined) entry.map = new (require('./source_map').SourceMap)(payload, { lineLengths: entry.lengths });
    } catch { /* a map that cannot be read maps nothing */ }
  }
  return entry.map ?? undefined;
}

/** Where a place comes from. @returns {{file: string, line: number, column: number, name?: string} | undefined} from 1 */
function origin(name, line, column) {
  const entry = find(name)?.findEntry(line - 1, column - 1);
  if (entry?.originalSource === undefined) return undefined;
  const { originalSource, originalLine, originalColumn } = entry;
  return { file: keyOf(originalSource), line: originalLine + 1, column: originalColumn + 1, name: entry.name, source: originalSource };
}

/** A line of an original source, as the map or the disk has it. @returns {string | undefined} */
function sourceLine(name, { source, file, line }) {
  const { sources, sourcesContent } = find(name).payload;
  const text = sourcesContent?.[sources.indexOf(source)] ?? require('./loader/files').readOptional(file);
  return text?.split('\n')[line - 1];
}

module.exports = { setSupport, note, find, origin, sourceLine, support: () => support, any: () => noted.size > 0 };
