/*
 * What the files of the bindings "websocket" and "websocket_topics" share: the WebSockets of a runtime, and one of them
 * as JS has it.
 */
#ifndef JSD_BINDINGS_WEBSOCKET_BINDING_H
#define JSD_BINDINGS_WEBSOCKET_BINDING_H

#include "server/bindings/http_binding.h"
#include "server/http/websocket_topics.h"

typedef struct js_websocket js_websocket;

/* Of a runtime, made with its first WebSocket. They hold a drain by their tunnels; a client's hold none. */
typedef struct http_websockets {
  runtime_service service; /* first */
  runtime_resource resource;
  runtime *rt;
  websocket_group *group;
  websocket_topics *topics;
  publish_member *publish; /* NULL: no other process */
  uint32_t last_id;
  bool closing;
} http_websockets;

struct js_websocket {
  websocket *ws;
  http_state *state;
  held handle, owner;
  async_origin origin;
  websocket_subscriptions *topics;
  websocket_buffer output; /* a client's */
  int32_t wants;
  uint32_t id;
  bool in_call;
};

/* --- websocket_shared.c ------------------------------------------------------------------------------------------ */
/* Makes them where there are none; NULL: out of memory. */
http_websockets *websockets_of(http_state *state);

/* --- websocket.c ------------------------------------------------------------------------------------------------- */
/* NULL: it is none, or has closed. */
js_websocket *websocket_js_of(napi_env env, napi_value value);
/* The bytes of a string (in scratch memory) or of a view. */
bool websocket_js_bytes(http_state *state, napi_env env, napi_value value, const char **bytes, size_t *length,
                        bool *text);

#endif
