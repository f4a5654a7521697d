import session from 'express-session';
import express from 'express';
const app = express().use(session({ secret: 's', resave: false, saveUninitialized: true, cookie: { maxAge: 60000 } }));
app.get('/', (req, res) => res.json({ n: req.session.n = (req.session.n ?? 0) + 1 }));
const server = app.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`, first = await fetch(url);
  const cookie = first.headers.getSetCookie()[0];
  console.log(cookie.replace(/=s.*?;/, '=...;').replace(/Expires=.*?;/, 'Expires=...;'), await first.text(), await (await fetch(url, { headers: { cookie: cookie.split(';')[0] } })).text());
  server.close(); server.closeAllConnections();
});
