'use strict';
// Everything that holds a connection for a while, in one app: slow uploads, streams, WebSockets, raw sockets, TLS.
// Used by tests/e2e/test_chaos.py. Every answer names the process, so that a client knows whose connection it had.

const fs = require('fs');
const http = require('http');
const https = require('https');
const net = require('net');
const tls = require('tls');
const { WebSocketServer } = require('ws');

const { KEY, CERT, SECURE_PORT, HTTPS_PORT, NET_PORT, TLS_PORT, SIGTERM_FILE } = process.env;
const PARTS = 15;

function answer(req, res) {
  if (req.url === '/upload') {
    let size = 0;
    req.on('data', (chunk) => { size += chunk.length; });
    req.on('end', () => res.end(String(size)));
  } else if (req.url === '/stream') {
    let part = 0;
    const timer = setInterval(() => {
      res.write(`part ${part++}\n`);
      if (part === PARTS) {
        clearInterval(timer);
        res.end();
      }
    }, 60);
  } else if (req.url === '/abort') {
    process.kill(process.pid, 'SIGABRT');
  } else if (req.url === '/throw') {
    setImmediate(() => { throw new Error('poison'); });
  } else if (req.url === '/hang') {
    for (;;);
  } else {
    res.end(String(process.pid));
  }
}

function serve(port) {
  const sockets = new WebSocketServer({ server: http.createServer(answer).listen(port) });
  sockets.on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }));
  });
}

serve(process.env.PORT);
if (SECURE_PORT) serve(SECURE_PORT); // a TLS address of the configuration

if (KEY) {
  const pair = { key: fs.readFileSync(KEY), cert: fs.readFileSync(CERT) };
  https.createServer(pair, answer).listen(HTTPS_PORT, '127.0.0.1');
  tls.createServer({ ...pair, allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(TLS_PORT, '127.0.0.1');
  net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(NET_PORT, '127.0.0.1');
}

if (SIGTERM_FILE) process.on('SIGTERM', () => fs.appendFileSync(SIGTERM_FILE, `${process.pid}\n`));
