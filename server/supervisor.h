/*
 * supervisor: which generations there are. One is active; a reload starts the next one beside it. When every worker of
 * that serves, the old one stops accepting; when the next one has outlived its probation (generation.h), the old one
 * drains. A next one that fails is removed and the old one goes on.
 */
#ifndef JSD_SERVER_SUPERVISOR_H
#define JSD_SERVER_SUPERVISOR_H

#include "server/generation.h"

typedef enum supervisor_event {
  SUPERVISOR_STARTED, /* the first generation serves */
  SUPERVISOR_RELOADING,
  SUPERVISOR_RELOADED,
  SUPERVISOR_RELOAD_FAILED,
  SUPERVISOR_STOPPING
} supervisor_event;

typedef struct supervisor_options {
  event_loop *loop;
  shm *memory;
  accept_group *accept_group; /* may be NULL */
  publish_group *publish;     /* may be NULL */
  int keep_fds;               /* see zygote_options */
  const worker_program *program;
  /* The config for a reload: 0 and *out, or -1 after its own message, or 1: supervisor_loaded will say. */
  int (*load)(void *data, config **out);
  void (*changed)(void *data, supervisor_event event);
  /* No process is left: the exit code of the whole (0: stopped as told, 1: the first generation did not start). */
  void (*finished)(void *data, int code);
  void *data;
} supervisor_options;

typedef struct supervisor {
  supervisor_options options;
  socket_table sockets;
  generation *first;    /* newest first; also the ones that are draining or being killed */
  generation *active;   /* NULL before the first one serves */
  generation *starting; /* also while on probation; NULL: none */
  uint64_t last_number;
  uint64_t started_ms; /* when `starting` was */
  event_timer sweeper; /* frees what has no process any more */
  bool loading;        /* a reload waits for supervisor_loaded */
  bool reload_wanted;  /* another reload was asked for while one was under way */
  bool stopping;
  bool hurried; /* while stopping */
  int code;
} supervisor;

void supervisor_init(supervisor *s, const supervisor_options *options);
/* The first generation; takes the config. Returns 0, or -1 after its message. */
int supervisor_start(supervisor *s, config *config);
/* Requests that come while a reload is under way become one more reload. */
void supervisor_reload(supervisor *s);
/* The config that options.load promised, or NULL after a message. It is taken in any case. */
void supervisor_loaded(supervisor *s, config *config);
/* Drains everything; `now`: kills everything. */
void supervisor_stop(supervisor *s, bool now);
/* While stopping: the drain is over, what is left is cut and counted; the second time it is killed. */
void supervisor_hurry(supervisor *s);
/* On SIGCHLD. */
void supervisor_reap(supervisor *s);

#endif
