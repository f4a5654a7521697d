'use strict';
// Push streams of node:stream/iter: a writer with a budget of bytes and one reader, and pairs of them.

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_STATE },
} = require('../errors');
const { validateArray, validateInteger, validateObject, validateOneOf } = require('../validators');
const { byteLength, checkOptions, isChunk, onAbort, splitArguments, symbols, toBytes } = require('./bytes');
const { pull } = require('./pull');

const POLICIES = ['strict', 'unbounded', 'drop-oldest', 'drop-newest'];
const MIN_BUDGET = 16384; // bytes

/** @returns {{budget: number, backpressure: string, signal?: AbortSignal}} */
function checkQueueOptions(given, defaultBudget) {
  const { budget = defaultBudget, backpressure = 'strict', signal } = checkOptions(given);
  validateInteger(budget, 'options.budget', MIN_BUDGET);
  validateOneOf(backpressure, 'options.backpressure', POLICIES);
  return { budget, backpressure, signal };
}

function checkChunk(chunk) {
  if (!isChunk(chunk)) throw new ERR_INVALID_ARG_TYPE('chunk', ['string', 'Uint8Array'], chunk);
  return toBytes(chunk);
}
function checkChunks(chunks) {
  validateArray(chunks, 'chunks');
  return chunks.map(checkChunk);
}

const closedError = () => new ERR_INVALID_STATE.TypeError('Writer is closed');

/**
 * The writer's side of what push() and broadcast() have in common: the budget, its policies, the writes that wait, the
 * end and the failure. A subclass has the buffer.
 */
class Queue {
  state = 'open'; // then 'closing', while something is buffered, 'closed'; or 'errored'
  error = undefined;
  /** @type {{batch: Uint8Array[], settle: PromiseWithResolvers<void>, stop: () => void}[]} */
  pending = [];
  total = 0; // bytes accepted
  drains = [];
  enders = [];

  constructor({ budget, backpressure, signal }) {
    this.budget = budget;
    this.policy = backpressure;
    if (signal?.aborted) {
      this.state = 'errored';
      this.error = signal.reason;
    } else this.stopListening = onAbort(signal, (reason) => this.fail(reason));
  }

  // Of the subclass: buffered (bytes), isEmpty(), add(batch), dropOldest(), abandoned (nobody reads), finish(),
  // broken().

  get canWrite() {
    return this.state === 'open' && !this.abandoned ? this.buffered < this.budget : null;
  }

  accept(batch) {
    this.total += byteLength(batch);
    this.add(batch);
  }

  writeNow(batch) {
    if (this.canWrite === null) return false;
    batch = batch.filter((chunk) => chunk.byteLength > 0);
    if (batch.length === 0) return true;
    if (!this.canWrite) {
      if (this.policy === 'drop-newest') return true;
      if (this.policy !== 'drop-oldest') return false;
      while (this.buffered >= this.budget) this.dropOldest();
    }
    this.accept(batch);
    return true;
  }

  /** @returns {Promise<void>} */
  async write(batch, { signal }) {
    signal?.throwIfAborted();
    if (this.state === 'errored' || this.abandoned) throw this.error ?? closedError();
    if (this.state !== 'open') throw closedError();
    if (this.pending.length === 0 && this.writeNow(batch)) return;
    if (this.policy === 'strict' && this.pending.length > 0)
      throw new ERR_INVALID_STATE.RangeError('Backpressure violation: too many pending writes');
    const settle = Promise.withResolvers();
    const entry = { batch, settle, stop: () => {} };
    entry.stop = onAbort(signal, (reason) => {
      this.pending.splice(this.pending.indexOf(entry), 1);
      settle.reject(reason);
      this.settleEnd();
    });
    this.pending.push(entry);
    await settle.promise;
  }

  /** Called when the buffer has become smaller. */
  promote() {
    while (this.pending.length > 0 && this.buffered < this.budget) {
      const { batch, settle, stop } = this.pending.shift();
      stop();
      this.accept(batch);
      settle.resolve();
    }
    if (this.buffered < this.budget) for (const { resolve } of this.drains.splice(0)) resolve(true);
    this.settleEnd();
  }

  rejectPending(error) {
    for (const { settle, stop } of this.pending.splice(0)) {
      stop();
      settle.reject(error);
    }
  }

  settleEnd() {
    if (this.state !== 'closing' || this.pending.length > 0 || !this.isEmpty()) return;
    this.state = 'closed';
    this.stopListening?.();
    for (const { resolve } of this.enders.splice(0)) resolve(this.total);
  }

  startEnd() {
    if (this.state !== 'open') return;
    this.state = 'closing';
    for (const { resolve } of this.drains.splice(0)) resolve(false);
    this.finish();
    this.settleEnd();
  }

  endNow() {
    if (this.state === 'errored') return -1;
    this.startEnd();
    return this.state === 'closed' ? this.total : -1;
  }

  async end({ signal }) {
    signal?.throwIfAborted();
    if (this.state === 'errored') throw this.error;
    this.startEnd();
    if (this.state === 'closed') return this.total;
    const ender = Promise.withResolvers();
    this.enders.push(ender);
    const stop = onAbort(signal, ender.reject);
    return ender.promise.finally(stop);
  }

  fail(reason = new ERR_INVALID_STATE.TypeError('Failed')) {
    if (this.state === 'closed' || this.state === 'errored') return;
    this.state = 'errored';
    this.error = reason;
    this.stopListening?.();
    this.rejectPending(reason);
    for (const { reject } of this.drains.splice(0)) reject(reason);
    for (const { reject } of this.enders.splice(0)) reject(reason);
    this.broken(reason);
  }

  drained() {
    const { canWrite } = this;
    if (canWrite === null) return null;
    if (canWrite) return Promise.resolve(true);
    const drain = Promise.withResolvers();
    this.drains.push(drain);
    return drain.promise;
  }
}

/** Node documentation: Writer interface. */
class Writer {
  #queue;
  constructor(queue) {
    this.#queue = queue;
  }
  get canWrite() {
    return this.#queue.canWrite;
  }
  write(chunk, options = undefined) {
    return this.#queue.write([checkChunk(chunk)], checkOptions(options));
  }
  writev(chunks, options = undefined) {
    return this.#queue.write(checkChunks(chunks), checkOptions(options));
  }
  writeSync(chunk) {
    return this.#queue.writeNow([checkChunk(chunk)]);
  }
  writevSync(chunks) {
    return this.#queue.writeNow(checkChunks(chunks));
  }
  end(options = undefined) {
    return this.#queue.end(checkOptions(options));
  }
  endSync() {
    return this.#queue.endNow();
  }
  fail(reason) {
    this.#queue.fail(reason);
  }
  [symbols.drainableProtocol]() {
    return this.#queue.drained();
  }
  [Symbol.dispose]() {
    this.#queue.fail();
  }
  async [Symbol.asyncDispose]() {
    this.#queue.fail();
  }
}

/** The one reader's buffer. */
class PushQueue extends Queue {
  slots = [];
  buffered = 0;
  reads = [];
  abandoned = false;

  isEmpty() {
    return this.slots.length === 0;
  }
  add(batch) {
    const read = this.reads.shift();
    if (read !== undefined) return read.resolve({ done: false, value: batch });
    this.slots.push(batch);
    this.buffered += byteLength(batch);
  }
  dropOldest() {
    this.buffered -= byteLength(this.slots.shift());
  }
  /** No more writes: those that wait have come too late. */
  finish() {
    this.rejectPending(closedError());
    for (const { resolve } of this.reads.splice(0)) resolve({ done: true, value: undefined });
  }
  broken(reason) {
    this.clear();
    for (const { reject } of this.reads.splice(0)) reject(reason);
  }
  clear() {
    this.slots = [];
    this.buffered = 0;
  }

  async next() {
    if (this.slots.length > 0) {
      const value = this.slots.length === 1 ? this.slots[0] : this.slots.flat();
      this.clear();
      this.promote();
      return { done: false, value };
    }
    if (this.abandoned) return { done: true, value: undefined };
    if (this.state === 'errored') throw this.error;
    if (this.state !== 'open') return { done: true, value: undefined };
    const read = Promise.withResolvers();
    this.reads.push(read);
    return read.promise;
  }

  async return() {
    if (!this.abandoned) {
      this.abandoned = true;
      this.clear();
      this.rejectPending(closedError());
      for (const { resolve } of this.drains.splice(0)) resolve(false);
      for (const { resolve } of this.reads.splice(0)) resolve({ done: true, value: undefined });
      this.settleEnd();
    }
    return { done: true, value: undefined };
  }

  async throw(error) {
    this.fail(error);
    this.abandoned = true;
    throw error;
  }
}

/** Node documentation: push([...transforms][, options]). @returns {{writer: Writer, readable: AsyncIterable}} */
function push(...list) {
  const { transforms, options } = splitArguments(list);
  const queue = new PushQueue(checkQueueOptions(options, MIN_BUDGET));
  const iterator = {
    next: () => queue.next(),
    return: () => queue.return(),
    throw: (error) => queue.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  const readable = { [Symbol.asyncIterator]: () => iterator };
  return { writer: new Writer(queue), readable: transforms.length === 0 ? readable : pull(readable, ...transforms) };
}

/** Node documentation: duplex([options]). @returns {[object, object]} */
function duplex(options = {}) {
  validateObject(options, 'options');
  const { a, b, ...shared } = options;
  if (a !== undefined) validateObject(a, 'options.a');
  if (b !== undefined) validateObject(b, 'options.b');
  const there = push({ ...shared, ...a });
  const back = push({ ...shared, ...b });
  const channel = ({ writer }, { readable }) => {
    let closed = false;
    const close = async () => {
      if (closed) return;
      closed = true;
      if (writer.endSync() < 0) writer.end().catch(() => {});
    };
    return { writer, readable, close, [Symbol.asyncDispose]: close };
  };
  return [channel(there, back), channel(back, there)];
}

module.exports = { Queue, Writer, checkQueueOptions, duplex, push };
