'use strict';
// npm packages on node:http2, unmodified, over real sockets: gRPC's four kinds of calls, clients that speak h2 by ALPN,
// Fastify as an HTTP/2 server.
const { test, assert } = require('./harness');
const http2 = require('http2');
const { once } = require('events');
const { certificate } = require('./transport');

const own = certificate();
const asClient = { ca: own.cert };

// ---- @grpc/grpc-js ------------------------------------------------------------------------------------------------

const grpc = require('@grpc/grpc-js');
const text = { serialize: (value) => Buffer.from(JSON.stringify(value)), deserialize: (bytes) =>
  JSON.parse(bytes.toString()) };
const method = (name, requestStream, responseStream) => ({
  path: `/test.Test/${name}`, requestStream, responseStream, requestSerialize: text.serialize,
    requestDeserialize: text.deserialize,
  responseSerialize: text.serialize, responseDeserialize: text.deserialize,
});
const service = {
  unary: method('Unary', false, false), gather: method('Gather', true, false), spread: method('Spread', false, true),
  echo: method('Echo', true, true), fail: method('Fail', false, false), slow: method('Slow', false, false),
};
const implementation = {
  unary(call, done) { done(null, { got: call.request, meta: call.metadata.get('x-from') }); },
  gather(call, done) {
    let sum = 0;
    call.on('data', (n) => { sum += n; });
    call.on('end', () => done(null, sum));
  },
  spread(call) {
    for (let i = 0; i < call.request; i++) call.write(i);
    call.end();
  },
  echo(call) {
    call.on('data', (value) => call.write(value));
    call.on('end', () => call.end());
  },
  fail(call, done) { done({ code: grpc.status.NOT_FOUND, details: 'nothing here' }); },
  slow() {},
};

async function withGrpc(credentials, clientCredentials, run) {
  const server = new grpc.Server();
  server.addService(service, implementation);
  const port = await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const Client = grpc.makeGenericClientConstructor(service, 'Test');
  const client = new Client(`localhost:${port}`, clientCredentials);
  try {
    await run(client);
  } finally {
    client.close();
    server.forceShutdown();
  }
}

const collect = async (stream) => {
  const list = [];
  for await (const one of stream) list.push(one);
  return list;
};

async function allKinds(client) {
  const metadata = new grpc.Metadata();
  metadata.set('x-from', 'test');
  assert.deepStrictEqual(await new Promise((resolve, reject) => {
    client.unary({ a: 'ä'.repeat(40000) }, metadata, (error, value) => (error ? reject(error) : resolve(value)));
  }), { got: { a: 'ä'.repeat(40000) }, meta: ['test'] });
  assert.strictEqual(await new Promise((resolve, reject) => {
    const call = client.gather((error, value) => (error ? reject(error) : resolve(value)));
    for (let i = 1; i <= 100; i++) call.write(i);
    call.end();
  }), 5050);
  assert.deepStrictEqual(await collect(client.spread(50)), Array.from({ length: 50 }, (_, i) => i));
  const call = client.echo();
  const answers = collect(call);
  for (let i = 0; i < 20; i++) call.write({ i });
  call.end();
  assert.deepStrictEqual(await answers, Array.from({ length: 20 }, (_, i) => ({ i })));
  const error = await new Promise((resolve) => { client.fail({}, resolve); });
  assert.strictEqual(error.code, grpc.status.NOT_FOUND);
  assert.strictEqual(error.details, 'nothing here');
  const late = await new Promise((resolve) => { client.slow({}, { deadline: Date.now() + 100 }, resolve); });
  assert.strictEqual(late.code, grpc.status.DEADLINE_EXCEEDED);
}

test('gRPC: all four kinds of calls, statuses and deadlines, in clear', () => withGrpc(
  grpc.ServerCredentials.createInsecure(), grpc.credentials.createInsecure(), allKinds));

test('gRPC: the same over TLS', () => withGrpc(
  grpc.ServerCredentials.createSsl(null, [{ private_key: Buffer.from(own.key), cert_chain: Buffer.from(own.cert) }]),
  grpc.credentials.createSsl(Buffer.from(own.cert), null, null, { checkServerIdentity: () => undefined }), allKinds));

// ---- clients ------------------------------------------------------------------------------------------------------

async function withServer(listener, run) {
  const server = http2.createSecureServer({ ...own, allowHTTP1: true }, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await run(server.address().port);
  } finally {
    await new Promise((resolve) => { server.close(resolve); server.closeAllConnections?.(); });
  }
}

const answer = async (req, res) => {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  res.setHeader('content-type', 'application/json');
  res.end(JSON.stringify({ version: req.httpVersion, method: req.method, url: req.url,
    size: Buffer.concat(chunks).length }));
};

test('undici speaks HTTP/2 where the server does', () => withServer(answer, async (port) => {
  const { Client } = require('undici');
  const client = new Client(`https://127.0.0.1:${port}`, { allowH2: true, connect: { ...asClient,
    checkServerIdentity: () => undefined } });
  try {
    const answers = await Promise.all(Array.from({ length: 10 }, async (_, i) => {
      const { statusCode, body } = await client.request({ path: `/${i}`, method: 'POST', body: 'x'.repeat(i * 20000) });
      return [statusCode, await body.json()];
    }));
    for (const [i, [status, value]] of answers.entries()) {
      assert.strictEqual(status, 200);
      assert.deepStrictEqual(value, { version: '2.0', method: 'POST', url: `/${i}`, size: i * 20000 });
    }
  } finally {
    await client.close();
  }
}));

test('got speaks HTTP/2 where the server does', () => withServer(answer, async (port) => {
  const { default: got } = require('got');
  const options = { http2: true, https: { certificateAuthority: own.cert }, retry: { limit: 0 } };
  assert.deepStrictEqual(await got.post(`https://localhost:${port}/x`, { ...options, body: 'x'.repeat(200000) }).json(),
                         { version: '2.0', method: 'POST', url: '/x', size: 200000 });
  const answers = await Promise.all(['/1', '/2', '/3'].map((name) => got(`https://localhost:${port}${name}`,
    options).json()));
  assert.deepStrictEqual(answers.map(({ version, url }) => [version, url]), [['2.0', '/1'], ['2.0', '/2'], ['2.0',
    '/3']]);
}));

// ---- Fastify ------------------------------------------------------------------------------------------------------

test('Fastify serves HTTP/2, and HTTP/1.1 beside it', async () => {
  const app = require('fastify')({ http2: true, https: { allowHTTP1: true, ...own } });
  app.post('/echo', async (request) => ({ got: request.body, version: request.raw.httpVersion }));
  app.get('/stream', (request, reply) => reply.send(require('stream').Readable.from(['a', 'b', 'c'])));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address();
  const session = http2.connect(`https://127.0.0.1:${port}`, { ...asClient, checkServerIdentity: () => undefined });
  const request = async (headers, body) => {
    const stream = session.request(headers);
    stream.end(body);
    const [head] = await once(stream, 'response');
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    return [head[':status'], Buffer.concat(chunks).toString()];
  };
  assert.deepStrictEqual(await request({ ':path': '/echo', ':method': 'POST', 'content-type': 'application/json' },
    '{"a":1}'),
                         [200, '{"got":{"a":1},"version":"2.0"}']);
  assert.deepStrictEqual(await request({ ':path': '/stream' }), [200, 'abc']);
  assert.strictEqual((await request({ ':path': '/none' }))[0], 404);
  const [old] = await once(require('https').get({ port, host: '127.0.0.1', path: '/stream', agent: false, ...asClient,
    checkServerIdentity: () => undefined }), 'response');
  old.resume();
  await once(old, 'end');
  assert.strictEqual(old.httpVersion, '1.1');
  session.close();
  await app.close();
});
