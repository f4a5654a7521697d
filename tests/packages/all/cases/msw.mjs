import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import nodeHttp from 'node:http';
const server = setupServer(http.get('http://a.test/u/:id', ({ params }) => HttpResponse.json(params)), http.post('http://a.test/p', async ({ request }) => HttpResponse.text((await request.text()).toUpperCase(), { status: 202 })), http.get('http://a.test/e', () => HttpResponse.error()));
server.listen({ onUnhandledRequest: 'error' });
console.log(await (await fetch('http://a.test/u/7')).json());
const r = await fetch('http://a.test/p', { method: 'POST', body: 'x' }); console.log(r.status, await r.text()); await fetch('http://a.test/e').catch((e) => console.log(e.name, e.message));
await new Promise((ok) => nodeHttp.request('http://a.test/p', { method: 'POST' }, (res) => { res.setEncoding('utf8').on('data', console.log).on('end', ok); }).end('from http')); server.close();
