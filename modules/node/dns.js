'use strict';
// node:dns: lookup through the system's resolver. Queries of single records (resolve*) come with a resolver of their own.
const { lookup, lookupService, setDefaultResultOrder, getDefaultResultOrder } = require('../internal/dns_lookup');
const binding = internalBinding('dns');

const codes = {
  NODATA: 'ENODATA', FORMERR: 'EFORMERR', SERVFAIL: 'ESERVFAIL', NOTFOUND: 'ENOTFOUND', NOTIMP: 'ENOTIMP',
  REFUSED: 'EREFUSED', BADQUERY: 'EBADQUERY', BADNAME: 'EBADNAME', BADFAMILY: 'EBADFAMILY', BADRESP: 'EBADRESP',
  CONNREFUSED: 'ECONNREFUSED', TIMEOUT: 'ETIMEOUT', EOF: 'EOF', FILE: 'EFILE', NOMEM: 'ENOMEM',
  DESTRUCTION: 'EDESTRUCTION', BADSTR: 'EBADSTR', BADFLAGS: 'EBADFLAGS', NONAME: 'ENONAME', BADHINTS: 'EBADHINTS',
  NOTINITIALIZED: 'ENOTINITIALIZED', LOADIPHLPAPI: 'ELOADIPHLPAPI', ADDRGETNETWORKPARAMS: 'EADDRGETNETWORKPARAMS',
  CANCELLED: 'ECANCELLED',
};

module.exports = {
  lookup, lookupService, setDefaultResultOrder, getDefaultResultOrder,
  ADDRCONFIG: binding.AI_ADDRCONFIG, ALL: binding.AI_ALL, V4MAPPED: binding.AI_V4MAPPED,
  ...codes,
};
Object.defineProperty(module.exports, 'promises', {
  configurable: true, enumerable: true, get: () => require('./dns/promises'),
});
