'use strict';
// node:zlib: streams, convenience functions, errors. Also passes on Node.
const { test, assert } = require('./harness');
const zlib = require('zlib');
const { promisify } = require('util');
const { pipeline, Readable } = require('stream');
const { once } = require('events');

const text = 'jsd serves JavaScript. '.repeat(5000);
const pairs = [['gzip', 'gunzip'], ['deflate', 'inflate'], ['deflateRaw', 'inflateRaw'], ['brotliCompress', 'brotliDecompress'],
  ['gzip', 'unzip'], ['deflate', 'unzip']];
const read = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

for (const [pack, unpack] of pairs) {
  test(`${pack} and ${unpack}: Sync, callback and stream forms agree`, async () => {
    const packed = zlib[`${pack}Sync`](text);
    assert.ok(packed.length < text.length / 10);
    assert.strictEqual(zlib[`${unpack}Sync`](packed).toString(), text);
    assert.strictEqual((await promisify(zlib[unpack])(await promisify(zlib[pack])(text))).toString(), text);
    const create = (name) => zlib[`create${name[0].toUpperCase()}${name.slice(1)}`]({ chunkSize: 64 });
    const source = Readable.from([Buffer.from(text.slice(0, 7)), Buffer.from(text.slice(7))]);
    const sink = create(unpack);
    const result = read(sink);
    await promisify(pipeline)(source, create(pack), sink);
    assert.strictEqual((await result).toString(), text);
  });
}

test('the input may come byte by byte', async () => {
  for (const [pack, unpack] of [['gzipSync', 'createUnzip'], ['deflateSync', 'createUnzip'], ['brotliCompressSync', 'createBrotliDecompress']]) {
    const stream = zlib[unpack]();
    const result = read(stream);
    for (const byte of zlib[pack]('one byte at a time')) stream.write(Buffer.from([byte]));
    stream.end();
    assert.strictEqual((await result).toString(), 'one byte at a time');
  }
});

test('a gzip file of several members is one text; zeros after it are padding', async () => {
  const both = Buffer.concat([zlib.gzipSync('abc'), zlib.gzipSync('def')]);
  assert.strictEqual(zlib.gunzipSync(both).toString(), 'abcdef');
  assert.strictEqual((await promisify(zlib.gunzip)(Buffer.concat([both, Buffer.alloc(10)]))).toString(), 'abcdef');
  assert.throws(() => zlib.gunzipSync(Buffer.concat([both, Buffer.alloc(10, 7)])), { code: 'Z_DATA_ERROR' });
  const stream = zlib.createGunzip();
  const result = read(stream);
  stream.write(both.subarray(0, zlib.gzipSync('abc').length));
  stream.end(both.subarray(zlib.gzipSync('abc').length));
  assert.strictEqual((await result).toString(), 'abcdef');
});

test('what cannot be read is reported with code, errno and message', async () => {
  const wrong = { code: 'Z_DATA_ERROR', errno: -3, message: 'incorrect header check' };
  const short = { code: 'Z_BUF_ERROR', errno: -5, message: 'unexpected end of file' };
  assert.throws(() => zlib.gunzipSync('not gzip at all'), wrong);
  assert.throws(() => zlib.inflateSync('not deflate'), wrong);
  await assert.rejects(promisify(zlib.gunzip)(Buffer.from('not gzip at all')), wrong);
  const cut = zlib.gzipSync(text).subarray(0, 40);
  assert.throws(() => zlib.gunzipSync(cut), short);
  await assert.rejects(promisify(zlib.gunzip)(cut), short);
  assert.throws(() => zlib.brotliDecompressSync(Buffer.from('not brotli at all!')), { code: 'ERR__ERROR_FORMAT_PADDING_2', errno: -15 });
  const stream = zlib.createInflate();
  const failed = once(stream, 'error');
  stream.end(Buffer.from('nonsense'));
  assert.strictEqual((await failed)[0].code, 'Z_DATA_ERROR');
  assert.throws(() => zlib.gzipSync(5), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => zlib.gzip('x'), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => zlib.createGzip({ level: 20 }), { code: 'ERR_OUT_OF_RANGE', name: 'RangeError' });
  assert.throws(() => zlib.createGzip({ windowBits: '9' }), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('maxOutputLength bounds the output', async () => {
  const bomb = zlib.gzipSync(Buffer.alloc(1 << 20));
  const tooLarge = { code: 'ERR_BUFFER_TOO_LARGE', name: 'RangeError' };
  assert.throws(() => zlib.gunzipSync(bomb, { maxOutputLength: 1000 }), tooLarge);
  await assert.rejects(promisify(zlib.gunzip)(bomb, { maxOutputLength: 1000 }), tooLarge);
});

test('a dictionary is needed on both sides', () => {
  const dictionary = Buffer.from('common words of both');
  const packed = zlib.deflateSync('common words', { dictionary });
  assert.strictEqual(zlib.inflateSync(packed, { dictionary }).toString(), 'common words');
  assert.throws(() => zlib.inflateSync(packed), { code: 'Z_NEED_DICT', errno: 2, message: 'Missing dictionary' });
  assert.throws(() => zlib.inflateSync(packed, { dictionary: Buffer.from('x') }), { message: 'Bad dictionary' });
  const raw = zlib.deflateRawSync('common words', { dictionary });
  assert.strictEqual(zlib.inflateRawSync(raw, { dictionary }).toString(), 'common words');
});

test('flush gives out what has been written, as WebSocket compression needs it', async () => {
  const deflate = zlib.createDeflateRaw({ windowBits: 12 });
  const inflate = zlib.createInflateRaw({ windowBits: 12 });
  let packed = [];
  deflate.on('data', (chunk) => packed.push(chunk));
  let plain = [];
  inflate.on('data', (chunk) => plain.push(chunk));
  for (const message of ['first', 'second '.repeat(100), 'third']) {
    packed = [];
    plain = [];
    deflate.write(message);
    await new Promise((resolve) => { deflate.flush(zlib.constants.Z_SYNC_FLUSH, resolve); });
    const data = Buffer.concat(packed);
    assert.deepStrictEqual([...data.subarray(-4)], [0, 0, 255, 255]);
    inflate.write(data.subarray(0, -4));
    inflate.write(Buffer.from([0, 0, 255, 255]));
    await new Promise((resolve) => { inflate.flush(resolve); });
    assert.strictEqual(Buffer.concat(plain).toString(), message);
  }
  deflate.reset();
  deflate.close();
  await new Promise((resolve) => { inflate.close(resolve); });
});

test('params changes the level between writes', async () => {
  const stream = zlib.createDeflate({ level: 0 });
  const result = read(stream);
  stream.write(text);
  await new Promise((resolve, reject) => { stream.params(9, zlib.constants.Z_DEFAULT_STRATEGY, (e) => (e ? reject(e) : resolve())); });
  stream.end(text);
  const packed = await result;
  assert.ok(packed.length > text.length && packed.length < text.length * 1.1);
  assert.strictEqual(zlib.inflateSync(packed).toString(), text + text);
});

test('close while the codec works is safe', async () => {
  const stream = zlib.createGzip();
  stream.write(Buffer.alloc(1 << 20));
  stream.close();
  await once(stream, 'close');
  assert.ok(stream.destroyed);
  for (let i = 0; i < 20; i++) zlib.createDeflate().on('error', () => {}).destroy();
});

test('bytesWritten counts what was consumed', async () => {
  const stream = zlib.createGzip();
  stream.resume();
  stream.end(text);
  await once(stream, 'end');
  assert.strictEqual(stream.bytesWritten, text.length);
});

test('brotli takes params, and info gives the engine', () => {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
  const fast = zlib.brotliCompressSync(text, { params: { [BROTLI_PARAM_QUALITY]: 1, [BROTLI_PARAM_SIZE_HINT]: text.length } });
  assert.strictEqual(zlib.brotliDecompressSync(fast).toString(), text);
  const { buffer, engine } = zlib.gzipSync('abc', { info: true });
  assert.ok(engine instanceof zlib.Gzip);
  assert.strictEqual(zlib.gunzipSync(buffer).toString(), 'abc');
  assert.throws(() => zlib.createBrotliCompress({ params: { 999: 1 } }), { code: 'ERR_BROTLI_INVALID_PARAM' });
});

test('finishFlush reads what is cut off', () => {
  const cut = zlib.gzipSync(text).subarray(0, 100);
  const plain = zlib.gunzipSync(cut, { finishFlush: zlib.constants.Z_SYNC_FLUSH }).toString();
  assert.ok(plain.length > 0 && text.startsWith(plain));
});

test('classes work without new; constants and codes are there', () => {
  assert.ok(zlib.Gzip() instanceof zlib.Gzip);
  assert.ok(new zlib.Inflate() instanceof require('stream').Transform);
  assert.strictEqual(zlib.codes.Z_DATA_ERROR, -3);
  assert.strictEqual(zlib.codes['-3'], 'Z_DATA_ERROR');
  assert.strictEqual(zlib.constants.Z_BEST_SPEED, 1);
  assert.strictEqual(zlib.constants.BROTLI_PARAM_QUALITY, 1);
  if (zlib.crc32) assert.strictEqual(zlib.crc32('hello', 0), 0x3610a686);
});

test('zstd: there and back in all forms, in pieces, and as part of a request\'s headers would name it', async () => {
  const text = 'zstd '.repeat(20000);
  const packed = zlib.zstdCompressSync(text);
  assert.ok(packed.length < 200);
  assert.deepStrictEqual([...packed.subarray(0, 4)], [0x28, 0xb5, 0x2f, 0xfd]);
  assert.strictEqual(zlib.zstdDecompressSync(packed).toString(), text);
  const called = await new Promise((resolve, reject) => {
    zlib.zstdCompress(text, { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } },
      (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
  const promised = await require('util').promisify(zlib.zstdDecompress)(called);
  assert.strictEqual(promised.toString(), text);
  const stream = zlib.createZstdDecompress({ chunkSize: 64 });
  const out = [];
  stream.on('data', (chunk) => out.push(chunk));
  for (const byte of packed) stream.write(Buffer.from([byte]));
  stream.end();
  await require('events').once(stream, 'end');
  assert.strictEqual(Buffer.concat(out).toString(), text);
  assert.strictEqual(stream.bytesWritten, packed.length);
});

test('zstd: dictionaries, pledged sizes and flushes', async () => {
  const dictionary = Buffer.from('a text that both sides know beforehand, word for word');
  const packed = zlib.zstdCompressSync(dictionary, { dictionary });
  assert.ok(packed.length < zlib.zstdCompressSync(dictionary).length);
  assert.strictEqual(zlib.zstdDecompressSync(packed, { dictionary }).toString(), dictionary.toString());
  assert.throws(() => zlib.zstdDecompressSync(packed), { code: 'ZSTD_error_corruption_detected' });
  for (const size of [0, 13]) {
    assert.throws(() => zlib.zstdCompressSync('x'.repeat(42), { pledgedSrcSize: size }),
      { code: 'ZSTD_error_srcSize_wrong', errno: zlib.constants.ZSTD_error_srcSize_wrong, message: 'Src size is incorrect' });
  }
  assert.throws(() => zlib.zstdCompressSync('x', { pledgedSrcSize: '1' }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.strictEqual(zlib.zstdDecompressSync(zlib.zstdCompressSync('x', { pledgedSrcSize: 1 })).toString(), 'x');
  const compress = zlib.createZstdCompress();
  const flushed = await new Promise((resolve) => {
    compress.write('flushed');
    compress.flush(() => resolve(compress.read()));
  });
  assert.strictEqual(zlib.zstdDecompressSync(flushed, { finishFlush: zlib.constants.ZSTD_e_flush }).toString(), 'flushed');
});

test('zstd: refusals', () => {
  const { constants } = zlib;
  const invalid = { code: 'ERR_ZSTD_INVALID_PARAM', name: 'RangeError', message: '10000 is not a valid zstd parameter' };
  assert.throws(() => zlib.createZstdCompress({ params: { 10000: 0 } }), invalid);
  assert.throws(() => zlib.createZstdDecompress({ params: { 10000: 0 } }), invalid);
  const failed = { code: 'ERR_ZLIB_INITIALIZATION_FAILED', message: 'Setting parameter failed' };
  assert.throws(() => zlib.createZstdCompress({ params: { [constants.ZSTD_c_strategy]: 130 } }), failed);
  assert.throws(() => zlib.zstdDecompressSync('no frame'),
    { code: 'ZSTD_error_prefix_unknown', errno: 10, message: 'Unknown frame descriptor' });
  const packed = zlib.zstdCompressSync('cut off');
  assert.throws(() => zlib.zstdDecompressSync(packed.subarray(0, 8)),
    { code: 'Z_BUF_ERROR', errno: -5, message: 'unexpected end of file' });
  assert.throws(() => zlib.zstdCompressSync('', { flush: constants.Z_FINISH }),
    { code: 'ERR_OUT_OF_RANGE', message: 'The value of "options.flush" is out of range. It must be >= 0 and <= 2. Received 4' });
});

test('what follows the end is ignored, or refused on demand', async () => {
  const refused = { code: 'ERR_TRAILING_JUNK_AFTER_STREAM_END', name: 'TypeError' };
  const pairs = { deflate: 'inflate', deflateRaw: 'inflateRaw', gzip: 'gunzip', brotliCompress: 'brotliDecompress',
    zstdCompress: 'zstdDecompress' };
  for (const [compress, decompress] of Object.entries(pairs)) {
    const packed = zlib[`${compress}Sync`]('a');
    const twice = Buffer.concat([packed, packed]);
    if (!/^v2[0-3]/.test(process.version)) {
      assert.throws(() => zlib[`${decompress}Sync`](twice, { rejectGarbageAfterEnd: true }), refused, decompress);
      await assert.rejects(require('util').promisify(zlib[decompress])(twice, { rejectGarbageAfterEnd: true }), refused);
    }
    assert.strictEqual(zlib[`${decompress}Sync`](twice).toString(), decompress === 'gunzip' ? 'aa' : 'a');
    assert.strictEqual(zlib[`${decompress}Sync`](packed, { rejectGarbageAfterEnd: true }).toString(), 'a');
  }
});

test('a program keeps the codec open over synchronous steps by replacing close', () => {
  // As minizlib does, under tar and npm.
  const gzip = zlib.createGzip();
  const step = (chunk, flush) => {
    const handle = gzip._handle;
    const { close } = handle;
    const closeStream = gzip.close;
    handle.close = () => {};
    gzip.close = () => {};
    try {
      return Buffer.from(gzip._processChunk(Buffer.from(chunk), flush));
    } finally {
      gzip._handle = handle;
      handle.close = close;
      gzip.close = closeStream;
    }
  };
  const pieces = [step('one ', zlib.constants.Z_NO_FLUSH), step('two ', zlib.constants.Z_SYNC_FLUSH),
    step('three', zlib.constants.Z_FINISH)];
  assert.strictEqual(zlib.gunzipSync(Buffer.concat(pieces)).toString(), 'one two three');
  gzip.close();
  assert.strictEqual(gzip._handle, null);
});

test('a brotli dictionary', () => {
  const dictionary = Buffer.from('a text that both sides know beforehand, word for word');
  const packed = zlib.brotliCompressSync(dictionary, { dictionary });
  assert.ok(packed.length < zlib.brotliCompressSync(dictionary).length);
  assert.strictEqual(zlib.brotliDecompressSync(packed, { dictionary }).toString(), dictionary.toString());
});

test('flush takes kinds of its codec only; reset waits for no write', async () => {
  assert.throws(() => zlib.createGzip().flush(6), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => zlib.createBrotliCompress().flush(4), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => zlib.createGzip().flush('full'), { code: 'ERR_INVALID_ARG_TYPE' });
  const stream = zlib.createDeflate();
  const written = new Promise((resolve) => { stream.write('x', resolve); });
  assert.throws(() => stream._handle.reset(), { message: 'Cannot reset zlib stream while a write is in progress' });
  await written;
});

test('flushes between writes are kept apart at the end', async () => {
  const gzip = zlib.createGzip();
  const chunks = [];
  gzip.on('data', (chunk) => chunks.push(chunk));
  for (const text of ['abc', 'def', 'ghi']) {
    gzip.write(text);
    gzip.flush(zlib.constants.Z_PARTIAL_FLUSH);
  }
  gzip.end();
  await require('events').once(gzip, 'end');
  assert.strictEqual(zlib.gunzipSync(Buffer.concat(chunks)).toString(), 'abcdefghi');
});

test('crc32 of nothing is what it began with; the memory of codecs is counted', () => {
  assert.strictEqual(zlib.crc32('', 0xffffffff), 0xffffffff);
  assert.strictEqual(zlib.crc32('hello'), 0x3610a686);
  assert.throws(() => zlib.crc32('x', -1), { code: 'ERR_OUT_OF_RANGE' });
  const before = process.memoryUsage().external;
  const held = Array.from({ length: 20 }, () => zlib.createGzip());
  assert.ok(process.memoryUsage().external - before > held.length * 16384);
});
