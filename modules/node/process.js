'use strict';
// node:process, and the global `process`.
const EventEmitter = require('events');
const binding = internalBinding('process');
const { onStart } = require('../internal/bootstrap_hooks');
const { nextTick, stopTicks } = require('../internal/tick');
const uncaught = require('../internal/uncaught');
const signals = require('../internal/signals');


function Process() {
  EventEmitter.call(this);
}
Object.defineProperty(Process, 'name', { value: 'process' });
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
    cached_builtins: true, require_module: true,
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

process.cpuUsage = function cpuUsage(previous) {
  const [user, system] = check(binding.rusage(), 'uv_getrusage');
  if (!previous) return { user, system };
  return { user: user - previous.user, system: system - previous.system };
};

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

function resolveId(id, file, label) {
  if (typeof id === 'number') {
    validators().validateUint32(id, 'id');
    return id;
  }
  validators().validateString(id, 'id');
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

// ---- signals ------------------------------------------------------------------------------------------------------

signals.install(process);

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
  const result = binding.kill(pid | 0, number);
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
  binding.reallyExit(code ?? 0);
  for (;;); // a thread, which the engine leaves at the next turn of a loop
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
  validators().validateFunction(fn, 'fn');
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
