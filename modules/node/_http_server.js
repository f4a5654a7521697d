'use strict';
const { STATUS_CODES } = require('../internal/http/status');
const { Server, ServerResponse, kConnectionsCheckingInterval } = require('../internal/http/server');

module.exports = { STATUS_CODES, Server, ServerResponse, kConnectionsCheckingInterval };
