'use strict';
// process.finalization: functions that run at the end of the process for objects that are still alive then. The objects are
// held weakly.
const { codes: { ERR_INVALID_ARG_TYPE } } = require('./errors');
const { validateFunction } = require('./validators');

function finalization() {
  const registered = { exit: new Set(), beforeExit: new Set() }; // { ref, fn }
  const listening = { exit: false, beforeExit: false };

  function run(event) {
    for (const entry of registered[event]) {
      const object = entry.ref.deref();
      if (object !== undefined) entry.fn(object, event);
      registered[event].delete(entry);
    }
  }

  function register(event, object, fn) {
    if (object === null || (typeof object !== 'object' && typeof object !== 'function')) {
      throw new ERR_INVALID_ARG_TYPE('obj', ['Object', 'Function'], object);
    }
    validateFunction(fn, 'fn');
    registered[event].add({ ref: new WeakRef(object), fn });
    if (listening[event]) return;
    listening[event] = true;
    process.on(event, () => run(event));
  }

  return {
    /** @param {object} object @param {(object: object, event: string) => void} fn called on 'exit' */
    register: (object, fn) => register('exit', object, fn),
    registerBeforeExit: (object, fn) => register('beforeExit', object, fn),
    unregister(object) {
      for (const entries of Object.values(registered)) for (const entry of entries) if (entry.ref.deref() === object) entries.delete(entry);
    },
  };
}

module.exports = { finalization };
