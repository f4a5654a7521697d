'use strict';
// node:http's server with a client of plain sockets, so that what goes over the wire is what is looked at.
const { test, assert } = require('./harness');
const http = require('http');
const net = require('net');
const { once } = require('events');
const transport = require('./transport');

/** A server on a free port with `listener`; `use(port, server)` runs while it is up. */
async function withServer(options, listener, use) {
  if (typeof options === 'function') [options, listener, use] = [{}, options, listener];
  const server = transport.createServer(options, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(server.address().port, server);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Sends `text` and gives what came back until the other side closed. */
function exchange(port, text, { keep } = {}) {
  return new Promise((resolve, reject) => {
    const socket = transport.connect(port, '127.0.0.1', () => socket.write(text));
    let all = '';
    socket.setEncoding('latin1');
    socket.on('data', (data) => {
      all += data;
      if (keep && keep(all)) socket.destroy();
    });
    socket.on('error', (error) => (error.code === 'ECONNRESET' ? resolve(all) : reject(error)));
    socket.on('close', () => resolve(all));
  });
}
const get = (path, headers = '', method = 'GET') => `${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers}\r\n`;

test('a request has method, url, version, headers and raw headers', () => withServer((req, res) => {
  res.end(JSON.stringify({
    method: req.method, url: req.url, version: req.httpVersion, headers: req.headers, raw: req.rawHeaders, complete: req.complete,
  }));
}, async (port) => {
  const answer = await exchange(port, get('/a?b=c', 'X-One: 1\r\nx-one: 2\r\nCookie: a=1\r\nCookie: b=2\r\nSet-Cookie: x\r\n'));
  const seen = JSON.parse(answer.split('\r\n\r\n')[1]);
  assert.strictEqual(seen.method, 'GET');
  assert.strictEqual(seen.url, '/a?b=c');
  assert.strictEqual(seen.version, '1.1');
  assert.deepStrictEqual(seen.headers, {
    host: 'a', connection: 'close', 'x-one': '1, 2', cookie: 'a=1; b=2', 'set-cookie': ['x'],
  });
  assert.deepStrictEqual(seen.raw.slice(4, 8), ['X-One', '1', 'x-one', '2']);
}));

test('every name of http.METHODS reaches the app as it was sent', () => withServer((req, res) => {
  res.setHeader('X-Method', String(req.method));
  res.end();
}, async (port) => {
  for (const method of http.METHODS.filter((name) => name !== 'CONNECT')) {
    const answer = await exchange(port, get('/', 'Content-Length: 0\r\n', method));
    assert.strictEqual(/X-Method: (\S+)/.exec(answer)?.[1], method);
  }
}));

test('headersDistinct keeps each value', () => withServer((req, res) => res.end(JSON.stringify(req.headersDistinct['x-a'])), async (port) => {
  assert.match(await exchange(port, get('/', 'X-A: 1\r\nX-A: 2\r\n')), /\["1","2"\]$/);
}));

test('end with a string: length, date and connection lines', () => withServer((req, res) => res.end('größe'), async (port) => {
  const answer = Buffer.from(await exchange(port, get('/')), 'latin1').toString();
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /\r\nContent-Length: 7\r\n/);
  assert.match(answer, /\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
  assert.match(answer, /\r\nConnection: close\r\n/);
  assert.ok(answer.endsWith('\r\n\r\ngröße'));
}));

test('writes are chunked, and trailers follow them', () => withServer((req, res) => {
  res.setHeader('Trailer', 'X-T');
  res.write('one');
  res.write(Buffer.from('two'));
  res.addTrailers({ 'X-T': 'end' });
  res.end('three');
}, async (port) => {
  const answer = await exchange(port, get('/'));
  assert.match(answer, /Transfer-Encoding: chunked\r\n/);
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  assert.match(body, /0\r\nX-T: end\r\n\r\n$/);
  assert.strictEqual(body.replace(/(^|\r\n)[0-9a-f]+\r\n/g, '').replace(/X-T.*/s, ''), 'onetwothree');
}));

test('encodings of write and end', () => withServer((req, res) => {
  res.write('616263', 'hex');
  res.end('\u00e9', 'latin1');
}, async (port) => {
  assert.match(await exchange(port, get('/')), /abc[^]*\u00e9/);
}));

test('setHeader, getHeader, hasHeader, removeHeader, names, append', () => withServer((req, res) => {
  res.setHeader('X-Foo', 'a');
  res.setHeader('x-num', 5);
  res.setHeader('Set-Cookie', ['a=1', 'b=2']);
  res.appendHeader('X-Foo', 'b');
  res.setHeader('gone', '1');
  res.removeHeader('GONE');
  const seen = {
    foo: res.getHeader('x-FOO'), num: res.getHeader('x-num'), has: res.hasHeader('X-NUM'), not: res.hasHeader('gone'),
    names: res.getHeaderNames(), raw: res.getRawHeaderNames(), all: Object.keys(res.getHeaders()), sent: res.headersSent,
  };
  res.end(JSON.stringify(seen));
}, async (port) => {
  const answer = await exchange(port, get('/'));
  assert.match(answer, /\r\nX-Foo: a\r\nX-Foo: b\r\nx-num: 5\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n/);
  assert.deepStrictEqual(JSON.parse(answer.split('\r\n\r\n')[1]), {
    foo: ['a', 'b'], num: 5, has: true, not: false, names: ['x-foo', 'x-num', 'set-cookie'],
    raw: ['X-Foo', 'x-num', 'Set-Cookie'], all: ['x-foo', 'x-num', 'set-cookie'], sent: false,
  });
}));

test('writeHead: object, array, reason, and merging with what was set', () => withServer((req, res) => {
  if (req.url === '/object') res.writeHead(201, { 'X-A': '1', 'Set-Cookie': ['a', 'b'] });
  else if (req.url === '/array') res.writeHead(202, ['X-A', '1', 'X-A', '2']);
  else if (req.url === '/nested') res.writeHead(202, [['X-A', '1'], ['X-B', '2']]);
  else if (req.url === '/reason') res.writeHead(404, 'Nope', { 'X-A': '1' });
  else {
    res.setHeader('X-A', 'old');
    res.setHeader('X-B', 'kept');
    res.writeHead(200, { 'x-a': 'new' });
  }
  res.end();
}, async (port) => {
  assert.match(await exchange(port, get('/object')), /^HTTP\/1\.1 201 Created\r\nX-A: 1\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n/);
  assert.match(await exchange(port, get('/array')), /^HTTP\/1\.1 202 Accepted\r\nX-A: 1\r\nX-A: 2\r\n/);
  assert.match(await exchange(port, get('/nested')), /X-A: 1\r\nX-B: 2\r\n/);
  assert.match(await exchange(port, get('/reason')), /^HTTP\/1\.1 404 Nope\r\nX-A: 1\r\n/);
  assert.match(await exchange(port, get('/merged')), /x-a: new\r\nX-B: kept\r\n/);
}));

test('errors of the header API carry their codes', () => withServer((req, res) => {
  const codes = [];
  const attempt = (fn) => {
    try {
      fn();
      codes.push('none');
    } catch (error) {
      codes.push(error.code);
    }
  };
  attempt(() => res.setHeader('bad name', '1'));
  attempt(() => res.setHeader('X', undefined));
  attempt(() => res.setHeader('X', 'a\r\nb'));
  attempt(() => res.writeHead(99));
  attempt(() => res.write(null));
  attempt(() => res.write(5));
  attempt(() => res.writeHead(200, 'bad\nreason'));
  res.statusMessage = undefined;
  res.flushHeaders();
  attempt(() => res.setHeader('X', '1'));
  attempt(() => res.removeHeader('X'));
  attempt(() => res.writeHead(200));
  res.end(JSON.stringify(codes));
}, async (port) => {
  const body = (await exchange(port, get('/'))).match(/\[.*\]/)[0];
  assert.deepStrictEqual(JSON.parse(body), [
    'ERR_INVALID_HTTP_TOKEN', 'ERR_HTTP_INVALID_HEADER_VALUE', 'ERR_INVALID_CHAR', 'ERR_HTTP_INVALID_STATUS_CODE',
    'ERR_STREAM_NULL_VALUES', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_CHAR', 'ERR_HTTP_HEADERS_SENT', 'ERR_HTTP_HEADERS_SENT',
    'ERR_HTTP_HEADERS_SENT',
  ]);
}));

test('write after end is an error event', () => withServer((req, res) => {
  res.end('x');
  res.on('error', (error) => req.app(error.code));
  res.write('y');
}, async (port, server) => {
  const seen = new Promise((resolve) => { server.prependListener('request', (req) => { req.app = resolve; }); });
  await exchange(port, get('/'));
  assert.strictEqual(await seen, 'ERR_STREAM_WRITE_AFTER_END');
}));

test('finish, then close; the properties of an ended response', () => {
  const events = [];
  let closed;
  const end = new Promise((resolve) => { closed = resolve; });
  return withServer((req, res) => {
    res.on('prefinish', () => events.push('prefinish'));
    res.on('finish', () => events.push(`finish ${res.writableFinished} ${res.writableEnded} ${res.finished}`));
    res.on('close', () => {
      events.push('close');
      closed();
    });
    res.end('x', () => events.push('callback'));
    events.push(`ended ${res.writableEnded} ${res.headersSent}`);
  }, async (port) => {
    await exchange(port, get('/'));
    await end;
    assert.deepStrictEqual(events, ['prefinish', 'ended true true', 'callback', 'finish true true true', 'close']);
  });
});

test('a listener added right after end() still hears finish and close', () => {
  let closed;
  const end = new Promise((resolve) => { closed = resolve; });
  return withServer((req, res) => {
    res.end('x');
    let finished = false;
    res.on('finish', () => { finished = true; });
    res.on('close', () => closed(finished));
  }, async (port) => {
    await exchange(port, get('/'));
    assert.strictEqual(await end, true);
  });
});

test('a body arrives as a stream', () => withServer((req, res) => {
  let length = 0;
  req.on('data', (chunk) => { length += chunk.length; });
  req.on('end', () => res.end(`${length} ${req.complete} ${req.trailers['x-t'] ?? ''}`));
}, async (port) => {
  const body = 'x'.repeat(300000);
  assert.match(await exchange(port, `${get('/', `Content-Length: ${body.length}\r\n`, 'POST')}${body}`), /300000 true $/);
  const chunked = `${get('/', 'Transfer-Encoding: chunked\r\n', 'POST')}5\r\nhello\r\n6\r\n world\r\n0\r\nX-T: t\r\n\r\n`;
  assert.match(await exchange(port, chunked), /11 true t$/);
}));

test('a body as an async iterable, and with setEncoding', () => withServer(async (req, res) => {
  req.setEncoding('utf8');
  let text = '';
  for await (const chunk of req) text += chunk;
  res.end(text.toUpperCase());
}, async (port) => {
  assert.match(await exchange(port, `${get('/', 'Content-Length: 3\r\n', 'POST')}abc`), /ABC$/);
}));

test('pause and resume of a body', () => withServer((req, res) => {
  req.once('data', (chunk) => {
    req.pause();
    setImmediate(() => {
      let rest = chunk.length;
      req.on('data', (more) => { rest += more.length; });
      req.on('end', () => res.end(String(rest)));
      req.resume();
    });
  });
}, async (port) => {
  const body = 'y'.repeat(200000);
  assert.match(await exchange(port, `${get('/', `Content-Length: ${body.length}\r\n`, 'POST')}${body}`), /200000$/);
}));

test('an unread body does not keep the connection from its next request', () => withServer((req, res) => res.end(req.url), async (port) => {
  const answer = await exchange(port, `POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello${get('/two')}`);
  assert.match(answer, /\/one[^]*\/two$/);
}));

test('a client that goes away: aborted, close, destroyed', () => {
  let done;
  const result = new Promise((resolve) => { done = resolve; });
  return withServer((req, res) => {
    const events = [];
    req.on('aborted', () => events.push('aborted'));
    req.on('error', (error) => events.push(error.code));
    req.on('close', () => events.push(`req close ${req.destroyed}`));
    res.on('close', () => {
      events.push(`res close ${res.writableFinished}`);
      setImmediate(() => done(events.sort()));
    });
    req.resume();
  }, async (port) => {
    const socket = transport.connect(port, '127.0.0.1', () => {
      socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf');
      setTimeout(() => socket.destroy(), 50);
    });
    assert.deepStrictEqual(await result, ['ECONNRESET', 'aborted', 'req close true', 'res close false']);
  });
});

test('backpressure: write returns false and drain follows', () => withServer(async (req, res) => {
  const chunk = Buffer.alloc(1 << 20, 'z');
  let waited = 0;
  for (let i = 0; i < 24; i++) {
    if (!res.write(chunk)) {
      waited++;
      await once(res, 'drain');
    }
  }
  res.end();
  res.waited = waited;
}, async (port, server) => {
  let response;
  server.prependListener('request', (req, res) => { response = res; });
  const length = await new Promise((resolve, reject) => {
    const socket = transport.connect(port, '127.0.0.1', () => socket.write(get('/')));
    let total = 0;
    socket.pause();
    setTimeout(() => socket.resume(), 30);
    socket.on('data', (data) => { total += data.length; });
    socket.on('close', () => resolve(total));
    socket.on('error', reject);
  });
  assert.ok(length > 24 * (1 << 20));
  assert.ok(response.waited > 0);
}));

test('HEAD and 204 and 304 have no body', () => withServer((req, res) => {
  res.statusCode = Number(req.url.slice(1));
  res.end(req.method === 'HEAD' ? 'hello' : undefined);
}, async (port) => {
  const head = await exchange(port, get('/200', '', 'HEAD'));
  assert.ok(head.endsWith('\r\n\r\n'));
  const empty = await exchange(port, get('/204'));
  assert.ok(!/content-length|transfer-encoding/i.test(empty) && empty.endsWith('\r\n\r\n'));
  assert.ok((await exchange(port, get('/304'))).endsWith('\r\n\r\n'));
}));

test('keep-alive and pipelining answer in order', () => withServer((req, res) => {
  setTimeout(() => res.end(req.url), req.url === '/1' ? 20 : 0);
}, async (port) => {
  const answer = await exchange(port, `GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n${get('/3')}`);
  assert.deepStrictEqual(answer.match(/\/\d$|\/\d(?=HTTP)/gm), ['/1', '/2', '/3']);
  assert.match(answer, /Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n/);
}));

test('HTTP/1.0 closes, without chunks', () => withServer((req, res) => {
  res.write('a');
  res.end(req.httpVersion);
}, async (port) => {
  const answer = await exchange(port, 'GET / HTTP/1.0\r\n\r\n');
  assert.ok(!/chunked/i.test(answer));
  assert.match(answer, /\r\n\r\na1\.0$/);
}));

test('100-continue by itself, and by checkContinue', () => withServer((req, res) => {
  req.resume();
  req.on('end', () => res.end('done'));
}, async (port, server) => {
  const request = get('/', 'Expect: 100-continue\r\nContent-Length: 2\r\n', 'POST');
  const answer = await new Promise((resolve, reject) => {
    let all = '';
    const socket = transport.connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('data', (data) => {
      all += data;
      if (all === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write('hi');
    });
    socket.on('close', () => resolve(all));
    socket.on('error', reject);
  });
  assert.match(answer, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK[^]*done$/);
  server.on('checkContinue', (req, res) => {
    res.writeHead(413);
    res.end();
  });
  assert.match(await exchange(port, request), /^HTTP\/1\.1 413 /);
}));

test('informational responses', () => withServer((req, res) => {
  res.writeProcessing();
  res.writeEarlyHints({ link: '</a.css>; rel=preload; as=style', 'x-trace': 'id' });
  res.end('x');
}, async (port) => {
  assert.match(await exchange(port, get('/')),
    /^HTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 103 Early Hints\r\nLink: <\/a.css>; rel=preload; as=style\r\nx-trace: id\r\n\r\nHTTP\/1\.1 200/);
}));

test('upgrade hands over a socket and what followed', () => withServer((req, res) => res.end('plain'), async (port, server) => {
  const request = 'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst';
  server.on('upgrade', (req, socket, head) => {
    assert.ok(socket instanceof net.Socket);
    assert.strictEqual(req.headers.upgrade, 'echo');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n${head}`);
    socket.on('data', (data) => socket.end(`<${data}>`));
  });
  const answer = await new Promise((resolve, reject) => {
    let all = '';
    const socket = transport.connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('data', (data) => {
      all += data;
      if (all.endsWith('first')) socket.write('second');
    });
    socket.on('close', () => resolve(all));
    socket.on('error', reject);
  });
  assert.match(answer, /^HTTP\/1\.1 101 [^]*\r\n\r\nfirst<second>$/);
}));

test('CONNECT emits connect', () => withServer(() => {}, async (port, server) => {
  server.on('connect', (req, socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${req.url}`));
  assert.match(await exchange(port, 'CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n'), /200 OK\r\n\r\nb:443$/);
}));

test('a malformed request is answered 400; clientError may answer itself', () => withServer((req, res) => res.end(), async (port, server) => {
  assert.match(await exchange(port, 'NONSENSE\r\n\r\n'), /^HTTP\/1\.1 400 Bad Request\r\n/);
  let code;
  server.on('clientError', (error, socket) => {
    code = error.code;
    socket.end('HTTP/1.1 418 Teapot\r\nConnection: close\r\n\r\n');
  });
  assert.match(await exchange(port, 'NONSENSE\r\n\r\n'), /^HTTP\/1\.1 418/);
  assert.match(code, /^HPE_/);
}));

test('req.socket: addresses, identity, net.Socket', () => withServer((req, res) => {
  const { socket } = req;
  res.end(JSON.stringify([
    socket instanceof net.Socket, socket === req.socket, socket === res.socket, socket === req.connection, socket.remoteAddress,
    socket.remotePort > 0, socket.localPort, socket.encrypted === (transport.isSecure() || undefined), socket.remoteFamily, socket.writable, socket.destroyed,
  ]));
}, async (port) => {
  const seen = JSON.parse((await exchange(port, get('/'))).split('\r\n\r\n')[1]);
  assert.deepStrictEqual(seen, [true, true, true, true, '127.0.0.1', true, port, true, 'IPv4', true, false]);
}));

test('the same socket for each request of a connection', () => withServer((req, res) => {
  req.socket.seen = (req.socket.seen ?? 0) + 1;
  res.end(String(req.socket.seen));
}, async (port) => {
  assert.match(await exchange(port, `GET / HTTP/1.1\r\nHost: a\r\n\r\n${get('/')}`), /1HTTP[^]*2$/);
}));

test('socket.setTimeout destroys what nobody handles', () => withServer((req) => { req.setTimeout(50); }, async (port) => {
  assert.strictEqual(await exchange(port, get('/')), '');
}));

test('res.setTimeout calls back', () => withServer((req, res) => {
  res.setTimeout(50, (socket) => {
    assert.ok(socket instanceof net.Socket);
    res.end('late');
  });
}, async (port) => {
  assert.match(await exchange(port, get('/')), /late$/);
}));

test('destroy of a response closes the connection', () => withServer((req, res) => {
  res.write('part');
  setImmediate(() => res.destroy());
}, async (port) => {
  const answer = await exchange(port, get('/'));
  assert.ok(!answer.endsWith('0\r\n\r\n'));
}));

test('listen: forms, address, errors', async () => {
  const one = transport.createServer();
  assert.strictEqual(one.listening, false);
  assert.strictEqual(one.address(), null);
  one.listen({ port: 0, host: '127.0.0.1' });
  await once(one, 'listening');
  const { address, family, port } = one.address();
  assert.deepStrictEqual([address, family, one.listening], ['127.0.0.1', 'IPv4', true]);
  assert.throws(() => one.listen(0), { code: 'ERR_SERVER_ALREADY_LISTEN' });
  const two = transport.createServer();
  two.listen(port, '127.0.0.1');
  const [error] = await once(two, 'error');
  assert.deepStrictEqual([error.code, error.syscall, error.port, error.address], ['EADDRINUSE', 'listen', port, '127.0.0.1']);
  assert.strictEqual(error.message, `listen EADDRINUSE: address already in use 127.0.0.1:${port}`);
  await new Promise((resolve) => one.close(resolve));
  assert.strictEqual(one.listening, false);
  const closeError = await new Promise((resolve) => one.close(resolve));
  assert.strictEqual(closeError.code, 'ERR_SERVER_NOT_RUNNING');
  one.listen(0);
  await once(one, 'listening');
  assert.strictEqual(one.address().family, 'IPv6');
  await new Promise((resolve) => one.close(resolve));
});

test('a unix socket', async () => {
  const path = `${require('os').tmpdir()}/jsd-http-${process.pid}.sock`;
  const server = transport.createServer((req, res) => res.end('local'));
  server.listen(path);
  await once(server, 'listening');
  assert.strictEqual(server.address(), path);
  const body = await new Promise((resolve, reject) => {
    transport.get({ socketPath: path, path: '/', agent: false }, (res) => {
      let all = '';
      res.on('data', (data) => { all += data; });
      res.on('end', () => resolve(all));
    }).on('error', reject);
  });
  assert.strictEqual(body, 'local');
  await new Promise((resolve) => server.close(resolve));
});

test('close ends idle connections and waits for busy ones', async () => {
  const server = transport.createServer((req, res) => setTimeout(() => res.end('late'), 50));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const idle = transport.connect(port, '127.0.0.1');
  idle.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(idle, 'data');
  const busy = exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(server, 'request');
  const order = [];
  idle.on('close', () => order.push('idle'));
  idle.resume();
  await new Promise((resolve) => server.close(resolve));
  assert.match(await busy, /late$/);
  assert.deepStrictEqual(order, ['idle']);
});

test('connection event, and server.emit("connection") with a stream of one\'s own', () => withServer((req, res) => res.end('hi'), async (port, server) => {
  let seen = null;
  const accepted = transport.isSecure() ? 'secureConnection' : 'connection';
  server.on(accepted, (socket) => { seen = socket; });
  await exchange(port, get('/'));
  assert.ok(seen instanceof net.Socket);
  const { Duplex } = require('stream');
  let out = '';
  const duplex = new Duplex({ read() {}, write(chunk, encoding, callback) { out += chunk; callback(); } });
  server.emit(accepted, duplex);
  duplex.push(get('/'));
  await new Promise((resolve) => duplex.on('finish', resolve));
  assert.match(out, /^HTTP\/1\.1 200 OK\r\n[^]*hi$/);
}));

test('IncomingMessage and ServerResponse classes of the app', () => {
  class Request extends http.IncomingMessage { hello() { return 'hello'; } }
  class Response extends http.ServerResponse { bye(text) { this.end(text); } }
  return withServer({ IncomingMessage: Request, ServerResponse: Response }, (req, res) => res.bye(req.hello()), async (port) => {
    assert.match(await exchange(port, get('/')), /hello$/);
  });
});

test('new ServerResponse(req) with assignSocket writes to any stream', async () => {
  const { Writable } = require('stream');
  let out = '';
  const sink = new Writable({ write(chunk, encoding, callback) { out += chunk; callback(); } });
  const res = new http.ServerResponse({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 });
  res.assignSocket(sink);
  res.setHeader('X-A', 'b');
  res.end('body');
  await once(res, 'finish');
  assert.match(out, /^HTTP\/1\.1 200 OK\r\nX-A: b\r\nDate: .*\r\nConnection: [^]*Content-Length: 4\r\n\r\nbody$/);
});

test('pipe into a response', () => withServer((req, res) => {
  require('stream').Readable.from(['a', 'b', 'c']).pipe(res);
}, async (port) => {
  assert.match((await exchange(port, get('/'))).replace(/\r\n\d\r\n/g, ''), /abc/);
}));

test('pipeline from request to response echoes', () => withServer((req, res) => {
  require('stream').pipeline(req, res, () => {});
}, async (port) => {
  const body = 'q'.repeat(100000);
  const answer = await exchange(port, `${get('/', `Content-Length: ${body.length}\r\n`, 'POST')}${body}`);
  assert.strictEqual(answer.slice(answer.indexOf('\r\n\r\n')).replace(/[^q]/g, '').length, 100000);
}));

test('strictContentLength', () => withServer((req, res) => {
  res.strictContentLength = true;
  res.writeHead(200, { 'Content-Length': 5 });
  try {
    res.end('too long');
  } catch (error) {
    assert.strictEqual(error.code, 'ERR_HTTP_CONTENT_LENGTH_MISMATCH');
    res.socket.end('refused');
  }
}, async (port) => {
  assert.match(await exchange(port, get('/')), /refused$/);
}));

test('async handlers and the prototype of an app', () => withServer(async (req, res) => {
  await null;
  Object.setPrototypeOf(req, Object.create(http.IncomingMessage.prototype, { greeting: { value: 'hey' } }));
  await new Promise((resolve) => setTimeout(resolve, 5));
  res.end(`${req.greeting} ${req.headers.host}`);
}, async (port) => {
  assert.match(await exchange(port, get('/')), /hey a$/);
}));

test('METHODS, STATUS_CODES, maxHeaderSize, validators', () => {
  assert.ok(http.METHODS.includes('GET') && http.METHODS.includes('M-SEARCH') && http.METHODS.includes('QUERY'));
  assert.strictEqual(http.STATUS_CODES[404], 'Not Found');
  assert.strictEqual(http.maxHeaderSize, 16384);
  assert.throws(() => http.validateHeaderName('a b'), { code: 'ERR_INVALID_HTTP_TOKEN' });
  assert.throws(() => http.validateHeaderValue('x', 'é\u0100'), { code: 'ERR_INVALID_CHAR' });
  assert.throws(() => http.validateHeaderValue('x', undefined), { code: 'ERR_HTTP_INVALID_HEADER_VALUE' });
});
