'use strict';
// Several readers of one writer (broadcast) in node:stream/iter. Entries stay in one buffer until the slowest reader
// has had them; each reader has a place in it.

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_RETURN_VALUE, ERR_INVALID_STATE },
} = require('../errors');
const { byteLength, from, hasMethod, onAbort, splitArguments, symbols } = require('./bytes');
const { Queue, Writer, checkQueueOptions } = require('./push');
const { pipeTo, pull } = require('./pull');

const BUDGET = 65536; // bytes
const END = Object.freeze({ __proto__: null, done: true, value: undefined });

/** A reader's place; what it waits for, oldest first. */
class Consumer {
  reads = [];
  over = undefined; // how it ended: { error } or {}

  constructor(owner, at) {
    this.owner = owner;
    this.at = at;
  }

  /** Ends it. @param {{error?: any}} how */
  detach(how) {
    if (this.over !== undefined) return;
    this.over = how;
    this.stopListening?.();
    this.owner.consumers.delete(this);
    for (const { resolve, reject } of this.reads.splice(0)) {
      if ('error' in how) reject(how.error);
      else resolve(END);
    }
    this.owner.trim();
  }

  listen(signal) {
    this.stopListening = onAbort(signal, (reason) => this.detach({ error: reason }));
  }

  async next() {
    if (this.over !== undefined) {
      if ('error' in this.over) throw this.over.error;
      return END;
    }
    const value = this.reads.length === 0 ? this.owner.take(this) : undefined;
    if (value !== undefined) return { __proto__: null, done: false, value };
    const read = Promise.withResolvers();
    this.reads.push(read);
    this.owner.serve(this);
    return read.promise;
  }

  async return() {
    this.detach({});
    return END;
  }

  async throw() {
    this.detach({});
    return END;
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

/** Of entries from `base` on, which the slowest reader has not had. */
class SharedBuffer {
  entries = [];
  base = 0;
  bytes = 0;

  add(batch) {
    this.entries.push(batch);
    this.bytes += byteLength(batch);
  }
  drop() {
    this.bytes -= byteLength(this.entries.shift());
    this.base++;
  }
  /** @param {Iterable<Consumer>} consumers @returns {boolean} whether it became smaller */
  trim(consumers) {
    let slowest = Infinity;
    for (const { at } of consumers) slowest = Math.min(slowest, at);
    const before = this.base;
    if (slowest !== Infinity) while (this.entries.length > 0 && this.base < slowest) this.drop();
    return this.base !== before;
  }
}

class BroadcastQueue extends Queue {
  buffer = new SharedBuffer();
  consumers = new Set();
  cancelled = undefined; // how

  get abandoned() {
    return this.cancelled !== undefined;
  }
  get buffered() {
    return this.buffer?.bytes ?? 0;
  }
  /** Ended, when every reader has been told of the end. */
  isEmpty() {
    return this.consumers.size === 0;
  }
  add(batch) {
    this.buffer.add(batch);
    for (const consumer of [...this.consumers]) this.serve(consumer);
  }
  dropOldest() {
    this.buffer.drop();
  }
  finish() {
    for (const consumer of [...this.consumers]) this.serve(consumer);
  }
  broken(error) {
    for (const consumer of [...(this.consumers ?? [])]) consumer.detach({ error });
  }

  take(consumer) {
    const { buffer } = this;
    const from = Math.max(consumer.at, buffer.base) - buffer.base;
    if (from >= buffer.entries.length) return undefined;
    const value = buffer.entries[from];
    consumer.at = buffer.base + from + 1;
    this.trim();
    return value;
  }

  serve(consumer) {
    while (consumer.reads.length > 0) {
      const value = this.take(consumer);
      if (value === undefined) break;
      consumer.reads.shift().resolve({ __proto__: null, done: false, value });
    }
    const ended = this.state === 'closed' || (this.state === 'closing' && this.pending.length === 0);
    if (ended && consumer.reads.length > 0) consumer.detach({});
  }

  trim() {
    if (this.buffer.trim(this.consumers) || this.state === 'closing') this.promote();
  }

  settleEnd() {
    if (this.state === 'closing' && this.pending.length === 0) this.finish();
    super.settleEnd();
  }

  push(list) {
    const { transforms, options } = splitArguments(list);
    const { signal } = options;
    const consumer = new Consumer(this, this.buffer.base);
    if (signal?.aborted) consumer.over = { error: signal.reason };
    else if (this.cancelled !== undefined) consumer.over = this.cancelled;
    else if (this.state === 'errored') consumer.over = { error: this.error };
    else {
      this.consumers.add(consumer);
      consumer.listen(signal);
    }
    const readable = { [Symbol.asyncIterator]: () => consumer };
    return transforms.length === 0 ? readable : pull(readable, ...transforms, { signal });
  }

  cancel(how) {
    if (this.cancelled !== undefined) return;
    this.cancelled = how;
    this.error = how.error;
    for (const consumer of [...this.consumers]) consumer.detach(how);
    this.rejectPending(how.error ?? new ERR_INVALID_STATE.TypeError('Broadcast is cancelled'));
    for (const { resolve } of this.drains.splice(0)) resolve(false);
    this.settleEnd();
  }
}

const howOf = (list) => (list.length === 0 || list[0] === undefined ? {} : { error: list[0] });

/** Node documentation: the object `broadcast` that broadcast() gives. */
class BroadcastChannel {
  #queue;
  constructor(queue) {
    this.#queue = queue;
  }
  get consumerCount() {
    return this.#queue.consumers.size;
  }
  get bufferSize() {
    return this.#queue.buffer.entries.length;
  }
  push(...list) {
    return this.#queue.push(list);
  }
  cancel(...reason) {
    this.#queue.cancel(howOf(reason));
  }
  [Symbol.dispose]() {
    this.cancel();
  }
}

/** Node documentation: broadcast([options]). @returns {{writer: Writer, broadcast: BroadcastChannel}} */
function broadcast(options = undefined) {
  const queue = new BroadcastQueue(checkQueueOptions(options, BUDGET));
  return { writer: new Writer(queue), broadcast: new BroadcastChannel(queue) };
}

function Broadcast(options = undefined) {
  return broadcast(options);
}
/** Node documentation: Broadcast.from(input[, options]). @returns {{writer: object, broadcast: BroadcastChannel}} */
Broadcast.from = function broadcastFrom(input, options = undefined) {
  if (hasMethod(input, symbols.broadcastProtocol)) {
    const made = input[symbols.broadcastProtocol](options);
    if (made === null || typeof made !== 'object') {
      throw new ERR_INVALID_RETURN_VALUE('an object', '[Symbol.for("Stream.broadcastProtocol")]', made);
    }
    return { writer: {}, broadcast: made };
  }
  if (input === null || input === undefined) throw new ERR_INVALID_ARG_TYPE('input', 'Iterable', input);
  const source = from(input);
  const made = broadcast(options);
  pipeTo(source, made.writer, { signal: options?.signal }).catch(() => {});
  return made;
};

module.exports = { BUDGET, Broadcast, Consumer, END, SharedBuffer, broadcast, howOf };
