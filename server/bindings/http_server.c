/*
 * http_server.c: HTTP servers of JS (the binding "http_server"): node:http's Server and the fetch shape are both this,
 * with another request function. One call into JS per request:
 *   onRequest(slot, facts, url, headers[, req, res])
 * facts: method | version << 8 (0: HTTP/1.0, 1: 1.1, 2: 2.0) | FACT_* bits; headers: one string; req and res: clones of
 * the server's templates. JS parses the header string only when somebody looks at a header.
 */
#include <arpa/inet.h>
#include <unistd.h>

#include "server/bindings/http_binding.h"
#include "server/http/tls_config.h"

enum {
  FACT_BODY = 1 << 16,
  FACT_KEEP_ALIVE = 1 << 17,
  FACT_UPGRADE = 1 << 18,
  FACT_EXPECTS_CONTINUE = 1 << 19,
  FACT_SECURE = 1 << 20,           /* over TLS */
  FACT_ASKS_CERTIFICATE = 1 << 21, /* ... and clients are asked for a certificate */
  FACT_EXPECTS = 1 << 22,          /* something else than 100-continue */
  FACT_SURPLUS = 1 << 23           /* beyond max_requests_per_connection */
};
/* Kinds of onServer(kind, a, b, c, d). */
enum { SERVER_CONNECTION = 1, SERVER_CLIENT_ERROR = 2, SERVER_DROP = 3, SERVER_CLOSED = 4 };
/* Options of set(). */
enum {
  HEADERS_TIMEOUT,
  REQUEST_TIMEOUT,
  KEEP_ALIVE_TIMEOUT,
  WRITE_TIMEOUT,
  MAX_HEADERS_COUNT,
  MAX_REQUESTS_PER_SOCKET,
  MAX_HEADER_SIZE,
  MAX_CONNECTIONS,
  DROP_CONNECTIONS,
  REQUIRE_HOST,
  WANT_CONNECTION,
  WANT_CLIENT_ERROR,
  AS_NODE,
  ALLOW_HALF_OPEN,
  INSECURE,
};

typedef struct app_server {
  runtime_service service; /* first */
  runtime_resource resource;
  http_state *state;
  http_server *http;
  http_listener *listener;    /* the last one opened; NULL once it is closed */
  connection_address address; /* its address, and the path of a unix socket */
  char path[128];
  held request, response; /* what a request's two objects are cloned from, or empty */
  http_tls tls;
  async_origin origin;                /* of its events and its requests */
  held on_request, on_server, handle; /* handle: while closing, so that it can be cleared */
  bool want_connection, want_client_error, in_service, drained, closing;
} app_server;

static const js_type server_type = {"HttpServer", NULL};

static app_server *server_of(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &server_type, &pointer) == napi_ok ? pointer : NULL;
}

static app_server *server_argument(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  return server_of(env, argv[0]);
}

http_tls *http_tls_of_server(napi_env env, napi_value handle, http_server **http) {
  app_server *server = server_of(env, handle);
  if (server == NULL || server->http == NULL) return NULL;
  *http = server->http;
  return &server->tls;
}

runtime *http_exchange_runtime(exchange *x) {
  app_server *server = http_server_data(connection_server(x->connection));
  return server->state->rt;
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

napi_value http_header_block(napi_env env, const char *head, const exchange_header_position *headers, unsigned count) {
  napi_value block = NULL;
  if (count == 0) return make_undefined(env);
  uint32_t start = headers[0].name;
  const exchange_header_position *last = &headers[count - 1];
  uint32_t end = last->name + last->name_length + 1;
  if (last->value_length > 0 && last->value + last->value_length > end) end = last->value + last->value_length;
  js_string_latin1(env, head + start, end - start, &block);
  return block;
}

static int32_t facts_of(const exchange *x) {
  int32_t facts = x->method | (x->version_major == 2 ? 2 : x->version_minor) << 8;
  if (x->has_body) facts |= FACT_BODY;
  if (x->keep_alive) facts |= FACT_KEEP_ALIVE;
  if (x->upgrade) facts |= FACT_UPGRADE;
  if (x->expects_continue) facts |= FACT_EXPECTS_CONTINUE;
  if (x->expects_other) facts |= FACT_EXPECTS;
  if (x->surplus) facts |= FACT_SURPLUS;
  const SSL *ssl = connection_ssl(x->connection);
  if (ssl != NULL) facts |= FACT_SECURE | (SSL_get_verify_mode(ssl) ? FACT_ASKS_CERTIFICATE : 0);
  return facts;
}

/* req and res as copies of the server's templates: cheaper than constructors, and see js_prototype_object. */
static size_t clone_messages(app_server *server, napi_env env, napi_value *argv) {
  napi_value request = held_value(&server->request, env), response = held_value(&server->response, env);
  if (request == NULL || response == NULL || js_object_clone(env, request, &argv[0]) != napi_ok ||
      js_object_clone(env, response, &argv[1]) != napi_ok)
    return 0;
  return 2;
}

static void on_request(void *data, exchange *x) {
  app_server *server = data;
  http_state *state = server->state;
  napi_env env = runtime_env(state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  int32_t slot = http_slot_take(state, x, &server->origin);
  if (slot < 0) {
    js_scope_close(&scope);
    exchange_destroy(x);
    return;
  }
  state->slots[slot].in_request = true;
  napi_value argv[6];
  http_slice url = exchange_url(x);
  argv[0] = make_int32(env, slot);
  argv[1] = make_int32(env, facts_of(x));
  if (js_string_latin1(env, url.data, url.length, &argv[2]) == napi_ok) {
    argv[3] = http_header_block(env, x->head, x->headers, x->headers_count);
    size_t count = 4 + clone_messages(server, env, argv + 4);
    async_origin origin = http_slot_origin(&state->slots[slot]);
    held_call(&server->on_request, state->rt, &origin, NULL, count, argv);
  } else {
    exchange_destroy(x);
  }
  js_scope_close(&scope);
  http_slot *s = &state->slots[slot];
  s->in_request = false;
  if (s->quiet && x->ended && x->request_complete)
    http_slot_release(state, slot);
  else
    x->events = &http_slot_events;
}

/* ---- other events ------------------------------------------------------------------------------------------------ */

static void server_event(app_server *server, int kind, size_t count, napi_value *rest) {
  napi_env env = runtime_env(server->state->rt);
  napi_value argv[6];
  argv[0] = make_int32(env, kind);
  for (size_t i = 0; i < count; i++) argv[i + 1] = rest[i];
  held_call(&server->on_server, server->state->rt, &server->origin, NULL, count + 1, argv);
}

static void on_connection(void *data, connection *c) {
  app_server *server = data;
  napi_env env = runtime_env(server->state->rt);
  js_scope scope;
  if (!server->want_connection) return;
  js_scope_open(env, &scope);
  napi_value peer = make_int32(env, http_peer_of(server->state, c));
  server_event(server, SERVER_CONNECTION, 1, &peer);
  js_scope_close(&scope);
}

static void on_connection_close(void *data, connection *c, int error) {
  http_peer_closed(((app_server *)data)->state, c, error);
}

static bool on_client_error(void *data, connection *c, const http_client_error *error) {
  app_server *server = data;
  napi_env env = runtime_env(server->state->rt);
  js_scope scope;
  if (!server->want_client_error) return false;
  js_scope_open(env, &scope);
  napi_value argv[5];
  void *memory;
  argv[0] = make_int32(env, http_peer_of(server->state, c));
  argv[1] = make_string(env, error->code ? error->code : "");
  argv[2] = make_string(env, error->reason ? error->reason : "");
  argv[3] = make_undefined(env);
  if (js_buffer_create(env, error->raw.length, &memory, &argv[3]) == napi_ok && error->raw.length > 0)
    memcpy(memory, error->raw.data, error->raw.length);
  argv[4] = make_int32(env, (int32_t)error->parsed);
  server_event(server, SERVER_CLIENT_ERROR, 5, argv);
  js_scope_close(&scope);
  return true;
}

static bool on_timeout(void *data, connection *c) { return http_peer_timeout(((app_server *)data)->state, c); }

static void on_drop(void *data, const connection_address *peer) {
  app_server *server = data;
  napi_env env = runtime_env(server->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value argv[2] = {make_string(env, peer->address), make_int32(env, peer->port)};
  server_event(server, SERVER_DROP, 2, argv);
  js_scope_close(&scope);
}

static const http_handler handler = {
    .on_request = on_request,
    .on_connection = on_connection,
    .on_connection_close = on_connection_close,
    .on_client_error = on_client_error,
    .on_timeout = on_timeout,
    .on_drop = on_drop,
};

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void on_destroyed(void *data) {
  app_server *server = data;
  napi_env env = runtime_env(server->state->rt);
  server->http = NULL;
  runtime_resource_remove(&server->resource);
  if (server->in_service) runtime_service_remove(server->state->rt, &server->service);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value handle = held_value(&server->handle, env);
  if (handle != NULL) js_handle_clear(env, handle);
  if (server->closing) server_event(server, SERVER_CLOSED, 0, NULL);
  held_clear(&server->on_request, env);
  held_clear(&server->on_server, env);
  origin_end(&server->origin, server->state->rt);
  held_clear(&server->handle, env);
  held_clear(&server->request, env);
  held_clear(&server->response, env);
  http_tls_clear(&server->tls, env);
  js_scope_close(&scope);
  free(server);
}

static void on_drained(void *data) {
  app_server *server = data;
  server->drained = true;
  if (server->closing)
    http_server_destroy(server->http, on_destroyed, server);
  else
    runtime_service_changed(server->state->rt);
}

static void service_drain(runtime_service *service, drain_reason reason) {
  app_server *server = (app_server *)service;
  if (server->listener != NULL) http_listener_address(server->listener, &server->address, server->path);
  server->listener = NULL; /* the drain closes it */
  http_server_drain(server->http, on_drained, server);
}

static void resource_close(runtime_resource *resource) {
  app_server *server = (app_server *)((char *)resource - offsetof(app_server, resource));
  http_server_destroy(server->http, on_destroyed, server);
}

static void resource_flush(runtime_resource *resource) {
  http_server_flush_all(((app_server *)((char *)resource - offsetof(app_server, resource)))->http);
}

/* Tunnels too: whoever holds one sees it close. */
static void service_cut(runtime_service *service) {
  app_server *server = (app_server *)service;
  if (server->http != NULL) http_server_close_all(server->http);
}

static bool service_drained(runtime_service *service) { return ((app_server *)service)->drained; }

/* template(prototype) -> an empty object to fill and give to create() */
static napi_value server_template(napi_env env, napi_callback_info info) {
  napi_value argv[1], object = NULL;
  args_get(env, info, argv, 1);
  js_prototype_object(env, argv[0], &object);
  return object;
}

/* create(onRequest, onServer[, request template, response template]) -> handle, or a negative errno */
static napi_value server_create(napi_env env, napi_callback_info info) {
  napi_value argv[4], handle;
  args_get(env, info, argv, 4);
  http_state *state = http_state_of(env);
  app_server *server = calloc(1, sizeof *server);
  if (state == NULL || server == NULL) goto no_memory;
  server->state = state;
  server->service.drain = service_drain;
  server->service.drained = service_drained;
  server->service.cut = service_cut;
  http_server_options options;
  http_server_options_default(&options);
  const http_host *host = runtime_extension(state->rt, HTTP_HOST_EXTENSION);
  if (host != NULL && host->options != NULL) host->options(host->data, &options);
  options.accept_member = host != NULL ? host->accept_member : NULL;
  options.in_flight = host != NULL ? host->in_flight : NULL;
  int err = http_server_create(runtime_loop(state->rt), &options, &handler, server,
                               host != NULL ? host->counters : NULL, &server->http);
  if (err < 0) {
    free(server);
    return make_int32(env, err);
  }
  server->resource.close = resource_close;
  server->resource.flush = resource_flush;
  runtime_resource_add(state->rt, &server->resource);
  if (held_set(&server->on_request, env, argv[0]) == napi_ok && held_set(&server->on_server, env, argv[1]) == napi_ok &&
      held_set(&server->request, env, argv[2]) == napi_ok && held_set(&server->response, env, argv[3]) == napi_ok &&
      js_handle_create(env, &server_type, server, &handle) == napi_ok)
    return handle;
  http_server_destroy(server->http, on_destroyed, server);
  return make_int32(env, UV_ENOMEM);
no_memory:
  free(server);
  return make_int32(env, UV_ENOMEM);
}

/* setup(onEvent, onPeer): the functions for all exchanges and connections of this runtime. */
static napi_value server_setup(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  http_state *state = http_state_of(env);
  if (state == NULL || !held_empty(&state->on_event)) return NULL;
  held_set(&state->on_event, env, argv[0]);
  held_set(&state->on_peer, env, argv[1]);
  return NULL;
}

static void serving_began(app_server *server) {
  runtime *rt = server->state->rt;
  if (server->in_service) return;
  server->in_service = true;
  origin_begin_requests(&server->origin, rt, "TCPSERVERWRAP");
  runtime_service_add(rt, &server->service);
  const runtime_host *host = runtime_host_of(rt);
  if (host->ready != NULL) host->ready(host->data);
}

/* listen(handle, address, backlog, shared): 0 or a negative errno. shared: take the socket from the host if it gives
 * one. */
static napi_value server_listen(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  args_get(env, info, argv, 4);
  app_server *server = server_of(env, argv[0]);
  char *address = arg_utf8(env, argv[1], NULL);
  int err = UV_EINVAL, backlog = arg_int32(env, argv[2]);
  if (server == NULL || address == NULL) goto out;
  const runtime_host *host = runtime_host_of(server->state->rt);
  const http_host *http = runtime_extension(server->state->rt, HTTP_HOST_EXTENSION);
  if (http != NULL && http->listen != NULL && arg_bool(env, argv[3])) {
    tls_config *tls = NULL;
    int fd = http->listen(http->data, address, backlog, &tls);
    err = fd < 0 ? fd : http_listener_adopt(server->http, fd, &server->listener);
    /* An https.Server of the app's speaks with its own certificate. */
    if (err == 0 && tls != NULL && http_server_tls(server->http) == NULL)
      http_listener_set_tls(server->listener, tls_config_retain(tls));
  } else if (host->listen != NULL && arg_bool(env, argv[3])) {
    int fd = host->listen(host->data, address, backlog);
    err = fd < 0 ? fd : http_listener_adopt(server->http, fd, &server->listener);
  } else {
    err = http_listener_open(server->http, address, backlog, &server->listener);
  }
  if (err == 0) serving_began(server);
out:
  free(address);
  return make_int32(env, err);
}

/* listenFd(handle, fd): accepts from a listening socket; owns fd. */
static napi_value server_listen_fd(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  app_server *server = server_of(env, argv[0]);
  if (server == NULL) return make_int32(env, UV_EINVAL);
  int err = http_listener_adopt(server->http, arg_int32(env, argv[1]), &server->listener);
  if (err == 0) serving_began(server);
  return make_int32(env, err);
}

/* adopt(handle, fd): serves a connected socket; owns fd. */
static napi_value server_adopt(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  app_server *server = server_of(env, argv[0]);
  return make_int32(env, server ? http_server_adopt(server->http, arg_int32(env, argv[1])) : UV_EINVAL);
}

/* address(handle): [address, port, 4 | 6], a path, or undefined. */
static napi_value server_address(napi_env env, napi_callback_info info) {
  app_server *server = server_argument(env, info);
  napi_value out;
  if (server == NULL) return NULL;
  if (server->listener != NULL && http_listener_address(server->listener, &server->address, server->path) < 0)
    return NULL;
  const connection_address *address = &server->address; /* while it drains: the one it had */
  if (address->family == 0) return NULL;
  if (address->family == AF_UNIX) return make_string(env, server->path);
  napi_create_array_with_length(env, 3, &out);
  napi_set_element(env, out, 0, make_string(env, address->address));
  napi_set_element(env, out, 1, make_int32(env, address->port));
  napi_set_element(env, out, 2, make_int32(env, address->family == AF_INET6 ? 6 : 4));
  return out;
}

/* secure(handle): whether the address speaks TLS. */
static napi_value server_secure(napi_env env, napi_callback_info info) {
  const app_server *server = server_argument(env, info);
  return make_bool(env, server != NULL && server->listener != NULL && http_listener_is_tls(server->listener));
}

/* close(handle): stops accepting, ends idle connections; onServer(SERVER_CLOSED) when the last connection is gone. */
static napi_value server_close(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  app_server *server = server_of(env, argv[0]);
  if (server == NULL || server->closing) return NULL;
  server->closing = true;
  server->listener = NULL;
  held_set(&server->handle, env, argv[0]);
  if (server->drained) {
    http_server_destroy(server->http, on_destroyed, server);
  } else {
    http_server_options_of(server->http)->drain_idle_grace = 0;
    http_server_drain(server->http, on_drained, server);
    http_server_close_idle(server->http);
  }
  return NULL;
}

static napi_value server_close_idle(napi_env env, napi_callback_info info) {
  app_server *server = server_argument(env, info);
  if (server != NULL) http_server_close_idle(server->http);
  return NULL;
}

static napi_value server_close_all(napi_env env, napi_callback_info info) {
  app_server *server = server_argument(env, info);
  if (server != NULL) http_server_close_exchanges(server->http);
  return NULL;
}

/* reference(handle, boolean) */
static napi_value server_reference(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  app_server *server = server_of(env, argv[0]);
  if (server != NULL) http_server_set_referenced(server->http, arg_bool(env, argv[1]));
  return NULL;
}

static napi_value server_connections(napi_env env, napi_callback_info info) {
  app_server *server = server_argument(env, info);
  return make_uint32(env, server ? http_server_connections(server->http) : 0);
}

/* set(handle, option, value): times in ms */
static napi_value server_set(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  app_server *server = server_of(env, argv[0]);
  if (server == NULL) return NULL;
  double number = arg_double(env, argv[2]);
  uint64_t value = number > 0 && number < 9e15 ? (uint64_t)number : 0;
  http_server_options *options = http_server_options_of(server->http);
  switch (arg_int32(env, argv[1])) {
    case HEADERS_TIMEOUT:
      options->header_timeout = value;
      break;
    case REQUEST_TIMEOUT:
      options->request_timeout = value;
      break;
    case KEEP_ALIVE_TIMEOUT:
      options->keep_alive_timeout = value;
      break;
    case MAX_HEADERS_COUNT:
      options->max_headers_count = value > 65535 || value == 0 ? 65535 : (unsigned)value;
      break;
    case MAX_REQUESTS_PER_SOCKET:
      options->max_requests_per_connection = value;
      break;
    case MAX_HEADER_SIZE:
      options->max_header_bytes = value;
      break;
    case MAX_CONNECTIONS:
      options->max_connections = (unsigned)value;
      break;
    case DROP_CONNECTIONS:
      options->drop_connections = value != 0;
      break;
    case REQUIRE_HOST:
      options->require_host_header = value != 0;
      break;
    case WANT_CONNECTION:
      server->want_connection = value != 0;
      break;
    case WANT_CLIENT_ERROR:
      server->want_client_error = value != 0;
      break;
    case WRITE_TIMEOUT:
      options->write_timeout = value;
      break;
    case AS_NODE:
      options->as_node = value != 0;
      break;
    case ALLOW_HALF_OPEN:
      options->allow_half_open = value != 0;
      break;
    case INSECURE:
      options->lenient = value != 0;
      break;
    default:
      break;
  }
  return NULL;
}

static const js_function functions[] = {
    {"setup", server_setup},
    {"template", server_template},
    {"create", server_create},
    {"listen", server_listen},
    {"listenFd", server_listen_fd},
    {"adopt", server_adopt},
    {"address", server_address},
    {"secure", server_secure},
    {"close", server_close},
    {"closeIdle", server_close_idle},
    {"closeAll", server_close_all},
    {"reference", server_reference},
    {"connections", server_connections},
    {"set", server_set},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant facts[] = {{"BODY", FACT_BODY},
                                   {"KEEP_ALIVE", FACT_KEEP_ALIVE},
                                   {"UPGRADE", FACT_UPGRADE},
                                   {"EXPECTS_CONTINUE", FACT_EXPECTS_CONTINUE},
                                   {"SECURE", FACT_SECURE},
                                   {"ASKS_CERTIFICATE", FACT_ASKS_CERTIFICATE},
                                   {"EXPECTS", FACT_EXPECTS},
                                   {"SURPLUS", FACT_SURPLUS},
                                   {NULL, 0}};
  static const constant events[] = {{"CONNECTION", SERVER_CONNECTION},
                                    {"CLIENT_ERROR", SERVER_CLIENT_ERROR},
                                    {"DROP", SERVER_DROP},
                                    {"CLOSED", SERVER_CLOSED},
                                    {NULL, 0}};
  static const constant options[] = {CONSTANT(HEADERS_TIMEOUT),
                                     CONSTANT(REQUEST_TIMEOUT),
                                     CONSTANT(KEEP_ALIVE_TIMEOUT),
                                     CONSTANT(WRITE_TIMEOUT),
                                     CONSTANT(MAX_HEADERS_COUNT),
                                     CONSTANT(MAX_REQUESTS_PER_SOCKET),
                                     CONSTANT(MAX_HEADER_SIZE),
                                     CONSTANT(MAX_CONNECTIONS),
                                     CONSTANT(DROP_CONNECTIONS),
                                     CONSTANT(REQUIRE_HOST),
                                     CONSTANT(WANT_CONNECTION),
                                     CONSTANT(WANT_CLIENT_ERROR),
                                     CONSTANT(AS_NODE),
                                     CONSTANT(ALLOW_HALF_OPEN),
                                     CONSTANT(INSECURE),
                                     {NULL, 0}};
  napi_status status = export_constants(env, exports, "facts", facts);
  if (status == napi_ok) status = export_constants(env, exports, "events", events);
  return status == napi_ok ? export_constants(env, exports, "options", options) : status;
}

const js_binding binding_http_server = {"http_server", functions, init};
