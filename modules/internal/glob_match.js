'use strict';
// path.matchesGlob: glob patterns with **, *, ?, [classes] and {alternatives}.

const { validateString } = require('./validators');

/** Expands braces: 'a{b,c}' → ['ab', 'ac']. */
function expand(pattern) {
  let depth = 0;
  let open = -1;
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === '{' && depth++ === 0) open = i;
    else if (pattern[i] === '}' && depth > 0 && --depth === 0) {
      const parts = [];
      let from = open + 1;
      let inner = 0;
      for (let j = open + 1; j <= i; j++) {
        if (pattern[j] === '{') inner++;
        else if (pattern[j] === '}' && j < i) inner--;
        else if ((pattern[j] === ',' && inner === 0) || j === i) {
          parts.push(pattern.slice(from, j));
          from = j + 1;
        }
      }
      if (parts.length < 2) continue;
      return parts.flatMap((part) => expand(pattern.slice(0, open) + part + pattern.slice(i + 1)));
    }
  }
  return [pattern];
}

function segment(text) {
  let out = /^[*?]/.test(text) ? '(?!\\.)' : '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '*') out += '[^/]*';
    else if (c === '?') out += '[^/]';
    else if (c === '[') {
      const end = text.indexOf(']', i + 2);
      if (end === -1) {
        out += '\\[';
      } else {
        out += `[${text.slice(i + 1, end).replace(/^!/, '^').replace(/\\/g, '\\\\')}]`;
        i = end;
      }
    } else {
      out += c.replace(/[\\^$.|+(){}\]]/g, '\\$&');
    }
  }
  return out;
}

/** @returns {RegExp} of paths with forward slashes */
function toRegExp(pattern, ignoreCase = false) {
  const alternatives = expand(pattern).map((one) => {
    const parts = one.split('/');
    let out = '';
    parts.forEach((part, i) => {
      const last = i === parts.length - 1;
      if (part === '**') out += last ? '(?:(?!\\.)[^/]+(?:/(?!\\.)[^/]+)*)?' : '(?:(?!\\.)[^/]+/)*';
      else out += segment(part) + (last ? '' : '/');
    });
    return out;
  });
  return new RegExp(`^(?:${alternatives.join('|')})$`, ignoreCase ? 'i' : '');
}

function matches(path, pattern, windows) {
  validateString(path, 'path');
  validateString(pattern, 'pattern');
  if (windows) {
    path = path.replaceAll('\\', '/');
    pattern = pattern.replaceAll('\\', '/');
  }
  return toRegExp(pattern, windows).test(path);
}

module.exports = { matches, toRegExp };
