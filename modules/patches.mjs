// What build.mjs changes in the texts of libraries, where no interface of theirs reaches. Each change names the text that it
// replaces, which must be there exactly once: a new version of the library that moved it fails the build. Sources are
// Node 24's documentation and its answers to the same programs.

const rs = 'node_modules/readable-stream/lib/internal/streams';

const chunkTypes = ["['string', 'Buffer', 'Uint8Array']", "['string', 'Buffer', 'TypedArray', 'DataView']"];

/** The default encoding of an option; one that is none is refused at once. */
const defaultEncoding = `
function defaultEncodingOf(options) {
  const encoding = options?.defaultEncoding
  if (encoding === undefined || encoding === null) return 'utf8'
  if (!Buffer.isEncoding(encoding)) throw new ERR_UNKNOWN_ENCODING(encoding)
  return encoding
}
`;
const defaultEncodingLine = "this.defaultEncoding = (options && options.defaultEncoding) || 'utf8'";

/** @type {{[file: string]: [from: string, to: string][]}} */
export const patches = {
  [`${rs}/writable.js`]: [
    ['function WritableState(', `${defaultEncoding}function WritableState(`],
    [defaultEncodingLine, 'this.defaultEncoding = defaultEncodingOf(options)'],
    // Objects have no encoding; a string's is checked, and 'buffer' is none.
    [
      `    encoding = state.defaultEncoding
  } else {
    if (!encoding) encoding = state.defaultEncoding
    else if (encoding !== 'buffer' && !Buffer.isEncoding(encoding)) throw new ERR_UNKNOWN_ENCODING(encoding)
    if (typeof cb !== 'function') cb = nop
  }`,
      `    encoding = null
  } else if (typeof cb !== 'function') cb = nop`,
    ],
    [
      `  } else if (!state.objectMode) {
    if (typeof chunk === 'string') {`,
      `  } else if (!state.objectMode) {
    if (!encoding) encoding = state.defaultEncoding
    else if (encoding !== 'utf8' && encoding !== 'buffer' && !Buffer.isEncoding(encoding)) throw new ERR_UNKNOWN_ENCODING(encoding)
    if (typeof chunk === 'string') {
      if (encoding === 'buffer') throw new ERR_UNKNOWN_ENCODING(encoding)`,
    ],
    chunkTypes,
    // Callbacks of what went well get null.
    ['    state.pendingcb--\n    cb()', '    state.pendingcb--\n    cb(null)'],
    ['    onfinishCallbacks[i]()', '    onfinishCallbacks[i](null)'],
  ],
  [`${rs}/readable.js`]: [
    ['    ERR_STREAM_UNSHIFT_AFTER_END_EVENT\n', '    ERR_STREAM_UNSHIFT_AFTER_END_EVENT,\n    ERR_UNKNOWN_ENCODING\n'],
    ['function ReadableState(', `${defaultEncoding}function ReadableState(`],
    [defaultEncodingLine, 'this.defaultEncoding = defaultEncodingOf(options)'],
    chunkTypes,
    // What is left of a character when all has come.
    ["  buffer.clear()\n  if (content !== '')", "  if (this._readableState.ended) content += decoder.end()\n  buffer.clear()\n  if (content !== '')"],
    // A destination that refuses a chunk is destroyed, not the program.
    [
      '    const ret = dest.write(chunk)\n',
      `    let ret
    try {
      ret = dest.write(chunk)
    } catch (error) {
      dest.destroy(error)
      return
    }
`,
    ],
    ['let j = 1; j < streamKeys', 'let j = 0; j < streamKeys'],
    // Reading a half-open duplex to its end leaves the other half alone.
    [
      '      (error === undefined || stream._readableState.autoDestroy)\n',
      `      (error === undefined || stream._readableState.autoDestroy) &&
      !(error === null && stream.writable && stream.allowHalfOpen)
`,
    ],
  ],
  [`${rs}/duplexify.js`]: [
    // An error of the readable side ends the writable one.
    ['      readable = false\n      if (err) {\n        destroyer(r, err)', '      readable = false\n      if (err) {\n        destroyer(w, err)'],
  ],
  // Its errors have codes, as Node's.
  'node_modules/web-streams-polyfill/dist/ponyfill.js': [
    ['!function(e,t){"object"==typeof exports', 'const { TypeError, RangeError, checkedMin } = require(\'../../../internal/web_stream_errors.js\');\n!function(e,t){"object"==typeof exports'],
    // A write that comes while the readable side is being cancelled.
    ['return p(e._transformAlgorithm(t),', 'return void 0===e._transformAlgorithm?d(void 0):p(e._transformAlgorithm(t),'],
    // Not a conversion, but a check.
    ['return I(e,t),{min:H(null', 'return I(e,t),{min:checkedMin(null'],
  ],
};

/** @returns {string} the text with its changes @throws {Error} where one does not fit */
export function patch(file, text) {
  for (const [from, to] of patches[file] ?? []) {
    if (text.split(from).length !== 2) throw new Error(`${file}: not there exactly once, see patches.mjs: ${from}`);
    text = text.replace(from, () => to);
  }
  return text;
}
