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
  const message = binding.messageOf(error);
  if (message === undefined) return '';
  const [resource, line, start, end, source] = message;
  if (source === undefined || resource === undefined || resource.startsWith('node:')) return `${resource ?? ''}:${line}\n`;
  const blank = source.slice(0, start).replace(/[^\t]/g, ' ');
  return `${resource}:${line}\n${source}\n${blank}${'^'.repeat(Math.max(1, end - start))}\n\n`;
}

function describe(error, fromPromise) {
  const isError = typeof error === 'object' && error !== null && (error instanceof Error || typeof error.stack === 'string');
  if (!isError) {
    const { inspect } = require('../node/util');
    return `${arrow(error)}${fromPromise ? '' : 'Uncaught:\n'}${typeof error === 'string' ? `'${error}'` : inspect(error)}\n(Use \`jsd --trace-uncaught ...\` to show where the exception was thrown)\n`;
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

/** Prints an exception as the last words of the process. */
function print(error, fromPromise) {
  let text;
  try {
    text = describe(error, fromPromise);
  } catch {
    text = 'Uncaught exception (its description threw as well)\n';
  }
  binding.writeError(`${text}\nNode.js ${process.version}\n`);
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
    print(second, false);
    exit(7);
  }
  print(error, fromPromise);
  exit(1);
}

function exit(code) {
  const { stopTicks } = require('./tick');
  stopTicks();
  try {
    if (!process._exiting) {
      process._exiting = true;
      process.exitCode = code;
      process.emit('exit', code);
      code = process.exitCode ?? code;
    }
  } catch { /* the exception that ends the process has been printed */ }
  binding.reallyExit(Number(code) || 1);
}

module.exports = { uncaught, print, setCapture, hasCapture };
