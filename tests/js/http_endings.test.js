'use strict';
// How messages end: bodies without a byte that are read late, aborts that either side sees, bytes nobody asked for.
const http = require('http');
const net = require('net');
const { once } = require('events');
const { test, assert } = require('./harness');

async function served(listener, use) {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new http.Agent({ keepAlive: true });
  try {
    await use({ port: server.address().port, host: '127.0.0.1', agent }, server);
  } finally {
    agent.destroy();
    server.close();
    server.closeAllConnections();
  }
}

/** One turn of the loop later. */
const later = () => new Promise((resolve) => { setImmediate(resolve); });

test('a body without a byte ends for a reader who comes late', async () => {
  const listeners = {
    length: (req, res) => res.end(),
    chunked: (req, res) => { res.flushHeaders(); res.end(); },
    close: (req, res) => { res.removeHeader('transfer-encoding'); res.flushHeaders(); res.end(); },
    notModified: (req, res) => { res.writeHead(304, { 'Content-Length': 5 }); res.end(); },
  };
  for (const [name, listener] of Object.entries(listeners)) {
    await served(listener, async (options) => {
      const req = http.get(options);
      const [res] = await once(req, 'response');
      for (let i = 0; i < 3; i++) await later();
      res.on('data', () => assert.fail(name));
      await once(res, 'end');
      assert.strictEqual(res.complete, true, name);
    });
  }
  await served((req, res) => res.end('hidden'), async (options) => {
    const [res] = await once(http.request({ ...options, method: 'HEAD' }).end(), 'response');
    await later();
    await once(res.resume(), 'end');
  });
});

test('a response that nobody reads holds its connection; once read it is free', async () => {
  await served((req, res) => res.end('body'), async (options) => {
    const { agent } = options;
    const req = http.get(options);
    const closed = once(req, 'close');
    const [res] = await once(req, 'response');
    await later();
    assert.strictEqual(Object.keys(agent.freeSockets).length, 0);
    res.resume();
    await closed;
    assert.strictEqual(Object.values(agent.freeSockets)[0].length, 1);
  });
});

test('fetch: late readers, aborts in the same turn, bodies of any method', async () => {
  await served((req, res) => {
    let size = 0;
    if (req.url === '/silent') return;
    req.on('data', (chunk) => { size += chunk.length; });
    req.on('end', () => (req.url === '/empty' ? res.end() : res.end(`${req.method} ${size}`)));
  }, async ({ port }) => {
    const base = `http://127.0.0.1:${port}`;
    const empty = await fetch(`${base}/empty`);
    await later();
    assert.strictEqual(await empty.text(), '');
    const controller = new AbortController();
    const aborted = fetch(`${base}/silent`, { signal: controller.signal });
    controller.abort();
    await assert.rejects(aborted, { name: 'AbortError' });
    const body = () => new Blob(['hello']).stream();
    for (const method of ['DELETE', 'POST']) {
      const answer = await fetch(base, { method, body: body(), duplex: 'half' });
      assert.strictEqual(await answer.text(), `${method} 5`);
    }
  });
});

test('an aborted client is seen by a request without a body', async () => {
  const seen = [];
  let over;
  const end = new Promise((resolve) => { over = resolve; });
  await served((req, res) => {
    for (const type of ['aborted', 'error', 'close']) req.on(type, (error) => seen.push(error?.code ?? type));
    res.on('close', () => seen.push(`res ${res.writableFinished}`));
    req.on('close', over);
    res.write('event');
  }, async (options) => {
    const req = http.get(options).on('error', () => {});
    const [res] = await once(req, 'response');
    res.on('error', () => {});
    req.destroy();
    await end;
    await later();
    assert.deepStrictEqual(seen.slice().sort(), ['ECONNRESET', 'aborted', 'close', 'res false']);
  });
});

test('and by one whose body nobody reads', async () => {
  await served((req) => {
    req.on('close', () => req.emit('seen'));
    req.on('error', () => {});
  }, async (options, server) => {
    const client = net.connect(options.port, '127.0.0.1', () => client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc'));
    const [req] = await once(server, 'request');
    const seen = new Promise((resolve) => { req.on('seen', resolve); });
    client.destroy();
    await seen;
    assert.strictEqual(req.aborted, true);
  });
});

test('a body cut short is a clientError', async () => {
  const server = http.createServer((req) => req.resume().on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect(server.address().port, '127.0.0.1',
    () => client.end('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc'));
  const [error, socket] = await once(server, 'clientError');
  assert.strictEqual(error.code, 'HPE_INVALID_EOF_STATE');
  socket.destroy();
  server.close();
});

test('bytes after a complete response close the connection; the response stays whole', async () => {
  const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
  const server = net.createServer((socket) => {
    socket.on('data', () => socket.end(answer + answer));
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new http.Agent({ keepAlive: true });
  const req = http.get({ port: server.address().port, host: '127.0.0.1', agent });
  const closed = once(req, 'close');
  const [res] = await once(req, 'response');
  let text = '';
  res.on('data', (chunk) => { text += chunk; });
  await once(res, 'end');
  assert.strictEqual(text, 'hello');
  await closed;
  assert.deepStrictEqual(Object.keys(agent.freeSockets), []);
  server.close();
});

test('bytes on an idle connection are no later request\'s answer', async () => {
  const sockets = [];
  await served((req, res) => {
    sockets.push(req.socket);
    res.end(req.url);
  }, async (options) => {
    const read = async (path) => {
      const req = http.get({ ...options, path });
      const closed = once(req, 'close');
      const [res] = await once(req, 'response');
      const text = String(await once(res, 'data'));
      await closed;
      return text;
    };
    assert.strictEqual(await read('/1'), '/1');
    const [free] = Object.values(options.agent.freeSockets)[0];
    const closed = once(free, 'close');
    sockets[0].write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
    await closed;
    assert.strictEqual(await read('/2'), '/2');
    assert.notStrictEqual(sockets[1], sockets[0]);
  });
});

test('end() tells its callbacks before finish, again for a second end()', async () => {
  const events = [];
  await served((req, res) => {
    res.on('finish', () => {
      events.push('finish');
      res.end((error) => events.push(error.code));
    });
    res.end('x', () => events.push('first'));
    res.end((error) => events.push(error));
    assert.strictEqual(req.complete, false); // its end has not been looked at
  }, async (options) => {
    const req = http.get(options);
    const closed = once(req, 'close');
    const [res] = await once(req, 'response');
    res.resume();
    await closed;
    assert.deepStrictEqual(events, ['first', null, 'finish', 'ERR_STREAM_ALREADY_FINISHED']);
  });
});

test('server.setTimeout fires for a request without an answer; informational answers, the upgrade callback', async () => {
  const server = http.createServer({ shouldUpgradeCallback: (req) => req.url === '/up' }, (req, res) => {
    res.writeInformation(110, { 'X-Progress': '50%' });
    res.end('plain');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.on('upgrade', (req, socket) => socket.end('HTTP/1.1 101 Up\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'));
  const options = { port: server.address().port, headers: { Connection: 'Upgrade', Upgrade: 'x' }, agent: false };
  const plain = http.get(options);
  const answered = once(plain, 'response');
  const [information] = await once(plain, 'information');
  assert.deepStrictEqual([information.statusCode, information.headers['x-progress']], [110, '50%']);
  const [answer] = await answered;
  await once(answer.resume(), 'end');
  const [, socket] = await once(http.get({ ...options, path: '/up' }), 'upgrade');
  socket.destroy();
  server.close();
  const silent = http.createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  silent.setTimeout(20);
  http.get({ port: silent.address().port, agent: false }).on('error', () => {});
  const [late] = await once(silent, 'timeout');
  late.destroy();
  silent.close();
});
