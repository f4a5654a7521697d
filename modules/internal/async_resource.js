'use strict';
// What a binding's JS half does for node:async_hooks with an object that has `asyncId` and `triggerId` (0: nobody asked
// when it was made). Free while no hook is enabled.
const hooks = require('./async_ids');

/** @param {{ asyncId: number, triggerId: number }} resource @param {string} type as Node names it: 'UDPWRAP' */
function track(resource, type) {
  if (hooks.active) hooks.init(resource, type);
}

/** Calls fn(...args) as the execution of `resource`. */
function runInside(resource, fn, ...args) {
  if (hooks.active && resource.asyncId > 0) hooks.runIn(resource, fn, undefined, args);
  else fn(...args);
}

/** It calls back no more. */
function forget(resource) {
  if (resource.asyncId > 0) hooks.destroy(resource.asyncId);
}

module.exports = { track, runInside, forget };
