import WebSocket, { WebSocketServer } from 'ws';
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 10 } }, () => {
  const client = new WebSocket(`ws://127.0.0.1:${server.address().port}/x`, ['proto']);
  client.on('open', () => { client.send('t'.repeat(5000)); client.send(Buffer.from([1, 2])); client.ping('p'); });
  client.on('pong', (d) => console.log('pong', String(d)));
  client.on('message', (d, binary) => { console.log(d.length, binary, client.protocol, client.extensions); if (binary) client.close(4001, 'bye'); });
  client.on('close', (code, why) => { console.log(code, String(why)); server.close(() => console.log('closed')); });
});
server.on('connection', (socket, req) => socket.on('message', (d, binary) => socket.send(d, { binary })));
