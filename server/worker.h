/*
 * worker: the worker's side of the channel to the master, and what a worker knows about itself. Which program it then
 * runs is behind worker_program: the JavaScript app (worker_runtime.c), or a small C server in the unit tests.
 */
#ifndef JSD_SERVER_WORKER_H
#define JSD_SERVER_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "server/config.h"
#include "server/http/accept_group.h"
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
  int accept_slot;            /* -1: takes part without being a target */
  int channel;                /* readable: call worker_receive */
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
 * The master has died: nobody listens any more from now on, so that its successor gets the ports also where this worker
 * hangs, and the time to drain is all that is left to it. For a signal's handler.
 */
void worker_orphaned(const worker *self);
/* Tells the master, once, that this worker serves. */
void worker_ready(worker *self);
/* Tells the master why this worker is going to exit. */
void worker_error(worker *self, const char *text);
/* Reads what the master says until nothing is left, and sets the *_ordered and master_lost members. */
void worker_receive(worker *self);
void worker_heartbeat(worker *self);

#endif
