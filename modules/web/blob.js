'use strict';
// Blob and File (File API). A blob holds its parts: byte arrays, and pieces of files (fs.openAsBlob), which are read when
// the blob is. A slice shares them.

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_STATE, ERR_INVALID_THIS, ERR_MISSING_ARGS },
} = require('../internal/errors');
const { mark, register } = require('../internal/cloneable');
const { validateObject, validateOneOf } = require('../internal/validators');

const inspectCustom = Symbol.for('nodejs.util.inspect.custom');
const deeper = (options) => ({ ...options, depth: options.depth == null ? null : options.depth - 1 });
const STREAM_CHUNK = 65536; // bytes

/** A piece of a file as it was when the blob was made; one that has changed since cannot be read (File API, 4). */
class FilePart {
  /** @param {string} path @param {number} offset @param {number} length bytes @param {bigint[]} stamp of stampOf */
  constructor(path, offset, length, stamp) {
    this.path = path;
    this.offset = offset;
    this.length = length;
    this.stamp = stamp;
  }

  subarray(from, to) {
    return new FilePart(this.path, this.offset + from, Math.min(to, this.length) - from, this.stamp);
  }

  /** @returns {Promise<number>} a descriptor for the file, unchanged @throws {DOMException} NotReadableError */
  async open() {
    const fs = require('../node/fs');
    const { open } = require('../internal/fs/operations').promise;
    let fd = -1;
    try {
      fd = await open(this.path, 'r');
      if (stampOf(fs.fstatSync(fd, { bigint: true })).every((word, i) => word === this.stamp[i])) return fd;
    } catch {
      // as below
    }
    if (fd >= 0) fs.closeSync(fd);
    throw unreadable();
  }

  /** `length` bytes from `from` on. @returns {Promise<Uint8Array>} */
  async read(from, length) {
    const { closeSync } = require('../node/fs');
    const { readBytes } = require('../internal/fs/files');
    const fd = await this.open();
    const bytes = new Uint8Array(length);
    try {
      for (let at = 0; at < length;) {
        const got = await readBytes(fd, bytes.subarray(at), this.offset + from + at);
        if (got === 0) throw unreadable();
        at += got;
      }
    } catch {
      throw unreadable();
    } finally {
      closeSync(fd);
    }
    return bytes;
  }
}
const stampOf = (stats) => [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs];

function unreadable() {
  const { DOMException } = require('./dom_exception');
  return new DOMException('The blob could not be read', 'NotReadableError');
}

async function concat(parts, size) {
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part instanceof FilePart ? await part.read(0, part.length) : part, at);
    at += part.length;
  }
  return out;
}

function toBytes(source, endings) {
  if (source instanceof Blob) return partsOf(source);
  if (ArrayBuffer.isView(source)) return [new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()];
  const tag = Object.prototype.toString.call(source);
  if (tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]') return [new Uint8Array(source).slice()];
  let text = `${source}`;
  if (endings === 'native') text = text.replace(/\r\n|\r/g, '\n');
  const { TextEncoder } = require('./encoding');
  return [new TextEncoder().encode(text)];
}

/** As the constructor and slice take it (File API, 3.1). */
const typeOf = (text) => (/[^\x20-\x7e]/.test(text) ? '' : text.toLowerCase());

let partsOf; // a blob's parts
let isBlob;
let partsToBlob;

class Blob {
  #parts = [];
  #size = 0;
  #type = '';

  /** @param {Iterable<string|ArrayBuffer|ArrayBufferView|Blob>} [sources] @param {{type?: string, endings?: string}} [options] */
  constructor(sources = [], options = {}) {
    if (sources === null || typeof sources !== 'object' || typeof sources[Symbol.iterator] !== 'function') {
      throw new ERR_INVALID_ARG_TYPE('sources', 'a sequence', sources);
    }
    if (options !== undefined && options !== null) validateObject(options, 'options', { allowFunction: true, allowArray: true });
    const endings = options?.endings ?? 'transparent';
    validateOneOf(`${endings}`, 'options.endings', ['transparent', 'native']);
    for (const source of sources) {
      for (const part of toBytes(source, endings)) {
        this.#parts.push(part);
        this.#size += part.length;
      }
    }
    this.#type = typeOf(`${options?.type ?? ''}`);
    mark(this);
  }

  static {
    isBlob = (value) => typeof value === 'object' && value !== null && #parts in value;
    partsOf = (blob) => blob.#parts;
    partsToBlob = (parts, type) => {
      const blob = new Blob();
      blob.#type = type;
      blob.#parts = parts;
      for (const part of parts) blob.#size += part.length;
      return blob;
    };
  }

  get size() {
    if (!(#parts in this)) throw new ERR_INVALID_THIS('Blob');
    return this.#size;
  }
  get type() {
    if (!(#parts in this)) throw new ERR_INVALID_THIS('Blob');
    return this.#type;
  }

  slice(start = 0, end = this.size, contentType = '') {
    // Web IDL's [Clamp]: halves go to the even one.
    const whole = (value) => {
      const floor = Math.floor(value);
      const up = value - floor > 0.5 || (value - floor === 0.5 && floor % 2 !== 0);
      return floor + (up ? 1 : 0) || 0;
    };
    const clamp = (value) => (value < 0 ? Math.max(this.#size + whole(value), 0) : Math.min(whole(value), this.#size));
    let from = clamp(start);
    let left = Math.max(clamp(end) - from, 0);
    const parts = [];
    for (const part of this.#parts) {
      if (left === 0) break;
      if (from >= part.length) {
        from -= part.length;
        continue;
      }
      const piece = part.subarray(from, from + left);
      from = 0;
      left -= piece.length;
      parts.push(piece);
    }
    return partsToBlob(parts, typeOf(`${contentType}`));
  }

  async arrayBuffer() {
    if (!(#parts in this)) throw new ERR_INVALID_THIS('Blob');
    return (await concat(this.#parts, this.#size)).buffer;
  }
  async bytes() {
    if (!(#parts in this)) throw new ERR_INVALID_THIS('Blob');
    return concat(this.#parts, this.#size);
  }
  async text() {
    if (!(#parts in this)) throw new ERR_INVALID_THIS('Blob');
    const { TextDecoder } = require('./encoding');
    return new TextDecoder().decode(await concat(this.#parts, this.#size));
  }

  stream() {
    if (!(#parts in this)) throw new ERR_INVALID_THIS('Blob');
    const parts = this.#parts;
    let index = 0;
    let offset = 0;
    return new ReadableStream({
      type: 'bytes',
      async pull(controller) {
        while (index < parts.length && offset >= parts[index].length) {
          // A file without bytes is looked at too: it may have some now.
          if (offset === 0 && parts[index] instanceof FilePart) await parts[index].read(0, 0);
          index++;
          offset = 0;
        }
        if (index === parts.length) {
          controller.close();
          controller.byobRequest?.respond(0);
          return;
        }
        const part = parts[index];
        const chunk = part instanceof FilePart ? await part.read(offset, Math.min(STREAM_CHUNK, part.length - offset))
          : part.slice(offset, offset + STREAM_CHUNK);
        offset += chunk.length;
        controller.enqueue(chunk);
      },
    });
  }

  [inspectCustom](depth, options) {
    if (depth !== null && depth < 0) return this.constructor.name;
    const { inspect } = require('../node/util');
    return `${this.constructor.name} ${inspect({ size: this.size, type: this.type }, deeper(options))}`;
  }
}
for (const name of ['size', 'type', 'slice', 'stream', 'text', 'arrayBuffer', 'bytes']) Object.defineProperty(Blob.prototype, name, { enumerable: true });
Object.defineProperty(Blob.prototype, Symbol.toStringTag, { value: 'Blob', configurable: true });

class File extends Blob {
  #name;
  #lastModified;

  /** @param {string} fileName @param {{type?: string, lastModified?: number}} [options] lastModified in ms */
  constructor(fileBits, fileName, options = {}) {
    if (arguments.length < 2) throw new ERR_MISSING_ARGS('fileBits', 'fileName');
    super(fileBits, options);
    this.#name = require('../node/util').toUSVString(fileName);
    const modified = options?.lastModified;
    this.#lastModified = modified === undefined ? Date.now() : Math.trunc(+modified) || 0;
  }
  get name() {
    if (!(#name in this)) throw new ERR_INVALID_THIS('File');
    return this.#name;
  }
  get lastModified() {
    if (!(#name in this)) throw new ERR_INVALID_THIS('File');
    return this.#lastModified;
  }
  [inspectCustom](depth, options) {
    if (depth !== null && depth < 0) return 'File';
    const { inspect } = require('../node/util');
    return `File ${inspect({ size: this.size, type: this.type, name: this.name, lastModified: this.lastModified }, deeper(options))}`;
  }
}
for (const name of ['name', 'lastModified']) Object.defineProperty(File.prototype, name, { enumerable: true });
Object.defineProperty(File.prototype, Symbol.toStringTag, { value: 'File', configurable: true });

register({
  name: 'Blob',
  is: isBlob,
  transfers: false,
  pack(blob) {
    const parts = partsOf(blob);
    if (parts.some((part) => part instanceof FilePart)) throw new ERR_INVALID_STATE('File-backed Blobs are not cloneable');
    const file = blob instanceof File ? { name: blob.name, lastModified: blob.lastModified } : undefined;
    return { parts, type: blob.type, file };
  },
  unpack({ parts, type, file }) {
    const blob = partsToBlob(parts, type);
    return file === undefined ? blob : new File([blob], file.name, { type, lastModified: file.lastModified });
  },
});

/** https://nodejs.org/docs/latest-v24.x/api/fs.html#fsopenasblobpath-options @param {string} path */
function fileBlob(path, stats, type) {
  return partsToBlob([new FilePart(path, 0, Number(stats.size), stampOf(stats))], type);
}

const objectUrls = new Map();

/** @returns {string} 'blob:nodedata:...' under which resolveObjectURL finds the blob */
function createObjectURL(blob) {
  if (!(blob instanceof Blob)) throw new ERR_INVALID_ARG_TYPE('obj', 'Blob', blob);
  const id = require('../node/crypto').randomUUID();
  objectUrls.set(id, blob);
  return `blob:nodedata:${id}`;
}
const idOf = (url) => /^blob:nodedata:([0-9a-f-]+)$/.exec(`${url}`)?.[1];
const revokeObjectURL = (url) => { objectUrls.delete(idOf(url)); };
const resolveObjectURL = (url) => objectUrls.get(idOf(url));

module.exports = { Blob, File, FilePart, createObjectURL, fileBlob, partsOf, resolveObjectURL, revokeObjectURL };
