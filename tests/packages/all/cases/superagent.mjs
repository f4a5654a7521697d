import superagent from 'superagent';
import http from 'node:http';
const server = http.createServer((req, res) => { let n = 0; req.on('data', (d) => n += d.length).on('end', () => res.writeHead(req.url === '/bad' ? 400 : 200, { 'content-type': 'application/json' }).end(JSON.stringify([req.method, req.url, (req.headers['content-type'] ?? '').split(';')[0]]))); }).listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  console.log((await superagent.get(url + '/q').query({ a: [1, 2] })).body, (await superagent.post(url).field('f', 'v').attach('g', Buffer.from('x'), 'n.txt')).body);
  await superagent.get(url + '/bad').catch((e) => console.log(e.status, e.message));
  server.close(); server.closeAllConnections();
});
