'use strict';
// Several readers of one source (share, shareSync) in node:stream/iter: the source is read when a reader has had all
// that is buffered.

const {
  codes: { ERR_INVALID_RETURN_VALUE, ERR_OPERATION_FAILED, ERR_OUT_OF_RANGE },
} = require('../errors');
const { from, fromSync, hasMethod, onAbort, splitArguments, symbols } = require('./bytes');
const { BUDGET, Consumer, SharedBuffer, howOf } = require('./broadcast');
const { pull, pullSync } = require('./pull');
const { checkQueueOptions } = require('./push');

const overrun = ({ budget, buffer }) => new ERR_OUT_OF_RANGE('buffered bytes', `< ${budget}`, buffer.bytes);

/** Readers get errors. */
const wrap = (error) => (error instanceof Error ? error : new ERR_OPERATION_FAILED(String(error)));

/** What both kinds have: readers with places in one buffer, an end. */
class Sharing {
  buffer = new SharedBuffer();
  consumers = new Set();
  stalled = false; // a batch was dropped, and the slowest reader has to read before the next one is asked for
  ended = undefined; // how the source ended, or the share was cancelled

  constructor({ budget, backpressure }) {
    this.budget = budget;
    this.policy = backpressure;
  }

  take(consumer) {
    const { buffer } = this;
    consumer.at = Math.max(consumer.at, buffer.base);
    const value = buffer.entries[consumer.at - buffer.base];
    if (value === undefined) return undefined;
    consumer.at++;
    this.trim();
    return value;
  }

  /** @returns {boolean} whether another batch may be read */
  makeRoom() {
    if (this.buffer.bytes < this.budget) return true;
    if (this.policy === 'drop-newest') return true;
    if (this.policy !== 'drop-oldest') return false;
    while (this.buffer.bytes >= this.budget) this.buffer.drop();
    return true;
  }

  add(batch) {
    if (this.policy === 'drop-newest' && this.buffer.bytes >= this.budget) {
      this.stalled = true;
      return;
    }
    this.buffer.add(batch);
  }

  pull(list, wrap, pipe) {
    const { transforms, options } = splitArguments(list);
    const { signal } = options;
    const consumer = new Consumer(this, this.buffer.base);
    if (signal?.aborted) consumer.over = { error: signal.reason };
    else if (this.cancelled !== undefined) consumer.over = this.cancelled;
    else {
      this.consumers.add(consumer);
      consumer.listen(signal);
    }
    const readable = wrap(consumer);
    return transforms.length === 0 ? readable : pipe(readable, ...transforms, ...(signal ? [{ signal }] : []));
  }

  cancel(how) {
    if (this.cancelled !== undefined) return;
    this.cancelled = how;
    this.ended ??= how;
    this.stopListening?.();
    for (const consumer of [...this.consumers]) consumer.detach(how);
    this.closeSource();
  }
}

class AsyncSharing extends Sharing {
  reading = false;

  constructor(source, options) {
    super(options);
    this.source = source;
    const { signal } = options;
    if (signal?.aborted) this.cancel({ error: signal.reason });
    else this.stopListening = onAbort(signal, (error) => this.cancel({ error }));
  }

  trim() {
    const smaller = this.buffer.trim(this.consumers);
    if (this.consumers.size === 0 && this.ended === undefined && this.iterator !== undefined) {
      this.ended = {};
      this.closeSource();
    }
    if (smaller) this.stalled = false;
    if (smaller) for (const consumer of [...this.consumers]) this.serve(consumer);
  }

  closeSource() {
    this.iterator?.return?.()?.catch?.(() => {});
  }

  /** Gives what there is; reads on when a reader wants more. */
  serve(consumer) {
    while (consumer.reads.length > 0) {
      const value = this.take(consumer);
      if (value !== undefined) {
        consumer.reads.shift().resolve({ done: false, value });
      } else if (this.ended !== undefined) {
        consumer.detach(this.ended);
      } else {
        if (!this.reading && !this.stalled) this.read(consumer);
        return;
      }
    }
  }

  read(consumer) {
    if (!this.makeRoom()) {
      if (this.policy === 'strict') consumer.reads.shift().reject(overrun(this));
      return;
    }
    this.iterator ??= this.source[Symbol.asyncIterator]();
    this.reading = true;
    const settle = (how) => {
      this.reading = false;
      if (how !== undefined) this.ended ??= how;
      for (const one of [...this.consumers]) this.serve(one);
    };
    this.iterator.next().then(
      ({ done, value }) => {
        if (!done && this.ended === undefined) this.add(value);
        settle(done ? {} : undefined);
      },
      (error) => settle({ error: wrap(error) }),
    );
  }
}

class SyncSharing extends Sharing {
  constructor(source, options) {
    super(options);
    this.source = source;
  }

  trim() {
    this.buffer.trim(this.consumers);
    if (this.consumers.size === 0 && this.ended === undefined && this.iterator !== undefined) {
      this.ended = {};
      this.closeSource();
    }
  }

  closeSource() {
    this.iterator?.return?.();
  }

  next(consumer) {
    for (;;) {
      if (consumer.over !== undefined) {
        if ('error' in consumer.over) throw consumer.over.error;
        return { done: true, value: undefined };
      }
      const value = this.take(consumer);
      if (value !== undefined) return { done: false, value };
      if (this.ended !== undefined) consumer.detach(this.ended);
      else this.read();
    }
  }

  read() {
    if (!this.makeRoom()) throw overrun(this);
    this.iterator ??= this.source[Symbol.iterator]();
    try {
      const { done, value } = this.iterator.next();
      if (done) this.ended = {};
      else this.add(value);
    } catch (error) {
      this.ended = { error: wrap(error) };
    }
  }

  /** A reader, as a sync iterator. */
  reader(consumer) {
    const iterator = {
      next: () => this.next(consumer),
      return: () => {
        consumer.detach({});
        return { done: true, value: undefined };
      },
      throw: () => {
        consumer.detach({});
        return { done: true, value: undefined };
      },
      [Symbol.iterator]() {
        return this;
      },
    };
    return { [Symbol.iterator]: () => iterator };
  }
}

class ShareBase {
  #sharing;
  constructor(sharing) {
    this.#sharing = sharing;
  }
  get consumerCount() {
    return this.#sharing.consumers.size;
  }
  get bufferSize() {
    return this.#sharing.buffer.entries.length;
  }
  cancel(...reason) {
    this.#sharing.cancel(howOf(reason));
  }
  [Symbol.dispose]() {
    this.cancel();
  }
}

function viaProtocol(input, name, options) {
  const made = input[symbols[name]](options);
  if (made === null || typeof made !== 'object') {
    throw new ERR_INVALID_RETURN_VALUE('an object', `[Symbol.for("Stream.${name}")]`, made);
  }
  return made;
}

/** Node documentation: class Share. */
class Share extends ShareBase {
  #sharing;
  constructor(source, options) {
    const sharing = new AsyncSharing(source, options);
    super(sharing);
    this.#sharing = sharing;
  }
  pull(...list) {
    return this.#sharing.pull(list, (consumer) => ({ [Symbol.asyncIterator]: () => consumer }), pull);
  }
  static from(input, options = undefined) {
    if (hasMethod(input, symbols.shareProtocol)) return viaProtocol(input, 'shareProtocol', options);
    return share(input, options);
  }
}

/** Node documentation: class SyncShare. */
class SyncShare extends ShareBase {
  #sharing;
  constructor(source, options) {
    const sharing = new SyncSharing(source, options);
    super(sharing);
    this.#sharing = sharing;
  }
  pull(...list) {
    return this.#sharing.pull(list, (consumer) => this.#sharing.reader(consumer), pullSync);
  }
  static fromSync(input, options = undefined) {
    if (hasMethod(input, symbols.shareSyncProtocol)) return viaProtocol(input, 'shareSyncProtocol', options);
    return shareSync(input, options);
  }
}

/** Node documentation: share(source[, options]). @returns {Share} */
const share = (source, options = undefined) => new Share(from(source), checkQueueOptions(options, BUDGET));
/** Node documentation: shareSync(source[, options]). @returns {SyncShare} */
const shareSync = (source, options = undefined) => new SyncShare(fromSync(source), checkQueueOptions(options, BUDGET));

module.exports = { Share, SyncShare, share, shareSync };
