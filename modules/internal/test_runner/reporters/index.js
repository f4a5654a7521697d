'use strict';
// node:test/reporters: tap, dot and junit are generator functions; spec and lcov are streams, made with or without `new`.
const { dotReporter } = require('./dot');
const { junitReporter } = require('./junit');
const { tapReporter } = require('./tap');

/** A class that may be called without `new`; what is called with a source of events, as stream.compose does, goes through it. */
function callable(load) {
  return function make(...args) {
    const Class = load();
    if (new.target !== undefined || typeof args[0]?.[Symbol.asyncIterator] !== 'function') return new Class(...args);
    return through(args[0], new Class());
  };
}

async function* through(source, transform) {
  const { stream: { Readable } } = require('../platform');
  yield* Readable.from(source).pipe(transform);
}

const spec = callable(() => require('./spec').SpecReporter);
const lcov = callable(() => require('./lcov').LcovReporter);

module.exports = { spec, lcov, dot: dotReporter, junit: junitReporter, tap: tapReporter };
