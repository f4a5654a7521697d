'use strict';
// node:worker_threads. This thread is the main one; messages between ports work within it. Threads of their own need
// several isolates in one process, which jsd does not have yet: `new Worker` says so.
const { codes } = require('../internal/errors');
const channel = require('../web/message_channel');
const untransferable = require('../internal/untransferable');

const environment = new Map();

class Worker {
  constructor() {
    const { ERR_WORKER_UNSUPPORTED_OPERATION } = codes;
    if (ERR_WORKER_UNSUPPORTED_OPERATION) throw new ERR_WORKER_UNSUPPORTED_OPERATION('new Worker()');
    throw Object.assign(new Error('new Worker() is not supported in workers'), { code: 'ERR_WORKER_UNSUPPORTED_OPERATION' });
  }
}

module.exports = {
  isMainThread: true,
  isInternalThread: false,
  parentPort: null,
  resourceLimits: {},
  threadId: 0,
  workerData: null,
  SHARE_ENV: Symbol.for('nodejs.worker_threads.SHARE_ENV'),
  Worker,
  MessageChannel: channel.MessageChannel,
  MessagePort: channel.MessagePort,
  BroadcastChannel: channel.BroadcastChannel,
  receiveMessageOnPort: channel.receiveMessageOnPort,
  markAsUncloneable: require('../internal/cloneable').markAsUncloneable,
  markAsUntransferable: untransferable.mark,
  isMarkedAsUntransferable: untransferable.isMarked,
  moveMessagePortToContext: (port) => port,
  /** @param {string} key */
  getEnvironmentData: (key) => environment.get(key),
  setEnvironmentData(key, value) {
    if (value === undefined) environment.delete(key);
    else environment.set(key, value);
  },
};
