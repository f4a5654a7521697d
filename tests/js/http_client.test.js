'use strict';
// node:http's client against node:http's server, and against raw answers.
const { test, assert } = require('./harness');
const http = require('http');
const net = require('net');
const { once } = require('events');

async function withServer(listener, use) {
  const server = http.createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(server.address().port, server);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** A server that answers every connection's first bytes with `text`. */
async function withAnswer(text, use) {
  const server = net.createServer((socket) => {
    socket.once('data', () => socket.end(text));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(server.address().port);
  } finally {
    server.close();
  }
}

function collect(stream) {
  return new Promise((resolve, reject) => {
    let all = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk) => { all += chunk; });
    stream.on('end', () => resolve(all));
    stream.on('error', reject);
  });
}

function request(options, body) {
  return new Promise((resolve, reject) => {
    const req = http.request({ host: '127.0.0.1', ...options }, async (res) => {
      try {
        resolve({ res, req, body: await collect(res) });
      } catch (error) {
        reject(error);
      }
    });
    req.on('error', reject);
    req.end(body);
  });
}

test('get with a URL string, a URL and options', () => withServer((req, res) => res.end(`${req.method} ${req.url} ${req.headers.host}`), async (port) => {
  for (const input of [`http://127.0.0.1:${port}/a?b`, new URL(`http://127.0.0.1:${port}/a?b`), { host: '127.0.0.1', port, path: '/a?b' }]) {
    const res = await new Promise((resolve, reject) => http.get(input, resolve).on('error', reject));
    assert.ok(res instanceof http.IncomingMessage);
    assert.strictEqual(res.statusCode, 200);
    assert.strictEqual(res.statusMessage, 'OK');
    assert.strictEqual(await collect(res), `GET /a?b 127.0.0.1:${port}`);
    assert.strictEqual(res.complete, true);
  }
}));

test('post with a body: length; in pieces: chunked', () => withServer(async (req, res) => {
  let body = '';
  for await (const chunk of req) body += chunk;
  res.end(JSON.stringify([body, req.headers['content-length'] ?? null, req.headers['transfer-encoding'] ?? null]));
}, async (port) => {
  const whole = await request({ port, method: 'POST' }, 'hello');
  assert.deepStrictEqual(JSON.parse(whole.body), ['hello', '5', null]);
  const pieces = await new Promise((resolve, reject) => {
    const req = http.request({ port, host: '127.0.0.1', method: 'POST' }, (res) => collect(res).then(resolve, reject));
    req.on('error', reject);
    req.write('one');
    setTimeout(() => {
      req.write('two');
      req.end('three');
    }, 5);
  });
  assert.deepStrictEqual(JSON.parse(pieces), ['onetwothree', null, 'chunked']);
}));

test('a GET sends neither length nor encoding', () => withServer((req, res) => res.end(JSON.stringify(req.headers)), async (port) => {
  const { body } = await request({ port, agent: false });
  assert.deepStrictEqual(JSON.parse(body), { host: `127.0.0.1:${port}`, connection: 'close' });
}));

test('headers of the request: object, auth, setHeader', () => withServer((req, res) => res.end(JSON.stringify(req.headers)), async (port) => {
  const { body } = await request({ port, headers: { 'X-One': 'a', 'X-Two': ['b', 'c'] }, auth: 'user:pass' });
  const headers = JSON.parse(body);
  assert.strictEqual(headers['x-one'], 'a');
  assert.strictEqual(headers['x-two'], 'b, c');
  assert.strictEqual(headers.authorization, 'Basic dXNlcjpwYXNz');
}));

test('an agent with keepAlive reuses its connection', () => withServer((req, res) => res.end(String(req.socket.remotePort)), async (port) => {
  const agent = new http.Agent({ keepAlive: true });
  const one = await request({ port, agent });
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.strictEqual(Object.values(agent.freeSockets)[0].length, 1);
  const two = await request({ port, agent });
  assert.strictEqual(one.body, two.body);
  assert.strictEqual(two.req.reusedSocket, true);
  agent.destroy();
}));

test('maxSockets makes requests wait', () => {
  let most = 0;
  let now = 0;
  return withServer((req, res) => {
    most = Math.max(most, ++now);
    setTimeout(() => {
      now--;
      res.end();
    }, 10);
  }, async (port) => {
    const agent = new http.Agent({ maxSockets: 2 });
    await Promise.all(Array.from({ length: 6 }, () => request({ port, agent })));
    assert.strictEqual(most, 2);
    agent.destroy();
  });
});

test('HEAD has no body, and its length is known', () => withServer((req, res) => res.writeHead(200, { 'Content-Length': 5 }).end('12345'), async (port) => {
  const { res, body } = await request({ port, method: 'HEAD' });
  assert.strictEqual(body, '');
  assert.strictEqual(res.headers['content-length'], '5');
}));

test('an error to connect', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  const error = await request({ port }).catch((reason) => reason);
  assert.strictEqual(error.code, 'ECONNREFUSED');
});

test('socket hang up', () => withAnswer('', async (port) => {
  const error = await request({ port }).catch((reason) => reason);
  assert.deepStrictEqual([error.code, error.message], ['ECONNRESET', 'socket hang up']);
}));

test('an answer that breaks off: aborted', () => withAnswer('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', async (port) => {
  const error = await request({ port }).catch((reason) => reason);
  assert.deepStrictEqual([error.code, error.message], ['ECONNRESET', 'aborted']);
}));

test('an answer that is no HTTP', () => withAnswer('nonsense\r\n\r\n', async (port) => {
  const error = await request({ port }).catch((reason) => reason);
  assert.match(error.code, /^HPE_/);
}));

test('an answer that ends with the connection', () => withAnswer('HTTP/1.0 200 Fine\r\nX-A: b\r\n\r\nuntil the end', async (port) => {
  const { res, body } = await request({ port });
  assert.deepStrictEqual([res.httpVersion, res.statusMessage, res.headers['x-a'], body], ['1.0', 'Fine', 'b', 'until the end']);
}));

test('trailers of a response', () => withServer((req, res) => {
  res.setHeader('Trailer', 'X-T');
  res.write('x');
  res.addTrailers({ 'X-T': 'v' });
  res.end();
}, async (port) => {
  const { res } = await request({ port });
  assert.deepStrictEqual(res.trailers, { 'x-t': 'v' });
}));

test('information events', () => withServer((req, res) => {
  res.writeEarlyHints({ link: '</a>; rel=preload' });
  res.end();
}, async (port) => {
  const seen = await new Promise((resolve, reject) => {
    const req = http.get({ port, host: '127.0.0.1' }, (res) => res.resume());
    req.on('information', resolve);
    req.on('error', reject);
  });
  assert.strictEqual(seen.statusCode, 103);
  assert.strictEqual(seen.headers.link, '</a>; rel=preload');
}));

test('Expect: 100-continue', () => withServer(async (req, res) => {
  let body = '';
  for await (const chunk of req) body += chunk;
  res.end(body);
}, async (port) => {
  const body = await new Promise((resolve, reject) => {
    const req = http.request({ port, host: '127.0.0.1', method: 'POST', headers: { Expect: '100-continue' } }, (res) => collect(res).then(resolve, reject));
    req.on('continue', () => req.end('now'));
    req.on('error', reject);
    req.flushHeaders();
  });
  assert.strictEqual(body, 'now');
}));

test('upgrade', () => withServer(() => {}, async (port, server) => {
  server.on('upgrade', (req, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhead');
    socket.on('data', (data) => socket.end(data));
  });
  const [res, socket, head] = await new Promise((resolve, reject) => {
    const req = http.request({ port, host: '127.0.0.1', headers: { Connection: 'Upgrade', Upgrade: 'echo' } });
    req.on('upgrade', (...all) => resolve(all));
    req.on('error', reject);
    req.end();
  });
  assert.strictEqual(res.statusCode, 101);
  let got = String(head);
  socket.on('data', (data) => { got += data; });
  socket.write('ping');
  await once(socket, 'close');
  assert.strictEqual(got, 'headping');
}));

test('timeout event, then destroy', () => withServer(() => {}, async (port) => {
  const error = await new Promise((resolve) => {
    const req = http.get({ port, host: '127.0.0.1', timeout: 30 });
    req.on('timeout', () => req.destroy(new Error('too slow')));
    req.on('error', resolve);
  });
  assert.strictEqual(error.message, 'too slow');
}));

test('an AbortSignal ends a request', () => withServer(() => {}, async (port) => {
  const controller = new AbortController();
  const error = await new Promise((resolve) => {
    const req = http.get({ port, host: '127.0.0.1', signal: controller.signal });
    req.on('error', resolve);
    setTimeout(() => controller.abort(), 10);
  });
  assert.deepStrictEqual([error.name, error.code], ['AbortError', 'ABORT_ERR']);
}));

test('destroying a response ends its connection', () => withServer((req, res) => {
  res.write('x');
  res.on('close', () => req.app('closed'));
}, async (port, server) => {
  const closed = new Promise((resolve) => { server.prependListener('request', (req) => { req.app = resolve; }); });
  await new Promise((resolve, reject) => {
    http.get({ port, host: '127.0.0.1', agent: false }, (res) => {
      res.destroy();
      res.on('close', resolve);
    }).on('error', reject);
  });
  assert.strictEqual(await closed, 'closed');
}));

test('options are checked', () => {
  assert.throws(() => http.request({ path: '/a b' }), { code: 'ERR_UNESCAPED_CHARACTERS' });
  assert.throws(() => http.request({ protocol: 'https:' }), { code: 'ERR_INVALID_PROTOCOL' });
  assert.throws(() => http.request({ method: 'A B' }), { code: 'ERR_INVALID_HTTP_TOKEN' });
  assert.throws(() => http.request({ host: 5 }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => http.request('not a url'), { code: 'ERR_INVALID_URL' });
});

test('createConnection of one\'s own', () => withServer((req, res) => res.end('mine'), async (port) => {
  let made = 0;
  const { body } = await request({
    port,
    createConnection: (options) => {
      made++;
      return net.connect(options.port, options.host);
    },
  });
  assert.deepStrictEqual([body, made], ['mine', 1]);
}));

test('many requests at once, large answers', () => withServer((req, res) => res.end('x'.repeat(200000)), async (port) => {
  const all = await Promise.all(Array.from({ length: 20 }, () => request({ port })));
  assert.ok(all.every(({ body }) => body.length === 200000));
}));
