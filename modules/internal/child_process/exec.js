'use strict';
// Node documentation: child_process.exec, execFile and their promises.

const { AbortError, genericNodeError, codes: { ERR_CHILD_PROCESS_STDIO_MAXBUFFER } } = require('../errors');
const { validateAbortSignal, validateFunction, validateObject, validateString } = require('../validators');
const { checkMaxBuffer, checkTimeout, killSignalOf } = require('./arguments');
const { spawn } = require('./child');

const MAX_BUFFER = 1024 * 1024;

/** What a stream says, up to maxBuffer bytes or, of text, characters. @returns {() => string | Buffer} */
function collect(stream, encoding, maxBuffer, tooMuch) {
  if (stream === null) return () => '';
  const chunks = [];
  let size = 0;
  if (encoding) stream.setEncoding(encoding);
  stream.on('data', (chunk) => {
    // An encoding set later makes text of what comes then.
    const current = stream.readableEncoding;
    const length = typeof chunk === 'string' ? Buffer.byteLength(chunk, current) : chunk.length;
    size += length;
    if (size <= maxBuffer) {
      chunks.push(chunk);
      return;
    }
    const room = maxBuffer - (size - length);
    chunks.push(chunk.slice(0, room));
    tooMuch();
  });
  return () => (encoding || stream.readableEncoding ? chunks.join('') : Buffer.concat(chunks));
}

/** Waits for a child's end and calls back once. */
class Result {
  #child;
  #settings;
  #callback;
  #command;
  #stdout;
  #stderr;
  #failure = null;
  #killed = false;
  #done = false;
  #timer = null;
  #stopListening = null;

  constructor(child, settings, command, callback) {
    this.#child = child;
    this.#settings = settings;
    this.#command = command;
    this.#callback = callback;
    const encoding = settings.encoding !== 'buffer' && Buffer.isEncoding(settings.encoding) ? settings.encoding : null;
    for (const name of ['stdout', 'stderr']) {
      const text = collect(child[name], encoding, settings.maxBuffer, () => this.#stop(new ERR_CHILD_PROCESS_STDIO_MAXBUFFER(name)));
      if (name === 'stdout') this.#stdout = text;
      else this.#stderr = text;
    }
    child.on('close', (code, signal) => this.#finish(code, signal));
    child.on('error', (error) => {
      this.#failure = error;
      child.stdout?.destroy();
      child.stderr?.destroy();
      this.#finish(null, null);
    });
    if (settings.timeout > 0) this.#timer = setTimeout(() => this.#stop(null), settings.timeout);
    if (settings.signal) this.#listen(settings.signal);
  }

  #listen(signal) {
    const abort = () => this.#stop(new AbortError(undefined, { cause: signal.reason }));
    if (signal.aborted) {
      process.nextTick(abort);
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    this.#stopListening = () => signal.removeEventListener('abort', abort);
  }

  #stop(error) {
    this.#failure ??= error;
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    this.#killed = true;
    try {
      this.#child.kill(this.#settings.killSignal);
    } catch (failure) {
      this.#failure ??= failure;
      this.#finish(null, null);
    }
  }

  #finish(code, signal) {
    if (this.#done) return;
    this.#done = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#stopListening?.();
    if (!this.#callback) return;
    const out = this.#stdout();
    const err = this.#stderr();
    if (this.#failure === null && code === 0 && signal === null) {
      this.#callback(null, out, err);
      return;
    }
    this.#failure ??= genericNodeError(`Command failed: ${this.#command}\n${err}`, {
      code: code < 0 ? require('../../node/util').getSystemErrorName(code) : code, killed: this.#child.killed || this.#killed, signal,
    });
    this.#failure.cmd = this.#command;
    this.#callback(this.#failure, out, err);
  }
}

/** (file[, args][, options][, callback]) @returns {[string, any[], object, Function | undefined]} */
function execFileArguments(file, args, options, callback) {
  if (typeof args === 'function') return [file, [], {}, args];
  if (args !== null && typeof args === 'object' && !Array.isArray(args)) {
    callback = options;
    options = args;
    args = [];
  } else if (typeof options === 'function') {
    callback = options;
    options = {};
  }
  if (options !== undefined && options !== null) validateObject(options, 'options');
  if (callback !== undefined && callback !== null) validateFunction(callback, 'callback');
  return [file, args ?? [], { __proto__: null, ...options }, callback];
}

/** Node documentation: child_process.execFile(file[, args][, options][, callback]). */
function execFile(...given) {
  const [file, args, options, callback] = execFileArguments(...given);
  const settings = { __proto__: null, encoding: 'utf8', timeout: 0, maxBuffer: MAX_BUFFER, killSignal: 'SIGTERM', shell: false, ...options };
  checkTimeout(settings.timeout);
  checkMaxBuffer(settings.maxBuffer);
  if (settings.signal !== undefined) validateAbortSignal(settings.signal, 'options.signal');
  settings.killSignal = killSignalOf(settings.killSignal);
  settings.maxBuffer ??= MAX_BUFFER;
  const child = spawn(file, args, {
    ...settings, cwd: settings.cwd ?? undefined, env: settings.env ?? undefined, signal: undefined, timeout: undefined, stdio: undefined,
  });
  new Result(child, settings, [file, ...args].join(' '), callback);
  return child;
}

/** Node documentation: child_process.exec(command[, options][, callback]). */
function exec(command, options, callback) {
  if (typeof options === 'function') [options, callback] = [undefined, options];
  validateString(command, 'command');
  const own = { __proto__: null, ...options };
  const shell = typeof own.shell === 'string' ? own.shell : true;
  return module.exports.execFile(command, [], { ...own, shell }, callback);
}

for (const [name, fn] of [['exec', exec], ['execFile', execFile]]) {
  Object.defineProperty(fn, Symbol.for('nodejs.util.promisify.custom'), {
    enumerable: false,
    value: Object.defineProperty((...args) => {
      const { promise, resolve, reject } = Promise.withResolvers();
      promise.child = fn(...args, (error, stdout, stderr) => {
        if (error) reject(Object.assign(error, { stdout, stderr }));
        else resolve({ stdout, stderr });
      });
      return promise;
    }, 'name', { value: name }),
  });
}

module.exports = { MAX_BUFFER, exec, execFile };
