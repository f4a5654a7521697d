'use strict';
// The globals of the web platform. What a server needs at once is evaluated into the snapshot; the rest are getters that
// load on first use and then are plain properties, as all of them look from outside.

const { AbortController, AbortSignal } = require('./abort');
const { CustomEvent, Event, EventTarget } = require('./event_target');
const { DOMException } = require('./dom_exception');
const { TextDecoder, TextEncoder } = require('./encoding');
const { URL, URLSearchParams } = require('./url');
const settings = require('../internal/cli_settings');

const streamNames = [
  'ReadableStream', 'ReadableStreamDefaultReader', 'ReadableStreamBYOBReader', 'ReadableStreamBYOBRequest', 'ReadableByteStreamController',
  'ReadableStreamDefaultController', 'TransformStream', 'TransformStreamDefaultController', 'WritableStream', 'WritableStreamDefaultController',
  'WritableStreamDefaultWriter', 'ByteLengthQueuingStrategy', 'CountQueuingStrategy', 'TextEncoderStream', 'TextDecoderStream',
  'CompressionStream', 'DecompressionStream',
];
const fetchModules = {
  Headers: () => require('./headers'),
  Request: () => require('./request'),
  Response: () => require('./response'),
  FormData: () => require('./formdata'),
};

const cryptoClasses = {
  Crypto: () => require('./crypto').Crypto,
  CryptoKey: () => require('./crypto').CryptoKey,
  SubtleCrypto: () => require('./crypto').SubtleCrypto,
};

/** The bundler renames what has a global's name (URL becomes _URL or URL2): gives it its name back. */
function named(name, value) {
  if (typeof value === 'function' && value.name !== name && /^_|\d$/.test(value.name)) {
    Object.defineProperty(value, 'name', { value: name, configurable: true });
  }
  return value;
}

/** Defines a property that is computed on first use. @param {boolean} enumerable */
function defineLazy(target, name, load, enumerable) {
  const set = (value) => Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable });
  Object.defineProperty(target, name, {
    get() {
      const value = named(name, load());
      set(value);
      return value;
    },
    set,
    configurable: true,
    enumerable,
  });
}

/** @param {object} target globalThis */
function install(target) {
  const classes = { AbortController, AbortSignal, CustomEvent, DOMException, Event, EventTarget, TextDecoder, TextEncoder, URL, URLSearchParams };
  for (const [name, value] of Object.entries(classes)) {
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
  }
  const { atob, btoa } = require('../node/buffer');
  Object.defineProperty(target, 'atob', { value: atob, writable: true, configurable: true, enumerable: true });
  Object.defineProperty(target, 'btoa', { value: btoa, writable: true, configurable: true, enumerable: true });
  defineLazy(target, 'structuredClone', () => require('./structured_clone').structuredClone, true);
  defineLazy(target, 'URLPattern', () => require('./url_pattern').URLPattern, false);
  defineLazy(target, 'performance', () => require('../node/perf_hooks').performance, true);
  for (const name of ['Performance', 'PerformanceEntry', 'PerformanceMark', 'PerformanceMeasure', 'PerformanceObserver', 'PerformanceObserverEntryList',
    'PerformanceResourceTiming']) {
    defineLazy(target, name, () => require('../node/perf_hooks')[name], false);
  }
  defineLazy(target, 'Blob', () => require('./blob').Blob, false);
  defineLazy(target, 'File', () => require('./blob').File, false);
  for (const name of ['MessageChannel', 'MessagePort', 'MessageEvent', 'BroadcastChannel']) {
    defineLazy(target, name, () => require('./message_channel')[name], false);
  }
  for (const name of ['WebSocket', 'CloseEvent', 'WebSocketPair']) defineLazy(target, name, () => require('./websocket')[name], false);
  for (const name of streamNames) defineLazy(target, name, () => require('./streams')[name], false);
  for (const [name, load] of Object.entries(fetchModules)) defineLazy(target, name, () => exportOf(load(), name), false);
  defineLazy(target, 'fetch', () => exportOf(require('./fetch'), 'fetch'), true);
  defineLazy(target, 'crypto', () => require('../node/crypto').webcrypto, true);
  for (const [name, load] of Object.entries(cryptoClasses)) defineLazy(target, name, load, false);
  installNavigator(target);
  settings.whenSet('--experimental-webstorage', () => installStorage(target));
  for (const name of Object.getOwnPropertyNames(target)) {
    const descriptor = Object.getOwnPropertyDescriptor(target, name);
    if ('value' in descriptor) named(name, descriptor.value);
  }
}

/** A module exports its class by name or as a whole. */
function exportOf(module, name) {
  return module[name] ?? module;
}

/** Web Storage's globals, which only an option brings. */
function installStorage(target) {
  for (const name of ['Storage', 'localStorage', 'sessionStorage']) {
    Object.defineProperty(target, name, {
      get: () => require('./storage').global(name),
      set(value) { Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true }); },
      enumerable: name !== 'Storage', configurable: true,
    });
  }
}

function installNavigator(target) {
  class Navigator {
    get hardwareConcurrency() { return require('../node/os').availableParallelism(); }
    get language() { return 'en-US'; }
    get languages() { return Object.freeze([this.language]); }
    get userAgent() { return `Node.js/${process.versions.node.split('.')[0]}`; }
    get platform() { return process.platform; }
  }
  for (const name of ['hardwareConcurrency', 'language', 'languages', 'userAgent', 'platform']) {
    Object.defineProperty(Navigator.prototype, name, { enumerable: true });
  }
  Object.defineProperty(target, 'Navigator', { value: Navigator, writable: true, configurable: true, enumerable: false });
  defineLazy(target, 'navigator', () => new Navigator(), true);
}

module.exports = { install };
