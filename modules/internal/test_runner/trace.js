'use strict';
// The channels of a test's run (Node documentation: Test instrumentation and OpenTelemetry).
const { diagnostics_channel: { tracingChannel } } = require('./platform');

module.exports = { channel: tracingChannel('node.test') };
