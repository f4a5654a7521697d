'use strict';
// performance.now and its time origin.

const { onStart } = require('./bootstrap_hooks');

const clock = internalBinding('process');
let started = false;
let originWall = 0; // ms since 1970

onStart(() => {
  started = true;
  originWall = Date.now() - clock.uptime() * 1000;
});

/** @returns {number} ms since the process started */
function now() { return started ? clock.uptime() * 1000 : 0; }

/** @returns {number} ms since 1970 at which the process started */
const timeOrigin = () => originWall;

module.exports = { now, timeOrigin };
