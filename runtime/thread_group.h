/*
 * thread_group: what the runtimes of one process share (node:worker_threads): the ends of message channels, broadcast
 * groups, the numbers of threads.
 *
 * One lock guards all of it. Under it only pointers are moved: messages are written before it is taken and read after it
 * was left, so threads that talk to each other meet for some ten nanoseconds a message. A lock for each channel would
 * have to be taken in pairs when an end moves to another thread or is closed.
 */
#ifndef JSD_RUNTIME_THREAD_GROUP_H
#define JSD_RUNTIME_THREAD_GROUP_H

#include <stdbool.h>
#include <uv.h>

#include "callback.h"

typedef struct port port;
typedef struct mailbox mailbox;
typedef struct runtime_thread runtime_thread;
typedef struct env_store env_store;

typedef struct thread_group {
  uv_mutex_t lock;
  unsigned users;      /* runtimes */
  uint32_t last_id;    /* of threads; the main one is 0 */
  port *broadcasts;    /* list of those that are open */
} thread_group;

/* ---- mailbox: where a runtime's ports become ready ------------------------------------------------------------- */

struct mailbox {
  uv_async_t async; /* keeps the loop alive while a port of the runtime is referenced, or a thread */
  unsigned refs;
  bool open;
  held deliver;    /* (port, what, value): MESSAGE, PARCEL or CLOSE, see bindings/messaging.c */
  port *ports;     /* all that are attached: of the runtime's thread only */
  port *ready;     /* list; under the group's lock, as is `last_ready` */
  port *last_ready;
  runtime_thread *ended; /* threads that wait to be joined; under the lock */
};

void group_join(runtime *rt, thread_group *group);
/* The runtime's group and mailbox, made on first use; 0 or a negative error of libuv. */
int mailbox_open(runtime *rt);
/* Closes all ports of the runtime and the mailbox; then leaves the group, after the loop has ended. */
void mailbox_close(runtime *rt);
void mailbox_release(runtime *rt);
/* On any thread, under the lock. */
void mailbox_wake(mailbox *box);
void mailbox_ref(mailbox *box, int change);

/* ---- ports --------------------------------------------------------------------------------------------------------
 * An end of a channel, or a member of a broadcast group. Held by JS handles and by parcels that are under way
 * (port_share, port_release); when nobody holds one any more it is closed.
 */
/* What `deliver` is told: the message, one with marked objects whose parcel JS opens, why it could not be read, the end. */
enum { PORT_MESSAGE, PORT_PARCEL, PORT_ERROR, PORT_CLOSE };
extern const js_type parcel_type;

/* Two ends, each held once. False: no memory. */
bool port_pair(thread_group *group, port **first, port **second);
port *port_broadcast(thread_group *group, const char *name);
port *port_share(port *p);
void port_release(port *p); /* on any thread */
/* The runtime gets what arrives, for `object`, which is held weakly until the port is started. */
napi_status port_attach(port *p, runtime *rt, napi_value object);
/* Undoes port_attach: what arrives waits for the next one. */
void port_detach(port *p, runtime *rt);
void port_start(port *p, runtime *rt);
/* What arrives waits until it is started again. */
void port_stop(port *p);
/* From now on its object stays until the port is closed, or detached. */
void port_keep(port *p, runtime *rt);
void port_ref(port *p, runtime *rt, bool on);
bool port_has_ref(const port *p);
bool port_is_peer(const port *p, const port *other);
/* Takes the parcel over. False: nobody will read it. */
bool port_post(port *p, js_parcel *parcel);
/* The next message or NULL. */
js_parcel *port_receive(port *p);
/* Both ends hear of it. */
void port_close(port *p);
/* Calls back for what waits now, without the loop. */
void port_drain(port *p, runtime *rt);

/* ---- threads -------------------------------------------------------------------------------------------------------
 */
typedef struct thread_options {
  char name[64];
  js_heap_limits limits;
  env_store *env; /* what process.env writes to, or NULL: nothing */
  port *control;  /* the thread's end of the channel to its parent; taken over */
} thread_options;

/* `exited` is called when the thread has ended, with its exit code and an error code (a string) or undefined. resource: of
 * async_hooks. Fills
 * *out, which belongs to the JS handle of the caller (thread_release). */
int thread_start(runtime *rt, const thread_options *options, napi_value exited, napi_value resource,
                 runtime_thread **out);
void thread_release(runtime_thread *t);
uint32_t thread_id(const runtime_thread *t);
const char *thread_name(const runtime_thread *t);
const js_heap_limits *thread_limits_of(const runtime_thread *t);
port *thread_control(runtime_thread *t);
port *thread_inbox(runtime_thread *t); /* of postMessageToThread: it is there before the thread runs */
env_store *thread_env(runtime_thread *t);
/* Ends it: no more JS runs in it. From its parent. */
void thread_terminate(runtime_thread *t);
/* process.exit in the thread itself: no JS runs any more. error_code: a static text or NULL. */
void thread_exit(runtime_thread *t, int code, const char *error_code);
bool thread_stopping(const runtime_thread *t);
/* Its heap is full: it ends, and may have a little more until then: the new limit. */
size_t thread_heap_full(runtime_thread *t, size_t current);
/* In the thread, from its mailbox: the jobs of thread_interrupt, where no JS ran that could be interrupted. */
void thread_interrupted(runtime *rt);
/* Whether the runtime's thread is to end: it calls no JS from then on, and its loop stops. */
bool runtime_stopped(runtime *rt);
void thread_ref(runtime_thread *t, bool on);
bool thread_has_ref(const runtime_thread *t);
/* ms that its loop has waited and ms since that began; false: it does not run (any more, or yet). */
bool thread_loop_times(runtime_thread *t, double *idle, double *since_start);
/* Calls `job` in the thread, between or within its JS, which `job` must not run. False: it has ended. */
bool thread_interrupt(runtime_thread *t, void (*job)(napi_env env, void *data), void *data);
/* Those that ended: calls back (from the mailbox). */
void threads_ended(runtime *rt);
/* Ends all that the runtime has started, and waits for them. */
void threads_end(runtime *rt);

/* ---- environments that threads share (worker_threads.SHARE_ENV) ------------------------------------------------ */
env_store *env_store_new(bool process);
env_store *env_store_share(env_store *store);
void env_store_free(env_store *store);
/* malloc'd, or NULL. */
char *env_store_get(env_store *store, const char *name);
void env_store_set(env_store *store, const char *name, const char *value); /* value NULL: removes it */
/* Calls back for each. */
void env_store_each(env_store *store, void (*each)(const char *name, size_t name_size, const char *value, void *data),
                    void *data);

#endif
