'use strict';
// node:stream: npm's readable-stream (Node's streams as a library) on our buffer, events and errors, with Node 22's default
// buffer size and the bridges to web streams.

const Stream = require('readable-stream/lib/stream.js');

Stream.setDefaultHighWaterMark(false, 64 * 1024);

const bridge = () => require('../internal/web_stream_bridge');
const { Readable, Writable, Duplex } = Stream;
Readable.fromWeb = (stream, options) => bridge().readableFromWeb(stream, options);
Readable.toWeb = (stream, options) => bridge().readableToWeb(stream, options);
Writable.fromWeb = (stream, options) => bridge().writableFromWeb(stream, options);
Writable.toWeb = (stream) => bridge().writableToWeb(stream);
Duplex.fromWeb = (pair, options) => bridge().duplexFromWeb(pair, options);
Duplex.toWeb = (stream) => bridge().duplexToWeb(stream);

Object.defineProperty(Stream, 'promises', { configurable: true, enumerable: true, get: () => require('./stream/promises') });

module.exports = Stream;
