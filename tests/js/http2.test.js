'use strict';
// node:http2: servers and clients against each other over real sockets, and raw frames where a peer misbehaves.
const { test, assert, deferred } = require('./harness');
const { AsyncLocalStorage } = require('async_hooks');
const fs = require('fs');
const http2 = require('http2');
const net = require('net');
const path = require('path');
const { duplexPair } = require('stream');
const { once } = require('events');
const { temporaryDirectory } = require('./harness');
const { certificate } = require('./transport');

const { constants } = http2;
let pair;
const own = () => (pair ??= certificate());

/** Runs with a server and a client of it; both are closed afterwards. */
async function connected(server, run, options = {}) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const secure = typeof server.addContext === 'function';
  const client = http2.connect(`${secure ? 'https' : 'http'}://localhost:${server.address().port}`,
                               { host: '127.0.0.1', ...(secure ? { ca: own().cert } : {}), ...options });
  client.on('error', () => {});
  try {
    await run(client, server.address().port);
  } finally {
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function request(client, headers = {}, body = undefined, options = undefined) {
  const stream = client.request(headers, options);
  const trailers = deferred();
  stream.on('trailers', trailers.resolve);
  stream.end(body);
  const [head] = await once(stream, 'response');
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { status: head[':status'], headers: head, body: Buffer.concat(chunks), stream, trailers: trailers.promise };
}

test('a request and its response, bodies larger than all windows', () => connected(
  http2.createServer().on('stream', async (stream, headers) => {
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    stream.respond({ ':status': 201, 'x-path': headers[':path'], 'set-cookie': ['a=1', 'b=2'] });
    stream.end(Buffer.concat(chunks));
  }),
  async (client) => {
    const body = Buffer.alloc(3_000_000, 'abcdefg');
    const answers = await Promise.all(['/a', '/b', '/c'].map((name) => request(client, { ':method': 'POST',
      ':path': name }, body)));
    for (const [i, answer] of answers.entries()) {
      assert.strictEqual(answer.status, 201);
      assert.strictEqual(answer.headers['x-path'], ['/a', '/b', '/c'][i]);
      assert.deepStrictEqual(answer.headers['set-cookie'], ['a=1', 'b=2']);
      assert.strictEqual(answer.body.equals(body), true);
    }
  }));

test('a body nobody reads stops at the window, and the connection goes on for others', () => {
  const held = deferred();
  return connected(http2.createServer().on('stream', (stream, headers) => {
    stream.respond();
    if (headers[':path'] === '/held') held.resolve(stream);
    else stream.end('ok');
  }), async (client) => {
    const upload = client.request({ ':method': 'POST', ':path': '/held' });
    upload.on('error', () => {});
    upload.write(Buffer.alloc(1_000_000));
    const stream = await held.promise;
    for (let i = 0; i < 5; i++) assert.strictEqual((await request(client)).body.toString(), 'ok');
    assert.strictEqual(stream.readableLength <= 65535, true, `${stream.readableLength}`);
    let size = 0;
    stream.on('data', (chunk) => { size += chunk.length; });
    upload.end();
    await once(stream, 'end');
    assert.strictEqual(size, 1_000_000);
  });
});

test('headers before the response, trailers after it', () => connected(
  http2.createServer().on('stream', (stream) => {
    stream.additionalHeaders({ ':status': 103, link: '</a>; rel=preload' });
    stream.respond({}, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }));
    stream.end('body');
  }),
  async (client) => {
    const stream = client.request();
    const [info] = await once(stream, 'headers');
    assert.strictEqual(info[':status'], 103);
    const trailers = once(stream, 'trailers');
    stream.resume();
    assert.strictEqual((await trailers)[0]['x-sum'], '42');
  }));

test('a pushed stream, and one that nobody wants', () => {
  const refused = deferred();
  return connected(http2.createServer().on('stream', (stream, headers) => {
    stream.pushStream({ ':path': '/pushed' }, (error, push) => {
      push.respond({ 'x-pushed': '1' });
      if (headers[':path'] === '/wanted') {
        push.end('pushed body');
      } else {
        push.on('error', () => {});
        push.on('close', () => refused.resolve(push.rstCode));
      }
    });
    stream.respond();
    stream.end('ok');
  }), async (client) => {
    await request(client); // nobody listens for 'stream'
    assert.strictEqual(await refused.promise, constants.NGHTTP2_REFUSED_STREAM);
    const pushed = once(client, 'stream');
    await request(client, { ':path': '/wanted' });
    const [push, headers] = await pushed;
    assert.strictEqual(headers[':path'], '/pushed');
    let text = '';
    for await (const chunk of push) text += chunk;
    assert.strictEqual(text, 'pushed body');
  });
});

test('files: whole, a range, what is no file', () => {
  const file = path.join(temporaryDirectory(), 'f');
  fs.writeFileSync(file, Buffer.alloc(300_000, '0123456789'));
  return connected(http2.createServer().on('stream', (stream, headers) => {
    const options = headers[':path'] === '/range' ? { offset: 5, length: 7 } : { onError: (error) =>
      stream.respond({ ':status': 404, 'x-code': error.code }, { endStream: true }) };
    stream.respondWithFile(headers[':path'] === '/none' ? path.dirname(file) : file, {}, options);
  }), async (client) => {
    const whole = await request(client);
    assert.strictEqual(whole.headers['content-length'], '300000');
    assert.strictEqual(whole.body.equals(fs.readFileSync(file)), true);
    assert.strictEqual((await request(client, { ':path': '/range' })).body.toString(), '5678901');
    assert.strictEqual((await request(client, { ':path': '/none' })).headers['x-code'], 'ERR_HTTP2_SEND_FILE');
  });
});

test('the compatibility API', () => connected(
  http2.createServer((req, res) => {
    assert.strictEqual(req.httpVersion, '2.0');
    assert.throws(() => res.setHeader(':status', 200), { code: 'ERR_HTTP2_PSEUDOHEADER_NOT_ALLOWED' });
    res.writeEarlyHints({ link: '</a.css>; rel=preload; as=style' });
    res.statusCode = 418;
    res.appendHeader('x-a', '1');
    res.appendHeader('x-a', '2');
    res.addTrailers({ 'x-end': 'yes' });
    res.write('one ');
    res.end('two');
  }),
  async (client) => {
    const answer = await request(client);
    assert.strictEqual(answer.status, 418);
    assert.strictEqual(answer.headers['x-a'], '1, 2');
    assert.strictEqual(answer.body.toString(), 'one two');
    assert.strictEqual((await answer.trailers)['x-end'], 'yes');
  }));

test('over TLS: ALPN, the origin set, HTTP/1.1 beside it', () => connected(
  http2.createSecureServer({ ...own(), allowHTTP1: true, origins: ['https://example.org/path'] }, (req, res) =>
    res.end(req.httpVersion)),
  async (client, port) => {
    const [origins] = await once(client, 'origin');
    assert.deepStrictEqual(origins, ['https://example.org']);
    assert.deepStrictEqual(client.originSet, [`https://localhost:${port}`, 'https://example.org']);
    assert.strictEqual(client.alpnProtocol, 'h2');
    assert.strictEqual(client.encrypted, true);
    assert.strictEqual((await request(client)).body.toString(), '2.0');
    const [res] = await once(require('https').get({ host: '127.0.0.1', port, ca: own().cert, agent: false }),
      'response');
    let text = '';
    for await (const chunk of res) text += chunk;
    assert.strictEqual(text, '1.1');
  }));

test('over any stream, without a socket', async () => {
  const [here, there] = duplexPair();
  const server = http2.createServer((req, res) => res.end('over a pair'));
  server.emit('connection', there);
  const client = http2.connect('http://localhost', { createConnection: () => here });
  assert.strictEqual((await request(client)).body.toString(), 'over a pair');
  client.close();
  await once(client, 'close');
});

test('settings, ping, windows', () => connected(
  http2.createServer({ settings: { maxConcurrentStreams: 7 } }).on('stream',
    (stream) => { stream.respond(); stream.end(); }),
  async (client) => {
    const [remote] = await once(client, 'remoteSettings');
    assert.strictEqual(remote.maxConcurrentStreams, 7);
    const { promise, resolve } = deferred();
    assert.strictEqual(client.ping(Buffer.from('12345678'), (...args) => resolve(args)), true);
    const [error, duration, payload] = await promise;
    assert.deepStrictEqual([error, typeof duration, payload.toString()], [null, 'number', '12345678']);
    client.setLocalWindowSize(2 ** 20);
    assert.strictEqual(client.state.effectiveLocalWindowSize, 2 ** 20);
    client.settings({ enablePush: false });
    const [local] = await once(client, 'localSettings');
    assert.strictEqual(typeof local.enablePush, 'boolean');
  }));

test('close() lets what is in flight finish; requests after it fail', () => {
  const begun = deferred();
  return connected(http2.createServer().on('stream', (stream) => begun.resolve(stream)), async (client) => {
    const first = request(client);
    const stream = await begun.promise;
    client.close();
    const [error] = await once(client.request(), 'error');
    assert.strictEqual(error.code, 'ERR_HTTP2_GOAWAY_SESSION');
    stream.respond();
    stream.end('late');
    assert.strictEqual((await first).body.toString(), 'late');
    await once(client, 'close');
  });
});

test('a server that closes says GOAWAY and finishes what is in flight', async () => {
  const begun = deferred();
  const server = http2.createServer().on('stream', (stream) => begun.resolve(stream));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = http2.connect(`http://127.0.0.1:${server.address().port}`);
  const goaway = once(client, 'goaway');
  const answer = request(client);
  const stream = await begun.promise;
  const closed = new Promise((resolve) => server.close(resolve));
  assert.strictEqual((await goaway)[0], constants.NGHTTP2_NO_ERROR);
  stream.respond();
  stream.end('still');
  assert.strictEqual((await answer).body.toString(), 'still');
  await closed;
});

test('a NUL in a value adds no header', () => connected(
  http2.createServer().on('stream', (stream,
    headers) => { stream.respond({ 'x-injected': `${headers['x-injected']}` }); stream.end(); }),
  async (client) => {
    const stream = client.request({ 'x-a': 'b\0\x30x-injected\0yes' });
    const [error] = await once(stream, 'error');
    assert.strictEqual(error.message, 'Stream closed with error code NGHTTP2_PROTOCOL_ERROR');
  }));

test('more header fields than allowed', () => connected(
  http2.createServer({ maxHeaderListPairs: 10 }, (req, res) => res.end()),
  async (client) => {
    const headers = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`x-${i}`, 'v']));
    const [error] = await once(client.request(headers), 'error');
    assert.strictEqual(error.message, 'Stream closed with error code NGHTTP2_ENHANCE_YOUR_CALM');
    assert.strictEqual((await request(client)).status, 200);
  }));

const frame = (type, flags, id, payload = Buffer.alloc(0)) => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
};
const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]);
const GET = Buffer.from([0x82, 0x86, 0x84, 0x41, 0x01, 0x78]); // GET http / x

async function raw(server, bytes) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect(server.address().port, '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  socket.write(Buffer.concat([PREFACE, ...bytes]));
  return socket;
}

test('a client that resets faster than it may is told to go', async () => {
  const server = http2.createServer({ streamResetBurst: 10, streamResetRate: 1 });
  server.on('stream', (stream) => stream.on('error', () => {}));
  const failed = once(server, 'sessionError');
  const bytes = [];
  for (let i = 1; i < 101; i += 2) bytes.push(frame(1, 5, i, GET), frame(3, 0, i, Buffer.from([0, 0, 0, 8])));
  const socket = await raw(server, bytes);
  await Promise.all([once(socket, 'close'), Promise.race([failed, once(socket, 'close')])]);
  await new Promise((resolve) => server.close(resolve));
});

test('frames without anything in them count as invalid', async () => {
  const server = http2.createServer({ maxSessionInvalidFrames: 5 });
  server.on('stream', (stream) => stream.on('error', () => {}));
  const failed = once(server, 'sessionError');
  const socket = await raw(server, [frame(1, 4, 1, GET), ...Array.from({ length: 20 }, () => frame(0, 0, 1))]);
  const [error] = await failed;
  assert.strictEqual(error.code, 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES');
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

test('what speaks no HTTP/2 is an error of its session', async () => {
  const server = http2.createServer();
  const failed = once(server, 'sessionError');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect(server.address().port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'));
  socket.on('error', () => {});
  const [error] = await failed;
  assert.deepStrictEqual([error.code, error.errno, error.message], ['ERR_HTTP2_ERROR', -903,
    'Received bad client magic byte string']);
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

test('extended CONNECT: a tunnel both ways', () => connected(
  http2.createServer({ settings: { enableConnectProtocol: true } }).on('stream', (stream, headers) => {
    assert.strictEqual(headers[':protocol'], 'echo');
    stream.respond();
    stream.pipe(stream);
  }),
  async (client) => {
    await once(client, 'remoteSettings');
    const stream = client.request({ ':method': 'CONNECT', ':protocol': 'echo', ':path': '/' });
    await once(stream, 'response');
    stream.write('ping');
    const [chunk] = await once(stream, 'data');
    assert.strictEqual(chunk.toString(), 'ping');
    stream.end();
    await once(stream, 'close');
  }));

test('a stream keeps the asynchronous context of its request', () => connected(
  http2.createServer((req, res) => res.end('x')),
  async (client) => {
    const storage = new AsyncLocalStorage();
    const seen = await Promise.all(['a', 'b'].map((name) => storage.run(name, () => new Promise((resolve) => {
      const stream = client.request();
      const list = [];
      stream.on('response', () => list.push(storage.getStore()));
      stream.on('data', () => list.push(storage.getStore()));
      stream.on('end', () => list.push(storage.getStore()));
      stream.on('close', () => resolve([...list, storage.getStore()]));
    }))));
    assert.deepStrictEqual(seen, [['a', 'a', 'a', 'a'], ['b', 'b', 'b', 'b']]);
  }));

test('a listener that throws does not keep later events from being heard', () => connected(
  http2.createServer((req, res) => res.end(req.url)),
  async (client) => {
    const caught = new Promise((resolve) => process.once('uncaughtException', resolve));
    const first = client.request({ ':path': '/1' });
    first.on('response', () => { throw new Error('from a listener'); });
    first.resume();
    const second = request(client, { ':path': '/2' });
    assert.strictEqual((await caught).message, 'from a listener');
    assert.strictEqual((await second).body.toString(), '/2');
  }));
