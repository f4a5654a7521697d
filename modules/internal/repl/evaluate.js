'use strict';
// The REPL's own evaluation (Node documentation: REPL, "Default evaluation"). What begins with "{" is an object literal if it
// can be one. `await` at the top makes a promise of it: until that is settled, the server holds what comes in.
const { load } = require('../loader/builtins');
const { Recoverable, isRecoverableError } = require('./recoverable');

/** How a text may be meant, in the order in which it is tried: { code, isAsync }. */
function* readings(code) {
  if (/^\s*\{/.test(code) && !/;\s*$/.test(code)) yield { code: `(${code.trim()})\n`, isGuess: true };
  yield { code };
}

function compile(server, code, name) {
  const { Script } = load('vm');
  const source = server.isStrict && code.trim() !== '' ? `'use strict'; void 0;\n${code}` : code;
  return new Script(source, { filename: name, importModuleDynamically: require('../vm/import').REPL_LOADER });
}

function run(server, script, context) {
  const options = { displayErrors: false, breakOnSigint: server.breakEvalOnSigint };
  const wasRaw = server.breakEvalOnSigint && server.terminal ? server._setRawMode(false) : false;
  try {
    return server.useGlobal ? script.runInThisContext(options) : script.runInContext(context, options);
  } finally {
    if (server.breakEvalOnSigint && server.terminal) server._setRawMode(wasRaw ?? true);
  }
}

/** Waits for what an `await` at the top is about; SIGINT ends the waiting where the server breaks on it. */
function settle(server, promise, done) {
  let over = false;
  const finish = (error, value) => {
    if (over) return;
    over = true;
    process.removeListener('SIGINT', onInterrupt);
    server.removeListener('SIGINT', onInterrupt);
    done(error, value);
    server._release();
  };
  const onInterrupt = () => {
    const { codes: { ERR_SCRIPT_EXECUTION_INTERRUPTED } } = require('../errors');
    finish(new ERR_SCRIPT_EXECUTION_INTERRUPTED());
  };
  if (server.breakEvalOnSigint) {
    process.once('SIGINT', onInterrupt);
    server.prependOnceListener('SIGINT', onInterrupt);
  }
  server._hold();
  promise.then((result) => finish(null, result?.value), (error) => finish(error));
}

/** The script of a text, in the reading that compiles. */
function compiled(server, code, name) {
  let failure;
  for (const reading of readings(code)) {
    try {
      return { script: compile(server, reading.code, name) };
    } catch (error) {
      failure = error;
      if (!reading.isGuess) break;
    }
  }
  if (server.allowsAwait && /\bawait\b/.test(code)) {
    const { wrapAwait } = require('./top_await');
    const wrapped = wrapAwait(code);
    try {
      if (wrapped !== null) return { script: compile(server, wrapped.code, name), isAsync: true };
    } catch (error) {
      // What is wrong with the wrapped text: its own message where the text itself was no script only for its await.
      if (/await is only valid|^Unexpected (?:identifier|reserved word|strict mode)/.test(failure.message)) failure = error;
      if (isRecoverableError(error, wrapped.code) || isRecoverableError(failure, code)) failure = new Recoverable(failure);
    }
  }
  throw failure;
}

/**
 * @param {object} server
 * @param {string} code
 * @param {object} context
 * @param {string} name
 * @param {(error: any, value?: any) => void} done
 */
function evaluate(server, code, context, name, done) {
  if (/^\s*$/.test(code)) {
    done(null);
    return;
  }
  let prepared;
  try {
    prepared = compiled(server, code, name);
  } catch (error) {
    if (error instanceof Recoverable) done(error);
    else done(isRecoverableError(error, code) ? new Recoverable(error) : error);
    return;
  }
  let value;
  server._noListenersOfUncaught(true);
  try {
    value = run(server, prepared.script, context);
  } catch (error) {
    // A domain entered by the text itself takes what it threw.
    if (process.domain && process.domain !== server._domain) {
      process.domain.emit('error', error);
      process.domain.exit();
      return;
    }
    done(error, undefined, true);
    return;
  } finally {
    server._noListenersOfUncaught(false);
  }
  if (prepared.isAsync) settle(server, value, done);
  else done(null, value);
}

module.exports = { evaluate };
