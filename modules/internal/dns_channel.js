'use strict';
// The JS half of runtime/bindings/cares.c: one c-ares channel, and the records of its answers in Node's shapes.
const binding = internalBinding('cares');

const { types } = binding;

/** number → 'ENOTFOUND', as c-ares numbers its errors */
const names = new Map(
  Object.entries(binding.errors).map(([name, number]) => [number, name === 'EOF' ? name : `E${name}`]));

/** @returns {string} the code of an error of c-ares */
const codeOf = (status) => names.get(status) ?? 'UNKNOWN_ARES_ERROR';

// ---- records ------------------------------------------------------------------------------------------------------

// What an answer of one type is made into, from the fields in the order of its RFC. Its `type` is among them where Node
// has it, also outside of resolveAny.
const address = (value, ttl) => ({ address: value, ttl });
const named = (value) => ({ value });
const shapes = {
  A: address,
  AAAA: address,
  CNAME: named,
  NS: named,
  PTR: named,
  MX: (priority, exchange) => ({ exchange, priority, type: 'MX' }),
  TXT: (entries) => ({ entries }),
  SRV: (priority, weight, port, name) => ({ name, port, priority, weight, type: 'SRV' }),
  NAPTR: (order, preference, flags, service, regexp, replacement) =>
    ({ flags, service, regexp, replacement, order, preference, type: undefined }),
  SOA: (nsname, hostmaster, serial, refresh, retry, expire, minttl) =>
    ({ nsname, hostmaster, serial, refresh, retry, expire, minttl, type: undefined }),
  TLSA: (certUsage, selector, match, data) => ({ certUsage, selector, match, data }),
  CAA: (critical, tag, value) => ({ critical, type: 'CAA', [tag]: value }),
};

/** In this order, as Node gives them. */
const anyOrder = ['A', 'CNAME', 'AAAA', 'MX', 'NS', 'TXT', 'SRV', 'PTR', 'NAPTR', 'SOA', 'TLSA', 'CAA'];

const of = (records, type) => records.filter((record) => record[0] === types[type]);
const fieldsOf = (records, type) => of(records, type).map(([, , ...fields]) => fields);

/** The addresses of an answer; a TTL is that of the shortest lived name on the way. */
function addresses(records, type, ttl) {
  if (!ttl) return fieldsOf(records, type).map(([value]) => value);
  const limit = Math.min(Infinity, ...of(records, 'CNAME').map(([, seconds]) => seconds));
  return of(records, type).map(([, seconds, value]) => address(value, Math.min(seconds, limit)));
}

/** Everything in an answer, but the addresses behind an alias. */
function anything(records) {
  const aliased = of(records, 'CNAME').length > 0;
  return anyOrder.flatMap((type) => (type === 'A' && aliased ? [] : of(records, type).map(([, ttl, ...fields]) =>
    Object.assign(shapes[type](...fields, ...(shapes[type] === address ? [ttl] : [])), { type }))));
}

/** @returns {any} what resolve*() gives, or the code of its error */
function shape(type, records, ttl) {
  switch (type) {
    case 'ANY': return anything(records);
    case 'A': case 'AAAA': return addresses(records, type, ttl);
    case 'TXT': return fieldsOf(records, type).map(([entries]) => entries);
    case 'CNAME': case 'NS': case 'PTR': {
      const names = fieldsOf(records, type).map(([name]) => name);
      return names.length === 0 ? 'ENODATA' : names;
    }
    case 'SOA': {
      const [first] = fieldsOf(records, type);
      return first === undefined ? 'EBADRESP' : shapes.SOA(...first);
    }
    default: return fieldsOf(records, type).map((fields) => shapes[type](...fields));
  }
}

// ---- the channel --------------------------------------------------------------------------------------------------

/** One query. */
class QueryReqWrap {
  constructor(bindingName, hostname, callback) {
    this.bindingName = bindingName;
    this.hostname = hostname;
    this.callback = callback;
  }
}

class ChannelWrap {
  #native;
  /** The system's servers, and nobody was there the last time: its configuration may have come since. */
  #doubtful = true;

  /** @param {number} timeout ms, -1: c-ares's own @param {number} tries @param {number} maxTimeout ms, 0: none */
  constructor(timeout, tries, maxTimeout) {
    this.#native = binding.create(timeout, tries, maxTimeout);
    if (typeof this.#native === 'number') {
      const { DNSException } = require('./errors');
      throw new DNSException(codeOf(this.#native), 'ares_init_options');
    }
  }

  /**
   * @param {string} type 'A', ..., or 'ANY' @param {boolean} ttl whether addresses come with it
   * @param {(code: string | null, result?: any) => void} callback
   */
  query(wrap, type, ttl, callback) {
    if (this.#doubtful && this.getServers().every(([server]) => server === '127.0.0.1')) binding.reload(this.#native);
    return this.#begin(wrap, callback, (done) => binding.query(this.#native, wrap.hostname, types[type], done),
      (records) => shape(type, records, ttl));
  }

  /** @returns {number} 0, or a negative errno for what is no address */
  reverse(wrap, callback) {
    return this.#begin(wrap, callback, (done) => binding.reverse(this.#native, wrap.hostname, done), (list) => list);
  }

  #begin(wrap, callback, start, result) {
    return start((code, records) => {
      const value = code === 0 ? result(records) : codeOf(code);
      if (code === 0) this.#doubtful = false;
      if (typeof value === 'string') callback(value);
      else callback(null, value);
    });
  }

  cancel() { binding.cancel(this.#native); }

  /** @returns {[address: string, port: number][]} */
  getServers() {
    const flat = binding.getServers(this.#native);
    const servers = [];
    for (let i = 0; i < flat.length; i += 2) servers.push([flat[i], flat[i + 1]]);
    return servers;
  }

  /** @param {[address: string, port: number][]} servers @returns {string | undefined} what went wrong */
  setServers(servers) {
    const flat = servers.flatMap(([server, port]) => [server.split('%')[0], port]);
    const status = binding.setServers(this.#native, flat);
    if (status === 0) {
      this.#doubtful = false;
      return undefined;
    }
    return status === -1 ? 'There are pending queries.' : binding.message(status);
  }

  /** Where queries come from; both numeric. */
  setLocalAddress(ipv4, ipv6) { binding.setLocalAddress(this.#native, ipv4 ?? '0.0.0.0', ipv6 ?? '::'); }
}

module.exports = { ChannelWrap, QueryReqWrap };
