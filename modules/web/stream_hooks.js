'use strict';
// What node:stream asks web streams through symbols (finished, pipeline, compose, addAbortSignal, isErrored and the like),
// and how util.inspect shows them. The library keeps a stream's state in `_state` and tells nobody of a change: a stream
// that somebody waits for gets an accessor in its place, all others stay as they are.

const {
  codes: { ERR_INVALID_THIS },
} = require('../internal/errors');

const inspectCustom = Symbol.for('nodejs.util.inspect.custom');
const closings = new WeakMap();

/** @param {ReadableStream|WritableStream} stream @returns {PromiseWithResolvers<void>} settled when it closes or fails */
function closingOf(stream) {
  const known = closings.get(stream);
  if (known !== undefined) return known;
  const closing = Promise.withResolvers();
  closing.promise.catch(() => {});
  closings.set(stream, closing);
  let state = stream._state;
  const look = () => {
    if (state === 'closed') closing.resolve();
    // The reason is stored after the state.
    else if (state === 'errored') queueMicrotask(() => closing.reject(stream._storedError));
  };
  Object.defineProperty(stream, '_state', {
    get: () => state,
    set(value) {
      state = value;
      look();
    },
    configurable: true,
    enumerable: true,
  });
  look();
  return closing;
}

function getter(prototype, name, get) {
  Object.defineProperty(prototype, Symbol.for(name), { get, configurable: true });
}

/** @param {object} streams what the library exports */
function hookStreams({ ReadableStream, WritableStream }) {
  for (const { prototype } of [ReadableStream, WritableStream]) {
    getter(prototype, 'nodejs.webstream.isClosedPromise', function get() {
      return closingOf(this);
    });
    getter(prototype, 'nodejs.stream.errored', function get() {
      return this._state === 'errored';
    });
  }
  getter(ReadableStream.prototype, 'nodejs.stream.disturbed', function get() {
    return this._disturbed;
  });
  getter(ReadableStream.prototype, 'nodejs.stream.readable', function get() {
    return this._state === 'readable';
  });
  getter(WritableStream.prototype, 'nodejs.stream.writable', function get() {
    return this._state === 'writable';
  });
  getter(ReadableStream.prototype, 'nodejs.webstream.controllerErrorFunction', function get() {
    return (error) => this._readableStreamController.error(error);
  });
  getter(WritableStream.prototype, 'nodejs.webstream.controllerErrorFunction', function get() {
    return (error) => this._writableStreamController.error(error);
  });
}

/** @param {Function} Class @param {(value: object) => object} fieldsOf what is shown of one; throws for what is none */
function defineInspect(Class, fieldsOf) {
  Object.defineProperty(Class.prototype, inspectCustom, {
    value: function inspectStream(depth, options) {
      if (!(this instanceof Class)) throw new ERR_INVALID_THIS(Class.name);
      if (depth < 0) return this;
      const { inspect } = require('../node/util');
      const shown = { ...options, depth: options.depth == null ? null : options.depth - 1 };
      return `${Class.name} ${inspect(fieldsOf(this), shown)}`;
    },
    writable: true,
    configurable: true,
  });
}

/** @param {object} streams what the library exports */
function defineInspects(streams) {
  const pair = ({ readable, writable }) => ({ readable, writable });
  const table = {
    ReadableStream: (stream) => ({
      locked: stream.locked,
      state: stream._state,
      supportsBYOB: stream._readableStreamController instanceof streams.ReadableByteStreamController,
    }),
    WritableStream: (stream) => ({ locked: stream.locked, state: stream._state }),
    TransformStream: (stream) => ({ ...pair(stream), backpressure: stream._backpressure }),
    ReadableStreamDefaultReader: (reader) => ({
      stream: reader._ownerReadableStream,
      readRequests: reader._readRequests.length,
      close: reader.closed,
    }),
    ReadableStreamBYOBReader: (reader) => ({
      stream: reader._ownerReadableStream,
      readIntoRequests: reader._readIntoRequests.length,
      close: reader.closed,
    }),
    ReadableStreamBYOBRequest: ({ view, _associatedReadableByteStreamController: controller }) => ({ view, controller }),
    ReadableStreamDefaultController: () => ({}),
    ReadableByteStreamController: () => ({}),
    WritableStreamDefaultController: (controller) => ({ stream: controller._controlledWritableStream }),
    WritableStreamDefaultWriter: (writer) => ({
      stream: writer._ownerWritableStream,
      close: writer.closed,
      ready: writer.ready,
      desiredSize: writer.desiredSize,
    }),
    TransformStreamDefaultController: (controller) => ({ stream: controller._controlledTransformStream }),
    ByteLengthQueuingStrategy: ({ highWaterMark }) => ({ highWaterMark }),
    CountQueuingStrategy: ({ highWaterMark }) => ({ highWaterMark }),
  };
  for (const [name, fieldsOf] of Object.entries(table)) defineInspect(streams[name], fieldsOf);
}

module.exports = { defineInspect, defineInspects, hookStreams };
