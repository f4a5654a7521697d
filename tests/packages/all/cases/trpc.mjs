import { initTRPC } from '@trpc/server';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
const t = initTRPC.create(), router = t.router({ a: t.procedure.query(() => ({ v: 1 })), bad: t.procedure.query(() => { throw new Error('x'); }) }); const server = createHTTPServer({ router }); server.listen(0, '127.0.0.1', async () => { const url = `http://127.0.0.1:${server.address().port}`; console.log(await (await fetch(url + '/a')).text(), (await fetch(url + '/bad')).status, (await fetch(url + '/none')).status); server.close(); server.closeAllConnections(); });
