'use strict';
// The settings of a run, from the command line (Node documentation: cli, the options --test-*).
const settings = require('../cli_settings');
const { codes: { ERR_INVALID_ARG_VALUE } } = require('../errors');
const { validateNumber, validateOneOf, validateUint32 } = require('../validators');

const both = (...names) => names.flatMap((name) => settings.all(name));

function number(name) {
  const text = settings.get(name);
  return text === undefined ? undefined : Number(text);
}

/** --test-shard=INDEX/TOTAL */
function readShard() {
  const text = settings.get('--test-shard');
  if (text === undefined) return undefined;
  if (!/^\d+\/\d+$/.test(text)) {
    throw new ERR_INVALID_ARG_VALUE('--test-shard', text, 'must be in the form of <index>/<total>');
  }
  const [index, total] = text.split('/').map(Number);
  validateNumber(total, 'options.shard.total', 1, Number.MAX_SAFE_INTEGER);
  validateNumber(index, 'options.shard.index', 1, total);
  return { index, total };
}

function readReporters() {
  const reporters = settings.all('--test-reporter');
  const destinations = settings.all('--test-reporter-destination');
  if (reporters.length === 0 && destinations.length === 0) return { reporters: ['spec'], destinations: ['stdout'] };
  if (reporters.length === 1 && destinations.length === 0) return { reporters, destinations: ['stdout'] };
  if (reporters.length !== destinations.length) {
    throw new ERR_INVALID_ARG_VALUE('--test-reporter', reporters, 'must match the number of specified \'--test-reporter-destination\'');
  }
  return { reporters, destinations };
}

function threshold(name) {
  const value = number(name) ?? 0;
  validateUint32(value, name);
  if (value > 100) validateNumber(value, name, 0, 100);
  return value;
}

function readRandomSeed() {
  const seed = number('--test-random-seed');
  if (seed !== undefined) {
    require('../validators').validateInteger(seed, '--test-random-seed', 0, 0xffffffff);
    return seed;
  }
  return settings.has('--test-randomize') ? require('./random').newSeed() : undefined;
}

/** @returns {object} */
function fromCommandLine() {
  const { toRegExp } = require('./filter');
  const isTest = settings.has('--test');
  const isolation = settings.get('--test-isolation') ?? settings.get('--experimental-test-isolation') ?? 'process';
  validateOneOf(isolation, '--test-isolation', ['process', 'none']);
  const coverage = settings.has('--experimental-test-coverage');
  return {
    isTest,
    isolation,
    coverage,
    coverageExclude: both('--test-coverage-exclude'),
    coverageInclude: both('--test-coverage-include'),
    lineCoverage: threshold('--test-coverage-lines'),
    branchCoverage: threshold('--test-coverage-branches'),
    functionCoverage: threshold('--test-coverage-functions'),
    cwd: process.cwd(),
    fileConcurrency: number('--test-concurrency') || true,
    forceExit: settings.has('--test-force-exit'),
    globalSetup: settings.get('--test-global-setup'),
    namePatterns: settings.all('--test-name-pattern').map(toRegExp),
    skipPatterns: settings.all('--test-skip-pattern').map(toRegExp),
    tagFilters: settings.all('--experimental-test-tag-filter'),
    only: settings.has('--test-only'),
    randomSeed: readRandomSeed(),
    seedGiven: settings.has('--test-random-seed'),
    rerunFile: settings.get('--test-rerun-failures'),
    shard: isTest ? readShard() : undefined,
    timeout: number('--test-timeout') || undefined,
    updateSnapshots: settings.has('--test-update-snapshots'),
    watch: settings.has('--watch'),
    ...readReporters(),
  };
}

module.exports = { fromCommandLine };
