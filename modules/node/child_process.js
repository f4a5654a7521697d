'use strict';
// node:child_process. fork()'s channel carries JSON, one message a line, over a pipe whose descriptor the child finds in
// NODE_CHANNEL_FD, as Node's own children expect.
const EventEmitter = require('events');
const binding = internalBinding('process_spawn');
const { Pipe } = require('../internal/stream_handle');
const { numbers } = require('../internal/signals');
const {
  AbortError, errnoException, genericNodeError,
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_UNKNOWN_SIGNAL, ERR_CHILD_PROCESS_STDIO_MAXBUFFER },
} = require('../internal/errors');
const { validateString, validateObject, validateBoolean, validateFunction, validateAbortSignal, validateInt32, validateArray,
  validateNumber } = require('../internal/validators');

const { IGNORE, PIPE, FD, STREAM } = binding.stdio;
const MAX_BUFFER = 1024 * 1024;

const net = () => require('./net');
const signalNames = Object.fromEntries(Object.entries(numbers).reverse().map(([name, number]) => [number, name]));

function toSignal(signal) {
  if (signal === 0) return 0;
  if (signal === undefined || signal === null) return numbers.SIGTERM;
  const number = typeof signal === 'number' ? (signalNames[signal] ? signal : undefined) : numbers[`${signal}`.toUpperCase()];
  if (number === undefined) throw new ERR_UNKNOWN_SIGNAL(signal);
  return number;
}

// ---- arguments ----------------------------------------------------------------------------------------------------

function checkNull(value, name) {
  if (typeof value === 'string' && value.includes('\u0000')) {
    throw new ERR_INVALID_ARG_VALUE(name, value, 'must be a string without null bytes');
  }
}

/** [file, args, options] of the forms of spawn, for C. */
function normalize(file, args, options) {
  validateString(file, 'file');
  checkNull(file, 'file');
  if (file.length === 0) throw new ERR_INVALID_ARG_VALUE('file', file, 'cannot be empty');
  if (Array.isArray(args)) args = args.slice();
  else if (args === undefined || args === null) args = [];
  else if (typeof args !== 'object') throw new ERR_INVALID_ARG_TYPE('args', 'object', args);
  else {
    options = args;
    args = [];
  }
  args.forEach((arg, i) => checkNull(`${arg}`, `args[${i}]`));
  if (options === undefined) options = {};
  else validateObject(options, 'options');
  let { cwd } = options;
  if (cwd !== undefined && cwd !== null) {
    const { toPath } = require('../internal/fs/arguments');
    cwd = `${toPath(cwd, 'options.cwd')}`;
  }
  for (const name of ['detached', 'windowsHide']) {
    if (options[name] !== undefined && options[name] !== null) validateBoolean(options[name], `options.${name}`);
  }
  let flags = 0;
  for (const [name, flag] of [['uid', binding.SETUID], ['gid', binding.SETGID]]) {
    if (options[name] === undefined || options[name] === null) continue;
    validateInt32(options[name], `options.${name}`);
    flags |= flag;
  }
  if (options.detached) flags |= binding.DETACHED;
  if (options.shell !== undefined && typeof options.shell !== 'boolean' && typeof options.shell !== 'string') {
    throw new ERR_INVALID_ARG_TYPE('options.shell', ['boolean', 'string'], options.shell);
  }
  const argv0 = options.argv0;
  let spawnfile = file;
  if (options.shell) {
    const command = [file, ...args].join(' ');
    spawnfile = typeof options.shell === 'string' ? options.shell : '/bin/sh';
    args = ['-c', command];
  }
  args = [typeof argv0 === 'string' ? argv0 : spawnfile, ...args.map(String)];
  const environment = options.env ?? process.env;
  const env = [];
  for (const name of Object.keys(environment)) {
    const value = environment[name];
    if (value === undefined) continue;
    checkNull(name, `options.env['${name}']`);
    checkNull(`${value}`, `options.env['${name}']`);
    env.push(`${name}=${value}`);
  }
  return { ...options, file: spawnfile, args, env, cwd, flags, uid: options.uid ?? 0, gid: options.gid ?? 0 };
}

/** Node documentation: options.stdio. @returns {{ kind: number, value?: any, stream?: string }[]} */
function readStdio(stdio, sync) {
  if (typeof stdio === 'string') {
    if (!['ignore', 'pipe', 'overlapped', 'inherit'].includes(stdio)) throw new ERR_INVALID_ARG_VALUE('stdio', stdio);
    stdio = [stdio, stdio, stdio];
  } else if (stdio === undefined || stdio === null) {
    stdio = ['pipe', 'pipe', 'pipe'];
  } else if (!Array.isArray(stdio)) {
    throw new ERR_INVALID_ARG_VALUE('stdio', stdio);
  }
  stdio = stdio.slice();
  while (stdio.length < 3) stdio.push(undefined);
  return stdio.map((entry, i) => {
    entry ??= i < 3 ? 'pipe' : 'ignore';
    if (entry === 'ignore') return { kind: IGNORE };
    if (entry === 'pipe' || entry === 'overlapped') return { kind: PIPE };
    if (entry === 'ipc') {
      if (sync) throw genericNodeError('IPC cannot be used with synchronous forks', { code: 'ERR_IPC_SYNC_FORK' });
      return { kind: PIPE, ipc: true };
    }
    if (entry === 'inherit') return { kind: FD, value: i };
    if (typeof entry === 'number') return { kind: FD, value: entry };
    if (typeof entry === 'object' && typeof entry.fd === 'number') return { kind: FD, value: entry.fd };
    if (entry?._handle?.native) return { kind: STREAM, value: entry._handle.native };
    throw new ERR_INVALID_ARG_VALUE('stdio', entry);
  });
}

// ---- ChildProcess -------------------------------------------------------------------------------------------------

/** Node documentation: class ChildProcess. */
class ChildProcess extends EventEmitter {
  constructor() {
    super();
    this._handle = null;
    this._left = 1;
    this._got = 0;
    this.pid = undefined;
    this.exitCode = null;
    this.signalCode = null;
    this.killed = false;
    this.spawnfile = null;
    this.spawnargs = [];
    this.connected = false;
    this.stdin = this.stdout = this.stderr = null;
    this.stdio = [];
  }

  spawn(options) {
    const entries = readStdio(options.stdio, false);
    this.spawnfile = options.file;
    this.spawnargs = options.args;
    const pipes = entries.map((entry) => (entry.kind === PIPE ? new Pipe(!!entry.ipc) : null));
    const ipcAt = entries.findIndex((entry) => entry.ipc);
    const env = ipcAt < 0 ? options.env
      : [...options.env, `NODE_CHANNEL_FD=${ipcAt}`, 'NODE_CHANNEL_SERIALIZATION_MODE=json'];
    const stdio = entries.map((entry, i) => [entry.kind, entry.kind === PIPE ? pipes[i].native : entry.value]);
    const result = binding.spawn({ ...options, env, stdio }, (code, signal) => this.#exited(code, signal));
    if (typeof result === 'number') {
      this.#makeStreams(entries, pipes, true);
      this.#failed(result, options);
      return result;
    }
    [this._handle, this.pid] = result;
    process.nextTick(() => this.emit('spawn'));
    this.#makeStreams(entries, pipes, false);
    if (ipcAt >= 0) require('../internal/ipc_channel').attach(this, pipes[ipcAt]);
    return 0;
  }

  #failed(errno, options) {
    const error = errnoException(errno, `spawn ${options.file}`);
    error.path = options.file;
    error.spawnargs = options.args.slice(1);
    if (!['EACCES', 'EAGAIN', 'EMFILE', 'ENFILE', 'ENOENT'].includes(error.code)) {
      for (const stream of this.stdio) stream?.destroy();
      error.syscall = 'spawn';
      error.message = error.message.replace(`spawn ${options.file}`, 'spawn');
      throw error;
    }
    process.nextTick(() => {
      this.exitCode = errno;
      this.emit('error', error);
      for (const stream of this.stdio) stream?.destroy();
      this.#closed();
    });
  }

  #makeStreams(entries, pipes, failed) {
    this.stdio = entries.map((entry, i) => {
      if (entry.kind !== PIPE || entry.ipc) return null;
      const stream = new (net().Socket)({ handle: pipes[i], readable: i !== 0, writable: i === 0 || i > 2, manualStart: true });
      if (i !== 0 && !failed) {
        this._left++;
        stream.once('close', () => this.#closed());
      }
      return stream;
    });
    [this.stdin = null, this.stdout = null, this.stderr = null] = this.stdio;
  }

  #exited(code, signal) {
    if (signal > 0) this.signalCode = signalNames[signal];
    else this.exitCode = code;
    this.stdin?.destroy();
    binding.close(this._handle);
    this._handle = null;
    this.emit('exit', this.exitCode, this.signalCode);
    // Output that nobody reads would keep 'close' away.
    process.nextTick(() => {
      for (const stream of this.stdio) {
        if (stream?.readable && !stream.readableFlowing && !stream.readableLength && stream.listenerCount('readable') === 0) stream.resume();
      }
    });
    this.#closed();
  }

  #closed() {
    if (++this._got === this._left) this.emit('close', this.exitCode, this.signalCode);
  }

  kill(signal) {
    const number = toSignal(signal);
    if (this._handle) {
      const err = binding.kill(this._handle, number);
      if (err === 0) {
        this.killed = true;
        return true;
      }
      if (err !== -3) this.emit('error', errnoException(err, 'kill'));
    }
    return false;
  }

  ref() {
    if (this._handle) binding.ref(this._handle, true);
  }

  unref() {
    if (this._handle) binding.ref(this._handle, false);
  }
}
if (Symbol.dispose) {
  ChildProcess.prototype[Symbol.dispose] = function dispose() { if (!this.killed) this.kill(); };
}

function watchLimits(child, { signal, timeout, killSignal }) {
  if (timeout !== undefined && timeout > 0) {
    const timer = setTimeout(() => child.kill(killSignal), timeout);
    child.once('exit', () => clearTimeout(timer));
  }
  if (signal) {
    const abort = () => {
      try {
        if (child.kill(killSignal)) child.emit('error', new AbortError(undefined, { cause: signal.reason }));
      } catch (error) {
        child.emit('error', error);
      }
    };
    if (signal.aborted) process.nextTick(abort);
    else {
      signal.addEventListener('abort', abort, { once: true });
      child.once('exit', () => signal.removeEventListener('abort', abort));
    }
  }
}

/** Node documentation: child_process.spawn(command[, args][, options]). @returns {ChildProcess} */
function spawn(file, args, options) {
  const normal = normalize(file, args, options);
  if (normal.signal !== undefined) validateAbortSignal(normal.signal, 'options.signal');
  if (normal.timeout !== undefined) validateNumber(normal.timeout, 'timeout', 0);
  const child = new ChildProcess();
  child.spawn(normal);
  watchLimits(child, normal);
  return child;
}

// ---- exec, execFile -----------------------------------------------------------------------------------------------

function collect(stream, encoding, maxBuffer, tooMuch) {
  const chunks = [];
  let size = 0;
  if (stream === null) return () => '';
  if (encoding) stream.setEncoding(encoding);
  stream.on('data', (chunk) => {
    const length = typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length;
    size += length;
    if (size > maxBuffer) {
      const left = maxBuffer - (size - length);
      chunks.push(chunk.slice(0, left));
      tooMuch();
    } else {
      chunks.push(chunk);
    }
  });
  return () => (encoding ? chunks.join('') : Buffer.concat(chunks));
}

/** Node documentation: child_process.execFile(file[, args][, options][, callback]). */
function execFile(file, args, options, callback) {
  if (typeof args === 'function') [args, options, callback] = [[], {}, args];
  else if (args !== null && typeof args === 'object' && !Array.isArray(args)) {
    [args, options, callback] = [[], args, options];
  } else if (typeof options === 'function') [options, callback] = [{}, options];
  if (callback !== undefined && callback !== null) validateFunction(callback, 'callback');
  const settings = { encoding: 'utf8', timeout: 0, maxBuffer: MAX_BUFFER, killSignal: 'SIGTERM', cwd: null, env: null, shell: false, ...options };
  validateNumber(settings.maxBuffer, 'options.maxBuffer', 0);
  validateNumber(settings.timeout, 'timeout', 0);
  toSignal(settings.killSignal);
  const child = spawn(file, args ?? [], { ...settings, cwd: settings.cwd ?? undefined, env: settings.env ?? undefined, signal: undefined,
    timeout: undefined, stdio: undefined });
  const encoding = settings.encoding && settings.encoding !== 'buffer' && Buffer.isEncoding(settings.encoding) ? settings.encoding : null;
  let failure = null;
  let killed = false;
  let timer = null;
  let done = false;
  const kill = () => {
    child.stdout?.destroy();
    child.stderr?.destroy();
    killed = true;
    try {
      child.kill(settings.killSignal);
    } catch (error) {
      failure ??= error;
      finish(null, null);
    }
  };
  const tooMuch = (name) => () => {
    failure ??= new ERR_CHILD_PROCESS_STDIO_MAXBUFFER(name);
    kill();
  };
  const stdout = collect(child.stdout, encoding, settings.maxBuffer, tooMuch('stdout'));
  const stderr = collect(child.stderr, encoding, settings.maxBuffer, tooMuch('stderr'));
  const command = [file, ...(args ?? [])].join(' ');
  function finish(code, signal) {
    if (done) return;
    done = true;
    if (timer !== null) clearTimeout(timer);
    if (!callback) return;
    const out = stdout();
    const err = stderr();
    if (failure === null && code === 0 && signal === null) {
      callback(null, out, err);
      return;
    }
    if (failure === null) {
      failure = genericNodeError(`Command failed: ${command}\n${err}`, { code: code < 0 ? require('util').getSystemErrorName(code) : code,
        killed: child.killed || killed, signal });
    }
    failure.cmd = command;
    failure.stdout = out;
    failure.stderr = err;
    callback(failure, out, err);
  }
  child.on('close', finish);
  child.on('error', (error) => {
    failure = error;
    child.stdout?.destroy();
    child.stderr?.destroy();
    finish(null, null);
  });
  if (settings.timeout > 0) timer = setTimeout(kill, settings.timeout);
  if (settings.signal) {
    const { signal } = settings;
    const abort = () => {
      failure ??= new AbortError(undefined, { cause: signal.reason });
      kill();
    };
    if (signal.aborted) process.nextTick(abort);
    else signal.addEventListener('abort', abort, { once: true });
  }
  return child;
}

/** Node documentation: child_process.exec(command[, options][, callback]). */
function exec(command, options, callback) {
  if (typeof options === 'function') [options, callback] = [undefined, options];
  validateString(command, 'command');
  const shell = typeof options?.shell === 'string' ? options.shell : true;
  const child = execFile(command, [], { ...options, shell }, callback && ((error, out, err) => {
    if (error?.cmd) error.cmd = command;
    callback(error, out, err);
  }));
  return child;
}

for (const fn of [exec, execFile]) {
  Object.defineProperty(fn, Symbol.for('nodejs.util.promisify.custom'), {
    enumerable: false,
    value: (...args) => {
      let child;
      const promise = new Promise((resolve, reject) => {
        child = fn(...args, (error, stdout, stderr) => {
          if (error) reject(Object.assign(error, { stdout, stderr }));
          else resolve({ stdout, stderr });
        });
      });
      promise.child = child;
      return promise;
    },
  });
}

// ---- fork ---------------------------------------------------------------------------------------------------------

/** Node documentation: child_process.fork(modulePath[, args][, options]). */
function fork(modulePath, args = [], options = {}) {
  const { toPath } = require('../internal/fs/arguments');
  modulePath = `${toPath(modulePath, 'modulePath')}`;
  if (args === null || args === undefined) args = [];
  else if (typeof args === 'object' && !Array.isArray(args)) [args, options] = [[], args];
  else validateArray(args, 'args');
  validateObject(options ?? {}, 'options');
  options = { ...options, shell: false };
  const execArgv = options.execArgv ?? process.execArgv;
  validateArray(execArgv, 'options.execArgv');
  if (typeof options.stdio === 'string') {
    options.stdio = [options.stdio, options.stdio, options.stdio, 'ipc'];
  } else if (!options.stdio) {
    options.stdio = options.silent ? ['pipe', 'pipe', 'pipe', 'ipc'] : ['inherit', 'inherit', 'inherit', 'ipc'];
  } else if (!options.stdio.includes('ipc')) {
    throw genericNodeError("Forked processes must have an IPC channel, missing value 'ipc' in options.stdio",
      { code: 'ERR_CHILD_PROCESS_IPC_REQUIRED' });
  }
  return spawn(options.execPath || process.execPath, [...execArgv, modulePath, ...args], options);
}

// ---- synchronous --------------------------------------------------------------------------------------------------

/** Node documentation: child_process.spawnSync(command[, args][, options]). */
function spawnSync(file, args, options) {
  const normal = { maxBuffer: MAX_BUFFER, ...normalize(file, args, options) };
  if (normal.timeout !== undefined && normal.timeout !== null) validateNumber(normal.timeout, 'timeout', 0);
  validateNumber(normal.maxBuffer, 'options.maxBuffer', 0);
  const killSignal = toSignal(normal.killSignal);
  const entries = readStdio(normal.stdio, true).slice(0, 3);
  let input = normal.input;
  if (input !== undefined && input !== null) {
    if (typeof input === 'string') input = Buffer.from(input, normal.encoding && normal.encoding !== 'buffer' ? normal.encoding : 'utf8');
    else if (!ArrayBuffer.isView(input)) {
      throw new ERR_INVALID_ARG_TYPE('options.stdio[0]', ['Buffer', 'TypedArray', 'DataView', 'string'], input);
    }
    entries[0] = { kind: PIPE };
  }
  const stdio = entries.map((entry) => [entry.kind, entry.value]);
  const result = binding.spawnSync({ ...normal, stdio }, input ?? Buffer.alloc(0), normal.timeout ?? 0, normal.maxBuffer, killSignal);
  if (typeof result === 'number') throw errnoException(result, 'spawnSync');
  const [errno, pid, status, signal, stdout = null, stderr = null] = result;
  const text = (data) => (data !== null && normal.encoding && normal.encoding !== 'buffer' ? data.toString(normal.encoding) : data);
  const output = [null, text(stdout), text(stderr)];
  const out = { pid, output, stdout: output[1], stderr: output[2], status: signal > 0 || (errno && !pid) ? null : status,
    signal: signal > 0 ? signalNames[signal] : null };
  if (errno) {
    out.error = errnoException(errno, `spawnSync ${normal.file}`);
    out.error.path = normal.file;
    out.error.spawnargs = normal.args.slice(1);
    if (!pid) {
      out.status = null;
      out.output = out.stdout = out.stderr = null;
      out.pid = 0;
    }
  }
  return out;
}

function checkSync(result, command) {
  let { error } = result;
  if (!error && result.status !== 0) {
    error = new Error(`Command failed: ${command}${result.stderr?.length ? `\n${result.stderr}` : ''}`);
  }
  if (error) throw Object.assign(error, { ...result, error: undefined });
  return result.stdout;
}

/** Node documentation: child_process.execFileSync(file[, args][, options]). */
function execFileSync(file, args, options) {
  if (args !== null && typeof args === 'object' && !Array.isArray(args)) [args, options] = [[], args];
  const inherit = !options?.stdio;
  const result = spawnSync(file, args, options);
  if (inherit && result.stderr?.length) process.stderr.write(result.stderr);
  return checkSync(result, [file, ...(args ?? [])].join(' '));
}

/** Node documentation: child_process.execSync(command[, options]). */
function execSync(command, options) {
  validateString(command, 'command');
  const inherit = !options?.stdio;
  const result = spawnSync(command, [], { ...options, shell: typeof options?.shell === 'string' ? options.shell : true });
  if (inherit && result.stderr?.length) process.stderr.write(result.stderr);
  return checkSync(result, command);
}

module.exports = { ChildProcess, spawn, exec, execFile, fork, spawnSync, execFileSync, execSync };
