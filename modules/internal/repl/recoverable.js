'use strict';
// Whether a text that does not compile is only the beginning of one that does (Node documentation: REPL, "Recoverable
// errors"). The engine's parser says so itself where the text just ends; where its message names the construct instead,
// the text is compiled again with something behind it: a mistake in the text stays the same mistake.
const binding = internalBinding('vm');

class Recoverable extends SyntaxError {
  /** @param {Error} [error] the reason */
  constructor(error) {
    super();
    this.err = error;
  }
}

/** @returns {string | undefined} what is wrong with a text */
function mistake(code) {
  try {
    binding.compileScript(code, 'repl', 0, 0, undefined, undefined);
    return undefined;
  } catch (error) {
    return error.message;
  }
}

const unexpectedEnd = /^Unexpected end of input$/;

function isRecoverable(message, code) {
  if (unexpectedEnd.test(message)) return true;
  if (/^Unterminated template literal|^Missing } in template expression/.test(message)) return true;
  if (/^missing \) after argument list/.test(message)) return unexpectedEnd.test(mistake(`${code},`) ?? '');
  if (!/^Invalid or unexpected token/.test(message)) return false;
  const same = (more) => /^Invalid or unexpected token/.test(mistake(code + more) ?? '');
  if (code.lastIndexOf('/*') > code.lastIndexOf('*/') && !same('*/')) return true;
  return /\\\s*$/.test(code) && ['"', "'"].some((quote) => !same(`\n${quote}`));
}

/** @param {any} error what compiling threw @param {string} code */
function isRecoverableError(error, code) {
  return error?.name === 'SyntaxError' && isRecoverable(`${error.message}`, code.replace(/\n$/, ''));
}

/** As Node's repl.isValidSyntax. @param {string} code */
const isValidSyntax = (code) => mistake(code) === undefined || mistake(`_=${code}`) === undefined;

module.exports = { Recoverable, isRecoverableError, isValidSyntax, mistake };
