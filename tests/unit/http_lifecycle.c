/* Ends of all kinds: aborts, destruction inside callbacks, client errors, drain. */
#include "http_client.h"
#include "server/http/in_flight.h"

static void a_reset_while_the_handler_works_is_an_abort(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->x);
  client_reset(c);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, UV_ECONNRESET);
  assert_int_equal(f->counters.aborted, 1);
  client_close(c);
}

static void a_close_while_the_handler_works_is_an_abort(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->x);
  client_close(c);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, UV_ECONNRESET);
}

static void a_half_closed_client_gets_its_answer_by_option(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  f->options.allow_half_open = true;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  shutdown(c->fd, SHUT_WR);
  WAIT_FOR(f, f->x);
  settle(f);
  answer_hello(f, f->x);
  client_expect(c, "hello");
  client_expect_end(c);
  client_close(c);
}

static void an_end_in_the_body_is_an_abort(void **state) {
  fixture *f = *state;
  f->answer = answer_echo;
  serve(f);
  client *c = client_open(f);
  client_send(c, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 6\r\n\r\nabc");
  WAIT_FOR(f, f->body_length == 3);
  client_close(c);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, UV_ECONNRESET);
  assert_int_equal(f->ends, 0);
}

static void an_end_in_a_paused_body_is_noticed_when_it_is_read(void **state) {
  CLEAR_ONLY();
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  client_send(c, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 6\r\n\r\nabc");
  WAIT_FOR(f, f->x);
  settle(f);
  client_close(c);
  settle(f);
  assert_int_equal(f->closes, 0);
  exchange_body_resume(f->x);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->body_length, 3);
  assert_int_equal(f->close_error, UV_ECONNRESET);
}

static void an_end_in_the_head_is_a_client_error(void **state) {
  fixture *f = *state;
  serve(f);
  client *c = client_open(f);
  client_send(c, "GET / HTTP/1.1\r\nHo");
  shutdown(c->fd, SHUT_WR);
  client_expect(c, "HTTP/1.1 400 ");
  assert_string_equal(f->error_code, "HPE_INVALID_EOF_STATE");
  client_close(c);
}

static void an_answer_after_the_abort_is_ignored(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->x);
  exchange *x = f->x;
  exchange_destroy(x);
  assert_int_equal(f->closes, 0);
  assert_int_equal(exchange_respond(x, 200, NULL, fields(""), bytes("x"), 0), UV_ECANCELED);
  assert_int_equal(exchange_head(x, 200, NULL, fields(""), -1, 0), UV_ECANCELED);
  assert_int_equal(exchange_informational(x, 103, NULL, fields("")), UV_ECANCELED);
  exchange_body_resume(x);
  exchange_destroy(x);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, UV_ECANCELED);
  client_close(c);
}

static void answer_destroy(fixture *f, exchange *x) { exchange_destroy(x); }
static void destroying_in_on_request_is_allowed(void **state) {
  fixture *f = *state;
  f->answer = answer_destroy;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/") GET("/"));
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->requests, 1);
  client_close(c);
}

static void answer_then_destroy(fixture *f, exchange *x) {
  answer_hello(f, x);
  connection_destroy(x->connection);
}
static void destroying_after_the_answer_is_allowed(void **state) {
  fixture *f = *state;
  f->answer = answer_then_destroy;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->connection_closes == 1);
  assert_int_equal(f->closes, 1);
  client_close(c);
}

static void destroy_x(exchange *x) { exchange_destroy(x); }
static void destroy_on_data(exchange *x, const char *data, size_t length) { exchange_destroy(x); }
static void destroying_in_each_event_is_allowed(void **state) {
  fixture *f = *state;
  serve(f);
  for (int event = 0; event < 3; event++) {
    exchange_events events = f->events;
    if (event == 0) f->events.on_data = destroy_on_data;
    if (event == 1) f->events.on_end = destroy_x;
    if (event == 2) f->events.on_finish = destroy_x;
    f->answer = answer_echo;
    client *c = client_open(f);
    client_send(
        c, "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n" GET("/"));
    WAIT_FOR(f, f->closes == event + 1);
    WAIT_FOR(f, f->connection_closes == event + 1);
    assert_int_equal(f->requests, event + 1);
    f->events = events;
    client_close(c);
  }
}

static void destroy_connection(void *data, connection *c) { connection_destroy(c); }
static void destroying_in_on_connection_is_allowed(void **state) {
  fixture *f = *state;
  f->handler.on_connection = destroy_connection;
  serve(f);
  client *c = client_open(f);
  WAIT_FOR(f, f->connection_closes == 1);
  client_close(c);
}

static void answer_close_all(fixture *f, exchange *x) { http_server_close_all(f->server); }
static void closing_all_inside_a_handler_is_allowed(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *a = client_open(f), *b = client_open(f);
  client_send(a, GET("/"));
  WAIT_FOR(f, f->x);
  f->answer = answer_close_all;
  client_send(b, GET("/"));
  WAIT_FOR(f, f->connection_closes == 2);
  assert_int_equal(f->closes, 2);
  client_close(a);
  client_close(b);
}

static void destroying_the_server_closes_what_runs(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *a = client_open(f), *b = client_open(f);
  client_send(a, GET("/"));
  WAIT_FOR(f, f->x && f->connections == 2);
  http_server_destroy(f->server, fixture_destroyed, f);
  assert_int_equal(f->closes, 0);
  WAIT_FOR(f, f->destroyed);
  assert_int_equal(f->closes, 1);
  assert_int_equal(f->connection_closes, 2);
  f->server = NULL;
  client_close(a);
  client_close(b);
}

static void closing_idle_spares_what_runs(void **state) {
  fixture *f = *state;
  serve(f);
  client *idle = client_open(f), *busy = client_open(f);
  client_send(idle, GET("/"));
  client_expect(idle, "hello");
  f->answer = answer_later;
  client_send(busy, GET("/"));
  WAIT_FOR(f, f->requests == 2);
  http_server_close_idle(f->server);
  client_expect_end(idle);
  answer_hello(f, f->x);
  client_expect(busy, "hello");
  client_close(idle);
  client_close(busy);
}

/* --- Client errors ---------------------------------------------------------------------------------------------- */

static bool answer_client_error(void *data, connection *c, const http_client_error *error) {
  fixture *f = data;
  f->client_errors++;
  assert_int_equal(error->status, 400);
  assert_true(error->raw.length >= 3);
  assert_memory_equal(error->raw.data, "BAD", 3);
  connection_write(c, "HTTP/1.1 400 Mine\r\n\r\n", 21);
  connection_end(c);
  return true;
}
static void the_app_may_answer_a_client_error(void **state) {
  fixture *f = *state;
  f->handler.on_client_error = answer_client_error;
  serve(f);
  client *c = client_open(f);
  client_send(c, "BAD\r\n\r\n" GET("/"));
  client_expect_end(c);
  assert_string_equal(c->got, "HTTP/1.1 400 Mine\r\n\r\n");
  client_close(c);
}

static bool keep_client_error(void *data, connection *c, const http_client_error *error) {
  ((fixture *)data)->client_errors++;
  return true;
}
static void the_app_may_answer_a_client_error_later(void **state) {
  fixture *f = *state;
  f->handler.on_client_error = keep_client_error;
  serve(f);
  client *c = client_open(f);
  client_send(c, "BAD\r\n\r\n" GET("/"));
  WAIT_FOR(f, f->client_errors == 1);
  settle(f);
  assert_int_equal(f->requests, 0);
  connection_write(f->connection, "later", 5);
  connection_end(f->connection);
  client_expect_end(c);
  assert_string_equal(c->got, "later");
  client_close(c);
}

/* --- Descriptors --- */
static void on_other(uv_poll_t *poll, int status, int events) {
  char byte;
  assert_int_equal(status, 0);
  assert_int_equal(read((int)(intptr_t)poll->data, &byte, 1), 1);
  uv_close((uv_handle_t *)poll, NULL);
}
/* What a closed connection leaves for the next of its number disturbs nobody who gets that number instead. */
static void a_number_that_comes_again_is_served_again_or_left_alone(void **state) {
  fixture *f = *state;
  serve(f);
  int number = -1, pair[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  for (int i = 1; i <= 3; i++) {
    client *c = client_open(f);
    WAIT_FOR(f, f->connections == i);
    int fd = connection_fd(f->connection);
    assert_true(number < 0 || fd == number);
    number = fd;
    client_send(c, "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    client_expect(c, "hello");
    client_expect_end(c);
    WAIT_FOR(f, f->connection_closes == i);
    client_close(c);
  }
  static uv_poll_t other;
  assert_int_equal(dup2(pair[0], number), number);
  assert_int_equal(uv_poll_init(&f->loop, &other, number), 0);
  other.data = (void *)(intptr_t)number;
  uv_poll_start(&other, UV_READABLE, on_other);
  turn(f);
  http_server_destroy(f->server, fixture_destroyed, f);
  WAIT_FOR(f, f->destroyed);
  f->server = NULL;
  assert_int_equal(write(pair[1], "x", 1), 1);
  WAIT_FOR(f, uv_is_closing((uv_handle_t *)&other));
  turn(f);
  close(number);
  close(pair[0]);
  close(pair[1]);
}

/* --- Requests in flight ------------------------------------------------------------------------------------------ */
static exchange *waiting[3];
static void answer_when_told(fixture *f, exchange *x) { waiting[f->requests - 1] = x; }
static void requests_in_flight_are_recorded(void **state) {
  fixture *f = *state;
  in_flight recorded = {0};
  client *clients[3];
  char text[IN_FLIGHT_TEXT_BYTES];
  f->options.in_flight = &recorded;
  f->answer = answer_when_told;
  serve(f);
  for (int i = 0; i < 3; i++) {
    char request[512];
    clients[i] = client_open(f);
    snprintf(request, sizeof request, "DELETE /number/%d?secret=1 HTTP/1.1\r\nHost: test\r\n\r\n", i);
    client_send(clients[i], request);
    WAIT_FOR(f, f->requests == i + 1);
  }
  assert_string_equal(in_flight_nth(&recorded, 0, text), "DELETE /number/2");
  assert_string_equal(in_flight_nth(&recorded, 2, text), "DELETE /number/0");
  answer_hello(f, waiting[1]);
  client_expect(clients[1], "hello");
  WAIT_FOR(f, in_flight_nth(&recorded, 2, text) == NULL);
  assert_string_equal(in_flight_nth(&recorded, 1, text), "DELETE /number/0");
  client_reset(clients[0]);
  WAIT_FOR(f, in_flight_nth(&recorded, 1, text) == NULL);
  for (int i = 0; i < 3; i++) client_close(clients[i]);
  WAIT_FOR(f, f->connection_closes == 3);
  assert_null(in_flight_nth(&recorded, 0, text));
  f->options.in_flight = NULL;
}

/* --- Drain ------------------------------------------------------------------------------------------------------- */
static void drained(void *data) { ((fixture *)data)->drained = true; }

static void drain_without_connections_is_done_at_once(void **state) {
  fixture *f = *state;
  serve(f);
  assert_int_equal(http_server_drain(f->server, drained, f), 0);
  assert_false(f->drained);
  assert_int_equal(http_server_drain(f->server, drained, f), UV_EALREADY);
  WAIT_FOR(f, f->drained);
}

static void drain_answers_what_is_in_flight_with_close(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->x);
  http_server_drain(f->server, drained, f);
  settle(f);
  assert_false(f->drained);
  answer_hello(f, f->x);
  client_expect(c, "Connection: close\r\n");
  client_expect_end(c);
  client_close(c);
  WAIT_FOR(f, f->drained);
}

static void drain_answers_the_next_request_of_an_idle_connection(void **state) {
  fixture *f = *state;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  client_expect(c, "hello");
  http_server_drain(f->server, drained, f);
  settle(f);
  client_forget(c);
  client_send(c, GET("/again"));
  client_expect(c, "Connection: close\r\n");
  client_expect(c, "hello");
  client_expect_end(c);
  client_close(c);
  WAIT_FOR(f, f->drained);
}

static void drain_closes_idle_connections_after_the_grace(void **state) {
  fixture *f = *state;
  f->options.drain_idle_grace = 50;
  serve(f);
  client *c = client_open(f), *fresh = client_open(f);
  client_send(c, GET("/"));
  client_expect(c, "hello");
  WAIT_FOR(f, f->connections == 2);
  http_server_drain(f->server, drained, f);
  client_expect_end(c);
  client_expect_end(fresh);
  client_close(c);
  client_close(fresh);
  WAIT_FOR(f, f->drained);
}

static void a_request_that_crosses_the_close_meets_a_clean_end(void **state) {
  fixture *f = *state;
  f->options.drain_idle_grace = 30;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  client_expect(c, "hello");
  http_server_drain(f->server, drained, f);
  client_expect_end(c); /* the server's FIN is here; the client didn't see it before it wrote */
  client_send(c, GET("/"));
  settle(f);
  char byte;
  assert_int_equal(recv(c->fd, &byte, 1, 0), 0); /* not ECONNRESET */
  client_close(c);
  WAIT_FOR(f, f->drained);
}

static void drain_finishes_a_begun_request(void **state) {
  fixture *f = *state;
  f->options.drain_idle_grace = 20;
  f->answer = answer_echo;
  serve(f);
  client *c = client_open(f);
  client_send(c, "POST / HTTP/1.1\r\nHost: te");
  WAIT_FOR(f, f->connections == 1);
  settle(f);
  http_server_drain(f->server, drained, f);
  settle(f);
  client_send(c, "st\r\nContent-Length: 3\r\n\r\n");
  settle(f);
  client_send(c, "abc");
  client_expect(c, "\r\n\r\nabc");
  client_expect_end(c);
  client_close(c);
  WAIT_FOR(f, f->drained);
}

static void an_unreferenced_server_lets_the_loop_end(void **state) {
  fixture *f = *state;
  serve(f);
  http_server_set_referenced(f->server, false);
  uv_run(&f->loop, UV_RUN_DEFAULT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_reset_while_the_handler_works_is_an_abort),
      TEST(a_close_while_the_handler_works_is_an_abort),
      TEST(a_half_closed_client_gets_its_answer_by_option),
      TEST(an_end_in_the_body_is_an_abort),
      TEST(an_end_in_a_paused_body_is_noticed_when_it_is_read),
      TEST(an_end_in_the_head_is_a_client_error),
      TEST(an_answer_after_the_abort_is_ignored),
      TEST(destroying_in_on_request_is_allowed),
      TEST(destroying_after_the_answer_is_allowed),
      TEST(destroying_in_each_event_is_allowed),
      TEST(destroying_in_on_connection_is_allowed),
      TEST(closing_all_inside_a_handler_is_allowed),
      TEST(destroying_the_server_closes_what_runs),
      TEST(closing_idle_spares_what_runs),
      TEST(the_app_may_answer_a_client_error),
      TEST(the_app_may_answer_a_client_error_later),
      TEST(a_number_that_comes_again_is_served_again_or_left_alone),
      TEST(requests_in_flight_are_recorded),
      TEST(drain_without_connections_is_done_at_once),
      TEST(drain_answers_what_is_in_flight_with_close),
      TEST(drain_answers_the_next_request_of_an_idle_connection),
      TEST(drain_closes_idle_connections_after_the_grace),
      TEST(a_request_that_crosses_the_close_meets_a_clean_end),
      TEST(drain_finishes_a_begun_request),
      TEST(an_unreferenced_server_lets_the_loop_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
