'use strict';
// ES modules (Node documentation: "Modules: ECMAScript modules", and "Loading ECMAScript modules using require()").
//
// A graph is resolved, read, compiled, linked and instantiated in one go: everything it may consist of is on this
// machine, so nothing is gained by doing that asynchronously. Only the evaluation is: import() begins a microtask
// later, and top-level await may hold it up. require() of a graph without top-level await gets its exports at once.
const binding = internalBinding('esm');
const { formatOf, makeHandle } = require('./esm_formats');
const { resolve, referrerURL } = require('./esm_resolve');
const { pathToURL, urlToPath } = require('./file_url');
const { decorate } = require('./arrow');
const messages = require('./esm_errors');
const { onStart } = require('../bootstrap_hooks');

const errors = () => require('../errors').codes;
const vmImport = () => require('../vm/import');

const { UNINSTANTIATED, INSTANTIATING, EVALUATING, EVALUATED, ERRORED } = binding.statuses;
const { REJECTED } = binding.promises;

/** URL → {url, format, handle, targets, facade?} */
const records = new Map();

// ---- loading a graph ----------------------------------------------------------------------------------------------------

function attributeOf(attributes, url) {
  let type;
  for (let i = 0; i < attributes.length; i += 2) {
    const key = attributes[i];
    if (key !== 'type' || attributes[i + 1] !== 'json') {
      const { ERR_IMPORT_ATTRIBUTE_UNSUPPORTED } = errors();
      throw new ERR_IMPORT_ATTRIBUTE_UNSUPPORTED(key, attributes[i + 1], url);
    }
    type = 'json';
  }
  return type;
}

function checkAttribute(type, record) {
  if ((record.format === 'json') === (type === 'json')) return;
  if (record.format === 'json') {
    const { ERR_IMPORT_ATTRIBUTE_MISSING } = errors();
    throw new ERR_IMPORT_ATTRIBUTE_MISSING(record.url, 'type', 'json');
  }
  const { ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE } = errors();
  throw new ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE(record.url, type);
}

/** A new record with its compiled module; what it imports is loaded by loadGraph. */
function makeRecord(url, fresh, source, format) {
  const record = { url, format: undefined, handle: undefined, requests: undefined, source: undefined };
  const known = format === undefined ? formatOf(url, source) : { format, source };
  record.format = known.format;
  return { record, complete: () => {
    makeHandle(record, known.source);
    record.requests = record.format === 'module' ? binding.requests(record.handle) : [];
    records.set(url, record);
    fresh.push(record);
  } };
}

function getRecord(url, attributes, fresh) {
  const type = attributeOf(attributes, url);
  let record = records.get(url);
  if (record !== undefined) {
    checkAttribute(type, record);
    return record;
  }
  const made = makeRecord(url, fresh);
  record = made.record;
  checkAttribute(type, record);
  made.complete();
  return record;
}

/**
 * The record of a URL with everything that it imports, instantiated.
 * @param {string} url
 * @param {string[]} attributes [key, value, ...]
 * @param {{source: string, format: string}} [given] where the text is known already
 */
function loadGraph(url, attributes = [], given) {
  const fresh = [];
  try {
    let root = given !== undefined ? records.get(url) : undefined;
    if (given !== undefined && root === undefined) {
      const made = makeRecord(url, fresh, given.source, given.format);
      made.complete();
      root = made.record;
    }
    root ??= getRecord(url, attributes, fresh);
    for (let i = 0; i < fresh.length; i++) {
      const record = fresh[i];
      const { requests } = record;
      const targets = [];
      for (let r = 0; r < requests.length; r += 5) {
        targets.push(getRecord(resolve(requests[r], record.url), requests[r + 1], fresh));
      }
      record.targets = targets;
      if (record.format === 'module') binding.link(record.handle, targets.map((target) => target.handle));
    }
    instantiate(root);
    return root;
  } catch (error) {
    // So that a later import tries again: a file may have been put there meanwhile.
    for (const record of fresh) if (records.get(record.url) === record) records.delete(record.url);
    throw error;
  }
}

function instantiate(record) {
  if (binding.status(record.handle) !== UNINSTANTIATED) return;
  try {
    binding.instantiate(record.handle);
  } catch (error) {
    messages.explainMissingExport(error, record);
    throw decorate(error);
  }
}

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
  if (id !== undefined && id !== vmImport().MAIN_LOADER) return vmImport().importFrom(id, specifier, attributes, sourcePhase);
  return Promise.resolve().then(() => {
    const parent = referrerURL(referrer);
    return run(loadGraph(resolve(specifier, parent), attributes));
  });
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
    throw new ERR_REQUIRE_ASYNC_MODULE(filename, parent);
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
  return requireRecord(loadGraph(pathToURL(filename)), filename, parent, isMain);
}

/** The same, of a text that was read already. */
function requireSource(source, filename, parent, isMain) {
  return requireRecord(loadGraph(pathToURL(filename), [], { source, format: 'module' }), filename, parent, isMain);
}

function requireRecord(record, filename, parent, isMain) {
  if (isMain) {
    require('../run_main').entry(run(record), record.url);
    return binding.namespace(record.handle);
  }
  evaluateNow(record, filename, parent);
  return exportsFor(record);
}

// ---- import.meta --------------------------------------------------------------------------------------------------------

function importMeta(url, meta, id) {
  if (id !== undefined) {
    vmImport().initializeMeta(id, meta);
    return;
  }
  if (url.startsWith('file:')) {
    const filename = urlToPath(url);
    meta.dirname = filename.slice(0, filename.lastIndexOf('/')) || '/';
    meta.filename = filename;
  }
  meta.resolve = function (specifier) {
    const text = `${specifier}`;
    try {
      return resolve(text, url);
    } catch (error) {
      if ((error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'ERR_UNSUPPORTED_DIR_IMPORT') && error.url) return error.url;
      throw error;
    }
  };
  meta.url = url;
}

onStart(() => binding.setCallbacks(importDynamic, importMeta));

// ---- for the command line and node:module -------------------------------------------------------------------------------

/** @returns {Promise<object>} the namespace of a module by its URL */
function importURL(url) {
  return Promise.resolve().then(() => run(loadGraph(url)));
}

/** Runs a text as a module. @param {string} url what it is called */
function runSource(source, url) {
  return run(loadGraph(url, [], { source, format: 'module' }));
}

/** The program: begins now, not a microtask later. */
function runURL(url) {
  let record;
  try {
    record = loadGraph(url);
  } catch (error) {
    return Promise.reject(error);
  }
  return run(record);
}

/** module.syncBuiltinESMExports() */
function syncBuiltinExports() {
  for (const record of records.values()) record.sync?.();
}

module.exports = {
  records, loadGraph, importDynamic, importURL, requireModule, requireSource, runSource, runURL, syncBuiltinExports,
};
