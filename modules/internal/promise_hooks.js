'use strict';
// The engine's four hooks on promises, shared by node:async_hooks and v8.promiseHooks. Set only while somebody listens:
// with them promises are slow.
const loop = internalBinding('loop');

const lists = { init: [], before: [], after: [], settled: [] };
let own; // of node:async_hooks

function chain(name) {
  const list = own === undefined ? lists[name] : [own[name], ...lists[name]];
  if (list.length <= 1) return list[0];
  return (promise, parent) => { for (const hook of list) hook(promise, parent); };
}

function update() {
  loop.setPromiseHooks(chain('init'), chain('before'), chain('after'), chain('settled'));
}

/** @param {{ init: Function, before: Function, after: Function, settled: Function } | undefined} hooks */
function forAsyncHooks(hooks) {
  if (own === hooks) return;
  own = hooks;
  update();
}

/**
 * Adds a hook. An exception of it is uncaught, and does not reach what the program does with the promise.
 * @param {'init' | 'before' | 'after' | 'settled'} name
 * @param {Function} fn
 * @returns {() => void} removes it
 */
function add(name, fn) {
  const hook = (promise, parent) => {
    try {
      if (name === 'init') fn(promise, parent);
      else fn(promise);
    } catch (error) {
      require('./uncaught').uncaught(error);
    }
  };
  lists[name] = [...lists[name], hook];
  update();
  return () => {
    lists[name] = lists[name].filter((one) => one !== hook);
    update();
  };
}

// ---- v8.promiseHooks -----------------------------------------------------------------------------------------------

const isAsync = (fn) => /^\[object Async(Generator)?Function\]$/.test(Object.prototype.toString.call(fn));

function check(fn, name) {
  const { codes: { ERR_INVALID_ARG_TYPE } } = require('./errors');
  if (typeof fn !== 'function' || isAsync(fn)) throw new ERR_INVALID_ARG_TYPE(name, 'function', fn);
}

/** Node documentation: v8.promiseHooks.onInit(init) and the others. @returns {() => void} stops it */
const on = (name, argument) => (fn) => {
  check(fn, argument);
  return add(name, fn);
};

/**
 * Node documentation: v8.promiseHooks.createHook(callbacks).
 * @param {{ init?: Function, before?: Function, after?: Function, settled?: Function }} callbacks
 * @returns {() => void} stops them
 */
function createHook(callbacks = {}) {
  const stops = [];
  for (const name of Object.keys(lists)) {
    if (callbacks[name] === undefined) continue;
    check(callbacks[name], `${name}Hook`);
    stops.push([name, callbacks[name]]);
  }
  const added = stops.map(([name, fn]) => add(name, fn));
  return () => { for (const stop of added) stop(); };
}

const api = {
  createHook,
  onInit: on('init', 'initHook'), onBefore: on('before', 'beforeHook'), onAfter: on('after', 'afterHook'),
  onSettled: on('settled', 'settledHook'),
};

module.exports = { forAsyncHooks, add, api };
