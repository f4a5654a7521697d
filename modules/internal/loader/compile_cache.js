'use strict';
// The compile cache on disk (Node documentation: "Module compile cache"): what the engine made of CommonJS files, one
// file each, with a hash of the text in it. Written when the process ends, when the functions that ran are compiled.
const binding = internalBinding('compile_cache');
const { compileCommonJS } = internalBinding('module');

const status = Object.freeze({ __proto__: null, FAILED: 0, ENABLED: 1, ALREADY_ENABLED: 2, DISABLED: 3 });

let directory;
/** What has to be written: [function, text, file] */
let made = [];

const version = () => `jsd-${process.version}-${process.arch}-${process.versions.v8}`;

/**
 * Node documentation: module.enableCompileCache([cacheDir]).
 * @param {string} [base]
 * @returns {{status: number, message?: string, directory?: string}}
 */
function enable(base) {
  if (process.env.NODE_DISABLE_COMPILE_CACHE) return { status: status.DISABLED, message: 'Disabled by NODE_DISABLE_COMPILE_CACHE' };
  if (directory !== undefined) return { status: status.ALREADY_ENABLED, directory };
  const path = require('../../node/path');
  base ??= process.env.NODE_COMPILE_CACHE ?? path.join(require('../../node/os').tmpdir(), 'node-compile-cache');
  const wanted = path.join(path.resolve(base), version());
  try {
    require('../../node/fs').mkdirSync(wanted, { recursive: true });
  } catch (error) {
    return { status: status.FAILED, message: `Cannot create cache directory: ${error.message}` };
  }
  directory = wanted;
  process.on('exit', flush);
  return { status: status.ENABLED, directory };
}

/** At start: NODE_COMPILE_CACHE=DIRECTORY. */
function start() {
  if (process.env.NODE_COMPILE_CACHE) enable(process.env.NODE_COMPILE_CACHE);
}

/** As compileCommonJS of the module binding. */
function compile(content, filename) {
  if (directory === undefined) return compileCommonJS(content, filename);
  const file = `${directory}/${filename.replace(/[^\w.-]/g, '_').slice(-80)}-${binding.hash(filename)}`;
  const [fn, accepted] = binding.compile(content, filename, file);
  if (!accepted) made.push([fn, content, file]);
  return fn;
}

/** Node documentation: module.flushCompileCache(). Failures are not worth a word: it is a cache. */
function flush() {
  for (const [fn, content, file] of made) binding.write(fn, content, file);
  made = [];
}

module.exports = { status, enable, start, compile, flush, directory: () => directory };
