'use strict';
// Scripts and functions of node:vm (Node documentation: Class vm.Script, vm.compileFunction()).
const binding = internalBinding('vm');
const { contextOptions, createContext, handleOf } = require('./context');
const { idOf, setReferrer } = require('./import');

const validators = () => require('../validators');
const arrow = () => require('../loader/arrow');

/** Checks what scripts and functions have in common. */
function sourceOptions(options, defaultName) {
  const { validateBoolean, validateInt32, validateString } = validators();
  const { filename = defaultName, lineOffset = 0, columnOffset = 0, cachedData, produceCachedData = false } = options;
  validateString(filename, 'options.filename');
  validateInt32(lineOffset, 'options.lineOffset');
  validateInt32(columnOffset, 'options.columnOffset');
  if (cachedData !== undefined) checkCachedData(cachedData);
  validateBoolean(produceCachedData, 'options.produceCachedData');
  return { filename, lineOffset, columnOffset, cachedData, produceCachedData };
}

function checkCachedData(cachedData) {
  if (ArrayBuffer.isView(cachedData)) return;
  const { codes: { ERR_INVALID_ARG_TYPE } } = require('../errors');
  throw new ERR_INVALID_ARG_TYPE('options.cachedData', ['Buffer', 'TypedArray', 'DataView'], cachedData);
}

/** @returns {{timeout: number, breakOnSigint: boolean, displayErrors: boolean}} timeout 0: none */
function runOptions(options = {}) {
  const { validateBoolean, validateObject, validateUint32 } = validators();
  validateObject(options, 'options');
  const { timeout, displayErrors = true, breakOnSigint = false } = options;
  if (timeout !== undefined) validateUint32(timeout, 'options.timeout', true);
  validateBoolean(displayErrors, 'options.displayErrors');
  validateBoolean(breakOnSigint, 'options.breakOnSigint');
  return { timeout: timeout ?? 0, displayErrors, breakOnSigint };
}

class Script {
  #handle;

  /**
   * @param {string} code
   * @param {string | object} [options] a filename; or filename, lineOffset, columnOffset, cachedData, produceCachedData,
   *   importModuleDynamically
   */
  constructor(code, options = {}) {
    code = `${code}`;
    if (typeof options === 'string') options = { filename: options };
    else validators().validateObject(options, 'options');
    const place = sourceOptions(options, 'evalmachine.<anonymous>');
    const { cachedData } = place;
    const id = idOf(options.importModuleDynamically);
    let rejected;
    try {
      [this.#handle, rejected] =
        binding.compileScript(code, place.filename, place.lineOffset, place.columnOffset, id, cachedData);
    } catch (error) {
      throw arrow().decorate(error);
    }
    setReferrer(id, this);
    if (cachedData !== undefined) {
      this.cachedDataRejected = rejected;
    } else if (place.produceCachedData) {
      this.cachedData = this.createCachedData();
      this.cachedDataProduced = true;
    }
    [this.sourceURL, this.sourceMapURL] = binding.sourceURLs(this.#handle);
  }

  runInThisContext(options) {
    return this.#run(null, options);
  }

  runInContext(contextifiedObject, options) {
    return this.#run(handleOf(contextifiedObject), options);
  }

  runInNewContext(contextObject, options) {
    runOptions(options);
    return this.runInContext(createContext(contextObject, contextOptions(options)), options);
  }

  /** @returns {Buffer} the engine's code, of the functions too that have run by now */
  createCachedData() {
    return binding.codeCache(this.#handle);
  }

  #run(context, options) {
    const { timeout, breakOnSigint, displayErrors } = runOptions(options);
    try {
      return binding.runScript(this.#handle, context, timeout, breakOnSigint);
    } catch (error) {
      throw displayErrors ? arrow().decorateAny(error) : error;
    }
  }
}

/**
 * @param {string} code a function's body
 * @param {string[]} [params]
 * @param {object} [options] as a script's, and parsingContext (a contextified object), contextExtensions (objects whose
 *   properties are in scope)
 * @returns {Function}
 */
function compileFunction(code, params, options = {}) {
  const { validateArray, validateObject, validateString } = validators();
  validateString(code, 'code');
  if (params !== undefined) {
    validateArray(params, 'params');
    params.forEach((name, i) => validateString(name, `params[${i}]`));
  }
  validateObject(options, 'options');
  const place = sourceOptions(options, '');
  const { parsingContext, contextExtensions = [], importModuleDynamically } = options;
  let context = null;
  if (parsingContext !== undefined) {
    try {
      context = handleOf(parsingContext);
    } catch {
      const { codes: { ERR_INVALID_ARG_TYPE } } = require('../errors');
      throw new ERR_INVALID_ARG_TYPE('options.parsingContext', 'Context', parsingContext);
    }
  }
  validateArray(contextExtensions, 'options.contextExtensions');
  contextExtensions.forEach((one, i) => validateObject(one, `options.contextExtensions[${i}]`, validators().kValidateObjectAllowNullable));
  const id = idOf(importModuleDynamically);
  let made;
  try {
    made = binding.compileFunction(code, place.filename, place.lineOffset, place.columnOffset, id, place.cachedData, context,
      contextExtensions, params ?? []);
  } catch (error) {
    throw arrow().decorate(error);
  }
  const [fn, rejected] = made;
  setReferrer(id, fn);
  if (place.cachedData !== undefined) {
    fn.cachedDataRejected = rejected;
  } else if (place.produceCachedData) {
    fn.cachedDataProduced = true;
    fn.cachedData = binding.codeCache(fn);
  }
  return fn;
}

module.exports = { Script, compileFunction, checkCachedData, runOptions };
