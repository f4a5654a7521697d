/*
 * The memory of connections and their place in the loop.
 *
 * uv_poll_init tries a descriptor out (it is added to the epoll set and taken out again, and set non-blocking), and
 * libuv has no other way to watch a socket without reading it itself. But the kernel hands out the same small numbers
 * again, and a stopped handle knows nothing of a descriptor but its number: so a closed connection whose number is
 * below PARKED_NUMBERS keeps its memory and its handle, stopped, for the next connection of that number. Three of the
 * thirteen system calls that a connection with one request cost were that.
 *
 * The number may meanwhile be anything else's, also another libuv handle's. A stopped handle does not mind, but closing
 * it would take that number out of the epoll set; so before it is closed its number becomes one that is never in it.
 */
#include "server/http/internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { PARKED_NUMBERS = CONNECTION_POOL };

static connection *parked_take(http_server *server, int fd) {
  if (fd < 0 || fd >= PARKED_NUMBERS || !server->parked || !server->parked[fd]) return NULL;
  connection *c = server->parked[fd];
  server->parked[fd] = NULL;
  size_t handle = offsetof(connection, server);
  memset((char *)c + handle, 0, sizeof *c - handle);
  return c;
}

static connection *pool_take(http_server *server, int fd) {
  connection *c = server->pool;
  if (c) {
    server->pool = c->next;
    server->pool_count--;
  } else {
    c = malloc(sizeof *c);
  }
  if (!c) return NULL;
  memset(c, 0, sizeof *c);
  int status = fd >= 0 ? uv_poll_init(server->loop, &c->poll, fd) : uv_timer_init(server->loop, &c->still);
  if (status < 0) {
    free(c);
    return NULL;
  }
  server->handles++;
  return c;
}

connection *connection_allocate(http_server *server, int fd) {
  connection *c = parked_take(server, fd);
  if (!c) c = pool_take(server, fd);
  if (!c) return NULL;
  if (server->referenced)
    uv_ref((uv_handle_t *)&c->poll);
  else
    uv_unref((uv_handle_t *)&c->poll);
  c->poll.data = c;
  c->server = server;
  return c;
}

static void connection_free_memory(connection *c) {
  c->protocol->free(c);
  free(c->input);
  free(c->addresses);
}

static void on_handle_closed(uv_handle_t *handle) {
  connection *c = handle->data;
  http_server *server = c->server;
  connection_finalise(c);
  if (c->scheduled) { /* rare: closed after this turn's schedule had run */
    connection **at = &server->schedule;
    while (*at != c) at = &(*at)->scheduled_next;
    *at = c->scheduled_next;
    if (!*at) server->schedule_tail = at;
  }
  connection_free_memory(c);
  if (server->pool_count < CONNECTION_POOL && !server->destroying) {
    c->next = server->pool;
    server->pool = c;
    server->pool_count++;
  } else {
    free(c);
  }
  server_handle_closed(server);
}

void connection_leave_loop(connection *c) {
  int fd = c->transport.fd;
  if (c->poll.type != UV_POLL || fd < 0 || fd >= PARKED_NUMBERS || c->server->destroying) {
    uv_close((uv_handle_t *)&c->poll, on_handle_closed);
    return;
  }
  uv_poll_stop(&c->poll);
  c->parks = true;
}

/* Closes the handle of a number that may be somebody else's by now. */
static void close_stopped(connection *c, uv_close_cb closed) {
  c->poll.io_watcher.fd = uv_backend_fd(c->server->loop);
  uv_close((uv_handle_t *)&c->poll, closed);
}

void connection_park(connection *c) {
  http_server *server = c->server;
  if (!c->parks || c->scheduled) return;
  c->parks = false;
  int fd = c->poll.io_watcher.fd;
  if (!server->destroying && !server->parked) server->parked = calloc(PARKED_NUMBERS, sizeof(void *));
  if (server->destroying || !server->parked || server->parked[fd]) {
    close_stopped(c, on_handle_closed);
    return;
  }
  connection_free_memory(c);
  server->parked[fd] = c;
}

static void on_parked_closed(uv_handle_t *handle) {
  connection *c = handle->data;
  http_server *server = c->server;
  free(c);
  server_handle_closed(server);
}

void connections_end_parking(http_server *server) {
  for (connection *c = server->connections; c; c = c->next) {
    if (!c->parks) continue;
    c->parks = false;
    close_stopped(c, on_handle_closed);
  }
  for (int fd = 0; server->parked && fd < PARKED_NUMBERS; fd++)
    if (server->parked[fd]) close_stopped(server->parked[fd], on_parked_closed);
  free(server->parked);
  server->parked = NULL;
}
