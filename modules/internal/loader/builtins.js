'use strict';
// The names of built-in modules (Node documentation: module.builtinModules, "Built-in modules with mandatory node: prefix").
const registry = require('jsd:registry');
const settings = require('../cli_settings');

/** Known by "node:name" only. */
const schemeOnly = new Set(['sea', 'sqlite', 'test', 'test/reporters']);

/** Known with an option only. */
const behind = { '__proto__': null, 'stream/iter': '--experimental-stream-iter', 'zlib/iter': '--experimental-stream-iter' };

/** Names that were loaded. */
const loaded = new Set();

const bare = (id) => (id.startsWith('node:') ? id.slice(5) : id);

/** @param {string} id with or without "node:" */
function has(id) {
  const name = bare(id);
  return Object.hasOwn(registry, name) && (behind[name] === undefined || settings.has(behind[name]));
}

/** Whether `require(id)` and `import id` mean a built-in module. */
function canRequire(id) {
  return has(id) && (id.startsWith('node:') || !schemeOnly.has(id));
}

module.exports = {
  has,
  canRequire,
  needsScheme: (id) => schemeOnly.has(id),
  /** @returns {any} the module's exports */
  load(id) {
    loaded.add(bare(id));
    return registry[bare(id)]();
  },
  /** What has been asked for by name, as process.moduleLoadList says it. @returns {string[]} */
  loadList: () => Array.from(loaded, (name) => `NativeModule ${name}`),
  url: (id) => `node:${bare(id)}`,
  /** @returns {string[]} */
  names: () => Object.keys(registry).filter((name) => !schemeOnly.has(name) && behind[name] === undefined),
  allNames: () =>
    Object.keys(registry)
      .filter((name) => behind[name] === undefined)
      .map((name) => (schemeOnly.has(name) ? `node:${name}` : name)),
};
