/*
 * callback.h: the one way from C into JS.
 *
 * Whatever C has open or under way for JS has an async_origin: the context in which JS began it (AsyncLocalStorage) and
 * its asynchronous id (node:async_hooks). `origin_begin` notes both where JS is on the stack, and runtime_call gives
 * them back around the callback, runs nextTicks and microtasks after it, and reports what it threw. So no binding and
 * no JS of ours binds callbacks by hand, and what enters JS from the loop cannot forget a step.
 *
 * What it costs. An origin is a counter and two words where no AsyncLocalStorage is in use and no hook is enabled:
 * words shared with JS (modules/internal/loop_state.js) tell. Only then are references made, and JS told of begin and
 * end.
 *
 * The order is Node's: after every callback from C the nextTick queue, then microtasks, until both are empty, then
 * unhandled rejections. Where no tick waits, microtasks run without entering JS for it, as for nearly every request.
 * After a callback that threw they wait for the next callback; there will be one (uncaught.js queues an immediate).
 */
#ifndef JSD_RUNTIME_CALLBACK_H
#define JSD_RUNTIME_CALLBACK_H

#include "held.h"

typedef struct runtime runtime;

/* Zeroed: none. Copied by assignment it moves: one of the two is ended, the other forgotten. */
typedef struct async_origin {
  held frame;    /* the context; empty: none, or the plain one of a request's work */
  held resource; /* what hooks are shown, while there are hooks */
  uint32_t id, trigger;
  bool request; /* it is the work of a request (drain.h) */
} async_origin;

/* For what stays open (a socket, a watch): `o` remembers what runs now. type: as hooks name it, "TCPWRAP", or NULL: it
 * shows only as part of another; resource: the object that stands for it, or NULL. Needs an open handle scope. For work
 * that ends by itself: runtime_work_begin (runtime.h). */
void origin_begin(async_origin *o, runtime *rt, const char *type, napi_value resource);
/* The same for an operation of what has the id `trigger`. */
void origin_begin_for(async_origin *o, runtime *rt, const char *type, uint32_t trigger);
/* The same in no context: what C itself begins (a connection that was accepted). */
void origin_begin_bare(async_origin *o, runtime *rt, const char *type, napi_value resource);
/* For what hands over requests: whatever is begun in its callbacks is a request's work (drain.h). */
void origin_begin_requests(async_origin *o, runtime *rt, const char *type);
/* Holds the context of now by itself; empty where there is none. */
void context_hold(held *context, runtime *rt);
/* No more callbacks come: hooks hear of it later. Zeroed then. */
void origin_end(async_origin *o, runtime *rt);

/*
 * Calls `function` and does what belongs to it. origin: read before the function runs, so it may be gone after; NULL:
 * the callback belongs to whatever runs now. recv and result may be NULL. Returns 0, or napi_pending_exception where
 * the callback threw, which has been reported by then (and may have ended the process). napi_closing: the runtime is
 * being destroyed, nothing was called. The caller keeps a handle scope open around argv. Nested calls run ticks only
 * when the outermost one returns.
 */
napi_status runtime_call(runtime *rt, const async_origin *origin, napi_value recv, napi_value function, size_t argc,
                         const napi_value *argv, napi_value *result);
/* runtime_call of the held function, napi_ok when empty. `h` may be gone by then: the function may have freed what
 * embeds it. */
napi_status held_call(held *h, runtime *rt, const async_origin *origin, napi_value recv, size_t argc,
                      const napi_value *argv);
/* The same for what is called once: empty before the function runs. */
napi_status held_call_once(held *h, runtime *rt, const async_origin *origin, napi_value recv, size_t argc,
                           const napi_value *argv);
/* The same as held_call with numbers only (at most 4), in a handle scope of its own. */
napi_status held_call_numbers(held *h, runtime *rt, const async_origin *origin, size_t count, const double *numbers);

/* Counts the turns of the loop. */
uint32_t runtime_turn(const runtime *rt);
/* Whether JS is on the stack. */
bool runtime_in_js(const runtime *rt);
/* Around work of the engine's that calls JS by itself (its tasks): ticks and microtasks run when the outermost leaves.
 */
void runtime_enter(runtime *rt);
void runtime_leave(runtime *rt);

/* Reports an exception as uncaught (from C that holds one). */
void runtime_uncaught(runtime *rt, napi_value exception);
/* The same for the pending one, if there is any: after a js_call that failed and whose caller cannot throw. Needs an
 * open handle scope. */
void runtime_uncaught_pending(runtime *rt);

#endif
