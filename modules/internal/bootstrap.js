'use strict';
// The entry of the bundle: sets up globals, evaluates what goes into the snapshot, and exports what C calls.
//
// What is in `eager` is evaluated when the snapshot is made, so no process pays for it again; everything else runs on
// its first require. Eager is what an HTTP app needs before it answers.
require('./engine_globals');

const define = (name, value, enumerable = false) =>
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable });

define('global', globalThis, true);
Object.defineProperty(Error, 'prepareStackTrace', {
  value: require('./stack').prepareStackTrace, writable: true, configurable: true, enumerable: false,
});
const process = require('../node/process');

for (const [name, value] of [['process', process]]) {
  let current = value;
  Object.defineProperty(globalThis, name, {
    get: () => current, set(next) { current = next; }, enumerable: false, configurable: true,
  });
}

const timers = require('../node/timers');
for (const name of Object.keys(timers)) {
  if (name !== 'promises') define(name, timers[name], true);
}

const hooks = require('./bootstrap_hooks');
const { runEndHooks } = require('./exit_hooks');
const ticks = require('./tick');
define('queueMicrotask', ticks.queueMicrotask, true);
const internalTimers = require('./timers');
const { uncaught } = require('./uncaught');
const ids = require('./async_ids');
const { onWarning } = require('./warning');
const { Buffer } = require('../node/buffer');
define('Buffer', Buffer);
require('../web/index').install(globalThis);
define('console', require('../node/console'));

const builtins = require('./loader/builtins');
const eager = ['events', 'buffer', 'util', 'path', 'url', 'querystring', 'stream', 'string_decoder', 'timers', 'fs', 'net',
  'http', 'module', 'async_hooks', 'os', 'tty', 'diagnostics_channel', 'vm'];
for (const name of eager) builtins.load(name);
Object.defineProperty(process, 'moduleLoadList', { get: builtins.loadList, enumerable: true, configurable: true });

/** From C, once in each process. @param {string[]} argv what follows the program's name */
function start(argv) {
  hooks.start();
  process.argv = [process.execPath, ...argv];
  process.on('warning', onWarning);
  if (process.env.NODE_CHANNEL_FD !== undefined) require('./ipc_channel').attachToParent();
}

/** From C when the loop has nothing left to do. */
function beforeExit() {
  process.emit('beforeExit', Number(process.exitCode ?? 0));
}

/** From C at the end. @returns {number} the exit code */
function exit() {
  if (!process._exiting) {
    ticks.stopTicks();
    main.settle();
    process._exiting = true;
    process.emit('exit', Number(process.exitCode ?? 0));
  }
  runEndHooks();
  return Number(process.exitCode ?? 0);
}

const main = require('./run_main');
/** From C in a thread's environment. */
main.worker = () => {
  const threads = () => builtins.load('worker_threads');
  require('./worker/thread').run(require('../web/message_channel'), main, threads);
};

module.exports = {
  callbacks: {
    start,
    ticks: ticks.runTicks,
    timers: internalTimers.processTimers,
    immediates: internalTimers.processImmediates,
    rejection: require('./rejections').onRejection,
    uncaught,
    beforeExit,
    exit,
    terminate: require('./signals').terminate,
    asyncInit: ids.onInit,
    asyncBefore: ids.emitBefore,
    asyncAfter: ids.emitAfter,
    asyncDestroy: ids.onDestroy,
    wasmStream: (source, stream) => require('../web/wasm_streaming').streamWasm(source, stream),
  },
  main,
  requestFrame: require('./async_context').requestFrame,
};
