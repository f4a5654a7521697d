/*
 * tunnel: a byte stream in both directions that an exchange became (exchange_upgrade: WebSocket, CONNECT, any 101). It
 * stays in the engine: over TLS as over a clear socket, in the server's count of connections, and in its drain, which
 * waits until it has ended or http_server_close_all cuts it.
 *
 * No event comes from inside a tunnel_* call of the app, with the exception of `release` of foreign memory. A tunnel is
 * valid until on_close has returned. Either side may end first (half-open); when both have, it closes. What it may take
 * is limited by connection_set_timeout only: a stream of the app's own may stand still for as long as it wants.
 */
#ifndef JSD_HTTP_TUNNEL_H
#define JSD_HTTP_TUNNEL_H

#include "server/http/exchange.h"

typedef struct tunnel tunnel;

/* `data` is what exchange_upgrade was given. */
typedef struct tunnel_events {
  /* Only after tunnel_resume, and not while paused. `bytes` are valid in the call. */
  void (*on_data)(void *data, const char *bytes, size_t length);
  /* The other side has ended its direction. As on_data, not while paused. */
  void (*on_end)(void *data);
  /* Pending output fell to the low-water mark after tunnel_write said "wait". */
  void (*on_drain)(void *data);
  /* After tunnel_shutdown: all output has gone and the other side is told; error: 0 or a negative errno. */
  void (*on_shutdown)(void *data, int error);
  /* The last call, always made. error: 0, UV_ECANCELED: cut by the server, or another negative errno. */
  void (*on_close)(void *data, int error);
} tunnel_events;

/* What carries it: a connection as a whole with HTTP/1 (tunnel.c), a stream of one with others. */
typedef struct tunnel_carrier {
  int (*write)(tunnel *t, http_bytes bytes);
  int (*shutdown)(tunnel *t);
  void (*resume)(tunnel *t);
  void (*pause)(tunnel *t);
  void (*destroy)(tunnel *t);
  size_t (*pending)(const tunnel *t);
} tunnel_carrier;

struct tunnel {
  const tunnel_carrier *carrier;
  const tunnel_events *events;
  void *data;
  connection *connection; /* for addresses, options, timeouts and counts; not to be written or closed through it */
};

/* 1: go on; 0: taken, but wait for on_drain; negative errno: not taken. Writes of one turn of the loop leave together.
 */
EXCHANGE_CHECKED
static inline int tunnel_write(tunnel *t, http_bytes bytes) { return t->carrier->write(t, bytes); }
/* Ends the own direction once all output has gone; on_shutdown follows. 0, UV_ECANCELED or UV_EALREADY. */
EXCHANGE_CHECKED
static inline int tunnel_shutdown(tunnel *t) { return t->carrier->shutdown(t); }
/* It starts paused. */
static inline void tunnel_resume(tunnel *t) { t->carrier->resume(t); }
static inline void tunnel_pause(tunnel *t) { t->carrier->pause(t); }
/* Hands the kernel what it still takes, then closes; on_close(0) follows from the loop. */
static inline void tunnel_destroy(tunnel *t) { t->carrier->destroy(t); }
/* Bytes of output that the kernel has not taken yet. */
static inline size_t tunnel_pending(const tunnel *t) { return t->carrier->pending(t); }

#endif
