'use strict';
// fetch() (https://fetch.spec.whatwg.org/#fetch-method) over node:http's client: redirects, abort, streamed bodies both
// ways, and decoding of gzip, deflate, br and zstd.

const { Request, kMethod, kOptions } = require('./request');
const { makeResponse, nullBodyStatus } = require('./response');
const { listOf } = require('./headers');
const { kBody, kUsed, kStream, IncomingBody, isBlob } = require('./body');

const MAX_REDIRECTS = 20;
const redirects = new Set([301, 302, 303, 307, 308]);
// Headers that describe a body, and those that belong to the first origin only.
const ofBody = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length'];
const ofOrigin = ['authorization', 'proxy-authorization', 'cookie', 'host'];
const badPorts = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113,
  115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556,
  563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667,
  6668, 6669, 6679, 6697, 10080,
]);

const agents = {};
/** One pool of connections for all fetches, as undici has. */
function agentFor(protocol) {
  if (agents[protocol] === undefined) {
    const { Agent } = protocol === 'https:' ? require('../node/https') : require('../node/http');
    agents[protocol] = new Agent({ keepAlive: true, keepAliveMsecs: 1000, timeout: 4000 });
    Object.defineProperty(agents[protocol], '_followsProxyEnv', { value: true });
    Object.defineProperty(agents[protocol], '_tunnels', { value: true });
  }
  return agents[protocol];
}

const failed = (cause) => new TypeError('fetch failed', { cause });

/** A response's bytes from a node stream. */
class StreamBody extends IncomingBody {
  constructor(readable) {
    super();
    this.readable = readable;
    this.error = null;
    readable.on('error', (error) => { this.error ??= error; });
  }

  collect() {
    return new Promise((resolve, reject) => {
      const { readable } = this;
      const chunks = [];
      if (this.error !== null) {
        reject(reasonOf(this.error));
        return;
      }
      readable.on('data', (chunk) => chunks.push(chunk));
      readable.on('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
      readable.on('error', (error) => reject(reasonOf(error)));
      readable.on('close', () => reject(reasonOf(this.error ?? new Error('terminated'))));
    });
  }

  stream() {
    const { readable } = this;
    const body = this;
    return new ReadableStream({
      type: 'bytes',
      start(controller) {
        readable.pause();
        readable.on('data', (chunk) => {
          controller.enqueue(new Uint8Array(chunk));
          if (controller.desiredSize <= 0) readable.pause();
        });
        readable.on('end', () => {
          controller.close();
          controller.byobRequest?.respond(0);
        });
        const fail = (error) => {
          try {
            controller.error(reasonOf(error));
          } catch { /* closed already */ }
        };
        if (body.error !== null) fail(body.error);
        readable.on('error', fail);
        readable.on('close', () => { if (!readable.readableEnded) fail(body.error ?? new Error('terminated')); });
      },
      pull() { readable.resume(); },
      cancel(reason) { readable.destroy(reason instanceof Error ? reason : undefined); },
    }, { highWaterMark: 0 });
  }
}

/** What a reader of a broken body sees: the abort's own reason, else a TypeError. */
function reasonOf(error) {
  if (error?.name === 'AbortError' || error?.name === 'TimeoutError' || error?.[kReason]) return error;
  return new TypeError('terminated', { cause: error });
}
const kReason = Symbol('abort reason');

function decoded(message, encoding) {
  const zlib = require('../node/zlib');
  const { pipeline } = require('../node/stream');
  let last = message;
  for (const coding of encoding.toLowerCase().split(',').map((one) => one.trim()).reverse()) {
    let step;
    if (coding === 'gzip' || coding === 'x-gzip') step = zlib.createGunzip({ flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH });
    else if (coding === 'deflate') step = zlib.createInflate({ flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH });
    else if (coding === 'br') step = zlib.createBrotliDecompress({ flush: zlib.constants.BROTLI_OPERATION_FLUSH, finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH });
    else if (coding === 'zstd' && zlib.createZstdDecompress) step = zlib.createZstdDecompress({ flush: zlib.constants.ZSTD_e_continue, finishFlush: zlib.constants.ZSTD_e_end });
    else return message;
    last = pipeline(last, step, () => {});
  }
  return last;
}

async function bodyBytes(request) {
  const source = request[kBody];
  if (source === null || request[kStream] !== null) return source === null ? undefined : request[kStream];
  if (typeof source === 'string') return Buffer.from(source);
  if (isBlob(source)) return Buffer.from(await source.arrayBuffer());
  if (source instanceof IncomingBody) return source.stream();
  return source;
}

async function pump(stream, req) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      if (!(value instanceof Uint8Array)) throw new TypeError('Received non-Uint8Array chunk');
      if (!req.write(value)) await new Promise((resolve) => { req.once('drain', resolve); req.once('close', resolve); });
      if (req.destroyed) return;
    }
    req.end();
  } catch (error) {
    req.destroy(error);
  }
}

/** One request and its answer's head. */
function roundTrip(url, method, list, body, signal) {
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? require('../node/https') : require('../node/http');
    const headers = {};
    for (let i = 0; i < list.length; i += 2) headers[list[i]] = headers[list[i]] === undefined ? list[i + 1] : `${headers[list[i]]}, ${list[i + 1]}`;
    headers.accept ??= '*/*';
    headers['accept-language'] ??= '*';
    headers['sec-fetch-mode'] ??= 'cors';
    headers['user-agent'] ??= 'node';
    headers['accept-encoding'] ??= url.protocol === 'https:' ? 'br, gzip, deflate' : 'gzip, deflate';
    if (body instanceof Uint8Array) headers['content-length'] = body.length;
    else if (body === undefined && (method === 'POST' || method === 'PUT')) headers['content-length'] = 0;
    const req = request(url, { method, headers, agent: agentFor(url.protocol) });
    if (body !== undefined) req.useChunkedEncodingByDefault = true; // whatever the method
    let message;
    const abort = () => {
      const reason = signal.reason;
      if (typeof reason === 'object' && reason !== null) {
        try {
          Object.defineProperty(reason, kReason, { value: true, configurable: true });
        } catch { /* frozen */ }
      }
      reject(reason);
      message?.destroy(reason);
      req.destroy(reason instanceof Error ? reason : undefined);
    };
    const done = () => signal?.removeEventListener('abort', abort);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    req.on('error', (error) => {
      done();
      reject(failed(error));
    });
    req.on('close', done);
    req.on('response', (res) => {
      message = res;
      res.on('error', () => {});
      res.once('close', done);
      resolve(res);
    });
    if (body === undefined) req.end();
    else if (body instanceof Uint8Array) req.end(body);
    else pump(body, req);
  });
}

function responseOf(message, method, urls) {
  const list = [];
  for (let i = 0; i < message.rawHeaders.length; i += 2) list.push(message.rawHeaders[i].toLowerCase(), message.rawHeaders[i + 1]);
  const status = message.statusCode;
  if (method === 'HEAD' || nullBodyStatus(status)) {
    message.resume();
    return makeResponse(status, message.statusMessage, list, null, urls);
  }
  const encoding = message.headers['content-encoding'];
  const readable = encoding ? decoded(message, encoding) : message;
  return makeResponse(status, message.statusMessage, list, new StreamBody(readable), urls);
}

function dataResponse(url) {
  const match = /^data:([^,]*?)(;\s*base64)?,(.*)$/is.exec(url.href.replace(/#.*$/, ''));
  if (match === null) throw failed(new Error('invalid data: URL'));
  const bytes = unescapeBytes(match[3]);
  const body = match[2] ? Buffer.from(bytes.toString('latin1'), 'base64') : bytes;
  const type = match[1] === '' ? 'text/plain;charset=US-ASCII' : match[1].startsWith(';') ? `text/plain${match[1]}` : match[1];
  return makeResponse(200, 'OK', ['content-type', type], new Uint8Array(body), [url.href]);
}

function unescapeBytes(text) {
  return Buffer.from(text.replace(/%([0-9a-f]{2})/gi, (all, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1');
}

async function run(request) {
  const signal = request.signal;
  const { redirect } = request[kOptions];
  let url = new URL(request.url);
  let method = request[kMethod];
  let list = listOf(request.headers).slice();
  const urls = [url.href];
  if (url.protocol === 'data:') return dataResponse(url);
  if (url.protocol === 'blob:') {
    const blob = require('./blob').resolveObjectURL?.(url.href);
    if (!blob || method !== 'GET') throw failed(new Error('invalid blob: URL'));
    return makeResponse(200, 'OK', ['content-length', String(blob.size), 'content-type', blob.type], blob, urls);
  }
  let body = await bodyBytes(request);
  const streamed = body !== undefined && !(body instanceof Uint8Array);
  request[kUsed] = request[kBody] !== null;
  for (;;) {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw failed(new Error(`unknown scheme: ${url.protocol}`));
    if (badPorts.has(Number(url.port))) throw failed(new Error('bad port'));
    const message = await roundTrip(url, method, list, body, signal);
    const { statusCode } = message;
    const { location } = message.headers;
    if (!redirects.has(statusCode) || redirect === 'manual' || location === undefined) return responseOf(message, method, urls);
    message.resume();
    if (redirect === 'error') throw failed(new Error('unexpected redirect'));
    if (urls.length > MAX_REDIRECTS) throw failed(new Error('redirect count exceeded'));
    let next;
    try {
      next = new URL(location, url);
    } catch (error) {
      throw failed(error);
    }
    if (next.hash === '') next.hash = url.hash;
    if (streamed && statusCode !== 303) throw failed(new Error('a streamed body cannot be sent again'));
    if (((statusCode === 301 || statusCode === 302) && method === 'POST') || (statusCode === 303 && method !== 'GET' && method !== 'HEAD')) {
      method = 'GET';
      body = undefined;
      list = without(list, ofBody);
    }
    if (next.origin !== url.origin) list = without(list, ofOrigin);
    url = next;
    urls.push(url.href);
  }
}

function without(list, names) {
  const kept = [];
  for (let i = 0; i < list.length; i += 2) if (!names.includes(list[i])) kept.push(list[i], list[i + 1]);
  return kept;
}

/** @param {Request | URL | string} input @param {RequestInit} [init] @returns {Promise<Response>} */
function fetch(input, init = undefined) {
  if (arguments.length === 0) return Promise.reject(new TypeError('The "fetch" function requires 1 argument, but 0 were provided.'));
  let request;
  try {
    request = new Request(input, init);
  } catch (error) {
    return Promise.reject(error);
  }
  if (request.signal.aborted) return Promise.reject(request.signal.reason);
  return run(request);
}

module.exports = { fetch };
