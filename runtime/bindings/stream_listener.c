#include "stream_listener.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

struct stream_listener {
  uv_poll_t poll;
  runtime_service service;
  stream_handle *stream;
  runtime *rt;
  int fd;       /* the stream's */
  int accepted; /* not yet a client's; -1: none */
  int reserve;  /* to be given up for a moment when the process has no descriptor left; -1: none */
};

static stream_listener *listener_of(runtime_service *service) {
  return (stream_listener *)((char *)service - offsetof(stream_listener, service));
}

static void event(stream_listener *l, int status) {
  napi_env env = runtime_env(l->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value argument = make_int32(env, status);
  held_call(&l->stream->on_connection, l->rt, &l->stream->origin, held_value(&l->stream->owner, env), 1, &argument);
  js_scope_close(&scope);
}

static int reserve_open(void) { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

/* No descriptor is left: a client that is closed at once tries again, one that stays in the queue waits for ever. */
static void shed(stream_listener *l) {
  if (l->reserve < 0) return;
  close(l->reserve);
  int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
  if (fd >= 0) close(fd);
  l->reserve = reserve_open();
}

/* One at a time: what is left in the queue wakes a sibling process, or this one again. */
static void on_readable(uv_poll_t *poll, int status, int events) {
  stream_listener *l = poll->data;
  if (status < 0) {
    event(l, status);
    return;
  }
  l->accepted = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (l->accepted < 0) {
    int err = errno;
    if (err == EMFILE || err == ENFILE) {
      shed(l);
    } else if (err == EINVAL) {
      uv_poll_stop(poll); /* it was shut down: this worker's master has died */
    } else if (err != EAGAIN && err != EWOULDBLOCK && err != EINTR && err != ECONNABORTED) {
      event(l, -err);
    }
    return;
  }
  event(l, 0);
  if (l->accepted >= 0) close(l->accepted);
  l->accepted = -1;
}

int stream_listener_accept(stream_handle *stream, stream_handle *client) {
  stream_listener *l = stream->listener;
  if (l == NULL || l->accepted < 0) return UV_EAGAIN;
  int fd = l->accepted;
  l->accepted = -1;
  int err = client->uv.handle.type == UV_TCP ? uv_tcp_open(&client->uv.tcp, fd) : uv_pipe_open(&client->uv.pipe, fd);
  if (err != 0) close(fd);
  return err;
}

/* ---- as a service ------------------------------------------------------------------------------------------------ */

static void service_pause(runtime_service *service, bool paused) {
  stream_listener *l = listener_of(service);
  if (paused) {
    uv_poll_stop(&l->poll);
  } else {
    uv_poll_start(&l->poll, UV_READABLE, on_readable);
  }
}

/* JS closes the server; the connections that it has live on, and hold the drain themselves. */
static void service_drain(runtime_service *service, drain_reason reason) { event(listener_of(service), UV_ECANCELED); }

static bool service_drained(runtime_service *service) { return false; /* until it is removed */ }

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* A stream that could not be bound says so late: libuv keeps bind's EADDRINUSE until here. */
static int socket_listen(stream_handle *stream, int backlog, int *fd) {
  uv_os_fd_t found;
  int err = uv_fileno(&stream->uv.handle, &found);
  if (err != 0) return err;
  if (stream->uv.handle.type == UV_TCP) {
    struct sockaddr_storage address;
    int size = sizeof address;
    err = uv_tcp_getsockname(&stream->uv.tcp, (struct sockaddr *)&address, &size);
    if (err != 0) return err;
  }
  *fd = found;
  return listen(found, backlog) == 0 ? 0 : -errno;
}

static void on_closed(uv_handle_t *handle) { free(handle->data); }

int stream_listener_open(stream_handle *stream, int backlog) {
  int fd, err = socket_listen(stream, backlog, &fd);
  if (err != 0 || stream->listener != NULL) return err;
  stream_listener *l = calloc(1, sizeof *l);
  if (l == NULL) return UV_ENOMEM;
  *l = (stream_listener){.stream = stream,
                         .rt = stream->rt,
                         .fd = fd,
                         .accepted = -1,
                         .service = {.pause = service_pause, .drain = service_drain, .drained = service_drained}};
  err = uv_poll_init(runtime_loop(l->rt), &l->poll, fd);
  if (err != 0) {
    free(l);
    return err;
  }
  l->poll.data = l;
  l->reserve = reserve_open();
  stream->listener = l;
  err = uv_poll_start(&l->poll, UV_READABLE, on_readable);
  if (err != 0) {
    stream_listener_close(l);
    return err;
  }
  runtime_service_add(l->rt, &l->service);
  return 0;
}

void stream_listener_close(stream_listener *l) {
  l->stream->listener = NULL;
  runtime_service_remove(l->rt, &l->service);
  if (l->accepted >= 0) close(l->accepted);
  if (l->reserve >= 0) close(l->reserve);
  l->accepted = l->reserve = -1;
  uv_close((uv_handle_t *)&l->poll, on_closed);
}

void stream_listener_reference(stream_listener *l, bool on) {
  if (on) {
    uv_ref((uv_handle_t *)&l->poll);
  } else {
    uv_unref((uv_handle_t *)&l->poll);
  }
}
