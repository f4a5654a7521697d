/*
 * in_flight: which requests a worker has begun and not answered, in memory that outlives it: when it dies, the parent
 * says what it was doing, so that a request that kills worker after worker can be found. Of more than IN_FLIGHT_MAX it
 * keeps the ones that began last. Plain stores into two or three cache lines per request, no locks: one process writes,
 * and the other reads when that one is dead.
 */
#ifndef JSD_HTTP_IN_FLIGHT_H
#define JSD_HTTP_IN_FLIGHT_H

#include <stddef.h>
#include <stdint.h>

enum { IN_FLIGHT_MAX = 8, IN_FLIGHT_TEXT_BYTES = 128 };

/* Zeroed memory is empty. */
typedef struct in_flight {
  _Alignas(64) uint64_t ticket[IN_FLIGHT_MAX]; /* 0: free; rising, modulo IN_FLIGHT_MAX its index */
  char text[IN_FLIGHT_MAX][IN_FLIGHT_TEXT_BYTES];
  uint64_t last_ticket;
} in_flight;

/* A request begins: "METHOD PATH", cut to IN_FLIGHT_TEXT_BYTES - 1. target: path and query, which is left out, since it
 * may hold secrets; needs no end. Returns its ticket, never 0. */
uint64_t in_flight_begin(in_flight *f, const char *method, const char *target, size_t length);
/* It is answered. Does nothing where a later one has taken its place, and for ticket 0. */
void in_flight_end(in_flight *f, uint64_t ticket);
/*
 * The nth of them, the one that began last first: fills in and returns text, or returns NULL when there are not as
 * many. Nothing in f is trusted: what is not printable ASCII becomes '?'.
 */
const char *in_flight_nth(const in_flight *f, unsigned nth, char text[IN_FLIGHT_TEXT_BYTES]);

#endif
