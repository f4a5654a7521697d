/* See inflight.h. A request costs a copy of its path and two stores. */
#include "server/http/inflight.h"

#include <stdatomic.h>
#include <string.h>

unsigned http_inflight_begin(http_inflight *inflight, unsigned method, const char *target, size_t length) {
  unsigned free = ~inflight->used & ((1u << INFLIGHT_ENTRIES) - 1);
  if (!free) return 0;
  unsigned i = (unsigned)__builtin_ctz(free);
  http_inflight_entry *entry = &inflight->entries[i];
  if (length > INFLIGHT_PATH) length = INFLIGHT_PATH;
  const char *query = memchr(target, '?', length);
  if (query) length = (size_t)(query - target);
  entry->method = (uint8_t)method;
  entry->length = (uint8_t)length;
  memcpy(entry->path, target, length);
  atomic_signal_fence(memory_order_release); /* the process may end between any two stores */
  inflight->used |= 1u << i;
  return i + 1;
}
