'use strict';
// ArrayBuffers that are refused where they are to be transferred (Node documentation: worker.markAsUntransferable): the
// program's, and the pool that small Buffers are cut from, which would take all of them away.
const marked = new WeakSet();

module.exports = {
  /** @param {any} object ignored where it is none */
  mark(object) {
    if (object === null || (typeof object !== 'object' && typeof object !== 'function')) return;
    if (object instanceof ArrayBuffer) internalBinding('buffer').keepAttached(object); // ArrayBuffer.prototype.transfer too
    marked.add(object);
  },
  isMarked: (object) => marked.has(object),
};
