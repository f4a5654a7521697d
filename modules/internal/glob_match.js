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

/** The index of the `)` that belongs to the `(` at `open`, or -1. */
function closing(text, open) {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

/** 'a|b(c|d)' → ['a', 'b(c|d)'] */
function alternativesOf(text) {
  const parts = [''];
  let depth = 0;
  for (const c of text) {
    if (c === '(') depth++;
    else if (c === ')') depth--;
    if (c === '|' && depth === 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts;
}

/** ?(a|b), *(a|b), +(a|b), @(a|b), !(a|b), given what follows it. */
function extended(kind, text, rest) {
  const group = `(?:${alternativesOf(text).map((part) => source(part)).join('|')})`;
  if (kind === '!') return `(?:(?!${group}${source(rest)}$)[^/]*?)`;
  return kind === '@' ? group : `${group}${kind}`;
}

const classes = { alpha: '\\p{L}', digit: '0-9', alnum: '\\p{L}\\p{Nd}', upper: '\\p{Lu}', lower: '\\p{Ll}', space: '\\s', xdigit: 'A-Fa-f0-9',
  punct: '\\p{P}', blank: '\\p{Zs}\\t', word: '\\p{L}\\p{Nd}\\p{Pc}' };

/** [abc], [!a-z], [[:alpha:]]: its source and where it ends, or undefined. */
function bracket(text, open) {
  const negated = text[open + 1] === '!' || text[open + 1] === '^';
  let i = open + (negated ? 2 : 1);
  let inner = '';
  for (let first = true; i < text.length; i++, first = false) {
    const named = /^\[:(\w+):\]/.exec(text.slice(i));
    if (named !== null && classes[named[1]] !== undefined) {
      inner += classes[named[1]];
      i += named[0].length - 1;
    } else if (text[i] === ']' && !first) {
      return [`(?!/)[${negated ? '^' : ''}${inner}]`, i];
    } else if (text[i] === '\\' && i + 1 < text.length) {
      inner += `\\${text[++i]}`.replace(/\\([a-zA-Z0-9_ ])/, '$1');
    } else {
      inner += /[\\\[\]^&~|(){}/$*+?.]/.test(text[i]) ? `\\${text[i]}` : text[i];
    }
  }
  return undefined;
}

/** The regular expression of a part of a path without slashes. */
function source(text) {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    const end = '?*+@!'.includes(c) && text[i + 1] === '(' ? closing(text, i + 1) : -1;
    const set = c === '[' ? bracket(text, i) : undefined;
    if (end !== -1) {
      out += extended(c, text.slice(i + 2, end), text.slice(end + 1));
      i = end;
    } else if (set !== undefined) {
      out += set[0];
      [, i] = set;
    } else if (c === '*') {
      while (text[i + 1] === '*') i++;
      out += '[^/]*';
    } else if (c === '?') out += '[^/]';
    else if (c === '\\' && i + 1 < text.length) out += escape(text[++i]);
    else out += escape(c);
  }
  return out;
}

const escape = (c) => c.replace(/[\\^$.|?*+(){}[\]/]/, '\\$&');

/** What may begin with anything does not begin with a dot. */
const segment = (text) => (/^([*?[]|[@+!]\()/.test(text) ? '(?!\\.)' : '') +
  (/^\*+$/.test(text) ? '[^/]+' : source(text));

/** @returns {RegExp} of one name */
const segmentRegExp = (text) => new RegExp(`^${segment(text)}$`, 'u');

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
  return new RegExp(`^(?:${alternatives.join('|')})$`, ignoreCase ? 'iu' : 'u');
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

module.exports = { matches, toRegExp, expand, segmentRegExp };
