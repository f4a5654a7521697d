'use strict';
// URLPattern (the URL Pattern standard): matching is npm's urlpattern-polyfill, loaded with the first pattern; arguments are
// checked here as Node's are.

const { URLPattern: Matcher } = require('urlpattern-polyfill/urlpattern');
const {
  codes: { ERR_CONSTRUCT_CALL_REQUIRED, ERR_INVALID_ARG_TYPE, ERR_INVALID_URL_PATTERN },
} = require('../internal/errors');

const inspectCustom = Symbol.for('nodejs.util.inspect.custom');

const COMPONENTS = ['protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash'];
const RESULT = ['hash', 'hostname', 'inputs', 'password', 'pathname', 'port', 'protocol', 'search', 'username'];

const isObject = (value) => value === null || typeof value === 'object' || typeof value === 'function';

/** A pattern's or a match's input: text, an object of components, or nothing, which is an object of none. */
function inputOf(value) {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'string' && !isObject(value)) throw new ERR_INVALID_ARG_TYPE('input', ['string', 'Object'], value);
  return value;
}

function checkBase(value) {
  if (value !== undefined && value !== null && typeof value !== 'string') throw new ERR_INVALID_ARG_TYPE('baseURL', 'string', value);
}

/** An object's components, each read once, in the order of the standard's dictionary. */
function read(input) {
  if (typeof input === 'string') return input;
  const out = {};
  for (const name of ['baseURL', 'hash', 'hostname', 'password', 'pathname', 'port', 'protocol', 'search', 'username']) {
    const value = input[name];
    if (value !== undefined) out[name] = `${value}`;
  }
  return out;
}

let matcherOf;

class Pattern {
  #matcher;

  /** (input, baseURL[, options]) or (input[, options]); options: {ignoreCase}. @throws {TypeError} for an invalid pattern */
  constructor(input, base, options) {
    const text = read(inputOf(input));
    if (arguments.length > 2) {
      base = `${base}`;
    } else if (isObject(base)) {
      options = base ?? undefined;
      base = undefined;
    }
    checkBase(base);
    if (options !== undefined && !isObject(options)) throw new ERR_INVALID_ARG_TYPE('options', 'Object', options);
    const ignoreCase = Boolean(options?.ignoreCase);
    try {
      this.#matcher = base === undefined ? new Matcher(text, { ignoreCase }) : new Matcher(text, base, { ignoreCase });
    } catch (error) {
      throw new ERR_INVALID_URL_PATTERN(error.message);
    }
  }

  static {
    matcherOf = (value) => {
      if (typeof value !== 'object' || value === null || !(#matcher in value)) throw new TypeError('Illegal invocation');
      return value.#matcher;
    };
  }

  /** @returns {object | null} what each component matched: {input, groups} */
  exec(input, base) {
    const matcher = matcherOf(this);
    const given = inputOf(input);
    checkBase(base);
    const found = base === undefined ? matcher.exec(read(given)) : matcher.exec(read(given), base);
    if (found === null || found === undefined) return null;
    found.inputs = base === undefined ? [given] : [given, base];
    const out = {};
    for (const name of RESULT) {
      out[name] = name === 'inputs' ? found.inputs : { groups: { ...found[name].groups }, input: found[name].input };
    }
    return out;
  }

  /** @returns {boolean} */
  test(input, base) {
    const matcher = matcherOf(this);
    const given = read(inputOf(input));
    checkBase(base);
    return base === undefined ? matcher.test(given) : matcher.test(given, base);
  }

  /** Whether a component has a group that is a regular expression. */
  get hasRegExpGroups() { return matcherOf(this).hasRegExpGroups; }

  [inspectCustom](depth, options, inspect) {
    const shown = {};
    for (const name of COMPONENTS) shown[name] = this[name];
    return `URLPattern ${inspect(shown, options)}`;
  }
}
for (const name of COMPONENTS) {
  Object.defineProperty(Pattern.prototype, name, { get() { return matcherOf(this)[name]; }, enumerable: true, configurable: true });
}
for (const name of ['exec', 'test', 'hasRegExpGroups']) Object.defineProperty(Pattern.prototype, name, { enumerable: true });
Object.defineProperty(Pattern.prototype, Symbol.toStringTag, { value: 'URLPattern', configurable: true });

/** What is called without `new` is refused with Node's code. */
function URLPattern(...args) {
  if (!new.target) throw new ERR_CONSTRUCT_CALL_REQUIRED('URLPattern');
  return Reflect.construct(Pattern, args, new.target);
}
URLPattern.prototype = Pattern.prototype;
Object.defineProperty(URLPattern, 'prototype', { writable: false });
Object.defineProperty(Pattern.prototype, 'constructor', { value: URLPattern, writable: true, configurable: true });
Object.defineProperty(URLPattern, 'length', { value: 0, configurable: true });

module.exports = { URLPattern };
