import bodyParser from 'body-parser';
import http from 'node:http';
import zlib from 'node:zlib';
const parse = bodyParser.json({ limit: 100 });
const server = http.createServer((req, res) => parse(req, res, (e) => res.end(JSON.stringify(e ? [e.status, e.type] : req.body)))).listen(0, '127.0.0.1', async () => {
  const send = async (body, headers) => console.log(await (await fetch(`http://127.0.0.1:${server.address().port}`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })).text());
  await send('{"a":1}'); await send('{bad'); await send(`"${'x'.repeat(200)}"`); await send(zlib.gzipSync('{"z":2}'), { 'content-encoding': 'gzip' });
  server.close(); server.closeAllConnections();
});
