/* Bodies in both directions: streaming, back pressure, who owns memory. */
#include "http_client.h"

#include <fcntl.h>

static char big[12 << 20]; /* more than the kernel buffers */
static void fill_big(void) {
  for (size_t i = 0; i < sizeof big; i++) big[i] = (char)('a' + i % 23);
}
static void release(void *data) { ((fixture *)data)->releases++; }
static http_bytes big_bytes(fixture *f) {
  return (http_bytes){.data = big, .length = sizeof big, .release = release, .release_data = f};
}

static void answer_chunks(fixture *f, exchange *x) {
  assert_int_equal(exchange_write(x, bytes("too early")), UV_EINVAL);
  assert_int_equal(exchange_head(x, 200, NULL, fields("X: y\r\n"), EXCHANGE_LENGTH_UNKNOWN, 0), 0);
  assert_int_equal(exchange_write(x, bytes("hello ")), 1);
  assert_int_equal(exchange_write(x, bytes("")), 1);
  assert_int_equal(exchange_write(x, bytes("chunked world")), 1);
  assert_int_equal(exchange_end(x, fields("X-Sum: 1\r\n")), 0);
}
static void unknown_length_is_chunked_with_trailers(void **state) {
  fixture *f = *state;
  f->answer = answer_chunks;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  client_expect(c, "Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\nd\r\nchunked world\r\n0\r\nX-Sum: 1\r\n\r\n");
  client_send(c, "HEAD / HTTP/1.1\r\nHost: test\r\n\r\n" GET("/"));
  WAIT_FOR(f, f->closes == 3);
  client_poll(c);
  assert_int_equal(client_count(c, "Transfer-Encoding: chunked\r\n"), 3);
  assert_int_equal(client_count(c, "hello"), 2);
  client_close(c);
}
static void http_1_0_gets_unknown_length_until_close(void **state) {
  fixture *f = *state;
  f->answer = answer_chunks;
  serve(f);
  client *c = client_open(f);
  client_send(c, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  client_expect_end(c);
  client_expect(c, "Connection: close\r\n\r\nhello chunked world");
  client_close(c);
}

static void answer_length(fixture *f, exchange *x) {
  assert_int_equal(exchange_head(x, 200, NULL, fields(""), 10, 0), 0);
  assert_int_equal(exchange_write(x, bytes("12345")), 1);
  assert_int_equal(exchange_write(x, bytes("678901")), UV_EMSGSIZE);
  assert_int_equal(exchange_write(x, bytes("67890")), 1);
  assert_int_equal(exchange_end(x, fields("")), 0);
}
static void a_known_length_is_kept(void **state) {
  fixture *f = *state;
  f->answer = answer_length;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  client_expect(c, "Content-Length: 10\r\n\r\n1234567890");
  client_close(c);
}

static void answer_short(fixture *f, exchange *x) {
  assert_int_equal(exchange_head(x, 200, NULL, fields(""), 10, 0), 0);
  assert_true(exchange_write(x, bytes("123")) >= 0);
  assert_int_equal(exchange_end(x, fields("")), UV_EMSGSIZE);
}
static void a_short_body_closes_the_connection(void **state) {
  fixture *f = *state;
  f->answer = answer_short;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  client_expect_end(c);
  client_expect(c, "\r\n\r\n123");
  client_close(c);
}

static void a_stream_goes_on_from_later_turns(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->x);
  assert_int_equal(exchange_head(f->x, 200, NULL, fields(""), EXCHANGE_LENGTH_UNKNOWN, 0), 0);
  client_expect(c, "\r\n\r\n"); /* the head alone leaves with the turn */
  assert_true(exchange_write(f->x, bytes("event")) >= 0);
  client_expect(c, "5\r\nevent\r\n");
  assert_true(exchange_write(f->x, bytes("more")) >= 0);
  assert_int_equal(exchange_flush(f->x), 0);
  client_poll(c);
  assert_non_null(strstr(c->got, "4\r\nmore\r\n"));
  assert_int_equal(exchange_end(f->x, fields("")), 0);
  assert_int_equal(f->closes, 0); /* never from inside the app's call */
  client_expect(c, "0\r\n\r\n");
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->finishes, 1);
  client_close(c);
}

static exchange *to_answer;
static void write_in_prepare(uv_prepare_t *prepare) {
  if (!to_answer) return;
  uv_prepare_stop(prepare);
  assert_int_equal(exchange_head(to_answer, 200, NULL, fields(""), EXCHANGE_LENGTH_UNKNOWN, 0), 0);
  assert_true(exchange_write(to_answer, bytes("event")) >= 0);
}
static void a_write_just_before_the_loop_polls_is_sent(void **state) {
  fixture *f = *state;
  static uv_prepare_t prepare; /* started before the server's, so it runs after it */
  uv_prepare_init(&f->loop, &prepare);
  uv_prepare_start(&prepare, write_in_prepare);
  to_answer = NULL;
  f->answer = answer_later;
  f->options.timer_tick = 100000;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->x);
  to_answer = f->x;
  uint64_t start = uv_hrtime();
  uv_run(&f->loop, UV_RUN_ONCE); /* would block for the tick */
  assert_true(uv_hrtime() - start < 1000000000);
  client_expect(c, "5\r\nevent\r\n");
  uv_close((uv_handle_t *)&prepare, NULL);
  client_close(c);
}

/* Reads all and compares with `big`, from where the body begins. */
static void expect_big(client *c) {
  client_expect(c, "\r\n\r\n");
  size_t at = c->length - (size_t)(strstr(c->got, "\r\n\r\n") + 4 - c->got), total = sizeof big;
  assert_memory_equal(strstr(c->got, "\r\n\r\n") + 4, big, at);
  uint64_t until = uv_hrtime() + 5000000000u;
  while (at < total) {
    client_forget(c);
    client_poll(c);
    assert_memory_equal(c->got, big + at, c->length);
    at += c->length;
    turn(c->f);
    assert_true(uv_hrtime() < until);
  }
  client_forget(c);
}

static void answer_big(fixture *f, exchange *x) {
  assert_int_equal(exchange_respond(x, 200, NULL, fields(""), big_bytes(f), 0), 0);
}
static void a_big_body_is_sent_from_its_owners_memory(void **state) {
  fixture *f = *state;
  f->answer = answer_big;
  serve(f);
  client *c = client_new(f, 4096);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->requests == 1);
  settle(f);
  assert_int_equal(f->releases, 0);
  assert_int_equal(f->finishes, 0);
  expect_big(c);
  WAIT_FOR(f, f->finishes == 1);
  assert_int_equal(f->releases, 1);
  f->answer = answer_hello;
  client_send(c, GET("/"));
  client_expect(c, "hello");
  client_close(c);
}

static void answer_big_copied(fixture *f, exchange *x) {
  char *copy = malloc(sizeof big);
  memcpy(copy, big, sizeof big);
  assert_int_equal(exchange_respond(x, 200, NULL, fields(""), (http_bytes){.data = copy, .length = sizeof big}, 0), 0);
  memset(copy, 0, sizeof big);
  free(copy);
}
static void a_big_body_without_release_is_copied(void **state) {
  fixture *f = *state;
  f->answer = answer_big_copied;
  serve(f);
  client *c = client_new(f, 4096);
  client_send(c, GET("/"));
  expect_big(c);
  client_close(c);
}

static void answer_big_reserved(fixture *f, exchange *x) {
  memcpy(exchange_reserve(x, 0, sizeof big), big, sizeof big);
  assert_int_equal(exchange_commit(x, 200, NULL, fields(""), sizeof big, 0), 0);
}
static void a_big_body_may_be_reserved(void **state) {
  fixture *f = *state;
  f->answer = answer_big_reserved;
  serve(f);
  client *c = client_new(f, 4096);
  client_send(c, GET("/"));
  expect_big(c);
  client_close(c);
}

/* --- Files ------------------------------------------------------------------------------------------------------- */
static int big_file(void) {
  char name[] = "/tmp/jsd-http-stream-XXXXXX";
  int fd = mkstemp(name);
  unlink(name);
  assert_true(fd >= 0 && write(fd, big, sizeof big) == sizeof big);
  return fd;
}
static int file_fd, file_status;
static bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

static void answer_file(fixture *f, exchange *x) {
  file_fd = big_file();
  assert_int_equal(exchange_head(x, 200, NULL, fields(""), sizeof big, 0), 0);
  assert_true(exchange_write(x, (http_bytes){.data = big, .length = 3}) >= 0);
  assert_true(exchange_write_file(x, file_fd, 3, sizeof big - 3) >= 0);
  assert_int_equal(exchange_end(x, fields("")), 0);
}
static void a_file_is_sent_behind_what_was_written_before(void **state) {
  fixture *f = *state;
  f->answer = answer_file;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  expect_big(c);
  WAIT_FOR(f, f->finishes == 1);
  assert_false(is_open(file_fd));
  client_close(c);
}

static void answer_file_chunked(fixture *f, exchange *x) {
  file_fd = big_file();
  assert_int_equal(exchange_head(x, 200, NULL, fields(""), EXCHANGE_LENGTH_UNKNOWN, 0), 0);
  assert_true(exchange_write_file(x, file_fd, 10, 20) >= 0);
  assert_true(exchange_write(x, bytes("then")) >= 0);
  assert_int_equal(exchange_end(x, fields("")), 0);
}
static void a_file_may_be_a_chunk(void **state) {
  fixture *f = *state;
  f->answer = answer_file_chunked;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  client_expect(c, "\r\n4\r\nthen\r\n0\r\n\r\n");
  char expected[64];
  snprintf(expected, sizeof expected, "\r\n\r\n14\r\n%.20s\r\n4\r\n", big + 10);
  assert_non_null(strstr(c->got, expected));
  assert_false(is_open(file_fd));
  client_close(c);
}

static void answer_file_too_long(fixture *f, exchange *x) {
  file_fd = big_file();
  assert_int_equal(exchange_head(x, 200, NULL, fields(""), 100, 0), 0);
  assert_true(exchange_write_file(x, file_fd, sizeof big - 40, 100) >= 0);
  assert_int_equal(exchange_end(x, fields("")), 0);
}
static void a_file_that_ends_early_closes_the_connection(void **state) {
  fixture *f = *state;
  f->answer = answer_file_too_long;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  client_expect_end(c);
  WAIT_FOR(f, f->connection_closes == 1);
  assert_int_equal(f->close_error, UV_EIO);
  assert_false(is_open(file_fd));
  client_close(c);
}

static void answer_head_with_file(fixture *f, exchange *x) {
  answer_file(f, x);
  file_status = exchange_write_file(x, big_file(), 0, 1);
}
static void a_file_is_closed_where_nothing_is_sent(void **state) {
  fixture *f = *state;
  f->answer = answer_head_with_file;
  serve(f);
  client *c = client_open(f);
  client_send(c, "HEAD / HTTP/1.1\r\nHost: test\r\n\r\n");
  client_expect(c, "\r\n\r\n");
  WAIT_FOR(f, f->finishes == 1);
  assert_false(is_open(file_fd));
  assert_int_equal(file_status, UV_EALREADY);
  client_close(c);
}

static void memory_is_released_when_the_client_goes(void **state) {
  fixture *f = *state;
  f->answer = answer_big;
  serve(f);
  client *c = client_new(f, 4096);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->requests == 1);
  client_reset(c);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->releases, 1);
  assert_int_not_equal(f->close_error, 0);
  client_close(c);
}

static void memory_is_released_when_the_call_fails(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->x);
  exchange *x = f->x;
  exchange_destroy(x);
  assert_int_equal(exchange_respond(x, 200, NULL, fields(""), big_bytes(f), 0), UV_ECANCELED);
  assert_int_equal(exchange_write(x, big_bytes(f)), UV_ECANCELED);
  assert_int_equal(f->releases, 2);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, UV_ECANCELED);
  client_close(c);
}

static void a_slow_reader_stops_the_writer_until_drain(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_new(f, 4096);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->x);
  assert_int_equal(exchange_head(f->x, 200, NULL, fields(""), sizeof big, 0), 0);
  size_t at = 0;
  uint64_t until = uv_hrtime() + 5000000000u;
  size_t most = 0;
  while (at < sizeof big) {
    int go = 1;
    while (at < sizeof big && go) {
      size_t n = sizeof big - at < 1000 ? sizeof big - at : 1000;
      go = exchange_write(f->x, (http_bytes){.data = big + at, .length = n});
      assert_true(go >= 0);
      at += n;
    }
    if (exchange_pending(f->x) > most) most = exchange_pending(f->x);
    if (go) break;
    int drains = f->drains;
    while (f->drains == drains) {
      client_forget(c);
      client_poll(c);
      turn(f);
      assert_true(uv_hrtime() < until);
    }
  }
  assert_true(most < 70000);
  assert_true(f->drains > 0);
  assert_int_equal(exchange_end(f->x, fields("")), 0);
  while (f->closes == 0) {
    client_forget(c);
    client_poll(c);
    turn(f);
    assert_true(uv_hrtime() < until);
  }
  assert_int_equal(f->close_error, 0);
  client_close(c);
}

/* --- Request bodies --- */

/* Whoever may go on may use its memory again: nothing of it is sent later. */
static void lent_memory_is_the_writers_again_when_it_may_go_on(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_new(f, 4096);
  client_send(c, GET("/"));
  WAIT_FOR(f, f->x);
  assert_int_equal(exchange_head(f->x, 200, NULL, fields(""), sizeof big, 0), 0);
  size_t at = 0, piece = 20000;
  char *memory = malloc(piece);
  uint64_t until = uv_hrtime() + 10000000000u;
  bool begun = false;
  size_t received = 0;
  int drains = 0, writes = 0, go = 1;
  while (received < sizeof big) {
    if (go && at < sizeof big) {
      size_t n = sizeof big - at < piece ? sizeof big - at : piece;
      memcpy(memory, big + at, n);
      http_bytes lent = {.data = memory, .length = n, .release = release, .release_data = f};
      drains = f->drains;
      go = exchange_write(f->x, lent);
      assert_true(go >= 0);
      at += n;
      writes++;
    } else {
      go |= f->drains > drains;
    }
    if (go) {
      assert_int_equal(f->releases, writes);
      memset(memory, '!', piece);
    }
    if (at == sizeof big && f->x && !f->x->ended) assert_int_equal(exchange_end(f->x, fields("")), 0);
    turn(f);
    assert_true(uv_hrtime() < until);
    if (go && at < sizeof big) continue; /* the client reads when there is too much */
    client_poll(c);
    if (!begun && strstr(c->got, "\r\n\r\n")) {
      begun = true;
      size_t skip = (size_t)(strstr(c->got, "\r\n\r\n") + 4 - c->got);
      assert_memory_equal(c->got + skip, big, received = c->length - skip);
      client_forget(c);
    } else if (begun) {
      assert_memory_equal(c->got, big + received, c->length);
      received += c->length;
      client_forget(c);
    }
  }
  assert_true(f->drains > 0);
  client_close(c);
  free(memory);
}

static void a_body_is_delivered_and_ends(void **state) {
  fixture *f = *state;
  f->answer = answer_echo;
  serve(f);
  client *c = client_open(f);
  client_send(c, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 6\r\n\r\nabc");
  WAIT_FOR(f, f->body_length == 3);
  client_send(c, "def" GET("/next"));
  client_expect(c, "\r\n\r\nabcdef");
  client_expect(c, "no body");
  assert_int_equal(f->ends, 1);
  client_close(c);
}

static void on_end_with_trailers(exchange *x) {
  fixture *f = x->data;
  assert_int_equal(x->trailers_count, 2);
  http_header h = exchange_trailer(x, 1);
  assert_memory_equal(h.name.data, "X-B", 3);
  assert_int_equal(h.value.length, 1);
  assert_memory_equal(h.value.data, "2", 1);
  f->ends++;
  assert_int_equal(exchange_respond(x, 200, NULL, fields(""), bytes("ok"), 0), 0);
}
static void trailers_are_known_at_the_end(void **state) {
  fixture *f = *state;
  f->answer = answer_echo;
  f->events.on_end = on_end_with_trailers;
  serve(f);
  client *c = client_open(f);
  client_send(
      c,
      "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\nX-A: 1\r\nX-B:  2 \r\n\r\n");
  client_expect(c, "ok");
  assert_int_equal(f->ends, 1);
  client_close(c);
}

static void a_body_nobody_reads_stops_the_socket(void **state) {
  CLEAR_ONLY();
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  int small = 4096;
  setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  client_send(c, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 8000000\r\n\r\n");
  WAIT_FOR(f, f->x);
  size_t sent = 0;
  uint64_t quiet = uv_hrtime();
  while (uv_hrtime() - quiet < 50000000) {
    ssize_t n = send(c->fd, big, 8000000 - sent, MSG_NOSIGNAL);
    if (n > 0) sent += (size_t)n, quiet = uv_hrtime();
    turn(f);
  }
  assert_true(connection_bytes_read(f->connection) < 150000);
  assert_true(sent < 8000000);
  exchange_body_resume(f->x);
  while (sent < 8000000) {
    size_t left = 8000000 - sent;
    ssize_t n = send(c->fd, big, left < sizeof big ? left : sizeof big, MSG_NOSIGNAL);
    if (n > 0) sent += (size_t)n;
    turn(f);
  }
  WAIT_FOR(f, f->ends == 1);
  assert_int_equal(f->body_length, 8000000);
  answer_hello(f, f->x);
  client_expect(c, "hello");
  client_close(c);
}

static void on_data_pausing(exchange *x, const char *data, size_t length) {
  fixture_on_data(x, data, length);
  exchange_body_pause(x);
}
static void a_body_may_be_paused_at_each_piece(void **state) {
  fixture *f = *state;
  f->answer = answer_echo;
  f->events.on_data = on_data_pausing;
  serve(f);
  client *c = client_open(f);
  client_send(
      c, "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n");
  for (size_t i = 1; i <= 3; i++) {
    WAIT_FOR(f, f->body_length == i);
    settle(f);
    assert_int_equal(f->body_length, i);
    assert_int_equal(f->ends, 0);
    exchange_body_resume(f->x);
  }
  client_expect(c, "\r\n\r\nabc");
  client_close(c);
}

static void an_unread_body_is_discarded(void **state) {
  fixture *f = *state;
  serve(f);
  client *c = client_open(f);
  client_send(c, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n");
  client_expect(c, "hello");
  client_send_bytes(c, big, 100000);
  client_forget(c);
  client_send(c, GET("/next"));
  client_expect(c, "hello");
  assert_string_equal(f->url, "/next");
  assert_int_equal(f->body_length, 0);
  client_close(c);
}

static void a_long_unread_body_closes_the_connection(void **state) {
  fixture *f = *state;
  f->options.max_discard_bytes = 1000;
  serve(f);
  client *c = client_open(f);
  client_send(c, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n");
  client_send_bytes(c, big, 100000); /* the answer still arrives: no reset */
  client_expect(c, "Connection: close\r\n");
  client_expect(c, "hello");
  client_expect_end(c);
  client_close(c);
}

/* The app reads a part, pauses, and answers. */
static void pause_at_data(exchange *x, const char *data, size_t length) {
  fixture_on_data(x, data, length);
  exchange_body_pause(x);
}
static client *half_read_upload(fixture *f, const char *head) {
  f->answer = answer_echo;
  f->events.on_data = pause_at_data;
  serve(f);
  client *c = client_open(f);
  client_send(c, head);
  client_send(c, "first half");
  WAIT_FOR(f, f->body_length == 10);
  assert_int_equal(exchange_respond(f->x, 200, NULL, fields(""), bytes("enough"), 0), 0);
  client_expect(c, "enough");
  f->answer = answer_hello;
  return c;
}
static void an_upload_left_half_read_is_discarded_after_the_answer(void **state) {
  fixture *f = *state;
  client *c = half_read_upload(f, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 15010\r\n\r\n");
  client_send_bytes(c, big, 15000);
  client_send(c, GET("/next"));
  client_expect(c, "hello");
  assert_int_equal(f->body_length, 0); /* of the second request; nothing of the first came later */
  assert_int_equal(f->ends, 0);
  client_close(c);
}
static void a_long_upload_left_half_read_closes(void **state) {
  fixture *f = *state;
  f->options.max_discard_bytes = 1000;
  client *c = half_read_upload(f, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 15010\r\n\r\n");
  client_send_bytes(c, big, 15000);
  client_expect_end(c);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, 0);
  client_close(c);
}
static void an_upload_left_half_read_that_stalls_closes(void **state) {
  fixture *f = *state;
  client *c = half_read_upload(f, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 15010\r\n\r\n");
  client_expect_end(c);
  WAIT_FOR(f, f->closes == 1);
  assert_int_equal(f->close_error, 0);
  client_close(c);
}
static void an_app_that_reads_on_after_its_answer_gets_all(void **state) {
  fixture *f = *state;
  client *c = half_read_upload(f, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 20\r\n\r\n");
  exchange_body_resume(f->x);
  settle(f);
  settle(f);
  settle(f);
  settle(f);
  settle(f); /* longer than linger_timeout */
  client_send(c, "other half");
  WAIT_FOR(f, f->closes == 1 || f->ends == 1 || f->body_length == 20);
  assert_int_equal(f->body_length, 20);
  client_close(c);
}
static void a_discarded_body_makes_room_at_once(void **state) {
  fixture *f = *state;
  f->options.linger_timeout = 60000;
  f->answer = answer_echo;
  f->events.on_data = pause_at_data;
  serve(f);
  client *c = client_open(f);
  client_send(c, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 20\r\n\r\nfirst half");
  WAIT_FOR(f, f->body_length == 10);
  exchange_body_discard(f->x);
  assert_int_equal(exchange_respond(f->x, 200, NULL, fields(""), bytes("enough"), 0), 0);
  f->answer = answer_hello;
  client_send(c, "other half" GET("/next"));
  client_expect(c, "hello");
  assert_int_equal(f->ends, 0);
  client_close(c);
}

/* --- 100 Continue --- */
#define EXPECT "POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"

static void reading_sends_100_continue(void **state) {
  fixture *f = *state;
  f->answer = answer_echo;
  serve(f);
  client *c = client_open(f);
  client_send(c, EXPECT);
  client_expect(c, "HTTP/1.1 100 Continue\r\n\r\n");
  client_send(c, "abc");
  client_expect(c, "\r\n\r\nabc");
  client_close(c);
}

static void answering_without_reading_sends_no_100_and_closes(void **state) {
  fixture *f = *state;
  serve(f);
  client *c = client_open(f);
  client_send(c, EXPECT);
  client_expect_end(c);
  client_expect(c, "HTTP/1.1 200 OK");
  client_expect(c, "Connection: close");
  assert_null(strstr(c->got, "100 Continue"));
  client_close(c);
}

static void answer_manual_continue(fixture *f, exchange *x) {
  x->manual_continue = true;
  assert_true(x->expects_continue);
  exchange_body_resume(x);
}
static void the_app_may_send_100_itself(void **state) {
  fixture *f = *state;
  f->answer = answer_manual_continue;
  serve(f);
  client *c = client_open(f);
  client_send(c, EXPECT);
  WAIT_FOR(f, f->x);
  settle(f);
  client_poll(c);
  assert_int_equal(c->length, 0);
  assert_int_equal(exchange_informational(f->x, 100, NULL, fields("")), 0);
  client_expect(c, "HTTP/1.1 100 Continue\r\n\r\n");
  client_close(c);
}

int main(void) {
  fill_big();
  const struct CMUnitTest tests[] = {
      TEST(unknown_length_is_chunked_with_trailers),
      TEST(http_1_0_gets_unknown_length_until_close),
      TEST(a_known_length_is_kept),
      TEST(a_short_body_closes_the_connection),
      TEST(a_stream_goes_on_from_later_turns),
      TEST(a_write_just_before_the_loop_polls_is_sent),
      TEST(a_big_body_is_sent_from_its_owners_memory),
      TEST(a_big_body_without_release_is_copied),
      TEST(a_big_body_may_be_reserved),
      TEST(a_file_is_sent_behind_what_was_written_before),
      TEST(a_file_may_be_a_chunk),
      TEST(a_file_that_ends_early_closes_the_connection),
      TEST(a_file_is_closed_where_nothing_is_sent),
      TEST(memory_is_released_when_the_client_goes),
      TEST(memory_is_released_when_the_call_fails),
      TEST(a_slow_reader_stops_the_writer_until_drain),
      TEST(lent_memory_is_the_writers_again_when_it_may_go_on),
      TEST(a_body_is_delivered_and_ends),
      TEST(trailers_are_known_at_the_end),
      TEST(a_body_nobody_reads_stops_the_socket),
      TEST(a_body_may_be_paused_at_each_piece),
      TEST(an_unread_body_is_discarded),
      TEST(a_long_unread_body_closes_the_connection),
      TEST(an_upload_left_half_read_is_discarded_after_the_answer),
      TEST(a_long_upload_left_half_read_closes),
      TEST(an_upload_left_half_read_that_stalls_closes),
      TEST(an_app_that_reads_on_after_its_answer_gets_all),
      TEST(a_discarded_body_makes_room_at_once),
      TEST(reading_sends_100_continue),
      TEST(answering_without_reading_sends_no_100_and_closes),
      TEST(the_app_may_send_100_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
