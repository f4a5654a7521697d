'use strict';
// node:process, and the global `process`.
const EventEmitter = require('events');
const binding = internalBinding('process');
const settings = require('../internal/cli_settings');
const { onStart } = require('../internal/bootstrap_hooks');
const { nextTick, stopTicks } = require('../internal/tick');
const uncaught = require('../internal/uncaught');
const signals = require('../internal/signals');


/** Its name is in the engine's messages. */
const Process = (() => {
  function process() {
    EventEmitter.call(this);
  }
  return process;
})();
Process.prototype = Object.create(EventEmitter.prototype, {
  constructor: { value: Process, writable: true, configurable: true },
  [Symbol.toStringTag]: { value: 'process', configurable: true },
});

const process = new Process();

const errors = () => require('../internal/errors');
const validators = () => require('../internal/validators');

/** Throws the system error of a negative errno. */
function check(result, syscall, extra) {
  if (typeof result === 'number' && result < 0) {
    const { UVException } = errors();
    throw new UVException({ errno: result, syscall, ...extra });
  }
  return result;
}

// ---- identity -----------------------------------------------------------------------------------------------------

Object.assign(process, {
  version: `v${binding.versions().node}`, // the level of Node's API; what jsd itself is called is versions.jsd
  arch: 'x64',
  platform: 'linux',
  release: { name: 'node', lts: 'Krypton' },
  argv: [],
  execArgv: [],
  env: require('../internal/process_env').env,
  pid: 0,
  execPath: '',
  debugPort: 9229,
  argv0: '',
  exitCode: undefined,
  _exiting: false,
  config: { target_defaults: { cflags: [], default_configuration: 'Release', defines: [], include_dirs: [], libraries: [] }, variables: {
    napi_build_version: '10', node_module_version: 137, node_use_openssl: true, node_use_sqlite: true, v8_enable_i18n_support: 1,
    v8_enable_inspector: 0, v8_enable_webassembly: 1, icu_small: false, openssl_is_fips: false, node_shared: false, asan: 0, ubsan: 0,
    coverage: false, node_builtin_shareable_builtins: [], node_use_amaro: true,
  } },
  features: {
    inspector: true, debug: false, uv: true, ipv6: true, tls_alpn: true, tls_sni: true, tls_ocsp: true, tls: true,
    cached_builtins: true, require_module: true, openssl_is_boringssl: false, quic: false,
    get typescript() {
      const { stripTypes, transformTypes } = require('../internal/loader/options');
      return transformTypes ? 'transform' : stripTypes && 'strip';
    },
  },
  noDeprecation: false,
  throwDeprecation: false,
  traceDeprecation: false,
});

/** Asked for by few programs, and ICU's answer opens its data: made when first read. */
function versions() {
  const { node, ...libraries } = binding.versions();
  const all = { jsd: '0.1.0', modules: '137', napi: '10', ...libraries };
  const sorted = { node };
  for (const name of Object.keys(all).sort()) sorted[name] = all[name];
  Object.defineProperty(process, 'versions', { value: Object.freeze(sorted), writable: false, enumerable: true, configurable: true });
  return sorted;
}

/** Asked for by few programs as well. */
function allowedNodeEnvironmentFlags() {
  const value = require('../internal/allowed_flags').allowedFlags();
  Object.defineProperty(process, 'allowedNodeEnvironmentFlags', { value, writable: true, enumerable: true, configurable: true });
  return value;
}

let title = 'jsd';
Object.defineProperties(process, {
  versions: { get: versions, enumerable: true, configurable: true },
  allowedNodeEnvironmentFlags: {
    get: allowedNodeEnvironmentFlags, set(value) { Object.defineProperty(process, 'allowedNodeEnvironmentFlags', { value }); },
    enumerable: true, configurable: true,
  },
  ppid: { get: () => binding.ppid(), enumerable: true, configurable: true },
  title: {
    get: () => title,
    set(value) {
      title = `${value}`;
      if (isMain) binding.setTitle(title);
    },
    enumerable: true,
    configurable: true,
  },
});

onStart(() => {
  const facts = binding.facts();
  process.pid = facts.pid;
  process.execPath = facts.execPath;
  process.argv0 = facts.argv0;
});

// ---- where and how long -------------------------------------------------------------------------------------------

let cwd;
let isMain = true; // of the process's threads, the one that may change directories
onStart(() => { isMain = internalBinding('worker').isMain(); });
Object.assign(process, {
  nextTick,
  /** @returns {string} */
  cwd: () => (isMain ? (cwd ??= check(binding.cwd(), 'uv_cwd')) : check(binding.cwd(), 'uv_cwd')),
  /** @param {string} directory */
  chdir(directory) {
    validators().validateString(directory, 'directory');
    const result = binding.chdir(directory);
    if (result < 0) {
      const error = new (errors().UVException)({ errno: result, syscall: 'chdir', path: process.cwd(), dest: directory });
      throw error;
    }
    cwd = undefined;
  },
  /** @param {number | string} [mask] @returns {number} the former mask */
  umask(mask) {
    if (mask === undefined) return binding.umask(undefined);
    const value = typeof mask === 'string' && /^[0-7]+$/.test(mask) ? parseInt(mask, 8) : mask;
    if (typeof mask === 'string' && typeof value === 'string') {
      const { codes: { ERR_INVALID_ARG_VALUE } } = errors();
      throw new ERR_INVALID_ARG_VALUE('mask', mask, 'must be a 32-bit unsigned integer or an octal string');
    }
    validators().validateUint32(value, 'mask');
    return binding.umask(value);
  },
  uptime: () => binding.uptime(),
});

const hrtimeWords = new Float64Array(2);

/** Node documentation: process.hrtime([time]). @returns {[number, number]} seconds, nanoseconds */
process.hrtime = function hrtime(time) {
  binding.hrtime(hrtimeWords);
  if (time === undefined) return [hrtimeWords[0], hrtimeWords[1]];
  validators().validateArray(time, 'time');
  if (time.length !== 2) {
    const { codes: { ERR_OUT_OF_RANGE } } = errors();
    throw new ERR_OUT_OF_RANGE('time', 2, time.length);
  }
  let seconds = hrtimeWords[0] - time[0];
  let nanoseconds = hrtimeWords[1] - time[1];
  if (nanoseconds < 0) {
    seconds--;
    nanoseconds += 1e9;
  }
  return [seconds, nanoseconds];
};
process.hrtime.bigint = () => binding.hrtimeBigint();

process.memoryUsage = function memoryUsage() {
  const [rss, heapTotal, heapUsed, external, arrayBuffers] = binding.memory();
  return { rss, heapTotal, heapUsed, external, arrayBuffers };
};
process.memoryUsage.rss = () => binding.rss();

/** What was used since `previous`, which must be what such a call gave. */
function usageSince([user, system], previous) {
  if (previous === undefined || previous === null) return { user, system };
  const { codes: { ERR_INVALID_ARG_VALUE } } = errors();
  validators().validateObject(previous, 'prevValue');
  for (const key of ['user', 'system']) {
    validators().validateNumber(previous[key], `prevValue.${key}`);
    if (!(previous[key] >= 0 && previous[key] <= Number.MAX_SAFE_INTEGER)) {
      throw new ERR_INVALID_ARG_VALUE.RangeError(`prevValue.${key}`, previous[key]);
    }
  }
  return { user: user - previous.user, system: system - previous.system };
}

/** @param {{ user: number, system: number }} [previous] @returns {{ user: number, system: number }} µs */
process.cpuUsage = (previous) => usageSince(check(binding.rusage(), 'uv_getrusage'), previous);
/** The same of the current thread. */
process.threadCpuUsage = (previous) => usageSince(internalBinding('process_control').threadUsage(), previous);

process.resourceUsage = function resourceUsage() {
  const names = ['userCPUTime', 'systemCPUTime', 'maxRSS', 'sharedMemorySize', 'unsharedDataSize', 'unsharedStackSize',
    'minorPageFault', 'majorPageFault', 'swappedOut', 'fsRead', 'fsWrite', 'ipcSent', 'ipcReceived', 'signalsCount',
    'voluntaryContextSwitches', 'involuntaryContextSwitches'];
  const values = check(binding.rusage(), 'uv_getrusage');
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
};

process.constrainedMemory = () => binding.memoryLimits()[0];
process.availableMemory = () => binding.memoryLimits()[1];

/** How Node calls what keeps the loop alive, where that is not the name with "Wrap". */
const resourceNames = {
  __proto__: null, tcp: 'TCPSocketWrap', poll: 'TCPServerWrap', tty: 'TTYWrap', fs_event: 'FSEventWrap',
  FSREQCALLBACK: 'FSReqCallback', GETADDRINFOREQWRAP: 'GetAddrInfoReqWrap', GETNAMEINFOREQWRAP: 'GetNameInfoReqWrap',
  PBKDF2REQUEST: 'PBKDF2Job', SCRYPTREQUEST: 'ScryptJob', HKDFREQUEST: 'HKDFJob', RANDOMBYTESREQUEST: 'RandomBytesJob',
  RANDOMPRIMEREQUEST: 'RandomPrimeJob', CHECKPRIMEREQUEST: 'CheckPrimeJob', KEYPAIRGENREQUEST: 'KeyPairGenJob',
  DERIVEBITSREQUEST: 'DeriveBitsJob', SIGNREQUEST: 'SignJob', ZLIB: 'ZlibStream',
};
const resourceName = (name) => resourceNames[name] ?? `${name[0].toUpperCase()}${name.slice(1)}Wrap`;

/** Node documentation: process.getActiveResourcesInfo(). @returns {string[]} what keeps the loop alive */
process.getActiveResourcesInfo = function getActiveResourcesInfo() {
  const loop = internalBinding('loop');
  const { timers, immediates } = require('../internal/timers').counts();
  return [
    ...loop.activeRequests().map(resourceName), ...loop.activeHandles().map(resourceName),
    ...Array(timers).fill('Timeout'), ...Array(immediates).fill('Immediate'),
  ];
};
process._getActiveHandles = () => [];
process._getActiveRequests = () => [];

// ---- users --------------------------------------------------------------------------------------------------------

for (const name of ['getuid', 'geteuid', 'getgid', 'getegid']) process[name] = () => binding[name]();
/** Deprecated since long: process.stdin, flowing. */
process.openStdin = function openStdin() {
  process.stdin.resume();
  return process.stdin;
};
process.getgroups = () => check(binding.getgroups(), 'getgroups');

function validateId(id, name) {
  if (typeof id === 'number') validators().validateUint32(id, name);
  else if (typeof id !== 'string') {
    const { codes: { ERR_INVALID_ARG_TYPE } } = errors();
    throw new ERR_INVALID_ARG_TYPE(name, ['number', 'string'], id);
  }
}

function resolveId(id, file, label) {
  validateId(id, 'id');
  if (typeof id === 'number') return id;
  const line = require('fs').readFileSync(file, 'utf8').split('\n').find((text) => text.startsWith(`${id}:`));
  if (line === undefined) {
    const { codes: { ERR_UNKNOWN_CREDENTIAL } } = errors();
    throw new ERR_UNKNOWN_CREDENTIAL(label, id);
  }
  return Number(line.split(':')[2]);
}
['setuid', 'seteuid', 'setgid', 'setegid'].forEach((name, which) => {
  process[name] = (id) => {
    const user = which < 2;
    check(binding.setId(which, resolveId(id, user ? '/etc/passwd' : '/etc/group', user ? 'User' : 'Group')), name);
  };
});

/** @param {(number | string)[]} groups ids or names */
process.setgroups = (groups) => {
  validators().validateArray(groups, 'groups');
  groups.forEach((group, i) => validateId(group, `groups[${i}]`));
  check(internalBinding('process_control').setGroups(groups.map((group) => resolveId(group, '/etc/group', 'Group'))), 'setgroups');
};
/** @param {number | string} user @param {number | string} extraGroup */
process.initgroups = (user, extraGroup) => {
  validateId(user, 'user');
  validateId(extraGroup, 'extraGroup');
  const group = resolveId(extraGroup, '/etc/group', 'Group');
  const id = resolveId(user, '/etc/passwd', 'User');
  const name = typeof user === 'string' ? user
    : require('fs').readFileSync('/etc/passwd', 'utf8').split('\n').find((line) => line.split(':')[2] === `${id}`)?.split(':')[0];
  check(internalBinding('process_control').initGroups(`${name}`, group), 'initgroups');
};

// ---- signals ------------------------------------------------------------------------------------------------------

signals.install(process);

/** Node documentation: process.kill(pid[, signal]). */
const endsSelf = (pid) => pid === 0 || pid === -1 || Math.abs(pid) === process.pid;
process._kill = (pid, signal) => binding.kill(pid, signal);
process.kill = function kill(pid, signal) {
  // eslint-disable-next-line eqeqeq
  if (pid != (pid | 0)) {
    const { codes: { ERR_INVALID_ARG_TYPE } } = errors();
    throw new ERR_INVALID_ARG_TYPE('pid', 'number', pid);
  }
  const number = typeof signal === 'number' ? signal : signals.numbers[signal ?? 'SIGTERM'];
  if (number === undefined) {
    const { codes: { ERR_UNKNOWN_SIGNAL } } = errors();
    throw new ERR_UNKNOWN_SIGNAL(signal);
  }
  // It may be the end of this process itself.
  if (number > 0 && endsSelf(pid | 0) && !signals.handled(number)) require('../internal/exit_hooks').runEndHooks();
  const result = process._kill(pid | 0, number);
  if (result < 0) throw errors().errnoException(result, 'kill');
  return true;
};

// ---- the end ------------------------------------------------------------------------------------------------------

let exitCode;
Object.defineProperty(process, 'exitCode', {
  get: () => exitCode,
  set(value) {
    if (value !== undefined && value !== null && !(typeof value === 'number' && Number.isInteger(value))) {
      if (!(typeof value === 'string' && value !== '' && Number.isInteger(Number(value)))) {
        const { codes: { ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE } } = errors();
        if (typeof value === 'number') throw new ERR_OUT_OF_RANGE('code', 'an integer', value);
        throw new ERR_INVALID_ARG_TYPE('code', 'integer', value);
      }
    }
    exitCode = value;
  },
  enumerable: true,
  configurable: false,
});

/** Node documentation: process.exit([code]). */
process.exit = function exit(code) {
  if (code !== undefined) process.exitCode = code;
  if (!process._exiting) {
    process._exiting = true;
    stopTicks();
    process.emit('exit', Number(process.exitCode ?? 0));
  }
  process.reallyExit(Number(process.exitCode ?? 0));
};
process.reallyExit = (code) => {
  require('../internal/exit_hooks').runEndHooks();
  if (settings.has('--trace-exit')) traceExit(code ?? 0);
  binding.reallyExit(code ?? 0);
  for (;;); // a thread, which the engine leaves at the next turn of a loop
};

/** --trace-exit: who ends the process. */
function traceExit(code) {
  const { isMainThread, threadId } = require('./worker_threads');
  const trace = { name: 'Exit' };
  Error.captureStackTrace(trace, process.reallyExit);
  const frames = trace.stack.slice(trace.stack.indexOf('\n') + 1);
  const thread = isMainThread ? '' : `, thread:${threadId}`;
  binding.writeError(`(node:${process.pid}${thread}) WARNING: Exited the environment with code ${code}\n${frames}\n`);
}
process.abort = () => binding.abort();

process.setUncaughtExceptionCaptureCallback = function setUncaughtExceptionCaptureCallback(fn) {
  if (uncaught.usesDomains() !== '') {
    const { codes: { ERR_DOMAIN_CANNOT_SET_UNCAUGHT_EXCEPTION_CAPTURE } } = errors();
    const error = new ERR_DOMAIN_CANNOT_SET_UNCAUGHT_EXCEPTION_CAPTURE();
    error.stack += `\n${'-'.repeat(40)}\n${uncaught.usesDomains()}`;
    throw error;
  }
  if (fn === null) {
    uncaught.setCapture(null);
    return;
  }
  if (typeof fn !== 'function') {
    const { codes: { ERR_INVALID_ARG_TYPE } } = errors();
    throw new ERR_INVALID_ARG_TYPE('fn', ['Function', 'null'], fn);
  }
  if (uncaught.hasCapture()) {
    const { codes: { ERR_UNCAUGHT_EXCEPTION_CAPTURE_ALREADY_SET } } = errors();
    throw new ERR_UNCAUGHT_EXCEPTION_CAPTURE_ALREADY_SET();
  }
  uncaught.setCapture(fn);
};
process.hasUncaughtExceptionCaptureCallback = () => uncaught.hasCapture();
/** Node documentation: process.finalization. */
Object.defineProperty(process, 'finalization', {
  get() {
    const value = require('../internal/finalization').finalization();
    Object.defineProperty(process, 'finalization', { value, configurable: true, enumerable: true, writable: true });
    return value;
  },
  configurable: true, enumerable: true,
});

/** Formats and writes to stderr at once, whatever state the process is in. */
process._rawDebug = (...args) => { binding.writeError(`${require('util').format(...args)}\n`); };

/** Node documentation: process.ref(maybeRefable), process.unref(maybeRefable). */
process.ref = (object) => { (object?.[Symbol.for('nodejs.ref')] ?? object?.[Symbol.for('node:ref')] ?? object?.ref)?.call(object); };
process.unref = (object) => { (object?.[Symbol.for('nodejs.unref')] ?? object?.[Symbol.for('node:unref')] ?? object?.unref)?.call(object); };

/** Node documentation: process.execve(file[, args[, env]]). Ends the process if the program cannot be run. */
process.execve = function execve(execPath, args = [], env = process.env) {
  const { codes: { ERR_INVALID_ARG_VALUE } } = errors();
  validators().validateString(execPath, 'execPath');
  validators().validateArray(args, 'args');
  args.forEach((arg, i) => {
    if (typeof arg !== 'string' || arg.includes('\0')) throw new ERR_INVALID_ARG_VALUE(`args[${i}]`, arg, 'must be a string without null bytes');
  });
  validators().validateObject(env, 'env');
  const pairs = Object.entries(env).map(([name, value]) => {
    if (typeof value !== 'string' || value.includes('\0') || name.includes('\0')) {
      throw new ERR_INVALID_ARG_VALUE('env', env, 'must be an object with string keys and values without null bytes');
    }
    return `${name}=${value}`;
  });
  const errno = internalBinding('process_control').execve(execPath, args, pairs);
  const code = errors().uvErrorMap().get(errno)?.[0] ?? errno;
  binding.writeError(`${new Error(`process.execve failed with error code ${code}`).stack}\n`);
  process.abort();
};
process._fatalException = (error) => uncaught.uncaught(error);

// ---- warnings, streams, modules -----------------------------------------------------------------------------------

process.emitWarning = require('../internal/warning').emitWarning;

for (const [name, getter] of [['stdout', 'getStdout'], ['stderr', 'getStderr'], ['stdin', 'getStdin']]) {
  Object.defineProperty(process, name, {
    get() {
      const stream = require('../internal/stdio')[getter]();
      Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true, writable: false });
      return stream;
    },
    configurable: true,
    enumerable: true,
  });
}

/** @param {string} id @returns {object | undefined} */
process.getBuiltinModule = function getBuiltinModule(id) {
  validators().validateString(id, 'id');
  const builtins = require('../internal/loader/builtins');
  return builtins.canRequire(id) ? builtins.load(id) : undefined;
};
process.binding = function binding(name) {
  const { codes: { ERR_INVALID_MODULE } } = errors();
  throw new ERR_INVALID_MODULE(name);
};
/** @param {string | URL} [path] */
process.loadEnvFile = function loadEnvFile(path = '.env') {
  const parsed = require('util').parseEnv(require('fs').readFileSync(path, 'utf8'));
  for (const [name, value] of Object.entries(parsed)) {
    if (process.env[name] === undefined) process.env[name] = value;
  }
};
process.setSourceMapsEnabled = function setSourceMapsEnabled(value) {
  validators().validateBoolean(value, 'val');
  require('../internal/source_maps').setSupport(value, { nodeModules: value, generatedCode: value });
};
Object.defineProperty(process, 'sourceMapsEnabled', {
  get: () => require('../internal/source_maps').support().enabled, enumerable: true, configurable: true,
});
process.dlopen = function dlopen(module, filename) {
  const { codes: { ERR_DLOPEN_FAILED } } = errors();
  throw new ERR_DLOPEN_FAILED(`${filename}: native addons cannot be loaded`);
};

module.exports = process;
