'use strict';
// ClientHttp2Stream: a request that was made, or a push that came.

const channels = require('./channels').client;
const { kState } = require('./state');
const { Http2Stream } = require('./stream');

/** Node documentation: class ClientHttp2Stream. */
class ClientHttp2Stream extends Http2Stream {
  /** @param {number | undefined} id of a push */
  constructor(session, id, options) {
    super(session, options);
    this[kState].headersSent = true;
    if (id !== undefined) this._init(id);
    this.on('headers', onHeaders);
  }

  _onResponse(headers, flags) {
    if (channels.finish.hasSubscribers) channels.finish.publish({ stream: this, headers, flags });
  }

  _bodyChunk(writev, data, encoding) {
    if (channels.bodyChunkSent.hasSubscribers) channels.bodyChunkSent.publish({ stream: this, writev, data, encoding });
  }

  _bodySent() {
    if (channels.bodySent.hasSubscribers) channels.bodySent.publish({ stream: this });
  }

  _observeError(error) {
    if (channels.error.hasSubscribers) channels.error.publish({ stream: this, error });
  }

  _observeClose() {
    if (channels.close.hasSubscribers) channels.close.publish({ stream: this });
  }
}

function onHeaders(headers) {
  if (headers[':status'] === 100) this.emit('continue');
}

module.exports = { ClientHttp2Stream };
