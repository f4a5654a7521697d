/*
 * backoff: when to replace something that crashed. What did its work before it crashed is replaced at once, however
 * often: a request that kills its worker twice a second must not add up to an outage. What dies before it has done
 * anything is replaced at once the first time, then after a delay that doubles. Arithmetic only; whoever owns it keeps
 * the timers.
 */
#ifndef JSD_SERVER_BACKOFF_H
#define JSD_SERVER_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#include "server/config.h"

typedef struct backoff {
  unsigned crashes; /* in a row, without work in between */
} backoff;

/*
 * It crashed. worked: it had done something of use, or been there for the config's respawn.stable_after. Returns how
 * long to wait before the next try, in milliseconds.
 */
uint64_t backoff_crashed(backoff *b, const config *c, bool worked);
/* As many crashes in a row as the config calls a crash loop. */
bool backoff_is_loop(const backoff *b, const config *c);

#endif
