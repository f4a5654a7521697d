'use strict';
// structuredClone (HTML, section 2.7.4) through the engine's serialiser. Objects that it does not know are those of
// internal/cloneable.js, or are refused with DataCloneError, as are functions and symbols.

const {
  codes: { ERR_MISSING_ARGS },
} = require('../internal/errors');
const { kindOf, mark, named } = require('../internal/cloneable');
const untransferable = require('../internal/untransferable');
const { DOMException } = require('./dom_exception');

const binding = internalBinding('util');
const messaging = internalBinding('messaging');
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

/** @throws {DOMException} what the engine says cannot be cloned */
function refused(error) {
  if (error instanceof DOMException) return error;
  // Getters of the value may throw errors of their own; those go through.
  if (/could not be cloned|cannot be cloned|#<.*> could|not detachable/.test(`${error?.message}`)) return refuse(error.message);
  return error;
}

/** What `transfer` lists: buffers, and marked objects. Nothing of it has been transferred yet. */
function sorted(transfer) {
  const list = transfer ?? none;
  if (list.length === 0) return [none, none];
  checkTransfer(list);
  const buffers = list.filter(isArrayBuffer);
  const others = list.length === buffers.length ? none : list.filter((one) => !isArrayBuffer(one));
  for (const one of others) mark(one);
  return [buffers, others];
}

/** Refuses what was found in a value; adds what is transferred besides. @returns {number[]} which of them those are */
function checkHosts(hosts, others) {
  for (const host of hosts) {
    const kind = kindOf(host);
    if (kind?.uncloneable) throw refuse('Cannot clone object of unsupported type.');
    if (kind?.transfers && !others.includes(host))
      throw refuse('Object that needs transfer was found in message but not listed in transferList');
  }
  if (others.length === 0) return none;
  const indices = new Map(hosts.map((host, i) => [host, i]));
  for (const one of others) if (!indices.has(one)) indices.set(one, hosts.push(one) - 1);
  return others.map((one) => indices.get(one));
}

/** What was packed before may have taken this one along: a stream its ends. */
function packed(kind, host) {
  const refusal = kind.refusal?.(host);
  if (refusal !== undefined) throw refuse(refusal);
  return kind.pack(host);
}

/**
 * @param {any} value @param {object[]} [transfer]
 * @returns {{bytes: Uint8Array, buffers: ArrayBuffer[], hosts: {kind, data}[], moved: number[]}} the message; what
 *   was transferred is
 *   detached. moved: which of the hosts are those of the transfer list, in its order
 */
function send(value, transfer = undefined) {
  const [buffers, others] = sorted(transfer);
  const hosts = [];
  let bytes;
  try {
    // Takes the memory of `buffers` into new ones in their places.
    bytes = binding.serialize(value, buffers.length > 0 ? buffers : undefined, hosts);
  } catch (error) {
    throw refused(error);
  }
  if (hosts.length === 0 && others.length === 0) return { bytes, buffers, hosts: none, moved: none };
  const moved = checkHosts(hosts, others);
  const list = hosts.map((host) => {
    const kind = kindOf(host);
    return kind === undefined ? { kind: shared, data: host } : { kind, data: packed(kind, host) };
  });
  return { bytes, buffers, hosts: list, moved };
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

// ---- for other threads: a message is a parcel of C's (runtime/v8/parcel.cc) ----------------------------------------------

/** Where kinds register themselves that a thread may not have loaded yet when one arrives. */
const homes = {
  '__proto__': null,
  'Blob': () => require('./blob'),
  'ReadableStream': () => require('./streams'),
  'WritableStream': () => require('./streams'),
  'TransformStream': () => require('./streams'),
  'AbortSignal': () => require('./transfer_signals'),
  'Histogram': () => require('../internal/performance/histogram'),
  'FileHandle': () => require('../internal/loader/builtins').load('fs/promises'),
  'MessagePort': () => require('./message_channel'),
  'KeyObject': () => require('../internal/crypto/key_object'),
  'CryptoKey': () => require('../internal/crypto/crypto_key'),
  'X509Certificate': () => require('../internal/crypto/x509'),
};

function kindNamed(name) {
  let kind = named(name);
  if (kind === undefined) {
    homes[name]?.();
    kind = named(name);
  }
  if (kind === undefined) throw refuse(`Unable to deserialize a ${name}`);
  return kind;
}

/** The parcel that says what the marked objects of another are; what it consists of may be marked in turn. */
function packHosts(hosts, moved) {
  const list = hosts.map((host) => {
    const kind = kindOf(host);
    return [kind.name, packed(kind, host)];
  });
  const inner = [];
  const parcel = messaging.pack({ list, moved }, undefined, inner);
  for (const [, data] of list) messaging.drop(data);
  if (inner.length > 0) messaging.join(parcel, packHosts(inner, none));
  return parcel;
}

/**
 * Sends a clone through a port.
 * @param {object} handle of internalBinding('messaging') @param {any} value @param {object[]} [transfer]
 * @throws {DOMException} DataCloneError
 */
function post(handle, value, transfer = undefined) {
  const [buffers, others] = sorted(transfer);
  const hosts = [];
  let parcel;
  try {
    const moving = buffers.length > 0 ? buffers : undefined;
    if (others.length === 0) parcel = messaging.post(handle, value, moving, hosts);
    else parcel = messaging.pack(value, moving, hosts);
  } catch (error) {
    throw refused(error);
  }
  if (parcel === undefined) return; // nothing marked was in it: it is on its way
  messaging.join(parcel, packHosts(hosts, checkHosts(hosts, others)));
  messaging.send(handle, parcel);
}

/**
 * The value of a parcel that has arrived.
 * @param {object} parcel @param {{objects?: object[]}} [into] gets what was transferred, but for buffers
 */
function open(parcel, into = undefined) {
  const inner = messaging.hosts(parcel);
  if (inner === undefined) return messaging.read(parcel);
  const { list, moved } = open(inner);
  const objects = list.map(([name, data]) => kindNamed(name).unpack(data));
  if (into !== undefined) into.objects = moved.map((index) => objects[index]);
  return messaging.read(parcel, objects);
}

module.exports = { open, post, receive, send, structuredClone };
