'use strict';
// Pictures of the heap for debuggers: v8.getHeapSnapshot, writeHeapSnapshot, setHeapSnapshotNearHeapLimit and the options
// --heapsnapshot-signal and --heapsnapshot-near-heap-limit; and v8.queryObjects, which looks through it.
const path = require('../node/path');
const { UVException } = require('./errors');
const { toPath } = require('./fs/arguments');
const { load } = require('./loader/builtins');
const { validateBoolean, validateFunction, validateInteger, validateObject, validateOneOf } = require('./validators');
const settings = require('./cli_settings');

const binding = internalBinding('heap');
const PIECE = 65536;

function optionsOf(options) {
  validateObject(options, 'options');
  const { exposeInternals = false, exposeNumericValues = false } = options;
  validateBoolean(exposeInternals, 'options.exposeInternals');
  validateBoolean(exposeNumericValues, 'options.exposeNumericValues');
  return [exposeInternals, exposeNumericValues];
}

/** @returns {import('stream').Readable} of JSON */
function getHeapSnapshot(options = {}) {
  let bytes = binding.snapshotBytes(...optionsOf(options));
  const { Readable } = load('stream');
  return new Readable({
    read() {
      const piece = bytes.subarray(0, PIECE);
      bytes = bytes.subarray(piece.length);
      this.push(piece.length === 0 ? null : piece);
    },
  });
}

const defaultPath = () => path.join(settings.get('--diagnostic-dir') ?? '', binding.fileName('Heap', 'heapsnapshot'));

/** @param {string | Buffer | URL} [filename] @returns {string} the file's name; throws what the system refuses */
function writeHeapSnapshot(filename = undefined, options = {}) {
  const file = filename === undefined ? defaultPath() : toPath(filename);
  const wanted = optionsOf(options);
  const fs = load('fs');
  const fd = fs.openSync(file, 'w');
  let error;
  try {
    error = binding.snapshotWrite(fd, ...wanted);
  } finally {
    fs.closeSync(fd);
  }
  if (error < 0) throw new UVException({ errno: error, syscall: 'write', path: `${file}` });
  return typeof file === 'string' ? file : `${file}`;
}

let limitSet = false;

/** @param {number} limit how many snapshots at most; counts once in a process */
function setHeapSnapshotNearHeapLimit(limit) {
  validateInteger(limit, 'limit', 1, 0xffffffff);
  if (limitSet) return;
  limitSet = true;
  binding.nearLimit(limit, path.resolve(settings.get('--diagnostic-dir') ?? ''));
}

/** --heapsnapshot-near-heap-limit=N and --heapsnapshot-signal=NAME. */
function startFromOptions() {
  const limit = settings.get('--heapsnapshot-near-heap-limit');
  if (limit !== undefined) {
    if (!/^\d+$/.test(limit)) {
      internalBinding('process').writeError(`${process.execPath}: --heapsnapshot-near-heap-limit must not be negative\n`);
      process.reallyExit(9);
    }
    if (Number(limit) > 0) setHeapSnapshotNearHeapLimit(Number(limit));
  }
  const signal = settings.get('--heapsnapshot-signal');
  if (signal !== undefined) {
    require('./validators').validateSignalName(signal);
    process.on(signal, () => writeHeapSnapshot());
  }
}

/** Node documentation: v8.queryObjects(ctor[, options]). @returns {number | string[]} */
function queryObjects(ctor, options = { format: 'count' }) {
  validateFunction(ctor, 'constructor');
  validateObject(options, 'options');
  const { format = 'count' } = options;
  validateOneOf(format, 'options.format', ['count', 'summary']);
  require('./experimental').warnExperimental('v8.queryObjects()');
  const found = binding.objects(ctor.prototype);
  if (format === 'count') return found.length;
  const { inspect } = load('util');
  return found.map((object) => inspect(object, { depth: 0 }));
}

module.exports = { getHeapSnapshot, queryObjects, setHeapSnapshotNearHeapLimit, startFromOptions, writeHeapSnapshot };
