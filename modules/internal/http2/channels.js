'use strict';
// diagnostics_channel's channels of HTTP/2 streams: http2.client.stream.* and http2.server.stream.*

const { channel } = require('./parts');

const make = (side, names) => Object.fromEntries(names.map((name) => [name, channel(`http2.${side}.stream.${name}`)]));
const shared = ['created', 'start', 'error', 'finish', 'close'];
const client = make('client', [...shared, 'bodyChunkSent', 'bodySent']);
const server = make('server', shared);

module.exports = { client, server };
