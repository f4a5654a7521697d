/*
 * Why raw clone(): a worker must be the master's child (CLONE_PARENT), so that the master gets SIGCHLD and the exit
 * status at once, and because the zygote may end before its workers do. glibc has no wrapper for that, and the raw
 * call skips what its fork() does:
 *  - pthread_atfork handlers: libuv registers one when its first loop is made, which happens only in the worker;
 *    OpenSSL compares getpid() and reseeds by itself;
 *  - the cached thread id: CLONE_CHILD_SETTID writes it where the kernel was told it lives (PR_GET_TID_ADDRESS, the
 *    same word that glibc's fork passes). Where the kernel lacks that call the old id stays, and only functions that
 *    name the main thread by pthread_t from another thread would notice;
 *  - locks of malloc and stdio: nobody holds them, the zygote has one thread.
 */
#include "server/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include "server/event_loop.h"
#include "server/ipc.h"
#include "server/log.h"
#include "server/ticket_keys.h"

enum { TITLE_BYTES = 32 };

/* The master blocks signals (it reads them from a descriptor) and ignores SIGPIPE; programs expect the usual state. */
static void signals_reset(void) {
  sigset_t none;
  sigemptyset(&none);
  for (int number = 1; number < NSIG; number++) {
    if (number != SIGKILL && number != SIGSTOP) signal(number, SIG_DFL);
  }
  signal(SIGPIPE, SIG_IGN);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void worker_environment(const worker *self) {
  char text[TITLE_BYTES];
  const config *c = self->config;
  if (config_given(c, "listen") && getenv("PORT") == NULL) {
    /* Of a Unix socket the path: listen(process.env.PORT) takes one too, and without would take any free port. */
    const char *first = c->listen.items[0];
    setenv("PORT", strncmp(first, "unix:", 5) == 0 ? first + 5 : strrchr(first, ':') + 1, 1);
  }
  for (size_t i = 0; i < c->env.count; i++) {
    char *pair = strdup(c->env.items[i]);
    if (pair != NULL) putenv(pair);
  }
  snprintf(text, sizeof text, "%llu", (unsigned long long)self->index);
  setenv("JSD_WORKER", text, 1);
  snprintf(text, sizeof text, "%llu", (unsigned long long)self->generation);
  setenv("JSD_GENERATION", text, 1);
}

static _Noreturn void worker_main(const zygote_options *options, void *state, pid_t master, const ipc_message *order) {
  worker self = {.config = options->config,
                 .index = order->number,
                 .generation = options->generation,
                 .slot = &options->memory->slot[order->value],
                 .accept_group = options->accept_group,
                 .publish = options->publish,
                 .channel = options->keep_fds,
                 .code = options->code};
  self.accept_slot = (int)atomic_load(&self.slot->accept_slot);
  shm_keep_own(options->memory, order->value);
  if (options->config->tickets != NULL) ticket_keys_seal(options->config->tickets);
  if (options->accept_group != NULL) accept_group_keep_own(options->accept_group, self.accept_slot);
  if (options->publish != NULL) publish_group_keep_own(options->publish, self.accept_slot);
  /* In the place of the zygote's channel, which must close here, or the zygote's end would go unnoticed. */
  if (dup3(order->fd, self.channel, O_CLOEXEC) < 0) _exit(1);
  close(order->fd);
  /* Before any of the app's code: should the zygote die before it can name us, the master knows us all the same. */
  if (ipc_send(self.channel, IPC_FORKED, (int32_t)getpid(), order->number, NULL, -1) != 0) _exit(1);
  if (worker_watch_master(&self, master) != 0) _exit(1);
  char title[TITLE_BYTES];
  snprintf(title, sizeof title, "jsd: worker %llu", (unsigned long long)self.index);
  uv_set_process_title(title);
  if (getrandom(&self.seed, sizeof self.seed, 0) != sizeof self.seed)
    self.seed = event_loop_now_us() ^ (uint64_t)getpid();
  atomic_store(&self.slot->pid, (uint64_t)getpid());
  atomic_store(&self.slot->generation, self.generation);
  atomic_store(&self.slot->index, self.index);
  worker_environment(&self);
  int code = options->program->run(state, &self);
  fflush(NULL);
  /* Without the C++ libraries' destructors: the engine's threads may still run. */
  _exit(code);
}

static pid_t sibling_fork(void) {
  int *tid = NULL;
  prctl(PR_GET_TID_ADDRESS, &tid);
  unsigned long flags = CLONE_PARENT | SIGCHLD;
  if (tid != NULL) flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
  /* The child's tid address is the fourth argument on some architectures and the fifth on others. */
  long rc = syscall(SYS_clone, flags, 0, NULL, tid, tid);
  return rc < 0 ? -errno : (pid_t)rc;
}

static _Noreturn void zygote_loop(const zygote_options *options, void *state, pid_t master) {
  for (;;) {
    ipc_message order;
    int rc = ipc_receive(options->keep_fds, &order);
    if (rc == -EPROTO) continue;
    if (rc <= 0) _exit(rc == 0 ? 0 : 1);
    if (order.type != IPC_FORK || order.fd < 0 || order.value < 0 || (size_t)order.value >= options->memory->slots) {
      if (order.fd >= 0) close(order.fd);
      continue;
    }
    atomic_store(&options->memory->slot[order.value].started_us, event_loop_now_us());
    pid_t pid = sibling_fork();
    if (pid == 0) worker_main(options, state, master, &order);
    close(order.fd);
    ipc_send(options->keep_fds, IPC_FORKED, pid, order.number, NULL, -1);
  }
}

/* The zygote's and the workers' view of the store, which is all that they can have of it. */
static code_store *code_attach(const code_store *keepers) {
  code_store *code = NULL;
  int rc = keepers != NULL ? code_store_attach(code_store_fd(keepers), &code) : 0;
  if (rc != 0) log_warning("the generation's code is not kept: %s", strerror(-rc));
  return code;
}

static _Noreturn void zygote_main(const zygote_options *wanted, int channel, pid_t master) {
  zygote_options own = *wanted;
  const zygote_options *options = &own;
  uint64_t started = event_loop_now_us();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != master) _exit(1);
  own.code = code_attach(wanted->code); /* before the descriptor is closed with all others */
  /* A group of its own: a terminal's Ctrl-C is for the master, which then tells the workers to drain. */
  setpgid(0, 0);
  if (channel != options->keep_fds && dup3(channel, options->keep_fds, O_CLOEXEC) < 0) _exit(1);
  channel = options->keep_fds;
  close_range((unsigned)channel + 1, ~0u, 0);
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null >= 0) {
    dup2(null, STDIN_FILENO);
    close(null);
  }
  signals_reset();
  char title[TITLE_BYTES];
  snprintf(title, sizeof title, "jsd: zygote %llu", (unsigned long long)options->generation);
  uv_set_process_title(title);
  void *state = NULL;
  int rc = options->program->create(options->config, &state);
  if (rc != 0) {
    ipc_send(channel, IPC_ERROR, rc, 0, "the JavaScript engine could not be started", -1);
    _exit(1);
  }
  ipc_send(channel, IPC_READY, 0, event_loop_now_us() - started, NULL, -1);
  zygote_loop(options, state, master);
}

pid_t zygote_spawn(const zygote_options *options, int *channel) {
  int ends[2];
  int rc = ipc_pair(ends);
  if (rc != 0) return rc;
  pid_t master = getpid();
  pid_t pid = fork();
  if (pid == 0) zygote_main(options, ends[1], master);
  rc = -errno;
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return rc;
  }
  *channel = ends[0];
  return pid;
}
