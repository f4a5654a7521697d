'use strict';
// Stands in for @exodus/bytes in whatwg-url: a URL's query is UTF-8 here, so its legacy encodings stay out of the bundle.

/** Percent-encodes what is no printable ASCII, or in `extra`. @param {string} extra characters */
function percentEncodeAfterEncoding(_encoding, input, extra, spaceAsPlus = false) {
  let out = '';
  for (const byte of new TextEncoder().encode(input)) {
    const char = String.fromCharCode(byte);
    if (spaceAsPlus && byte === 0x20) out += '+';
    else if (byte <= 0x1f || byte > 0x7e || extra.includes(char)) out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    else out += char;
  }
  return out;
}

module.exports = { percentEncodeAfterEncoding };
