'use strict';
// node:http2: the constants that packages read when they load. Servers and sessions of HTTP/2 are not there yet, and
// say so when somebody makes one.

const { codes: { ERR_METHOD_NOT_IMPLEMENTED } } = require('../internal/errors');

const constants = {
  NGHTTP2_NO_ERROR: 0,
  NGHTTP2_PROTOCOL_ERROR: 1,
  NGHTTP2_INTERNAL_ERROR: 2,
  NGHTTP2_FLOW_CONTROL_ERROR: 3,
  NGHTTP2_SETTINGS_TIMEOUT: 4,
  NGHTTP2_STREAM_CLOSED: 5,
  NGHTTP2_FRAME_SIZE_ERROR: 6,
  NGHTTP2_REFUSED_STREAM: 7,
  NGHTTP2_CANCEL: 8,
  NGHTTP2_COMPRESSION_ERROR: 9,
  NGHTTP2_CONNECT_ERROR: 10,
  NGHTTP2_ENHANCE_YOUR_CALM: 11,
  NGHTTP2_INADEQUATE_SECURITY: 12,
  NGHTTP2_HTTP_1_1_REQUIRED: 13,
  HTTP2_HEADER_STATUS: ':status',
  HTTP2_HEADER_METHOD: ':method',
  HTTP2_HEADER_AUTHORITY: ':authority',
  HTTP2_HEADER_SCHEME: ':scheme',
  HTTP2_HEADER_PATH: ':path',
  HTTP2_HEADER_PROTOCOL: ':protocol',
};
for (const name of ['accept', 'accept-encoding', 'accept-language', 'accept-ranges', 'age', 'allow', 'authorization',
  'cache-control', 'connection', 'content-disposition', 'content-encoding', 'content-language', 'content-length',
  'content-location', 'content-range', 'content-type', 'cookie', 'date', 'etag', 'expect', 'expires', 'from', 'host',
  'http2-settings', 'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since', 'keep-alive',
  'last-modified', 'link', 'location', 'origin', 'pragma', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection',
  'range', 'referer', 'retry-after', 'server', 'set-cookie', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'user-agent',
  'vary', 'via', 'warning', 'www-authenticate', 'x-content-type-options', 'x-forwarded-for', 'x-frame-options']) {
  constants[`HTTP2_HEADER_${name.toUpperCase().replace(/-/g, '_')}`] = name;
}
for (const [name, value] of Object.entries(require('../internal/http/status').STATUS_CODES)) {
  const key = value.toUpperCase().replace(/'/g, '').replace(/[^A-Z]+/g, '_');
  constants[`HTTP_STATUS_${name === '418' ? 'TEAPOT' : key}`] = Number(name);
}
for (const method of require('../internal/http/status').METHODS) {
  constants[`HTTP2_METHOD_${method.replace(/-/g, '_')}`] = method;
}

const missing = (name) => ({ [name]() { throw new ERR_METHOD_NOT_IMPLEMENTED(`http2.${name}()`); } })[name];

class Http2ServerRequest {}
class Http2ServerResponse {}

module.exports = {
  constants,
  sensitiveHeaders: Symbol('nodejs.http2.sensitiveHeaders'),
  Http2ServerRequest,
  Http2ServerResponse,
  connect: missing('connect'),
  createServer: missing('createServer'),
  createSecureServer: missing('createSecureServer'),
  getDefaultSettings: missing('getDefaultSettings'),
  getPackedSettings: missing('getPackedSettings'),
  getUnpackedSettings: missing('getUnpackedSettings'),
  performServerHandshake: missing('performServerHandshake'),
};
