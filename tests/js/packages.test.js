'use strict';
// npm packages as people use them, unmodified, over real sockets. Versions are pinned in tests/packages.
const { test, assert } = require('./harness');
const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');
const { once } = require('events');

function call(port, pathname, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const req = http.request({ host: '127.0.0.1', port, path: pathname, method, headers, agent: false }, (res) => {
      const chunks = [];
      res.on('data', (chunk) => chunks.push(chunk));
      res.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: res.statusCode, headers: res.headers, text, json: () => JSON.parse(text) });
      });
      res.on('error', reject);
    });
    req.on('error', reject);
    req.end(body);
  });
}
const postJson = (port, pathname, value, headers) =>
  call(port, pathname, { method: 'POST', body: JSON.stringify(value), headers: { 'content-type': 'application/json', ...headers } });

async function listening(server) {
  if (!server.listening) await once(server, 'listening');
  return server.address().port;
}
const closed = (server) => new Promise((resolve) => {
  server.close(resolve);
  server.closeAllConnections?.();
});

test('express: an API with dotenv, bcryptjs and jsonwebtoken', async () => {
  const express = require('express');
  const bcrypt = require('bcryptjs');
  const jwt = require('jsonwebtoken');
  const file = path.join(os.tmpdir(), `jsd-env-${process.pid}`);
  fs.writeFileSync(file, 'JWT_SECRET="from dotenv"\n');
  require('dotenv').config({ path: file, quiet: true });
  fs.rmSync(file);
  assert.strictEqual(process.env.JWT_SECRET, 'from dotenv');
  const users = new Map();
  const app = express();
  app.use(express.json());
  app.post('/register', async (req, res) => {
    users.set(req.body.name, await bcrypt.hash(req.body.password, 4));
    res.status(201).json({ name: req.body.name });
  });
  app.post('/login', async (req, res) => {
    if (!await bcrypt.compare(req.body.password, users.get(req.body.name) ?? '')) return res.sendStatus(401);
    return res.json({ token: jwt.sign({ name: req.body.name }, process.env.JWT_SECRET, { expiresIn: '1h' }) });
  });
  app.get('/me', (req, res, next) => {
    try {
      req.user = jwt.verify((req.get('authorization') ?? '').replace('Bearer ', ''), process.env.JWT_SECRET);
      next();
    } catch {
      res.status(401).json({ error: 'bad token' });
    }
  }, (req, res) => res.json({ name: req.user.name }));
  const server = app.listen(0, '127.0.0.1');
  const port = await listening(server);
  assert.strictEqual((await postJson(port, '/register', { name: 'ada', password: 'x1' })).status, 201);
  assert.strictEqual((await postJson(port, '/login', { name: 'ada', password: 'no' })).status, 401);
  const { token } = (await postJson(port, '/login', { name: 'ada', password: 'x1' })).json();
  assert.deepStrictEqual((await call(port, '/me', { headers: { authorization: `Bearer ${token}` } })).json(), { name: 'ada' });
  assert.strictEqual((await call(port, '/me', { headers: { authorization: 'Bearer bad' } })).status, 401);
  const bad = await call(port, '/register', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } });
  assert.strictEqual(bad.status, 400);
  await closed(server);
});

test('express: routers, params, query, etag, errors, redirect, static files, send, cookies, locals', async () => {
  const express = require('express');
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'jsd-static-'));
  fs.writeFileSync(path.join(directory, 'a.txt'), 'static content');
  const app = express();
  const router = express.Router();
  router.get('/:id', (req, res) => res.json({ id: req.params.id, query: req.query, base: req.baseUrl, host: req.hostname }));
  app.use('/items', router);
  app.use('/files', express.static(directory));
  app.use(express.urlencoded({ extended: true }));
  app.post('/form', (req, res) => res.json(req.body));
  app.get('/text', (req, res) => res.type('text').send('plain'));
  app.get('/go', (req, res) => res.redirect('/text'));
  app.get('/cookie', (req, res) => res.cookie('a', '1', { httpOnly: true }).end());
  app.get('/file', (req, res) => res.sendFile(path.join(directory, 'a.txt')));
  app.get('/async', async () => { throw Object.assign(new Error('teapot'), { status: 418 }); });
  app.use((error, req, res, next) => res.status(error.status ?? 500).json({ error: error.message }));
  const server = app.listen(0, '127.0.0.1');
  const port = await listening(server);
  assert.deepStrictEqual((await call(port, '/items/7?a=b')).json(), { id: '7', query: { a: 'b' }, base: '/items', host: '127.0.0.1' });
  const text = await call(port, '/text');
  assert.match(text.headers['content-type'], /^text\/plain/);
  assert.strictEqual((await call(port, '/text', { headers: { 'if-none-match': text.headers.etag } })).status, 304);
  assert.strictEqual((await call(port, '/text', { method: 'HEAD' })).headers['content-length'], '5');
  const go = await call(port, '/go');
  assert.deepStrictEqual([go.status, go.headers.location], [302, '/text']);
  assert.deepStrictEqual((await call(port, '/cookie')).headers['set-cookie'], ['a=1; Path=/; HttpOnly']);
  assert.strictEqual((await call(port, '/files/a.txt')).text, 'static content');
  assert.strictEqual((await call(port, '/file', { headers: { range: 'bytes=0-5' } })).text, 'static');
  assert.strictEqual((await call(port, '/files/none')).status, 404);
  const form = await call(port, '/form', { method: 'POST', body: 'a=1&b[c]=2', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  assert.deepStrictEqual(form.json(), { a: '1', b: { c: '2' } });
  const error = await call(port, '/async');
  assert.deepStrictEqual([error.status, error.json()], [418, { error: 'teapot' }]);
  await closed(server);
  fs.rmSync(directory, { recursive: true });
});

test('fastify: routes, schemas, hooks, errors, plugins, inject', async () => {
  const fastify = require('fastify')();
  const hooks = [];
  fastify.addHook('onRequest', async (req) => { hooks.push(`request ${req.url}`); });
  fastify.addHook('onResponse', async (req, reply) => { hooks.push(`response ${reply.statusCode}`); });
  fastify.get('/', { schema: { response: { 200: { type: 'object', properties: { hello: { type: 'string' } } } } } },
    async () => ({ hello: 'world', hidden: true }));
  fastify.post('/in', { schema: { body: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } } } },
    (req, reply) => { reply.code(201).header('x-a', 'b').send({ n: req.body.n }); });
  fastify.register(async (scope) => { scope.get('/deep', async () => 'deep'); }, { prefix: '/p' });
  fastify.get('/fail', async () => { throw Object.assign(new Error('nope'), { statusCode: 422 }); });
  fastify.get('/stream', (req, reply) => { reply.send(require('stream').Readable.from(['a', 'b'])); });
  await fastify.listen({ port: 0, host: '127.0.0.1' });
  const { port } = fastify.server.address();
  const root = await call(port, '/');
  assert.deepStrictEqual([root.status, root.text], [200, '{"hello":"world"}']);
  const made = await postJson(port, '/in', { n: 5 });
  assert.deepStrictEqual([made.status, made.headers['x-a'], made.json()], [201, 'b', { n: 5 }]);
  assert.strictEqual((await postJson(port, '/in', { n: 'x' })).status, 400);
  assert.strictEqual((await call(port, '/p/deep')).text, 'deep');
  assert.strictEqual((await call(port, '/fail')).json().message, 'nope');
  assert.strictEqual((await call(port, '/stream')).text, 'ab');
  assert.strictEqual((await call(port, '/none')).status, 404);
  const injected = await fastify.inject({ method: 'POST', url: '/in', payload: { n: 1 } });
  assert.deepStrictEqual([injected.statusCode, injected.headers['x-a'], injected.json()], [201, 'b', { n: 1 }]);
  assert.deepStrictEqual(hooks.slice(0, 2), ['request /', 'response 200']);
  await fastify.close();
});

test('koa: middleware, bodies, errors', async () => {
  const Koa = require('koa');
  const app = new Koa();
  app.silent = true;
  app.use(async (ctx, next) => {
    await next();
    ctx.set('x-after', 'yes');
  });
  app.use(async (ctx) => {
    if (ctx.path === '/throw') ctx.throw(403, 'no');
    if (ctx.path === '/stream') ctx.body = require('stream').Readable.from(['s', 't']);
    else if (ctx.path === '/text') ctx.body = 'text';
    else if (ctx.path !== '/none') ctx.body = { ip: ctx.ip, method: ctx.method, query: ctx.query };
  });
  const server = app.listen(0, '127.0.0.1');
  const port = await listening(server);
  const json = await call(port, '/?a=1');
  assert.deepStrictEqual([json.json(), json.headers['x-after']], [{ ip: '127.0.0.1', method: 'GET', query: { a: '1' } }, 'yes']);
  assert.strictEqual((await call(port, '/text')).text, 'text');
  assert.strictEqual((await call(port, '/stream')).text, 'st');
  assert.strictEqual((await call(port, '/none')).status, 404);
  assert.strictEqual((await call(port, '/throw')).status, 403);
  await closed(server);
});

test('ws: a chat of two clients, binary, ping, close codes', async () => {
  const { WebSocketServer, WebSocket } = require('ws');
  const server = http.createServer((req, res) => res.end('plain'));
  const wss = new WebSocketServer({ server, perMessageDeflate: false });
  wss.on('connection', (socket) => {
    socket.on('message', (data, binary) => { for (const client of wss.clients) client.send(data, { binary }); });
  });
  server.listen(0, '127.0.0.1');
  const port = await listening(server);
  assert.strictEqual((await call(port, '/')).text, 'plain');
  const one = new WebSocket(`ws://127.0.0.1:${port}/chat`);
  const two = new WebSocket(`ws://127.0.0.1:${port}/chat`);
  await Promise.all([once(one, 'open'), once(two, 'open')]);
  const heard = once(two, 'message');
  one.send('hello');
  await heard.then(([data]) => assert.strictEqual(String(data), 'hello'));
  const large = Buffer.alloc(300000, 7);
  const binary = once(one, 'message').then(() => {});
  const got = once(two, 'message');
  two.send(large);
  await binary;
  assert.ok((await got)[0].equals(large));
  const pong = once(one, 'pong');
  one.ping('x');
  assert.strictEqual(String((await pong)[0]), 'x');
  const end = once(one, 'close');
  one.close(4001, 'bye');
  assert.strictEqual((await end)[0], 4001);
  const other = once(two, 'close');
  two.terminate();
  await other;
  wss.close();
  await closed(server);
});

test('ws: several messages with permessage-deflate', async () => {
  const { WebSocketServer, WebSocket } = require('ws');
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: true });
  await once(wss, 'listening');
  wss.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data).toUpperCase())));
  const client = new WebSocket(`ws://127.0.0.1:${wss.address().port}`);
  await once(client, 'open');
  for (const text of ['a'.repeat(5000), 'b'.repeat(70000)]) {
    const answer = once(client, 'message');
    client.send(text);
    assert.strictEqual(String((await answer)[0]), text.toUpperCase());
  }
  client.close();
  await once(client, 'close');
  await new Promise((resolve) => wss.close(resolve));
});

test('pino writes JSON lines to a stream', () => {
  const lines = [];
  const logger = require('pino')({ base: null }, { write: (line) => lines.push(JSON.parse(line)) });
  logger.info({ a: 1 }, 'hello %s', 'you');
  logger.child({ c: 2 }).error(new Error('failed'));
  logger.debug('not shown');
  assert.strictEqual(lines.length, 2);
  assert.deepStrictEqual([lines[0].level, lines[0].a, lines[0].msg], [30, 1, 'hello you']);
  assert.deepStrictEqual([lines[1].level, lines[1].c, lines[1].err.message], [50, 2, 'failed']);
});

test('ws: an echo over wss, on an https.Server', async () => {
  const { WebSocket, WebSocketServer } = require('ws');
  const pair = require('./transport').certificate();
  const server = require('https').createServer(pair);
  new WebSocketServer({ server }).on('connection', (socket, req) => {
    socket.on('message', (data) => socket.send(`${req.socket.encrypted} ${data}`));
  });
  server.listen(0, '127.0.0.1');
  await require('events').once(server, 'listening');
  const client = new WebSocket(`wss://127.0.0.1:${server.address().port}`, { ca: pair.cert });
  client.on('open', () => client.send('x'.repeat(100000)));
  const [data] = await require('events').once(client, 'message');
  assert.strictEqual(String(data), `true ${'x'.repeat(100000)}`);
  client.close();
  await new Promise((resolve) => server.close(resolve));
});
