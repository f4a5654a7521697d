'use strict';
// AssertionError, and the messages that show where two values differ.

const { inspect } = require('../node/util');
const { validateObject } = require('./validators');
const { DELETE, INSERT, myersDiff } = require('./diff');

const readable = {
  deepStrictEqual: 'Expected values to be strictly deep-equal:',
  partialDeepStrictEqual: 'Expected values to be partially and strictly deep-equal:',
  strictEqual: 'Expected values to be strictly equal:',
  strictEqualObject: 'Expected "actual" to be reference-equal to "expected":',
  deepEqual: 'Expected values to be loosely deep-equal:',
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notStrictEqualObject: 'Expected "actual" not to be reference-equal to "expected":',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
  notIdentical: 'Values have same structure but are not reference-equal:',
  notDeepEqualUnequal: 'Expected values not to be loosely deep-equal:',
};
const MAX_LINES = 1000;
const CONTEXT = 2; // equal lines shown around differences

const show = (value) => inspect(value, {
  compact: false, customInspect: false, depth: 1000, maxArrayLength: Infinity, showHidden: false, showProxy: false, sorted: true, getters: true,
});

const isSimple = (value) => (typeof value !== 'object' || value === null) && typeof value !== 'function';

/** Of two short values: `1 !== 2`, or one above the other with a mark where strings begin to differ. */
function simpleDiff(actual, a, expected, b) {
  const bothStrings = typeof actual === 'string' && typeof expected === 'string';
  const length = a.length + b.length - (typeof actual === 'string' ? 2 : 0) - (typeof expected === 'string' ? 2 : 0);
  if (length <= 12 && (actual !== 0 || expected !== 0)) return `\n${a} !== ${b}`;
  let out = `+ actual - expected\n\n+ ${a}\n- ${b}`;
  let at = 0;
  while (a[at] === b[at]) at++;
  if (bothStrings && at > 2 && length <= 80) out += `\n${' '.repeat(at + 2)}^`;
  return out;
}

/** Without its stack, so that only what counts is shown. */
function withoutStack(value) {
  if (!(value instanceof Error)) return value;
  const copy = Object.assign(Object.create(Object.getPrototypeOf(value)), value);
  Object.defineProperty(copy, 'message', { value: value.message });
  if (Object.hasOwn(value, 'cause')) {
    Object.defineProperty(copy, 'cause', { value: withoutStack(value.cause), enumerable: false });
  }
  return copy;
}

function diffMessage(actual, expected, operator) {
  let a = show(actual).split('\n');
  const b = show(expected).split('\n');
  if (operator === 'strictEqual' && ((typeof actual === 'object' && actual !== null && typeof expected === 'object' && expected !== null) ||
      (typeof actual === 'function' && typeof expected === 'function'))) {
    operator = 'strictEqualObject';
  }
  if (a.length === 1 && b.length === 1 && a[0] !== b[0] && isSimple(actual) && isSimple(expected)) {
    return `${readable[operator]}\n${simpleDiff(actual, a[0], expected, b[0])}\n`;
  }
  if (a.length === b.length && a.every((line, i) => line === b[i])) {
    if (a.length > 50) a = [...a.slice(0, 46), '...'];
    return `${readable.notIdentical}\n\n${a.join('\n')}\n`;
  }
  const operations = myersDiff(a.slice(0, MAX_LINES), b.slice(0, MAX_LINES));
  const keep = operations.map(([kind]) => kind !== 0);
  const near = keep.map((_, i) => {
    for (let j = Math.max(0, i - CONTEXT); j <= Math.min(keep.length - 1, i + CONTEXT); j++) if (keep[j]) return true;
    return false;
  });
  let out = '';
  let skipped = false;
  operations.forEach(([kind, line], i) => {
    if (!near[i] && operations.length > 10) {
      if (i === 0 || i === operations.length - 1) out += `\n  ${line}`;
      else if (near[i - 1] || i === 1) {
        out += '\n...';
        skipped = true;
      }
      return;
    }
    out += `\n${kind === INSERT ? '+' : kind === DELETE ? '-' : ' '} ${line}`;
  });
  const legend = skipped ? ' ... Skipped lines' : '';
  return `${readable[operator]}\n+ actual - expected${legend}\n${out}\n`;
}

function shorten(text, limit = 128) {
  return text.length > limit ? `${text.slice(0, limit)}...` : text;
}

function negativeMessage(actual, operator) {
  let base = readable[operator];
  const lines = show(actual).split('\n');
  if (operator === 'notStrictEqual' && !isSimple(actual)) base = readable.notStrictEqualObject;
  if (lines.length > 50) {
    lines.length = 46;
    lines.push('...');
  }
  return lines.length === 1 ? `${base}${lines[0].length > 5 ? '\n\n' : ' '}${lines[0]}` : `${base}\n\n${lines.join('\n')}\n`;
}

function looseMessage(actual, expected, operator) {
  let left = show(actual);
  let right = show(expected);
  const base = readable[operator];
  if (operator === 'notDeepEqual' && left === right) {
    const text = `${base}\n\n${left}`;
    return text.length > 1024 ? `${text.slice(0, 1021)}...` : text;
  }
  left = shorten(left, 512);
  right = shorten(right, 512);
  if (operator === 'deepEqual') return `${base}\n\n${left}\n\nshould loosely deep-equal\n\n${right}`;
  if (operator === 'notDeepEqual') return `${readable.notDeepEqualUnequal}\n\n${left}\n\nshould not loosely deep-equal\n\n${right}`;
  return `${left} ${operator} ${right}`;
}

class AssertionError extends Error {
  /** @param {{message?: string, actual?, expected?, operator?: string, stackStartFn?: Function}} options */
  constructor(options) {
    validateObject(options, 'options');
    const { message, operator, stackStartFn, details, stackStartFunction } = options;
    const { actual, expected } = options;
    const both = actual instanceof Error && expected instanceof Error;
    const a = both ? withoutStack(actual) : actual;
    const b = both ? withoutStack(expected) : expected;
    if (message != null) {
      super(`${message}`);
    } else if (operator === 'deepStrictEqual' || operator === 'strictEqual' || operator === 'partialDeepStrictEqual') {
      super(diffMessage(a, b, operator));
    } else if (operator === 'notDeepStrictEqual' || operator === 'notStrictEqual') {
      super(negativeMessage(a, operator));
    } else {
      super(looseMessage(a, b, operator));
    }
    this.generatedMessage = message == null;
    Object.defineProperty(this, 'name', { value: 'AssertionError [ERR_ASSERTION]', enumerable: false, writable: true, configurable: true });
    this.code = 'ERR_ASSERTION';
    if (details) {
      this.actual = undefined;
      this.expected = undefined;
      this.operator = undefined;
      details.forEach((one, i) => {
        this[`message ${i}`] = one.message;
        this[`actual ${i}`] = one.actual;
        this[`expected ${i}`] = one.expected;
        this[`operator ${i}`] = one.operator;
        this[`stack trace ${i}`] = one.stack;
      });
    } else {
      this.actual = actual;
      this.expected = expected;
      this.operator = operator;
    }
    this.diff = options.diff ?? 'simple';
    Error.captureStackTrace(this, stackStartFn || stackStartFunction);
    void this.stack; // formatted while the name carries the code
    this.name = 'AssertionError';
  }

  toString() { return `${this.name} [${this.code}]: ${this.message}`; }

  [inspect.custom](depth, options) {
    const { actual, expected } = this;
    for (const key of ['actual', 'expected']) {
      if (typeof this[key] === 'string' && this[key].length > 1024) {
        const lines = this[key].split('\n');
        if (lines.length > 10) this[key] = `${lines.slice(0, 10).join('\n')}\n...`;
        else this[key] = shorten(this[key], 509);
      }
    }
    const out = inspect(this, { ...options, customInspect: false, depth: 0 });
    this.actual = actual;
    this.expected = expected;
    return out;
  }
}

module.exports = { AssertionError };
