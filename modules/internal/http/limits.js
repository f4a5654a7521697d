'use strict';
// Limits of messages that the command line can set (--max-http-header-size).

let size = 16384;

module.exports = {
  /** Bytes of a message's head. */
  maxHeaderSize: () => size,
  setMaxHeaderSize(bytes) { size = bytes; },
};
