'use strict';
// Whether a text without a declared format is an ES module (Node documentation: Modules: Packages, "Syntax detection").
const binding = internalBinding('module');

/** Only an ES module may say this. */
const certain = [
  'Cannot use import statement outside a module',
  "Unexpected token 'export'",
  "Cannot use 'import.meta' outside a module",
];
/** These may also be mistakes: an ES module it is only where it compiles as one. */
const possible = [
  /^await is only valid/,
  /^Unexpected reserved word$/,
  /^Unexpected strict mode reserved word$/,
  /^missing \) after argument list$/,
  /^Unexpected identifier/,
  /^Identifier '(__filename|__dirname|await|exports|module|require)' has already been declared$/,
];

/** Whether compiling as CommonJS failed on what only an ES module may say. */
const hasModuleSyntax = (error) => error instanceof SyntaxError && certain.includes(error.message);

/**
 * @param {any} error what compiling as CommonJS threw
 * @param {string} source
 * @param {string} name
 */
function looksLikeModule(error, source, name) {
  if (!require('./options').detectModule || !(error instanceof SyntaxError)) return false;
  const message = String(error.message);
  if (certain.includes(message)) return true;
  if (!possible.some((pattern) => pattern.test(message))) return false;
  try {
    internalBinding('esm').compileModule(source, name);
    return true;
  } catch {
    return false;
  }
}

/** @returns {'commonjs' | 'module'} the format of a .js text; whatever compiles as neither is CommonJS */
function formatOf(source, name) {
  try {
    binding.compileCommonJS(source, name);
  } catch (error) {
    if (looksLikeModule(error, source, name)) return 'module';
  }
  return 'commonjs';
}

module.exports = { hasModuleSyntax, looksLikeModule, formatOf };
