'use strict';
// Where a test stands in the source that its file was made from, if --enable-source-maps says to look.
const settings = require('../cli_settings');

/** @param {{ line: number, column: number, file?: string }} at */
function original(at) {
  if (!settings.has('--enable-source-maps') || at.file === undefined) return at;
  const map = require('./platform').module.findSourceMap?.(at.file);
  const entry = map?.findEntry?.(at.line - 1, at.column - 1);
  if (entry?.originalLine === undefined || entry.originalSource === undefined) return at;
  const { url } = require('./platform');
  const file = entry.originalSource.startsWith('file:') ? url.fileURLToPath(entry.originalSource) : entry.originalSource;
  return { line: entry.originalLine + 1, column: entry.originalColumn + 1, file };
}

module.exports = { original };
