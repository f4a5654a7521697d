'use strict';
// The message channel between a process and its fork()ed child: JSON, one message a line, over a pipe (Node
// documentation: advanced serialization is not offered). Gives `target` send, disconnect, connected and 'message'.
const { codes: { ERR_IPC_CHANNEL_CLOSED, ERR_MISSING_ARGS, ERR_IPC_DISCONNECTED }, errnoException } = require('./errors');

/** @param {EventEmitter} target @param {Pipe} pipe open */
function attach(target, pipe) {
  let pending = '';
  const decoder = new TextDecoder();
  target.connected = true;
  target.channel = {
    ref: () => pipe.ref(), unref: () => pipe.unref(),
    get fd() { return pipe.fd; },
  };

  function close() {
    if (!target.connected && target.channel === null) return;
    target.connected = false;
    target.channel = null;
    pipe.onread = null;
    pipe.close(() => target.emit('disconnect'));
  }

  pipe.onread = (size, buffer) => {
    if (size < 0) {
      close();
      return;
    }
    pending += decoder.decode(buffer, { stream: true });
    const lines = pending.split('\n');
    pending = lines.pop();
    for (const line of lines) {
      if (line === '') continue;
      let message;
      try {
        message = JSON.parse(line);
      } catch {
        continue;
      }
      const internal = message !== null && typeof message === 'object' && typeof message.cmd === 'string' && message.cmd.startsWith('NODE_');
      process.nextTick(() => target.emit(internal ? 'internalMessage' : 'message', message, undefined));
    }
  };
  pipe.readStart();

  target.send = function send(message, handle, options, callback) {
    if (typeof handle === 'function') callback = handle;
    else if (typeof options === 'function') callback = options;
    if (message === undefined) throw new ERR_MISSING_ARGS('message');
    if (!target.connected) {
      const error = new ERR_IPC_CHANNEL_CLOSED();
      if (typeof callback === 'function') process.nextTick(callback, error);
      else process.nextTick(() => target.emit('error', error));
      return false;
    }
    const result = pipe.writeString(`${JSON.stringify(message)}\n`, false, (status) => {
      callback?.(status < 0 ? errnoException(status, 'write') : null);
    });
    if (result === 0 && typeof callback === 'function') process.nextTick(callback, null);
    if (result < 0) {
      const error = errnoException(result, 'write');
      if (typeof callback === 'function') process.nextTick(callback, error);
      else process.nextTick(() => target.emit('error', error));
    }
    return result >= 0;
  };

  target.disconnect = function disconnect() {
    if (!target.connected) {
      target.emit('error', new ERR_IPC_DISCONNECTED());
      return;
    }
    target.connected = false;
    process.nextTick(close);
  };
}

/** In a child that was forked: process.send and 'message'. The channel keeps it alive while somebody listens. */
function attachToParent() {
  const { Pipe } = require('./stream_handle');
  const fd = Number(process.env.NODE_CHANNEL_FD);
  delete process.env.NODE_CHANNEL_FD;
  delete process.env.NODE_CHANNEL_SERIALIZATION_MODE;
  const pipe = new Pipe(true);
  if (pipe.open(fd) < 0) return;
  attach(process, pipe);
  pipe.unref();
  const wanted = (name) => name === 'message' || name === 'disconnect';
  process.on('newListener', (name) => {
    if (wanted(name) && process.channel) pipe.ref();
  });
  process.on('removeListener', (name) => {
    if (wanted(name) && process.channel && process.listenerCount('message') + process.listenerCount('disconnect') === 0) pipe.unref();
  });
}

module.exports = { attach, attachToParent };
