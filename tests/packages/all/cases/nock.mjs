import nock from 'nock';
import http from 'node:http';
nock.disableNetConnect();
nock('http://a.test').get('/x').query({ q: '1' }).reply(200, { ok: 1 }, { 'x-a': 'b' }).post('/y', { z: 1 }).reply(201, (uri, body) => body).get('/err').replyWithError('broken');
http.get('http://a.test/x?q=1', (res) => { let t = ''; res.on('data', (d) => t += d).on('end', async () => {
  console.log(res.statusCode, res.headers, t);
  console.log(await (await fetch('http://a.test/y', { method: 'POST', body: '{"z":1}', headers: { 'content-type': 'application/json' } })).text());
  http.get('http://a.test/err').on('error', (e) => { console.log(e.message, nock.isDone()); http.get('http://b.test/').on('error', (e2) => console.log(e2.code)); });
}); });
