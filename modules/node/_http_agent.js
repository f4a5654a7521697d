'use strict';
// Parts of node:http under the names of Node's own files, which packages have come to use.
const { Agent } = require('../internal/http/agent');
const http = require('./http');

module.exports = { Agent };
Object.defineProperty(module.exports, 'globalAgent', {
  get: () => http.globalAgent, set(agent) { http.globalAgent = agent; }, configurable: true, enumerable: true,
});
