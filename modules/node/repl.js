'use strict';
// node:repl: a face on internal/repl/.
const { REPLServer, writer, sloppy, strict } = require('../internal/repl/server');
const { Recoverable, isValidSyntax } = require('../internal/repl/recoverable');
const completion = require('../internal/repl/completion');
const { deprecate } = require('./util');

/** Node documentation: repl.start([options]). */
function start(...args) { return new REPLServer(...args); }

module.exports = {
  start,
  writer,
  REPLServer,
  REPL_MODE_SLOPPY: sloppy,
  REPL_MODE_STRICT: strict,
  Recoverable,
  isValidSyntax,
};

function deprecatedList(name, code, enumerable) {
  const text = `repl.${name} is deprecated. Check module.builtinModules instead`;
  Object.defineProperty(module.exports, name, {
    configurable: true,
    enumerable,
    get: deprecate(() => completion.modules.names, text, code),
    set: deprecate((value) => { completion.modules.names = value; }, text, code),
  });
}
deprecatedList('builtinModules', 'DEP0191', false);
deprecatedList('_builtinLibs', 'DEP0142', false);
