import fetch, { FormData, Blob } from 'node-fetch';
import http from 'node:http';
import zlib from 'node:zlib';
const server = http.createServer((req, res) => { let n = 0; req.on('data', (d) => n += d.length).on('end', () => res.writeHead(200, { 'content-encoding': 'br' }).end(zlib.brotliCompressSync(`${req.method} ${n > 0}`))); }).listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`, form = new FormData();
  form.set('a', new Blob(['x']), 'n');
  console.log(await (await fetch(url)).text(), await (await fetch(url, { method: 'POST', body: form })).text());
  const r = await fetch(url); for await (const part of r.body) console.log(String(part));
  await fetch('http://127.0.0.1:1').catch((e) => console.log(e.name, e.code));
  server.close(); server.closeAllConnections();
});
