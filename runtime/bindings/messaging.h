/* messaging.h: what other bindings need of ports and their carriers. */
#ifndef JSD_RUNTIME_BINDINGS_MESSAGING_H
#define JSD_RUNTIME_BINDINGS_MESSAGING_H

#include "../thread_group.h"

/* A carrier of the port, whose hold it takes over; NULL without memory. */
napi_value messaging_carry(napi_env env, port *p);
/* The port of a carrier, still the carrier's; or NULL. */
port *messaging_carried(napi_env env, napi_value carrier);
/* v8.getHeapStatistics() (bindings/heap.c). */
napi_value heap_statistics_object(napi_env env);

#endif
