/*
 * lookup: the addresses of host names, for a master that must not wait: name servers may take many seconds, and
 * meanwhile workers die, hang and want sockets. A child process asks (the master can have no threads, since it forks),
 * and says what it found over a pipe. LOOKUP_PATIENCE_MS later the answer is what is there.
 */
#ifndef JSD_SERVER_LOOKUP_H
#define JSD_SERVER_LOOKUP_H

#include <stddef.h>

#include "server/event_loop.h"

enum { LOOKUP_PATIENCE_MS = 10000, LOOKUP_ANSWER_BYTES = 8192 };

/* The owner embeds it; zeroed memory is idle. */
typedef struct lookup {
  event_loop *loop;
  event_watch answer;
  event_timer deadline;
  int child; /* pid; 0: idle. It is reaped by whoever reaps the master's unknown children */
  char names[4096];
  char found[LOOKUP_ANSWER_BYTES];
  size_t size;
  /* found: lines "NAME ADDRESS", and every other name alone on its line. */
  void (*done)(struct lookup *l, const char *found);
} lookup;

/* names: one a line. l->loop and l->done are set by the caller; done comes later, once. Returns 0 or -errno. */
int lookup_start(lookup *l, const char *names);
/* done does not come any more. */
void lookup_stop(lookup *l);

#endif
