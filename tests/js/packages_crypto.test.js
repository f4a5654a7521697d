'use strict';
// npm packages that live on WebCrypto, unmodified: JSON web tokens (jose, hono), OpenPGP, and PostgreSQL's SCRAM
// passwords against a server of Debian's that this file starts.
const { test, assert } = require('./harness');
const { spawn, spawnSync } = require('child_process');
const { once } = require('events');
const fs = require('fs');
const os = require('os');
const path = require('path');

test('jose signs and checks with every family of algorithms', async () => {
  const jose = require('jose');
  for (const alg of ['ES256', 'ES384', 'ES512', 'RS256', 'PS384', 'EdDSA', 'ML-DSA-44']) {
    const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
    const token = await new jose.SignJWT({ a: 1 })
      .setProtectedHeader({ alg })
      .setIssuer('me')
      .setExpirationTime('1h')
      .sign(privateKey);
    const jwk = await jose.exportJWK(publicKey);
    const { payload } = await jose.jwtVerify(token, await jose.importJWK(jwk, alg), { issuer: 'me' });
    assert.strictEqual(payload.a, 1, alg);
    const set = jose.createLocalJWKSet({ keys: [{ ...jwk, alg, kid: 'k' }] });
    await assert.rejects(jose.jwtVerify(`${token.slice(0, -8)}AAAAAAAA`, set), {
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
    assert.strictEqual(await jose.calculateJwkThumbprint(jwk), await jose.calculateJwkThumbprint({ ...jwk, kid: 'x' }));
  }
  const pem = await jose.exportPKCS8((await jose.generateKeyPair('ES256', { extractable: true })).privateKey);
  assert.match(pem, /^-----BEGIN PRIVATE KEY-----/);
  await jose.importPKCS8(pem, 'ES256');
});

test('jose encrypts and decrypts', async () => {
  const jose = require('jose');
  const text = new TextEncoder().encode('secret');
  for (const [alg, enc, key] of [
    ['dir', 'A256GCM', new Uint8Array(32)],
    ['dir', 'A128CBC-HS256', new Uint8Array(32)],
    ['A256KW', 'A256GCM', new Uint8Array(32)],
    ['A128GCMKW', 'A128GCM', new Uint8Array(16)],
    ['PBES2-HS256+A128KW', 'A128GCM', new Uint8Array(20)],
  ]) {
    const jwe = await new jose.CompactEncrypt(text).setProtectedHeader({ alg, enc }).encrypt(key);
    const { plaintext } = await jose.compactDecrypt(jwe, key, { keyManagementAlgorithms: [alg] });
    assert.strictEqual(new TextDecoder().decode(plaintext), 'secret', alg);
    const other = new Uint8Array(key).fill(1);
    await assert.rejects(jose.compactDecrypt(jwe, other, { keyManagementAlgorithms: [alg] }), {
      code: 'ERR_JWE_DECRYPTION_FAILED',
    });
  }
  for (const alg of ['ECDH-ES', 'ECDH-ES+A128KW', 'RSA-OAEP-256']) {
    const { publicKey, privateKey } = await jose.generateKeyPair(alg);
    const jwe = await new jose.CompactEncrypt(text).setProtectedHeader({ alg, enc: 'A256GCM' }).encrypt(publicKey);
    assert.deepStrictEqual((await jose.compactDecrypt(jwe, privateKey)).plaintext, text, alg);
  }
});

test('hono/jwt guards a route', async () => {
  const { Hono } = require('hono');
  const { jwt, sign } = require('hono/jwt');
  const app = new Hono();
  app.use('/private/*', jwt({ secret: 'it is so secret', alg: 'HS256' }));
  app.get('/private/me', (c) => c.json(c.get('jwtPayload')));
  assert.strictEqual((await app.request('/private/me')).status, 401);
  const token = await sign({ sub: 'me' }, 'it is so secret', 'HS256');
  const answer = await app.request('/private/me', { headers: { authorization: `Bearer ${token}` } });
  assert.deepStrictEqual(await answer.json(), { sub: 'me' });
  assert.strictEqual(
    (await app.request('/private/me', { headers: { authorization: `Bearer ${token}x` } })).status,
    401,
  );
});

test('openpgp encrypts, signs, and opens with a passphrase', async () => {
  const openpgp = require('openpgp');
  for (const options of [
    { type: 'ecc', curve: 'curve25519Legacy' },
    { type: 'curve25519' },
    { type: 'rsa', rsaBits: 2048 },
    { type: 'ecc', curve: 'nistP256' },
  ]) {
    const { publicKey, privateKey } = await openpgp.generateKey({
      ...options,
      userIDs: [{ name: 'A', email: 'a@example.org' }],
      passphrase: 'pass',
      format: 'object',
    });
    const unlocked = await openpgp.decryptKey({ privateKey, passphrase: 'pass' });
    const armored = await openpgp.encrypt({
      message: await openpgp.createMessage({ text: 'hello' }),
      encryptionKeys: publicKey,
      signingKeys: unlocked,
    });
    const { data, signatures } = await openpgp.decrypt({
      message: await openpgp.readMessage({ armoredMessage: armored }),
      verificationKeys: publicKey,
      decryptionKeys: unlocked,
    });
    assert.strictEqual(data, 'hello');
    assert.strictEqual(await signatures[0].verified, true);
  }
});

// ---- PostgreSQL ---------------------------------------------------------------------------------------------------

/** Debian's server programs, or undefined. */
function postgresPrograms() {
  const top = '/usr/lib/postgresql';
  const versions = fs.existsSync(top) ? fs.readdirSync(top).sort((a, b) => b - a) : [];
  return versions
    .map((version) => path.join(top, version, 'bin'))
    .find((folder) => fs.existsSync(path.join(folder, 'initdb')));
}

/** A server on a socket of its own with SCRAM passwords. It does not run as root. */
async function startPostgres(programs) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'jsd-pg-'));
  const user = process.getuid() === 0 ? Number(spawnSync('id', ['-u', 'postgres']).stdout) : process.getuid();
  const identity = process.getuid() === 0 ? { uid: user, gid: Number(spawnSync('id', ['-g', 'postgres']).stdout) } : {};
  if (identity.uid !== undefined) fs.chownSync(folder, identity.uid, identity.gid);
  const password = path.join(folder, 'password');
  fs.writeFileSync(password, 'correct horse\n', { mode: 0o644 });
  const data = path.join(folder, 'data');
  const made = spawnSync(
    path.join(programs, 'initdb'),
    ['-D', data, '-U', 'app', '-A', 'scram-sha-256', '--pwfile', password, '-N', '--no-locale', '-E', 'UTF8'],
    { ...identity, cwd: folder, encoding: 'utf8' },
  );
  assert.strictEqual(made.status, 0, made.stderr);
  const server = spawn(path.join(programs, 'postgres'), ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-F'], {
    ...identity,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server.stderr.setEncoding('utf8');
  let log = '';
  await new Promise((resolve, reject) => {
    server.stderr.on('data', (text) => {
      log += text;
      if (log.includes('ready to accept connections')) resolve();
    });
    server.on('exit', (code) => reject(new Error(`postgres ended with code ${code}: ${log}`)));
  });
  const stop = async () => {
    server.removeAllListeners('exit');
    server.kill('SIGINT');
    if (server.exitCode === null) await once(server, 'exit');
    fs.rmSync(folder, { recursive: true, force: true });
  };
  return { folder, stop };
}

const programs = postgresPrograms();
if (programs === undefined) {
  test.skip('pg over SCRAM: no PostgreSQL server here (Debian: postgresql)');
} else {
  test('pg signs in over SCRAM-SHA-256, and is refused with a wrong password', async () => {
    const { Client, Pool } = require('pg');
    const { folder, stop } = await startPostgres(programs);
    const settings = { host: folder, user: 'app', password: 'correct horse', database: 'postgres' };
    try {
      const client = new Client(settings);
      await client.connect();
      const { rows } = await client.query('select $1::int + 1 as sum, md5($2) as hash', [41, 'x']);
      assert.deepStrictEqual(rows, [{ sum: 42, hash: '9dd4e461268c8034f5c8564e155c67a6' }]);
      await client.end();
      const wrong = new Client({ ...settings, password: 'wrong' });
      await assert.rejects(wrong.connect(), { code: '28P01' });
      const pool = new Pool({ ...settings, max: 4 });
      pool.on('error', () => {});
      const sums = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => pool.query('select $1::int * 2 as n', [n])));
      assert.deepStrictEqual(
        sums.map(({ rows: [row] }) => row.n),
        [2, 4, 6, 8, 10, 12],
      );
      await pool.end();
    } finally {
      await stop();
    }
  });
}
