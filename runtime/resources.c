/* resources.c: the lists of what is open, or given to the thread pool, and must be ended before the environment goes
 * (runtime.h). */
#include "runtime_internal.h"

void runtime_resource_add(runtime *rt, runtime_resource *resource) {
  runtime_resource *head = &rt->resources;
  resource->next = head->next;
  resource->previous = head;
  head->next->previous = resource;
  head->next = resource;
}

void runtime_resource_remove(runtime_resource *resource) {
  if (resource->next == NULL) return;
  resource->previous->next = resource->next;
  resource->next->previous = resource->previous;
  resource->next = resource->previous = NULL;
}

/* The last that was opened first. Closing one may remove it, and may end or open others: hence from the start each
 * time. */
void runtime_resources_close(runtime *rt) {
  for (runtime_resource *r = rt->resources.next; r != &rt->resources;) {
    void (*close)(runtime_resource *) = r->close;
    r->close = NULL;
    if (close != NULL) close(r);
    r = close != NULL ? rt->resources.next : r->next;
  }
}

void runtime_flush(runtime *rt) {
  for (runtime_resource *r = rt->resources.next; r != &rt->resources; r = r->next) {
    if (r->flush != NULL) r->flush(r);
  }
}

void runtime_resources_release(runtime *rt) {
  while (rt->resources.next != &rt->resources) {
    runtime_resource *r = rt->resources.next;
    runtime_resource_remove(r);
    if (r->release != NULL) r->release(r);
  }
}

/* ---- work on the thread pool ------------------------------------------------------------------------------------ */

void runtime_work_begin(runtime *rt, runtime_work *work, uv_req_t *request, const char *type) {
  runtime_work *head = &rt->works;
  origin_begin_work(&work->origin, rt, type);
  if (work->origin.request) runtime_hold(rt, DRAIN_OPERATION);
  work->request = request;
  work->type = type;
  work->next = head->next;
  work->previous = head;
  head->next->previous = work;
  head->next = work;
}

void runtime_work_end(runtime_work *work) {
  if (work->next == NULL) return;
  work->previous->next = work->next;
  work->next->previous = work->previous;
  work->next = work->previous = NULL;
}

void runtime_work_done(runtime *rt, runtime_work *work, held *callback, size_t argc, const napi_value *argv) {
  async_origin origin = work->origin;
  bool borrowed = work->borrowed;
  work->origin = (async_origin){0};
  held_call_once(callback, rt, &origin, NULL, argc, argv);
  if (origin.request) runtime_release(rt, DRAIN_OPERATION);
  if (borrowed) origin.id = 0;
  origin_end(&origin, rt);
}

/* Their callbacks come from the loop, later. */
void runtime_works_cancel(runtime *rt) {
  for (runtime_work *work = rt->works.next; work != &rt->works; work = work->next) {
    if (work->request != NULL) uv_cancel(work->request);
  }
}
