'use strict';
// Proxies of http, https and fetch, and https.Agent's sessions. Also passes on Node.
const { test, assert, temporaryDirectory } = require('./harness');
const http = require('http');
const https = require('https');
const net = require('net');
const fs = require('fs');
const path = require('path');
const { execFileSync, spawn } = require('child_process');
const { once } = require('events');

const directory = temporaryDirectory();
const [key, cert] = ['key', 'crt'].map((name) => path.join(directory, name));
execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', key,
  '-out', cert, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,DNS:b.example,IP:127.0.0.1'], { stdio: 'ignore' });
const own = { key: fs.readFileSync(key), cert: fs.readFileSync(cert) };

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}
const closed = (server) => new Promise((resolve) => { server.close(resolve); });

function get(module, url, options) {
  return new Promise((resolve, reject) => {
    const req = module.get(url, options, async (res) => {
      let body = '';
      for await (const chunk of res) body += chunk;
      resolve({ body, req, res });
    });
    req.on('error', reject);
  });
}

/** A proxy: says what it was asked, and makes tunnels to `target` whatever the name. */
async function proxying(target, run) {
  const asked = [];
  const server = http.createServer((req, res) => {
    asked.push(`${req.method} ${req.url} ${req.headers.host} ${req.headers['proxy-authorization']} ${req.headers['proxy-connection']}`);
    res.end('by proxy');
  });
  server.on('connect', (req, socket, head) => {
    asked.push(`CONNECT ${req.url} ${req.headers.host} ${req.headers['proxy-authorization']}`);
    if (req.url.startsWith('refused')) {
      socket.end('HTTP/1.1 407 Who are you\r\n\r\n');
      return;
    }
    const out = net.connect(target, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      out.write(head);
      out.pipe(socket).pipe(out);
    });
    out.on('error', () => socket.destroy());
    socket.on('error', () => out.destroy());
  });
  const port = await listening(server);
  try {
    await run(port, asked);
  } finally {
    server.closeAllConnections();
    await closed(server);
  }
}

test('http through a proxy names the whole URL', () => proxying(0, async (port, asked) => {
  const agent = new http.Agent({ proxyEnv: { HTTP_PROXY: `http://us%40er:pa%20ss@127.0.0.1:${port}` } });
  const { body, req } = await get(http, 'http://a.example:81/x?y=1', { agent });
  assert.strictEqual(body, 'by proxy');
  assert.strictEqual(req.path, 'http://a.example:81/x?y=1');
  assert.deepStrictEqual(asked, [`GET http://a.example:81/x?y=1 a.example:81 Basic ${Buffer.from('us@er:pa ss').toString('base64')} close`]);
}));

test('https through a proxy takes a tunnel, which is kept', async () => {
  const server = https.createServer(own, (req, res) => res.end(`${req.url} ${req.headers.host}`));
  const target = await listening(server);
  await proxying(target, async (port, asked) => {
    const agent = new https.Agent({ keepAlive: true, ca: own.cert, proxyEnv: { https_proxy: `http://u:p@127.0.0.1:${port}` } });
    assert.strictEqual((await get(https, 'https://b.example/x', { agent })).body, '/x b.example');
    await new Promise(setImmediate);
    const second = await get(https, 'https://b.example/y', { agent });
    assert.strictEqual(second.body, '/y b.example');
    assert.strictEqual(second.req.reusedSocket, true);
    assert.deepStrictEqual(asked, ['CONNECT b.example:443 b.example:443 Basic dTpw']);
    await assert.rejects(get(https, 'https://refused.example/', { agent }),
      { code: 'ERR_PROXY_TUNNEL', statusCode: 407, message: /^Failed to establish tunnel to refused\.example:443 via http:\/\/127\.0\.0\.1:\d+\/: HTTP\/1\.1 407 Who are you$/ });
    agent.destroy();
  });
  server.closeAllConnections();
  await closed(server);
});

test('no_proxy: hosts, domains, ranges, ports', () => {
  const direct = (no_proxy, host, port = 80) => { // eslint-disable-line camelcase -- the environment's name
    const agent = new http.Agent({ proxyEnv: { http_proxy: 'http://127.0.0.1:9', no_proxy } });
    const req = http.request({ host, port, agent, path: '/z', lookup() {} });
    req.on('error', () => {});
    req.destroy();
    return req.path === '/z';
  };
  for (const [entry, host, port] of [['*', 'x'], ['x.com', 'x.com'], ['.x.com', 'a.x.com'], ['.x.com', 'x.com'], ['*.x.com', 'a.x.com'],
    ['x.com:80', 'x.com', 80], ['1.1.1.1-1.1.1.9', '1.1.1.5'], ['a, x.com', 'x.com'], ['X.com', 'x.COM']]) {
    assert.ok(direct(entry, host, port), `${entry} names ${host}`);
  }
  for (const [entry, host] of [['x.com', 'a.x.com'], ['*.x.com', 'x.com'], ['x.com:81', 'x.com'], ['1.1.1.1-1.1.1.9', '1.1.1.10'], ['1.1.1.0/24', '1.1.1.1']]) {
    assert.ok(!direct(entry, host), `${entry} does not name ${host}`);
  }
  assert.throws(() => new http.Agent({ proxyEnv: { http_proxy: 'http://a\r\n' } }), { code: 'ERR_PROXY_INVALID_CONFIG' });
});

test('setGlobalProxyFromEnv, and back', () => proxying(0, async (port, asked) => {
  const restore = http.setGlobalProxyFromEnv({ http_proxy: `http://127.0.0.1:${port}` });
  assert.strictEqual((await get(http, 'http://a.example/', {})).body, 'by proxy');
  restore();
  assert.strictEqual(asked.length, 1);
  const server = http.createServer((req, res) => res.end('direct'));
  const own = await listening(server);
  assert.strictEqual((await get(http, `http://127.0.0.1:${own}/`, {})).body, 'direct');
  server.closeAllConnections();
  await closed(server);
}));

async function child(args, env) {
  const program = spawn(process.execPath, [...args, '-e', 'require("http").get("http://a.example/", (res) => res.pipe(process.stdout))'
    + '.on("error", (error) => console.log(error.code))'], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  program.stdout.on('data', (chunk) => { text += chunk; });
  await once(program, 'close');
  return text;
}

test('the environment counts when it is told to', () => proxying(0, async (port) => {
  const env = { http_proxy: `http://127.0.0.1:${port}`, NODE_USE_ENV_PROXY: '' };
  assert.strictEqual(await child(['--use-env-proxy'], env), 'by proxy');
  assert.strictEqual(await child([], { ...env, NODE_USE_ENV_PROXY: '1' }), 'by proxy');
  assert.match(await child([], { ...env, http_proxy: `http://127.0.0.1:${port}` }), /^(ENOTFOUND|EAI_AGAIN)/);
}));

test('https.Agent takes up sessions again', async () => {
  const server = https.createServer({ ...own, maxVersion: 'TLSv1.2' }, (req, res) => res.end(String(req.socket.isSessionReused())));
  const port = await listening(server);
  const reused = async (agent) => (await get(https, `https://127.0.0.1:${port}/`, { agent, ca: own.cert })).body;
  const agent = new https.Agent();
  assert.strictEqual(await reused(agent), 'false');
  assert.strictEqual(await reused(agent), 'true');
  const none = new https.Agent({ maxCachedSessions: 0 });
  assert.strictEqual(await reused(none), 'false');
  assert.strictEqual(await reused(none), 'false');
  server.closeAllConnections();
  await closed(server);
});

test('https.Agent shares connections between requests that agree', () => {
  const { globalAgent } = https;
  const all = { host: 'h', port: 1, servername: 's', ca: 'CA', cert: 'C', ciphers: 'ci', key: 'k', pfx: 'p', rejectUnauthorized: false, minVersion: 'a',
    maxVersion: 'b', secureProtocol: 'c', crl: 'd', honorCipherOrder: true, ecdhCurve: 'f', dhparam: 'g', secureOptions: 1, sessionIdContext: 'i',
    sigalgs: 's' };
  assert.strictEqual(globalAgent.getName(all), 'h:1::CA:C::ci:k:p:false:s:a:b:c:d:true:f:g:1:i:"s"::');
  assert.strictEqual(globalAgent.getName({ host: 'h', port: 1, servername: 'h' }), `h:1:${':'.repeat(20)}`);
});

test('an agent can tell by the stack whether a request is for https', () => {
  const secure = (module) => {
    let found;
    const agent = { addRequest() { found = new Error().stack.includes('node:https:'); }, protocol: module.globalAgent.protocol };
    module.request({ host: 'localhost', agent }).on('error', () => {}).destroy();
    return found;
  };
  assert.deepStrictEqual([secure(https), secure(http)], [true, false]);
});
