'use strict';
// The options of a test, a suite or a hook, checked (Node documentation: test([name][, options][, fn])).
const validators = require('../validators');
const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE } } = require('../errors');

/** What a timer can wait for, in ms. */
const LONGEST = 2 ** 31 - 1;

/** ms, or null for the parent's. */
function readTimeout(timeout, name = 'options.timeout') {
  if (timeout === undefined || timeout === null) return undefined;
  if (timeout !== Infinity) validators.validateNumber(timeout, name, 0, LONGEST);
  return timeout;
}

/** How many subtests may run at a time, or undefined for the parent's. @param {boolean} isRoot */
function readConcurrency(concurrency, isRoot, name = 'options.concurrency') {
  if (concurrency === undefined || concurrency === null) return undefined;
  if (typeof concurrency === 'number') {
    validators.validateUint32(concurrency, name, true);
    return concurrency;
  }
  if (typeof concurrency !== 'boolean') throw new ERR_INVALID_ARG_TYPE(name, ['boolean', 'number'], concurrency);
  if (!concurrency) return 1;
  const { os } = require('./platform');
  return isRoot ? Math.max(os.availableParallelism() - 1, 1) : Infinity;
}

/** @returns {false | { label?: string, match?: any }} */
function readExpectFailure(value) {
  if (value === undefined || value === null || value === false) return false;
  if (typeof value === 'string') return { label: value };
  if (typeof value === 'function' || value instanceof RegExp || value instanceof Error) return { match: value };
  if (typeof value !== 'object') return {};
  const keys = Object.keys(value);
  if (keys.length === 0) throw new ERR_INVALID_ARG_VALUE('options.expectFailure', value, 'must not be an empty object');
  if (keys.every((key) => key === 'label' || key === 'match')) {
    if (value.label !== undefined) validators.validateString(value.label, 'options.expectFailure.label');
    return { label: value.label, match: value.match };
  }
  return { match: value };
}

/** Lower case, each once, in the order of their first mention. @returns {string[]} */
function readTags(tags, name = 'options.tags') {
  if (tags === undefined) return [];
  validators.validateArray(tags, name);
  const seen = new Set();
  for (let i = 0; i < tags.length; i++) {
    validators.validateString(tags[i], `${name}[${i}]`);
    if (tags[i] === '') throw new ERR_INVALID_ARG_VALUE(`${name}[${i}]`, tags[i], 'must not be an empty string');
    seen.add(tags[i].toLowerCase());
  }
  return [...seen];
}

/** The arguments ([name][, options][, fn]) in any of their forms. */
function readArguments(name, options, fn) {
  if (typeof name === 'function') {
    fn = name;
    name = undefined;
    options = undefined;
  } else if (name !== null && typeof name === 'object') {
    fn = typeof options === 'function' ? options : fn;
    options = name;
    name = undefined;
  } else if (typeof options === 'function') {
    fn = options;
    options = undefined;
  }
  return { name, options: options ?? {}, fn };
}

module.exports = { LONGEST, readArguments, readConcurrency, readExpectFailure, readTags, readTimeout };
