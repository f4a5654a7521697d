import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { ProxyAgent } from 'proxy-agent';
import { Agent } from 'agent-base';
import http from 'node:http';
import net from 'node:net';
const target = http.createServer((q, s) => s.end(`target ${q.url} ${q.headers.via ?? ''}`)).listen(0, '127.0.0.1', () => { const to = `http://127.0.0.1:${target.address().port}`;
  const proxy = http.createServer((q, s) => http.get(q.url, { headers: { via: 'p' } }, (r) => r.pipe(s))).on('connect', (q, sock) => { console.log('CONNECT'); const up = net.connect(target.address().port, '127.0.0.1', () => { sock.write('HTTP/1.1 200 ok\r\n\r\n'); sock.pipe(up).pipe(sock); }); up.on('error', () => {}); sock.on('error', () => {}); }).listen(0, '127.0.0.1', async () => {
    const via = `http://127.0.0.1:${proxy.address().port}`, get = (agent) => new Promise((ok, bad) => http.get(to + '/p', { agent }, (r) => r.setEncoding('utf8').on('data', ok)).on('error', bad));
    console.log(await get(new HttpProxyAgent(via))); console.log(await get(new HttpsProxyAgent(via))); process.env.http_proxy = via; console.log(await get(new ProxyAgent()));
    console.log(await get(new (class extends Agent { connect(req, opts) { console.log(opts.secureEndpoint); return net.connect(opts); } })()));
    for (const s of [target, proxy]) { s.close(); s.closeAllConnections(); } process.exit();
  }); });
