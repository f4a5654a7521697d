'use strict';
// node:vm (Node documentation: VM). A script keeps its text; the engine's own compilation cache makes running it again cheap.
const binding = internalBinding('module');

const validators = () => require('../internal/validators');
const errors = () => require('../internal/errors').codes;

/** sandbox object → the engine's context */
const contexts = new WeakMap();
let counter = 0;

function scriptOptions(options) {
  if (typeof options === 'string') return { filename: options, line: 0, column: 0 };
  if (options === undefined) return { filename: 'evalmachine.<anonymous>', line: 0, column: 0 };
  const { validateObject, validateString, validateInt32 } = validators();
  validateObject(options, 'options');
  const { filename = 'evalmachine.<anonymous>', lineOffset = 0, columnOffset = 0 } = options;
  validateString(filename, 'options.filename');
  validateInt32(lineOffset, 'options.lineOffset');
  validateInt32(columnOffset, 'options.columnOffset');
  return { filename, line: lineOffset, column: columnOffset };
}

function timeoutOf(options) {
  if (options === undefined || options === null || typeof options !== 'object' || options.timeout === undefined) return 0;
  validators().validateInteger(options.timeout, 'options.timeout', 1);
  return options.timeout;
}

const kPlace = Symbol('place');
const kCode = Symbol('code');

/** Node documentation: Class vm.Script. */
class Script {
  constructor(code, options) {
    this[kCode] = `${code}`;
    this[kPlace] = scriptOptions(options);
    Object.defineProperties(this, {
      [kCode]: { enumerable: false },
      [kPlace]: { enumerable: false },
    });
    if (options !== null && typeof options === 'object' && options.cachedData !== undefined) {
      validators().validateBuffer(options.cachedData, 'options.cachedData');
      this.cachedDataRejected = true;
    }
    const magic = /\/\/[#@] sourceMappingURL=(\S+)\s*$/.exec(this[kCode]);
    this.sourceMapURL = magic === null ? undefined : magic[1];
    checkSyntax(this[kCode], this[kPlace]);
  }

  runInThisContext(options) {
    return run(null, this, options);
  }

  runInContext(contextified, options) {
    return run(contextOf(contextified), this, options);
  }

  runInNewContext(contextObject, options) {
    return this.runInContext(createContext(contextObject, contextOptions(options)), options);
  }

  /** There is nothing to keep: an empty buffer, which a later Script rejects. */
  createCachedData() {
    return Buffer.alloc(0);
  }
}

/** @param {object | null} context null: this one */
function run(context, script, options) {
  const { filename, line, column } = script[kPlace];
  const timeout = timeoutOf(options);
  if (context === null && timeout === 0) return binding.runScript(script[kCode], filename, line, column);
  return binding.runInContext(script[kCode], filename, line, column, context, timeout);
}

/** Syntax errors belong to the constructor. Only a complete parse finds them all, which is what a function's body gets. */
function checkSyntax(code, { filename, line, column }) {
  try {
    binding.compileFunction(code, filename, line, column, []);
  } catch (error) {
    if (error instanceof SyntaxError) throw require('../internal/loader/arrow').decorate(error);
  }
}

function contextOf(object) {
  validators().validateObject(object, 'contextifiedObject', 0);
  const context = contexts.get(object);
  if (context !== undefined) return context;
  const { ERR_INVALID_ARG_TYPE } = errors();
  throw new ERR_INVALID_ARG_TYPE('contextifiedObject', 'vm.Context', object);
}

const constants = Object.freeze({
  __proto__: null,
  USE_MAIN_CONTEXT_DEFAULT_LOADER: Symbol('vm_dynamic_import_main_context_default'),
  DONT_CONTEXTIFY: Symbol('vm_context_no_contextify'),
});

/** Those of createContext among the options of runInNewContext. */
function contextOptions(options) {
  if (options === undefined || typeof options === 'string') return {};
  const { validateObject, validateString } = validators();
  validateObject(options, 'options');
  const { contextName: name, contextOrigin: origin, microtaskMode } = options;
  if (name !== undefined) validateString(name, 'options.contextName');
  if (origin !== undefined) validateString(origin, 'options.contextOrigin');
  if (microtaskMode !== undefined) validateString(microtaskMode, 'options.microtaskMode');
  return { name, origin, microtaskMode };
}

/**
 * @param {object} [contextObject]
 * @param {object} [options] name, origin; microtaskMode 'afterEvaluate': what its promises queue runs at the end of each
 *   script, within its timeout, and at no other time
 * @returns {object} the same object, whose properties are the new context's globals
 */
function createContext(contextObject = {}, options = {}) {
  const { validateObject, validateOneOf, validateString } = validators();
  if (contextObject === constants.DONT_CONTEXTIFY || contextObject === undefined) contextObject = {};
  if (typeof contextObject !== 'function') validateObject(contextObject, 'contextObject');
  if (contexts.has(contextObject)) return contextObject;
  validateObject(options, 'options');
  validateString(options.name ?? `VM Context ${++counter}`, 'options.name');
  if (options.origin !== undefined) validateString(options.origin, 'options.origin');
  const { microtaskMode } = options;
  validateOneOf(microtaskMode, 'options.microtaskMode', ['afterEvaluate', undefined]);
  contexts.set(contextObject, binding.createContext(contextObject, microtaskMode !== undefined));
  return contextObject;
}

function isContext(object) {
  if (typeof object !== 'object' && typeof object !== 'function') validators().validateObject(object, 'object');
  return contexts.has(object);
}

function runInContext(code, contextifiedObject, options) {
  contextOf(contextifiedObject);
  return new Script(code, options).runInContext(contextifiedObject, typeof options === 'string' ? undefined : options);
}

function runInNewContext(code, contextObject, options) {
  if (typeof contextObject === 'string') contextObject = undefined;
  const context = createContext(contextObject, contextOptions(options));
  return new Script(code, options).runInContext(context, typeof options === 'string' ? undefined : options);
}

function runInThisContext(code, options) {
  return new Script(code, options).runInThisContext(typeof options === 'string' ? undefined : options);
}

/**
 * @param {string} code a function's body
 * @param {string[]} [params]
 * @param {object} [options]
 */
function compileFunction(code, params = [], options = {}) {
  const { validateString, validateArray } = validators();
  validateString(code, 'code');
  validateArray(params, 'params');
  params.forEach((name, i) => validateString(name, `params[${i}]`));
  const { filename, line, column } = scriptOptions({ ...options, filename: options.filename ?? '' });
  const { contextExtensions = [], parsingContext } = options;
  validateArray(contextExtensions, 'options.contextExtensions');
  if (parsingContext !== undefined) {
    const text = `(function (${params.join(', ')}) {${code}\n})`;
    return binding.runInContext(text, filename, line, column, contextOf(parsingContext), 0);
  }
  return binding.compileFunction(code, filename, line, column, params);
}

/** Node documentation: vm.measureMemory is experimental; there is one context to speak of. */
function measureMemory() {
  const { heapUsed } = process.memoryUsage();
  return Promise.resolve({ total: { jsMemoryEstimate: heapUsed, jsMemoryRange: [heapUsed, heapUsed] } });
}

module.exports = {
  Script, createContext, createScript: (code, options) => new Script(code, options), runInContext, runInNewContext,
  runInThisContext, isContext, compileFunction, measureMemory, constants,
};
