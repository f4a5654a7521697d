/*
 * sim: the master on a simulated kernel. The code under test is server/master.c, supervisor.c, generation.c,
 * generation_sockets.c, worker_process.c, watchdog.c, backoff.c, event_loop.c, socket_table.c, shm.c, ipc.c and the
 * master's half of zygote.c: the very objects that jsd is linked from. What they call of the kernel, of malloc and of
 * the accept group is replaced by the linker (--wrap=NAME, see tests/sim/sim.mk), so production code knows nothing of
 * it and pays nothing for it.
 *
 * One seed is one schedule: which faults can happen at all in it (a random subset, so that rare combinations are not
 * drowned by common ones), when the operator reloads, stops or changes the config, and how each process behaves. Time
 * is virtual: it passes only in epoll_wait, to the next event. A schedule has a time of faults, then calm: no new fault
 * happens, and the master must come to rest with every worker of the last good config serving; then it is stopped.
 *
 *   kernel.c     clock, descriptors, channels, epoll, signals
 *   processes.c  fork, wait, kill; what zygotes and workers do
 *   operator.c   configs, signals to the master, addresses, memory, the accept group
 *   check.c      what must hold: after each turn of the loop, at each order to a process, and at the end
 *   main.c       seeds, trace, shrinking
 *
 * The way of working is that of FoundationDB's and TigerBeetle's simulators.
 */
#ifndef JSD_TESTS_SIM_H
#define JSD_TESTS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/ipc.h"
#include "server/supervisor.h"

/* What can go wrong: X(name, what the trace and --without call it). */
#define SIM_FAULTS(X)                                        \
  X(APP_BROKEN, "app-broken")         /* of a generation */  \
  X(EXIT_EARLY, "exit-early")         /* before listen() */  \
  X(EXIT_LISTENING, "exit-listening") /* before ready */     \
  X(EXIT_SOON, "exit-soon")           /* soon after ready */ \
  X(EXIT_LATER, "exit-later")         /* while it serves */  \
  X(EXIT_DRAINING, "exit-draining")   /* not with code 0 */  \
  X(HANG_START, "hang-start")                                \
  X(HANG_SERVING, "hang-serving")                            \
  X(HANG_DRAINING, "hang-draining")                          \
  X(STOPPED, "stopped")     /* SIGSTOP, a while */           \
  X(ELSEWHERE, "elsewhere") /* listens wrongly */            \
  X(CLOSES, "closes")       /* gives sockets up */           \
  X(JUNK, "junk")           /* on its channel */             \
  X(ZYGOTE_DIES, "zygote-dies")                              \
  X(ZYGOTE_HANGS, "zygote-hangs")                            \
  X(ZYGOTE_ERROR, "zygote-error")                            \
  X(FORK_FAILS, "fork-fails") /* in the zygote */            \
  X(FORKED_LATE, "forked-late")                              \
  X(MASTER_FORK, "master-fork") /* in the master */          \
  X(SEND_FULL, "send-full")     /* EAGAIN */                 \
  X(SEND_FAILS, "send-fails")   /* ENOBUFS */                \
  X(NO_DESCRIPTORS, "no-descriptors")                        \
  X(NO_WATCH, "no-watch") /* epoll_ctl */                    \
  X(NO_MEMORY, "no-memory")                                  \
  X(NO_ACCEPT_SLOT, "no-accept-slot")                        \
  X(INTERRUPTED, "interrupted") /* EINTR */                  \
  X(SLOW_MASTER, "slow-master") /* is not scheduled */       \
  X(BAD_CONFIG, "bad-config")                                \
  X(NAMES, "names") /* to be looked up */                    \
  X(PORT_TAKEN, "port-taken")                                \
  X(SCALE, "scale") /* workers, listen */                    \
  X(RELOAD, "reload")                                        \
  X(RELOAD_STORM, "reload-storm")                            \
  X(STOP_EARLY, "stop-early") /* amid all of this */         \
  X(STOP_TWICE, "stop-twice")

typedef enum sim_fault {
#define X(name, text) FAULT_##name,
  SIM_FAULTS(X)
#undef X
      FAULT_COUNT
} sim_fault;
extern const char *const sim_fault_names[FAULT_COUNT];

enum { MS = 1000, SIM_MASTER = 1, FD_FIRST = 100, FDS_MAX = 32768, PROCESS_FD_FIRST = 1000000 };
enum { PROCESSES_MAX = 4096, PID_FIRST = 1000, GENERATIONS_MAX = 64, WORKERS_MAX = 6, OBJECTS_MAX = 8192 };

/* ---- one schedule ---------------------------------------------------------------------------------------------- */

typedef struct sim_generation {
  unsigned loaded; /* number of the config */
  uint64_t workers, probation_ms, start_timeout_ms, drain_timeout_ms, hang_timeout_ms;
  sim_fault broken;                    /* how its app is; FAULT_COUNT: it works */
  uint64_t ready_us[WORKERS_MAX];      /* when the worker first said READY; 0: not yet */
  bool lost[WORKERS_MAX];              /* it died after the first READY, before the generation was active */
  unsigned crashes[WORKERS_MAX];       /* in a row, without work */
  bool unsure[WORKERS_MAX];            /* how many: one was about to be called stable */
  uint64_t ordered_us[WORKERS_MAX];    /* when its newest process was asked for */
  uint64_t not_before_us[WORKERS_MAX]; /* no new process before; 0: nothing is owed */
  uint64_t expected_us[WORKERS_MAX];   /* a new process is late after this; 0: none is owed */
  int state;                           /* as last seen; -1: not yet */
  int zygote;                          /* its newest; process number or -1 */
} sim_generation;

typedef struct sim_state {
  uint64_t seed, without, until_us; /* what was asked for */
  bool trace;
  uint64_t faults; /* bits of sim_fault that can happen */
  uint64_t random[FAULT_COUNT + 1];
  uint64_t now_us, calm_us, fault_us; /* fault_us: when something last failed */
  uint64_t stop_us, stop_bound_us;    /* the first stop signal, and when all must have ended */
  uint64_t quit_us;                   /* told to stop at once; 0: not */
  unsigned interrupts;
  bool calm;
  supervisor *supervisor;
  unsigned loads, reload_signals, load_after; /* load_after: loads when the last SIGHUP was sent */
  bool reload_open;
  uint64_t reload_us;
  unsigned reloaded, failed;
  uint64_t active; /* number of the generation that was active after the last turn */
  sim_generation generation[GENERATIONS_MAX];
  uint64_t turns, calls;
  long allocations;
  uint64_t spawning; /* generation whose zygote is being forked */
} sim_state;
extern sim_state sim;

/* The next random number of the fault's own stream (FAULT_COUNT: of everything else), below `bound`. */
uint64_t sim_random(int stream, uint64_t bound);
/* Whether the fault happens now, once in so many times. */
bool sim_happens(sim_fault fault, unsigned once_in);
/* Something the master relied on failed: what it owes may be late. */
bool sim_fails(sim_fault fault, unsigned once_in);
/* A line of the trace. */
__attribute__((format(printf, 1, 2))) void sim_say(const char *format, ...);
#define sim_note(...) ((void)(sim.trace && (sim_say(__VA_ARGS__), 0)))
/* An invariant is broken: says so and ends the process. */
__attribute__((format(printf, 1, 2), noreturn)) void sim_broken(const char *format, ...);
/* Calls run(process, value) in so many microseconds. */
void sim_later(uint64_t delay_us, void (*run)(int process, int64_t value), int process, int64_t value);

/* ---- kernel.c -------------------------------------------------------------------------------------------------- */

typedef struct packet {
  struct packet *next;
  struct object *fd; /* travels along; NULL: none */
  size_t size;
  unsigned char bytes[IPC_PACKET_MAX];
} packet;

typedef enum object_kind { OBJECT_EPOLL, OBJECT_SIGNALS, OBJECT_CHANNEL, OBJECT_LISTENER, OBJECT_OTHER } object_kind;

typedef struct object {
  object_kind kind;
  unsigned refs;
  struct object *peer; /* of a channel; NULL: it has gone */
  packet *first, *last;
  bool reset;   /* the peer went with unread packets: the next read fails once */
  int reader;   /* process that reads this end; -1: the master */
  bool waiting; /* the reader has been woken */
  char address[ADDRESS_TEXT_BYTES];
} object;

struct msghdr;
ssize_t sim_sendmsg(int fd, const struct msghdr *message, int flags);
void kernel_reset(void);
int object_fd(const object *o); /* by which a simulated process uses it */
object *object_of_process_fd(int fd);
void object_ref(object *o);
void object_unref(object *o);
object *object_new(object_kind kind);
int fd_open(object *o); /* a descriptor of the master; takes over the reference */
object *fd_newest_channel(void);
void signal_to_master(int number);
unsigned kernel_descriptors_open(void);
const char *kernel_descriptor_name(unsigned nth);

/* ---- processes.c ----------------------------------------------------------------------------------------------- */

typedef struct process {
  pid_t pid;
  bool zygote, alive, reaped, named; /* named: the master has read its pid */
  int status;
  uint64_t generation;
  int index, slot;
  object *channel;
  object *sockets[8];
  uint64_t socket_ids[8];
  int socket_count, listens, listens_wanted;
  bool hung, stopped, dying, forked_answered;
  bool awaiting; /* an answer to its LISTEN */
  bool ready, paused, draining, requests;
  uint64_t born_us, ready_us, hung_us, dead_us, answers_us, stopped_us;
  sim_fault fate; /* FAULT_COUNT: it lives */
} process;

extern process processes[PROCESSES_MAX];
extern int process_count;
void processes_reset(void);
process *process_by_pid(pid_t pid);
void process_wake(int process, int64_t value); /* an event: its channel has something */
void processes_heartbeat(void);

/* ---- operator.c ------------------------------------------------------------------------------------------------ */

void operator_plan(void);
void operator_stop(void);
void timers_reset(void);

/* ---- check.c --------------------------------------------------------------------------------------------------- */

void check_turn(void);
void check_order(int process, const void *bytes); /* the master sends a packet to a process */
void check_heard(const void *bytes);              /* the master reads one */
void check_fork_order(uint64_t generation, int index);
void check_kill(const process *p);
void check_reaped(process *p);
void check_spawn(uint64_t generation);
void check_notify(const char *state);
void check_end(int code);

/* ---- main.c ---------------------------------------------------------------------------------------------------- */

int sim_run(uint64_t seed, uint64_t without, uint64_t until_us);

#endif
