'use strict';
// A graph of ES modules: resolved, read, compiled, linked and instantiated in one go: everything it may consist of is on
// this machine, so nothing is gained by doing that asynchronously. Only asynchronous hooks make it wait: the steps are a
// generator, which yields a promise where it has to.
const binding = internalBinding('esm');
const hooks = require('./hooks');
const formats = require('./esm_formats');
const { resolve, withConditions, conditions } = require('./esm_resolve');
const { decorate } = require('./arrow');
const messages = require('./esm_errors');

const errors = () => require('../errors').codes;

const { UNINSTANTIATED } = binding.statuses;

/**
 * What modules are loaded into: URL and type → record. A record: {url, format, handle, targets, source?, realm, facade?}.
 * `resolved`: base and specifier → URL, so that what was loaded stays what it was.
 * @typedef {{records: Map<string, object>, resolved: Map<string, string>, id: symbol | undefined, hooked: boolean}} Realm
 */
/** The program. @type {Realm} */
const program = { records: new Map(), resolved: new Map(), id: undefined, hooked: true };
/** The modules of asynchronous hooks, which are loaded as if there were none. @type {Realm} */
const aside = { records: new Map(), resolved: new Map(), id: Symbol('hooks'), hooked: false };

// ---- one module ---------------------------------------------------------------------------------------------------------

/** The type that attributes ask for. @param {string[]} attributes [key, value, ...] */
function typeOf(attributes, url) {
  let type;
  for (let i = 0; i < attributes.length; i += 2) {
    const [key, value] = [attributes[i], attributes[i + 1]];
    if (key !== 'type') {
      const { ERR_IMPORT_ATTRIBUTE_UNSUPPORTED } = errors();
      throw new ERR_IMPORT_ATTRIBUTE_UNSUPPORTED(key, value, url);
    }
    type = value;
  }
  return type;
}

/** What a type means for the format that was found. */
function checkType(type, format, url) {
  const wanted = formats.typeOfFormat(format);
  if (type === wanted) return;
  if (type !== undefined && !formats.isType(type)) {
    const { ERR_IMPORT_ATTRIBUTE_UNSUPPORTED } = errors();
    throw new ERR_IMPORT_ATTRIBUTE_UNSUPPORTED('type', type, url);
  }
  if (type === undefined) {
    const { ERR_IMPORT_ATTRIBUTE_MISSING } = errors();
    throw new ERR_IMPORT_ATTRIBUTE_MISSING(url, 'type', wanted);
  }
  const { ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE } = errors();
  throw new ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE(url, type);
}

const keyOf = (url, type) => (type === undefined ? url : `${url}\0${type}`);

function attributesObject(flat) {
  // Of the asynchronous ones' as if it had been copied to another thread.
  const attributes = hooks.anyAsync() ? {} : { __proto__: null };
  for (let i = 0; i < flat.length; i += 2) attributes[flat[i]] = flat[i + 1];
  return attributes;
}

const flatten = (attributes) => Object.entries(attributes).flat();

/** The end of the chain of resolve hooks. */
function defaultResolve(specifier, context) {
  const url = withConditions(context.conditions, () => resolve(specifier, context.parentURL ?? baseURL()));
  return { __proto__: null, url, format: formats.guess(url) ?? null, importAttributes: undefined };
}

/** The end of the chain of load hooks. */
function defaultLoad(url, context) {
  const type = context.importAttributes?.type;
  const { format, source } = formats.read(url, context.format ?? undefined);
  checkType(type, format, url);
  return { __proto__: null, format, responseURL: url, source: typeof source === 'string' ? Buffer.from(source) : source ?? null };
}

/** That of asynchronous ones: CommonJS is read by require(). */
function defaultLoadAsync(url, context) {
  const result = defaultLoad(url, context);
  if (result.format === 'commonjs' || result.format === 'commonjs-typescript') result.source = null;
  return result;
}

const baseURL = () => require('./file_url').pathToURL(`${process.cwd()}/`);

/** @returns {{url: string, format?: string, attributes: string[]} | Promise<object>} */
function resolveStep(realm, specifier, parentURL, attributes) {
  if (!realm.hooked || !hooks.any()) {
    const base = parentURL ?? baseURL();
    const key = `${base}\0${specifier}`;
    const known = realm.resolved.get(key);
    if (known !== undefined && realm.records.has(known)) return { __proto__: null, url: known, format: undefined, attributes };
    const url = resolve(specifier, base);
    realm.resolved.set(key, url);
    return { __proto__: null, url, format: undefined, attributes };
  }
  const context = new hooks.ModuleResolveContext(parentURL, attributesObject(attributes), [...conditions()]);
  const finish = ({ url, format, importAttributes }) => (
    { __proto__: null, url, format: format ?? undefined, attributes: importAttributes ? flatten(importAttributes) : attributes });
  if (hooks.anyAsync()) return hooks.resolveAsync(specifier, context, defaultResolve).then(finish);
  return finish(hooks.resolveSync(specifier, context, defaultResolve));
}

/** @returns {{format: string, source: any} | Promise<object>} */
function loadStep(realm, { url, format, attributes }) {
  if (!realm.hooked || !hooks.any()) return formats.read(url, format);
  const context = new hooks.ModuleLoadContext(format ?? null, attributesObject(attributes), [...conditions()]);
  const finish = (result) => formats.fromHooks(url, result);
  if (hooks.anyAsync()) return hooks.loadAsync(url, context, defaultLoadAsync).then(finish);
  return finish(hooks.loadSync(url, context, defaultLoad));
}

/** A new record of a text; what it imports is loaded by the graph's steps. */
function makeRecord(realm, key, url, known, fresh) {
  // Promises are resolved with records: Object.prototype.then must not be asked.
  const record = { __proto__: null, url, key, realm, format: known.format, handle: undefined, requests: undefined, source: undefined };
  formats.makeHandle(record, known.source);
  record.requests = binding.requests(record.handle);
  realm.records.set(key, record);
  fresh.made.push(record);
  return record;
}

/** What is to be run needs what it imports, unless a graph that is complete has it; a source object does not. */
function want(record, sourcePhase, fresh) {
  if (!sourcePhase && !record.complete) fresh.wanted.add(record);
  return record;
}

/** What asynchronous hooks are loading, for all graphs that want it. */
const loading = new Map();

function shared(key, known) {
  loading.set(key, known);
  const done = () => { if (loading.get(key) === known) loading.delete(key); };
  known.then(done, done);
  return known;
}

/** Set by node:test: what stands for a URL's module. @type {(url: string) => {url, format, names, valueOf} | undefined} */
let replacementOf = null;

function setReplacement(fn) { replacementOf = fn; }

/** The record of a module whose exports somebody else knows. */
function replacedRecord(realm, { url, format, names, valueOf }, type, fresh) {
  checkType(type, format === 'json' ? 'json' : 'builtin', url);
  const known = realm.records.get(url);
  if (known !== undefined) return known;
  const record = { url, key: url, realm, format: 'replaced', handle: undefined, requests: [], source: undefined };
  record.handle = binding.syntheticModule(url, names, () => {
    for (const name of names) binding.setExport(record.handle, name, valueOf(name));
  });
  realm.records.set(url, record);
  fresh.made.push(record);
  return record;
}

function* recordOf(realm, target, fresh) {
  const { url } = target;
  const type = typeOf(target.attributes, url);
  const replacement = realm.hooked ? replacementOf?.(url) : undefined;
  if (replacement !== undefined) return replacedRecord(realm, replacement, type, fresh);
  const key = keyOf(url, type);
  let record = realm.records.get(key);
  if (record !== undefined) return record;
  let known = loading.get(key) ?? loadStep(realm, target);
  if (known instanceof Promise) known = yield shared(key, known);
  record = realm.records.get(key); // another graph may have it meanwhile
  if (record !== undefined) return record;
  checkType(type, known.format, url);
  return makeRecord(realm, key, url, known, fresh);
}

// ---- a graph --------------------------------------------------------------------------------------------------------------

/** Compiles and links whatever fresh records import, until nothing is new. */
function* linkFresh(realm, fresh) {
  for (const record of fresh.wanted) {
    const { requests } = record;
    const targets = [];
    for (let r = 0; r < requests.length; r += 5) {
      let target = resolveStep(realm, requests[r], record.url, requests[r + 1]);
      if (target instanceof Promise) target = yield target;
      targets.push(want(yield* recordOf(realm, target, fresh), requests[r + 4], fresh));
    }
    record.targets = targets;
    if (requests.length > 0 || record.format === 'module') binding.link(record.handle, targets.map((target) => target.handle));
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

/**
 * @param {Realm} realm
 * @param {{specifier?: string, parentURL?: string, url?: string, attributes: string[], given?: {source: string, format: string},
 *   sourcePhase?: boolean}} wanted a specifier, or a URL, whose text and format may be given
 */
function* graphSteps(realm, wanted) {
  const fresh = { made: [], wanted: new Set() };
  const { given, attributes } = wanted;
  try {
    let target = wanted.url !== undefined ? { url: wanted.url, format: undefined, attributes }
      : resolveStep(realm, wanted.specifier, wanted.parentURL, attributes);
    if (target instanceof Promise) target = yield target;
    let root;
    if (given === undefined) root = yield* recordOf(realm, target, fresh);
    else root = realm.records.get(target.url) ?? makeRecord(realm, target.url, target.url, given, fresh);
    if (wanted.sourcePhase) return root;
    want(root, false, fresh);
    yield* linkFresh(realm, fresh);
    instantiate(root);
    for (const record of fresh.wanted) record.complete = true;
    return root;
  } catch (error) {
    // So that a later import tries again: a file may have been put there meanwhile.
    for (const record of fresh.made) if (realm.records.get(record.key) === record) realm.records.delete(record.key);
    throw error;
  }
}

/** Without asynchronous hooks. @returns {object} the instantiated root's record */
function loadNow(realm, wanted) {
  const steps = graphSteps(realm, wanted);
  let step = steps.next();
  while (!step.done) {
    // A hook of module.register() has no say in what must be there at once.
    step = steps.throw(notNow());
  }
  return step.value;
}

function notNow() {
  const { ERR_METHOD_NOT_IMPLEMENTED } = errors();
  return new ERR_METHOD_NOT_IMPLEMENTED('require() of an ES module through asynchronous hooks');
}

/** With asynchronous hooks. @returns {Promise<object>} */
async function loadLater(realm, wanted) {
  const steps = graphSteps(realm, wanted);
  let step = steps.next();
  while (!step.done) {
    let value;
    try {
      value = await step.value;
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(value);
  }
  return step.value;
}

const waits = (realm) => realm.hooked && hooks.anyAsync();

/** Whichever it takes. @returns {object | Promise<object>} */
function load(realm, wanted) {
  return waits(realm) ? loadLater(realm, wanted) : loadNow(realm, wanted);
}

/** For require(): asynchronous hooks are passed by. */
function loadForRequire(wanted) {
  if (!waits(program)) return loadNow(program, wanted);
  return hooks.withoutAsync(() => loadNow(program, wanted));
}

module.exports = { program, aside, load, loadForRequire, setReplacement, waits };
