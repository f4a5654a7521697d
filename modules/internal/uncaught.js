'use strict';
// What happens to an exception that nobody caught, and to the process after it (Node documentation: process events
// 'uncaughtException', 'uncaughtExceptionMonitor'; exit codes 1 and 7).
const binding = internalBinding('process');

let capture = null;

/** process.setUncaughtExceptionCaptureCallback */
function setCapture(fn) {
  capture = fn;
}

const hasCapture = () => capture !== null;

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
 * From C, and from rejections.
 * @param {any} error
 * @param {boolean} [fromPromise]
 */
function uncaught(error, fromPromise = false) {
  const origin = fromPromise ? 'unhandledRejection' : 'uncaughtException';
  try {
    if (capture !== null) {
      capture(error);
      return;
    }
    process.emit('uncaughtExceptionMonitor', error, origin);
    if (process.emit('uncaughtException', error, origin)) return;
  } catch (second) {
    end(second, 7);
  }
  end(error, 1);
}

/** The 'exit' event, then the last words, as Node orders them. */
function end(error, code) {
  const { stopTicks } = require('./tick');
  stopTicks();
  const text = lastWords(error);
  try {
    if (!process._exiting) {
      process._exiting = true;
      process.exitCode = code;
      process.emit('exit', code);
      code = process.exitCode ?? code;
    }
  } catch { /* the exception that ends the process is the one to print */ }
  binding.writeError(text);
  binding.reallyExit(Number(code) || 1);
}

module.exports = { uncaught, print, setCapture, hasCapture };
