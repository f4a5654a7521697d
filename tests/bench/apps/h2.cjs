'use strict';
// http.cjs over HTTP/2 in clear: on jsd an app of node:http serves it as it is, elsewhere it takes node:http2.
const { createServer } = process.versions.jsd ? require('node:http') : require('node:http2');
createServer((req, res) => {
  const body = JSON.stringify({ hello: 'world' });
  res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  res.end(body);
}).listen(Number(process.env.PORT), '127.0.0.1');
