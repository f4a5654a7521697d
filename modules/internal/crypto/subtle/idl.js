'use strict';
// Values as Web IDL converts them, with Node's messages. A converter takes (value, { prefix, context }) and returns the
// value converted or throws; `context` names the value ("2nd argument").
const { isAnyArrayBuffer, isSharedArrayBuffer } = require('../util');
const { CryptoKey: CryptoKeyClass, isCryptoKey, slotsOf, USAGES } = require('../crypto_key');

/** @returns {TypeError} with Node's code for it */
function idlError(options, text, code = 'ERR_INVALID_ARG_TYPE') {
  return Object.assign(new TypeError(`${options.prefix}: ${options.context} ${text}`), { code });
}

const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';
const member = (options, name) => ({
  __proto__: null,
  prefix: options.prefix,
  context: `${name} in ${options.context}`,
});

function DOMString(value, options) {
  if (typeof value === 'symbol') throw idlError(options, 'is a Symbol and cannot be converted to a string.');
  return `${value}`;
}

/** [EnforceRange] unsigned integers. */
function integer(bits) {
  const most = 2 ** bits - 1;
  return (value, options) => {
    if (typeof value === 'bigint') throw idlError(options, 'is a BigInt and cannot be converted to a number.');
    if (typeof value === 'symbol') throw idlError(options, 'is a Symbol and cannot be converted to a number.');
    const number = +value;
    if (!Number.isFinite(number)) throw idlError(options, 'is not a finite number.');
    const whole = Math.trunc(number);
    if (whole < 0 || whole > most)
      throw idlError(options, `is outside the expected range of 0 to ${most}.`, 'ERR_OUT_OF_RANGE');
    return whole + 0;
  };
}
const octet = integer(8);
const unsignedShort = integer(16);
const unsignedLong = integer(32);

function refuseShared(view, options) {
  if (isSharedArrayBuffer(view.buffer)) {
    throw idlError(options, 'is a view on a SharedArrayBuffer, which is not allowed.');
  }
}

/** @returns {Uint8Array} a view: what is copied when, is the caller's to say */
function BufferSource(value, options) {
  if (ArrayBuffer.isView(value)) {
    refuseShared(value, options);
    return value.buffer.detached ? new Uint8Array(0) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (!isAnyArrayBuffer(value) || isSharedArrayBuffer(value)) {
    throw idlError(options, 'is not instance of ArrayBuffer, Buffer, TypedArray, or DataView.');
  }
  return value.detached ? new Uint8Array(0) : new Uint8Array(value);
}

/** Of parameters: a copy of the bytes as they are now. */
const copiedSource = (value, options) => BufferSource(value, options).slice();

function Uint8ArrayOf(value, options) {
  if (!(ArrayBuffer.isView(value) && value instanceof Uint8Array))
    throw idlError(options, 'is not an Uint8Array object.');
  refuseShared(value, options);
  return new Uint8Array(value);
}

function enumeration(type, values) {
  return (value, options) => {
    const text = DOMString(value, options);
    if (!values.includes(text)) {
      throw idlError(options, `'${text}' is not a valid enum value of type ${type}.`, 'ERR_INVALID_ARG_VALUE');
    }
    return text;
  };
}
const KeyFormat = enumeration('KeyFormat', [
  'raw',
  'raw-public',
  'raw-private',
  'raw-seed',
  'raw-secret',
  'pkcs8',
  'spki',
  'jwk',
]);
const KeyUsage = enumeration('KeyUsage', USAGES);

function sequence(convert) {
  return (value, options) => {
    const method = isObject(value) ? value[Symbol.iterator] : undefined;
    if (typeof method !== 'function') throw idlError(options, 'cannot be converted to sequence.');
    const list = [];
    const iterator = method.call(value);
    for (let step = iterator.next(); !step.done; step = iterator.next()) {
      list.push(convert(step.value, { prefix: options.prefix, context: `${options.context}[${list.length}]` }));
    }
    return list;
  };
}

function CryptoKey(value, options) {
  if (!isCryptoKey(value)) {
    // One that only looks like it: ERR_INVALID_THIS.
    if (isObject(value) && CryptoKeyClass.prototype.isPrototypeOf(value)) slotsOf(value);
    throw idlError(options, 'is not of type CryptoKey.');
  }
  return value;
}

const AlgorithmIdentifier = (value, options) => (isObject(value) ? value : DOMString(value, options));

/**
 * A dictionary: its members are converted in the order given, which is Web IDL's (base dictionaries first, then by
 * name).
 * @param {[name: string, converter: Function, required?: boolean][]} members
 * @param {(dictionary: object, name: string) => void} [check] of the whole
 * @returns {(value: any, options: {prefix: string, context: string, name?: string}) => object} options.name: the
 *   member `name`, read before
 */
function dictionary(type, members, check) {
  return (value, options) => {
    if (value !== null && value !== undefined && !isObject(value))
      throw idlError(options, 'cannot be converted to a dictionary', undefined);
    const out = { __proto__: null };
    for (let i = 0; i < members.length; i++) {
      const { 0: name, 1: convert, 2: required } = members[i];
      const given = name === 'name' && options.name !== undefined ? options.name : value?.[name];
      if (given !== undefined) {
        out[name] = convert(given, member(options, name));
      } else if (required) {
        throw idlError(
          options,
          `cannot be converted to '${type}' because '${name}' is required in '${type}'.`,
          'ERR_MISSING_OPTION',
        );
      }
    }
    if (check !== undefined) check(out, type);
    return out;
  };
}

const text = (name) => [name, DOMString];
const RsaOtherPrimesInfo = dictionary('RsaOtherPrimesInfo', ['d', 'r', 't'].map(text));
const JsonWebKey = dictionary('JsonWebKey', [
  text('kty'),
  text('use'),
  ['key_ops', sequence(DOMString)],
  text('alg'),
  ['ext', Boolean],
  text('crv'),
  text('x'),
  text('y'),
  text('d'),
  text('n'),
  text('e'),
  text('p'),
  text('q'),
  text('dp'),
  text('dq'),
  text('qi'),
  ['oth', sequence(RsaOtherPrimesInfo)],
  text('k'),
  text('pub'),
  text('priv'),
]);

const ORDINALS = ['1st', '2nd', '3rd', '4th', '5th', '6th', '7th'];

/**
 * @param {string} method of SubtleCrypto
 * @returns {(index: number) => object} options of its n-th argument, from 0 on
 */
function argumentsOf(method) {
  const prefix = `Failed to execute '${method}' on 'SubtleCrypto'`;
  return {
    at: (index) => ({ __proto__: null, prefix, context: `${ORDINALS[index]} argument` }),
    need(count, given) {
      if (given >= count) return;
      const error = new TypeError(
        `${prefix}: ${count} argument${count === 1 ? '' : 's'} required, but only ${given} present.`,
      );
      throw Object.assign(error, { code: 'ERR_MISSING_ARGS' });
    },
  };
}

module.exports = {
  AlgorithmIdentifier,
  BufferSource,
  copiedSource,
  CryptoKey,
  DOMString,
  JsonWebKey,
  KeyFormat,
  KeyUsage,
  Uint8ArrayOf,
  argumentsOf,
  dictionary,
  isObject,
  octet,
  sequenceOfKeyUsage: sequence(KeyUsage),
  unsignedLong,
  unsignedShort,
};
