'use strict';
// node:timers; the work is done in internal/timers.js.
const timers = require('../internal/timers');

const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate } = timers;

for (const [fn, name] of [[setTimeout, 'setTimeout'], [setImmediate, 'setImmediate']]) {
  Object.defineProperty(fn, Symbol.for('nodejs.util.promisify.custom'), {
    enumerable: true,
    get: () => require('./timers/promises')[name],
  });
}

module.exports = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate };
Object.defineProperty(module.exports, 'promises', {
  configurable: true, enumerable: true, get: () => require('./timers/promises'),
});
