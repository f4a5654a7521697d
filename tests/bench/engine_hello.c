/*
 * engine_hello: the HTTP engine with a handler in C that answers a fixed JSON body: what the engine alone costs.
 *   engine_hello ADDRESS [WORKERS]
 * With WORKERS > 0 the parent binds, forks that many workers sharing the socket through an accept group, and prints each
 * one's connections when it gets SIGUSR1.
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
  static const char headers[] = "Content-Type: application/json\r\n", body[] = "{\"hello\":\"world\"}";
  exchange_respond(x, 200, NULL, (http_slice){headers, sizeof headers - 1},
                   (http_bytes){.data = body, .length = sizeof body - 1}, 0);
}
static const http_handler handler = {.on_request = on_request};

static int serve(int fd, accept_group *group, int slot) {
  uv_loop_t loop;
  http_server_options options;
  http_server *server;
  http_server_options_default(&options);
  uv_loop_init(&loop);
  if (group && accept_group_join(group, slot, &loop, &options.accept_member) < 0) return 1;
  if (http_server_create(&loop, &options, &handler, NULL, NULL, &server) < 0) return 1;
  if (http_listener_adopt(server, fd, NULL) < 0) return 1;
  return uv_run(&loop, UV_RUN_DEFAULT);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  int workers = argc > 2 ? atoi(argv[2]) : 0, fd = http_listen_socket(argv[1], 0);
  if (fd < 0) {
    fprintf(stderr, "%s: %s\n", argv[1], uv_strerror(fd));
    return 1;
  }
  if (workers <= 0) return serve(fd, NULL, 0);
  accept_group *group = accept_group_create((unsigned)workers);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  for (int i = 0; i < workers; i++) {
    int slot = accept_group_reserve(group);
    if (fork() == 0) return serve(fd, group, slot);
  }
  sigprocmask(SIG_BLOCK, &signals, NULL);
  for (int got; sigwait(&signals, &got) == 0;) {
    for (int i = 0; i < workers; i++)
      printf("worker %d: connections=%u passed=%lu received=%lu\n", i, accept_group_load(group, i),
             (unsigned long)accept_group_passed(group, i), (unsigned long)accept_group_received(group, i));
    fflush(stdout);
  }
}
