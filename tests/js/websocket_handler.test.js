'use strict';
// WebSockets of a fetch handler (ctx.upgradeWebSocket, WebSocketPair), with the package ws and raw sockets as clients.
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');
const { spawn } = require('child_process');
const { once } = require('events');
const WS = require('ws');
const { test, assert } = require('./harness');

const source = `
const log = [];
export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === '/log') return Response.json(log.splice(0));
    if (pathname === '/publish') return Response.json(ctx.publish('news', 'published'));
    if (pathname === '/later') await new Promise((resolve) => setTimeout(resolve, 5));
    if (pathname === '/pair') {
      const pair = new WebSocketPair();
      pair[1].accept();
      pair[1].addEventListener('message', ({ data }) => pair[1].send('pair ' + data));
      return new Response(null, { status: 101, webSocket: pair[0], headers: { 'x-pair': 'yes' } });
    }
    if (pathname === '/101') return new Response(null, { status: 101, webSocket: {} });
    let made;
    try {
      made = ctx.upgradeWebSocket(request, {
        protocol: ['chat', 'news'],
        compress: pathname === '/deflate' ? true : pathname === '/nocontext' ? { noContext: true, clientNoContext: true, windowBits: 10 } : false,
        maxMessageBytes: pathname === '/small' ? 10 : undefined,
        idleTimeout: pathname === '/idle' ? 1500 : undefined,
      });
    } catch (error) {
      return new Response(error.message, { status: 400 });
    }
    const { socket, response } = made;
    response.headers.set('set-cookie', 'a=b');
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      log.push(['open', socket.readyState, socket.protocol, socket.extensions]);
      if (pathname === '/hello') socket.send('hello');
      if (pathname === '/bye') socket.close(1001, 'going');
      if (pathname === '/terminate') socket.terminate();
    };
    socket.onmessage = ({ data }) => {
      if (data === 'subscribe') socket.send(String(socket.subscribe('news')));
      else if (data === 'unsubscribe') socket.send(String(socket.unsubscribe('news')));
      else if (data === 'publish') socket.publish('news', 'from one');
      else if (data === 'large') ctx.publish('news', 'large '.repeat(4000));
      else if (data === 'bye') {
        socket.send('one');
        socket.send(new Uint8Array([2]));
        socket.send('last');
        log.push(['buffered', socket.bufferedAmount > 0]);
        socket.close(3000, 'bye');
      } else if (data === 'throw') throw new Error('a listener threw');
      else socket.send(data);
    };
    socket.onerror = (event) => log.push(['error', event.message]);
    socket.onclose = (event) => log.push(['close', event.code, event.reason, event.wasClean]);
    return response;
  },
};
process.on('uncaughtException', (error) => log.push(['uncaught', error.message]));
`;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'jsd-websocket-'));
let child;
let port;

async function start() {
  const file = path.join(folder, 'app.mjs');
  fs.writeFileSync(file, source);
  child = spawn(process.execPath, [file], { env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += chunk;
    port = Number(/localhost:(\d+)/.exec(printed)?.[1]);
    if (port > 0) break;
  }
}

const get = async (where) => (await fetch(`http://127.0.0.1:${port}${where}`)).json();

/** The app's log, once it has an entry of that name. */
async function logUntil(name) {
  const all = [];
  while (!all.some(([one]) => one === name)) all.push(...await get('/log'));
  return all;
}

async function connect(where, protocols = [], options = {}) {
  const ws = new WS(`ws://127.0.0.1:${port}${where}`, protocols, options);
  await once(ws, 'open');
  return ws;
}

async function answer(ws, data) {
  const came = once(ws, 'message');
  ws.send(data);
  const [bytes, binary] = await came;
  return binary ? bytes : String(bytes);
}

async function close(ws) {
  ws.close();
  await once(ws, 'close');
}

test('echo of text and bytes, with the answer\'s headers and protocol', async () => {
  await start();
  const ws = new WS(`ws://127.0.0.1:${port}/`, ['other', 'news']);
  const [[response]] = await Promise.all([once(ws, 'upgrade'), once(ws, 'open')]);
  assert.equal(response.headers['set-cookie'][0], 'a=b');
  assert.equal(ws.protocol, 'news');
  assert.equal(await answer(ws, 'größe'), 'größe');
  assert.equal(await answer(ws, ''), '');
  const big = 'x'.repeat(300000);
  assert.equal(await answer(ws, big), big);
  assert.deepEqual([...await answer(ws, Buffer.from([0, 255, 1]))], [0, 255, 1]);
  ws.close(4321, 'mine');
  const [code] = await once(ws, 'close');
  assert.equal(code, 4321);
  const log = await logUntil('close');
  assert.deepEqual(log, [['open', 1, 'news', ''], ['close', 4321, 'mine', true]]);
});

test('a handler that answers later, and one that speaks first', async () => {
  const later = await connect('/later');
  assert.equal(await answer(later, 'x'), 'x');
  await close(later);
  const hello = new WS(`ws://127.0.0.1:${port}/hello`);
  const [data] = await once(hello, 'message');
  assert.equal(String(data), 'hello');
  await close(hello);
});

test('what came right behind the head is not lost', async () => {
  const socket = net.connect(port, '127.0.0.1');
  const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);
  socket.write(Buffer.concat([Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'), frame]));
  let got = '';
  for await (const chunk of socket) {
    got += chunk.toString('latin1');
    if (got.endsWith('\x81\x02hi')) break;
  }
  assert.ok(got.includes('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n'), got);
  socket.destroy();
});

test('close codes of the app\'s, and no close frame at all', async () => {
  const bye = new WS(`ws://127.0.0.1:${port}/bye`);
  const [code, reason] = await once(bye, 'close');
  assert.deepEqual([code, String(reason)], [1001, 'going']);
  const cut = new WS(`ws://127.0.0.1:${port}/terminate`);
  assert.equal((await once(cut, 'close'))[0], 1006);
});

test('a client that breaks the protocol, or sends too much, is told so', async () => {
  await get('/log');
  const ws = await connect('/');
  ws._socket.write(Buffer.from([0xf1, 0x80, 0, 0, 0, 0]));
  assert.equal((await once(ws, 'close'))[0], 1002);
  const log = await logUntil('close');
  assert.deepEqual(log.slice(-2), [['error', 'The client broke the protocol: a reserved bit is set'], ['close', 1006, '', false]]);
  const small = await connect('/small');
  small.send('01234567890');
  assert.equal((await once(small, 'close'))[0], 1009);
});

test('idleness: pings keep it, silence ends it', async () => {
  const ws = await connect('/idle');
  await once(ws, 'ping');
  await once(ws, 'ping'); // its answer to the first has kept it
  ws._socket.pause();
  await logUntil('close');
  ws.terminate();
});

for (const where of ['/deflate', '/nocontext']) {
  test(`compression: ${where}`, async () => {
    const ws = new WS(`ws://127.0.0.1:${port}${where}`, [], { perMessageDeflate: { threshold: 0 } });
    const [[response]] = await Promise.all([once(ws, 'upgrade'), once(ws, 'open')]);
    assert.equal(response.headers['sec-websocket-extensions'], 'permessage-deflate' +
      (where === '/deflate' ? '' : '; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10'));
    const before = ws._socket.bytesRead;
    const text = 'again and again '.repeat(4000);
    for (let i = 0; i < 4; i++) assert.equal(await answer(ws, text + i), text + i);
    assert.ok(ws._socket.bytesRead - before < 8000, ws._socket.bytesRead - before);
    await close(ws);
  });
}

test('topics: subscribe, publish to others, unsubscribe', async () => {
  const [a, b] = [await connect('/'), await connect('/')];
  assert.equal(await answer(a, 'subscribe'), 'true');
  assert.equal(await answer(a, 'subscribe'), 'false');
  assert.equal(await answer(b, 'subscribe'), 'true');
  const gotA = once(a, 'message');
  b.send('publish'); // to all but itself
  assert.equal(String((await gotA)[0]), 'from one');
  const both = Promise.all([once(a, 'message'), once(b, 'message')]);
  assert.equal(await get('/publish'), 2);
  assert.deepEqual((await both).map(([data]) => String(data)), ['published', 'published']);
  assert.equal(await answer(b, 'unsubscribe'), 'true');
  assert.equal(await get('/publish'), 1);
  await close(a);
  while (await get('/publish') !== 0);
  await close(b);
});

test('a published message is compressed where that was agreed on, and what follows it is readable', async () => {
  const plain = await connect('/', [], { perMessageDeflate: false });
  const packed = [await connect('/deflate'), await connect('/nocontext')];
  const all = [plain, ...packed];
  for (const ws of all) assert.equal(await answer(ws, 'subscribe'), 'true');
  const own = 'my own words, '.repeat(200);
  for (let round = 0; round < 3; round++) {
    for (const ws of all) assert.equal(await answer(ws, own), own);
    const before = all.map((ws) => ws._socket.bytesRead);
    const came = all.map((ws) => once(ws, 'message'));
    plain.send('large');
    for (const [data] of await Promise.all(came)) assert.equal(String(data), 'large '.repeat(4000));
    const [clear, ...small] = all.map((ws, i) => ws._socket.bytesRead - before[i]);
    assert.ok(clear > 24000 && small.every((size) => size < 1000), `${clear} ${small}`);
  }
  await Promise.all(all.map(close));
});

test('answers: any text and bytes, in order, many in one read, and before a close of the same turn', async () => {
  const ws = await connect('/');
  const texts = ['plain', 'größe', '', '€ and 😀', 'x'.repeat(20000), 'é'.repeat(9000)];
  const got = [];
  let done;
  const all = new Promise((resolve) => { done = resolve; });
  const rounds = 3000;
  ws.on('message', (data, binary) => {
    got.push(binary ? [...data] : String(data));
    if (got.length === rounds * 2) done();
  });
  for (let i = 0; i < rounds; i++) {
    ws.send(i % 50 === 0 ? texts[4 + (i / 50) % 2] : texts[i % 4]);
    ws.send(Buffer.from([i & 255, 1]));
  }
  await all;
  for (let i = 0; i < rounds; i++) {
    assert.equal(got[2 * i], i % 50 === 0 ? texts[4 + (i / 50) % 2] : texts[i % 4]);
    assert.deepEqual(got[2 * i + 1], [i & 255, 1]);
  }
  got.length = 0;
  ws.send('bye');
  const [code, reason] = await once(ws, 'close');
  assert.deepEqual([code, String(reason), got], [3000, 'bye', ['one', [2], 'last']]);
  assert.ok((await logUntil('close')).some(([what, value]) => what === 'buffered' && value));
});

test('WebSocketPair', async () => {
  const ws = await connect('/pair');
  assert.equal(await answer(ws, 'x'), 'pair x');
  await close(ws);
});

test('a listener that throws is an uncaught exception, and the WebSocket goes on', async () => {
  const ws = await connect('/');
  ws.send('throw');
  assert.equal(await answer(ws, 'still'), 'still');
  assert.ok((await logUntil('uncaught')).some(([name, text]) => name === 'uncaught' && text === 'a listener threw'));
  await close(ws);
});

test('requests that ask for none', async () => {
  const plain = await fetch(`http://127.0.0.1:${port}/`);
  assert.deepEqual([plain.status, await plain.text()], [400, 'The request does not ask for a WebSocket']);
  const wrong = new WS(`ws://127.0.0.1:${port}/101`);
  const [error] = await once(wrong, 'error');
  assert.ok(error.message.includes('500'), error.message);
});

test('ends', () => {
  child.kill();
  fs.rmSync(folder, { recursive: true });
});
