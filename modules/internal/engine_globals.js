'use strict';
// Names of the engine's own globals. Evaluated before any of ours is added (bootstrap.js); util.inspect tells an
// engine's class from a program's by them. Those that V8 leaves out while a snapshot is made are named here.
module.exports = [...new Set([...Object.getOwnPropertyNames(globalThis), 'Atomics', 'SharedArrayBuffer', 'WebAssembly'])];
