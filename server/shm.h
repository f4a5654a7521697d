/*
 * shm: memory that master and workers share: one slot of counters per worker process, each on a page of its own,
 * written without locks by its worker only and read by whoever renders status. The master makes it before the first
 * fork, so every process has it at the same place.
 */
#ifndef JSD_SERVER_SHM_H
#define JSD_SERVER_SHM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/http/in_flight.h"
#include "server/http/server.h"

/* A page, so that a worker can be kept from writing the slots of others. */
enum { SHM_SLOT_BYTES = 4096 };

typedef struct shm_slot {
  _Alignas(64) _Atomic uint64_t pid; /* as its worker says; 0: free */
  _Atomic uint64_t generation;
  _Atomic uint64_t index;
  _Atomic uint64_t started_us;   /* monotonic clock, when it was forked */
  _Atomic uint64_t ready_us;     /* when it began to serve; 0: not yet */
  _Atomic uint64_t heartbeat_ms; /* monotonic clock, about once a second while the loop turns */
  _Atomic int64_t accept_slot;   /* in the accept group; -1: none. Set by the master */
  http_counters http;            /* of all HTTP servers of the worker */
  in_flight in_flight;           /* requests that it has begun and not answered */
  _Alignas(SHM_SLOT_BYTES) char end[0];
} shm_slot;
_Static_assert(sizeof(shm_slot) == SHM_SLOT_BYTES, "a slot is a page");

/* Which slots are taken is the master's own knowledge: what a worker writes into its slot decides nothing. */
typedef struct shm {
  size_t slots;
  shm_slot *slot;
  bool *taken;
} shm;

/* Returns 0 or -errno. */
int shm_create(shm *memory, size_t slots);
void shm_destroy(shm *memory);
/* A free slot, zeroed and marked as taken, or -1. Only the master takes and releases. */
int shm_take(shm *memory);
void shm_release(shm *memory, int slot);
/* In a worker: all slots but its own are read-only from now on. 0 or -errno. */
int shm_keep_own(shm *memory, int slot);

#endif
