'use strict';
// The resolver of node:dns: class Resolver in its two forms (callbacks, promises) over one implementation, and the one
// that dns.resolve*() and dns.setServers() share.
const { ChannelWrap, QueryReqWrap } = require('./dns_channel');
const { isIP } = require('./net_address');
const {
  DNSException,
  codes: { ERR_DNS_SET_SERVERS_FAILED, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_IP_ADDRESS },
} = require('./errors');
const { validateArray, validateFunction, validateInt32, validatePort, validateString,
  validateUint32 } = require('./validators');

// method → [rrtype, what errors call it]
const queries = {
  resolveAny: ['ANY', 'queryAny'], resolve4: ['A', 'queryA'], resolve6: ['AAAA', 'queryAaaa'],
  resolveCaa: ['CAA', 'queryCaa'], resolveCname: ['CNAME', 'queryCname'], resolveMx: ['MX', 'queryMx'],
  resolveNs: ['NS', 'queryNs'], resolveTlsa: ['TLSA', 'queryTlsa'], resolveTxt: ['TXT', 'queryTxt'],
  resolveSrv: ['SRV', 'querySrv'], resolvePtr: ['PTR', 'queryPtr'], resolveNaptr: ['NAPTR', 'queryNaptr'],
  resolveSoa: ['SOA', 'querySoa'],
};
const methodOf = Object.fromEntries(Object.entries(queries).map(([method, [type]]) => [type, method]));

/** 'ADDRESS', 'ADDRESS:PORT', '[ADDRESS]:PORT' → [address, port] */
function readServer(server) {
  if (isIP(server) !== 0) return [server, 53];
  const close = server.startsWith('[') ? server.indexOf(']') : -1;
  const colon = server.lastIndexOf(':');
  const address = close > 0 ? server.slice(1, close) : server.slice(0, Math.max(colon, 0));
  const port = /^:(\d+)$/.exec(server.slice(colon));
  if (isIP(address) === 0 || (port === null && close < 0)) throw new ERR_INVALID_IP_ADDRESS(server);
  return [address, port === null ? 53 : validatePort(port[1]) || 53];
}

function writeServer([address, port]) {
  if (!port || port === 53) return address;
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What both forms share. */
class ResolverBase {
  /**
   * @param {{ timeout?: number, tries?: number, maxTimeout?: number }} [options] milliseconds; timeout -1: c-ares's own
   */
  constructor(options = undefined) {
    const { timeout = -1, tries = 4, maxTimeout = 0 } = { ...options };
    validateInt32(timeout, 'options.timeout', -1);
    validateInt32(tries, 'options.tries', 1);
    validateUint32(maxTimeout, 'options.maxTimeout');
    this._handle = new ChannelWrap(timeout, tries, maxTimeout);
  }

  /** Node documentation: resolver.cancel(). */
  cancel() {
    this._handle.cancel();
  }

  /** @returns {string[]} */
  getServers() {
    return this._handle.getServers()?.map(writeServer) ?? [];
  }

  /** Node documentation: dns.setServers(servers). @param {string[]} servers */
  setServers(servers) {
    validateArray(servers, 'servers');
    const read = [];
    servers.forEach((server, index) => {
      validateString(server, `servers[${index}]`);
      read.push(readServer(server));
    });
    const error = this._handle.setServers(read);
    if (error === undefined) return;
    throw new ERR_DNS_SET_SERVERS_FAILED(error, servers);
  }

  /** Node documentation: resolver.setLocalAddress([ipv4][, ipv6]). */
  setLocalAddress(ipv4, ipv6) {
    validateString(ipv4, 'ipv4');
    if (ipv6 !== undefined) validateString(ipv6, 'ipv6');
    const refuse = (text) => {
      throw Object.defineProperty(new TypeError(text), 'code', {
        value: 'ERR_INVALID_ARG_VALUE', enumerable: true, configurable: true, writable: true,
      });
    };
    const first = isIP(ipv4);
    const second = ipv6 === undefined ? 0 : isIP(ipv6);
    if (first === 0 || (ipv6 !== undefined && second === 0)) refuse('Invalid IP address.');
    if (first === second) refuse(`Cannot specify two IPv${first} addresses.`);
    this._handle.setLocalAddress(first === 4 ? ipv4 : second === 4 ? ipv6 : undefined,
      first === 6 ? ipv4 : second === 6 ? ipv6 : undefined);
  }
}

/**
 * Asks; callback(error) or callback(null, result).
 * @returns {[wrap: object, failure?: Error]} a failure comes at once
 */
function ask(resolver, method, name, ttl, callback) {
  const [type, syscall] = method === 'reverse' ? [undefined, 'getHostByAddr'] : queries[method];
  const wrap = new QueryReqWrap(syscall, name, callback);
  wrap.ttl = ttl;
  const done = (code, result) => {
    if (code === null) callback(null, result);
    else callback(new DNSException(code, syscall, name));
  };
  const { _handle: channel } = resolver;
  const status = type === undefined ? channel.reverse(wrap, done) : channel.query(wrap, type, ttl, done);
  return [wrap, status === 0 ? undefined : new DNSException(status, syscall, name)];
}

/** Node documentation: class dns.Resolver. */
class Resolver extends ResolverBase {
  /** @param {string} hostname @param {string} [rrtype] 'A', 'AAAA', ... */
  resolve(hostname, rrtype, callback) {
    let method = 'resolve4';
    if (typeof rrtype === 'string') method = methodOf[rrtype];
    else if (typeof rrtype === 'function') callback = rrtype;
    else throw new ERR_INVALID_ARG_TYPE('rrtype', 'string', rrtype);
    if (method === undefined) throw new ERR_INVALID_ARG_VALUE('rrtype', rrtype);
    return this[method](hostname, callback);
  }
}

/** Node documentation: class dnsPromises.Resolver. */
class PromisesResolver extends ResolverBase {
  /** @param {string} hostname @param {string} [rrtype] 'A', 'AAAA', ... @returns {Promise<any>} */
  resolve(hostname, rrtype) {
    let method = 'resolve4';
    if (rrtype !== undefined) {
      validateString(rrtype, 'rrtype');
      method = methodOf[rrtype];
      if (method === undefined) throw new ERR_INVALID_ARG_VALUE('rrtype', rrtype);
    }
    return this[method](hostname);
  }
}
Object.defineProperty(PromisesResolver, 'name', { value: 'Resolver' });

for (const method of [...Object.keys(queries), 'reverse']) {
  const name = method === 'reverse' ? 'getHostByAddr' : queries[method][1];
  const define = (Class, value) =>
    Object.defineProperty(Class.prototype, method, { value, writable: true, configurable: true, enumerable: true });
  // As Node's: a name, options that only addresses have, and a callback.
  define(Resolver, { [name](hostname, callback, ...more) {
    let options;
    if (more.length > 0) [options, callback] = [callback, more[0]];
    validateString(hostname, 'name');
    validateFunction(callback, 'callback');
    const [wrap, failure] = ask(this, method, hostname, !!options?.ttl, callback);
    if (failure !== undefined) throw failure;
    return wrap;
  } }[name]);
  define(PromisesResolver, { [name](hostname, options) {
    validateString(hostname, 'name');
    return new Promise((resolve, reject) => {
      const [, failure] = ask(this, method, hostname, !!options?.ttl,
        (error, result) => (error ? reject(error) : resolve(result)));
      if (failure !== undefined) reject(failure);
    });
  } }[name]);
}

// ---- the one of all -----------------------------------------------------------------------------------------------

// One for each form; the same channel until a program gives the promises' one servers of its own.
let forCallbacks;
let forPromises;

/** The resolver that Class's functions without one use. */
function defaultResolver(Class) {
  forCallbacks ??= new Resolver();
  if (Class === Resolver) return forCallbacks;
  forPromises ??= Object.create(PromisesResolver.prototype, { _handle: { value: forCallbacks._handle } });
  return forPromises;
}

/**
 * Node documentation: dns.setServers(servers), and that of the promises, which leaves the callbacks' alone. Queries of
 * before go on with the servers of before.
 */
function setServersOf(Class) {
  return function setServers(servers) {
    const next = new Class();
    next.setServers(servers);
    defaultResolver(Class);
    if (Class === Resolver) [forCallbacks, forPromises] = [next, undefined];
    else forPromises = next;
  };
}

/** resolve*, reverse and getServers of the shared resolver. @returns {Record<string, Function>} */
function functionsOf(Class) {
  const functions = {};
  for (const method of ['getServers', 'resolve', ...Object.keys(queries).sort(), 'reverse']) {
    functions[method] = { [method](...args) { return defaultResolver(Class)[method](...args); } }[method];
  }
  return functions;
}

module.exports = { Resolver, PromisesResolver, setServersOf, functionsOf };
