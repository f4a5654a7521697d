'use strict';
// node:assert.

const {
  codes: {
    ERR_AMBIGUOUS_ARGUMENT, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_RETURN_VALUE, ERR_MISSING_ARGS,
  },
} = require('../internal/errors');
const { validateFunction } = require('../internal/validators');
const { AssertionError } = require('../internal/assertion_error');
const { isDeepEqual, isDeepStrictEqual } = require('../internal/comparisons');
const { inspect } = require('./util');
const types = require('./util/types');

const NO_EXCEPTION = {};

function raise(options) {
  if (options.message instanceof Error) throw options.message;
  throw new AssertionError(options);
}

/** The source text of a failed assert(...) call would need the file; Node's fallback message is used. */
function innerOk(fn, count, value, message) {
  if (value) return;
  let generated = false;
  if (count === 0) {
    generated = true;
    message = 'No value argument passed to `assert.ok()`';
  } else if (message == null) {
    generated = true;
    message = sourceMessage(fn) ?? 'The expression evaluated to a falsy value';
  } else if (message instanceof Error) {
    throw message;
  }
  const error = new AssertionError({ actual: value, expected: true, message, operator: '==', stackStartFn: fn });
  error.generatedMessage = generated;
  throw error;
}

/** Reads the failing call's text from its file, as Node shows it. */
function sourceMessage(fn) {
  try {
    const holder = {};
    Error.captureStackTrace(holder, fn);
    const match = /\(?((?:file:\/\/)?\/[^()\n]+):(\d+):(\d+)\)?/.exec(holder.stack.split('\n').slice(1).find((line) => !/\(?node:internal/.test(line)) ?? '');
    if (!match) return undefined;
    const file = match[1].startsWith('file:') ? require('./url').fileURLToPath(match[1]) : match[1];
    const lines = require('./fs').readFileSync(file, 'utf8').split('\n').slice(match[2] - 1);
    let text = lines.join('\n').slice(match[3] - 1);
    let depth = 0;
    for (let i = text.indexOf('('); i < text.length && i !== -1; i++) {
      const char = text[i];
      if (char === '"' || char === "'" || char === '`') {
        for (i++; i < text.length && text[i] !== char; i++) if (text[i] === '\\') i++;
      } else if (char === '(' || char === '[' || char === '{') {
        depth++;
      } else if ((char === ')' || char === ']' || char === '}') && --depth === 0) {
        text = text.slice(0, i + 1);
        break;
      }
    }
    if (depth !== 0) return undefined;
    const start = lines[0].slice(0, match[3] - 1).match(/[\w.]*$/)[0];
    return `The expression evaluated to a falsy value:\n\n  ${start + text.replace(/\n\s*/g, '\n  ')}\n`;
  } catch {
    return undefined;
  }
}

const assert = module.exports = function ok(...args) { innerOk(ok, args.length, ...args); };
assert.ok = function ok(...args) { innerOk(ok, args.length, ...args); };

assert.fail = function fail(actual, expected, message, operator, stackStartFn) {
  const { length } = arguments;
  let generated = false;
  if (actual == null && length <= 1) {
    generated = true;
    message = 'Failed';
  } else if (length === 1) {
    message = actual;
    actual = undefined;
  } else if (length === 2) {
    operator = '!=';
  }
  if (message instanceof Error) throw message;
  const options = { actual, expected, operator: operator === undefined ? 'fail' : operator, stackStartFn: stackStartFn || fail, message };
  const error = new AssertionError(options);
  if (generated) error.generatedMessage = true;
  throw error;
};
assert.AssertionError = AssertionError;

function needTwo(count) {
  if (count < 2) throw new ERR_MISSING_ARGS('actual', 'expected');
}

/** Defines an assertion that compares two values. */
function define(name, operator, passes) {
  assert[name] = { [name](actual, expected, message) {
    needTwo(arguments.length);
    if (!passes(actual, expected)) raise({ actual, expected, message, operator, stackStartFn: assert[name] });
  } }[name];
}
// eslint-disable-next-line eqeqeq
const looseSame = (a, b) => a == b || (a !== a && b !== b);
define('equal', '==', looseSame);
define('notEqual', '!=', (a, b) => !looseSame(a, b));
define('deepEqual', 'deepEqual', isDeepEqual);
define('notDeepEqual', 'notDeepEqual', (a, b) => !isDeepEqual(a, b));
define('deepStrictEqual', 'deepStrictEqual', (a, b) => isDeepStrictEqual(a, b));
define('notDeepStrictEqual', 'notDeepStrictEqual', (a, b) => !isDeepStrictEqual(a, b));
define('strictEqual', 'strictEqual', Object.is);
define('notStrictEqual', 'notStrictEqual', (a, b) => !Object.is(a, b));
define('partialDeepStrictEqual', 'partialDeepStrictEqual', (a, b) => partial(a, b, new Map()));

/** Every part of `expected` is in `actual`. */
function partial(actual, expected, seen) {
  if (typeof expected !== 'object' || expected === null || typeof actual !== 'object' || actual === null) return Object.is(actual, expected);
  if (seen.get(expected) === actual) return true;
  seen.set(expected, actual);
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || expected.length > actual.length) return false;
    let from = 0;
    return expected.every((value) => {
      while (from < actual.length && !partial(actual[from], value, seen)) from++;
      return from++ < actual.length;
    });
  }
  if (types.isMap(expected)) {
    return types.isMap(actual) && [...expected].every(([key, value]) => actual.has(key) && partial(actual.get(key), value, seen));
  }
  if (types.isSet(expected)) return types.isSet(actual) && [...expected].every((value) => [...actual].some((other) => partial(other, value, seen)));
  if (Object.prototype.toString.call(actual) !== '[object Object]' || Object.prototype.toString.call(expected) !== '[object Object]') {
    return isDeepStrictEqual(actual, expected);
  }
  return Reflect.ownKeys(expected).every((key) => Object.hasOwn(actual, key) && partial(actual[key], expected[key], seen));
}

// ---- throws, rejects --------------------------------------------------------------------------------------------------
class Comparison {
  constructor(object, keys, actual) {
    for (const key of keys) {
      if (!(key in object)) continue;
      if (actual !== undefined && typeof actual[key] === 'string' && types.isRegExp(object[key]) && object[key].test(actual[key])) this[key] = actual[key];
      else this[key] = object[key];
    }
  }
}

function compareKey(actual, expected, key, message, keys, fn) {
  if (key in actual && isDeepStrictEqual(actual[key], expected[key])) return;
  if (message) raise({ actual, expected, message, operator: fn.name, stackStartFn: fn });
  const a = new Comparison(actual, keys);
  const b = new Comparison(expected, keys, actual);
  const error = new AssertionError({ actual: a, expected: b, operator: 'deepStrictEqual', stackStartFn: fn });
  error.actual = actual;
  error.expected = expected;
  error.operator = fn.name;
  throw error;
}

function checkThrown(actual, expected, message, fn) {
  let generated = false;
  let failed = false;
  if (typeof expected !== 'function') {
    if (types.isRegExp(expected)) {
      const text = String(actual);
      if (expected.test(text)) return;
      if (!message) {
        generated = true;
        message = `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(text)}\n`;
      }
      failed = true;
    } else if (typeof actual !== 'object' || actual === null) {
      const error = new AssertionError({ actual, expected, message, operator: 'deepStrictEqual', stackStartFn: fn });
      error.operator = fn.name;
      throw error;
    } else {
      const keys = Object.keys(expected);
      if (expected instanceof Error) keys.push('name', 'message');
      else if (keys.length === 0) throw new ERR_INVALID_ARG_VALUE('error', expected, 'may not be an empty object');
      for (const key of keys) {
        if (typeof actual[key] === 'string' && types.isRegExp(expected[key]) && expected[key].test(actual[key])) continue;
        compareKey(actual, expected, key, message, keys, fn);
      }
      return;
    }
  } else if (expected.prototype !== undefined && actual instanceof expected) {
    return;
  } else if (Object.prototype.isPrototypeOf.call(Error, expected)) {
    if (!message) {
      generated = true;
      message = `The error is expected to be an instance of "${expected.name}". Received `;
      message += types.isNativeError(actual) || actual instanceof Error ? `"${actual.name}"\n\nError message:\n\n${actual.message}` : `"${inspect(actual, { depth: -1 })}"`;
    }
    failed = true;
  } else {
    const result = Reflect.apply(expected, {}, [actual]);
    if (result === true) return;
    if (!message) {
      generated = true;
      const name = expected.name ? `"${expected.name}" ` : '';
      message = `The ${name}validation function is expected to return "true". Received ${inspect(result)}`;
      if (actual instanceof Error) message += `\n\nCaught error:\n\n${actual}`;
    }
    failed = true;
  }
  if (!failed) return;
  const error = new AssertionError({ actual, expected, message, operator: fn.name, stackStartFn: fn });
  error.generatedMessage = generated;
  throw error;
}

function thrownBy(fn) {
  validateFunction(fn, 'fn');
  try {
    fn();
  } catch (error) {
    return error;
  }
  return NO_EXCEPTION;
}

const isPromiseLike = (value) => types.isPromise(value) ||
  (value !== null && typeof value === 'object' && typeof value.then === 'function' && typeof value.catch === 'function');

async function rejectionOf(promiseFn) {
  let promise;
  if (typeof promiseFn === 'function') {
    promise = promiseFn();
    if (!isPromiseLike(promise)) throw new ERR_INVALID_RETURN_VALUE('instance of Promise', 'promiseFn', promise);
  } else if (isPromiseLike(promiseFn)) {
    promise = promiseFn;
  } else {
    throw new ERR_INVALID_ARG_TYPE('promiseFn', ['Function', 'Promise'], promiseFn);
  }
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return NO_EXCEPTION;
}

function expectsError(fn, actual, expected, message) {
  if (typeof expected === 'string') {
    if (arguments.length === 4 && message !== undefined) throw new ERR_INVALID_ARG_TYPE('error', ['Object', 'Error', 'Function', 'RegExp'], expected);
    if (typeof actual === 'object' && actual !== null) {
      if (actual.message === expected) throw new ERR_AMBIGUOUS_ARGUMENT('error/message', `The error message "${actual.message}" is identical to the message.`);
    } else if (actual === expected) {
      throw new ERR_AMBIGUOUS_ARGUMENT('error/message', `The error "${actual}" is identical to the message.`);
    }
    message = expected;
    expected = undefined;
  } else if (expected != null && typeof expected !== 'object' && typeof expected !== 'function') {
    throw new ERR_INVALID_ARG_TYPE('error', ['Object', 'Error', 'Function', 'RegExp'], expected);
  }
  if (actual === NO_EXCEPTION) {
    let details = expected?.name ? ` (${expected.name})` : '';
    details += message ? `: ${message}` : '.';
    raise({ actual: undefined, expected, operator: fn.name, message: `Missing expected ${fn === assert.rejects ? 'rejection' : 'exception'}${details}`, stackStartFn: fn });
  }
  if (expected) checkThrown(actual, expected, message, fn);
}

function expectsNoError(fn, actual, expected, message) {
  if (actual === NO_EXCEPTION) return;
  if (typeof expected === 'string') {
    message = expected;
    expected = undefined;
  }
  const matches = !expected || (types.isRegExp(expected) ? expected.test(String(actual))
    : (expected.prototype !== undefined && actual instanceof expected) ||
      (!Object.prototype.isPrototypeOf.call(Error, expected) && Reflect.apply(expected, {}, [actual]) === true));
  if (matches) {
    const details = message ? `: ${message}` : '.';
    raise({
      actual, expected, operator: fn.name, stackStartFn: fn,
      message: `Got unwanted ${fn === assert.doesNotReject ? 'rejection' : 'exception'}${details}\nActual message: "${actual?.message}"`,
    });
  }
  throw actual;
}

assert.throws = function throws(fn, ...args) { expectsError(throws, thrownBy(fn), ...args); };
assert.rejects = async function rejects(promiseFn, ...args) { expectsError(rejects, await rejectionOf(promiseFn), ...args); };
assert.doesNotThrow = function doesNotThrow(fn, ...args) { expectsNoError(doesNotThrow, thrownBy(fn), ...args); };
assert.doesNotReject = async function doesNotReject(fn, ...args) { expectsNoError(doesNotReject, await rejectionOf(fn), ...args); };

/** Fails for anything but null and undefined: for callbacks' error argument. */
assert.ifError = function ifError(error) {
  if (error === null || error === undefined) return;
  let message = 'ifError got unwanted exception: ';
  if (typeof error === 'object' && typeof error.message === 'string') {
    message += error.message.length === 0 && error.constructor ? error.constructor.name : error.message;
  } else {
    message += inspect(error);
  }
  const failure = new AssertionError({ actual: error, expected: null, operator: 'ifError', message, stackStartFn: ifError });
  failure.generatedMessage = true;
  throw failure;
};

function matching(fn, string, regexp, message, wanted) {
  if (!types.isRegExp(regexp)) throw new ERR_INVALID_ARG_TYPE('regexp', 'RegExp', regexp);
  if (typeof string === 'string' && regexp.test(string) === wanted) return;
  if (message instanceof Error) throw message;
  const generated = !message;
  message ||= typeof string !== 'string'
    ? `The "string" argument must be of type string. Received type ${typeof string} (${inspect(string)})`
    : `${wanted ? 'The input did not match the regular expression ' : 'The input was expected to not match the regular expression '}` +
      `${inspect(regexp)}. Input:\n\n${inspect(string)}\n`;
  const error = new AssertionError({ actual: string, expected: regexp, message, operator: fn.name, stackStartFn: fn });
  error.generatedMessage = generated;
  throw error;
}
assert.match = function match(string, regexp, message) { matching(match, string, regexp, message, true); };
assert.doesNotMatch = function doesNotMatch(string, regexp, message) { matching(doesNotMatch, string, regexp, message, false); };

/** Counts calls (deprecated in Node). */
class CallTracker {
  #checks = [];
  calls(fn, exact = 1) {
    if (typeof fn === 'number') [fn, exact] = [undefined, fn];
    fn ??= () => {};
    const check = { fn, exact, calls: [], error: new Error() };
    this.#checks.push(check);
    const tracked = function (...args) {
      check.calls.push({ thisArg: this, arguments: args });
      return Reflect.apply(fn, this, args);
    };
    check.tracked = tracked;
    return tracked;
  }
  getCalls(tracked) { return this.#checks.find((check) => check.tracked === tracked).calls; }
  reset(tracked) { for (const check of this.#checks) if (tracked === undefined || check.tracked === tracked) check.calls = []; }
  report() {
    return this.#checks.filter(({ exact, calls }) => calls.length !== exact).map(({ fn, exact, calls, error }) => ({
      message: `Expected the ${fn.name || 'calls'} function to be executed ${exact} time(s) but was executed ${calls.length} time(s).`,
      actual: calls.length, expected: exact, operator: fn.name || 'calls', stack: error,
    }));
  }
  verify() {
    const errors = this.report();
    if (errors.length === 0) return;
    throw new AssertionError({ message: errors.length === 1 ? errors[0].message : 'Functions were not called the expected number of times', details: errors });
  }
}
assert.CallTracker = CallTracker;

assert.strict = Object.assign(function strict(...args) { innerOk(strict, args.length, ...args); }, assert, {
  equal: assert.strictEqual,
  deepEqual: assert.deepStrictEqual,
  notEqual: assert.notStrictEqual,
  notDeepEqual: assert.notDeepStrictEqual,
});
assert.strict.strict = assert.strict;
