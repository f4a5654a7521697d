'use strict';
// Hooks of the module loader (Node documentation: "Modules: node:module API", Customization Hooks).
//
// Synchronous hooks (module.registerHooks) see every require() and import. Asynchronous ones (module.register) run on the
// program's own thread, but among modules of their own that no hook sees (esm.js: the realm `aside`); they see import,
// and what is imported with it, which is loaded asynchronously while there are any. The chain of the asynchronous hooks
// ends in that of the synchronous ones, whose end is the loader itself.
const errors = () => require('../errors').codes;

/** {resolve?, load?}, the latest last, which runs first. */
const sync = [];
const async = [];

/** Whatever asynchronous hooks have to wait for before they run: initialize(). */
let ready;

/**
 * module.registerHooks()
 * @param {{resolve?: Function, load?: Function}} hooks
 * @returns {{deregister(): void}}
 */
function registerHooks(hooks) {
  const { validateFunction, validateObject } = require('../validators');
  validateObject(hooks, 'hooks');
  const { resolve, load } = hooks;
  if (resolve !== undefined) validateFunction(resolve, 'hooks.resolve');
  if (load !== undefined) validateFunction(load, 'hooks.load');
  const entry = new ModuleHooks(resolve, load);
  sync.push(entry);
  return entry;
}

class ModuleHooks {
  constructor(resolve, load) {
    this.resolve = resolve;
    this.load = load;
  }

  deregister() {
    const at = sync.indexOf(this);
    if (at !== -1) sync.splice(at, 1);
  }

  [Symbol.dispose]() {
    this.deregister();
  }
}

// ---- what hooks return --------------------------------------------------------------------------------------------------

function badResult(hook, key, expected, value) {
  const { ERR_INVALID_RETURN_PROPERTY_VALUE } = errors();
  return new ERR_INVALID_RETURN_PROPERTY_VALUE(expected, hook, key, value);
}

function isObject(value) {
  return typeof value === 'object' && value !== null;
}

function checkReturn(name, result) {
  if (isObject(result)) return;
  const { ERR_INVALID_RETURN_VALUE } = errors();
  throw new ERR_INVALID_RETURN_VALUE('an object', `the "${name}" hook's ${name === 'resolve' ? 'nextResolve' : 'nextLoad'}()`, result);
}

function checkResolved(result) {
  checkReturn('resolve', result);
  if (typeof result.url !== 'string') throw badResult('resolve', 'url', 'a URL string', result.url);
  if (result.format !== undefined && result.format !== null && typeof result.format !== 'string') {
    throw badResult('resolve', 'format', 'a string', result.format);
  }
  return result;
}

function isSource(source) {
  return typeof source === 'string' || ArrayBuffer.isView(source) || source instanceof ArrayBuffer ||
    (isObject(source) && require('../../node/util').types.isAnyArrayBuffer(source));
}

function checkLoaded(result) {
  checkReturn('load', result);
  const { format, source } = result;
  if (format !== undefined && format !== null && typeof format !== 'string') throw badResult('load', 'format', 'a string', format);
  const mayLack = format === 'builtin' || format === 'addon' || format === 'commonjs' || format === 'commonjs-typescript';
  if (!isSource(source) && !(mayLack && (source === null || source === undefined))) {
    throw badResult('load', 'source', 'a string, an ArrayBuffer, or a TypedArray', source);
  }
  return result;
}

/** @param {string | ArrayBuffer | ArrayBufferView} source @returns {string} */
function textOf(source) {
  if (typeof source === 'string' || source === null || source === undefined) return source;
  const text = ArrayBuffer.isView(source)
    ? Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString() : Buffer.from(source).toString();
  return text.charCodeAt(0) === 0xFEFF ? text.slice(1) : text;
}

// ---- chains ---------------------------------------------------------------------------------------------------------------

function incomplete(name, hook) {
  const { ERR_LOADER_CHAIN_INCOMPLETE } = errors();
  return new ERR_LOADER_CHAIN_INCOMPLETE(`${hook} '${name}'`);
}

class ModuleResolveContext {
  constructor(parentURL, importAttributes, conditions) {
    this.parentURL = parentURL;
    this.importAttributes = importAttributes;
    this.conditions = conditions;
  }
}

class ModuleLoadContext {
  constructor(format, importAttributes, conditions) {
    this.format = format;
    this.importAttributes = importAttributes;
    this.conditions = conditions;
  }
}

/** A step's context: what is left out is as before. */
const merged = (context, own) => (own === undefined || own === context ? context : Object.assign(Object.create(context), context, own));

/**
 * Runs hooks[at] and those before it.
 * @param {'resolve' | 'load'} name
 * @param {string} target a specifier or a URL
 * @param {object} context
 * @param {(target: string, context: object) => object} end
 */
function runSync(name, at, target, context, end) {
  while (at >= 0 && sync[at][name] === undefined) at--;
  if (at < 0) return end(target, context);
  let called = false;
  const next = (nextTarget = target, nextContext = undefined) => {
    called = true;
    return runSync(name, at - 1, nextTarget, merged(context, nextContext), end);
  };
  const result = sync[at][name](target, context, next);
  if (!called && !result?.shortCircuit) throw badResult(name, 'shortCircuit', 'true', result?.shortCircuit);
  checkReturn(name, result);
  return result;
}

/** The same of asynchronous hooks, then the synchronous ones. */
async function runAsync(name, at, target, context, end) {
  while (at >= 0 && async[at][name] === undefined) at--;
  if (at < 0) return runSync(name, sync.length - 1, target, context, end);
  let called = false;
  const next = async (nextTarget = target, nextContext = undefined) => {
    called = true;
    const { validateString } = require('../validators');
    validateString(nextTarget, `${name === 'resolve' ? 'specifier' : 'url'} of next${name === 'resolve' ? 'Resolve' : 'Load'}()`);
    return runAsync(name, at - 1, nextTarget, merged(context, nextContext), end);
  };
  const result = await async[at][name](target, context, next);
  if (!isObject(result)) {
    const { ERR_INVALID_RETURN_VALUE } = errors();
    throw new ERR_INVALID_RETURN_VALUE('an object', `${async[at].url} '${name}' hook's ${name === 'resolve' ? 'nextResolve' : 'nextLoad'}()`, result);
  }
  if (!called && !result.shortCircuit) throw incomplete(name, async[at].url);
  return result;
}

/** @returns {{url: string, format?: string, importAttributes?: object}} */
const resolveSync = (specifier, context, end) => checkResolved(runSync('resolve', sync.length - 1, specifier, context, end));
/** @returns {{format?: string, source: any}} */
const loadSync = (url, context, end) => checkLoaded(runSync('load', sync.length - 1, url, context, end));

async function resolveAsync(specifier, context, end) {
  await ready;
  return checkResolved(await runAsync('resolve', async.length - 1, specifier, context, end));
}

async function loadAsync(url, context, end) {
  await ready;
  return checkLoaded(await runAsync('load', async.length - 1, url, context, end));
}

// ---- module.register() ------------------------------------------------------------------------------------------------------

/**
 * @param {object} namespace of the module with the hooks
 * @param {string} url its own
 * @param {any} data for its initialize()
 */
function addAsync(namespace, url, data) {
  const { initialize, resolve, load } = namespace;
  const entry = { url, resolve, load };
  const done = initialize === undefined ? undefined : initialize(data);
  async.push(entry);
  if (typeof done?.then === 'function') ready = Promise.all([ready, done]);
}

/** Imports wait for a promise. */
function waitFor(promise) {
  ready = Promise.all([ready, promise]);
  pendingHooks++;
  promise.finally(() => { pendingHooks--; }).catch(() => {});
}
let pendingHooks = 0;

let suspended = false;

/** Runs a function as if there were no asynchronous hooks. */
function withoutAsync(fn) {
  const before = suspended;
  suspended = true;
  try {
    return fn();
  } finally {
    suspended = before;
  }
}

module.exports = {
  ModuleResolveContext, ModuleLoadContext, registerHooks, withoutAsync, waitFor, addAsync, resolveSync, loadSync, resolveAsync, loadAsync, textOf,
  anySync: () => sync.length > 0,
  anyAsync: () => (async.length > 0 || pendingHooks > 0) && !suspended,
  /** Whether there are hooks at all. */
  any: () => sync.length > 0 || ((async.length > 0 || pendingHooks > 0) && !suspended),
};
