/*
 * The server: options, the list of connections, timers, drain.
 *
 * One timer per server looks at every connection's deadline each tick, and is off while there is none: setting a
 * deadline is a store, which is what happens several times per request; the tick costs some nanoseconds per connection
 * twice a second. uv_timer per connection would cost a heap operation per request.
 *
 * Drain loses no request: an idle keep-alive connection may be carrying the client's next request at this very moment,
 * so it isn't closed but gets a grace period in which that request is still answered, with Connection: close. Then it
 * is shut down for writing and read to its end (linger): a request that crosses even then meets a clean end of file,
 * which clients repeat on a new connection (RFC 9112 9.3.1), and no reset.
 */
#include "server/http/internal.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void http_server_options_default(http_server_options *options) {
  *options = (http_server_options){
      .header_timeout = 60000,
      .request_timeout = 300000,
      .keep_alive_timeout = 5000,
      .write_timeout = 60000,
      .linger_timeout = 2000,
      .drain_idle_grace = 2000,
      .timer_tick = 500,
      .max_header_bytes = 16384,
      .max_headers_count = 2000,
      .max_discard_bytes = 1 << 20,
      .require_host_header = true,
      .high_water_mark = 65536,
      .low_water_mark = 16384,
      .http2_max_streams = 128,
      .http2_max_resets = 200,
      .http2_max_control_frames = 1000,
  };
}

static void run_schedule(http_server *server) {
  connection *c = server->schedule;
  server->schedule = NULL;
  server->schedule_tail = &server->schedule;
  while (c) {
    connection *next = c->scheduled_next;
    c->scheduled = false;
    if (c->state == CONNECTION_CLOSED) {
      connection_finalise(c);
      connection_park(c);
    } else {
      connection_run(c);
    }
    c = next;
  }
  if (!server->schedule && !server->destroying) uv_idle_stop(&server->idle);
}

static void on_prepare(uv_prepare_t *handle) {
  http_server *server = handle->data;
  if (server->schedule) run_schedule(server);
}

static void on_check(uv_check_t *handle) {
  http_server *server = handle->data;
  if (server->schedule) run_schedule(server);
  for (http_listener *l = server->listeners; l; l = l->next)
    if (l->exclusive_due) listener_make_exclusive(l);
}

static void on_tick(uv_timer_t *timer) {
  http_server *server = timer->data;
  uint64_t now = uv_now(server->loop);
  /* Destroying a connection only unlinks it from the loop's schedule, so the list is stable here. */
  for (connection *c = server->connections; c; c = c->next) connection_tick(c, now);
  if (server->accept_paused) listeners_pause(server, false);
  server_check_drained(server);
  server_timer_update(server);
}

void server_timer_update(http_server *server) {
  bool need = server->connections || server->accept_paused || (server->draining && !server->drained);
  if (need == server->timer_active || server->destroying) return;
  server->timer_active = need;
  uint64_t tick = server->options.timer_tick ? server->options.timer_tick : 500;
  if (need)
    uv_timer_start(&server->timer, on_tick, tick, tick);
  else
    uv_timer_stop(&server->timer);
}

const char *server_date_line(http_server *server) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != server->date_second) {
    server->date_second = now.tv_sec;
    struct tm tm;
    gmtime_r(&now.tv_sec, &tm);
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    snprintf(server->date_line, sizeof server->date_line, "Date: %s, %02u %s %04u %02u:%02u:%02u GMT\r\n",
             days[tm.tm_wday], (unsigned)tm.tm_mday % 100, months[tm.tm_mon], (unsigned)(tm.tm_year + 1900) % 10000,
             (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
  }
  return server->date_line;
}

/* --- Creation ---------------------------------------------------------------------------------------------------- */

int http_server_create(uv_loop_t *loop, const http_server_options *options, const http_handler *handler, void *data,
                       http_counters *counters, http_server **out) {
  if (!handler || !handler->on_request) return UV_EINVAL;
  http_server *server = calloc(1, sizeof *server);
  if (!server) return UV_ENOMEM;
  server->scratch = malloc(SCRATCH_SIZE);
  server->read_buffer = malloc(READ_BUFFER_SIZE);
  if (!server->scratch || !server->read_buffer || connection_protocols_open(server) < 0) {
    connection_protocols_close(server);
    free(server->scratch);
    free(server->read_buffer);
    free(server);
    return UV_ENOMEM;
  }
  server->loop = loop;
  server->handler = handler;
  server->data = data;
  server->counters = counters ? counters : &server->own_counters;
  server->referenced = true;
  server->schedule_tail = &server->schedule;
  if (options)
    server->options = *options;
  else
    http_server_options_default(&server->options);
  uv_timer_init(loop, &server->timer);
  uv_prepare_init(loop, &server->prepare);
  uv_check_init(loop, &server->check);
  uv_idle_init(loop, &server->idle);
  server->timer.data = server->prepare.data = server->check.data = server->idle.data = server;
  server->handles = 4;
  uv_prepare_start(&server->prepare, on_prepare);
  uv_check_start(&server->check, on_check);
  uv_unref((uv_handle_t *)&server->timer);
  uv_unref((uv_handle_t *)&server->prepare);
  uv_unref((uv_handle_t *)&server->check);
  *out = server;
  return 0;
}

http_server_options *http_server_options_of(http_server *server) { return &server->options; }
void *http_server_data(const http_server *server) { return server->data; }
const http_counters *http_server_counters(const http_server *server) { return server->counters; }
uv_loop_t *http_server_loop(const http_server *server) { return server->loop; }
connection *http_server_first_connection(http_server *server) { return server->connections; }
unsigned http_server_connections(const http_server *server) { return server->connection_count; }
tls_config *http_server_tls(const http_server *server) { return server->tls; }
void http_server_set_tls(http_server *server, tls_config *config) {
  tls_config_release(server->tls);
  server->tls = config;
}
unsigned http_server_tunnels(const http_server *server) { return server->tunnel_count; }
bool http_server_draining(const http_server *server) { return server->draining; }

/* --- Connections ------------------------------------------------------------------------------------------------- */

int http_server_adopt(http_server *server, int fd) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* no TCP socket: no matter */
  int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && !(flags & O_NONBLOCK)) fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  return connection_create(server, fd, NULL, NULL, false) ? 0 : UV_ENOMEM;
}

void server_connection_added(http_server *server) {
  server->counters->connections_accepted++;
  server->counters->connections_active++; /* several servers may share the counters */
  server->connection_count++;
  server_timer_update(server);
}

void server_connection_gone(http_server *server) {
  server->counters->connections_active--;
  server->connection_count--;
  if (server->accept_paused) listeners_pause(server, false);
  server_timer_update(server);
  server_check_drained(server);
}

void http_server_close_idle(http_server *server) {
  for (connection *c = server->connections; c; c = c->next) {
    if (!connection_is_idle(c)) continue;
    if (c->protocol->farewell)
      c->protocol->farewell(c);
    else
      connection_close(c, 0);
  }
}

void http_server_close_exchanges(http_server *server) {
  for (connection *c = server->connections; c; c = c->next)
    if (!c->of_the_app) connection_close(c, UV_ECANCELED);
}

void http_server_close_all(http_server *server) {
  for (connection *c = server->connections; c; c = c->next) connection_close(c, UV_ECANCELED);
}

void http_server_flush_all(http_server *server) {
  for (connection *c = server->connections; c; c = c->next) connection_flush(c);
}

/* --- Drain and end ----------------------------------------------------------------------------------------------- */

void server_check_drained(http_server *server) {
  if (!server->draining || server->drained || server->destroying || server->connection_count) return;
  /* Connections that other workers have passed on may still be in this worker's inbox. */
  if (server->options.accept_member && server->entries && accept_member_expects(server->options.accept_member)) return;
  server->drained = true;
  uv_unref((uv_handle_t *)&server->timer);
  server_timer_update(server);
  if (server->drain_done) server->drain_done(server->drain_data);
}

int http_server_drain(http_server *server, void (*done)(void *data), void *data) {
  if (server->draining || server->destroying) return UV_EALREADY;
  server->draining = true;
  server->drain_done = done;
  server->drain_data = data;
  while (server->listeners) http_listener_close(server->listeners);
  uint64_t until = uv_now(server->loop) + server->options.drain_idle_grace;
  for (connection *c = server->connections; c; c = c->next)
    if (c->state == CONNECTION_OPEN) c->protocol->drain(c, until);
  /* `done` comes from the loop, also when there is nothing to wait for. */
  uv_ref((uv_handle_t *)&server->timer);
  server->timer_active = true;
  uint64_t tick = server->options.timer_tick ? server->options.timer_tick : 500;
  uv_timer_start(&server->timer, on_tick, server->connections ? tick : 0, tick);
  return 0;
}

void server_handle_closed(http_server *server) {
  if (--server->handles) return;
  while (server->pool) {
    connection *c = server->pool;
    server->pool = c->next;
    free(c);
  }
  listener_entries_free(server);
  tls_config_release(server->tls);
  connection_protocols_close(server);
  free(server->scratch);
  free(server->read_buffer);
  void (*done)(void *) = server->destroy_done;
  void *data = server->destroy_data;
  free(server);
  if (done) done(data);
}

static void on_server_handle_closed(uv_handle_t *handle) { server_handle_closed(handle->data); }

void http_server_destroy(http_server *server, void (*closed)(void *data), void *data) {
  if (server->destroying) return;
  while (server->listeners) http_listener_close(server->listeners);
  server->destroying = true;
  server->destroy_done = closed;
  server->destroy_data = data;
  http_server_close_all(server);
  connections_end_parking(server);
  /* The schedule still delivers on_close: connections are finalised at the latest when their handles close. */
  uv_close((uv_handle_t *)&server->timer, on_server_handle_closed);
  uv_close((uv_handle_t *)&server->prepare, on_server_handle_closed);
  uv_close((uv_handle_t *)&server->check, on_server_handle_closed);
  uv_close((uv_handle_t *)&server->idle, on_server_handle_closed);
}

void http_server_set_referenced(http_server *server, bool referenced) {
  if (server->referenced == referenced) return;
  server->referenced = referenced;
  void (*change)(uv_handle_t *) = referenced ? uv_ref : uv_unref;
  for (connection *c = server->connections; c; c = c->next) change((uv_handle_t *)&c->poll);
  for (http_listener *l = server->listeners; l; l = l->next) change((uv_handle_t *)&l->poll);
}
