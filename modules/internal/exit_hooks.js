'use strict';
// What tools do when the process ends by itself: after its 'exit' event, and no program can remove it.

const hooks = [];

/** @param {() => void} hook runs at most once */
const onEnd = (hook) => { hooks.push(hook); };

function runEndHooks() {
  for (const hook of hooks.splice(0)) {
    try {
      hook();
    } catch (error) {
      internalBinding('process').writeError(`${error?.stack ?? error}\n`);
    }
  }
}

module.exports = { onEnd, runEndHooks };
