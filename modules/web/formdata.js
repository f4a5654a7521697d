'use strict';
// FormData (https://xhr.spec.whatwg.org/#interface-formdata), its multipart/form-data encoding, and reading both form
// types (RFC 7578, URL-encoded).

const isBlob = (value) => typeof Blob === 'function' && value instanceof Blob;
const isFile = (value) => typeof File === 'function' && value instanceof File;

function entryOf(name, value, filename) {
  name = String(name).toWellFormed?.() ?? String(name);
  if (!isBlob(value)) {
    if (filename !== undefined) throw new TypeError('FormData: value must be a Blob when a file name is given');
    return { name, value: String(value) };
  }
  if (isFile(value) && filename === undefined) return { name, value };
  const fileName = filename === undefined ? 'blob' : String(filename);
  return { name, value: new File([value], fileName, { type: value.type, lastModified: value.lastModified }) };
}

class FormData {
  #entries = [];

  constructor(form = undefined) {
    if (form !== undefined) throw new TypeError("Failed to construct 'FormData': there are no forms here");
  }

  append(name, value, filename = undefined) {
    need(arguments, 2, 'append');
    this.#entries.push(entryOf(name, value, filename));
  }

  delete(name) {
    need(arguments, 1, 'delete');
    this.#entries = this.#entries.filter((entry) => entry.name !== String(name));
  }

  get(name) {
    need(arguments, 1, 'get');
    const found = this.#entries.find((entry) => entry.name === String(name));
    return found === undefined ? null : found.value;
  }

  getAll(name) {
    need(arguments, 1, 'getAll');
    return this.#entries.filter((entry) => entry.name === String(name)).map((entry) => entry.value);
  }

  has(name) {
    need(arguments, 1, 'has');
    return this.#entries.some((entry) => entry.name === String(name));
  }

  set(name, value, filename = undefined) {
    need(arguments, 2, 'set');
    const entry = entryOf(name, value, filename);
    const at = this.#entries.findIndex((one) => one.name === entry.name);
    if (at < 0) {
      this.#entries.push(entry);
      return;
    }
    this.#entries[at] = entry;
    this.#entries = this.#entries.filter((one, i) => i <= at || one.name !== entry.name);
  }

  forEach(callback, thisArgument) {
    if (typeof callback !== 'function') throw new TypeError('FormData.forEach: callback must be a function');
    for (const [name, value] of this) callback.call(thisArgument, value, name, this);
  }

  * entries() { for (let i = 0; i < this.#entries.length; i++) yield [this.#entries[i].name, this.#entries[i].value]; }
  * keys() { for (const [name] of this.entries()) yield name; }
  * values() { for (const [, value] of this.entries()) yield value; }
}
Object.defineProperty(FormData.prototype, Symbol.iterator, {
  value: FormData.prototype.entries, writable: true, configurable: true,
});
Object.defineProperty(FormData.prototype, Symbol.toStringTag, { value: 'FormData', configurable: true });

function need(list, count, method) {
  if (list.length < count) throw new TypeError(`FormData.${method} requires at least ${count} argument${count > 1 ? 's' : ''}`);
}

const escapeName = (text) => text.replace(/\r\n|\r|\n/g, '%0D%0A').replace(/"/g, '%22');

/** @param {FormData} form @returns {{body: Blob, type: string}} */
function encode(form) {
  const boundary = `----formdata-jsd-${Math.random().toString(36).slice(2).padEnd(11, '0')}${Math.random().toString(36).slice(2)}`;
  const parts = [];
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"`;
    if (typeof value === 'string') {
      parts.push(`${head}\r\n\r\n${value.replace(/\r\n|\r|\n/g, '\r\n')}\r\n`);
    } else {
      const fileName = value.name.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22');
      parts.push(`${head}; filename="${fileName}"\r\nContent-Type: ${value.type || 'application/octet-stream'}\r\n\r\n`, value, '\r\n');
    }
  }
  parts.push(`--${boundary}--\r\n`);
  const type = `multipart/form-data; boundary=${boundary}`;
  return { body: new Blob(parts, { type }), type };
}

function parameterOf(header, name) {
  const match = new RegExp(`(?:^|;)\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, 'i').exec(header);
  if (match === null) return undefined;
  return match[1] !== undefined ? match[1].replace(/\\(.)/g, '$1') : match[2];
}
const unescapeName = (text) => text.replace(/%0D%0A/gi, '\r\n').replace(/%0D/gi, '\r').replace(/%0A/gi, '\n').replace(/%22/g, '"');

function addPart(form, part) {
  const headEnd = part.indexOf('\r\n\r\n');
  if (headEnd < 0) throw new TypeError('Failed to parse body as FormData: a part has no end of its head');
  const head = part.subarray(0, headEnd).toString();
  const content = part.subarray(headEnd + 4);
  let disposition;
  let type = 'text/plain';
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    const key = line.slice(0, colon).trim().toLowerCase();
    if (key === 'content-disposition') disposition = line.slice(colon + 1);
    else if (key === 'content-type') type = line.slice(colon + 1).trim();
  }
  const name = disposition === undefined ? undefined : parameterOf(disposition, 'name');
  if (name === undefined || !/^\s*form-data/i.test(disposition)) throw new TypeError('Failed to parse body as FormData: a part has no name');
  const filename = parameterOf(disposition, 'filename');
  if (filename === undefined) form.append(unescapeName(name), content.toString());
  else form.append(unescapeName(name), new File([content], unescapeName(filename), { type }));
}

/** @param {Uint8Array} bytes @param {string | null} type the Content-Type */
function decode(bytes, type) {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const form = new FormData();
  const essence = (type ?? '').split(';')[0].trim().toLowerCase();
  if (essence === 'application/x-www-form-urlencoded') {
    for (const [name, value] of new URLSearchParams(body.toString())) form.append(name, value);
    return form;
  }
  const boundary = essence === 'multipart/form-data' ? parameterOf(type, 'boundary') : undefined;
  if (!boundary) throw new TypeError('Content-Type was not one of "multipart/form-data" or "application/x-www-form-urlencoded".');
  const delimiter = `--${boundary}`;
  let at = body.indexOf(delimiter);
  if (at < 0) throw new TypeError('Failed to parse body as FormData: no boundary');
  for (;;) {
    at += delimiter.length;
    if (body[at] === 45 && body[at + 1] === 45) return form;
    const start = body.indexOf('\r\n', at);
    const end = start < 0 ? -1 : body.indexOf(`\r\n${delimiter}`, start);
    if (end < 0) throw new TypeError('Failed to parse body as FormData: the last boundary is missing');
    addPart(form, body.subarray(start + 2, end));
    at = end + 2;
  }
}

module.exports = { FormData, encode, decode };
