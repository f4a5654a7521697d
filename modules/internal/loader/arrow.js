'use strict';
// The source line with its arrow, in front of a syntax error's stack: where the mistake is stands nowhere else in it.
const decorated = new WeakSet();

/**
 * "file:line\nsource\n   ^^\n\n" of where `error` was thrown, or "". Right after it was thrown, before it is thrown again.
 * @param {any} error
 * @param {boolean} [always] also a place without a source line, or in built-in code: "file:line\n"
 */
function arrowOf(error, always = false) {
  const message = internalBinding('process').messageOf(error);
  if (message === undefined) return '';
  const [resource = always ? '<anonymous_script>' : undefined, line, start, end, source] = message;
  if (resource === undefined) return '';
  if (source === undefined || resource.startsWith('node:')) return always ? `${resource}:${line}\n` : '';
  return originalArrow(resource, line, start) ?? shown(resource, line, source, start, end);
}

function shown(name, line, source, start, end) {
  const blank = source.slice(0, start).replace(/[^\t]/g, ' ');
  return `${name}:${line}\n${source}\n${blank}${'^'.repeat(Math.max(1, end - start))}\n\n`;
}

/** The same of the original source, where a source map knows it. */
function originalArrow(resource, line, start) {
  const maps = require('../source_maps');
  if (!maps.any()) return undefined;
  const place = maps.origin(resource, line, start + 1);
  const source = place && maps.sourceLine(resource, place);
  return source === undefined ? undefined : shown(place.file, place.line, source, place.column - 1, place.column);
}

/** @param {any} error of compiling @returns {any} the same */
function decorate(error) {
  return error instanceof SyntaxError ? decorateAny(error) : error;
}

/** The same, of any error. */
function decorateAny(error) {
  if (!isError(error) || decorated.has(error) || typeof error.stack !== 'string') return error;
  const arrow = arrowOf(error);
  if (arrow !== '') {
    error.stack = arrow + error.stack;
    decorated.add(error);
  }
  return error;
}

const isError = (value) => require('../../node/util').types.isNativeError(value);

/** An error whose stack shows its line already. */
const markDecorated = (error) => decorated.add(error);

module.exports = {
  decorate, decorateAny, markDecorated, arrowOf,
  isDecorated: (error) => typeof error === 'object' && error !== null && decorated.has(error),
};
