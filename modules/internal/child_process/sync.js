'use strict';
// Node documentation: child_process.spawnSync, execFileSync, execSync. The child runs on a loop of its own
// (runtime/bindings/process_spawn.c), so nothing else of the program runs meanwhile.

const binding = internalBinding('process_spawn');
const { errnoException, codes: { ERR_INVALID_ARG_TYPE } } = require('../errors');
const { validateString } = require('../validators');
const { PIPE, checkMaxBuffer, checkTimeout, killSignalOf, normalize, readStdio, signalNames, toSignal } = require('./arguments');
const { MAX_BUFFER } = require('./exec');

/** @returns {Buffer | ArrayBufferView | undefined} what a pipe's reader finds */
function inputOf(input, encoding, name) {
  if (input === undefined || input === null) return undefined;
  if (typeof input === 'string') return Buffer.from(input, encoding && encoding !== 'buffer' ? encoding : 'utf8');
  if (ArrayBuffer.isView(input)) return input;
  throw new ERR_INVALID_ARG_TYPE(name, ['Buffer', 'TypedArray', 'DataView', 'string'], input);
}

function spawnSync(file, args, options) {
  const normal = normalize(file, args, options);
  checkTimeout(normal.timeout);
  checkMaxBuffer(normal.maxBuffer);
  const killSignal = killSignalOf(normal.killSignal) ?? toSignal(undefined);
  const entries = readStdio(normal.stdio, true);
  if (normal.input !== undefined && normal.input !== null) entries[0] = { kind: PIPE, input: normal.input };
  const stdio = entries.map((entry, i) => [entry.kind, entry.value, inputOf(entry.input, normal.encoding, `options.stdio[${i}]`)]);
  const result = binding.spawnSync({ ...normal, stdio }, normal.timeout ?? 0, normal.maxBuffer ?? MAX_BUFFER, killSignal);
  if (typeof result === 'number') throw errnoException(result, 'spawnSync');
  const [errno, pid, status, signal, ...outputs] = result;
  const text = (data) => (data && normal.encoding && normal.encoding !== 'buffer' ? data.toString(normal.encoding) : data ?? null);
  const output = entries.map((entry, i) => (i === 0 ? null : text(outputs[i])));
  const out = {
    pid, output, stdout: output[1], stderr: output[2], status: signal > 0 || (errno && !pid) ? null : status,
    signal: signal > 0 ? signalNames[signal] : null,
  };
  if (errno) {
    out.error = errnoException(errno, `spawnSync ${normal.file}`);
    out.error.path = normal.file;
    out.error.spawnargs = normal.args.slice(1);
    if (!pid) out.output = out.stdout = out.stderr = null;
  }
  return out;
}

function checkResult(result, command) {
  let { error } = result;
  if (!error && result.status !== 0) {
    error = new Error(`Command failed: ${command}${result.stderr?.length ? `\n${result.stderr}` : ''}`);
  }
  if (error) {
    const { error: own, ...facts } = result;
    throw Object.assign(error, facts);
  }
  return result.stdout;
}

/** The child's errors appear among this program's where nobody asked for another way. */
function passErrors(result, options) {
  if (!options?.stdio && result.stderr?.length) process.stderr.write(result.stderr);
}

function execFileSync(file, args, options) {
  if (args !== null && typeof args === 'object' && !Array.isArray(args)) [args, options] = [[], args];
  options = { __proto__: null, ...options };
  const result = spawnSync(file, args, options);
  passErrors(result, options);
  return checkResult(result, [file, ...(args ?? [])].join(' '));
}

function execSync(command, options) {
  validateString(command, 'command');
  options = { __proto__: null, ...options };
  const result = spawnSync(command, [], { ...options, shell: typeof options.shell === 'string' ? options.shell : true });
  passErrors(result, options);
  return checkResult(result, command);
}

module.exports = { execFileSync, execSync, spawnSync };
