/* Requests and responses over HTTP/2: what an app sees of them, and what a client gets. */
#include "http2_client.h"

static void serves_beside_http1(void **state) {
  CLEAR_ONLY();
  fixture *f = *state;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/a?b=c"));
  h2_expect_status(&p, 1, "200");
  h2_frame body = h2_expect(&p, DATA);
  assert_memory_equal(body.payload, "hello", 5);
  assert_int_equal(body.flags, END_STREAM);
  assert_string_equal(f->url, "/a?b=c");
  client *c = client_open(f);
  client_send(c, GET("/1"));
  client_expect(c, "HTTP/1.1 200 OK");
  WAIT_FOR(f, f->closes == 2);
  assert_int_equal(f->close_error, 0);
  assert_int_equal(f->finishes, 2);
  assert_int_equal(f->counters.http2_connections, 1);
  client_close(c);
  h2_close(&p);
}

static void preface_in_pieces(void **state) {
  fixture *f = *state;
  serve(f);
  h2 p = h2_raw(f);
  for (const char *at = PREFACE; *at; at++) {
    client_send_bytes(p.c, at, 1);
    settle(f);
  }
  h2_send(&p, SETTINGS, 0, 0, NULL, 0);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  h2_expect_status(&p, 1, "200");
  h2_close(&p);
}

static void not_where_it_is_off(void **state) {
  CLEAR_ONLY();
  fixture *f = *state;
  f->options.http2 = HTTP2_TLS;
  serve(f);
  client *c = client_open(f);
  client_send(c, PREFACE);
  client_expect(c, "HTTP/1.1 ");
  assert_int_equal(f->requests, 0);
  assert_int_equal(f->counters.http2_connections, 0);
  client_close(c);
}

static void answer_looks(fixture *f, exchange *x) {
  http_slice value;
  assert_int_equal(x->version_major, 2);
  assert_int_equal(x->version_minor, 0);
  assert_string_equal(http_method_name(x->method), "POST");
  assert_true(exchange_find_header(x, "host", &value) && value.length == 4 && !memcmp(value.data, "test", 4));
  assert_true(exchange_find_header(x, "cookie", &value));
  assert_int_equal(value.length, 9);
  assert_memory_equal(value.data, "a=1; b=22", 9);
  assert_true(x->has_body);
  assert_int_equal(x->content_length, 3);
  for (unsigned i = 0; i < x->headers_count; i++) assert_true(exchange_header(x, i).name.data[0] != ':');
  assert_int_equal(exchange_respond(x, 201, "ignored",
                                    fields("X-Up: V\r\nConnection: close\r\nKeep-Alive: x\r\n"
                                           "Transfer-Encoding: chunked\r\nUpgrade: y\r\n"),
                                    bytes("ok"), EXCHANGE_CLOSE),
                   0);
}
static void request_and_response_fields(void **state) {
  fixture *f = *state;
  f->answer = answer_looks;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS, 1, H2_POST("/") "cookie a=1\ncontent-length 3\ncookie b=22\n");
  char head[1024];
  h2_head(&p, head, sizeof head);
  assert_non_null(strstr(head, ":status: 201\n"));
  assert_non_null(strstr(head, "x-up: V\n"));
  assert_non_null(strstr(head, "content-length: 2\n"));
  assert_non_null(strstr(head, "date: "));
  assert_null(strstr(head, "connection"));
  assert_null(strstr(head, "keep-alive"));
  assert_null(strstr(head, "transfer-encoding"));
  assert_null(strstr(head, "upgrade"));
  /* Answered without the body: the client need not send it. */
  h2_expect_reset(&p, 1, NGHTTP2_NO_ERROR);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, 0);
  h2_close(&p);
}

static void many_at_once_answered_out_of_order(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/1"));
  WAIT_FOR(f, f->requests == 1);
  exchange *first = f->x;
  h2_headers(&p, END_HEADERS | END_STREAM, 3, H2_GET("/2"));
  WAIT_FOR(f, f->requests == 2);
  exchange *second = f->x;
  assert_int_equal(exchange_respond(second, 202, NULL, fields(""), bytes("b"), 0), 0);
  h2_expect_status(&p, 3, "202");
  assert_int_equal(exchange_respond(first, 201, NULL, fields(""), bytes("a"), 0), 0);
  h2_expect_status(&p, 1, "201");
  WAIT_FOR(f, f->closes == 2);
  h2_close(&p);
}

static void head_and_empty_statuses(void **state) {
  fixture *f = *state;
  serve(f);
  h2 p = h2_open(f);
  char head[512];
  h2_headers(&p, END_HEADERS | END_STREAM, 1, ":method HEAD\n:scheme http\n:path /\n:authority test\n");
  h2_frame frame = h2_head(&p, head, sizeof head);
  assert_true(frame.flags & END_STREAM);
  assert_non_null(strstr(head, "content-length: 5\n"));
  h2_close(&p);
}

static void answer_informs(fixture *f, exchange *x) {
  assert_int_equal(exchange_informational(x, 103, NULL, fields("Link: </a>\r\n")), 0);
  assert_int_equal(exchange_head(x, 200, NULL, fields("Trailer: x-t\r\n"), EXCHANGE_LENGTH_UNKNOWN, 0), 0);
  assert_int_equal(exchange_write(x, bytes("part")), 1);
  assert_int_equal(exchange_end(x, fields("X-T: end\r\n")), 0);
}
static void informational_and_trailers(void **state) {
  fixture *f = *state;
  f->answer = answer_informs;
  serve(f);
  h2 p = h2_open(f);
  char head[512];
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  h2_expect_status(&p, 1, "103");
  h2_expect_status(&p, 1, "200");
  h2_frame body = h2_expect(&p, DATA);
  assert_memory_equal(body.payload, "part", 4);
  assert_int_equal(body.flags & END_STREAM, 0);
  h2_frame trailers = h2_head(&p, head, sizeof head);
  assert_true(trailers.flags & END_STREAM);
  assert_string_equal(head, "x-t: end\n");
  h2_close(&p);
}

static void request_trailers_on_end(exchange *x) {
  fixture *f = x->data;
  f->ends++;
  assert_int_equal(x->trailers_count, 1);
  http_header trailer = exchange_trailer(x, 0);
  assert_memory_equal(trailer.name.data, "x-sum", 5);
  assert_memory_equal(trailer.value.data, "9", 1);
  assert_int_equal(exchange_respond(x, 200, NULL, fields(""), bytes(""), 0), 0);
}
static void request_trailers(void **state) {
  fixture *f = *state;
  f->answer = answer_echo;
  f->events.on_end = request_trailers_on_end;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS, 1, H2_POST("/"));
  h2_send(&p, DATA, 0, 1, "abc", 3);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, "x-sum 9\n");
  h2_expect_status(&p, 1, "200");
  assert_int_equal(f->body_length, 3);
  h2_close(&p);
}

/* One read holds head and body: no event is lost. */
static void echo_of_one_read(void **state) {
  fixture *f = *state;
  f->answer = answer_echo;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS, 1, H2_POST("/"));
  h2_send(&p, DATA, END_STREAM, 1, "body", 4);
  h2_expect_status(&p, 1, "200");
  assert_memory_equal(h2_expect(&p, DATA).payload, "body", 4);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, 0);
  h2_close(&p);
}

static void continue_is_sent(void **state) {
  fixture *f = *state;
  f->answer = answer_echo;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS, 1, H2_POST("/") "expect 100-continue\n");
  h2_expect_status(&p, 1, "100");
  h2_send(&p, DATA, END_STREAM, 1, "x", 1);
  h2_expect_status(&p, 1, "200");
  h2_close(&p);
}

static void answer_reserves(fixture *f, exchange *x) {
  http_fields headers = fields("A: b\r\n");
  char *room = exchange_reserve(x, http_head_size(NULL, headers), 40000);
  assert_non_null(room);
  memset(room, 'r', 39999);
  assert_int_equal(exchange_commit(x, 200, NULL, headers, 39999, 0), 0);
}
static void reserved_body(void **state) {
  fixture *f = *state;
  f->answer = answer_reserves;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  size_t total = 0;
  h2_frame frame;
  do {
    frame = h2_expect(&p, DATA);
    total += frame.length;
    assert_true(frame.length <= 16384);
  } while (!(frame.flags & END_STREAM));
  assert_int_equal(total, 39999);
  h2_close(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      H2_TEST(serves_beside_http1),
      H2_TEST(preface_in_pieces),
      H2_TEST(not_where_it_is_off),
      H2_TEST(request_and_response_fields),
      H2_TEST(many_at_once_answered_out_of_order),
      H2_TEST(head_and_empty_statuses),
      H2_TEST(informational_and_trailers),
      H2_TEST(request_trailers),
      H2_TEST(echo_of_one_read),
      H2_TEST(continue_is_sent),
      H2_TEST(reserved_body),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
