'use strict';
// Streams that an app gives to server.emit('connection', stream): the engine parses, limits, times and answers as on its
// own sockets (server/http/stream_transport.c); here the bytes go between it and the stream.

const engine = require('./engine');
const { ServerSocket } = require('./server_socket');

const binding = internalBinding('http_stream');
const ECONNRESET = -104;

/** The engine has ended the connection: what is written already still goes out. */
function endSoon(stream) {
  if (typeof stream.destroySoon === 'function') {
    stream.destroySoon();
    return;
  }
  stream.end();
  if (stream.writableFinished) stream.destroy();
  else stream.once('finish', () => stream.destroy());
}

class StreamConnection {
  /** @param {object} server @param {object} handle the engine's server @param {import('stream').Duplex} stream */
  constructor(server, handle, stream) {
    this.stream = stream;
    const opened = binding.open(handle, () => this.ready());
    if (typeof opened === 'number') {
      stream.destroy();
      process.nextTick(() => this.onClosed());
      return;
    }
    [this.handle, this.id] = opened;
    engine.attach(this.id, stream, this);
    stream.server ??= server;
    stream._exchange = -1;
    stream.on('data', (chunk) => {
      binding.feed(this.handle, typeof chunk === 'string' ? Buffer.from(chunk, stream.readableEncoding ?? 'utf8') : chunk);
      if (!binding.reads(this.handle) && this.held) stream.pause();
    });
    stream.on('end', () => binding.feedEnd(this.handle, 0));
    stream.on('close', () => binding.feedEnd(this.handle, ECONNRESET));
    stream.on('drain', () => binding.writable(this.handle, true));
    stream.on('timeout', () => ServerSocket.prototype._onPeerTimeout.call(stream));
    stream.on('error', (error) => {
      if (!server.emit('clientError', error, stream)) stream.destroy(error);
    });
    if (server.timeout > 0) stream.setTimeout?.(server.timeout);
  }

  /** Output, or another opinion on reading. */
  ready() {
    const { stream, handle } = this;
    this.held = !binding.reads(handle);
    if (this.held) stream.pause();
    else stream.resume();
    const output = binding.take(handle);
    if (output !== undefined && stream.writable && !stream.write(output)) binding.writable(handle, false);
  }

  /** From the engine: the connection is closed, with 0 or a negative errno. */
  closed(error) {
    const { stream, handle } = this;
    const rest = binding.take(handle);
    if (rest !== undefined && stream.writable) stream.write(rest);
    binding.close(handle);
    if (error === 0) endSoon(stream);
    else stream.destroy();
    this.onClosed();
  }

  /** The server's: one stream less. */
  onClosed() {}
}

module.exports = { StreamConnection };
