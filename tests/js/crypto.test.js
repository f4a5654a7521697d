'use strict';
// node:crypto: digests, HMAC, random numbers, key derivation, ciphers, against published test vectors.
const { test, assert } = require('./harness');
const crypto = require('crypto');
const { promisify } = require('util');

const hex = (text) => Buffer.from(text, 'hex');
const throwsCode = (fn, code) => assert.throws(fn, (error) => {
  assert.strictEqual(error.code, code);
  return true;
});

test('digests of strings, bytes and nothing', () => {
  assert.strictEqual(crypto.createHash('sha1').update('abc').digest('hex'), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  assert.strictEqual(crypto.createHash('sha1').update('abc', 'utf8').digest('base64'), 'qZk+NkcGgWq6PiVxeFDCbJzQ2J0=');
  assert.strictEqual(crypto.createHash('sha256').update(Buffer.from('abc')).digest('base64url'), 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
  assert.strictEqual(crypto.createHash('md5').digest('hex'), 'd41d8cd98f00b204e9800998ecf8427e');
  assert.strictEqual(crypto.createHash('RSA-SHA256').update('abc').digest('latin1').length, 32);
  assert.strictEqual(crypto.createHash('sha512').update('a').update('b', 'latin1').update(new Uint8Array([0x63])).digest('hex').slice(0, 16), 'ddaf35a193617aba');
  assert.strictEqual(crypto.createHash('sha1').update('616263', 'hex').digest('hex'), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  assert.strictEqual(crypto.createHash('sha1').update('\u20ac\ud83d\ude00'.repeat(5000)).digest('hex'),
                     crypto.createHash('sha1').update(Buffer.from('\u20ac\ud83d\ude00'.repeat(5000))).digest('hex'));
  assert.ok(Buffer.isBuffer(crypto.createHash('sha1').digest()));
});

test('a string given to update is hashed as it was, copies go their own way', () => {
  const a = crypto.createHash('sha256').update('one');
  const b = a.copy();
  a.update('two');
  assert.strictEqual(a.digest('hex'), crypto.createHash('sha256').update('onetwo').digest('hex'));
  assert.strictEqual(b.digest('hex'), crypto.createHash('sha256').update('one').digest('hex'));
  throwsCode(() => a.update('x'), 'ERR_CRYPTO_HASH_FINALIZED');
  throwsCode(() => a.digest(), 'ERR_CRYPTO_HASH_FINALIZED');
  throwsCode(() => b.copy(), 'ERR_CRYPTO_HASH_FINALIZED');
});

test('extendable digests have any length', () => {
  assert.strictEqual(crypto.createHash('shake128', { outputLength: 8 }).update('').digest('hex'), '7f9c2ba4e88f827d');
  assert.strictEqual(crypto.createHash('shake256', { outputLength: 0 }).digest('hex'), '');
  assert.strictEqual(crypto.createHash('shake128').update('').digest('hex'), '7f9c2ba4e88f827d616045507605853e');
  assert.strictEqual(crypto.createHash('shake256').digest('hex'), '46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f');
  assert.strictEqual(crypto.createHash('shake128', { outputLength: 4 }).copy().digest('hex'), '7f9c2ba4e88f827d616045507605853e');
  throwsCode(() => crypto.createHash('shake128', { outputLength: 2 ** 31 }).digest('hex'), 'ERR_STRING_TOO_LONG');
  throwsCode(() => crypto.createHash('shake128', { outputLength: 2 ** 32 - 1 }).digest('latin1'), 'ERR_STRING_TOO_LONG');
  throwsCode(() => crypto.createHash('shake128', { outputLength: 2 ** 32 }), 'ERR_OUT_OF_RANGE');
  assert.strictEqual(crypto.hash('shake256', ''), '46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f');
  assert.strictEqual(crypto.hash('shake256', '', { outputLength: 5, outputEncoding: 'base64' }), 'RrndKws=');
  assert.throws(() => crypto.hash('sha256', '', { outputLength: 5 }), /Output length 5 is invalid for sha256/);
  throwsCode(() => crypto.hash('sha256', '', 5), 'ERR_INVALID_ARG_TYPE');
  throwsCode(() => crypto.hash('sha256', '', { outputEncoding: 'x' }), 'ERR_INVALID_ARG_VALUE');
  throwsCode(() => crypto.createHash('sha256', { outputLength: 5 }), 'ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH');
});

test('wrong arguments of hashes', () => {
  assert.throws(() => crypto.createHash('nosuch'), /Digest method not supported/);
  throwsCode(() => crypto.createHash(), 'ERR_INVALID_ARG_TYPE');
  throwsCode(() => crypto.createHash('sha1').update(5), 'ERR_INVALID_ARG_TYPE');
  throwsCode(() => crypto.createHash('sha1').update('a', 'hex'), 'ERR_INVALID_ARG_VALUE');
  throwsCode(() => crypto.createHmac('nosuch', 'k'), 'ERR_CRYPTO_INVALID_DIGEST');
  throwsCode(() => crypto.createHmac('sha1', null), 'ERR_INVALID_ARG_TYPE');
  assert.ok(crypto.getHashes().includes('sha256') && crypto.getHashes().includes('RSA-SHA512'));
});

test('hashes are streams', async () => {
  const { pipeline } = require('stream/promises');
  const { Readable, PassThrough } = require('stream');
  const hash = crypto.createHash('sha1');
  assert.ok(hash instanceof require('stream').Transform);
  await pipeline(Readable.from(['a', 'b', 'c']), hash);
  assert.strictEqual(hash.read().toString('hex'), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  const out = new PassThrough();
  const hmac = crypto.createHmac('sha256', 'Jefe').setEncoding('hex');
  hmac.pipe(out);
  hmac.end('what do ya want for nothing?');
  let text = '';
  for await (const part of out) text += part;
  assert.strictEqual(text, '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  const listened = crypto.createHash('sha1').on('error', assert.fail);
  const ready = require('events').once(listened, 'readable');
  listened.end('abc');
  await ready;
  assert.strictEqual(listened.read().toString('hex'), 'a9993e364706816aba3e25717850c26c9cd0d89d');
});

test('HMAC: RFC 4231', () => {
  const mac = (algorithm, key, data) => crypto.createHmac(algorithm, key).update(data).digest('hex');
  assert.strictEqual(mac('sha256', Buffer.alloc(20, 0x0b), 'Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7');
  assert.strictEqual(mac('sha384', crypto.createSecretKey(Buffer.from('Jefe')), 'what do ya want for nothing?'),
                     'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649');
  assert.strictEqual(mac('sha256', Buffer.alloc(131, 0xaa), 'Test Using Larger Than Block-Size Key - Hash Key First'),
                     '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54');
  assert.strictEqual(mac('sha1', '', ''), 'fbdb1d1b18aa6c08324b7d64b71fb76370690e1d');
});

test('timingSafeEqual', () => {
  assert.strictEqual(crypto.timingSafeEqual(Buffer.from('abc'), Buffer.from('abc')), true);
  assert.strictEqual(crypto.timingSafeEqual(Buffer.from('abc'), new Uint8Array([97, 98, 100])), false);
  throwsCode(() => crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('ab')), 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH');
  throwsCode(() => crypto.timingSafeEqual('a', Buffer.from('a')), 'ERR_INVALID_ARG_TYPE');
});

test('random bytes, numbers and UUIDs', async () => {
  assert.strictEqual(crypto.randomBytes(16).length, 16);
  assert.notStrictEqual(crypto.randomBytes(16).toString('hex'), crypto.randomBytes(16).toString('hex'));
  assert.strictEqual((await promisify(crypto.randomBytes)(100)).length, 100);
  const view = new Uint32Array(4);
  assert.strictEqual(crypto.randomFillSync(view, 1, 2), view);
  assert.strictEqual(view[0], 0);
  assert.strictEqual(view[3], 0);
  const filled = await promisify(crypto.randomFill)(Buffer.alloc(64));
  assert.notStrictEqual(filled.toString('hex'), '0'.repeat(128));
  const seen = new Set();
  for (let i = 0; i < 500; i++) {
    const n = crypto.randomInt(3, 7);
    assert.ok(n >= 3 && n < 7);
    seen.add(n);
  }
  assert.strictEqual(seen.size, 4);
  const later = await promisify(crypto.randomInt)(10);
  assert.ok(later >= 0 && later < 10);
  assert.match(crypto.randomUUID(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notStrictEqual(crypto.randomUUID(), crypto.randomUUID());
  throwsCode(() => crypto.randomBytes(-1), 'ERR_OUT_OF_RANGE');
  throwsCode(() => crypto.randomBytes('1'), 'ERR_INVALID_ARG_TYPE');
  throwsCode(() => crypto.randomInt(5, 5), 'ERR_OUT_OF_RANGE');
  throwsCode(() => crypto.randomFillSync(Buffer.alloc(4), 2, 3), 'ERR_OUT_OF_RANGE');
});

test('PBKDF2: RFC 6070', async () => {
  assert.strictEqual(crypto.pbkdf2Sync('password', 'salt', 4096, 20, 'sha1').toString('hex'), '4b007901b765489abead49d926f721d065a429c1');
  const key = await promisify(crypto.pbkdf2)('pass\0word', 'sa\0lt', 4096, 16, 'sha1');
  assert.strictEqual(key.toString('hex'), '56fa6aa75548099dcc37d7f03425e0c3');
  throwsCode(() => crypto.pbkdf2Sync('p', 's', 1, 1, 'nosuch'), 'ERR_CRYPTO_INVALID_DIGEST');
  throwsCode(() => crypto.pbkdf2Sync('p', 's', 0, 1, 'sha1'), 'ERR_OUT_OF_RANGE');
  throwsCode(() => crypto.pbkdf2('p', 's', 1, 1, () => {}), 'ERR_INVALID_ARG_TYPE');
});

test('scrypt: RFC 7914', async () => {
  assert.strictEqual(crypto.scryptSync('', '', 64, { N: 16, r: 1, p: 1 }).toString('hex').slice(0, 32), '77d6576238657b203b19ca42c18a0497');
  const key = await promisify(crypto.scrypt)('password', 'NaCl', 64, { cost: 1024, blockSize: 8, parallelization: 16 });
  assert.strictEqual(key.toString('hex').slice(0, 32), 'fdbabe1c9d3472007856e7190d01e9fe');
  assert.strictEqual(crypto.scryptSync('a', 'b', 32).length, 32);
  throwsCode(() => crypto.scryptSync('a', 'b', 32, { N: 15 }), 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS');
  throwsCode(() => crypto.scryptSync('a', 'b', 32, { N: 2 ** 20 }), 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS');
});

test('HKDF: RFC 5869', async () => {
  const okm = crypto.hkdfSync('sha256', Buffer.alloc(22, 0x0b), hex('000102030405060708090a0b0c'), hex('f0f1f2f3f4f5f6f7f8f9'), 42);
  assert.ok(okm instanceof ArrayBuffer);
  assert.strictEqual(Buffer.from(okm).toString('hex'), '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865');
  const empty = await promisify(crypto.hkdf)('sha256', Buffer.alloc(22, 0x0b), '', '', 42);
  assert.strictEqual(Buffer.from(empty).toString('hex'), '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8');
  throwsCode(() => crypto.hkdfSync('sha256', 'k', '', '', 255 * 32 + 1), 'ERR_CRYPTO_INVALID_KEYLEN');
});

test('AES-CBC and CTR: NIST SP 800-38A', () => {
  const key = hex('2b7e151628aed2a6abf7158809cf4f3c');
  const plain = hex('6bc1bee22e409f96e93d7e117393172a');
  const cbc = crypto.createCipheriv('aes-128-cbc', key, hex('000102030405060708090a0b0c0d0e0f')).setAutoPadding(false);
  assert.strictEqual(cbc.update(plain, null, 'hex') + cbc.final('hex'), '7649abac8119b246cee98e9b12e9197d');
  const ctr = crypto.createCipheriv('aes-128-ctr', crypto.createSecretKey(key), hex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'));
  assert.strictEqual(ctr.update(plain).toString('hex'), '874d6191b620e3261bef6864990db6ce');
  const padded = crypto.createCipheriv('aes-256-cbc', Buffer.alloc(32, 1), Buffer.alloc(16, 2));
  const text = padded.update('h\u00e4llo w\u00f6rld, more than one block', 'utf8', 'base64') + padded.final('base64');
  const back = crypto.createDecipheriv('aes-256-cbc', Buffer.alloc(32, 1), Buffer.alloc(16, 2));
  assert.strictEqual(back.update(text, 'base64', 'utf8') + back.final('utf8'), 'h\u00e4llo w\u00f6rld, more than one block');
});

test('AES-GCM: NIST, with associated data and tags', () => {
  const key = hex('feffe9928665731c6d6a8f9467308308');
  const iv = hex('cafebabefacedbaddecaf888');
  const plain = hex('d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39');
  const aad = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
  const cipher = crypto.createCipheriv('aes-128-gcm', key, iv);
  cipher.setAAD(aad);
  const out = Buffer.concat([cipher.update(plain), cipher.final()]);
  assert.strictEqual(out.toString('hex').slice(0, 32), '42831ec2217774244b7221b784d0d49c');
  assert.strictEqual(cipher.getAuthTag().toString('hex'), '5bc94fbc3221a5db94fae95ae7121a47');
  const open = crypto.createDecipheriv('aes-128-gcm', key, iv);
  open.setAAD(aad).setAuthTag(cipher.getAuthTag());
  assert.strictEqual(Buffer.concat([open.update(out), open.final()]).toString('hex'), plain.toString('hex'));
  const forged = crypto.createDecipheriv('aes-128-gcm', key, iv);
  forged.setAAD(aad).setAuthTag(Buffer.alloc(16));
  forged.update(out);
  assert.throws(() => forged.final(), /Unsupported state or unable to authenticate data/);
  const short = crypto.createCipheriv('aes-128-gcm', key, iv, { authTagLength: 12 });
  short.update('x');
  short.final();
  assert.strictEqual(short.getAuthTag().length, 12);
  throwsCode(() => crypto.createCipheriv('aes-128-gcm', key, iv, { authTagLength: 5 }), 'ERR_CRYPTO_INVALID_AUTH_TAG');
  throwsCode(() => crypto.createDecipheriv('aes-128-gcm', key, iv).setAuthTag(Buffer.alloc(3)), 'ERR_CRYPTO_INVALID_AUTH_TAG');
  throwsCode(() => crypto.createCipheriv('aes-128-gcm', key, iv).getAuthTag(), 'ERR_CRYPTO_INVALID_STATE');
});

test('CCM, OCB, ChaCha20-Poly1305 and key wrapping go back and forth', () => {
  for (const [name, keyLength, ivLength] of [['aes-256-ccm', 32, 12], ['aes-128-ocb', 16, 12], ['chacha20-poly1305', 32, 12]]) {
    const key = Buffer.alloc(keyLength, 7);
    const iv = Buffer.alloc(ivLength, 9);
    const plain = Buffer.from('attack at dawn');
    const cipher = crypto.createCipheriv(name, key, iv, { authTagLength: 16 });
    cipher.setAAD(Buffer.from('header'), { plaintextLength: plain.length });
    const out = Buffer.concat([cipher.update(plain), cipher.final()]);
    const open = crypto.createDecipheriv(name, key, iv, { authTagLength: 16 });
    open.setAuthTag(cipher.getAuthTag());
    open.setAAD(Buffer.from('header'), { plaintextLength: plain.length });
    assert.strictEqual(Buffer.concat([open.update(out), open.final()]).toString(), 'attack at dawn', name);
    const forged = crypto.createDecipheriv(name, key, iv, { authTagLength: 16 });
    forged.setAuthTag(Buffer.alloc(16));
    forged.setAAD(Buffer.from('header'), { plaintextLength: plain.length });
    assert.throws(() => {
      forged.update(out);
      forged.final();
    }, name);
  }
  // RFC 3394, 4.1
  const wrap = crypto.createCipheriv('aes128-wrap', hex('000102030405060708090a0b0c0d0e0f'), hex('a6a6a6a6a6a6a6a6'));
  assert.strictEqual(wrap.update(hex('00112233445566778899aabbccddeeff')).toString('hex'), '1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5');
});

test('errors of ciphers', () => {
  throwsCode(() => crypto.createCipheriv('nosuch', 'k', 'i'), 'ERR_CRYPTO_UNKNOWN_CIPHER');
  throwsCode(() => crypto.createCipheriv('aes-128-cbc', Buffer.alloc(5), Buffer.alloc(16)), 'ERR_CRYPTO_INVALID_KEYLEN');
  throwsCode(() => crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(5)), 'ERR_CRYPTO_INVALID_IV');
  throwsCode(() => crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), null), 'ERR_CRYPTO_INVALID_IV');
  const bad = crypto.createDecipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16));
  bad.update(Buffer.alloc(16, 1));
  assert.throws(() => bad.final(), (error) => {
    assert.strictEqual(error.code, 'ERR_OSSL_BAD_DECRYPT');
    assert.strictEqual(error.reason, 'bad decrypt');
    assert.strictEqual(error.library, 'Provider routines');
    assert.match(error.message, /^error:1C800064:Provider routines::bad decrypt$/);
    return true;
  });
  assert.ok(crypto.getCiphers().includes('aes-256-gcm'));
  assert.deepStrictEqual({ ...crypto.getCipherInfo('aes-256-cbc') }, { mode: 'cbc', name: 'aes-256-cbc', nid: 427, blockSize: 16, ivLength: 16, keyLength: 32 });
  assert.strictEqual(crypto.getCipherInfo('aes-128-gcm').ivLength, 12);
  assert.strictEqual(crypto.getCipherInfo('aes-128-cbc', { keyLength: 12 }), undefined);
});

test('ciphers are streams', async () => {
  const { pipeline } = require('stream/promises');
  const { Readable } = require('stream');
  const parts = [];
  const key = Buffer.alloc(32, 3);
  const iv = Buffer.alloc(16, 4);
  await pipeline(Readable.from([Buffer.from('a'.repeat(1000)), Buffer.from('b'.repeat(77))]), crypto.createCipheriv('aes-256-cbc', key, iv),
                 crypto.createDecipheriv('aes-256-cbc', key, iv), async (source) => {
    for await (const part of source) parts.push(part);
  });
  assert.strictEqual(Buffer.concat(parts).toString(), 'a'.repeat(1000) + 'b'.repeat(77));
});

if (crypto.hash !== undefined) test('crypto.hash', () => {
  assert.strictEqual(crypto.hash('sha1', 'abc'), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  assert.strictEqual(crypto.hash('md5', Buffer.from('')), 'd41d8cd98f00b204e9800998ecf8427e');
  assert.ok(Buffer.isBuffer(crypto.hash('sha1', 'abc', 'buffer')));
});

test('primes', async () => {
  assert.strictEqual(crypto.checkPrimeSync(2n ** 61n - 1n), true);
  assert.strictEqual(await promisify(crypto.checkPrime)(Buffer.from([9])), false);
  const prime = crypto.generatePrimeSync(64, { bigint: true, add: 30n, rem: 1n });
  assert.strictEqual(prime % 30n, 1n);
  assert.strictEqual((await promisify(crypto.generatePrime)(32)).byteLength, 4);
  throwsCode(() => crypto.generatePrimeSync(0), 'ERR_OUT_OF_RANGE');
});

test('Diffie-Hellman', () => {
  const alice = crypto.createDiffieHellmanGroup('modp14');
  const bob = crypto.createDiffieHellman(alice.getPrime(), alice.getGenerator());
  alice.generateKeys();
  const key = bob.generateKeys('hex');
  assert.strictEqual(alice.computeSecret(key, 'hex', 'hex'), bob.computeSecret(alice.getPublicKey()).toString('hex'));
  assert.strictEqual(alice.verifyError, 0);
  assert.strictEqual(crypto.createDiffieHellman(512).getPrime().length, 64);
  assert.strictEqual(crypto.createDiffieHellman('0123456789abcdef'.repeat(8), 'hex').verifyError & 1, 1);
  throwsCode(() => crypto.getDiffieHellman('nosuch'), 'ERR_CRYPTO_UNKNOWN_DH_GROUP');
});

test('ECDH', () => {
  const alice = crypto.createECDH('secp256k1');
  const bob = crypto.createECDH('secp256k1');
  const key = alice.generateKeys('base64', 'compressed');
  bob.generateKeys();
  assert.strictEqual(bob.computeSecret(key, 'base64', 'hex'), alice.computeSecret(bob.getPublicKey(null, 'hybrid'), null, 'hex'));
  const one = crypto.createECDH('prime256v1');
  one.setPrivateKey('01'.padStart(64, '0'), 'hex');
  assert.strictEqual(one.getPublicKey('hex').slice(0, 34), '046b17d1f2e12c4247f8bce6e563a440f2');
  assert.strictEqual(crypto.ECDH.convertKey(one.getPublicKey(), 'prime256v1', null, 'hex', 'compressed').length, 66);
  throwsCode(() => bob.computeSecret(Buffer.alloc(65, 4)), 'ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY');
  assert.throws(() => crypto.createECDH('nosuch'), /Invalid EC curve name/);
  assert.ok(crypto.getCurves().includes('secp384r1'));
});
