'use strict';
// URL (URL standard, section 6).

const {
  codes: { ERR_INVALID_THIS, ERR_INVALID_URL, ERR_MISSING_ARGS },
} = require('../internal/errors');
const { fromRecord, parse, parseRecord, stateMachine } = require('./url_parse');
const { URLSearchParams, forUrl, reset } = require('./url_search_params');

const inspectCustom = Symbol.for('nodejs.util.inspect.custom');
const toUSV = (value) => {
  const text = `${value}`;
  return /[\ud800-\udfff]/.test(text) ? require('../node/util').toUSVString(text) : text;
};
const special = new Set(['http:', 'https:', 'ws:', 'wss:', 'ftp:']);

class URL {
  #parts;
  #params = null;

  /** @param {string} input @param {string|URL} [base] @throws {TypeError} ERR_INVALID_URL */
  constructor(input, base = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('url');
    input = toUSV(input);
    if (base !== undefined) base = toUSV(base);
    const parts = parse(input, base);
    if (parts === null) throw new ERR_INVALID_URL(input, base);
    this.#parts = parts;
  }

  static canParse(input, base = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('url');
    return parse(toUSV(input), base === undefined ? undefined : toUSV(base)) !== null;
  }

  /** As the constructor, but null for an invalid URL. */
  static parse(input, base = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('url');
    try {
      return new URL(input, base);
    } catch (error) {
      if (error?.code === 'ERR_INVALID_URL') return null;
      throw error;
    }
  }

  static createObjectURL(object) { return require('./blob').createObjectURL(object); }
  static revokeObjectURL(id) { require('./blob').revokeObjectURL(`${id}`); }

  #check() { if (!(#parts in this)) throw new ERR_INVALID_THIS('URL'); }

  /** Runs the state machine from `state` with the setter's value. */
  #override(value, state, prepare) {
    const { basicURLParse } = stateMachine();
    const record = parseRecord(this.#parts.href);
    if (prepare?.(record) === false) return;
    if (state !== null) basicURLParse(toUSV(value), { url: record, stateOverride: state });
    this.#parts = fromRecord(record);
  }
  #cannotHavePort() {
    const { protocol, hostname } = this.#parts;
    return hostname === '' || protocol === 'file:';
  }

  get href() {
    if (!(#parts in this)) throw new ERR_INVALID_THIS('URL');
    return this.#parts.href;
  }
  set href(value) {
    value = toUSV(value);
    const parts = parse(value);
    if (parts === null) throw new ERR_INVALID_URL(value);
    this.#parts = parts;
    if (this.#params) reset(this.#params, parts.search.slice(1));
  }

  get origin() {
    this.#check();
    const { protocol, pathname } = this.#parts;
    if (special.has(protocol)) return `${protocol}//${this.host}`;
    if (protocol === 'blob:') {
      const inner = parse(pathname);
      if (inner !== null && (inner.protocol === 'http:' || inner.protocol === 'https:')) return new URL(pathname).origin;
    }
    return 'null';
  }

  get protocol() {
    this.#check();
    return this.#parts.protocol;
  }
  set protocol(value) { this.#override(`${value}:`, 'scheme start'); }

  get username() {
    this.#check();
    return this.#parts.username;
  }
  set username(value) {
    if (!this.#cannotHavePort()) this.#override(value, null, (record) => stateMachine().setTheUsername(record, toUSV(value)));
  }

  get password() {
    this.#check();
    return this.#parts.password;
  }
  set password(value) {
    if (!this.#cannotHavePort()) this.#override(value, null, (record) => stateMachine().setThePassword(record, toUSV(value)));
  }

  get host() {
    this.#check();
    const { hostname, port } = this.#parts;
    return port === '' ? hostname : `${hostname}:${port}`;
  }
  set host(value) { this.#override(value, 'host', (record) => !stateMachine().hasAnOpaquePath(record)); }

  get hostname() {
    this.#check();
    return this.#parts.hostname;
  }
  set hostname(value) { this.#override(value, 'hostname', (record) => !stateMachine().hasAnOpaquePath(record)); }

  get port() {
    this.#check();
    return this.#parts.port;
  }
  set port(value) {
    if (this.#cannotHavePort()) return;
    if (`${value}` === '') this.#override(value, null, (record) => { record.port = null; });
    else this.#override(value, 'port');
  }

  get pathname() {
    this.#check();
    return this.#parts.pathname;
  }
  set pathname(value) {
    this.#override(value, 'path start', (record) => {
      if (stateMachine().hasAnOpaquePath(record)) return false;
      record.path = [];
      return true;
    });
  }

  get search() {
    this.#check();
    return this.#parts.search;
  }
  set search(value) {
    value = toUSV(value);
    this.#setSearch(value);
    if (this.#params) reset(this.#params, this.#parts.search.slice(1));
  }
  #setSearch(value) {
    const text = value[0] === '?' ? value.slice(1) : value;
    this.#override(text, value === '' ? null : 'query', (record) => { record.query = value === '' ? null : ''; });
  }

  get searchParams() {
    if (!(#parts in this)) throw new ERR_INVALID_THIS('URL');
    this.#params ??= forUrl(this.#parts.search.slice(1), (text) => this.#setSearch(text));
    return this.#params;
  }

  get hash() {
    this.#check();
    return this.#parts.hash;
  }
  set hash(value) {
    value = toUSV(value);
    const text = value[0] === '#' ? value.slice(1) : value;
    this.#override(text, value === '' ? null : 'fragment', (record) => { record.fragment = value === '' ? null : ''; });
  }

  toString() {
    if (!(#parts in this)) throw new ERR_INVALID_THIS('URL');
    return this.#parts.href;
  }
  toJSON() {
    if (!(#parts in this)) throw new ERR_INVALID_THIS('URL');
    return this.#parts.href;
  }

  [inspectCustom](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this;
    const { inspect } = require('../node/util');
    const constructor = this.constructor === Object ? URL : this.constructor;
    const shown = Object.create({ constructor });
    for (const name of ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'searchParams', 'hash']) {
      shown[name] = this[name];
    }
    return `${constructor.name} ${inspect(Object.assign({}, shown), options)}`;
  }
}
for (const name of ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'searchParams', 'hash',
  'toString', 'toJSON']) {
  Object.defineProperty(URL.prototype, name, { enumerable: true });
}
for (const name of ['canParse', 'parse', 'createObjectURL', 'revokeObjectURL']) Object.defineProperty(URL, name, { enumerable: true });
Object.defineProperty(URL.prototype, Symbol.toStringTag, { value: 'URL', configurable: true });

module.exports = { URL, URLSearchParams };
