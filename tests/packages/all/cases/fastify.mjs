import Fastify from 'fastify';
const app = Fastify(); app.decorateRequest('u', null); app.addHook('preHandler', async (q) => { q.u = 'hook'; });
app.post('/a', { schema: { body: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } }, response: { 200: { type: 'object', properties: { n: { type: 'integer' }, u: { type: 'string' } } } } } }, async (q) => ({ n: q.body.n, u: q.u, hidden: 1 }));
await app.register(async (s) => { s.get('/', async () => { throw Object.assign(new Error('no'), { statusCode: 409 }); }); }, { prefix: '/p' });
for (const o of [{ method: 'POST', url: '/a', payload: { n: '5' } }, { method: 'POST', url: '/a', payload: {} }, { url: '/p/' }, { url: '/x' }]) { const r = await app.inject(o); console.log(r.statusCode, r.body); }
const url = await app.listen({ port: 0, host: '127.0.0.1' }); console.log(await (await fetch(url + '/p/')).text()); await app.close();
