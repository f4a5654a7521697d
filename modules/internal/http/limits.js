'use strict';
// Limits of messages that the command line can set (--max-http-header-size, --insecure-http-parser).

const STANDARD = 16384;
let size = STANDARD;
let insecure = false;

module.exports = {
  /** Bytes of a message's head. */
  maxHeaderSize: () => size,
  setMaxHeaderSize(bytes) { size = bytes > 0 ? bytes : STANDARD; },
  isSet: () => size !== STANDARD,
  /** Whether messages are taken that the RFCs forbid. */
  insecureParser: () => insecure,
  setInsecureParser(on) { insecure = on; },
};
