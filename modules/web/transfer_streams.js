'use strict';
// Web streams in a transfer list (Streams, section 8.2): the stream is piped into a channel of messages, at whose
// other end a new stream takes its place. Each chunk is cloned.
const { register } = require('../internal/cloneable');

const post = (port, type, value) => port.postMessage({ type, value });

/** Posts; what cannot be cloned fails the stream at both ends. */
function postOrFail(port, type, value) {
  try {
    post(port, type, value);
  } catch (error) {
    post(port, 'error', error);
    port.close();
    throw error;
  }
}

/** @param {MessagePort} port @param {boolean} [holds] whether a read keeps the process alive @returns {ReadableStream} of what the other end writes */
function readableOver(port, holds = false) {
  return new ReadableStream(
    {
      start(controller) {
        port.onmessage = ({ data: { type, value } }) => {
          port.unref();
          if (type === 'chunk') controller.enqueue(value);
          else if (type === 'close') controller.close();
          else controller.error(value);
          if (type !== 'chunk') port.close();
        };
        port.onmessageerror = ({ data }) => {
          controller.error(data);
          port.close();
        };
        port.unref();
      },
      pull() {
        if (holds) port.ref(); // somebody reads
        post(port, 'pull');
      },
      cancel(reason) {
        postOrFail(port, 'error', reason);
        port.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** @param {MessagePort} port @returns {WritableStream} whose chunks come out at the other end, as many as are pulled */
function writableOver(port) {
  let pulled = Promise.withResolvers();
  return new WritableStream({
    start(controller) {
      port.onmessage = ({ data: { type, value } }) => {
        if (type === 'error') controller.error(value);
        pulled.resolve();
        if (type === 'error') port.close();
      };
      port.unref();
    },
    async write(chunk) {
      await pulled.promise;
      pulled = Promise.withResolvers();
      postOrFail(port, 'chunk', chunk);
    },
    close() {
      post(port, 'close');
      port.close();
    },
    abort(reason) {
      postOrFail(port, 'error', reason);
      port.close();
    },
  });
}

function channel() {
  const { port1, port2 } = new MessageChannel();
  return [port1, port2];
}

function packReadable(stream) {
  const [here, there] = channel();
  stream.pipeTo(writableOver(here)).catch(() => {});
  return there;
}

function packWritable(stream) {
  const [here, there] = channel();
  readableOver(here)
    .pipeTo(stream)
    .catch(() => {});
  return there;
}

const locked = (stream, name) => (stream.locked ? `Cannot transfer a locked ${name}` : undefined);

/** @param {object} classes ReadableStream, WritableStream, TransformStream */
function registerStreams({ ReadableStream: Readable, WritableStream: Writable, TransformStream: Transform }) {
  register({
    name: 'ReadableStream',
    is: (value) => value instanceof Readable,
    transfers: true,
    pack: packReadable,
    unpack: (port) => readableOver(port, true),
    refusal: (value) => locked(value, 'ReadableStream'),
  });
  register({
    name: 'WritableStream',
    is: (value) => value instanceof Writable,
    transfers: true,
    pack: packWritable,
    unpack: writableOver,
    refusal: (value) => locked(value, 'WritableStream'),
  });
  register({
    name: 'TransformStream',
    is: (value) => value instanceof Transform,
    transfers: true,
    pack: ({ readable, writable }) => [packReadable(readable), packWritable(writable)],
    unpack([readable, writable]) {
      const pair = { readable: readableOver(readable, true), writable: writableOver(writable) };
      const stream = Object.create(Transform.prototype);
      return Object.defineProperties(stream, {
        readable: { get: () => pair.readable },
        writable: { get: () => pair.writable },
      });
    },
    refusal: ({ readable, writable }) => locked(readable, 'TransformStream') ?? locked(writable, 'TransformStream'),
  });
}

module.exports = { registerStreams };
