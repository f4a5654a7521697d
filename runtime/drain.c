#include "drain.h"

#include <stdio.h>

#include "runtime_internal.h"

/* ---- services and holds ------------------------------------------------------------------------------------------ */

static bool all_drained(runtime *rt) {
  const drain_state *d = &rt->drain;
  for (int kind = 0; kind < DRAIN_KINDS; kind++) {
    if (d->held.of[kind] > 0) return false;
  }
  for (runtime_service *s = d->services.next; s != &d->services; s = s->next) {
    if (!s->drained(s)) return false;
  }
  return true;
}

/* From the loop, not from inside a service's callback; and so that a turn passes in which the app hears of the last
 * end. */
static void on_drain_idle(uv_idle_t *idle) {
  drain_state *d = &((runtime *)idle->data)->drain;
  uv_idle_stop(idle);
  if (d->done == NULL || !all_drained(idle->data)) return;
  void (*done)(void *) = d->done;
  d->done = NULL;
  done(d->data);
}

void runtime_service_changed(runtime *rt) {
  if (rt->drain.done != NULL && all_drained(rt)) uv_idle_start(&rt->drain.idle, on_drain_idle);
}

static void service_pause(runtime_service *service, bool paused) {
  if (service->pause != NULL) service->pause(service, paused);
}

void runtime_service_add(runtime *rt, runtime_service *service) {
  drain_state *d = &rt->drain;
  service->previous = d->services.previous;
  service->next = &d->services;
  d->services.previous->next = service;
  d->services.previous = service;
  if (d->told) {
    service->drain(service, d->reason);
  } else if (d->paused) {
    service_pause(service, true);
  }
}

void runtime_service_remove(runtime *rt, runtime_service *service) {
  if (service->next == NULL) return;
  service->previous->next = service->next;
  service->next->previous = service->previous;
  service->next = service->previous = NULL;
  runtime_service_changed(rt);
}

void runtime_hold(runtime *rt, drain_kind kind) {
  if (kind != DRAIN_NOTHING) rt->drain.held.of[kind]++;
}

void runtime_release(runtime *rt, drain_kind kind) {
  if (kind == DRAIN_NOTHING || rt->drain.held.of[kind] == 0) return;
  if (--rt->drain.held.of[kind] == 0) runtime_service_changed(rt);
}

/* ---- the drain --------------------------------------------------------------------------------------------------- */

static void services_pause(runtime *rt, bool paused) {
  drain_state *d = &rt->drain;
  if (d->paused == paused) return;
  d->paused = paused;
  for (runtime_service *s = d->services.next; s != &d->services; s = s->next) service_pause(s, paused);
}

void runtime_pause(runtime *rt, bool paused) {
  if (!runtime_draining(rt)) services_pause(rt, paused);
}

bool runtime_draining(const runtime *rt) { return rt->drain.reason != 0; }

/* Whether the app listens to SIGTERM. Its handlers run in the first call. */
static bool terminate(runtime *rt) {
  js_scope scope;
  napi_value value = NULL;
  bool heard = false;
  js_scope_open(rt->env, &scope);
  if (runtime_callback(rt, CALLBACK_TERMINATE, 0, NULL, &value) == napi_ok && value != NULL)
    napi_get_value_bool(rt->env, value, &heard);
  js_scope_close(&scope);
  return heard;
}

void runtime_terminated(runtime *rt) {
  if (rt->drain.told && rt->host.terminates && !terminate(rt)) runtime_release(rt, DRAIN_HANDLER);
}

void runtime_drain(runtime *rt, drain_reason reason, void (*done)(void *data), void *data) {
  drain_state *d = &rt->drain;
  if (runtime_draining(rt)) return;
  d->reason = reason;
  services_pause(rt, true);
  if (rt->host.terminates && terminate(rt)) runtime_hold(rt, DRAIN_HANDLER);
  d->told = true;
  d->done = done;
  d->data = data;
  for (runtime_service *s = d->services.next, *next; s != &d->services; s = next) {
    next = s->next; /* drain may remove the service */
    s->drain(s, reason);
  }
  runtime_service_changed(rt);
}

void runtime_drain_goodbye(runtime *rt) {
  drain_state *d = &rt->drain;
  for (runtime_service *s = d->services.next; runtime_draining(rt) && s != &d->services; s = s->next)
    if (s->goodbye != NULL) s->goodbye(s, d->reason);
}

void runtime_drain_cut(runtime *rt) {
  drain_state *d = &rt->drain;
  for (runtime_service *s = d->services.next; runtime_draining(rt) && s != &d->services; s = s->next)
    if (s->cut != NULL) s->cut(s);
}

/* ---- what is left ------------------------------------------------------------------------------------------------ */

void runtime_drain_count(runtime *rt, drain_counts *counts) {
  const drain_state *d = &rt->drain;
  *counts = d->held;
  for (runtime_service *s = d->services.next; s != &d->services; s = s->next) {
    if (s->count != NULL) s->count(s, counts);
  }
}

void drain_counts_describe(const drain_counts *counts, char *text, size_t size) {
  static const char *const names[DRAIN_KINDS][2] = {
      [DRAIN_REQUEST] = {"request", "requests"},
      [DRAIN_CONNECTION] = {"connection without a request", "connections without a request"},
      [DRAIN_WEBSOCKET] = {"WebSocket", "WebSockets"},
      [DRAIN_UPGRADED] = {"upgraded connection", "upgraded connections"},
      [DRAIN_NET] = {"net connection", "net connections"},
      [DRAIN_TLS] = {"tls connection", "tls connections"},
      [DRAIN_WAIT_UNTIL] = {"waitUntil promise", "waitUntil promises"},
      [DRAIN_TIMER] = {"timer of a request", "timers of requests"},
      [DRAIN_OPERATION] = {"operation of a request", "operations of requests"},
      [DRAIN_HANDLER] = {"SIGTERM handler that did not exit", "SIGTERM handlers that did not exit"},
  };
  size_t at = 0;
  text[0] = 0;
  for (int kind = DRAIN_NOTHING + 1; kind < DRAIN_KINDS && at < size; kind++) {
    size_t count = counts->of[kind];
    if (count == 0) continue;
    int n = snprintf(text + at, size - at, "%s%zu %s", at > 0 ? ", " : "", count, names[kind][count != 1]);
    if (n > 0) at += (size_t)n;
  }
}
