'use strict';
// ES modules of node:vm (Node documentation: Class vm.Module, vm.SourceTextModule, vm.SyntheticModule).
const binding = internalBinding('esm');
const { handleOf } = require('./context');
const { attributesOf, idOfModule, referrerOf } = require('./import');
const { checkCachedData } = require('./script');

const validators = () => require('../validators');
const errors = () => require('../errors').codes;

const { UNINSTANTIATED, INSTANTIATING, INSTANTIATED, EVALUATING, EVALUATED, ERRORED } = binding.statuses;
const names = {
  [INSTANTIATING]: 'linking', [INSTANTIATED]: 'linked', [EVALUATING]: 'evaluating', [EVALUATED]: 'evaluated', [ERRORED]: 'errored',
};

const kInspect = Symbol.for('nodejs.util.inspect.custom');

/** contextified object, or the global → how many modules without a name it has */
const counts = new WeakMap();

function nextName(context) {
  const key = context ?? globalThis;
  const count = counts.get(key) ?? 0;
  counts.set(key, count + 1);
  return `vm:module(${count})`;
}

function badStatus(text) {
  const { ERR_VM_MODULE_STATUS } = errors();
  return new ERR_VM_MODULE_STATUS(text);
}

/** What only this file may do with a module. */
let isModule;
let engineModule;
let linkGraph;
let checkTarget;

class Module {
  #handle;
  #context;
  #identifier;
  #linking = false;
  #failure; // {error}: linking failed

  /** @param {(id: symbol, identifier: string, context: any) => object} make the engine's module */
  constructor(options, id, make) {
    if (new.target === Module) throw new TypeError('Module is not a constructor');
    const { context, identifier } = options;
    let handle = null;
    if (context !== undefined) {
      validators().validateObject(context, 'options.context');
      handle = handleOf(context, 'options.context');
    }
    if (identifier !== undefined) validators().validateString(identifier, 'options.identifier');
    require('../experimental').warnExperimental('VM Modules');
    this.#context = context;
    this.#identifier = identifier ?? nextName(context);
    this.#handle = make(this, this.#identifier, handle);
  }

  static {
    isModule = (value) => typeof value === 'object' && value !== null && #handle in value;
    engineModule = (module) => Module.#check(module).#handle;

    /** Links a module and those below it that are not yet. */
    linkGraph = async (module, linker) => {
      module.#linking = true;
      try {
        const targets = await Promise.all(requestsOf(module.#handle).map(async ({ specifier, attributes }) => {
          const target = await linker(specifier, module, { attributes, assert: attributes });
          checkTarget(module, target);
          if (target.status === 'errored') {
            const { ERR_VM_MODULE_LINK_FAILURE } = errors();
            throw new ERR_VM_MODULE_LINK_FAILURE(`request for '${specifier}' resolved to an errored module`, target.error);
          }
          if (target.status === 'unlinked') await linkGraph(target, linker);
          return target.#handle;
        }));
        binding.link(module.#handle, targets);
      } catch (error) {
        module.#failure = { error };
        throw error;
      }
    };

    checkTarget = (module, target) => {
      const { ERR_VM_MODULE_NOT_MODULE, ERR_VM_MODULE_DIFFERENT_CONTEXT } = errors();
      if (!isModule(target)) throw new ERR_VM_MODULE_NOT_MODULE();
      if (target.#context !== module.#context) throw new ERR_VM_MODULE_DIFFERENT_CONTEXT();
    };
  }

  static #check(value) {
    if (isModule(value)) return value;
    const { ERR_INVALID_THIS } = errors();
    throw new ERR_INVALID_THIS('Module');
  }

  /** @returns {string} */
  get identifier() { return Module.#check(this).#identifier; }
  /** @returns {object | undefined} the contextified object; undefined: the main context */
  get context() { return Module.#check(this).#context; }

  get namespace() {
    const { status } = Module.#check(this);
    if (status === 'unlinked' || status === 'linking') throw badStatus('must not be unlinked or linking');
    return binding.namespace(this.#handle);
  }

  get status() { return Module.#status(Module.#check(this)); }
  get error() { return Module.#error(Module.#check(this)); }

  static #status(module) {
    if (module.#failure !== undefined) return 'errored';
    const status = binding.status(module.#handle);
    if (status !== UNINSTANTIATED) return names[status];
    return module.#linking ? 'linking' : 'unlinked';
  }

  static #error(module) {
    if (module.#failure !== undefined) return module.#failure.error;
    if (binding.status(module.#handle) !== ERRORED) throw badStatus('must be errored');
    return binding.error(module.#handle);
  }

  /**
   * @param {(specifier: string, referencingModule: Module, extra: object) => Module | Promise<Module>} linker
   * @returns {Promise<void>}
   */
  async link(linker) {
    Module.#check(this);
    validators().validateFunction(linker, 'linker');
    const { status } = this;
    if (status === 'linked') {
      const { ERR_VM_MODULE_ALREADY_LINKED } = errors();
      throw new ERR_VM_MODULE_ALREADY_LINKED();
    }
    if (status !== 'unlinked') throw badStatus('must be unlinked');
    await linkGraph(this, linker);
    binding.instantiate(this.#handle);
  }

  /**
   * @param {{timeout?: number, breakOnSigint?: boolean}} [options] timeout in ms
   * @returns {Promise<undefined>} settled already, unless the graph has a top-level await
   */
  evaluate(options = {}) {
    try {
      Module.#check(this);
      const { timeout, breakOnSigint } = require('./script').runOptions(options);
      const { status } = this;
      if (status !== 'linked' && status !== 'evaluated' && status !== 'errored') {
        throw badStatus('must be one of linked, evaluated, or errored');
      }
      if (this.#failure !== undefined) throw this.#failure.error;
      return binding.evaluate(this.#handle, timeout, breakOnSigint);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  [kInspect](depth, options) {
    Module.#check(this);
    const { name } = this.constructor;
    if (typeof depth === 'number' && depth < 0) return `[${name}]`;
    const field = (value) => ({ value, enumerable: true });
    const shown = Object.create(Object.getPrototypeOf(this),
      { status: field(this.status), identifier: field(this.identifier), context: field(this.context) });
    return require('../../node/util').inspect(shown, { ...options, customInspect: false });
  }
}

/** @returns {{specifier: string, attributes: object, phase: string}[]} frozen */
function requestsOf(handle) {
  const flat = binding.requests(handle);
  const requests = [];
  for (let i = 0; i < flat.length; i += 5) {
    requests.push(Object.freeze({
      __proto__: null,
      specifier: flat[i],
      attributes: Object.freeze(attributesOf(flat[i + 1])),
      phase: flat[i + 4] ? 'source' : 'evaluation',
    }));
  }
  return Object.freeze(requests);
}

class SourceTextModule extends Module {
  #requests;
  #specifiers;
  #linked = false;

  /**
   * @param {string} sourceText
   * @param {object} [options] identifier, context, lineOffset, columnOffset, cachedData, initializeImportMeta(meta, module),
   *   importModuleDynamically
   */
  constructor(sourceText, options = {}) {
    const { validateFunction, validateInt32, validateObject, validateString } = validators();
    validateString(sourceText, 'code');
    validateObject(options, 'options');
    const { lineOffset = 0, columnOffset = 0, cachedData, initializeImportMeta, importModuleDynamically } = options;
    validateInt32(lineOffset, 'options.lineOffset');
    validateInt32(columnOffset, 'options.columnOffset');
    if (initializeImportMeta !== undefined) validateFunction(initializeImportMeta, 'options.initializeImportMeta');
    if (importModuleDynamically !== undefined) validateFunction(importModuleDynamically, 'options.importModuleDynamically');
    if (cachedData !== undefined) checkCachedData(cachedData);
    super(options, undefined, (self, identifier, context) => {
      const id = idOfModule(self, importModuleDynamically, initializeImportMeta);
      const handle = binding.compileModule(sourceText, identifier, lineOffset, columnOffset, id, context, cachedData);
      if (handle !== undefined) return handle;
      const { ERR_VM_MODULE_CACHED_DATA_REJECTED } = errors();
      throw new ERR_VM_MODULE_CACHED_DATA_REJECTED();
    });
  }

  // So that their look-up on the prototype throws.
  get status() { return super.status; }
  get error() { return super.error; }

  /** Static imports, each of specifier, attributes and phase once. */
  get moduleRequests() {
    const handle = engineModule(this);
    return (this.#requests ??= requestsOf(handle));
  }

  /** Deprecated. */
  get dependencySpecifiers() {
    const requests = this.moduleRequests;
    return (this.#specifiers ??= Object.freeze(requests.map(({ specifier }) => specifier)));
  }

  /** @param {Module[]} modules for each of moduleRequests */
  linkRequests(modules) {
    const handle = engineModule(this);
    validators().validateArray(modules, 'modules');
    if (this.status !== 'unlinked') throw badStatus('must be unlinked');
    const { ERR_MODULE_LINK_MISMATCH } = errors();
    const requests = this.moduleRequests;
    if (modules.length !== requests.length) {
      throw new ERR_MODULE_LINK_MISMATCH(`Expected ${requests.length} modules, got ${modules.length}`);
    }
    for (const module of modules) checkTarget(this, module);
    const first = new Map();
    requests.forEach(({ specifier, attributes }, i) => {
      const key = JSON.stringify([specifier, attributes]);
      const before = first.get(key);
      if (before === undefined) {
        first.set(key, i);
      } else if (modules[before] !== modules[i]) {
        throw new ERR_MODULE_LINK_MISMATCH(`Module request 'ModuleCacheKey("${specifier}")' at index ${before} must be linked to ` +
          `the same module requested at index ${i}`);
      }
    });
    binding.link(handle, modules.map(engineModule));
    this.#linked = true;
  }

  /** After linkRequests() of this module and all below it. */
  instantiate() {
    const handle = engineModule(this);
    if (this.status !== 'unlinked') throw badStatus('must be unlinked');
    if (!this.#linked) {
      const { ERR_VM_MODULE_LINK_FAILURE } = errors();
      throw new ERR_VM_MODULE_LINK_FAILURE('module is not linked');
    }
    binding.instantiate(handle);
  }

  /** @returns {boolean} whether this module or one below it has a top-level await */
  hasAsyncGraph() {
    const handle = engineModule(this);
    if (binding.status(handle) < INSTANTIATED) throw badStatus('must be instantiated');
    return binding.isAsync(handle);
  }

  /** @returns {boolean} */
  hasTopLevelAwait() {
    return binding.hasAwait(engineModule(this));
  }

  /** @returns {Buffer} */
  createCachedData() {
    const { status } = this;
    if (status === 'evaluating' || status === 'evaluated' || status === 'errored') {
      const { ERR_VM_MODULE_CANNOT_CREATE_CACHED_DATA } = errors();
      throw new ERR_VM_MODULE_CANNOT_CREATE_CACHED_DATA();
    }
    return binding.codeCache(engineModule(this));
  }
}

/** id → the callback of a synthetic module: the engine holds no function that knows its module. */
const steps = new WeakMap();

function evaluateSynthetic(id) {
  Reflect.apply(steps.get(id), referrerOf(id), []);
}

class SyntheticModule extends Module {
  #names;

  /**
   * @param {string[]} exportNames
   * @param {() => void} evaluateCallback sets the exports
   * @param {{identifier?: string, context?: object}} [options]
   */
  constructor(exportNames, evaluateCallback, options = {}) {
    checkNames(exportNames);
    const { validateFunction, validateObject } = validators();
    validateFunction(evaluateCallback, 'evaluateCallback');
    validateObject(options, 'options');
    super(options, undefined, (self, identifier, context) => {
      const id = idOfModule(self);
      steps.set(id, evaluateCallback);
      const handle = binding.syntheticModule(identifier, [...exportNames], evaluateSynthetic, id, context);
      binding.instantiate(handle);
      return handle;
    });
    this.#names = new Set(exportNames);
  }

  /** It imports nothing. */
  link() {
    engineModule(this);
  }

  /** @param {string} name @param {any} value */
  setExport(name, value) {
    const handle = engineModule(this);
    validators().validateString(name, 'name');
    if (!this.#names.has(name)) throw new ReferenceError(`Export '${name}' is not defined in module`);
    binding.setExport(handle, name, value);
  }
}

function checkNames(exportNames) {
  if (!Array.isArray(exportNames) || exportNames.some((name) => typeof name !== 'string')) {
    const { ERR_INVALID_ARG_TYPE } = errors();
    throw new ERR_INVALID_ARG_TYPE('exportNames', 'Array of unique strings', exportNames);
  }
  exportNames.forEach((name, i) => {
    if (exportNames.indexOf(name) === i) return;
    const { ERR_INVALID_ARG_VALUE } = errors();
    throw new ERR_INVALID_ARG_VALUE(`exportNames.${name}`, name, 'is duplicated');
  });
}

module.exports = { Module, SourceTextModule, SyntheticModule, isModule };
