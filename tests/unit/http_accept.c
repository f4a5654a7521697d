/*
 * Workers that share a listening socket. Here a "worker" is a server with a loop of its own in this process: the
 * descriptors, the shared memory and the epoll sets are the same as between processes.
 */
#include "http_client.h"

#include <sys/resource.h>
#include <sys/wait.h>

enum { WORKERS = 4, CLIENTS = 64 };

typedef struct worker {
  fixture f;
  accept_group *group;
  accept_member *member;
  int slot;
} worker;

typedef struct shared {
  worker workers[WORKERS];
  accept_group *group;
  int fd;
  uint16_t port;
} shared;

static void worker_start(shared *s, int i) {
  worker *w = &s->workers[i];
  fixture *f = &w->f;
  memset(w, 0, sizeof *w);
  uv_loop_init(&f->loop);
  http_server_options_default(&f->options);
  f->options.timer_tick = 10;
  f->answer = answer_hello;
  f->handler = (http_handler){.on_request = fixture_on_request, .on_connection = fixture_on_connection};
  w->slot = accept_group_reserve(s->group);
  assert_true(w->slot >= 0);
  assert_int_equal(accept_group_join(s->group, w->slot, &f->loop, &w->member), 0);
  f->options.accept_member = w->member;
  assert_int_equal(http_server_create(&f->loop, &f->options, &f->handler, f, &f->counters, &f->server), 0);
  assert_int_equal(http_listener_adopt(f->server, dup(s->fd), &f->listener), 0);
  turn(f);
  turn(f);
}

static void worker_stop(shared *s, int i) {
  worker *w = &s->workers[i];
  http_server_destroy(w->f.server, fixture_destroyed, &w->f);
  while (!w->f.destroyed) turn(&w->f);
  accept_member_leave(w->member);
  uv_run(&w->f.loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&w->f.loop), 0);
  accept_group_release(s->group, w->slot);
}

static int shared_setup(void **state) {
  shared *s = *state = calloc(1, sizeof *s);
  s->group = accept_group_create(WORKERS + 1);
  assert_non_null(s->group);
  s->fd = http_listen_socket("127.0.0.1:0", 0);
  assert_true(s->fd >= 0);
  struct sockaddr_in in;
  socklen_t length = sizeof in;
  getsockname(s->fd, (struct sockaddr *)&in, &length);
  s->port = ntohs(in.sin_port);
  return 0;
}
static int shared_teardown(void **state) {
  shared *s = *state;
  close(s->fd);
  accept_group_destroy(s->group);
  free(s);
  return 0;
}

static int connect_to(shared *s) {
  struct sockaddr_in in = {
      .sin_family = AF_INET, .sin_port = htons(s->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof in), 0);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

static unsigned total(shared *s, int from) {
  unsigned sum = 0;
  for (int i = from; i < WORKERS; i++) sum += http_server_connections(s->workers[i].f.server);
  return sum;
}
static void turn_all(shared *s, int from) {
  for (int i = from; i < WORKERS; i++) turn(&s->workers[i].f);
}

static void assert_even(unsigned connections) {
  assert_true(connections >= CLIENTS / WORKERS - 2 && connections <= CLIENTS / WORKERS + 2);
}

static void connections_spread_evenly(void **state) {
  shared *s = *state;
  for (int i = 0; i < WORKERS; i++) worker_start(s, i);
  int clients[CLIENTS];
  for (int i = 0; i < CLIENTS; i++) clients[i] = connect_to(s); /* a burst before anyone accepts */
  while (total(s, 0) < CLIENTS) turn_all(s, 0);
  for (int i = 0; i < WORKERS; i++) {
    unsigned n = http_server_connections(s->workers[i].f.server);
    assert_even(n);
    assert_int_equal(accept_group_load(s->group, s->workers[i].slot), n);
  }
  for (int i = 0; i < CLIENTS; i++) close(clients[i]);
  while (total(s, 0)) turn_all(s, 0);
  for (int i = 0; i < WORKERS; i++) {
    assert_int_equal(accept_group_load(s->group, s->workers[i].slot), 0);
    worker_stop(s, i);
  }
}

static void one_busy_worker_passes_connections_on(void **state) {
  shared *s = *state;
  for (int i = 0; i < WORKERS; i++) worker_start(s, i);
  int clients[CLIENTS];
  for (int i = 0; i < CLIENTS; i++) clients[i] = connect_to(s);
  for (int i = 0; i < 2 * CLIENTS; i++) turn(&s->workers[0].f); /* it alone accepts */
  while (total(s, 0) < CLIENTS) turn_all(s, 0);
  assert_true(accept_group_passed(s->group, s->workers[0].slot) >= CLIENTS / 2);
  for (int i = 0; i < WORKERS; i++) assert_even(http_server_connections(s->workers[i].f.server));
  char got[512];
  for (int i = 0; i < CLIENTS; i++) {
    assert_int_equal(send(clients[i], GET("/"), strlen(GET("/")), 0), strlen(GET("/")));
    while (recv(clients[i], got, sizeof got, 0) <= 0) turn_all(s, 0);
    close(clients[i]);
  }
  for (int i = 0; i < WORKERS; i++) worker_stop(s, i);
}

static void worker_drained(void *data) { ((fixture *)data)->drained = true; }

/* Two servers of one worker: what one has open does not hold the other's drain. */
static void servers_of_a_worker_drain_apart(void **state) {
  shared *s = *state;
  worker_start(s, 0);
  fixture *f = &s->workers[0].f, other = {.answer = answer_hello};
  int client = connect_to(s);
  while (http_server_connections(f->server) < 1) turn(f);
  http_server *second;
  assert_int_equal(http_server_create(&f->loop, &f->options, &f->handler, &other, NULL, &second), 0);
  int fd = http_listen_socket("127.0.0.1:0", 0);
  assert_int_equal(http_listener_adopt(second, fd, NULL), 0);
  turn(f);
  http_server_drain(second, worker_drained, &other);
  WAIT_FOR(f, other.drained);
  assert_int_equal(http_server_connections(f->server), 1);
  http_server_destroy(second, fixture_destroyed, &other);
  WAIT_FOR(f, other.destroyed);
  close(client);
  worker_stop(s, 0);
}

static void a_draining_worker_is_no_target_but_serves_its_inbox(void **state) {
  shared *s = *state;
  worker_start(s, 0);
  worker_start(s, 1);
  int first = connect_to(s), second = connect_to(s);
  fixture *a = &s->workers[0].f, *b = &s->workers[1].f;
  while (http_server_connections(a->server) < 1) turn(a);
  while (accept_group_passed(s->group, s->workers[0].slot) < 1) turn(a); /* the second is on its way to b */
  http_server_drain(b->server, worker_drained, b);
  assert_true(accept_member_expects(s->workers[1].member));
  while (http_server_connections(b->server) < 1) turn(b);
  assert_false(b->drained);
  int third = connect_to(s);
  while (http_server_connections(a->server) < 2) turn(a);
  assert_int_equal(send(second, GET("/"), strlen(GET("/")), 0), strlen(GET("/")));
  char got[512] = {0};
  while (recv(second, got, sizeof got - 1, 0) <= 0) turn(b);
  assert_non_null(strstr(got, "Connection: close\r\n"));
  close(second);
  while (!b->drained) turn(b);
  close(first);
  close(third);
  worker_stop(s, 0);
  worker_stop(s, 1);
}

static void what_a_dead_worker_leaves_goes_to_others(void **state) {
  shared *s = *state;
  worker_start(s, 0);
  worker_start(s, 1);
  int first = connect_to(s), second = connect_to(s);
  fixture *a = &s->workers[0].f;
  while (accept_group_passed(s->group, s->workers[0].slot) < 1) turn(a);
  accept_group_release(s->group, s->workers[1].slot); /* as if it had died with the message unread */
  while (http_server_connections(a->server) < 2) turn(a);
  close(first);
  close(second);
  worker_stop(s, 0);
  worker_stop(s, 1);
}

static void a_paused_worker_keeps_what_it_has_and_gets_no_more(void **state) {
  shared *s = *state;
  worker_start(s, 0);
  worker_start(s, 1);
  fixture *a = &s->workers[0].f, *b = &s->workers[1].f;
  int fds[9];
  fds[0] = connect_to(s);
  while (http_server_connections(a->server) < 1) turn(a);
  accept_member_pause(s->workers[0].member, true);
  turn(a);
  for (int i = 1; i < 5; i++) fds[i] = connect_to(s);
  while (http_server_connections(b->server) < 4) turn(b), turn(a);
  assert_int_equal(http_server_connections(a->server), 1);
  accept_member_pause(s->workers[0].member, false);
  for (int i = 5; i < 9; i++) fds[i] = connect_to(s);
  while (http_server_connections(b->server) + http_server_connections(a->server) < 9) turn(b), turn(a);
  assert_true(http_server_connections(a->server) >= 4);
  for (int i = 0; i < 9; i++) close(fds[i]);
  worker_stop(s, 0);
  worker_stop(s, 1);
}

static void count_loss(void *data) { ++*(int *)data; }

static void a_connection_that_finds_no_descriptor_leaves_no_count(void **state) {
  shared *s = *state;
  worker_start(s, 0);
  worker_start(s, 1);
  fixture *a = &s->workers[0].f, *b = &s->workers[1].f;
  int first = connect_to(s), second = connect_to(s), lost = 0, taken[4096], count = 0;
  accept_member_on_lost(s->workers[1].member, count_loss, &lost);
  while (accept_group_passed(s->group, s->workers[0].slot) < 1) turn(a);
  struct rlimit before, small;
  getrlimit(RLIMIT_NOFILE, &before);
  small = (struct rlimit){.rlim_cur = 256, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &small);
  while (count < 4096 && (taken[count] = dup(0)) >= 0) count++;
  while (lost == 0) turn(b);
  while (count > 0) close(taken[--count]);
  setrlimit(RLIMIT_NOFILE, &before);
  assert_int_equal(accept_group_load(s->group, s->workers[1].slot), 0);
  close(first);
  close(second);
  worker_stop(s, 0);
  worker_stop(s, 1);
}

/* A process that was forked for a slot cannot touch what decides about another one. */
static void slots_of_others_are_read_only(void **state) {
  accept_group *group = accept_group_create(4);
  assert_non_null(group);
  assert_int_equal(accept_group_reserve(group), 0);
  assert_int_equal(accept_group_reserve(group), 1);
  for (int touched = 0; touched < 2; touched++) {
    pid_t pid = fork();
    if (pid == 0) {
      signal(SIGSEGV, SIG_DFL);
      accept_group_keep_own(group, 0);
      accept_group_release(group, touched); /* clears its list of sockets */
      _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (touched == 0) assert_int_equal(status, 0);
    if (touched == 1) assert_true(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
  }
  /* What a worker says of itself does not make its slot free. */
  assert_int_equal(accept_group_reserve(group), 2);
  accept_group_destroy(group);
}

static void slots_run_out_and_come_back(void **state) {
  shared *s = *state;
  for (int i = 0; i <= WORKERS; i++) assert_int_equal(accept_group_reserve(s->group), i);
  assert_int_equal(accept_group_reserve(s->group), UV_ENOSPC);
  accept_group_release(s->group, 2);
  assert_int_equal(accept_group_reserve(s->group), 2);
}

#define SHARED(name) cmocka_unit_test_setup_teardown(name, shared_setup, shared_teardown)
int main(void) {
  const struct CMUnitTest tests[] = {
      SHARED(connections_spread_evenly),
      SHARED(a_paused_worker_keeps_what_it_has_and_gets_no_more),
      SHARED(a_connection_that_finds_no_descriptor_leaves_no_count),
      SHARED(one_busy_worker_passes_connections_on),
      SHARED(servers_of_a_worker_drain_apart),
      SHARED(a_draining_worker_is_no_target_but_serves_its_inbox),
      SHARED(what_a_dead_worker_leaves_goes_to_others),
      cmocka_unit_test(slots_of_others_are_read_only),
      SHARED(slots_run_out_and_come_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
