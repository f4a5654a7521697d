'use strict';
const { test, assert } = require('./harness');
const buffer = require('buffer');
const { Buffer } = buffer;

test('strings go to bytes and back in every encoding', () => {
  const text = 'h\u00e9llo \u20ac \u{1f600}';
  for (const encoding of ['utf8', 'utf-8', 'UTF8', 'utf16le', 'ucs2', 'base64', 'base64url', 'hex', 'latin1', 'binary', 'ascii']) {
    const bytes = Buffer.from(Buffer.from(text).toString(encoding), encoding);
    if (['base64', 'base64url', 'hex'].includes(encoding)) assert.strictEqual(bytes.toString(), text, encoding);
    if (/^u/i.test(encoding)) assert.strictEqual(Buffer.from(text, encoding).toString(encoding), text, encoding);
  }
  assert.strictEqual(Buffer.from('\u00e9', 'latin1')[0], 0xe9);
  assert.strictEqual(Buffer.from([0xe9]).toString('latin1'), '\u00e9');
  assert.strictEqual(Buffer.from([0xe9]).toString('ascii'), 'i');
  assert.strictEqual(Buffer.from('\u20ac', 'latin1')[0], 0xac);
  assert.strictEqual(Buffer.from('zz', 'hex').length, 0);
  assert.strictEqual(Buffer.from('abc', 'hex').toString('hex'), 'ab');
  assert.strictEqual(Buffer.from('_-8=', 'base64').toString('hex'), 'ffef' + '');
  assert.strictEqual(Buffer.from('YWJj\n ZGVm', 'base64').toString(), 'abcdef');
  assert.strictEqual(Buffer.from([1, 2]).toString('base64'), 'AQI=');
  assert.strictEqual(Buffer.from([1, 2]).toString('base64url'), 'AQI');
  assert.throws(() => Buffer.from('x', 'nope'), { code: 'ERR_UNKNOWN_ENCODING', message: 'Unknown encoding: nope' });
});

test('invalid UTF-8 becomes U+FFFD as the Encoding standard says; lone surrogates too', () => {
  assert.strictEqual(Buffer.from([0x61, 0xff, 0xe2, 0x82, 0x62, 0xf0, 0x9f, 0x98]).toString(), 'a\ufffd\ufffdb\ufffd');
  assert.strictEqual(Buffer.from('\ud800x').toString('hex'), 'efbfbd78');
});

test('long strings keep all their bytes', () => {
  for (const text of ['x'.repeat(100000), '\u20ac'.repeat(50000), '\u00e9'.repeat(3000)]) {
    assert.strictEqual(Buffer.from(text).toString(), text);
    assert.strictEqual(Buffer.byteLength(text), Buffer.from(text).length);
  }
});

test('from accepts arrays, array buffers, objects and refuses the rest', () => {
  assert.deepStrictEqual([...Buffer.from([1, 257, -1, 2.9])], [1, 1, 255, 2]);
  const memory = new ArrayBuffer(8);
  const view = Buffer.from(memory, 2, 4);
  view[0] = 7;
  assert.strictEqual(new Uint8Array(memory)[2], 7);
  assert.strictEqual(Buffer.from(new String('abc')).toString(), 'abc');
  assert.strictEqual(Buffer.from({ type: 'Buffer', data: [97] }).toString(), 'a');
  assert.deepStrictEqual(Buffer.from(JSON.parse(JSON.stringify(Buffer.from('xyz')))), Buffer.from('xyz'));
  for (const bad of [null, undefined, 5, true, {}, () => {}]) assert.throws(() => Buffer.from(bad), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => Buffer.from(memory, 9), { code: 'ERR_BUFFER_OUT_OF_BOUNDS' });
});

test('alloc zeroes or fills; sizes are checked', () => {
  assert.deepStrictEqual([...Buffer.alloc(3)], [0, 0, 0]);
  assert.strictEqual(Buffer.alloc(5, 'ab').toString(), 'ababa');
  assert.strictEqual(Buffer.alloc(4, 'YQ==', 'base64').toString(), 'aaaa');
  assert.strictEqual(Buffer.allocUnsafe(10).length, 10);
  assert.strictEqual(Buffer.allocUnsafeSlow(100000).length, 100000);
  assert.throws(() => Buffer.alloc(-1), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => Buffer.alloc('1'), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('subarray and slice share memory', () => {
  const all = Buffer.from('abcdef');
  const part = all.slice(1, -1);
  part[0] = 0x78;
  assert.strictEqual(all.toString(), 'axcdef');
  assert.strictEqual(part.toString(), 'xcde');
  assert.ok(part instanceof Buffer && all.subarray(2) instanceof Buffer);
  assert.strictEqual(all.subarray(-2).toString(), 'ef');
});

test('numbers are written and read back, with range errors', () => {
  const b = Buffer.alloc(16);
  for (const [name, value, size] of [['UInt8', 200, 1], ['Int8', -5, 1], ['UInt16LE', 65535, 2], ['UInt16BE', 4660, 2], ['Int16LE', -2, 2], ['Int16BE', -300, 2],
    ['UInt32LE', 4294967295, 4], ['UInt32BE', 305419896, 4], ['Int32LE', -7, 4], ['Int32BE', -70000, 4], ['BigUInt64LE', 2n ** 64n - 1n, 8],
    ['BigInt64BE', -5n, 8], ['FloatLE', 1.5, 4], ['DoubleBE', Math.PI, 8], ['BigUInt64BE', 2n ** 40n + 3n, 8], ['BigInt64LE', -(2n ** 50n), 8]]) {
    assert.strictEqual(b[`write${name}`](value, 2), 2 + size, name);
    assert.strictEqual(b[`read${name}`](2), value, name);
  }
  for (let size = 1; size <= 6; size++) {
    const value = 2 ** (8 * size - 1) - 3;
    b.writeUIntBE(value, 0, size);
    assert.strictEqual(b.readUIntBE(0, size), value);
    b.writeIntLE(-value, 1, size);
    assert.strictEqual(b.readIntLE(1, size), -value);
  }
  assert.strictEqual(b.readUint8(0), b.readUInt8(0));
  assert.throws(() => b.readUInt32LE(13), { code: 'ERR_OUT_OF_RANGE', message: 'The value of "offset" is out of range. It must be >= 0 and <= 12. Received 13' });
  assert.throws(() => b.writeUInt8(256), { message: 'The value of "value" is out of range. It must be >= 0 and <= 255. Received 256' });
  assert.throws(() => b.writeInt32LE(2 ** 31), { message: /It must be >= -2_?147_?483_?648 and <= 2_?147_?483_?647|>= -\(2 \*\* 31\) and < 2 \*\* 31/ });
  assert.throws(() => b.readInt8('0'), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => Buffer.alloc(1).readUInt16LE(0), { code: 'ERR_BUFFER_OUT_OF_BOUNDS' });
});

test('indexOf, lastIndexOf and includes find strings, bytes and numbers', () => {
  const b = Buffer.from('this is a buffer this');
  assert.strictEqual(b.indexOf('is'), 2);
  assert.strictEqual(b.indexOf('is', 3), 5);
  assert.strictEqual(b.indexOf('is', -3), 19);
  assert.strictEqual(b.indexOf(Buffer.from('a buffer')), 8);
  assert.strictEqual(b.indexOf(97), 8);
  assert.strictEqual(b.indexOf(99), -1);
  assert.strictEqual(b.indexOf('', 5), 5);
  assert.strictEqual(b.lastIndexOf('this'), 17);
  assert.strictEqual(b.lastIndexOf('this', 16), 0);
  assert.strictEqual(b.lastIndexOf('this', -5), 0);
  assert.ok(b.includes('buffer') && !b.includes('buffers'));
  const utf16 = Buffer.from('abcabc', 'utf16le');
  assert.strictEqual(utf16.indexOf('ca', 0, 'utf16le'), 4);
  assert.strictEqual(utf16.lastIndexOf('c', undefined, 'utf16le'), 10);
  assert.throws(() => b.indexOf({}), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('compare, equals, concat, copy, fill, swap', () => {
  assert.strictEqual(Buffer.compare(Buffer.from('a'), Buffer.from('b')), -1);
  assert.strictEqual(Buffer.from('abc').compare(Buffer.from('xabc'), 1), 0);
  assert.ok(Buffer.from('abc').equals(new Uint8Array([97, 98, 99])));
  assert.strictEqual(Buffer.concat([Buffer.from('ab'), Buffer.from('cd')]).toString(), 'abcd');
  assert.strictEqual(Buffer.concat([Buffer.from('ab'), Buffer.from('cd')], 3).toString(), 'abc');
  assert.deepStrictEqual([...Buffer.concat([Buffer.from('a')], 3)], [97, 0, 0]);
  const target = Buffer.alloc(5, '.');
  assert.strictEqual(Buffer.from('abcdef').copy(target, 1, 2), 4);
  assert.strictEqual(target.toString(), '.cdef');
  const self = Buffer.from('abcdef');
  self.copy(self, 2, 0, 4);
  assert.strictEqual(self.toString(), 'ababcd');
  assert.strictEqual(Buffer.alloc(5).fill('\u20ac').toString('hex'), 'e282ace282');
  assert.strictEqual(Buffer.alloc(4).fill(0x161).toString('hex'), '61616161');
  assert.strictEqual(Buffer.from([1, 2, 3, 4]).swap16().toString('hex'), '02010403');
  assert.throws(() => Buffer.alloc(3).swap16(), { code: 'ERR_INVALID_BUFFER_SIZE' });
});

test('write respects offset, length and whole characters', () => {
  const b = Buffer.alloc(4, '.');
  assert.strictEqual(b.write('\u20ac\u20ac'), 3);
  assert.strictEqual(b.toString(), '\u20ac.');
  assert.strictEqual(b.write('ab', 2), 2);
  assert.strictEqual(b.write('6162', 0, 'hex'), 2);
  assert.strictEqual(b.toString(), 'abab');
  assert.throws(() => b.write('a', 5), { code: 'ERR_OUT_OF_RANGE' });
});

test('inspection, JSON and properties', () => {
  assert.strictEqual(require('util').inspect(Buffer.from('abc')), '<Buffer 61 62 63>');
  assert.match(require('util').inspect(Buffer.alloc(60)), / \.\.\. 10 more bytes>$/);
  assert.strictEqual(JSON.stringify(Buffer.from('a')), '{"type":"Buffer","data":[97]}');
  assert.strictEqual(Buffer.name, 'Buffer');
  assert.strictEqual(Buffer.poolSize, 65536);
  assert.ok(Buffer.isBuffer(Buffer.alloc(0)) && !Buffer.isBuffer(new Uint8Array(1)));
  assert.ok(Buffer.isEncoding('UTF-8') && !Buffer.isEncoding('utf/8') && !Buffer.isEncoding(''));
});

test('atob, btoa, transcode, isUtf8, isAscii', () => {
  assert.strictEqual(btoa('h\u00e9'), 'aOk=');
  assert.strictEqual(atob(' aO k= '), 'h\u00e9');
  assert.throws(() => btoa('\u20ac'), { name: 'InvalidCharacterError' });
  assert.throws(() => atob('a'), { name: 'InvalidCharacterError' });
  assert.strictEqual(buffer.transcode(Buffer.from('\u20ac'), 'utf8', 'ascii').toString(), '?');
  assert.strictEqual(buffer.transcode(Buffer.from('\u00e9'), 'utf8', 'latin1').toString('hex'), 'e9');
  assert.ok(buffer.isUtf8(Buffer.from('\u{1f600}')) && !buffer.isUtf8(Buffer.from([0xc0, 0x80])));
  assert.ok(buffer.isAscii(Buffer.from('a')) && !buffer.isAscii(Buffer.from('\u00e9')));
});

test('Blob holds, slices and streams its bytes', async () => {
  const blob = new Blob(['ab', new Uint8Array([99]), new Blob(['def'])], { type: 'Text/Plain' });
  assert.strictEqual(blob.size, 6);
  assert.strictEqual(blob.type, 'text/plain');
  assert.strictEqual(await blob.text(), 'abcdef');
  assert.strictEqual(await blob.slice(1, -1).text(), 'bcde');
  const chunks = [];
  for await (const chunk of blob.stream()) chunks.push(Buffer.from(chunk));
  assert.strictEqual(Buffer.concat(chunks).toString(), 'abcdef');
  const file = new buffer.File(['x'], 'a.txt', { lastModified: 5 });
  assert.deepStrictEqual([file.name, file.lastModified, file.size], ['a.txt', 5, 1]);
});

test('what runs hot gives the same: writes, searches, lengths, comparisons', () => {
  const hot = (fn) => {
    let last;
    for (let i = 0; i < 30000; i++) last = fn(i);
    return last;
  };
  const inHeap = Object.setPrototypeOf(new Uint8Array(8), Buffer.prototype);
  const odd = { length: 3, __proto__: Buffer.prototype };
  const abc = Buffer.from('abcabc');
  assert.strictEqual(hot(() => Object.setPrototypeOf(new Uint8Array(3), Buffer.prototype).write('h\xe9\xe9')), 3);
  assert.deepStrictEqual([hot(() => inHeap.write('\xe9 wonder')), inHeap.toString('latin1')], [8, '\xc3\xa9 wonde']);
  assert.deepStrictEqual([hot(() => inHeap.write('\u20ac\u20ac\u20ac')), inHeap.toString('utf8', 0, 6)], [6, '\u20ac\u20ac']);
  assert.strictEqual(hot(() => Buffer.alloc(6).write('abc\xe9\xe9', 1, 4)), 3);
  assert.strictEqual(hot((i) => Buffer.from('sub\xe9'.slice(i & 1)).length), 4);
  assert.strictEqual(hot(() => Buffer.byteLength('a\xe9')), 3);
  assert.strictEqual(hot(() => Buffer.byteLength('\u20ac\ud800')), 6);
  assert.deepStrictEqual([hot(() => abc.indexOf(98)), hot(() => abc.indexOf(98, 2)), hot(() => abc.indexOf(98, -2)), hot(() => abc.indexOf(354))], [1, 4, 4, 1]);
  assert.deepStrictEqual([hot(() => abc.lastIndexOf(98)), hot(() => abc.lastIndexOf(98, -3)), hot(() => abc.lastIndexOf(98, -9)), hot(() => abc.lastIndexOf(98, 99))], [4, 1, -1, 4]);
  assert.deepStrictEqual([hot(() => abc.indexOf(98, 99)), hot(() => abc.indexOf(98, -99)), hot(() => Buffer.alloc(0).indexOf(0))], [-1, 1, -1]);
  assert.strictEqual(hot((i) => abc.equals(i & 1 ? abc.subarray(0, 5) : Buffer.from('abcabc'))), false);
  assert.strictEqual(hot(() => Buffer.compare(new Uint8Array([1, 2]), new Uint8Array([1, 3]))), -1);
  assert.throws(() => hot(() => odd.indexOf(1)), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('small Buffers are cut from a pool of Buffer.poolSize', () => {
  assert.strictEqual(Buffer.poolSize, 65536);
  const cut = Buffer.allocUnsafe(100);
  assert.strictEqual(cut.buffer.byteLength, 65536);
  assert.strictEqual(Buffer.allocUnsafe(32767).buffer.byteLength, 65536);
  assert.strictEqual(Buffer.allocUnsafe(32768).buffer.byteLength, 32768);
});

test('indexOf, lastIndexOf and includes stop at an end', () => {
  const buf = Buffer.from('abcabc');
  assert.deepStrictEqual([buf.indexOf('c', 0, 2), buf.indexOf('bc', 1, 4), buf.indexOf('a', -4, 5), buf.indexOf('', 5, 3)], [-1, 1, 3, 3]);
  assert.deepStrictEqual([buf.lastIndexOf(0x61, 5, 3), buf.lastIndexOf('a', 5, 0), buf.includes('c', 0, 'utf8')], [0, -1, true]);
});

test('what only looks like a Buffer is refused, and a length of its own is not believed', () => {
  function Fake() {}
  Object.setPrototypeOf(Fake.prototype, Buffer.prototype);
  for (const method of ['toString', 'equals', 'write', 'fill', 'readFloatLE']) assert.throws(() => new Fake()[method](Buffer.alloc(1)), TypeError);
  assert.throws(() => Buffer.compare(new Fake(), Buffer.alloc(1)), { code: 'ERR_INVALID_ARG_TYPE' });
  const odd = new Uint8Array([1, 2]);
  Object.defineProperty(odd, 'length', { get: () => 100 });
  assert.deepStrictEqual([...Buffer.concat([odd, new Uint8Array([3])])], [1, 2, 3]);
});

test('the memory of small Buffers cannot be taken away', () => {
  const small = Buffer.from('pooled');
  assert.throws(() => small.buffer.transfer(), TypeError);
  assert.strictEqual(small.toString(), 'pooled');
});

test('Buffer() warns once, but not a package', () => {
  const { spawnSync } = require('child_process');
  const vm = (file) => `vm.runInNewContext('new Buffer(1)', { Buffer }, { filename: ${JSON.stringify(file)} })`;
  const run = (code) => spawnSync(process.execPath, ['-e', `process.mainModule = undefined; ${code}`], { encoding: 'utf8' }).stderr;
  assert.strictEqual(run(`${vm('/app.js')}; ${vm('/app.js')}`).match(/DEP0005/g).length, 1);
  assert.doesNotMatch(run(vm('/a/node_modules/x.js')), /DEP0005/);
});
