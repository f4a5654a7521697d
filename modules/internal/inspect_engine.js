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

/** By the numbers that the library's bundler gave its modules (version 3.3.3). */
module.exports = {
  302: () => validators,
  499: () => require('../node/util/types'),
  727: () => engine,
  778: () => errors,
  812: () => require('../node/url'),
  947: () => ({ BuiltinModule: { exists: (name) => name.startsWith('internal/') || require('jsd:registry')[name] !== undefined } }),
};
