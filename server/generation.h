/*
 * generation: one config, its zygote and its workers. It starts as a whole (every worker serves, or the generation has
 * failed), keeps its workers alive while it is active, and ends as a whole (drained or killed).
 *
 *   starting → probation → active → draining → gone
 *   starting → draining → gone       (it failed, or a stop came: who has accepted connections finishes them)
 *   probation → draining → gone      (it failed)
 *   any → failed → gone              (killed)
 *
 * Ready means serving: every worker has listened and gone on for some turns of its loop. What dies in the first second
 * after that (a rejection nobody handles, a client that cannot connect to its database) is what the probation is for:
 * a generation in which every worker has died once has failed. That a few die is what any bug can do at any time, and
 * no reason to go back; with one worker, one death is all of them. While it lasts the generation before is paused: its
 * workers keep their connections, accept nothing, and are not replaced.
 *
 * A generation keeps its code (runtime/code_store.h): the memory is made with it, this process is its keeper, and the
 * workers read it through their zygote.
 */
#ifndef JSD_SERVER_GENERATION_H
#define JSD_SERVER_GENERATION_H

#include "server/config.h"
#include "server/socket_table.h"
#include "server/worker.h"
#include "server/worker_process.h"

typedef enum generation_state {
  GENERATION_STARTING,
  GENERATION_PROBATION,
  GENERATION_ACTIVE,
  GENERATION_DRAINING,
  GENERATION_FAILED, /* being killed */
} generation_state;

/* What the supervisor wants to hear: ready, proven, or failed, which may come instead of either. None comes twice. */
typedef struct generation_events {
  void (*ready)(void *data, generation *g);  /* all workers serve; probation begins if there is one */
  void (*proven)(void *data, generation *g); /* it is active now */
  void (*failed)(void *data, generation *g, const char *why);
} generation_events;

/* A socket that the generation uses, and how many descriptors its workers hold of it. */
typedef struct generation_use {
  shared_socket *socket;
  unsigned holders;
} generation_use;

struct generation {
  generation *next;
  uint64_t number;
  generation_state state;
  bool paused;
  uint64_t probation_ms; /* 0: none */
  event_timer probation;
  config *config; /* owned */
  event_loop *loop;
  shm *memory;
  accept_group *accept_group; /* may be NULL */
  int keep_fds;               /* see zygote_options */
  socket_table *sockets;
  const worker_program *program;
  generation_events events;
  void *data;

  pid_t zygote; /* 0: none */
  bool zygote_ready;
  uint64_t zygote_started_ms, zygote_start_us;
  event_watch zygote_channel; /* fd -1: closed */
  event_timer zygote_respawn, zygote_deadline;
  backoff zygote_crashes;

  code_store *code; /* what its workers have loaded; NULL: the config wants none, or there is no memory for it */
  bool code_told;   /* the log says that not all of it is kept */

  worker_process *workers;
  size_t worker_count;
  generation_use *uses;
  size_t use_count;
  uint64_t nobody_since_ms; /* no worker serves; 0: one does */
  bool queue_closed;        /* ... for so long that its sockets were closed */
};

typedef struct generation_options {
  uint64_t number;
  bool on_trial; /* another one serves: the config's probation counts */
  event_loop *loop;
  shm *memory;
  accept_group *accept_group; /* may be NULL */
  int keep_fds;               /* see zygote_options */
  socket_table *sockets;
  const worker_program *program;
  generation_events events;
  void *data;
} generation_options;

/*
 * Binds the configured addresses (the generation's config then holds the real ports) and starts the zygote. Takes the
 * config in any case. Returns NULL after one line on the log.
 */
generation *generation_start(const generation_options *options, config *config);
/* Its workers accept nothing new, or accept again; the ones that died meanwhile are then replaced. */
void generation_pause(generation *g, bool paused);
/* Active or probation → draining. */
void generation_drain(generation *g, drain_reason reason);
/* Draining: what is left is cut now, and counted in the log. Any other state: as generation_kill. */
void generation_cut(generation *g);
/* Any state → failed: kills all. */
void generation_kill(generation *g);
/* Reaps its processes that have ended. */
void generation_reap(generation *g);
/* No process is left of a draining or failed generation. */
bool generation_gone(const generation *g);
/* The process is its zygote or one of its workers. */
bool generation_owns(const generation *g, pid_t pid);
/* Some fork was ordered whose pid is not known yet. */
bool generation_forking(const generation *g);
/* Releases its sockets and memory; it must be gone. */
void generation_free(generation *g);

/* For worker_process. */
void generation_worker_wanted(generation *g, worker_process *w);
void generation_worker_offers(generation *g, worker_process *w, const ipc_message *offer);
void generation_worker_ready(generation *g, worker_process *w);
/* The pid of a process that was ordered. */
void generation_worker_named(generation *g, worker_process *w, pid_t pid);
/* An order to fork was not answered in time: the zygote is killed. */
void generation_zygote_late(generation *g);

#endif
