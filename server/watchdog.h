/*
 * watchdog: looks after workers that live but do not answer, a few times a second. Connections that wait for one go to
 * the others (accept_group_rescue); one whose loop has not turned for hang_timeout is asked for its JavaScript stack,
 * which it prints if it can, and is then replaced. A process that somebody stopped or debugs is named and left alone.
 */
#ifndef JSD_SERVER_WATCHDOG_H
#define JSD_SERVER_WATCHDOG_H

#include <signal.h>

#include "server/supervisor.h"

/* To a worker: print the stack of the running JavaScript (worker_runtime.c). */
#define WATCHDOG_STACK_SIGNAL (SIGRTMIN + 6)

typedef struct watchdog {
  supervisor *supervisor;
  event_timer timer;
  unsigned ticks;
} watchdog;

/* The supervisor outlives it; the timer ends with the supervisor's loop. */
void watchdog_start(watchdog *w, supervisor *s);

#endif
