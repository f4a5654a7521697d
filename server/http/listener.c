/*
 * Listening sockets. accept_group.h and accept_group.c tell how workers share one; here is the worker's part: one
 * connection per wake-up when there are other workers, and the registration with EPOLLEXCLUSIVE.
 *
 * libuv knows no EPOLLEXCLUSIVE, so after it has registered the descriptor (which it does when the loop polls next) we
 * replace its registration by ours. That is safe because libuv changes a registration only when the handle's interest
 * changes, and ours never does: stop and start remove and add it (and then we replace it again).
 */
#include "server/address.h"
#include "server/http/internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

enum { ACCEPTS_PER_WAKE = 16, DEFAULT_BACKLOG = 511, SHED_IDLE_MS = 250, BURST_MS = 10000 };

/* What stays of a listener while connections for it may be in the inbox: until the server goes. */
typedef struct listener_entry {
  accept_entry accept;
  struct listener_entry *next;
  http_server *server;
  http_listener *listener; /* NULL when closed */
  tls_config *tls;         /* the listener's, also then */
} listener_entry;

int http_listen_socket(const char *text, int backlog) {
  address parsed;
  const char *why;
  if (address_parse_numeric(text, &parsed, &why) < 0) return UV_EINVAL;
  return address_listen(&parsed, backlog > 0 ? backlog : DEFAULT_BACKLOG);
}

/* --- Accepting --------------------------------------------------------------------------------------------------- */

static void on_acceptable(uv_poll_t *poll, int status, int events);

static int listener_start(http_listener *listener) {
  accept_member *member = listener->server->options.accept_member;
  if (member && listener->entry && accept_member_paused(member)) return 0;
  int status = uv_poll_start(&listener->poll, UV_READABLE, on_acceptable);
  if (status < 0) return status;
  listener->active = true;
  listener->exclusive_due = true;
  return 0;
}

void listener_make_exclusive(http_listener *listener) {
  int epoll = uv_backend_fd(listener->server->loop);
  struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = listener->fd};
  if (epoll_ctl(epoll, EPOLL_CTL_DEL, listener->fd, &event) < 0) return; /* not registered yet: next turn */
  listener->exclusive_due = false;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener->fd, &event) < 0) {
    event.events = EPOLLIN;
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener->fd, &event);
  }
}

/*
 * A shortage (of connections that may be open, or of descriptors): told once, and again when there was none for a
 * while.
 */
static void shortage_note(http_server *server, int which, const char *format, ...) {
  uint64_t now = uv_now(server->loop), last = server->shortage_at[which];
  server->shortage_at[which] = now;
  if (!server->options.note || (last && now - last < BURST_MS)) return;
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  server->options.note(text);
}

/* Closes the connection that has been idle for longest; one that has just become idle will have its next request soon.
 */
static bool idle_shed(http_server *server) {
  connection *oldest = NULL;
  for (connection *c = server->connections; c; c = c->next)
    if (connection_is_idle(c) && (!oldest || c->active_at <= oldest->active_at)) oldest = c;
  if (!oldest || uv_now(server->loop) - oldest->active_at < SHED_IDLE_MS) return false;
  connection_close(oldest, 0);
  return true;
}

static bool connections_full(http_server *server) {
  unsigned most = server->options.max_connections;
  return most && server->connection_count >= most;
}

static bool somebody_waits(const http_listener *listener) {
  struct pollfd queue = {.fd = listener->fd, .events = POLLIN};
  return poll(&queue, 1, 0) > 0;
}

static void full_note(http_server *server) {
  shortage_note(server, 0, "max_connections (%u) reached: %s", server->options.max_connections,
                server->options.drop_connections ? "new connections are closed"
                                                 : "idle connections are closed, then new ones wait");
}

static void descriptor_shortage(http_server *server, int error) {
  shortage_note(server, 1,
                "%s: idle connections are closed, then new ones wait (limit of open files: ulimit -n, "
                "LimitNOFILE= of a systemd unit)",
                strerror(error));
}

void listeners_pause(http_server *server, bool pause) {
  server->accept_paused = pause;
  for (http_listener *l = server->listeners; l; l = l->next) {
    if (l->entry) accept_member_target(server->options.accept_member, &l->entry->accept, !pause);
    if (pause && l->active) {
      uv_poll_stop(&l->poll);
      l->active = l->exclusive_due = false;
    } else if (!pause && !l->active) {
      listener_start(l);
    }
  }
  server_timer_update(server);
}

static void connection_drop(http_server *server, int fd) {
  connection_address peer;
  server->counters->connections_dropped++;
  if (server->handler->on_drop) {
    socket_address(fd, true, &peer);
    server->handler->on_drop(server->data, &peer);
  }
  close(fd);
}

/* False: nothing more to accept now. */
static bool accept_one(http_listener *listener) {
  http_server *server = listener->server;
  accept_member *member = server->options.accept_member;
  bool full = connections_full(server);
  if (full && !somebody_waits(listener)) return false;
  if (full) full_note(server);
  if (full && !server->options.drop_connections && !idle_shed(server)) {
    listeners_pause(server, true);
    return false;
  }
  int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EINTR || errno == ECONNABORTED) return true;
    if (errno == EMFILE || errno == ENFILE) {
      descriptor_shortage(server, errno);
      if (idle_shed(server)) return true;
    }
    /* Out of descriptors or memory: let others accept, try again with the next tick. */
    if (errno != EAGAIN && errno != EWOULDBLOCK) listeners_pause(server, true);
    return false;
  }
  if (full && server->options.drop_connections) {
    connection_drop(server, fd);
    return true;
  }
  if (member && listener->entry && accept_member_offer(member, &listener->entry->accept, fd)) {
    server->counters->connections_handed_over++;
    return true;
  }
  connection_create(server, fd, listener, listener->tls, member && listener->entry);
  return true;
}

static void on_acceptable(uv_poll_t *poll, int status, int events) {
  http_listener *listener = poll->data;
  int most = listener->server->options.accept_member ? 1 : ACCEPTS_PER_WAKE;
  for (int i = 0; i < most && listener->active && accept_one(listener); i++) continue;
}

/* Another worker accepted it for us. */
static void on_received(void *data, int fd) {
  listener_entry *entry = data;
  connection_create(entry->server, fd, entry->listener, entry->tls, true);
}

/* All of this worker's listeners are told to wait, or to go on. */
static void on_pause(void *data, bool paused) {
  listener_entry *entry = data;
  http_listener *listener = entry->listener;
  if (!listener) return;
  if (paused && listener->active) {
    uv_poll_stop(&listener->poll);
    listener->active = listener->exclusive_due = false;
  } else if (!paused && !listener->active && !entry->server->accept_paused) {
    listener_start(listener);
  }
}

/* --- Open and close ---------------------------------------------------------------------------------------------- */

static int listener_enlist(http_listener *listener) {
  http_server *server = listener->server;
  accept_member *member = server->options.accept_member;
  if (!member) return 0;
  listener_entry *entry = calloc(1, sizeof *entry);
  if (!entry) return UV_ENOMEM;
  entry->server = server;
  entry->listener = listener;
  entry->accept.receive = on_received;
  entry->accept.pause = on_pause;
  entry->accept.data = entry;
  int status = accept_member_enlist(member, &entry->accept, listener->fd);
  if (status < 0) {
    free(entry);
    return status == UV_ENOSPC ? 0 : status; /* more listening sockets than the table has room for: accept alone */
  }
  entry->next = server->entries;
  server->entries = entry;
  listener->entry = entry;
  return 0;
}

int http_listener_adopt(http_server *server, int fd, http_listener **out) {
  int status = UV_EALREADY;
  http_listener *listener = NULL;
  if (server->draining || server->destroying) goto fail;
  listener = calloc(1, sizeof *listener);
  status = UV_ENOMEM;
  if (!listener) goto fail;
  status = uv_poll_init(server->loop, &listener->poll, fd);
  if (status < 0) goto fail;
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  server->handles++;
  listener->poll.data = listener;
  listener->server = server;
  listener->fd = fd;
  listener->next = server->listeners;
  server->listeners = listener;
  if (!server->referenced) uv_unref((uv_handle_t *)&listener->poll);
  status = listener_enlist(listener);
  if (status == 0 && !server->accept_paused) status = listener_start(listener);
  if (status < 0) {
    http_listener_close(listener);
    return status;
  }
  if (out) *out = listener;
  return 0;
fail:
  free(listener);
  close(fd);
  return status;
}

int http_listener_open(http_server *server, const char *address, int backlog, http_listener **out) {
  int fd = http_listen_socket(address, backlog);
  return fd < 0 ? fd : http_listener_adopt(server, fd, out);
}

static void on_listener_closed(uv_handle_t *handle) {
  http_listener *listener = handle->data;
  http_server *server = listener->server;
  tls_config_release(listener->tls);
  free(listener);
  server_handle_closed(server);
}

void http_listener_close(http_listener *listener) {
  http_server *server = listener->server;
  if (listener->closing) return;
  listener->closing = true;
  listener->active = listener->exclusive_due = false;
  http_listener **at = &server->listeners;
  while (*at && *at != listener) at = &(*at)->next;
  if (*at) *at = listener->next;
  for (connection *c = server->connections; c; c = c->next)
    if (c->listener == listener) c->listener = NULL;
  if (listener->entry) {
    listener->entry->listener = NULL;
    accept_member_delist(server->options.accept_member, &listener->entry->accept);
  }
  uv_close((uv_handle_t *)&listener->poll, on_listener_closed);
  close(listener->fd);
}

void listener_entries_free(http_server *server) {
  while (server->entries) {
    listener_entry *entry = server->entries;
    server->entries = entry->next;
    accept_member_forget(server->options.accept_member, &entry->accept);
    tls_config_release(entry->tls);
    free(entry);
  }
}

void http_listener_set_tls(http_listener *listener, tls_config *config) {
  tls_config_release(listener->tls);
  listener->tls = config;
  if (!listener->entry) return;
  tls_config_release(listener->entry->tls);
  listener->entry->tls = config ? tls_config_retain(config) : NULL;
}
bool http_listener_is_tls(const http_listener *listener) { return listener->tls || listener->server->tls; }
http_server *http_listener_server(http_listener *listener) { return listener->server; }
int http_listener_fd(const http_listener *listener) { return listener->fd; }
void *http_listener_data(const http_listener *listener) { return listener->data; }
void http_listener_set_data(http_listener *listener, void *data) { listener->data = data; }

int http_listener_address(http_listener *listener, connection_address *out, char *path) {
  struct sockaddr_un un = {0};
  socklen_t length = sizeof un;
  if (path) path[0] = 0;
  if (path && getsockname(listener->fd, (struct sockaddr *)&un, &length) == 0 && un.sun_family == AF_UNIX)
    snprintf(path, 108, "%.107s", un.sun_path);
  return socket_address(listener->fd, false, out);
}
