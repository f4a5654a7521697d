import { createClient } from 'redis';
import Redis from 'ioredis';
import net from 'node:net';
const server = net.createServer((s) => s.on('error', () => {}).on('data', (d) => { for (const m of String(d).matchAll(/\*(\d+)\r\n((?:\$\d+\r\n[^\r]*\r\n)+)/g)) { const a = m[2].split('\r\n').filter((x) => !x.startsWith('$')); const c = a[0].toUpperCase(); s.write(c === 'GET' ? '$3\r\nval\r\n' : c === 'INFO' ? '$17\r\nredis_version:7\r\n\r\n' : c === 'LRANGE' ? '*2\r\n:1\r\n+b\r\n' : c === 'BAD' ? '-ERR no\r\n' : '+OK\r\n'); } })).listen(0, '127.0.0.1', async () => { const port = server.address().port;
  const a = createClient({ socket: { host: '127.0.0.1', port }, RESP: 2 }); a.on('error', console.log); await a.connect(); console.log(await a.set('k', 'v'), await a.get('k')); await a.sendCommand(['BAD']).catch((e) => console.log(e.message)); a.destroy();
  const b = new Redis({ port, host: '127.0.0.1', lazyConnect: true, enableReadyCheck: false }); await b.connect(); console.log(await b.get('k'), await b.pipeline().get('x').lrange('l', 0, 1).exec()); b.disconnect(); server.close(); });
