'use strict';
// process.stdin, stdout and stderr of a thread, and their other ends in its parent (Node documentation: worker_threads,
// worker.stdin and stdout). They are messages of the control channel: {type: 'stdout' | 'stderr', value: chunks} to the
// parent, which answers {type: 'more', value: which} when somebody has read them; {type: 'stdin', value: chunks or null}
// to the thread. A thread stays alive until its parent has taken what it wrote.
const { Readable, Writable } = require('stream');

/** Chunks as they were written: strings keep their encoding. */
class PortWritable extends Writable {
  #port;
  #type;
  #waiting = null;
  #keepsAlive;

  /** @param {MessagePort} port @param {string} type @param {boolean} keepsAlive the port, until an answer comes */
  constructor(port, type, keepsAlive) {
    super({ decodeStrings: false });
    this.#port = port;
    this.#type = type;
    this.#keepsAlive = keepsAlive;
  }

  _writev(chunks, callback) {
    this.#port.postMessage({ type: this.#type, value: chunks.map(({ chunk, encoding }) => [chunk, encoding]) });
    if (process._exiting) {
      callback();
      return;
    }
    this.#waiting = callback;
    if (this.#keepsAlive) holders.add(this, this.#port);
  }

  _final(callback) {
    this.#port.postMessage({ type: this.#type, value: null });
    callback();
  }

  /** The other end wants more. */
  more() {
    const callback = this.#waiting;
    this.#waiting = null;
    holders.delete(this, this.#port);
    callback?.();
  }
}

/** Which streams keep their port referenced. */
const holders = {
  all: new Set(),
  add(stream, port) {
    this.all.add(stream);
    port.ref();
  },
  delete(stream, port) {
    if (this.all.delete(stream) && this.all.size === 0) port.unref();
  },
};

class PortReadable extends Readable {
  #ask;

  /** @param {() => void} ask called when more can be taken */
  constructor(ask) {
    super();
    this.#ask = ask;
  }

  _read() {
    this.#ask();
  }

  /** @param {[string | Uint8Array, string][] | null} chunks */
  take(chunks) {
    if (this.readableEnded || this.destroyed) return;
    if (chunks === null) {
      this.push(null);
      return;
    }
    for (const [chunk, encoding] of chunks) this.push(chunk, encoding === 'buffer' ? undefined : encoding);
  }
}

// ---- in the thread ------------------------------------------------------------------------------------------------

const streams = { stdin: null, stdout: null, stderr: null };

function output(name) {
  const { state } = require('./thread');
  const stream = new PortWritable(state.control, name, true);
  stream._isStdio = true;
  stream.fd = undefined;
  streams[name] = stream;
  return stream;
}

function input() {
  const { state } = require('./thread');
  streams.stdin = new PortReadable(() => {
    if (state.boot.stdin) holders.add(streams.stdin, state.control);
  });
  if (!state.boot.stdin) streams.stdin.push(null);
  for (const chunks of early) onInput(chunks);
  const { stdin } = streams;
  stdin.on('pause', () => holders.delete(stdin, state.control));
  stdin.on('end', () => holders.delete(stdin, state.control));
  stdin.on('close', () => holders.delete(stdin, state.control));
  return stdin;
}

/** What came before anybody asked for process.stdin. */
const early = [];

function onInput(chunks) {
  const { state } = require('./thread');
  if (streams.stdin === null) {
    early.push(chunks);
    return;
  }
  holders.delete(streams.stdin, state.control);
  streams.stdin.take(chunks);
  state.control.postMessage({ type: 'more', value: 'stdin' });
}

/** @param {'stdout' | 'stderr'} name */
function onMore(name) {
  streams[name]?.more();
}

module.exports = { PortReadable, PortWritable, input, onInput, onMore, output };
