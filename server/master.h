/*
 * master: the process that `jsd serve` starts. It turns signals into what the supervisor does, and tells people and
 * the service manager about it. It never runs JavaScript and never reads a byte from a client.
 *
 *   SIGTERM, SIGINT  finish what is in flight, then exit 0 (a second SIGINT: at once)
 *   SIGQUIT          stop at once
 *   SIGHUP           re-read the config, open the log file anew, replace all workers
 */
#ifndef JSD_SERVER_MASTER_H
#define JSD_SERVER_MASTER_H

#include "server/config.h"
#include "server/worker.h"

/* Serves until told to stop. Returns the process's exit code; every failure has been told in one line. */
int master_run(const config_overrides *options, const worker_program *program);

#endif
