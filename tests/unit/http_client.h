/*
 * A server and raw clients in one process and one loop, for tests of the HTTP engine. Clients are plain sockets: what
 * they send and get is bytes. Waiting always runs the loop, until what is waited for is there (or 5 s have passed,
 * which fails the test).
 */
#ifndef JSD_TEST_HTTP_CLIENT_H
#define JSD_TEST_HTTP_CLIENT_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/http/accept_group.h"
#include "server/http/listener.h"

#define UNUSED __attribute__((unused))

/* First in a test that is about the socket, or speaks to it itself. */
#ifdef HTTP_TLS
#include "http_tls_client.h"
#define CLEAR_ONLY() skip()
#else
#define CLEAR_ONLY() (void)0
#endif

typedef struct fixture {
  uv_loop_t loop;
  http_server *server;
  http_server_options options;
  http_handler handler;
  http_counters counters;
  http_listener *listener;
  uint16_t port;
  /* What the test's handler does with a request. */
  void (*answer)(struct fixture *f, exchange *x);
  exchange_events events;
  /* What happened. */
  exchange *x; /* the last one, until its on_close */
  connection *connection;
  int requests, finishes, closes, ends, drains, connections, connection_closes, client_errors, releases;
  int close_error;
  char url[512], body[1 << 17], error_code[64];
  size_t body_length;
  bool drained, destroyed;
} fixture;

UNUSED static http_slice text(const char *s) { return (http_slice){s, strlen(s)}; }
/* Of a block "Name: value\r\n...". */
UNUSED static http_fields fields(const char *block) {
  static http_header items[8];
  int count = http_fields_split(block, strlen(block), items, 8);
  assert_true(count >= 0);
  return (http_fields){items, (size_t)count};
}
UNUSED static http_bytes bytes(const char *s) { return (http_bytes){.data = s, .length = strlen(s)}; }

/* --- What a handler may do --- */
UNUSED static void answer_hello(fixture *f, exchange *x) {
  assert_int_equal(exchange_respond(x, 200, NULL, fields(""), bytes("hello"), 0), 0);
}
UNUSED static void answer_later(fixture *f, exchange *x) {}
/* Reads the body and answers with it at its end. */
UNUSED static void answer_echo(fixture *f, exchange *x) {
  if (exchange_has_body(x))
    exchange_body_resume(x);
  else
    assert_int_equal(exchange_respond(x, 200, NULL, fields(""), bytes("no body"), 0), 0);
}

static void fixture_on_data(exchange *x, const char *data, size_t length) {
  fixture *f = x->data;
  if (f->body_length + length <= sizeof f->body) memcpy(f->body + f->body_length, data, length);
  f->body_length += length;
}
static void fixture_on_end(exchange *x) {
  fixture *f = x->data;
  f->ends++;
  if (f->answer == answer_echo)
    assert_int_equal(
        exchange_respond(x, 200, NULL, fields(""), (http_bytes){.data = f->body, .length = f->body_length}, 0), 0);
}
static void fixture_on_drain(exchange *x) { ((fixture *)x->data)->drains++; }
static void fixture_on_finish(exchange *x) { ((fixture *)x->data)->finishes++; }
static void fixture_on_close(exchange *x, int error) {
  fixture *f = x->data;
  f->closes++;
  f->close_error = error;
  if (f->x == x) f->x = NULL;
}
static void fixture_on_request(void *data, exchange *x) {
  fixture *f = data;
  http_slice url = exchange_url(x);
  snprintf(f->url, sizeof f->url, "%.*s", (int)url.length, url.data);
  f->requests++;
  f->x = x;
  f->body_length = 0;
  x->data = f;
  x->events = &f->events;
  f->answer(f, x);
}
static void fixture_on_connection(void *data, connection *c) {
  fixture *f = data;
  f->connections++;
  f->connection = c;
}
static void fixture_on_connection_close(void *data, connection *c, int error) {
  fixture *f = data;
  f->connection_closes++;
  if (f->connection == c) f->connection = NULL;
}
static bool fixture_on_client_error(void *data, connection *c, const http_client_error *error) {
  fixture *f = data;
  f->client_errors++;
  snprintf(f->error_code, sizeof f->error_code, "%s", error->code);
  return false;
}

UNUSED static int fixture_setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  uv_loop_init(&f->loop);
  http_server_options_default(&f->options);
  f->options.timer_tick = 10;
  f->options.linger_timeout = 100;
  f->answer = answer_hello;
  f->events = (exchange_events){fixture_on_data, fixture_on_end, fixture_on_drain, fixture_on_finish, fixture_on_close};
  f->handler = (http_handler){.on_request = fixture_on_request,
                              .on_connection = fixture_on_connection,
                              .on_connection_close = fixture_on_connection_close,
                              .on_client_error = fixture_on_client_error};
  *state = f;
  return 0;
}

/* Starts the server; after the test has set f->options. */
UNUSED static void serve(fixture *f) {
  assert_int_equal(http_server_create(&f->loop, &f->options, &f->handler, f, &f->counters, &f->server), 0);
#ifdef HTTP_TLS
  tls_config *tls = tls_config_create(test_tls_context(), NULL, NULL);
  tls_config_set_alpn(tls, "\x02h2\x08http/1.1", 12);
  http_server_set_tls(f->server, tls);
#endif
  assert_int_equal(http_listener_open(f->server, "127.0.0.1:0", 0, &f->listener), 0);
  connection_address address;
  assert_int_equal(http_listener_address(f->listener, &address, NULL), 0);
  f->port = address.port;
}

static void fixture_destroyed(void *data) { ((fixture *)data)->destroyed = true; }
UNUSED static int fixture_teardown(void **state) {
  fixture *f = *state;
  if (f->server) {
    http_server_destroy(f->server, fixture_destroyed, f);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_true(f->destroyed);
    assert_int_equal(f->counters.connections_active, 0);
    assert_int_equal(f->counters.requests_active, 0);
  }
  assert_int_equal(uv_loop_close(&f->loop), 0);
  free(f);
  return 0;
}

/* One turn of the loop that doesn't block for long. */
UNUSED static void turn(fixture *f) { uv_run(&f->loop, UV_RUN_NOWAIT); }
#define WAIT_FOR(f, condition)                                      \
  do {                                                              \
    uint64_t until_ = uv_hrtime() + 5000000000u;                    \
    while (!(condition)) {                                          \
      turn(f);                                                      \
      if (uv_hrtime() > until_) fail_msg("waited for " #condition); \
    }                                                               \
  } while (0)
/* Lets everything that is on its way arrive: for "nothing happens". */
UNUSED static void settle(fixture *f) {
  for (uint64_t until = uv_hrtime() + 30000000; uv_hrtime() < until;) turn(f);
}

/* --- Clients --- */
typedef struct client {
  fixture *f;
  int fd;
  char got[1 << 18];
  size_t length;
  bool ended; /* end of file, or reset */
  int error;
#ifdef HTTP_TLS
  SSL *ssl;
#endif
} client;

static ssize_t client_transport_send(client *c, const char *data, size_t length) {
#ifdef HTTP_TLS
  return test_tls_send(c->ssl, data, length);
#else
  return send(c->fd, data, length, MSG_NOSIGNAL);
#endif
}
static ssize_t client_transport_recv(client *c, char *data, size_t capacity) {
#ifdef HTTP_TLS
  return test_tls_recv(c->ssl, data, capacity);
#else
  return recv(c->fd, data, capacity, 0);
#endif
}

UNUSED static client *client_new(fixture *f, int receive_buffer) {
  client *c = calloc(1, sizeof *c);
  struct sockaddr_in in = {
      .sin_family = AF_INET, .sin_port = htons(f->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  c->f = f;
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (receive_buffer) setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  assert_int_equal(connect(c->fd, (struct sockaddr *)&in, sizeof in), 0);
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
#ifdef HTTP_TLS
  signal(SIGPIPE, SIG_IGN);
  c->ssl = test_tls_connect(c->fd);
  for (uint64_t until = uv_hrtime() + 5000000000u; SSL_do_handshake(c->ssl) != 1 && uv_hrtime() < until;) {
    if (SSL_get_error(c->ssl, -1) == SSL_ERROR_SSL) fail_msg("no handshake");
    uv_run(&f->loop, UV_RUN_NOWAIT);
  }
#endif
  return c;
}
UNUSED static client *client_open(fixture *f) { return client_new(f, 0); }
UNUSED static void client_close(client *c) {
#ifdef HTTP_TLS
  SSL_free(c->ssl);
#endif
  if (c->fd >= 0) close(c->fd);
  free(c);
}
UNUSED static void client_reset(client *c) {
  struct linger linger = {1, 0};
  setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close(c->fd);
  c->fd = -1;
}
UNUSED static void client_send_bytes(client *c, const char *data, size_t length) {
  uint64_t until = uv_hrtime() + 5000000000u;
  while (length) {
    ssize_t sent = client_transport_send(c, data, length);
    if (sent > 0) data += sent, length -= (size_t)sent;
    if (sent < 0 && errno != EAGAIN) return;
    if (length) turn(c->f);
    if (uv_hrtime() > until) fail_msg("client can't send");
  }
}
UNUSED static void client_send(client *c, const char *data) { client_send_bytes(c, data, strlen(data)); }
/* Takes what is there. */
UNUSED static void client_poll(client *c) {
  while (!c->ended && c->length + 1 < sizeof c->got) {
    ssize_t got = client_transport_recv(c, c->got + c->length, sizeof c->got - 1 - c->length);
    if (got > 0) {
      c->length += (size_t)got;
      c->got[c->length] = 0;
    } else if (got == 0 || errno != EAGAIN) {
      c->ended = true;
      c->error = got < 0 ? errno : 0;
    } else {
      return;
    }
  }
}
/* Runs the loop until `what` has come (from the beginning of what was got), or fails. */
UNUSED static void client_expect(client *c, const char *what) {
  uint64_t until = uv_hrtime() + 5000000000u;
  for (;;) {
    client_poll(c);
    if (strstr(c->got, what)) return;
    if (c->ended || uv_hrtime() > until)
      fail_msg("expected \"%s\", got \"%s\"%s", what, c->got, c->ended ? " and the end" : "");
    turn(c->f);
  }
}
/* Runs the loop until the server has closed; it must have closed cleanly. */
UNUSED static void client_expect_end(client *c) {
  uint64_t until = uv_hrtime() + 5000000000u;
  while (client_poll(c), !c->ended) {
    if (uv_hrtime() > until) fail_msg("not closed, got \"%s\"", c->got);
    turn(c->f);
  }
  assert_int_equal(c->error, 0);
}
UNUSED static void client_forget(client *c) { c->got[c->length = 0] = 0; }
/* The number of times that `what` has come. */
UNUSED static int client_count(const client *c, const char *what) {
  int count = 0;
  for (const char *at = c->got; (at = strstr(at, what)); at++) count++;
  return count;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: test\r\n\r\n"
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
