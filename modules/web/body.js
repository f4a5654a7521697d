'use strict';
// The Body mixin of Request and Response (https://fetch.spec.whatwg.org/#body-mixin). A body stays what it was given
// as (string, bytes, Blob, a request's incoming bytes) and becomes a ReadableStream only when somebody asks for `body`.

const kBody = Symbol('body');
const kUsed = Symbol('body used');
const kStream = Symbol('body stream');

/** Bytes that arrive from elsewhere: `collect()` gives all of them, `stream()` a ReadableStream. */
class IncomingBody {
  collect() { throw new TypeError('not implemented'); }
  stream() { throw new TypeError('not implemented'); }
}

const isStream = (value) => typeof value === 'object' && value !== null && typeof value.getReader === 'function' &&
  typeof value.tee === 'function';
const isBlob = (value) => typeof Blob === 'function' && value instanceof Blob;
const isFormData = (value) => value instanceof require('./formdata').FormData;

/**
 * What a BodyInit is kept as, and its default type.
 * @returns {[source: any, type: string | null]}
 */
function extract(init) {
  if (typeof init === 'string') return [init, 'text/plain;charset=UTF-8'];
  if (ArrayBuffer.isView(init)) {
    return [new Uint8Array(init.buffer.slice(init.byteOffset, init.byteOffset + init.byteLength)), null];
  }
  if (init instanceof ArrayBuffer || Object.prototype.toString.call(init) === '[object SharedArrayBuffer]') {
    return [new Uint8Array(init.slice(0)), null];
  }
  if (init instanceof URLSearchParams) return [init.toString(), 'application/x-www-form-urlencoded;charset=UTF-8'];
  if (isBlob(init)) return [init, init.type === '' ? null : init.type];
  if (isFormData(init)) {
    const { encode } = require('./formdata');
    const { body, type } = encode(init);
    return [body, type];
  }
  if (isStream(init)) {
    if (init.locked) throw new TypeError('Response body object should not be disturbed or locked');
    return [init, null];
  }
  if (typeof init === 'object' && init !== null && typeof init[Symbol.asyncIterator] === 'function') {
    return [streamOfIterable(init), null];
  }
  return [String(init), 'text/plain;charset=UTF-8'];
}

function streamOfIterable(iterable) {
  const iterator = iterable[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(typeof value === 'string' ? Buffer.from(value) : value);
    },
    async cancel(reason) { await iterator.return?.(reason); },
  });
}

/** All chunks of a ReadableStream as one Uint8Array. */
async function collectStream(stream) {
  const reader = stream.getReader();
  const chunks = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    if (!(value instanceof Uint8Array)) throw new TypeError('Received non-Uint8Array chunk');
    chunks.push(value);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

function streamOfBytes(get) {
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      const bytes = await get();
      if (bytes.length > 0) controller.enqueue(new Uint8Array(bytes));
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

function streamOf(body) {
  const source = body[kBody];
  if (isStream(source)) return source;
  if (source instanceof IncomingBody) return source.stream();
  if (isBlob(source)) return source.stream();
  return streamOfBytes(() => (typeof source === 'string' ? Buffer.from(source) : source));
}

function unusable(body) { return body[kUsed] || (body[kStream] !== null && (body[kStream].locked || disturbed(body))); }

function disturbed(body) {
  const stream = body[kStream];
  return stream !== null && (stream._disturbed === true);
}

/** The bytes or the string of a body; uses it up. @returns {Promise<string | Uint8Array>} */
function consume(body) {
  if (unusable(body)) return Promise.reject(new TypeError('Body is unusable: Body has already been read'));
  const source = body[kBody];
  if (source === null) return Promise.resolve('');
  body[kUsed] = true;
  if (body[kStream] !== null) return collectStream(body[kStream]);
  if (typeof source === 'string' || source instanceof Uint8Array) return Promise.resolve(source);
  if (source instanceof IncomingBody) return source.collect();
  if (isBlob(source)) return source.arrayBuffer().then((buffer) => new Uint8Array(buffer));
  return collectStream(source);
}

let decoder;
function textOf(content) {
  if (typeof content === 'string') return content.isWellFormed?.() ?? true ? stripMark(content) : Buffer.from(content).toString();
  if (content.length < 65536) {
    const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).utf8Slice(0, content.length);
    return stripMark(text);
  }
  decoder ??= new TextDecoder();
  return decoder.decode(content);
}
const stripMark = (text) => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
const bytesOf = (content) => (typeof content === 'string' ? new Uint8Array(Buffer.from(content)) : content);

/** Gives a class the mixin's members. `typeOf(instance)`: its Content-Type. */
function mixin(Class, typeOf) {
  const methods = {
    get body() {
      if (this[kBody] === null) return null;
      return (this[kStream] ??= streamOf(this));
    },
    get bodyUsed() { return this[kUsed] || disturbed(this); },
    text() { return consume(this).then(textOf); },
    json() { return consume(this).then((content) => JSON.parse(textOf(content))); },
    bytes() { return consume(this).then((content) => new Uint8Array(bytesOf(content))); },
    arrayBuffer() {
      return consume(this).then((content) => {
        const bytes = bytesOf(content);
        return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
      });
    },
    blob() {
      const type = typeOf(this) ?? '';
      return consume(this).then((content) => new Blob([bytesOf(content)], { type }));
    },
    formData() {
      const type = typeOf(this);
      return consume(this).then((content) => require('./formdata').decode(bytesOf(content), type));
    },
  };
  const descriptors = Object.getOwnPropertyDescriptors(methods);
  Object.defineProperties(Class.prototype, descriptors);
}

/** The source of a clone; both sides stay readable. */
function cloneSource(body) {
  if (unusable(body)) throw new TypeError('Response.clone: Body has already been consumed.');
  const source = body[kBody];
  if (source === null || typeof source === 'string' || source instanceof Uint8Array || isBlob(source)) return source;
  const [one, two] = (body[kStream] ?? streamOf(body)).tee();
  body[kBody] = body[kStream] = one;
  return two;
}

module.exports = { kBody, kUsed, kStream, IncomingBody, extract, mixin, cloneSource, collectStream, streamOf, isStream, isBlob };
