import compression from 'compression';
import express from 'express';
const app = express().use(compression({ threshold: 0 })).get('/', (q, s) => { s.type('text'); s.write('one '); s.flush(); s.end('two '.repeat(1000)); });
const server = app.listen(0, '127.0.0.1', async () => {
  for (const coding of ['gzip', 'deflate', 'br', 'identity']) {
    const r = await fetch(`http://127.0.0.1:${server.address().port}`, { headers: { 'accept-encoding': coding } });
    console.log(coding, r.headers.get('content-encoding'), r.headers.get('vary'), (await r.text()).length);
  }
  server.close(); server.closeAllConnections();
});
