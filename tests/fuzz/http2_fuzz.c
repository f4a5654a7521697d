/*
 * http2_fuzz: bytes into an HTTP/2 connection over a socket pair, twice: in one piece, and split at arbitrary places.
 * Nothing may crash, leak or stay open, every request that the app was asked is closed once, and what the server sends
 * are frames.
 *
 * The first byte of an input chooses what the handler does, the second how the bytes are split; the rest follows the
 * preface and a SETTINGS frame. An input whose first byte has its highest bit set is taken for a list of frames with
 * lengths that are put right, so that mutations reach what is behind the framing.
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
enum { WAITING = 64 };

static uv_loop_t loop;
static http_server *server;
static int mode, open_connections, open_exchanges, open_tunnels;
static exchange *waiting[WAITING];

static void answer(exchange *x) {
  static const http_header header = {{"X-Header", 8}, {"value", 5}};
  static char large[100000];
  http_fields headers = {&header, 1};
  http_bytes body = {.data = "body", .length = 4};
  if (mode == MODE_STREAM || mode == MODE_PAUSE) {
    exchange_informational(x, 103, NULL, headers);
    exchange_head(x, 200, NULL, headers, EXCHANGE_LENGTH_UNKNOWN, 0);
    exchange_write(x, (http_bytes){.data = large, .length = sizeof large});
    exchange_write(x, body);
    exchange_flush(x);
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
  if (mode == MODE_PAUSE) exchange_body_pause(x);
  if (mode == MODE_DESTROY && length % 3 == 0) exchange_destroy(x);
}
static void on_end(exchange *x) { answer(x); }
static void on_close(exchange *x, int error) {
  open_exchanges--;
  for (int i = 0; i < WAITING; i++)
    if (waiting[i] == x) waiting[i] = NULL;
}
static const exchange_events events = {.on_data = on_data, .on_end = on_end, .on_close = on_close};

typedef struct echo {
  tunnel *t;
} echo;
static void tunnel_data(void *data, const char *bytes, size_t length) {
  echo *e = data;
  if (tunnel_write(e->t, (http_bytes){.data = bytes, .length = length}) == 0) tunnel_pause(e->t);
}
static void tunnel_end(void *data) {
  echo *e = data;
  if (tunnel_shutdown(e->t) < 0) tunnel_destroy(e->t);
}
static void tunnel_drain(void *data) { tunnel_resume(((echo *)data)->t); }
static void tunnel_shut(void *data, int error) {}
static void tunnel_close(void *data, int error) {
  open_tunnels--;
  free(data);
}
static const tunnel_events tunnel_echo = {tunnel_data, tunnel_end, tunnel_drain, tunnel_shut, tunnel_close};

static bool upgrades(exchange *x) {
  http_slice rest;
  echo *e = malloc(sizeof *e);
  if (exchange_upgrade(x, &tunnel_echo, e, &e->t, &rest) < 0) {
    free(e);
    return false;
  }
  open_tunnels++;
  tunnel_resume(e->t);
  tunnel_write(e->t, (http_bytes){.data = "HTTP/1.1 101 Go\r\nA: b\r\n\r\nhi", .length = 27});
  return true;
}

static void on_request(void *data, exchange *x) {
  volatile unsigned char sum = 0;
  for (unsigned i = 0; i < x->headers_count; i++) {
    http_header header = exchange_header(x, i);
    for (size_t k = 0; k < header.name.length; k++) sum += (unsigned char)header.name.data[k];
    for (size_t k = 0; k < header.value.length; k++) sum += (unsigned char)header.value.data[k];
  }
  x->events = &events;
  open_exchanges++;
  if (mode == MODE_UPGRADE && x->upgrade && upgrades(x)) return;
  if (mode == MODE_DESTROY && x->serial % 2) {
    exchange_destroy(x);
  } else if (mode == MODE_LATER || mode == MODE_PAUSE) {
    waiting[x->serial % WAITING] = x;
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
  for (int i = 0; i < WAITING; i++) { /* answers from outside the engine's turn */
    exchange *x = waiting[i];
    if (!x) continue;
    if (x->has_body && !x->request_complete) {
      exchange_body_resume(x);
      if (mode == MODE_LATER) waiting[i] = NULL;
    } else {
      waiting[i] = NULL;
      if (!x->ended) answer(x);
    }
  }
  uv_run(&loop, UV_RUN_NOWAIT);
}

/* What the server sends must be frames of a size that was agreed on. */
typedef struct reader {
  unsigned char head[9];
  size_t have, skip;
} reader;
static void drain(int fd, reader *r) {
  unsigned char got[65536];
  ssize_t n;
  while ((n = recv(fd, got, sizeof got, MSG_DONTWAIT)) > 0) {
    for (ssize_t i = 0; i < n;) {
      size_t step = (size_t)(n - i) < r->skip ? (size_t)(n - i) : r->skip;
      r->skip -= step;
      i += (ssize_t)step;
      if (i == n) break;
      r->head[r->have++] = got[i++];
      if (r->have < 9) continue;
      r->have = 0;
      r->skip = (size_t)r->head[0] << 16 | (size_t)r->head[1] << 8 | r->head[2];
      if (r->skip > 16384 || r->head[3] > 9) abort();
    }
  }
}

static void send_all(int fd, const char *data, size_t size, unsigned split, reader *r) {
  unsigned random = split;
  for (size_t at = 0; at < size;) {
    size_t length = size - at;
    random = random * 1103515245 + 12345;
    size_t piece = split & 0x80 ? 1 + (random >> 16) % 3 : 1 + (random >> 16) % 64;
    if (split && piece < length) length = piece;
    ssize_t sent = send(fd, data + at, length, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return;
    if (sent > 0) at += (size_t)sent;
    turn();
    drain(fd, r);
  }
}

/* Type, flags, stream and length of one byte each, then the payload. */
static size_t frames(const uint8_t *data, size_t size, char *out) {
  size_t at = 0, n = 0;
  while (at + 4 <= size) {
    size_t length = data[at + 3] < size - at - 4 ? data[at + 3] : size - at - 4;
    char head[9] = {0, 0, (char)length, (char)(data[at] % 12), (char)data[at + 1], 0, 0, 0, (char)(data[at + 2] % 16)};
    memcpy(out + n, head, 9);
    memcpy(out + n + 9, data + at + 4, length);
    n += 9 + length;
    at += 4 + length;
  }
  return n;
}

static void play(const uint8_t *data, size_t size, unsigned split, bool framed) {
  static const char begin[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
  static char buffer[65536];
  int pair[2];
  reader r = {0};
  memset(waiting, 0, sizeof waiting);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0) abort();
  if (http_server_adopt(server, pair[0]) < 0) abort();
  send_all(pair[1], begin, sizeof begin - 1, 0, &r);
  size_t length = framed ? frames(data, size, buffer) : size;
  send_all(pair[1], framed ? buffer : (const char *)data, length, split, &r);
  turn();
  turn();
  drain(pair[1], &r);
  close(pair[1]);
  for (int i = 0; open_connections; i++) {
    turn();
    if (i == 1000) abort(); /* stays open */
  }
  uv_run(&loop, UV_RUN_NOWAIT);
  if (open_exchanges || open_tunnels) abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  http_server_options options;
  http_server_options_default(&options);
  options.max_header_bytes = 2048;
  options.max_body_bytes = 4096;
  options.max_headers_count = 40;
  options.http2 = HTTP2_CLEAR;
  options.http2_max_streams = 5;
  uv_loop_init(&loop);
  return http_server_create(&loop, &options, &handler, NULL, NULL, &server);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 3 || size > 8192) return 0;
  mode = (data[0] & 0x7f) % MODES;
  play(data + 2, size - 2, 0, data[0] & 0x80);
  play(data + 2, size - 2, data[1] | 1u, data[0] & 0x80);
  return 0;
}
