/* Limits and timeouts. */
#include "http_client.h"

#include <sys/resource.h>

static void filled(char *out, size_t length, const char *before, const char *after) {
  size_t n = strlen(before);
  memcpy(out, before, n);
  memset(out + n, 'a', length);
  strcpy(out + n + length, after);
}

static void a_head_over_the_limit_gets_431(void **state) {
  fixture *f = *state;
  f->options.max_header_bytes = 1000;
  serve(f);
  char request[4096];
  filled(request, 1000, "GET / HTTP/1.1\r\nHost: test\r\nX: ", "\r\n\r\n");
  client *c = client_open(f);
  client_send(c, request);
  client_expect(c, "HTTP/1.1 431 ");
  client_expect_end(c);
  assert_string_equal(f->error_code, "HPE_HEADER_OVERFLOW");
  client_close(c);
}

static void an_endless_head_gets_431(void **state) {
  fixture *f = *state;
  serve(f);
  client *c = client_open(f);
  client_send(c, "GET / HTTP/1.1\r\nHost: test\r\n");
  for (int i = 0; i < 1000 && !c->length; i++) {
    client_send(c, "X-Header: some value to fill the head up\r\n");
    turn(f);
    client_poll(c);
  }
  client_expect(c, "HTTP/1.1 431 ");
  client_close(c);
}

static void a_head_within_the_limit_passes(void **state) {
  fixture *f = *state;
  f->options.max_header_bytes = 70000;
  serve(f);
  static char request[70000];
  filled(request, 65000, "GET / HTTP/1.1\r\nHost: test\r\nX: ", "\r\n\r\n");
  client *c = client_open(f);
  client_send(c, request);
  client_expect(c, "hello");
  client_close(c);
}

static void an_endless_url_gets_414(void **state) {
  fixture *f = *state;
  serve(f);
  static char request[40000];
  filled(request, 30000, "GET /", "");
  client *c = client_open(f);
  client_send(c, request);
  client_expect(c, "HTTP/1.1 414 ");
  client_close(c);
}

static void a_url_over_its_limit_gets_414(void **state) {
  fixture *f = *state;
  f->options.max_url_bytes = 100;
  serve(f);
  char request[400];
  filled(request, 101, "GET /", " HTTP/1.1\r\nHost: test\r\n\r\n");
  client *c = client_open(f);
  client_send(c, request);
  client_expect(c, "HTTP/1.1 414 ");
  client_close(c);
}

static void too_many_headers_get_431(void **state) {
  fixture *f = *state;
  f->options.max_headers_count = 3;
  serve(f);
  client *c = client_open(f);
  client_send(c, "GET / HTTP/1.1\r\nHost: test\r\nA: 1\r\nB: 2\r\n\r\n");
  client_expect(c, "hello");
  client_send(c, "GET / HTTP/1.1\r\nHost: test\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n");
  client_expect(c, "HTTP/1.1 431 ");
  client_close(c);
}

static void many_headers_are_all_there(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  client_send(c, "GET / HTTP/1.1\r\nHost: test\r\n");
  for (int i = 0; i < 300; i++) client_send(c, "A: 1\r\n");
  client_send(c, "Last: 2\r\n\r\n");
  WAIT_FOR(f, f->x);
  assert_int_equal(f->x->headers_count, 302);
  assert_memory_equal(exchange_header(f->x, 301).name.data, "Last", 4);
  client_close(c);
}

static void an_announced_body_over_the_limit_gets_413(void **state) {
  fixture *f = *state;
  f->options.max_body_bytes = 10;
  serve(f);
  client *c = client_open(f);
  client_send(c, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 11\r\n\r\n");
  client_expect(c, "HTTP/1.1 413 ");
  client_expect_end(c);
  assert_int_equal(f->requests, 0);
  client_close(c);
}

static void a_chunked_body_over_the_limit_gets_413(void **state) {
  fixture *f = *state;
  f->options.max_body_bytes = 10;
  f->answer = answer_echo;
  serve(f);
  client *c = client_open(f);
  client_send(c, "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n6\r\n123456\r\n");
  client_expect(c, "HTTP/1.1 413 ");
  client_expect_end(c);
  assert_int_equal(f->close_error, UV_EMSGSIZE);
  client_close(c);
}

static void the_last_request_of_a_connection_says_close(void **state) {
  fixture *f = *state;
  f->options.max_requests_per_connection = 2;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  client_expect(c, "hello");
  assert_null(strstr(c->got, "Connection: close"));
  client_send(c, GET("/"));
  client_expect_end(c);
  assert_int_equal(client_count(c, "Connection: close\r\n"), 1);
  client_close(c);
}

static void connections_over_the_limit_wait(void **state) {
  CLEAR_ONLY();
  fixture *f = *state;
  f->options.max_connections = 1;
  serve(f);
  client *first = client_open(f), *second = client_open(f);
  client_send(second, GET("/2"));
  client_send(first, GET("/1"));
  client_expect(first, "hello");
  settle(f);
  client_poll(second);
  assert_int_equal(second->length, 0);
  client_close(first);
  client_expect(second, "hello");
  client_close(second);
}

static char noted[256];
static int notes;
static void on_note(const char *text) {
  snprintf(noted, sizeof noted, "%s", text);
  notes++;
}

static void a_full_server_closes_the_longest_idle_one(void **state) {
  fixture *f = *state;
  f->options.max_connections = 2;
  f->options.note = on_note;
  notes = 0;
  serve(f);
  client *first = client_open(f), *second = client_open(f);
  client_send(first, GET("/1"));
  client_expect(first, "hello");
  client_send(second, GET("/2"));
  client_expect(second, "hello");
  settle(f);
  client_send(first, GET("/1")); /* now the second has been idle for longer */
  settle(f);
  client *third = client_open(f);
  client_send(third, GET("/3"));
  client_expect(third, "hello");
  client_expect_end(second);
  client_close(third);
  settle(f);
  client *fourth = client_open(f);
  client_send(fourth, GET("/4"));
  client_expect(fourth, "hello");
  client_poll(first);
  assert_false(first->ended);
  assert_int_equal(notes, 1);
  assert_non_null(strstr(noted, "max_connections (2) reached"));
  client_close(first);
  client_close(second);
  client_close(fourth);
}

static void a_shortage_of_descriptors_closes_idle_ones_and_is_told_once(void **state) {
  CLEAR_ONLY();
  fixture *f = *state;
  int taken[4096], count;
  struct rlimit before, small;
  getrlimit(RLIMIT_NOFILE, &before);
  small = (struct rlimit){.rlim_cur = 256, .rlim_max = before.rlim_max};
  f->options.note = on_note;
  notes = 0;
  serve(f);
  client *first = client_open(f), *second = client_open(f);
  client_send(first, GET("/1"));
  client_expect(first, "hello");
  for (uint64_t until = uv_hrtime() + 300000000; uv_hrtime() < until;) turn(f);
  client_send(second, GET("/2"));
  client_expect(second, "hello");
  client *third = client_new(f, 0), *fourth = client_new(f, 0);
  setrlimit(RLIMIT_NOFILE, &small);
  for (count = 0; count < 4096 && (taken[count] = dup(0)) >= 0;) count++;
  client_send(third, GET("/3"));
  client_expect(third, "hello");
  client_expect_end(first);
  client_send(fourth, GET("/4"));
  settle(f);
  while (count > 0) close(taken[--count]);
  setrlimit(RLIMIT_NOFILE, &before);
  client_expect(fourth, "hello");
  assert_int_equal(notes, 1);
  assert_non_null(strstr(noted, "Too many open files"));
  client_close(first);
  client_close(second);
  client_close(third);
  client_close(fourth);
}

static void connections_over_the_limit_are_dropped_by_option(void **state) {
  fixture *f = *state;
  f->options.max_connections = 1;
  f->options.drop_connections = true;
  serve(f);
  client *first = client_open(f);
  WAIT_FOR(f, f->connections == 1);
  client *second = client_open(f);
  client_expect_end(second);
  assert_int_equal(f->counters.connections_dropped, 1);
  client_close(first);
  client_close(second);
}

static void a_slow_head_gets_408(void **state) {
  fixture *f = *state;
  f->options.header_timeout = 100;
  serve(f);
  client *c = client_open(f);
  uint64_t start = uv_hrtime();
  client_send(c, "GET / HTTP/1.1\r\n");
  while (uv_hrtime() - start < 60000000) turn(f);
  client_send(c, "Host: test\r\n"); /* a byte now and then doesn't help */
  client_expect(c, "HTTP/1.1 408 ");
  assert_true(uv_hrtime() - start < 400000000);
  assert_string_equal(f->error_code, "ERR_HTTP_REQUEST_TIMEOUT");
  client_expect_end(c);
  client_close(c);
}

static void a_second_slow_head_gets_408(void **state) {
  fixture *f = *state;
  f->options.header_timeout = 50;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/") "GET /2 HT");
  client_expect(c, "HTTP/1.1 408 ");
  client_close(c);
}

static void a_silent_connection_is_closed(void **state) {
  fixture *f = *state;
  f->options.header_timeout = 50;
  serve(f);
  client *c = client_open(f);
  client_expect_end(c);
  assert_int_equal(c->length, 0);
  client_close(c);
}

static void an_idle_connection_is_closed_silently(void **state) {
  fixture *f = *state;
  f->options.keep_alive_timeout = 50;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  client_expect(c, "hello");
  client_forget(c);
  client_expect_end(c);
  assert_int_equal(c->length, 0);
  client_close(c);
}

static void a_slow_body_gets_408(void **state) {
  fixture *f = *state;
  f->options.request_timeout = 50;
  f->answer = answer_echo;
  serve(f);
  client *c = client_open(f);
  client_send(c, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nabc");
  client_expect(c, "HTTP/1.1 408 ");
  client_expect_end(c);
  assert_int_equal(f->close_error, UV_ETIMEDOUT);
  client_close(c);
}

static void a_slow_handler_is_not_timed_out(void **state) {
  fixture *f = *state;
  f->options.request_timeout = f->options.header_timeout = f->options.keep_alive_timeout = 20;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  uint64_t start = uv_hrtime();
  while (uv_hrtime() - start < 100000000) turn(f);
  assert_non_null(f->x);
  answer_hello(f, f->x);
  client_expect(c, "hello");
  client_close(c);
}

static bool timed_out;
static bool on_timeout(void *data, connection *c) { return timed_out = true; }
static void a_socket_timeout_asks_the_app(void **state) {
  fixture *f = *state;
  f->handler.on_timeout = on_timeout;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->x);
  connection_set_timeout(f->connection, 30);
  WAIT_FOR(f, timed_out);
  assert_non_null(f->x);
  client_close(c);
}

static char big[4 << 20];
static void answer_big(fixture *f, exchange *x) {
  assert_int_equal(exchange_respond(x, 200, NULL, fields(""), (http_bytes){.data = big, .length = sizeof big}, 0), 0);
}
static void a_client_that_takes_nothing_is_dropped(void **state) {
  fixture *f = *state;
  f->options.write_timeout = 50;
  f->answer = answer_big;
  serve(f);
  client *c = client_new(f, 4096);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, UV_ETIMEDOUT);
  client_close(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_head_over_the_limit_gets_431),
      TEST(an_endless_head_gets_431),
      TEST(a_head_within_the_limit_passes),
      TEST(an_endless_url_gets_414),
      TEST(a_url_over_its_limit_gets_414),
      TEST(too_many_headers_get_431),
      TEST(many_headers_are_all_there),
      TEST(an_announced_body_over_the_limit_gets_413),
      TEST(a_chunked_body_over_the_limit_gets_413),
      TEST(the_last_request_of_a_connection_says_close),
      TEST(connections_over_the_limit_wait),
      TEST(a_full_server_closes_the_longest_idle_one),
      TEST(a_shortage_of_descriptors_closes_idle_ones_and_is_told_once),
      TEST(connections_over_the_limit_are_dropped_by_option),
      TEST(a_slow_head_gets_408),
      TEST(a_second_slow_head_gets_408),
      TEST(a_silent_connection_is_closed),
      TEST(an_idle_connection_is_closed_silently),
      TEST(a_slow_body_gets_408),
      TEST(a_slow_handler_is_not_timed_out),
      TEST(a_socket_timeout_asks_the_app),
      TEST(a_client_that_takes_nothing_is_dropped),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
