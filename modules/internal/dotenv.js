'use strict';

const LINE = /^\s*(?:export\s+)?([^\s=#][^=\r\n]*?)\s*=[^\S\r\n]*(?:"((?:\\"|[^"])*)"|'([^']*)'|`([^`]*)`|([^\r\n]*))?/gm;

/** Parses a .env file's text. @returns {Object<string, string>} */
function parse(content) {
  const out = {};
  const text = content.replace(/\r\n?/g, '\n');
  const skipped = /^[^\S\n]*(?:#.*)?$/gm;
  const lines = text.replace(skipped, '');
  for (const match of lines.matchAll(LINE)) {
    const [, key, double, single, back, bare] = match;
    if (double !== undefined) out[key] = double.replace(/\\n/g, '\n').replace(/\\"/g, '"');
    else if (single !== undefined) out[key] = single;
    else if (back !== undefined) out[key] = back;
    else out[key] = (bare ?? '').replace(/#.*$/, '').trim();
  }
  return out;
}

module.exports = { parse };
