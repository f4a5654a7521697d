'use strict';
// What the engine counts of the functions and blocks that run, from `start` on; and NODE_V8_COVERAGE: a folder that gets it
// as a file when the process ends (Node documentation: NODE_V8_COVERAGE=dir, v8.takeCoverage).
const { load } = require('./loader/builtins');

let session = null;
let sequence = 0;

/** Counts from now on. Code that is compiled already is counted by function only. */
function start() {
  if (session !== null) return;
  const { InspectorSession } = require('./inspector_session');
  session = new InspectorSession();
  session.callSync('Profiler.enable');
  session.callSync('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
}

/** @returns {{ url: string, functions: object[] }[]} of what is no part of the runtime */
function take() {
  const { result } = session.callSync('Profiler.takePreciseCoverage');
  return result.filter(({ url }) => url.startsWith('file:') || (url !== '' && !url.startsWith('node:') && !url.startsWith('evalmachine')));
}

function stop() {
  if (session === null) return;
  session.callSync('Profiler.stopPreciseCoverage');
  session.disconnect();
  session = null;
}

/** Writes a file of what was counted. */
function write(folder) {
  const fs = load('fs');
  const name = `coverage-${process.pid}-${Date.now()}-${sequence++}.json`;
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(`${folder}/${name}`, JSON.stringify({ result: take(), timestamp: performance.now() }));
  } catch (error) {
    process.emitWarning(`NODE_V8_COVERAGE: ${error.message}`);
  }
}

/** At the process's start, where NODE_V8_COVERAGE is set. @param {string} folder */
function startWriting(folder) {
  const path = load('path').resolve(folder);
  process.env.NODE_V8_COVERAGE = path; // for the processes that this one starts, wherever it is then
  start();
  require('./exit_hooks').onEnd(() => { if (session !== null) write(path); });
}

module.exports = { start, startWriting, stop, take, write, get active() { return session !== null; } };
