'use strict';
// What ends a running test or hook from outside: its time is up, or a signal is aborted.
const timers = require('../timers');
const { failure, kinds } = require('./failure');

/**
 * A promise that is rejected when the time is up, the signal aborted or `interrupt` called; `clear` when it is over.
 * @param {number} timeout ms
 * @param {AbortSignal} [signal]
 * @returns {{ promise: Promise<never>, interrupt: (error: Error) => void, clear: () => void }}
 */
function stopper(timeout, signal) {
  const { promise, reject } = Promise.withResolvers();
  promise.catch(() => {});
  let timer, onAbort;
  if (timeout !== Infinity) {
    timer = timers.setUnrefTimeout(() => reject(failure(`test timed out after ${timeout}ms`, kinds.timeout)), timeout);
  }
  if (signal !== undefined) {
    onAbort = () => reject(failure(signal.reason, kinds.aborted));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  }
  return {
    promise,
    interrupt: reject,
    clear() {
      if (timer !== undefined) timers.clearTimeout(timer);
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    },
  };
}

module.exports = { stopper };
