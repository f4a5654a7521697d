/*
 * A tunnel over a whole connection: the protocol of a connection that HTTP/1 has upgraded. It is made inside
 * exchange_upgrade, so that the app can write at once, and becomes what the connection speaks when the exchange has
 * been closed (http1.c), so that events of the two do not mix.
 */
#include "server/http/tunnel_connection.h"

#include <stdlib.h>

typedef struct socket_tunnel {
  tunnel tunnel; /* first */
  bool paused, want_drain;
  bool ended;          /* on_end was called */
  bool shutting, shut; /* tunnel_shutdown was called; the other side has been told */
} socket_tunnel;

static socket_tunnel *of(const tunnel *t) { return (socket_tunnel *)t; }
/* The protocol's state in the connection is a pointer. */
static socket_tunnel **place(const connection *c) { return (socket_tunnel **)(void *)c->state_memory; }

static bool is_gone(const connection *c) { return c->state != CONNECTION_OPEN; }

/* The app has called from outside the engine's own turn. */
static void later(connection *c) {
  if (!c->running) connection_schedule(c);
}

/* --- The app's side ---------------------------------------------------------------------------------------------- */

static int carrier_write(tunnel *t, http_bytes bytes) {
  connection *c = t->connection;
  if (is_gone(c) || of(t)->shutting) {
    if (bytes.release) bytes.release(bytes.release_data);
    return is_gone(c) ? UV_ECANCELED : UV_EPIPE;
  }
  int status = connection_output_bytes(c, bytes);
  if (status < 0) {
    connection_close(c, status);
    return status;
  }
  size_t high = c->server->options.high_water_mark;
  if (high && connection_pending(c) >= high) connection_flush(c);
  if (is_gone(c)) return UV_ECANCELED;
  later(c);
  if (!high || connection_pending(c) < high) return 1;
  of(t)->want_drain = true;
  return 0;
}

static int carrier_shutdown(tunnel *t) {
  if (is_gone(t->connection)) return UV_ECANCELED;
  if (of(t)->shutting) return UV_EALREADY;
  of(t)->shutting = true;
  later(t->connection);
  return 0;
}

static void carrier_resume(tunnel *t) {
  if (is_gone(t->connection) || !of(t)->paused) return;
  of(t)->paused = false;
  later(t->connection);
}

static void carrier_pause(tunnel *t) {
  if (is_gone(t->connection) || of(t)->paused) return;
  of(t)->paused = true;
  later(t->connection); /* its interest changes */
}

static void carrier_destroy(tunnel *t) {
  connection_flush(t->connection);
  connection_close(t->connection, 0);
}

static size_t carrier_pending(const tunnel *t) { return connection_pending(t->connection); }

static const tunnel_carrier carrier = {
    .write = carrier_write,
    .shutdown = carrier_shutdown,
    .resume = carrier_resume,
    .pause = carrier_pause,
    .destroy = carrier_destroy,
    .pending = carrier_pending,
};

/* --- The connection's side --------------------------------------------------------------------------------------- */

tunnel *tunnel_create(connection *c, const tunnel_events *events, void *data) {
  socket_tunnel *t = calloc(1, sizeof *t);
  if (!t) return NULL;
  t->tunnel = (tunnel){.carrier = &carrier, .events = events, .data = data, .connection = c};
  t->paused = true;
  c->of_the_app = true;
  c->server->tunnel_count++;
  c->server->counters->tunnels++;
  c->server->counters->tunnels_active++;
  return &t->tunnel;
}

void tunnel_closed(tunnel *t, int error) {
  http_server *server = t->connection->server;
  server->tunnel_count--;
  server->counters->tunnels_active--;
  t->events->on_close(t->data, error);
  free(t);
}

void tunnel_take_over(tunnel *t) {
  connection *c = t->connection;
  connection_protocol_set(c, &tunnel_connection);
  *place(c) = of(t);
}

static void process(connection *c) {
  socket_tunnel *t = *place(c);
  if (c->window_length && !t->paused) {
    const char *data = c->window;
    size_t length = c->window_length;
    c->window_length = 0;
    t->tunnel.events->on_data(t->tunnel.data, data, length);
  }
  if (is_gone(c) || t->paused || c->window_length || !c->end_of_input || t->ended) return;
  t->ended = true;
  t->tunnel.events->on_end(t->tunnel.data);
  if (!is_gone(c) && t->shut) connection_close(c, 0);
}

/* All output has gone: end this direction. */
static void tunnel_end(connection *c, socket_tunnel *t) {
  int status = transport_shutdown(&c->transport);
  if (status == UV_EAGAIN) return;
  t->shut = true;
  t->tunnel.events->on_shutdown(t->tunnel.data, status);
  if (!is_gone(c) && t->ended) connection_close(c, 0);
}

static bool progress(connection *c) {
  socket_tunnel *t = *place(c);
  if (is_gone(c)) return false;
  if (t->want_drain && connection_pending(c) <= c->server->options.low_water_mark) {
    t->want_drain = false;
    t->tunnel.events->on_drain(t->tunnel.data);
    return !is_gone(c);
  }
  if (!t->shutting || t->shut || connection_pending(c)) return false;
  tunnel_end(c, t);
  return t->shut && !is_gone(c);
}

static bool wants_input(const connection *c) { return !c->end_of_input && !c->input_length && !(*place(c))->paused; }
static bool is_idle(const connection *c) { return false; }
static void end_of_input(connection *c) {} /* process sees it */
static void timeout(connection *c) {}
static void drain(connection *c, uint64_t grace) {} /* the app ends it, or the server's close_all */

static void closed(connection *c, int error) {
  socket_tunnel *t = *place(c);
  *place(c) = NULL;
  if (t) tunnel_closed(&t->tunnel, error);
}

static void release(connection *c) {}

const connection_protocol tunnel_connection = {
    .name = "tunnel",
    .process = process,
    .progress = progress,
    .wants_input = wants_input,
    .is_idle = is_idle,
    .end_of_input = end_of_input,
    .timeout = timeout,
    .drain = drain,
    .closed = closed,
    .free = release,
};
