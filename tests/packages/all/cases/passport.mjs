import passport from 'passport';
import express from 'express';
passport.use('token', new (class extends passport.Strategy { authenticate(req) { req.get('x-token') === 't' ? this.success({ id: 1 }) : this.fail('Bearer', 401); } })());
const server = express().use(passport.initialize()).get('/', passport.authenticate('token', { session: false }), (q, s) => s.json(q.user)).listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const bad = await fetch(url);
  console.log(bad.status, bad.headers.get('www-authenticate'), await (await fetch(url, { headers: { 'x-token': 't' } })).text());
  server.close(); server.closeAllConnections();
});
