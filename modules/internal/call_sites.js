'use strict';
// Who called: frames of the stack as the engine gives them, without the formatting of Error.stack.

/**
 * @param {number} frames how many at most, this function's own caller first
 * @returns {(string | number)[]} four a frame: function, script, line, column
 */
function callSites(frames) {
  return (internalBinding('util').callSites(frames + 1) ?? []).slice(4);
}

/** Whether the innermost frame that is not jsd's own lies in a node_modules folder: a package's code, not the app's. */
function isInsideNodeModules() {
  const flat = callSites(30);
  for (let i = 1; i < flat.length; i += 4) {
    const script = flat[i];
    if (script && !script.startsWith('node:')) return /(?:^|[\\/])node_modules(?:[\\/]|$)/.test(script);
  }
  return false;
}

module.exports = { callSites, isInsideNodeModules };
