/*
 * port.c: message ports and a runtime's mailbox (thread_group.h).
 *
 * A runtime has one uv_async for all of its ports: those that have something to tell stand in the mailbox's list of ready
 * ones. (One for each port, as Node has it, makes every wake-up walk all of them, and a channel cost two handles.)
 */
#include <stdlib.h>
#include <string.h>

#include "runtime_internal.h"
#include "thread_group.h"

typedef struct letter {
  struct letter *next;
  js_parcel *parcel;
} letter;

struct port {
  thread_group *group;
  /* under the group's lock: */
  unsigned holders, uses; /* handles and parcels; the mailbox while it is at it */
  port *peer;             /* of a channel */
  char *name;             /* of a broadcast group */
  port *next_broadcast, *previous_broadcast;
  letter *first, *last;
  size_t count;
  bool closed, told; /* nothing comes any more; the owner knows */
  mailbox *box;      /* who is told; NULL: under way between threads */
  bool started, ready;
  port *next_ready;
  /* of the thread that it is attached in: */
  port *next, *previous;
  napi_ref object;
  bool referenced, kept;
  async_origin origin;
};

enum { MESSAGES_A_TURN = 1000 };

/* ---- group ----------------------------------------------------------------------------------------------------- */

static thread_group *group_new(void) {
  thread_group *group = calloc(1, sizeof *group);
  if (group != NULL && uv_mutex_init(&group->lock) != 0) {
    free(group);
    group = NULL;
  }
  return group;
}

void group_join(runtime *rt, thread_group *group) {
  uv_mutex_lock(&group->lock);
  group->users++;
  uv_mutex_unlock(&group->lock);
  rt->group = group;
}

/* Under the lock, which is left. */
static void group_leave(thread_group *group) {
  bool last = --group->users == 0;
  uv_mutex_unlock(&group->lock);
  if (!last) return;
  uv_mutex_destroy(&group->lock);
  free(group);
}

/* ---- life of a port -------------------------------------------------------------------------------------------- */

static port *port_new(thread_group *group) {
  port *p = calloc(1, sizeof *p);
  if (p == NULL) return NULL;
  p->group = group;
  p->holders = 1;
  return p;
}

/* Under the lock, which is left. Frees it when nobody has it any more. */
static void port_settle(port *p) {
  thread_group *group = p->group;
  if (p->holders > 0 || p->uses > 0 || p->box != NULL) {
    uv_mutex_unlock(&group->lock);
    return;
  }
  letter *first = p->first;
  p->first = NULL;
  uv_mutex_unlock(&group->lock);
  while (first != NULL) { /* may hold ports: outside of the lock */
    letter *next = first->next;
    js_parcel_free(first->parcel);
    free(first);
    first = next;
  }
  free(p->name);
  free(p);
  uv_mutex_lock(&group->lock);
  group_leave(group);
}

static void make_ready(port *p) {
  mailbox *box = p->box;
  if (box == NULL || p->ready || !(p->started || p->closed)) return;
  p->ready = true;
  p->next_ready = NULL;
  p->uses++;
  if (box->ready == NULL)
    box->ready = p;
  else
    box->last_ready->next_ready = p;
  box->last_ready = p;
  mailbox_wake(box);
}

/* The other way: the caller has it. */
static void ready_remove(port *p) {
  mailbox *box = p->box;
  port **at = &box->ready, *before = NULL;
  while (*at != p) {
    before = *at;
    at = &before->next_ready;
  }
  *at = p->next_ready;
  if (box->last_ready == p) box->last_ready = before;
  p->ready = false;
  p->uses--;
}

static void close_locked(port *p) {
  port *peer = p->peer;
  p->peer = NULL;
  p->closed = true;
  if (p->name != NULL && (p->previous_broadcast != NULL || p->group->broadcasts == p)) {
    if (p->previous_broadcast != NULL) p->previous_broadcast->next_broadcast = p->next_broadcast;
    else p->group->broadcasts = p->next_broadcast;
    if (p->next_broadcast != NULL) p->next_broadcast->previous_broadcast = p->previous_broadcast;
    p->next_broadcast = p->previous_broadcast = NULL;
  }
  make_ready(p);
  if (peer == NULL) return;
  peer->peer = NULL;
  peer->closed = true;
  make_ready(peer);
}

bool port_pair(thread_group *group, port **first, port **second) {
  *first = port_new(group);
  *second = port_new(group);
  if (*first == NULL || *second == NULL) {
    free(*first);
    free(*second);
    return false;
  }
  (*first)->peer = *second;
  (*second)->peer = *first;
  uv_mutex_lock(&group->lock);
  group->users += 2;
  uv_mutex_unlock(&group->lock);
  return true;
}

port *port_broadcast(thread_group *group, const char *name) {
  port *p = port_new(group);
  if (p == NULL || (p->name = strdup(name)) == NULL) {
    free(p);
    return NULL;
  }
  uv_mutex_lock(&group->lock);
  group->users++;
  p->next_broadcast = group->broadcasts;
  if (p->next_broadcast != NULL) p->next_broadcast->previous_broadcast = p;
  group->broadcasts = p;
  uv_mutex_unlock(&group->lock);
  return p;
}

port *port_share(port *p) {
  uv_mutex_lock(&p->group->lock);
  p->holders++;
  uv_mutex_unlock(&p->group->lock);
  return p;
}

void port_release(port *p) {
  if (p == NULL) return;
  uv_mutex_lock(&p->group->lock);
  if (--p->holders == 0) close_locked(p);
  port_settle(p);
}

void port_close(port *p) {
  uv_mutex_lock(&p->group->lock);
  close_locked(p);
  uv_mutex_unlock(&p->group->lock);
}

/* ---- attached to a runtime ------------------------------------------------------------------------------------- */

napi_status port_attach(port *p, runtime *rt, napi_value object) {
  napi_status status = napi_create_reference(rt->env, object, 0, &p->object);
  if (status != napi_ok) return status;
  mailbox *box = &rt->mail;
  origin_begin(&p->origin, rt, "MESSAGEPORT", object);
  p->previous = NULL;
  p->next = box->ports;
  if (p->next != NULL) p->next->previous = p;
  box->ports = p;
  p->referenced = false;
  uv_mutex_lock(&p->group->lock);
  p->box = box;
  p->started = p->told = false;
  make_ready(p); /* one that was closed on its way */
  uv_mutex_unlock(&p->group->lock);
  return napi_ok;
}

void port_detach(port *p, runtime *rt) {
  if (p->box == NULL) return;
  mailbox *box = &rt->mail;
  port_ref(p, rt, false);
  napi_delete_reference(rt->env, p->object);
  p->object = NULL;
  p->kept = false;
  origin_end(&p->origin, rt);
  if (p->previous != NULL) p->previous->next = p->next;
  else box->ports = p->next;
  if (p->next != NULL) p->next->previous = p->previous;
  uv_mutex_lock(&p->group->lock);
  if (p->ready) ready_remove(p);
  p->box = NULL;
  p->started = false;
  uv_mutex_unlock(&p->group->lock);
}

void port_keep(port *p, runtime *rt) {
  uint32_t count;
  if (p->box != NULL && !p->kept) p->kept = napi_reference_ref(rt->env, p->object, &count) == napi_ok;
}

void port_start(port *p, runtime *rt) {
  if (p->box == NULL || p->started) return;
  port_keep(p, rt);
  uv_mutex_lock(&p->group->lock);
  p->started = true;
  if (p->count > 0 || p->closed) make_ready(p);
  uv_mutex_unlock(&p->group->lock);
}

void port_stop(port *p) {
  uv_mutex_lock(&p->group->lock);
  p->started = false;
  uv_mutex_unlock(&p->group->lock);
}

void port_ref(port *p, runtime *rt, bool on) {
  if (p->box == NULL || p->referenced == on) return;
  p->referenced = on;
  mailbox_ref(&rt->mail, on ? 1 : -1);
}

bool port_is_peer(const port *p, const port *other) { return p->peer == other; }
bool port_has_ref(const port *p) { return p->referenced; }

/* ---- messages -------------------------------------------------------------------------------------------------- */

static bool append(port *p, js_parcel *parcel) {
  letter *l = malloc(sizeof *l);
  if (l == NULL) return false;
  *l = (letter){NULL, parcel};
  if (p->first == NULL)
    p->first = l;
  else
    p->last->next = l;
  p->last = l;
  p->count++;
  make_ready(p);
  return true;
}

bool port_post(port *p, js_parcel *parcel) {
  bool sent = false;
  uv_mutex_lock(&p->group->lock);
  if (p->name != NULL && !p->closed) {
    sent = true;
    for (port *other = p->group->broadcasts; other != NULL; other = other->next_broadcast) {
      if (other == p || strcmp(other->name, p->name) != 0) continue;
      if (!append(other, js_parcel_share(parcel))) js_parcel_free(parcel);
    }
  } else if (p->peer != NULL) {
    sent = append(p->peer, js_parcel_share(parcel));
    if (!sent) js_parcel_free(parcel);
  }
  uv_mutex_unlock(&p->group->lock);
  js_parcel_free(parcel); /* outside of the lock: what it holds may be ports */
  return sent;
}

static js_parcel *take(port *p) {
  letter *l = p->first;
  if (l == NULL) return NULL;
  p->first = l->next;
  p->count--;
  js_parcel *parcel = l->parcel;
  free(l);
  return parcel;
}

js_parcel *port_receive(port *p) {
  uv_mutex_lock(&p->group->lock);
  js_parcel *parcel = take(p);
  uv_mutex_unlock(&p->group->lock);
  return parcel;
}

/* ---- mailbox --------------------------------------------------------------------------------------------------- */

static void parcel_collected(void *pointer) { js_parcel_free(pointer); }
const js_type parcel_type = {"Parcel", parcel_collected};

/* Tells JS; takes the parcel over. NULL: the port is closed. */
static void tell(port *p, runtime *rt, js_parcel *parcel) {
  napi_env env = rt->env;
  napi_value argv[3], function;
  js_scope scope;
  int what = PORT_CLOSE;
  js_scope_open(env, &scope);
  if (napi_get_reference_value(env, p->object, &argv[0]) != napi_ok || argv[0] == NULL ||
      (function = held_value(&rt->mail.deliver, env)) == NULL) {
    js_parcel_free(parcel); /* nobody listens any more */
    goto out;
  }
  napi_get_undefined(env, &argv[2]);
  if (parcel != NULL && js_parcel_hosts(parcel) == NULL) {
    what = PORT_MESSAGE;
    if (js_parcel_read(env, parcel, NULL, &argv[2]) != napi_ok) {
      what = PORT_ERROR;
      if (napi_get_and_clear_last_exception(env, &argv[2]) != napi_ok) napi_get_undefined(env, &argv[2]);
    }
    js_parcel_free(parcel);
  } else if (parcel != NULL) {
    what = PORT_PARCEL;
    if (js_handle_create(env, &parcel_type, parcel, &argv[2]) != napi_ok) js_parcel_free(parcel);
  }
  napi_create_int32(env, what, &argv[1]);
  runtime_call(rt, &p->origin, NULL, function, 3, argv, NULL);
out:
  js_scope_close(&scope);
}

/* What waits at one port: at most what waits now, or a thousand. Called with a use of it, which is given back. */
static void deliver(port *p, runtime *rt) {
  mailbox *box = &rt->mail;
  uv_mutex_lock(&p->group->lock);
  size_t left = p->count > MESSAGES_A_TURN ? p->count : MESSAGES_A_TURN;
  while (p->box == box && !rt->closing && left-- > 0) {
    js_parcel *parcel = p->started ? take(p) : NULL;
    if (parcel == NULL && (!p->closed || p->told || p->count > 0)) break;
    if (parcel == NULL) p->told = true;
    uv_mutex_unlock(&p->group->lock);
    tell(p, rt, parcel);
    uv_mutex_lock(&p->group->lock);
  }
  if (p->count > 0 && p->started) make_ready(p);
  p->uses--;
  port_settle(p);
}

void port_drain(port *p, runtime *rt) {
  uv_mutex_lock(&p->group->lock);
  p->uses++;
  uv_mutex_unlock(&p->group->lock);
  deliver(p, rt);
}

static void on_mailbox(uv_async_t *async) {
  runtime *rt = async->data;
  mailbox *box = &rt->mail;
  if (runtime_stopped(rt)) return;
  thread_interrupted(rt);
  uv_mutex_t *lock = &rt->group->lock;
  size_t left = 0;
  uv_mutex_lock(lock);
  for (port *p = box->ready; p != NULL; p = p->next_ready) left++;
  for (; left > 0 && box->ready != NULL && !rt->closing; left--) {
    port *p = box->ready;
    p->uses++;
    ready_remove(p);
    uv_mutex_unlock(lock);
    deliver(p, rt); /* p may be gone */
    uv_mutex_lock(lock);
  }
  if (box->ready != NULL) uv_async_send(async);
  uv_mutex_unlock(lock);
  threads_ended(rt);
}

void mailbox_wake(mailbox *box) {
  if (box->open) uv_async_send(&box->async);
}

void mailbox_ref(mailbox *box, int change) {
  unsigned before = box->refs;
  box->refs = (unsigned)((int)before + change);
  if (!box->open) return;
  if (before == 0 && box->refs > 0) uv_ref((uv_handle_t *)&box->async);
  if (before > 0 && box->refs == 0) uv_unref((uv_handle_t *)&box->async);
}

int mailbox_open(runtime *rt) {
  mailbox *box = &rt->mail;
  if (box->open) return 0;
  if (rt->group == NULL) {
    if ((rt->group = group_new()) == NULL) return UV_ENOMEM;
    rt->group->users = 1;
  }
  int err = uv_async_init(rt->loop, &box->async, on_mailbox);
  if (err != 0) return err;
  box->async.data = rt;
  uv_unref((uv_handle_t *)&box->async);
  box->open = true;
  return 0;
}

void mailbox_close(runtime *rt) {
  mailbox *box = &rt->mail;
  if (!box->open) return;
  while (box->ports != NULL) {
    port *p = box->ports;
    port_detach(p, rt);
    port_close(p);
  }
  uv_mutex_lock(&rt->group->lock);
  box->open = false;
  uv_mutex_unlock(&rt->group->lock);
  uv_close((uv_handle_t *)&box->async, NULL);
}

void mailbox_release(runtime *rt) {
  if (rt->group == NULL) return;
  uv_mutex_lock(&rt->group->lock);
  group_leave(rt->group);
  rt->group = NULL;
}
