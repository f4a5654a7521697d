const server = Bun.serve({
  port: process.env.PORT,
  fetch(request, server) { server.upgrade(request); },
  websocket: {
    open(ws) { ws.subscribe('all'); },
    message: process.env.BROADCAST ? (ws, data) => server.publish('all', data) : (ws, data) => ws.send(data),
  },
});
