/*
 * worker_process: one worker as the master sees it: its process, its channel, its slot in shared memory, and the timers
 * that replace it or end it. A worker process belongs to a generation, which decides what its exit means.
 *
 *   down → forking → starting → ready → draining → down
 *            any state but down → ending (SIGKILL sent) → down
 */
#ifndef JSD_SERVER_WORKER_PROCESS_H
#define JSD_SERVER_WORKER_PROCESS_H

#include <sys/types.h>

#include "runtime/drain.h"
#include "server/backoff.h"
#include "server/event_loop.h"
#include "server/ipc.h"

typedef struct generation generation;

typedef enum worker_state {
  WORKER_DOWN,
  WORKER_FORKING, /* asked the zygote; the pid is not known yet */
  WORKER_STARTING,
  WORKER_READY,
  WORKER_DRAINING,
  WORKER_ENDING
} worker_state;

/* A channel whose queue is full for a moment must not cost an order: it is sent again until it arrives. */
typedef enum worker_owed { OWED_ANSWER = 1, OWED_PAUSE = 2, OWED_DRAIN = 4, OWED_CUT = 8 } worker_owed;

typedef struct worker_process {
  generation *owner;
  uint64_t index;
  worker_state state;
  pid_t pid;            /* 0: none */
  int slot;             /* in shared memory; -1: none */
  int accept_slot;      /* in the accept group; -1: none */
  event_watch channel;  /* fd -1: closed */
  event_timer deadline; /* start_timeout or drain_timeout */
  event_timer respawn;
  event_timer retry;         /* of what could not be sent */
  unsigned owed;             /* bits of worker_owed: orders and answers that it has not got yet */
  drain_reason drain_reason; /* with OWED_DRAIN */
  bool paused;               /* as last told, or owed */
  int answer_rc;             /* to its LISTEN, when that is owed */
  uint64_t answer_socket;
  backoff crashes;
  uint64_t forked_ms, ready_ms, down_ms; /* monotonic clock */
  uint64_t start_us;                     /* fork to ready, as measured by the worker */
  bool timed_out;
  uint64_t hang_ms; /* when the watchdog found that it hangs; 0: it does not */
  bool stop_noted, hung;
  struct shared_socket **holds; /* a socket is there as often as it was taken */
  size_t hold_count;
  bool misplaced;               /* it serves, but nothing of what is configured */
  bool died;                    /* since its generation began */
  char error[IPC_TEXT_MAX + 1]; /* what it said before it exited */
} worker_process;

void worker_process_init(worker_process *w, generation *owner, uint64_t index);
/* Asks the generation's zygote for the process; the worker must be down. Returns 0 or -errno. */
int worker_process_fork(worker_process *w, int zygote_channel);
/* Its pid is known: from itself or from the zygote. False: that is no news. */
bool worker_process_forked(worker_process *w, pid_t pid);
/* Takes in what waits in its channel. */
void worker_process_read(worker_process *w);
/* Tells a serving worker to drain within the config's drain_timeout; ends one that does not serve yet. */
void worker_process_drain(worker_process *w, drain_reason reason);
/* Tells a draining worker to cut what is left, now; ends any other. */
void worker_process_cut(worker_process *w);
/* Tells it to accept nothing new, or to accept again; nothing where it does not serve. */
void worker_process_pause(worker_process *w, bool paused);
/* The answer to IPC_LISTEN: 0 and the number of a socket that it holds, or -errno. */
void worker_process_answer(worker_process *w, int rc, uint64_t socket_id);
/* SIGKILL, as soon as the pid is known; also forgets a planned respawn. */
void worker_process_kill(worker_process *w);
/* Whether it has got a request, or served for respawn.stable_after. */
bool worker_process_worked(const worker_process *w);
/* It died: says which requests it had begun and not answered, if it kept a list. Before worker_process_down. */
void worker_process_log_in_flight(const worker_process *w);
/* It has been reaped: back to down. */
void worker_process_down(worker_process *w);
/* "exited with code 1" or "was killed by SIGKILL", with what it said or that it ran into a timeout. */
void worker_process_describe(const worker_process *w, int status, char *text, size_t size);

#endif
