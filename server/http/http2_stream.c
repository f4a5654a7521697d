/* A stream's memory, the flow of its request's body to the app, and its ends. */
#include "server/http/http2.h"
#include "server/http/in_flight.h"

#include <stdlib.h>
#include <string.h>

http2_stream *http2_stream_create(http2 *h, int32_t id) {
  http2_shared *shared = http2_shared_of(h->connection->server);
  http2_stream *s = shared->streams;
  if (s) {
    shared->streams = s->next;
    shared->streams_count--;
    char *text = s->text;
    exchange_header_position *positions = s->positions;
    uint32_t capacity = s->text_capacity, positions_capacity = s->positions_capacity;
    memset(s, 0, sizeof *s);
    s->text = text;
    s->text_capacity = capacity;
    s->positions = positions;
    s->positions_capacity = positions_capacity;
  } else {
    s = calloc(1, sizeof *s);
    if (!s) return NULL;
  }
  s->session = h;
  s->id = id;
  s->method = -1;
  s->began_at = uv_now(h->connection->server->loop);
  s->exchange.protocol = &http2_protocol;
  s->exchange.connection = h->connection;
  s->next = h->streams;
  if (s->next) s->next->previous = s;
  h->streams = s;
  h->stream_count++;
  return s;
}

void http2_stream_free(http2_stream *s) {
  http2 *h = s->session;
  http2_shared *shared = http2_shared_of(h->connection->server);
  if (s->next) s->next->previous = s->previous;
  if (s->previous)
    s->previous->next = s->next;
  else
    h->streams = s->next;
  h->stream_count--;
  http2_output_drop(s);
  free(s->cookies);
  free(s->input);
  free(s->trailers);
  if (shared->streams_count < STREAMS_KEPT && s->text_capacity <= HEAD_KEPT) {
    s->next = shared->streams;
    shared->streams = s;
    shared->streams_count++;
    return;
  }
  free(s->text);
  free(s->positions);
  free(s);
}

/* --- Ends -------------------------------------------------------------------------------------------------------- */

void http2_stream_closed(http2_stream *s, int error) {
  if (!s->active) return;
  s->active = false;
  exchange *x = &s->exchange;
  http_server *server = x->connection->server;
  server->counters->requests_active--;
  s->session->request_count--;
  if (x->in_flight) in_flight_end(server->options.in_flight, x->in_flight);
  if (error) server->counters->aborted++;
  x->ended = true;
  if (x->events && x->events->on_close) x->events->on_close(x, error);
  x->events = NULL;
}

void http2_stream_reset(http2_stream *s, uint32_t code, int error) {
  if (!s->error) s->error = error;
  if (s->closed || s->reset) return;
  s->reset = true;
  nghttp2_submit_rst_stream(s->session->session, NGHTTP2_FLAG_NONE, s->id, code);
  http2_later(s);
}

void http2_stream_abort(http2_stream *s, int status, int error) {
  s->error = error;
  if (s->closed || s->reset) return;
  if (s->exchange.head_sent || s->exchange.ended || http2_answer(s, status) < 0)
    http2_stream_reset(s, NGHTTP2_CANCEL, error);
  http2_due(s);
}

/* --- Body -------------------------------------------------------------------------------------------------------- */

static void stream_complete(http2_stream *s) {
  exchange *x = &s->exchange;
  x->request_complete = true;
  if (s->flow == HTTP2_OPEN && x->events && x->events->on_end) x->events->on_end(x);
}

static void input_free(http2_stream *s) {
  free(s->input);
  s->input = NULL;
  s->input_start = s->input_length = s->input_capacity = 0;
}

/* The client may send as much again. */
static void stream_consumed(http2_stream *s, size_t length) {
  if (!s->closed && length) nghttp2_session_consume_stream(s->session->session, s->id, length);
}

static bool stream_deliver(http2_stream *s, const char *data, size_t length) {
  exchange *x = &s->exchange;
  stream_consumed(s, length);
  if (s->flow == HTTP2_OPEN && x->events && x->events->on_data) x->events->on_data(x, data, length);
  return x->connection->state == CONNECTION_OPEN;
}

static int input_append(http2_stream *s, const char *data, size_t length) {
  if (s->input_start + s->input_length + length > s->input_capacity) {
    if (s->input_start) memmove(s->input, s->input + s->input_start, s->input_length);
    s->input_start = 0;
    size_t capacity = s->input_capacity ? s->input_capacity : 4096;
    while (capacity < s->input_length + length) capacity *= 2;
    char *grown = capacity == s->input_capacity ? s->input : realloc(s->input, capacity);
    if (!grown) return UV_ENOMEM;
    s->input = grown;
    s->input_capacity = capacity;
  }
  memcpy(s->input + s->input_start + s->input_length, data, length);
  s->input_length += length;
  return 0;
}

int http2_stream_receive(http2_stream *s, const char *data, size_t length) {
  const http_server *server = s->exchange.connection->server;
  uint64_t most = server->options.max_body_bytes;
  nghttp2_session_consume_connection(s->session->session, length);
  s->received += length;
  if (s->flow == HTTP2_DISCARD || s->reset || s->error) {
    stream_consumed(s, length);
    return 0;
  }
  if (most && s->received > most && !s->tunnel) {
    s->flow = HTTP2_DISCARD;
    http2_stream_abort(s, 413, UV_EMSGSIZE);
    return 0;
  }
  if (s->active && !s->tunnel && s->flow == HTTP2_OPEN && !s->input_length) {
    stream_deliver(s, data, length);
    return 0;
  }
  http2_due(s);
  return input_append(s, data, length);
}

/* Nobody reads the rest, and the answer is complete: the client need not send it (RFC 9113 8.1). */
static void stream_truncate(http2_stream *s) {
  if (!s->end_sent) return;
  s->exchange.request_complete = true;
  if (!s->closed) http2_stream_reset(s, NGHTTP2_NO_ERROR, 0);
}

bool http2_stream_feed(http2_stream *s) {
  exchange *x = &s->exchange;
  connection *c = x->connection;
  while (s->active && !x->request_complete && c->state == CONNECTION_OPEN) {
    if (x->ended && !s->body_started) s->flow = HTTP2_DISCARD;
    if (s->flow == HTTP2_PAUSED) {
      if (x->ended && !s->left_alone) {
        s->left_alone = true;
        s->left_at = uv_now(c->server->loop);
      }
      break;
    }
    if (s->input_length) {
      char *data = s->input;
      size_t start = s->input_start, length = s->input_length, capacity = s->input_capacity;
      s->input = NULL;
      s->input_start = s->input_length = s->input_capacity = 0;
      bool open = stream_deliver(s, data + start, length);
      if (s->input)
        free(data);
      else
        s->input = data, s->input_capacity = capacity;
      if (!open) return false;
    } else if (s->end_received) {
      input_free(s);
      stream_complete(s);
    } else {
      if (s->flow == HTTP2_DISCARD && x->ended) stream_truncate(s);
      break;
    }
  }
  return c->state == CONNECTION_OPEN;
}
