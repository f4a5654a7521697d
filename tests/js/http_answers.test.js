'use strict';
// Answers at the edges: what a client gets where an app's answer is unusual.
const http = require('http');
const net = require('net');
const { once } = require('events');
const { test, assert } = require('./harness');

/** What `request` (raw) gets from `listener` until the connection ends, or `until` (a RegExp) matches. */
async function ask(listener, request, until, options = {}, prepare = () => {}) { // eslint-disable-line max-params
  const server = http.createServer(options, listener).listen(0, '127.0.0.1');
  prepare(server);
  await once(server, 'listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  let text = '';
  let ended = false;
  client.on('error', () => {});
  client.on('close', () => { ended = true; });
  client.write(request);
  await new Promise((resolve) => {
    client.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (until?.test(text)) resolve();
    });
    client.on('close', resolve);
  });
  client.destroy();
  server.close();
  await once(server, 'close');
  return { text, ended };
}

test('a reason phrase may be longer than any of HTTP', async () => {
  const reason = 'r'.repeat(500);
  for (const listener of [
    (req, res) => { res.writeHead(200, reason); res.end('body'); },
    (req, res) => { res.statusMessage = reason; res.write('bo'); res.end('dy'); },
  ]) {
    const { text } = await ask(listener, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.ok(text.startsWith(`HTTP/1.1 200 ${reason}\r\n`), text);
  }
});

test('a reason phrase with control characters or beyond Latin-1 is refused', async () => {
  const codes = [];
  await ask((req, res) => {
    for (const bad of ['a\r\nb', 'a\0', '\u4e00']) {
      res.statusMessage = bad;
      try { res.writeHead(200); } catch (error) { codes.push(error.code); }
    }
    res.statusMessage = 'gr\u00fcn\t';
    res.end();
  }, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.deepStrictEqual(codes, ['ERR_INVALID_CHAR', 'ERR_INVALID_CHAR', 'ERR_INVALID_CHAR']);
});

test('HTTP/1.0: the connection goes on only after a length of the app\'s own', async () => {
  const request = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n';
  const plain = await ask((req, res) => res.end('ok'), request);
  assert.match(plain.text, /Connection: close\r\n/);
  assert.strictEqual(plain.ended, true);
  const own = await ask((req, res) => { res.setHeader('Content-Length', 2); res.end('ok'); }, request, /ok$/);
  assert.match(own.text, /Connection: keep-alive\r\n/);
});

test('server.close inside a request: the answer arrives, then close', async () => {
  const server = http.createServer((req, res) => {
    server.close();
    assert.strictEqual(server.address(), null);
    res.end('bye');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const closed = once(server, 'close');
  const response = await new Promise((resolve) => http.get({ port: server.address().port, agent: false }, resolve));
  response.resume();
  await closed;
  assert.strictEqual(response.statusCode, 200);
});

if (process.versions.jsd) {
  // Node waits for the rest until requestTimeout.
  test('an upload that is read halfway and answered does not hold its connection', async () => {
    let requests = 0;
    const { text } = await ask((req, res) => {
      if (++requests > 1) {
        res.end('second');
        return;
      }
      req.once('data', () => {
        req.pause();
        res.end('first');
      });
    }, `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 600000\r\n\r\n${'x'.repeat(600000)}GET / HTTP/1.1\r\nHost: x\r\n\r\n`, /second$/);
    assert.match(text, /first[^]*second$/);
  });

  test('an answer that cannot be sent ends its connection', async () => {
    const { text, ended } = await ask((req, res) => {
      res.writeHead(150);
      res.end();
    }, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.strictEqual(text, '');
    assert.strictEqual(ended, true);
  });
}

test('end(data, callback) calls back although nobody listens for anything else', async () => {
  let called = 0;
  await ask((req, res) => { res.end('x', () => { called++; }); }, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.strictEqual(called, 1);
});

test('what comes after maxRequestsPerSocket gets a 503 and is no request', async () => {
  const server = http.createServer((req, res) => res.end(req.url)).listen(0, '127.0.0.1');
  server.maxRequestsPerSocket = 2;
  const dropped = [];
  server.on('dropRequest', (req, socket) => dropped.push(req.url, socket instanceof net.Socket));
  await once(server, 'listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  let text = '';
  client.write(['/1', '/2', '/3'].map((url) => `GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
  await new Promise((resolve) => {
    client.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (/ 503 [^]*0\r\n\r\n$/.test(text)) resolve();
    });
    client.on('close', resolve);
  });
  client.destroy();
  server.close();
  await once(server, 'close');
  assert.deepStrictEqual(text.match(/HTTP\/1.1 \d+|Connection: [a-z-]+/g),
    ['HTTP/1.1 200', 'Connection: keep-alive', 'HTTP/1.1 200', 'Connection: close', 'HTTP/1.1 503', 'Connection: close']);
  assert.deepStrictEqual(dropped, ['/3', true]);
});

test('insecureHTTPParser: control characters in values, and several Hosts, of which the first counts', async () => {
  const request = 'GET / HTTP/1.1\r\nHost: one\r\nhost: two\r\nX: a\x08b\r\nConnection: close\r\n\r\n';
  let headers;
  const listener = (req, res) => { ({ headers } = req); res.end(); };
  assert.match((await ask(listener, request)).text, /^HTTP\/1.1 400 /);
  assert.match((await ask(listener, request, undefined, { insecureHTTPParser: true })).text, /^HTTP\/1.1 200 /);
  assert.deepStrictEqual([headers.host, headers.x], ['one', 'a\bb']);
});

test('what is no request reaches the error listeners of its socket, and is answered', async () => {
  const errors = [];
  const { text } = await ask(() => {}, 'FOO /\r\n', undefined, {}, (server) => {
    server.on('connection', (socket) => socket.on('error', (error) => errors.push(error.code, error.bytesParsed, `${error.rawPacket}`)));
  });
  assert.strictEqual(text, 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  assert.deepStrictEqual(errors, ['HPE_INVALID_METHOD', 1, 'FOO /\r\n']);
});

test('a request destroyed before it had its socket leaves it to the next', async () => {
  const server = http.createServer((req, res) => res.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new http.Agent({ keepAlive: true });
  let sockets = 0;
  agent.createConnection = (options) => { sockets++; return net.connect(options); };
  for (let i = 0; i < 3; i++) {
    const req = http.get({ port: server.address().port, host: '127.0.0.1', agent });
    req.on('error', () => {});
    if (i < 2) req.destroy();
    else (await once(req, 'response'))[0].resume();
    await new Promise((resolve) => req.on('close', resolve));
  }
  agent.destroy();
  server.close();
  await once(server, 'close');
  assert.strictEqual(sockets, 1);
});

test('a request has its socket also when the answer is over', async () => {
  const found = [];
  await ask((req, res) => {
    req.on('end', () => found.push(req.socket?.remoteAddress));
    res.end();
  }, 'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi');
  assert.deepStrictEqual(found, ['127.0.0.1']);
});

test('a stream given to a server that does not listen keeps the process until it is answered', () => {
  const { status, stdout } = require('child_process').spawnSync(process.execPath, ['-e', `
    const http = require('http');
    const [client, side] = require('stream').duplexPair();
    http.createServer((req, res) => res.end(req.url)).emit('connection', side);
    http.get({ path: '/there', createConnection: () => client }, (res) => res.on('data', (data) => console.log(String(data))));`],
  { encoding: 'utf8' });
  assert.deepStrictEqual([status, stdout], [0, '/there\n']);
});
