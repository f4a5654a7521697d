'use strict';
// What structured clones know besides the language's own values: keys, certificates, blobs, ports, streams. Each kind
// registers itself when its file is loaded (before that there is none of it), and marks its objects for the
// serialiser, which hands marked ones over (runtime/v8/serializer.cc).
const { markHost } = internalBinding('util');

/**
 * @typedef {object} Kind
 * @property {string} name of the class
 * @property {(value: any) => boolean} is
 * @property {boolean} transfers whether it has to be in the transfer list
 * @property {boolean} [uncloneable] whether it is refused
 * @property {(value: object) => any} pack what travels; of what transfers, the sender's object is of no use afterwards
 * @property {(packed: any) => object} unpack
 * @property {(a: object, b: object) => boolean} [equal] whether two of the kind are the same, for deep equality
 * @property {(value: object) => string | undefined} [refusal] why it cannot be transferred now
 */

/** @type {Kind[]} */
const kinds = [];

const uncloneable = new WeakSet();
const refused = { name: 'uncloneable', is: (value) => uncloneable.has(value), transfers: false, uncloneable: true };

module.exports = {
  /** Node documentation: worker.markAsUncloneable(object). Buffers are cloned all the same. @param {any} value */
  markAsUncloneable(value) {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
    if (!kinds.includes(refused)) kinds.unshift(refused);
    uncloneable.add(value);
    markHost(value);
  },
  /** @param {Kind} kind */
  register: (kind) => {
    kinds.push(kind);
  },
  /** @template {object} T @param {T} object @returns {T} */
  mark: markHost,
  /** @returns {Kind | undefined} */
  kindOf: (value) => kinds.find((kind) => kind.is(value)),
  /** @param {string} name @returns {Kind | undefined} */
  named: (name) => kinds.find((kind) => kind.name === name),
};
