/*
 * udp.c: dgram.Socket's C half (modules/internal/udp_handle.js is the JS one).
 *
 * A datagram is offered to the kernel at once (uv_udp_try_send) and queued only where the socket has no room: most
 * sends need no request and no memory of their own. What is received is copied into a buffer of its own size, since
 * libuv reads into room for the largest datagram there is. A socket accepts nothing that a drain would wait for: it is
 * a resource, closed with the runtime.
 */
#include <net/if.h>

#include "util.h"

typedef struct udp_handle {
  uv_udp_t uv;
  runtime_resource resource;
  runtime *rt;
  held owner, handle, on_message, on_close;
  async_origin origin;
  bool closing;
} udp_handle;

static const js_type udp_type = {"UDP", NULL}; /* held while it is open */

static udp_handle *udp_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &udp_type, &pointer) == napi_ok ? pointer : NULL;
}

/* ---- creation and closing -----------------------------------------------------------------------------------------
 */

static void on_closed(uv_handle_t *handle) {
  udp_handle *u = handle->data;
  runtime *rt = u->rt;
  napi_env env = runtime_env(rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value owner = held_value(&u->owner, env);
  held_clear(&u->on_message, env);
  held_clear(&u->owner, env);
  held on_close = u->on_close;
  async_origin origin = u->origin;
  free(u);
  held_call_once(&on_close, rt, &origin, owner, 0, NULL);
  origin_end(&origin, rt);
  js_scope_close(&scope);
}

static void udp_end(udp_handle *u) {
  if (u->closing) return;
  napi_env env = runtime_env(u->rt);
  js_scope scope;
  u->closing = true;
  runtime_resource_remove(&u->resource);
  js_scope_open(env, &scope);
  napi_value handle = held_value(&u->handle, env);
  if (handle != NULL) js_handle_clear(env, handle);
  held_clear(&u->handle, env);
  js_scope_close(&scope);
  uv_close((uv_handle_t *)&u->uv, on_closed);
}

static void udp_resource_close(runtime_resource *resource) {
  udp_end((udp_handle *)((char *)resource - offsetof(udp_handle, resource)));
}

/* create(owner, onMessage(status, buffer, address, family, port)) → handle or error; onMessage's `this` is the owner */
static napi_value udp_create(napi_env env, napi_callback_info info) {
  napi_value argv[2], value = NULL;
  args_get(env, info, argv, 2);
  udp_handle *u = calloc(1, sizeof *u);
  if (u == NULL) return make_int32(env, UV_ENOMEM);
  u->rt = runtime_of(env);
  int err = uv_udp_init(runtime_loop(u->rt), &u->uv);
  if (err != 0) {
    free(u);
    return make_int32(env, err);
  }
  u->uv.data = u;
  u->resource.close = udp_resource_close;
  runtime_resource_add(u->rt, &u->resource);
  if (js_handle_create(env, &udp_type, u, &value) != napi_ok || held_set(&u->handle, env, value) != napi_ok ||
      held_set(&u->owner, env, argv[0]) != napi_ok || held_set(&u->on_message, env, argv[1]) != napi_ok) {
    udp_end(u);
    return make_int32(env, UV_ENOMEM);
  }
  origin_begin(&u->origin, u->rt, "UDPWRAP", argv[0]);
  return value;
}

/* close(handle, callback) */
static napi_value udp_close(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  udp_handle *u = udp_get(env, argv[0]);
  if (u == NULL) return NULL;
  held_set(&u->on_close, env, argv[1]);
  udp_end(u);
  return NULL;
}

/* open(handle, fd) */
static napi_value udp_open(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  udp_handle *u = udp_get(env, argv[0]);
  return make_int32(env, u == NULL ? UV_EBADF : uv_udp_open(&u->uv, arg_int32(env, argv[1])));
}

/* ---- addresses ----------------------------------------------------------------------------------------------------
 */

/* Of a numeric address with an optional zone ("fe80::1%eth0"). */
static int address_get(napi_env env, napi_value address, napi_value port, struct sockaddr_storage *out) {
  char *text = arg_utf8(env, address, NULL);
  if (text == NULL) return UV_ENOMEM;
  int number = arg_int32(env, port);
  int err = strchr(text, ':') != NULL ? uv_ip6_addr(text, number, (struct sockaddr_in6 *)out)
                                      : uv_ip4_addr(text, number, (struct sockaddr_in *)out);
  free(text);
  return err;
}

/* values: address, family ("IPv4", "IPv6"), port */
static bool address_values(napi_env env, const struct sockaddr *address, napi_value values[3]) {
  char text[INET6_ADDRSTRLEN + 1 + UV_IF_NAMESIZE];
  bool six = address->sa_family == AF_INET6;
  const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
  const struct sockaddr_in *in4 = (const struct sockaddr_in *)address;
  if (!six && address->sa_family != AF_INET) return false;
  if ((six ? uv_ip6_name(in6, text, sizeof text) : uv_ip4_name(in4, text, sizeof text)) != 0) return false;
  if (six && IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) && in6->sin6_scope_id != 0) {
    size_t length = strlen(text), room = sizeof text - length - 1;
    text[length] = '%';
    if (uv_if_indextoiid(in6->sin6_scope_id, text + length + 1, &room) != 0) text[length] = 0;
  }
  values[0] = make_string(env, text);
  values[1] = make_string(env, six ? "IPv6" : "IPv4");
  values[2] = make_int32(env, ntohs(six ? in6->sin6_port : in4->sin_port));
  return true;
}

static napi_value name_value(napi_env env, napi_callback_info info, bool peer) {
  napi_value argv[1], values[3], out = NULL;
  struct sockaddr_storage address;
  int size = sizeof address;
  args_get(env, info, argv, 1);
  udp_handle *u = udp_get(env, argv[0]);
  int err = u == NULL ? UV_EBADF
            : peer    ? uv_udp_getpeername(&u->uv, (struct sockaddr *)&address, &size)
                      : uv_udp_getsockname(&u->uv, (struct sockaddr *)&address, &size);
  if (err != 0) return make_int32(env, err);
  if (!address_values(env, (struct sockaddr *)&address, values)) return make_int32(env, UV_EINVAL);
  napi_create_array_with_length(env, 3, &out);
  for (uint32_t i = 0; i < 3; i++) napi_set_element(env, out, i, values[i]);
  return out;
}

/* sockname(handle), peername(handle) → [address, family, port] or a negative error */
static napi_value udp_sockname(napi_env env, napi_callback_info info) { return name_value(env, info, false); }
static napi_value udp_peername(napi_env env, napi_callback_info info) { return name_value(env, info, true); }

/* bind(handle, address, port, flags) */
static napi_value udp_bind(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  struct sockaddr_storage address;
  args_get(env, info, argv, 4);
  udp_handle *u = udp_get(env, argv[0]);
  int err = u == NULL ? UV_EBADF : address_get(env, argv[1], argv[2], &address);
  if (err == 0) err = uv_udp_bind(&u->uv, (struct sockaddr *)&address, arg_uint32(env, argv[3]));
  return make_int32(env, err);
}

/* connect(handle, address, port); without an address the socket is disconnected */
static napi_value udp_connect(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  struct sockaddr_storage address;
  args_get(env, info, argv, 3);
  udp_handle *u = udp_get(env, argv[0]);
  bool connect = arg_is(env, argv[1], napi_string);
  int err = u == NULL ? UV_EBADF : connect ? address_get(env, argv[1], argv[2], &address) : 0;
  if (err == 0) err = uv_udp_connect(&u->uv, connect ? (struct sockaddr *)&address : NULL);
  return make_int32(env, err);
}

/* ---- receiving ----------------------------------------------------------------------------------------------------
 */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
  buf->base = malloc(suggested);
  buf->len = buf->base == NULL ? 0 : suggested;
}

static void on_received(uv_udp_t *udp, ssize_t n, const uv_buf_t *buf, const struct sockaddr *from, unsigned flags) {
  udp_handle *u = udp->data;
  if (n == 0 && from == NULL) { /* nothing more for now */
    free(buf->base);
    return;
  }
  napi_env env = runtime_env(u->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value argv[5] = {make_int32(env, n < 0 ? (int32_t)n : 0)};
  size_t argc = 1;
  void *data = NULL;
  if (n >= 0) {
    if (js_buffer_create(env, (size_t)n, &data, &argv[1]) != napi_ok)
      argv[0] = make_int32(env, UV_ENOMEM);
    else if (address_values(env, from, &argv[2]))
      argc = 5;
    if (data != NULL && n > 0) memcpy(data, buf->base, (size_t)n);
  }
  free(buf->base);
  held_call(&u->on_message, u->rt, &u->origin, held_value(&u->owner, env), argc, argv);
  js_scope_close(&scope);
}

/* receive(handle, on) */
static napi_value udp_receive(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  udp_handle *u = udp_get(env, argv[0]);
  if (u == NULL) return make_int32(env, UV_EBADF);
  if (!arg_bool(env, argv[1])) return make_int32(env, uv_udp_recv_stop(&u->uv));
  int err = uv_udp_recv_start(&u->uv, on_alloc, on_received);
  return make_int32(env, err == UV_EALREADY ? 0 : err);
}

/* ---- sending ------------------------------------------------------------------------------------------------------
 */

typedef struct send_request {
  uv_udp_send_t uv;
  udp_handle *udp;
  held callback;
  async_origin origin;
  uint32_t count;
  js_bytes bytes[];
} send_request;

static void send_free(send_request *r) {
  for (uint32_t i = 0; i < r->count; i++) js_bytes_drop(&r->bytes[i]);
  free(r);
}

static void on_sent(uv_udp_send_t *request, int status) {
  send_request *r = request->data;
  udp_handle *u = r->udp;
  napi_env env = runtime_env(u->rt);
  js_scope scope;
  held callback = r->callback;
  async_origin origin = r->origin;
  send_free(r);
  js_scope_open(env, &scope);
  napi_value argument = make_int32(env, status);
  runtime *rt = u->rt;
  held_call_once(&callback, rt, &origin, held_value(&u->owner, env), 1, &argument);
  origin_end(&origin, rt);
  js_scope_close(&scope);
}

static int send_queue(napi_env env, udp_handle *u, napi_value list, uint32_t count, const struct sockaddr *to,
                      napi_value callback) {
  send_request *r = calloc(1, sizeof *r + count * sizeof r->bytes[0]);
  uv_buf_t *bufs = calloc(count, sizeof *bufs);
  int err = r == NULL || bufs == NULL ? UV_ENOMEM : 0;
  for (uint32_t i = 0; err == 0 && i < count; i++) {
    napi_value view = NULL;
    napi_get_element(env, list, i, &view);
    if (js_bytes_hold(env, view, js_bytes_read, &r->bytes[i]) != napi_ok) err = UV_ENOMEM;
    r->count = i + 1;
    bufs[i] = uv_buf_init(r->bytes[i].data, (unsigned)r->bytes[i].length);
  }
  if (err == 0 && held_set(&r->callback, env, callback) != napi_ok) err = UV_ENOMEM;
  if (err == 0) {
    r->udp = u;
    r->uv.data = r;
    err = uv_udp_send(&r->uv, &u->uv, bufs, count, to, on_sent);
    if (err != 0)
      held_clear(&r->callback, env);
    else
      origin_begin_for(&r->origin, u->rt, "UDPSENDWRAP", u->origin.id);
  }
  if (err != 0 && r != NULL) send_free(r);
  free(bufs);
  return err;
}

/* send(handle, views, address, port, callback(status)) → the bytes sent plus 1, 0: queued, the callback comes; or a
 * negative error. address undefined: to where the socket is connected. */
static napi_value udp_send(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  struct sockaddr_storage address;
  uint32_t count = 0;
  args_get(env, info, argv, 5);
  udp_handle *u = udp_get(env, argv[0]);
  if (u == NULL) return make_int32(env, UV_EBADF);
  const struct sockaddr *to = NULL;
  if (arg_is(env, argv[2], napi_string)) {
    int err = address_get(env, argv[2], argv[3], &address);
    if (err != 0) return make_int32(env, err);
    to = (struct sockaddr *)&address;
  }
  napi_get_array_length(env, argv[1], &count);
  int sent = UV_EAGAIN;
  if (uv_udp_get_send_queue_count(&u->uv) == 0) {
    uv_buf_t few[16], *bufs = count <= 16 ? few : calloc(count, sizeof *bufs);
    if (bufs == NULL) return make_int32(env, UV_ENOMEM);
    for (uint32_t i = 0; i < count; i++) {
      napi_value view = NULL;
      void *data = NULL;
      size_t length = 0;
      napi_get_element(env, argv[1], i, &view);
      js_bytes_get(env, view, &data, &length);
      bufs[i] = uv_buf_init(data, (unsigned)length);
    }
    sent = uv_udp_try_send(&u->uv, bufs, count, to);
    if (bufs != few) free(bufs);
  }
  if (sent >= 0) return make_int32(env, sent + 1);
  if (sent != UV_EAGAIN && sent != UV_ENOSYS) return make_int32(env, sent);
  return make_int32(env, send_queue(env, u, argv[1], count, to, argv[4]));
}

/* ---- options ------------------------------------------------------------------------------------------------------
 */

enum { BROADCAST, TTL, MULTICAST_TTL, MULTICAST_LOOPBACK, REF, RECEIVE_BUFFER, SEND_BUFFER };

/* option(handle, name, value) → 0 or a negative error; of the buffers the size, or with a value that it is set to it */
static napi_value udp_option(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  udp_handle *u = udp_get(env, argv[0]);
  int value = arg_int32(env, argv[2]), err = u == NULL ? UV_EBADF : UV_EINVAL;
  if (u == NULL) return make_int32(env, err);
  switch (arg_int32(env, argv[1])) {
    case BROADCAST:
      err = uv_udp_set_broadcast(&u->uv, value);
      break;
    case TTL:
      err = uv_udp_set_ttl(&u->uv, value);
      break;
    case MULTICAST_TTL:
      err = uv_udp_set_multicast_ttl(&u->uv, value);
      break;
    case MULTICAST_LOOPBACK:
      err = uv_udp_set_multicast_loop(&u->uv, value);
      break;
    case REF:
      if (value != 0)
        uv_ref((uv_handle_t *)&u->uv);
      else
        uv_unref((uv_handle_t *)&u->uv);
      err = 0;
      break;
    case RECEIVE_BUFFER:
      err = uv_recv_buffer_size((uv_handle_t *)&u->uv, &value);
      if (err == 0) err = value;
      break;
    case SEND_BUFFER:
      err = uv_send_buffer_size((uv_handle_t *)&u->uv, &value);
      if (err == 0) err = value;
      break;
    default:
      break;
  }
  return make_int32(env, err);
}

/* multicastInterface(handle, address) */
static napi_value udp_multicast_interface(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  udp_handle *u = udp_get(env, argv[0]);
  char *text = arg_utf8(env, argv[1], NULL);
  int err = u == NULL ? UV_EBADF : text == NULL ? UV_ENOMEM : uv_udp_set_multicast_interface(&u->uv, text);
  free(text);
  return make_int32(env, err);
}

/* membership(handle, join, group, interface, source): of a source where one is given */
static napi_value udp_membership(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  args_get(env, info, argv, 5);
  udp_handle *u = udp_get(env, argv[0]);
  uv_membership what = arg_bool(env, argv[1]) ? UV_JOIN_GROUP : UV_LEAVE_GROUP;
  char *group = arg_utf8(env, argv[2], NULL), *interface = NULL, *source = NULL;
  if (arg_is(env, argv[3], napi_string)) interface = arg_utf8(env, argv[3], NULL);
  int err = UV_EBADF;
  if (u != NULL && arg_is(env, argv[4], napi_string)) {
    source = arg_utf8(env, argv[4], NULL);
    err = group == NULL || source == NULL ? UV_ENOMEM
                                          : uv_udp_set_source_membership(&u->uv, group, interface, source, what);
  } else if (u != NULL) {
    err = group == NULL ? UV_ENOMEM : uv_udp_set_membership(&u->uv, group, interface, what);
  }
  free(group);
  free(interface);
  free(source);
  return make_int32(env, err);
}

/* numbers(handle) → [fd, bytes queued, datagrams queued, hasRef, asynchronous id] */
static napi_value udp_numbers(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  args_get(env, info, argv, 1);
  udp_handle *u = udp_get(env, argv[0]);
  if (u == NULL) return NULL;
  uv_os_fd_t fd = -1;
  uv_fileno((uv_handle_t *)&u->uv, &fd);
  double values[] = {fd, (double)uv_udp_get_send_queue_size(&u->uv), (double)uv_udp_get_send_queue_count(&u->uv),
                     uv_has_ref((uv_handle_t *)&u->uv), u->origin.id};
  napi_create_array_with_length(env, 5, &out);
  for (uint32_t i = 0; i < 5; i++) napi_set_element(env, out, i, make_double(env, values[i]));
  return out;
}

static const js_function functions[] = {
    {"create", udp_create},
    {"close", udp_close},
    {"open", udp_open},
    {"bind", udp_bind},
    {"connect", udp_connect},
    {"sockname", udp_sockname},
    {"peername", udp_peername},
    {"receive", udp_receive},
    {"send", udp_send},
    {"option", udp_option},
    {"multicastInterface", udp_multicast_interface},
    {"membership", udp_membership},
    {"numbers", udp_numbers},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant options[] = {CONSTANT(BROADCAST),          CONSTANT(TTL), CONSTANT(MULTICAST_TTL),
                                     CONSTANT(MULTICAST_LOOPBACK), CONSTANT(REF), CONSTANT(RECEIVE_BUFFER),
                                     CONSTANT(SEND_BUFFER),        {NULL, 0}};
  static const constant flags[] = {
      {"IPV6ONLY", UV_UDP_IPV6ONLY}, {"REUSEADDR", UV_UDP_REUSEADDR}, {"REUSEPORT", UV_UDP_REUSEPORT}, {NULL, 0}};
  napi_status status = export_constants(env, exports, "options", options);
  return status == napi_ok ? export_constants(env, exports, "flags", flags) : status;
}

const js_binding binding_udp = {"udp", functions, init};
