'use strict';
// node:child_process: a face on internal/child_process/.

const { genericNodeError } = require('../internal/errors');
const { validateArray, validateObject } = require('../internal/validators');
const { checkNull } = require('../internal/child_process/arguments');
const { ChildProcess, spawn } = require('../internal/child_process/child');
const { exec, execFile } = require('../internal/child_process/exec');
const { execFileSync, execSync, spawnSync } = require('../internal/child_process/sync');

/** Node documentation: child_process.fork(modulePath[, args][, options]): a child with a channel for messages. */
function fork(modulePath, args = [], options) {
  modulePath = `${require('../internal/fs/arguments').toPath(modulePath, 'modulePath')}`;
  if (args === null || args === undefined) args = [];
  else if (typeof args === 'object' && !Array.isArray(args)) [args, options] = [[], args];
  else validateArray(args, 'args');
  if (options !== undefined && options !== null) validateObject(options, 'options');
  options = { __proto__: null, ...options, shell: false };
  const execArgv = options.execArgv ?? process.execArgv;
  validateArray(execArgv, 'options.execArgv');
  checkNull(options.execPath, 'options.execPath');
  if (typeof options.stdio === 'string') {
    options.stdio = [options.stdio, options.stdio, options.stdio, 'ipc'];
  } else if (!options.stdio) {
    options.stdio = options.silent ? ['pipe', 'pipe', 'pipe', 'ipc'] : ['inherit', 'inherit', 'inherit', 'ipc'];
  } else if (!options.stdio.includes('ipc')) {
    throw genericNodeError("Forked processes must have an IPC channel, missing value 'ipc' in options.stdio",
      { code: 'ERR_CHILD_PROCESS_IPC_REQUIRED' });
  }
  return spawn(options.execPath || process.execPath, [...execArgv, modulePath, ...args], options);
}

module.exports = { ChildProcess, spawn, exec, execFile, fork, spawnSync, execFileSync, execSync };
