'use strict';
// What HTTP/2 is built on and lies above this folder: classes of events, stream, net, tls and fs. node:http2 provides
// them
// before it loads the rest, so that nothing in here looks upwards.

/**
 * @type {{ EventEmitter: Function, Duplex: Function, Readable: Function, Stream: Function, net: object, fs: object,
 * tls: () => object,
 *   http: () => object, FileHandle: () => Function, channel: Function, inspect: Function, now: () => number }}
 */
const parts = {};

module.exports = parts;
