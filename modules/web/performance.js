'use strict';
// performance.now and its time origin; the rest of the Performance API is modules/internal/perf.js, loaded on demand.

const { onStart } = require('../internal/bootstrap_hooks');

let originMonotonic = 0; // ms
let originWall = 0; // ms since 1970
let loopClock = null;

function monotonic() {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

onStart(() => {
  loopClock = monotonic;
  originMonotonic = monotonic() - (process.uptime?.() ?? 0) * 1000;
  originWall = Date.now() - (monotonic() - originMonotonic);
});

/** @returns {number} ms since the process started */
function now() { return loopClock === null ? 0 : loopClock() - originMonotonic; }

/** @returns {number} ms since 1970 at which the process started */
const timeOrigin = () => originWall;

module.exports = { now, timeOrigin };
