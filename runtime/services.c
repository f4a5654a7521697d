/* services.c: the list of what keeps a draining process alive (runtime.h). */
#include "runtime_internal.h"

static bool all_drained(runtime *rt) {
  for (runtime_service *s = rt->services.next; s != &rt->services; s = s->next) {
    if (!s->drained(s)) return false;
  }
  return true;
}

static void on_drain_idle(uv_idle_t *idle) {
  runtime *rt = idle->data;
  uv_idle_stop(idle);
  if (rt->drained == NULL || !all_drained(rt)) return;
  void (*done)(void *) = rt->drained;
  rt->drained = NULL;
  done(rt->drained_data);
}

void runtime_service_changed(runtime *rt) {
  if (rt->draining && rt->drained != NULL && all_drained(rt)) uv_idle_start(&rt->drain_idle, on_drain_idle);
}

void runtime_service_add(runtime *rt, runtime_service *service) {
  service->previous = rt->services.previous;
  service->next = &rt->services;
  rt->services.previous->next = service;
  rt->services.previous = service;
  if (rt->draining) service->drain(service);
}

void runtime_service_remove(runtime *rt, runtime_service *service) {
  if (service->next == NULL) return;
  service->previous->next = service->next;
  service->next->previous = service->previous;
  service->next = service->previous = NULL;
  runtime_service_changed(rt);
}

bool runtime_draining(runtime *rt) { return rt->draining; }

void runtime_drain(runtime *rt, void (*done)(void *data), void *data) {
  if (rt->draining) return;
  rt->draining = true;
  rt->drained = done;
  rt->drained_data = data;
  for (runtime_service *s = rt->services.next, *next; s != &rt->services; s = next) {
    next = s->next; /* drain may remove the service */
    s->drain(s);
  }
  runtime_service_changed(rt);
}
