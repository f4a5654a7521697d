import express from 'express';
const app = express();
app.set('etag', 'strong').use(express.json());
app.get('/a/:id', (req, res) => res.json({ id: req.params.id, q: req.query, ip: req.ip, type: req.get('accept') ?? null }));
app.post('/b', (req, res) => res.status(201).cookie('c', 'v', { httpOnly: true }).send(req.body));
app.get('/e', () => { throw new Error('broken'); });
app.use((err, req, res, next) => res.status(500).type('text').send(err.message));
const server = app.listen(0, '127.0.0.1', async () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  for (const [path, init] of [['/a/5?x=1&y[]=2'], ['/b', { method: 'POST', body: '{"z":1}', headers: { 'content-type': 'application/json' } }], ['/e'], ['/none']]) {
    const r = await fetch(base + path, init);
    console.log(r.status, await r.text(), r.headers.get('etag'), r.headers.get('content-type'), r.headers.get('set-cookie'));
  }
  server.close(); server.closeAllConnections();
});
