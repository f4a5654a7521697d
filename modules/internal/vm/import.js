'use strict';
// import() and import.meta in code that node:vm compiled (Node documentation: VM, "Support of dynamic import() in
// compilation APIs"). Such code carries a symbol, by which its options are found; engine and JS hold it weakly, so that
// a script whose callback knows the script can be collected.

/** The symbol of code that imports as a file of its name would. */
const MAIN_LOADER = Symbol('vm_dynamic_import_main_context_default');
/** The same for what is entered in a REPL, where it is no experiment. */
const REPL_LOADER = Symbol('repl loader');
const MISSING = Symbol('vm_dynamic_import_missing');
const MISSING_FLAG = Symbol('vm_dynamic_import_missing_flag');

/** symbol → {callback?, initialize?, referrer} */
const known = new WeakMap();

const errors = () => require('../errors').codes;

/**
 * @param {Function | symbol | undefined} option importModuleDynamically
 * @param {string} [name] of the option
 * @returns {symbol} what the code carries
 */
function idOf(option, name = 'options.importModuleDynamically') {
  if (option === undefined) return MISSING;
  if (option === REPL_LOADER) return MAIN_LOADER;
  if (option === MAIN_LOADER) {
    require('../experimental').warnExperimental('vm.USE_MAIN_CONTEXT_DEFAULT_LOADER');
    return MAIN_LOADER;
  }
  require('../validators').validateFunction(option, name);
  if (!require('../loader/options').vmModules) return MISSING_FLAG;
  const id = Symbol('vm');
  known.set(id, { callback: option });
  return id;
}

/** The script, function, module or context that import()'s callback gets. */
function setReferrer(id, referrer) {
  const entry = known.get(id);
  if (entry !== undefined) entry.referrer = referrer;
}

/** A symbol of a module's own. @returns {symbol} */
function idOfModule(module, callback, initialize) {
  const id = Symbol('vm module');
  known.set(id, { callback, initialize, referrer: module });
  return id;
}

/** What SyntheticModule's evaluation finds its module by. */
const referrerOf = (id) => known.get(id)?.referrer;

function attributesOf(flat) {
  const attributes = { __proto__: null };
  for (let i = 0; i < flat.length; i += 2) attributes[flat[i]] = flat[i + 1];
  return attributes;
}

/** @returns {Promise<object>} a namespace */
async function importFrom(id, specifier, attributes, sourcePhase) {
  const entry = known.get(id);
  if (entry?.callback === undefined) {
    const { ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING, ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG } = errors();
    throw id === MISSING_FLAG ? new ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG() : new ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING();
  }
  const phase = sourcePhase ? 'source' : 'evaluation';
  const module = await Reflect.apply(entry.callback, undefined, [specifier, entry.referrer, attributesOf(attributes), phase]);
  if (require('../../node/util').types.isModuleNamespaceObject(module)) return module;
  const { isModule } = require('./module');
  if (!isModule(module)) {
    const { ERR_VM_MODULE_NOT_MODULE } = errors();
    throw new ERR_VM_MODULE_NOT_MODULE();
  }
  if (module.status === 'errored') throw module.error;
  return module.namespace;
}

function initializeMeta(id, meta) {
  const entry = known.get(id);
  if (entry?.initialize !== undefined) Reflect.apply(entry.initialize, undefined, [meta, entry.referrer]);
}

module.exports = { MAIN_LOADER, REPL_LOADER, idOf, idOfModule, setReferrer, referrerOf, attributesOf, importFrom, initializeMeta };
