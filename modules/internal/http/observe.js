'use strict';
// What node:http tells those who watch: the channels http.client.* and http.server.* (diagnostics_channel.html), and
// performance entries of type 'http' (perf_hooks.html).

const observed = require('../observed');

const CLIENT_URL = (req) => (req.path.startsWith('http:') ? req.path : `${req.protocol}//${req.host}${req._port && req._port !== req._defaultPort ? `:${req._port}` : ''}${req.path}`);

module.exports = {
  created(request) { if (observed.on) observed.publish('http.client.request.created', { request }); },

  /** The request is with its socket. */
  started(request) {
    if (!observed.on) return;
    observed.publish('http.client.request.start', { request });
    if (observed.types.has('http')) request._measured = observed.now();
  },

  bodyChunk(request, chunk, encoding) {
    if (observed.on) observed.publish('http.client.request.bodyChunkSent', { request, chunk, encoding });
  },

  bodySent(request) { if (observed.on) observed.publish('http.client.request.bodySent', { request }); },

  failed(request, error) { if (observed.on) observed.publish('http.client.request.error', { request, error }); },

  responded(request, response) {
    if (!observed.on) return;
    observed.publish('http.client.response.finish', { request, response });
    if (request._measured === undefined) return;
    observed.measured('HttpClient', 'http', request._measured, {
      req: { method: request.method, url: CLIENT_URL(request), headers: { ...request.getHeaders() } },
      res: { statusCode: response.statusCode, statusMessage: response.statusMessage, headers: response.headers },
    });
  },

  /** A server's request, before its 'request' event. */
  received(server, request, response) {
    observed.publish('http.server.response.created', { request, response });
    observed.publish('http.server.request.start', { request, response, socket: request.socket, server });
    if (observed.types.has('http')) response._measured = observed.now();
  },

  answered(response) {
    const { req: request } = response;
    observed.publish('http.server.response.finish', { request, response, socket: request.socket, server: response._server });
    if (response._measured === undefined) return;
    observed.measured('HttpRequest', 'http', response._measured, {
      req: { method: request.method, url: request.url, headers: request.headers },
      res: { statusCode: response.statusCode, statusMessage: response.statusMessage, headers: { ...response.getHeaders() } },
    });
  },
};
