/*
 * http_inflight: method and path of the requests that have begun and are not answered, in memory of the hosting
 * process: when a worker dies, whoever can read that memory (its master) says what it was working on. Written with
 * plain stores by one thread, read when that has ended; all zero is an empty one. Of more requests than there are
 * entries, the later ones are not recorded.
 */
#ifndef JSD_HTTP_INFLIGHT_H
#define JSD_HTTP_INFLIGHT_H

#include <stddef.h>
#include <stdint.h>

enum { INFLIGHT_ENTRIES = 8, INFLIGHT_PATH = 120 };

typedef struct http_inflight_entry {
  uint8_t method;           /* as exchange.method: http_method_name */
  uint8_t length;           /* of the path */
  char path[INFLIGHT_PATH]; /* the beginning of the request target, without its query, which may hold secrets */
} http_inflight_entry;

typedef struct http_inflight {
  uint32_t used; /* bit i: entry i is of a request in flight */
  http_inflight_entry entries[INFLIGHT_ENTRIES];
} http_inflight;

/* The number to end it with; 0: not recorded. */
unsigned http_inflight_begin(http_inflight *inflight, unsigned method, const char *target, size_t length);
/* Takes 0 too. */
static inline void http_inflight_end(http_inflight *inflight, unsigned number) {
  if (number) inflight->used &= ~(1u << (number - 1));
}

#endif
