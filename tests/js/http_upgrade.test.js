'use strict';
// What an upgraded or CONNECT request becomes: a net.Socket of the app's own, the same object as req.socket.
const http = require('http');
const net = require('net');
const { once } = require('events');
const { test, assert } = require('./harness');

const UPGRADE = 'GET /path HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
const ACCEPT = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';

/** Runs `use(client, socket, server, req, head)` on an upgraded connection. `extra`: what the client sends with its head. */
async function upgraded(use, extra = '', options = {}) {
  const server = http.createServer((req, res) => res.end('plain'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect({ port: server.address().port, host: '127.0.0.1', ...options });
  client.on('error', () => {});
  const arrived = once(server, 'upgrade');
  client.write(UPGRADE + extra);
  const [req, socket, head] = await arrived;
  try {
    await use(client, socket, server, req, head);
  } finally {
    client.destroy();
    socket.destroy();
    server.close();
  }
}

/** Reads from `stream` until `length` bytes have come. */
async function take(stream, length) {
  const chunks = [];
  let got = 0;
  while (got < length) {
    const chunk = stream.read();
    if (chunk === null) await once(stream, 'readable');
    else got += chunks.push(chunk) && chunk.length;
  }
  return Buffer.concat(chunks);
}

test('the socket is req.socket, a net.Socket with addresses', () => upgraded(async (client, socket, server, req, head) => {
  assert.strictEqual(socket, req.socket);
  assert.ok(socket instanceof net.Socket);
  assert.strictEqual(head.toString(), 'first');
  assert.strictEqual(socket.remotePort, client.localPort);
  assert.strictEqual(socket.remoteFamily, 'IPv4');
  assert.strictEqual(socket.localPort, server.address().port);
  assert.strictEqual(socket.readyState, 'open');
  assert.strictEqual(socket.allowHalfOpen, true);
  assert.strictEqual(socket.pending, false);
  assert.strictEqual(socket.setNoDelay(true), socket);
  assert.strictEqual(socket.setKeepAlive(true, 1000), socket);
  assert.strictEqual(socket.unref(), socket);
  assert.strictEqual(socket.ref(), socket);
  socket.write(ACCEPT);
  assert.strictEqual((await take(client, ACCEPT.length)).toString(), ACCEPT);
  client.write('second');
  assert.strictEqual((await take(socket, 6)).toString(), 'second');
  assert.strictEqual(socket.bytesRead, UPGRADE.length + 11);
  assert.strictEqual(socket.bytesWritten, ACCEPT.length);
}, 'first'));

test('strings in several encodings, corked writes and callbacks keep their order', () => upgraded(async (client, socket) => {
  const order = [];
  socket.cork();
  socket.write('é', 'latin1', () => order.push(1));
  socket.write('é', () => order.push(2));
  socket.write('ff00', 'hex', () => order.push(3));
  socket.uncork();
  socket.write(Buffer.from('end'), () => order.push(4));
  assert.deepStrictEqual([...await take(client, 8)], [0xe9, 0xc3, 0xa9, 0xff, 0x00, 0x65, 0x6e, 0x64]);
  assert.deepStrictEqual(order, [1, 2, 3, 4]);
}));

test('16 MB through a pipe, with backpressure', () => upgraded(async (client, socket) => {
  const block = Buffer.alloc(1 << 20, 'block');
  socket.pipe(socket);
  let received = 0;
  let same = true;
  client.on('data', (chunk) => {
    for (let i = 0; i < chunk.length; i += 4096) same &&= chunk[i] === block[(received + i) % block.length % 5];
    received += chunk.length;
  });
  let waited = 0;
  for (let i = 0; i < 16; i++) {
    if (!client.write(block)) {
      waited++;
      await once(client, 'drain');
    }
  }
  client.end();
  await once(client, 'close');
  assert.strictEqual(received, 16 << 20);
  assert.ok(waited > 0);
}));

test('a client that does not read makes write return false, and drain follows when it does', () => upgraded(async (client, socket) => {
  client.pause();
  const block = Buffer.alloc(1 << 18, 'x');
  let written = 0;
  do written += block.length; while (socket.write(block) || written < 1 << 24);
  assert.ok(socket.writableLength > 0);
  const drained = once(socket, 'drain');
  let received = 0;
  client.on('data', (chunk) => { received += chunk.length; }).resume();
  await drained;
  socket.end();
  await once(client, 'end');
  assert.strictEqual(received, written);
}));

test('a paused socket stops its client', () => upgraded(async (client, socket) => {
  let got = 0;
  socket.on('data', (chunk) => { got += chunk.length; });
  client.write('1');
  await once(socket, 'data');
  socket.pause();
  const before = got;
  const block = Buffer.alloc(1 << 20);
  let waiting = true;
  for (let i = 0; i < 32 && waiting; i++) waiting = client.write(block) || i < 31;
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(client.writableLength > 0);
  assert.strictEqual(got, before);
  socket.resume();
  await once(client, 'drain');
  assert.ok(got > 1 << 20);
}));

test('either side may end first', () => upgraded(async (client, socket) => {
  const events = [];
  socket.on('end', () => events.push('end')).on('finish', () => events.push('finish'));
  socket.on('close', (hadError) => events.push(`close ${hadError}`));
  socket.resume();
  client.resume();
  client.end('last');
  await once(socket, 'end');
  assert.strictEqual(socket.destroyed, false);
  socket.write('still');
  socket.end(' here');
  await once(socket, 'close');
  assert.deepStrictEqual(events, ['end', 'finish', 'close false']);
}, '', { allowHalfOpen: true }));

test('the server side ends, the client goes on', () => upgraded(async (client, socket) => {
  socket.end('bye');
  client.on('data', () => {});
  await once(client, 'end');
  client.write('more');
  assert.strictEqual((await take(socket, 4)).toString(), 'more');
  client.end();
  socket.resume();
  await once(socket, 'close');
}, '', { allowHalfOpen: true }));

test('destroy sends what was written, and both sides close', () => upgraded(async (client, socket) => {
  socket.write('last words');
  socket.destroy();
  let text = '';
  client.on('data', (chunk) => { text += chunk; });
  await Promise.all([once(client, 'close'), socket.closed ? undefined : once(socket, 'close')]);
  assert.strictEqual(text, 'last words');
  assert.strictEqual(socket.bytesRead, UPGRADE.length);
  assert.strictEqual(socket.bytesWritten, 10);
}));

test('a reset is an error event', () => upgraded(async (client, socket) => {
  socket.resume();
  client.resetAndDestroy();
  const [error] = await once(socket, 'error');
  assert.strictEqual(error.code, 'ECONNRESET');
  assert.strictEqual(error.syscall, 'read');
  const [hadError] = await once(socket, 'close');
  assert.strictEqual(hadError, true);
}));

test('a timeout is told and destroys nothing', () => upgraded(async (client, socket) => {
  socket.setTimeout(20);
  await once(socket, 'timeout');
  assert.strictEqual(socket.destroyed, false);
  socket.write('alive');
  assert.strictEqual((await take(client, 5)).toString(), 'alive');
}));

test('server.close waits for the socket, closeAllConnections spares it, getConnections counts it', () => upgraded(async (client, socket, server) => {
  let closed = false;
  const count = await new Promise((resolve) => server.getConnections((error, n) => resolve(n)));
  assert.strictEqual(count, 1);
  server.close(() => { closed = true; });
  server.closeAllConnections();
  socket.write('open');
  assert.strictEqual((await take(client, 4)).toString(), 'open');
  assert.strictEqual(closed, false);
  const done = once(server, 'close');
  socket.destroy();
  await done;
}));

test('CONNECT makes a proxy', async () => {
  const target = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  const proxy = http.createServer();
  proxy.on('connect', (req, socket, head) => {
    const [host, port] = req.url.split(':');
    const upstream = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
  });
  proxy.listen(0, '127.0.0.1');
  await Promise.all([once(target, 'listening'), once(proxy, 'listening')]);
  const request = http.request({
    port: proxy.address().port, host: '127.0.0.1', method: 'CONNECT', path: `127.0.0.1:${target.address().port}`,
  });
  request.end();
  const [response, socket] = await once(request, 'connect');
  assert.strictEqual(response.statusCode, 200);
  socket.write('through');
  assert.strictEqual((await take(socket, 7)).toString(), 'through');
  socket.end();
  socket.resume();
  await once(socket, 'close');
  proxy.close();
  target.close();
  await Promise.all([once(proxy, 'close'), once(target, 'close')]);
});
