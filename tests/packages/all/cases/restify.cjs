const restify = require('restify');
const server = restify.createServer({ name: 's' }); server.use(restify.plugins.queryParser()); server.use(restify.plugins.bodyParser());
server.get('/a/:id', (req, res, next) => { res.send({ ...req.params, q: req.query }); next(); }); server.post('/b', (req, res, next) => { res.send(201, req.body); next(); });
server.listen(0, '127.0.0.1', async () => { const url = server.url; for (const [p, body] of [['/a/1?x=2'], ['/b', '{"z":1}'], ['/none']]) { const r = await fetch(url + p, body && { method: 'POST', body, headers: { 'content-type': 'application/json' } }); console.log(r.status, await r.text()); } server.close(); process.exitCode = 0; server.server.closeAllConnections(); });
