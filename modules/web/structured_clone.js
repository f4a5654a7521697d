'use strict';
// structuredClone (HTML, section 2.7.4) through the engine's serialiser. What it does not know (Blob, File, DOMException,
// URL-like objects) is refused with DataCloneError, as are functions and symbols.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_MISSING_ARGS } } = require('../internal/errors');
const { DOMException } = require('./dom_exception');
const untransferable = require('../internal/untransferable');

const binding = internalBinding('util');
const isArrayBuffer = (value) => Object.prototype.toString.call(value) === '[object ArrayBuffer]';

/**
 * @param {any} value
 * @param {{transfer?: (ArrayBuffer|MessagePort)[]}} [options]
 * @throws {DOMException} DataCloneError
 */
function structuredClone(value, options = undefined) {
  if (arguments.length === 0) throw new ERR_MISSING_ARGS('value');
  if (options !== undefined && options !== null && typeof options !== 'object' && typeof options !== 'function') {
    throw new ERR_INVALID_ARG_TYPE('options', ['object', 'null', 'undefined'], options);
  }
  const primitive = value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol');
  if (primitive && !options?.transfer) return value;
  return receive(send(value, options?.transfer));
}

/** @returns {{bytes: Uint8Array, buffers: ArrayBuffer[]}} the message; transferred buffers are detached */
function send(value, transfer = undefined) {
  const list = transfer === undefined || transfer === null ? [] : [...transfer];
  const buffers = list.filter(isArrayBuffer);
  if (new Set(list).size !== list.length) throw new DOMException('Transfer list contains duplicate ArrayBuffer', 'DataCloneError');
  for (const one of list) {
    if (!isArrayBuffer(one) && !require('./message_channel').isPort(one)) {
      throw new DOMException('Found invalid object in transferList', 'DataCloneError');
    }
    if (untransferable.isMarked(one)) {
      throw new DOMException('Cannot transfer object of unsupported type.', 'DataCloneError');
    }
    if (isArrayBuffer(one) && binding.isDetached(one)) throw new DOMException('An ArrayBuffer is detached and could not be cloned.', 'DataCloneError');
  }
  let bytes;
  try {
    bytes = binding.serialize(value, buffers.length > 0 ? buffers : undefined);
  } catch (error) {
    if (error instanceof DOMException) throw error;
    // Getters of the value may throw errors of their own; those go through.
    if (/could not be cloned|cannot be cloned|#<.*> could/.test(`${error?.message}`)) throw new DOMException(error.message, 'DataCloneError');
    throw error;
  }
  const moved = buffers.map((buffer) => {
    const copy = buffer.slice(0);
    binding.detach(buffer);
    return copy;
  });
  return { bytes, buffers: moved };
}

function receive({ bytes, buffers }) {
  return binding.deserialize(bytes, buffers.length > 0 ? buffers : undefined);
}

module.exports = { receive, send, structuredClone };
