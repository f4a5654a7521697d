'use strict';
// What spawn, exec, fork and their synchronous forms take, checked and brought into one shape for
// runtime/bindings/process_spawn.c. Options are read from a copy without prototype: what a program put on
// Object.prototype is no option.

const binding = internalBinding('process_spawn');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_UNKNOWN_SIGNAL }, genericNodeError,
} = require('../errors');
const { isInt32, validateArray, validateBoolean, validateObject, validateString } = require('../validators');
const { numbers } = require('../signals');

const { IGNORE, PIPE, FD, STREAM } = binding.stdio;
const signalNames = Object.fromEntries(Object.entries(numbers).reverse().map(([name, number]) => [number, name]));

/** @param {string | number | undefined} signal @returns {number} SIGTERM where there is none @throws ERR_UNKNOWN_SIGNAL */
function toSignal(signal) {
  if (signal === 0) return 0;
  if (signal === undefined || signal === null) return numbers.SIGTERM;
  if (typeof signal === 'number' && signalNames[signal] !== undefined) return signal;
  const name = `${signal}`.toUpperCase();
  if (typeof signal !== 'number' && Object.hasOwn(numbers, name)) return numbers[name];
  throw new ERR_UNKNOWN_SIGNAL(signal);
}

/** options.killSignal. @returns {number | undefined} */
function killSignalOf(signal) {
  if (signal === undefined || signal === null) return undefined;
  if (typeof signal !== 'string' && typeof signal !== 'number') {
    throw new ERR_INVALID_ARG_TYPE('options.killSignal', ['string', 'number'], signal);
  }
  if (signal === 0) throw new ERR_UNKNOWN_SIGNAL(signal);
  return toSignal(signal);
}

function checkNull(value, name) {
  if (typeof value === 'string' && value.includes('\u0000')) {
    throw new ERR_INVALID_ARG_VALUE(name, value, 'must be a string without null bytes');
  }
}

/** options.timeout, milliseconds */
function checkTimeout(timeout) {
  if (timeout !== undefined && timeout !== null && !(Number.isInteger(timeout) && timeout >= 0)) {
    throw new ERR_OUT_OF_RANGE('timeout', 'an unsigned integer', timeout);
  }
}

/** options.maxBuffer, bytes */
function checkMaxBuffer(maxBuffer) {
  if (maxBuffer !== undefined && maxBuffer !== null && !(typeof maxBuffer === 'number' && maxBuffer >= 0)) {
    throw new ERR_OUT_OF_RANGE('options.maxBuffer', 'a positive number', maxBuffer);
  }
}

const toldOfShell = { once: false };

/** [file, ...args] as the shell gets them. */
function throughShell(file, args, shell) {
  if (args.length > 0 && !toldOfShell.once) {
    toldOfShell.once = true;
    process.emitWarning('Passing args to a child process with shell option true can lead to security vulnerabilities, as the ' +
      'arguments are not escaped, only concatenated.', 'DeprecationWarning', 'DEP0190');
  }
  const program = typeof shell === 'string' ? shell : '/bin/sh';
  return { file: program, args: ['-c', [file, ...args].join(' ')] };
}

/** Environment as NAME=value: inherited names too. */
function environmentPairs(environment) {
  const pairs = [];
  for (const name in environment) {
    const value = environment[name];
    if (value === undefined) continue;
    checkNull(name, `options.env['${name}']`);
    checkNull(`${value}`, `options.env['${name}']`);
    pairs.push(`${name}=${value}`);
  }
  return pairs;
}

/** uid, gid. @returns {number} the flags that they ask for */
function checkIdentity(options) {
  let flags = 0;
  for (const [name, flag] of [['uid', binding.SETUID], ['gid', binding.SETGID]]) {
    const value = options[name];
    if (value === undefined || value === null) continue;
    if (!isInt32(value)) throw new ERR_INVALID_ARG_TYPE(`options.${name}`, 'int32', value);
    flags |= flag;
  }
  return flags;
}

/**
 * The forms of spawn: (file[, args][, options]).
 * @returns {object} the options, and file, args (with the program's own name first), env, cwd, flags, uid, gid for C
 */
function normalize(file, args, options) {
  validateString(file, 'file');
  checkNull(file, 'file');
  if (file.length === 0) throw new ERR_INVALID_ARG_VALUE('file', file, 'cannot be empty');
  if (Array.isArray(args)) {
    args = args.map(String);
  } else if (args === undefined || args === null) {
    args = [];
  } else if (typeof args !== 'object') {
    throw new ERR_INVALID_ARG_TYPE('args', 'object', args);
  } else {
    options = args;
    args = [];
  }
  args.forEach((arg, i) => checkNull(arg, `args[${i}]`));
  if (options !== undefined) validateObject(options, 'options');
  options = { __proto__: null, ...options };
  let { cwd } = options;
  if (cwd === null || cwd === '') cwd = undefined;
  if (cwd !== undefined) cwd = `${require('../fs/arguments').toPath(cwd, 'options.cwd')}`;
  for (const name of ['detached', 'windowsHide', 'windowsVerbatimArguments']) {
    if (options[name] !== undefined && options[name] !== null) validateBoolean(options[name], `options.${name}`);
  }
  const flags = checkIdentity(options) | (options.detached ? binding.DETACHED : 0);
  const { argv0, shell } = options;
  if (argv0 !== undefined && argv0 !== null) {
    validateString(argv0, 'options.argv0');
    checkNull(argv0, 'options.argv0');
  }
  if (shell !== undefined && shell !== null && typeof shell !== 'boolean' && typeof shell !== 'string') {
    throw new ERR_INVALID_ARG_TYPE('options.shell', ['boolean', 'string'], shell);
  }
  checkNull(shell, 'options.shell');
  if (shell) ({ file, args } = throughShell(file, args, shell));
  return {
    __proto__: null, ...options, file, args: [argv0 ?? file, ...args], env: environmentPairs(options.env ?? process.env), cwd, flags,
    uid: options.uid ?? 0, gid: options.gid ?? 0,
  };
}

const isStream = (entry) => entry?._handle?.native !== undefined || entry?.native !== undefined;

/**
 * Node documentation: options.stdio.
 * @returns {{kind: number, value?: any, ipc?: boolean}[]} value: a descriptor or a stream's handle; `stream`: whose handle
 */
function readStdio(stdio, sync) {
  if (typeof stdio === 'string') {
    if (!['ignore', 'pipe', 'overlapped', 'inherit'].includes(stdio)) throw new ERR_INVALID_ARG_VALUE('stdio', stdio);
    stdio = [stdio, stdio, stdio];
  } else if (stdio === undefined || stdio === null) {
    stdio = ['pipe', 'pipe', 'pipe'];
  } else if (!Array.isArray(stdio)) {
    throw new ERR_INVALID_ARG_VALUE('stdio', stdio);
  }
  const entries = [];
  for (let i = 0; i < Math.max(3, stdio.length); i++) {
    const entry = stdioEntry(stdio[i] ?? (i < 3 ? 'pipe' : 'ignore'), i, sync);
    if (entry.ipc && entries.some((one) => one.ipc)) {
      throw genericNodeError('Child process can have only one IPC pipe', { code: 'ERR_IPC_ONE_PIPE' });
    }
    entries.push(entry);
  }
  return entries;
}

function stdioEntry(entry, i, sync) {
  if (entry === 'ignore') return { kind: IGNORE };
  if (entry === 'pipe' || entry === 'overlapped') return { kind: PIPE };
  if (entry === 'ipc') {
    if (sync) throw genericNodeError('IPC cannot be used with synchronous forks', { code: 'ERR_IPC_SYNC_FORK' });
    return { kind: PIPE, ipc: true };
  }
  if (entry === 'inherit') return { kind: FD, value: i };
  if (typeof entry === 'number' || typeof entry?.fd === 'number') return { kind: FD, value: typeof entry === 'number' ? entry : entry.fd };
  if (isStream(entry)) {
    if (sync) throw new ERR_INVALID_ARG_VALUE('stdio', entry);
    return { kind: STREAM, value: (entry._handle ?? entry).native, stream: entry };
  }
  throw new ERR_INVALID_ARG_VALUE('stdio', entry);
}

/** options.serialization. @returns {'json' | 'advanced'} */
function serializationOf(value) {
  if (value !== undefined && value !== 'json' && value !== 'advanced') {
    throw new ERR_INVALID_ARG_VALUE('options.serialization', value, "must be one of: undefined, 'json', 'advanced'");
  }
  return value ?? 'json';
}

module.exports = {
  FD, IGNORE, PIPE, STREAM, checkMaxBuffer, checkNull, checkTimeout, killSignalOf, normalize, readStdio, serializationOf, signalNames,
  toSignal, validateArray,
};
