'use strict';
// util.parseArgs.

const {
  codes: {
    ERR_INVALID_ARG_VALUE, ERR_PARSE_ARGS_INVALID_OPTION_VALUE, ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL, ERR_PARSE_ARGS_UNKNOWN_OPTION,
  },
} = require('./errors');
const {
  validateArray, validateBoolean, validateBooleanArray, validateObject, validateString, validateStringArray, validateUnion,
} = require('./validators');

function defaultArgs() {
  const { execArgv } = process;
  const evaluates = execArgv.some((one) => one === '-e' || one === '--eval' || one === '-p' || one === '--print');
  return process.argv.slice(evaluates ? 1 : 2);
}

/** Splits arguments into tokens: {kind: 'option'|'positional'|'option-terminator', index, ...}. */
function tokenize(args, options) {
  const tokens = [];
  const findShort = (letter) => Object.keys(options).find((name) => options[name].short === letter) ?? letter;
  const takesValue = (name) => Object.hasOwn(options, name) && options[name].type === 'string';
  const queue = [...args];
  let index = -1;
  let groups = 0;
  while (queue.length > 0) {
    const arg = queue.shift();
    const next = queue[0];
    if (groups > 0) groups--;
    else index++;
    if (arg === '--') {
      tokens.push({ kind: 'option-terminator', index });
      for (const value of queue) tokens.push({ kind: 'positional', index: ++index, value });
      break;
    }
    if (/^-[^-]$/.test(arg)) {
      const name = findShort(arg[1]);
      const takes = takesValue(name) && next !== undefined;
      const value = takes ? queue.shift() : undefined;
      tokens.push({ kind: 'option', name, rawName: arg, index, value, inlineValue: takes ? false : undefined });
      if (takes) index++;
      continue;
    }
    if (/^-[^-]./.test(arg)) {
      const first = findShort(arg[1]);
      if (takesValue(first)) {
        tokens.push({ kind: 'option', name: first, rawName: `-${arg[1]}`, index, value: arg.slice(2), inlineValue: true });
        continue;
      }
      const expanded = [];
      for (let i = 1; i < arg.length; i++) {
        const name = findShort(arg[i]);
        if (takesValue(name) && i !== arg.length - 1) {
          expanded.push(`-${arg.slice(i)}`);
          break;
        }
        expanded.push(`-${arg[i]}`);
      }
      queue.unshift(...expanded);
      groups = expanded.length;
      continue;
    }
    if (/^--.[^=]*=/.test(arg) || (arg.startsWith('--') && arg.indexOf('=', 3) !== -1)) {
      const at = arg.indexOf('=', 3);
      const name = arg.slice(2, at);
      tokens.push({ kind: 'option', name, rawName: `--${name}`, index, value: arg.slice(at + 1), inlineValue: true });
      continue;
    }
    if (arg.length > 2 && arg.startsWith('--')) {
      const name = arg.slice(2);
      const takes = takesValue(name) && next !== undefined;
      const value = takes ? queue.shift() : undefined;
      tokens.push({ kind: 'option', name, rawName: arg, index, value, inlineValue: takes ? false : undefined });
      if (takes) index++;
      continue;
    }
    tokens.push({ kind: 'positional', index, value: arg });
  }
  return tokens;
}

function checkStrict(token, options, allowPositionals, allowNegative) {
  const known = Object.hasOwn(options, token.name);
  const positive = allowNegative && !known && token.name.startsWith('no-') ? token.name.slice(3) : undefined;
  if (!known && !(positive !== undefined && Object.hasOwn(options, positive) && options[positive].type === 'boolean')) {
    throw new ERR_PARSE_ARGS_UNKNOWN_OPTION(token.rawName, allowPositionals);
  }
  const { type, short } = options[positive ?? token.name];
  const shown = `${short ? `-${short}, ` : ''}--${positive ?? token.name}`;
  if (type === 'string' && typeof token.value !== 'string') {
    throw new ERR_PARSE_ARGS_INVALID_OPTION_VALUE(`Option '${shown} <value>' argument missing`);
  }
  if (type === 'boolean' && token.value != null) {
    throw new ERR_PARSE_ARGS_INVALID_OPTION_VALUE(`Option '${shown}' does not take an argument`);
  }
  if (token.inlineValue === false && token.value !== undefined && token.value.length > 1 && token.value.startsWith('-')) {
    const short = token.rawName.startsWith('--') ? '' : ` or '${token.rawName}${token.value}'`;
    throw new ERR_PARSE_ARGS_INVALID_OPTION_VALUE(
      `Option '${token.rawName}' argument is ambiguous.\nDid you forget to specify the option argument for '${token.rawName}'?\n` +
      `To specify an option argument starting with a dash use '--${token.name}=-XYZ'${short ? ` or '${token.rawName}-XYZ'` : ''}.`);
  }
}

function store(token, options, values, allowNegative) {
  let { name, value } = token;
  if (name === '__proto__') return;
  if (allowNegative && value === undefined && name.startsWith('no-') && !Object.hasOwn(options, name)) {
    name = name.slice(3);
    value = false;
    token.name = name;
  }
  const given = value ?? true;
  if (options[name]?.multiple) (values[name] ??= []).push(given);
  else values[name] = given;
}

/**
 * @param {{args?: string[], options?: object, strict?: boolean, allowPositionals?: boolean, allowNegative?: boolean, tokens?: boolean}} [config]
 * @returns {{values: object, positionals: string[], tokens?: object[]}}
 */
function parseArgs(config = {}) {
  const args = config.args ?? defaultArgs();
  const strict = config.strict ?? true;
  const allowPositionals = config.allowPositionals ?? !strict;
  const returnTokens = config.tokens ?? false;
  const allowNegative = config.allowNegative ?? false;
  const options = { __proto__: null, ...config.options };
  validateArray(args, 'args');
  validateBoolean(strict, 'strict');
  validateBoolean(allowPositionals, 'allowPositionals');
  validateBoolean(returnTokens, 'tokens');
  validateBoolean(allowNegative, 'allowNegative');
  if (config.options !== undefined) validateObject(config.options, 'options');
  for (const [name, option] of Object.entries(options)) {
    validateObject(option, `options.${name}`);
    validateUnion(option.type, `options.${name}.type`, ['string', 'boolean']);
    if (Object.hasOwn(option, 'short')) {
      validateString(option.short, `options.${name}.short`);
      if (option.short.length !== 1) throw new ERR_INVALID_ARG_VALUE(`options.${name}.short`, option.short, 'must be a single character');
    }
    if (Object.hasOwn(option, 'multiple')) validateBoolean(option.multiple, `options.${name}.multiple`);
    if (option.default !== undefined) {
      const check = option.type === 'string'
        ? (option.multiple ? validateStringArray : validateString)
        : (option.multiple ? validateBooleanArray : validateBoolean);
      check(option.default, `options.${name}.default`);
    }
  }
  const tokens = tokenize(args, options);
  const values = { __proto__: null };
  const positionals = [];
  for (const token of tokens) {
    if (token.kind === 'option') {
      if (strict) checkStrict(token, options, allowPositionals, allowNegative);
      store(token, options, values, allowNegative);
    } else if (token.kind === 'positional') {
      if (!allowPositionals) throw new ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL(token.value);
      positionals.push(token.value);
    }
  }
  for (const [name, option] of Object.entries(options)) {
    if (option.default !== undefined && values[name] === undefined) values[name] = option.default;
  }
  return returnTokens ? { values, positionals, tokens } : { values, positionals };
}

module.exports = { parseArgs };
