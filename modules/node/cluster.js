'use strict';
// node:cluster. jsd's master forks the workers (`jsd serve --workers N`) and shares the listening sockets between them, so
// a program that runs under it is never the one to fork: fork() says so.

const EventEmitter = require('./events');
const { codes: { ERR_FEATURE_UNAVAILABLE_ON_PLATFORM } } = require('../internal/errors');

const cluster = module.exports = new EventEmitter();
Object.assign(cluster, {
  isMaster: true,
  isPrimary: true,
  isWorker: false,
  SCHED_NONE: 1,
  SCHED_RR: 2,
  schedulingPolicy: 2,
  settings: {},
  workers: {},
  Worker: class Worker extends EventEmitter {},
  setupPrimary(settings) { Object.assign(cluster.settings, settings); },
  setupMaster(settings) { Object.assign(cluster.settings, settings); },
  fork() { throw new ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('cluster.fork (use jsd serve --workers N)'); },
  disconnect(callback) { if (typeof callback === 'function') process.nextTick(callback); },
});
