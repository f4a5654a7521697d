import { Hono } from 'hono';
import { jwt, sign } from 'hono/jwt';
import { streamText } from 'hono/streaming';
const app = new Hono(); app.use('/p/*', jwt({ secret: 's', alg: 'HS256' }));
app.get('/p/x', (c) => c.json(c.get('jwtPayload'))); app.get('/s', (c) => streamText(c, async (s) => { await s.write('a'); await s.sleep(1); await s.write('b'); })); app.get('/e', () => { throw new Error('x'); }); app.onError((e, c) => c.text(e.message, 500));
for (const [u, h] of [['/p/x', { authorization: `Bearer ${await sign({ u: 1 }, 's', 'HS256')}` }], ['/p/x'], ['/s'], ['/e'], ['/none']]) { const r = await app.request(u, { headers: h }); console.log(r.status, await r.text()); }
