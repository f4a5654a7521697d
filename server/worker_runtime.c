#include "server/worker_runtime.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/runtime.h"
#include "server/address.h"
#include "server/bindings/http_host.h"
#include "server/http/accept_group.h"
#include "server/http/alpn.h"
#include "server/code_folder.h"
#include "server/listener_tls.h"
#include "server/log.h"
#include "server/watchdog.h"

/* GOODBYE_MS: of the second that the master waits beyond drain_timeout, for close handshakes; then LAST_TURN_MS for the
 * app to see what was cut. */
enum { HEARTBEAT_MS = 1000, TURNS_TO_READY = 2, DRAIN_TEXT_BYTES = 400, GOODBYE_MS = 300, LAST_TURN_MS = 10 };

typedef struct host {
  worker *self;
  runtime *rt;
  uv_poll_t channel;
  uv_timer_t heartbeat;
  uv_signal_t terminate;
  uv_timer_t drain_deadline;
  uint64_t drain_ms;      /* uv_now when the drain began */
  uv_check_t turn;        /* counts turns of the loop from the first listen() to ready */
  uv_idle_t turn_at_once; /* so that none of them waits */
  uint64_t requests;      /* at the last heartbeat */
  http_host http;
  bool said_goodbye, was_cut;
  bool draining, tidied, serves, paused, loss_noted;
  bool was_ready; /* at the last heartbeat */
  int turns;
} host;

/* ---- what the runtime asks for ----------------------------------------------------------------------------------- */

/* What the config has an address speak is known by where the socket is: apps ask for it in several ways. */
static listener_tls *socket_tls(const host *h, int fd) {
  struct sockaddr_storage storage = {0};
  socklen_t length = sizeof storage;
  address where;
  if (getsockname(fd, (struct sockaddr *)&storage, &length) != 0) return NULL;
  address_from_sockaddr(&storage, length, &where);
  return config_listener_tls(h->self->config, where.text);
}

static int http_listen(void *data, const char *address, int backlog, tls_config **tls) {
  host *h = data;
  int fd = worker_listen(h->self, address, backlog);
  listener_tls *l = fd >= 0 ? socket_tls(h, fd) : NULL;
  unsigned char protocols[ALPN_BYTES];
  *tls = l != NULL ? listener_tls_config(l, protocols, alpn_protocols(protocols, h->self->config->http.http2)) : NULL;
  if (l == NULL || *tls != NULL) return fd;
  close(fd);
  return -ENOMEM;
}

/* Of net and tls servers: they get bytes as they come, and there they would be another protocol than the config says.
 */
static int host_listen(void *data, const char *address, int backlog) {
  host *h = data;
  int fd = worker_listen(h->self, address, backlog);
  const listener_tls *l = fd >= 0 ? socket_tls(h, fd) : NULL;
  if (l == NULL || l == h->self->config->listener_elsewhere) return fd;
  close(fd);
  log_warning("worker %llu: `listen` has TLS on %s, which jsd speaks for HTTP servers: no net or tls server there",
              (unsigned long long)h->self->index, address);
  return -EACCES;
}

/*
 * An app that listens does not serve yet: what its main module does after listen(), the microtasks and immediates of it
 * may still end the process. So the master hears "ready" when the loop has turned twice: the first turn begins after
 * the main module (also when that is still in a top-level await, which may be the app's way of running for ever).
 */
static void turned(uv_check_t *check) {
  host *h = check->data;
  if (++h->turns < TURNS_TO_READY) return;
  uv_check_stop(&h->turn);
  uv_idle_stop(&h->turn_at_once);
  runtime_loaded(h->rt);
  worker_ready(h->self);
}

static void idle_turn(uv_idle_t *idle) {}

static void host_ready(void *data) {
  host *h = data;
  if (h->serves) return;
  h->serves = true;
  uv_check_start(&h->turn, turned);
  uv_idle_start(&h->turn_at_once, idle_turn);
}

static void note_line(const char *text) { log_warning("worker %d: %s", (int)getpid(), text); }

static void connection_lost(void *data) {
  host *h = data;
  if (!h->loss_noted) log_warning("worker %d: a new connection was lost: %s", (int)getpid(), strerror(EMFILE));
  h->loss_noted = true;
}

static int host_offer(void *data, int batch, bool wait) { return worker_offer(((host *)data)->self, batch, wait); }

static const void *host_extension(void *data, const char *name) {
  const host *h = data;
  return strcmp(name, HTTP_HOST_EXTENSION) == 0 ? &h->http : NULL;
}

static void http_options(void *data, http_server_options *options) {
  const config *c = ((const host *)data)->self->config;
  options->header_timeout = c->http.header_timeout;
  options->request_timeout = c->http.body_timeout;
  options->keep_alive_timeout = c->http.keep_alive_timeout;
  options->max_header_bytes = c->http.max_header_bytes;
  options->max_headers_count = (unsigned)c->http.max_headers;
  options->max_body_bytes = c->http.max_body_bytes;
  options->max_connections = (unsigned)c->http.max_connections;
  options->note = note_line;
  options->http2 = c->http.http2 ? HTTP2_CLEAR | HTTP2_TLS : 0;
  options->http2_max_streams = (unsigned)c->http.http2_max_streams;
  options->http2_max_resets = (unsigned)c->http.http2_max_resets;
  options->http2_max_control_frames = (unsigned)c->http.http2_max_control_frames;
  options->max_requests_per_connection = c->http.max_requests_per_connection;
}

static void websocket_limits(void *data, websocket_options *options) {
  const config *c = ((const host *)data)->self->config;
  options->max_message = c->websocket.max_message_bytes;
  options->max_buffered = c->websocket.max_buffered_bytes;
  options->max_publish = c->websocket.max_publish_bytes;
  options->compress_threshold = c->websocket.compress_threshold;
  options->idle_timeout = c->websocket.idle_timeout;
  options->close_timeout = c->websocket.close_timeout;
}

/* ---- orders of the master -----------------------------------------------------------------------------------------
 */

static void drained(void *data) {
  host *h = data;
  runtime_exit(h->rt, 0);
}

/* What the HTTP engine has open: of all its servers together, so that none of them can count for itself. */
static void http_count(const host *h, drain_counts *counts) {
  const http_counters *http = &h->self->slot->http;
  size_t busy = http->requests_active + http->tunnels_active, websockets = counts->of[DRAIN_WEBSOCKET];
  counts->of[DRAIN_REQUEST] += http->requests_active;
  counts->of[DRAIN_CONNECTION] += http->connections_active > busy ? http->connections_active - busy : 0;
  counts->of[DRAIN_UPGRADED] += http->tunnels_active > websockets ? http->tunnels_active - websockets : 0;
}

static void log_what_is_left(host *h) {
  drain_counts counts;
  char text[DRAIN_TEXT_BYTES];
  runtime_drain_count(h->rt, &counts);
  http_count(h, &counts);
  drain_counts_describe(&counts, text, sizeof text);
  if (h->draining && text[0] != 0) {
    log_warning("worker %d (generation %llu) cut %s after %.3g s", (int)getpid(),
                (unsigned long long)h->self->generation, text,
                (double)(uv_now(runtime_loop(h->rt)) - h->drain_ms) / 1000);
  }
}

/* Ends the process, and with it whatever is left. */
static void cut(host *h) {
  if (!h->said_goodbye) {
    log_what_is_left(h);
    runtime_drain_goodbye(h->rt);
  }
  runtime_exit(h->rt, 0);
}

/* The time is up: WebSockets are told and have a moment to answer; then everything is cut, which the app may see. */
static void drain_late(uv_timer_t *timer) {
  host *h = timer->data;
  if (h->was_cut) {
    cut(h);
  } else if (h->said_goodbye) {
    h->was_cut = true;
    uv_timer_start(timer, drain_late, LAST_TURN_MS, 0);
    runtime_drain_cut(h->rt);
  } else {
    log_what_is_left(h);
    h->said_goodbye = true;
    uv_timer_start(timer, drain_late, GOODBYE_MS, 0);
    runtime_drain_goodbye(h->rt);
  }
}

static void drain(host *h, drain_reason reason) {
  if (h->draining) return;
  h->draining = true;
  uv_unref((uv_handle_t *)&h->channel); /* which may have kept a paused worker */
  h->drain_ms = uv_now(runtime_loop(h->rt));
  uv_timer_start(&h->drain_deadline, drain_late, h->self->config->drain_timeout, 0);
  if (h->http.accept_member != NULL) accept_member_pause(h->http.accept_member, true);
  runtime_drain(h->rt, reason, drained, h);
}

/* Also one without a master ends: nobody would be there to hear of it, or to replace it. */
static void drain_if_ordered(host *h) {
  if (h->self->drain_ordered) drain(h, h->self->drain_reason == DRAIN_RELOAD ? DRAIN_RELOAD : DRAIN_STOP);
  if (h->self->master_lost) drain(h, DRAIN_STOP);
}

/* A paused worker may have neither listener nor connection left, and stays all the same. */
static void pause_update(host *h) {
  accept_member *member = h->http.accept_member;
  if (h->self->paused == h->paused || h->draining) return;
  h->paused = h->self->paused;
  if (member != NULL) accept_member_pause(member, h->paused);
  runtime_pause(h->rt, h->paused);
  if (h->paused) {
    uv_ref((uv_handle_t *)&h->channel);
  } else {
    uv_unref((uv_handle_t *)&h->channel);
  }
}

static void channel_readable(uv_poll_t *poll, int status, int events) {
  host *h = poll->data;
  worker_receive(h->self);
  if (h->self->stop_ordered) cut(h);
  /* How long what is in flight has is up to worker_watch_master. */
  if (h->self->master_lost) uv_poll_stop(poll);
  pause_update(h);
  drain_if_ordered(h);
}

static void terminated(uv_signal_t *handle, int number) {
  host *h = handle->data;
  if (h->draining) {
    runtime_terminated(h->rt);
  } else {
    drain(h, DRAIN_STOP);
  }
}

/* ---- a hang -------------------------------------------------------------------------------------------------------
 */

/* For the signal's handler, which gets no argument. One worker is one process. */
static napi_env watched;

static void stack_print(napi_env env, void *data) {
  js_stack_print(env, stderr);
  fflush(stderr);
}

/* The engine's request takes a lock that JS never holds; should it be held all the same, the watchdog kills us soon. */
static void stack_wanted(int number) { js_interrupt(watched, stack_print, NULL); }

static void stack_signal_open(runtime *rt) {
  watched = runtime_env(rt);
  struct sigaction action = {.sa_handler = stack_wanted, .sa_flags = SA_RESTART};
  sigaction(WATCHDOG_STACK_SIGNAL, &action, NULL);
}

/* Once, in the first second without a request. */
static void tidy_when_idle(host *h) {
  uint64_t requests = h->self->slot->http.requests;
  /* Ready for a whole second: a worker that has just become ready is about to be asked. */
  bool idle = h->was_ready && requests == h->requests && h->self->slot->http.requests_active == 0;
  h->was_ready = h->self->ready;
  h->requests = requests;
  if (!idle || h->tidied) return;
  h->tidied = true;
  runtime_idle(h->rt);
}

static void heartbeat(uv_timer_t *timer) {
  host *h = timer->data;
  worker_heartbeat(h->self);
  worker_report_closed(h->self);
  tidy_when_idle(h);
  /* Orders that came in during a listen() made by the app do not make the channel readable again. */
  pause_update(h);
  drain_if_ordered(h);
}

/* None of these keeps the loop alive: a process whose app has nothing left to do ends. */
static int handles_open(host *h) {
  uv_loop_t *loop = runtime_loop(h->rt);
  int rc;
  h->channel.data = h->heartbeat.data = h->terminate.data = h->turn.data = h->drain_deadline.data = h;
  if ((rc = uv_poll_init(loop, &h->channel, h->self->channel)) != 0) return rc;
  uv_unref((uv_handle_t *)&h->channel);
  if ((rc = uv_poll_start(&h->channel, UV_READABLE, channel_readable)) != 0) return rc;
  if ((rc = uv_timer_init(loop, &h->heartbeat)) != 0) return rc;
  uv_unref((uv_handle_t *)&h->heartbeat);
  if ((rc = uv_timer_start(&h->heartbeat, heartbeat, 0, HEARTBEAT_MS)) != 0) return rc;
  if ((rc = uv_timer_init(loop, &h->drain_deadline)) != 0) return rc;
  uv_unref((uv_handle_t *)&h->drain_deadline);
  if ((rc = uv_check_init(loop, &h->turn)) != 0) return rc;
  uv_unref((uv_handle_t *)&h->turn);
  if ((rc = uv_idle_init(loop, &h->turn_at_once)) != 0) return rc;
  uv_unref((uv_handle_t *)&h->turn_at_once);
  if ((rc = uv_signal_init(loop, &h->terminate)) != 0) return rc;
  uv_unref((uv_handle_t *)&h->terminate);
  return uv_signal_start(&h->terminate, terminated, SIGTERM);
}

/* ---- the program --------------------------------------------------------------------------------------------------
 */

static int create(const config *c, void **state) {
  runtime_options options = {.max_heap_bytes = c->max_heap};
  runtime *rt = NULL;
  if (c->engine_flags != NULL && js_flags_set(c->engine_flags) != napi_ok) {
    log_error("engine_flags: the engine does not know all of them: %s", c->engine_flags);
    return -EINVAL;
  }
  int rc = runtime_create(&options, &rt);
  if (rc == 0) rc = runtime_before_fork(rt);
  *state = rt;
  return rc;
}

static int failed(worker *self, const char *what, int rc) {
  log_error("worker %llu: %s: %s", (unsigned long long)self->index, what, strerror(-rc));
  worker_error(self, what);
  return 1;
}

static int run(void *state, worker *self) {
  host h = {.self = self, .rt = state};
  h.http = (http_host){.data = &h,
                       .counters = &self->slot->http,
                       .in_flight = &self->slot->in_flight,
                       .options = http_options,
                       .listen = http_listen,
                       .websocket_options = websocket_limits,
                       .publish = self->accept_slot >= 0 ? self->publish : NULL,
                       .publish_slot = self->accept_slot};
  const config *c = self->config;
  runtime_host callbacks = {.data = &h,
                            .listen = host_listen,
                            .ready = host_ready,
                            .code = self->code,
                            .offer = host_offer,
                            .extension = host_extension,
                            .terminates = true};
  const char *arguments[1 + CONFIG_LISTEN_MAX] = {c->app};
  for (size_t i = 0; i < c->listen.count; i++) arguments[1 + i] = c->listen.items[i];

  int rc = runtime_after_fork(h.rt, self->seed);
  if (rc == 0) rc = runtime_start(h.rt, 1, arguments, &callbacks);
  if (rc == 0) rc = handles_open(&h);
  stack_signal_open(h.rt);
  if (rc != 0) return failed(self, "the JavaScript engine could not be started", rc);
  if (self->accept_group != NULL && self->accept_slot >= 0) {
    if (accept_group_join(self->accept_group, self->accept_slot, runtime_loop(h.rt), &h.http.accept_member) != 0) {
      h.http.accept_member = NULL;
    } else {
      accept_member_on_lost(h.http.accept_member, connection_lost, &h);
    }
  }
  char folder[PATH_MAX];
  if (code_folder_find(c->compile_cache, folder, sizeof folder)) {
    const char *setting[] = {"--compile-cache", folder};
    rc = runtime_main(h.rt, "option", 2, setting);
    if (rc != 0) log_line("worker %llu: no compile cache: %s", (unsigned long long)self->index, strerror(-rc));
  }
  /* An exception of the app is reported by the runtime itself, which also decides the exit code. */
  rc = runtime_main(h.rt, "serve_app", 1 + (int)c->listen.count, arguments);
  if (rc != 0 && rc != -ECANCELED) return failed(self, "the app could not be called", rc);
  int code = runtime_run(h.rt);
  if (!h.serves && code == 0) {
    worker_error(self, "the app exited without listening");
    return 1;
  }
  return code;
}

const worker_program worker_runtime_program = {create, run};
