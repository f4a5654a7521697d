/* resources.c: the list of what is open and must be ended before the environment goes (runtime.h). */
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
