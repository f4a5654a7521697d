'use strict';
// node:tls and node:https, with certificates made by the openssl program. Also passes on Node.
const { test, assert, deferred, temporaryDirectory } = require('./harness');
const tls = require('tls');
const net = require('net');
const https = require('https');
const fs = require('fs');
const path = require('path');
const { execFileSync } = require('child_process');
const { Duplex } = require('stream');
const { once } = require('events');

const directory = temporaryDirectory();
function identity(name, names) {
  const [key, cert] = [path.join(directory, `${name}.key`), path.join(directory, `${name}.crt`)];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', key,
    '-out', cert, '-subj', `/O=jsd/CN=${name}`, '-addext', `subjectAltName=${names}`], { stdio: 'ignore' });
  return { key: fs.readFileSync(key), cert: fs.readFileSync(cert) };
}
const own = identity('localhost', 'DNS:localhost,IP:127.0.0.1');
const other = identity('other.example', 'DNS:other.example,DNS:*.wild.example');

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}
const closed = (server) => new Promise((resolve) => { server.close(resolve); });
const all = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

test('data goes both ways over a connection whose certificate is trusted', async () => {
  const big = Buffer.alloc(3 << 20, 'jsd');
  const server = tls.createServer(own, (socket) => {
    assert.strictEqual(socket.encrypted, true);
    assert.strictEqual(socket.servername, 'localhost');
    socket.pipe(socket);
  });
  const port = await listening(server);
  const client = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: own.cert });
  const data = all(client);
  client.write('before the handshake ');
  await once(client, 'secureConnect');
  assert.strictEqual(client.authorized, true);
  assert.strictEqual(client.getProtocol(), 'TLSv1.3');
  assert.match(client.getCipher().name, /^TLS_/);
  assert.strictEqual(client.alpnProtocol, false);
  assert.strictEqual(client.remotePort, port);
  client.end(big);
  const got = await data;
  assert.strictEqual(got.length, big.length + 21);
  assert.ok(got.subarray(21).equals(big));
  await closed(server);
});

test('a certificate that nobody vouches for is rejected, unless told otherwise', async () => {
  const server = tls.createServer(own, (socket) => socket.end('hello'));
  server.on('tlsClientError', () => {});
  const port = await listening(server);
  const [error] = await once(tls.connect(port, '127.0.0.1', { servername: 'localhost' }), 'error');
  assert.strictEqual(error.code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
  const client = tls.connect(port, '127.0.0.1', { rejectUnauthorized: false });
  const text = all(client);
  await once(client, 'secureConnect');
  assert.strictEqual(client.authorized, false);
  assert.strictEqual(client.authorizationError, 'DEPTH_ZERO_SELF_SIGNED_CERT');
  assert.strictEqual((await text).toString(), 'hello');
  await closed(server);
});

test('a certificate for another name is rejected', async () => {
  const server = tls.createServer(other, (socket) => socket.on('error', () => {}));
  server.on('tlsClientError', () => {});
  const port = await listening(server);
  const [error] = await once(tls.connect({ port, host: '127.0.0.1', ca: other.cert }), 'error');
  assert.strictEqual(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  const client = tls.connect({ port, host: '127.0.0.1', servername: 'a.wild.example', ca: other.cert });
  await once(client, 'secureConnect');
  client.destroy();
  await closed(server);
});

test('getPeerCertificate says whose it is', async () => {
  const server = tls.createServer(own, (socket) => socket.on('error', () => {}));
  const port = await listening(server);
  const client = tls.connect({ port, host: 'localhost', ca: [own.cert] });
  await once(client, 'secureConnect');
  const cert = client.getPeerCertificate();
  assert.strictEqual(cert.subject.CN, 'localhost');
  assert.strictEqual(cert.issuer.O, 'jsd');
  assert.strictEqual(cert.subjectaltname, 'DNS:localhost, IP Address:127.0.0.1');
  assert.strictEqual(cert.nistCurve, 'P-256');
  assert.strictEqual(cert.bits, 256);
  assert.match(cert.fingerprint256, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assert.ok(new Date(cert.valid_to) > new Date());
  assert.ok(Buffer.isBuffer(cert.raw));
  assert.strictEqual(client.getPeerCertificate(true).issuerCertificate.subject.CN, 'localhost');
  client.destroy();
  await closed(server);
});

test('ALPN chooses what both speak', async () => {
  const server = tls.createServer({ ...own, ALPNProtocols: ['b', 'a'] }, (socket) => socket.end(socket.alpnProtocol));
  server.on('tlsClientError', () => {});
  const port = await listening(server);
  const options = { port, host: '127.0.0.1', ca: own.cert };
  const client = tls.connect({ ...options, ALPNProtocols: ['a', 'b'] });
  assert.strictEqual((await all(client)).toString(), 'b');
  assert.strictEqual(client.alpnProtocol, 'b');
  const [error] = await once(tls.connect({ ...options, ALPNProtocols: ['c'] }), 'error');
  assert.match(error.code, /ALERT_NO_APPLICATION_PROTOCOL/);
  await closed(server);
});

test('SNICallback and addContext choose the certificate by name', async () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const context = tls.createSecureContext(other);
    const byCallback = tls.createServer({ ...own, SNICallback(name, callback) {
      setImmediate(callback, null, name === 'other.example' ? context : undefined);
    } });
    const byContext = tls.createServer(own);
    byContext.addContext('*.example', other);
    for (const server of [byCallback, byContext]) {
      server.on('secureConnection', (socket) => socket.end(String(socket.servername)));
      const port = await listening(server);
      for (const [servername, { cert }] of [['other.example', other], ['localhost', own]]) {
        const client = tls.connect({ port, host: '127.0.0.1', servername, ca: cert, maxVersion: version });
        assert.strictEqual((await all(client)).toString(), servername);
        assert.ok(client.authorized);
      }
      await closed(server);
    }
  }
});

test('while SNICallback thinks, no more is read from the socket', async () => {
  const asked = deferred();
  const server = tls.createServer({ ...own, SNICallback: (name, callback) => asked.resolve(callback) });
  const port = await listening(server);
  const accepted = once(server, 'connection');
  const hello = await new Promise((resolve) => {
    const wire = new Duplex({ read() {}, write: (chunk) => resolve(chunk) });
    tls.connect({ socket: wire, servername: 'localhost' }).on('error', () => {});
  });
  const client = net.connect(port, '127.0.0.1').on('error', () => {});
  client.write(hello);
  const [socket] = await accepted;
  const callback = await asked.promise;
  const total = 64 << 20;
  client.write(Buffer.alloc(total));
  for (let quiet = 0, seen = -1; quiet < 200 && seen < total; quiet++) {
    await new Promise(setImmediate);
    if (socket.bytesRead !== seen) quiet = 0;
    seen = socket.bytesRead;
  }
  assert.ok(socket.bytesRead < 1 << 20, `${socket.bytesRead} bytes`);
  const failed = once(server, 'tlsClientError');
  callback(null);
  await failed; // what it goes on with is no TLS
  client.destroy();
  await closed(server);
});

test('minVersion and maxVersion bound the protocol', async () => {
  const server = tls.createServer({ ...own, minVersion: 'TLSv1.3' }, (socket) => socket.on('error', () => {}).end());
  const failed = once(server, 'tlsClientError');
  const port = await listening(server);
  const [error] = await once(tls.connect({ port, host: '127.0.0.1', ca: own.cert, maxVersion: 'TLSv1.2' }), 'error');
  assert.match(error.code, /PROTOCOL_VERSION/);
  assert.strictEqual((await failed)[0].code, 'ERR_SSL_UNSUPPORTED_PROTOCOL');
  assert.throws(() => tls.createSecureContext({ minVersion: 'TLSv9' }), { code: 'ERR_TLS_INVALID_PROTOCOL_VERSION' });
  await closed(server);
});

test('a server can ask for the client\'s certificate', async () => {
  const server = tls.createServer({ ...own, requestCert: true, ca: other.cert }, (socket) => {
    socket.end(`${socket.authorized} ${socket.getPeerCertificate().subject.CN}`);
  });
  const port = await listening(server);
  const options = { port, host: '127.0.0.1', ca: own.cert };
  assert.strictEqual((await all(tls.connect({ ...options, ...other }))).toString(), 'true other.example');
  const failed = once(server, 'tlsClientError');
  const client = tls.connect(options);
  client.on('error', () => {});
  await failed;
  client.destroy();
  await closed(server);
});

test('who does not speak TLS is a tlsClientError, and who hangs up is an error of the client', async () => {
  const server = tls.createServer(own);
  const failed = once(server, 'tlsClientError');
  const port = await listening(server);
  const plain = net.connect(port, '127.0.0.1').on('error', () => {});
  plain.write('GET / HTTP/1.0\r\n\r\n');
  plain.resume();
  assert.strictEqual((await failed)[0].code, 'ERR_SSL_HTTP_REQUEST');
  await closed(server);
  const rude = net.createServer((socket) => socket.resume().end());
  const [error] = await once(tls.connect(await listening(rude), '127.0.0.1'), 'error');
  assert.strictEqual(error.code, 'ECONNRESET');
  await closed(rude);
});

test('TLS runs over a socket or any stream that is given', async () => {
  const server = tls.createServer(own, (socket) => socket.end('hello'));
  const port = await listening(server);
  const options = { servername: 'localhost', ca: own.cert };
  const connected = net.connect(port, '127.0.0.1');
  await once(connected, 'connect');
  assert.strictEqual((await all(tls.connect({ socket: connected, ...options }))).toString(), 'hello');
  assert.strictEqual((await all(tls.connect({ socket: net.connect(port, '127.0.0.1'), ...options }))).toString(), 'hello');
  const inner = net.connect(port, '127.0.0.1');
  const stream = new Duplex({
    read() { inner.resume(); },
    write(chunk, encoding, callback) { inner.write(chunk, callback); },
    final(callback) { inner.end(callback); },
  });
  inner.on('data', (chunk) => stream.push(chunk)).on('end', () => stream.push(null));
  assert.strictEqual((await all(tls.connect({ socket: stream, ...options }))).toString(), 'hello');
  await closed(server);
});

test('a session can be taken up again', async () => {
  const server = tls.createServer(own, (socket) => socket.end('x'));
  const port = await listening(server);
  const options = { port, host: '127.0.0.1', ca: own.cert };
  const first = tls.connect(options);
  const session = once(first, 'session');
  await all(first);
  const again = tls.connect({ ...options, session: (await session)[0] });
  again.resume();
  await once(again, 'secureConnect');
  assert.ok(again.isSessionReused());
  await once(again, 'close');
  await closed(server);
});

test('checkServerIdentity follows RFC 6125', () => {
  const cert = { subject: { CN: 'a.com' }, subjectaltname: 'DNS:b.com, DNS:*.c.com, IP Address:127.0.0.1' };
  for (const host of ['b.com', 'B.COM', 'x.c.com', '127.0.0.1']) assert.strictEqual(tls.checkServerIdentity(host, cert), undefined);
  for (const host of ['a.com', 'c.com', 'x.y.c.com', '127.0.0.2']) {
    assert.strictEqual(tls.checkServerIdentity(host, cert).code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  }
  assert.strictEqual(tls.checkServerIdentity('a.com', { subject: { CN: 'a.com' } }), undefined);
});

test('what there is to know without a connection', () => {
  assert.strictEqual(tls.DEFAULT_MIN_VERSION, 'TLSv1.2');
  assert.strictEqual(tls.DEFAULT_MAX_VERSION, 'TLSv1.3');
  assert.ok(tls.getCiphers().includes('tls_aes_256_gcm_sha384'));
  assert.ok(tls.rootCertificates.every((pem) => pem.startsWith('-----BEGIN CERTIFICATE-----')));
  assert.throws(() => tls.createSecureContext({ cert: 'nonsense' }), (error) => /^ERR_(SSL|OSSL)/.test(error.code));
  assert.throws(() => tls.createSecureContext({ ciphers: 'NOTHING' }), { code: 'ERR_SSL_NO_CIPHER_MATCH' });
});

test('https: a server and its client, with keep-alive and a body both ways', async () => {
  const server = https.createServer(own, async (req, res) => {
    res.setHeader('x-encrypted', String(req.socket.encrypted));
    res.end(`${req.method} ${req.url} ${(await all(req)).toString()}`);
  });
  const port = await listening(server);
  const agent = new https.Agent({ keepAlive: true, ca: own.cert });
  const send = async (method, body) => {
    const { promise, resolve, reject } = deferred();
    https.request({ host: 'localhost', port, method, path: '/a', agent }, resolve).on('error', reject).end(body);
    const res = await promise;
    assert.strictEqual(res.headers['x-encrypted'], 'true');
    return (await all(res)).toString();
  };
  assert.strictEqual(await send('GET'), 'GET /a ');
  assert.strictEqual(await send('POST', 'body'), 'POST /a body');
  const [error] = await once(https.get(`https://localhost:${port}/`), 'error');
  assert.strictEqual(error.code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
  agent.destroy();
  await closed(server);
});
