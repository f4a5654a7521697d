'use strict';
// process.emitWarning and the printing of warnings (Node documentation: process, event 'warning').
const settings = require('./cli_settings');

function onWarning(warning) {
  if (process.noWarnings) return;
  const disabled = settings.all('--disable-warning');
  if (disabled.includes(warning.name) || (warning.code && disabled.includes(warning.code))) return;
  const deprecation = warning.name === 'DeprecationWarning';
  if (deprecation && process.noDeprecation) return;
  const trace = process.traceProcessWarnings || (deprecation && process.traceDeprecation);
  let text = `(node:${process.pid}) `;
  if (warning.code) text += `[${warning.code}] `;
  text += trace && warning.stack ? warning.stack
    : typeof warning.toString === 'function' ? `${warning.toString()}` : Error.prototype.toString.call(warning);
  if (typeof warning.detail === 'string') text += `\n${warning.detail}`;
  if (!trace && !hinted) {
    hinted = true;
    text += `\n(Use \`jsd --trace-${deprecation ? 'deprecation' : 'warnings'} ...\` to show where the warning was created)`;
  }
  const file = settings.get('--redirect-warnings') ?? process.env.NODE_REDIRECT_WARNINGS;
  if (file) {
    try {
      require('./loader/builtins').load('fs').appendFileSync(file, `${text}\n`);
      return;
    } catch { /* then to stderr */ }
  }
  if (internalBinding('worker').isMain()) internalBinding('process').writeError(`${text}\n`);
  else process.stderr.write(`${text}\n`);
}

let hinted = false;

/**
 * Node documentation: process.emitWarning(warning[, options]) and (warning[, type[, code]][, ctor]).
 * @param {string | Error} warning
 */
function emitWarning(warning, type, code, ctor) {
  let detail;
  if (type !== null && typeof type === 'object' && !Array.isArray(type)) {
    ({ ctor, code, detail, type } = type);
  } else if (typeof type === 'function') {
    ctor = type;
    code = undefined;
    type = undefined;
  }
  const { validateString } = require('./validators');
  type ??= 'Warning';
  validateString(type, 'type');
  if (typeof code === 'function') {
    ctor = code;
    code = undefined;
  } else if (code !== undefined) {
    validateString(code, 'code');
  }
  if (typeof warning === 'string') {
    const message = warning;
    warning = new Error(message);
    warning.name = `${type}`;
    if (code !== undefined) warning.code = code;
    if (typeof detail === 'string') warning.detail = detail;
    Error.captureStackTrace(warning, ctor || emitWarning);
  } else if (!(warning instanceof Error)) {
    const { codes: { ERR_INVALID_ARG_TYPE } } = require('./errors');
    throw new ERR_INVALID_ARG_TYPE('warning', ['Error', 'string'], warning);
  }
  if (warning.name === 'DeprecationWarning') {
    if (process.noDeprecation) return;
    if (process.throwDeprecation) {
      process.nextTick(() => { throw warning; });
      return;
    }
  }
  process.nextTick(() => process.emit('warning', warning));
}

/** Whether deprecations of the documentation alone are told too: --pending-deprecation, NODE_PENDING_DEPRECATION=1. */
const pendingDeprecation = () => process.execArgv.includes('--pending-deprecation') || process.env.NODE_PENDING_DEPRECATION === '1';

module.exports = { emitWarning, onWarning, pendingDeprecation };
