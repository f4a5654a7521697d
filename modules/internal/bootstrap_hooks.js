'use strict';
// What a module of the snapshot has to do in each real process, after the heap was restored: read the clock, the
// environment, argv; look up memory that it shares with C.

const hooks = [];

/**
 * Runs `hook` when a process starts. Modules that are required later than that run it at once.
 * @param {() => void} hook
 */
function onStart(hook) {
  if (started) hook();
  else hooks.push(hook);
}

let started = false;

/** Called once per process by bootstrap. */
function start() {
  started = true;
  for (const hook of hooks) hook();
}

module.exports = { onStart, start };
