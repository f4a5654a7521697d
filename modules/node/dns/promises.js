'use strict';
// node:dns/promises.
const { lookup, lookupService, setDefaultResultOrder, getDefaultResultOrder } = require('../../internal/dns_lookup');

module.exports = {
  setDefaultResultOrder,
  getDefaultResultOrder,
  /** @returns {Promise<{ address: string, family: number } | object[]>} */
  lookup: (hostname, options) => new Promise((resolve, reject) => {
    lookup(hostname, options, (error, address, family) => {
      if (error) reject(error);
      else resolve(Array.isArray(address) ? address : { address, family });
    });
  }),
  lookupService: (address, port) => new Promise((resolve, reject) => {
    lookupService(address, port, (error, hostname, service) => (error ? reject(error) : resolve({ hostname, service })));
  }),
};
