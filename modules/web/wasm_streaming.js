'use strict';
// WebAssembly.compileStreaming and instantiateStreaming (WebAssembly Web API, section "Streaming Module Compilation and
// Instantiation"; which responses are refused, and how, is Node's documentation: Errors, ERR_WEBASSEMBLY_RESPONSE).

const binding = internalBinding('wasm');
const errors = () => require('../internal/errors').codes;

/** @param {any} source what the program gave @returns {ReadableStream | null} of a usable Response */
function bodyOf(source) {
  const { ERR_INVALID_ARG_TYPE, ERR_INVALID_STATE, ERR_WEBASSEMBLY_RESPONSE } = errors();
  const { Response } = require('./response');
  if (!(source instanceof Response)) {
    throw new ERR_INVALID_ARG_TYPE('source', ['Response', 'Promise resolving to Response'], source);
  }
  const type = source.headers.get('Content-Type');
  if (type !== 'application/wasm') throw new ERR_WEBASSEMBLY_RESPONSE(`has unsupported MIME type '${type}'`);
  if (!source.ok) throw new ERR_WEBASSEMBLY_RESPONSE(`has status code ${source.status}`);
  if (source.bodyUsed) throw new ERR_WEBASSEMBLY_RESPONSE('body has already been used');
  if (source.body?.locked) throw new ERR_INVALID_STATE.TypeError('ReadableStream is locked');
  return source.body;
}

/**
 * From C for every call of the two functions, once the source is no promise any more.
 * @param {any} source @param {object} stream the engine's handle
 */
async function streamWasm(source, stream) {
  try {
    const body = bodyOf(source);
    if (body !== null) {
      for await (const chunk of body) {
        if (!ArrayBuffer.isView(chunk) && !require('../internal/types').isAnyArrayBuffer(chunk)) {
          const error = new TypeError('chunk must be an ArrayBufferView or an ArrayBuffer');
          error.code = 'ERR_INVALID_ARG_TYPE';
          throw error;
        }
        binding.push(stream, chunk);
      }
    }
    binding.finish(stream, source.url);
  } catch (error) {
    binding.abort(stream, error);
  }
}

module.exports = { streamWasm };
