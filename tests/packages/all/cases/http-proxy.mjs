import httpProxy from 'http-proxy';
import { createProxyMiddleware } from 'http-proxy-middleware';
import http from 'node:http';
import { WebSocketServer, WebSocket } from 'ws';
const target = http.createServer((q, s) => { q.resume().on('end', () => s.end(`${q.method} ${q.url} ${q.headers['x-a'] ?? ''}`)); }).listen(0, '127.0.0.1', () => { new WebSocketServer({ server: target }).on('connection', (w) => w.on('message', (m) => w.send(`echo ${m}`)));
  const to = `http://127.0.0.1:${target.address().port}`, proxy = httpProxy.createProxyServer({ target: to, ws: true, headers: { 'x-a': 'b' } }), mw = createProxyMiddleware({ target: to, pathRewrite: { '^/m': '' } });
  const front = http.createServer((q, s) => q.url.startsWith('/m') ? mw(q, s, () => {}) : proxy.web(q, s)).on('upgrade', (q, k, h) => proxy.ws(q, k, h)).listen(0, '127.0.0.1', async () => { const url = `http://127.0.0.1:${front.address().port}`;
    console.log(await (await fetch(url + '/x', { method: 'POST', body: 'b' })).text(), await (await fetch(url + '/m/y')).text());
    const w = new WebSocket(url); w.on('open', () => w.send('hi')).on('message', (m) => { console.log(String(m)); process.exit(); }); }); });
