'use strict';
// Contexts of node:vm (Node documentation: VM, vm.createContext()).
const binding = internalBinding('vm');
const { MAIN_LOADER, idOf, setReferrer } = require('./import');

const validators = () => require('../validators');

const constants = Object.freeze({
  __proto__: null,
  USE_MAIN_CONTEXT_DEFAULT_LOADER: MAIN_LOADER,
  DONT_CONTEXTIFY: Symbol('vm_context_no_contextify'),
});

/** contextified object → the engine's context */
const contexts = new WeakMap();
let counter = 0;

/** @returns {object} the engine's context of a contextified object; throws ERR_INVALID_ARG_TYPE */
function handleOf(object, name = 'contextifiedObject') {
  if (typeof object !== 'function') validators().validateObject(object, name, validators().kValidateObjectAllowArray);
  const handle = contexts.get(object);
  if (handle !== undefined) return handle;
  const { codes: { ERR_INVALID_ARG_TYPE } } = require('../errors');
  throw new ERR_INVALID_ARG_TYPE(name, 'vm.Context', object);
}

/** @param {{strings?: boolean, wasm?: boolean} | undefined} value @param {string} name */
function checkCodeGeneration(value, name) {
  const { validateBoolean, validateObject } = validators();
  if (value === undefined) return {};
  validateObject(value, name);
  const { strings = true, wasm = true } = value;
  validateBoolean(strings, `${name}.strings`);
  validateBoolean(wasm, `${name}.wasm`);
  return { strings, wasm };
}

/** @returns {object} those of createContext among the options of runInNewContext */
function contextOptions(options) {
  if (options === undefined || options === null || typeof options !== 'object') return {};
  const { validateString } = validators();
  const { contextName: name, contextOrigin: origin, contextCodeGeneration, microtaskMode } = options;
  if (name !== undefined) validateString(name, 'options.contextName');
  if (origin !== undefined) validateString(origin, 'options.contextOrigin');
  if (microtaskMode !== undefined) validateString(microtaskMode, 'options.microtaskMode');
  const codeGeneration = checkCodeGeneration(contextCodeGeneration, 'options.contextCodeGeneration');
  return { name, origin, codeGeneration, microtaskMode };
}

/**
 * @param {object | symbol} [contextObject] constants.DONT_CONTEXTIFY: the new context's global is an ordinary object
 * @param {object} [options] name, origin; codeGeneration {strings, wasm}; microtaskMode 'afterEvaluate': what its
 *   promises queue runs at the end of each script, within its timeout, and at no other time; importModuleDynamically
 * @returns {object} the same object, whose properties are the new context's globals; or its global
 */
function createContext(contextObject = {}, options = {}) {
  const { validateObject, validateOneOf, validateString } = validators();
  const vanilla = contextObject === constants.DONT_CONTEXTIFY;
  if (!vanilla && isContext(contextObject)) return contextObject;
  validateObject(options, 'options');
  const { name = `VM Context ${++counter}`, origin, codeGeneration, microtaskMode, importModuleDynamically } = options;
  validateString(name, 'options.name');
  if (origin !== undefined) validateString(origin, 'options.origin');
  const { strings = true, wasm = true } = checkCodeGeneration(codeGeneration, 'options.codeGeneration');
  validateOneOf(microtaskMode, 'options.microtaskMode', ['afterEvaluate', undefined]);
  const id = idOf(importModuleDynamically);
  const [handle, global] = binding.createContext(vanilla ? null : contextObject, microtaskMode !== undefined, strings, wasm, id);
  const object = vanilla ? global : contextObject;
  setReferrer(id, object);
  contexts.set(object, handle);
  return object;
}

/** @param {object} object @returns {boolean} whether createContext has returned it */
function isContext(object) {
  if (typeof object !== 'function') validators().validateObject(object, 'object', validators().kValidateObjectAllowArray);
  return contexts.has(object);
}

module.exports = { constants, handleOf, contextOptions, createContext, isContext };
