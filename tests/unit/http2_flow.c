/* Flow control to the byte, backpressure both ways, resets, tunnels, times and leaving. */
#include "http2_client.h"

static void answer_forty(fixture *f, exchange *x) {
  static char body[40000];
  memset(body, 'x', sizeof body);
  assert_int_equal(exchange_respond(x, 200, NULL, fields(""), (http_bytes){.data = body, .length = sizeof body}, 0), 0);
}

static void window_of_the_stream_to_the_byte(void **state) {
  fixture *f = *state;
  f->answer = answer_forty;
  serve(f);
  h2 p = h2_raw(f);
  client_send(p.c, PREFACE);
  h2_setting(&p, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 10);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  assert_int_equal(h2_expect(&p, DATA).length, 10);
  settle(f);
  assert_false(h2_has(&p, DATA));
  assert_int_equal(exchange_pending(f->x), 39990);
  h2_number(&p, WINDOW_UPDATE, 1, 1);
  assert_int_equal(h2_expect(&p, DATA).length, 1);
  h2_setting(&p, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0); /* the window is -10 now */
  h2_number(&p, WINDOW_UPDATE, 1, 10);
  settle(f);
  assert_false(h2_has(&p, DATA));
  h2_number(&p, WINDOW_UPDATE, 1, 2);
  assert_int_equal(h2_expect(&p, DATA).length, 2);
  h2_close(&p);
}

static void window_of_the_connection(void **state) {
  fixture *f = *state;
  f->answer = answer_forty;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  h2_headers(&p, END_HEADERS | END_STREAM, 3, H2_GET("/"));
  size_t total = 0;
  while (total < 65535) total += h2_expect(&p, DATA).length;
  assert_int_equal(total, 65535);
  settle(f);
  assert_false(h2_has(&p, DATA));
  h2_number(&p, WINDOW_UPDATE, 0, 80000 - 65535);
  while (total < 80000) total += h2_expect(&p, DATA).length;
  WAIT_FOR(f, f->closes == 2);
  h2_close(&p);
}

/* RFC 9218: while the window is shut both wait; then the urgent one goes first, whichever came first. */
static void urgent_first(void **state) {
  fixture *f = *state;
  f->answer = answer_forty;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  h2_headers(&p, END_HEADERS | END_STREAM, 3, H2_GET("/"));
  size_t total = 0;
  while (total < 65535) total += h2_expect(&p, DATA).length;
  h2_headers(&p, END_HEADERS | END_STREAM, 5, H2_GET("/") "priority u=6\n");
  h2_headers(&p, END_HEADERS | END_STREAM, 7, H2_GET("/") "priority u=1\n");
  h2_send(&p, 0x10, 0, 0, "\0\0\0\5u=0", 7); /* PRIORITY_UPDATE of stream 5 */
  WAIT_FOR(f, f->requests == 4);
  settle(f);
  h2_number(&p, WINDOW_UPDATE, 0, 80000);
  for (size_t got = 0; got < 40000;) {
    h2_frame frame = h2_expect(&p, DATA);
    assert_int_equal(frame.stream, 5);
    got += frame.length;
  }
  for (size_t got = 0; got < 40000;) {
    h2_frame frame = h2_expect(&p, DATA);
    assert_int_equal(frame.stream, 7);
    got += frame.length;
  }
  h2_close(&p);
}

/* An app that does not read: the client may send 65,535 bytes, and no more come in; others go on. */
static void unread_body_is_bounded(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  static char kilo[16384];
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS, 1, H2_POST("/"));
  for (int i = 0; i < 3; i++) h2_send(&p, DATA, 0, 1, kilo, 16384);
  WAIT_FOR(f, f->requests == 1);
  settle(f);
  h2_frame frame;
  client_poll(p.c);
  while (h2_take(&p, &frame)) assert_false(frame.type == WINDOW_UPDATE && frame.stream == 1);
  exchange *first = f->x;
  f->answer = answer_hello;
  h2_headers(&p, END_HEADERS | END_STREAM, 3, H2_GET("/"));
  h2_expect_status(&p, 3, "200");
  exchange_body_resume(first);
  frame = h2_expect(&p, WINDOW_UPDATE);
  WAIT_FOR(f, f->body_length == 3 * 16384);
  h2_send(&p, DATA, 0, 1, kilo, 16384);
  WAIT_FOR(f, f->body_length == 4 * 16384);
  exchange_body_pause(first);
  h2_send(&p, DATA, 0, 1, kilo, 16384);
  settle(f);
  assert_int_equal(f->body_length, 4 * 16384);
  h2_close(&p);
}

static void more_than_the_window_is_an_error(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  static char kilo[16384];
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS, 1, H2_POST("/"));
  for (int i = 0; i < 5; i++) h2_send(&p, DATA, 0, 1, kilo, 16384);
  h2_expect_goaway(&p, NGHTTP2_FLOW_CONTROL_ERROR);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->body_length, 0);
  h2_close(&p);
}

static int released;
static void release(void *data) { released++; }
static void write_waits_and_drains(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  static char big[200000];
  serve(f);
  released = 0;
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  WAIT_FOR(f, f->x);
  assert_int_equal(exchange_head(f->x, 200, NULL, fields(""), sizeof big, 0), 0);
  assert_int_equal(exchange_write(f->x, (http_bytes){.data = big, .length = sizeof big, .release = release}), 0);
  settle(f);
  assert_int_equal(exchange_pending(f->x), sizeof big - 65535);
  assert_int_equal(f->drains, 0);
  assert_int_equal(released, 0);
  h2_number(&p, WINDOW_UPDATE, 0, 1 << 20);
  h2_number(&p, WINDOW_UPDATE, 1, sizeof big - 65535 - 16384);
  WAIT_FOR(f, f->drains == 1);
  h2_number(&p, WINDOW_UPDATE, 1, 16384);
  assert_int_equal(exchange_end(f->x, fields("")), 0);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, 0);
  assert_int_equal(f->finishes, 1);
  assert_int_equal(released, 1);
  h2_close(&p);
}

static void resets_both_ways(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  WAIT_FOR(f, f->x);
  h2_number(&p, RST_STREAM, 1, NGHTTP2_CANCEL);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, UV_ECONNRESET);
  h2_headers(&p, END_HEADERS | END_STREAM, 3, H2_GET("/"));
  WAIT_FOR(f, f->x);
  exchange_destroy(f->x);
  assert_int_equal(f->closes, 1); /* not from inside the call */
  h2_expect_reset(&p, 3, NGHTTP2_CANCEL);
  WAIT_FOR(f, f->closes == 2);
  assert_int_equal(f->close_error, UV_ECANCELED);
  /* Less than was promised. */
  h2_headers(&p, END_HEADERS | END_STREAM, 5, H2_GET("/"));
  WAIT_FOR(f, f->x);
  assert_int_equal(exchange_head(f->x, 200, NULL, fields(""), 10, 0), 0);
  assert_int_equal(exchange_write(f->x, bytes("12345678901")), UV_EMSGSIZE);
  assert_int_equal(exchange_write(f->x, bytes("123")), 1);
  assert_int_equal(exchange_end(f->x, fields("")), UV_EMSGSIZE);
  h2_expect_reset(&p, 5, NGHTTP2_INTERNAL_ERROR);
  client_reset(p.c);
  WAIT_FOR(f, f->connection_closes == 1);
  h2_close(&p);
}

static void connection_lost(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  h2_headers(&p, END_HEADERS | END_STREAM, 3, H2_GET("/"));
  WAIT_FOR(f, f->requests == 2);
  client_reset(p.c);
  WAIT_FOR(f, f->closes == 2);
  assert_int_equal(f->close_error, UV_ECONNRESET);
  h2_close(&p);
}

/* --- Leaving ----------------------------------------------------------------------------------------------------- */

static void on_drained(void *data) { ((fixture *)data)->drained = true; }
static void drain_in_two_steps(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  f->options.drain_idle_grace = 4000;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/1"));
  WAIT_FOR(f, f->requests == 1);
  exchange *first = f->x;
  assert_int_equal(http_server_drain(f->server, on_drained, f), 0);
  h2_frame frame = h2_expect(&p, GOAWAY);
  assert_int_equal(h2_number_at(frame.payload), 0x7fffffff);
  frame = h2_expect(&p, PING);
  /* Sent before the client knew: served. */
  h2_headers(&p, END_HEADERS | END_STREAM, 3, H2_GET("/2"));
  unsigned char data[8] = {0};
  memcpy(data, frame.payload, 8);
  h2_send(&p, PING, ACK, 0, data, 8);
  frame = h2_expect(&p, GOAWAY);
  assert_int_equal(h2_number_at(frame.payload), 3);
  assert_int_equal(f->requests, 2);
  assert_int_equal(exchange_respond(first, 200, NULL, fields(""), bytes("1"), 0), 0);
  assert_int_equal(exchange_respond(f->x, 200, NULL, fields(""), bytes("2"), 0), 0);
  h2_expect_status(&p, 1, "200");
  h2_expect_status(&p, 3, "200");
  client_expect_end(p.c);
  h2_close(&p);
  WAIT_FOR(f, f->drained);
}

static void requests_per_connection(void **state) {
  fixture *f = *state;
  f->options.max_requests_per_connection = 2;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  h2_expect_status(&p, 1, "200");
  h2_headers(&p, END_HEADERS | END_STREAM, 3, H2_GET("/"));
  h2_frame frame = h2_expect(&p, GOAWAY);
  assert_int_equal(h2_number_at(frame.payload), 0x7fffffff);
  h2_close(&p);
}

/* The app's own word on its answer's priority goes before the client's (RFC 9218 5). */
static void answer_with_priority(fixture *f, exchange *x) {
  static char forty[40000];
  const char *block = strcmp(f->url, "/urgent") == 0 ? "Priority: u=0\r\n" : "priority: u=7, i\r\n";
  assert_int_equal(exchange_respond(x, 200, NULL, fields(block), (http_bytes){.data = forty, .length = sizeof forty}, 0),
                   0);
}

static void priority_of_the_answer(void **state) {
  fixture *f = *state;
  f->answer = answer_with_priority;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  h2_headers(&p, END_HEADERS | END_STREAM, 3, H2_GET("/"));
  size_t total = 0;
  while (total < 65535) total += h2_expect(&p, DATA).length;
  h2_headers(&p, END_HEADERS | END_STREAM, 5, H2_GET("/") "priority u=0\n");
  h2_headers(&p, END_HEADERS | END_STREAM, 7, H2_GET("/urgent") "priority u=6\n");
  WAIT_FOR(f, f->requests == 4);
  settle(f);
  h2_number(&p, WINDOW_UPDATE, 0, 40000);
  for (size_t got = 0; got < 40000;) {
    h2_frame frame = h2_expect(&p, DATA);
    assert_int_equal(frame.stream, 7);
    got += frame.length;
  }
  h2_close(&p);
}

/* Who closes idle connections, as an app's server.close() does, tells an HTTP/2 client so. */
static void idle_connections_hear_of_it(void **state) {
  fixture *f = *state;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  h2_expect_status(&p, 1, "200");
  WAIT_FOR(f, f->closes == 1);
  f->answer = answer_later;
  h2 busy = h2_open(f);
  h2_headers(&busy, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  WAIT_FOR(f, f->requests == 2);
  http_server_close_idle(f->server);
  h2_expect_goaway(&p, NGHTTP2_NO_ERROR);
  assert_int_equal(exchange_respond(f->x, 200, NULL, fields(""), bytes("x"), 0), 0);
  h2_expect_status(&busy, 1, "200");
  h2_close(&p);
  h2_close(&busy);
}

/* 5.5: frames of unknown types are ignored, and counted; many of them are a flood. */
static void unknown_frames(void **state) {
  fixture *f = *state;
  f->options.http2_max_control_frames = 100;
  serve(f);
  h2 p = h2_open(f);
  h2_send(&p, 0x16, 0xff, 0, "anything", 8);
  h2_send(&p, 0xff, 0, 7, "", 0);
  h2_send(&p, 0x0a, 0, 0, "ALTSVC", 6);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  h2_expect_status(&p, 1, "200");
  assert_int_equal(f->counters.http2_unknown_frames, 3);
  for (int i = 0; i < 120; i++) h2_send(&p, 0x16, 0, 0, "", 0);
  h2_expect_goaway(&p, NGHTTP2_ENHANCE_YOUR_CALM);
  assert_int_equal(f->counters.http2_floods, 1);
  h2_close(&p);
}

static void idle_connection_ends(void **state) {
  fixture *f = *state;
  f->options.keep_alive_timeout = 30;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  h2_expect_status(&p, 1, "200");
  h2_expect_goaway(&p, NGHTTP2_NO_ERROR);
  h2_close(&p);
}

static void held_window_times_out(void **state) {
  fixture *f = *state;
  f->options.write_timeout = 50;
  f->answer = answer_forty;
  serve(f);
  h2 p = h2_raw(f);
  client_send(p.c, PREFACE);
  h2_setting(&p, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  h2_expect_reset(&p, 1, NGHTTP2_CANCEL);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, UV_ETIMEDOUT);
  assert_int_equal(f->counters.timeouts, 1);
  h2_close(&p);
}

static void slow_body_times_out(void **state) {
  fixture *f = *state;
  f->options.request_timeout = 50;
  f->answer = answer_echo;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS, 1, H2_POST("/"));
  h2_expect_status(&p, 1, "408");
  h2_expect_reset(&p, 1, NGHTTP2_NO_ERROR);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, UV_ETIMEDOUT);
  h2_close(&p);
}

static void slow_head_times_out(void **state) {
  fixture *f = *state;
  f->options.header_timeout = 50;
  serve(f);
  h2 p = h2_open(f);
  unsigned char block[256];
  size_t length = h2_block(block, H2_GET("/"));
  h2_send(&p, HEADERS, END_STREAM, 1, block, length); /* no END_HEADERS */
  h2_expect_goaway(&p, NGHTTP2_ENHANCE_YOUR_CALM);
  assert_int_equal(f->counters.timeouts, 1);
  assert_int_equal(f->counters.http2_floods, 0);
  h2_close(&p);
}

static void body_over_the_limit(void **state) {
  fixture *f = *state;
  f->options.max_body_bytes = 10;
  f->answer = answer_echo;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS, 1, H2_POST("/") "content-length 11\n");
  h2_expect_status(&p, 1, "413");
  assert_int_equal(f->requests, 0);
  h2_headers(&p, END_HEADERS, 3, H2_POST("/"));
  h2_send(&p, DATA, 0, 3, "12345678901", 11);
  h2_expect_status(&p, 3, "413");
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, UV_EMSGSIZE);
  h2_close(&p);
}

/* --- Tunnels ----------------------------------------------------------------------------------------------------- */

static tunnel *tunnelled;
static int tunnel_closes, tunnel_error, tunnel_ends;
static void tunnel_data(void *data, const char *bytes, size_t length) {
  assert_int_equal(tunnel_write(tunnelled, (http_bytes){.data = bytes, .length = length}), 1);
}
static void tunnel_end(void *data) {
  tunnel_ends++;
  assert_int_equal(tunnel_shutdown(tunnelled), 0);
}
static void tunnel_drain(void *data) {}
static void tunnel_shut(void *data, int error) { assert_int_equal(error, 0); }
static void tunnel_close(void *data, int error) {
  tunnel_closes++;
  tunnel_error = error;
}
static const tunnel_events tunnel_echo = {tunnel_data, tunnel_end, tunnel_drain, tunnel_shut, tunnel_close};
static void answer_upgrades(fixture *f, exchange *x) {
  http_slice value, early;
  assert_true(x->upgrade);
  assert_string_equal(http_method_name(x->method), "GET");
  assert_true(exchange_find_header(x, "upgrade", &value) && !memcmp(value.data, "websocket", 9));
  assert_true(exchange_find_header(x, "sec-websocket-key", &value) && value.length == 24);
  assert_int_equal(exchange_upgrade(x, &tunnel_echo, NULL, &tunnelled, &early), 0);
  tunnel_resume(tunnelled);
  /* As it is written for HTTP/1.1, in two pieces. */
  assert_int_equal(tunnel_write(tunnelled, bytes("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConn")), 1);
  assert_int_equal(tunnel_write(tunnelled, bytes("ection: Upgrade\r\nSec-WebSocket-Accept: x\r\n"
                                                 "Sec-WebSocket-Protocol: chat\r\n\r\nfirst")),
                   1);
}
static void websocket_by_extended_connect(void **state) {
  fixture *f = *state;
  f->answer = answer_upgrades;
  tunnel_closes = tunnel_ends = 0;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS, 1,
             ":method CONNECT\n:protocol websocket\n:scheme http\n:path /chat\n:authority test\n"
             "sec-websocket-version 13\n");
  char head[512];
  h2_head(&p, head, sizeof head);
  assert_string_equal(head, ":status: 200\nsec-websocket-protocol: chat\n");
  assert_memory_equal(h2_expect(&p, DATA).payload, "first", 5);
  assert_int_equal(f->counters.tunnels_active, 1);
  h2_send(&p, DATA, 0, 1, "ping", 4);
  assert_memory_equal(h2_expect(&p, DATA).payload, "ping", 4);
  f->answer = answer_hello;
  h2_headers(&p, END_HEADERS | END_STREAM, 3, H2_GET("/beside"));
  h2_expect_status(&p, 3, "200");
  h2_send(&p, DATA, END_STREAM, 1, "", 0);
  h2_frame frame;
  do frame = h2_expect(&p, DATA);
  while (frame.stream != 1);
  assert_int_equal(frame.flags, END_STREAM);
  WAIT_FOR(f, tunnel_closes == 1);
  assert_int_equal(tunnel_error, 0);
  assert_int_equal(tunnel_ends, 1);
  assert_int_equal(f->counters.tunnels_active, 0);
  h2_close(&p);
}

static void connect_answered_otherwise(void **state) {
  fixture *f = *state;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS, 1, ":method CONNECT\n:protocol websocket\n:scheme http\n:path /chat\n:authority test\n");
  h2_expect_status(&p, 1, "200");
  h2_expect_reset(&p, 1, NGHTTP2_NO_ERROR);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, 0);
  h2_headers(&p, END_HEADERS, 3, ":method CONNECT\n:authority test:443\n");
  h2_expect_status(&p, 3, "200");
  assert_string_equal(f->url, "test:443");
  h2_close(&p);
}

/* The client says that it will go, and waits for its answer. */
static void goaway_of_the_client(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  h2_send(&p, GOAWAY, 0, 0, "\0\0\0\0\0\0\0", 8);
  WAIT_FOR(f, f->x);
  settle(f);
  assert_int_equal(exchange_respond(f->x, 200, NULL, fields(""), bytes("x"), 0), 0);
  h2_expect_status(&p, 1, "200");
  client_expect_end(p.c);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, 0);
  h2_close(&p);
}

static void tunnel_is_cut(void **state) {
  fixture *f = *state;
  f->answer = answer_upgrades;
  tunnel_closes = 0;
  serve(f);
  h2 p = h2_open(f);
  const char *head = ":method CONNECT\n:protocol websocket\n:scheme http\n:path /chat\n:authority test\n";
  h2_headers(&p, END_HEADERS, 1, head);
  h2_expect_status(&p, 1, "200");
  h2_number(&p, RST_STREAM, 1, NGHTTP2_CANCEL);
  WAIT_FOR(f, tunnel_closes == 1);
  assert_int_equal(tunnel_error, UV_ECONNRESET);
  h2_headers(&p, END_HEADERS, 3, head);
  h2_expect_status(&p, 3, "200");
  tunnel_destroy(tunnelled);
  h2_expect_reset(&p, 3, NGHTTP2_CANCEL);
  WAIT_FOR(f, tunnel_closes == 2);
  assert_int_equal(tunnel_error, 0);
  h2_close(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      H2_TEST(window_of_the_stream_to_the_byte),
      H2_TEST(window_of_the_connection),
      H2_TEST(urgent_first),
      H2_TEST(priority_of_the_answer),
      H2_TEST(idle_connections_hear_of_it),
      H2_TEST(unknown_frames),
      H2_TEST(unread_body_is_bounded),
      H2_TEST(more_than_the_window_is_an_error),
      H2_TEST(write_waits_and_drains),
      H2_TEST(resets_both_ways),
      H2_TEST(connection_lost),
      H2_TEST(drain_in_two_steps),
      H2_TEST(requests_per_connection),
      H2_TEST(idle_connection_ends),
      H2_TEST(held_window_times_out),
      H2_TEST(slow_body_times_out),
      H2_TEST(slow_head_times_out),
      H2_TEST(body_over_the_limit),
      H2_TEST(websocket_by_extended_connect),
      H2_TEST(connect_answered_otherwise),
      H2_TEST(goaway_of_the_client),
      H2_TEST(tunnel_is_cut),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
