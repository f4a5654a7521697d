/*
 * backoff: when to replace something that crashed: at once the first time, then after a delay that doubles, until it
 * has been healthy for a while. Arithmetic only; whoever owns it keeps the timers.
 */
#ifndef JSD_SERVER_BACKOFF_H
#define JSD_SERVER_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#include "server/config.h"

typedef struct backoff {
  unsigned crashes; /* in a row */
} backoff;

/* It crashed after serving for served_ms. Returns how long to wait before the next try, in milliseconds. */
uint64_t backoff_crashed(backoff *b, const config *c, uint64_t served_ms);
/* As many crashes in a row as the config calls a crash loop. */
bool backoff_is_loop(const backoff *b, const config *c);

#endif
