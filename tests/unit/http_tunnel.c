/* Tunnels: what an exchange becomes by an upgrade, over a connection of HTTP/1. */
#include "http_client.h"
#include "server/http/tunnel.h"

#define UPGRADE "GET /ws HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

static struct {
  tunnel *t;
  char early[16], got[1 << 20];
  size_t length;
  int ends, drains, shutdowns, shutdown_error, closes, close_error, exchange_closes_before;
} seen;
static char big[1 << 22];

static void on_data(void *data, const char *bytes, size_t length) {
  if (seen.length + length <= sizeof seen.got) memcpy(seen.got + seen.length, bytes, length);
  seen.length += length;
}
static void on_end(void *data) { seen.ends++; }
static void on_drain(void *data) { seen.drains++; }
static void on_shutdown(void *data, int error) {
  seen.shutdowns++;
  seen.shutdown_error = error;
}
static void on_close(void *data, int error) {
  seen.closes++;
  seen.close_error = error;
  seen.exchange_closes_before = ((fixture *)data)->closes;
  seen.t = NULL;
}
static const tunnel_events events = {on_data, on_end, on_drain, on_shutdown, on_close};

static void answer_upgrade(fixture *f, exchange *x) {
  http_slice early;
  memset(&seen, 0, sizeof seen);
  assert_true(x->upgrade);
  assert_int_equal(exchange_upgrade(x, &events, f, &seen.t, &early), 0);
  snprintf(seen.early, sizeof seen.early, "%.*s", (int)early.length, early.data);
  assert_int_equal(exchange_respond(x, 200, NULL, fields(""), bytes(""), 0), UV_EALREADY);
  assert_int_equal(tunnel_write(seen.t, bytes("HTTP/1.1 101 Yes\r\n\r\n")), 1);
}

static client *upgraded(fixture *f) {
  f->answer = answer_upgrade;
  serve(f);
  client *c = client_open(f);
  client_send(c, UPGRADE);
  client_expect(c, "101 Yes");
  return c;
}

static void bytes_go_both_ways(void **state) {
  fixture *f = *state;
  f->answer = answer_upgrade;
  serve(f);
  client *c = client_open(f);
  client_send(c, UPGRADE "early");
  client_expect(c, "101 Yes");
  assert_string_equal(seen.early, "early");
  assert_int_equal(f->closes, 1);
  assert_int_equal(f->close_error, 0);
  assert_int_equal(f->connection_closes, 0);
  assert_int_equal(http_server_tunnels(f->server), 1);
  assert_int_equal(http_server_connections(f->server), 1);
  assert_int_equal(f->counters.tunnels_active, 1);
  assert_int_equal(f->counters.requests_active, 0);
  tunnel_resume(seen.t);
  client_send(c, "ping");
  WAIT_FOR(f, seen.length == 4);
  assert_memory_equal(seen.got, "ping", 4);
  assert_int_equal(tunnel_write(seen.t, bytes("pong")), 1);
  client_expect(c, "pong");
  client_close(c);
  WAIT_FOR(f, seen.ends == 1);
  tunnel_destroy(seen.t);
  WAIT_FOR(f, f->connection_closes == 1);
  assert_int_equal(seen.closes, 1);
  assert_int_equal(seen.close_error, 0);
  assert_int_equal(f->counters.tunnels_active, 0);
  assert_int_equal(f->counters.tunnels, 1);
}

static void an_upgrade_may_come_later(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  client_send(c, "CONNECT test:80 HTTP/1.1\r\nHost: test\r\n\r\n");
  WAIT_FOR(f, f->x);
  client_send(c, "bytes");
  settle(f);
  answer_upgrade(f, f->x);
  assert_string_equal(seen.early, "bytes");
  assert_int_equal(f->closes, 0); /* from the loop */
  client_expect(c, "101 Yes");
  assert_int_equal(f->closes, 1);
  client_close(c);
}

/* Bytes and even the end that come before the app reads are kept for it. */
static void a_paused_tunnel_stops_its_client(void **state) {
  fixture *f = *state;
  client *c = upgraded(f);
  size_t sent = 0;
  for (int idle = 0; idle < 1000;) {
    ssize_t n = send(c->fd, big, sizeof big, MSG_NOSIGNAL);
    if (n > 0) sent += (size_t)n, idle = 0;
    else idle++;
    turn(f);
  }
  assert_int_equal(seen.length, 0);
  shutdown(c->fd, SHUT_WR);
  settle(f);
  assert_int_equal(seen.ends, 0);
  tunnel_resume(seen.t);
  WAIT_FOR(f, seen.ends == 1);
  assert_int_equal(seen.length, sent);
  client_close(c);
}

static void writes_wait_for_drain(void **state) {
  fixture *f = *state;
  f->options.write_timeout = 20; /* concerns no tunnel */
  f->answer = answer_upgrade;
  serve(f);
  client *c = client_new(f, 4096);
  client_send(c, UPGRADE);
  WAIT_FOR(f, seen.t);
  size_t written = 0;
  int status;
  do {
    status = tunnel_write(seen.t, (http_bytes){.data = big, .length = 100000});
    written += 100000;
  } while (status == 1);
  assert_int_equal(status, 0);
  settle(f);
  settle(f);
  assert_int_equal(seen.drains, 0);
  assert_int_equal(seen.closes, 0);
  assert_true(tunnel_pending(seen.t) > 0);
  assert_int_equal(tunnel_shutdown(seen.t), 0);
  assert_int_equal(tunnel_shutdown(seen.t), UV_EALREADY);
  assert_int_equal(tunnel_write(seen.t, bytes("late")), UV_EPIPE);
  size_t total = 0;
  while (!c->ended) {
    client_poll(c);
    total += c->length;
    client_forget(c);
    turn(f);
  }
  assert_int_equal(total, written + strlen("HTTP/1.1 101 Yes\r\n\r\n"));
  assert_int_equal(seen.drains, 1);
  assert_int_equal(seen.shutdowns, 1);
  assert_int_equal(seen.shutdown_error, 0);
  /* The other direction is still open. */
  tunnel_resume(seen.t);
  client_send(c, "more");
  WAIT_FOR(f, seen.length == 4);
  client_close(c);
  WAIT_FOR(f, seen.closes == 1); /* both have ended */
  assert_int_equal(seen.close_error, 0);
  assert_int_equal(seen.ends, 1);
}

static void destroying_sends_what_the_kernel_takes(void **state) {
  fixture *f = *state;
  client *c = upgraded(f);
  assert_int_equal(tunnel_write(seen.t, bytes("last words")), 1);
  tunnel_destroy(seen.t);
  assert_int_equal(seen.closes, 0);
  client_expect(c, "last words");
  client_expect_end(c);
  WAIT_FOR(f, seen.closes == 1);
  client_close(c);
}

static void a_reset_is_told(void **state) {
  fixture *f = *state;
  client *c = upgraded(f);
  tunnel_resume(seen.t);
  turn(f);
  client_reset(c);
  WAIT_FOR(f, seen.closes == 1);
  assert_int_equal(seen.close_error, UV_ECONNRESET);
  client_close(c);
}

static void the_exchange_closes_before_its_tunnel(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  client *c = client_open(f);
  client_send(c, UPGRADE);
  WAIT_FOR(f, f->x);
  answer_upgrade(f, f->x);
  tunnel_destroy(seen.t);
  WAIT_FOR(f, seen.closes == 1);
  assert_int_equal(f->closes, 1);
  assert_int_equal(seen.exchange_closes_before, 1);
  client_close(c);
}

static void drained(void *data) { ((fixture *)data)->drained = true; }
static void a_tunnel_holds_a_drain_until_it_is_cut(void **state) {
  fixture *f = *state;
  f->options.drain_idle_grace = 10;
  client *c = upgraded(f);
  assert_int_equal(http_server_drain(f->server, drained, f), 0);
  settle(f);
  http_server_close_idle(f->server);
  http_server_close_exchanges(f->server);
  settle(f);
  assert_false(f->drained);
  assert_int_equal(tunnel_write(seen.t, bytes("still here")), 1);
  client_expect(c, "still here");
  assert_int_equal(http_server_tunnels(f->server), 1);
  http_server_close_all(f->server);
  WAIT_FOR(f, f->drained);
  assert_int_equal(seen.close_error, UV_ECANCELED);
  assert_int_equal(http_server_tunnels(f->server), 0);
  client_close(c);
}

static void an_upgrade_may_be_answered_normally(void **state) {
  fixture *f = *state;
  serve(f);
  client *c = client_open(f);
  client_send(c, UPGRADE GET("/next"));
  WAIT_FOR(f, f->requests == 2);
  client_expect(c, "hello");
  client_close(c);
}

static void answer_no_upgrade(fixture *f, exchange *x) {
  tunnel *t;
  http_slice early;
  assert_int_equal(exchange_upgrade(x, &events, f, &t, &early), UV_EINVAL);
  answer_hello(f, x);
}
static void other_requests_cannot_be_upgraded(void **state) {
  fixture *f = *state;
  f->answer = answer_no_upgrade;
  serve(f);
  client *c = client_open(f);
  client_send(c, "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\n\r\n");
  client_expect(c, "hello");
  client_close(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(bytes_go_both_ways),
      TEST(an_upgrade_may_come_later),
      TEST(a_paused_tunnel_stops_its_client),
      TEST(writes_wait_for_drain),
      TEST(destroying_sends_what_the_kernel_takes),
      TEST(a_reset_is_told),
      TEST(the_exchange_closes_before_its_tunnel),
      TEST(a_tunnel_holds_a_drain_until_it_is_cut),
      TEST(an_upgrade_may_be_answered_normally),
      TEST(other_requests_cannot_be_upgraded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
