'use strict';
// The way from modules that measure themselves to node:perf_hooks, which need not be loaded: nobody observes then.

const registry = {
  /** Of entries: whether somebody observes them. @type {Record<string, boolean>} */
  types: { __proto__: null },
  /** @param {string} type of entries @returns {boolean} whether somebody observes them */
  observed: (type) => registry.types[type] === true,
  /** Tells observers. detail's properties are also the entry's own. @type {(name: string, type: string, start: number, duration: number, detail: object) => void} */
  enqueue: () => {},
};

module.exports = registry;
