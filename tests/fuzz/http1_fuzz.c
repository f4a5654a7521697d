/*
 * http1_fuzz: bytes into an HTTP/1 connection over a socket pair, twice: in one piece, and split at arbitrary places.
 * Both times the app must see the same requests and bodies; nothing may crash, leak, or stay open.
 *
 * The first byte of an input chooses what the handler does, the second how the bytes are split, the rest is the stream.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/http/server.h"
#include "server/http/tunnel.h"

enum { MODE_ECHO, MODE_WHOLE, MODE_STREAM, MODE_RESERVE, MODE_LATER, MODE_DESTROY, MODE_UPGRADE, MODE_PAUSE, MODES };

typedef struct record {
  uint64_t requests, hash;
} record;

static uv_loop_t loop;
static http_server *server;
static record seen;
static int mode, open_connections;
static exchange *waiting;
static tunnel *upgraded;

static void mix(const char *data, size_t length) {
  for (size_t i = 0; i < length; i++) seen.hash = (seen.hash ^ (unsigned char)data[i]) * 1099511628211u;
}

static void answer(exchange *x) {
  static const http_header header = {{"X-Header", 8}, {"value", 5}};
  http_fields headers = {&header, 1};
  http_bytes body = {.data = "body", .length = 4};
  if (mode == MODE_STREAM || mode == MODE_PAUSE) {
    exchange_head(x, 200, NULL, headers, EXCHANGE_LENGTH_UNKNOWN, 0);
    exchange_write(x, body);
    exchange_end(x, headers);
  } else if (mode == MODE_RESERVE) {
    char *at = exchange_reserve(x, http_head_size(NULL, headers), 100);
    if (at) memset(at, 'r', 100);
    if (at) exchange_commit(x, 200, NULL, headers, 100, 0);
  } else {
    exchange_respond(x, 200, NULL, headers, body, 0);
  }
}

static void on_data(exchange *x, const char *data, size_t length) {
  mix(data, length);
  if (mode == MODE_PAUSE) exchange_body_pause(x);
}
static void on_end(exchange *x) {
  mix("|", 1);
  for (unsigned i = 0; i < x->trailers_count; i++) {
    http_header trailer = exchange_trailer(x, i);
    mix(trailer.name.data, trailer.name.length);
    mix(trailer.value.data, trailer.value.length);
  }
  answer(x);
}
static void on_close(exchange *x, int error) {
  if (waiting == x) waiting = NULL;
}
static const exchange_events events = {.on_data = on_data, .on_end = on_end, .on_close = on_close};

/* A tunnel echoes until its client ends. */
static void on_tunnel_data(void *data, const char *bytes, size_t length) {
  mix(bytes, length);
  if (tunnel_write(upgraded, (http_bytes){.data = "HTTP/1.1 echo", .length = 13}) == 0) tunnel_pause(upgraded);
}
static void on_tunnel_end(void *data) {
  if (tunnel_shutdown(upgraded) < 0) tunnel_destroy(upgraded);
}
static void on_tunnel_drain(void *data) { tunnel_resume(upgraded); }
static void on_tunnel_shutdown(void *data, int error) {}
static void on_tunnel_close(void *data, int error) { upgraded = NULL; }
static const tunnel_events tunnel_echo = {on_tunnel_data, on_tunnel_end, on_tunnel_drain, on_tunnel_shutdown,
                                          on_tunnel_close};

static void on_request(void *data, exchange *x) {
  seen.requests++;
  mix((const char *)&x->method, 1);
  http_slice url = exchange_url(x);
  mix(url.data, url.length);
  for (unsigned i = 0; i < x->headers_count; i++) {
    http_header header = exchange_header(x, i);
    mix(header.name.data, header.name.length);
    mix(header.value.data, header.value.length);
  }
  x->events = &events;
  http_slice rest;
  if (mode == MODE_UPGRADE && x->upgrade && exchange_upgrade(x, &tunnel_echo, NULL, &upgraded, &rest) == 0) {
    mix(rest.data, rest.length);
    tunnel_resume(upgraded);
    return;
  }
  if (mode == MODE_DESTROY && seen.requests > 1) {
    exchange_destroy(x);
  } else if (mode == MODE_LATER || mode == MODE_PAUSE) {
    waiting = x;
  } else if (x->has_body && mode != MODE_WHOLE) {
    exchange_body_resume(x);
  } else {
    answer(x);
  }
}
static void on_connection(void *data, connection *c) { open_connections++; }
static void on_connection_close(void *data, connection *c, int error) { open_connections--; }
static const http_handler handler = {
    .on_request = on_request, .on_connection = on_connection, .on_connection_close = on_connection_close};

static void turn(void) {
  uv_run(&loop, UV_RUN_NOWAIT);
  for (int i = 0; i < 64 && waiting; i++) { /* answers from outside the engine's turn */
    exchange *x = waiting;
    if (x->has_body && !x->request_complete) {
      exchange_body_resume(x);
      if (mode == MODE_LATER) waiting = NULL;
    } else {
      waiting = NULL;
      if (!x->ended) answer(x);
    }
    uv_run(&loop, UV_RUN_NOWAIT);
  }
}

/* What the server sends must look like HTTP. */
static void drain(int fd, bool *first) {
  char got[65536];
  ssize_t n;
  while ((n = recv(fd, got, sizeof got, MSG_DONTWAIT)) > 0) {
    if (*first && strncmp(got, "HTTP/1.1 ", n < 9 ? (size_t)n : 9)) abort();
    *first = false;
  }
}

static record play(const uint8_t *data, size_t size, unsigned split) {
  int pair[2];
  bool first = true;
  memset(&seen, 0, sizeof seen);
  seen.hash = 14695981039346656037u;
  waiting = NULL;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0) abort();
  if (http_server_adopt(server, pair[0]) < 0) abort();
  unsigned random = split;
  for (size_t at = 0; at < size;) {
    size_t length = size - at;
    random = random * 1103515245 + 12345;
    size_t piece = split & 0x80 ? 1 + (random >> 16) % 3 : 1 + (random >> 16) % 64;
    if (split && piece < length) length = piece;
    ssize_t sent = send(pair[1], data + at, length, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) break;
    if (sent > 0) at += (size_t)sent;
    turn();
    drain(pair[1], &first);
  }
  turn();
  turn();
  drain(pair[1], &first);
  record result = seen;
  close(pair[1]);
  for (int i = 0; open_connections; i++) {
    turn();
    if (i == 1000) abort(); /* stays open */
  }
  uv_run(&loop, UV_RUN_NOWAIT);
  return result;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  http_server_options options;
  http_server_options_default(&options);
  options.max_header_bytes = 2048;
  options.max_body_bytes = 4096;
  options.max_headers_count = 40;
  uv_loop_init(&loop);
  return http_server_create(&loop, &options, &handler, NULL, NULL, &server);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 3 || size > 8192) return 0;
  mode = data[0] % MODES;
  record whole = play(data + 2, size - 2, 0), pieces = play(data + 2, size - 2, data[1] | 1u);
  if (whole.requests != pieces.requests || whole.hash != pieces.hash) {
    fprintf(stderr, "mode %d: %lu requests in one piece, %lu in several\n", mode, (unsigned long)whole.requests,
            (unsigned long)pieces.requests);
    abort();
  }
  return 0;
}
