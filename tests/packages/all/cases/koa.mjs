import Koa from 'koa';
import Router from '@koa/router';
const app = new Koa(), router = new Router(); app.on('error', () => {});
router.get('/a/:id', (ctx) => { ctx.body = { id: ctx.params.id, q: ctx.query }; }).get('/t', (ctx) => ctx.throw(418, 'tea')).get('/s', (ctx) => { ctx.type = 'text'; ctx.body = new Blob(['blob']); });
app.use(async (ctx, next) => { await next(); ctx.set('x-done', '1'); }).use(router.routes()).use(router.allowedMethods());
const server = app.listen(0, '127.0.0.1', async () => { const url = `http://127.0.0.1:${server.address().port}`; for (const [p, method] of [['/a/1?x=2'], ['/t'], ['/s'], ['/none'], ['/t', 'PUT']]) { const r = await fetch(url + p, { method }); console.log(r.status, await r.text(), r.headers.get('x-done'), r.headers.get('allow')); } server.close(); server.closeAllConnections(); });
