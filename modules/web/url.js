'use strict';
// URL (URL standard, section 6; Node's errors). A URL is its href and the places of its parts in it (url_parse.js): a
// getter cuts its part out of the href. Setters go through C, which gives the new href and its places.

const {
  codes: { ERR_INVALID_URL, ERR_MISSING_ARGS },
} = require('../internal/errors');
const {
  binding, offsets, parse, plain, plainPlaces, update, HASH_START, HOST_END, HOST_START, PATHNAME_START, PORT, PROTOCOL_END, SCHEME, SEARCH_START, USERNAME_END,
} = require('./url_parse');
const { URLSearchParams, forUrl, reset } = require('./url_search_params');

const inspectCustom = Symbol.for('nodejs.util.inspect.custom');
const { NOT_SPECIAL, FILE } = binding.schemes;
const {
  SET_PROTOCOL, SET_USERNAME, SET_PASSWORD, SET_HOST, SET_HOSTNAME, SET_PORT, SET_PATHNAME, SET_SEARCH, SET_HASH,
} = binding.parts;

/** The places that the last parse found, for a URL to keep. */
function takePlaces() {
  const at = offsets;
  return {
    protocolEnd: at[PROTOCOL_END], usernameEnd: at[USERNAME_END], hostStart: at[HOST_START], hostEnd: at[HOST_END], port: at[PORT],
    pathnameStart: at[PATHNAME_START], searchStart: at[SEARCH_START], hashStart: at[HASH_START], scheme: at[SCHEME],
  };
}

const PARSED = Symbol('parsed already'); // instead of the constructor's input

let isUrl;

// As on Node, where the engine says it.
const notReceiver = () => new TypeError('Receiver must be an instance of class URL');
const notUrl = () => new TypeError('Cannot read private member #context from an object whose class did not declare it');

class URL {
  #href;
  #at = null; // places in the href; null: not asked for yet
  #origin = null; // of a plain URL (url_parse.js): what `plain` had
  #target = '';
  #query = -1;
  #params = null;

  /** @param {string} input @param {string|URL} [base] @throws {TypeError} ERR_INVALID_URL */
  constructor(input, base = undefined) {
    if (input === PARSED) {
      this.#take(base);
      return;
    }
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('url');
    if (typeof input !== 'string') input = `${input}`;
    if (base !== undefined) base = `${base}`;
    const href = parse(input, base);
    if (href === undefined) throw new ERR_INVALID_URL(input.toWellFormed(), base?.toWellFormed());
    this.#take(href);
  }

  /** Whether the constructor would take it. */
  static canParse(input, base = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('url');
    return binding.canParse(`${input}`, base === undefined ? undefined : `${base}`);
  }

  /** As the constructor, but null for an invalid URL. */
  static parse(input, base = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('url');
    const href = parse(`${input}`, base === undefined ? undefined : `${base}`);
    return href === undefined ? null : urlOf(href);
  }

  static createObjectURL(object) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('obj');
    return require('./blob').createObjectURL(object);
  }

  static revokeObjectURL(id) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('url');
    require('./blob').revokeObjectURL(`${id}`);
  }

  static { isUrl = (value) => typeof value === 'object' && value !== null && #href in value; }

  /** Becomes the URL that was just parsed. */
  #take(href) {
    this.#href = href;
    this.#origin = plain.origin;
    if (plain.origin !== null) {
      this.#at = null;
      this.#target = plain.target;
      this.#query = plain.query;
    } else {
      this.#at = takePlaces();
    }
  }

  #places() { return (this.#at ??= plainPlaces(this.#origin, this.#query)); }

  #set(part, value) {
    const href = update(this.#href, part, value);
    if (href === undefined) return;
    this.#take(href);
  }

  #setSearch(value) { this.#set(SET_SEARCH, value); }

  #search() {
    if (this.#origin !== null) return this.#query === -1 || this.#target.length - this.#query <= 1 ? '' : this.#target.slice(this.#query);
    const { searchStart, hashStart } = this.#places();
    if (searchStart === -1) return '';
    const end = hashStart === -1 ? this.#href.length : hashStart;
    return end - searchStart <= 1 ? '' : this.#href.slice(searchStart, end);
  }

  #host() {
    const { hostStart, pathnameStart, hostEnd, port } = this.#places();
    const start = this.#href.charCodeAt(hostStart) === 64 ? hostStart + 1 : hostStart; // '@'
    // Between the host and a path that begins with '//' stands '/.', where there is no port.
    return start >= hostEnd ? '' : this.#href.slice(start, port === -1 ? hostEnd : pathnameStart);
  }

  toString() {
    if (!isUrl(this)) throw notReceiver();
    return this.#href;
  }

  get href() {
    if (!isUrl(this)) throw notReceiver();
    return this.#href;
  }
  set href(value) {
    if (!isUrl(this)) throw notUrl();
    value = `${value}`;
    const href = parse(value, undefined);
    if (href === undefined) throw new ERR_INVALID_URL(value);
    this.#take(href);
    if (this.#params !== null) reset(this.#params, this.#search().slice(1));
  }

  get origin() {
    if (!isUrl(this)) throw notUrl();
    const { scheme, protocolEnd, pathnameStart } = this.#places();
    if (scheme !== NOT_SPECIAL) return scheme === FILE ? 'null' : `${this.#href.slice(0, protocolEnd)}//${this.host}`;
    if (this.#href.startsWith('blob:')) {
      const inner = parseUrl(this.#href.slice(pathnameStart));
      if (inner !== null && (inner.protocol === 'http:' || inner.protocol === 'https:')) return inner.origin;
    }
    return 'null';
  }

  get protocol() {
    if (!isUrl(this)) throw notUrl();
    return this.#href.slice(0, this.#places().protocolEnd);
  }
  set protocol(value) {
    if (!isUrl(this)) throw notUrl();
    this.#set(SET_PROTOCOL, `${value}`);
  }

  get username() {
    if (!isUrl(this)) throw notUrl();
    const { protocolEnd, usernameEnd } = this.#places();
    return protocolEnd + 2 < usernameEnd ? this.#href.slice(protocolEnd + 2, usernameEnd) : '';
  }
  set username(value) {
    if (!isUrl(this)) throw notUrl();
    this.#set(SET_USERNAME, `${value}`);
  }

  get password() {
    if (!isUrl(this)) throw notUrl();
    const { usernameEnd, hostStart } = this.#places();
    return hostStart - usernameEnd > 0 ? this.#href.slice(usernameEnd + 1, hostStart) : '';
  }
  set password(value) {
    if (!isUrl(this)) throw notUrl();
    this.#set(SET_PASSWORD, `${value}`);
  }

  get host() {
    if (!isUrl(this)) throw notUrl();
    return this.#host();
  }
  set host(value) {
    if (!isUrl(this)) throw notUrl();
    this.#set(SET_HOST, `${value}`);
  }

  get hostname() {
    if (!isUrl(this)) throw notUrl();
    const { hostStart, hostEnd } = this.#places();
    return this.#href.slice(this.#href.charCodeAt(hostStart) === 64 ? hostStart + 1 : hostStart, hostEnd);
  }
  set hostname(value) {
    if (!isUrl(this)) throw notUrl();
    this.#set(SET_HOSTNAME, `${value}`);
  }

  get port() {
    if (!isUrl(this)) throw notUrl();
    return this.#places().port === -1 ? '' : `${this.#places().port}`;
  }
  set port(value) {
    if (!isUrl(this)) throw notUrl();
    this.#set(SET_PORT, `${value}`);
  }

  get pathname() {
    if (!isUrl(this)) throw notUrl();
    if (this.#origin !== null) return this.#query === -1 ? this.#target : this.#target.slice(0, this.#query);
    const { pathnameStart, searchStart, hashStart } = this.#places();
    return this.#href.slice(pathnameStart, searchStart !== -1 ? searchStart : hashStart !== -1 ? hashStart : this.#href.length);
  }
  set pathname(value) {
    if (!isUrl(this)) throw notUrl();
    this.#set(SET_PATHNAME, `${value}`);
  }

  get search() {
    if (!isUrl(this)) throw notReceiver();
    return this.#search();
  }
  set search(value) {
    if (!isUrl(this)) throw notUrl();
    this.#setSearch(`${value}`);
    if (this.#params !== null) reset(this.#params, this.#search().slice(1));
  }

  /** Linked: a change of either shows in the other. */
  get searchParams() {
    if (!isUrl(this)) throw notUrl();
    this.#params ??= forUrl(this.#search().slice(1), (text) => this.#setSearch(text));
    return this.#params;
  }

  get hash() {
    if (!isUrl(this)) throw notUrl();
    const { hashStart } = this.#places();
    return hashStart === -1 || this.#href.length - hashStart <= 1 ? '' : this.#href.slice(hashStart);
  }
  set hash(value) {
    if (!isUrl(this)) throw notUrl();
    this.#set(SET_HASH, `${value}`);
  }

  toJSON() {
    if (!isUrl(this)) throw notReceiver();
    return this.#href;
  }

  [inspectCustom](depth, options) {
    if (!isUrl(this)) throw notReceiver();
    if (typeof depth === 'number' && depth < 0) return this;
    const { inspect } = require('../node/util');
    const { constructor } = this;
    const shown = {};
    for (const name of parts) shown[name] = this[name];
    return `${constructor.name} ${inspect(shown, options)}`;
  }
}
/** The URL of the href that has just been parsed. */
function urlOf(href) { return new URL(PARSED, href); }

/** @returns {URL|null} */
function parseUrl(text) {
  const href = parse(text, undefined);
  return href === undefined ? null : urlOf(href);
}

const parts = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'searchParams', 'hash'];
for (const name of ['toString', ...parts, 'toJSON']) Object.defineProperty(URL.prototype, name, { enumerable: true });
for (const name of ['canParse', 'parse', 'createObjectURL', 'revokeObjectURL']) Object.defineProperty(URL, name, { enumerable: true });
Object.defineProperty(URL.prototype, Symbol.toStringTag, { value: 'URL', configurable: true });

module.exports = { URL, URLSearchParams };
