'use strict';
// fetch and the classes around it, against node:http's server.
const { test, assert } = require('./harness');
const http = require('http');
const { once } = require('events');

async function withServer(listener, use) {
  const server = http.createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(`http://127.0.0.1:${server.address().port}`, server);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test('Headers: names, values, order, cookies', () => {
  const headers = new Headers({ 'X-B': ' 1 ', accept: 'a' });
  headers.append('x-b', '2');
  headers.append('Set-Cookie', 'a=1');
  headers.append('Set-Cookie', 'b=2');
  assert.strictEqual(headers.get('X-b'), '1, 2');
  assert.strictEqual(headers.get('none'), null);
  assert.deepStrictEqual(headers.getSetCookie(), ['a=1', 'b=2']);
  assert.deepStrictEqual([...headers], [['accept', 'a'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['x-b', '1, 2']]);
  headers.set('x-b', '3');
  headers.delete('accept');
  assert.strictEqual(headers.has('Accept'), false);
  assert.deepStrictEqual([...headers.keys()], ['set-cookie', 'set-cookie', 'x-b']);
  assert.throws(() => new Headers({ 'a b': '1' }), TypeError);
  assert.throws(() => headers.set('a', 'b\nc'), TypeError);
  assert.throws(() => new Headers([['a']]), TypeError);
  assert.throws(() => new Headers(5), TypeError);
  assert.deepStrictEqual([...new Headers([['b', '1'], ['a', '2'], ['b', '3']])], [['a', '2'], ['b', '1, 3']]);
  assert.deepStrictEqual([...new Headers(new Headers({ a: '1' }))], [['a', '1']]);
  const seen = [];
  headers.forEach((value, name, all) => seen.push(name, value, all === headers));
  assert.deepStrictEqual(seen.slice(-3), ['x-b', '3', true]);
});

test('Headers: an object is read as the standard reads a record, however often its like was seen', () => {
  const symbol = Symbol('s');
  const said = (log, text) => ({ toString() { log.push(`str ${text}`); return text; } });
  const traced = (target, log) => new Proxy(target, {
    ownKeys(t) { log.push('ownKeys'); return Reflect.ownKeys(t); },
    getOwnPropertyDescriptor(t, k) { log.push(`descriptor ${String(k)}`); return Reflect.getOwnPropertyDescriptor(t, k); },
    get(t, k, r) { log.push(`get ${String(k)}`); return Reflect.get(t, k, r); },
    getPrototypeOf(t) { log.push('prototype'); return Reflect.getPrototypeOf(t); },
  });
  const wanted = {
    plain: [() => ({ b: '1', 'X-A': ' 2 ' }), [['b', '1'], ['x-a', '2']]],
    'one name twice': [() => ({ a: '1', A: '2' }), [['a', '1, 2']]],
    cookies: [() => ({ 'set-cookie': 'a', 'Set-Cookie': 'b' }), [['set-cookie', 'a'], ['set-cookie', 'b']]],
    primitives: [() => ({ a: 1, b: null, c: undefined, d: true }), [['a', '1'], ['b', 'null'], ['c', 'undefined'], ['d', 'true']]],
    'array indices': [() => ({ x: 'c', 2: 'b', 1: 'a' }), [['1', 'a'], ['2', 'b'], ['x', 'c']]],
    'null prototype': [() => Object.assign(Object.create(null), { a: '1' }), [['a', '1']]],
    'not enumerable, inherited': [() => Object.create({ inherited: '1' }, { own: { value: '2', enumerable: true } }), [['own', '2']]],
    getters: [(log) => ({ get b() { log.push('b'); return '2'; }, get a() { log.push('a'); return said(log, '1'); } }), [['a', '1'], ['b', '2']], 'b,a,str 1'],
    'a getter that adds': [() => ({ get a() { this.z = '9'; return '1'; }, b: '2' }), [['a', '1'], ['b', '2']]],
    'a getter that changes': [() => ({ get a() { this.b = '3'; return '1'; }, b: '2' }), [['a', '1'], ['b', '3']]],
    'a name checked after all values were got': [(log) => ({ 'a b': '1', get c() { log.push('c'); return '1'; } }), TypeError, 'c'],
    'a value converted before the next is got': [(log) => ({ a: '\u0100', get c() { log.push('c'); return '1'; } }), TypeError, ''],
    'a key converted before its value is got': [(log) => ({ get '\u0100'() { log.push('got'); return '1'; } }), TypeError, ''],
    'line breaks': [() => ({ a: 'x\ny' }), TypeError], 'a symbol as key': [() => ({ a: '1', [symbol]: '2' }), TypeError], 'a symbol as value': [() => ({ a: symbol }), TypeError],
    proxy: [(log) => traced({ a: said(log, '1'), b: '2' }, log), [['a', '1'], ['b', '2']], 'get Symbol(Symbol.iterator),ownKeys,descriptor a,get a,str 1,descriptor b,get b'],
    'proxy of pairs': [(log) => traced([['a', '1']], log), [['a', '1']]],
    pairs: [() => [['b', '1'], new Set(['a', '2'])], [['a', '2'], ['b', '1']]], map: [() => new Map([['a', '1']]), [['a', '1']]],
    'an iterator of its own': [() => ({ a: '1', *[Symbol.iterator]() { yield ['b', '2']; } }), [['b', '2']]],
    headers: [() => new Headers([['set-cookie', 'a'], ['set-cookie', 'b'], ['x', '1'], ['x', '2']]), [['set-cookie', 'a'], ['set-cookie', 'b'], ['x', '1, 2']]],
    subclass: [() => new (class extends Headers {})({ a: '1' }), [['a', '1']]],
    'a subclass that iterates otherwise': [() => new (class extends Headers { *[Symbol.iterator]() { yield ['o', 'v']; } })({ a: '1' }), [['o', 'v']]],
    'an adapter over something else': [() => new (class extends Headers {
      entries() { return [['q', 'r']][Symbol.iterator](); }
      [Symbol.iterator]() { return this.entries(); }
    })(), [['q', 'r']]],
    'Headers with an iterator of its own': [() => Object.assign(new Headers({ a: '1' }), { [Symbol.iterator]: function* own() { yield ['p', 'q']; } }), [['p', 'q']]],
    'the prototype alone': [() => Object.create(Headers.prototype), TypeError],
  };
  const makers = {
    Headers: (init) => new Headers(init),
    Response: (init) => new Response(null, { headers: init }).headers,
    Request: (init) => new Request('http://a/', { headers: init }).headers,
  };
  for (const [name, [make, expected, expectedLog]] of Object.entries(wanted)) {
    for (const [kind, of] of Object.entries(makers)) {
      for (let times = 0; times < 3; times++) {
        const log = [];
        const init = make(log);
        if (expected === TypeError) assert.throws(() => of(init), TypeError, `${kind} of ${name}`);
        else assert.deepStrictEqual([...of(init)], expected, `${kind} of ${name}`);
        if (expectedLog !== undefined) assert.strictEqual(log.join(), expectedLog, `${kind} of ${name}`);
      }
    }
  }
  Object.defineProperty(Object.prototype, 'polluted', { value: '1', enumerable: true, configurable: true });
  try {
    assert.deepStrictEqual([...new Headers({ a: '1' })], [['a', '1']]);
  } finally {
    delete Object.prototype.polluted;
  }
});

test('Headers: a Proxy and a symbol key are seen by optimised code too', () => {
  // Optimised code asks C directly, without the binding's usual way in.
  const make = (init) => new Headers(init).get('a');
  for (let i = 0; i < 50000; i++) make({ a: '1', b: '2' });
  let trapped = 0;
  for (let i = 0; i < 2000; i++) {
    assert.strictEqual(make(new Proxy({ a: 'p' }, { ownKeys(target) { trapped++; return Reflect.ownKeys(target); } })), 'p');
    assert.strictEqual(make({ a: `${i}`, b: '2' }), `${i}`);
  }
  assert.strictEqual(trapped, 2000);
  assert.throws(() => make({ a: '1', [Symbol('s')]: '2' }), TypeError);
});

test('Headers: what was made from the same object shares nothing', () => {
  const init = { 'x-a': '1' };
  const first = new Response('x', { headers: init });
  const second = new Response('x', { headers: init });
  const kept = new Headers(init);
  const copy = first.clone();
  first.headers.set('x-a', '2');
  first.headers.append('y', 'z');
  copy.headers.delete('x-a');
  assert.strictEqual(new Response(null, { headers: kept }).headers.get('x-a'), '1');
  kept.set('x-a', '3');
  for (const untouched of [second, new Response('x', { headers: init })]) {
    assert.deepStrictEqual([...untouched.headers], [['content-type', 'text/plain;charset=UTF-8'], ['x-a', '1']]);
  }
  Response.json({}).headers.set('content-type', 'changed');
  assert.strictEqual(Response.json({}).headers.get('content-type'), 'application/json');
  for (let i = 0; i < 3000; i++) assert.strictEqual(new Headers({ 'x-a': `${i}`, b: `${i % 7}` }).get('x-a'), `${i}`);
});

test('Headers: iteration is live, and an object of its own kind', () => {
  const headers = new Headers({ a: '1', c: '3' });
  const seen = [];
  for (const [name] of headers) {
    seen.push(name);
    if (name === 'a') headers.set('b', '2');
  }
  assert.deepStrictEqual(seen, ['a', 'b', 'c']);
  for (const entry of headers) entry[1] = 'changed';
  assert.strictEqual(headers.get('a'), '1');
  assert.strictEqual(String(headers.keys()), '[object Headers Iterator]');
  assert.throws(() => Headers.prototype.get.call({}, 'a'), TypeError);
  assert.strictEqual(require('util').inspect(new Headers([['set-cookie', 'b'], ['a', '1'], ['set-cookie', 'c']])), "Headers { 'set-cookie': 'b, c', a: '1' }");
});

test('Response: constructor, statics, body methods, clone', async () => {
  const response = new Response('hällo', { status: 201, statusText: 'Made', headers: { 'x-a': '1' } });
  assert.deepStrictEqual([response.status, response.statusText, response.ok, response.type], [201, 'Made', true, 'default']);
  assert.strictEqual(response.headers.get('content-type'), 'text/plain;charset=UTF-8');
  const copy = response.clone();
  assert.strictEqual(await response.text(), 'hällo');
  assert.strictEqual(response.bodyUsed, true);
  await assert.rejects(response.text(), TypeError);
  assert.strictEqual((await copy.arrayBuffer()).byteLength, 6);
  assert.deepStrictEqual(await Response.json({ a: [1] }).json(), { a: [1] });
  assert.strictEqual(Response.json({}).headers.get('content-type'), 'application/json');
  const redirect = Response.redirect('http://a/b', 301);
  assert.deepStrictEqual([redirect.status, redirect.headers.get('location')], [301, 'http://a/b']);
  assert.throws(() => redirect.headers.set('a', 'b'), TypeError);
  assert.strictEqual(Response.error().type, 'error');
  assert.throws(() => new Response('x', { status: 204 }), TypeError);
  assert.throws(() => new Response('x', { status: 99 }), RangeError);
  assert.throws(() => Response.redirect('http://a', 200), RangeError);
  assert.strictEqual(new Response(null).body, null);
});

test('Response: kinds of bodies', async () => {
  assert.strictEqual(await new Response(new Uint8Array([97, 98])).text(), 'ab');
  assert.strictEqual(await new Response(new Uint8Array([97, 98]).buffer).text(), 'ab');
  assert.strictEqual(await new Response(new Blob(['bl', 'ob'], { type: 'a/b' })).text(), 'blob');
  const form = new Response(new URLSearchParams({ a: '1 2' }));
  assert.strictEqual(form.headers.get('content-type'), 'application/x-www-form-urlencoded;charset=UTF-8');
  assert.strictEqual(await form.text(), 'a=1+2');
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('str'));
      controller.enqueue(new TextEncoder().encode('eam'));
      controller.close();
    },
  });
  assert.strictEqual(await new Response(stream).text(), 'stream');
  const reader = new Response('abc').body.getReader();
  const { value } = await reader.read();
  assert.strictEqual(Buffer.from(value).toString(), 'abc');
});

test('Request: constructor, method, body, clone, errors', async () => {
  const request = new Request('http://a/b', { method: 'post', body: '{"x":1}', headers: { 'content-type': 'application/json' } });
  assert.deepStrictEqual([request.method, request.url, request.headers.get('content-type')], ['POST', 'http://a/b', 'application/json']);
  const copy = request.clone();
  assert.deepStrictEqual(await request.json(), { x: 1 });
  assert.strictEqual(await new Request(copy).text(), '{"x":1}');
  assert.throws(() => new Request('http://a', { body: 'x' }), TypeError);
  assert.throws(() => new Request('/relative'), TypeError);
  assert.throws(() => new Request('http://a', { method: 'CONNECT' }), TypeError);
  assert.throws(() => new Request('http://u:p@a'), TypeError);
  assert.strictEqual(new Request('http://a').signal.aborted, false);
});

test('FormData through a multipart body', async () => {
  const form = new FormData();
  form.append('a', '1');
  form.append('a', '2');
  form.append('file', new Blob(['content'], { type: 'text/x' }), 'name "q".txt');
  const response = new Response(form);
  assert.match(response.headers.get('content-type'), /^multipart\/form-data; boundary=/);
  const back = await response.formData();
  assert.deepStrictEqual(back.getAll('a'), ['1', '2']);
  const file = back.get('file');
  assert.deepStrictEqual([file.name, file.type, await file.text()], ['name "q".txt', 'text/x', 'content']);
  const encoded = await new Response(new URLSearchParams('x=1&y=2')).formData();
  assert.deepStrictEqual([...encoded], [['x', '1'], ['y', '2']]);
});

test('fetch: get, json, headers, url', () => withServer((req, res) => {
  res.setHeader('X-Seen', req.headers['x-mine'] ?? '');
  res.end(JSON.stringify({ url: req.url, method: req.method }));
}, async (base) => {
  const response = await fetch(`${base}/p?q=1`, { headers: { 'X-Mine': 'v' } });
  assert.deepStrictEqual([response.status, response.ok, response.url, response.redirected], [200, true, `${base}/p?q=1`, false]);
  assert.strictEqual(response.headers.get('x-seen'), 'v');
  assert.deepStrictEqual(await response.json(), { url: '/p?q=1', method: 'GET' });
}));

test('fetch: bodies of requests', () => withServer((req, res) => {
  let body = '';
  req.on('data', (chunk) => { body += chunk; });
  req.on('end', () => res.end(JSON.stringify([body, req.headers['content-type'] ?? null, req.headers['content-length'] ?? null])));
}, async (base) => {
  const send = async (body, extra) => (await fetch(base, { method: 'POST', body, ...extra })).json();
  assert.deepStrictEqual(await send('text'), ['text', 'text/plain;charset=UTF-8', '4']);
  assert.deepStrictEqual(await send(new Uint8Array([104, 105])), ['hi', null, '2']);
  assert.deepStrictEqual(await send(new URLSearchParams({ a: 'b' })), ['a=b', 'application/x-www-form-urlencoded;charset=UTF-8', '3']);
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('one'));
      controller.enqueue(new TextEncoder().encode('two'));
      controller.close();
    },
  });
  assert.deepStrictEqual(await send(stream, { duplex: 'half' }), ['onetwo', null, null]);
}));

test('fetch: redirects', () => withServer((req, res) => {
  if (req.url === '/loop') res.writeHead(302, { Location: '/loop' }).end();
  else if (req.url === '/a') res.writeHead(302, { Location: '/b' }).end();
  else if (req.url === '/keep') res.writeHead(307, { Location: '/b' }).end();
  else {
    let body = '';
    req.on('data', (chunk) => { body += chunk; });
    req.on('end', () => res.end(`${req.method} ${req.url} ${body}`));
  }
}, async (base) => {
  const response = await fetch(`${base}/a`, { method: 'POST', body: 'x' });
  assert.deepStrictEqual([response.redirected, response.url, await response.text()], [true, `${base}/b`, 'GET /b ']);
  assert.strictEqual(await (await fetch(`${base}/keep`, { method: 'POST', body: 'x' })).text(), 'POST /b x');
  assert.strictEqual((await fetch(`${base}/a`, { redirect: 'manual' })).status, 302);
  await assert.rejects(fetch(`${base}/a`, { redirect: 'error' }), { name: 'TypeError', message: 'fetch failed' });
  await assert.rejects(fetch(`${base}/loop`), { message: 'fetch failed' });
}));

test('fetch: abort before and during', () => withServer((req, res) => { res.write('start'); }, async (base) => {
  await assert.rejects(fetch(base, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  const controller = new AbortController();
  const response = await fetch(base, { signal: controller.signal });
  const text = response.text();
  controller.abort();
  await assert.rejects(text, { name: 'AbortError' });
}));

test('fetch: streamed response', () => withServer(async (req, res) => {
  for (let i = 0; i < 5; i++) {
    res.write(`${i}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  res.end();
}, async (base) => {
  const response = await fetch(base);
  let all = '';
  const reader = response.body.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    all += Buffer.from(value).toString();
  }
  assert.strictEqual(all, '01234');
}));

test('fetch: failures carry their cause', async () => {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  const error = await fetch(`http://127.0.0.1:${port}`).catch((reason) => reason);
  assert.strictEqual(error.message, 'fetch failed');
  assert.strictEqual(error.cause.code, 'ECONNREFUSED');
  await assert.rejects(fetch('nonsense:'), TypeError);
});

test('fetch: data URLs', async () => {
  assert.strictEqual(await (await fetch('data:text/plain;base64,aGk=')).text(), 'hi');
  assert.strictEqual(await (await fetch('data:,a%20b')).text(), 'a b');
});
