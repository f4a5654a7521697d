'use strict';
// Asynchronous ids and hooks (node:async_hooks). An id is a counter in memory that is shared with C, which gives ids to
// what it has open (runtime/callback.h); ticks, timers, immediates, promises and AsyncResources take theirs here. What
// runs now and what caused it are two more words. So ids are right whether or not a hook is enabled; hooks are called
// only while the word HOOKS, the number of those that are enabled, is not zero. The counter has 32 bits: an id may come
// again after four thousand million others.
const shared = require('./loop_state');
const loop = internalBinding('loop');

const { LAST_ID, EXECUTION, TRIGGER, HOOKS } = shared;
const kAsyncId = Symbol('asyncId');
const kTriggerId = Symbol('triggerId');
/** Of a record: the object that the program is shown for it, where that is another. */
const kResource = Symbol('resource');

const state = {
  /** The enabled hooks, in order; replaced, never changed. */
  enabled: [],
  /** Of those, the ones that hear of promises. */
  promises: [],
  /** An object with [kAsyncId]: what JS says runs now. It does as long as EXECUTION is that id. */
  record: undefined,
};

/** Ids of what hooks were told begins and not yet that it ends, the innermost last. */
let open = [];

function newId() {
  return ++shared.words[LAST_ID];
}

const executionId = () => shared.words[EXECUTION];
const triggerId = () => shared.words[TRIGGER];
/** @param {string} name @returns {boolean} whether a hook has this callback */
const hears = (name) => state.enabled.some((hook) => hook[name] !== undefined);
const hooked = () => shared.words[HOOKS] !== 0;

/** Whether the stack is at its end, which is the program's doing and not the hook's. */
const overflowed = (error) => error instanceof RangeError && error.message === 'Maximum call stack size exceeded';

/** Node documentation: an error thrown by a hook ends the process; 'uncaughtException' does not see it. */
function failed(error) {
  if (overflowed(error)) throw error;
  const hasStack = typeof error === 'object' && error !== null && typeof error.stack === 'string';
  const shown = hasStack ? error : new Error(String(error));
  internalBinding('process').writeError(`${shown.stack}\n`);
  if (require('./uncaught').aborts()) process.abort();
  process.exit(1);
}

let depth = 0; // of rounds of calls
let next; // the hooks that are enabled after the outermost of them

function ended() {
  if (--depth > 0 || next === undefined) return;
  const enabled = next;
  next = undefined;
  update(enabled);
}

function emit(list, name, id, type, trigger, resource) {
  depth++;
  try {
    emitEach(list, name, id, type, trigger, resource);
  } finally {
    ended();
  }
}

function emitOne(list, name, id) {
  depth++;
  try {
    emitEach(list, name, id, undefined, undefined, undefined);
  } finally {
    ended();
  }
}

function emitEach(list, name, id, type, trigger, resource) {
  for (let i = 0; i < list.length; i++) {
    const hook = list[i];
    const callback = hook[name];
    if (callback === undefined) continue;
    try {
      if (name === 'init') callback.call(hook.owner, id, type, trigger, resource);
      else callback.call(hook.owner, id);
    } catch (error) {
      failed(error);
    }
  }
}

/** Tells the hooks of what has ids already. */
function emitInit(id, type, trigger, resource) {
  emit(state.enabled, 'init', id, type, trigger, resource);
}

function emitBefore(id) {
  open.push(id);
  emitOne(state.enabled, 'before', id);
}

function emitAfter(id) {
  emitOne(state.enabled, 'after', id);
  if (open[open.length - 1] === id) open.pop();
}

/** Hooks hear of it later in this turn of the loop. */
function emitDestroy(id) {
  if (id <= 0 || shared.words[HOOKS] === 0) return;
  if (loop.originEnded(id) % MANY === 0) loop.enqueueMicrotask(loop.originsEnded);
}

const MANY = 16384; // where microtasks never end, as under Node

/** Gives `resource` its ids and tells the hooks. */
function init(resource, type) {
  const { words } = shared;
  resource[kAsyncId] = ++words[LAST_ID];
  resource[kTriggerId] = words[EXECUTION];
  if (words[HOOKS] !== 0) emitInit(resource[kAsyncId], type, resource[kTriggerId], resource);
}

/** From now on `record` runs, called by the loop, until `leave`, or an exception that is reported. */
function enter(record) {
  const { words } = shared;
  words[EXECUTION] = record[kAsyncId];
  words[TRIGGER] = record[kTriggerId];
  state.record = record;
  if (words[HOOKS] !== 0) emitBefore(record[kAsyncId]);
}

function leave(record) {
  const { words } = shared;
  if (words[HOOKS] !== 0) emitAfter(record[kAsyncId]);
  words[EXECUTION] = 0;
  words[TRIGGER] = 0;
}

/** Nothing runs: between two ticks, timers, immediates, after an exception too. */
function clear() {
  const { words } = shared;
  words[EXECUTION] = 0;
  words[TRIGGER] = 0;
}

/** Calls fn as the execution of `record`, inside of what runs now. */
function runIn(record, fn, thisArg, args) {
  const { words } = shared;
  const execution = words[EXECUTION];
  const trigger = words[TRIGGER];
  const outer = state.record;
  const id = record[kAsyncId];
  words[EXECUTION] = id;
  words[TRIGGER] = record[kTriggerId];
  state.record = record;
  if (words[HOOKS] !== 0) emitBefore(id);
  try {
    return Reflect.apply(fn, thisArg, args);
  } finally {
    if (words[HOOKS] !== 0) emitAfter(id);
    words[EXECUTION] = execution;
    words[TRIGGER] = trigger;
    state.record = outer;
  }
}

/** Calls fn; what it begins was caused by what has the id `trigger`, and not by what runs now. */
function causedBy(trigger, fn, ...args) {
  const { words } = shared;
  const execution = words[EXECUTION];
  words[EXECUTION] = trigger;
  try {
    return fn(...args);
  } finally {
    words[EXECUTION] = execution;
  }
}

/** After an exception that somebody took: whatever has begun has ended. */
function unwind() {
  while (open.length > 0) {
    const id = open.pop();
    shared.words[EXECUTION] = id;
    emitOne(state.enabled, 'after', id);
  }
  clear();
}

const top = {};

/** The object that stands for what runs now (executionAsyncResource). */
function resource() {
  const id = shared.words[EXECUTION];
  if (id <= 1) return top;
  let { record } = state;
  if (record === undefined || record[kAsyncId] !== id) {
    const native = loop.executionResource();
    if (native !== undefined) return native;
    record = state.record = { [kAsyncId]: id, [kResource]: {} };
  }
  return record[kResource] ?? record;
}

// ---- promises ------------------------------------------------------------------------------------------------------

const collected = new FinalizationRegistry(emitDestroy);
let interrupted = []; // [execution, trigger, record] below a promise's reaction

/** Gives a promise its ids; one made before hooks were enabled gets them when it is first seen. */
function track(promise, parent) {
  if (promise[kAsyncId] !== undefined) return;
  let trigger = shared.words[EXECUTION];
  if (parent !== undefined && parent !== null) {
    track(parent);
    trigger = parent[kAsyncId];
  }
  promise[kAsyncId] = newId();
  promise[kTriggerId] = trigger;
}

function promiseInit(promise, parent) {
  track(promise, parent);
  emit(state.promises, 'init', promise[kAsyncId], 'PROMISE', promise[kTriggerId], promise);
  if (state.promises.some((hook) => hook.destroy !== undefined)) collected.register(promise, promise[kAsyncId]);
}

function promiseBefore(promise) {
  const { words } = shared;
  track(promise);
  interrupted.push([words[EXECUTION], words[TRIGGER], state.record]);
  words[EXECUTION] = promise[kAsyncId];
  words[TRIGGER] = promise[kTriggerId];
  state.record = promise;
  open.push(promise[kAsyncId]);
  emitOne(state.promises, 'before', promise[kAsyncId]);
}

function promiseAfter(promise) {
  track(promise);
  const id = promise[kAsyncId];
  emitOne(state.promises, 'after', id);
  if (open[open.length - 1] === id) open.pop();
  const { words } = shared;
  if (words[EXECUTION] !== id) return; // a hook was enabled in the middle of the reaction
  const outer = interrupted.pop();
  if (outer === undefined) clear();
  else [words[EXECUTION], words[TRIGGER], state.record] = outer;
}

function promiseSettled(promise) {
  track(promise);
  emitOne(state.promises, 'promiseResolve', promise[kAsyncId]);
}

// ---- enabling ------------------------------------------------------------------------------------------------------

function update(enabled) {
  state.enabled = enabled;
  state.promises = enabled.filter((hook) => hook.trackPromises !== false);
  shared.words[HOOKS] = enabled.length;
  if (enabled.length === 0) {
    open = [];
    interrupted = [];
  }
  require('./promise_hooks').forAsyncHooks(state.promises.length === 0 ? undefined
    : { init: promiseInit, before: promiseBefore, after: promiseAfter, settled: promiseSettled });
}

/** @param {object} hook { init?, before?, after?, destroy?, promiseResolve?, trackPromises?, owner } */
function enable(hook) {
  const enabled = next ?? state.enabled;
  if (!enabled.includes(hook)) change([...enabled, hook]);
}

function disable(hook) {
  const enabled = next ?? state.enabled;
  if (enabled.includes(hook)) change(enabled.filter((one) => one !== hook));
}

/** A round of calls that is under way is not disturbed. */
function change(enabled) {
  if (depth > 0) next = enabled;
  else update(enabled);
}

// ---- from C --------------------------------------------------------------------------------------------------------

class AsyncWrap {}

/** Something of C's begins. @returns {object} what stands for it */
function onInit(id, type, trigger, object = new AsyncWrap()) {
  emitInit(id, type, trigger, object);
  return object;
}

function onDestroy(id) {
  emitOne(state.enabled, 'destroy', id);
}

module.exports = {
  kAsyncId, kTriggerId, kResource, newId, executionId, triggerId, hears, hooked,
  emitInit, emitBefore, emitAfter, emitDestroy, init, enter,
  leave, clear, runIn, causedBy, unwind, resource, enable, disable, onInit, onDestroy,
};
