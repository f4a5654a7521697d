/*
 * Life and events of a connection. The socket is watched by a uv_poll handle and read and written directly, not through
 * uv_tcp: one recv and one send per request, and no request objects.
 * What libuv wants for each change of interest (two epoll_ctl calls) is why reading stays armed while a request is
 * answered: what a pipelining client sends meanwhile goes to `input`, and an end of file is noticed at once.
 */
#include "server/http/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void on_poll(uv_poll_t *poll, int status, int events);

/* --- Schedule ---------------------------------------------------------------------------------------------------- */

static void on_idle(uv_idle_t *idle) {}

void connection_schedule(connection *c) {
  if (c->scheduled) return;
  /* Keeps the loop from blocking in case this turn's schedule has run already. */
  if (!c->server->schedule && !c->server->destroying) uv_idle_start(&c->server->idle, on_idle);
  c->scheduled = true;
  c->scheduled_next = NULL;
  *c->server->schedule_tail = c;
  c->server->schedule_tail = &c->scheduled_next;
}

/* --- Creation and end -------------------------------------------------------------------------------------------- */

static int connection_open_transport(connection *c, int fd, tls_config *tls) {
  if (tls) return transport_open_tls(&c->transport, fd, tls, c);
  transport_open_socket(&c->transport, fd);
  return 0;
}

/* While a handshake lasts the protocol knows nothing of the connection. The header timeout bounds it too. */
static void connection_handshake_begin(connection *c) {
  uint64_t timeout = c->server->options.header_timeout, own = transport_tls_timeout(&c->transport);
  if (own && (!timeout || own < timeout)) timeout = own;
  if (timeout) connection_set_deadline(c, DEADLINE_HANDSHAKE, c->active_at + timeout);
}

static void connection_begin(connection *c) {
  http_slice alpn = connection_alpn(c);
  const connection_protocol *chosen = alpn.length ? connection_protocol_named(alpn.data, alpn.length) : NULL;
  c->deadline_kind = DEADLINE_NONE;
  if (chosen && (chosen == c->protocol || c->server->options.http2 & HTTP2_TLS)) c->protocol = chosen;
  if (c->protocol->start) c->protocol->start(c);
}

/* Enters the server's list, with its transport open. */
static void connection_enter(connection *c) {
  http_server *server = c->server;
  c->protocol = connection_protocol_default();
  c->next = server->connections;
  if (c->next) c->next->previous = c;
  server->connections = c;
  server_connection_added(server);
  c->active_at = uv_now(server->loop);
  if (c->transport.handshaking)
    connection_handshake_begin(c);
  else
    connection_begin(c);
}

connection *connection_create(http_server *server, int fd, http_listener *listener, tls_config *tls,
                              bool counted_by_member) {
  connection *c = connection_allocate(server, fd);
  if (!c) {
    close(fd);
    if (counted_by_member) accept_member_closed(server->options.accept_member);
    return NULL;
  }
  c->listener = listener;
  c->counted_by_member = counted_by_member;
  int status = connection_open_transport(c, fd, tls ? tls : server->tls);
  connection_enter(c);
  if (status < 0) connection_close(c, status);
  if (server->handler->on_connection && status == 0) {
    c->running = true;
    server->handler->on_connection(server->data, c);
    c->running = false;
  }
  connection_update_interest(c);
  return c;
}

connection *connection_create_over(http_server *server, const transport *open) {
  connection *c = connection_allocate(server, -1);
  if (!c) return NULL;
  c->transport = *open;
  connection_enter(c);
  connection_schedule(c); /* its events come from the loop, the first one too */
  return c;
}

void connection_finalise(connection *c) {
  if (c->finalised) return;
  c->finalised = true;
  http_server *server = c->server;
  c->protocol->closed(c, c->close_error);
  if (server->handler->on_connection_close) server->handler->on_connection_close(server->data, c, c->close_error);
  if (c->next) c->next->previous = c->previous;
  if (c->previous)
    c->previous->next = c->next;
  else
    server->connections = c->next;
  if (c->counted_by_member) accept_member_closed(server->options.accept_member);
  server_connection_gone(server);
}

void connection_close(connection *c, int error) {
  if (c->state == CONNECTION_CLOSED) return;
  c->close_error = error;
  connection_output_drop(c);
  c->state = CONNECTION_CLOSED;
  c->deadline_kind = DEADLINE_NONE;
  connection_leave_loop(c);
  connection_schedule(c);
  transport_close(&c->transport);
}

void connection_finish(connection *c, bool linger) {
  if (c->state >= CONNECTION_ENDING) return;
  c->state = CONNECTION_ENDING;
  c->linger = linger;
  c->deadline_kind = DEADLINE_NONE;
  c->window_length = c->input_length = 0;
  if (!c->running) connection_schedule(c);
}

/* In ENDING, once everything has been sent. */
static void connection_shut(connection *c) {
  bool waits = c->linger && !c->end_of_input;
  int status = waits || c->transport.kind->says_farewell ? transport_shutdown(&c->transport) : 0;
  if (status == UV_EAGAIN) return;
  if (!waits || status < 0) {
    connection_close(c, 0);
    return;
  }
  c->state = CONNECTION_LINGERING;
  uint64_t timeout = c->server->options.linger_timeout;
  connection_set_deadline(c, DEADLINE_LINGER, uv_now(c->server->loop) + (timeout ? timeout : 1));
}

/* --- Input ------------------------------------------------------------------------------------------------------- */

static int input_reserve(connection *c, size_t capacity) {
  if (c->input_capacity >= capacity) return 0;
  size_t grown = c->input_capacity ? c->input_capacity : 512;
  while (grown < capacity) grown *= 2;
  char *input = realloc(c->input, grown);
  if (!input) return UV_ENOMEM;
  c->input = input;
  c->input_capacity = grown;
  return 0;
}

int connection_keep_input(connection *c, size_t from) {
  size_t length = c->window_length - from;
  const char *data = length ? c->window + from : NULL;
  if (length == 0) {
    c->input_length = 0;
    if (c->input_capacity > INPUT_KEEP) {
      free(c->input);
      c->input = NULL;
      c->input_capacity = 0;
    }
  } else if (c->input && data >= c->input && data <= c->input + c->input_capacity) {
    if (data != c->input) memmove(c->input, data, length);
    c->input_length = length;
  } else {
    if (input_reserve(c, length) < 0 || !c->input) return UV_ENOMEM;
    memcpy(c->input, data, length);
    c->input_length = length;
  }
  c->window = c->input;
  c->window_length = c->input_length;
  return 0;
}

/* Appends what was just read to what is kept. */
static int input_append(connection *c, const char *data, size_t length) {
  if (input_reserve(c, c->input_length + length) < 0) return UV_ENOMEM;
  memcpy(c->input + c->input_length, data, length);
  c->input_length += length;
  c->window = c->input;
  c->window_length = c->input_length;
  return 0;
}

static void connection_drop_input(connection *c) {
  http_server *server = c->server;
  for (int i = 0; i < 4; i++) {
    ssize_t got = transport_read(&c->transport, server->read_buffer, READ_BUFFER_SIZE);
    if (got > 0) {
      c->bytes_read += (size_t)got;
      server->counters->bytes_read += (size_t)got;
      continue;
    }
    if (got == UV_EAGAIN) return;
    c->end_of_input = true;
    if (c->state == CONNECTION_LINGERING || got < 0) connection_close(c, got < 0 && c->queue ? (int)got : 0);
    return;
  }
}

static void connection_read(connection *c) {
  http_server *server = c->server;
  if (c->state != CONNECTION_OPEN) {
    connection_drop_input(c);
    return;
  }
  bool handshaking = c->transport.handshaking;
  ssize_t got = transport_read(&c->transport, server->read_buffer, READ_BUFFER_SIZE);
  if (c->state == CONNECTION_CLOSED) return;
  if (handshaking && !c->transport.handshaking && c->state == CONNECTION_OPEN) connection_begin(c);
  if (got < 0) {
    if (got != UV_EAGAIN) connection_close(c, (int)got);
    return;
  }
  if (got == 0) {
    c->end_of_input = true;
    c->protocol->end_of_input(c);
    return;
  }
  c->bytes_read += (size_t)got;
  server->counters->bytes_read += (size_t)got;
  if (c->timeout) c->active_at = uv_now(server->loop);
  if (c->input_length) {
    if (input_append(c, server->read_buffer, (size_t)got) < 0) connection_close(c, UV_ENOMEM);
  } else {
    c->window = server->read_buffer;
    c->window_length = (size_t)got;
  }
}

/* --- Events ------------------------------------------------------------------------------------------------------ */

static bool connection_wants_input(const connection *c) {
  return c->state == CONNECTION_OPEN ? c->protocol->wants_input(c) : c->state != CONNECTION_CLOSED && !c->end_of_input;
}

/* What the transport has taken from the kernel already. */
static bool connection_read_more(connection *c) {
  if (c->state == CONNECTION_OPEN && connection_keep_input(c, 0) < 0)
    connection_close(c, UV_ENOMEM);
  else
    connection_read(c);
  return true;
}

void connection_run(connection *c) {
  if (c->running || c->state == CONNECTION_CLOSED) return;
  c->running = true;
  for (int round = 0;; round++) {
    if (c->state == CONNECTION_OPEN) c->protocol->process(c);
    connection_flush(c);
    if (c->state == CONNECTION_CLOSED) break;
    bool more = c->protocol->progress(c);
    if (c->transport.has_input && connection_wants_input(c)) more = connection_read_more(c);
    if (!more || c->state == CONNECTION_CLOSED) break;
    if (round == 8) { /* a stream that the kernel takes as fast as it comes: others' turn */
      connection_schedule(c);
      break;
    }
  }
  /* The read buffer is the next connection's. */
  if (c->state == CONNECTION_OPEN && connection_keep_input(c, 0) < 0) connection_close(c, UV_ENOMEM);
  if (c->state == CONNECTION_ENDING && !connection_pending(c)) connection_shut(c);
  c->running = false;
  connection_update_interest(c);
}

static void connection_handshake_end(connection *c, int error) {
  transport_tls_fail(&c->transport, error);
  connection_close(c, error);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
  connection *c = poll->data;
  if (c->state == CONNECTION_CLOSED) return;
  if (status < 0) {
    int error = transport_error(&c->transport);
    connection_close(c, error ? error : UV_ECONNRESET);
    return;
  }
  if (events & UV_WRITABLE) {
    c->blocked = false;
    connection_flush(c);
  }
  if (events & UV_READABLE || (c->transport.wants_write && c->state == CONNECTION_OPEN)) {
    connection_read(c);
  } else if (events & UV_DISCONNECT && c->state == CONNECTION_OPEN) {
    /* Not reading now: the client has shut down its side, or reset. */
    c->peer_shut = true;
    if (c->transport.suspended)
      connection_handshake_end(c, UV_ECONNRESET);
    else
      c->protocol->end_of_input(c);
  }
  connection_run(c);
}

void connection_update_interest(connection *c) {
  if (c->state == CONNECTION_CLOSED) return;
  int want = 0;
  if (c->transport.wants_write) {
    want |= UV_WRITABLE;
  } else if (connection_wants_input(c) && !c->transport.suspended) {
    want |= UV_READABLE;
  } else if (c->state == CONNECTION_OPEN && !c->end_of_input && !c->peer_shut) {
    want |= UV_DISCONNECT;
  }
  if (c->queue) want |= UV_WRITABLE;
  if (c->transport.kind->watch) {
    c->transport.kind->watch(&c->transport, want);
    return;
  }
  if (want == c->interest) return;
  c->interest = want;
  int status = want ? uv_poll_start(&c->poll, want, on_poll) : uv_poll_stop(&c->poll);
  if (status < 0) connection_close(c, status);
}

void connection_tick(connection *c, uint64_t now) {
  http_server *server = c->server;
  if (c->state == CONNECTION_CLOSED) return;
  if (c->has_write_deadline && server->options.write_timeout && !c->of_the_app && now >= c->write_deadline) {
    server->counters->timeouts++;
    connection_close(c, UV_ETIMEDOUT);
    return;
  }
  if (c->timeout && now - c->active_at >= c->timeout) {
    c->active_at = now;
    bool handled = server->handler->on_timeout && server->handler->on_timeout(server->data, c);
    if (!handled) connection_close(c, UV_ETIMEDOUT);
    if (c->state == CONNECTION_CLOSED) return;
  }
  if (c->state == CONNECTION_OPEN && c->protocol->tick && c->protocol->tick(c, now)) {
    connection_run(c);
    return;
  }
  if (c->deadline_kind == DEADLINE_NONE || now < c->deadline) return;
  uint8_t kind = c->deadline_kind;
  c->deadline_kind = DEADLINE_NONE;
  switch (kind) {
    case DEADLINE_IDLE:
      connection_finish(c, true);
      break;
    case DEADLINE_LINGER:
      connection_close(c, 0);
      break;
    case DEADLINE_HANDSHAKE:
      server->counters->timeouts++;
      connection_handshake_end(c, UV_ETIMEDOUT);
      break;
    default:
      server->counters->timeouts++;
      c->protocol->timeout(c);
      break;
  }
  connection_run(c);
}

/* --- The app's side ---------------------------------------------------------------------------------------------- */

static void address_fill(connection_address *out, const struct sockaddr_storage *from) {
  memset(out, 0, sizeof *out);
  out->family = from->ss_family;
  if (from->ss_family == AF_INET) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)from;
    inet_ntop(AF_INET, &in->sin_addr, out->address, sizeof out->address);
    out->port = ntohs(in->sin_port);
  } else if (from->ss_family == AF_INET6) {
    const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)from;
    inet_ntop(AF_INET6, &in->sin6_addr, out->address, sizeof out->address);
    out->port = ntohs(in->sin6_port);
  }
}

int socket_address(int fd, bool peer, connection_address *out) {
  struct sockaddr_storage storage = {0};
  socklen_t length = sizeof storage;
  int status = peer ? getpeername(fd, (struct sockaddr *)&storage, &length)
                    : getsockname(fd, (struct sockaddr *)&storage, &length);
  if (status < 0) memset(out, 0, sizeof *out);
  if (status < 0) return -errno;
  address_fill(out, &storage);
  return 0;
}

static const connection_address *connection_address_at(connection *c, int index) {
  static const connection_address none;
  if (!c->addresses) {
    c->addresses = calloc(2, sizeof *c->addresses);
    if (!c->addresses) return &none;
    socket_address(c->transport.fd, true, &c->addresses[0]);
    socket_address(c->transport.fd, false, &c->addresses[1]);
  }
  return &c->addresses[index];
}

const connection_address *connection_peer(connection *c) { return connection_address_at(c, 0); }
const connection_address *connection_local(connection *c) { return connection_address_at(c, 1); }
SSL *connection_ssl(const connection *c) { return transport_ssl(&c->transport); }
bool connection_tls_has_spoken(const connection *c) { return transport_tls_has_spoken(&c->transport); }

http_slice connection_alpn(const connection *c) {
  const unsigned char *name = NULL;
  unsigned length = 0;
  SSL *ssl = connection_ssl(c);
  if (ssl) SSL_get0_alpn_selected(ssl, &name, &length);
  return (http_slice){(const char *)name, length};
}

int connection_tls_choose(connection *c, SSL_CTX *context, const void *response, size_t length) {
  if (c->state != CONNECTION_OPEN || !transport_tls_choose(&c->transport, context, response, length)) return UV_EINVAL;
  connection_schedule(c);
  return 0;
}

void connection_tls_stored(connection *c) {
  if (c->state == CONNECTION_OPEN && transport_tls_stored(&c->transport)) connection_schedule(c);
}

void connection_tls_resume(connection *c, SSL_SESSION *session) {
  if (c->state != CONNECTION_OPEN)
    SSL_SESSION_free(session);
  else if (transport_tls_resume(&c->transport, session))
    connection_schedule(c);
}

int connection_fd(const connection *c) { return c->transport.fd; }
http_server *connection_server(connection *c) { return c->server; }
http_listener *connection_listener(connection *c) { return c->listener; }
uint64_t connection_bytes_read(const connection *c) { return c->bytes_read; }
uint64_t connection_bytes_written(const connection *c) { return c->bytes_written; }
uint64_t connection_requests(const connection *c) { return c->requests; }
void *connection_data(const connection *c) { return c->data; }
void connection_set_data(connection *c, void *data) { c->data = data; }
connection *connection_next(connection *c) { return c->next; }

bool connection_is_idle(const connection *c) {
  return c->state == CONNECTION_OPEN && !c->input_length && !c->window_length && !c->transport.handshaking &&
         c->protocol->is_idle(c);
}

void connection_set_timeout(connection *c, uint64_t ms) {
  c->timeout = ms;
  c->active_at = uv_now(c->server->loop);
}

void connection_set_referenced(connection *c, bool referenced) {
  if (c->state == CONNECTION_CLOSED) return;
  if (referenced)
    uv_ref((uv_handle_t *)&c->poll);
  else
    uv_unref((uv_handle_t *)&c->poll);
}

int connection_write(connection *c, const char *data, size_t length) {
  if (c->state != CONNECTION_OPEN && c->state != CONNECTION_ENDING) return UV_ECANCELED;
  int status = connection_output_bytes(c, (http_bytes){.data = data, .length = length});
  if (!c->running) connection_schedule(c);
  return status;
}

void connection_end(connection *c) { connection_finish(c, true); }
void connection_destroy(connection *c) { connection_close(c, UV_ECANCELED); }
