// A small API as people write them: register, log in, a protected route.
require('dotenv').config({ path: require('path').join(__dirname, '.env'), quiet: true });
const express = require('express');
const bcrypt = require('bcryptjs');
const jwt = require('jsonwebtoken');

const app = express();
app.use(express.json());
const users = new Map();
const secret = process.env.JWT_SECRET;

app.get('/', (req, res) => res.json({ ok: true, pid: process.pid }));
app.get('/random', (req, res) => res.json({ math: Math.random(), crypto: require('crypto').randomUUID(), pid: process.pid }));
app.get('/slow', (req, res) => {
  res.write('begin\n');
  let left = Number(req.query.parts ?? 5);
  const timer = setInterval(() => {
    if (left-- > 0) return res.write(`part ${left}\n`);
    clearInterval(timer);
    res.end('end\n');
  }, Number(req.query.every ?? 100));
});

app.post('/register', async (req, res) => {
  const { username, password } = req.body ?? {};
  if (!username || !password) return res.status(400).json({ error: 'username and password are required' });
  if (users.has(username)) return res.status(409).json({ error: 'taken' });
  users.set(username, await bcrypt.hash(password, 4));
  res.status(201).json({ message: 'registered' });
});

app.post('/login', async (req, res) => {
  const { username, password } = req.body ?? {};
  const hash = users.get(username);
  if (!hash || !(await bcrypt.compare(password, hash))) return res.status(401).json({ error: 'wrong credentials' });
  res.json({ token: jwt.sign({ username }, secret, { expiresIn: '1h' }) });
});

function authenticate(req, res, next) {
  const [, token] = (req.headers.authorization ?? '').split(' ');
  try {
    req.user = jwt.verify(token, secret);
    next();
  } catch (error) {
    res.status(401).json({ error: error.message });
  }
}
app.get('/profile', authenticate, (req, res) => res.json({ user: req.user.username }));

app.use((err, req, res, next) => res.status(err.status ?? 500).json({ error: err.message }));

app.listen(process.env.PORT || 3000, '127.0.0.1', () => console.log('API is listening'));
