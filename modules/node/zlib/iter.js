'use strict';
// node:zlib/iter: compression as transforms of node:stream/iter, behind --experimental-stream-iter.
// https://nodejs.org/docs/latest-v24.x/api/zlib.html#iterable-compression

const { checkOptions } = require('../../internal/stream_iter/bytes');
const zlib = require('../zlib');

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

const transform = (create) => (options) => {
  checkOptions(options);
  return {
    transform: (source, { signal } = {}) => run(create(options), source, signal),
  };
};

const transformSync = (convert) => (options) => {
  checkOptions(options);
  return {
    *transform(source) {
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
  exports[`compress${name}`] = transform(compress);
  exports[`decompress${name}`] = transform(decompress);
  exports[`compress${name}Sync`] = transformSync(compressSync);
  exports[`decompress${name}Sync`] = transformSync(decompressSync);
}
