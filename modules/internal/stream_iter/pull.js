'use strict';
// Pipelines of node:stream/iter: pull, pullSync, pipeTo, pipeToSync. Nothing is read before somebody iterates.

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE },
} = require('../errors');
const {
  abortable, asyncIterable, batchOfAsync, batchesOf, byteLength, from, fromSync, hasMethod, isAsyncIterable, isBatch,
  isChunk, isIterable, splitArguments, syncIterable, toBytes,
} = require('./bytes');

// ---- transforms ----------------------------------------------------------------------------------------------------

/** The batches of what a stateless transform gave. */
async function* outputOf(value) {
  if (value === null || value === undefined) return;
  if (isChunk(value)) yield [toBytes(value)];
  else if (isAsyncIterable(value)) {
    for await (const one of value) {
      const batch = one === null ? undefined : await batchOfAsync(one);
      if (batch !== undefined) yield batch;
    }
  } else {
    const batch = await batchOfAsync(value);
    if (batch !== undefined) yield batch;
  }
}

async function* stateless(source, transform, signal) {
  for await (const batch of source) yield* outputOf(await transform(batch, { signal }));
  yield* outputOf(await transform(null, { signal }));
}

/** What a stateful transform reads: null says that all has come. */
async function* withFlush(source) {
  yield* source;
  yield null;
}

async function* stateful(source, transform, signal) {
  const made = await transform.transform(withFlush(source), { signal });
  if (made === null || made === undefined) return;
  if (isChunk(made) || isBatch(made)) return yield* outputOf(made);
  for await (const value of made) if (value !== null) yield* outputOf(value);
}

async function* pipeline(input, transforms, signal) {
  if (transforms.length === 0) return yield* abortable(input, signal);
  const controller = new AbortController();
  const { signal: inner } = controller;
  const follow = () => controller.abort(signal.reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', follow, { once: true });
  let over = false;
  try {
    let chain = abortable(input, signal);
    for (const one of transforms) chain = (typeof one === 'function' ? stateless : stateful)(chain, one, inner);
    yield* abortable({ [Symbol.asyncIterator]: () => chain }, signal);
    signal?.throwIfAborted();
    over = true;
  } catch (error) {
    controller.abort(error);
    over = true;
    throw error;
  } finally {
    signal?.removeEventListener('abort', follow);
    if (!over) controller.abort();
  }
}

/** Node documentation: pull(source[, ...transforms][, options]). @returns {AsyncIterable<Uint8Array[]>} */
function pull(source, ...rest) {
  const { transforms, options } = splitArguments(rest);
  const input = from(source);
  return asyncIterable(() => pipeline(input, transforms, options.signal));
}

function* outputOfSync(value) {
  if (value === null || value === undefined) return;
  if (isChunk(value)) yield [toBytes(value)];
  else if (isBatch(value)) {
    if (value.length > 0) yield value;
  } else {
    yield* batchesOf(isIterable(value) ? value : [value]);
  }
}
function* statelessSync(source, transform) {
  for (const batch of source) yield* outputOfSync(transform(batch, {}));
  yield* outputOfSync(transform(null, {}));
}
function* withFlushSync(source) {
  yield* source;
  yield null;
}
function* statefulSync(source, transform) {
  const made = transform.transform(withFlushSync(source), {});
  if (made === null || made === undefined) return;
  if (isChunk(made) || isBatch(made)) return yield* outputOfSync(made);
  for (const value of made) if (value !== null) yield* outputOfSync(value);
}

/** Node documentation: pullSync(source[, ...transforms]). @returns {Iterable<Uint8Array[]>} */
function pullSync(source, ...rest) {
  const { transforms } = splitArguments(rest);
  const input = fromSync(source);
  return syncIterable(() => {
    let chain = input;
    for (const one of transforms) chain = (typeof one === 'function' ? statelessSync : statefulSync)(chain, one);
    return chain[Symbol.iterator]();
  });
}

// ---- into writers --------------------------------------------------------------------------------------------------

/** @returns {{transforms: Function[], writer: object, options: object}} of what follows the source */
function splitPipe(list, method) {
  const isWriter = (value) => hasMethod(value, 'write') || hasMethod(value, method);
  const last = list.at(-1);
  const isOptions = last === undefined || (typeof last === 'object' && last !== null && !isWriter(last));
  const given = list.length > 1 && isOptions;
  const writer = list.at(given ? -2 : -1);
  if (!isWriter(writer)) throw new ERR_INVALID_ARG_TYPE('writer', `Object with ${method}()`, writer);
  const { transforms, options } = splitArguments([...list.slice(0, given ? -2 : -1), given && last ? last : {}]);
  return { transforms, writer, options };
}

async function writeChunk(writer, chunk, options) {
  if (hasMethod(writer, 'writeSync') && writer.writeSync(chunk) !== false) return;
  await writer.write(chunk, options);
}

/** As few calls as the writer offers, the synchronous ones first. */
async function writeBatch(writer, batch, options) {
  if (batch.length > 1) {
    if (hasMethod(writer, 'writevSync') && writer.writevSync(batch) !== false) return;
    if (hasMethod(writer, 'writev')) return void (await writer.writev(batch, options));
  }
  for (const chunk of batch) await writeChunk(writer, chunk, options);
}

async function endWriter(writer, options) {
  if (hasMethod(writer, 'endSync') && writer.endSync() >= 0) return;
  if (hasMethod(writer, 'end')) await writer.end(options);
}

/** Node documentation: pipeTo(source[, ...transforms], writer[, options]). @returns {Promise<number>} bytes */
async function pipeTo(source, ...rest) {
  const { transforms, writer, options } = splitPipe(rest, 'write');
  const { signal } = options;
  const each = signal === undefined ? undefined : { signal };
  let total = 0;
  try {
    for await (const batch of pipeline(from(source, 1), transforms, signal)) {
      await writeBatch(writer, batch, each);
      signal?.throwIfAborted();
      total += byteLength(batch);
    }
    if (!options.preventClose) await endWriter(writer, each);
  } catch (error) {
    if (!options.preventFail && hasMethod(writer, 'fail')) writer.fail(error);
    throw error;
  }
  return total;
}

function writeBatchSync(writer, batch) {
  const refused = (accepted) => {
    if (accepted === false) throw new ERR_OUT_OF_RANGE('writer', 'to have room for the batch', byteLength(batch));
  };
  if (batch.length > 1 && hasMethod(writer, 'writevSync')) refused(writer.writevSync(batch));
  else for (const chunk of batch) refused(writer.writeSync(chunk));
}

/** Node documentation: pipeToSync(source[, ...transforms], writer[, options]). @returns {number} bytes */
function pipeToSync(source, ...rest) {
  const { transforms, writer, options } = splitPipe(rest, 'writeSync');
  let total = 0;
  try {
    for (const batch of pullSync(source, ...transforms)) {
      writeBatchSync(writer, batch);
      total += byteLength(batch);
    }
    if (!options.preventClose) {
      const ended = hasMethod(writer, 'endSync') && writer.endSync() >= 0;
      if (!ended && hasMethod(writer, 'end')) writer.end();
    }
  } catch (error) {
    if (!options.preventFail && hasMethod(writer, 'fail')) writer.fail(error);
    throw error;
  }
  return total;
}

module.exports = { pipeTo, pipeToSync, pull, pullSync };
