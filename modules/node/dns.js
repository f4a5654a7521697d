'use strict';
// node:dns. lookup and lookupService ask the system (internal/dns_lookup.js), resolve* the servers
// (internal/dns_resolver.js).
const { lookup, lookupService, setDefaultResultOrder, getDefaultResultOrder } = require('../internal/dns_lookup');
const { Resolver, setServersOf, functionsOf } = require('../internal/dns_resolver');
const codes = require('../internal/dns_codes');
const binding = internalBinding('dns');

module.exports = {
  lookup,
  lookupService,
  Resolver,
  getDefaultResultOrder,
  setDefaultResultOrder,
  setServers: setServersOf(Resolver),
  ADDRCONFIG: binding.AI_ADDRCONFIG,
  ALL: binding.AI_ALL,
  V4MAPPED: binding.AI_V4MAPPED,
  ...codes,
  ...functionsOf(Resolver),
};
Object.defineProperty(module.exports, 'promises', {
  configurable: true, enumerable: true, get: () => require('./dns/promises'),
});
