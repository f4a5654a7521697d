'use strict';
// `export default { fetch(request, env, ctx) }`: a program of its own per test file, and clients against it.
const { test, assert } = require('./harness');
const http = require('http');
const net = require('net');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { spawn } = require('child_process');

const source = `
export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    switch (url.pathname) {
      case '/json': return Response.json({ method: request.method, url: request.url, mine: request.headers.get('x-mine') });
      case '/text': return new Response('größe', { status: 201, statusText: 'Made', headers: { 'X-A': 'b', 'set-cookie': 'c=d' } });
      case '/echo': return new Response(await request.text(), { headers: { 'content-type': 'text/x' } });
      case '/cancel': case '/leave': {
        const reader = request.body.getReader();
        const { value } = await reader.read();
        if (url.pathname === '/cancel') await reader.cancel();
        return new Response(value.length > 0 ? 'a part' : 'nothing');
      }
      case '/bytes': return new Response(await request.arrayBuffer());
      case '/pipe': return new Response(request.body);
      case '/throw': throw new Error('handler failed');
      case '/nothing': return undefined;
      case '/env': return new Response(env.JSD_TEST_VALUE);
      case '/wait': ctx.waitUntil(Promise.reject(new Error('later'))); return new Response('ok');
      case '/empty': return new Response(null, { status: 204 });
      case '/cookies': {
        const headers = new Headers();
        headers.append('set-cookie', 'a=1');
        headers.append('set-cookie', 'b=2');
        return new Response(null, { headers });
      }
      case '/control': return new Response('x', { headers: { 'x-a': 'a\\x01b' } });
      case '/file': {
        const fs = await import('node:fs');
        const blob = await fs.openAsBlob(url.searchParams.get('path'), { type: 'text/x-file' });
        const [from, to] = (request.headers.get('range') ?? '0-').split('-');
        const part = blob.slice(Number(from), to === '' ? undefined : Number(to), blob.type);
        return new Response(url.searchParams.has('mixed') ? new Blob(['<', part, '>']) : part);
      }
      case '/changed': {
        const fs = await import('node:fs');
        const blob = await fs.openAsBlob(url.searchParams.get('path'));
        fs.appendFileSync(url.searchParams.get('path'), 'more');
        return new Response(blob);
      }
      case '/framing': return new Response('four', { headers: { date: 'today', connection: 'close', 'transfer-encoding': 'chunked', 'content-length': '9', 'X-A': '1' } });
      case '/alike': {
        // As @hono/node-server makes them: Response's prototype, and getters of its own.
        const alike = Object.create(Response.prototype, {
          status: { value: 202 }, body: { value: 'alike' }, headers: { value: new Headers({ 'x-alike': '1' }) }, statusText: { value: '' },
        });
        return alike;
      }
      case '/form': {
        const form = await request.formData();
        return Response.json([...form.keys()]);
      }
      case '/stream': {
        let i = 0;
        return new Response(new ReadableStream({
          pull(controller) {
            if (i++ === 3) controller.close();
            else controller.enqueue(new TextEncoder().encode('part' + i));
          },
        }));
      }
      case '/big': {
        let left = 64;
        const chunk = new Uint8Array(1 << 20);
        return new Response(new ReadableStream({
          pull(controller) {
            if (left-- === 0) controller.close();
            else controller.enqueue(chunk);
          },
        }));
      }
      case '/aborted': {
        request.signal.addEventListener('abort', () => console.log('aborted'));
        return new Promise(() => {});
      }
      default: return new Response('not found', { status: 404 });
    }
  },
};
`;

let child;
let port;
let printed = '';
let errors = '';

test('jsd FILE serves a default export with fetch()', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'jsd-fetch-'));
  const file = path.join(directory, 'app.mjs');
  fs.writeFileSync(file, source);
  child = spawn(process.execPath, [file], { env: { ...process.env, PORT: '0', JSD_TEST_VALUE: 'from env' } });
  child.stderr.on('data', (chunk) => { errors += chunk; });
  port = await new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`ended with ${code}: ${errors}`)));
    child.stdout.on('data', (chunk) => {
      printed += chunk;
      const match = /localhost:(\d+)/.exec(printed);
      if (match) resolve(Number(match[1]));
    });
  });
  assert.ok(port > 0);
  fs.rmSync(directory, { recursive: true });
});

/** Resolves once the program's stderr matches (it may arrive after the answer). */
function printedError(pattern) {
  return new Promise((resolve) => {
    const look = () => {
      if (!pattern.test(errors)) return;
      child.stderr.removeListener('data', look);
      resolve();
    };
    child.stderr.on('data', look);
    look();
  });
}

function call(pathname, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const req = http.request({ host: '127.0.0.1', port, path: pathname, method, headers, agent: false }, (res) => {
      const chunks = [];
      res.on('data', (chunk) => chunks.push(chunk));
      res.on('end', () => resolve({ status: res.statusCode, reason: res.statusMessage, headers: res.headers, body: Buffer.concat(chunks) }));
      res.on('error', reject);
    });
    req.on('error', reject);
    req.end(body);
  });
}

test('Response.json; url, method and headers of the request', async () => {
  const { status, headers, body } = await call('/json?a=b%20c', { headers: { 'X-Mine': 'v' } });
  assert.strictEqual(status, 200);
  assert.strictEqual(headers['content-type'], 'application/json');
  assert.deepStrictEqual(JSON.parse(body), { method: 'GET', url: `http://127.0.0.1:${port}/json?a=b%20c`, mine: 'v' });
});

test('an upload that is cancelled, or left after a part, does not hold its connection', async () => {
  for (const pathname of ['/cancel', '/leave']) {
    const got = await new Promise((resolve, reject) => {
      const socket = net.connect(port, '127.0.0.1', () => socket.write(
        `POST ${pathname} HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n${'x'.repeat(900000)}` +
        'GET /text HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => { text += chunk; });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    assert.match(got, /^HTTP\/1\.1 200 OK\r\n[^]*a partHTTP\/1\.1 201 Made\r\n/);
  }
});

test('CONNECT asks for a tunnel: no handler is called for it', async () => {
  const got = await new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\nConnection: close\r\n\r\n'));
    let text = '';
    socket.on('data', (chunk) => { text += chunk; });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
  assert.match(got, /^HTTP\/1\.1 501 Not Implemented\r\n/);
});

test('status, reason, headers, UTF-8', async () => {
  const { status, reason, headers, body } = await call('/text');
  assert.deepStrictEqual([status, reason, headers['x-a'], headers['content-type'], headers['content-length'], body.toString()],
    [201, 'Made', 'b', 'text/plain;charset=UTF-8', '7', 'größe']);
  assert.deepStrictEqual(headers['set-cookie'], ['c=d']);
});

test('the same set of headers again and again, with what the engine frames itself left to it', async () => {
  for (let i = 0; i < 3; i++) {
    const { headers, body } = await call('/framing');
    assert.deepStrictEqual([headers.date, headers.connection, headers['transfer-encoding'], headers['content-length'], headers['x-a'], body.toString()],
      ['today', 'close', undefined, '4', '1', 'four']);
  }
});

test('a header with a control character is answered with 500, and the program lives on', async () => {
  for (let i = 0; i < 2; i++) assert.strictEqual((await call('/control')).status, 500);
  await printedError(/Invalid character in header content/);
  assert.strictEqual((await call('/env')).body.toString(), 'from env');
});

test("what has Response's prototype alone is asked through its getters", async () => {
  const { status, headers, body } = await call('/alike');
  assert.deepStrictEqual([status, headers['x-alike'], body.toString()], [202, '1', 'alike']);
});

test('request.url from the Host field and the target', async () => {
  const urlOf = (host, target) => new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(`GET /json HTTP/1.1\r\nHost: first\r\n\r\nGET ${target} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`));
    let text = '';
    socket.on('data', (chunk) => { text += chunk; });
    socket.on('error', reject);
    socket.on('close', () => resolve(/.*"url":"([^"]*)"/s.exec(text)?.[1]));
  });
  for (const [host, target, url] of [
    ['Host: a.com\r\n', '/json', 'http://a.com/json'], ['host: a.com:8080\r\n', '/json?x=%41&y', 'http://a.com:8080/json?x=%41&y'],
    ['Accept: */*\r\nHOST:  a.com \r\n', '/json', 'http://a.com/json'], ['Host: first.org\r\n', '/json', 'http://first.org/json'], ['Host: A.com:80\r\n', '/json', 'http://a.com/json'],
    ['Host: 127.1\r\n', '/json', 'http://127.0.0.1/json'], ['Host: [::1]:9\r\n', '/json', 'http://[::1]:9/json'], ['Host: a.com\r\n', '/x/../json', 'http://a.com/json'],
    ['Host: a.com\r\n', '/%2e/json', 'http://a.com/json'], ['Host: a.com\r\n', "/json?a='", 'http://a.com/json?a=%27'], ['Host: a.com\r\n', 'http://b.com/json', 'http://b.com/json'],
    ['Host: a.com\r\n', '/json?/../x', 'http://a.com/json?/../x'],
  ]) assert.strictEqual(await urlOf(host, target), url, `${host.trim()} ${target}`);
});

test('several cookies stay several lines', async () => {
  assert.deepStrictEqual((await call('/cookies')).headers['set-cookie'], ['a=1', 'b=2']);
});

test('request bodies: text, bytes, form', async () => {
  const text = 'x'.repeat(300000);
  assert.strictEqual((await call('/echo', { method: 'POST', body: text })).body.toString(), text);
  assert.deepStrictEqual((await call('/bytes', { method: 'POST', body: Buffer.from([1, 2, 255]) })).body, Buffer.from([1, 2, 255]));
  const form = await call('/form', { method: 'POST', body: 'a=1&b=2', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  assert.deepStrictEqual(JSON.parse(form.body), ['a', 'b']);
});

test('a request body as the response body', async () => {
  const body = Buffer.alloc(500000, 'p');
  assert.ok((await call('/pipe', { method: 'POST', body })).body.equals(body));
});

test('streams are chunked', async () => {
  const { headers, body } = await call('/stream');
  assert.strictEqual(headers['transfer-encoding'], 'chunked');
  assert.strictEqual(body.toString(), 'part1part2part3');
});

test('large streams arrive whole', async () => {
  assert.strictEqual((await call('/big')).body.length, 64 << 20);
});

test('HEAD has the length without the body', async () => {
  const { headers, body } = await call('/text', { method: 'HEAD' });
  assert.deepStrictEqual([headers['content-length'], body.length], ['7', 0]);
});

test('204 has no body', async () => {
  const { status, headers } = await call('/empty');
  assert.deepStrictEqual([status, headers['content-length']], [204, undefined]);
});

test('a throwing handler is a 500 with its stack on stderr', async () => {
  const { status } = await call('/throw');
  assert.strictEqual(status, 500);
  await printedError(/Error: handler failed\n\s+at /);
});

test('a handler that returns no Response is a 500 that says so', async () => {
  const { status } = await call('/nothing');
  assert.strictEqual(status, 500);
  await printedError(/must return a Response[^]*returned undefined/);
});

test('env and ctx.waitUntil', async () => {
  assert.strictEqual((await call('/env')).body.toString(), 'from env');
  assert.strictEqual((await call('/wait')).body.toString(), 'ok');
});

test('a client that goes away aborts request.signal', async () => {
  const seen = new Promise((resolve) => {
    child.stdout.on('data', (chunk) => { if (String(chunk).includes('aborted')) resolve(); });
  });
  const socket = net.connect(port, '127.0.0.1', () => {
    socket.write('GET /aborted HTTP/1.1\r\nHost: a\r\n\r\n');
    setTimeout(() => socket.destroy(), 50);
  });
  await seen;
});

test('keep-alive: one connection, several requests', async () => {
  const answer = await new Promise((resolve, reject) => {
    let all = '';
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.write('GET /env HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    });
    socket.on('data', (chunk) => { all += chunk; });
    socket.on('close', () => resolve(all));
    socket.on('error', reject);
  });
  assert.match(answer, /200 OK[^]*from env[^]*404 Not Found[^]*not found$/);
});

test('a Blob of a file is sent whole, in parts, among others; not when the file has changed', async () => {
  const file = path.join(os.tmpdir(), `jsd-file-${process.pid}`);
  const content = Buffer.alloc(3000000, 'abcdefghijklmnopqrstuvw');
  fs.writeFileSync(file, content);
  const get = async (query, options) => {
    const response = await fetch(`http://127.0.0.1:${port}/file?path=${encodeURIComponent(file)}${query}`, options);
    return [response, Buffer.from(await response.arrayBuffer())];
  };
  const [whole, bytes] = await get('');
  assert.strictEqual(whole.headers.get('content-length'), '3000000');
  assert.strictEqual(whole.headers.get('content-type'), 'text/x-file');
  assert.ok(bytes.equals(content));
  assert.strictEqual((await get('', { headers: { range: '1000000-1000010' } }))[1].toString(), content.toString('latin1', 1000000, 1000010));
  const [mixed, both] = await get('&mixed');
  assert.strictEqual(mixed.headers.get('content-length'), '3000002');
  assert.ok(both.equals(Buffer.concat([Buffer.from('<'), content, Buffer.from('>')])));
  const [head, none] = await get('', { method: 'HEAD' });
  assert.deepStrictEqual([head.headers.get('content-length'), none.length], ['3000000', 0]);
  const changed = await fetch(`http://127.0.0.1:${port}/changed?path=${encodeURIComponent(file)}`);
  assert.strictEqual(changed.status, 500);
  fs.rmSync(file);
});

test('the end', async () => {
  child.removeAllListeners('exit');
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.kill();
  await ended;
});
