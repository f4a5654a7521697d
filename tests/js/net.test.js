'use strict';
// node:net, node:tls, node:dns.lookup, node:os, over real sockets.
const { test, assert, temporaryDirectory } = require('./harness');
const net = require('net');
const os = require('os');
const path = require('path');
const tls = require('tls');
const https = require('https');
const { once } = require('events');
const { execFileSync } = require('child_process');

async function serve(listener, options) {
  const server = net.createServer(options ?? {}, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function text(stream) {
  let out = '';
  for await (const chunk of stream) out += chunk;
  return out;
}

test('an echo server and its client', async () => {
  const server = await serve((socket) => socket.pipe(socket));
  const { port } = server.address();
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  assert.deepStrictEqual([socket.remoteAddress, socket.remotePort, socket.remoteFamily, socket.readyState], ['127.0.0.1', port, 'IPv4', 'open']);
  socket.end('hello');
  assert.strictEqual(await text(socket), 'hello');
  assert.deepStrictEqual([socket.bytesRead, socket.bytesWritten], [5, 5]);
  server.close();
  await once(server, 'close');
  assert.strictEqual(server.listening, false);
});

test('50 MB arrive whole, at the pace of a slow reader', async () => {
  const size = 50 << 20;
  const block = Buffer.alloc(1 << 20, 7);
  const server = await serve(async (socket) => {
    for (let i = 0; i < size / block.length; i++) if (!socket.write(block)) await once(socket, 'drain');
    socket.end();
  });
  const socket = net.connect(server.address().port, '127.0.0.1');
  let got = 0;
  for await (const chunk of socket) {
    got += chunk.length;
    if (got % (10 << 20) < chunk.length) await new Promise((resolve) => { setImmediate(resolve); });
  }
  assert.strictEqual(got, size);
  server.close();
});

test('a refused connection and an address in use', async () => {
  const server = await serve(() => {});
  const { port } = server.address();
  const second = net.createServer().listen(port, '127.0.0.1');
  const [busy] = await once(second, 'error');
  assert.strictEqual(busy.message, `listen EADDRINUSE: address already in use 127.0.0.1:${port}`);
  assert.deepStrictEqual([busy.code, busy.syscall, busy.port], ['EADDRINUSE', 'listen', port]);
  server.close();
  await once(server, 'close');
  const [refused] = await once(net.connect(port, '127.0.0.1'), 'error');
  assert.strictEqual(refused.message, `connect ECONNREFUSED 127.0.0.1:${port}`);
  assert.deepStrictEqual([refused.code, refused.syscall, refused.address, refused.port], ['ECONNREFUSED', 'connect', '127.0.0.1', port]);
});

test('half-open sockets, timeouts, destroy with an error', async () => {
  const server = await serve((socket) => {
    socket.on('end', () => socket.end('after your end'));
    socket.resume();
  }, { allowHalfOpen: true });
  const socket = net.connect({ port: server.address().port, host: '127.0.0.1' });
  socket.end('x');
  assert.strictEqual(await text(socket), 'after your end');
  const idle = net.connect({ port: server.address().port, host: '127.0.0.1' });
  idle.setTimeout(20);
  await once(idle, 'timeout');
  const closed = new Promise((resolve) => { idle.on('close', resolve); });
  idle.on('error', () => {});
  idle.destroy(new Error('own'));
  assert.strictEqual(await closed, true);
  server.close();
});

test('unix sockets', async () => {
  const file = path.join(temporaryDirectory(), 'socket');
  const server = net.createServer((socket) => socket.end('unix')).listen(file);
  await once(server, 'listening');
  assert.strictEqual(server.address(), file);
  assert.strictEqual(await text(net.connect(file)), 'unix');
  server.close();
});

test('isIP, BlockList, SocketAddress', () => {
  assert.deepStrictEqual(['127.0.0.1', '::1', '::ffff:1.2.3.4', 'x', '1.2.3', '1:2:3:4:5:6:7:8:9', '256.1.1.1'].map(net.isIP), [4, 6, 6, 0, 0, 0, 0]);
  const list = new net.BlockList();
  list.addSubnet('10.0.0.0', 8);
  list.addRange('192.168.0.5', '192.168.0.9');
  list.addAddress('::1', 'ipv6');
  assert.deepStrictEqual([list.check('10.9.9.9'), list.check('11.0.0.1'), list.check('192.168.0.7'), list.check('::1', 'ipv6')], [true, false, true, true]);
  assert.throws(() => new net.SocketAddress({ address: 'x' }), { code: 'ERR_INVALID_ADDRESS' });
});

test('dns.lookup of localhost and of a name that is not', async () => {
  const { lookup } = require('dns').promises;
  const { address, family } = await lookup('localhost', { family: 4 });
  assert.deepStrictEqual([address, family], ['127.0.0.1', 4]);
  assert.ok((await lookup('localhost', { all: true })).length >= 1);
  await assert.rejects(lookup('no-such-host.invalid'), (error) => error.syscall === 'getaddrinfo' && /^(ENOTFOUND|EAI_AGAIN)$/.test(error.code));
});

test('os tells of the machine', () => {
  assert.strictEqual(os.EOL, '\n');
  assert.ok(os.cpus().length >= 1 && os.totalmem() > os.freemem());
  assert.ok(os.networkInterfaces().lo.some(({ address }) => address === '127.0.0.1'));
  assert.strictEqual(os.userInfo().uid, process.getuid());
  assert.strictEqual(os.constants.signals.SIGTERM, 15);
  assert.strictEqual(`${os.type}`, os.type());
});

test('tls and https: a request over a certificate that is trusted, and one that is not', async () => {
  const folder = temporaryDirectory();
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', path.join(folder, 'key'), '-out', path.join(folder, 'cert'),
    '-days', '30', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], { stdio: 'ignore' });
  const fs = require('fs');
  const key = fs.readFileSync(path.join(folder, 'key'));
  const cert = fs.readFileSync(path.join(folder, 'cert'));
  const server = https.createServer({ key, cert }, (req, res) => res.end(`${req.url} ${req.socket.encrypted}`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const [response] = await once(https.get({ port, host: 'localhost', family: 4, path: '/x', ca: cert, agent: false }), 'response');
  assert.strictEqual(await text(response), '/x true');
  const [error] = await once(https.get({ port, host: 'localhost', family: 4, agent: false }), 'error');
  assert.strictEqual(error.code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
  const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: cert });
  await once(socket, 'secureConnect');
  assert.deepStrictEqual([socket.authorized, socket.getProtocol(), socket.getPeerCertificate().subject.CN], [true, 'TLSv1.3', 'localhost']);
  socket.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(await text(socket), /^HTTP\/1\.1 200 OK\r\n/);
  server.close();
});
