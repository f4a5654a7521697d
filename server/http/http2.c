/*
 * HTTP/2 on a connection: feeding nghttp2, working off what it reported, sending, times, and leaving.
 *
 * Leaving (drain, or enough requests) takes two GOAWAYs (RFC 9113 6.8): the first names no stream, and a PING follows
 * it; what the client began before it knew has come when the PING's answer has, or after the grace. The second names
 * the last stream that is answered, and the connection ends with it.
 */
#include "server/http/http2.h"
#include "server/http/in_flight.h"

#include <stdlib.h>
#include <string.h>

static uint64_t now_of(const http2 *h) { return uv_now(h->connection->server->loop); }

void http2_due(http2_stream *s) {
  http2 *h = s->session;
  if (s->due) return;
  s->due = true;
  s->due_next = NULL;
  *h->due_tail = s;
  h->due_tail = &s->due_next;
}

void http2_later(http2_stream *s) {
  connection *c = s->exchange.connection;
  http2_due(s);
  if (!c->running) connection_schedule(c);
}

void http2_fail(http2 *h, uint32_t code, bool breach) {
  http_counters *counters = h->connection->server->counters;
  if (h->failed) return;
  h->failed = true;
  h->fail_code = code;
  if (breach) counters->http2_floods++;
}

void http2_send(http2 *h) {
  connection *c = h->connection;
  if (h->busy || h->failed || c->state != CONNECTION_OPEN) return;
  h->busy = true;
  int status = nghttp2_session_send(h->session);
  h->busy = false;
  if (status < 0 && !h->failed && c->state != CONNECTION_CLOSED)
    connection_close(c, status == NGHTTP2_ERR_NOMEM ? UV_ENOMEM : UV_EPROTO);
}

/* --- Streams ----------------------------------------------------------------------------------------------------- */

/* A head is complete: ask the app. */
static void request_begin(http2_stream *s) {
  exchange *x = &s->exchange;
  http2 *h = s->session;
  http_server *server = x->connection->server;
  s->requested = false;
  int status = http2_request_complete(s, s->bodiless);
  uint64_t most = server->options.max_requests_per_connection;
  if (most && x->connection->requests >= most) http2_leave(h);
  if (status < 0) {
    http2_stream_reset(s, NGHTTP2_INTERNAL_ERROR, status);
  } else if (status) {
    server->counters->client_errors++;
    s->flow = HTTP2_DISCARD;
    http2_stream_abort(s, status, UV_EPROTO);
  } else {
    s->active = true;
    h->request_count++;
    server->counters->requests_active++;
    if (server->options.in_flight)
      x->in_flight =
          in_flight_begin(server->options.in_flight, http_method_name(x->method), s->text + x->url, x->url_length);
    server->handler->on_request(server->data, x);
  }
}

/* How the stream ended, for the app. */
static int close_error(const http2_stream *s) {
  if (s->error) return s->error;
  if (s->end_sent && s->exchange.request_complete) return 0;
  if (s->reset && s->close_code == NGHTTP2_NO_ERROR) return 0;
  return s->reset && s->exchange.ended ? 0 : UV_ECONNRESET;
}

static void stream_finish(http2_stream *s) {
  exchange *x = &s->exchange;
  if (s->finish_reported || !s->active) return;
  s->finish_reported = true;
  if (x->events && x->events->on_finish) x->events->on_finish(x);
}

/* Works off what has become of the stream. Every call of the app may close the connection. */
static void stream_settle(http2_stream *s) {
  http2 *h = s->session;
  connection *c = h->connection;
  exchange *x = &s->exchange;
  if (s->requested && !s->closed) request_begin(s);
  if (c->state != CONNECTION_OPEN) return;
  if (s->tunnel && s->active) http2_stream_closed(s, 0);
  if (s->error) http2_stream_closed(s, s->error); /* it need not wait for the client to hear of it */
  if (c->state != CONNECTION_OPEN) return;
  if (s->tunnel) http2_tunnel_settle(s);
  if (!http2_stream_feed(s)) return;
  if (s->want_drain && s->queued <= c->server->options.low_water_mark && !s->tunnel) {
    s->want_drain = false;
    if (s->active && !x->ended && x->events && x->events->on_drain) x->events->on_drain(x);
    if (c->state != CONNECTION_OPEN) return;
  }
  if ((s->end_sent || s->closed) && connection_pending(c) && !s->error) {
    h->waiting = true; /* for the kernel to take the rest */
    return;
  }
  if (s->end_sent && !s->tunnel) stream_finish(s);
  if (c->state != CONNECTION_OPEN) return;
  /* Nobody is there to read the rest of the request: refused, or a CONNECT that was answered otherwise. */
  bool over = !s->active || (x->request_complete && x->ended);
  if (s->end_sent && over && !s->tunnel && !s->end_received && !s->closed)
    http2_stream_reset(s, NGHTTP2_NO_ERROR, s->error);
  /* The answer may be on its way to the client while the stream is gone for nghttp2, and the body in our hands. */
  bool unread = s->active && s->end_sent && !x->request_complete && s->end_received && s->close_code == 0 && !s->error;
  if (!s->closed || unread) return;
  http2_stream_closed(s, close_error(s));
  if (s->tunnel) http2_tunnel_closed(s, s->reset ? s->error : s->close_code ? UV_ECONNRESET : 0);
  if (!s->due) http2_stream_free(s);
}

static void settle(http2 *h) {
  connection *c = h->connection;
  while (h->due && c->state == CONNECTION_OPEN) {
    http2_stream *s = h->due;
    h->due = s->due_next;
    if (!h->due) h->due_tail = &h->due;
    s->due = false;
    stream_settle(s);
  }
  if (h->stream_count)
    h->idle_at = 0;
  else if (!h->idle_at)
    h->idle_at = c->active_at = now_of(h);
}

/* The connection ends: nghttp2 is asked no more. */
static void session_end(http2 *h, int error) {
  connection *c = h->connection;
  for (http2_stream *s = h->streams; s; s = s->next) {
    s->closed = true;
    if (!s->error) s->error = error;
  }
  for (http2_stream *s = h->streams; s && c->state != CONNECTION_CLOSED; s = s->next) {
    http2_stream_closed(s, s->error);
    if (s->tunnel) http2_tunnel_closed(s, s->error);
  }
  connection_finish(c, true);
}

/* By hand: after a fatal error nghttp2 sends no more. */
static void goaway_write(http2 *h) {
  uint32_t last = (uint32_t)nghttp2_session_get_last_proc_stream_id(h->session), code = h->fail_code;
  unsigned char frame[17] = {0, 0, 8, NGHTTP2_GOAWAY};
  for (int i = 0; i < 4; i++) {
    frame[9 + i] = (unsigned char)(last >> (24 - 8 * i));
    frame[13 + i] = (unsigned char)(code >> (24 - 8 * i));
  }
  connection_output_copy(h->connection, (char *)frame, sizeof frame);
}

/* --- Leaving ----------------------------------------------------------------------------------------------------- */

void http2_leave(http2 *h) {
  connection *c = h->connection;
  if (h->leaving) return;
  h->leaving = true;
  h->leave_at = now_of(h) + c->server->options.drain_idle_grace;
  nghttp2_submit_shutdown_notice(h->session); /* its PING follows when it is sent: PINGs overtake other frames */
  if (!c->running) connection_schedule(c);
}

static void leave_now(http2 *h) {
  h->left = true;
  nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(h->session),
                        NGHTTP2_NO_ERROR, NULL, 0);
}

/* --- As a protocol ----------------------------------------------------------------------------------------------- */

static void http2_start(connection *c) {
  const http_server_options *options = &c->server->options;
  http2 *h = calloc(1, sizeof *h);
  c->deadline_kind = DEADLINE_NONE;
  if (!h) {
    connection_close(c, UV_ENOMEM);
    return;
  }
  *(http2 **)(void *)c->state_memory = h;
  h->connection = c;
  h->due_tail = &h->due;
  h->idle_at = now_of(h);
  const http2_shared *shared = http2_shared_of(c->server);
  if (nghttp2_session_server_new2(&h->session, shared->callbacks, h, shared->option)) {
    connection_close(c, UV_ENOMEM);
    return;
  }
  nghttp2_settings_entry settings[4] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options->http2_max_streams ? options->http2_max_streams : UINT32_MAX},
      {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)options->max_header_bytes},
  };
  nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings, options->max_header_bytes ? 4 : 3);
  nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW);
  c->server->counters->http2_connections++;
  if (c->server->draining) http2_leave(h);
}

static void feed(http2 *h) {
  connection *c = h->connection;
  h->busy = true;
  nghttp2_ssize taken = nghttp2_session_mem_recv2(h->session, (const uint8_t *)c->window, c->window_length);
  h->busy = false;
  c->window_length = 0;
  if (taken >= 0 || h->failed || c->state == CONNECTION_CLOSED) return;
  bool flood = taken == NGHTTP2_ERR_FLOODED || taken == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS ||
               taken == NGHTTP2_ERR_TOO_MANY_SETTINGS;
  c->server->counters->client_errors += !flood;
  http2_fail(h,
             flood                        ? NGHTTP2_ENHANCE_YOUR_CALM
             : taken == NGHTTP2_ERR_NOMEM ? NGHTTP2_INTERNAL_ERROR
                                          : NGHTTP2_PROTOCOL_ERROR,
             flood);
}

static void http2_process(connection *c) {
  http2 *h = http2_at(c);
  if (c->window_length && !h->failed) feed(h);
  if (!h->failed && c->state == CONNECTION_OPEN) settle(h);
  if (h->leaving && !h->left && h->leave_at <= now_of(h)) leave_now(h);
  http2_send(h);
  if (c->state != CONNECTION_OPEN) return;
  if (h->failed) {
    goaway_write(h);
    session_end(h, UV_EPROTO);
  } else if (!nghttp2_session_want_read(h->session) && !nghttp2_session_want_write(h->session) && !h->due) {
    /* Streams that are left are complete, and wait for the kernel to take their rest or for the app to read it. */
    if (!h->stream_count || h->terminated) session_end(h, UV_ECONNRESET);
  }
}

static bool http2_progress(connection *c) {
  http2 *h = http2_at(c);
  if (c->state != CONNECTION_OPEN) return false;
  if (h->waiting && !connection_pending(c)) {
    h->waiting = false;
    for (http2_stream *s = h->streams; s; s = s->next)
      if (s->end_sent || s->closed) http2_due(s);
  }
  if (h->due) {
    settle(h);
    return c->state == CONNECTION_OPEN;
  }
  return h->failed || (!c->queue && nghttp2_session_want_write(h->session));
}

static bool http2_wants_input(const connection *c) { return !c->end_of_input; }
static bool http2_is_idle(const connection *c) { return !http2_at(c)->stream_count; }

static void http2_end_of_input(connection *c) {
  if (http2_at(c)->stream_count)
    connection_close(c, UV_ECONNRESET);
  else
    connection_finish(c, false);
}

/* Whether its time is up; the stream is reset or answered then. */
static bool stream_tick(http2_stream *s, uint64_t now) {
  const http_server_options *options = &s->exchange.connection->server->options;
  if (s->tunnel || s->closed || s->reset) return false;
  if (s->left_alone && s->flow == HTTP2_PAUSED && now - s->left_at >= options->linger_timeout) {
    s->flow = HTTP2_DISCARD;
    http2_due(s);
    return true;
  }
  if (options->write_timeout && s->queued && now - s->blocked_at >= options->write_timeout) {
    http2_stream_reset(s, NGHTTP2_CANCEL, UV_ETIMEDOUT);
  } else if (options->request_timeout && s->active && !s->end_received && !s->exchange.request_complete &&
             now - s->began_at >= options->request_timeout && !s->error) {
    http2_stream_abort(s, 408, UV_ETIMEDOUT);
  } else {
    return false;
  }
  s->exchange.connection->server->counters->timeouts++;
  return true;
}

static bool connection_times_out(http2 *h, uint64_t now) {
  const http_server_options *options = &h->connection->server->options;
  if (!options->header_timeout) return false;
  return (h->in_headers && now - h->headers_at >= options->header_timeout) ||
         (!h->settled && h->idle_at && now - h->idle_at >= options->header_timeout);
}

static bool http2_tick(connection *c, uint64_t now) {
  http2 *h = http2_at(c);
  const http_server_options *options = &c->server->options;
  bool work = h->leaving && !h->left && now >= h->leave_at;
  if (connection_times_out(h, now)) {
    c->server->counters->timeouts++;
    http2_fail(h, NGHTTP2_ENHANCE_YOUR_CALM, false);
    return true;
  }
  for (http2_stream *s = h->streams; s; s = s->next) work |= stream_tick(s, now);
  uint64_t idle = c->requests ? options->keep_alive_timeout : options->header_timeout;
  if (!h->stream_count && idle && h->idle_at && now - h->idle_at >= idle) {
    leave_now(h);
    work = true;
  }
  return work;
}

static void http2_farewell(connection *c) {
  http2 *h = http2_at(c);
  h->leaving = true;
  if (!h->left) leave_now(h);
  if (!c->running) connection_schedule(c);
}

static void http2_timeout(connection *c) {} /* http2_tick */
static void http2_drain(connection *c, uint64_t grace) { http2_leave(http2_at(c)); }

static void http2_closed(connection *c, int error) {
  http2 *h = http2_at(c);
  if (!h) return;
  if (!error) error = UV_ECONNRESET;
  while (h->streams) {
    http2_stream *s = h->streams;
    s->closed = true;
    http2_stream_closed(s, s->error ? s->error : error);
    if (s->tunnel) http2_tunnel_closed(s, s->error ? s->error : error);
    http2_stream_free(s);
  }
}

static void http2_free(connection *c) {
  http2 *h = http2_at(c);
  if (!h) return;
  nghttp2_session_del(h->session);
  free(h);
}

static int http2_server_open(http_server *server) {
  http2_shared *shared = server->shared[SHARED_HTTP2] = calloc(1, sizeof *shared);
  if (!shared || http2_callbacks_create(&shared->callbacks) < 0 || nghttp2_option_new(&shared->option))
    return UV_ENOMEM;
  nghttp2_option *option = shared->option;
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_builtin_recv_extension_type(option, NGHTTP2_PRIORITY_UPDATE);
  for (unsigned type = NGHTTP2_CONTINUATION + 1; type <= UINT8_MAX; type++) /* to be counted */
    if (type != NGHTTP2_PRIORITY_UPDATE) nghttp2_option_set_user_recv_extension_type(option, (uint8_t)type);
  /* Counted by http2_guard.c, which has limits of its own. */
  nghttp2_option_set_stream_reset_rate_limit(option, UINT64_MAX, UINT64_MAX);
  nghttp2_option_set_glitch_rate_limit(option, UINT64_MAX, UINT64_MAX);
  return 0;
}

static void http2_server_close(http_server *server) {
  http2_shared *shared = http2_shared_of(server);
  if (!shared) return;
  while (shared->pieces) {
    http2_piece *piece = shared->pieces;
    shared->pieces = piece->next;
    free(piece);
  }
  while (shared->streams) {
    http2_stream *s = shared->streams;
    shared->streams = s->next;
    free(s->text);
    free(s->positions);
    free(s);
  }
  nghttp2_session_callbacks_del(shared->callbacks);
  nghttp2_option_del(shared->option);
  free(shared);
}

const connection_protocol http2_connection = {
    .name = "h2",
    .start = http2_start,
    .process = http2_process,
    .progress = http2_progress,
    .wants_input = http2_wants_input,
    .is_idle = http2_is_idle,
    .end_of_input = http2_end_of_input,
    .timeout = http2_timeout,
    .tick = http2_tick,
    .drain = http2_drain,
    .farewell = http2_farewell,
    .closed = http2_closed,
    .free = http2_free,
    .server_open = http2_server_open,
    .server_close = http2_server_close,
};
