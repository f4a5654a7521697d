'use strict';
// util.MIMEType and util.MIMEParams (WHATWG MIME Sniffing, section 4).

const { codes: { ERR_INVALID_MIME_SYNTAX } } = require('./errors');

const NOT_TOKEN = /[^!#$%&'*+\-.^_`|~A-Za-z0-9]/;
const NOT_QUOTED = /[^\t\x20-\x7e\x80-\xff]/;
const trimEnd = (text) => text.replace(/[\r\n\t ]+$/, '');

function checkToken(value, production, text = value) {
  const at = value.search(NOT_TOKEN);
  if (value === '' || at !== -1) throw new ERR_INVALID_MIME_SYNTAX(production, text, at);
}

function encodeValue(value) {
  if (value.length === 0) return '""';
  return NOT_TOKEN.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value;
}

class MIMEParams {
  #data = new Map();

  delete(name) { this.#data.delete(`${name}`); }
  get(name) { return this.#data.get(`${name}`) ?? null; }
  has(name) { return this.#data.has(`${name}`); }
  set(name, value) {
    name = `${name}`;
    value = `${value}`;
    checkToken(name, 'parameter name');
    const at = value.search(NOT_QUOTED);
    if (at !== -1) throw new ERR_INVALID_MIME_SYNTAX('parameter value', value, at);
    this.#data.set(name, value);
  }
  * entries() { yield* this.#data.entries(); }
  * keys() { yield* this.#data.keys(); }
  * values() { yield* this.#data.values(); }
  toString() {
    let out = '';
    for (const [name, value] of this.#data) out += `${out && ';'}${name}=${encodeValue(value)}`;
    return out;
  }
  toJSON() { return this.toString(); }

  static parse(text, params) {
    let at = 0;
    while (at < text.length) {
      while (at < text.length && /[\r\n\t ]/.test(text[at])) at++;
      const start = at;
      while (at < text.length && text[at] !== ';' && text[at] !== '=') at++;
      const name = text.slice(start, at).toLowerCase();
      if (at >= text.length || text[at++] === ';') continue;
      let value = '';
      if (text[at] === '"') {
        for (at++; at < text.length && text[at] !== '"'; at++) {
          if (text[at] === '\\' && at + 1 < text.length) at++;
          value += text[at];
        }
        while (at < text.length && text[at] !== ';') at++;
      } else {
        const from = at;
        while (at < text.length && text[at] !== ';') at++;
        value = trimEnd(text.slice(from, at));
        if (value === '') {
          at++;
          continue;
        }
      }
      at++;
      if (name !== '' && !NOT_TOKEN.test(name) && !NOT_QUOTED.test(value) && !params.has(name)) params.#data.set(name, value);
    }
    return params;
  }
}
const parseParams = MIMEParams.parse;
delete MIMEParams.parse;
Object.defineProperty(MIMEParams.prototype, Symbol.iterator, { value: MIMEParams.prototype.entries, writable: true, configurable: true });

class MIMEType {
  #type;
  #subtype;
  #parameters;

  constructor(input) {
    const text = `${input}`.replace(/^[\r\n\t ]+/, '');
    const slash = text.indexOf('/');
    const type = slash === -1 ? text : text.slice(0, slash);
    if (slash === -1) throw new ERR_INVALID_MIME_SYNTAX('type', text, -1);
    checkToken(type, 'type', text);
    const semicolon = text.indexOf(';', slash);
    const subtype = trimEnd(text.slice(slash + 1, semicolon === -1 ? text.length : semicolon));
    checkToken(subtype, 'subtype', text);
    this.#type = type.toLowerCase();
    this.#subtype = subtype.toLowerCase();
    this.#parameters = parseParams(semicolon === -1 ? '' : text.slice(semicolon + 1), new MIMEParams());
  }

  get type() { return this.#type; }
  set type(value) {
    value = `${value}`;
    checkToken(value, 'type');
    this.#type = value.toLowerCase();
  }
  get subtype() { return this.#subtype; }
  set subtype(value) {
    value = `${value}`;
    checkToken(value, 'subtype');
    this.#subtype = value.toLowerCase();
  }
  get essence() { return `${this.#type}/${this.#subtype}`; }
  get params() { return this.#parameters; }
  toString() {
    const params = this.#parameters.toString();
    return params ? `${this.essence};${params}` : this.essence;
  }
  toJSON() { return this.toString(); }
}

module.exports = { MIMEParams, MIMEType };
