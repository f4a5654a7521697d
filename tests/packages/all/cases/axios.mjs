import axios from 'axios';
import http from 'node:http';
const server = http.createServer((req, res) => {
  if (req.url === '/slow') return;
  if (req.url === '/moved') return res.writeHead(302, { location: '/ok' }).end();
  let body = ''; req.on('data', (d) => body += d).on('end', () => res.writeHead(req.url === '/ok' ? 200 : 418, { 'content-type': 'application/json' }).end(JSON.stringify({ m: req.method, body, type: req.headers['content-type'] ?? null })));
}).listen(0, '127.0.0.1', async () => {
  const api = axios.create({ baseURL: `http://127.0.0.1:${server.address().port}` });
  console.log((await api.post('/ok', { a: 1 })).data, (await api.get('/moved')).data);
  await api.get('/teapot').catch((e) => console.log(e.code, e.response.status, e.message));
  await api.get('/slow', { timeout: 50 }).catch((e) => console.log(e.code, e.message));
  console.log((await api.put('/ok', new URLSearchParams({ a: 'b c' }))).data);
  await api.get('/slow', { signal: AbortSignal.timeout(20) }).catch((e) => console.log(e.code));
  server.close(); server.closeAllConnections();
});
