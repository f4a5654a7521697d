'use strict';
// Node documentation: class ChildProcess, over runtime/bindings/process_spawn.c.

const EventEmitter = require('../../node/events');
const binding = internalBinding('process_spawn');
const diagnostics = require('../diagnostics');
const { Pipe } = require('../stream_handle');
const {
  AbortError, errnoException, codes: { ERR_INVALID_ARG_TYPE },
} = require('../errors');
const { validateAbortSignal, validateObject, validateString } = require('../validators');
const { PIPE, checkTimeout, killSignalOf, normalize, readStdio, serializationOf, signalNames, toSignal } = require('./arguments');

const created = diagnostics.channel('child_process');
const spawns = diagnostics.tracingChannel('child_process.spawn');

/** Failures that are told by 'error', as the child never was; others are thrown. */
const TOLD = new Set(['EACCES', 'EAGAIN', 'EMFILE', 'ENFILE', 'ENOENT']);

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
    if (created.hasSubscribers) created.publish({ process: this });
  }

  /** What child_process.spawn calls; programs may too. @param {{file, args, envPairs, stdio, cwd, detached, uid, gid}} options */
  spawn(options) {
    validateObject(options, 'options');
    const entries = readStdio(options.stdio, false);
    const serialization = serializationOf(options.serialization);
    const envPairs = options.env ?? options.envPairs;
    if (envPairs !== undefined && !Array.isArray(envPairs)) throw new ERR_INVALID_ARG_TYPE('options.envPairs', 'Array', envPairs);
    validateString(options.file, 'options.file');
    if (options.args !== undefined && !Array.isArray(options.args)) throw new ERR_INVALID_ARG_TYPE('options.args', 'Array', options.args);
    this.spawnfile = options.file;
    this.spawnargs = options.args ?? [];
    const pipes = entries.map((entry) => (entry.kind === PIPE ? new Pipe(Boolean(entry.ipc)) : null));
    const ipcAt = entries.findIndex((entry) => entry.ipc);
    const env = [...(envPairs ?? [])];
    if (ipcAt >= 0) env.push(`NODE_CHANNEL_FD=${ipcAt}`, `NODE_CHANNEL_SERIALIZATION_MODE=${serialization}`);
    const stdio = entries.map((entry, i) => [entry.kind, entry.kind === PIPE ? pipes[i].native : entry.value]);
    const traced = spawns.hasSubscribers;
    if (traced) spawns.start.publish({ process: this, options });
    const result = binding.spawn({ flags: 0, uid: 0, gid: 0, ...options, args: this.spawnargs, env: envPairs || ipcAt >= 0 ? env : undefined, stdio },
      (code, signal) => this.#exited(code, signal));
    if (typeof result === 'number') {
      if (traced) spawns.error.publish({ process: this, error: errnoException(result, `spawn ${options.file}`) });
      this.#makeStreams(entries, pipes, true);
      this.#failed(result, options);
      return result;
    }
    [this._handle, this.pid] = result;
    if (traced) spawns.end.publish({ process: this });
    process.nextTick(() => this.emit('spawn'));
    for (const { stream } of entries) releaseStream(stream);
    this.#makeStreams(entries, pipes, false);
    if (ipcAt >= 0) require('../ipc_channel').attach(this, pipes[ipcAt], serialization);
    return 0;
  }

  #failed(errno, options) {
    const error = errnoException(errno, `spawn ${options.file}`);
    error.path = options.file;
    error.spawnargs = this.spawnargs.slice(1);
    if (!TOLD.has(error.code)) {
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
    const { Socket } = require('../../node/net');
    this.stdio = entries.map((entry, i) => {
      if (entry.kind !== PIPE || entry.ipc) return null;
      const stream = new Socket({ handle: pipes[i], readable: i !== 0, writable: i === 0 || i > 2, manualStart: true });
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
        if (stream?.readable && !stream._readableState.readableListening && !stream[kOthers]) stream.resume();
        else if (stream?.[kOthers] && stream.listenerCount('data') === 0) stream.destroy();
      }
    });
    this.#closed();
  }

  #closed() {
    if (++this._got === this._left) this.emit('close', this.exitCode, this.signalCode);
  }

  /** @param {string | number} [signal] SIGTERM @returns {boolean} whether it was sent */
  kill(signal) {
    const number = toSignal(signal);
    if (this._handle) {
      const err = binding.kill(this._handle, number);
      if (err === 0) {
        this.killed = true;
        return true;
      }
      if (err !== -3) this.emit('error', errnoException(err, 'kill')); // ESRCH: it has ended by itself
    }
    return false;
  }

  ref() {
    if (this._handle) binding.ref(this._handle, true);
  }

  unref() {
    if (this._handle) binding.ref(this._handle, false);
  }

  [Symbol.dispose]() {
    if (!this.killed) this.kill();
  }
}

const kOthers = Symbol('read by another child');

/** A child's output that became another one's input: read by that one alone. */
function releaseStream(stream) {
  if (!stream?.readable || !(stream._handle instanceof Pipe)) return;
  stream[kOthers] = true;
  stream._handle.readStop();
  stream._handle.reading = false;
  stream.pause();
}

/** options.timeout, killSignal and signal of a child that runs. */
function watchLimits(child, { signal, timeout, killSignal }) {
  const kill = () => {
    try {
      return child.kill(killSignal);
    } catch (error) {
      child.emit('error', error);
      return false;
    }
  };
  if (timeout > 0) {
    const timer = setTimeout(kill, timeout);
    child.once('exit', () => clearTimeout(timer));
  }
  if (!signal) return;
  const abort = () => {
    if (kill()) child.emit('error', new AbortError(undefined, { cause: signal.reason }));
  };
  if (signal.aborted) {
    process.nextTick(abort);
  } else {
    signal.addEventListener('abort', abort, { once: true });
    child.once('exit', () => signal.removeEventListener('abort', abort));
  }
}

/** Node documentation: child_process.spawn(command[, args][, options]). @returns {ChildProcess} */
function spawn(file, args, options) {
  const normal = normalize(file, args, options);
  if (normal.signal !== undefined) validateAbortSignal(normal.signal, 'options.signal');
  checkTimeout(normal.timeout);
  normal.killSignal = killSignalOf(normal.killSignal);
  const child = new ChildProcess();
  child.spawn(normal);
  watchLimits(child, normal);
  return child;
}

module.exports = { ChildProcess, spawn };
