'use strict';
// The options of the command line and of NODE_OPTIONS as they were given, for whatever looks one up when it needs it.
// runtime/command_line.c sets them through run_main's `option` before the program runs.

/** @type {Map<string, (string | undefined)[]>} name → the values in order; undefined for one without a value */
const given = new Map();

/** @type {Map<string, () => void>} */
const listeners = new Map();

/** Calls back when an option is given, for what has to be in place before the program runs. */
function whenSet(name, callback) {
  listeners.set(name, callback);
}

/** @param {string} name with its dashes @param {string} [value] */
function set(name, value) {
  listeners.get(name)?.();
  // The last of "--x" and "--no-x" counts.
  given.delete(name.startsWith('--no-') ? `--${name.slice(5)}` : `--no-${name.slice(2)}`);
  const values = given.get(name);
  if (values === undefined) given.set(name, [value]);
  else values.push(value);
}

/** Whether an option was given, and its --no- form not after it. */
function has(name) {
  return given.has(name);
}

/** The last value. */
const get = (name) => given.get(name)?.at(-1);

/** All values in order. @returns {string[]} */
const all = (name) => given.get(name) ?? [];

module.exports = { all, get, given, has, set, whenSet };
