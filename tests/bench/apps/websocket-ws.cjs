const { WebSocketServer } = require('ws');
const server = new WebSocketServer({ port: process.env.PORT, host: '127.0.0.1' });
server.on('connection', (ws) => {
  ws.on('error', () => {});
  ws.on('message', (data, binary) => {
    if (process.env.BROADCAST) for (const one of server.clients) one.send(data, { binary });
    else ws.send(data, { binary });
  });
});
