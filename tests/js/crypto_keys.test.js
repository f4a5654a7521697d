'use strict';
// node:crypto: keys, their encodings, signatures, RSA encryption; and packages that use them.
const { test, assert } = require('./harness');
const crypto = require('crypto');
const { promisify } = require('util');

const throwsCode = (fn, code) => assert.throws(fn, (error) => {
  assert.strictEqual(error.code, code);
  return true;
});
const pairs = {};
const pair = (type, options) => (pairs[type + JSON.stringify(options)] ??= crypto.generateKeyPairSync(type, options));
const rsa = () => pair('rsa', { modulusLength: 2048 });

test('key pairs of every type, their kinds and details', () => {
  const facts = [
    ['rsa', { modulusLength: 1024 }, { modulusLength: 1024, publicExponent: 65537n }],
    ['rsa-pss', { modulusLength: 1024, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 20 },
      { modulusLength: 1024, publicExponent: 65537n, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 20 }],
    ['rsa-pss', { modulusLength: 1024 }, { modulusLength: 1024, publicExponent: 65537n }],
    ['ec', { namedCurve: 'P-384' }, { namedCurve: 'secp384r1' }],
    ['ec', { namedCurve: 'prime256v1' }, { namedCurve: 'prime256v1' }],
    ['dsa', { modulusLength: 1024, divisorLength: 160 }, { modulusLength: 1024, divisorLength: 160 }],
    ['dh', { group: 'modp14' }, {}],
    ['ed25519', undefined, {}], ['ed448', undefined, {}], ['x25519', undefined, {}], ['x448', undefined, {}],
  ];
  for (const [type, options, details] of facts) {
    const { publicKey, privateKey } = pair(type, options);
    assert.strictEqual(publicKey.type, 'public');
    assert.strictEqual(privateKey.type, 'private');
    for (const key of [publicKey, privateKey]) {
      assert.ok(key instanceof crypto.KeyObject);
      assert.strictEqual(key.asymmetricKeyType, type);
      assert.deepStrictEqual({ ...key.asymmetricKeyDetails }, details, type);
    }
  }
});

test('generateKeyPair with encodings, generateKey', async () => {
  const { publicKey, privateKey } = await promisify(crypto.generateKeyPair)('rsa', {
    modulusLength: 1024,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'top secret' },
  });
  assert.match(publicKey, /^-----BEGIN PUBLIC KEY-----\n/);
  assert.match(privateKey, /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
  throwsCode(() => crypto.createPrivateKey(privateKey), 'ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED');
  assert.throws(() => crypto.createPrivateKey({ key: privateKey, passphrase: 'wrong' }));
  assert.ok(crypto.createPublicKey({ key: privateKey, passphrase: 'top secret' }).equals(crypto.createPublicKey(publicKey)));
  assert.strictEqual(crypto.generateKeySync('aes', { length: 256 }).symmetricKeySize, 32);
  assert.strictEqual((await promisify(crypto.generateKey)('hmac', { length: 64 })).export().length, 8);
  throwsCode(() => crypto.generateKeyPairSync('nosuch', {}), 'ERR_INVALID_ARG_VALUE');
  throwsCode(() => crypto.generateKeyPairSync('ec', { namedCurve: 'nosuch' }), 'ERR_CRYPTO_INVALID_CURVE');
});

test('PEM, DER and JWK go out and come in again', () => {
  const ec = pair('ec', { namedCurve: 'prime256v1' });
  for (const { publicKey, privateKey } of [rsa(), ec, pair('ed25519'), pair('x25519')]) {
    const type = publicKey.asymmetricKeyType;
    for (const format of ['pem', 'der']) {
      for (const kind of type === 'rsa' ? ['spki', 'pkcs1'] : ['spki']) {
        const data = publicKey.export({ type: kind, format });
        assert.ok(crypto.createPublicKey({ key: data, type: kind, format }).equals(publicKey), `${type} ${format} ${kind}`);
      }
      for (const kind of { rsa: ['pkcs8', 'pkcs1'], ec: ['pkcs8', 'sec1'] }[type] ?? ['pkcs8']) {
        const data = privateKey.export({ type: kind, format });
        assert.ok(crypto.createPrivateKey({ key: data, type: kind, format }).equals(privateKey), `${type} ${format} ${kind}`);
      }
      const locked = privateKey.export({ type: 'pkcs8', format, cipher: 'aes-128-cbc', passphrase: 'p' });
      assert.ok(crypto.createPrivateKey({ key: locked, type: 'pkcs8', format, passphrase: Buffer.from('p') }).equals(privateKey));
    }
    const jwk = privateKey.export({ format: 'jwk' });
    assert.ok(crypto.createPrivateKey({ key: jwk, format: 'jwk' }).equals(privateKey), `${type} jwk`);
    assert.ok(crypto.createPublicKey({ key: jwk, format: 'jwk' }).equals(publicKey));
    assert.ok(crypto.createPublicKey({ key: publicKey.export({ format: 'jwk' }), format: 'jwk' }).equals(publicKey));
    assert.strictEqual(publicKey.export({ format: 'jwk' }).d, undefined);
    assert.ok(crypto.createPublicKey(privateKey).equals(publicKey));
  }
  assert.ok(rsa().privateKey.export({ type: 'pkcs1', format: 'pem' }).startsWith('-----BEGIN RSA PRIVATE KEY-----'));
  assert.ok(ec.privateKey.export({ type: 'sec1', format: 'pem' }).startsWith('-----BEGIN EC PRIVATE KEY-----'));
});

test('JWK: RFC 8037', () => {
  const key = crypto.createPrivateKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519',
    d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } });
  const signature = crypto.sign(null, Buffer.from('eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc'), key);
  assert.strictEqual(signature.toString('base64url'), 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg');
  throwsCode(() => crypto.createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }, format: 'jwk' }), 'ERR_CRYPTO_INVALID_JWK');
});

test('secret keys', () => {
  const key = crypto.createSecretKey('c2VjcmV0', 'base64');
  assert.strictEqual(key.type, 'secret');
  assert.strictEqual(key.symmetricKeySize, 6);
  assert.strictEqual(key.asymmetricKeyType, undefined);
  assert.strictEqual(key.export().toString(), 'secret');
  assert.deepStrictEqual(key.export({ format: 'jwk' }), { kty: 'oct', k: 'c2VjcmV0' });
  assert.ok(key.equals(crypto.createSecretKey(Buffer.from('secret'))));
  throwsCode(() => crypto.createPublicKey(key), 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE');
  throwsCode(() => crypto.createSecretKey(5), 'ERR_INVALID_ARG_TYPE');
});

test('what is no key', () => {
  assert.throws(() => crypto.createPrivateKey('junk'), (error) => {
    assert.strictEqual(error.code, 'ERR_OSSL_UNSUPPORTED');
    assert.match(error.message, /^error:1E08010C:DECODER routines::unsupported$/);
    return true;
  });
  assert.throws(() => crypto.createPublicKey('junk'));
  throwsCode(() => crypto.createPrivateKey(5), 'ERR_INVALID_ARG_TYPE');
  throwsCode(() => crypto.createPrivateKey({ key: Buffer.alloc(3), format: 'der' }), 'ERR_INVALID_ARG_VALUE');
  throwsCode(() => rsa().publicKey.export({ type: 'pkcs8', format: 'pem' }), 'ERR_INVALID_ARG_VALUE');
  throwsCode(() => pair('ed25519').privateKey.export({ type: 'pkcs1', format: 'pem' }), 'ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS');
});

test('signatures: RSA, PSS, ECDSA, EdDSA, DSA', async () => {
  const data = Buffer.from('a message');
  const cases = [
    [rsa(), 'sha256', {}],
    [rsa(), 'RSA-SHA512', { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
    [pair('rsa-pss', { modulusLength: 1024 }), 'sha256', {}],
    [pair('ec', { namedCurve: 'prime256v1' }), 'sha256', {}],
    [pair('ec', { namedCurve: 'secp384r1' }), 'sha384', { dsaEncoding: 'ieee-p1363' }],
    [pair('dsa', { modulusLength: 1024, divisorLength: 160 }), 'sha1', { dsaEncoding: 'ieee-p1363' }],
  ];
  for (const [{ publicKey, privateKey }, algorithm, options] of cases) {
    const signature = crypto.createSign(algorithm).update('a ').update(Buffer.from('message')).sign({ key: privateKey, ...options });
    assert.strictEqual(crypto.createVerify(algorithm).update(data).verify({ key: publicKey, ...options }, signature), true);
    assert.strictEqual(crypto.createVerify(algorithm).update('another').verify({ key: publicKey, ...options }, signature), false);
    assert.strictEqual(crypto.verify(algorithm, data, { key: publicKey, ...options }, signature), true);
    const again = await promisify(crypto.sign)(algorithm, data, { key: privateKey, ...options });
    assert.strictEqual(await promisify(crypto.verify)(algorithm, data, { key: publicKey, ...options }, again), true);
    assert.strictEqual(crypto.verify(algorithm, data, { key: publicKey, ...options }, Buffer.alloc(5)), false);
    if (options.dsaEncoding && publicKey.asymmetricKeyType === 'ec') assert.strictEqual(signature.length, 96);
  }
  for (const type of ['ed25519', 'ed448']) {
    const { publicKey, privateKey } = pair(type);
    const signature = crypto.sign(null, data, privateKey);
    assert.strictEqual(crypto.verify(undefined, data, publicKey, signature), true);
    assert.strictEqual(crypto.verify(null, Buffer.from('other'), publicKey, signature), false);
  }
});

test('PEM text as a key, signature as text', () => {
  const pem = rsa().privateKey.export({ type: 'pkcs8', format: 'pem' });
  const text = crypto.createSign('RSA-SHA256').update('x').sign(pem, 'base64');
  assert.strictEqual(text, crypto.sign('sha256', Buffer.from('x'), pem).toString('base64'));
  assert.ok(crypto.createVerify('sha256').update('x').verify(pem, text, 'base64'));
  throwsCode(() => crypto.createSign('sha256').sign(null), 'ERR_CRYPTO_SIGN_KEY_REQUIRED');
  throwsCode(() => crypto.createSign('sha256').sign(rsa().publicKey), 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE');
  assert.throws(() => crypto.createSign('nosuch'), /Invalid digest/);
});

test('signing is a stream too', async () => {
  const signer = crypto.createSign('sha256');
  signer.write('a ');
  signer.end('message');
  await require('events').once(signer, 'finish');
  assert.ok(crypto.verify('sha256', Buffer.from('a message'), rsa().publicKey, signer.sign(rsa().privateKey)));
});

test('RSA encryption', () => {
  const { publicKey, privateKey } = rsa();
  const secret = Buffer.from('secret');
  assert.deepStrictEqual(crypto.privateDecrypt(privateKey, crypto.publicEncrypt(publicKey, secret)), secret);
  const oaep = { oaepHash: 'sha256', oaepLabel: Buffer.from('label') };
  const sealed = crypto.publicEncrypt({ key: publicKey, ...oaep }, secret);
  assert.deepStrictEqual(crypto.privateDecrypt({ key: privateKey, ...oaep }, sealed), secret);
  assert.throws(() => crypto.privateDecrypt({ key: privateKey, oaepHash: 'sha256' }, sealed), /oaep decoding error/);
  assert.deepStrictEqual(crypto.publicDecrypt(publicKey, crypto.privateEncrypt(privateKey, secret)), secret);
});

test('diffieHellman of key objects', () => {
  for (const [type, options] of [['x25519'], ['ec', { namedCurve: 'prime256v1' }], ['dh', { group: 'modp14' }]]) {
    const a = crypto.generateKeyPairSync(type, options);
    const b = crypto.generateKeyPairSync(type, options);
    assert.deepStrictEqual(crypto.diffieHellman({ privateKey: a.privateKey, publicKey: b.publicKey }),
                           crypto.diffieHellman({ privateKey: b.privateKey, publicKey: a.publicKey }));
  }
  throwsCode(() => crypto.diffieHellman({ privateKey: pair('x25519').privateKey, publicKey: rsa().publicKey }), 'ERR_CRYPTO_INCOMPATIBLE_KEY');
});

test('jsonwebtoken: every family of algorithms', () => {
  const jwt = require('jsonwebtoken');
  const ec = pair('ec', { namedCurve: 'prime256v1' });
  const cases = [['HS256', 'secret', 'secret'], ['HS512', crypto.createSecretKey(Buffer.alloc(64, 1)), crypto.createSecretKey(Buffer.alloc(64, 1))],
    ['RS256', rsa().privateKey, rsa().publicKey], ['PS256', rsa().privateKey, rsa().publicKey],
    ['ES256', ec.privateKey, ec.publicKey],
    ['RS512', rsa().privateKey.export({ type: 'pkcs1', format: 'pem' }), rsa().publicKey.export({ type: 'spki', format: 'pem' })]];
  for (const [algorithm, key, check] of cases) {
    const token = jwt.sign({ user: 'ann' }, key, { algorithm, expiresIn: '1h' });
    assert.strictEqual(jwt.verify(token, check, { algorithms: [algorithm] }).user, 'ann', algorithm);
    const [head, , signature] = token.split('.');
    assert.throws(() => jwt.verify(`${head}.${Buffer.from('{"user":"bob"}').toString('base64url')}.${signature}`, check), /invalid signature/);
  }
  assert.throws(() => jwt.verify(jwt.sign({ a: 1 }, 's', { expiresIn: -5 }), 's'), { name: 'TokenExpiredError' });
});

test('bcryptjs', async () => {
  const bcrypt = require('bcryptjs');
  assert.ok(bcrypt.compareSync('password', bcrypt.hashSync('password', 4)));
  const hash = await bcrypt.hash('password', 4);
  assert.strictEqual(await bcrypt.compare('password', hash), true);
  assert.strictEqual(await bcrypt.compare('wrong', hash), false);
});

test('RSA PKCS #1 v1.5: an error does not tell how the ciphertext was padded (CVE-2023-46809)', () => {
  const { publicKey, privateKey } = pair('rsa', { modulusLength: 2048 });
  const { RSA_PKCS1_PADDING: padding, RSA_NO_PADDING } = crypto.constants;
  const raw = (bytes) => crypto.publicEncrypt({ key: publicKey, padding: RSA_NO_PADDING }, Buffer.from(bytes));
  const blocks = {
    wrongType: [0, 1, ...Buffer.alloc(254, 7)],
    noSeparator: [0, 2, ...Buffer.alloc(254, 7)],
    shortPadding: [0, 2, 7, 7, 0, ...Buffer.alloc(251, 9)],
    noise: [0, ...Buffer.alloc(255, 0xaa)],
  };
  for (const [name, bytes] of Object.entries(blocks)) {
    const ciphertext = raw(bytes);
    const one = crypto.privateDecrypt({ key: privateKey, padding }, ciphertext);
    assert.ok(one.length < 246, name);
    assert.ok(one.equals(crypto.privateDecrypt({ key: privateKey, padding }, ciphertext)), `${name}: the same each time`);
  }
  const good = crypto.publicEncrypt({ key: publicKey, padding }, Buffer.from('well padded'));
  assert.strictEqual(crypto.privateDecrypt({ key: privateKey, padding }, good).toString(), 'well padded');
  throwsCode(() => crypto.privateDecrypt({ key: privateKey, padding }, Buffer.alloc(256, 0xff)), 'ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_MODULUS');
});
