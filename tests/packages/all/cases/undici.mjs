import { request, fetch, Pool, MockAgent, stream, interceptors, Agent } from 'undici';
import http from 'node:http';
const server = http.createServer((req, res) => { if (req.url === '/big') return res.end(Buffer.alloc(4 << 20, 'x')); if (req.url === '/r') return res.writeHead(302, { location: '/x' }).end(); let n = 0; req.on('data', (d) => n += d.length).on('end', () => res.end(`${req.method} ${n}`)); }).listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`, pool = new Pool(url, { pipelining: 2 });
  const r = await request(url, { method: 'POST', body: 'abc' }); console.log(r.statusCode, await r.body.text(), (await (await fetch(url + '/big')).arrayBuffer()).byteLength);
  console.log(await Promise.all([1, 2, 3].map(async (n) => (await pool.request({ path: `/${n}`, method: 'PUT', body: Buffer.alloc(n) })).body.text())), await (await fetch(url, { method: 'POST', body: new ReadableStream({ start(c) { c.enqueue(Buffer.from('s')); c.close(); } }), duplex: 'half' })).text());
  const agent = new MockAgent(); agent.get('http://m.test').intercept({ path: '/' }).reply(200, { mock: 1 }); console.log(await (await fetch('http://m.test', { dispatcher: agent })).json());
  console.log(await (await request(url + '/r', { dispatcher: new Agent().compose(interceptors.redirect({ maxRedirections: 1 })) })).body.text());
  await pool.close(); server.close(); server.closeAllConnections();
});
