'use strict';
// Priorities of RFC 7540, which RFC 9113 took back: what an app says of them is accepted once with a warning, and
// ignored.

let warned = false;

/** Node's DEP0194. @param {string} text */
function warn(text) {
  if (warned || process.noDeprecation) return;
  warned = true;
  process.emitWarning(text, 'DeprecationWarning', 'DEP0194');
}

module.exports = { warn };
