'use strict';
// Web Cryptography: each algorithm against a published vector or against its other half, and what is refused. The
// errors' texts are Node 24's.
const { test, assert } = require('./harness');
const crypto = require('crypto');

const { subtle } = globalThis.crypto;
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const bytes = (text) => Buffer.from(text, 'hex');
const data = Buffer.from('what is signed or encrypted');

process.removeAllListeners('warning'); // experimental algorithms say so

test('digests give what is published', async () => {
  const counted = Buffer.from([0, 1, 2, 3]);
  const cases = [
    ['SHA-1', Buffer.from('abc'), 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['sha-256', Buffer.from('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['SHA3-256', Buffer.from('abc'), '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532'],
    // NIST SP 800-185, sample 1 and 3 of cSHAKE
    [
      { name: 'cSHAKE128', outputLength: 256, customization: Buffer.from('Email Signature') },
      counted,
      'c1c36925b6409a04f1b504fcbca9d82b4017277cb5ed2b2065fc1d3814d5aaf5',
    ],
    [
      { name: 'cSHAKE256', outputLength: 512, customization: Buffer.from('Email Signature') },
      counted,
      'd008828e2b80ac9d2218ffee1d070c48b8e4c87bff32c9699d5b6896eee0edd1' +
        '64020e2be0560858d9c00c037e34a96937c561a74c412bb4c746469527281c8c',
    ],
    // RFC 9861, section 5
    [
      { name: 'TurboSHAKE128', outputLength: 256 },
      Buffer.alloc(0),
      '1e415f1c5983aff2169217277d17bb538cd945a397ddec541f1ce41af2c1b74c',
    ],
    [
      { name: 'KT128', outputLength: 256 },
      Buffer.alloc(0),
      '1ac2d450fc3b4205d19da7bfca1b37513c0803577ac7167f06fe2ce1f0ef39e5',
    ],
    [
      { name: 'KT256', outputLength: 512 },
      Buffer.alloc(0),
      'b23d2e9cea9f4904e02bec06817fc10ce38ce8e93ef4c89e6537076af8646404' +
        'e3e8b68107b8833a5d30490aa33482353fd4adc7148ecb782855003aaebde4a9',
    ],
  ];
  for (const [algorithm, input, expected] of cases)
    assert.strictEqual(hex(await subtle.digest(algorithm, input)), expected);
  // More than one chunk: the leaves of the tree
  const pattern = Uint8Array.from({ length: 17 ** 4 }, (_, i) => i % 251);
  assert.strictEqual(
    hex(await subtle.digest({ name: 'KT128', outputLength: 256 }, pattern)),
    '8701045e22205345ff4dda05555cbb5c3af1a771c2b89baef37db43d9998b9fe',
  );
});

test('HMAC and KMAC', async () => {
  const key = await subtle.importKey('raw', Buffer.from('Jefe'), { name: 'HMAC', hash: 'SHA-256' }, true, [
    'sign',
    'verify',
  ]);
  assert.deepStrictEqual(key.algorithm, { name: 'HMAC', length: 32, hash: { name: 'SHA-256' } });
  const mac = await subtle.sign('HMAC', key, Buffer.from('what do ya want for nothing?'));
  assert.strictEqual(hex(mac), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  assert.strictEqual(await subtle.verify('HMAC', key, mac, data), false);
  // NIST SP 800-185, sample 1 of KMAC
  const kmac = await subtle.importKey(
    'raw-secret',
    bytes('404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f'),
    'KMAC128',
    false,
    ['sign'],
  );
  assert.strictEqual(
    hex(await subtle.sign({ name: 'KMAC128', outputLength: 256 }, kmac, Buffer.from([0, 1, 2, 3]))),
    'e5780b0d3ea6f7d3a429c5706aa43a00fadbd7d49628839e3187243f456ee14e',
  );
});

test('ciphers: both ways, and no change goes unnoticed', async () => {
  const iv = (size) => globalThis.crypto.getRandomValues(new Uint8Array(size));
  for (const [name, parameters, size] of [
    ['AES-CBC', { iv: iv(16) }, 32],
    ['AES-CTR', { counter: iv(16), length: 64 }, 27],
    ['AES-GCM', { iv: iv(12), additionalData: Buffer.from('x') }, 43],
    ['AES-OCB', { iv: iv(15), tagLength: 64 }, 35],
    ['ChaCha20-Poly1305', { iv: iv(12) }, 43],
  ]) {
    const key = await subtle.generateKey({ name, length: 256 }, false, ['encrypt', 'decrypt']);
    const sealed = await subtle.encrypt({ name, ...parameters }, key, data);
    assert.strictEqual(sealed.byteLength, size, name);
    assert.deepStrictEqual(Buffer.from(await subtle.decrypt({ name, ...parameters }, key, sealed)), data);
    if (name === 'AES-CBC' || name === 'AES-CTR') continue;
    new Uint8Array(sealed)[0] ^= 1;
    await assert.rejects(subtle.decrypt({ name, ...parameters }, key, sealed), { name: 'OperationError' });
  }
  // Few bits of the block are the counter: it wraps, and the rest stays.
  const key = await subtle.importKey('raw', Buffer.alloc(16), 'AES-CTR', false, ['encrypt']);
  const counter = Buffer.alloc(16, 0xff);
  const stream = Buffer.from(await subtle.encrypt({ name: 'AES-CTR', counter, length: 4 }, key, Buffer.alloc(32)));
  const wrapped = Buffer.from(counter);
  wrapped[15] = 0xf0;
  assert.deepStrictEqual(
    stream.subarray(16),
    Buffer.from(await subtle.encrypt({ name: 'AES-CTR', counter: wrapped, length: 4 }, key, Buffer.alloc(16))),
  );
});

test('signatures of every kind, by web keys and by node:crypto', async () => {
  const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };
  for (const [generate, use, node] of [
    [
      { name: 'ECDSA', namedCurve: 'P-384' },
      { name: 'ECDSA', hash: 'SHA-384' },
      ['sha384', { dsaEncoding: 'ieee-p1363' }],
    ],
    [{ name: 'RSASSA-PKCS1-v1_5', ...rsa }, 'RSASSA-PKCS1-v1_5', ['sha256', {}]],
    [
      { name: 'RSA-PSS', ...rsa },
      { name: 'RSA-PSS', saltLength: 32 },
      ['sha256', { padding: crypto.constants.RSA_PKCS1_PSS_PADDING }],
    ],
    ['Ed25519', 'Ed25519', [null, {}]],
    ['Ed448', { name: 'Ed448', context: Buffer.from('c') }, [null, { context: Buffer.from('c') }]],
    ['ML-DSA-65', { name: 'ML-DSA-65', context: Buffer.from('c') }, [null, { context: Buffer.from('c') }]],
  ]) {
    const { publicKey, privateKey } = await subtle.generateKey(generate, true, ['sign', 'verify']);
    const signature = await subtle.sign(use, privateKey, data);
    assert.strictEqual(await subtle.verify(use, publicKey, signature, data), true);
    assert.strictEqual(await subtle.verify(use, publicKey, signature, Buffer.from('x')), false);
    const [digest, options] = node;
    assert.strictEqual(
      crypto.verify(digest, data, { key: crypto.KeyObject.from(publicKey), ...options }, Buffer.from(signature)),
      true,
      JSON.stringify(generate),
    );
    for (const format of ['spki', 'jwk']) {
      const again = await subtle.importKey(format, await subtle.exportKey(format, publicKey), generate, true, [
        'verify',
      ]);
      assert.strictEqual(await subtle.verify(use, again, signature, data), true);
    }
    const derived = await subtle.getPublicKey(privateKey, ['verify']);
    assert.deepStrictEqual(await subtle.exportKey('spki', derived), await subtle.exportKey('spki', publicKey));
    const moved = crypto.KeyObject.from(privateKey).toCryptoKey(generate, false, ['sign']);
    assert.strictEqual(await subtle.verify(use, publicKey, await subtle.sign(use, moved, data), data), true);
  }
  // A key of small order signs anything.
  const small = await subtle.importKey('raw', Buffer.alloc(32), 'Ed25519', false, ['verify']);
  assert.strictEqual(await subtle.verify('Ed25519', small, Buffer.alloc(64), data), false);
});

test('agreement, derivation, encapsulation', async () => {
  for (const algorithm of [{ name: 'ECDH', namedCurve: 'P-521' }, { name: 'X25519' }, { name: 'X448' }]) {
    const [a, b] = await Promise.all(
      [1, 2].map(() => subtle.generateKey(algorithm, false, ['deriveBits', 'deriveKey'])),
    );
    const bits = await subtle.deriveBits({ name: algorithm.name, public: b.publicKey }, a.privateKey, null);
    assert.deepStrictEqual(
      bits,
      await subtle.deriveBits({ name: algorithm.name, public: a.publicKey }, b.privateKey, null),
    );
    const key = await subtle.deriveKey(
      { name: algorithm.name, public: b.publicKey },
      a.privateKey,
      { name: 'AES-GCM', length: 256 },
      true,
      ['encrypt'],
    );
    assert.strictEqual((await subtle.exportKey('raw', key)).byteLength, 32);
  }
  // RFC 5869 (case 1), RFC 7914 (section 11), RFC 9106 (section 5.3, without secret and associated data)
  const derive = async (algorithm, secret, length) =>
    hex(
      await subtle.deriveBits(
        algorithm,
        await subtle.importKey('raw-secret', secret, algorithm.name, false, ['deriveBits']),
        length,
      ),
    );
  assert.strictEqual(
    await derive(
      { name: 'HKDF', hash: 'SHA-256', salt: bytes('000102030405060708090a0b0c'), info: bytes('f0f1f2f3f4f5f6f7f8f9') },
      Buffer.alloc(22, 0x0b),
      336,
    ),
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  );
  assert.strictEqual(
    await derive(
      { name: 'PBKDF2', hash: 'SHA-256', salt: Buffer.from('salt'), iterations: 1 },
      Buffer.from('passwd'),
      128,
    ),
    '55ac046e56e3089fec1691c22544b605',
  );
  const argon2 = { nonce: Buffer.alloc(16, 2), parallelism: 4, memory: 32, passes: 3 };
  assert.strictEqual(
    await derive({ name: 'Argon2id', ...argon2 }, Buffer.alloc(32, 1), 256),
    '03aab965c12001c9d7d0d2de33192c0494b684bb148196d73c1df1acaf6d0c2e',
  );
  assert.strictEqual(
    crypto.argon2Sync('argon2id', { message: Buffer.alloc(32, 1), tagLength: 32, ...argon2 }).toString('hex'),
    '03aab965c12001c9d7d0d2de33192c0494b684bb148196d73c1df1acaf6d0c2e',
  );
  const pair = await subtle.generateKey('ML-KEM-768', true, ['encapsulateBits', 'decapsulateBits']);
  const { sharedKey, ciphertext } = await subtle.encapsulateBits('ML-KEM-768', pair.publicKey);
  assert.deepStrictEqual(await subtle.decapsulateBits('ML-KEM-768', pair.privateKey, ciphertext), sharedKey);
  assert.deepStrictEqual(
    crypto.decapsulate(crypto.KeyObject.from(pair.privateKey), ciphertext),
    Buffer.from(sharedKey),
  );
  const seed = await subtle.exportKey('raw-seed', pair.privateKey);
  const again = await subtle.importKey('raw-seed', seed, 'ML-KEM-768', false, ['decapsulateBits']);
  assert.deepStrictEqual(await subtle.decapsulateBits('ML-KEM-768', again, ciphertext), sharedKey);
});

test('keys are wrapped and unwrapped', async () => {
  const key = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
  const rsa = { name: 'RSA-OAEP', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };
  const kw = await subtle.generateKey({ name: 'AES-KW', length: 256 }, false, ['wrapKey', 'unwrapKey']);
  const oaep = await subtle.generateKey(rsa, false, ['wrapKey', 'unwrapKey']);
  for (const [format, wrap, unwrap, algorithm] of [
    ['raw', kw, kw, 'AES-KW'],
    ['jwk', kw, kw, 'AES-KW'],
    ['raw', oaep.publicKey, oaep.privateKey, 'RSA-OAEP'],
  ]) {
    const wrapped = await subtle.wrapKey(format, key, wrap, algorithm);
    const back = await subtle.unwrapKey(format, wrapped, unwrap, algorithm, { name: 'HMAC', hash: 'SHA-256' }, true, [
      'sign',
    ]);
    assert.deepStrictEqual(await subtle.exportKey('raw', back), await subtle.exportKey('raw', key));
  }
  await assert.rejects(
    subtle.wrapKey('raw', await subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt']), kw, 'AES-KW'),
    { name: 'InvalidAccessError', message: 'key is not extractable' },
  );
});

test('what is refused, and how', async () => {
  const key = await subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, ['encrypt']);
  const failures = [
    [() => subtle.digest('MD5', data), 'NotSupportedError', 'Unrecognized algorithm name'],
    [
      () => subtle.digest('SHA-256', 'text'),
      'TypeError',
      "Failed to execute 'digest' on 'SubtleCrypto': 2nd argument is not instance of ArrayBuffer, Buffer, " +
        'TypedArray, or DataView.',
    ],
    [
      () => subtle.digest('SHA-256'),
      'TypeError',
      "Failed to execute 'digest' on 'SubtleCrypto': 2 arguments required, but only 1 present.",
    ],
    [
      () => subtle.generateKey({ name: 'AES-GCM', length: 100 }, true, ['encrypt']),
      'OperationError',
      'AES key length must be 128, 192, or 256 bits',
    ],
    [
      () => subtle.generateKey({ name: 'AES-GCM' }, true, ['encrypt']),
      'TypeError',
      "Failed to normalize algorithm: passed algorithm cannot be converted to 'AesKeyGenParams' because " +
        "'length' is required in 'AesKeyGenParams'.",
    ],
    [
      () => subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, []),
      'SyntaxError',
      'Usages cannot be empty when creating a key.',
    ],
    [
      () => subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, ['sign']),
      'SyntaxError',
      'Unsupported key usage for AES-GCM key',
    ],
    [
      () => subtle.generateKey({ name: 'ECDSA', namedCurve: 'secp256k1' }, true, ['sign']),
      'NotSupportedError',
      'Unrecognized namedCurve',
    ],
    [
      () => subtle.decrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, data),
      'InvalidAccessError',
      'Unable to use this key to decrypt',
    ],
    [
      () => subtle.encrypt({ name: 'AES-CBC', iv: new Uint8Array(16) }, key, data),
      'InvalidAccessError',
      'Key algorithm mismatch',
    ],
    [
      () => subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12), tagLength: 33 }, key, data),
      'OperationError',
      '33 is not a valid AES-GCM tag length',
    ],
    [() => subtle.exportKey('spki', key), 'NotSupportedError', 'Unable to export AES-GCM secret key using spki format'],
    [
      () => subtle.exportKey('x', key),
      'TypeError',
      "Failed to execute 'exportKey' on 'SubtleCrypto': 1st argument 'x' is not a valid enum value of type KeyFormat.",
    ],
    [
      () => subtle.importKey('raw', new Uint8Array(15), 'AES-GCM', true, ['encrypt']),
      'DataError',
      'Invalid key length',
    ],
    [
      () =>
        subtle.importKey('jwk', { kty: 'oct', k: 'AAAA', ext: false }, { name: 'HMAC', hash: 'SHA-1' }, true, ['sign']),
      'DataError',
      'JWK "ext" Parameter and extractable mismatch',
    ],
    [
      () => subtle.sign('HMAC', {}, data),
      'TypeError',
      "Failed to execute 'sign' on 'SubtleCrypto': 2nd argument is not of type CryptoKey.",
    ],
    [() => subtle.sign.call({}, 'HMAC', key, data), 'TypeError', 'Value of "this" must be of type SubtleCrypto'],
    [() => subtle.getPublicKey(key, []), 'NotSupportedError', 'key must be a private key'],
  ];
  for (const [call, name, message] of failures) await assert.rejects(call(), { name, message });
  assert.throws(() => new SubtleCrypto(), { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
  assert.throws(() => new CryptoKey(), { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
});

test('what a program does to a key or to buffers changes nothing', async () => {
  const key = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign', 'verify']);
  key.algorithm.hash.name = 'SHA-512';
  key.usages.length = 0;
  assert.strictEqual((await subtle.sign('HMAC', key, data)).byteLength, 32);
  assert.deepStrictEqual(Reflect.ownKeys(key), []);
  const copy = Buffer.from(data);
  const promise = subtle.sign('HMAC', key, copy);
  copy.fill(0);
  assert.strictEqual(await subtle.verify('HMAC', key, await promise, data), true);
});

test('supports() answers before anything is made', () => {
  assert.strictEqual(SubtleCrypto.supports('generateKey', 'Ed25519'), true);
  assert.strictEqual(SubtleCrypto.supports('generateKey', 'HKDF'), false);
  assert.strictEqual(
    SubtleCrypto.supports('deriveBits', { name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(0), iterations: 1 }, 7),
    false,
  );
  assert.strictEqual(SubtleCrypto.supports('wrapKey', 'AES-KW', 'HMAC'), true);
});

test('the work is done on other threads', async () => {
  const key = await subtle.importKey('raw', Buffer.from('password'), 'PBKDF2', false, ['deriveBits']);
  let turns = 0;
  let done = false;
  const bits = subtle
    .deriveBits({ name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(8), iterations: 100000 }, key, 256)
    .then(() => {
      done = true;
    });
  await new Promise((resolve) => {
    (function turn() {
      if (done) resolve();
      else if (++turns < 1e7) setImmediate(turn);
    })();
  });
  await bits;
  assert.ok(turns > 5, `${turns} turns of the loop meanwhile`);
});

test('structured clones know keys, certificates and blobs', async () => {
  const secret = crypto.createSecretKey(Buffer.from('0123456789abcdef'));
  const copy = structuredClone({ secret, same: secret });
  assert.strictEqual(copy.secret, copy.same);
  assert.strictEqual(copy.secret.equals(secret), true);
  assert.deepStrictEqual(copy.secret, secret);
  assert.notDeepStrictEqual(secret, crypto.createSecretKey(Buffer.alloc(16)));
  const { privateKey } = await subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  const cloned = structuredClone(privateKey);
  assert.deepStrictEqual([cloned.type, cloned.extractable, cloned.usages], ['private', false, ['sign']]);
  assert.deepStrictEqual(await subtle.sign('Ed25519', cloned, data), await subtle.sign('Ed25519', privateKey, data));
  const file = structuredClone(new File(['abc'], 'name', { type: 'text/plain', lastModified: 5 }));
  assert.deepStrictEqual(
    [await file.text(), file.name, file.type, file.lastModified],
    ['abc', 'name', 'text/plain', 5],
  );
});

test('ports and streams are transferred, and only then', async () => {
  const refused = {
    name: 'DataCloneError',
    message: 'Object that needs transfer was found in message but not listed in transferList',
  };
  const { port1, port2 } = new MessageChannel();
  assert.throws(() => structuredClone({ port1 }), refused);
  const { moved } = structuredClone({ moved: port1 }, { transfer: [port1] });
  assert.throws(() => structuredClone(1, { transfer: [port1] }), {
    message: 'MessagePort in transfer list is already detached',
  });
  const message = new Promise((resolve) => {
    port2.onmessage = ({ data: got }) => resolve(got);
  });
  moved.postMessage('hello');
  assert.strictEqual(await message, 'hello');
  port2.close();

  const source = new ReadableStream({
    start(controller) {
      controller.enqueue({ a: 1 });
      controller.enqueue('b');
      controller.close();
    },
  });
  const stream = structuredClone(source, { transfer: [source] });
  assert.strictEqual(source.locked, true);
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  assert.deepStrictEqual(chunks, [{ a: 1 }, 'b']);
  const broken = new ReadableStream({
    start(controller) {
      controller.error(new RangeError('broken'));
    },
  });
  await assert.rejects(
    structuredClone(broken, { transfer: [broken] })
      .getReader()
      .read(),
    { name: 'RangeError', message: 'broken' },
  );
});

test('memory that is shared stays so; what is marked as uncloneable is refused', () => {
  const { markAsUncloneable } = require('worker_threads');
  const memory = new SharedArrayBuffer(4);
  const { copy } = structuredClone({ copy: memory });
  new Uint8Array(memory)[0] = 9;
  assert.strictEqual(new Uint8Array(copy)[0], 9);
  const mine = { a: 1 };
  markAsUncloneable(mine);
  assert.throws(() => structuredClone({ mine }), { name: 'DataCloneError' });
});
