import got from 'got';
import http from 'node:http';
let tries = 0;
const server = http.createServer((req, res) => {
  if (req.url === '/flaky' && ++tries < 3) return res.writeHead(503, { 'retry-after': '0' }).end();
  if (req.url === '/slow') return;
  let body = ''; req.on('data', (d) => body += d).on('end', () => res.writeHead(req.url === '/404' ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify({ m: req.method, body })));
}).listen(0, '127.0.0.1', async () => {
  const api = got.extend({ prefixUrl: `http://127.0.0.1:${server.address().port}` });
  console.log(await api.post('a', { json: { x: 1 } }).json(), await api('flaky').json(), tries);
  await api('404').catch((e) => console.log(e.name, e.code, e.response.statusCode));
  await api('slow', { timeout: { request: 50 }, retry: { limit: 0 } }).catch((e) => console.log(e.name, e.code, e.event));
  let streamed = ''; for await (const d of api.stream('s')) streamed += d;
  console.log(streamed); server.close(); server.closeAllConnections();
});
