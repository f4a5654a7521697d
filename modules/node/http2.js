'use strict';
// node:http2. All of it is in internal/http2; this module says what that stands on.

const { Duplex, Readable, Stream } = require('./stream');
const { now } = require('../web/performance');

Object.assign(require('../internal/http2/parts'), {
  EventEmitter: require('./events'),
  Duplex, Readable, Stream, now,
  net: require('./net'),
  fs: require('./fs'),
  channel: require('./diagnostics_channel').channel,
  inspect: require('./util').inspect,
  FileHandle: () => require('./fs/promises')._FileHandle,
  tls: () => require('./tls'),
  http: () => require('./http'),
});

const { constants } = require('../internal/http2/constants');
const { connect } = require('../internal/http2/client');
const { sensitiveHeaders } = require('../internal/http2/headers');
const { createServer, createSecureServer, performServerHandshake } = require('../internal/http2/server');
const { getDefaultSettings, getPackedSettings, getUnpackedSettings } = require('../internal/http2/settings');
const { Http2ServerRequest } = require('../internal/http2/compat_request');
const { Http2ServerResponse } = require('../internal/http2/compat_response');

if (require('./util').debuglog('http2').enabled) {
  process.emitWarning('Setting the NODE_DEBUG environment variable to \'http2\' can expose sensitive data ' +
    '(such as passwords, tokens and authentication headers) in the resulting log.');
}

module.exports = {
  connect,
  constants,
  createServer,
  createSecureServer,
  getDefaultSettings,
  getPackedSettings,
  getUnpackedSettings,
  performServerHandshake,
  sensitiveHeaders,
  Http2ServerRequest,
  Http2ServerResponse,
};
