/*
 * The request side of HTTP/1.x on a connection: a loop over what has arrived. One exchange at a time: the next head of
 * a pipelining client is looked at when the response before has ended and the kernel has taken it, so responses keep
 * their order and a client that doesn't read can't make the server work. Answers that the app gives at once are
 * gathered and leave together.
 */
#include "server/http/http1.h"
#include "server/http/http2.h"
#include "server/http/in_flight.h"
#include "server/http/tunnel_connection.h"

#include <stdlib.h>
#include <string.h>

/* A client that was told `Keep-Alive: timeout=N` and sends at the last moment still finds the connection open. */
enum { ANNOUNCED_GRACE = 1000 };

const char *http_method_name(unsigned method) {
  return method <= HTTP_FLUSH ? llhttp_method_name((llhttp_method_t)method) : "";
}

static inline void window_advance(connection *c, size_t length) {
  c->window += length;
  c->window_length -= length;
}

static bool http1_wants_input(const connection *c) {
  const http1 *h = http1_at(c);
  if (c->end_of_input || h->failed) return false;
  /* As Node, also of a paused body while there is room: without reading nobody sees that the client has gone. */
  if (!c->server->options.as_node && h->active && !h->exchange.request_complete && h->flow == FLOW_PAUSED)
    return c->input_length == 0;
  if (h->active || c->queue) return c->input_length < INPUT_LIMIT;
  return true;
}

/* --- Errors ------------------------------------------------------------------------------------------------------ */

/* Node knows fewer reasons; the operator's limit of bodies is none of its. */
static int node_status(int status, const char *code) {
  if (!strcmp(code, "HPE_HEADER_OVERFLOW")) return 431;
  if (status == 413 || !strcmp(code, "HPE_CHUNK_EXTENSIONS_OVERFLOW")) return 413;
  return !strcmp(code, "ERR_HTTP_REQUEST_TIMEOUT") ? 408 : 400;
}

/* The app has been told and answers itself, perhaps later: nothing of what follows is parsed. */
static void left_to_app(connection *c) {
  http_server *server = c->server;
  http1_at(c)->failed = true;
  if (c->state != CONNECTION_OPEN) return;
  uint64_t timeout = server->options.request_timeout ? server->options.request_timeout : 300000;
  connection_set_deadline(c, DEADLINE_LINGER, uv_now(server->loop) + timeout);
}

void http1_fail(connection *c, int status, const char *code, const char *reason) {
  http_server *server = c->server;
  server->counters->client_errors++;
  c->deadline_kind = DEADLINE_NONE;
  if (server->options.as_node && status) status = node_status(status, code);
  http_client_error error = {
      status, code, reason, {c->window, c->window_length}, http1_shared_of(server)->head.error_at};
  http1_shared_of(server)->head.error_at = 0;
  bool handled = server->handler->on_client_error && server->handler->on_client_error(server->data, c, &error);
  if (c->state == CONNECTION_CLOSED) return;
  c->window_length = c->input_length = 0;
  if (handled) {
    left_to_app(c);
    return;
  }
  if (status)
    http1_answer_error(c, status);
  else
    connection_finish(c, false);
}

bool http1_body_error(connection *c, int status, const char *code, const char *reason) {
  http_server *server = c->server;
  server->counters->client_errors++;
  if (!server->handler->on_client_error) return false;
  http_client_error error = {status, code, reason, {c->window, c->window_length}, 0};
  if (!server->handler->on_client_error(server->data, c, &error)) return false;
  if (c->state == CONNECTION_CLOSED) return true;
  c->window_length = c->input_length = 0;
  left_to_app(c);
  return true;
}

/* The running exchange can't go on: answer if that is still possible, and tell the app. */
void http1_abort(connection *c, int status, int error) {
  http1 *h = http1_at(c);
  if (!h->exchange.head_sent && !h->exchange.ended && status) {
    http1_answer_error(c, status);
    c->close_error = error;
    http1_closed(c, error);
  } else {
    connection_close(c, error);
  }
}

void http1_closed(connection *c, int error) {
  http1 *h = http1_at(c);
  if (!h->active) return;
  h->active = false;
  exchange *x = &h->exchange;
  c->server->counters->requests_active--;
  if (x->in_flight) in_flight_end(c->server->options.in_flight, x->in_flight);
  if (error) c->server->counters->aborted++;
  x->ended = true;
  struct tunnel *t = h->tunnel;
  h->tunnel = NULL;
  if (x->events && x->events->on_close) x->events->on_close(x, t ? 0 : error);
  x->events = NULL;
  if (!t) return;
  if (c->state == CONNECTION_OPEN)
    tunnel_take_over(t);
  else
    tunnel_closed(t, error);
}

static void http1_end_of_input(connection *c) {
  http1 *h = http1_at(c);
  if (h->tunnel) return; /* its own matter */
  /* With a paused body, what came before is still to be read, and its end will be seen then. */
  if (!c->end_of_input && h->active && !h->exchange.request_complete) return;
  if (h->active) {
    exchange *x = &h->exchange;
    if (x->request_complete && c->server->options.allow_half_open) {
      return; /* it is answered whatever it has asked */
    } else if (x->request_complete && x->ended) {
      h->close_after = h->client_closes = true; /* it may be reading the rest */
    } else if (h->failed) {
      return; /* the app's matter */
    } else if (x->request_complete || h->flow == FLOW_PAUSED ||
               !http1_body_error(c, 400, "HPE_INVALID_EOF_STATE", "Invalid EOF state")) {
      connection_close(c, UV_ECONNRESET);
    }
    return;
  }
  if (c->input_length && !h->failed)
    http1_fail(c, 400, "HPE_INVALID_EOF_STATE", "Invalid EOF state");
  else
    connection_finish(c, false);
}

static void http1_timeout(connection *c) {
  http1 *h = http1_at(c);
  if (h->active && h->exchange.ended && h->flow == FLOW_DISCARD) {
    h->close_after = h->exchange.request_complete = h->truncated = true; /* the client is too slow with the rest */
    h->client_closes = false;
  } else if (h->active && h->exchange.ended && h->left_alone) {
    h->flow = FLOW_DISCARD;
    http1_set_discard_deadline(c);
  } else if (h->active) {
    http1_abort(c, 408, UV_ETIMEDOUT);
  } else if (c->input_length || c->server->options.as_node) {
    http1_fail(c, 408, "ERR_HTTP_REQUEST_TIMEOUT", "Request timeout");
  } else {
    connection_finish(c, false); /* never sent a byte */
  }
}

/* For how long a head may take: it is part of the request. */
static uint64_t head_timeout(const http_server *server) {
  uint64_t head = server->options.header_timeout, whole = server->options.request_timeout;
  return whole && (!head || whole < head) ? whole : head;
}

static void http1_start(connection *c) {
  const http_server *server = c->server;
  uint64_t timeout = server->draining ? server->options.drain_idle_grace : head_timeout(server);
  if (timeout)
    connection_set_deadline(c, server->draining ? DEADLINE_IDLE : DEADLINE_PROTOCOL, uv_now(server->loop) + timeout);
}

static bool http1_is_idle(const connection *c) { return !http1_at(c)->active; }

static void http1_drain(connection *c, uint64_t grace) {
  if (connection_is_idle(c) && (c->deadline_kind == DEADLINE_NONE || c->deadline > grace))
    connection_set_deadline(c, DEADLINE_IDLE, grace);
}

static void http1_free(connection *c) {
  http1 *h = http1_at(c);
  free(h->kept);
  free(h->kept_trailers);
}

static int http1_server_open(http_server *server) {
  server->shared[SHARED_HTTP1] = calloc(1, sizeof(http1_shared));
  return server->shared[SHARED_HTTP1] ? 0 : UV_ENOMEM;
}

static void http1_server_close(http_server *server) {
  http1_shared *shared = http1_shared_of(server);
  if (shared) free(shared->head.headers);
  free(shared);
}

/* --- Head -------------------------------------------------------------------------------------------------------- */

/* The start of a head is there, its end is not. */
static void head_incomplete(connection *c) {
  http1 *h = http1_at(c);
  http_server *server = c->server;
  const http_server_options *options = &server->options;
  const char *code, *reason;
  const char *line_end = memchr(c->window, '\r', c->window_length);
  size_t line = line_end ? (size_t)(line_end - c->window) : c->window_length;
  size_t limit = options->max_header_bytes;
  if (!line_end && ((limit && line > limit) || (options->max_url_bytes && line > options->max_url_bytes + 32))) {
    http1_fail(c, 414, "HPE_HEADER_OVERFLOW", "Request line too long");
    return;
  }
  if (limit && c->window_length > limit) {
    http1_shared_of(server)->head.error_at = c->window_length;
    http1_fail(c, 431, "HPE_HEADER_OVERFLOW", "Header overflow");
    return;
  }
  if (!h->line_checked && (line_end || c->window_length < 64)) {
    size_t complete = line_end ? line + 1 : line;
    int status = http1_check_line(server, c->window, complete, &code, &reason);
    if (status) {
      http1_fail(c, status, code, reason);
      return;
    }
    h->line_checked = line_end != NULL;
  }
  if (!h->request_start) {
    h->request_start = uv_now(server->loop);
    if (head_timeout(server))
      connection_set_deadline(c, DEADLINE_PROTOCOL, h->request_start + head_timeout(server));
    else
      c->deadline_kind = DEADLINE_NONE;
  }
}

/* Copies what the exchange refers to into memory of the connection, since the handler answers later. */
static int exchange_keep(connection *c) {
  http1 *h = http1_at(c);
  exchange *x = &h->exchange;
  size_t positions = x->headers_count * sizeof *x->headers, size = positions + h->head_length;
  if (h->kept_capacity < size) {
    size_t capacity = (size + 1023) & ~(size_t)1023;
    char *grown = malloc(capacity);
    if (!grown) return UV_ENOMEM;
    free(h->kept);
    h->kept = grown;
    h->kept_capacity = capacity;
  }
  if (positions) memcpy(h->kept, x->headers, positions);
  memcpy(h->kept + positions, x->head, h->head_length);
  x->headers = (const exchange_header_position *)(void *)h->kept;
  x->head = h->kept + positions;
  return 0;
}

static void exchange_begin(connection *c, const char *base, size_t head_length) {
  http1 *h = http1_at(c);
  http_server *server = c->server;
  const http1_head *head = &http1_shared_of(server)->head;
  const llhttp_t *parser = &http1_shared_of(server)->parser;
  exchange *x = &h->exchange;
  char *kept = h->kept, *kept_trailers = h->kept_trailers;
  size_t kept_capacity = h->kept_capacity;
  memset(h, 0, sizeof *h);
  h->kept = kept;
  h->kept_capacity = kept_capacity;
  h->kept_trailers = kept_trailers;
  h->active = true;
  h->head_length = head_length;
  x->protocol = &http1_protocol;
  x->connection = c;
  x->serial = ++server->serial;
  x->head = base;
  x->headers = head->headers;
  x->headers_count = (uint16_t)head->count;
  x->url = (uint32_t)head->url;
  x->url_length = (uint32_t)head->url_length;
  x->method = parser->method;
  x->version_major = 1;
  x->version_minor = parser->http_minor ? 1 : 0; /* HTTP/1.2 is served as 1.1 (RFC 9110 2.5) */
  x->upgrade = head->upgrade;
  bool expects = head->expect_index >= 0 && x->version_minor > 0;
  x->expects_continue = expects && http1_expects_continue(head);
  x->expects_other = expects && !x->expects_continue;
  x->keep_alive = x->version_minor > 0
                      ? !(head->flags & F_CONNECTION_CLOSE)
                      : (head->flags & (F_CONNECTION_KEEP_ALIVE | F_CONNECTION_CLOSE)) == F_CONNECTION_KEEP_ALIVE;
  if (head->transfer_encodings) {
    h->body_kind = BODY_CHUNKED;
    x->content_length = -1;
  } else if (head->content_lengths && parser->content_length) {
    h->body_kind = BODY_LENGTH;
    h->body_left = parser->content_length;
    x->content_length = h->body_left > INT64_MAX ? INT64_MAX : (int64_t)h->body_left;
  }
  x->has_body = h->body_kind != BODY_NONE;
  x->request_complete = !x->has_body;
  h->client_closes = !x->keep_alive;
  uint64_t most = server->options.max_requests_per_connection;
  c->requests++;
  h->last_allowed = most && c->requests >= most;
  x->surplus = most && c->requests > most;
  h->close_after = !x->keep_alive || (h->last_allowed && !server->options.as_node);
  server->counters->requests++;
  server->counters->requests_active++;
  if (server->options.in_flight)
    x->in_flight =
        in_flight_begin(server->options.in_flight, http_method_name(x->method), base + head->url, head->url_length);
}

/* A head is complete: parse it, call the app. */
static void head_complete(connection *c, size_t length) {
  http1 *h = http1_at(c);
  http_server *server = c->server;
  const http_server_options *options = &server->options;
  const http1_shared *shared = http1_shared_of(server);
  const char *code, *reason;
  if (options->max_header_bytes && length > options->max_header_bytes) {
    const char *line_end = memchr(c->window, '\r', length);
    bool line = line_end && (size_t)(line_end - c->window) > options->max_header_bytes;
    http1_fail(c, line ? 414 : 431, "HPE_HEADER_OVERFLOW", "Header overflow");
    return;
  }
  const char *base = c->window;
  int status = http1_parse_head(server, base, length, &code, &reason);
  if (!status && options->max_url_bytes && shared->head.url_length > options->max_url_bytes)
    status = 414, code = "HPE_HEADER_OVERFLOW", reason = "URI too long";
  if (!status && options->max_body_bytes && shared->head.content_lengths &&
      shared->parser.content_length > options->max_body_bytes)
    status = 413, code = "HPE_USER", reason = "Body too large";
  if (status) {
    http1_fail(c, status, code, reason);
    return;
  }
  uint64_t started = h->request_start;
  exchange_begin(c, base, length);
  window_advance(c, length);
  if (h->exchange.has_body && options->request_timeout)
    connection_set_deadline(c, DEADLINE_PROTOCOL,
                            (started ? started : uv_now(server->loop)) + options->request_timeout);
  else
    c->deadline_kind = DEADLINE_NONE;
  server->handler->on_request(server->data, &h->exchange);
  exchange *x = &h->exchange;
  if (c->state == CONNECTION_OPEN && h->active && !(x->ended && x->request_complete) && exchange_keep(c) < 0)
    connection_close(c, UV_ENOMEM);
}

static void head_feed(connection *c) {
  http1 *h = http1_at(c);
  if (!h->head_scanned) /* empty lines before a request line are ignored (RFC 9112 2.2) */
    while (c->window_length >= 2 && c->window[0] == '\r' && c->window[1] == '\n') window_advance(c, 2);
  if (!c->window_length) return;
  size_t length;
  http1_scan scan = http1_scan_head(c->window, c->window_length, c->server->options.lenient, &h->head_scanned, &length);
  if (scan == SCAN_COMPLETE) {
    h->head_scanned = 0;
    h->line_checked = 0;
    head_complete(c, length);
  } else if (scan == SCAN_INCOMPLETE) {
    head_incomplete(c);
  } else {
    http1_fail(c, 400, http1_scan_code(scan), http1_scan_reason(scan));
  }
}

/* --- The loop ---------------------------------------------------------------------------------------------------- */

/* Both directions are done. */
static void exchange_done(connection *c) {
  http1 *h = http1_at(c);
  exchange *x = &h->exchange;
  if (!h->finish_reported) {
    h->finish_reported = true;
    if (x->events && x->events->on_finish) x->events->on_finish(x);
    if (c->state == CONNECTION_CLOSED) return;
  }
  http1_closed(c, 0);
  if (c->state != CONNECTION_OPEN) return;
  if (c->end_of_input && !c->window_length) h->close_after = h->client_closes = true;
  if (h->close_after) {
    connection_finish(c, !h->client_closes || h->truncated || c->window_length);
    return;
  }
  const http_server_options *options = &c->server->options;
  c->active_at = uv_now(c->server->loop);
  uint64_t idle = options->keep_alive_timeout;
  if (idle && h->announced) idle += ANNOUNCED_GRACE;
  if (c->server->draining && (!idle || idle > options->drain_idle_grace)) idle = options->drain_idle_grace;
  if (!idle && c->server->draining)
    connection_finish(c, true);
  else if (idle)
    connection_set_deadline(c, DEADLINE_IDLE, uv_now(c->server->loop) + idle);
  else
    c->deadline_kind = DEADLINE_NONE;
}

static bool exchange_is_done(const connection *c) {
  const exchange *x = &http1_at(c)->exchange;
  return x->ended && x->request_complete && !c->queue;
}

/* A client that speaks HTTP/2 without having asked (RFC 9113 3.3). Its preface may come in pieces, which no request of
 * HTTP/1 begins with: it waits for the rest as an unfinished head does. */
static bool http2_begins(connection *c) {
  http1 *h = http1_at(c);
  size_t whole = sizeof HTTP2_PREFACE - 1, length = c->window_length < whole ? c->window_length : whole;
  if (!(c->server->options.http2 & HTTP2_CLEAR) || c->requests || connection_ssl(c) || length < 3) return false;
  if (memcmp(c->window, HTTP2_PREFACE, length) != 0) return false;
  if (length == whole)
    connection_protocol_set(c, &http2_connection);
  else if (!h->request_start)
    h->request_start = uv_now(c->server->loop);
  return true;
}

static void http1_process(connection *c) {
  http1 *h = http1_at(c);
  while (c->state == CONNECTION_OPEN && !h->failed) {
    if (h->tunnel) {
      http1_closed(c, 0);
      c->protocol->process(c);
      break;
    }
    if (h->active) {
      if (!h->exchange.request_complete) http1_body_feed(c);
      if (c->state != CONNECTION_OPEN || !h->active || !exchange_is_done(c)) break;
      if (!c->window_length || h->close_after) {
        connection_flush(c); /* before the app's callbacks: the client waits */
        if (c->state != CONNECTION_OPEN || c->queue) break;
      }
      exchange_done(c);
    } else {
      if (!c->window_length || c->queue) break;
      if (c->window[0] == 'P' && http2_begins(c)) {
        if (c->protocol == &http2_connection && c->state == CONNECTION_OPEN) c->protocol->process(c);
        break;
      }
      size_t before = c->window_length;
      head_feed(c);
      if (!h->active && c->window_length == before) break;
    }
  }
}

static bool http1_progress(connection *c) {
  http1 *h = http1_at(c);
  if (c->state != CONNECTION_OPEN) return false;
  if (!h->active) return false;
  exchange *x = &h->exchange;
  if (h->want_drain && connection_pending(c) <= c->server->options.low_water_mark) {
    h->want_drain = false;
    if (!x->ended && x->events && x->events->on_drain) {
      int status = connection_output_own(c);
      if (status < 0) connection_close(c, status);
      if (status == 0) x->events->on_drain(x);
      if (c->state != CONNECTION_OPEN) return false;
    }
    return true;
  }
  if (x->ended && !c->queue && !h->finish_reported) {
    h->finish_reported = true;
    if (x->events && x->events->on_finish) x->events->on_finish(x);
    return c->state == CONNECTION_OPEN;
  }
  return h->active && exchange_is_done(c);
}

const connection_protocol http1_connection = {
    .name = "http/1.1",
    .start = http1_start,
    .process = http1_process,
    .progress = http1_progress,
    .wants_input = http1_wants_input,
    .is_idle = http1_is_idle,
    .end_of_input = http1_end_of_input,
    .timeout = http1_timeout,
    .drain = http1_drain,
    .closed = http1_closed,
    .free = http1_free,
    .server_open = http1_server_open,
    .server_close = http1_server_close,
};
