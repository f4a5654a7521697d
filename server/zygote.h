/*
 * zygote: the process that workers are forked from: it has done once what every worker needs (engine initialised,
 * built-in JS loaded), has no threads and no event loop, and serves nobody. The master forks one per generation and
 * tells it when to fork a worker. Workers become children of the master, which reaps them itself.
 */
#ifndef JSD_SERVER_ZYGOTE_H
#define JSD_SERVER_ZYGOTE_H

#include <sys/types.h>

#include "server/worker.h"

typedef struct zygote_options {
  const config *config;
  const worker_program *program;
  shm *memory;
  accept_group *accept_group; /* may be NULL */
  publish_group *publish;     /* may be NULL */
  int keep_fds;               /* descriptors below this one stay open in zygote and workers, all others are closed */
  uint64_t generation;
  code_store *code; /* the keeper's; NULL: none */
} zygote_options;

/*
 * Forks the zygote. Returns its pid and the master's end of its channel, or -errno. The zygote then says IPC_READY or
 * IPC_ERROR, answers each IPC_FORK with IPC_FORKED, and exits when the channel is closed.
 */
pid_t zygote_spawn(const zygote_options *options, int *channel);

#endif
