'use strict';
// node:process, and the global `process`.
const EventEmitter = require('events');
const binding = internalBinding('process');
const { onStart } = require('../internal/bootstrap_hooks');
const { nextTick, stopTicks } = require('../internal/tick');
const uncaught = require('../internal/uncaught');
const signals = require('../internal/signals');
const { runEndHooks } = require('../internal/exit_hooks');


// The engine's messages name an object by its constructor's own name: #<process>.
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

/** The same in the form that errors of identities have. */
function checkPermission(result, syscall) {
  if (result >= 0) return;
  const { UVException } = errors();
  const error = new UVException({ errno: result, syscall });
  error.errno = -result;
  error.message = `${error.code}, ${require('util').getSystemErrorMessage(result).replace(/^./, (first) => first.toUpperCase())}`;
  throw error;
}

// ---- identity -----------------------------------------------------------------------------------------------------

Object.assign(process, {
  version: `v${binding.versions().node}`, // the level of Node's API; what jsd itself is called is versions.jsd
  arch: 'x64',
  platform: 'linux',
  release: { name: 'node', lts: 'Krypton' },
  argv: [],
  execArgv: [],
  env: require('../internal/process_env'),
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
    openssl_is_boringssl: false, cached_builtins: true, require_module: true, quic: false,
    get typescript() {
      const { stripTypes, transformTypes } = require('../internal/loader/options');
      return transformTypes ? 'transform' : stripTypes && 'strip';
    },
  },
  allowedNodeEnvironmentFlags: new Set(['--require', '--import', '--conditions', '--max-old-space-size', '--env-file',
    '--unhandled-rejections', '--no-warnings', '--trace-warnings']),
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

let title = 'jsd';
Object.defineProperties(process, {
  versions: { get: versions, enumerable: true, configurable: true },
  ppid: { get: () => binding.ppid(), enumerable: true, configurable: true },
  title: {
    get: () => title,
    set(value) {
      title = `${value}`;
      binding.setTitle(title);
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
Object.assign(process, {
  nextTick,
  /** @returns {string} */
  cwd: () => (cwd ??= check(binding.cwd(), 'uv_cwd')),
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

const usageFields = ['user', 'system'];

/** What is used since an earlier answer, which is checked. @param {number[]} now microseconds, as in usageFields */
function usageSince(now, previous) {
  if (!previous) return { user: now[0], system: now[1] };
  validators().validateObject(previous, 'prevValue');
  for (const name of usageFields) {
    validators().validateNumber(previous[name], `prevValue.${name}`);
    if (!(previous[name] >= 0 && previous[name] <= Number.MAX_SAFE_INTEGER)) {
      const { codes: { ERR_INVALID_ARG_VALUE } } = errors();
      throw new ERR_INVALID_ARG_VALUE.RangeError(`prevValue.${name}`, previous[name]);
    }
  }
  return { user: now[0] - previous.user, system: now[1] - previous.system };
}
/** Node documentation: process.cpuUsage([previousValue]). @returns {{ user: number, system: number }} microseconds */
process.cpuUsage = (previous) => usageSince(check(binding.rusage(), 'uv_getrusage'), previous);
/** The same of this thread. */
process.threadCpuUsage = (previous) => usageSince(check(binding.threadUsage(), 'uv_getrusage_thread'), previous);

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
/** Node documentation: process.setgroups(groups). @param {(number | string)[]} groups */
process.setgroups = function setgroups(groups) {
  validators().validateArray(groups, 'groups');
  const ids = groups.map((id, i) => resolveId(id, '/etc/group', 'Group', `groups[${i}]`));
  checkPermission(binding.setgroups(ids), 'setgroups');
};
/** Node documentation: process.initgroups(user, extraGroup). */
process.initgroups = function initgroups(user, extraGroup) {
  requireId(user, 'user');
  requireId(extraGroup, 'extraGroup');
  const group = resolveId(extraGroup, '/etc/group', 'Group', 'extraGroup');
  const name = typeof user === 'string' ? user : binding.userName(user);
  if (name === undefined || (typeof user === 'string' && idOf(user, '/etc/passwd') === undefined)) {
    const { codes: { ERR_UNKNOWN_CREDENTIAL } } = errors();
    throw new ERR_UNKNOWN_CREDENTIAL('User', user);
  }
  checkPermission(binding.initgroups(name, group), 'initgroups');
};
process.getgroups = () => check(binding.getgroups(), 'getgroups');

function requireId(id, name) {
  if (typeof id === 'number') validators().validateUint32(id, name);
  else if (typeof id !== 'string') {
    const { codes: { ERR_INVALID_ARG_TYPE } } = errors();
    throw new ERR_INVALID_ARG_TYPE(name, ['number', 'string'], id);
  }
}

/** @returns {number | undefined} what a file of the system's users or groups says of a name */
function idOf(name, file) {
  const line = require('fs').readFileSync(file, 'utf8').split('\n').find((text) => text.startsWith(`${name}:`));
  return line === undefined ? undefined : Number(line.split(':')[2]);
}

function resolveId(id, file, label, name = 'id') {
  requireId(id, name);
  const number = typeof id === 'number' ? id : idOf(id, file);
  if (number === undefined) {
    const { codes: { ERR_UNKNOWN_CREDENTIAL } } = errors();
    throw new ERR_UNKNOWN_CREDENTIAL(label, id);
  }
  return number;
}
['setuid', 'seteuid', 'setgid', 'setegid'].forEach((name, which) => {
  process[name] = (id) => {
    const user = which < 2;
    checkPermission(binding.setId(which, resolveId(id, user ? '/etc/passwd' : '/etc/group', user ? 'User' : 'Group')), name);
  };
});

// ---- signals ------------------------------------------------------------------------------------------------------

signals.install(process);

/** Replaced by those who test what is killed. */
process._kill = (pid, signal) => binding.kill(pid, signal);

const endsSelf = (pid) => pid === 0 || pid === -1 || Math.abs(pid) === process.pid;

/** Node documentation: process.kill(pid[, signal]). */
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
  if (number > 0 && endsSelf(pid | 0) && !signals.handled(number)) runEndHooks();
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
      if (typeof value === 'number') validators().validateInteger(value, 'code');
      if (!(typeof value === 'string' && value !== '' && Number.isInteger(Number(value)))) {
        const { codes: { ERR_INVALID_ARG_TYPE } } = errors();
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
  runEndHooks();
  binding.reallyExit(code ?? 0);
};
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
  const registry = require('jsd:registry');
  const name = id.startsWith('node:') ? id.slice(5) : id;
  return Object.hasOwn(registry, name) ? registry[name]() : undefined;
};
/** Node documentation: process.execve(file[, args[, env]]). */
process.execve = (...args) => require('../internal/process_execve').execve(...args);
/** Node documentation: process.ref(maybeRefable) and unref: through the object's own methods. */
process.ref = (value) => Reflect.apply(value?.[Symbol.for('nodejs.ref')] ?? value?.ref ?? (() => {}), value, []);
process.unref = (value) => Reflect.apply(value?.[Symbol.for('nodejs.unref')] ?? value?.unref ?? (() => {}), value, []);
/** Prints past all streams. */
process._rawDebug = (...args) => binding.writeError(`${require('util').format(...args)}\n`);
require('../internal/util').defineLazy(process, {
  finalization: () => require('../internal/process_finalization'),
});
process.binding = function binding(name) {
  // Node's inside is not here; of its old bindings only the one that is part of the documented util.types.
  if (name === 'util') return legacyUtil();
  throw Object.assign(new Error(`No such module: ${name}`), { code: 'ERR_INVALID_MODULE' });
};
function legacyUtil() {
  const { types } = require('util');
  return Object.fromEntries(['isAnyArrayBuffer', 'isArrayBuffer', 'isArrayBufferView', 'isAsyncFunction', 'isDataView', 'isDate',
    'isExternal', 'isMap', 'isMapIterator', 'isNativeError', 'isPromise', 'isRegExp', 'isSet', 'isSetIterator', 'isTypedArray',
    'isUint8Array'].map((name) => [name, types[name]]));
}
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
