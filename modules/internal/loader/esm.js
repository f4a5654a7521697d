'use strict';
// ES modules (Node documentation: "Modules: ECMAScript modules", and "Loading ECMAScript modules using require()").
//
// A graph is loaded in one go (esm_graph.js); its evaluation is asynchronous: import() begins a microtask later, and
// top-level await may hold it up. require() of a graph without top-level await gets its exports at once.
const binding = internalBinding('esm');
const hooks = require('./hooks');
const options = require('./options');
const { program, aside, load, loadForRequire, waits } = require('./esm_graph');
const { resolve, referrerURL, withConditions, conditions } = require('./esm_resolve');
const { pathToURL, urlToPath } = require('./file_url');
const messages = require('./esm_errors');
const { onStart } = require('../bootstrap_hooks');

const errors = () => require('../errors').codes;
const vmImport = () => require('../vm/import');

const { INSTANTIATING, EVALUATING, EVALUATED, ERRORED } = binding.statuses;
const { PENDING, REJECTED } = binding.promises;

// ---- evaluation ---------------------------------------------------------------------------------------------------------

/** @returns {Promise<object>} the namespace, once the module and all it imports have run */
function run(record) {
  // Not by throwing again: the engine would take this for the place of the error.
  const evaluated = binding.evaluate(record.handle);
  return new Promise((resolve, reject) => {
    evaluated.then(() => resolve(binding.namespace(record.handle)), (error) => {
      messages.explainScope(error, record);
      reject(error);
    });
  });
}

/**
 * import(), from anywhere.
 * @param {any} referrer
 * @param {string} specifier
 * @param {string[]} [attributes]
 * @param {boolean} [sourcePhase] import.source()
 * @param {symbol} [id] of code that node:vm compiled
 */
function importDynamic(referrer, specifier, attributes = [], sourcePhase = false, id = undefined) {
  const realm = id === aside.id ? aside : program;
  if (id !== undefined && realm === program && id !== vmImport().MAIN_LOADER) {
    return vmImport().importFrom(id, specifier, attributes, sourcePhase);
  }
  return Promise.resolve()
    .then(() => load(realm, { specifier, parentURL: referrerURL(referrer), attributes, sourcePhase }))
    .then(sourcePhase ? sourceOf : run);
}

/** What import.source() gives. */
function sourceOf(record) {
  if (record.sourceObject !== undefined) return record.sourceObject;
  const { ERR_SOURCE_PHASE_NOT_DEFINED } = errors();
  throw new ERR_SOURCE_PHASE_NOT_DEFINED(record.url);
}

/** Runs a module now; throws where it would have to wait. */
function evaluateNow(record, filename, parent) {
  const status = binding.status(record.handle);
  if (status === EVALUATING || status === INSTANTIATING) {
    const { ERR_REQUIRE_CYCLE_MODULE } = errors();
    let message = `Cannot require() ES Module ${filename} in a cycle.`;
    if (parent) message += ` (from ${parent})`;
    message += '\nA cycle involving require(esm) is disallowed to maintain invariants mandated by the ECMAScript specification\n' +
      'Try making at least part of the dependency in the graph lazily loaded.';
    throw new ERR_REQUIRE_CYCLE_MODULE(message);
  }
  if (status === ERRORED) throw binding.error(record.handle);
  if (binding.isAsync(record.handle)) {
    const { ERR_REQUIRE_ASYNC_MODULE } = errors();
    throw new ERR_REQUIRE_ASYNC_MODULE(filename, require('./cjs').requireStack());
  }
  if (status === EVALUATED) return;
  const promise = binding.evaluate(record.handle);
  const [state, result] = binding.promiseState(promise);
  if (state === REJECTED) {
    promise.then(undefined, () => {}); // handled: it is thrown right here
    messages.explainScope(result, record);
    throw result;
  }
}

/** What require() gives for an ES module: its namespace, marked as compiled where it has a default export. */
function exportsFor(record) {
  const namespace = binding.namespace(record.handle);
  if (Object.hasOwn(namespace, 'module.exports')) return namespace['module.exports'];
  if (!Object.hasOwn(namespace, 'default') || Object.hasOwn(namespace, '__esModule')) return namespace;
  if (record.facade === undefined) {
    const handle = binding.compileModule(
      "export * from 'original'; export { default } from 'original'; export const __esModule = true;", `${record.url}#require`);
    binding.link(handle, [record.handle, record.handle]);
    binding.instantiate(handle);
    binding.evaluate(handle);
    record.facade = binding.namespace(handle);
  }
  return record.facade;
}

/**
 * require() of an ES module.
 * @param {string} filename
 * @param {string} [parent] who requires it
 * @param {boolean} isMain the program itself may wait
 */
function requireModule(filename, parent, isMain) {
  checkRequire(filename, parent, isMain);
  return requireRecord(loadForRequire({ url: pathToURL(filename), attributes: [] }), filename, parent, isMain);
}

/** The same, of a text that was read already. */
function requireSource(source, filename, parent, isMain) {
  checkRequire(filename, parent, isMain);
  const url = filename[0] === '/' ? pathToURL(filename) : filename;
  return requireRecord(loadForRequire({ url, attributes: [], given: { source, format: 'module' } }), filename, parent, isMain);
}

/** --no-experimental-require-module */
function checkRequire(filename, parent, isMain) {
  if (options.requireModule || isMain) return;
  const { ERR_REQUIRE_ESM } = errors();
  throw new ERR_REQUIRE_ESM(filename, true, parent);
}

function requireRecord(record, filename, parent, isMain) {
  if (isMain) {
    mainURL = record.url;
    require('../run_main').entry(run(record), record.url);
    return binding.namespace(record.handle);
  }
  evaluateNow(record, filename, parent);
  return exportsFor(record);
}

// ---- import.meta --------------------------------------------------------------------------------------------------------

function importMeta(url, meta, id) {
  if (id !== undefined && id !== aside.id) {
    vmImport().initializeMeta(id, meta);
    return;
  }
  if (url.startsWith('file:')) {
    const filename = urlToPath(url);
    meta.dirname = filename.slice(0, filename.lastIndexOf('/')) || '/';
    meta.filename = filename;
  }
  meta.main = url === mainURL;
  meta.resolve = function (specifier, parentURL) {
    const text = `${specifier}`;
    try {
      return resolveFrom(text, options.metaResolve ? parentOf(parentURL, url) : url);
    } catch (error) {
      if ((error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'ERR_UNSUPPORTED_DIR_IMPORT') && Object.hasOwn(error, 'url')) {
        return error.url;
      }
      throw error;
    }
  };
  meta.url = url;
}

/** With --experimental-import-meta-resolve: whatever it is to start from. */
function parentOf(parentURL, url) {
  if (parentURL === undefined) return url;
  if (typeof parentURL === 'string' || parentURL instanceof URL) return `${parentURL}`;
  const { ERR_INVALID_ARG_TYPE } = errors();
  throw new ERR_INVALID_ARG_TYPE('parentURL', ['string', 'URL'], parentURL);
}

/** import.meta.resolve(): through the synchronous hooks. */
function resolveFrom(specifier, parentURL) {
  if (!hooks.anySync()) return resolve(specifier, parentURL);
  const context = { conditions: [...conditions()], importAttributes: { __proto__: null }, parentURL };
  return hooks.resolveSync(specifier, context, (text, { conditions: wanted, parentURL: from }) =>
    ({ url: withConditions(wanted, () => resolve(text, from)) })).url;
}

onStart(() => binding.setCallbacks(importDynamic, importMeta));

// ---- for the command line and node:module -------------------------------------------------------------------------------

/** The program's URL. */
let mainURL;

/** @returns {Promise<object>} the namespace of a module by its URL */
function importURL(url) {
  return Promise.resolve().then(() => load(program, { url, attributes: [] })).then(run);
}

/** Runs a text as a module. @param {string} url what it is called @param {string} [format] */
function runSource(source, url, format = 'module') {
  mainURL = url;
  const loaded = load(program, { url, attributes: [], given: { source, format } });
  return loaded instanceof Promise ? loaded.then(run) : run(loaded);
}

/** The program: loaded now. @param {string} url @param {boolean} [resolve] whether it is to be looked for first */
function runURL(url, resolve = hooks.any()) {
  mainURL = url;
  let loaded;
  try {
    loaded = load(program, resolve ? { specifier: url, attributes: [] } : { url, attributes: [] });
  } catch (error) {
    return Promise.reject(error);
  }
  // In a microtask, as on Node: the program's microtasks come before its ticks.
  return (loaded instanceof Promise ? loaded : Promise.resolve(loaded)).then(run);
}

/** module.syncBuiltinESMExports() */
function syncBuiltinExports() {
  for (const record of program.records.values()) record.sync?.();
}

/**
 * module.register(): runs the module of asynchronous hooks, among modules of their own.
 * @param {string} specifier
 * @param {string} parentURL
 * @param {any} data for its initialize()
 */
function registerHooks(specifier, parentURL, data) {
  const record = load(aside, { specifier, parentURL, attributes: [] });
  const evaluated = binding.evaluate(record.handle);
  const [state, result] = binding.promiseState(evaluated);
  const add = () => hooks.addAsync(binding.namespace(record.handle), record.url, data);
  if (state === REJECTED) {
    evaluated.catch(() => {});
    throw result;
  }
  if (state === PENDING) hooks.waitFor(evaluated.then(add));
  else add();
}

module.exports = {
  records: program.records, importDynamic, importURL, requireModule, requireSource, runSource, runURL, syncBuiltinExports,
  registerHooks, waits: () => waits(program), isMain: (url) => url === mainURL,
};
