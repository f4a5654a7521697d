'use strict';
// AbortSignals in a transfer list (util.transferableAbortSignal, util.transferableAbortController): a signal at the other
// end of a channel of messages follows the one here, which stays usable.
const { mark, register } = require('../internal/cloneable');
const { AbortController, abortSignal, createSignal } = require('./abort');
const { MessageChannel } = require('./message_channel');
const { structuredClone } = require('./structured_clone');

const transferable = new WeakSet();

register({
  name: 'AbortSignal',
  is: (value) => transferable.has(value),
  transfers: true,
  pack(signal) {
    if (signal.aborted) return { aborted: true, reason: structuredClone(signal.reason) };
    const { port1: here, port2: there } = new MessageChannel();
    here.unref();
    signal.addEventListener(
      'abort',
      () => {
        here.postMessage(signal.reason);
        here.close();
      },
      { once: true },
    );
    return { aborted: false, port: there };
  },
  unpack({ aborted, reason, port }) {
    if (aborted) return createSignal(true, reason);
    const signal = transferableSignal(createSignal());
    port.onmessage = ({ data }) => {
      abortSignal(signal, data);
      port.close();
    };
    port.unref();
    return signal;
  },
});

/** Node documentation: util.transferableAbortSignal(signal). @template {AbortSignal} T @param {T} signal @returns {T} */
function transferableSignal(signal) {
  transferable.add(signal);
  return mark(signal);
}

/** Node documentation: util.transferableAbortController(). @returns {AbortController} */
function transferableController() {
  const controller = new AbortController();
  transferableSignal(controller.signal);
  return controller;
}

module.exports = { transferableController, transferableSignal };
