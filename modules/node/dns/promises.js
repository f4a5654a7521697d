'use strict';
// node:dns/promises. Wrong arguments throw at once, as in Node; what goes wrong later rejects.
const { lookup, lookupService, setDefaultResultOrder, getDefaultResultOrder } = require('../../internal/dns_lookup');
const { PromisesResolver, setServersOf, functionsOf } = require('../../internal/dns_resolver');
const codes = require('../../internal/dns_codes');
const { codes: { ERR_MISSING_ARGS } } = require('../../internal/errors');

/** Starts what calls back with (error, ...values). What it throws at once is thrown here. */
function promised(start, result) {
  let settle;
  const promise = new Promise((resolve, reject) => {
    settle = (error, ...values) => (error ? reject(error) : resolve(result(...values)));
  });
  start(settle);
  return promise;
}

module.exports = {
  /** @returns {Promise<{ address: string, family: number } | object[]>} */
  lookup: (hostname, options) => promised((done) => lookup(hostname, options, done),
    (address, family) => (Array.isArray(address) ? address : { address, family })),
  /** @returns {Promise<{ hostname: string, service: string }>} */
  lookupService(address, port) {
    if (arguments.length !== 2) throw new ERR_MISSING_ARGS('address', 'port');
    return promised((done) => lookupService(address, port, done), (hostname, service) => ({ hostname, service }));
  },
  Resolver: PromisesResolver,
  getDefaultResultOrder,
  setDefaultResultOrder,
  setServers: setServersOf(PromisesResolver),
  ...codes,
  ...functionsOf(PromisesResolver),
};
