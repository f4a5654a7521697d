'use strict';
// The WebSocket client, against a server of the package ws and against raw sockets. Runs on Node 24 too.
const http = require('http');
const { once } = require('events');
const { WebSocketServer } = require('ws');
const { test, assert } = require('./harness');

/** A server of ws that echoes; `url` begins with its address. Paths choose what else it does. */
async function serve(use, options = {}) {
  const server = http.createServer((request, response) => {
    response.statusCode = 404;
    response.end();
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0], ...options });
  const seen = { closes: [], errors: [], headers: null };
  const raw = {
    '/bad': 'HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n',
    '/accept': 'HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n',
  };
  server.on('upgrade', (request, socket, head) => {
    seen.headers = request.headers;
    if (raw[request.url] !== undefined) {
      socket.end(raw[request.url]);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      ws.on('message', (data, binary) => ws.send(data, { binary }));
      ws.on('close', (code, reason) => seen.closes.push([code, String(reason)]));
      ws.on('error', (error) => seen.errors.push(error.code));
      if (request.url === '/drop') socket.destroy();
      if (request.url === '/close') ws.close(4001, 'why');
      if (request.url === '/close0') ws.close();
      if (request.url === '/text') socket.write(Buffer.from([0x81, 1, 0xff]));
      if (request.url === '/rsv') socket.write(Buffer.from([0xb1, 1, 0x41]));
      if (request.url === '/masked') socket.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x41]));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(`ws://127.0.0.1:${server.address().port}`, seen);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Names of the events until `close`, which is given back with them. */
function life(socket) {
  return new Promise((resolve) => {
    const events = [];
    for (const name of ['open', 'error', 'message']) socket.addEventListener(name, () => events.push(name));
    socket.addEventListener('close', (event) => resolve({ events, code: event.code, reason: event.reason, clean: event.wasClean }));
  });
}

test('text and bytes come back as they were sent', () => serve(async (url) => {
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  const ended = life(socket);
  await once(socket, 'open');
  assert.equal([socket.readyState, socket.url, socket.protocol, socket.extensions].join(), `1,${url}/,,`);
  const big = 'größe '.repeat(30000);
  const messages = ['', 'hällo', big, new Uint8Array([1, 2, 3]), new ArrayBuffer(70000), new Blob(['blob']), 'behind it', new DataView(new ArrayBuffer(8), 2, 3)];
  const got = [];
  const all = new Promise((resolve) => {
    socket.addEventListener('message', ({ data }) => {
      got.push(typeof data === 'string' ? data : Buffer.from(data));
      if (got.length === messages.length) resolve();
    });
  });
  for (const message of messages) socket.send(message);
  assert.ok(socket.bufferedAmount > 70000 + Buffer.byteLength(big), socket.bufferedAmount);
  await all;
  const plain = (value) => (typeof value === 'string' ? value : value.toString('latin1'));
  assert.deepEqual(got.map(plain), ['', 'hällo', big, '\x01\x02\x03', '\0'.repeat(70000), 'blob', 'behind it', '\0\0\0']);
  socket.close(3000, 'bye');
  assert.equal(socket.readyState, 2);
  assert.deepEqual((({ code, reason, clean }) => [code, reason, clean])(await ended), [3000, 'bye', true]);
  assert.equal(socket.readyState, 3);
}));

test('bytes are Blobs unless asked otherwise', () => serve(async (url) => {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  socket.send(new Uint8Array([65, 66]));
  const [{ data }] = await once(socket, 'message');
  assert.ok(data instanceof Blob);
  assert.equal(await data.text(), 'AB');
  socket.close();
  await once(socket, 'close');
}));

test('permessage-deflate is agreed on and used', () => serve(async (url) => {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  assert.equal(socket.extensions, 'permessage-deflate');
  const text = 'compress me '.repeat(5000);
  for (let i = 0; i < 3; i++) {
    socket.send(text + i);
    assert.equal((await once(socket, 'message'))[0].data, text + i);
  }
  socket.close();
  await once(socket, 'close');
}, { perMessageDeflate: { threshold: 0 } }));

test('the handshake: subprotocols and headers', () => serve(async (url, seen) => {
  const socket = new WebSocket(url, { protocols: ['a', 'b'], headers: { 'x-mine': 'y' } });
  await once(socket, 'open');
  assert.equal(socket.protocol, 'a');
  const { headers } = seen;
  assert.equal([headers['sec-websocket-protocol'], headers['x-mine'], headers['sec-websocket-version'], headers['sec-websocket-extensions']].join('|'),
    'a, b|y|13|permessage-deflate; client_max_window_bits');
  socket.close();
  await once(socket, 'close');
}));

const ends = {
  '/drop': [['open', 'error'], 1006, '', false],
  '/close': [['open'], 4001, 'why', true],
  '/close0': [['open'], 1005, '', true],
  '/text': [['open', 'error'], 1006, '', false],
  '/rsv': [['open', 'error'], 1006, '', false],
  '/masked': [['open', 'error'], 1006, '', false],
  '/bad': [['error'], 1006, '', false],
  '/accept': [['error'], 1006, '', false],
};
for (const [path, expected] of Object.entries(ends)) {
  test(`what a connection's end looks like: ${path}`, () => serve(async (url) => {
    const { events, code, reason, clean } = await life(new WebSocket(url + path));
    assert.deepEqual([events, code, reason, clean], expected);
  }));
}

test('a server hears why a client has failed it', () => serve(async (url, seen) => {
  await life(new WebSocket(`${url}/text`));
  while (seen.closes.length === 0) await new Promise(setImmediate);
  assert.equal(seen.closes[0][0], 1007);
}));

test('nobody is there', async () => {
  const { events, code, clean } = await life(new WebSocket('ws://127.0.0.1:1/'));
  assert.deepEqual([events, code, clean], [['error'], 1006, false]);
});

test('close() before open', () => serve(async (url) => {
  const socket = new WebSocket(url);
  const ended = life(socket);
  socket.close();
  const { events, code } = await ended;
  assert.deepEqual([events, code], [['error'], 1006]);
}));

test('mistakes throw what the standard says', () => {
  const named = (run) => {
    try {
      run();
      return 'nothing';
    } catch (error) {
      return error.name;
    }
  };
  const tries = {
    TypeError: [() => new WebSocket()],
    SyntaxError: [() => new WebSocket('nope'), () => new WebSocket('ftp://x'), () => new WebSocket('ws://x/#a'),
      () => new WebSocket('ws://x', ['a', 'a']), () => new WebSocket('ws://x', 'a b')],
  };
  for (const [name, list] of Object.entries(tries)) for (const run of list) assert.equal(named(run), name, String(run));
  const socket = new WebSocket('http://127.0.0.1:1/');
  socket.addEventListener('error', () => {});
  assert.equal(`${socket.url} ${socket.readyState} ${socket.binaryType} ${socket}`, 'ws://127.0.0.1:1/ 0 blob [object WebSocket]');
  assert.equal(named(() => socket.send('x')), 'InvalidStateError');
  assert.equal(named(() => socket.send()), 'TypeError');
  assert.equal(named(() => socket.close(1001)), 'InvalidAccessError');
  assert.equal(named(() => socket.close(3000, 'x'.repeat(124))), 'SyntaxError');
  socket.binaryType = 'nonsense';
  assert.equal(socket.binaryType, 'blob');
  socket.close();
});

test('CloseEvent and the constants', () => {
  const event = new CloseEvent('x', { code: 3, reason: 'r', wasClean: true });
  assert.deepEqual([event.code, event.reason, event.wasClean, event.type], [3, 'r', true, 'x']);
  assert.deepEqual([WebSocket.CONNECTING, WebSocket.OPEN, WebSocket.prototype.CLOSING, WebSocket.CLOSED], [0, 1, 2, 3]);
});

test('wss: the certificate is verified, and bytes go both ways', async () => {
  const { certificate } = require('./transport');
  const { key, cert } = certificate();
  const server = require('https').createServer({ key, cert });
  new WebSocketServer({ server }).on('connection', (ws) => ws.on('message', (data) => ws.send(String(data))));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `wss://127.0.0.1:${server.address().port}`;
  server.on('tlsClientError', () => {});
  const refused = await life(new WebSocket(url));
  assert.deepEqual([refused.events, refused.code], [['error'], 1006]);
  const { emitWarning } = process;
  process.emitWarning = () => {};
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  try {
    const socket = new WebSocket(url);
    await once(socket, 'open');
    socket.send('over TLS');
    assert.equal((await once(socket, 'message'))[0].data, 'over TLS');
    socket.close();
    await once(socket, 'close');
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.emitWarning = emitWarning;
    server.close();
  }
});
