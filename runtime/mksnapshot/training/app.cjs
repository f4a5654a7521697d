'use strict';
// The CommonJS half of the training: packages of every shape are written to a folder and loaded, then requests are
// answered in the ways of Express, Fastify and their middlewares.
const { EventEmitter } = require('events');
const assert = require('assert');
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const net = require('net');
const os = require('os');
const path = require('path');
const querystring = require('querystring');
const stream = require('stream');
const url = require('url');
const util = require('util');
const zlib = require('zlib');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'jsd-training-'));

function write(name, text) {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

write('node_modules/plain/package.json', '{"name":"plain","version":"1.0.0","main":"lib/index"}');
write('node_modules/plain/lib/index.js', "'use strict';\nexports.parts = require('./parts');\nexports.data = require('../data.json');\nexports.deep = require('modern/deep');\n");
write('node_modules/plain/lib/parts/index.js', "module.exports = class Parts extends require('events') {};\n");
write('node_modules/plain/data.json', '{"a":1}');
write('node_modules/modern/package.json', '{"name":"modern","type":"commonjs","exports":{".":{"import":"./index.mjs","require":"./index.js"},"./deep":"./deep.js","./x/*":"./x/*.js"}}');
write('node_modules/modern/index.js', "module.exports = require('modern/deep');\n");
write('node_modules/modern/index.mjs', "export default 1;\nexport const two = 2;\nexport { parts } from 'plain';\n");
write('node_modules/modern/deep.js', "require('process'); require('node:util'); require('module'); module.exports = __filename;\n");
write('main.js', `
const { parts } = require('plain');
const modern = require('modern');
try { require('absent'); } catch (error) { if (error.code !== 'MODULE_NOT_FOUND') throw error; }
require('./second'); require('./second.js'); require(${JSON.stringify('./')} + 'second');
exports.late = import('modern');
exports.emitter = new parts();
`);
write('second.js', "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = require.resolve('plain');\n");
const loaded = require(path.join(folder, 'main.js'));

/** As an app of Express is made: a function with an emitter's methods, requests with another prototype. */
function connectLike() {
  const app = function listener(request, response) { app.handle(request, response); };
  for (const name of Object.getOwnPropertyNames(EventEmitter.prototype)) {
    if (name !== 'constructor') Object.defineProperty(app, name, Object.getOwnPropertyDescriptor(EventEmitter.prototype, name));
  }
  const requests = Object.create(http.IncomingMessage.prototype, { app: { configurable: true, writable: true, value: app } });
  const responses = Object.create(http.ServerResponse.prototype, { app: { configurable: true, writable: true, value: app } });
  app.handle = (request, response) => {
    Object.setPrototypeOf(request, requests);
    Object.setPrototypeOf(response, responses);
    answer(request, response);
  };
  app.on('mount', () => {});
  app.once('ready', () => {});
  app.emit('ready');
  app.settings = { etag: 'weak', view: util.inspect({ a: 1 }), debug: util.format('%s:%o', 'a', [1]) };
  http.METHODS.map((method) => method.toLowerCase());
  http.validateHeaderName('x-a');
  assert.strictEqual(net.isIP('127.0.0.1'), 4);
  loaded.emitter.on('x', () => {}).emit('x');
  return app;
}

function etag(body) {
  return `W/"${body.length.toString(16)}-${crypto.createHash('sha1').update(body, 'utf8').digest('base64').slice(0, 27)}"`;
}

function send(response, body, type) {
  const chunk = Buffer.from(body, 'utf8');
  response.setHeader('X-Powered-By', 'training');
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', chunk.length);
  response.setHeader('ETag', etag(body));
  if (response.getHeader('Vary') === undefined) response.setHeader('Vary', ['Accept', 'Origin']);
  response.removeHeader('Transfer-Encoding');
  response.once('finish', () => {});
  response.end(chunk, 'utf8');
}

function answer(request, response) {
  process.noDeprecation = true; // it is for code that packages run
  const parsed = url.parse(request.url, true);
  querystring.parse(parsed.search?.slice(1));
  new URL(request.url, 'http://localhost');
  request.socket.remoteAddress;
  request.get = request.headers['content-type'];
  const route = parsed.pathname.split('/')[1];
  if (route === 'redirect') {
    response.statusCode = 302;
    response.setHeader('Location', '/');
    response.end();
  } else if (route === 'file') {
    fs.stat(__filename, (error, stat) => {
      response.setHeader('Last-Modified', stat.mtime.toUTCString());
      response.writeHead(200, { 'Content-Length': stat.size });
      stream.pipeline(fs.createReadStream(__filename), response, () => {});
    });
  } else if (route === 'gzip') {
    response.writeHead(200, 'OK', { 'Content-Encoding': 'gzip' });
    const gzip = zlib.createGzip();
    gzip.pipe(response);
    gzip.end('text '.repeat(500));
  } else if (route === 'form') {
    body(request).then((text) => send(response, JSON.stringify(JSON.parse(text)), 'application/json; charset=utf-8'));
  } else if (route === 'missing') {
    response.statusCode = 404;
    response.end(http.STATUS_CODES[404]);
  } else if (route === 'head') {
    response.write('part');
    setTimeout(() => process.nextTick(() => response.end('end')), 1);
  } else {
    send(response, JSON.stringify({ query: parsed.query }), 'application/json; charset=utf-8');
  }
}

function body(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
    request.on('error', reject);
  });
}

/** As a plain server or Fastify answers. */
async function plain(request, response) {
  request.on('error', () => {});
  if (request.method === 'POST') for await (const chunk of request) chunk.toString();
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': '2' });
  response.end('{}');
}

module.exports = { connectLike, plain, end: () => fs.rmSync(folder, { recursive: true }) };
