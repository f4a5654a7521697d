'use strict';
// What util.inspect (npm: node-inspect-extracted) asks of its surroundings. Written for the web, the library guesses at
// proxies, promises and hidden entries; build.mjs replaces those modules of its bundle by these, so that they are exact.

const binding = internalBinding('util');
const errors = require('./errors');
const validators = require('./validators');

const engine = {
  constants: { kPending: 0, kFulfilled: 1, kRejected: 2, ALL_PROPERTIES: 0, ONLY_ENUMERABLE: 2 },
  getOwnNonIndexProperties: (object, filter = 2) => binding.ownNonIndexKeys(object, filter === 2),
  getPromiseDetails: (promise) => binding.promiseDetails(promise),
  getProxyDetails(value, both = true) {
    const details = binding.proxyDetails(value);
    return details === undefined || both ? details : details[0];
  },
  previewEntries(value, isIterator) {
    const [entries, keyValue] = binding.previewEntries(value) ?? [[], false];
    return isIterator ? [entries, keyValue] : entries;
  },
  getConstructorName: (object) => binding.constructorName(object),
  getExternalValue: () => 0n,
  Proxy,
};

/** By the numbers that the library's bundler gave its modules (version 3.0.2). */
module.exports = {
  322: () => validators,
  567: () => require('./types'),
  763: () => engine,
  638: () => errors,
  976: () => require('../node/url'),
  111: () => ({ BuiltinModule: { exists: (name) => name.startsWith('internal/') || require('jsd:registry')[name] !== undefined } }),
};
