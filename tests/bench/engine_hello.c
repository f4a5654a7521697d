/*
 * engine_hello: the HTTP engine with a handler in C that answers a fixed JSON body: what the engine alone costs.
 *   engine_hello ADDRESS [WORKERS]
 * With WORKERS > 0 the parent binds and forks that many workers, which share the socket through an accept group.
 * SIGUSR1 to the parent prints each slot's connections, SIGHUP replaces all workers (new ones first, then the old ones
 * drain), as a reload does.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/http/accept_group.h"
#include "server/http/listener.h"

static void on_request(void *data, exchange *x) {
  static const char body[] = "{\"hello\":\"world\"}";
  static const http_header type = {{"Content-Type", 12}, {"application/json", 16}};
  if (exchange_respond(x, 200, NULL, (http_fields){&type, 1}, (http_bytes){.data = body, .length = sizeof body - 1},
                       0) < 0)
    exchange_destroy(x);
}
static const http_handler handler = {.on_request = on_request};

static void on_drained(void *data) { exit(0); }
static void on_terminate(uv_signal_t *signal, int number) { http_server_drain(signal->data, on_drained, NULL); }

static int serve(int fd, accept_group *group, int slot) {
  uv_loop_t loop;
  http_server_options options;
  http_server *server;
  http_server_options_default(&options);
  uv_loop_init(&loop);
  if (group && accept_group_join(group, slot, &loop, &options.accept_member) < 0) return 1;
  if (http_server_create(&loop, &options, &handler, NULL, NULL, &server) < 0) return 1;
  if (http_listener_adopt(server, fd, NULL) < 0) return 1;
  uv_signal_t terminate;
  uv_signal_init(&loop, &terminate);
  terminate.data = server;
  uv_signal_start(&terminate, on_terminate, SIGTERM);
  return uv_run(&loop, UV_RUN_DEFAULT);
}

enum { MAX_WORKERS = 64, SLOTS = 256 };
static pid_t worker_of_slot[SLOTS];

static void fork_workers(int fd, accept_group *group, int workers) {
  for (int i = 0; i < workers; i++) {
    int slot = accept_group_reserve(group);
    if (slot < 0) return;
    pid_t pid = fork();
    if (pid == 0) {
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, NULL);
      _exit(serve(fd, group, slot));
    }
    worker_of_slot[slot] = pid;
  }
}

static void reload(int fd, accept_group *group, int workers) {
  pid_t old[SLOTS];
  memcpy(old, worker_of_slot, sizeof old);
  fork_workers(fd, group, workers);
  usleep(20000); /* in place of the workers' word that they are ready */
  for (int i = 0; i < SLOTS; i++)
    if (old[i]) kill(old[i], SIGTERM);
}

static void reap(accept_group *group) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
    for (int i = 0; i < SLOTS; i++)
      if (worker_of_slot[i] == pid) worker_of_slot[i] = 0, accept_group_release(group, i);
}

static void print_slots(accept_group *group) {
  for (int i = 0; i < SLOTS; i++)
    if (worker_of_slot[i])
      printf("slot %d: connections=%u passed=%lu received=%lu\n", i, accept_group_load(group, i),
             (unsigned long)accept_group_passed(group, i), (unsigned long)accept_group_received(group, i));
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  int workers = argc > 2 ? atoi(argv[2]) : 0, fd = http_listen_socket(argv[1], 0);
  if (fd < 0) {
    fprintf(stderr, "%s: %s\n", argv[1], uv_strerror(fd));
    return 1;
  }
  if (workers <= 0) return serve(fd, NULL, 0);
  accept_group *group = accept_group_create(SLOTS);
  if (!group || workers > MAX_WORKERS) return 1;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  sigaddset(&signals, SIGHUP);
  sigaddset(&signals, SIGCHLD);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  fork_workers(fd, group, workers);
  for (int got; sigwait(&signals, &got) == 0;) {
    if (got == SIGUSR1) print_slots(group);
    if (got == SIGHUP) reload(fd, group, workers);
    reap(group);
  }
}
