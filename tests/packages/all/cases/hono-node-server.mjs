import { serve } from '@hono/node-server';
import { Hono } from 'hono';
const app = new Hono(); app.post('/f', async (c) => { const f = await c.req.formData(); return c.json([f.get('a'), await f.get('b').text(), f.get('b').name]); }); app.get('/', (c) => { c.header('x-a', 'b'); c.header('set-cookie', 'q=1', { append: true }); c.header('set-cookie', 'r=2', { append: true }); return c.html('<p>'); });
app.post('/j', async (c) => c.json({ got: await c.req.json() })); app.get('/stream', () => new Response(new ReadableStream({ start(k) { k.enqueue(new TextEncoder().encode('chunk')); k.close(); } })));
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, async ({ port }) => {
  const url = `http://127.0.0.1:${port}`, form = new FormData(); form.append('a', '1'); form.append('b', new Blob(['file']), 'n.txt');
  for (const [p, body] of [['/f', form], ['/j', '{"z":1}'], ['/'], ['/stream'], ['/no']]) { const r = await fetch(url + p, body && { method: 'POST', body }); console.log(r.status, await r.text(), r.headers.getSetCookie(), r.headers.get('content-type')); }
  server.close(); server.closeAllConnections();
});
