'use strict';
// The compile cache on disk (Node documentation: "Module compile cache"): what the engine made of an app's modules, in
// one file per program (runtime/code_cache.c). Written when the process ends, or by a worker in its first idle second,
// when the functions that ran are compiled.
const binding = internalBinding('compile_cache');

const status = Object.freeze({ __proto__: null, FAILED: 0, ENABLED: 1, ALREADY_ENABLED: 2, DISABLED: 3 });

let directory;

const version = () => `jsd-${process.version}-${process.arch}-${process.versions.v8}`;

/** @param {string} wanted @returns {number} 0 or a negative errno */
function open(wanted) {
  const program = process.argv[1] ?? `${process.cwd()}/[eval]`;
  const error = binding.open(wanted, program, version());
  if (error !== 0) return error;
  directory = wanted;
  process.on('exit', flush);
  if (/\bCOMPILE_CACHE\b/.test(process.env.NODE_DEBUG_NATIVE)) process.on('exit', report);
  return 0;
}

/**
 * Node documentation: module.enableCompileCache([cacheDir]).
 * @param {string} [base]
 * @returns {{status: number, message?: string, directory?: string}}
 */
function enable(base) {
  if (process.env.NODE_DISABLE_COMPILE_CACHE) return { status: status.DISABLED, message: 'Disabled by NODE_DISABLE_COMPILE_CACHE' };
  if (directory !== undefined) return { status: status.ALREADY_ENABLED, directory };
  const path = require('../../node/path');
  base ??= process.env.NODE_COMPILE_CACHE || path.join(require('../../node/os').tmpdir(), 'node-compile-cache');
  const error = open(path.join(path.resolve(base), version()));
  if (error === 0) return { status: status.ENABLED, directory };
  const { UVException } = require('../errors');
  const { message } = new UVException({ errno: error, syscall: 'open' });
  return { status: status.FAILED, message: `Cannot create cache directory: ${message}` };
}

/** Before the program starts: NODE_COMPILE_CACHE=DIRECTORY. */
function start() {
  if (process.env.NODE_COMPILE_CACHE && directory === undefined) enable(process.env.NODE_COMPILE_CACHE);
}

/**
 * Under `jsd serve`: the configured folder, unless the environment says otherwise.
 * @param {string} folder
 */
function startIn(folder) {
  if (process.env.NODE_DISABLE_COMPILE_CACHE) return;
  if (process.env.NODE_COMPILE_CACHE) enable(process.env.NODE_COMPILE_CACHE);
  else open(folder);
}

/** NODE_DEBUG_NATIVE=COMPILE_CACHE */
function report() {
  const [used, anew] = binding.counts();
  internalBinding('process').writeError(`[compile cache] ${directory}: ${used} modules used, ${anew} compiled\n`);
}

/** Node documentation: module.flushCompileCache(). Failures are not worth a word: it is a cache. */
function flush() {
  binding.flush();
}

module.exports = {
  status, enable, start, startIn, flush, directory: () => directory,
  compileCommonJS: binding.compileCommonJS, compileModule: binding.compileModule,
};
