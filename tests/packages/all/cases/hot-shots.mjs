import StatsD from 'hot-shots';
import dgram from 'node:dgram';
const server = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => { const c = new StatsD({ host: '127.0.0.1', port: server.address().port, prefix: 'p.', globalTags: { a: 1 } }); c.increment('n'); c.timing('t', 5, ['x:y']); c.gauge('g', 1.5); const got = [];
  server.on('message', (m) => { got.push(String(m)); if (got.length === 3) { console.log(got.sort()); c.close(() => server.close()); } }); });
