'use strict';
// node:diagnostics_channel.
module.exports = require('../internal/diagnostics');
