'use strict';
// Questions to the file system, with what was learned kept for the time of one tree of require() calls.
const binding = internalBinding('module');

let stats = null;
/** directory → the same without links */
const realpaths = new Map();

/** What asks the file system: Module._stat, which programs may replace. */
let ask = binding.stat;

/**
 * Our own one given back (jest copies every property of Module) is the way it was.
 * @param {(path: string) => number} fn as stat
 */
function setStat(fn) {
  ask = fn === stat ? binding.stat : fn;
  stats = null;
}

/** @param {string} path @returns {number} 0: a file, 1: a directory, negative: neither */
function stat(path) {
  if (stats === null) return ask(path);
  let result = stats.get(path);
  if (result === undefined) {
    result = ask(path);
    // What is not there may be written by the very modules that are being loaded.
    if (result >= 0) stats?.set(path, result);
  }
  return result;
}

/** Remembers answers until the function that it returns is called. */
function remember() {
  if (stats !== null) return forgetNothing;
  stats = new Map();
  return forget;
}
const forgetNothing = () => {};
const forget = () => { stats = null; };

function resolveLinks(path) {
  const real = binding.realpath(path);
  if (typeof real === 'string') return real;
  const { UVException } = require('../errors');
  throw new UVException({ errno: real, syscall: 'realpath', path });
}

/** The real path of a directory: each of its parents, all of which may be links, is asked about once. */
function realDirectory(directory) {
  const known = realpaths.get(directory);
  if (known !== undefined) return known;
  let real;
  if (binding.isLink(directory)) {
    real = resolveLinks(directory);
  } else {
    const slash = directory.lastIndexOf('/');
    real = slash <= 0 ? directory : join(realDirectory(directory.slice(0, slash)), directory.slice(slash));
  }
  realpaths.set(directory, real);
  return real;
}

const join = (directory, rest) => (directory === '/' ? rest : directory + rest);

/**
 * @param {string} path absolute and normal, of an existing file
 * @returns {string} without symbolic links
 */
function realpath(path) {
  const slash = path.lastIndexOf('/');
  if (slash <= 0 || binding.isLink(path)) return resolveLinks(path);
  const directory = path.slice(0, slash);
  const real = realDirectory(directory);
  return real === directory ? path : join(real, path.slice(slash));
}

/** Who is to know of the files that are read: --watch, in the process that started this one. @type {(path: string) => void} */
let reader = null;

function onRead(fn) { reader = fn; }

/** @param {string} path @returns {string} UTF-8 text without its byte order mark; throws a system error */
function read(path) {
  const text = binding.readFile(path);
  reader?.(path);
  if (typeof text === 'string') return text;
  const { UVException } = require('../errors');
  // As fs.readFileSync: a directory can be opened, but not read.
  throw text === -21 ? new UVException({ errno: text, syscall: 'read' })
    : new UVException({ errno: text, syscall: 'open', path });
}

/** @returns {string | undefined} undefined where there is no such file */
function readOptional(path) {
  const text = binding.readFile(path);
  return typeof text === 'string' ? text : undefined;
}

module.exports = { stat, setStat, realpath, read, readOptional, remember, onRead };
