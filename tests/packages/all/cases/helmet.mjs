import helmet from 'helmet';
import express from 'express';
const server = express().use(helmet()).get('/', (q, s) => s.send('x')).listen(0, '127.0.0.1', async () => {
  console.log([...(await fetch(`http://127.0.0.1:${server.address().port}`)).headers].filter(([n]) => n !== 'date'));
  server.close(); server.closeAllConnections();
});
