/*
 * http_peer.c: the connections that JS asked about (req.socket), by number (the binding "http_peer"). A connection that
 * nobody asked about has no number and costs nothing here. JS is told once when a numbered connection closes.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "server/bindings/http_binding.h"
#include "server/http/tls_config.h"

static bool peers_grow(http_state *state) {
  int32_t count = state->peers_count ? state->peers_count * 2 : 64;
  http_peer *peers = realloc(state->peers, (size_t)count * sizeof *peers);
  if (peers == NULL) return false;
  for (int32_t i = count - 1; i >= state->peers_count; i--) {
    peers[i] = (http_peer){.next_free = state->peers_free};
    state->peers_free = i;
  }
  state->peers = peers;
  state->peers_count = count;
  return true;
}

int32_t http_peer_of(http_state *state, connection *c) {
  intptr_t number = (intptr_t)connection_data(c);
  if (number > 0) return (int32_t)number - 1;
  if (state->peers_free < 0 && !peers_grow(state)) return -1;
  int32_t peer = state->peers_free;
  state->peers_free = state->peers[peer].next_free;
  state->peers[peer] = (http_peer){.c = c, .next_free = -1};
  connection_set_data(c, (void *)(intptr_t)(peer + 1));
  return peer;
}

static void peer_event(http_state *state, int32_t peer, int kind, int error) {
  held_call_numbers(&state->on_peer, state->rt, NULL, 3, (double[]){peer, kind, error});
}

void http_peer_closed(http_state *state, connection *c, int error) {
  intptr_t number = (intptr_t)connection_data(c);
  if (number <= 0) return;
  int32_t peer = (int32_t)number - 1;
  connection_set_data(c, NULL);
  state->peers[peer].c = NULL; /* calls from inside the event find nothing */
  peer_event(state, peer, PEER_CLOSE, error);
  state->peers[peer] = (http_peer){.next_free = state->peers_free};
  state->peers_free = peer;
}

bool http_peer_timeout(http_state *state, connection *c) {
  intptr_t number = (intptr_t)connection_data(c);
  if (number <= 0) return false;
  peer_event(state, (int32_t)number - 1, PEER_TIMEOUT, 0);
  return true;
}

connection *http_peer_at(napi_env env, napi_value value) {
  http_state *state = http_state_of(env);
  int32_t peer = -1;
  napi_get_value_int32(env, value, &peer);
  if (state == NULL || peer < 0 || peer >= state->peers_count) return NULL;
  return state->peers[peer].c;
}

static connection *peer_argument(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  return http_peer_at(env, argv[0]);
}

static void set(napi_env env, napi_value array, uint32_t i, napi_value value) {
  napi_set_element(env, array, i, value);
}

static int family_number(int family) { return family == AF_INET6 ? 6 : family == AF_INET ? 4 : 0; }

/* addresses(peer): [address, port, family, localAddress, localPort, localFamily] (families 4, 6, 0: unix), or
 * undefined. */
static napi_value peer_addresses(napi_env env, napi_callback_info info) {
  connection *c = peer_argument(env, info);
  napi_value out;
  if (c == NULL || napi_create_array_with_length(env, 6, &out) != napi_ok) return NULL;
  const connection_address *a = connection_peer(c), *local = connection_local(c);
  set(env, out, 0, make_string(env, a->address));
  set(env, out, 1, make_int32(env, a->port));
  set(env, out, 2, make_int32(env, family_number(a->family)));
  set(env, out, 3, make_string(env, local->address));
  set(env, out, 4, make_int32(env, local->port));
  set(env, out, 5, make_int32(env, family_number(local->family)));
  return out;
}

/* bytes(peer): [read, written] */
static napi_value peer_bytes(napi_env env, napi_callback_info info) {
  connection *c = peer_argument(env, info);
  napi_value out;
  if (c == NULL || napi_create_array_with_length(env, 2, &out) != napi_ok) return NULL;
  set(env, out, 0, make_double(env, (double)connection_bytes_read(c)));
  set(env, out, 1, make_double(env, (double)connection_bytes_written(c)));
  return out;
}

/* secure(peer): whether it speaks TLS. */
static napi_value peer_secure(napi_env env, napi_callback_info info) {
  connection *c = peer_argument(env, info);
  return make_bool(env, c != NULL && connection_ssl(c) != NULL);
}

static napi_value peer_destroy(napi_env env, napi_callback_info info) {
  connection *c = peer_argument(env, info);
  if (c != NULL) connection_destroy(c);
  return NULL;
}

static napi_value peer_end(napi_env env, napi_callback_info info) {
  connection *c = peer_argument(env, info);
  if (c != NULL) connection_end(c);
  return NULL;
}

/* timeout(peer, ms) */
static napi_value peer_timeout(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  connection *c = http_peer_at(env, argv[0]);
  if (c != NULL) connection_set_timeout(c, (uint64_t)arg_double(env, argv[1]));
  return NULL;
}

/* write(peer, bytes): raw bytes, for answering a clientError. */
static napi_value peer_write(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *data;
  size_t length;
  args_get(env, info, argv, 2);
  connection *c = http_peer_at(env, argv[0]);
  if (c == NULL) return make_int32(env, UV_ECANCELED);
  if (js_bytes_get(env, argv[1], &data, &length) != napi_ok) return make_int32(env, UV_EINVAL);
  return make_int32(env, connection_write(c, data, length));
}

/* option(peer, option, value, keep-alive delay in seconds) */
static napi_value peer_option(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  args_get(env, info, argv, 4);
  connection *c = http_peer_at(env, argv[0]);
  if (c == NULL) return NULL;
  int value = arg_bool(env, argv[2]), delay = arg_int32(env, argv[3]);
  if (arg_int32(env, argv[1]) == PEER_NO_DELAY) {
    setsockopt(connection_fd(c), IPPROTO_TCP, TCP_NODELAY, &value, sizeof value);
    return NULL;
  }
  setsockopt(connection_fd(c), SOL_SOCKET, SO_KEEPALIVE, &value, sizeof value);
  if (value && delay > 0) setsockopt(connection_fd(c), IPPROTO_TCP, TCP_KEEPIDLE, &delay, sizeof delay);
  return NULL;
}

static const js_function functions[] = {
    {"addresses", peer_addresses},
    {"bytes", peer_bytes},
    {"destroy", peer_destroy},
    {"end", peer_end},
    {"secure", peer_secure},
    {"timeout", peer_timeout},
    {"write", peer_write},
    {"option", peer_option},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant events[] = {CONSTANT(PEER_CLOSE), CONSTANT(PEER_TIMEOUT), {NULL, 0}};
  static const constant options[] = {{"NO_DELAY", PEER_NO_DELAY}, {"KEEP_ALIVE", PEER_KEEP_ALIVE}, {NULL, 0}};
  napi_status status = export_constants(env, exports, "events", events);
  return status == napi_ok ? export_constants(env, exports, "options", options) : status;
}

const js_binding binding_http_peer = {"http_peer", functions, init};
