'use strict';
// The way from modules that measure themselves to node:perf_hooks, which need not be loaded: nobody observes then.

const registry = {
  /** @param {string} type of entries @returns {boolean} whether somebody observes them */
  observed: (type) => false,
  /**
   * Tells observers. detail's properties are also the entry's own.
   * @type {(name: string, type: string, start: number, duration: number, detail: object) => void}
   */
  enqueue: () => {},
};

module.exports = registry;
