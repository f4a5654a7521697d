'use strict';
// Events between the process of one test file and the one that runs them all: frames in the child's standard output, among
// whatever the file itself writes. A frame is MARK, the length of the rest as 4 bytes, the event as v8.serialize makes it.
const platform = require('./platform');

const MARK = Buffer.from([0xff, 0x0f, 0x4a, 0x54]); // never in UTF-8
const HEAD = MARK.length + 4;

const ERROR = '\u0000error';
const TEXT = '\u0000text';

/** Errors keep what reporters look at; what cannot be cloned is shown as text. */
function pack(value, seen = new Map()) {
  if (typeof value === 'function' || typeof value === 'symbol') return { [TEXT]: platform.util.inspect(value) };
  if (value === null || typeof value !== 'object') return value;
  if (seen.has(value)) return seen.get(value);
  const { types } = platform.util;
  if (types.isNativeError(value)) {
    const out = { [ERROR]: value.name, message: value.message, stack: value.stack, properties: {} };
    seen.set(value, out);
    out.constructorName = value.constructor?.name;
    for (const key of Object.keys(value)) out.properties[key] = pack(value[key], seen);
    if (Object.hasOwn(value, 'cause')) out.cause = { value: pack(value.cause, seen), enumerable: Object.keys(value).includes('cause') };
    return out;
  }
  if (types.isProxy(value) || typeof value[platform.util.inspect.custom] === 'function') return { [TEXT]: inspected(value) };
  if (types.isDate(value) || types.isRegExp(value) || ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return value;
  if (Array.isArray(value)) {
    const out = [];
    seen.set(value, out);
    for (const one of value) out.push(pack(one, seen));
    return out;
  }
  if (types.isMap(value)) {
    const out = new Map();
    seen.set(value, out);
    for (const [key, one] of value) out.set(pack(key, seen), pack(one, seen));
    return out;
  }
  if (types.isSet(value)) {
    const out = new Set();
    seen.set(value, out);
    for (const one of value) out.add(pack(one, seen));
    return out;
  }
  const out = {};
  seen.set(value, out);
  for (const key of Object.keys(value)) {
    try {
      out[key] = pack(value[key], seen);
    } catch { /* a getter that throws */ }
  }
  return out;
}

function inspected(value) {
  try {
    return platform.util.inspect(value);
  } catch {
    return platform.util.inspect(value, { customInspect: false });
  }
}

/** Looks in reports as what it stands for does. */
class Text {
  #text;
  constructor(text) { this.#text = text; }
  [Symbol.for('nodejs.util.inspect.custom')]() { return this.#text; }
}

function unpackError(value, seen) {
  const Base = { __proto__: null, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError }[value[ERROR]] ?? Error;
  const error = new Base(value.message);
  seen.set(value, error);
  error.stack = value.stack;
  Object.defineProperty(error, 'stack', { enumerable: false });
  if (value[ERROR] !== error.name) Object.defineProperty(error, 'name', { value: value[ERROR], configurable: true, writable: true, enumerable: false });
  for (const key of Object.keys(value.properties)) error[key] = unpack(value.properties[key], seen);
  if (value.cause !== undefined) {
    Object.defineProperty(error, 'cause', {
      value: unpack(value.cause.value, seen), configurable: true, writable: true, enumerable: value.cause.enumerable,
    });
  }
  return error;
}

function unpack(value, seen = new Map()) {
  if (value === null || typeof value !== 'object') return value;
  if (seen.has(value)) return seen.get(value);
  if (Object.hasOwn(value, ERROR)) return unpackError(value, seen);
  if (Object.hasOwn(value, TEXT)) return new Text(value[TEXT]);
  seen.set(value, value);
  if (Array.isArray(value)) value.forEach((one, i) => { value[i] = unpack(one, seen); });
  else if (value instanceof Map) for (const [key, one] of value) value.set(key, unpack(one, seen));
  else if (Object.getPrototypeOf(value) === Object.prototype) for (const key of Object.keys(value)) value[key] = unpack(value[key], seen);
  return value;
}

class Encoder {
  /** @param {{ type: string, data: object }} event @returns {Buffer} */
  encode({ type, data }) {
    let body;
    try {
      body = platform.v8.serialize(pack({ type, data: { ...data } }));
    } catch {
      body = platform.v8.serialize({ type, data: JSON.parse(JSON.stringify(data)) });
    }
    const head = Buffer.alloc(HEAD);
    MARK.copy(head);
    head.writeUInt32BE(body.length, MARK.length);
    return Buffer.concat([head, body]);
  }
}

/** Parts a child's output into events and text. */
class Decoder {
  #rest = Buffer.alloc(0);
  #onEvent;
  #onText;

  constructor(onEvent, onText) {
    this.#onEvent = onEvent;
    this.#onText = onText;
  }

  /** @param {Buffer} chunk */
  write(chunk) {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const at = data.indexOf(MARK);
      if (at === -1) {
        // The beginning of a mark may be the end of this piece.
        const keep = data.length > 0 ? partial(data) : 0;
        if (data.length > keep) this.#onText(data.subarray(0, data.length - keep));
        this.#rest = data.subarray(data.length - keep);
        return;
      }
      if (at > 0) this.#onText(data.subarray(0, at));
      data = data.subarray(at);
      if (data.length < HEAD || data.length < HEAD + data.readUInt32BE(MARK.length)) {
        this.#rest = data;
        return;
      }
      const end = HEAD + data.readUInt32BE(MARK.length);
      this.#onEvent(unpack(platform.v8.deserialize(data.subarray(HEAD, end))));
      data = data.subarray(end);
    }
  }

  end() {
    if (this.#rest.length > 0) this.#onText(this.#rest);
    this.#rest = Buffer.alloc(0);
  }
}

/** How many bytes at the end of data are the beginning of a mark. */
function partial(data) {
  for (let length = Math.min(MARK.length - 1, data.length); length > 0; length--) {
    if (data.subarray(data.length - length).equals(MARK.subarray(0, length))) return length;
  }
  return 0;
}

module.exports = { Decoder, Encoder };
