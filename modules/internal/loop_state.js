'use strict';
// Words shared with C (their numbers are C's, see runtime_internal.h): C looks at them to know whether it has to call JS at
// all. The view exists from the start of the process on; before, nothing is queued that C would have to know.
const { onStart } = require('./bootstrap_hooks');

const { COUNT, ...names } = internalBinding('loop').words;

const shared = {
  ...names,
  /** @type {Uint32Array} */
  words: new Uint32Array(COUNT),
};

shared.words[names.LAST_ID] = 1; // 1 is the program itself

onStart(() => {
  const before = shared.words;
  shared.words = internalBinding('loop').state();
  shared.words.set(before);
});

module.exports = shared;
