import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import http from 'node:http';
const web = http.createServer(), server = new Server(web);
server.on('connection', (s) => { s.join('room'); s.on('sum', (a, b, ack) => { ack(a + b); server.to('room').emit('news', { bin: Buffer.from('x') }); }); });
web.listen(0, '127.0.0.1', async () => {
  for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
    const client = io(`http://127.0.0.1:${web.address().port}`, { transports });
    const news = new Promise((r) => client.on('news', r));
    console.log(transports, await client.timeout(5000).emitWithAck('sum', 1, 2), await news);
    client.disconnect();
  }
  server.close();
});
