'use strict';
// The warning at the first use of what Node documents as experimental.
const warned = new Set();

/** @param {string} feature the message's subject */
function warnExperimental(feature) {
  if (warned.has(feature)) return;
  warned.add(feature);
  process.emitWarning(`${feature} is an experimental feature and might change at any time`, 'ExperimentalWarning');
}

module.exports = { warnExperimental };
