/*
 * The master's children: fork, wait and kill as it calls them, and what zygotes and workers do. They speak through the
 * real ipc.c, on descriptors of their own.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/zygote.h"
#include "sim.h"

process processes[PROCESSES_MAX];
int process_count;
static shm *memory;

static void worker_listen_next(int number, int64_t value);

void processes_reset(void) {
  memset(processes, 0, (size_t)process_count * sizeof *processes);
  process_count = 0;
}

static uint64_t up_to(uint64_t bound_us) { return sim_random(FAULT_COUNT, bound_us + 1); }
static const char *kind(const process *p) { return p->zygote ? "zygote" : "worker"; }
static int number_of(const process *p) { return (int)(p - processes); }

process *process_by_pid(pid_t pid) {
  int i = pid - PID_FIRST;
  return i >= 0 && i < process_count ? &processes[i] : NULL;
}

static process *process_new(bool zygote, uint64_t generation, object *channel) {
  if (process_count == PROCESSES_MAX) sim_broken("the master starts processes without end");
  process *p = &processes[process_count];
  *p = (process){.pid = PID_FIRST + process_count,
                 .zygote = zygote,
                 .alive = true,
                 .generation = generation,
                 .slot = -1,
                 .channel = channel,
                 .born_us = sim.now_us,
                 .fate = FAULT_COUNT};
  channel->reader = process_count++;
  return p;
}

static void process_die(process *p, int status) {
  if (!p->alive) return;
  sim_note("%s %d of generation %d (pid %d) ends: %s %d", kind(p), p->index, (int)p->generation, p->pid,
           WIFSIGNALED(status) ? "signal" : "code", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  p->alive = false;
  p->dead_us = sim.now_us;
  p->status = status;
  p->channel->reader = -1;
  object_unref(p->channel);
  for (int i = 0; i < p->socket_count; i++) object_unref(p->sockets[i]);
  p->socket_count = 0;
  signal_to_master(SIGCHLD);
}

static void killed(int number, int64_t signal) { process_die(&processes[number], (int)signal); }
/* Nothing but a signal ends one that hangs. */
static void exits(int number, int64_t code) {
  if (!processes[number].hung && !processes[number].stopped) process_die(&processes[number], (int)code << 8);
}

static void exits_soon(process *p, int code) {
  if (p->dying) return;
  p->dying = true;
  if (code != 0 && up_to(1) == 0) {
    ipc_send(object_fd(p->channel), IPC_ERROR, 0, 0, "Error: it does not work", -1);
  }
  sim_later(up_to(2 * MS), exits, number_of(p), code);
}

static void hangs(process *p) {
  if (p->hung) return;
  p->hung = true;
  p->hung_us = p->stopped ? p->stopped_us : sim.now_us; /* since when it is silent */
  sim_note("%s %d of generation %d (pid %d) hangs", kind(p), p->index, (int)p->generation, p->pid);
}

/* ---- the zygote ---------------------------------------------------------------------------------------------------
 */

static void zygote_starts(int number, int64_t value) {
  process *p = &processes[number];
  if (!p->alive || p->hung) return;
  if (sim_happens(FAULT_ZYGOTE_ERROR, 4)) {
    ipc_send(object_fd(p->channel), IPC_ERROR, -EINVAL, 0, "the engine could not be started", -1);
    exits_soon(p, 1);
    return;
  }
  ipc_send(object_fd(p->channel), IPC_READY, 0, 100, NULL, -1);
}

static void zygote_dies(int number, int64_t value) {
  if (!sim.calm) process_die(&processes[number], up_to(1) == 0 ? SIGSEGV : 1 << 8);
}

static void zygote_hangs(int number, int64_t value) {
  if (processes[number].alive && !sim.calm) hangs(&processes[number]);
}

pid_t __real_zygote_spawn(const zygote_options *options, int *channel);
pid_t __wrap_zygote_spawn(const zygote_options *options, int *channel);
pid_t __wrap_zygote_spawn(const zygote_options *options, int *channel) {
  sim.spawning = options->generation;
  memory = options->memory;
  return __real_zygote_spawn(options, channel);
}

pid_t sim_fork(void);
pid_t sim_fork(void) {
  if (sim_fails(FAULT_MASTER_FORK, 4)) return errno = EAGAIN, -1;
  check_spawn(sim.spawning);
  object *channel = fd_newest_channel();
  object_ref(channel);
  process *p = process_new(true, sim.spawning, channel);
  sim.generation[sim.spawning].zygote = number_of(p);
  sim_note("zygote of generation %d is forked (pid %d)", (int)p->generation, p->pid);
  sim_later(1 * MS + up_to(10 * MS), zygote_starts, number_of(p), 0);
  if (sim_happens(FAULT_ZYGOTE_DIES, 3)) sim_later(up_to(500 * MS), zygote_dies, number_of(p), 0);
  if (sim_happens(FAULT_ZYGOTE_HANGS, 4)) sim_later(up_to(100 * MS), zygote_hangs, number_of(p), 0);
  return p->pid;
}

static void zygote_answers(int number, int64_t value) {
  const process *p = &processes[number];
  int index = (int)(value >> 32), pid = (int)value;
  if (p->alive && !p->hung) ipc_send(object_fd(p->channel), IPC_FORKED, pid, (uint64_t)index, NULL, -1);
}

/* ---- a worker -----------------------------------------------------------------------------------------------------
 */

static bool comes_to(process *p, sim_fault fate) {
  if (p->fate != fate) return false;
  if (fate >= FAULT_HANG_START && fate <= FAULT_HANG_DRAINING) {
    hangs(p);
  } else {
    exits_soon(p, fate == FAULT_EXIT_LATER && up_to(1) == 0 ? 0 : 1);
  }
  return true;
}

static void fate_due(int number, int64_t value) {
  process *p = &processes[number];
  if (p->alive && !p->dying) comes_to(p, p->fate);
}

static void goes_on(int number, int64_t value) {
  process *p = &processes[number];
  p->stopped = false;
  if (p->alive) process_wake(number, 0);
}

static void is_stopped(int number, int64_t value) {
  process *p = &processes[number];
  if (!p->alive || sim.calm) return;
  sim_note("worker %d of generation %d (pid %d) is stopped for a while", p->index, (int)p->generation, p->pid);
  p->stopped = true;
  p->stopped_us = sim.now_us;
  sim_later(1 * MS + up_to(3000 * MS), goes_on, number, 0);
}

static void closes_socket(int number, int64_t value) {
  process *p = &processes[number];
  if (!p->alive || p->hung || p->socket_count == 0 || sim.calm) return;
  int i = (int)up_to((uint64_t)p->socket_count - 1);
  sim_note("worker %d of generation %d closes a server", p->index, (int)p->generation);
  ipc_send(object_fd(p->channel), IPC_CLOSED, 0, p->socket_ids[i], NULL, -1);
  object_unref(p->sockets[i]);
  p->sockets[i] = p->sockets[--p->socket_count];
  p->socket_ids[i] = p->socket_ids[p->socket_count];
  if (up_to(1) == 0) p->listens = 0, worker_listen_next(number, 0);
}

/* No message at all. */
static void garbage_send(const process *p) {
  unsigned char bytes[64];
  struct iovec part = {bytes, up_to(sizeof bytes)};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)up_to(255);
  if (up_to(1) == 0) memcpy(bytes, "\1\0\4\0", 4);
  sim_sendmsg(object_fd(p->channel), &message, 0);
}

static void talks_junk(int number, int64_t value) {
  process *p = &processes[number];
  if (!p->alive || p->hung || sim.calm) return;
  if (up_to(3) == 0) garbage_send(p);
  ipc_type type = (ipc_type)(1 + up_to(IPC_TYPE_END - 2));
  uint64_t junk = up_to(3) == 0 ? UINT64_MAX : up_to(4);
  sim_note("worker %d of generation %d sends junk (%d)", p->index, (int)p->generation, (int)type);
  /* What would be true of it is no junk. */
  if (type == IPC_READY || type == IPC_CLOSED) junk += 1000;
  if (type == IPC_READY && !p->ready) return;
  static const char *const texts[] = {"", "junk", "[::", "127.0.0.1:99999", "unix:"};
  object *fd = up_to(1) == 0 ? object_new(OBJECT_OTHER) : NULL;
  if (type != IPC_LISTEN || !p->awaiting) {
    if (type == IPC_LISTEN) p->awaiting = true;
    ipc_send(object_fd(p->channel), type, (int32_t)up_to(9) - 5, junk, texts[up_to(4)], fd ? object_fd(fd) : -1);
  }
  if (fd != NULL) object_unref(fd);
  if (up_to(3) == 0) sim_later(up_to(20 * MS), talks_junk, number, 0);
}

static sim_fault fate_draw(const sim_generation *g) {
  static const sim_fault fates[] = {FAULT_EXIT_EARLY,   FAULT_EXIT_LISTENING, FAULT_EXIT_SOON,
                                    FAULT_EXIT_LATER,   FAULT_EXIT_DRAINING,  FAULT_HANG_START,
                                    FAULT_HANG_SERVING, FAULT_HANG_DRAINING,  FAULT_ELSEWHERE};
  if (!sim.calm && g->broken != FAULT_COUNT && up_to(7) != 0) return g->broken;
  for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++) {
    if (sim_happens(fates[i], 5)) return fates[i];
  }
  return FAULT_COUNT;
}

static void worker_named(int number, int64_t value) {
  process *p = &processes[number];
  if (!p->alive || p->dying) return;
  if (ipc_send(object_fd(p->channel), IPC_FORKED, (int32_t)p->pid, (uint64_t)p->index, NULL, -1) != 0) {
    process_die(p, 1 << 8);
    return;
  }
  sim_later(up_to(10 * MS), worker_listen_next, number, 0);
}

static process *worker_new(const process *zygote, int index, int slot, object *channel) {
  process *p = process_new(false, zygote->generation, channel);
  p->index = index;
  p->slot = slot;
  p->fate = fate_draw(&sim.generation[p->generation]);
  p->listens_wanted = (int)sim.generation[p->generation].loaded & 1 ? 2 : 1;
  atomic_store(&memory->slot[slot].pid, (uint64_t)p->pid);
  sim_note("worker %d of generation %d is forked (pid %d)%s%s", index, (int)p->generation, p->pid,
           p->fate == FAULT_COUNT ? "" : "; its fate: ", p->fate == FAULT_COUNT ? "" : sim_fault_names[p->fate]);
  sim_later(sim_happens(FAULT_FORKED_LATE, 3) ? up_to(3 * MS) : 0, worker_named, number_of(p), 0);
  sim_later(up_to(300), process_wake, number_of(p), 0); /* what came before it was there */
  if (sim_happens(FAULT_STOPPED, 4)) sim_later(up_to(300 * MS), is_stopped, number_of(p), 0);
  if (sim_happens(FAULT_JUNK, 2)) sim_later(up_to(100 * MS), talks_junk, number_of(p), 0);
  if (sim_happens(FAULT_CLOSES, 3)) sim_later(up_to(500 * MS), closes_socket, number_of(p), 0);
  return p;
}

static void worker_serves(int number, int64_t value) {
  process *p = &processes[number];
  if (!p->alive || p->dying || p->hung || p->ready) return;
  if (comes_to(p, FAULT_EXIT_LISTENING)) return;
  p->ready = true;
  p->ready_us = sim.now_us;
  sim_generation *g = &sim.generation[p->generation];
  /* One that holds nothing at all is nobody's danger, and the master takes its word. */
  if (p->fate == FAULT_ELSEWHERE && p->socket_count == 0) p->fate = FAULT_COUNT;
  bool elsewhere = p->fate == FAULT_ELSEWHERE;
  if (!elsewhere && g->ready_us[p->index] == 0) g->ready_us[p->index] = sim.now_us;
  atomic_store(&memory->slot[p->slot].heartbeat_ms, sim.now_us / MS);
  p->requests = up_to(1) == 0;
  if (p->requests) memory->slot[p->slot].http.requests = 1;
  sim_note("worker %d of generation %d says that it serves%s%s", p->index, (int)p->generation,
           elsewhere ? ", but elsewhere" : "", p->requests ? " and answers" : "");
  ipc_send(object_fd(p->channel), IPC_READY, 0, 100, NULL, -1);
  if (p->fate == FAULT_EXIT_SOON) sim_later(up_to(g->probation_ms * MS), fate_due, number, 0);
  if (p->fate == FAULT_EXIT_LATER || p->fate == FAULT_HANG_SERVING) sim_later(up_to(2000 * MS), fate_due, number, 0);
}

static void worker_listen_next(int number, int64_t value) {
  static const char *const addresses[] = {"127.0.0.1:8080", "127.0.0.1:8081", "127.0.0.1:9000", "0.0.0.0:8080"};
  process *p = &processes[number];
  if (!p->alive || p->dying || p->hung || p->awaiting) return;
  if (comes_to(p, FAULT_EXIT_EARLY) || comes_to(p, FAULT_HANG_START)) return;
  if (p->listens == p->listens_wanted) {
    worker_serves(number, 0);
    return;
  }
  int which = p->fate == FAULT_ELSEWHERE ? 2 : p->listens;
  if (which == 0 && up_to(3) == 0) which = 3;
  p->listens++;
  p->awaiting = true;
  ipc_send(object_fd(p->channel), IPC_LISTEN, 511, 0, addresses[which], -1);
}

static void worker_answered(process *p, const ipc_message *message) {
  object *o = message->fd >= 0 ? object_of_process_fd(message->fd) : NULL;
  p->awaiting = false;
  if (o != NULL && p->socket_count < 8) {
    p->socket_ids[p->socket_count] = message->number;
    p->sockets[p->socket_count++] = o;
  } else if (o != NULL) {
    object_unref(o);
  }
  if (p->socket_count == 0 && !p->ready) {
    exits_soon(p, 1); /* EADDRINUSE, say, that the app does not catch */
  } else {
    sim_later(up_to(3 * MS), worker_listen_next, number_of(p), 0);
  }
}

static void worker_drains(process *p) {
  p->draining = true;
  if (p->fate == FAULT_HANG_DRAINING || p->fate == FAULT_EXIT_DRAINING) {
    comes_to(p, p->fate);
  } else {
    uint64_t most = sim.generation[p->generation].drain_timeout_ms * MS;
    sim_later(up_to(up_to(1) == 0 ? most + most / 2 : 5 * MS), exits, number_of(p), 0);
  }
}

static void worker_told(process *p, const ipc_message *message) {
  if (message->type == IPC_SOCKET) {
    worker_answered(p, message);
    return;
  }
  if (message->fd >= 0) object_unref(object_of_process_fd(message->fd));
  if (message->type == IPC_PAUSE) p->paused = message->value != 0;
  if (message->type == IPC_DRAIN) worker_drains(p);
  if (message->type == IPC_STOP) exits_soon(p, 0);
}

static void zygote_told(process *p, const ipc_message *message) {
  object *channel = message->fd >= 0 ? object_of_process_fd(message->fd) : NULL;
  if (message->type != IPC_FORK || channel == NULL) sim_broken("a zygote gets message %d", (int)message->type);
  int64_t answer = -EAGAIN;
  if (sim_fails(FAULT_FORK_FAILS, 4)) {
    object_unref(channel);
  } else {
    answer = worker_new(p, (int)message->number, message->value, channel)->pid;
  }
  uint64_t late = sim_happens(FAULT_FORKED_LATE, 2) ? sim_random(FAULT_FORKED_LATE, 30 * MS) : up_to(200);
  int64_t order = (int64_t)((message->number << 32) | (uint32_t)answer);
  /* In the order in which it was asked. */
  if (sim.now_us + late < p->answers_us) late = p->answers_us - sim.now_us;
  p->answers_us = sim.now_us + late;
  sim_later(late, zygote_answers, number_of(p), order);
}

void process_wake(int number, int64_t value) {
  process *p = &processes[number];
  if (!p->alive) return;
  p->channel->waiting = false;
  while (p->alive && !p->hung && !p->stopped) {
    ipc_message message;
    int rc = ipc_receive(object_fd(p->channel), &message);
    if (rc == -EAGAIN) return;
    if (rc == 0) {
      sim_note("%s %d of generation %d (pid %d) finds its channel closed", kind(p), p->index, (int)p->generation,
               p->pid);
      p->dying = true;
      sim_later(up_to(p->ready ? 50 * MS : 2 * MS), exits, number, 0);
      return;
    }
    if (p->zygote) {
      zygote_told(p, &message);
    } else {
      worker_told(p, &message);
    }
  }
}

void processes_heartbeat(void) {
  for (int i = 0; i < process_count; i++) {
    const process *p = &processes[i];
    if (!p->alive || p->zygote || p->hung || p->stopped || !p->ready) continue;
    atomic_store(&memory->slot[p->slot].heartbeat_ms, sim.now_us / MS);
  }
}

/* ---- kill and wait ------------------------------------------------------------------------------------------------
 */

pid_t sim_getpid(void);
pid_t sim_getpid(void) { return SIM_MASTER; }

int sim_kill(pid_t pid, int number);
int sim_kill(pid_t pid, int number) {
  if (pid == SIM_MASTER) return signal_to_master(number), 0;
  process *p = process_by_pid(pid);
  if (p == NULL || p->reaped) sim_broken("kill(%d, %d): no process of ours, or a reaped one", (int)pid, number);
  if (number != SIGKILL || !p->alive) return 0;
  sim_note("the master kills %s %d of generation %d (pid %d)", kind(p), p->index, (int)p->generation, p->pid);
  check_kill(p);
  p->dying = true;
  sim_later(up_to(2 * MS), killed, number_of(p), SIGKILL);
  return 0;
}

pid_t sim_waitpid(pid_t pid, int *status, int flags);
pid_t sim_waitpid(pid_t pid, int *status, int flags) {
  process *p = process_by_pid(pid);
  if (p == NULL || p->reaped) sim_broken("waitpid(%d): no process of ours, or a reaped one", (int)pid);
  if (!(flags & WNOHANG)) sim_broken("waitpid(%d) blocks", (int)pid);
  if (p->alive) return 0;
  p->reaped = true;
  if (status != NULL) *status = p->status;
  check_reaped(p);
  return pid;
}

int sim_waitid(idtype_t type, id_t id, siginfo_t *info, int flags);
int sim_waitid(idtype_t type, id_t id, siginfo_t *info, int flags) {
  info->si_pid = 0;
  for (int i = 0; i < process_count; i++) {
    process *p = &processes[i];
    if (p->reaped || p->alive || (type == P_PID && p->pid != (pid_t)id)) continue;
    info->si_pid = p->pid;
    return 0;
  }
  if (type == P_PID) {
    const process *p = process_by_pid((pid_t)id);
    if (p == NULL || p->reaped) return errno = ECHILD, -1;
  }
  return 0;
}

FILE *sim_fopen(const char *path, const char *mode);
FILE *sim_fopen(const char *path, const char *mode) {
  int pid;
  static char text[64];
  if (sscanf(path, "/proc/%d/stat", &pid) != 1) sim_broken("fopen(%s)", path);
  const process *p = process_by_pid(pid);
  if (p == NULL || p->reaped) sim_broken("fopen(%s): no process of ours, or a reaped one", path);
  int size = snprintf(text, sizeof text, "%d (jsd) %c 1", pid, !p->alive ? 'Z' : p->stopped ? 'T' : 'S');
  return fmemopen(text, (size_t)size, "r");
}
