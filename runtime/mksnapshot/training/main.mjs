// What mksnapshot watches: an app's start and its first requests, as an Express app, a Fastify app and a fetch handler
// go through them. Which functions ran decides whose code the snapshot holds, so a step that few apps take at start has
// no place here. Served on the unix socket in argv[2]; ends itself with SIGTERM, on which mksnapshot drains.
import http from 'node:http';
import net from 'node:net';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { AsyncLocalStorage } from 'node:async_hooks';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const socketPath = process.argv[2];

export default {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === '/echo') return new Response(await request.text(), { headers: { 'content-type': 'text/plain' } });
    if (url.pathname === '/json') return Response.json(await request.json(), { status: 201 });
    if (url.pathname === '/stream') {
      return new Response(new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('one'));
          controller.close();
        },
      }));
    }
    const headers = new Headers({ 'x-agent': request.headers.get('user-agent') ?? '' });
    headers.append('cache-control', 'no-store');
    return new Response(url.searchParams.get('q') ?? 'hello', { headers });
  },
};

/** One request, as text: the client half of node:http has no place in an app's start. */
function ask(where, { path = '/', method = 'GET', headers = {} } = {}, body = '') {
  return new Promise((resolve, reject) => {
    const socket = net.connect(where);
    socket.on('error', reject);
    socket.on('end', resolve);
    socket.resume();
    const fields = Object.entries({ host: 'training', connection: 'close', 'content-length': body.length, ...headers });
    socket.write(`${method} ${path} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`);
  });
}

async function askHandler() {
  const json = { 'content-type': 'application/json' };
  for (let i = 0; i < 3; i++) {
    await ask({ path: socketPath }, { path: '/?q=1', headers: { 'user-agent': 'training' } });
    await ask({ path: socketPath }, { path: '/echo', method: 'POST' }, 'body');
    await ask({ path: socketPath }, { path: '/json', method: 'POST', headers: json }, '{"a":1}');
  }
  await ask({ path: socketPath }, { path: '/stream' });
}

async function askServer(listener) {
  const server = http.createServer(listener);
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const where = { host: '127.0.0.1', port: server.address().port };
  const json = { 'content-type': 'application/json', accept: 'text/html, application/json;q=0.9' };
  for (let i = 0; i < 3; i++) {
    for (const path of ['/', '/json', '/users/7?a=1&b[]=2', '/redirect', '/file', '/head', '/gzip', '/missing']) {
      await ask(where, { path });
    }
    await ask(where, { path: '/form', method: 'POST', headers: json }, '{"name":"a"}');
  }
  await new Promise((resolve) => { server.close(resolve); });
}

async function train() {
  const storage = new AsyncLocalStorage();
  const log = console.log;
  log('%s %d %j', 'training', 1, { a: [1, 2] }, new Map([[1, { b: 2 }]]), [1, 'two', undefined], new Error('shown'));
  await storage.run({ id: 1 }, () => readFile(fileURLToPath(import.meta.url), 'utf8'));
  const app = require('./app.cjs');
  await askServer(app.connectLike());
  await askServer(app.plain);
  await askHandler();
  app.end();
  process.kill(process.pid, 'SIGTERM');
}

setImmediate(() => train().catch((error) => {
  console.error(error);
  process.exit(1);
}));
