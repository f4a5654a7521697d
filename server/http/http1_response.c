/*
 * The response side of HTTP/1.x: heads are written straight into the output buffer, and a whole response in front of or
 * behind the body that is already there (reserve and commit), so that the common answer costs one pass and one send.
 */
#include "server/http/http1.h"
#include "server/http/tunnel_connection.h"

#include <string.h>
#include <unistd.h>

enum { HEAD_ROOM = 320 }; /* status line without reason, Date, Content-Length, Connection, Keep-Alive, empty line, and
                             the line of a first chunk */

/* --- Status lines ------------------------------------------------------------------------------------------------ */

static char *append(char *at, const char *text, size_t length) {
  memcpy(at, text, length);
  return at + length;
}
#define APPEND(at, literal) append(at, literal, sizeof(literal) - 1)

static char *append_number(char *at, uint64_t number) {
  char digits[20];
  int n = 0;
  do digits[n++] = (char)('0' + number % 10);
  while (number /= 10);
  while (n) *at++ = digits[--n];
  return at;
}

static char *append_status_line(char *at, int status, const char *reason) {
  if (status == 200 && !reason) return APPEND(at, "HTTP/1.1 200 OK\r\n");
  at = APPEND(at, "HTTP/1.1 ");
  *at++ = (char)('0' + status / 100);
  *at++ = (char)('0' + status / 10 % 10);
  *at++ = (char)('0' + status % 10);
  *at++ = ' ';
  if (!reason) reason = http_status_reason(status);
  at = append(at, reason, strlen(reason));
  return APPEND(at, "\r\n");
}

static char *append_fields(char *at, http_fields fields) {
  for (size_t i = 0; i < fields.count; i++) {
    const http_header *field = &fields.items[i];
    at = append(at, field->name.data, field->name.length);
    at = APPEND(at, ": ");
    at = append(at, field->value.data, field->value.length);
    at = APPEND(at, "\r\n");
  }
  return at;
}

static size_t head_bound(const char *reason, http_fields headers) {
  return HEAD_ROOM + http_head_size(reason, headers);
}

/* --- Heads ------------------------------------------------------------------------------------------------------- */

enum length_line { LENGTH_NONE, LENGTH_LINE, LENGTH_CHUNKED };

static bool status_has_no_body(int status) { return status == 204 || status == 304 || status < 200; }

static void count_response(http_server *server, int status) {
  uint64_t *classes[] = {&server->counters->responses_1xx, &server->counters->responses_2xx,
                         &server->counters->responses_3xx, &server->counters->responses_4xx,
                         &server->counters->responses_5xx};
  (*classes[status / 100 <= 5 ? status / 100 - 1 : 4])++;
}

/* Decides whether the connection goes on after this response, which its head has to say. */
static void decide_persistence(http1 *h, connection *c, unsigned flags) {
  exchange *x = &h->exchange;
  http_server *server = c->server;
  if (h->close_after) return;
  /* A body that nobody is going to read, and too long to be skipped. */
  uint64_t most = server->options.max_discard_bytes;
  bool unread = !x->request_complete && !h->body_started &&
                (x->expects_continue || (h->body_kind == BODY_LENGTH && most && h->body_left > most));
  if (flags & EXCHANGE_CLOSE || server->draining || unread || x->method == HTTP_CONNECT) h->close_after = true;
}

/* Writes the final head at `at`, at most head_bound bytes; returns its end. */
static char *write_head(http1 *h, connection *c, char *at, int status, const char *reason, http_fields headers,
                        enum length_line line, uint64_t length, unsigned flags) {
  exchange *x = &h->exchange;
  http_server *server = c->server;
  at = append_status_line(at, status, reason);
  at = append_fields(at, headers);
  if (!(flags & EXCHANGE_NO_DATE)) at = append(at, server_date_line(server), 37);
  if (!(flags & EXCHANGE_NO_CONNECTION)) {
    if (h->close_after || h->last_allowed) {
      at = APPEND(at, "Connection: close\r\n");
    } else if (flags & EXCHANGE_KEEP_ALIVE || x->version_minor == 0) {
      at = APPEND(at, "Connection: keep-alive\r\n");
      uint64_t seconds = server->options.keep_alive_timeout / 1000;
      if (seconds && (flags & (EXCHANGE_KEEP_ALIVE | EXCHANGE_HAS_KEEP_ALIVE)) == EXCHANGE_KEEP_ALIVE) {
        h->announced = true;
        at = APPEND(at, "Keep-Alive: timeout=");
        at = append_number(at, seconds);
        if (server->options.max_requests_per_connection) {
          at = APPEND(at, ", max=");
          at = append_number(at, server->options.max_requests_per_connection);
        }
        at = APPEND(at, "\r\n");
      }
    }
  }
  if (line == LENGTH_LINE) {
    at = APPEND(at, "Content-Length: ");
    at = append_number(at, length);
    at = APPEND(at, "\r\n\r\n");
  } else if (line == LENGTH_CHUNKED) {
    at = APPEND(at, "Transfer-Encoding: chunked\r\n\r\n");
  } else {
    at = APPEND(at, "\r\n");
  }
  x->head_sent = true;
  h->status = (uint16_t)status;
  count_response(server, status);
  return at;
}

static int check_answerable(const http1 *h, const connection *c, int status) {
  if (!h->active || c->state != CONNECTION_OPEN) return UV_ECANCELED;
  if (h->exchange.head_sent || h->exchange.ended) return UV_EALREADY;
  return status < 200 || status > 999 ? UV_EINVAL : 0;
}

/* The app has called from outside the engine's own turn. */
static void answered(connection *c) {
  if (c->running) return;
  connection_flush(c);
  connection_schedule(c);
}

/* --- Whole responses --------------------------------------------------------------------------------------------- */

/* A whole body as one chunk and the last one. */
enum { CHUNK_END_ROOM = 7 };

static char *append_chunk_line(char *at, size_t length) {
  if (!length) return at;
  for (int shift = 60; shift >= 0; shift -= 4)
    if (length >> shift) *at++ = "0123456789abcdef"[(length >> shift) & 15];
  return APPEND(at, "\r\n");
}

static char *append_chunk_end(char *at, size_t length) {
  if (length) at = APPEND(at, "\r\n");
  return APPEND(at, "0\r\n\r\n");
}

static enum length_line length_line_of(int status, unsigned flags) {
  if (status_has_no_body(status) || flags & (EXCHANGE_NO_LENGTH | EXCHANGE_HAS_ENCODING)) return LENGTH_NONE;
  return flags & EXCHANGE_CHUNKED ? LENGTH_CHUNKED : LENGTH_LINE;
}

static int respond(exchange *x, int status, const char *reason, http_fields headers, http_bytes body, unsigned flags) {
  http1 *h = http1_of(x);
  connection *c = x->connection;
  int error = check_answerable(h, c, status);
  if (error) {
    if (body.release) body.release(body.release_data);
    return error;
  }
  bool skip = status_has_no_body(status) || x->method == HTTP_HEAD, chunked = flags & EXCHANGE_CHUNKED && !skip;
  size_t bound = head_bound(reason, headers), inline_body = skip || body.length > COPY_LIMIT ? 0 : body.length;
  char *start = connection_output(c, bound + inline_body + CHUNK_END_ROOM);
  if (!start) {
    if (body.release) body.release(body.release_data);
    return c->state == CONNECTION_CLOSED ? UV_ECANCELED : UV_ENOMEM;
  }
  decide_persistence(h, c, flags);
  char *at =
      write_head(h, c, start, status, reason, headers, length_line_of(status, flags), body.length, flags);
  if (chunked) at = append_chunk_line(at, body.length);
  if (inline_body) at = append(at, body.data, inline_body);
  bool apart = !skip && !inline_body && body.length;
  if (chunked && !apart) at = append_chunk_end(at, body.length);
  connection_output_commit(c, (size_t)(at - start));
  x->ended = true;
  if (apart)
    error = connection_output_bytes(c, body);
  else if (body.release)
    body.release(body.release_data);
  if (apart && chunked && error == 0) error = connection_output_copy(c, "\r\n0\r\n\r\n", CHUNK_END_ROOM);
  answered(c);
  return error;
}

static char *reserve(exchange *x, size_t head_size, size_t capacity) {
  http1 *h = http1_of(x);
  connection *c = x->connection;
  if (check_answerable(h, c, 200)) return NULL;
  h->reserved_gap = HEAD_ROOM + head_size;
  h->reserved = capacity;
  h->reserve_at = connection_output(c, h->reserved_gap + capacity + CHUNK_END_ROOM);
  return h->reserve_at ? h->reserve_at + h->reserved_gap : NULL;
}

static int commit(exchange *x, int status, const char *reason, http_fields headers, size_t length, unsigned flags) {
  http1 *h = http1_of(x);
  connection *c = x->connection;
  int error = check_answerable(h, c, status);
  if (error) return error;
  char *start = h->reserve_at;
  if (!start || length > h->reserved || head_bound(reason, headers) > h->reserved_gap) return UV_EINVAL;
  h->reserve_at = NULL;
  bool skip = status_has_no_body(status) || x->method == HTTP_HEAD, chunked = flags & EXCHANGE_CHUNKED && !skip;
  decide_persistence(h, c, flags);
  char *body = start + h->reserved_gap;
  char *at = write_head(h, c, start, status, reason, headers, length_line_of(status, flags), length, flags);
  size_t body_length = skip ? 0 : length;
  if (chunked) {
    at = append_chunk_line(at, length);
    body_length = (size_t)(append_chunk_end(body + length, length) - body);
  }
  size_t head_length = (size_t)(at - start);
  http_server *server = c->server;
  if (server->scratch_owner == c && server->scratch_end == 0 && body_length > head_length) {
    /* Nothing is before it: move the shorter of the two. */
    memmove(body - head_length, start, head_length);
    server->scratch_start = h->reserved_gap - head_length;
    connection_output_commit(c, h->reserved_gap + body_length);
  } else {
    memmove(at, body, body_length);
    connection_output_commit(c, head_length + body_length);
  }
  x->ended = true;
  answered(c);
  return 0;
}

/* --- Streaming --------------------------------------------------------------------------------------------------- */

static int head(exchange *x, int status, const char *reason, http_fields headers, int64_t content_length,
                unsigned flags) {
  http1 *h = http1_of(x);
  connection *c = x->connection;
  int error = check_answerable(h, c, status);
  if (error) return error;
  bool none = status_has_no_body(status);
  char *start = connection_output(c, head_bound(reason, headers));
  if (!start) return c->state == CONNECTION_CLOSED ? UV_ECANCELED : UV_ENOMEM;
  enum length_line line = LENGTH_NONE;
  h->head_only = none || x->method == HTTP_HEAD;
  if (content_length >= 0) {
    h->counts_length = !h->head_only;
    h->own_length = flags & EXCHANGE_HAS_LENGTH;
    h->response_left = (uint64_t)content_length;
    if (!none && !h->own_length) line = LENGTH_LINE;
  } else if (!none) {
    bool own = flags & EXCHANGE_HAS_ENCODING;
    bool chunked = own || (x->version_minor > 0 && !(flags & EXCHANGE_NO_CHUNKED));
    if (chunked && !own && !(flags & EXCHANGE_NO_LENGTH)) line = LENGTH_CHUNKED;
    h->chunked = chunked && !h->head_only;
    if (!chunked && !h->head_only) flags |= EXCHANGE_CLOSE;
  }
  decide_persistence(h, c, flags);
  char *at =
      write_head(h, c, start, status, reason, headers, line, content_length >= 0 ? (uint64_t)content_length : 0, flags);
  connection_output_commit(c, (size_t)(at - start));
  if (!c->running) connection_schedule(c);
  return 0;
}

static int chunk_line(connection *c, size_t length) {
  char line[20];
  int n = 0;
  for (int shift = 60; shift >= 0; shift -= 4) {
    unsigned digit = (unsigned)(length >> shift) & 15;
    if (n || digit) line[n++] = "0123456789abcdef"[digit];
  }
  line[n++] = '\r';
  line[n++] = '\n';
  return connection_output_copy(c, line, (size_t)n);
}

static int check_writable(const http1 *h, const connection *c, size_t length) {
  if (!h->active || c->state != CONNECTION_OPEN) return UV_ECANCELED;
  if (!h->exchange.head_sent) return UV_EINVAL;
  if (h->exchange.ended) return UV_EALREADY;
  return h->counts_length && !h->own_length && length > h->response_left ? UV_EMSGSIZE : 0;
}

/* The body has grown, or that has failed: what exchange_write returns. */
static int written(http1 *h, connection *c, int status) {
  if (status < 0) {
    if (c->state != CONNECTION_CLOSED) connection_close(c, status);
    return status;
  }
  size_t high = c->server->options.high_water_mark;
  if (high && connection_pending(c) >= high) connection_flush(c);
  if (c->state == CONNECTION_CLOSED) return UV_ECANCELED;
  if (!c->running) connection_schedule(c);
  if (high && connection_pending(c) >= high) {
    h->want_drain = true;
    return 0;
  }
  status = connection_output_own(c);
  if (status < 0) connection_close(c, status);
  return status < 0 ? status : 1;
}

/* Before a piece of the body. 1: it is to be sent; 0: it is not, which is no error; negative: it cannot be. */
static int piece_begin(http1 *h, connection *c, size_t length) {
  int status = check_writable(h, c, length);
  if (status < 0 || h->head_only || !length) return status;
  if (h->chunked && (status = chunk_line(c, length)) < 0) {
    if (c->state != CONNECTION_CLOSED) connection_close(c, status);
    return status;
  }
  if (h->counts_length && length > h->response_left) {
    h->close_after = true; /* more than the app's own Content-Length says: nothing may follow */
    h->response_left = 0;
  } else if (h->counts_length) {
    h->response_left -= length;
  }
  return 1;
}

static int piece_end(http1 *h, connection *c, int status) {
  if (status == 0 && h->chunked) status = connection_output_copy(c, "\r\n", 2);
  return written(h, c, status);
}

static int write_body(exchange *x, http_bytes bytes) {
  http1 *h = http1_of(x);
  connection *c = x->connection;
  int status = piece_begin(h, c, bytes.length);
  if (status > 0) return piece_end(h, c, connection_output_bytes(c, bytes));
  if (bytes.release) bytes.release(bytes.release_data);
  return status < 0 ? status : written(h, c, 0);
}

static int write_file(exchange *x, int fd, int64_t offset, size_t length) {
  http1 *h = http1_of(x);
  connection *c = x->connection;
  int status = piece_begin(h, c, length);
  if (status > 0) return piece_end(h, c, connection_output_file(c, fd, offset, length));
  close(fd);
  return status < 0 ? status : written(h, c, 0);
}

static int end(exchange *x, http_fields trailers) {
  http1 *h = http1_of(x);
  connection *c = x->connection;
  if (!h->active || c->state != CONNECTION_OPEN) return UV_ECANCELED;
  if (!x->head_sent) return UV_EINVAL;
  if (x->ended) return UV_EALREADY;
  int status = 0;
  if (h->chunked) {
    char *at = connection_output(c, http_head_size(NULL, trailers) + 8), *start = at;
    if (!at) {
      if (c->state != CONNECTION_CLOSED) connection_close(c, UV_ENOMEM);
      return UV_ENOMEM;
    }
    at = APPEND(at, "0\r\n");
    at = append_fields(at, trailers);
    at = APPEND(at, "\r\n");
    connection_output_commit(c, (size_t)(at - start));
  } else if (h->counts_length && h->response_left) {
    h->close_after = true; /* the client notices that it got less than was promised */
    status = UV_EMSGSIZE;
  }
  x->ended = true;
  answered(c);
  return status;
}

static int flush(exchange *x) {
  connection *c = x->connection;
  if (!http1_of(x)->active || c->state != CONNECTION_OPEN) return UV_ECANCELED;
  connection_flush(c);
  return c->state == CONNECTION_OPEN ? 0 : UV_ECANCELED;
}

static int informational(exchange *x, int status, const char *reason, http_fields headers) {
  http1 *h = http1_of(x);
  connection *c = x->connection;
  if (!h->active || c->state != CONNECTION_OPEN) return UV_ECANCELED;
  if (x->head_sent || x->ended) return UV_EALREADY;
  if (status < 100 || status > 199 || status == 101) return UV_EINVAL;
  if (x->version_minor == 0) return 0;
  char *start = connection_output(c, head_bound(reason, headers));
  if (!start) return c->state == CONNECTION_CLOSED ? UV_ECANCELED : UV_ENOMEM;
  char *at = append_status_line(start, status, reason);
  at = append_fields(at, headers);
  at = APPEND(at, "\r\n");
  connection_output_commit(c, (size_t)(at - start));
  if (status == 100) h->continue_sent = true;
  count_response(c->server, status);
  connection_flush(c);
  return c->state == CONNECTION_OPEN ? 0 : UV_ECANCELED;
}

/* --- Body flow, upgrade, end ------------------------------------------------------------------------------------- */

static void body_resume(exchange *x) {
  http1 *h = http1_of(x);
  connection *c = x->connection;
  if (!h->active || x->request_complete || c->state != CONNECTION_OPEN || h->flow == FLOW_OPEN) return;
  if (h->flow == FLOW_DISCARD) return;
  h->flow = FLOW_OPEN;
  h->left_alone = false;
  h->body_started = true;
  if (x->expects_continue && !x->manual_continue && !h->continue_sent && !x->head_sent && !h->body_received &&
      !c->window_length)
    informational(x, 100, NULL, (http_fields){0});
  if (!c->running) connection_schedule(c);
}

static void body_pause(exchange *x) {
  http1 *h = http1_of(x);
  if (h->active && h->flow == FLOW_OPEN) h->flow = FLOW_PAUSED;
}

static void body_discard(exchange *x) {
  http1 *h = http1_of(x);
  connection *c = x->connection;
  if (!h->active || x->request_complete || c->state != CONNECTION_OPEN) return;
  h->flow = FLOW_DISCARD;
  if (!c->running) connection_schedule(c);
}

static int upgrade(exchange *x, const struct tunnel_events *events, void *data, tunnel **out, http_slice *early) {
  http1 *h = http1_of(x);
  connection *c = x->connection;
  if (!h->active || h->tunnel || c->state != CONNECTION_OPEN) return UV_ECANCELED;
  if (!x->upgrade) return UV_EINVAL;
  if (x->head_sent || x->ended) return UV_EALREADY;
  *out = tunnel_create(c, events, data);
  if (!*out) return UV_ENOMEM;
  /* The bytes stay where they are for now: in the server's buffer, or in the connection's. */
  *early = (http_slice){c->window, c->window_length};
  c->window_length = c->input_length = 0;
  c->deadline_kind = DEADLINE_NONE;
  x->ended = x->request_complete = true;
  h->tunnel = *out; /* http1_process hands the connection over */
  if (!c->running) connection_schedule(c);
  return 0;
}

static void destroy(exchange *x) {
  http1 *h = http1_of(x);
  if (h->active) connection_close(x->connection, UV_ECANCELED);
}

/* One exchange at a time: what is pending on the connection is its own. */
static size_t pending(const exchange *x) { return connection_pending(x->connection); }

void http1_answer_error(connection *c, int status) {
  char text[256];
  char *at = append_status_line(text, status, NULL);
  if (c->server->options.as_node) {
    at = APPEND(at, "Connection: close\r\n\r\n");
  } else {
    at = append(at, server_date_line(c->server), 37);
    at = APPEND(at, "Connection: close\r\nContent-Length: 0\r\n\r\n");
  }
  count_response(c->server, status);
  connection_output_copy(c, text, (size_t)(at - text));
  connection_finish(c, true);
}

const exchange_protocol http1_protocol = {
    .name = "HTTP/1.1",
    .respond = respond,
    .reserve = reserve,
    .commit = commit,
    .head = head,
    .write = write_body,
    .write_file = write_file,
    .end = end,
    .informational = informational,
    .body_resume = body_resume,
    .body_pause = body_pause,
    .body_discard = body_discard,
    .upgrade = upgrade,
    .destroy = destroy,
    .flush = flush,
    .pending = pending,
};
