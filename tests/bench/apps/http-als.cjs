'use strict';
// As http.cjs, each request in an AsyncLocalStorage of its own that is read behind an await, as tracers do.
const http = require('node:http');
const { AsyncLocalStorage } = require('node:async_hooks');
const storage = new AsyncLocalStorage();
let id = 0;

async function answer(res) {
  await null;
  const body = JSON.stringify({ hello: storage.getStore().id > 0 ? 'world' : 'nobody' });
  res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  res.end(body);
}
http.createServer((req, res) => storage.run({ id: ++id }, answer, res)).listen(Number(process.env.PORT), '127.0.0.1');
