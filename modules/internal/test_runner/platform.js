'use strict';
// What the test runner needs of the public modules. It is a program like any other, only one that comes along: it asks
// for them by name, when it first needs them, so that nothing of it is part of a process that tests nothing.
const { load } = require('../loader/builtins');

const platform = { __proto__: null };
for (const name of ['assert', 'async_hooks', 'child_process', 'diagnostics_channel', 'events', 'fs', 'module', 'os', 'path',
  'stream', 'string_decoder', 'timers', 'timers/promises', 'tty', 'url', 'util', 'v8', 'vm']) {
  Object.defineProperty(platform, name, { get: () => load(name), enumerable: true });
}

module.exports = platform;
