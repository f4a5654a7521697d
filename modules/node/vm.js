'use strict';
// node:vm (Node documentation: VM).
const binding = internalBinding('vm');
const { constants, contextOptions, createContext, handleOf, isContext } = require('../internal/vm/context');
const { Script, compileFunction } = require('../internal/vm/script');
const options = require('../internal/loader/options');

const asOptions = (given) => (typeof given === 'string' ? { filename: given } : { ...given });

/**
 * @param {string} code
 * @param {object} contextifiedObject
 * @param {string | object} [given] options: a script's and a run's
 */
function runInContext(code, contextifiedObject, given) {
  handleOf(contextifiedObject);
  const both = asOptions(given);
  return new Script(code, both).runInContext(contextifiedObject, both);
}

/** The same, in a context of its own. */
function runInNewContext(code, contextObject, given) {
  const both = asOptions(given);
  const context = createContext(contextObject, contextOptions(both));
  return new Script(code, both).runInContext(context, both);
}

function runInThisContext(code, given) {
  const both = asOptions(given);
  return new Script(code, both).runInThisContext(both);
}

/**
 * @param {{mode?: 'summary' | 'detailed', execution?: 'default' | 'eager'}} [given]
 * @returns {Promise<object>} bytes; 'default' waits for the next garbage collection
 */
function measureMemory(given = {}) {
  require('../internal/experimental').warnExperimental('vm.measureMemory');
  const { validateObject, validateOneOf } = require('../internal/validators');
  validateObject(given, 'options');
  const { mode = 'summary', execution = 'default' } = given;
  validateOneOf(mode, 'options.mode', ['summary', 'detailed']);
  validateOneOf(execution, 'options.execution', ['default', 'eager']);
  return binding.measureMemory(mode === 'detailed', execution === 'eager');
}

module.exports = {
  Script, createContext, createScript: (code, options) => new Script(code, options), runInContext, runInNewContext,
  runInThisContext, isContext, compileFunction, measureMemory, constants,
};

/** With --experimental-vm-modules. */
function addModules() {
  const { Module, SourceTextModule, SyntheticModule } = require('../internal/vm/module');
  Object.assign(module.exports, { Module, SourceTextModule, SyntheticModule });
}
options.onVmModules.push(addModules);
