'use strict';
// Whether anybody watches: a subscriber of a diagnostics channel, or a PerformanceObserver of what the runtime measures
// itself. Hot paths look at `on` alone, and nothing else happens while nobody does.

const observed = {
  on: false,
  /** The types of entries that observers want. @type {Set<string>} */
  types: new Set(),
  /** Set by perf_hooks: (name, type, startTime, duration, detail) => void */
  enqueue: null,
  /** @param {string} name @param {object} message */
  publish(name, message) {
    const channel = require('../node/diagnostics_channel').channel(name);
    if (channel.hasSubscribers) channel.publish(message);
  },
  /** Milliseconds of performance.now(). */
  now: () => performance.now(),
  /** Adds an entry that lasted from `start` until now, if somebody wants its type. */
  measured(name, type, start, detail) {
    if (observed.types.has(type)) observed.enqueue(name, type, start, observed.now() - start, detail);
  },
};

module.exports = observed;
