'use strict';
// dns.lookup and dns.lookupService: what the system's resolver says (node:dns has the rest).
const { customPromisifyArgs } = require('./util');
const binding = internalBinding('dns');
const { isIP } = require('./net_address');
const { DNSException, codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_MISSING_ARGS } } = require('./errors');
const { validateFunction, validateString, validateBoolean, validateOneOf, validatePort, validateNumber } = require('./validators');

let defaultOrder = 'verbatim';
const orders = ['verbatim', 'ipv4first', 'ipv6first'];

function setDefaultResultOrder(order) {
  validateOneOf(order, 'dnsOrder', orders);
  defaultOrder = order;
}

function sortBy(order, list) {
  if (order === 'verbatim') return list;
  const first = order === 'ipv4first' ? 4 : 6;
  return [...list.filter((entry) => entry.family === first), ...list.filter((entry) => entry.family !== first)];
}

/**
 * Node documentation: dns.lookup(hostname[, options], callback).
 * @param {string} hostname
 * @param {number | { family?: 0 | 4 | 6 | 'IPv4' | 'IPv6', hints?: number, all?: boolean, order?: string, verbatim?: boolean }} options
 */
function lookup(hostname, options, callback) {
  if (hostname) validateString(hostname, 'hostname');
  if (typeof options === 'function') [options, callback] = [{}, options];
  else if (typeof options === 'number') options = { family: options };
  else if (options === undefined || options === null) options = {};
  else if (typeof options !== 'object') throw new ERR_INVALID_ARG_TYPE('options', ['integer', 'object'], options);
  validateFunction(callback, 'callback');
  let { family = 0 } = options;
  const { hints = 0, all = false, verbatim } = options;
  if (family === 'IPv4') family = 4;
  else if (family === 'IPv6') family = 6;
  validateOneOf(family ?? 0, 'options.family', [0, 4, 6]);
  if (hints !== undefined && hints !== null) {
    validateNumber(hints, 'options.hints');
    if ((hints & ~(binding.AI_ADDRCONFIG | binding.AI_ALL | binding.AI_V4MAPPED)) !== 0) throw new ERR_INVALID_ARG_VALUE('hints', hints);
  }
  if (all !== undefined && all !== null) validateBoolean(all, 'options.all');
  let order = defaultOrder;
  if (verbatim !== undefined && verbatim !== null) {
    validateBoolean(verbatim, 'options.verbatim');
    order = verbatim ? 'verbatim' : 'ipv4first';
  }
  if (options.order !== undefined && options.order !== null) {
    validateOneOf(options.order, 'options.order', orders);
    ({ order } = options);
  }
  if (!hostname) {
    if (all) process.nextTick(callback, null, []);
    else process.nextTick(callback, null, null, family === 6 ? 6 : 4);
    return {};
  }
  const kind = isIP(hostname);
  if (kind !== 0) {
    if (all) process.nextTick(callback, null, [{ address: hostname, family: kind }]);
    else process.nextTick(callback, null, hostname, kind);
    return {};
  }
  const done = (status, flat) => {
    if (status < 0) {
      callback(new DNSException(status, 'getaddrinfo', hostname));
      return;
    }
    let list = [];
    for (let i = 0; i < flat.length; i += 2) list.push({ address: flat[i], family: flat[i + 1] });
    list = sortBy(order, list);
    if (list.length === 0) callback(new DNSException('ENOTFOUND', 'getaddrinfo', hostname));
    else if (all) callback(null, list);
    else callback(null, list[0].address, list[0].family);
  };
  const status = binding.lookup(hostname, family ?? 0, hints ?? 0, done);
  if (status < 0) process.nextTick(callback, new DNSException(status, 'getaddrinfo', hostname));
  return {};
}
Object.defineProperty(lookup, customPromisifyArgs, { value: ['address', 'family'], enumerable: false });

/** Node documentation: dns.lookupService(address, port, callback). */
function lookupService(address, port, callback) {
  if (arguments.length !== 3) throw new ERR_MISSING_ARGS('address', 'port', 'callback');
  if (isIP(address) === 0) throw new ERR_INVALID_ARG_VALUE('address', address);
  validateString(address, 'address');
  validatePort(port);
  validateFunction(callback, 'callback');
  const status = binding.lookupService(address, Number(port), (result, hostname, service) => {
    if (result < 0) callback(new DNSException(result, 'getnameinfo', address));
    else callback(null, hostname, service);
  });
  if (status < 0) throw new DNSException(status, 'getnameinfo', address);
  return {};
}
Object.defineProperty(lookupService, customPromisifyArgs, { value: ['hostname', 'service'], enumerable: false });

module.exports = { lookup, lookupService, setDefaultResultOrder, getDefaultResultOrder: () => defaultOrder };
