'use strict';
// Bytes that were given to something asynchronous belong to it until it is done, whatever the program does with the
// object meanwhile: transfers its memory to another, detaches it, shrinks it. Seen before: fs.read filled a buffer that
// had been allocated since. Reads and writes are made to wait by FIFOs, the thread pool by four of them.
const { test, assert } = require('./harness');
const { execFileSync } = require('child_process');
const fs = require('fs');
const http = require('http');
const net = require('net');
const os = require('os');
const path = require('path');
const { once } = require('events');
const zlib = require('zlib');

const SIZE = 100 * 1024;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'jsd-held-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

let fifos = 0;
/** @returns {number} a descriptor that reads and writes a new FIFO */
function fifo() {
  const file = path.join(folder, `fifo${fifos++}`);
  execFileSync('mkfifo', [file]);
  return fs.openSync(file, 'r+');
}

/** Ends the life of the memory behind a view, as a message to another thread does. */
const giveAway = (view) => structuredClone(view.buffer, { transfer: [view.buffer] });
const byte = (letter) => letter.charCodeAt(0);
/** What the allocator hands out next, where it can reuse what was freed. */
const others = (letter) => Array.from({ length: 40 }, () => Buffer.alloc(SIZE, letter));
const untouched = (list, letter) => list.every((one) => one.every((value) => value === byte(letter)));
const filled = (letter, size = SIZE) => Buffer.alloc(size, letter);
const promised = (start) => new Promise((resolve, reject) => { start((error, value) => (error ? reject(error) : resolve(value))); });

/** Fills the thread pool; the function that it returns lets it go on. */
function busyPool() {
  const fds = [0, 1, 2, 3].map(fifo);
  const done = fds.map((fd) => promised((callback) => fs.read(fd, Buffer.alloc(1), 0, 1, null, callback)));
  return async () => {
    for (const fd of fds) fs.writeSync(fd, 'x');
    await Promise.all(done);
    for (const fd of fds) fs.closeSync(fd);
  };
}

test('fs.read fills no other buffer after its own was transferred', async () => {
  const fd = fifo();
  const target = filled('.');
  const read = promised((callback) => fs.read(fd, target, 0, SIZE, null, callback));
  giveAway(target);
  const list = others('o');
  fs.writeSync(fd, filled('r', 60000));
  assert.strictEqual(await read, 60000);
  assert.ok(untouched(list, 'o'));
  fs.closeSync(fd);
});

test('fs.readv neither', async () => {
  const fd = fifo();
  const target = filled('.');
  const read = promised((callback) => fs.readv(fd, [target], null, callback));
  giveAway(target);
  const list = others('o');
  fs.writeSync(fd, filled('r', 60000));
  assert.strictEqual(await read, 60000);
  assert.ok(untouched(list, 'o'));
  fs.closeSync(fd);
});

for (const [name, write] of [
  ['fs.write', (fd, view, callback) => fs.write(fd, view, 0, view.length, null, callback)],
  ['fs.writev', (fd, view, callback) => fs.writev(fd, [view], null, callback)],
]) {
  test(`${name} writes what the buffer had, not what is at its address later`, async () => {
    const go = busyPool();
    const file = path.join(folder, `${name}.out`);
    const fd = fs.openSync(file, 'w');
    const source = filled('w');
    const written = promised((callback) => write(fd, source, callback));
    giveAway(source);
    others('o');
    await go();
    assert.strictEqual(await written, SIZE);
    fs.closeSync(fd);
    assert.ok(fs.readFileSync(file).equals(filled('w')));
  });
}

for (const [name, compress, restore] of [
  ['deflate', zlib.deflate, zlib.inflateSync],
  ['brotliCompress', zlib.brotliCompress, zlib.brotliDecompressSync],
]) {
  test(`zlib.${name} reads what the buffer had`, async () => {
    const go = busyPool();
    const source = filled('z');
    const compressed = promised((callback) => compress(source, callback));
    await new Promise(setImmediate); // the chunk is on its way to the thread pool
    giveAway(source);
    others('o');
    await go();
    assert.ok(restore(await compressed).equals(filled('z')));
  });
}

test('zlib: a resizable buffer that shrinks under the work', async () => {
  const go = busyPool();
  const memory = new ArrayBuffer(SIZE, { maxByteLength: 4 * SIZE });
  new Uint8Array(memory).fill(byte('z'));
  const compressed = promised((callback) => zlib.deflate(Buffer.from(memory), callback));
  await new Promise(setImmediate);
  memory.resize(0);
  await go();
  assert.ok(zlib.inflateSync(await compressed).equals(filled('z')));
});

test('zlib: a reader that transfers what it got', async () => {
  const inflate = zlib.createInflate({ chunkSize: 64 * 1024 });
  inflate.end(zlib.deflateSync(Buffer.alloc(1 << 20, 'i')));
  let total = 0;
  for await (const piece of inflate) {
    assert.ok(piece.every((value) => value === byte('i')));
    total += piece.length;
    giveAway(piece);
  }
  assert.strictEqual(total, 1 << 20);
});

test('a socket sends what the buffers had', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  const [socket] = await once(server, 'connection');
  let room = true;
  let sent = 0;
  while (room || sent < 60 * SIZE) { // more than the kernel takes
    const source = filled('n');
    room = socket.write(source);
    sent += SIZE;
    giveAway(source);
  }
  socket.cork();
  for (let i = 0; i < 4; i++, sent += SIZE) {
    const source = filled('n');
    socket.write(source);
    if (i === 3) socket.uncork();
    giveAway(source);
  }
  others('o');
  socket.end();
  let got = 0;
  for await (const piece of client) {
    assert.ok(piece.every((value) => value === byte('n')), 'bytes of another buffer');
    got += piece.length;
  }
  assert.ok(got > 0);
  server.close();
});

test('a response of http sends what its body was', async () => {
  const size = 8 << 20; // more than the kernel takes
  const server = http.createServer((request, response) => {
    if (request.url === '/whole') {
      const body = filled('h', size);
      response.end(body);
      giveAway(body);
    } else {
      const memory = new ArrayBuffer(size, { maxByteLength: 2 * size });
      const body = Buffer.from(memory).fill('h');
      response.write(body);
      response.end();
      memory.resize(0);
    }
    others('o');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  for (const url of ['/whole', '/resized']) {
    const request = http.get({ port: server.address().port, path: url, agent: false });
    const [response] = await once(request, 'response');
    await new Promise(setImmediate);
    let got = 0;
    for await (const piece of response) {
      assert.ok(piece.every((value) => value === byte('h')), 'bytes of another buffer');
      got += piece.length;
    }
    assert.strictEqual(got, size);
  }
  server.close();
});
