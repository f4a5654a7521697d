'use strict';
// The channel for messages between a process and its fork()ed child (Node documentation: subprocess.send). It speaks Node's
// own protocol, so that either side may be Node: JSON, one message a line, or, as 'advanced' serialization, a length of four
// bytes before each value of v8.serialize; over a socket pair whose descriptor the child finds in NODE_CHANNEL_FD.
//
// A socket or server goes along in a message of its own, {cmd: 'NODE_HANDLE', type, msg}, which the other side acknowledges;
// until then further messages wait, so that their order holds. NODE_HANDLE_NACK says that the descriptor did not arrive.
const {
  errnoException, codes: {
    ERR_INVALID_ARG_TYPE, ERR_INVALID_HANDLE_TYPE, ERR_IPC_CHANNEL_CLOSED, ERR_IPC_DISCONNECTED, ERR_MISSING_ARGS,
  },
} = require('./errors');
const { validateObject } = require('./validators');

const BACKLOG_BYTES = 2 * 65536; // send() returns false above it
const RESENDS = 10; // of a handle that got lost

/* ---- the two ways to write a message --------------------------------------------------------------------------------- */

const json = () => {
  const decoder = new TextDecoder();
  let pending = '';
  return {
    encode: (message) => `${JSON.stringify(message)}\n`,
    decode(bytes) {
      pending += decoder.decode(bytes, { stream: true });
      const lines = pending.split('\n');
      pending = lines.pop();
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
    },
  };
};

/** A v8 serializer whose Buffers and typed arrays are read where they arrived. */
const advanced = () => {
  const { DefaultDeserializer, DefaultSerializer } = require('./serializer');
  let parts = [];
  let size = 0;
  let wanted = 4; // bytes until something is complete
  return {
    encode(message) {
      const serializer = new DefaultSerializer();
      serializer.writeHeader();
      serializer.writeValue(message);
      const body = serializer.releaseBuffer();
      const frame = Buffer.allocUnsafe(4 + body.length);
      frame.writeUInt32BE(body.length, 0);
      body.copy(frame, 4);
      return frame;
    },
    decode(bytes) {
      parts.push(bytes);
      size += bytes.length;
      const messages = [];
      while (size >= wanted) {
        const all = parts.length === 1 ? parts[0] : Buffer.concat(parts);
        parts = [all];
        const length = all.readUInt32BE(0);
        wanted = 4 + length;
        if (size < wanted) break;
        const deserializer = new DefaultDeserializer(all.subarray(4, wanted));
        deserializer.readHeader();
        messages.push(deserializer.readValue());
        parts = [all.subarray(wanted)];
        size -= wanted;
        wanted = 4;
      }
      return messages;
    },
  };
};

/* ---- what can go along ------------------------------------------------------------------------------------------------ */

/** @returns {{type: string, handle: StreamHandle, after?: () => void} | null} null: it has been closed */
function handleOf(object, options) {
  const { Server, Socket } = require('../node/net');
  const { StreamHandle } = require('./stream_handle');
  if (object instanceof StreamHandle) return { type: 'net.Native', handle: object };
  if (object instanceof Server) return object._handle ? { type: 'net.Server', handle: object._handle } : null;
  if (!(object instanceof Socket)) throw new ERR_INVALID_HANDLE_TYPE();
  const handle = object._handle;
  if (!handle) return null;
  if (options?.keepOpen) return { type: 'net.Socket', handle };
  // It is the other process's from now on: here, it is a socket that has ended.
  handle.readStop();
  handle.onread = null;
  object._handle = null;
  object.setTimeout(0);
  if (object._server || object.server) {
    const server = object._server ?? object.server;
    server._connections--;
    server._emitCloseIfDrained?.();
  }
  return { type: 'net.Socket', handle, after: () => handle.close() };
}

/** What a NODE_HANDLE message brought. @param {(object: any) => void} done */
function objectOf(type, handle, done) {
  const { Server, Socket } = require('../node/net');
  if (type === 'net.Server') {
    const server = new Server();
    server.listen({ _handle: handle }, () => done(server));
  } else if (type === 'net.Socket') {
    done(new Socket({ handle, readable: true, writable: true }));
  } else {
    done(handle);
  }
}

/* ---- the channel ------------------------------------------------------------------------------------------------------ */

/** process.channel, subprocess.channel: holds the event loop while it is referenced. */
class Control {
  #pipe;
  #counted = 0;
  #explicit = false;

  constructor(pipe) { this.#pipe = pipe; }

  get fd() { return this.#pipe.fd; }
  /** Once for each reason to wait for messages; none of them counts after ref() or unref(). */
  refCounted() { if (++this.#counted === 1 && !this.#explicit) this.#pipe.ref(); }
  unrefCounted() { if (--this.#counted === 0 && !this.#explicit) this.#pipe.unref(); }
  ref() {
    this.#explicit = true;
    this.#pipe.ref();
  }
  unref() {
    this.#explicit = true;
    this.#pipe.unref();
  }
}

class Channel {
  #target;
  #pipe;
  #codec;
  #arrived = []; // handles whose message is still to come
  #waiting = null; // messages to be sent when the handle before them is acknowledged; null: none is out
  #sent = null; // the handle that is out: {message, handle, callback, after, resends}
  #unheard = null; // messages for which nobody listens yet; null: they are dropped
  closing = false;

  constructor(target, pipe, serialization, keep) {
    this.#target = target;
    this.#pipe = pipe;
    this.#codec = serialization === 'advanced' ? advanced() : json();
    if (keep) this.#unheard = [];
    pipe.onread = (size, buffer) => this.#read(size, buffer);
    pipe.readStart();
  }

  #read(size, buffer) {
    if (size < 0) {
      this.#target.connected = false;
      this.close();
      return;
    }
    for (let handle = this.#pipe.takePassed(); handle !== null; handle = this.#pipe.takePassed()) this.#arrived.push(handle);
    for (const message of this.#codec.decode(buffer)) this.#receive(message);
  }

  #receive(message) {
    const command = message?.cmd;
    if (command === 'NODE_HANDLE') {
      const handle = this.#arrived.shift();
      this.send({ cmd: handle === undefined ? 'NODE_HANDLE_NACK' : 'NODE_HANDLE_ACK' }, null, null, undefined, true);
      if (handle !== undefined) objectOf(message.type, handle, (object) => this.#emit(message.msg, object));
    } else if (command === 'NODE_HANDLE_ACK') {
      this.#acknowledged();
    } else if (command === 'NODE_HANDLE_NACK') {
      this.#resend();
    } else {
      this.#emit(message, undefined);
    }
  }

  #emit(message, handle) {
    const target = this.#target;
    const internal = typeof message?.cmd === 'string' && message.cmd.startsWith('NODE_');
    const name = internal ? 'internalMessage' : 'message';
    if (!internal && this.#unheard !== null && target.listenerCount('message') === 0) this.#unheard.push([message, handle]);
    else process.nextTick(() => target.emit(name, message, handle));
  }

  /** Somebody listens now: what came before. */
  flushUnheard() {
    for (const [message, handle] of this.#unheard?.splice(0) ?? []) process.nextTick(() => this.#target.emit('message', message, handle));
  }

  #acknowledged() {
    this.#sent?.after?.();
    this.#sent = null;
    const waiting = this.#waiting;
    this.#waiting = null;
    for (const args of waiting ?? []) this.send(...args);
    if (this.#waiting === null && this.closing) this.close();
  }

  #resend() {
    const sent = this.#sent;
    if (sent === null) return;
    if (sent.resends++ >= RESENDS) {
      process.emitWarning(`Handle did not reach the receiving process correctly`, 'SentHandleNotReceivedWarning');
      this.#acknowledged();
      return;
    }
    this.#pass(sent);
  }

  /** @returns {number} as a StreamHandle's write */
  #pass(sent) {
    const bytes = this.#codec.encode(sent.message);
    return this.#pipe.pass(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, sent.handle, (status) => sent.written?.(status));
  }

  /** @returns {boolean} whether the sender may go on */
  send(message, object, options, callback, internal = false) {
    if (this.#waiting !== null && !internal) {
      this.#waiting.push([message, object, options, callback]);
      return this.#waiting.length === 1;
    }
    const written = (status) => {
      if (typeof callback === 'function') callback(status < 0 ? errnoException(status, 'write') : null);
      else if (status < 0) this.#target.emit('error', errnoException(status, 'write'));
    };
    const along = object ? handleOf(object, options) : null;
    let result;
    if (along !== null) {
      this.#sent = { message: { cmd: 'NODE_HANDLE', type: along.type, msg: message }, handle: along.handle, after: along.after, resends: 0, written };
      this.#waiting = [];
      result = this.#pass(this.#sent);
      if (result < 0) this.#acknowledged();
    } else {
      const bytes = this.#codec.encode(message);
      result = typeof bytes === 'string' ? this.#pipe.writeString(bytes, false, written) : this.#pipe.writeBuffer(bytes, written);
    }
    if (result <= 0 && !internal) {
      if (typeof callback === 'function') process.nextTick(callback, result < 0 ? errnoException(result, 'write') : null);
      else if (result < 0) process.nextTick(() => this.#target.emit('error', errnoException(result, 'write')));
    }
    return this.#pipe.writeQueueSize < BACKLOG_BYTES;
  }

  /** Waits for messages that are under way. */
  disconnect() {
    this.closing = true;
    if (this.#waiting === null) process.nextTick(() => this.close());
  }

  close() {
    const pipe = this.#pipe;
    if (pipe === null) return;
    this.#pipe = null;
    this.#target.channel = null;
    this.#target._channel = null;
    pipe.onread = null;
    for (const handle of this.#arrived.splice(0)) handle.close();
    this.#sent?.after?.();
    this.#sent = null;
    for (const [, object, options] of this.#waiting ?? []) if (object) handleOf(object, options)?.after?.();
    this.#waiting = null;
    // 'disconnect' is after the messages that came with it.
    process.nextTick(() => this.#target.emit('disconnect'));
    pipe.close();
  }
}

const SENDABLE = ['string', 'object', 'number', 'boolean'];

/**
 * Gives `target` connected, channel, send(), disconnect(), 'message' and 'disconnect'.
 * @param {EventEmitter} target a ChildProcess, or process @param {Pipe} pipe open
 * @param {'json' | 'advanced'} serialization @param {boolean} [keep] messages wait until somebody listens
 * @returns {Channel}
 */
function attach(target, pipe, serialization, keep = false) {
  const channel = new Channel(target, pipe, serialization, keep);
  target.connected = true;
  target.channel = target._channel = new Control(pipe);

  target.send = function send(message, handle, options, callback) {
    if (typeof handle === 'function') {
      callback = handle;
      handle = undefined;
      options = undefined;
    } else if (typeof options === 'function') {
      callback = options;
      options = undefined;
    } else if (options !== undefined) {
      validateObject(options, 'options');
    }
    if (!target.connected) {
      const error = new ERR_IPC_CHANNEL_CLOSED();
      if (typeof callback === 'function') process.nextTick(callback, error);
      else process.nextTick(() => target.emit('error', error));
      return false;
    }
    if (message === undefined) throw new ERR_MISSING_ARGS('message');
    if (serialization !== 'advanced' && !SENDABLE.includes(typeof message)) throw new ERR_INVALID_ARG_TYPE('message', SENDABLE, message);
    return channel.send(message, handle, options, callback);
  };

  target.disconnect = function disconnect() {
    if (!target.connected) {
      target.emit('error', new ERR_IPC_DISCONNECTED());
      return;
    }
    target.connected = false;
    channel.disconnect();
  };
  return channel;
}

/** In a child that was forked: process.send and 'message'. The channel keeps it alive while somebody listens. */
function attachToParent() {
  const { Pipe } = require('./stream_handle');
  const { NODE_CHANNEL_FD: fd, NODE_CHANNEL_SERIALIZATION_MODE: mode } = process.env;
  delete process.env.NODE_CHANNEL_FD;
  delete process.env.NODE_CHANNEL_SERIALIZATION_MODE;
  const pipe = new Pipe(true);
  if (pipe.open(Number(fd)) < 0) return;
  const channel = attach(process, pipe, mode, true);
  pipe.unref();
  const wanted = (name) => name === 'message' || name === 'disconnect';
  process.on('newListener', (name) => {
    if (!wanted(name)) return;
    process.channel?.refCounted();
    if (name === 'message') process.nextTick(() => channel.flushUnheard());
  });
  process.on('removeListener', (name) => {
    if (wanted(name)) process.channel?.unrefCounted();
  });
}

module.exports = { attach, attachToParent };
