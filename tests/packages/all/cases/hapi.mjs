import Hapi from '@hapi/hapi';
const server = Hapi.server({ port: 0, host: '127.0.0.1' }); server.state('c', { isSecure: false });
server.route([{ method: 'GET', path: '/a/{id}', handler: (q, h) => h.response({ id: q.params.id, c: q.state.c ?? null }).state('c', 'v').code(202) }, { method: 'POST', path: '/b', handler: (q) => q.payload }]);
await server.start(); const r = await fetch(server.info.uri + '/a/1'); console.log(r.status, await r.text(), r.headers.getSetCookie());
console.log(await (await fetch(server.info.uri + '/b', { method: 'POST', body: '{"z":[1]}', headers: { 'content-type': 'application/json' } })).text(), (await server.inject('/none')).statusCode); await server.stop();
