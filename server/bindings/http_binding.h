/*
 * http_binding.h: what the files of the HTTP server bindings share: the table of exchanges and of watched connections
 * that JS knows by number. Numbers instead of objects: an exchange that is answered inside its request callback costs
 * no allocation in either language. JS forgets a number when it ends an answer quietly or is told `close`; the number
 * is used again only after that.
 */
#ifndef JSD_SERVER_BINDINGS_HTTP_BINDING_H
#define JSD_SERVER_BINDINGS_HTTP_BINDING_H

#include "runtime/bindings/util.h"
#include "server/bindings/http_host.h"
#include "server/http/listener.h"
#include "server/http/websocket_topics.h"

typedef struct http_state http_state;

typedef struct http_slot {
  exchange *x; /* NULL: free */
  int32_t next_free;
  bool in_request; /* on_request of this exchange runs: it frees the slot */
  bool quiet;      /* JS has forgotten it: no more events */
  uint32_t id;     /* asynchronous, of the request; its context is the server's */
  uint32_t turn;   /* of the loop in which `reader` was noted */
  held reader;     /* the context in which JS began to read the body: events of the same turn belong to it */
  held resource;   /* what hooks were shown */
  const async_origin *server;
} http_slot;

typedef struct http_peer {
  connection *c; /* NULL: free */
  int32_t next_free;
} http_peer;

/* Kinds of state->on_event(slot, kind, argument). JS has these numbers and all others here from the bindings' exports.
 */
enum { EVENT_DATA = 1, EVENT_END = 2, EVENT_DRAIN = 3, EVENT_FINISH = 4, EVENT_CLOSE = 5 };
/* Kinds of state->on_peer(id, kind, argument). */
enum { PEER_CLOSE = 1, PEER_TIMEOUT = 2 };
/* Of the connection's socket: option() of the binding http_peer. */
enum { PEER_NO_DELAY = 0, PEER_KEEP_ALIVE = 1 };
/* Flag of respond/end beside the engine's EXCHANGE_*: JS forgets the exchange. */
enum { RESPOND_QUIET = 1 << 16, ENGINE_FLAGS = 0xffff };

struct http_state {
  runtime_resource resource; /* first; released when all servers have gone */
  runtime *rt;
  held on_event, on_peer, on_tunnel, on_websocket;
  struct http_websockets *websockets; /* NULL: there was none yet */
  http_slot *slots;
  int32_t slots_count, slots_free;
  http_peer *peers;
  int32_t peers_count, peers_free;
  char *scratch;
  size_t scratch_capacity;
  http_header *fields; /* of one call */
  size_t fields_capacity;
};

/* The runtime's state, made on first use; NULL when out of memory. */
http_state *http_state_of(napi_env env);

/* A number, or negative. server: the origin of the server, which outlives its exchanges. */
int32_t http_slot_take(http_state *state, exchange *x, const async_origin *server);
async_origin http_slot_origin(const http_slot *slot); /* of its callbacks; not to be ended */
void http_slot_release(http_state *state, int32_t slot);
exchange *http_slot_exchange(http_state *state, int32_t slot); /* or NULL */
void http_slot_quiet(http_state *state, int32_t slot);         /* JS forgets it */
/* The events of an exchange that outlives its request callback. */
extern const exchange_events http_slot_events;

/* The runtime whose server carries the exchange. */
runtime *http_exchange_runtime(exchange *x);

/* The connection's number, given to it on first use. */
int32_t http_peer_of(http_state *state, connection *c);
void http_peer_closed(http_state *state, connection *c, int error);
bool http_peer_timeout(http_state *state, connection *c);

/* The connection behind a number that JS gives, or NULL. */
connection *http_peer_at(napi_env env, napi_value value);

/* What a server of JS that speaks TLS has for it; lies in the server. */
typedef struct http_tls {
  http_state *state; /* NULL: it speaks none */
  held on_tls;
} http_tls;
/* Of a server's handle, with the engine's server; NULL: no server's handle. */
http_tls *http_tls_of_server(napi_env env, napi_value handle, http_server **server);
void http_tls_clear(http_tls *tls, napi_env env);

/* Upgrades the exchange (exchange_upgrade); events go to the JS object `owner`. 0 or negative errno. */
int http_tunnel_open(http_state *state, exchange *x, napi_value owner, napi_value *handle, http_slice *early);

/* At least `size` bytes of memory for the duration of one call; NULL when out of memory. */
char *http_scratch(http_state *state, size_t size);
/* Header lines [0, count) as one Latin-1 string "Name: value\r\n..." (the bytes as they came); undefined when none. */
napi_value http_header_block(napi_env env, const char *head, const exchange_header_position *headers, unsigned count);

#endif
