'use strict';
// Words shared with C (runtime_internal.h has the same order): C looks at them to know whether it has to call JS at
// all. The view exists from the start of the process on; before, nothing is queued that C would have to know.
const { onStart } = require('./bootstrap_hooks');

const shared = {
  TICKS: 0, REJECTIONS: 1, IMMEDIATES: 2, IMMEDIATE_REFS: 3, CONTEXT: 4,
  /** @type {Uint32Array} */
  words: new Uint32Array(8),
};

onStart(() => {
  const before = shared.words;
  shared.words = internalBinding('loop').state();
  shared.words.set(before);
});

module.exports = shared;
