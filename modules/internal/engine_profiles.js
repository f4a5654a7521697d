'use strict';
// --cpu-prof and --heap-prof: profiles of the engine from the start of the program to its end, as files that Chromium's
// developer tools open (Node documentation: command-line options); and v8.startCpuProfile.
const path = require('../node/path');
const { load } = require('./loader/builtins');
const { onEnd } = require('./exit_hooks');
const { InspectorSession } = require('./inspector_session');
const settings = require('./cli_settings');

const kinds = [
  {
    option: '--cpu-prof', prefix: 'CPU', extension: 'cpuprofile',
    start(session, interval = 1000) {
      session.callSync('Profiler.enable');
      session.callSync('Profiler.setSamplingInterval', { interval });
      session.callSync('Profiler.start');
    },
    stop: (session) => session.callSync('Profiler.stop').profile,
  },
  {
    option: '--heap-prof', prefix: 'Heap', extension: 'heapprofile',
    start(session, samplingInterval = 512 * 1024) {
      session.callSync('HeapProfiler.enable');
      session.callSync('HeapProfiler.startSampling', { samplingInterval });
    },
    stop: (session) => session.callSync('HeapProfiler.stopSampling').profile,
  },
];

/** Ends the process where an option stands without the one that it belongs to. */
function check() {
  const wrong = kinds.flatMap(({ option }) => (settings.has(option) ? [] : ['name', 'dir', 'interval']
    .filter((part) => settings.has(`${option}-${part}`))
    .map((part) => `${option}-${part} must be used with ${option}`)));
  if (wrong.length === 0) return;
  internalBinding('process').writeError(wrong.map((text) => `${process.execPath}: ${text}\n`).join(''));
  process.reallyExit(9);
}

/** Starts what the command line asks for. */
function startFromOptions() {
  check();
  for (const { option, prefix, extension, start, stop } of kinds) {
    if (!settings.has(option)) continue;
    const session = new InspectorSession();
    const interval = settings.get(`${option}-interval`);
    const folder = path.resolve(settings.get(`${option}-dir`) ?? settings.get('--diagnostic-dir') ?? '');
    start(session, interval === undefined ? undefined : Number(interval));
    onEnd(() => {
      const fs = load('fs');
      const name = settings.get(`${option}-name`)?.replaceAll('${pid}', process.pid) ??
        internalBinding('heap').fileName(prefix, extension);
      const profile = stop(session);
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(path.join(folder, name), JSON.stringify(profile));
    });
  }
}

/** Node documentation: class SyncCPUProfileHandle. */
class SyncCPUProfileHandle {
  #session = new InspectorSession();

  constructor() { kinds[0].start(this.#session); }

  /** @returns {string | undefined} the profile as JSON; undefined once it was stopped */
  stop() {
    if (this.#session === null) return undefined;
    const profile = kinds[0].stop(this.#session);
    this.#session.disconnect();
    this.#session = null;
    return JSON.stringify(profile);
  }

  [Symbol.dispose]() { this.stop(); }
}

module.exports = { startFromOptions, SyncCPUProfileHandle };
