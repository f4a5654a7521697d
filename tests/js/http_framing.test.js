'use strict';
// Whole messages as they are on the wire: where the app's header lines stand, who says how a body ends, and what is left
// out. The expectations are Node 24's answers (JSD_JS=node tests/run-js tests/js/http_framing.test.js).
const http = require('http');
const net = require('net');
const { once } = require('events');
const { test, assert } = require('./harness');

const REQUESTS = {
  get: 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  head: 'HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  old: 'GET / HTTP/1.0\r\nHost: x\r\n\r\n',
};

/** What `listener` answers, until the connection ends; without the date. */
async function answer(listener, request) {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect(server.address().port, '127.0.0.1', () => client.write(request));
  client.setEncoding('latin1');
  let text = '';
  client.on('data', (chunk) => { text += chunk; });
  client.on('error', () => {});
  await once(client, 'close');
  server.close();
  return text.replace(/Date: .*? GMT/, 'Date: D');
}

const CLOSE = 'Date: D\r\nConnection: close\r\n';
const OK = 'HTTP/1.1 200 OK\r\n';
// [what the app does, answer to GET, to HEAD, to GET of HTTP/1.0]
const answers = {
  'end() alone has a length': [(req, res) => res.end('hi'),
    `${OK}${CLOSE}Content-Length: 2\r\n\r\nhi`, `${OK}${CLOSE}\r\n`, `${OK}${CLOSE}\r\nhi`],
  'an empty end() too': [(req, res) => res.end(),
    `${OK}${CLOSE}Content-Length: 0\r\n\r\n`, `${OK}${CLOSE}\r\n`, `${OK}${CLOSE}\r\n`],
  'after writeHead() the body is chunked': [(req, res) => { res.writeHead(200); res.end('hi'); },
    `${OK}${CLOSE}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`, `${OK}${CLOSE}\r\n`, `${OK}${CLOSE}\r\nhi`],
  'after writeHead() with an array too': [(req, res) => { res.writeHead(200, ['X-A', '1']); res.end('hi'); },
    `${OK}X-A: 1\r\n${CLOSE}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`],
  'and without a byte': [(req, res) => { res.writeHead(200); res.end(); },
    `${OK}${CLOSE}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  'a length keeps its place and its case': [
    (req, res) => { res.writeHead(200, { 'X-a': 1, 'cONTENT-length': 2, 'X-b': [1, 2] }); res.end('hi'); },
    `${OK}X-a: 1\r\ncONTENT-length: 2\r\nX-b: 1\r\nX-b: 2\r\n${CLOSE}\r\nhi`,
    `${OK}X-a: 1\r\ncONTENT-length: 2\r\nX-b: 1\r\nX-b: 2\r\n${CLOSE}\r\n`],
  'also with setHeader(), and in pieces': [
    (req, res) => { res.setHeader('content-length', 2); res.setHeader('B', 'c'); res.write('h'); res.end('i'); },
    `${OK}content-length: 2\r\nB: c\r\n${CLOSE}\r\nhi`],
  'a length of the app is not corrected': [(req, res) => { res.setHeader('Content-Length', 3); res.end('hi'); },
    `${OK}Content-Length: 3\r\n${CLOSE}\r\nhi`, `${OK}Content-Length: 3\r\n${CLOSE}\r\n`],
  'nor a shorter one': [(req, res) => { res.setHeader('Content-Length', 1); res.write('hi'); res.end('!'); },
    `${OK}Content-Length: 1\r\n${CLOSE}\r\nhi!`],
  'chunked by the app, also to HTTP/1.0': [(req, res) => { res.setHeader('Transfer-Encoding', 'gzip, chunked'); res.end('hi'); },
    `${OK}Transfer-Encoding: gzip, chunked\r\n${CLOSE}\r\n2\r\nhi\r\n0\r\n\r\n`,
    `${OK}Transfer-Encoding: gzip, chunked\r\n${CLOSE}\r\n`,
    `${OK}Transfer-Encoding: gzip, chunked\r\n${CLOSE}\r\n2\r\nhi\r\n0\r\n\r\n`],
  'another coding is one framing': [(req, res) => { res.setHeader('Transfer-Encoding', 'identity'); res.end('hi'); },
    `${OK}Transfer-Encoding: identity\r\n${CLOSE}\r\nhi`],
  'a removed length is chunked': [(req, res) => { res.removeHeader('content-length'); res.end('y'); },
    `${OK}${CLOSE}Transfer-Encoding: chunked\r\n\r\n1\r\ny\r\n0\r\n\r\n`],
  'both removed: until the end': [
    (req, res) => { res.removeHeader('content-length'); res.removeHeader('transfer-encoding'); res.end('y'); },
    `${OK}${CLOSE}\r\ny`],
  '304 with a length': [(req, res) => { res.writeHead(304, { 'Content-Length': 5 }); res.end(); },
    `HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n${CLOSE}\r\n`],
  '204 has no line of length': [(req, res) => { res.statusCode = 204; res.end('x'); }, `HTTP/1.1 204 No Content\r\n${CLOSE}\r\n`],
  'trailers': [(req, res) => { res.write('a'); res.addTrailers({ 'x-t': 'v' }); res.end('y'); },
    `${OK}${CLOSE}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\ny\r\n0\r\nx-t: v\r\n\r\n`, undefined, `${OK}${CLOSE}\r\nay`],
  'the status is the one of writeHead()': [(req, res) => { res.writeHead(200, { A: 1 }); res.statusCode = 201; res.end('y'); },
    `${OK}A: 1\r\n${CLOSE}Transfer-Encoding: chunked\r\n\r\n1\r\ny\r\n0\r\n\r\n`],
};
for (const [name, [listener, ...expected]] of Object.entries(answers)) {
  test(`answers: ${name}`, async () => {
    for (const [i, kind] of ['get', 'head', 'old'].entries()) {
      if (expected[i] !== undefined) assert.strictEqual(await answer(listener, REQUESTS[kind]), expected[i], kind);
    }
  });
}

test('an own Keep-Alive is not doubled', async () => {
  const server = http.createServer((req, res) => { res.setHeader('keep-alive', 'timeout=77'); res.end('y'); }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect(server.address().port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  const [text] = await once(client, 'data');
  assert.strictEqual(String(text).replace(/Date: .*? GMT/, 'Date: D'),
    `${OK}keep-alive: timeout=77\r\nDate: D\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\ny`);
  client.destroy();
  server.close();
});

test('what cannot be served is answered with nothing but Connection: close', async () => {
  for (const [request, status] of [
    ['BAD\r\n\r\n', '400 Bad Request'],
    [`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(17000)}\r\n\r\n`, '431 Request Header Fields Too Large'],
  ]) {
    assert.strictEqual(await answer(() => {}, request), `HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
  }
});

/** What http.request sends with these options, up to the end of what it writes. */
async function sent(options, act) {
  let text = '';
  const server = net.createServer((socket) => {
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.endsWith(act.until)) socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n');
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const req = http.request({ port: server.address().port, host: '127.0.0.1', ...options });
  act(req);
  const [res] = await once(req, 'response');
  await once(res.resume(), 'end');
  server.close();
  return text.replace(/127\.0\.0\.1:\d+/g, 'H');
}
const act = (fn, until) => Object.assign(fn, { until });

const REST = 'Host: H\r\nConnection: keep-alive\r\n';
const requests = {
  'a body given whole has a length': [{ method: 'POST' }, act((req) => req.end('hi'), 'hi'),
    `POST / HTTP/1.1\r\n${REST}Content-Length: 2\r\n\r\nhi`],
  'one in pieces is chunked, an empty piece is none': [{ method: 'POST' },
    act((req) => { req.write(''); req.write('ab'); req.end(); }, '0\r\n\r\n'),
    `POST / HTTP/1.1\r\n${REST}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`],
  'own framing stands where it was set': [{ method: 'PUT', headers: { 'content-length': 2, Foo: 'b' } }, act((req) => req.end('hi'), 'hi'),
    `PUT / HTTP/1.1\r\ncontent-length: 2\r\nFoo: b\r\n${REST}\r\nhi`],
  'an array is the whole head': [{ headers: ['A', 'b', 'Host', 'q', 'a', 'c'] }, act((req) => req.end(), '\r\n\r\n'),
    'GET / HTTP/1.1\r\nA: b\r\nHost: q\r\na: c\r\nConnection: keep-alive\r\n\r\n'],
  'no default headers': [{ method: 'POST', setDefaultHeaders: false }, act((req) => req.end('a'), '\r\n\r\na'), 'POST / HTTP/1.1\r\n\r\na'],
  'uniqueHeaders joins': [{ uniqueHeaders: ['x-a'], headers: { 'X-A': ['1', '2'], 'X-B': ['1', '2'] } }, act((req) => req.end(), '\r\n\r\n'),
    `GET / HTTP/1.1\r\nX-A: 1; 2\r\nX-B: 1\r\nX-B: 2\r\n${REST}\r\n`],
};
for (const [name, [options, fn, expected]] of Object.entries(requests)) {
  test(`requests: ${name}`, async () => assert.strictEqual(await sent(options, fn), expected));
}

test('Expect: 100-continue leaves before the body is there', async () => {
  const server = http.createServer((req, res) => { req.resume().on('end', () => res.end('ok')); }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const req = http.request({ port: server.address().port, method: 'POST', headers: { expect: '100-continue' } });
  await once(req, 'continue');
  req.end('body');
  const [res] = await once(req, 'response');
  assert.strictEqual(String(await once(res, 'data')), 'ok');
  server.close();
  server.closeAllConnections();
});
