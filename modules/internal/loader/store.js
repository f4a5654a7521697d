'use strict';
// What a generation of `jsd serve` keeps of names: where require() and import led, and which package a folder belongs
// to (runtime/module_store.h; texts are kept by binding.readFile itself). Answers are kept, not what was found on the
// way to them: a file that a deploy puts in front of the one that a sibling has loaded then changes nothing.
//
// "Not found" is different: programs make a file because it is missing, and load it then. So a missing one is believed
// only while the app starts, and only when this process asks for the first time.
const binding = internalBinding('module_store');

const { RESOLUTION, SCOPE } = binding.kinds;

let kept = false;
/** What this process was told to be missing. */
const missed = new Set();

/** Before the app is loaded. */
function start() {
  kept = binding.kept();
}

/**
 * @param {number} kind RESOLUTION or SCOPE
 * @param {string} key
 * @returns {string | null | undefined} null: there is none; undefined: unknown, the disk must be asked
 */
function find(kind, key) {
  const value = binding.find(kind, key);
  if (value !== null) return value;
  if (missed.has(key) || !binding.starting()) return undefined;
  missed.add(key);
  return null;
}

/**
 * Keeps what the disk said.
 * @param {number} kind
 * @param {string} key
 * @param {string | null} value null: there is none
 * @returns {string | null} what counts: a sibling may have been first
 */
function settle(kind, key, value) {
  if (value === null) {
    if (!binding.starting()) return null;
    missed.add(key);
  }
  return binding.settle(kind, key, value) ? binding.find(kind, key) : value;
}

module.exports = { start, find, settle, kept: () => kept, RESOLUTION, SCOPE };
