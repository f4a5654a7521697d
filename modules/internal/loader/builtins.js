'use strict';
// The names of built-in modules (Node documentation: module.builtinModules, "Built-in modules with mandatory node: prefix").
const registry = require('jsd:registry');

/** Known by "node:name" only. */
const schemeOnly = new Set(['sea', 'sqlite', 'test', 'test/reporters']);

/** Names that were loaded. */
const loaded = new Set();

const bare = (id) => (id.startsWith('node:') ? id.slice(5) : id);

/** @param {string} id with or without "node:" */
function has(id) {
  return Object.hasOwn(registry, bare(id));
}

/** Whether `require(id)` and `import id` mean a built-in module. */
function canRequire(id) {
  return id.startsWith('node:') ? has(id) : Object.hasOwn(registry, id) && !schemeOnly.has(id);
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
  names: () => Object.keys(registry).filter((name) => !schemeOnly.has(name)),
  allNames: () => Object.keys(registry).map((name) => (schemeOnly.has(name) ? `node:${name}` : name)),
};
