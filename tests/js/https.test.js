'use strict';
// node:https: server and client over TLS, with a certificate made for the test.
const { test, assert } = require('./harness');
const https = require('https');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { execFileSync } = require('child_process');
const { once } = require('events');

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'jsd-https-'));
execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
  '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
  '-keyout', path.join(directory, 'key.pem'), '-out', path.join(directory, 'cert.pem')], { stdio: 'ignore' });
const key = fs.readFileSync(path.join(directory, 'key.pem'));
const cert = fs.readFileSync(path.join(directory, 'cert.pem'));
fs.rmSync(directory, { recursive: true });

async function withServer(listener, use) {
  const server = https.createServer({ key, cert }, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(server.address().port, server);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function call(options, body) {
  return new Promise((resolve, reject) => {
    const req = https.request({ host: '127.0.0.1', ca: cert, ...options }, (res) => {
      let all = '';
      res.setEncoding('utf8');
      res.on('data', (chunk) => { all += chunk; });
      res.on('end', () => resolve({ res, req, body: all }));
      res.on('error', reject);
    });
    req.on('error', reject);
    req.end(body);
  });
}

test('get and post over TLS', () => withServer(async (req, res) => {
  let body = '';
  for await (const chunk of req) body += chunk;
  res.setHeader('X-Encrypted', String(req.socket.encrypted));
  res.end(`${req.method} ${req.url} ${body}`);
}, async (port) => {
  const got = await call({ port, path: '/a', agent: false });
  assert.deepStrictEqual([got.res.statusCode, got.res.headers['x-encrypted'], got.body], [200, 'true', 'GET /a ']);
  assert.strictEqual((await call({ port, method: 'POST', agent: false }, 'data')).body, 'POST / data');
}));

test('an agent reuses its TLS connection', () => withServer((req, res) => res.end(String(req.socket.remotePort)), async (port) => {
  const agent = new https.Agent({ keepAlive: true, ca: cert });
  const one = await call({ port, agent });
  await new Promise((resolve) => setTimeout(resolve, 10));
  const two = await call({ port, agent });
  assert.strictEqual(one.body, two.body);
  agent.destroy();
}));

test('a certificate that nobody vouches for is refused', () => withServer((req, res) => res.end(), async (port) => {
  const error = await call({ port, ca: undefined, agent: false }).catch((reason) => reason);
  assert.match(error.code, /SELF_SIGNED|UNABLE_TO/);
  assert.strictEqual((await call({ port, ca: undefined, rejectUnauthorized: false, agent: false })).res.statusCode, 200);
}));

test('chunked and large answers', () => withServer((req, res) => {
  res.write('start ');
  res.end('x'.repeat(500000));
}, async (port) => {
  assert.strictEqual((await call({ port, agent: false })).body.length, 500006);
}));

test('keep-alive: several requests on one connection, in order', () => withServer((req, res) => {
  setTimeout(() => res.end(req.url), req.url === '/1' ? 10 : 0);
}, async (port) => {
  const tls = require('tls');
  const socket = tls.connect({ port, host: '127.0.0.1', ca: cert });
  let all = '';
  socket.on('data', (chunk) => { all += chunk; });
  socket.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await once(socket, 'close');
  assert.match(all, /\/1HTTP[^]*\/2$/);
}));
