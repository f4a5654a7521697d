'use strict';
// structuredClone (HTML, section 2.7.4) through the engine's serialiser. Objects that it does not know are those of
// internal/cloneable.js, or are refused with DataCloneError, as are functions and symbols.

const {
  codes: { ERR_MISSING_ARGS },
} = require('../internal/errors');
const { kindOf, mark } = require('../internal/cloneable');
const untransferable = require('../internal/untransferable');
const { DOMException } = require('./dom_exception');

const binding = internalBinding('util');
const { ARRAY_BUFFER } = binding.classes;
const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';
const isArrayBuffer = (value) => isObject(value) && (binding.classify(value) & ARRAY_BUFFER) !== 0;
const refuse = (message) => new DOMException(message, 'DataCloneError');

const none = [];

/** Memory that several hold: C makes the new object over it. */
const shared = { unpack: (buffer) => buffer };

function idlError(text) {
  return Object.assign(new TypeError(`Failed to execute 'structuredClone': ${text}`), { code: 'ERR_INVALID_ARG_TYPE' });
}

/**
 * @param {any} value
 * @param {{transfer?: Iterable<ArrayBuffer|MessagePort|ReadableStream|WritableStream|TransformStream>}} [options]
 * @throws {DOMException} DataCloneError
 */
function structuredClone(value, options = undefined) {
  if (arguments.length === 0) throw new ERR_MISSING_ARGS('The "value" argument must be specified');
  if (options !== undefined && options !== null && !isObject(options))
    throw idlError('Options cannot be converted to a dictionary');
  const transfer = options?.transfer;
  if (transfer === undefined) return isObject(value) || typeof value === 'symbol' ? receive(send(value)) : value;
  if (!isObject(transfer) || typeof transfer[Symbol.iterator] !== 'function')
    throw idlError('transfer in Options cannot be converted to sequence.');
  const list = [...transfer];
  list.forEach((one, i) => {
    if (!isObject(one)) throw idlError(`transfer in Options[${i}] is not an object.`);
  });
  return receive(send(value, list));
}

/** Refuses what cannot be transferred now, before anything is. */
function checkTransfer(list) {
  for (const one of list) {
    const buffer = isArrayBuffer(one);
    const kind = buffer ? undefined : kindOf(one);
    if (!buffer && !kind?.transfers) throw refuse('Found invalid value in transferList.');
    if (untransferable.isMarked(one)) throw refuse('Cannot transfer object of unsupported type.');
    if (buffer && binding.isDetached(one)) throw refuse('An ArrayBuffer is detached and could not be cloned.');
    const refusal = kind?.refusal?.(one);
    if (refusal !== undefined) throw refuse(refusal);
  }
  if (new Set(list).size === list.length) return;
  const twice = list.find((one, i) => list.indexOf(one) !== i);
  throw refuse(`Transfer list contains duplicate ${isArrayBuffer(twice) ? 'ArrayBuffer' : twice.constructor?.name}`);
}

/**
 * @param {any} value @param {object[]} [transfer]
 * @returns {{bytes: Uint8Array, buffers: ArrayBuffer[], hosts: {kind, data}[], moved: number[]}} the message; what
 *   was transferred is
 *   detached. moved: which of the hosts are those of the transfer list, in its order
 */
function send(value, transfer = undefined) {
  const list = transfer ?? [];
  if (list.length > 0) checkTransfer(list);
  const buffers = list.filter(isArrayBuffer);
  const others = list.length === buffers.length ? [] : list.filter((one) => !isArrayBuffer(one));
  for (const one of others) mark(one);
  const hosts = [];
  let bytes;
  try {
    // Takes the memory of `buffers` into new ones in their places.
    bytes = binding.serialize(value, buffers.length > 0 ? buffers : undefined, hosts);
  } catch (error) {
    if (error instanceof DOMException) throw error;
    // Getters of the value may throw errors of their own; those go through.
    if (/could not be cloned|cannot be cloned|#<.*> could/.test(`${error?.message}`)) throw refuse(error.message);
    throw error;
  }
  if (hosts.length === 0 && others.length === 0) return { bytes, buffers, hosts: none, moved: none };
  for (const host of hosts) {
    const kind = kindOf(host);
    if (kind?.uncloneable) throw refuse('Cannot clone object of unsupported type.');
    if (kind?.transfers && !others.includes(host))
      throw refuse('Object that needs transfer was found in message but not listed in transferList');
  }
  const indices = new Map(hosts.map((host, i) => [host, i]));
  for (const one of others) if (!indices.has(one)) indices.set(one, hosts.push(one) - 1);
  const packed = hosts.map((host) => {
    const kind = kindOf(host);
    if (kind === undefined) return { kind: shared, data: host };
    // What was packed before may have taken this one along: a stream its ends.
    const refusal = kind.refusal?.(host);
    if (refusal !== undefined) throw refuse(refusal);
    return { kind, data: kind.pack(host) };
  });
  return { bytes, buffers, hosts: packed, moved: others.map((one) => indices.get(one)) };
}

/**
 * @param {{value?: any, objects?: object[]}} [into] gets the objects that were transferred, but for buffers
 * @returns {any}
 */
function receive({ bytes, buffers, hosts, moved }, into = undefined) {
  if (hosts === none) return binding.deserialize(bytes, buffers.length > 0 ? buffers : undefined);
  const objects = hosts.map(({ kind, data }) => kind.unpack(data));
  if (into !== undefined) into.objects = moved.map((index) => objects[index]);
  return binding.deserialize(bytes, buffers.length > 0 ? buffers : undefined, objects.length > 0 ? objects : undefined);
}

module.exports = { receive, send, structuredClone };
