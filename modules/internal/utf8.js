'use strict';

/** How many bytes at the end of `bytes` begin a UTF-8 sequence that is not complete. */
function incompleteUtf8(bytes) {
  const { length } = bytes;
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back];
    if (byte >= 0xc0) {
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      if (size <= back || byte > 0xf4 || byte === 0xc0 || byte === 0xc1) return 0;
      if (back > 1) {
        const second = bytes[length - back + 1];
        if ((byte === 0xe0 && second < 0xa0) || (byte === 0xed && second > 0x9f) || (byte === 0xf0 && second < 0x90) || (byte === 0xf4 && second > 0x8f)) return 0;
      }
      return back;
    }
    if (byte < 0x80) return 0;
  }
  return 0;
}

module.exports = { incompleteUtf8 };
