'use strict';
// What C starts in a fresh process: a file, a text, standard input, an app to serve. runtime/command_line.c first calls
// `option` for each option of the command line.
const binding = internalBinding('module');
const path = require('../node/path');
const options = require('./loader/options');
const settings = require('./cli_settings');
const files = require('./loader/files');
const { pathToURL } = require('./loader/file_url');

const loader = () => require('./loader/esm');
const commonJS = () => require('./loader/cjs');

// ---- options ------------------------------------------------------------------------------------------------------------

/** Variables that --env-file set. */
const fromFiles = new Set();

function envFile(file, optional) {
  let text;
  try {
    text = files.read(path.resolve(file));
  } catch {
    if (optional) return;
    internalBinding('process').writeError(`${process.execPath}: ${file}: not found\n`);
    process.reallyExit(9);
  }
  for (const [name, value] of Object.entries(require('./dotenv').parse(text))) {
    // The environment wins over files, the last file over those before it.
    if (process.env[name] !== undefined && !fromFiles.has(name)) continue;
    fromFiles.add(name);
    process.env[name] = value;
  }
}

const setters = {
  '__proto__': null,
  'exec-arg': (value) => process.execArgv.push(value),
  '--require': (value) => options.requires.push(value),
  '--import': (value) => options.imports.push(value),
  '--experimental-loader': (value) => options.loaders.push(value),
  '--conditions': (value) => options.conditions.push(value),
  '--compile-cache': (value) => { options.compileCache = value; }, // from `jsd serve`, not from a command line
  '--input-type': (value) => {
    if (!/^(module|commonjs)(-typescript)?$/.test(value)) {
      internalBinding('process').writeError('jsd: --input-type must be "module", "commonjs", "module-typescript" or ' +
        '"commonjs-typescript"\n');
      process.reallyExit(9);
    }
    options.inputType = value;
  },
  '--env-file': (value) => envFile(value, false),
  '--env-file-if-exists': (value) => envFile(value, true),
  '--title': (value) => { process.title = value; },
  '--experimental-import-meta-resolve': () => { options.metaResolve = true; },
  '--no-strip-types': () => { options.stripTypes = false; },
  '--no-experimental-strip-types': () => { options.stripTypes = false; },
  '--experimental-transform-types': () => {
    options.transformTypes = true;
    enableSourceMaps();
  },
  '--enable-source-maps': () => enableSourceMaps(),
  '--experimental-vm-modules': () => {
    options.vmModules = true;
    for (const enable of options.onVmModules) enable();
  },
  '--preserve-symlinks': () => { options.preserveSymlinks = true; },
  '--preserve-symlinks-main': () => { options.preserveSymlinksMain = true; },
  '--no-require-module': () => { options.requireModule = false; },
  '--require-module': () => { options.requireModule = true; },
  '--no-experimental-detect-module': () => { options.detectModule = false; },
  '--zero-fill-buffers': () => { require('../node/buffer').zeroFill.always = true; },
  '--no-warnings': () => { process.noWarnings = true; },
  '--warnings': () => { delete process.noWarnings; },
  '--trace-warnings': () => { process.traceProcessWarnings = true; },
  '--no-deprecation': () => { process.noDeprecation = true; },
  '--trace-deprecation': () => { process.traceDeprecation = true; },
  '--pending-deprecation': () => { process.pendingDeprecation = true; },
  '--throw-deprecation': () => { process.throwDeprecation = true; },
  '--no-use-env-proxy': () => require('./http/proxy').useEnvironment(false),
  '--use-env-proxy': () => require('./http/proxy').useEnvironment(),
  '--max-http-header-size': (value) => require('./http/limits').setMaxHeaderSize(Number(value)),
  '--insecure-http-parser': () => require('./http/limits').setInsecureParser(true),
  '--network-family-autoselection': () => require('../node/net').setDefaultAutoSelectFamily(true),
  '--no-network-family-autoselection': () => require('../node/net').setDefaultAutoSelectFamily(false),
  '--network-family-autoselection-attempt-timeout': (value) =>
    require('../node/net').setDefaultAutoSelectFamilyAttemptTimeout(Number(value)),
  '--secure-heap': (value) => { options.secureHeap = value; },
  '--secure-heap-min': (value) => { options.secureHeapMin = value; },
  '--tls-keylog': (value) => { require('./tls_context').keyLog.file = path.resolve(value); },
  '--tls-min-v1.0': () => tlsVersion('DEFAULT_MIN_VERSION', 'TLSv1'),
  '--tls-min-v1.1': () => tlsVersion('DEFAULT_MIN_VERSION', 'TLSv1.1'),
  '--tls-min-v1.2': () => tlsVersion('DEFAULT_MIN_VERSION', 'TLSv1.2'),
  '--tls-min-v1.3': () => tlsVersion('DEFAULT_MIN_VERSION', 'TLSv1.3'),
  '--tls-max-v1.2': () => tlsVersion('DEFAULT_MAX_VERSION', 'TLSv1.2'),
  '--tls-max-v1.3': () => tlsVersion('DEFAULT_MAX_VERSION', 'TLSv1.3'),
  '--tls-cipher-list': (value) => tlsDefault('DEFAULT_CIPHERS', value),
  '--dns-result-order': (value) => require('./dns_lookup').setDefaultResultOrder(value),
  '--disable-proto': (value) => disableProto(value),
  '--unhandled-rejections': (value) => {
    if (require('./rejections').setRejectionMode(value)) return;
    internalBinding('process').writeError(`jsd: invalid value for --unhandled-rejections: ${value}\n`);
    process.reallyExit(9);
  },
};

const tlsChosen = {};
/** Of several options the widest range counts; one that leaves no version is refused. */
function tlsVersion(name, value) {
  const before = tlsChosen[name];
  if (before === undefined || (name === 'DEFAULT_MIN_VERSION' ? value < before : value > before)) tlsChosen[name] = value;
  if (tlsChosen.DEFAULT_MIN_VERSION === 'TLSv1.3' && tlsChosen.DEFAULT_MAX_VERSION === 'TLSv1.2') {
    internalBinding('process').writeError('jsd: either --tls-min-v1.3 or --tls-max-v1.2 can be used, not both\n');
    process.reallyExit(9);
  }
  tlsDefault(name, tlsChosen[name]);
}

function enableSourceMaps() {
  require('./source_maps').setSupport(true, { nodeModules: true, generatedCode: true });
}

function tlsDefault(name, value) { require('./tls_context').defaults[name] = value; }

/** --disable-proto=delete|throw */
function disableProto(mode) {
  if (mode === 'delete') {
    delete Object.prototype.__proto__;
    return;
  }
  if (mode !== 'throw') {
    internalBinding('process').writeError(`${process.execPath}: invalid mode passed to --disable-proto\n`);
    process.reallyExit(12);
  }
  const refuse = () => {
    const { codes: { ERR_PROTO_ACCESS } } = require('./errors');
    throw new ERR_PROTO_ACCESS();
  };
  Object.defineProperty(Object.prototype, '__proto__', { get: refuse, set: refuse });
}

/** @param {string} name with its dashes @param {string} [value] */
function option(name, value) {
  settings.set(name, value);
  setters[name]?.(value);
}

// ---- the program's end --------------------------------------------------------------------------------------------------

/** The program's evaluation, as long as it has not ended. */
let pending = null;

/**
 * Watches over the evaluation of the program: a failure is an uncaught exception, an end that never comes is exit code 13.
 * @param {Promise<any>} promise
 * @param {string} [url] for the message
 */
function entry(promise, url) {
  const mine = { url };
  pending = mine;
  const done = () => { if (pending === mine) pending = null; };
  promise.then(done, (error) => {
    done();
    require('./uncaught').uncaught(error, true);
  });
}

/** From bootstrap when nothing is left to do: the exit code of a program that waits for what never comes. */
function settle() {
  if (pending === null || process.exitCode !== undefined) return;
  process.exitCode = 13;
  let text = 'Warning: Detected unsettled top-level await';
  const source = pending.url && loader().records.get(pending.url)?.source;
  const match = source && /^.*\bawait\b.*$/m.exec(source);
  if (match) {
    const line = source.slice(0, match.index).split('\n').length;
    const column = match[0].search(/\bawait\b/);
    text += ` at\n${pending.url}:${line}\n${match[0]}\n${' '.repeat(column)}^\n\n`;
  }
  internalBinding('process').writeError(`${text}\n`);
}

/** --secure-heap: from here on OpenSSL keeps secrets in memory of its own. */
function startSecureHeap() {
  const sizes = { '--secure-heap': Number(options.secureHeap), '--secure-heap-min': Number(options.secureHeapMin ?? 2) };
  const isPower = (value) => Number.isInteger(Math.log2(value)) && value >= 2 && value <= 0x7fffffff;
  const wrong = Object.keys(sizes).filter((name) => !isPower(sizes[name]));
  if (wrong.length > 0) {
    internalBinding('process').writeError(wrong.map((name) => `jsd: ${name} must be a power of 2\n`).join(''));
    process.reallyExit(9);
  }
  internalBinding('crypto_random').secureHeapStart(...Object.values(sizes));
}

const toolOptions = ['--cpu-prof', '--heap-prof', '--heapsnapshot-signal', '--heapsnapshot-near-heap-limit',
  ...['--cpu-prof', '--heap-prof'].flatMap((name) => ['name', 'dir', 'interval'].map((part) => `${name}-${part}`))];

/** Tools that watch the program from its start. */
function startTools() {
  require('./engine_profiles').startFromOptions();
  require('./heap_snapshots').startFromOptions();
}

/** What comes before any of the program's code. */
function prepare() {
  if (options.secureHeap !== undefined && options.secureHeap !== '0') startSecureHeap();
  if (process.env.NODE_V8_COVERAGE) require('./engine_coverage').startWriting(process.env.NODE_V8_COVERAGE);
  if (toolOptions.some(settings.has)) startTools();
  if (settings.has('--experimental-test-coverage')) require('./engine_coverage').start();
  const cache = require('./loader/compile_cache');
  if (process.env.WATCH_REPORT_DEPENDENCIES && process.send) {
    files.onRead((file) => { if (process.connected) process.send({ 'watch:require': [file] }); });
  }
  require('./loader/store').start();
  if (options.compileCache === undefined) cache.start();
  else cache.startIn(options.compileCache);
}

/** Preloads what --require and --import name, then runs the program. */
function start(program) {
  prepare();
  preload(program);
}

function preload(program) {
  commonJS().Module._preloadModules(options.requires);
  for (const specifier of options.loaders) loader().registerHooks(specifier, pathToURL(`${process.cwd()}/`), undefined);
  if (options.imports.length === 0) {
    program();
    return;
  }
  entry((async () => {
    for (const specifier of options.imports) await loader().importDynamic(undefined, specifier);
    program();
  })());
}

// ---- a file ---------------------------------------------------------------------------------------------------------------

/** Which loader a program's file needs at first; a CommonJS file may still turn out to be an ES module. */
function isModuleFile(filename) {
  if (/\.(m[jt]s|wasm)$/.test(filename)) return true;
  if (filename.endsWith('.cjs') || !/(\.[jt]s|(^|\/)[^.]*)$/.test(filename)) return false;
  return require('./loader/package_json').typeOf(filename) === 'module';
}

/** A program whose default export has fetch() is served on PORT, or 3000 (as Bun and Deno do). */
function serveFetchExport(value) {
  if (value === null || typeof value !== 'object' || typeof value.fetch !== 'function' || binding.serving()) return;
  const server = require('./serve').serveFetch(value, { address: `:${process.env.PORT || 3000}` });
  process.stdout.write(`Listening on http://localhost:${server.port}\n`);
}

/** @param {string} main an absolute path, as on the command line */
function runMain(main) {
  runModule(main, (url) => loader().runURL(url).then((namespace) => serveFetchExport(namespace?.default)));
}

function runModule(main, run) {
  const { Module } = commonJS();
  const filename = Module._findPath(main, null, true);
  if (loader().waits() || (filename && isModuleFile(filename))) {
    const url = pathToURL(filename || main);
    entry(run(url), url);
    return;
  }
  const forget = files.remember();
  try {
    Module._load(main, null, true);
  } finally {
    forget();
  }
}

/** jsd --entry-url URL: relative to the working directory, with its query and fragment, by the loader of ES modules. */
function runEntryURL(text) {
  require('./experimental').warnExperimental('--entry-url');
  const { href } = new URL(text, pathToURL(`${process.cwd()}/`));
  process.argv[1] = text;
  start(() => entry(loader().runURL(href, true).then((namespace) => serveFetchExport(namespace?.default)), href));
}

/** jsd FILE */
function runFile(file) {
  if (settings.has('--watch') || settings.all('--watch-path').length > 0) {
    require('./watch_mode').run();
    return;
  }
  if (settings.has('--entry-url')) {
    runEntryURL(file);
    return;
  }
  const main = path.resolve(file);
  process.argv[1] = main;
  start(() => require('../node/module').runMain(main));
}

// ---- a text ---------------------------------------------------------------------------------------------------------------

function evalGlobals(name) {
  const { Module, makeRequire } = commonJS();
  const module = new Module(name);
  module.filename = path.join(process.cwd(), name);
  module.paths = Module._nodeModulePaths(process.cwd());
  Object.assign(globalThis, { module, exports: module.exports, __filename: name, __dirname: '.', require: makeRequire(module) });
  const builtins = require('./loader/builtins');
  for (const id of builtins.names()) {
    // The module, not the web's global of the same name.
    if (id.includes('/') || id.startsWith('_') || (id !== 'crypto' && Object.hasOwn(globalThis, id))) continue;
    Object.defineProperty(globalThis, id, {
      get() {
        const value = builtins.load(id);
        Object.defineProperty(globalThis, id, { value, writable: true, configurable: true, enumerable: false });
        return value;
      },
      set(value) {
        Object.defineProperty(globalThis, id, { value, writable: true, configurable: true, enumerable: true });
      },
      configurable: true,
      enumerable: false,
    });
  }
}

function runAsModule(source, print) {
  if (print) {
    const { codes: { ERR_EVAL_ESM_CANNOT_PRINT } } = require('./errors');
    throw new ERR_EVAL_ESM_CANNOT_PRINT();
  }
  const url = pathToURL(`${process.cwd()}/[eval1]`);
  let promise;
  try {
    promise = loader().runSource(source, url);
  } catch (error) {
    promise = Promise.reject(error);
  }
  entry(promise, url);
}

/** A promise is printed when it is settled, or as it is when the process ends. */
function printResult(result) {
  const { log } = require('../node/console');
  if (!require('../node/util').types.isPromise(result)) {
    log(result);
    return;
  }
  let printed = false;
  const show = () => {
    if (printed) return;
    printed = true;
    log(result);
  };
  result.then(show, show);
  process.on('exit', show);
}

/** A text as a script: compiled here, so that only its own syntax decides what it is. */
function compileText(source, name) {
  try {
    return internalBinding('vm').compileScript(source, name, 0, 0, undefined, undefined)[0];
  } catch (error) {
    throw require('./loader/arrow').decorate(error);
  }
}

/** Runs a text that may turn out to be an ES module, unless it is known to be CommonJS. */
function runText(source, name, print, isCommonJS) {
  let script;
  try {
    script = compileText(source, name);
  } catch (error) {
    if (isCommonJS || !require('./loader/syntax').looksLikeModule(error, source, name)) throw error;
    runAsModule(source, print);
    return;
  }
  const result = internalBinding('vm').runScript(script, null, 0, false);
  if (print) printResult(result);
}

/** The JavaScript of a text that is no JavaScript: of TypeScript, or the first error with what TypeScript says. */
function stripText(source, name, error) {
  try {
    return require('./loader/typescript').strip(source, name);
  } catch (reason) {
    if (error === undefined) throw reason;
    error.stack = error.stack.replace(/\n\n/, () => `\n${reason.message}\n\n`);
    throw error;
  }
}

function evalText(source, name, print) {
  const type = options.inputType;
  if (type === 'module' || type === 'module-typescript') {
    runAsModule(type === 'module' ? source : stripText(source, name), print);
    return;
  }
  evalGlobals(name);
  if (type === 'commonjs' || type === 'commonjs-typescript') {
    runText(type === 'commonjs' ? source : stripText(source, name), name, print, true);
    return;
  }
  const { looksLikeModule } = require('./loader/syntax');
  try {
    compileText(source, name);
  } catch (error) {
    if (options.stripTypes && !(looksLikeModule(error, source, name) && compiles(source, name))) {
      runText(stripText(source, name, error), name, print, false);
      return;
    }
  }
  runText(source, name, print, false);
}

function compiles(source, name) {
  try {
    internalBinding('esm').compileModule(source, name);
    return true;
  } catch {
    return false;
  }
}

/** jsd -e CODE */
function evaluate(code) {
  process._eval = code;
  start(() => evalText(code, '[eval]', false));
}

/** jsd -p CODE */
function print(code) {
  process._eval = code;
  start(() => evalText(code, '[eval]', true));
}

function readStdin() {
  const source = binding.readStdin();
  if (typeof source === 'string') return source;
  const { UVException } = require('./errors');
  throw new UVException({ errno: source, syscall: 'read' });
}

/** jsd < FILE */
function stdin(printed) {
  const source = readStdin();
  process._eval = source;
  start(() => evalText(source, '[stdin]', printed === 'print'));
}

// ---- the rest -------------------------------------------------------------------------------------------------------------

/** jsd --check FILE: compiles, runs nothing. */
function check(file) {
  let filename = '[stdin]';
  let source;
  let isModule = options.inputType === 'module';
  if (file === undefined || file === '-') {
    source = readStdin();
  } else {
    const { Module } = commonJS();
    const main = path.resolve(file);
    process.argv[1] = main;
    filename = Module._resolveFilename(main, null, true);
    source = files.read(filename);
    isModule = isModuleFile(filename);
  }
  const { decorate } = require('./loader/arrow');
  const compileModule = () => {
    try {
      internalBinding('esm').compileModule(source, filename.startsWith('/') ? pathToURL(filename) : filename);
    } catch (error) {
      throw decorate(error);
    }
  };
  if (isModule) {
    compileModule();
    return;
  }
  try {
    binding.compileCommonJS(source, filename);
  } catch (error) {
    decorate(error);
    if (!require('./loader/syntax').looksLikeModule(error, source, filename)) throw error;
    compileModule();
  }
}

/** jsd --test [PATTERNS] */
function test() {
  prepare();
  const here = (settings.get('--test-isolation') ?? 'process') === 'none';
  if (!here) commonJS().Module._preloadModules(options.requires);
  require('./test_runner/runner').runFromCommandLine(process.argv.slice(1), async () => {
    commonJS().Module._preloadModules(options.requires);
    for (const specifier of options.loaders) loader().registerHooks(specifier, pathToURL(`${process.cwd()}/`), undefined);
    for (const specifier of options.imports) await loader().importDynamic(undefined, specifier);
  });
}

/** jsd on a terminal, or jsd -i, after the text of -e. */
function repl(code) {
  if (options.inputType !== undefined) {
    internalBinding('process').writeError('Cannot specify --input-type for REPL\n');
    process.reallyExit(1);
  }
  start(() => {
    if (code !== undefined) evalText(code, '[eval]', settings.has('--print'));
    require('./repl/standalone').start();
  });
}

/** jsd --run NAME */
function runScript(name) {
  require('./run_script').run(name, process.argv.slice(1));
}

// ---- a thread (node:worker_threads) ---------------------------------------------------------------------------------------

/** @param {'file' | 'eval' | 'url'} kind @param {string} source a path, a text or a URL */
function runThread(kind, source) {
  preload(() => {
    if (kind === 'eval') {
      evalText(source, '[worker eval]', false);
    } else if (kind === 'url') {
      entry(loader().runURL(source), source);
    } else {
      runModule(source, (url) => loader().runURL(url));
    }
  });
}

function version() {
  process.stdout.write(`${process.version}\n`);
}

/** Serves what an app's module exports, unless the app has begun to listen by itself. */
function serveExports(value, addresses) {
  if (binding.serving()) return;
  require('./serve').serveDefaultExport(value, addresses);
}

/**
 * The app of `jsd serve`.
 * @param {string} app a file
 * @param {...string} addresses from the configuration
 */
function serveApp(app, ...addresses) {
  const main = path.resolve(app);
  process.argv[1] = main;
  require('./stdio').tolerate();
  start(() => {
    const { Module, mainModule } = commonJS();
    const filename = Module._findPath(main, null, true);
    if (filename && isModuleFile(filename)) {
      const url = pathToURL(filename);
      entry(loader().runURL(url).then((namespace) => serveExports(namespace.default, addresses)), url);
      return;
    }
    const forget = files.remember();
    let value;
    try {
      value = Module._load(main, null, true);
    } finally {
      forget();
    }
    if (pending === null) {
      serveExports(value?.__esModule ? value.default ?? value : value, addresses);
      return;
    }
    // It turned out to be an ES module.
    const url = pathToURL(mainModule.current.filename);
    entry(loader().importURL(url).then((namespace) => serveExports(namespace.default, addresses)), url);
  });
}

module.exports = {
  runThread,
  option, repl, run_file: runFile, eval: evaluate, print, stdin, check, version, serve_app: serveApp, test, run_script: runScript, entry, settle, runMain,
};
