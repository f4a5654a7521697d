'use strict';
// node:worker_threads. A thread is an environment of its own in this process, from the same snapshot
// (runtime/thread.c); its inside is internal/worker/thread.js.
const EventEmitter = require('events');
const {
  codes: {
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_WORKER_INIT_FAILED,
    ERR_WORKER_INVALID_EXEC_ARGV,
    ERR_WORKER_MESSAGING_ERRORED,
    ERR_WORKER_MESSAGING_FAILED,
    ERR_WORKER_MESSAGING_SAME_THREAD,
    ERR_WORKER_MESSAGING_TIMEOUT,
    ERR_WORKER_NOT_RUNNING,
    ERR_WORKER_OUT_OF_MEMORY,
    ERR_WORKER_PATH,
    ERR_WORKER_UNSUPPORTED_OPERATION,
  },
} = require('../internal/errors');
const { validateArray, validateNumber, validateObject, validateString } = require('../internal/validators');
const { markAsUncloneable } = require('../internal/cloneable');
const untransferable = require('../internal/untransferable');
const { limitsOf, state } = require('../internal/worker/thread');
const channel = require('../web/message_channel');
const { structuredClone } = require('../web/structured_clone');

const binding = internalBinding('worker');
const messaging = internalBinding('messaging');
const stdio = () => require('../internal/worker/stdio');

const SHARE_ENV = Symbol.for('nodejs.worker_threads.SHARE_ENV');

/** setEnvironmentData's: threads begin with a copy. */
let environment = new Map();

// ---- options ------------------------------------------------------------------------------------------------------------

/** @returns {{kind: string, source: string, file?: string}} what the thread runs */
function programOf(filename, options) {
  if (options.eval) {
    if (typeof filename !== 'string') {
      throw new ERR_INVALID_ARG_VALUE('options.eval', options.eval, "must be false when 'filename' is not a string");
    }
    return { kind: 'eval', source: filename };
  }
  const isURL = typeof filename === 'object' && filename !== null && typeof filename.href === 'string' &&
    typeof filename.protocol === 'string';
  if (isURL && filename.protocol === 'data:') return { kind: 'url', source: filename.href };
  if (isURL) {
    const file = require('url').fileURLToPath(filename);
    return filename.search === '' && filename.hash === ''
      ? { kind: 'file', source: file } : { kind: /\.m[jt]s$/.test(file) ? 'url' : 'file', source: /\.m[jt]s$/.test(file) ? filename.href : file, file };
  }
  if (typeof filename !== 'string') throw new ERR_INVALID_ARG_TYPE('filename', ['string', 'URL'], filename);
  const path = require('path');
  if (!path.isAbsolute(filename) && !/^\.\.?[\\/]/.test(filename)) throw new ERR_WORKER_PATH(filename);
  return { kind: 'file', source: path.resolve(filename) };
}

/** Options that only the process can have. */
const ofProcess = new Set(['--title', '--secure-heap', '--secure-heap-min', '--disable-proto', '--zero-fill-buffers',
  '--tls-cipher-list', '--run', '--watch', '--watch-path', '--test', '--env-file', '--env-file-if-exists', '--redirect-warnings']);
/** Of the main thread's, what its threads do not inherit. */
const notInherited = new Set([...ofProcess, 'exec-arg', '--compile-cache']);

/** Options of execArgv, or of NODE_OPTIONS, as settings. @returns {[string, string?][]} */
function settingsOf(words, isEnvironment) {
  const settings = [];
  const wrong = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    const found = binding.option(equals === -1 ? word : word.slice(0, equals));
    if (found === undefined || ofProcess.has(found[0]) || (isEnvironment && !found[3])) {
      wrong.push(word);
      continue;
    }
    const [name, takesValue, negated] = found;
    let value = equals === -1 ? undefined : word.slice(equals + 1);
    if (takesValue && value === undefined) value = words[++i];
    if (takesValue && value === undefined) wrong.push(`${word} requires an argument`);
    else settings.push(negated ? [`--no-${name.slice(2)}`] : [name, value]);
  }
  return { settings, wrong };
}

function optionsOf({ execArgv, env }) {
  const settings = [];
  if (execArgv === undefined) {
    for (const [name, values] of require('../internal/cli_settings').given) {
      if (!notInherited.has(name)) for (const value of values) settings.push([name, value]);
    }
  } else {
    const read = settingsOf(execArgv.map(String), false);
    if (read.wrong.length > 0) throw new ERR_WORKER_INVALID_EXEC_ARGV(read.wrong);
    settings.push(...read.settings);
  }
  if (typeof env === 'object' && env !== null && env.NODE_OPTIONS && env.NODE_OPTIONS !== process.env.NODE_OPTIONS) {
    const read = settingsOf(env.NODE_OPTIONS.split(/\s+/).filter(Boolean), true);
    if (read.wrong.length > 0) throw new ERR_WORKER_INVALID_EXEC_ARGV(read.wrong, 'invalid NODE_OPTIONS env variable');
    settings.unshift(...read.settings);
  }
  return settings;
}

/** @returns {number[]} young, old, code, stack in MB; 0: the default */
function limitsGiven(limits) {
  const of = (name, least) => (typeof limits?.[name] === 'number' ? Math.max(limits[name], least) : 0);
  return [of('maxYoungGenerationSizeMb', 0), of('maxOldGenerationSizeMb', 2), of('codeRangeSizeMb', 0), of('stackSizeMb', 0)];
}

function checkOptions(options) {
  if (options.execArgv && !Array.isArray(options.execArgv)) {
    throw new ERR_INVALID_ARG_TYPE('options.execArgv', 'Array', options.execArgv);
  }
  if (options.argv && !Array.isArray(options.argv)) throw new ERR_INVALID_ARG_TYPE('options.argv', 'Array', options.argv);
  if (options.name !== undefined) validateString(options.name, 'options.name');
  const { env } = options;
  if (env !== undefined && env !== null && env !== SHARE_ENV && typeof env !== 'object') {
    throw new ERR_INVALID_ARG_TYPE('options.env', ['object', 'undefined', 'null', 'worker_threads.SHARE_ENV'], env);
  }
}

// ---- Worker -------------------------------------------------------------------------------------------------------------

class Worker extends EventEmitter {
  #handle = null;

  #control;

  #port;

  #stdin = null;

  #stdout;

  #stderr;

  #limits;

  #name;

  #id = -1;

  #loopBefore = { idle: 0, active: 0 };

  /** @param {string | URL} filename @param {object} [options] Node documentation: new Worker(filename[, options]) */
  constructor(filename, options = {}) {
    super();
    options = options ?? {};
    checkOptions(options);
    const program = programOf(filename, options);
    const settings = optionsOf(options);
    const [mine, theirs] = channelCarriers();
    this.#control = channel.createPort(mine);
    const { port1, port2 } = new channel.MessageChannel();
    this.#port = port1;
    this.#makeStreams(options);
    try {
      this.#begin(program, options, settings, port2);
    } catch (error) {
      this.#control.close();
      port1.close();
      throw error;
    }
    const handle = binding.start(theirs, options.name?.trim() ?? '', ...limitsGiven(options.resourceLimits),
      options.env === SHARE_ENV ? require('../internal/process_env').shared() : undefined,
      (code, error) => this.#exited(code, error), { hasRef: () => this.#handle !== null && binding.hasRef(this.#handle) });
    if (typeof handle === 'number') throw new ERR_WORKER_INIT_FAILED(internalBinding('util').errorName?.(handle) ?? handle);
    this.#handle = handle;
    const facts = binding.facts(handle);
    this.#limits = limitsOf(facts);
    this.#id = facts[0];
    this.#name = facts[1];
    this.performance = { eventLoopUtilization: (first, second) => this.#utilization(first, second) };
    this.#listen(options);
    process.nextTick(() => process.emit('worker', this));
  }

  /** The first message, which the thread reads before anything else. */
  #begin({ kind, source, file }, options, settings, port) {
    const env = options.env === SHARE_ENV ? undefined : { ...(options.env ?? process.env) };
    for (const name of Object.keys(env ?? {})) env[name] = `${env[name]}`;
    this.#control.postMessage({
      kind, source, file, settings, env,
      argv: (options.argv ?? []).map(String),
      execArgv: options.execArgv?.map(String) ?? process.execArgv,
      workerData: options.workerData, parentPort: port, stdin: Boolean(options.stdin), environmentData: environment,
    }, [port, ...(options.transferList ?? [])]);
  }

  #makeStreams(options) {
    const { PortReadable, PortWritable } = stdio();
    const readable = (name) => new PortReadable(() => this.#control.postMessage({ type: 'more', value: name }));
    if (options.stdin) this.#stdin = new PortWritable(this.#control, 'stdin', false);
    this.#stdout = readable('stdout');
    this.#stderr = readable('stderr');
    if (!options.stdout) this.#stdout.on('data', (chunk) => process.stdout.write(chunk));
    if (!options.stderr) this.#stderr.on('data', (chunk) => process.stderr.write(chunk));
  }

  #listen() {
    this.#control.on('message', (message) => this.#onControl(message));
    this.#control.unref();
    this.#port.on('message', (message) => this.emit('message', message));
    this.#port.on('messageerror', (error) => this.emit('messageerror', error));
    this.#port.unref();
  }

  #onControl({ type, value }) {
    switch (type) {
      case 'up':
        this.emit('online');
        break;
      case 'error':
        this.emit('error', require('../internal/worker/errors').unpack(value));
        break;
      case 'stdout':
        this.#stdout.take(value);
        break;
      case 'stderr':
        this.#stderr.take(value);
        break;
      case 'more':
        this.#stdin?.more();
        break;
      default:
    }
  }

  /** From C: the thread is gone. @param {number} code @param {string} [error] */
  #exited(code, error) {
    channel.drainPort(this.#port);
    channel.drainPort(this.#control);
    this.#handle = null;
    this.#id = -1;
    this.#limits = {};
    this.#name = null;
    if (this.#stdin !== null) this.#stdin.destroy();
    for (const stream of [this.#stdout, this.#stderr]) if (!stream.readableEnded) stream.push(null);
    try {
      if (error === 'ERR_WORKER_OUT_OF_MEMORY') this.emit('error', new ERR_WORKER_OUT_OF_MEMORY('JS heap out of memory'));
      else if (error !== undefined) this.emit('error', new ERR_WORKER_INIT_FAILED('the engine could not be started'));
    } finally {
      this.emit('exit', code);
    }
  }

  #utilization(first, second) {
    const { eventLoopUtilization } = require('../node/perf_hooks').performance;
    if (second !== undefined) return eventLoopUtilization(first, second);
    const times = this.#handle === null ? undefined : binding.loopTimes(this.#handle);
    if (times === undefined) return { idle: 0, active: 0, utilization: 0 };
    const [idle, since] = times;
    const active = since - idle;
    if (first === undefined) return { idle, active, utilization: active / (idle + active) };
    const delta = { idle: idle - first.idle, active: active - first.active };
    return { ...delta, utilization: delta.active / (delta.idle + delta.active) };
  }

  /** Asks the thread, which answers even while it runs JS. @returns {Promise<any>} */
  #ask(what) {
    const [mine, theirs] = channelCarriers();
    const port = channel.createPort(mine);
    return new Promise((resolve, reject) => {
      const notRunning = () => reject(new ERR_WORKER_NOT_RUNNING());
      port.once('message', (value) => {
        port.close();
        if (value === null) notRunning();
        else resolve(value);
      });
      port.once('close', notRunning);
      if (this.#handle === null || !binding.ask(this.#handle, what, theirs)) port.close();
    });
  }

  get threadId() { return this.#id; }
  get threadName() { return this.#name; }
  get resourceLimits() { return { ...this.#limits }; }
  get stdin() { return this.#stdin; }
  get stdout() { return this.#stdout; }
  get stderr() { return this.#stderr; }

  /** Does nothing after the thread's end. */
  postMessage(...args) {
    if (this.#handle !== null) this.#port.postMessage(...args);
  }

  /** @returns {Promise<number | undefined>} the exit code */
  terminate(callback = undefined) {
    if (typeof callback === 'function') {
      process.emitWarning('Passing a callback to worker.terminate() is deprecated. It returns a Promise instead.',
        'DeprecationWarning', 'DEP0132');
      if (this.#handle !== null) this.once('exit', (code) => callback(null, code));
    }
    if (this.#handle === null) return Promise.resolve();
    this.ref();
    const ended = new Promise((resolve) => this.once('exit', resolve));
    binding.terminate(this.#handle);
    return ended;
  }

  async [Symbol.asyncDispose]() {
    await this.terminate();
  }

  ref() {
    if (this.#handle !== null) binding.ref(this.#handle, true);
  }

  unref() {
    if (this.#handle !== null) binding.ref(this.#handle, false);
  }

  /** @returns {Promise<import('stream').Readable>} the snapshot as JSON */
  getHeapSnapshot(options = undefined) {
    if (options !== undefined) validateObject(options, 'options');
    return this.#ask(binding.questions.HEAP_SNAPSHOT).then((bytes) => {
      const { Readable } = require('stream');
      const stream = new Readable({ read() {} });
      stream.push(bytes);
      stream.push(null);
      return stream;
    });
  }

  /** @returns {Promise<object>} as v8.getHeapStatistics() */
  getHeapStatistics() {
    return this.#ask(binding.questions.HEAP_STATISTICS);
  }

  /** @param {{user: number, system: number}} [previous] @returns {Promise<{user: number, system: number}>} microseconds */
  cpuUsage(previous = undefined) {
    if (previous) {
      validateObject(previous, 'prev');
      validateNumber(previous.user, 'prev.user', 0, Number.MAX_SAFE_INTEGER);
      validateNumber(previous.system, 'prev.system', 0, Number.MAX_SAFE_INTEGER);
    }
    return this.#ask(binding.questions.CPU).then(([user, system]) =>
      ({ user: user - (previous?.user ?? 0), system: system - (previous?.system ?? 0) }));
  }
}

function channelCarriers() {
  channel.setUp();
  return messaging.channel();
}

// ---- messages by thread id ----------------------------------------------------------------------------------------------

/** Each thread listens on a broadcast group of its own (runtime/thread.c opens it). */
const groupOf = (id) => `node:worker_threads ${id}`;

const DELIVERED = 0;
const NO_LISTENER = 1;
const THREW = 2;

function listenForThreads() {
  channel.inbox(state.isMain ? groupOf(0) : binding.inbox(), ({ value, source, answer }) => {
    let result = NO_LISTENER;
    try {
      if (process.emit('workerMessage', value, source)) result = DELIVERED;
    } catch {
      result = THREW;
    }
    answer.postMessage(result);
    answer.close();
  });
}

/**
 * Node documentation: worker.postMessageToThread(threadId, value[, transferList][, timeout]).
 * @param {number} threadId @param {any} value @param {object[]} [transferList] @param {number} [timeout] ms
 * @returns {Promise<void>}
 */
async function postMessageToThread(threadId, value, transferList = undefined, timeout = undefined) {
  if (typeof transferList === 'number' && timeout === undefined) [transferList, timeout] = [[], transferList];
  validateNumber(threadId, 'threadId', 0);
  if (transferList !== undefined) validateArray(transferList, 'transferList');
  if (timeout !== undefined) validateNumber(timeout, 'timeout', 0);
  if (threadId === state.id) throw new ERR_WORKER_MESSAGING_SAME_THREAD();
  const { port1, port2 } = new channel.MessageChannel();
  const result = await new Promise((resolve, reject) => {
    const timer = timeout === undefined ? undefined : setTimeout(resolve, timeout, 'timeout');
    port1.once('message', (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    port1.once('close', () => {
      clearTimeout(timer);
      resolve(NO_LISTENER); // nobody took it
    });
    try {
      channel.postTo(groupOf(threadId), { value, source: state.id, answer: port2 }, [port2, ...(transferList ?? [])]);
    } catch (error) {
      reject(error);
    }
  }).finally(() => port1.close());
  if (result === 'timeout') throw new ERR_WORKER_MESSAGING_TIMEOUT();
  if (result === NO_LISTENER) throw new ERR_WORKER_MESSAGING_FAILED();
  if (result === THREW) throw new ERR_WORKER_MESSAGING_ERRORED();
}

// ---- the module ---------------------------------------------------------------------------------------------------------

const { boot } = state;
if (boot !== null) environment = boot.environmentData;
const parentPort = boot?.parentPort ?? null;

/** Node documentation: worker.setEnvironmentData(key[, value]). Threads that are started later have it. */
function setEnvironmentData(key, value) {
  if (value === undefined) environment.delete(key);
  else environment.set(key, value);
}

listenForThreads();

module.exports = {
  isMainThread: state.isMain,
  isInternalThread: false,
  parentPort,
  resourceLimits: { ...state.resourceLimits },
  threadId: state.id,
  threadName: state.name,
  workerData: boot === null ? null : boot.workerData ?? (boot.workerData === undefined ? undefined : null),
  SHARE_ENV,
  Worker,
  MessageChannel: channel.MessageChannel,
  MessagePort: channel.MessagePort,
  BroadcastChannel: channel.BroadcastChannel,
  receiveMessageOnPort: channel.receiveMessageOnPort,
  postMessageToThread,
  markAsUncloneable,
  markAsUntransferable: untransferable.mark,
  isMarkedAsUntransferable: untransferable.isMarked,
  moveMessagePortToContext(port) {
    if (channel.isPort(port) && channel.isClosed(port)) {
      throw Object.assign(new Error('Cannot send data on closed MessagePort'), { code: 'ERR_CLOSED_MESSAGE_PORT' });
    }
    throw new ERR_WORKER_UNSUPPORTED_OPERATION('moveMessagePortToContext(): ports of other contexts');
  },
  /** @param {string} key */
  getEnvironmentData: (key) => environment.get(key),
  setEnvironmentData,
};
