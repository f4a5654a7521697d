'use strict';
// node:util.

const errors = require('../internal/errors');
const { codes: { ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE } } = errors;
const {
  validateAbortSignal, validateBoolean, validateNumber, validateObject, validateOneOf, validateString,
} = require('../internal/validators');
const { callbackify, defineLazy, deprecate, inherits, promisify } = require('../internal/util');
const types = require('./util/types');
const engine = require('node-inspect-extracted');

const { inspect, formatWithOptions } = engine;

/** printf-like; see formatWithOptions. @returns {string} */
function format(...args) {
  if (args.length === 1 && typeof args[0] === 'string') return args[0];
  return engine.format(...args);
}

/** ANSI escape sequences out of `text`. */
function stripVTControlCharacters(text) {
  validateString(text, 'str');
  return engine.stripVTControlCharacters(text);
}

// ---- debuglog ---------------------------------------------------------------------------------------------------------
let debugPattern;
function debugEnabled(set) {
  if (debugPattern === undefined) {
    const wanted = process.env.NODE_DEBUG;
    debugPattern = wanted
      ? new RegExp(`^(?:${wanted.replace(/[|\\{}()[\]^$+?.]/g, '\\$&').replaceAll('*', '.*').replaceAll(',', '|')})$`, 'i')
      : false;
  }
  return debugPattern !== false && debugPattern.test(set);
}

/** A logger to stderr that is silent unless NODE_DEBUG names `set`. */
function debuglog(set, callback) {
  let enabled;
  const isEnabled = () => (enabled ??= debugEnabled(set));
  let write;
  function logger(...args) {
    if (!isEnabled()) return;
    if (write === undefined) {
      write = (...values) => {
        const text = formatWithOptions({ colors: Boolean(process.stderr.hasColors?.()) }, ...values);
        process.stderr.write(`${set.toUpperCase()} ${process.pid}: ${text}\n`);
      };
      if (typeof callback === 'function') callback(write);
    }
    write(...args);
  }
  Object.defineProperty(logger, 'enabled', { get: isEnabled, configurable: true, enumerable: true });
  return logger;
}

// ---- styleText --------------------------------------------------------------------------------------------------------
function colorWanted(stream) {
  const { env } = process;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  if (env.NODE_DISABLE_COLORS !== undefined || env.NO_COLOR !== undefined || env.TERM === 'dumb') return false;
  return Boolean(stream?.isTTY) && (typeof stream.getColorDepth !== 'function' || stream.getColorDepth() > 2);
}

/**
 * @param {string|string[]} format names of inspect.colors
 * @param {string} text
 * @param {{validateStream?: boolean, stream?: object}} [options] without a colour terminal, text comes back plain
 */
function styleText(format, text, { validateStream = true, stream = process.stdout } = {}) {
  validateString(text, 'text');
  validateBoolean(validateStream, 'options.validateStream');
  if (validateStream && (stream === null || typeof stream !== 'object' || typeof stream.write !== 'function')) {
    throw new ERR_INVALID_ARG_TYPE('stream', ['ReadableStream', 'WritableStream', 'Stream'], stream);
  }
  const plain = validateStream && !colorWanted(stream);
  let left = '';
  let right = '';
  for (const key of Array.isArray(format) ? format : [format]) {
    if (key === 'none') continue;
    const codes = inspect.colors[key];
    if (codes === undefined) validateOneOf(key, 'format', Object.keys(inspect.colors));
    if (plain) continue;
    left += `\u001b[${codes[0]}m`;
    right = `\u001b[${codes[1]}m${right}`;
    text = text.replaceAll(`\u001b[${codes[1]}m`, codes[1] === 22 ? `\u001b[22m\u001b[${codes[0]}m` : `\u001b[${codes[0]}m`);
  }
  return `${left}${text}${right}`;
}

// ---- errors of the system ---------------------------------------------------------------------------------------------
function checkErrno(number) {
  validateNumber(number, 'err');
  if (number >= 0 || !Number.isSafeInteger(number)) throw new ERR_OUT_OF_RANGE('err', 'a negative integer', number);
}

function getSystemErrorName(number) {
  checkErrno(number);
  return errors.errname(number);
}

function getSystemErrorMessage(number) {
  checkErrno(number);
  return errors.uvErrorMap().get(number)?.[1] ?? `Unknown system error ${number}`;
}

/** Resolves when signal is aborted, without keeping `resource` alive by it. */
async function aborted(signal, resource) {
  if (signal === undefined) throw new ERR_INVALID_ARG_TYPE('signal', 'AbortSignal', signal);
  validateAbortSignal(signal, 'signal');
  validateObject(resource, 'resource', { allowFunction: true, allowArray: true });
  if (signal.aborted) return undefined;
  // Whoever has let go of the resource does not hear of it.
  const { promise, resolve } = Promise.withResolvers();
  const alive = new WeakRef(resource);
  const listener = () => {
    if (alive.deref() !== undefined) resolve();
  };
  signal.addEventListener('abort', listener, { once: true });
  new FinalizationRegistry(() => signal.removeEventListener('abort', listener)).register(resource);
  return promise;
}

/** @returns {{functionName, scriptId, scriptName, lineNumber, columnNumber, column}[]} the caller's stack */
function getCallSites(frames = 10, options) {
  if (typeof frames === 'object' && options === undefined) {
    options = frames;
    frames = 10;
  }
  validateNumber(frames, 'frameCount', 1, 200);
  const flat = internalBinding('util').callSites(frames + 1) ?? [];
  const sites = [];
  for (let i = 4; i < flat.length; i += 4) {
    sites.push({
      functionName: flat[i] ?? '', scriptId: '0', scriptName: flat[i + 1] ?? '', lineNumber: flat[i + 2], columnNumber: flat[i + 3],
      column: flat[i + 3],
    });
  }
  return sites;
}

const toUSVString = (value) => {
  const text = `${value}`;
  return /[\ud800-\udfff]/.test(text) ? text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (one) => (one.length === 2 ? one : '\ufffd')) : text;
};

function transferableAbortSignal(signal) {
  validateAbortSignal(signal, 'signal');
  return require('../web/transfer_signals').transferableSignal(signal);
}

function log(...args) {
  const now = new Date();
  const pad = (n) => `${n}`.padStart(2, '0');
  const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][now.getMonth()];
  console.log(`${now.getDate()} ${month} ${pad(now.getHours())}:${pad(now.getMinutes())}:${pad(now.getSeconds())} - %s`, format(...args));
}

function extend(target, source) {
  return source === null || typeof source !== 'object' ? target : Object.assign(target, source);
}

module.exports = {
  _errnoException: errors.errnoException,
  _exceptionWithHostPort: errors.exceptionWithHostPort,
  _extend: deprecate(extend, 'The `util._extend` API is deprecated. Please use Object.assign() instead.', 'DEP0060'),
  aborted,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  formatWithOptions,
  getCallSite: getCallSites,
  getCallSites,
  getSystemErrorMap: () => new Map(errors.uvErrorMap()),
  getSystemErrorMessage,
  getSystemErrorName,
  inherits,
  inspect,
  isArray: Array.isArray,
  isBoolean: (value) => typeof value === 'boolean',
  isBuffer: (value) => require('./buffer').Buffer.isBuffer(value),
  isDate: types.isDate,
  isDeepStrictEqual: (a, b, options) => require('../internal/comparisons').isDeepStrictEqual(a, b, options),
  isError: (value) => types.isNativeError(value) || value instanceof Error,
  isFunction: (value) => typeof value === 'function',
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === 'number',
  isObject: (value) => value !== null && typeof value === 'object',
  isPrimitive: (value) => value === null || (typeof value !== 'object' && typeof value !== 'function'),
  isRegExp: types.isRegExp,
  isString: (value) => typeof value === 'string',
  isSymbol: (value) => typeof value === 'symbol',
  isUndefined: (value) => value === undefined,
  log,
  parseEnv(content) {
    validateString(content, 'content');
    return require('../internal/dotenv').parse(content);
  },
  promisify,
  stripVTControlCharacters,
  styleText,
  toUSVString,
  transferableAbortController: () => require('../web/transfer_signals').transferableController(),
  transferableAbortSignal,
  types,
};
defineLazy(module.exports, {
  MIMEParams: () => require('../internal/mime').MIMEParams,
  MIMEType: () => require('../internal/mime').MIMEType,
  TextDecoder: () => require('../web/encoding').TextDecoder,
  TextEncoder: () => require('../web/encoding').TextEncoder,
  parseArgs: () => require('../internal/parse_args').parseArgs,
  diff: () => require('../internal/diff').diff,
});
Object.defineProperty(module.exports, 'getStringWidth', { value: engine.getStringWidth, enumerable: false });
