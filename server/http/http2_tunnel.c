/*
 * A tunnel over a stream (RFC 8441, RFC 9113 8.5). What speaks on it was written for a connection: it begins with the
 * head of an HTTP/1.1 response. That head becomes the stream's: 101 is 200 here, and what says it in HTTP/1.1 (Upgrade,
 * Connection, Sec-WebSocket-Accept) is left out. Bytes that do not begin so are sent as they are, after a 200.
 */
#include "server/http/http2.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER_LIMIT = 16384, ANSWER_FIELDS = 64 };

typedef struct http2_tunnel {
  tunnel tunnel; /* first */
  http2_stream *stream;
  bool paused, want_drain;
  bool ended;          /* on_end was called */
  bool shutting, shut; /* tunnel_shutdown was called; on_shutdown was */
  bool answered;
  char *head;
  size_t head_length;
} http2_tunnel;

static http2_tunnel *of(const tunnel *t) { return (http2_tunnel *)t; }
tunnel *http2_tunnel_of(http2_tunnel *t) { return &t->tunnel; }

static bool is_gone(const http2_tunnel *t) {
  return t->stream->closed || t->stream->reset || t->tunnel.connection->state != CONNECTION_OPEN;
}

/* --- The answer -------------------------------------------------------------------------------------------------- */

static bool name_is(http_slice name, const char *lower) {
  if (name.length != strlen(lower)) return false;
  for (size_t i = 0; i < name.length; i++)
    if ((name.data[i] | 0x20) != lower[i] && name.data[i] != lower[i]) return false;
  return true;
}

static int answer(http2_tunnel *t, int status, http_fields fields) {
  t->answered = true;
  http2_stream *s = t->stream;
  int error = http2_submit_head(s, status == 101 ? 200 : status, fields, -1, EXCHANGE_NO_DATE, true);
  s->exchange.head_sent = true;
  return error;
}

/* "HTTP/1.1 101 Switching Protocols\r\n...\r\n\r\n", complete. */
static int answer_head(http2_tunnel *t, size_t length) {
  http_header items[ANSWER_FIELDS];
  const char *line_end = memchr(t->head, '\r', length);
  int status = length > 12 ? atoi(t->head + 9) : 0;
  if (!line_end || status < 101 || status > 999) return UV_EINVAL;
  const char *block = line_end + 2;
  size_t block_length = length - (size_t)(block - t->head) - 2;
  int count = block < t->head + length - 2 ? http_fields_split(block, block_length, items, ANSWER_FIELDS) : 0;
  if (count < 0) return UV_EINVAL;
  size_t kept = 0;
  for (int i = 0; i < count; i++)
    if (!name_is(items[i].name, "sec-websocket-accept")) items[kept++] = items[i];
  return answer(t, status, (http_fields){items, kept});
}

/* Takes from `bytes` what belongs to the head. How much, or negative. */
static ssize_t answer_collect(http2_tunnel *t, http_bytes bytes) {
  static const char begin[] = "HTTP/1.";
  size_t before = t->head_length, total = before + bytes.length;
  if (total > ANSWER_LIMIT) total = ANSWER_LIMIT;
  char *grown = realloc(t->head, total + 1);
  if (!grown) return UV_ENOMEM;
  memcpy(grown + before, bytes.data, total - before);
  grown[total] = 0;
  t->head = grown;
  t->head_length = total;
  size_t compared = total < sizeof begin - 1 ? total : sizeof begin - 1;
  if (memcmp(grown, begin, compared) != 0) {
    int error = answer(t, 200, (http_fields){0});
    if (!error && before) error = http2_stream_write(t->stream, (http_bytes){.data = grown, .length = before});
    return error;
  }
  const char *end = memmem(grown, total, "\r\n\r\n", 4);
  if (!end) return total == ANSWER_LIMIT ? UV_EMSGSIZE : (ssize_t)bytes.length;
  size_t length = (size_t)(end + 4 - grown);
  int error = answer_head(t, length);
  return error ? error : (ssize_t)(length - before);
}

/* --- The app's side ---------------------------------------------------------------------------------------------- */

static int carrier_write(tunnel *base, http_bytes bytes) {
  http2_tunnel *t = of(base);
  http2_stream *s = t->stream;
  ssize_t taken = is_gone(t) ? UV_ECANCELED : t->shutting ? UV_EPIPE : t->answered ? 0 : answer_collect(t, bytes);
  if (taken < 0 || (size_t)taken == bytes.length) {
    if (bytes.release) bytes.release(bytes.release_data);
    if (taken == UV_EINVAL || taken == UV_EMSGSIZE || taken == UV_ENOMEM)
      http2_stream_reset(s, NGHTTP2_INTERNAL_ERROR, (int)taken);
    http2_later(s);
    return taken < 0 ? (int)taken : 1;
  }
  bytes.data += taken;
  bytes.length -= (size_t)taken;
  int status = http2_stream_write(s, bytes);
  if (status < 0) {
    http2_stream_reset(s, NGHTTP2_INTERNAL_ERROR, status);
    return status;
  }
  http2_stream_wake(s);
  size_t high = base->connection->server->options.high_water_mark;
  if (!high || s->queued < high) return 1;
  t->want_drain = true;
  return 0;
}

static int carrier_shutdown(tunnel *base) {
  http2_tunnel *t = of(base);
  if (is_gone(t)) return UV_ECANCELED;
  if (t->shutting) return UV_EALREADY;
  if (!t->answered) {
    int error = answer(t, 200, (http_fields){0});
    if (error) return error;
  }
  t->shutting = t->stream->output_ended = true;
  http2_stream_wake(t->stream);
  return 0;
}

static void carrier_resume(tunnel *base) {
  http2_tunnel *t = of(base);
  if (is_gone(t) || !t->paused) return;
  t->paused = false;
  http2_later(t->stream);
}

static void carrier_pause(tunnel *base) { of(base)->paused = true; }

static void carrier_destroy(tunnel *base) {
  http2_tunnel *t = of(base);
  if (is_gone(t)) return;
  http2_send(t->stream->session);
  http2_stream_reset(t->stream, NGHTTP2_CANCEL, 0);
}

static size_t carrier_pending(const tunnel *base) { return of(base)->stream->queued; }

static const tunnel_carrier carrier = {
    .write = carrier_write,
    .shutdown = carrier_shutdown,
    .resume = carrier_resume,
    .pause = carrier_pause,
    .destroy = carrier_destroy,
    .pending = carrier_pending,
};

/* --- The stream's side ------------------------------------------------------------------------------------------- */

http2_tunnel *http2_tunnel_create(http2_stream *s, const tunnel_events *events, void *data) {
  connection *c = s->exchange.connection;
  http2_tunnel *t = calloc(1, sizeof *t);
  if (!t) return NULL;
  t->tunnel = (tunnel){.carrier = &carrier, .events = events, .data = data, .connection = c};
  t->stream = s;
  t->paused = true;
  c->server->tunnel_count++;
  c->server->counters->tunnels++;
  c->server->counters->tunnels_active++;
  return t;
}

void http2_tunnel_closed(http2_stream *s, int error) {
  http2_tunnel *t = s->tunnel;
  http_server *server = s->exchange.connection->server;
  s->tunnel = NULL;
  server->tunnel_count--;
  server->counters->tunnels_active--;
  t->tunnel.events->on_close(t->tunnel.data, error);
  free(t->head);
  free(t);
}

static void deliver(http2_stream *s, http2_tunnel *t) {
  char *data = s->input;
  size_t start = s->input_start, length = s->input_length;
  s->input = NULL;
  s->input_start = s->input_length = s->input_capacity = 0;
  if (!s->closed) nghttp2_session_consume_stream(s->session->session, s->id, length);
  t->tunnel.events->on_data(t->tunnel.data, data + start, length);
  free(data);
}

void http2_tunnel_settle(http2_stream *s) {
  http2_tunnel *t = s->tunnel;
  connection *c = s->exchange.connection;
  if (s->input_length && !t->paused && !s->reset) deliver(s, t);
  if (c->state != CONNECTION_OPEN) return;
  if (s->end_received && !s->input_length && !t->paused && !t->ended) {
    t->ended = true;
    t->tunnel.events->on_end(t->tunnel.data);
  }
  if (c->state != CONNECTION_OPEN) return;
  if (t->want_drain && s->queued <= c->server->options.low_water_mark && !is_gone(t)) {
    t->want_drain = false;
    t->tunnel.events->on_drain(t->tunnel.data);
  }
  if (c->state != CONNECTION_OPEN) return;
  if (t->shutting && !t->shut && s->end_sent) {
    t->shut = true;
    t->tunnel.events->on_shutdown(t->tunnel.data, 0);
  }
}
