import cors from 'cors';
import express from 'express';
const server = express().use(cors({ origin: /example/, credentials: true })).get('/', (q, s) => s.send('x')).listen(0, '127.0.0.1', async () => {
  const r = await fetch(`http://127.0.0.1:${server.address().port}`, { method: 'OPTIONS', headers: { 'access-control-request-method': 'PUT' } });
  console.log(r.status, [...r.headers].filter(([n]) => /^access|vary/.test(n)));
  server.close(); server.closeAllConnections();
});
