/*
 * drain: how a process that serves comes to its end without cutting anybody off, and the registry of what that waits
 * for. A drain does four things, in this order:
 *   1. nothing new is accepted: every service is paused;
 *   2. the app's handlers of SIGTERM run, once per process, where a host asks for it (runtime_host.terminates). They
 * may close servers and end the process, as under Node;
 *   3. every service is told why, finishes what is in flight, and says goodbye where its protocol can;
 *   4. what holds the drain is waited for. How long is the host's business; it then asks what is left (by kind) and
 *      ends the process.
 *
 * What holds a drain is somebody who waits for this process, or work that somebody asked for:
 *   - services: whatever accepts connections, until it says that it has drained (exchanges of HTTP servers so);
 *   - connections that a server of the app accepted, from accept to close. What the app itself connected to (a database
 *     pool) does not count: it is there for as long as the app is;
 *   - promises given to waitUntil() of a fetch handler;
 *   - work that began in a request: one-shot timers that keep the loop alive (no setInterval, which has no end, and
 * none after unref()), and operations on the thread pool (fs, dns, crypto, zlib). "In a request" is the synchronous
 * part of the handler, what follows by await and promises, and the callbacks of such timers and operations; not the
 *     events of what stays open (a pool's connection), whoever opened it. The same work of nobody's request (a poll that the app runs by
 *     setTimeout, a log being written) does not count;
 *   - handlers of SIGTERM, from when they ran until the process ends: by process.exit, because nothing is left in its
 *     loop, or by a further SIGTERM that nobody listens to (a library raises it again once it is done), as under Node.
 */
#ifndef JSD_RUNTIME_DRAIN_H
#define JSD_RUNTIME_DRAIN_H

#include <stdbool.h>
#include <stddef.h>

typedef struct runtime runtime;

/* Numbers travel between master and worker (server/ipc.h). */
typedef enum drain_reason {
  DRAIN_RELOAD = 1, /* others serve from now on: a client may come back at once (WebSocket: 1012) */
  DRAIN_STOP = 2,   /* nobody will be there (WebSocket: 1001) */
} drain_reason;

/* What is held or cut, in the order in which it is named to an operator. */
typedef enum drain_kind {
  DRAIN_NOTHING,
  DRAIN_REQUEST,    /* HTTP: begun and not answered */
  DRAIN_CONNECTION, /* HTTP: between requests, or in the middle of a request's head */
  DRAIN_WEBSOCKET,
  DRAIN_UPGRADED, /* handed to the app by an upgrade or CONNECT */
  DRAIN_NET,
  DRAIN_TLS,
  DRAIN_WAIT_UNTIL,
  DRAIN_TIMER,
  DRAIN_OPERATION,
  DRAIN_HANDLER,
  DRAIN_KINDS
} drain_kind;

typedef struct drain_counts {
  size_t of[DRAIN_KINDS];
} drain_counts;

/*
 * A service is what accepts connections: a listener with its connections. A binding embeds this struct, adds it when it
 * begins to listen, and calls runtime_service_changed whenever `drained` may have become true. Members may be NULL but
 * for drain and drained. One that is added while the process is paused or drains is told at once.
 */
typedef struct runtime_service {
  struct runtime_service *next, *previous;
  /* Accept nothing new, but keep listening and keep what there is; false: accept again. */
  void (*pause)(struct runtime_service *service, bool paused);
  /* Stop listening, finish what is in flight. May remove the service. */
  void (*drain)(struct runtime_service *service, drain_reason reason);
  bool (*drained)(struct runtime_service *service);
  /* The drain's time is up: say goodbye, where the protocol can. */
  void (*goodbye)(struct runtime_service *service, drain_reason reason);
  /* Cut what is left; the process ends. */
  void (*cut)(struct runtime_service *service);
  /* Adds what would be cut if the process ended now. */
  void (*count)(struct runtime_service *service, drain_counts *counts);
} runtime_service;

void runtime_service_add(runtime *rt, runtime_service *service);
void runtime_service_remove(runtime *rt, runtime_service *service);
void runtime_service_changed(runtime *rt);

/* One more and one less of a kind that holds. DRAIN_NOTHING is ignored by both. */
void runtime_hold(runtime *rt, drain_kind kind);
void runtime_release(runtime *rt, drain_kind kind);

/* All services stop accepting, or begin again; nothing while draining. */
void runtime_pause(runtime *rt, bool paused);
/* done is called once, from the loop. A second drain is ignored. The app's handlers may end the process in this call.
 */
void runtime_drain(runtime *rt, drain_reason reason, void (*done)(void *data), void *data);
bool runtime_draining(const runtime *rt);
/* The process got SIGTERM although it drains already. */
void runtime_terminated(runtime *rt);
/* All services' goodbye, or cut; nothing before the drain. */
void runtime_drain_goodbye(runtime *rt);
void runtime_drain_cut(runtime *rt);
/* What the runtime knows of that would be cut now. */
void runtime_drain_count(runtime *rt, drain_counts *counts);
/* "3 net connections, 1 request"; "" where there is nothing. Cut at size - 1 bytes. */
void drain_counts_describe(const drain_counts *counts, char *text, size_t size);

#endif
