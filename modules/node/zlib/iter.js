'use strict';
// node:zlib/iter: compression as transforms of node:stream/iter, behind --experimental-stream-iter.
// https://nodejs.org/docs/latest-v24.x/api/zlib.html#iterable-compression

const { checkOptions } = require('../../internal/stream_iter/bytes');
const { codes } = require('../../internal/errors');
const { validateInteger } = require('../../internal/validators');
const zlib = require('../zlib');

/** What node:zlib takes more kindly. @param {'Brotli' | 'Zstd' | undefined} family */
function checkCodec(family, options) {
  const { params, pledgedSrcSize } = options ?? {};
  if (family === undefined) return;
  if (params !== undefined && (params === null || typeof params !== 'object')) {
    throw new codes.ERR_INVALID_ARG_TYPE('options.params', 'Object', params);
  }
  for (const [key, value] of Object.entries(params ?? {})) {
    if (!(Number.isInteger(Number(key)) && Number(key) >= 0)) throw new codes[`ERR_${family.toUpperCase()}_INVALID_PARAM`](key);
    if (typeof value !== 'number' && typeof value !== 'boolean') {
      throw new codes.ERR_INVALID_ARG_TYPE(`options.params[${key}]`, 'number', value);
    }
  }
  if (pledgedSrcSize !== undefined) validateInteger(pledgedSrcSize, 'options.pledgedSrcSize', 0);
}

/** Feeds a zlib stream and gives what comes out, in batches. */
async function* run(stream, source, signal) {
  const output = [];
  let wake = Promise.withResolvers();
  let over = false;
  let failure;
  stream.on('data', (chunk) => {
    output.push(chunk);
    wake.resolve();
  });
  stream.on('end', () => {
    over = true;
    wake.resolve();
  });
  stream.on('error', (error) => {
    failure ??= { error };
    wake.resolve();
  });
  const feed = async () => {
    for await (const batch of source) {
      for (const chunk of batch ?? []) {
        if (failure !== undefined) return;
        if (!stream.write(chunk)) await new Promise((resolve) => stream.once('drain', resolve).once('close', resolve));
      }
    }
    stream.end();
  };
  const fail = (error) => {
    failure ??= { error };
    wake.resolve();
  };
  feed().catch(fail);
  const abort = () => fail(signal.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      if (output.length > 0) yield output.splice(0);
      else if (failure !== undefined) throw failure.error;
      else if (over) return;
      else {
        await wake.promise;
        wake = Promise.withResolvers();
      }
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    stream.destroy();
  }
}

const transform = (create, family) => (options) => {
  checkOptions(options);
  return {
    transform(source, { signal } = {}) {
      checkCodec(family, options);
      return run(create(options), source, signal);
    },
  };
};

const transformSync = (convert, family) => (options) => {
  checkOptions(options);
  return {
    *transform(source) {
      checkCodec(family, options);
      const chunks = [];
      for (const batch of source) if (batch !== null) chunks.push(...batch);
      const out = convert(Buffer.concat(chunks), options);
      if (out.length > 0) yield [out];
    },
  };
};

const kinds = {
  Gzip: [zlib.createGzip, zlib.createGunzip, zlib.gzipSync, zlib.gunzipSync],
  Deflate: [zlib.createDeflate, zlib.createInflate, zlib.deflateSync, zlib.inflateSync],
  Brotli: [zlib.createBrotliCompress, zlib.createBrotliDecompress, zlib.brotliCompressSync, zlib.brotliDecompressSync],
  Zstd: [zlib.createZstdCompress, zlib.createZstdDecompress, zlib.zstdCompressSync, zlib.zstdDecompressSync],
};

for (const [name, [compress, decompress, compressSync, decompressSync]] of Object.entries(kinds)) {
  const family = name === 'Brotli' || name === 'Zstd' ? name : undefined;
  exports[`compress${name}`] = transform(compress, family);
  exports[`decompress${name}`] = transform(decompress, family);
  exports[`compress${name}Sync`] = transformSync(compressSync, family);
  exports[`decompress${name}Sync`] = transformSync(decompressSync, family);
}
