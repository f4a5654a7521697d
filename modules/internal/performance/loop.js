'use strict';
// How the process came up and what its loop does: performance.nodeTiming and eventLoopUtilization. The loop counts the time that it
// waits from the moment this is loaded.
const { now } = require('../performance_clock');
const { PerformanceEntry, kCreate } = require('./entries');

const binding = internalBinding('loop');
const [since, idleBefore] = binding.measureIdle();

/** In the order of runtime/bindings/loop.c; ms since the time origin, -1 for what has not come yet. */
const milestone = (which) => binding.milestones()[which];
const idleTime = () => binding.idleTime() - idleBefore;

class PerformanceNodeTiming extends PerformanceEntry {
  constructor() {
    super(kCreate, 'node', 'node', 0, 0);
    const own = {
      name: () => 'node', entryType: () => 'node', startTime: () => 0, duration: now, nodeStart: () => milestone(0),
      v8Start: () => milestone(1), environment: () => milestone(2), loopStart: () => milestone(4), loopExit: () => milestone(5),
      bootstrapComplete: () => milestone(3), idleTime,
    };
    for (const name of Object.keys(own)) Object.defineProperty(this, name, { get: own[name], enumerable: true, configurable: true });
    Object.defineProperty(this, 'uvMetricsInfo', {
      get() {
        const [loopCount, events, eventsWaiting] = binding.metrics();
        return { loopCount, events, eventsWaiting };
      },
      enumerable: true, configurable: true,
    });
  }
  toJSON() {
    const names = ['name', 'entryType', 'startTime', 'duration', 'nodeStart', 'v8Start', 'bootstrapComplete', 'environment',
      'loopStart', 'loopExit', 'idleTime'];
    return Object.fromEntries(names.map((name) => [name, this[name]]));
  }
}
Object.defineProperty(PerformanceNodeTiming.prototype, Symbol.toStringTag, { value: undefined, configurable: true });

/** Node documentation: performance.eventLoopUtilization([utilization1[, utilization2]]). */
function eventLoopUtilization(first = undefined, second = undefined) {
  const loopStart = milestone(4);
  if (loopStart <= 0) return { idle: 0, active: 0, utilization: 0 };
  if (second) {
    const idle = first.idle - second.idle;
    const active = first.active - second.active;
    return { idle, active, utilization: active / (idle + active) };
  }
  const idle = idleTime();
  const active = now() - Math.max(loopStart, since) - idle;
  if (!first) return { idle, active, utilization: active / (idle + active) };
  const idleDelta = idle - first.idle;
  const activeDelta = active - first.active;
  return { idle: idleDelta, active: activeDelta, utilization: activeDelta / (idleDelta + activeDelta) };
}

module.exports = { eventLoopUtilization, nodeTiming: new PerformanceNodeTiming() };
