/*
 * stream.c: net.Socket's and net.Server's C half (modules/internal/stream_handle.js is the JS one).
 *
 * Writes are in stream_write.c. Reads are handed over as buffers of their own size: a small read copies, a large one
 * gives its memory away. Listening (stream_listener.c) asks the hosting process for the descriptor first
 * (runtime_host), so that siblings share it.
 */
#include "stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stream_listener.h"

enum { ADOPT_BYTES = 16 * 1024 };
/* What a stream is for, beside its kind. JS: modules/internal/stream_handle.js. */
enum { ROLE_SERVER = 8, ROLE_ACCEPTED = 16 };

const js_type stream_type = {"StreamHandle", NULL}; /* held while it is open */

stream_handle *stream_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &stream_type, &pointer) == napi_ok ? pointer : NULL;
}

/* ---- creation and closing -----------------------------------------------------------------------------------------
 */

static void on_closed(uv_handle_t *handle) {
  stream_handle *s = handle->data;
  napi_env env = runtime_env(s->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value owner = held_value(&s->owner, env);
  held_clear(&s->on_read, env);
  held_clear(&s->on_connection, env);
  held_clear(&s->owner, env);
  runtime *rt = s->rt;
  held on_close = s->on_close;
  async_origin origin = s->origin;
  free(s);
  held_call_once(&on_close, rt, &origin, owner, 0, NULL);
  origin_end(&origin, rt);
  js_scope_close(&scope);
}

static void stream_hold(stream_handle *s, drain_kind kind) {
  runtime_hold(s->rt, kind);
  runtime_release(s->rt, s->kind);
  s->kind = kind;
}

/* No more of JS's and of the runtime's: what is left is uv_close's callback. */
static void stream_forget(stream_handle *s) {
  napi_env env = runtime_env(s->rt);
  js_scope scope;
  s->closing = true;
  runtime_resource_remove(&s->resource);
  stream_hold(s, DRAIN_NOTHING);
  js_scope_open(env, &scope);
  napi_value handle = held_value(&s->handle, env);
  if (handle != NULL) js_handle_clear(env, handle);
  held_clear(&s->handle, env);
  js_scope_close(&scope);
}

static void stream_end(stream_handle *s) {
  if (s->closing) return;
  stream_forget(s);
  if (s->listener != NULL) stream_listener_close(s->listener);
  uv_close(&s->uv.handle, on_closed);
}

static void stream_resource_close(runtime_resource *resource) {
  stream_end((stream_handle *)((char *)resource - offsetof(stream_handle, resource)));
}

int stream_create(napi_env env, uv_handle_type kind, int fd, bool ipc, napi_value owner, napi_value on_read,
                  napi_value on_connection, napi_value *value, stream_handle **out) {
  stream_handle *s = calloc(1, sizeof *s);
  if (s == NULL) return UV_ENOMEM;
  s->rt = runtime_of(env);
  uv_loop_t *loop = runtime_loop(s->rt);
  int err = kind == UV_TCP   ? uv_tcp_init(loop, &s->uv.tcp)
            : kind == UV_TTY ? uv_tty_init(loop, &s->uv.tty, fd, 0)
                             : uv_pipe_init(loop, &s->uv.pipe, ipc);
  if (err != 0) {
    free(s);
    return err;
  }
  s->uv.handle.data = s;
  s->resource.close = stream_resource_close;
  runtime_resource_add(s->rt, &s->resource);
  if (js_handle_create(env, &stream_type, s, value) != napi_ok || held_set(&s->handle, env, *value) != napi_ok ||
      held_set(&s->owner, env, owner) != napi_ok || held_set(&s->on_read, env, on_read) != napi_ok ||
      held_set(&s->on_connection, env, on_connection) != napi_ok) {
    stream_end(s);
    return UV_ENOMEM;
  }
  if (out != NULL) *out = s;
  return 0;
}

static const char *origin_type(uv_handle_type kind, bool server) {
  return kind == UV_TTY   ? "TTYWRAP"
         : kind == UV_TCP ? (server ? "TCPSERVERWRAP" : "TCPWRAP")
                          : (server ? "PIPESERVERWRAP" : "PIPEWRAP");
}

/* create(kind: 0 tcp, 1 pipe, 2 tty, 3 pipe with descriptors, and a role; owner, onread, onconnection, fd) → handle or
 * error */
static napi_value stream_js_create(napi_env env, napi_callback_info info) {
  static const uv_handle_type kinds[] = {UV_TCP, UV_NAMED_PIPE, UV_TTY, UV_NAMED_PIPE};
  napi_value argv[5], value = NULL;
  args_get(env, info, argv, 5);
  uint32_t role = arg_uint32(env, argv[0]), kind = role & 3;
  stream_handle *s = NULL;
  if (role > (ROLE_SERVER | ROLE_ACCEPTED | 3)) return make_int32(env, UV_EINVAL);
  int err = stream_create(env, kinds[kind], arg_int32(env, argv[4]), kind == 3, argv[1], argv[2], argv[3], &value, &s);
  if (err != 0) return make_int32(env, err);
  const char *type = origin_type(kinds[kind], (role & ROLE_SERVER) != 0);
  if (role & ROLE_ACCEPTED) {
    origin_begin_bare(&s->origin, s->rt, type, argv[1]);
  } else {
    origin_begin(&s->origin, s->rt, type, argv[1]);
  }
  return value;
}

/* close(handle, callback) */
static napi_value stream_js_close(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  stream_handle *s = stream_get(env, argv[0]);
  if (s == NULL || s->closing) return NULL;
  held_set(&s->on_close, env, argv[1]);
  stream_end(s);
  return NULL;
}

/* reset(handle, callback): close with RST */
static napi_value stream_js_reset(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  stream_handle *s = stream_get(env, argv[0]);
  if (s == NULL || s->closing) return NULL;
  held_set(&s->on_close, env, argv[1]);
  int err = uv_tcp_close_reset(&s->uv.tcp, on_closed);
  if (err == 0) stream_forget(s);
  return make_int32(env, err);
}

/* open(handle, fd) */
static napi_value stream_js_open(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  stream_handle *s = stream_get(env, argv[0]);
  if (s == NULL) return make_int32(env, UV_EBADF);
  int fd = arg_int32(env, argv[1]);
  return make_int32(env, s->uv.handle.type == UV_TCP ? uv_tcp_open(&s->uv.tcp, fd) : uv_pipe_open(&s->uv.pipe, fd));
}

/* ---- reading ------------------------------------------------------------------------------------------------------
 */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
  buf->base = malloc(suggested);
  buf->len = buf->base == NULL ? 0 : suggested;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
  stream_handle *s = stream->data;
  if (n == 0) {
    free(buf->base);
    return;
  }
  napi_env env = runtime_env(s->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value argv[3] = {make_int32(env, (int32_t)n), make_undefined(env), NULL};
  size_t argc = 2;
  if (n > 0) {
    s->bytes_read += (uint64_t)n;
    void *data = NULL;
    napi_status status;
    if (n >= ADOPT_BYTES) {
      char *fitted = realloc(buf->base, (size_t)n);
      status = js_buffer_adopt(env, fitted ? fitted : buf->base, (size_t)n, &argv[1]);
    } else {
      status = js_buffer_create(env, (size_t)n, &data, &argv[1]);
      if (status == napi_ok) memcpy(data, buf->base, (size_t)n);
      free(buf->base);
    }
    if (status != napi_ok) argv[0] = make_int32(env, UV_ENOMEM);
  } else {
    free(buf->base);
  }
  if (stream->type == UV_NAMED_PIPE && s->uv.pipe.ipc) {
    int pending = uv_pipe_pending_count(&s->uv.pipe);
    argv[argc++] = make_int32(env, pending);
  }
  held_call(&s->on_read, s->rt, &s->origin, held_value(&s->owner, env), argc, argv);
  js_scope_close(&scope);
}

static napi_value stream_js_read_start(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  stream_handle *s = stream_get(env, argv[0]);
  if (s == NULL) return make_int32(env, UV_EBADF);
  int err = uv_read_start(&s->uv.stream, on_alloc, on_read);
  return make_int32(env, err == UV_EALREADY ? 0 : err);
}

static napi_value stream_js_read_stop(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  stream_handle *s = stream_get(env, argv[0]);
  return make_int32(env, s == NULL ? UV_EBADF : uv_read_stop(&s->uv.stream));
}

/* ---- what is called back about once -------------------------------------------------------------------------------
 */

int stream_operation_begin(napi_env env, stream_handle *s, stream_operation *o, napi_value callback, const char *type) {
  if (held_set(&o->callback, env, callback) != napi_ok) return UV_ENOMEM;
  origin_begin_for(&o->origin, s->rt, type, s->origin.id);
  return 0;
}

void stream_operation_cancel(stream_handle *s, stream_operation *o) {
  held_clear(&o->callback, runtime_env(s->rt));
  origin_end(&o->origin, s->rt);
}

void stream_operation_done(stream_handle *s, stream_operation *o, int status) {
  runtime *rt = s->rt;
  napi_env env = runtime_env(rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value argument = make_int32(env, status);
  held_call_once(&o->callback, rt, &o->origin, held_value(&s->owner, env), 1, &argument);
  origin_end(&o->origin, rt);
  js_scope_close(&scope);
}

/* ---- connecting and shutting down ---------------------------------------------------------------------------------
 */

typedef struct stream_request {
  union {
    uv_connect_t connect;
    uv_shutdown_t shutdown;
  } uv;
  stream_handle *stream;
  stream_operation operation;
} stream_request;

static stream_request *request_new(napi_env env, stream_handle *s, napi_value callback, const char *type) {
  stream_request *r = calloc(1, sizeof *r);
  if (r == NULL) return NULL;
  r->stream = s;
  if (stream_operation_begin(env, s, &r->operation, callback, type) == 0) return r;
  free(r);
  return NULL;
}

static napi_value request_result(napi_env env, stream_request *r, int err) {
  if (err != 0) {
    stream_operation_cancel(r->stream, &r->operation);
    free(r);
  }
  return make_int32(env, err);
}

static void on_connected(uv_connect_t *connect, int status) {
  stream_request *r = connect->data;
  stream_operation_done(r->stream, &r->operation, status);
  free(r);
}

static void on_shut_down(uv_shutdown_t *shutdown, int status) {
  stream_request *r = shutdown->data;
  stream_operation_done(r->stream, &r->operation, status);
  free(r);
}

static napi_value stream_js_shutdown(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  stream_handle *s = stream_get(env, argv[0]);
  stream_request *r = s ? request_new(env, s, argv[1], "SHUTDOWNWRAP") : NULL;
  if (r == NULL) return make_int32(env, s ? UV_ENOMEM : UV_EBADF);
  r->uv.shutdown.data = r;
  return request_result(env, r, uv_shutdown(&r->uv.shutdown, &s->uv.stream, on_shut_down));
}

static int address_parse(const char *text, int port, struct sockaddr_storage *out) {
  return strchr(text, ':') != NULL ? uv_ip6_addr(text, port, (struct sockaddr_in6 *)out)
                                   : uv_ip4_addr(text, port, (struct sockaddr_in *)out);
}

/* connectTcp(handle, address, port, callback) */
static napi_value stream_js_connect_tcp(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  struct sockaddr_storage address;
  args_get(env, info, argv, 4);
  stream_handle *s = stream_get(env, argv[0]);
  if (s == NULL) return make_int32(env, UV_EBADF);
  char *text = arg_utf8(env, argv[1], NULL);
  int err = text == NULL ? UV_ENOMEM : address_parse(text, arg_int32(env, argv[2]), &address);
  free(text);
  if (err != 0) return make_int32(env, err);
  stream_request *r = request_new(env, s, argv[3], "TCPCONNECTWRAP");
  if (r == NULL) return make_int32(env, UV_ENOMEM);
  r->uv.connect.data = r;
  return request_result(env, r, uv_tcp_connect(&r->uv.connect, &s->uv.tcp, (struct sockaddr *)&address, on_connected));
}

/* connectPipe(handle, path, callback); libuv reports errors to the callback */
static napi_value stream_js_connect_pipe(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  stream_handle *s = stream_get(env, argv[0]);
  char *path = arg_utf8(env, argv[1], NULL);
  stream_request *r = s && path ? request_new(env, s, argv[2], "PIPECONNECTWRAP") : NULL;
  if (r != NULL) {
    r->uv.connect.data = r;
    uv_pipe_connect(&r->uv.connect, &s->uv.pipe, path, on_connected);
  }
  free(path);
  return make_int32(env, r != NULL ? 0 : UV_EBADF);
}

/* ---- listening ----------------------------------------------------------------------------------------------------
 */

/* bindTcp(handle, address, port, ipv6Only) */
static napi_value stream_js_bind_tcp(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  struct sockaddr_storage address;
  args_get(env, info, argv, 4);
  stream_handle *s = stream_get(env, argv[0]);
  if (s == NULL) return make_int32(env, UV_EBADF);
  char *text = arg_utf8(env, argv[1], NULL);
  int err = text == NULL ? UV_ENOMEM : address_parse(text, arg_int32(env, argv[2]), &address);
  free(text);
  unsigned flags = arg_bool(env, argv[3]) ? UV_TCP_IPV6ONLY : 0;
  if (err == 0) err = uv_tcp_bind(&s->uv.tcp, (struct sockaddr *)&address, flags);
  return make_int32(env, err);
}

static napi_value stream_js_bind_pipe(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  stream_handle *s = stream_get(env, argv[0]);
  char *path = arg_utf8(env, argv[1], NULL);
  int err = s == NULL ? UV_EBADF : path == NULL ? UV_ENOMEM : uv_pipe_bind(&s->uv.pipe, path);
  free(path);
  return make_int32(env, err);
}

/* accept(server, client): the pending connection becomes the client handle's. A drain waits for it from now on. */
static napi_value stream_js_accept(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  stream_handle *s = stream_get(env, argv[0]), *client = stream_get(env, argv[1]);
  int err = s && client ? stream_listener_accept(s, client) : UV_EBADF;
  if (err == 0) stream_hold(client, DRAIN_NET);
  return make_int32(env, err);
}

/* hold(handle, kind): a drain waits for this connection, as one of that kind. */
static napi_value stream_js_hold(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  stream_handle *s = stream_get(env, argv[0]);
  uint32_t kind = arg_uint32(env, argv[1]);
  if (s != NULL && kind < DRAIN_KINDS) stream_hold(s, (drain_kind)kind);
  return NULL;
}

/* listen(handle, backlog) */
static napi_value stream_js_listen(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  stream_handle *s = stream_get(env, argv[0]);
  if (s == NULL) return make_int32(env, UV_EBADF);
  int err = stream_listener_open(s, arg_int32(env, argv[1]));
  if (err == 0) {
    if (!uv_has_ref(&s->uv.handle)) stream_listener_reference(s->listener, false);
    const runtime_host *host = runtime_host_of(s->rt);
    if (host->ready != NULL) host->ready(host->data);
  }
  return make_int32(env, err);
}

/* sharedListen(address, backlog) → descriptor, a negative error, or undefined where no host shares sockets */
static napi_value stream_js_shared_listen(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  const runtime_host *host = runtime_host_of(runtime_of(env));
  if (host->listen == NULL) return NULL;
  char *address = arg_utf8(env, argv[0], NULL);
  int fd = address == NULL ? UV_ENOMEM : host->listen(host->data, address, arg_int32(env, argv[1]));
  free(address);
  return make_int32(env, fd);
}

/* ---- addresses and options ----------------------------------------------------------------------------------------
 */

static napi_value address_value(napi_env env, stream_handle *s, bool peer) {
  struct sockaddr_storage address;
  int size = sizeof address;
  char text[INET6_ADDRSTRLEN];
  napi_value out;
  if (s == NULL) return NULL;
  if (s->uv.handle.type == UV_NAMED_PIPE) {
    char path[4096];
    size_t length = sizeof path;
    int err = peer ? uv_pipe_getpeername(&s->uv.pipe, path, &length) : uv_pipe_getsockname(&s->uv.pipe, path, &length);
    return err != 0 ? NULL : make_string(env, path);
  }
  if (s->uv.handle.type != UV_TCP) return NULL;
  int err = peer ? uv_tcp_getpeername(&s->uv.tcp, (struct sockaddr *)&address, &size)
                 : uv_tcp_getsockname(&s->uv.tcp, (struct sockaddr *)&address, &size);
  if (err != 0) return NULL;
  bool six = address.ss_family == AF_INET6;
  if (six)
    uv_ip6_name((struct sockaddr_in6 *)&address, text, sizeof text);
  else if (address.ss_family == AF_INET)
    uv_ip4_name((struct sockaddr_in *)&address, text, sizeof text);
  else
    return NULL;
  uint16_t port = six ? ((struct sockaddr_in6 *)&address)->sin6_port : ((struct sockaddr_in *)&address)->sin_port;
  napi_create_array_with_length(env, 3, &out);
  napi_set_element(env, out, 0, make_string(env, text));
  napi_set_element(env, out, 1, make_string(env, six ? "IPv6" : "IPv4"));
  napi_set_element(env, out, 2, make_int32(env, ntohs(port)));
  return out;
}

/* sockname(handle), peername(handle) → [address, family, port], a path, or undefined */
static napi_value stream_js_sockname(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  return address_value(env, stream_get(env, argv[0]), false);
}

static napi_value stream_js_peername(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  return address_value(env, stream_get(env, argv[0]), true);
}

enum { NODELAY, KEEPALIVE, REF, RAW, BLOCKING, SERVICE_TYPE };

/* How often and how many times a silent peer is asked; 0: one second, ten times, as libuv does. */
static int keep_alive(stream_handle *s, bool on, uint32_t delay, int interval, int count) {
  int err = uv_tcp_keepalive(&s->uv.tcp, on, delay);
  uv_os_fd_t fd;
  if (err < 0 || !on || (interval <= 0 && count <= 0)) return err;
  if ((err = uv_fileno(&s->uv.handle, &fd)) < 0) return err;
  if (interval > 0 && setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval) < 0) return -errno;
  if (count > 0 && setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count) < 0) return -errno;
  return 0;
}

/* The type of service (IPv4) or traffic class (IPv6): sets it, or returns what it is. */
static int service_type(stream_handle *s, bool set, int value) {
  struct sockaddr_storage address;
  int length = sizeof address;
  uv_os_fd_t fd;
  int err = uv_fileno(&s->uv.handle, &fd);
  if (err == 0) err = uv_tcp_getsockname(&s->uv.tcp, (struct sockaddr *)&address, &length);
  if (err < 0) return err;
  bool six = address.ss_family == AF_INET6;
  int level = six ? IPPROTO_IPV6 : IPPROTO_IP, name = six ? IPV6_TCLASS : IP_TOS;
  socklen_t size = sizeof value;
  if (set) return setsockopt(fd, level, name, &value, sizeof value) < 0 ? -errno : 0;
  return getsockopt(fd, level, name, &value, &size) < 0 ? -errno : value;
}

/* option(handle, name, on, seconds or value, interval, count) */
static napi_value stream_js_option(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  args_get(env, info, argv, 6);
  stream_handle *s = stream_get(env, argv[0]);
  if (s == NULL) return make_int32(env, UV_EBADF);
  bool on = arg_bool(env, argv[2]);
  int err = 0;
  switch (arg_int32(env, argv[1])) {
    case NODELAY:
      err = uv_tcp_nodelay(&s->uv.tcp, on);
      break;
    case KEEPALIVE:
      err = keep_alive(s, on, arg_uint32(env, argv[3]), arg_int32(env, argv[4]), arg_int32(env, argv[5]));
      break;
    case SERVICE_TYPE:
      err = service_type(s, on, arg_int32(env, argv[3]));
      break;
    case REF:
      if (s->listener != NULL) stream_listener_reference(s->listener, on);
      if (on)
        uv_ref(&s->uv.handle);
      else
        uv_unref(&s->uv.handle);
      break;
    case RAW:
      err = uv_tty_set_mode(&s->uv.tty, on ? UV_TTY_MODE_RAW : UV_TTY_MODE_NORMAL);
      break;
    case BLOCKING:
      err = uv_stream_set_blocking(&s->uv.stream, on);
      break;
    default:
      err = UV_EINVAL;
  }
  return make_int32(env, err);
}

/* numbers(handle) → [fd, bytesRead, bytesWritten, writeQueueSize, hasRef, asyncId] */
static napi_value stream_js_numbers(napi_env env, napi_callback_info info) {
  napi_value argv[1], out;
  args_get(env, info, argv, 1);
  stream_handle *s = stream_get(env, argv[0]);
  if (s == NULL) return NULL;
  uv_os_fd_t fd = -1;
  uv_fileno(&s->uv.handle, &fd);
  double values[] = {fd,
                     (double)s->bytes_read,
                     (double)s->bytes_written,
                     (double)uv_stream_get_write_queue_size(&s->uv.stream),
                     uv_has_ref(&s->uv.handle),
                     s->origin.id};
  napi_create_array_with_length(env, 6, &out);
  for (uint32_t i = 0; i < 6; i++) napi_set_element(env, out, i, make_double(env, values[i]));
  return out;
}

static const js_function functions[] = {
    {"create", stream_js_create},
    {"close", stream_js_close},
    {"reset", stream_js_reset},
    {"open", stream_js_open},
    {"readStart", stream_js_read_start},
    {"readStop", stream_js_read_stop},
    {"writeBuffer", stream_js_write_buffer},
    {"writeString", stream_js_write_string},
    {"writev", stream_js_writev},
    {"pass", stream_js_pass},
    {"passedKind", stream_js_passed_kind},
    {"passedTake", stream_js_passed_take},
    {"shutdown", stream_js_shutdown},
    {"connectTcp", stream_js_connect_tcp},
    {"connectPipe", stream_js_connect_pipe},
    {"bindTcp", stream_js_bind_tcp},
    {"bindPipe", stream_js_bind_pipe},
    {"accept", stream_js_accept},
    {"hold", stream_js_hold},
    {"listen", stream_js_listen},
    {"sharedListen", stream_js_shared_listen},
    {"sockname", stream_js_sockname},
    {"peername", stream_js_peername},
    {"option", stream_js_option},
    {"numbers", stream_js_numbers},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant options[] = {CONSTANT(NODELAY), CONSTANT(KEEPALIVE), CONSTANT(REF),
                                     CONSTANT(RAW),     CONSTANT(BLOCKING),  CONSTANT(SERVICE_TYPE), {NULL, 0}};
  return export_constants(env, exports, "options", options);
}

const js_binding binding_stream = {"stream", functions, init};
