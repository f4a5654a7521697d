'use strict';
// Limits of messages that the command line can set (--max-http-header-size, --insecure-http-parser).

let size = 16384;
let insecure = false;

module.exports = {
  /** Bytes of a message's head. */
  maxHeaderSize: () => size,
  setMaxHeaderSize(bytes) { size = bytes; },
  /** Whether messages are taken that the RFCs forbid. */
  insecureParser: () => insecure,
  setInsecureParser(on) { insecure = on; },
};
