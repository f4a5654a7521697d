'use strict';
// node:console. The global console writes to process.stdout and process.stderr, looked up at each call (they come into
// being when somebody prints). A plain string takes a path without util.format.

const { codes: { ERR_CONSOLE_WRITABLE_STREAM, ERR_INCOMPATIBLE_OPTION_PAIR } } = require('../internal/errors');
const { validateInteger, validateObject, validateOneOf } = require('../internal/validators');
const { channel } = require('../internal/diagnostics');
const util = require('./util');

const kState = Symbol('console state');
const kWrite = Symbol('console write');
const GROUP_MAX = 1000;
const plainPattern = /%/;

/** @param {number} ms @returns {string} '1.234s', '12.345ms', '1:02.345 (m:ss.mmm)' */
function formatTime(ms) {
  let hours = 0;
  let minutes = 0;
  let seconds = 0;
  if (ms >= 1000) {
    if (ms >= 60000) {
      if (ms >= 3600000) {
        hours = Math.floor(ms / 3600000);
        ms %= 3600000;
      }
      minutes = Math.floor(ms / 60000);
      ms %= 60000;
    }
    seconds = ms / 1000;
  }
  if (hours !== 0 || minutes !== 0) {
    const [whole, fraction] = seconds.toFixed(3).split('.');
    const shown = hours !== 0 ? `${hours}:${`${minutes}`.padStart(2, '0')}` : `${minutes}`;
    return `${shown}:${whole.padStart(2, '0')}.${fraction} (${hours !== 0 ? 'h:m' : ''}m:ss.mmm)`;
  }
  if (seconds !== 0) return `${seconds.toFixed(3)}s`;
  return `${Number(ms.toFixed(3))}ms`;
}

/** console.log and its like, each with a diagnostics channel that gets the arguments before they are printed. */
function printer(name, isError) {
  const published = channel(`console.${name}`);
  return { [name](...args) {
    if (published.hasSubscribers) published.publish(args);
    if (args.length === 1 && typeof args[0] === 'string') this[kWrite](isError, args[0]);
    else this[kWrite](isError, formatFor(this, isError, args));
  } }[name];
}

const methods = {
  log: printer('log', false),
  debug: printer('debug', false),
  info: printer('info', false),
  warn: printer('warn', true),
  error: printer('error', true),
  dir(value, options) {
    this[kWrite](false, util.inspect(value, { customInspect: false, ...inspectOptions(this, false), ...options }));
  },
  assert(condition, ...args) {
    if (condition) return;
    if (typeof args[0] === 'string') args[0] = `Assertion failed: ${args[0]}`;
    else args.unshift('Assertion failed');
    Reflect.apply(this.warn, this, args);
  },
  clear() {
    const { stdout } = streamsOf(this);
    if (stdout.isTTY && process.env.TERM !== 'dumb') stdout.write('\u001b[1;1H\u001b[0J');
  },
  count(label = 'default') {
    label = `${label}`;
    const { counts } = this[kState];
    const count = (counts.get(label) ?? 0) + 1;
    counts.set(label, count);
    this.log(`${label}: ${count}`);
  },
  countReset(label = 'default') {
    const { counts } = this[kState];
    if (!counts.has(`${label}`)) {
      process.emitWarning(`Count for '${label}' does not exist`);
      return;
    }
    counts.delete(`${label}`);
  },
  group(...args) {
    if (args.length > 0) Reflect.apply(this.log, this, args);
    const state = this[kState];
    state.indent += ' '.repeat(state.groupIndentation);
    if (state.indent.length > GROUP_MAX) state.indent = state.indent.slice(0, GROUP_MAX);
  },
  groupEnd() {
    const state = this[kState];
    state.indent = state.indent.slice(0, Math.max(0, state.indent.length - state.groupIndentation));
  },
  table(data, columns) { require('../internal/console_table').table(this, data, columns); },
  time(label = 'default') {
    label = `${label}`;
    const { timers } = this[kState];
    if (timers.has(label)) {
      process.emitWarning(`Label '${label}' already exists for console.time()`);
      return;
    }
    timers.set(label, process.hrtime());
  },
  timeEnd(label = 'default') {
    if (logTime(this, 'timeEnd', `${label}`, [])) this[kState].timers.delete(`${label}`);
  },
  timeLog(label = 'default', ...args) { logTime(this, 'timeLog', `${label}`, args); },
  trace: function trace(...args) {
    const error = { name: 'Trace', message: formatFor(this, true, args) };
    Error.captureStackTrace(error, trace);
    const lines = error.stack.split('\n').slice(1).join('\n');
    this[kWrite](true, `Trace${error.message ? `: ${error.message}` : ''}\n${lines}`);
  },
  dirxml(...args) { Reflect.apply(this.log, this, args); },
};
methods.groupCollapsed = methods.group;

function logTime(console_, method, label, args) {
  const start = console_[kState].timers.get(label);
  if (start === undefined) {
    process.emitWarning(`No such label '${label}' for console.${method}()`);
    return false;
  }
  const [seconds, nanoseconds] = process.hrtime(start);
  const shown = formatTime(seconds * 1000 + nanoseconds / 1e6);
  if (args.length > 0) console_.log('%s: %s', label, shown, ...args);
  else console_.log('%s: %s', label, shown);
  return true;
}

/** The global console's streams, unless a program put others in their place. */
const globalStreams = {
  own: [undefined, undefined],
  get stdout() { return this.own[0] ?? process.stdout; },
  get stderr() { return this.own[1] ?? process.stderr; },
};

function streamsOf(console_) {
  const state = console_[kState];
  return state.global ? globalStreams : state;
}

const colorOptions = { colors: true };
const plainOptions = {};
function inspectOptions(console_, isError) {
  const { inspectOptions: own } = console_[kState];
  if (own) {
    const forStream = own instanceof Map ? own.get(isError ? streamsOf(console_).stderr : streamsOf(console_).stdout) : own;
    if (forStream) {
      return forStream.colors !== undefined ? forStream : { ...forStream, colors: wantsColors(console_, isError) };
    }
  }
  return wantsColors(console_, isError) ? colorOptions : plainOptions;
}

function wantsColors(console_, isError) {
  const { colorMode } = console_[kState];
  if (colorMode !== 'auto') return colorMode;
  const stream = isError ? streamsOf(console_).stderr : streamsOf(console_).stdout;
  return stream.isTTY && (typeof stream.getColorDepth === 'function' ? stream.getColorDepth() > 2 : true);
}

function formatFor(console_, isError, args) {
  if (args.length === 0) return '';
  const first = args[0];
  if (args.length === 1 && typeof first === 'string') return first;
  if (typeof first === 'string' && !plainPattern.test(first) && args.every((one) => typeof one === 'string')) return args.join(' ');
  return util.formatWithOptions(inspectOptions(console_, isError), ...args);
}

const ignore = () => {};
function write(console_, isError, text) {
  const state = console_[kState];
  if (state.indent.length !== 0) text = state.indent + (text.includes('\n') ? text.replace(/\n/g, `\n${state.indent}`) : text);
  const streams = state.global ? globalStreams : state;
  const stream = isError ? streams.stderr : streams.stdout;
  if (stream === undefined || stream === null) return;
  if (!state.ignoreErrors) {
    stream.write(`${text}\n`);
    return;
  }
  // An error that the stream reports while printing is nobody's business, nor is its first that comes later. One that
  // goes on failing is: a program whose reader has left ends.
  if (stream.listenerCount?.('error') === 0) stream.once('error', ignore);
  try {
    stream.write(`${text}\n`, (error) => {
      if (error && !stream._writableState?.errorEmitted && stream.listenerCount?.('error') === 0) stream.once('error', ignore);
    });
  } catch (error) {
    if (require('../internal/errors').isStackOverflowError(error)) throw error;
  } finally {
    stream.removeListener?.('error', ignore);
  }
}

function initialize(console_, options, isGlobal) {
  Object.defineProperty(console_, kState, {
    value: {
      global: isGlobal,
      stdout: options.stdout,
      stderr: options.stderr,
      ignoreErrors: options.ignoreErrors,
      colorMode: options.colorMode,
      inspectOptions: options.inspectOptions,
      groupIndentation: options.groupIndentation,
      indent: '',
      counts: new Map(),
      timers: new Map(),
    },
    enumerable: false,
    configurable: true,
  });
  Object.defineProperty(console_, kWrite, { value: (isError, text) => write(console_, isError, text), enumerable: false, configurable: true });
}

/** new Console(stdout[, stderr][, ignoreErrors]) or new Console(options) */
function Console(options) {
  if (!new.target) return Reflect.construct(Console, arguments);
  if (!options || typeof options.write === 'function') {
    options = { stdout: options, stderr: arguments[1], ignoreErrors: arguments[2] };
  }
  const { stdout, stderr = stdout, ignoreErrors = true, colorMode = 'auto', inspectOptions: inspect, groupIndentation = 2 } = options;
  if (!stdout || typeof stdout.write !== 'function') throw new ERR_CONSOLE_WRITABLE_STREAM('stdout');
  if (!stderr || typeof stderr.write !== 'function') throw new ERR_CONSOLE_WRITABLE_STREAM('stderr');
  validateOneOf(colorMode, 'colorMode', ['auto', true, false]);
  validateInteger(groupIndentation, 'groupIndentation', 0, GROUP_MAX);
  if (inspect !== undefined) {
    validateObject(inspect, 'options.inspectOptions');
    if (inspect.colors !== undefined && options.colorMode !== undefined) {
      throw new ERR_INCOMPATIBLE_OPTION_PAIR('options.inspectOptions.color', 'colorMode');
    }
  }
  for (const key of Reflect.ownKeys(Console.prototype)) {
    if (key === 'constructor') continue;
    this[key] = this[key].bind(this); // a subclass's own too
    Object.defineProperty(this[key], 'name', { value: key });
  }
  initialize(this, { stdout, stderr, ignoreErrors, colorMode, inspectOptions: inspect, groupIndentation }, false);
  return this;
}

const globalConsole = Object.create({});
initialize(globalConsole, { ignoreErrors: true, colorMode: 'auto', groupIndentation: 2 }, true);
const names = ['log', 'warn', 'dir', 'time', 'timeEnd', 'timeLog', 'trace', 'assert', 'clear', 'count', 'countReset', 'group', 'groupEnd',
  'table', 'debug', 'info', 'dirxml', 'error', 'groupCollapsed'];
for (const name of names) {
  Console.prototype[name] = methods[name];
  const bound = methods[name].bind(globalConsole);
  Object.defineProperty(bound, 'name', { value: name });
  globalConsole[name] = bound;
}
// Methods of the engine's console for its inspector have nothing to do here.
for (const name of ['profile', 'profileEnd', 'timeStamp', 'context']) globalConsole[name] = { [name]() {} }[name];
globalConsole.createTask = function createTask() { return { run: (fn) => fn() }; };
globalConsole.Console = Console;
Object.defineProperty(globalConsole, Symbol.toStringTag, { value: 'console', configurable: true });
Object.defineProperty(Console, Symbol.hasInstance, { value: (instance) => Boolean(instance?.[kState]) });
for (const [name, isError] of [['_stdout', false], ['_stderr', true]]) {
  Object.defineProperty(globalConsole, name, {
    get: () => (isError ? globalStreams.stderr : globalStreams.stdout),
    set(value) { globalStreams.own[Number(isError)] = value; },
    enumerable: false,
    configurable: true,
  });
}
Object.defineProperty(globalConsole, '_stdoutErrorHandler', { value: ignore, enumerable: false, configurable: true });
module.exports = globalConsole;
