/*
 * worker: the worker's side of the channel to the master, and what a worker knows about itself. Which program it then
 * runs is behind worker_program: the JavaScript app (worker_runtime.c), or a small C server in the unit tests.
 */
#ifndef JSD_SERVER_WORKER_H
#define JSD_SERVER_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "runtime/code_store.h"
#include "server/config.h"
#include "server/http/accept_group.h"
#include "server/http/publish_group.h"
#include "server/shm.h"

/* A worker without a master has drain_timeout and so many seconds to end. */
enum { WORKER_ORPHAN_GRACE_S = 2 };

/* A listening socket that the master gave. */
typedef struct worker_socket {
  int fd;
  ino_t inode; /* tells whether the descriptor is still that socket */
  uint64_t number;
} worker_socket;

typedef struct worker {
  const config *config;
  uint64_t index;      /* 0 .. workers-1, the same for a replacement */
  uint64_t generation; /* 1, 2, ... */
  uint64_t seed;       /* random, for this process alone */
  shm_slot *slot;
  accept_group *accept_group; /* NULL: accepts alone */
  publish_group *publish;     /* by accept_slot; NULL: messages stay in this worker */
  int accept_slot;            /* -1: takes part without being a target */
  int channel;                /* readable: call worker_receive */
  code_store *code;           /* of the generation; NULL: none */
  uint64_t offers;
  bool ready;
  bool paused; /* told to accept nothing new */
  worker_socket *sockets;
  size_t socket_count;
  /* Orders that came in while the worker waited for another answer. */
  bool drain_ordered, stop_ordered, master_lost;
  int drain_reason; /* a drain_reason of runtime/drain.h, with drain_ordered */
} worker;

typedef struct worker_program {
  /* In the zygote, once: whatever all workers can share. 0 or -errno, after its own message on standard error. */
  int (*create)(const config *config, void **state);
  /* In each worker: serves until told to drain. Returns the exit code. */
  int (*run)(void *state, worker *self);
} worker_program;

/*
 * The master's listening socket for this address, as a descriptor that the caller owns, or -errno. Blocks until the
 * master answers.
 */
int worker_listen(worker *self, const char *address, int backlog);
/*
 * Tells the master which of those descriptors have been closed since, so that it can close a socket that no worker
 * wants any more. Whoever listens just closes its descriptor; call this now and then.
 */
void worker_report_closed(worker *self);
/*
 * Offers the master a batch for the generation's code store; the descriptor stays the caller's. wait: returns when the
 * master has looked at it. 0 or -errno; -ETIMEDOUT: the master has other things to do, and may still take it.
 */
int worker_offer(worker *self, int batch, bool wait);
/* Tells the master, once, that this worker serves. */
void worker_ready(worker *self);
/* Tells the master why this worker is going to exit. */
void worker_error(worker *self, const char *text);
/* Reads what the master says until nothing is left, and sets the *_ordered and master_lost members. */
void worker_receive(worker *self);
void worker_heartbeat(worker *self);
/*
 * From now on the death of the master (its parent, `master`) closes the listening sockets at once, also where the loop
 * does not turn, and ends the process WORKER_ORPHAN_GRACE_S after drain_timeout. The sockets are shut down, not only
 * closed here: they are refused even where another worker is stopped, and their addresses are free for the next master.
 * Returns 0, or -ESRCH: it has died already.
 */
int worker_watch_master(worker *self, pid_t master);

#endif
