'use strict';
// The source line with its arrow, in front of a syntax error's stack: where the mistake is stands nowhere else in it.
const decorated = new WeakSet();

/** "file:line\nsource\n   ^^\n" of where `error` was thrown, or "". Right after it was thrown, before it is thrown again. */
function arrowOf(error) {
  const message = internalBinding('process').messageOf(error);
  if (message === undefined) return '';
  const [resource, line, start, end, source] = message;
  if (source === undefined || resource === undefined || resource.startsWith('node:')) return '';
  const blank = source.slice(0, start).replace(/[^\t]/g, ' ');
  return `${resource}:${line}\n${source}\n${blank}${'^'.repeat(Math.max(1, end - start))}\n\n`;
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

module.exports = { decorate, decorateAny, isDecorated: (error) => typeof error === 'object' && error !== null && decorated.has(error) };
