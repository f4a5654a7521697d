// A chat room over ws: what one says, the others hear.
const http = require('http');
const { WebSocketServer, WebSocket } = require('ws');

const server = http.createServer((req, res) => res.end('chat'));
const room = new WebSocketServer({ server });
room.on('connection', (socket, req) => {
  const name = new URL(req.url, 'http://x').searchParams.get('name') ?? 'anonymous';
  socket.on('message', (data) => {
    for (const other of room.clients) {
      if (other !== socket && other.readyState === WebSocket.OPEN) other.send(JSON.stringify({ from: name, text: String(data) }));
    }
  });
});
server.listen(process.env.PORT || 3000, '127.0.0.1', () => console.log('chat is listening'));
