'use strict';
// Signals as events of process: the first listener of a signal's name starts watching it, the last one ends that. In a
// worker SIGTERM is the host's, which drains for it, for a reload and for a stop alike: the listeners run as part of the
// drain (runtime/drain.h), once.
const binding = internalBinding('process');
const drain = internalBinding('drain');

const numbers = {
  __proto__: null,
  SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGILL: 4, SIGTRAP: 5, SIGABRT: 6, SIGIOT: 6, SIGBUS: 7, SIGFPE: 8, SIGKILL: 9,
  SIGUSR1: 10, SIGSEGV: 11, SIGUSR2: 12, SIGPIPE: 13, SIGALRM: 14, SIGTERM: 15, SIGSTKFLT: 16, SIGCHLD: 17,
  SIGCONT: 18, SIGSTOP: 19, SIGTSTP: 20, SIGTTIN: 21, SIGTTOU: 22, SIGURG: 23, SIGXCPU: 24, SIGXFSZ: 25,
  SIGVTALRM: 26, SIGPROF: 27, SIGWINCH: 28, SIGIO: 29, SIGPOLL: 29, SIGPWR: 30, SIGSYS: 31,
};

function install(process) {
  const watched = new Map();
  process.on('newListener', (name) => {
    if (typeof name !== 'string' || numbers[name] === undefined || watched.has(name)) return;
    if (!internalBinding('worker').isMain()) return; // signals are the main thread's
    const number = numbers[name];
    if (number === numbers.SIGTERM && drain.terminates()) return;
    const handle = binding.signalStart(number, () => process.emit(name, name, number));
    if (typeof handle === 'number') {
      const { errnoException } = require('./errors');
      throw errnoException(handle, 'uv_signal_start');
    }
    watched.set(name, handle);
  });
  process.on('removeListener', (name) => {
    const handle = watched.get(name);
    if (handle === undefined || process.listenerCount(name) > 0) return;
    watched.delete(name);
    binding.signalStop(handle);
  });
}

let terminated = false;

/** From C when a worker drains, and at each further SIGTERM. @returns {boolean} whether the app listens to SIGTERM */
function terminate() {
  const heard = process.listenerCount('SIGTERM') > 0;
  if (heard && !terminated) {
    terminated = true;
    process.emit('SIGTERM', 'SIGTERM', numbers.SIGTERM);
  }
  return heard;
}

/** Whether the program listens to a signal. @param {number} number */
const handled = (number) => Object.keys(numbers).some((name) => numbers[name] === number && process.listenerCount(name) > 0);

module.exports = { numbers, handled, install, terminate };
