'use strict';
// What node:tls has beyond a connection: ALPNCallback, pre-shared keys, OCSP, sessions, key logs, renegotiation, contexts'
// options and their refusals. Also passes on Node.
const { test, assert, temporaryDirectory } = require('./harness');
const tls = require('tls');
const fs = require('fs');
const path = require('path');
const { execFileSync } = require('child_process');
const { constants, X509Certificate } = require('crypto');
const { Duplex } = require('stream');
const { once } = require('events');

const directory = temporaryDirectory();
const at = (name) => path.join(directory, name);
const openssl = (...args) => execFileSync('openssl', args, { stdio: 'ignore' });
const SUBJECT = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', at('ec.key'), '-out', at('ec.crt'), ...SUBJECT);
openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', at('rsa.key'), '-out', at('rsa.crt'), ...SUBJECT);
const identity = (name) => ({ key: fs.readFileSync(at(`${name}.key`)), cert: fs.readFileSync(at(`${name}.crt`)) });
const [ec, rsa] = [identity('ec'), identity('rsa')];
const VERSIONS = ['TLSv1.2', 'TLSv1.3'];

/**
 * A server and one client after the other, until `use` is done. The server's sockets read, and end when the client does.
 * @param {(connect: (options?: object) => tls.TLSSocket, server: tls.Server) => Promise<void>} use
 */
async function between(options, use) {
  const server = tls.createServer({ ...ec, ...options }, (socket) => {
    socket.on('error', () => {});
    socket.resume();
  });
  server.failures = [];
  server.on('tlsClientError', (error) => { server.failures.push(error.code ?? error.message); });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const clients = [];
  const connect = (more) => {
    const client = tls.connect({ host: '127.0.0.1', port: server.address().port, servername: 'localhost', ca: [ec.cert, rsa.cert], ...more });
    client.resume();
    clients.push(client);
    return client;
  };
  try {
    await use(connect, server);
  } finally {
    for (const client of clients) client.on('error', () => {}).destroy();
    await new Promise((resolve) => { server.close(resolve); });
  }
}
const failure = async (client) => (await once(client, 'error'))[0].code;

test('ALPNCallback chooses', async () => {
  const seen = [];
  const ALPNCallback = function ALPNCallback(offer) {
    seen.push(offer);
    return { first: offer.protocols[0], bad: 'zz' }[offer.protocols[1]];
  };
  await between({ ALPNCallback }, async (connect, server) => {
    const client = connect({ ALPNProtocols: ['a', 'first'] });
    await once(client, 'secureConnect');
    assert.strictEqual(client.alpnProtocol, 'a');
    assert.deepStrictEqual(seen, [{ servername: 'localhost', protocols: ['a', 'first'] }]);
    assert.strictEqual(await failure(connect({ ALPNProtocols: ['a', 'none'] })), 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
    assert.strictEqual(await failure(connect({ ALPNProtocols: ['a', 'bad'] })), 'ECONNRESET');
    const plain = connect();
    await once(plain, 'secureConnect');
    assert.strictEqual(plain.alpnProtocol, false);
    assert.deepStrictEqual(server.failures, ['ERR_SSL_NO_APPLICATION_PROTOCOL', 'ERR_TLS_ALPN_CALLBACK_INVALID_RESULT']);
    assert.strictEqual(seen.length, 3);
  });
  assert.throws(() => tls.createServer({ ALPNCallback, ALPNProtocols: ['a'] }), { code: 'ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS' });
});

for (const maxVersion of VERSIONS) {
  test(`pre-shared keys, ${maxVersion}`, async () => {
    const psk = Buffer.from('d731ef57be09e5204f0b205b60627028', 'hex');
    const ciphers = 'PSK+HIGH:TLS_AES_128_GCM_SHA256';
    const identities = [];
    const keys = { bytes: psk, object: { psk }, other: Buffer.alloc(16), nobody: null, bad: 'text' };
    const pskCallback = (socket, name) => {
      identities.push([socket instanceof tls.TLSSocket, name]);
      return keys[name];
    };
    await between({ key: undefined, cert: undefined, pskCallback, pskIdentityHint: 'hint', ciphers, maxVersion }, async (connect) => {
      const hints = [];
      const as = (name, answer = { psk, identity: name }) => connect({ ciphers, maxVersion, checkServerIdentity() {},
        pskCallback(hint) { hints.push(hint); return answer; } });
      for (const name of ['bytes', 'object']) {
        const client = as(name);
        await once(client, 'secureConnect');
        assert.strictEqual(client.authorized, true);
        assert.deepStrictEqual(client.getPeerCertificate(), {});
      }
      assert.deepStrictEqual(hints, Array(2).fill(maxVersion === 'TLSv1.2' ? 'hint' : null));
      assert.deepStrictEqual(identities, [[true, 'bytes'], [true, 'object']]);
      const modern = maxVersion === 'TLSv1.3';
      assert.strictEqual(await failure(as('other')), modern ? 'ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR' : 'ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC');
      assert.strictEqual(await failure(as('nobody')), modern ? 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' : 'ERR_SSL_TLSV1_ALERT_UNKNOWN_PSK_IDENTITY');
      assert.strictEqual(await failure(as('bad')), 'ECONNRESET');
      assert.strictEqual(await failure(as('x', { psk: 'text', identity: 'x' })), 'ERR_INVALID_ARG_TYPE');
      assert.strictEqual(await failure(as('x', { psk, identity: 'x'.repeat(300) })), 'ERR_INVALID_ARG_VALUE');
      assert.strictEqual(await failure(as('x', { psk: Buffer.alloc(600), identity: 'x' })), 'ERR_INVALID_ARG_VALUE');
      assert.ok(await failure(as('x', null)));
    });
  });

  test(`sessions are stored and found, ${maxVersion}`, () => between({ maxVersion, secureOptions: constants.SSL_OP_NO_TICKET }, async (connect, server) => {
    const store = new Map();
    const asked = [];
    server.on('newSession', (id, session, done) => {
      store.set(id.toString('hex'), session);
      setImmediate(done);
    });
    server.on('resumeSession', (id, done) => {
      asked.push(store.has(id.toString('hex')));
      setImmediate(done, null, store.get(id.toString('hex')) ?? null);
    });
    const first = connect();
    const [session] = await once(first, 'session');
    assert.ok(Buffer.isBuffer(session));
    assert.ok(store.size > 0);
    const second = connect({ session });
    await once(second, 'secureConnect');
    if (maxVersion === 'TLSv1.2') {
      assert.strictEqual(second.isSessionReused(), true);
      assert.strictEqual(asked.at(-1), true);
      assert.deepStrictEqual(second.getSession(), session);
      server.removeAllListeners('resumeSession');
      server.on('resumeSession', (id, done) => done(new Error('no')));
      assert.strictEqual(await failure(connect({ session })), 'ECONNRESET');
      assert.deepStrictEqual(server.failures, ['no']);
    }
  }));

  test(`key log and facts, ${maxVersion}`, () => between({ maxVersion, ecdhCurve: 'prime256v1', sigalgs: 'ECDSA+SHA256:RSA+SHA256' }, async (connect, server) => {
    const lines = [];
    server.on('keylog', (line, socket) => lines.push(['server', String(line), socket instanceof tls.TLSSocket]));
    const accepted = once(server, 'secureConnection');
    const client = connect();
    client.on('keylog', (line) => lines.push(['client', String(line), true]));
    await once(client, 'secureConnect');
    const [socket] = await accepted;
    const logged = (side) => lines.filter(([one]) => one === side).map(([, line]) => line).sort();
    assert.deepStrictEqual(logged('client'), logged('server'));
    for (const [, line, is] of lines) assert.ok(is && /^[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]+\n$/.test(line), line);
    assert.deepStrictEqual(client.getEphemeralKeyInfo(), { type: 'ECDH', name: 'prime256v1', size: 256 });
    assert.strictEqual(socket.getEphemeralKeyInfo(), null);
    assert.deepStrictEqual(socket.getSharedSigalgs(), ['ECDSA+SHA256', 'RSA+SHA256']);
    assert.deepStrictEqual([client.setMaxSendFragment(600), client.setMaxSendFragment(1)], [true, false]);
    assert.deepStrictEqual(client.getFinished(), socket.getPeerFinished());
    assert.strictEqual(client.getPeerX509Certificate().fingerprint256, new X509Certificate(ec.cert).fingerprint256);
    assert.strictEqual(client.getX509Certificate(), undefined);
    assert.strictEqual(socket.getX509Certificate().subject, 'CN=localhost');
    assert.deepStrictEqual(client.exportKeyingMaterial(16, 'label', Buffer.from('c')), socket.exportKeyingMaterial(16, 'label', Buffer.from('c')));
  }));

  test(`OCSP: asked, answered, refused, ${maxVersion}`, () => between({ maxVersion }, async (connect, server) => {
    const answer = async (client) => {
      const [[response]] = await Promise.all([once(client, 'OCSPResponse'), once(client, 'secureConnect')]);
      return response;
    };
    assert.strictEqual(await answer(connect({ requestOCSP: true })), null);
    const requests = [];
    server.on('OCSPRequest', (certificate, issuer, done) => {
      requests.push(certificate, issuer);
      if (requests.length > 2) done(new Error('no response'));
      else setImmediate(done, null, null);
    });
    await once(connect(), 'secureConnect');
    assert.deepStrictEqual(requests, []);
    assert.strictEqual(await answer(connect({ requestOCSP: true })), null);
    assert.deepStrictEqual(requests, [new X509Certificate(ec.cert).raw, null]);
    assert.strictEqual(await failure(connect({ requestOCSP: true })), 'ECONNRESET');
    assert.deepStrictEqual(server.failures, ['no response']);
  }));
}

test('an OCSP response is stapled', async () => {
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at('leaf.key'), '-out', at('leaf.csr'), '-subj', '/CN=localhost');
  openssl('x509', '-req', '-in', at('leaf.csr'), '-CA', at('rsa.crt'), '-CAkey', at('rsa.key'), '-set_serial', '1', '-days', '2', '-out', at('leaf.crt'));
  fs.writeFileSync(at('index'), 'V\t391231235959Z\t\t01\tunknown\t/CN=localhost\n');
  openssl('ocsp', '-issuer', at('rsa.crt'), '-cert', at('leaf.crt'), '-reqout', at('request'));
  openssl('ocsp', '-index', at('index'), '-CA', at('rsa.crt'), '-rsigner', at('rsa.crt'), '-rkey', at('rsa.key'), '-reqin', at('request'),
    '-respout', at('response'), '-ndays', '2');
  const response = fs.readFileSync(at('response'));
  const leaf = identity('leaf');
  await between({ ...leaf, ca: rsa.cert }, async (connect, server) => {
    const issuers = [];
    server.on('OCSPRequest', (certificate, issuer, done) => {
      issuers.push(issuer);
      setImmediate(done, null, response);
    });
    const client = connect({ requestOCSP: true });
    const [stapled] = await once(client, 'OCSPResponse');
    assert.ok(stapled.equals(response));
    assert.deepStrictEqual(issuers, [new X509Certificate(rsa.cert).raw]);
  });
});

test('tickets: keys are shared, and changed', () => between({}, async (connect, server) => {
  assert.strictEqual(server.getTicketKeys().length, 48);
  const keys = Buffer.alloc(48, 7);
  server.setTicketKeys(keys);
  assert.ok(server.getTicketKeys().equals(keys));
  const first = connect({ maxVersion: 'TLSv1.2' });
  const [session] = await once(first, 'session');
  assert.ok(first.getTLSTicket().length > 0);
  const reused = async () => {
    const client = connect({ session, maxVersion: 'TLSv1.2' });
    await once(client, 'secureConnect');
    return client.isSessionReused();
  };
  assert.strictEqual(await reused(), true);
  server.setTicketKeys(Buffer.alloc(48, 8));
  assert.strictEqual(await reused(), false);
}));

test('renegotiation: with TLS 1.2, limited, or off', async () => {
  await between({ maxVersion: 'TLSv1.2' }, async (connect, server) => {
    const again = (client) => new Promise((resolve) => { assert.strictEqual(client.renegotiate({}, resolve), true); });
    const client = connect();
    const [socket] = await once(server, 'secureConnection');
    const errors = [];
    socket.on('error', (error) => errors.push(error.code));
    if (!client.authorized) await once(client, 'secureConnect');
    for (let i = 0; i < tls.CLIENT_RENEG_LIMIT; i++) assert.strictEqual(await again(client), null);
    assert.deepStrictEqual(errors, []);
    client.renegotiate({}, () => {});
    await once(socket, 'error');
    assert.deepStrictEqual(errors, ['ERR_TLS_SESSION_ATTACK']);
    const other = connect();
    const [disabled] = await once(server, 'secureConnection');
    disabled.disableRenegotiation();
    if (!other.authorized) await once(other, 'secureConnect');
    other.renegotiate({}, () => {});
    assert.strictEqual((await once(disabled, 'error'))[0].code, 'ERR_TLS_RENEGOTIATION_DISABLED');
  });
  await between({ minVersion: 'TLSv1.3' }, async (connect) => {
    const client = connect();
    await once(client, 'secureConnect');
    const error = await new Promise((resolve) => { assert.strictEqual(client.renegotiate({}, resolve), false); });
    assert.strictEqual(error.code, 'ERR_SSL_WRONG_SSL_VERSION');
    assert.throws(() => client.renegotiate(), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => client.renegotiate({}, 1), { code: 'ERR_INVALID_ARG_TYPE' });
  });
});

test('minDHSize', () => between({ ...rsa, dhparam: 'auto', maxVersion: 'TLSv1.2', ciphers: 'DHE-RSA-AES128-GCM-SHA256' }, async (connect) => {
  const client = connect();
  await once(client, 'secureConnect');
  assert.deepStrictEqual(client.getEphemeralKeyInfo(), { type: 'DH', name: undefined, size: 2048 });
  assert.strictEqual(await failure(connect({ minDHSize: 4096 })), 'ERR_TLS_DH_PARAM_SIZE');
}));

test('over a stream of JS: both sides', async () => {
  let [left, right] = [];
  const half = (other) => new Duplex({ read() {}, write(chunk, encoding, done) { other().push(chunk); setImmediate(done); }, final(done) { other().push(null); done(); } });
  left = half(() => right);
  right = half(() => left);
  const server = new tls.TLSSocket(left, { isServer: true, ...ec, ALPNProtocols: ['x'] });
  const client = tls.connect({ socket: right, ca: ec.cert, servername: 'localhost', ALPNProtocols: ['x'] });
  await once(client, 'secureConnect');
  assert.strictEqual(client.alpnProtocol, 'x');
  server.end('hello');
  const chunks = [];
  for await (const chunk of client) chunks.push(chunk);
  assert.strictEqual(Buffer.concat(chunks).toString(), 'hello');
});

test('what contexts refuse', () => {
  for (const [code, options] of [
    ['ERR_INVALID_ARG_TYPE', { privateKeyEngine: 1, privateKeyIdentifier: 'y' }], ['ERR_INVALID_ARG_VALUE', { privateKeyIdentifier: 'y' }],
    ['ERR_INVALID_ARG_TYPE', { clientCertEngine: 1 }], ['ERR_INVALID_ARG_TYPE', { dhparam: 1 }], ['ERR_CRYPTO_OPERATION_FAILED', { ecdhCurve: 'x' }],
    ['ERR_INVALID_ARG_TYPE', { ecdhCurve: 1 }], ['ERR_INVALID_ARG_VALUE', { sigalgs: '' }], ['ERR_INVALID_ARG_TYPE', { sigalgs: 1 }],
    ['ERR_TLS_INVALID_PROTOCOL_VERSION', { minVersion: 'x' }], ['ERR_TLS_INVALID_PROTOCOL_METHOD', { secureProtocol: 'SSLv3_method' }],
    ['ERR_TLS_PROTOCOL_VERSION_CONFLICT', { secureProtocol: 'TLSv1_2_method', minVersion: 'TLSv1.2' }], ['ERR_INVALID_ARG_TYPE', { ciphers: 1 }],
    ['ERR_SSL_NO_CIPHER_MATCH', { ciphers: 'x' }], ['ERR_OSSL_UNSUPPORTED', { key: 'x' }], ['ERR_OSSL_PEM_NO_START_LINE', { cert: 'x' }],
    ['ERR_INVALID_ARG_TYPE', { ca: 1 }], ['ERR_CRYPTO_OPERATION_FAILED', { pfx: 1 }], ['ERR_CRYPTO_OPERATION_FAILED', { crl: 'x' }],
    ['ERR_INVALID_ARG_TYPE', { sessionIdContext: 1 }], ['ERR_INVALID_ARG_TYPE', { sessionTimeout: 'x' }], ['ERR_OUT_OF_RANGE', { sessionTimeout: -1 }],
    ['ERR_INVALID_ARG_VALUE', { ticketKeys: Buffer.alloc(3) }], ['ERR_INVALID_ARG_TYPE', { secureOptions: 'x' }],
    ['ERR_INVALID_ARG_TYPE', { ...ec, passphrase: 1 }],
  ]) assert.throws(() => tls.createSecureContext(options), { code }, JSON.stringify(options).slice(0, 80));
  assert.throws(() => tls.createSecureContext({ clientCertEngine: 'x' }));
  assert.throws(() => tls.createSecureContext({ privateKeyEngine: 'x', privateKeyIdentifier: 'y' }));
  for (const [code, options] of [['ERR_INVALID_ARG_TYPE', { pskCallback: 1 }], ['ERR_INVALID_ARG_TYPE', { pskIdentityHint: 1 }],
    ['ERR_INVALID_ARG_TYPE', { ticketKeys: 1 }]]) assert.throws(() => tls.createServer(options), { code });
  assert.throws(() => tls.connect({ port: 1, minDHSize: 0 }), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => tls.connect({ port: 1, session: 1 }), { code: 'ERR_INVALID_ARG_TYPE', message: 'Session must be a buffer' });
  assert.throws(() => tls.connect({ port: 1, secureContext: 1 }), { code: 'ERR_TLS_INVALID_CONTEXT' });
  assert.throws(() => tls.createServer().setSecureContext(1), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('pfx, passphrases, allowPartialTrustChain', async () => {
  openssl('pkcs12', '-export', '-in', at('ec.crt'), '-inkey', at('ec.key'), '-out', at('pfx'), '-passout', 'pass:secret');
  openssl('ec', '-in', at('ec.key'), '-out', at('locked.key'), '-aes256', '-passout', 'pass:secret');
  const pfx = fs.readFileSync(at('pfx'));
  assert.throws(() => tls.createSecureContext({ pfx, passphrase: 'wrong' }));
  const key = fs.readFileSync(at('locked.key'));
  assert.throws(() => tls.createSecureContext({ cert: ec.cert, key }));
  for (const options of [{ pfx, passphrase: 'secret' }, { pfx: [{ buf: pfx, passphrase: 'secret' }] }, { key, passphrase: 'secret' }, { key: [{ pem: key, passphrase: 'secret' }] }]) {
    await between({ key: undefined, ...(options.pfx ? { cert: undefined } : {}), ...options }, (connect) => once(connect(), 'secureConnect'));
  }
  await between(identity('leaf'), async (connect) => {
    const ca = fs.readFileSync(at('leaf.crt'));
    const checkServerIdentity = () => {};
    assert.strictEqual(await failure(connect({ ca, checkServerIdentity })), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    await once(connect({ ca, allowPartialTrustChain: true, checkServerIdentity }), 'secureConnect');
  });
});

test('default certificates can be looked at and set', async () => {
  for (const type of ['system', 'bundled', 'extra', 'default']) assert.ok(Array.isArray(tls.getCACertificates(type)));
  assert.throws(() => tls.getCACertificates('x'), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => tls.getCACertificates(1), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => tls.setDefaultCACertificates(1), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => tls.setDefaultCACertificates([1]), { code: 'ERR_INVALID_ARG_TYPE', message: /certs\[0\]/ });
  assert.throws(() => tls.setDefaultCACertificates(['x']), { code: 'ERR_CRYPTO_OPERATION_FAILED' });
  await between({}, async (connect) => {
    assert.strictEqual(await failure(connect({ ca: undefined })), 'DEPTH_ZERO_SELF_SIGNED_CERT');
    tls.setDefaultCACertificates([ec.cert, ec.cert]);
    assert.deepStrictEqual(tls.getCACertificates(), [String(ec.cert)]);
    assert.ok(Object.isFrozen(tls.getCACertificates()));
    await once(connect({ ca: undefined }), 'secureConnect');
    tls.setDefaultCACertificates([]);
    assert.strictEqual(await failure(connect({ ca: undefined })), 'DEPTH_ZERO_SELF_SIGNED_CERT');
  });
});

test('alternative names may be quoted', () => {
  const check = (subjectaltname) => tls.checkServerIdentity('a.com', { subject: { CN: 'b' }, subjectaltname });
  assert.strictEqual(check('DNS:"x, DNS:a.com"')?.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  assert.strictEqual(check('URI:"x, y", DNS:a.com'), undefined);
  assert.throws(() => check('DNS:"a.com'), { code: 'ERR_TLS_CERT_ALTNAME_FORMAT' });
});

test('what packages look for behind a handle', async () => {
  const Wrap = new tls.TLSSocket(new Duplex({ read() {}, write() {} }))._handle._parentWrap.constructor;
  const stream = new Duplex({ read() {}, write(chunk, encoding, done) { this.push(`<${chunk}>`); done(); } });
  const socket = new Wrap(stream);
  socket.write('a');
  assert.strictEqual(String((await once(socket, 'data'))[0]), '<a>');
  socket.destroy();
});

test('options of the command line', async () => {
  const run = (args, code) => execFileSync(process.execPath, [...args, '-e', code], { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
  const defaults = "const tls = require('tls'); console.log(tls.DEFAULT_MIN_VERSION, tls.DEFAULT_MAX_VERSION, tls.DEFAULT_CIPHERS)";
  assert.strictEqual(run(['--tls-min-v1.3', '--tls-cipher-list=ECDHE-RSA-AES128-GCM-SHA256'], defaults), 'TLSv1.3 TLSv1.3 ECDHE-RSA-AES128-GCM-SHA256\n');
  assert.strictEqual(run(['--tls-max-v1.2', '--use-system-ca'], defaults).slice(0, 16), 'TLSv1.2 TLSv1.2 ');
  run([`--tls-keylog=${at('keys')}`], `const tls = require('tls'); const fs = require('fs');
    const server = tls.createServer({ key: fs.readFileSync('${at('ec.key')}'), cert: fs.readFileSync('${at('ec.crt')}') }, (socket) => socket.end());
    server.listen(0, () => tls.connect({ port: server.address().port, rejectUnauthorized: false }).on('close', () => server.close()).resume());`);
  assert.match(fs.readFileSync(at('keys'), 'latin1'), /^CLIENT_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]+ [0-9a-f]+$/m);
});
