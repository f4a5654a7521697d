export default {
  fetch(request, env, ctx) {
    const { socket, response } = ctx.upgradeWebSocket(request);
    socket.onopen = () => socket.subscribe('all');
    socket.onmessage = env.BROADCAST ? ({ data }) => ctx.publish('all', data) : ({ data }) => socket.send(data);
    return response;
  },
};
