'use strict';
// The errors of Node's API: classes with a `code`, made on first use from the table in error_codes.js, and the
// exceptions for failed system calls. The code shows in the stack's first line (`TypeError [ERR_X]: ...`) but not in
// `name`, as documented: V8 formats that line when `stack` is first read, so the constructor reads it while the
// prototype's `name` answers with the code.

const table = require('./error_codes');

const kIsNodeError = Symbol('kIsNodeError');
let withCode = false;

function nameAccessors(prototype, baseName, code) {
  Object.defineProperty(prototype, 'name', {
    configurable: true,
    enumerable: false,
    get() { return withCode ? `${baseName} [${code}]` : baseName; },
    set(value) { Object.defineProperty(this, 'name', { value, writable: true, enumerable: true, configurable: true }); },
  });
}

/** Fixes the stack's first line while the code is part of the name. */
function formatStack(error) {
  withCode = true;
  try {
    return error.stack;
  } finally {
    withCode = false;
  }
}

/** What Node throws from C++: the code is a property and nothing else. */
const plain = new Set(['ERR_INVALID_URL']);

/**
 * Errors are of a class of their own that shows as its base: `error.constructor` is TypeError, as on Node. Callable without
 * `new`, since readable-stream calls some so.
 */
function makeClass(code, Base, message) {
  function NodeError(...args) {
    const text = typeof message === 'function' ? Reflect.apply(message, undefined, args) : message;
    const error = Reflect.construct(Base, [text], new.target ?? NodeError);
    error.code = code;
    if (message.finish !== undefined) message.finish(error, args);
    Error.captureStackTrace(error, new.target ?? NodeError);
    if (!plain.has(code)) formatStack(error);
    return error;
  }
  Object.setPrototypeOf(NodeError, Base);
  NodeError.prototype = Object.create(Base.prototype, {
    constructor: { value: Base, writable: true, configurable: true },
    toString: {
      value() {
        return plain.has(code) ? `${this.name}: ${this.message}` : `${this.name} [${code}]: ${this.message}`;
      },
      writable: true,
      configurable: true,
    },
  });
  nameAccessors(NodeError.prototype, Base.prototype.name, code);
  Object.defineProperty(NodeError.prototype, kIsNodeError, { value: true });
  NodeError.HideStackFramesError = NodeError;
  return NodeError;
}

/** One class per error code; a class may have variants for other base classes (codes.ERR_X.RangeError). */
const codes = {};
for (const code of Object.keys(table)) {
  Object.defineProperty(codes, code, {
    configurable: true,
    enumerable: true,
    get() {
      const [message, Base, ...others] = table[code];
      const Class = Base === 'system' ? makeSystemErrorClass(code, message) : makeClass(code, Base, message);
      for (const Other of others) Class[Other.name] = makeClass(code, Other, message);
      Object.defineProperty(codes, code, { value: Class, writable: true, enumerable: true, configurable: true });
      return Class;
    },
  });
}

/**
 * An error that wraps a failed system call's facts.
 * @param {{code: string, message: string, syscall: string, errno?: number, path?: string, dest?: string}} context
 */
class SystemError extends Error {
  constructor(key, prefix, context) {
    let message = `${prefix}: ${context.syscall} returned ${context.code} (${context.message})`;
    if (context.path !== undefined) message += ` ${context.path}`;
    if (context.dest !== undefined) message += ` => ${context.dest}`;
    super(message);
    this.code = key;
    Object.defineProperties(this, {
      info: { value: context, enumerable: true, configurable: true, writable: false },
      errno: { get: () => context.errno, set: (v) => { context.errno = v; }, enumerable: true, configurable: true },
      syscall: { get: () => context.syscall, set: (v) => { context.syscall = v; }, enumerable: true, configurable: true },
    });
    if (context.path !== undefined) {
      Object.defineProperty(this, 'path', {
        get: () => String(context.path), set: (v) => { context.path = v; }, enumerable: true, configurable: true,
      });
    }
    if (context.dest !== undefined) {
      Object.defineProperty(this, 'dest', {
        get: () => String(context.dest), set: (v) => { context.dest = v; }, enumerable: true, configurable: true,
      });
    }
    Error.captureStackTrace(this, new.target);
    formatStack(this);
  }

  toString() { return `${this.name} [${this.code}]: ${this.message}`; }
}

function makeSystemErrorClass(code, prefix) {
  class NodeSystemError extends SystemError {
    constructor(context) { super(code, prefix, context); }
  }
  Object.defineProperty(NodeSystemError.prototype, 'constructor', { value: Error });
  nameAccessors(NodeSystemError.prototype, 'SystemError', code);
  NodeSystemError.HideStackFramesError = NodeSystemError;
  return NodeSystemError;
}

let uvErrors;
/** @returns {Map<number, [string, string]>} negative errno → [name, message], as libuv knows them */
function uvErrorMap() {
  if (uvErrors === undefined) {
    uvErrors = new Map();
    const flat = internalBinding('util').uvErrors();
    for (let i = 0; i < flat.length; i += 3) uvErrors.set(flat[i], [flat[i + 1], flat[i + 2]]);
  }
  return uvErrors;
}

function uvEntry(errno) {
  return uvErrorMap().get(errno) ?? [`Unknown system error ${errno}`, 'unknown error'];
}

/** @returns {string} 'ENOENT' for -2 */
function errname(errno) { return uvEntry(errno)[0]; }

/**
 * The exception of a failed libuv call.
 * @param {{errno: number, syscall: string, message?: string, path?: string|Buffer, dest?: string|Buffer}} context errno is negative
 */
function UVException(context) {
  const [code, text] = uvEntry(context.errno);
  let message = `${code}: ${context.message || text}, ${context.syscall}`;
  let path;
  let dest;
  if (context.path !== undefined && context.path !== null) {
    path = context.path.toString();
    message += ` '${path}'`;
  }
  if (context.dest !== undefined && context.dest !== null) {
    dest = context.dest.toString();
    message += ` -> '${dest}'`;
  }
  const error = new Error(message);
  error.errno = context.errno;
  error.code = code;
  error.syscall = context.syscall;
  if (path !== undefined) error.path = path;
  if (dest !== undefined) error.dest = dest;
  Error.captureStackTrace(error, UVException);
  return error;
}

/**
 * @param {number} errno negative
 * @param {string} syscall
 * @param {string} [original] added to the message
 */
function errnoException(errno, syscall, original) {
  const code = errname(errno);
  const error = new Error(original ? `${syscall} ${code} ${original}` : `${syscall} ${code}`);
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  Error.captureStackTrace(error, errnoException);
  return error;
}

/** As errnoException, for calls that concern an address (`connect ECONNREFUSED 127.0.0.1:80`). */
function exceptionWithHostPort(errno, syscall, address, port, additional) {
  const code = errname(errno);
  let details = '';
  if (port && port > 0) details = ` ${address}:${port}`;
  else if (address) details = ` ${address}`;
  if (additional) details += ` - Local (${additional})`;
  const error = new Error(`${syscall} ${code}${details}`);
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  error.address = address;
  if (port) error.port = port;
  Error.captureStackTrace(error, exceptionWithHostPort);
  return error;
}

/** As exceptionWithHostPort, with libuv's message (`listen EADDRINUSE: address already in use :::80`). */
function uvExceptionWithHostPort(errno, syscall, address, port) {
  const [code, text] = uvEntry(errno);
  let details = '';
  if (port && port > 0) details = ` ${address}:${port}`;
  else if (address) details = ` ${address}`;
  const error = new Error(`${syscall} ${code}: ${text}${details}`);
  error.code = code;
  error.errno = errno;
  error.syscall = syscall;
  error.address = address;
  if (port) error.port = port;
  Error.captureStackTrace(error, uvExceptionWithHostPort);
  return error;
}

/**
 * @param {number|string} code negative errno, or a resolver's code ('ENOTFOUND')
 * @param {string} syscall
 * @param {string} [hostname]
 */
function DNSException(code, syscall, hostname) {
  let errno;
  if (typeof code === 'number') {
    errno = code;
    const name = errname(code);
    code = name === 'EAI_NODATA' || name === 'EAI_NONAME' ? 'ENOTFOUND' : name;
  }
  const error = new Error(`${syscall} ${code}${hostname ? ` ${hostname}` : ''}`);
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  if (hostname) error.hostname = hostname;
  Error.captureStackTrace(error, DNSException);
  return error;
}

/** What an aborted operation rejects with: name 'AbortError', code 'ABORT_ERR'. */
class AbortError extends Error {
  constructor(message = 'The operation was aborted', options = undefined) {
    if (options !== undefined && typeof options !== 'object') {
      throw new codes.ERR_INVALID_ARG_TYPE('options', 'Object', options);
    }
    super(message, options);
    this.code = 'ABORT_ERR';
    this.name = 'AbortError';
  }
}

/** The outer error joined with the one that came first, where both exist. */
function aggregateTwoErrors(inner, outer) {
  if (inner && outer && inner !== outer) {
    if (Array.isArray(outer.errors)) {
      outer.errors.push(inner);
      return outer;
    }
    const error = new AggregateError([outer, inner], outer.message);
    error.code = outer.code;
    return error;
  }
  return inner || outer;
}

/** One AggregateError whose message and code are those of the first. */
function aggregateErrors(errors, message, code) {
  const error = new AggregateError(errors, message);
  error.code = code ?? errors[0]?.code;
  return error;
}

/** Frames are not hidden here (that costs a wrapper per call); kept for the same shape as Node's helper. */
function hideStackFrames(fn) {
  fn.withoutStackTrace = fn;
  return fn;
}

/** True where err says that the call stack overflowed. */
function isStackOverflowError(error) {
  return error instanceof RangeError && error.message === 'Maximum call stack size exceeded';
}

const genericNodeError = (message, properties) => Object.assign(new Error(message), properties);

module.exports = {
  AbortError,
  DNSException,
  ExceptionWithHostPort: exceptionWithHostPort,
  SystemError,
  UVException,
  UVExceptionWithHostPort: uvExceptionWithHostPort,
  aggregateErrors,
  aggregateTwoErrors,
  codes,
  determineSpecificType: table.describe,
  errname,
  errnoException,
  exceptionWithHostPort,
  formatStack,
  genericNodeError,
  hideStackFrames,
  isStackOverflowError,
  kIsNodeError,
  uvErrorMap,
  uvException: UVException,
  uvExceptionWithHostPort,
};
