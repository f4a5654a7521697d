const all = new Set();
const broadcast = Deno.env.get('BROADCAST');
Deno.serve({ port: Number(Deno.env.get('PORT')), hostname: '127.0.0.1' }, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = () => all.add(socket);
  socket.onmessage = broadcast ? ({ data }) => { for (const one of all) one.send(data); } : ({ data }) => socket.send(data);
  socket.onclose = () => all.delete(socket);
  return response;
});
