/* Requests as the app sees them, responses as the client gets them. */
#include "http_client.h"

static void a_whole_response_has_length_and_date(void **state) {
  fixture *f = *state;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/x?y=1"));
  client_expect(c, "\r\n\r\nhello");
  assert_int_equal(strncmp(c->got, "HTTP/1.1 200 OK\r\n", 17), 0);
  client_expect(c, "Content-Length: 5\r\n");
  client_expect(c, " GMT\r\n");
  assert_null(strstr(c->got, "Connection:"));
  assert_string_equal(f->url, "/x?y=1");
  client_close(c);
}

static void check_request(fixture *f, exchange *x) {
  assert_string_equal(http_method_name(x->method), "POST");
  assert_int_equal(x->headers_count, 4);
  http_header h = exchange_header(x, 1);
  assert_memory_equal(h.name.data, "X-Thing", 7);
  assert_int_equal(h.value.length, 5);
  assert_memory_equal(h.value.data, "a b\tc", 5);
  assert_int_equal(exchange_header(x, 2).value.length, 0);
  http_slice value;
  assert_true(exchange_find_header(x, "content-length", &value));
  assert_false(exchange_find_header(x, "x-none", &value));
  assert_true(exchange_has_body(x));
  assert_int_equal(x->content_length, 3);
  assert_int_equal(exchange_respond(x, 200, NULL, fields(""), bytes("ok"), 0), 0);
}
static void headers_keep_case_and_lose_outer_space(void **state) {
  fixture *f = *state;
  f->answer = check_request;
  serve(f);
  client *c = client_open(f);
  client_send(c, "POST / HTTP/1.1\r\nHost: test\r\nX-Thing: \t a b\tc \t \r\nEmpty:\r\ncontent-LENGTH: 3\r\n\r\nabc");
  client_expect(c, "\r\n\r\nok");
  client_close(c);
}

static void answers_later_keep_the_head(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f), *other = client_open(f);
  client_send(c, "GET /mine HTTP/1.1\r\nHost: test\r\nX-Mine: 1\r\n\r\n");
  WAIT_FOR(f, f->requests == 1);
  exchange *x = f->x;
  f->answer = answer_hello;
  client_send(other, "GET /other-longer-than-that HTTP/1.1\r\nHost: other\r\nX-Other: 22222\r\n\r\n");
  client_expect(other, "hello");
  http_slice url = exchange_url(x), value;
  assert_int_equal(url.length, 5);
  assert_memory_equal(url.data, "/mine", 5);
  assert_true(exchange_find_header(x, "x-mine", &value));
  assert_int_equal(exchange_respond(x, 201, NULL, fields("X-A: b\r\n"), bytes("late"), 0), 0);
  client_expect(c, "HTTP/1.1 201 Created\r\nX-A: b\r\n");
  client_expect(c, "late");
  WAIT_FOR(f, f->closes == 2);
  client_close(c);
  client_close(other);
}

static void a_head_may_come_byte_by_byte(void **state) {
  fixture *f = *state;
  serve(f);
  client *c = client_open(f);
  const char *request =
      "\r\nPOST /slow HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n";
  f->answer = answer_echo;
  for (; *request; request++) {
    client_send_bytes(c, request, 1);
    turn(f);
    turn(f);
  }
  client_expect(c, "\r\n\r\nabc");
  client_close(c);
}

static void head_request_gets_the_length_without_the_body(void **state) {
  fixture *f = *state;
  serve(f);
  client *c = client_open(f);
  client_send(c, "HEAD / HTTP/1.1\r\nHost: test\r\n\r\n" GET("/"));
  client_expect(c, "hello");
  assert_int_equal(client_count(c, "Content-Length: 5\r\n"), 2);
  assert_int_equal(client_count(c, "hello"), 1);
  client_close(c);
}

static int status_of_test;
static void answer_status(fixture *f, exchange *x) {
  assert_int_equal(exchange_respond(x, status_of_test, NULL, fields(""), bytes("body"), 0), 0);
}
static void no_content_and_not_modified_have_no_body(void **state) {
  fixture *f = *state;
  f->answer = answer_status;
  serve(f);
  for (int i = 0; i < 2; i++) {
    status_of_test = i ? 304 : 204;
    client *c = client_open(f);
    client_send(c, GET("/"));
    client_expect(c, i ? "HTTP/1.1 304 Not Modified\r\n" : "HTTP/1.1 204 No Content\r\n");
    client_send(c, GET("/"));
    WAIT_FOR(f, f->requests == 2 * i + 2);
    settle(f);
    client_poll(c);
    assert_int_equal(client_count(c, "HTTP/1.1 "), 2);
    assert_null(strstr(c->got, "body"));
    assert_null(strstr(c->got, "Content-Length"));
    client_close(c);
  }
}

static void answer_own_lines(fixture *f, exchange *x) {
  http_fields lines = fields("date: today\r\nconnection: close\r\ncontent-length: 2\r\n");
  unsigned flags = EXCHANGE_NO_DATE | EXCHANGE_NO_CONNECTION | EXCHANGE_NO_LENGTH | EXCHANGE_CLOSE;
  assert_int_equal(exchange_respond(x, 299, "My Reason", lines, bytes("ab"), flags), 0);
}
static char long_reason[300];
static void answer_long_reason(fixture *f, exchange *x) {
  memset(long_reason, 'r', sizeof long_reason - 1);
  http_fields none = {0};
  char *at = exchange_reserve(x, http_head_size(long_reason, none), 2);
  assert_non_null(at);
  memcpy(at, "ok", 2);
  assert_int_equal(exchange_commit(x, 200, long_reason, none, 2, 0), 0);
}
static void a_reason_may_be_long(void **state) {
  fixture *f = *state;
  f->answer = answer_long_reason;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  client_expect(c, "\r\n\r\nok");
  assert_non_null(strstr(c->got, long_reason));
  client_close(c);
}
static void the_app_may_bring_its_own_lines(void **state) {
  fixture *f = *state;
  f->answer = answer_own_lines;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  client_expect_end(c);
  assert_string_equal(c->got,
                      "HTTP/1.1 299 My Reason\r\ndate: today\r\nconnection: close\r\ncontent-length: 2\r\n\r\nab");
  client_close(c);
}

static void answer_keep_alive(fixture *f, exchange *x) {
  assert_int_equal(exchange_respond(x, 200, NULL, fields(""), bytes("x"), EXCHANGE_KEEP_ALIVE), 0);
}
static void keep_alive_is_announced_on_request(void **state) {
  fixture *f = *state;
  f->answer = answer_keep_alive;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  client_expect(c, "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n");
  client_close(c);
}

static void connection_close_is_honoured(void **state) {
  fixture *f = *state;
  serve(f);
  client *c = client_open(f);
  client_send(c, "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n" GET("/never"));
  client_expect_end(c);
  assert_int_equal(client_count(c, "Connection: close\r\n"), 1);
  assert_int_equal(f->requests, 1);
  client_close(c);
}

static void http_1_0_closes_unless_keep_alive(void **state) {
  fixture *f = *state;
  serve(f);
  client *c = client_open(f);
  client_send(c, "GET / HTTP/1.0\r\n\r\n");
  client_expect_end(c);
  client_expect(c, "Connection: close\r\n");
  client_close(c);
  c = client_open(f);
  client_send(c, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  client_expect(c, "Connection: keep-alive\r\n");
  client_send(c, "GET /2 HTTP/1.0\r\n\r\n");
  client_expect_end(c);
  assert_int_equal(client_count(c, "hello"), 2);
  client_close(c);
}

static void pipelined_requests_are_answered_in_order(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/1") GET("/2") GET("/3"));
  for (int i = 1; i <= 3; i++) {
    WAIT_FOR(f, f->requests == i);
    settle(f);
    assert_int_equal(f->requests, i); /* the next one waits for the answer */
    char body[16];
    snprintf(body, sizeof body, "<%d>", i);
    assert_int_equal(exchange_respond(f->x, 200, NULL, fields(""), bytes(body), 0), 0);
  }
  client_expect(c, "<3>");
  assert_true(strstr(c->got, "<1>") < strstr(c->got, "<2>"));
  client_close(c);
}

static void a_pipelined_batch_leaves_in_one_write(void **state) {
  fixture *f = *state;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/") GET("/") GET("/") GET("/"));
  WAIT_FOR(f, f->requests == 4);
  client_expect(c, "hello");
  assert_int_equal(client_count(c, "hello"), 4); /* the first read has them all */
  client_close(c);
}

static void answer_reserved(fixture *f, exchange *x) {
  size_t length = (size_t)atoi(f->url + 1);
  char *at = exchange_reserve(x, 0, length + 100);
  assert_non_null(at);
  memset(at, '#', length);
  assert_int_equal(exchange_commit(x, 200, NULL, fields(""), length, 0), 0);
  assert_int_equal(exchange_commit(x, 200, NULL, fields(""), length, 0), UV_EALREADY);
}
static void a_body_may_be_written_in_place(void **state) {
  fixture *f = *state;
  f->answer = answer_reserved;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/3") GET("/0") GET("/1000") GET("/70000") GET("/5"));
  client_expect(c, "Content-Length: 5\r\n\r\n#####");
  client_expect(c, "Content-Length: 0\r\n\r\nHTTP");
  client_expect(c, "Content-Length: 3\r\n\r\n###HTTP");
  client_expect(c, "Content-Length: 70000\r\n\r\n###");
  int count = 0;
  for (size_t i = 0; i < c->length; i++) count += c->got[i] == '#';
  assert_int_equal(count, 3 + 1000 + 70000 + 5);
  client_close(c);
}

static void answer_twice(fixture *f, exchange *x) {
  assert_int_equal(exchange_respond(x, 200, NULL, fields(""), bytes("one"), 0), 0);
  assert_int_equal(exchange_respond(x, 200, NULL, fields(""), bytes("two"), 0), UV_EALREADY);
  assert_int_equal(exchange_head(x, 200, NULL, fields(""), -1, 0), UV_EALREADY);
  assert_int_equal(exchange_write(x, bytes("x")), UV_EALREADY);
  assert_int_equal(exchange_end(x, fields("")), UV_EALREADY);
  assert_null(exchange_reserve(x, 0, 10));
}
static void a_second_answer_is_refused(void **state) {
  fixture *f = *state;
  f->answer = answer_twice;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  client_expect(c, "one");
  settle(f);
  client_poll(c);
  assert_int_equal(client_count(c, "HTTP/1.1"), 1);
  client_close(c);
}

static void answer_informational(fixture *f, exchange *x) {
  assert_int_equal(exchange_informational(x, 103, NULL, fields("Link: </a>; rel=preload\r\n")), 0);
  assert_int_equal(exchange_informational(x, 200, NULL, fields("")), UV_EINVAL);
  answer_hello(f, x);
}
static void early_hints_come_before_the_answer(void **state) {
  fixture *f = *state;
  f->answer = answer_informational;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  client_expect(c, "hello");
  assert_int_equal(strncmp(c->got, "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 200", 65), 0);
  client_close(c);
}

static void addresses_are_known(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->x);
  assert_string_equal(connection_peer(f->connection)->address, "127.0.0.1");
  assert_int_equal(connection_local(f->connection)->port, f->port);
  assert_ptr_equal(connection_listener(f->connection), f->listener);
  client_close(c);
}

static void unix_sockets_work(void **state) {
  CLEAR_ONLY();
  fixture *f = *state;
  char address[64], path[108];
  snprintf(address, sizeof address, "unix:/tmp/http-message-%d.sock", (int)getpid());
  serve(f);
  for (int i = 0; i < 2; i++) { /* the second time over a stale file */
    http_listener *listener;
    assert_int_equal(http_listener_open(f->server, address, 0, &listener), 0);
    connection_address found;
    assert_int_equal(http_listener_address(listener, &found, path), 0);
    assert_string_equal(path, address + 5);
    client *c = calloc(1, sizeof *c);
    struct sockaddr_un_path {
      sa_family_t family;
      char path[108];
    } un = {AF_UNIX};
    strcpy(un.path, path);
    c->f = f;
    c->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(c->fd, (struct sockaddr *)&un, sizeof un), 0);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    client_send(c, GET("/"));
    client_expect(c, "hello");
    client_close(c);
    http_listener_close(listener);
  }
  unlink(address + 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_whole_response_has_length_and_date),
      TEST(headers_keep_case_and_lose_outer_space),
      TEST(answers_later_keep_the_head),
      TEST(a_head_may_come_byte_by_byte),
      TEST(head_request_gets_the_length_without_the_body),
      TEST(no_content_and_not_modified_have_no_body),
      TEST(the_app_may_bring_its_own_lines),
      TEST(a_reason_may_be_long),
      TEST(keep_alive_is_announced_on_request),
      TEST(connection_close_is_honoured),
      TEST(http_1_0_closes_unless_keep_alive),
      TEST(pipelined_requests_are_answered_in_order),
      TEST(a_pipelined_batch_leaves_in_one_write),
      TEST(a_body_may_be_written_in_place),
      TEST(a_second_answer_is_refused),
      TEST(early_hints_come_before_the_answer),
      TEST(addresses_are_known),
      TEST(unix_sockets_work),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
