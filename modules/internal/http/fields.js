'use strict';
// Header fields: names known by their lower-case form (one Field object per spelling, so that validity and what the
// name means are looked up once), values checked, header blocks read and written.

const { codes: { ERR_HTTP_INVALID_HEADER_VALUE, ERR_INVALID_CHAR, ERR_INVALID_HTTP_TOKEN } } = require('../errors');

// What a field means for framing the message that carries it.
const PLAIN = 0;
const CONNECTION = 1;
const CONTENT_LENGTH = 2;
const TRANSFER_ENCODING = 3;
const DATE = 4;
const EXPECT = 5;
const TRAILER = 6;
const KEEP_ALIVE = 7;
const SET_COOKIE = 8;
const COOKIE = 9;
const CONTENT_DISPOSITION = 10;
const meanings = new Map([
  ['connection', CONNECTION], ['content-length', CONTENT_LENGTH], ['transfer-encoding', TRANSFER_ENCODING],
  ['date', DATE], ['expect', EXPECT], ['trailer', TRAILER], ['keep-alive', KEEP_ALIVE], ['set-cookie', SET_COOKIE],
  ['cookie', COOKIE], ['content-disposition', CONTENT_DISPOSITION],
]);
// Of these a message has one: the first wins (http.html, message.headers).
const single = new Set([
  'age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host', 'if-modified-since',
  'if-unmodified-since', 'last-modified', 'location', 'max-forwards', 'proxy-authorization', 'referer', 'retry-after',
  'server', 'user-agent',
]);

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// eslint-disable-next-line no-control-regex
const forbidden = /[^\t\x20-\x7e\x80-\xff]/;

class Field {
  constructor(name) {
    this.name = name;
    this.lower = name.toLowerCase();
    this.valid = token.test(name);
    this.meaning = meanings.get(this.lower) ?? PLAIN;
    this.single = single.has(this.lower);
    this.prefix = `${name}: `;
    this.lines = null; // serialised lines of recurring values
  }
}

const LIMIT = 4096;
let fields = new Map();

/** The Field of a name in this spelling. @param {string} name @returns {Field} */
function fieldOf(name) {
  const known = fields.get(name);
  if (known !== undefined) return known;
  const field = new Field(String(name));
  if (fields.size >= LIMIT) fields = new Map();
  fields.set(field.name, field);
  return field;
}

/** Throws ERR_INVALID_HTTP_TOKEN unless `name` is a token (RFC 9110, 5.6.2). */
function validateHeaderName(name, label) {
  if (typeof name !== 'string' || name === '' || !fieldOf(name).valid) {
    throw new ERR_INVALID_HTTP_TOKEN(label || 'Header name', name);
  }
}

/** Throws for undefined and for characters outside Latin-1's printable ones. */
function validateHeaderValue(name, value) {
  if (value === undefined) throw new ERR_HTTP_INVALID_HEADER_VALUE(value, name);
  if (typeof value === 'number') return;
  if (forbidden.test(value)) throw new ERR_INVALID_CHAR('header content', name);
}

/** Characters that end a line, or a text in C: what even a lenient reader must not get. */
// eslint-disable-next-line no-control-regex
const isLenientValue = (value) => !/[\0\r\n]|[^\0-\xff]/.test(value);
/** Whether a value may go out as it is. @param {string} value */
const isWireValue = (value) => !forbidden.test(value);
/** Whether a text is a token (RFC 9110, 5.6.2). */
const isToken = (text) => token.test(text);

/** As validateHeaderValue, for each element of an array. */
function validateValues(name, value) {
  if (typeof value === 'object' && Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) validateHeaderValue(name, value[i]);
  } else {
    validateHeaderValue(name, value);
  }
}

/** "Name: value\r\n", checked. The lines of a recurring type are kept: an app has few of them. */
function lineOf(field, value) {
  if (typeof value === 'string' && field.lower === 'content-type') {
    const known = field.lines?.get(value);
    if (known !== undefined) return known;
    validateHeaderValue(field.name, value);
    const line = `${field.prefix}${value}\r\n`;
    field.lines ??= new Map();
    if (field.lines.size < 64) field.lines.set(value, line);
    return line;
  }
  validateHeaderValue(field.name, value);
  return `${field.prefix}${value}\r\n`;
}

/**
 * Splits a block "Name: value\r\n..." as it came from the wire.
 * @param {string | undefined} block
 * @returns {string[]} name, value, name, value, ...
 */
function parseBlock(block) {
  const raw = [];
  if (block === undefined) return raw;
  const length = block.length;
  let at = 0;
  while (at < length) {
    const colon = block.indexOf(':', at);
    if (colon < 0) break;
    let end = block.indexOf('\r\n', colon);
    if (end < 0) end = length;
    let first = colon + 1;
    let last = end;
    while (first < last && (block.charCodeAt(first) === 32 || block.charCodeAt(first) === 9)) first++;
    while (last > first && (block.charCodeAt(last - 1) === 32 || block.charCodeAt(last - 1) === 9)) last--;
    const name = block.substring(at, colon);
    const field = fields.get(name);
    raw.push(field === undefined ? name : field.name, block.substring(first, last));
    at = end + 2;
  }
  return raw;
}

/** As parseBlock, with lower-case names. */
function parseBlockLower(block) {
  const raw = parseBlock(block);
  for (let i = 0; i < raw.length; i += 2) raw[i] = fieldOf(raw[i]).lower;
  return raw;
}

/**
 * Adds one field to a headers object by the rules for duplicates.
 * @param {Record<string, string | string[]>} headers
 * @param {boolean} join join also what is single otherwise (joinDuplicateHeaders)
 */
function addField(headers, name, value, join) {
  const field = fieldOf(name);
  const key = field.lower;
  if (field.meaning === SET_COOKIE) {
    const list = headers[key];
    if (list === undefined) headers[key] = [value];
    else list.push(value);
    return;
  }
  const present = headers[key];
  if (present === undefined || !Object.hasOwn(headers, key)) headers[key] = value;
  else if (field.meaning === COOKIE) headers[key] = `${present}; ${value}`;
  else if (!field.single || join) headers[key] = `${present}, ${value}`;
}

// By the number of fields: the names of the last message with as many of them, and an object of that shape. Clients send
// the same names with each request, and copying an object of a known shape is cheaper than adding name by name.
const shapes = [];

function shapedHeaders(raw) {
  const shape = shapes[raw.length];
  if (shape === undefined) return undefined;
  const { names } = shape;
  for (let i = 0; i < names.length; i++) if (raw[i * 2] !== names[i]) return undefined;
  const headers = { ...shape.object };
  const { keys } = shape;
  for (let i = 0; i < keys.length; i++) headers[keys[i]] = raw[i * 2 + 1];
  return headers;
}

/** Remembers a message's names, unless one of them comes twice or is kept as an array. */
function rememberShape(raw) {
  if (raw.length > 128) return;
  const names = [];
  const keys = [];
  for (let i = 0; i < raw.length; i += 2) {
    const field = fieldOf(raw[i]);
    if (field.meaning === SET_COOKIE || keys.includes(field.lower) || field.lower === '__proto__') return;
    names.push(raw[i]);
    keys.push(field.lower);
  }
  const object = {};
  for (const key of keys) object[key] = '';
  shapes[raw.length] = { names, keys, object };
}

/** @param {string[]} raw flat names and values */
function headersOf(raw, join) {
  const known = shapedHeaders(raw);
  if (known !== undefined) return known;
  const headers = {};
  for (let i = 0; i < raw.length; i += 2) addField(headers, raw[i], raw[i + 1], join);
  rememberShape(raw);
  return headers;
}

/** All values of each name, in arrays (message.headersDistinct). */
function distinctOf(raw) {
  const headers = Object.create(null);
  for (let i = 0; i < raw.length; i += 2) {
    const key = fieldOf(raw[i]).lower;
    if (headers[key] === undefined) headers[key] = [raw[i + 1]];
    else headers[key].push(raw[i + 1]);
  }
  return headers;
}

module.exports = {
  PLAIN, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, DATE, EXPECT, TRAILER, KEEP_ALIVE, SET_COOKIE, COOKIE,
  CONTENT_DISPOSITION,
  fieldOf, lineOf, validateHeaderName, validateHeaderValue, validateValues, isLenientValue, isToken, isWireValue, parseBlock,
  parseBlockLower, addField, headersOf, distinctOf,
};
