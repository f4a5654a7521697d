'use strict';
// process.execve: another program in this process's place (Node documentation: process.execve).
const { codes: { ERR_INVALID_ARG_VALUE } } = require('./errors');
const { channel } = require('./diagnostics');
const { validateArray, validateObject, validateString } = require('./validators');

const published = channel('process.execve');
const clean = (value) => typeof value === 'string' && !value.includes('\u0000');

/** @param {string} execPath @param {string[]} [args] argv[0] first @param {Record<string, string>} [env] */
function execve(execPath, args = [], env = process.env) {
  require('./experimental').warnExperimental('process.execve');
  validateString(execPath, 'execPath');
  validateArray(args, 'args');
  args.forEach((one, i) => {
    if (!clean(one)) throw new ERR_INVALID_ARG_VALUE(`args[${i}]`, one, 'must be a string without null bytes');
  });
  validateObject(env, 'env');
  const pairs = Object.entries(env);
  if (!pairs.every(([name, value]) => clean(name) && clean(value))) {
    throw new ERR_INVALID_ARG_VALUE('env', env, 'must be an object with string keys and values without null bytes');
  }
  const environment = pairs.map(([name, value]) => `${name}=${value}`);
  if (published.hasSubscribers) published.publish({ execPath, args, env: environment });
  internalBinding('process').execve(execPath, args, environment); // returns where it failed, which ends the process
}

module.exports = { execve };
