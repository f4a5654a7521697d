'use strict';
// Asynchronous ids and hooks (node:async_hooks). `active` is false until a hook is enabled; then ticks, timers,
// immediates, promises and AsyncResources report themselves here.

const state = {
  active: false,
  lastId: 1,
  executionId: 1,
  triggerId: 0,
  /** The resource of the current execution. */
  resource: undefined,
  enabled: [],
  init, before, after, destroy, promiseResolve, runIn, newId,
};

const top = {};

function newId() {
  return ++state.lastId;
}

function each(name, ...args) {
  for (const hook of state.enabled.slice()) {
    const callback = hook[name];
    if (callback === undefined) continue;
    try {
      callback.apply(hook.owner, args);
    } catch (error) {
      // Node documentation: an error thrown by a hook ends the process.
      internalBinding('process').writeError(`${error?.stack ?? error}\n`);
      internalBinding('process').reallyExit(1);
    }
  }
}

/** Gives `resource` its ids and tells the hooks. */
function init(resource, type, triggerId = state.executionId) {
  resource.asyncId = newId();
  resource.triggerId = triggerId;
  each('init', resource.asyncId, type, triggerId, resource);
}

function before(id) {
  each('before', id);
}

function after(id) {
  each('after', id);
}

function destroy(id) {
  if (id > 0) each('destroy', id);
}

function promiseResolve(id) {
  each('promiseResolve', id);
}

/** Calls fn as the execution of `resource` ({ asyncId, triggerId }). */
function runIn(resource, fn, thisArg, args) {
  const { executionId, triggerId, resource: outer } = state;
  state.executionId = resource.asyncId;
  state.triggerId = resource.triggerId;
  state.resource = resource;
  if (resource.asyncId > 0) before(resource.asyncId);
  try {
    return Reflect.apply(fn, thisArg, args);
  } finally {
    if (resource.asyncId > 0) after(resource.asyncId);
    state.executionId = executionId;
    state.triggerId = triggerId;
    state.resource = outer;
  }
}

state.top = top;
module.exports = state;
