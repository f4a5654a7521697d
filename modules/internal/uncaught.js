'use strict';
// What happens to an exception that nobody caught, and to the process after it (Node documentation: process events
// 'uncaughtException', 'uncaughtExceptionMonitor'; exit codes 1 and 7).
const binding = internalBinding('process');
const ids = require('./async_ids');

let capture = null;

/** process.setUncaughtExceptionCaptureCallback */
function setCapture(fn) {
  capture = fn;
  binding.setAborts(fn === null);
}

/** @returns {boolean} --abort-on-uncaught-exception */
const aborts = () => process.execArgv.some((arg) => /^--abort[-_]on[-_]uncaught[-_]exception$/.test(arg));

const hasCapture = () => capture !== null;

let domains = null;

/** node:domain sees an exception before the listeners do. @param {(error: any) => boolean} fn whether it took it */
function setDomains(fn) {
  domains = fn;
  const { stack } = new Error('where domain was required');
  domainsSince = stack.slice(stack.indexOf('\n') + 1);
}

let domainsSince = '';
/** The stack of the call that required node:domain, or ''. */
const usesDomains = () => domainsSince;

/** "file:line\nsource\n   ^\n" for where `error` was thrown, or "". */
function arrow(error) {
  if (require('./loader/arrow').isDecorated(error)) return '';
  const { arrowOf } = require('./loader/arrow');
  return arrowOf(error, true);
}

function describe(error) {
  const isError = typeof error === 'object' && error !== null && (error instanceof Error || typeof error.stack === 'string');
  if (!isError) {
    const { inspect } = require('../node/util');
    const hint = Object(error) === error ? '' : '(Use `jsd --trace-uncaught ...` to show where the exception was thrown)\n';
    return `\n${arrow(error).replace(/\n\n$/, '\n')}${typeof error === 'string' ? error : inspect(error)}\n${hint}`;
  }
  const { inspect } = require('../node/util');
  const place = arrow(error); // before `stack` is read: that forgets the frames
  let text;
  try {
    text = inspect(error);
    const emitted = error[require('../node/events').kEnhanceStackBeforeInspector]?.(); // an unhandled 'error' event
    if (emitted) text = text.replace(error.stack, (stack) => stack + emitted);
  } catch {
    text = String(error.stack);
  }
  return `${place}${text}\n`;
}

/** What is printed of an exception that ends the process. */
function lastWords(error) {
  let text;
  try {
    text = describe(error);
  } catch {
    text = 'Uncaught exception (its description threw as well)\n';
  }
  return `${text}\nNode.js ${process.version}\n`;
}

/** Prints an exception as the last words of the process. */
function print(error) {
  binding.writeError(lastWords(error));
}

/**
 * From C, and from rejections. Returns where somebody took the exception: what was under way has ended then, and what
 * waited for its end (ticks, the rest of the immediates) goes on with the loop's next callback, which is made sure of.
 * @param {any} error
 * @param {boolean} [fromPromise]
 */
function uncaught(error, fromPromise = false) {
  const origin = fromPromise ? 'unhandledRejection' : 'uncaughtException';
  let failure = error;
  let code = 1;
  try {
    process.emit('uncaughtExceptionMonitor', error, origin);
    if (take(error, origin)) {
      require('./timers').setImmediate(() => {});
      ids.unwind();
      return true;
    }
  } catch (second) {
    failure = second;
    code = 7;
  }
  end(failure, code);
  return false;
}

function take(error, origin) {
  if (capture !== null) {
    capture(error);
    return true;
  }
  if (domains !== null && domains(error)) return true;
  return process.emit('uncaughtException', error, origin);
}

/** The 'exit' event, then the last words, as Node orders them. */
function end(error, code) {
  require('./tick').stopTicks();
  const inThread = !internalBinding('worker').isMain();
  const text = inThread ? '' : lastWords(error);
  try {
    if (!process._exiting) {
      process._exiting = true;
      process.exitCode = code;
      process.emit('exit', code);
      code = process.exitCode ?? code;
    }
  } catch { /* the exception that ends the process is the one to print */ }
  if (inThread) {
    require('./worker/thread').lastWords(error); // its parent's 'error' event
  } else {
    binding.writeError(text);
    require('./exit_hooks').runEndHooks();
    if (aborts()) binding.abort();
  }
  const wanted = Number(code ?? 1);
  binding.reallyExit(inThread ? wanted || 1 : wanted);
}

module.exports = { uncaught, print, setCapture, hasCapture, setDomains, usesDomains, aborts };
