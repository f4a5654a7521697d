import cookieParser from 'cookie-parser';
import express from 'express';
import { sign } from 'cookie-signature';
const server = express().use(cookieParser('key')).get('/', (q, s) => s.json([q.cookies, q.signedCookies])).listen(0, '127.0.0.1', async () => {
  console.log(await (await fetch(`http://127.0.0.1:${server.address().port}`, { headers: { cookie: `a=1; b=s:${encodeURIComponent(sign('yes', 'key'))}; c=s:bad.sig; d=j:{"x":1}` } })).text());
  server.close(); server.closeAllConnections();
});
