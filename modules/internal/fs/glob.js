'use strict';
// fs.glob: walks only the folders that a pattern can match in. A generator over plain operations (tree.js); each match
// is yielded as ['match', value].
const path = require('../../node/path');
const { expand, segmentRegExp } = require('../glob_match');
const { Dirent, typeOf } = require('./stats');
const { validateFunction, validateObject, validateString, validateStringArray } = require('../validators');
const { codes: { ERR_INVALID_ARG_TYPE } } = require('../errors');

const DIRECTORY = 2;
const LINK = 3;

/** Names that `*` and `**` leave out unless the pattern says the dot. */
const hidden = (name) => name.startsWith('.');

/** 'a/ ** /*.js' → ['a', GLOBSTAR, /.../]; plain names stay strings. */
const GLOBSTAR = Symbol('**');
function parse(pattern) {
  const absolute = pattern.startsWith('/');
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  const segments = [];
  for (const part of parts) {
    if (part === '**') {
      if (segments.at(-1) !== GLOBSTAR) segments.push(GLOBSTAR);
    } else {
      segments.push(/[*?[\]{}()!+@\\]/.test(part) ? segmentRegExp(part) : part);
    }
  }
  return { absolute, segments, folderOnly: pattern.endsWith('/') && parts.length > 0 };
}

/** @returns {(name: string, entry: () => any) => boolean} whether a path below cwd is left out */
function readExclude(exclude, withFileTypes, cwd) {
  if (exclude === undefined || exclude === null) return () => false;
  if (typeof exclude === 'function') return (name, entry) => !!exclude(withFileTypes ? entry() : name);
  if (!Array.isArray(exclude)) throw new ERR_INVALID_ARG_TYPE('options.exclude', ['function', 'string[]'], exclude);
  validateStringArray(exclude, 'options.exclude');
  const { toRegExp } = require('../glob_match');
  const patterns = exclude.map((one) => toRegExp(path.isAbsolute(one) ? path.relative(cwd, one) : one.replace(/\/$/, '')));
  return (name) => patterns.some((pattern) => pattern.test(name));
}

/** @param {string | string[]} patterns @param {{ cwd?: string | URL, exclude?: any, withFileTypes?: boolean }} [options] */
function* glob(patterns, options) {
  options ??= {};
  validateObject(options, 'options');
  const { withFileTypes } = options;
  const cwd = options.cwd instanceof URL ? require('../../node/url').fileURLToPath(options.cwd) : options.cwd ?? process.cwd();
  validateString(cwd, 'options.cwd');
  if (Array.isArray(patterns)) validateStringArray(patterns, 'patterns');
  else validateString(patterns, 'patterns');
  const root = path.resolve(cwd);
  const walk = new Walk(root, withFileTypes, readExclude(options.exclude, withFileTypes, root));
  for (const pattern of [patterns].flat().flatMap((one) => expand(path.normalize(one)))) {
    const { absolute, segments, folderOnly } = parse(pattern);
    yield* walk.visit(absolute ? '/' : '', DIRECTORY, segments, folderOnly);
  }
}

class Walk {
  #folders = new Map();
  #told = new Set();

  constructor(root, withFileTypes, excluded) {
    this.root = root;
    this.withFileTypes = withFileTypes;
    this.excluded = excluded;
  }

  #full(name) { return path.resolve(this.root, name === '' ? '.' : name); }
  #entry(name, type) { return new Dirent(path.basename(name) || '.', path.dirname(this.#full(name)), type); }

  /** [[name, type], ...] of a folder, none where it cannot be read. */
  * #list(folder) {
    let list = this.#folders.get(folder);
    if (list === undefined) {
      try {
        const flat = yield ['scandir', this.#full(folder)];
        list = [];
        for (let i = 0; i < flat.length; i += 2) list.push([`${flat[i]}`, flat[i + 1]]);
      } catch {
        list = [];
      }
      this.#folders.set(folder, list);
    }
    return list;
  }

  /** The type of a name, 0 where there is none. */
  * #type(name, follow) {
    try {
      return typeOf(yield [follow ? 'stat' : 'lstat', this.#full(name)]);
    } catch {
      return 0;
    }
  }

  * #match(name, type, folderOnly) {
    if (folderOnly && type !== DIRECTORY && (yield* this.#type(name, true)) !== DIRECTORY) return;
    const shown = folderOnly && name !== '/' ? `${name}/` : name === '' ? '.' : name;
    if (this.#told.has(shown)) return;
    this.#told.add(shown);
    yield ['match', this.withFileTypes ? this.#entry(name, type) : shown];
  }

  /** What the segments match below `at`. */
  * visit(at, type, segments, folderOnly) {
    if (segments.length === 0) {
      yield* this.#match(at, type, folderOnly);
      return;
    }
    const [first, ...rest] = segments;
    const below = (name) => (at === '' || at === '/' ? `${at}${name}` : `${at}/${name}`);
    if (typeof first === 'string') {
      const name = first === '..' ? path.join(at === '' ? '.' : at, '..') : below(first);
      const kind = yield* this.#type(name, rest.length > 0);
      if (kind !== 0 && !this.excluded(name, () => this.#entry(name, kind))) yield* this.visit(name, kind, rest, folderOnly);
      return;
    }
    if (first === GLOBSTAR && rest.length > 0) yield* this.visit(at, type, rest, folderOnly);
    else if (first === GLOBSTAR && at !== '') yield* this.#match(at, type, folderOnly);
    else if (first === GLOBSTAR) yield* this.#match('', DIRECTORY, folderOnly);
    for (const [name, listed] of yield* this.#list(at)) {
      const full = below(name);
      const isMatch = first === GLOBSTAR ? !hidden(name) : first.test(name);
      if (!isMatch) continue;
      const kind = listed === 0 ? yield* this.#type(full, false) : listed;
      if (this.excluded(full, () => this.#entry(full, kind))) continue;
      if (first !== GLOBSTAR) {
        if (rest.length === 0 || kind === DIRECTORY || kind === LINK) yield* this.visit(full, kind, rest, folderOnly);
      } else if (kind === DIRECTORY) {
        yield* this.visit(full, kind, segments, folderOnly);
      } else if (rest.length === 0) {
        yield* this.#match(full, kind, folderOnly);
      }
    }
  }
}

module.exports = { glob };
