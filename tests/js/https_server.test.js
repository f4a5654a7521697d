'use strict';
// https.Server: what TLS adds to node:http's server (whose own tests run over TLS in http_server_tls.test.js).
const { test, assert } = require('./harness');
const https = require('https');
const http = require('http');
const net = require('net');
const tls = require('tls');
const EventEmitter = require('events');

const { once } = EventEmitter;
const { Duplex } = require('stream');
const { certificate } = require('./transport');

const own = certificate();
const other = certificate('other.example');

async function withServer(options, listener, use) {
  const server = https.createServer({ ...own, ...options }, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(server.address().port, server);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

/** Sends `text` over a TLS connection; gives what came until its end, and the socket. */
function exchange(port, text, options) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => socket.write(text));
    let all = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => { all += chunk; });
    socket.on('error', reject);
    socket.on('close', () => resolve({ all, socket }));
  });
}

/** Bytes of a plain connection until its end; a reset is one. */
async function plain(port, text) {
  const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  await new Promise((resolve) => socket.on('close', resolve));
  return Buffer.concat(chunks);
}

const commonName = (socket) => socket.getPeerCertificate().subject.CN;

test('req.socket is a TLSSocket that knows its connection', () => withServer({}, (req, res) => {
  const { socket } = req;
  res.end(JSON.stringify([
    socket instanceof tls.TLSSocket, socket instanceof net.Socket, socket.encrypted, socket.authorized, socket.authorizationError,
    socket.alpnProtocol, socket.servername, socket.getProtocol(), socket.getCipher().version, socket.isSessionReused(),
    socket.secureConnecting, socket.getPeerCertificate(), socket.getCertificate().subject.CN, socket.remoteAddress,
    socket.exportKeyingMaterial(16, 'label', Buffer.from('context')).toString('hex'), socket.getPeerFinished().toString('hex'),
    socket.renegotiate({}, () => {}),
  ]));
}, async (port) => {
  let exported;
  const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'localhost', ALPNProtocols: ['http/1.1'] },
    () => {
      exported = [client.exportKeyingMaterial(16, 'label', Buffer.from('context')).toString('hex'), client.getFinished().toString('hex')];
      client.write(GET);
    });
  let all = '';
  client.on('data', (chunk) => { all += chunk; });
  await once(client, 'close');
  assert.deepStrictEqual(JSON.parse(all.split('\r\n\r\n')[1]).slice(0, -1), [
    true, true, true, false, null, 'http/1.1', 'localhost', 'TLSv1.3', 'TLSv1.3', false, false, {}, 'localhost', '127.0.0.1', ...exported,
  ]);
}));

test('a handshake and a request that come byte by byte', () => withServer({}, (req, res) => res.end('slowly'), async (port) => {
  const raw = net.connect(port, '127.0.0.1');
  await once(raw, 'connect');
  raw.setNoDelay(true);
  const drops = new Duplex({
    read() {},
    write(chunk, encoding, callback) {
      let i = 0;
      (function next() {
        if (i < chunk.length) raw.write(chunk.subarray(i, ++i), () => setImmediate(next));
        else callback();
      })();
    },
    final(callback) { raw.end(callback); },
  });
  raw.on('error', () => {}); // the farewell of a client whose server has gone
  raw.on('data', (chunk) => drops.push(chunk));
  raw.on('end', () => drops.push(null));
  const { all } = await exchange(port, GET, { socket: drops });
  assert.match(all, /slowly$/);
}));

test('who speaks no TLS is a tlsClientError and a clientError, and is closed', () => withServer({}, () => {}, async (port, server) => {
  const seen = [];
  server.on('tlsClientError', (error, socket) => seen.push(error.code, socket instanceof tls.TLSSocket));
  await plain(port, GET);
  assert.deepStrictEqual(seen, ['ERR_SSL_HTTP_REQUEST', true]);
  server.on('clientError', (error, socket) => {
    seen.push(error.code);
    socket.destroy();
  });
  await plain(port, 'nonsense that is no record\r\n\r\n');
  assert.match(seen[2], /^ERR_SSL_/);
  assert.strictEqual(seen[3], seen[2]);
}));

test('a handshake that stops ends after handshakeTimeout', () => withServer({ handshakeTimeout: 50 }, () => {}, async (port, server) => {
  const failed = once(server, 'tlsClientError');
  const socket = net.connect(port, '127.0.0.1', () => socket.write(Buffer.from([22, 3, 1, 2, 0, 1])));
  socket.on('error', () => {});
  const [error] = await failed;
  assert.strictEqual(error.code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
  await once(socket, 'close');
}));

test('who hangs up in the handshake is a tlsClientError', () => withServer({}, () => {}, async (port, server) => {
  const failed = once(server, 'tlsClientError');
  const socket = net.connect(port, '127.0.0.1', () => socket.end(Buffer.from([22, 3, 1, 2, 0, 1])));
  socket.resume();
  const [error] = await failed;
  assert.strictEqual(error.code, 'ECONNRESET');
}));

test('secureConnection comes before the request, with its socket', () => withServer({}, null, async (port, server) => {
  const order = [];
  server.on('secureConnection', (socket) => order.push('secure', socket));
  server.on('request', (req, res) => {
    order.push(req.socket);
    res.end();
  });
  await exchange(port, GET);
  assert.strictEqual(order[0], 'secure');
  assert.strictEqual(order[1], order[2]);
}));

test('a client certificate: optional', () => withServer({ requestCert: true, rejectUnauthorized: false, ca: own.cert }, (req, res) => {
  const { authorized, authorizationError } = req.socket;
  res.end(JSON.stringify([authorized, authorizationError, req.socket.getPeerCertificate().subject?.CN ?? null]));
}, async (port) => {
  const seen = async (options) => JSON.parse((await exchange(port, GET, options)).all.split('\r\n\r\n')[1]);
  assert.deepStrictEqual(await seen({}), [false, 'UNABLE_TO_GET_ISSUER_CERT', null]);
  assert.deepStrictEqual(await seen(own), [true, null, 'localhost']);
  assert.deepStrictEqual(await seen(other), [false, 'DEPTH_ZERO_SELF_SIGNED_CERT', 'other.example']);
}));

test('a client certificate: required', () => withServer({ requestCert: true, ca: own.cert }, (req, res) => res.end('in'), async (port, server) => {
  const errors = [];
  server.on('tlsClientError', (error) => errors.push(error.code));
  assert.match((await exchange(port, GET, own)).all, /in$/);
  for (const options of [{}, other]) {
    const outcome = await exchange(port, GET, options).then(({ all }) => all, (error) => error.code);
    assert.doesNotMatch(outcome, /in$/);
  }
  assert.strictEqual(errors.length, 2);
}));

test('addContext, and SNICallback at once or later, choose the certificate', async () => {
  const context = tls.createSecureContext(other);
  const ask = (port, servername) => new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, servername }, () => {
      const name = commonName(socket);
      socket.end(GET);
      socket.resume();
      socket.on('close', () => resolve(name));
    });
    socket.on('error', reject);
  });
  await withServer({}, (req, res) => res.end(), async (port, server) => {
    server.addContext('*.example', context);
    assert.deepStrictEqual([await ask(port, 'other.example'), await ask(port, 'localhost'), await ask(port, '')],
      ['other.example', 'localhost', 'localhost']);
  });
  for (const defer of [(fn) => fn(), (fn) => setTimeout(fn, 20)]) {
    const SNICallback = (name, callback) => defer(() => callback(null, name === 'other.example' ? context : undefined));
    await withServer({ SNICallback }, (req, res) => res.end(), async (port) => {
      assert.deepStrictEqual([await ask(port, 'other.example'), await ask(port, 'localhost')], ['other.example', 'localhost']);
    });
  }
});

test('an SNICallback that fails, and a client that leaves while it takes its time', async () => {
  const SNICallback = (name, callback) => callback(new Error('no such host'));
  await withServer({ SNICallback }, () => {}, async (port, server) => {
    const failed = once(server, 'tlsClientError');
    await assert.rejects(exchange(port, GET, { servername: 'a.example' }));
    assert.strictEqual((await failed)[0].message, 'no such host');
  });
  let late;
  const names = new EventEmitter();
  await withServer({ SNICallback: (name, callback) => { late = callback; names.emit('asked'); } }, () => {}, async (port, server) => {
    const asked = once(names, 'asked');
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'a.example' });
    socket.on('error', () => {});
    await asked;
    const failed = once(server, 'tlsClientError');
    socket.destroy();
    assert.strictEqual((await failed)[0].code, 'ECONNRESET');
    late(null, undefined);
  });
});

test('a session is taken up again, also by another server with the same ticket keys', () => {
  const ticketKeys = Buffer.alloc(48, 7);
  const listener = (req, res) => res.end(String(req.socket.isSessionReused()));
  return withServer({ ticketKeys }, listener, async (port, server) => {
    assert.deepStrictEqual(server.getTicketKeys(), ticketKeys);
    const first = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => first.write(GET));
    first.resume();
    const [session] = await once(first, 'session');
    await once(first, 'close');
    assert.match((await exchange(port, GET, { session })).all, /true$/);
    await withServer({ ticketKeys }, listener, async (second) => {
      assert.match((await exchange(second, GET, { session })).all, /true$/);
    });
    await withServer({}, listener, async (third) => {
      assert.match((await exchange(third, GET, { session })).all, /false$/);
    });
  });
});

test('setSecureContext: new connections have the new certificate, old ones go on', () => withServer({}, (req, res) => res.end('ok'), async (port, server) => {
  const connect = async () => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    return socket;
  };
  const before = await connect();
  server.setSecureContext(other);
  const after = await connect();
  assert.deepStrictEqual([commonName(before), commonName(after)], ['localhost', 'other.example']);
  for (const socket of [before, after]) {
    socket.write(GET);
    assert.match(String((await once(socket, 'data'))[0]), /200 OK/);
    socket.destroy();
  }
}));

test('keylog and OCSPRequest', () => withServer({}, (req, res) => res.end(), async (port, server) => {
  const lines = [];
  server.on('keylog', (line, socket) => lines.push(String(line), socket instanceof tls.TLSSocket));
  server.on('OCSPRequest', (cert, issuer, callback) => setTimeout(() => callback(null, Buffer.from('stapled')), 5));
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, requestOCSP: true });
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  socket.destroy();
  assert.match(lines[0], /^(SERVER|CLIENT)_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]+ [0-9a-f]+\n$/);
  assert.strictEqual(lines[1], true);
}));

test('ALPN: only http/1.1 unless the app says otherwise', () => withServer({}, (req, res) => res.end(String(req.socket.alpnProtocol)), async (port) => {
  assert.match((await exchange(port, GET, { ALPNProtocols: ['h2', 'http/1.1'] })).all, /http\/1.1$/);
  assert.match((await exchange(port, GET)).all, /false$/);
  await assert.rejects(exchange(port, GET, { ALPNProtocols: ['nothing'] }), { code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL' });
}));

test('a megabyte up, and several down to a reader that takes its time', () => withServer({}, async (req, res) => {
  let size = 0;
  for await (const chunk of req) size += chunk.length;
  res.write(`${size} `);
  for (let i = 0; i < 64; i++) if (!res.write('y'.repeat(65536))) await once(res, 'drain');
  res.end(Buffer.alloc(300000, 'z'));
}, async (port) => {
  const body = 'x'.repeat(1 << 20);
  const req = https.request({ port, host: '127.0.0.1', method: 'POST', rejectUnauthorized: false, agent: false });
  req.end(body);
  const [res] = await once(req, 'response');
  let all = 0;
  let head = '';
  for await (const chunk of res) {
    if (all === 0) head = String(chunk.subarray(0, 8));
    all += chunk.length;
    if (all < 200000) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.deepStrictEqual([head, all], ['1048576 ', 8 + 64 * 65536 + 300000]);
}));

// Node closes after the first.
test('a thousand requests in a pipeline, answered in order', () => {
  let count = 0;
  return withServer({}, (req, res) => res.end(`<${count++}:${req.url.slice(1)}>`), async (port) => {
    let text = '';
    for (let i = 0; i < 1000; i++) text += `GET /${i} HTTP/1.1\r\nHost: a\r\n${i === 999 ? 'Connection: close\r\n' : ''}\r\n`;
    const { all } = await exchange(port, text);
    assert.deepStrictEqual(all.match(/<\d+:\d+>/g), Array.from({ length: 1000 }, (_, i) => `<${i}:${i}>`));
  });
});

const strict = [
  ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
  ['a folded line', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n'],
  ['TE: identity, chunked', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n'],
];
for (const [name, text] of strict) {
  test(`${name} is refused over TLS and on a stream of the app's own`, async () => {
    let served = 0;
    await withServer({}, (req, res) => { served++; res.end(); }, async (port) => {
      assert.match((await exchange(port, text)).all, /^HTTP\/1\.1 (400|501) /);
    });
    const server = http.createServer((req, res) => { served++; res.end(); });
    const stream = pair();
    server.emit('connection', stream.server);
    stream.client.write(text);
    let all = '';
    for await (const chunk of stream.client) all += chunk;
    assert.match(all, /^HTTP\/1\.1 (400|501) /);
    assert.strictEqual(served, 0);
  });
}

/** Two Duplexes, each the other's other end. */
function pair() {
  const side = (peer) => new Duplex({
    read() {},
    write(chunk, encoding, callback) { peer().push(chunk); callback(); },
    final(callback) { peer().push(null); callback(); },
  });
  const ends = { client: side(() => ends.server), server: side(() => ends.client) };
  return ends;
}

test('headersTimeout holds on TLS connections and on streams', async () => {
  const options = { headersTimeout: 50, connectionsCheckingInterval: 20 };
  await withServer(options, () => {}, async (port) => {
    assert.match((await exchange(port, 'GET / HTTP/1.1\r\n')).all, /^HTTP\/1\.1 408 /);
  });
  const server = http.createServer(options, () => {});
  const { client, server: end } = pair();
  server.emit('connection', end);
  client.write('GET / HTTP/1.1\r\n');
  let all = '';
  for await (const chunk of client) all += chunk;
  assert.match(all, /^HTTP\/1\.1 408 /);
});

test('a stream of the app\'s own: many requests leave no listeners, upgrade only for who asks', async () => {
  const upgrades = [];
  const server = http.createServer((req, res) => res.end(`<${req.method}>`));
  server.on('upgrade', (req, socket, head) => {
    upgrades.push(req.method, String(head));
    socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    socket.pipe(socket);
  });
  const { client, server: end } = pair();
  server.emit('connection', end);
  let all = '';
  client.on('data', (chunk) => { all += chunk; });
  const until = async (pattern) => { while (!pattern.test(all)) await once(client, 'data'); };
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\nPUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
  await until(/<PUT>/);
  assert.deepStrictEqual(upgrades, []);
  const listeners = end.eventNames().reduce((sum, name) => sum + end.listenerCount(name), 0);
  for (let i = 0; i < 300; i++) client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(/(<GET>[^<]*){300}/);
  assert.ok(end.eventNames().reduce((sum, name) => sum + end.listenerCount(name), 0) <= listeners + 1);
  all = '';
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nearly');
  await until(/101/);
  client.write('echo');
  await until(/echo/);
  assert.deepStrictEqual(upgrades, ['GET', 'early']);
  client.destroy();
  end.destroy();
});

test('an upgraded socket is a TLSSocket whose bytes go both ways', () => withServer({}, null, async (port, server) => {
  server.on('upgrade', (req, socket, head) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n\r\n${socket.encrypted} ${socket === req.socket} ${socket.getProtocol()} ` +
      `${socket instanceof tls.TLSSocket} ${head}`);
    socket.pipe(socket);
  });
  const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhead');
  });
  let all = '';
  client.on('data', (chunk) => { all += chunk; });
  const until = async (pattern) => { while (!pattern.test(all)) await once(client, 'data'); };
  await until(/true true TLSv1.3 true head/);
  const big = 'b'.repeat(300000);
  client.write(`${big}!`);
  await until(/b!$/);
  assert.strictEqual(all.length - all.indexOf('bbb'), 300001);
  client.end();
  await once(client, 'close');
}));

test('close waits for a handshake that is under way', () => withServer({}, (req, res) => res.end('served'), async (port, server) => {
  const accepted = once(server, 'connection');
  const raw = net.connect(port, '127.0.0.1');
  await accepted;
  const closed = once(server, 'close');
  server.close();
  assert.match((await exchange(port, GET, { socket: raw })).all, /served$/);
  await closed;
}));

test('the end of a connection says so: close_notify before the FIN', () => withServer({}, (req, res) => res.end('x'), async (port) => {
  const { spawn } = require('child_process');
  const client = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-quiet', '-ign_eof', '-no_ign_eof'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  client.stderr.on('data', (chunk) => { errors += chunk; });
  client.stdout.resume();
  client.stdin.write(GET);
  const [code] = await once(client, 'close');
  assert.doesNotMatch(errors, /unexpected eof/i);
  assert.strictEqual(code, 0);
}));

test('renegotiation is refused', () => withServer({ maxVersion: 'TLSv1.2' }, (req, res) => res.end('x'), async (port) => {
  const { spawn } = require('child_process');
  const client = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-legacy_renegotiation', '-tls1_2'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let all = '';
  for (const out of [client.stdout, client.stderr]) out.on('data', (chunk) => {
    all += chunk;
    if (/Verify return code/.test(all) && !/RENEGOTIATING/.test(all)) client.stdin.write('R\n');
    if (/no renegotiation|RENEGOTIATING[^]*error/i.test(all)) client.kill();
  });
  await once(client, 'close');
  assert.match(all, /no renegotiation|RENEGOTIATING[^]*error/i);
}));

/** What a request on its own connection is answered, or the code of the error that ends it. */
const answered = (port, options) => exchange(port, GET, options).then(({ all }) => all.split('\r\n\r\n')[1] ?? 'nothing', (error) => error.code);

test('ALPNCallback chooses, refuses, and is told of its mistakes', async () => {
  const seen = [];
  const failures = [];
  const ALPNCallback = function ALPNCallback(offer) {
    seen.push([this instanceof tls.TLSSocket, offer.servername, ...offer.protocols]);
    return { first: offer.protocols[0], bad: 'zz' }[offer.protocols[1]];
  };
  await withServer({ ALPNCallback }, (req, res) => res.end(String(req.socket.alpnProtocol)), async (port, server) => {
    server.on('tlsClientError', (error) => failures.push(error.code));
    assert.equal(await answered(port, { servername: 'localhost', ALPNProtocols: ['a', 'first'] }), 'a');
    assert.equal(await answered(port, { ALPNProtocols: ['a', 'none'] }), 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
    assert.equal(await answered(port, { ALPNProtocols: ['a', 'bad'] }), 'ECONNRESET');
    assert.equal(await answered(port, {}), 'false');
    assert.deepEqual(seen, [[true, 'localhost', 'a', 'first'], [true, false, 'a', 'none'], [true, false, 'a', 'bad']]);
    assert.deepEqual(failures, ['ERR_SSL_NO_APPLICATION_PROTOCOL', 'ERR_TLS_ALPN_CALLBACK_INVALID_RESULT']);
  });
  assert.throws(() => https.createServer({ ...own, ALPNCallback, ALPNProtocols: ['a'] }), { code: 'ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS' });
});

test('h2 that the app promises by ALPNProtocols is HTTP/1.1 still', () => withServer({ ALPNProtocols: ['h2', 'http/1.1'] },
  (req, res) => res.end(`${req.socket.alpnProtocol} ${req.httpVersion}`), async (port) => {
    assert.equal(await answered(port, { ALPNProtocols: ['h2'] }), 'h2 1.1');
  }));

for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
  test(`pre-shared keys, ${maxVersion}`, async () => {
    const psk = Buffer.from('d731ef57be09e5204f0b205b60627028', 'hex');
    const ciphers = 'PSK+HIGH:TLS_AES_128_GCM_SHA256';
    const seen = [];
    const pskCallback = (socket, name) => {
      seen.push([socket instanceof tls.TLSSocket, name]);
      return { bytes: psk, object: { psk }, other: Buffer.alloc(16), bad: 'text' }[name];
    };
    const options = { key: undefined, cert: undefined, pskCallback, pskIdentityHint: 'hint', ciphers, maxVersion };
    await withServer(options, (req, res) => res.end('by key'), async (port) => {
      const hints = [];
      const as = (identity) => answered(port, { ciphers, maxVersion, checkServerIdentity() {}, pskCallback(hint) { hints.push(hint); return { psk, identity }; } });
      assert.equal(await as('bytes'), 'by key');
      assert.equal(await as('object'), 'by key');
      assert.deepEqual(hints, Array(2).fill(maxVersion === 'TLSv1.2' ? 'hint' : null));
      assert.deepEqual(seen, [[true, 'bytes'], [true, 'object']]);
      assert.match(await as('other'), /^ERR_SSL_/);
      assert.match(await as('nobody'), /^ERR_SSL_/);
      assert.equal(await as('bad'), 'ECONNRESET');
    });
  });
}

test('newSession and resumeSession: the handshake waits for both', () => withServer({ maxVersion: 'TLSv1.2',
  secureOptions: require('constants').SSL_OP_NO_TICKET }, (req, res) => { order.push('request'); res.end(`${req.socket.isSessionReused()}`); }, async (port, server) => {
  const store = new Map();
  server.on('newSession', (id, session, done) => {
    store.set(id.toString('hex'), session);
    order.push('new');
    setTimeout(() => { order.push('stored'); done(); }, 20);
  });
  server.on('resumeSession', (id, done) => {
    order.push('find');
    setTimeout(() => { order.push('found'); done(null, store.get(id.toString('hex')) ?? null); }, 20);
  });
  const first = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const [session] = await once(first, 'session');
  first.write(GET);
  let all = '';
  for await (const chunk of first) all += chunk;
  assert.match(all, /\r\n\r\nfalse$/);
  assert.deepEqual(order.splice(0).filter((what) => !what.startsWith('f')), ['new', 'stored', 'request']);
  assert.equal(await answered(port, { session }), 'true');
  assert.deepEqual(order.splice(0), ['find', 'found', 'request']);
  store.clear();
  assert.equal(await answered(port, { session }), 'false'); // not known: a new one
  assert.deepEqual(order.splice(0), ['find', 'found', 'new', 'stored', 'request']);
  server.removeAllListeners('resumeSession');
  const failures = [];
  server.on('resumeSession', (id, done) => done(new Error('no')));
  server.on('tlsClientError', (error) => failures.push(error.message));
  assert.equal(await answered(port, { session }), 'ECONNRESET');
  assert.deepEqual(failures, ['no']);
}));
const order = [];
