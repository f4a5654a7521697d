'use strict';
// process.finalization: callbacks at the process's end for objects that are still alive then (Node documentation:
// process.finalization). Objects are held weakly.
const { codes: { ERR_INVALID_ARG_TYPE } } = require('./errors');
const { validateFunction } = require('./validators');

const events = { exit: new Set(), beforeExit: new Set() }; // of { ref: WeakRef, fn }
const installed = { exit: false, beforeExit: false };
const registry = new FinalizationRegistry(({ event, record }) => { remove(event, record); });
const listeners = { exit: () => run('exit'), beforeExit: () => run('beforeExit') };

function remove(event, record) {
  events[event].delete(record);
  if (events[event].size > 0 || !installed[event]) return;
  process.removeListener(event, listeners[event]);
  installed[event] = false;
}

function run(event) {
  for (const record of events[event]) {
    const object = record.ref.deref();
    if (object !== undefined) record.fn(object, event);
  }
  events[event].clear();
}

function register(event, ref, callback) {
  if (ref === null || (typeof ref !== 'object' && typeof ref !== 'function')) throw new ERR_INVALID_ARG_TYPE('ref', 'object', ref);
  validateFunction(callback, 'callback');
  const record = { ref: new WeakRef(ref), fn: callback };
  events[event].add(record);
  registry.register(ref, { event, record }, ref);
  if (installed[event]) return;
  process.on(event, listeners[event]);
  installed[event] = true;
}

module.exports = {
  /** @param {object | Function} ref @param {(ref: object, event: 'exit') => void} callback */
  register(ref, callback) { register('exit', ref, callback); },
  registerBeforeExit(ref, callback) { register('beforeExit', ref, callback); },
  unregister(ref) {
    registry.unregister(ref);
    for (const event of Object.keys(events)) {
      for (const record of events[event]) {
        const object = record.ref.deref();
        if (object === ref || object === undefined) remove(event, record);
      }
    }
  },
};
