#include "server/backoff.h"

uint64_t backoff_crashed(backoff *b, const config *c, bool worked) {
  if (worked) b->crashes = 0;
  b->crashes++;
  if (b->crashes == 1) return 0;
  uint64_t delay = c->respawn.delay;
  for (unsigned i = 2; i < b->crashes && delay < c->respawn.delay_max; i++) delay *= 2;
  return delay < c->respawn.delay_max ? delay : c->respawn.delay_max;
}

bool backoff_is_loop(const backoff *b, const config *c) { return b->crashes >= c->respawn.crash_loop; }
